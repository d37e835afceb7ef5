//! EQ's targets (specs/eq.md), measured through the built bundle. The analogue prototypes are written out here anew, from Robert
//! Bristow-Johnson's *Audio EQ Cookbook* and Butterworth's poles, and share no code with its design.

use std::f64::consts::{PI, TAU};

use realfft::RealFftPlanner;
use realfft::num_complex::Complex64;
use testkit::analysis::{click_db, db, first_difference, max_difference, peak, tone_peak};
use testkit::signals::{Audio, Random, sine, stereo_noise};
use testkit::{Format, Plugin, Rig};

const RATES_HZ: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

/// One band as it is set, and as it is meant.
#[derive(Clone, Debug)]
struct Band {
    shape: &'static str,
    hz: f64,
    gain_db: f64,
    q: f64,
    slope: u32,
    channels: &'static str,
}

impl Band {
    fn new(shape: &'static str, hz: f64, gain_db: f64, q: f64) -> Self {
        Self { shape, hz, gain_db, q, slope: 12, channels: "Stereo" }
    }

    fn settings(&self, number: usize) -> Vec<(String, String)> {
        let key = |name: &str| format!("band{number}_{name}");
        vec![
            (key("shape"), self.shape.into()),
            (key("frequency"), format!("{} Hz", self.hz)),
            (key("gain"), self.gain_db.to_string()),
            (key("q"), self.q.to_string()),
            (key("slope"), format!("{} dB/oct", self.slope)),
            (key("channels"), self.channels.into()),
        ]
    }

    /// The analogue response.
    fn at(&self, hz: f64) -> Complex64 {
        let s = Complex64::new(0.0, hz / self.hz);
        let one = Complex64::new(1.0, 0.0);
        let a = 10_f64.powf(self.gain_db / 40.0);
        let q = self.q;
        match self.shape {
            "Bell" => (s * s + s * (a / q) + one) / (s * s + s / (a * q) + one),
            "Low shelf" => a * (s * s + s * (a.sqrt() / q) + a) / (a * s * s + s * (a.sqrt() / q) + one),
            "High shelf" => a * (a * s * s + s * (a.sqrt() / q) + one) / (s * s + s * (a.sqrt() / q) + a),
            "Tilt" => (s * (a * a) + one) / (s + a * a),
            "Notch" => (s * s + one) / (s * s + s / q + one),
            "Band-pass" => s / q / (s * s + s / q + one),
            "All-pass" => (s * s - s / q + one) / (s * s + s / q + one),
            "Low cut" => butterworth(self.slope / 6, one / s, q),
            "High cut" => butterworth(self.slope / 6, s, q),
            other => panic!("{other}"),
        }
    }
}

/// A low pass with so many poles; Q scales that of the most resonant pair.
fn butterworth(poles: u32, s: Complex64, q: f64) -> Complex64 {
    let one = Complex64::new(1.0, 0.0);
    let mut response = one;
    for pair in 1..=poles / 2 {
        let angle = PI * f64::from(2 * pair - 1) / f64::from(2 * poles);
        let mut pair_q = 1.0 / (2.0 * angle.sin());
        if pair == 1 {
            pair_q *= q * 2_f64.sqrt();
        }
        response /= s * s + s / pair_q + one;
    }
    if poles % 2 == 1 {
        response /= s + one;
    }
    response
}

fn eq(format: Format, rate: f64, phase: &str, bands: &[Band], more: &[(&str, &str)]) -> Rig {
    let mut rig = Rig::open(Plugin::Eq, format);
    rig.offline(true);
    rig.set("phase", phase);
    for (n, band) in bands.iter().enumerate() {
        for (key, text) in band.settings(n + 1) {
            rig.set(&key, &text);
        }
    }
    for (key, text) in more {
        rig.set(key, text);
    }
    rig.activate(rate, 1024);
    rig
}

/// The response of both outputs to an impulse in the left and right input, without the latency.
fn impulse_responses(rig: &mut Rig, frames: usize) -> Audio {
    let latency = rig.latency();
    let mut input = vec![vec![0.0_f32; frames + latency]; 2];
    input[0][0] = 1.0;
    input[1][0] = 1.0;
    let output = rig.run(&input);
    output.into_iter().map(|channel| channel[latency..].to_vec()).collect()
}

