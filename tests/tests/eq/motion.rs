//! What moves or is switched: no zipper, no click, nothing unstable.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;
use testkit::Format;
use testkit::analysis::{click_db, db, peak, roughness, tone_peak};
use testkit::signals::{Audio, Random, sine, stereo_noise};

use crate::support::*;

#[test]
fn a_new_kernel_of_linear_phase_fades_in() {
    let rate = 48_000.0;
    let mut rig =
        eq(Format::Clap, rate, "Linear", &[Band::new("Bell", 1000.0, 6.0, 1.0)], &[("linear_length", "Shortest")]);
    let tone = sine(rate, 1000.0, -12.0, 72_000);
    let event = rig.event(36_000, "band1_gain", "-6");
    let output = rig.run_with(&vec![tone.clone(), tone], None, &[event], &[512]);
    let before = tone_peak(&output[0][20_000..30_000], rate, 1000.0);
    let after = tone_peak(&output[0][60_000..70_000], rate, 1000.0);
    assert!((db(before) + 6.0).abs() < 0.02 && (db(after) + 18.0).abs() < 0.02, "{} {}", db(before), db(after));
    let click = click_db(&output[0][10_000..], rate, 1000.0);
    assert!(click <= -60.0, "{click:.1} dB");
}

/// Energy outside ±300 Hz of a 200 Hz tone, dB below the tone: linear.md A3.
fn zipper_db(output: &[f32], rate: f64) -> f64 {
    let n = output.len();
    let mut windowed: Vec<f64> = output
        .iter()
        .enumerate()
        .map(|(i, &x)| {
            // Blackman-Harris, so that the tone itself stays where it is.
            let t = TAU * i as f64 / n as f64;
            let window = 0.358_75 - 0.488_29 * t.cos() + 0.141_28 * (2.0 * t).cos() - 0.011_68 * (3.0 * t).cos();
            f64::from(x) * window
        })
        .collect();
    let plan = RealFftPlanner::new().plan_fft_forward(n);
    let mut bins = plan.make_output_vec();
    plan.process(&mut windowed, &mut bins).expect("lengths of the plan");
    let (mut near, mut far) = (0.0, 0.0);
    for (bin, x) in bins.iter().enumerate() {
        let hz = bin as f64 * rate / n as f64;
        if (hz - 200.0).abs() <= 300.0 { near += x.norm_sqr() } else { far += x.norm_sqr() }
    }
    assert!(near > 0.0);
    10.0 * (far / near).log10()
}

#[test]
fn moves_leave_no_zipper() {
    let rate = 48_000.0;
    let frames = 24_000;
    let tone = sine(rate, 200.0, -20.0, frames);
    for phase in ["Minimum", "Natural"] {
        // The tone in an instance that has come to rest, then half a second of a move.
        for (key, from, to) in [("band1_gain", 0.0_f64, 12.0_f64), ("band1_frequency", 100.0, 4000.0)] {
            let gain_db = if key == "band1_gain" { 0.0 } else { 12.0 };
            let q = if key == "band1_gain" { 1.0 } else { 4.0 };
            let hz = if key == "band1_gain" { 200.0 } else { 100.0 };
            let mut rig = eq(Format::Clap, rate, phase, &[Band::new("Bell", hz, gain_db, q)], &[]);
            rig.run(&vec![tone.clone(), tone.clone()]);
            let mut events = Vec::new();
            for frame in (0..frames).step_by(64) {
                let t = frame as f64 / frames as f64;
                let value = if key == "band1_gain" { from + (to - from) * t } else { from * (to / from).powf(t) };
                let text = if key == "band1_gain" { format!("{value}") } else { format!("{value} Hz") };
                events.push(rig.event(frame, key, &text));
            }
            let output = rig.run_with(&vec![tone.clone(), tone.clone()], None, &events, &[512]);
            let zipper = zipper_db(&output[0], rate);
            println!("{phase}, {key}: {zipper:.1} dB");
            assert!(zipper <= -100.0, "{phase}, {key}: {zipper:.1} dB");
        }
    }
}

#[test]
fn nothing_that_moves_is_unstable() {
    for phase in ["Minimum", "Natural", "Linear"] {
        let mut rig = eq(Format::Clap, 44_100.0, phase, &[Band::new("Bell", 1000.0, 24.0, 40.0)], &[]);
        let mut random = Random::new(5);
        let input = stereo_noise(8, -20.0, 44_100);
        let mut events = Vec::new();
        for frame in (0..44_100).step_by(7) {
            let hz = 10.0 * 4000_f64.powf(random.unit());
            events.push(rig.event(frame, "band1_frequency", &format!("{hz} Hz")));
            events.push(rig.event(frame, "band1_q", &format!("{}", 0.1 + 39.0 * random.unit())));
            events.push(rig.event(frame, "band1_gain", &format!("{}", -24.0 + 48.0 * random.unit())));
        }
        let output = rig.run_with(&input, None, &events, &[64]);
        // The highest gain there is, twice over.
        assert!(peak(&output[0]) < 16.0 * 2.0 && peak(&output[0]) > 0.0, "{}", peak(&output[0]));
    }
}

#[test]
fn switches_do_not_click() {
    let rate = 48_000.0;
    let tone = sine(rate, 1000.0, -12.0, 48_000);
    for (key, text) in [
        ("band1_shape", "Off"),
        ("band1_shape", "High shelf"),
        ("band1_slope", "48 dB/oct"),
        ("band1_channels", "Mid"),
        ("band1_gain", "-6"),
        ("mono_below", "100 Hz"),
        ("gain_scale", "-100"),
    ] {
        for phase in ["Minimum", "Natural"] {
            let mut rig = eq(Format::Clap, rate, phase, &[Band::new("Bell", 3000.0, 6.0, 1.0)], &[]);
            let event = rig.event(24_000, key, text);
            let output = rig.run_with(&vec![tone.clone(), tone.clone()], None, &[event], &[512]);
            let click = click_db(&output[0][12_000..], rate, 1000.0);
            println!("{phase}, {key} to {text}: {click:.1} dB");
            assert!(click <= -60.0, "{phase}, {key} to {text}: {click:.1} dB");
        }
    }
}

/// A switch waits for the end of the one before, and a kernel for the one that is being designed; neither is forgotten.
#[test]
fn what_is_asked_for_meanwhile_comes_later() {
    let rate = 48_000.0;
    let input = stereo_noise(3, -20.0, 96_000);
    for phase in ["Minimum", "Natural", "Linear"] {
        let mut rig = eq(Format::Clap, rate, phase, &[Band::new("Bell", 3000.0, 6.0, 1.0)], &[]);
        let events = [
            (4800, "band1_shape", "High shelf"),
            (5000, "band1_shape", "Low shelf"),
            (5001, "band1_frequency", "500 Hz"),
            (5100, "band1_gain", "-9"),
            (5150, "band1_gain", "-3"),
        ]
        .map(|(frame, key, text)| rig.event(frame, key, text));
        let output = rig.run_with(&input, None, &events, &[512]);
        let mut there = eq(Format::Clap, rate, phase, &[Band::new("Low shelf", 500.0, -3.0, 1.0)], &[]);
        let wanted = there.run(&input);
        for (output, wanted) in output.iter().zip(&wanted) {
            let off = output[72_000..].iter().zip(&wanted[72_000..]).map(|(a, b)| a - b).collect::<Vec<_>>();
            println!("{phase}: {:.1} dBFS", db(peak(&off)));
            assert!(db(peak(&off)) <= -120.0 && peak(&wanted[72_000..]) > 0.1, "{phase}: {:.1} dBFS", db(peak(&off)));
        }
    }
}