fn response(impulse: &[f32], rate: f64, hz: f64) -> Complex64 {
    let turn = Complex64::cis(-TAU * hz / rate);
    let mut z = Complex64::new(1.0, 0.0);
    let mut sum = Complex64::default();
    for &x in impulse {
        sum += f64::from(x) * z;
        z *= turn;
    }
    sum
}

/// The same with what came before the latency: natural and linear phase ring before.
fn response_with_latency(output: &[f32], latency: usize, rate: f64, hz: f64) -> Complex64 {
    response(output, rate, hz) * Complex64::cis(TAU * hz * latency as f64 / rate)
}

fn grid_hz(top_hz: f64) -> impl Iterator<Item = f64> {
    (0..48).map(move |n| 20.0 * (top_hz / 20.0).powf(f64::from(n) / 47.0))
}

fn product(bands: &[Band], hz: f64) -> Complex64 {
    bands.iter().map(|band| band.at(hz)).product()
}

/// The largest errors against the prototypes where these are above `floor_db`: dB and degrees.
fn errors(rig: &mut Rig, rate: f64, bands: &[Band], floor_db: f64) -> (f64, f64) {
    let latency = rig.latency();
    // Narrow bands in the bass ring for long.
    let ringing_s = bands.iter().map(|band| 6.0 * band.q / band.hz).fold(0.0, f64::max);
    let frames = (rate * (0.4 + ringing_s)) as usize + latency;
    let mut input = vec![vec![0.0_f32; frames]; 2];
    input[0][0] = 1.0;
    input[1][0] = 1.0;
    let output = rig.run(&input);
    let (mut worst_db, mut worst_degrees) = (0.0_f64, 0.0_f64);
    let mut at_hz = 0.0;
    for hz in grid_hz(f64::min(20_000.0, 0.4535 * rate)) {
        let meant = product(bands, hz);
        if db(meant.norm()) < floor_db {
            continue;
        }
        let found = response_with_latency(&output[0], latency, rate, hz);
        let ratio = found / meant;
        let error_db = db(ratio.norm()).abs();
        assert!(error_db.is_finite(), "{bands:?} at {hz} Hz");
        if error_db > worst_db {
            at_hz = hz;
        }
        worst_db = worst_db.max(error_db);
        worst_degrees = worst_degrees.max(ratio.arg().to_degrees().abs());
    }
    if worst_db > 0.01 {
        println!(
            "{worst_db:.4} dB at {at_hz:.0} Hz where {:.1} dB are meant, {bands:?}",
            db(product(bands, at_hz).norm())
        );
    }
    (worst_db, worst_degrees)
}