/// A band that is flat for a moment on its way is no other band there: what rings in it goes on.
#[test]
fn a_gain_that_passes_0_db_breaks_no_wave() {
    let rate = 48_000.0;
    let (settle, end) = (12_000, 24_000);
    let input: Audio = vec![sine(rate, 110.0, -20.0, end + 4800); 2];
    for phase in ["Minimum", "Natural"] {
        for shape in ["Bell", "Low shelf", "High shelf"] {
            for (key, from, to) in [("band1_gain", "6", "-6"), ("gain_scale", "100", "-100")] {
                let band = Band::new(shape, 8000.0, 6.0, 25.0);
                let mut rig = eq(Format::Clap, rate, phase, &[band], &[(key, from)]);
                let event = rig.event(settle + 70, key, to);
                let output = rig.run_with(&input, None, &[event], &[512]);
                let still = roughness(&output[0][4800..settle]).max(roughness(&output[0][end..]));
                let moved = roughness(&output[0][settle..end]);
                let most = peak(&output[0][4800..]);
                println!("{phase}, {shape}, {key}: {:.1e} of the peak", moved / most);
                // Without its memory a shelf rings by a seventh of the wave.
                assert!(moved <= 3.0 * still + 5e-3 * most, "{phase}, {shape}, {key}: {moved:e}, peak {most}");
            }
        }
    }
}

/// Eight sections that fade each on a line of their own are one steep edge: what switches is faded as a whole.
#[test]
fn a_switch_of_a_band_breaks_no_wave() {
    let rate = 48_000.0;
    let (settle, end) = (12_000, 24_000);
    let input: Audio = vec![sine(rate, 110.0, -20.0, end + 4800), sine(rate, 87.0, -23.0, end + 4800)];
    let mut random = Random::new(41);
    let mut worst = 0.0_f64;
    for round in 0..120 {
        let shapes =
            ["Bell", "Low shelf", "High shelf", "Notch", "Band-pass", "Low cut", "High cut", "Flat top", "Tilt"];
        let mut pick = |count: usize| ((random.unit() * count as f64) as usize).min(count - 1);
        let [shape, to_shape] = [pick(shapes.len()), pick(shapes.len())].map(|n| shapes[n]);
        let slopes = [12, 24, 48, 96];
        let (slope, to_slope) = (slopes[pick(4)], slopes[pick(4)]);
        let to_channels = ["Left", "Right", "Mid", "Side"][pick(4)];
        let hz = (10.0 * 4000_f64.powf(random.unit())).round();
        let q = if shape.ends_with("cut") || shape == "Flat top" { 0.71 } else { 2.0 };
        let gain_db = (24.0 * random.unit() - 12.0).round();
        let band = Band { slope, ..Band::new(shape, hz, gain_db, q) };
        let phase = ["Minimum", "Natural"][round % 2];
        let mut rig = eq(Format::Clap, rate, phase, &[Band::new("Bell", 300.0, 3.0, 1.0), band], &[]);
        let at = settle + round;
        let to = match round % 4 {
            0 => ("band2_shape", to_shape.to_owned()),
            1 => ("band2_shape", "Off".to_owned()),
            2 => ("band2_slope", format!("{to_slope} dB/oct")),
            _ => ("band2_channels", to_channels.to_owned()),
        };
        let event = rig.event(at, to.0, &to.1);
        let output = rig.run_with(&input, None, &[event], &[512]);
        for channel in &output {
            let still = roughness(&channel[4800..settle]).max(roughness(&channel[end..]));
            let moved = roughness(&channel[settle..end]);
            let most = peak(&channel[4800..]);
            // A step of a thousandth of the wave would be more.
            let limit = 3.0 * still + 1e-3 * most + 1e-7;
            worst = worst.max(moved / most.max(1e-3));
            assert!(
                moved <= limit,
                "{phase}, {shape} {slope} at {hz} Hz, {gain_db} dB, to {to:?}: {moved:e}, {still:e} is usual, peak {most}"
            );
        }
    }
    println!("at most {worst:.1e} of the peak");
}