fn drawn(random: &mut Random, shapes: &[&'static str]) -> Band {
    let mut within = |low: f64, high: f64| low + (high - low) * random.unit();
    let shape = shapes[(within(0.0, shapes.len() as f64) as usize).min(shapes.len() - 1)];
    let hz = (60.0 * (20_000.0_f64 / 60.0).powf(within(0.0, 1.0))).round();
    let gain_db = (10.0 * within(-12.0, 12.0)).round() / 10.0;
    let q = (100.0 * 0.3 * (10.0_f64 / 0.3).powf(within(0.0, 1.0))).round() / 100.0;
    let slopes = [6, 12, 18, 24, 36, 48];
    let slope = slopes[(within(0.0, 6.0) as usize).min(5)];
    let is_cut = shape.ends_with("cut");
    Band {
        shape,
        hz,
        gain_db,
        q: if is_cut { 0.71 } else { q },
        slope: if is_cut { slope } else { 12 },
        channels: "Stereo",
    }
}

/// 2,400 settings of one to four bands in minimum and natural phase, at all rates.
#[test]
fn bells_and_shelves_are_the_prototypes_to_20_khz() {
    const SETTINGS: usize = 300;
    for phase in ["Minimum", "Natural"] {
        for rate in RATES_HZ {
            let mut random = Random::new(7);
            let (mut worst_db, mut worst_degrees) = (0.0_f64, 0.0_f64);
            for _ in 0..SETTINGS {
                let count = 1 + (random.unit() * 3.999) as usize;
                let bands: Vec<Band> =
                    (0..count).map(|_| drawn(&mut random, &["Bell", "Low shelf", "High shelf"])).collect();
                let (error_db, degrees) = errors(&mut eq(Format::Clap, rate, phase, &bands, &[]), rate, &bands, -60.0);
                assert!(error_db <= 0.01, "{phase}, {rate} Hz: {error_db:.4} dB for {bands:?}");
                worst_db = worst_db.max(error_db);
                if phase == "Natural" {
                    assert!(degrees <= 0.1, "{rate} Hz: {degrees:.3} degrees for {bands:?}");
                    worst_degrees = worst_degrees.max(degrees);
                }
            }
            println!("{phase}, {rate} Hz: within {worst_db:.4} dB and {worst_degrees:.3} degrees");
        }
    }
}

#[test]
fn cuts_are_the_prototypes_down_to_60_db() {
    for (phase, limit_db) in [("Minimum", 0.05), ("Natural", 0.01)] {
        for rate in RATES_HZ {
            let mut random = Random::new(11);
            let mut worst_db = 0.0_f64;
            for _ in 0..60 {
                let bands = [drawn(&mut random, &["Low cut", "High cut"])];
                let (error_db, degrees) = errors(&mut eq(Format::Clap, rate, phase, &bands, &[]), rate, &bands, -60.0);
                assert!(error_db <= limit_db, "{phase}, {rate} Hz: {error_db:.4} dB for {bands:?}");
                assert!(phase != "Natural" || degrees <= 0.1, "{rate} Hz: {degrees:.3} degrees for {bands:?}");
                worst_db = worst_db.max(error_db);
            }
            println!("{phase}, {rate} Hz, cuts: within {worst_db:.4} dB");
        }
    }
}

#[test]
fn twelve_bands_at_once() {
    for phase in ["Minimum", "Natural"] {
        for rate in RATES_HZ {
            let mut random = Random::new(23);
            for _ in 0..12 {
                let bands: Vec<Band> =
                    (0..12).map(|_| drawn(&mut random, &["Bell", "Low shelf", "High shelf", "Tilt"])).collect();
                let (error_db, degrees) = errors(&mut eq(Format::Vst3, rate, phase, &bands, &[]), rate, &bands, -60.0);
                assert!(error_db <= 0.01, "{phase}, {rate} Hz: {error_db:.4} dB for {bands:?}");
                assert!(phase != "Natural" || degrees <= 0.1, "{rate} Hz: {degrees:.3} degrees for {bands:?}");
            }
        }
    }
}

/// What both channels have in common passes bands on both and bands on mid: two cascades, each with a tail of its own.
#[test]
fn bands_on_mid_beside_stereo_ones_are_exact() {
    let channels = |channels, band: Band| Band { channels, ..band };
    let bands = [
        Band::new("Bell", 9000.0, 8.0, 2.0),
        channels("Mid", Band::new("High shelf", 8000.0, -6.0, 0.71)),
        channels("Mid", Band::new("Bell", 15_000.0, 6.0, 1.0)),
        Band::new("High shelf", 12_000.0, 5.0, 0.71),
    ];
    for phase in ["Minimum", "Natural"] {
        for rate in RATES_HZ {
            let (error_db, degrees) = errors(&mut eq(Format::Clap, rate, phase, &bands, &[]), rate, &bands, -60.0);
            assert!(error_db <= 0.01, "{phase}, {rate} Hz: {error_db:.4} dB");
            assert!(phase != "Natural" || degrees <= 0.1, "{rate} Hz: {degrees:.3} degrees");
        }
    }
}

#[test]
fn latency_is_what_is_reported() {
    for rate in RATES_HZ {
        for (phase, samples) in [("Minimum", Some(0)), ("Natural", Some(32)), ("Linear", None)] {
            let mut rig = eq(Format::Clap, rate, phase, &[], &[("linear_length", "Shortest")]);
            assert!(samples.is_none_or(|samples| rig.latency() == samples), "{phase}: {}", rig.latency());
            let impulse = impulse_responses(&mut rig, 100);
            assert_eq!(impulse[0][0], 1.0, "{phase}, {rate} Hz");
            assert!(impulse[0][1..].iter().all(|&x| x == 0.0));
        }
    }
}

#[test]
fn flat_is_exact_and_so_is_a_gain_scale_of_nothing() {
    let input = stereo_noise(3, -6.0, 20_000);
    let flat = [Band::new("Bell", 300.0, 0.0, 1.0), Band::new("High shelf", 9000.0, 0.0, 0.7)];
    let lifted = [
        Band::new("Bell", 300.0, 6.0, 1.0),
        Band::new("High shelf", 9000.0, -4.0, 0.7),
        Band::new("Tilt", 900.0, 3.0, 0.7),
    ];
    for phase in ["Minimum", "Natural", "Linear"] {
        for (bands, more) in [(&flat[..], &[][..]), (&lifted[..], &[("gain_scale", "0")][..])] {
            let mut rig = eq(Format::Clap, 48_000.0, phase, bands, more);
            let latency = rig.latency();
            let output = rig.run(&input);
            for (input, output) in input.iter().zip(&output) {
                assert_eq!(first_difference(&output[latency..], &input[..input.len() - latency]), None, "{phase}");
            }
        }
    }
    // And the scale scales.
    let mut half = eq(Format::Clap, 48_000.0, "Natural", &lifted[..1], &[("gain_scale", "50")]);
    let (error_db, _) = errors(&mut half, 48_000.0, &[Band::new("Bell", 300.0, 3.0, 1.0)], -60.0);
    assert!(error_db <= 0.01, "{error_db} dB");
}

#[test]
fn bands_act_on_the_part_of_the_image_that_they_are_set_to() {
    let rate = 48_000.0;
    let band = |channels| Band { channels, ..Band::new("Bell", 8000.0, 6.0, 1.0) };
    for phase in ["Minimum", "Natural", "Linear"] {
        for channels in ["Stereo", "Left", "Right", "Mid", "Side"] {
            let bands = [band(channels)];
            let mut rig = eq(Format::Clap, rate, phase, &bands, &[("linear_length", "Shortest")]);
            let latency = rig.latency();
            // Left alone, right alone, both alike, and each the other's opposite.
            for [left, right] in [[1.0_f32, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0]] {
                let mut input = vec![vec![0.0_f32; 24_000]; 2];
                (input[0][0], input[1][0]) = (left, right);
                let output = rig.run(&input);
                for hz in grid_hz(20_000.0) {
                    let analogue = bands[0].at(hz);
                    let h = if phase == "Linear" { Complex64::new(analogue.norm(), 0.0) } else { analogue };
                    let [x, y] = [left, right].map(f64::from);
                    let on = |wanted: &str| if channels == wanted { h } else { Complex64::new(1.0, 0.0) };
                    let (mid, side) = (0.5 * (x + y) * on("Mid"), 0.5 * (x - y) * on("Side"));
                    let meant = [on("Left") * (mid + side), on("Right") * (mid - side)].map(|x| x * on("Stereo"));
                    for (channel, meant) in meant.into_iter().enumerate() {
                        let found = response_with_latency(&output[channel], latency, rate, hz);
                        // Without latency phases are the sections', a little off near Nyquist: where two of them meet the
                        // sum is close, alone their magnitude is exact.
                        let is_sum = left != right && left != -right && matches!(channels, "Mid" | "Side");
                        let error = match phase {
                            "Minimum" if is_sum => (found - meant).norm() - 0.1,
                            "Minimum" => (found.norm() - meant.norm()).abs(),
                            _ => (found - meant).norm(),
                        };
                        assert!(error <= 0.003, "{phase}, {channels}, {left} {right} to {channel}, {hz} Hz: {error}");
                    }
                }
            }
        }
    }
}

/// What the lengths say of themselves (plugins/eq/README.md): samples of latency at 44.1 and 48 kHz and at 88.2 and 96 kHz, and
/// the frequency from which up they are exact, Hz.
const LENGTHS: [(&str, [usize; 2], f64); 5] = [
    ("Shortest", [2560, 5120], 240.0),
    ("Short", [5120, 10_240], 120.0),
    ("Medium", [10_240, 18_432], 60.0),
    ("Long", [18_432, 34_816], 30.0),
    ("Longest", [34_816, 69_632], 20.0),
];

#[test]
fn linear_phase_is_the_magnitude_without_phase() {
    let bands = [
        Band::new("Low shelf", 70.0, 2.0, 0.71),
        Band::new("Bell", 120.0, -3.0, 1.0),
        Band::new("Bell", 2000.0, 6.0, 4.0),
        Band::new("High shelf", 12_000.0, -4.0, 0.71),
        Band { slope: 24, ..Band::new("Low cut", 25.0, 0.0, 0.71) },
    ];
    for (rate, all) in [(44_100.0, true), (48_000.0, false), (96_000.0, false)] {
        for (length, latency_samples, exact_from_hz) in LENGTHS {
            if !all && length != "Shortest" && length != "Medium" {
                continue;
            }
            let mut rig = eq(Format::Clap, rate, "Linear", &bands, &[("linear_length", length)]);
            let latency = rig.latency();
            assert_eq!(latency, latency_samples[usize::from(rate > 50_000.0)], "{rate} Hz, {length}");
            let mut input = vec![vec![0.0_f32; 2 * latency + 1]; 2];
            input[0][0] = 1.0;
            input[1][0] = 1.0;
            let output = rig.run(&input);
            let (mut above_db, mut at_20_db) = (0.0_f64, 0.0_f64);
            for hz in grid_hz(20_000.0).chain([20.0, 25.0, 32.0]) {
                let meant = product(&bands, hz).norm();
                let found = response_with_latency(&output[0], latency, rate, hz);
                let error_db = db(found.norm() / meant).abs();
                assert!(error_db.is_finite());
                if db(meant) > -60.0 && hz >= exact_from_hz.max(100.0) {
                    above_db = above_db.max(error_db);
                }
                if length == "Longest" && (20.0..100.0).contains(&hz) {
                    at_20_db = at_20_db.max(error_db);
                }
            }
            // Exactly symmetric about the latency, but for the rounding of transforms in single precision.
            let loudest = peak(&output[0]);
            let worst = (1..=latency)
                .map(|n| f64::from((output[0][latency - n] - output[0][latency + n]).abs()))
                .fold(0.0, f64::max);
            println!("{rate} Hz, {length}: {above_db:.4} dB, below 100 Hz {at_20_db:.4} dB, asymmetry {worst:.1e}");
            assert!(loudest > 0.5 && worst < 1e-6, "{length}: {worst:e}");
            assert!(above_db <= 0.05, "{rate} Hz, {length}: {above_db:.4} dB");
            assert!(at_20_db <= 0.2, "{rate} Hz, {length}: {at_20_db:.4} dB");
        }
    }
}

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
fn a_dynamic_band_follows_its_level() {
    let rate = 48_000.0;
    let band = Band::new("Bell", 1000.0, 0.0, 1.0);
    let settings = |more: &[(&'static str, &'static str)]| {
        let mut all = vec![
            ("band1_dynamic", "On"),
            ("band1_threshold", "-30"),
            ("band1_knee", "6"),
            ("band1_attack", "5"),
            ("band1_release", "50"),
            ("band1_range", "-6"),
        ];
        all.extend_from_slice(more);
        all
    };
    // Half as far as the level is above the threshold, 6 dB at most; in the knee the quadratic law.
    let meant = |over_db: f64, range_db: f64| {
        let x = over_db + 3.0;
        let reduction = if x <= 0.0 {
            0.0
        } else if x <= 6.0 {
            0.5 * x * x / 12.0
        } else {
            0.5 * over_db
        };
        f64::copysign(reduction.min(range_db.abs()), range_db)
    };
    for detector in ["Peak", "RMS"] {
        for range_db in [-6.0_f64, 4.0] {
            for over_db in [-20.0, -3.1, -1.0, 0.0, 2.0, 5.0, 10.0, 25.0] {
                let range = range_db.to_string();
                let mut rig = Rig::open(Plugin::Eq, Format::Clap);
                rig.offline(true);
                rig.set("phase", "Minimum");
                for (key, text) in band.settings(1) {
                    rig.set(&key, &text);
                }
                for (key, text) in settings(&[("band1_detector", detector)]) {
                    rig.set(key, text);
                }
                rig.set("band1_range", &range);
                rig.activate(rate, 512);
                let tone = sine(rate, 1000.0, -30.0 + over_db, 48_000);
                let output = rig.run(&vec![tone.clone(), tone.clone()]);
                let gain_db = db(tone_peak(&output[0][43_200..], rate, 1000.0)) - (-30.0 + over_db);
                let error_db = (gain_db - meant(over_db, range_db)).abs();
                assert!(error_db <= 0.1, "{detector}, {range_db} dB, {over_db} dB over: {gain_db:.3} dB");
            }
        }
    }
}

#[test]
fn below_its_threshold_a_dynamic_band_is_a_static_one() {
    let input = stereo_noise(12, -50.0, 30_000);
    let bands = [Band::new("Bell", 2000.0, 4.0, 1.0)];
    let dynamic = [("band1_dynamic", "On"), ("band1_threshold", "-20"), ("band1_range", "-6")];
    let still = eq(Format::Clap, 48_000.0, "Natural", &bands, &[]).run(&input);
    let moved = eq(Format::Clap, 48_000.0, "Natural", &bands, &dynamic).run(&input);
    assert!(peak(&still[0]) > 0.0);
    assert_eq!(first_difference(&still[0], &moved[0]), None);
}

#[test]
fn an_external_key_moves_a_band() {
    let rate = 48_000.0;
    let mut rig = Rig::open(Plugin::Eq, Format::Clap);
    rig.offline(true);
    rig.layout(2, true);
    rig.set("phase", "Minimum");
    for (key, text) in [
        ("band1_shape", "Bell"),
        ("band1_frequency", "1 kHz"),
        ("band1_dynamic", "On"),
        ("band1_threshold", "-40"),
        ("band1_range", "-12"),
        ("band1_external_key", "On"),
    ] {
        rig.set(key, text);
    }
    rig.activate(rate, 512);
    let quiet = sine(rate, 1000.0, -60.0, 24_000);
    let loud = sine(rate, 1000.0, -10.0, 24_000);
    let level = |audio: &Audio| db(tone_peak(&audio[0][19_200..], rate, 1000.0));
    let output = rig.run_with(&vec![quiet.clone(), quiet.clone()], Some(&vec![loud.clone(), loud]), &[], &[512]);
    assert!((level(&output) + 72.0).abs() < 0.1, "{}", level(&output));
    let silence = vec![vec![0.0; 48_000]; 2];
    let long = sine(rate, 1000.0, -60.0, 48_000);
    let output = rig.run_with(&vec![long.clone(), long], Some(&silence), &[], &[512]);
    assert!((db(tone_peak(&output[0][43_200..], rate, 1000.0)) + 60.0).abs() < 0.1);
}

#[test]
fn the_bass_is_mono_below_and_nothing_moves_at_the_corner() {
    let rate = 48_000.0;
    let mut rig = eq(Format::Clap, rate, "Minimum", &[], &[("mono_below", "120 Hz")]);
    // A source at the left only.
    let mut input = vec![vec![0.0_f32; 96_000]; 2];
    input[0][0] = 1.0;
    let output = rig.run(&input);
    let at = |hz: f64| [0, 1].map(|ch: usize| response(&output[ch], rate, hz).norm());
    let [left, right] = at(20.0);
    assert!((left - right).abs() < 0.002, "mono at 20 Hz: {left} {right}");
    // linear.md A5: S/M = w^4 / (1 + w^4), so -2.5 and -12.0 dB at the corner.
    let [left, right] = at(120.0);
    assert!((db(left) + 2.5).abs() < 0.05 && (db(right) + 12.04).abs() < 0.1, "{} {}", db(left), db(right));
    let [left, right] = at(2000.0);
    assert!((db(left)).abs() < 0.01 && db(right) < -80.0, "{} {}", db(left), db(right));
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

#[test]
fn automation_does_not_depend_on_the_block() {
    let input = stereo_noise(31, -12.0, 12_000);
    let bands = [Band::new("Bell", 1000.0, 3.0, 1.0), Band::new("High shelf", 9000.0, 2.0, 0.7)];
    let more = [("band2_dynamic", "On"), ("band2_threshold", "-40")];
    for phase in ["Minimum", "Natural", "Linear"] {
        let mut outputs = Vec::new();
        for block in [1, 512] {
            let mut rig = eq(Format::Clap, 48_000.0, phase, &bands, &more);
            let events: Vec<_> = (1..20)
                .map(|n| {
                    let key = ["band1_gain", "band1_frequency", "band1_q", "gain_scale"][n % 4];
                    let text = [format!("{}", n % 7), format!("{} Hz", 200 * n), format!("{n}"), format!("{}", 5 * n)];
                    rig.event(n * 577, key, &text[n % 4])
                })
                .collect();
            outputs.push(rig.run_with(&input, None, &events, &[block]));
        }
        assert!(peak(&outputs[0][0]) > 0.0);
        assert_eq!(first_difference(&outputs[0][0], &outputs[1][0]), None, "{phase}");
        assert!(max_difference(&outputs[0][0], &input[0]) > 0.0);
    }
}
