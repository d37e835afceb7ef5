//! Tape's targets (specs/tape.md), measured through the built bundle at every rate. Laws and standards are written out here anew
//! and share no code with it.

use std::f64::consts::TAU;
use std::time::Instant;

use testkit::analysis::{alias_sum_db, db, first_difference, peak, rms, spectrum, tone_peak};
use testkit::flutter::{MARGIN_S, TONE_HZ, weighted};
use testkit::signals::{Audio, Random, gain, impulse, noise, programme, sine, stereo_noise};
use testkit::{Format, Plugin, Rig};

const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];
const QUALITIES: [&str; 4] = ["Off", "Live", "Standard", "High"];
/// Speeds and equalisations with what the standards ask for, microseconds (IASA TC-04, 5.4.10).
const STANDARDS: [(&str, &str, f64, Option<f64>); 5] = [
    ("7.5 ips", "IEC", 70.0, None),
    ("7.5 ips", "NAB", 50.0, Some(3180.0)),
    ("15 ips", "IEC", 35.0, None),
    ("15 ips", "NAB", 50.0, Some(3180.0)),
    ("30 ips", "AES", 17.5, None),
];
/// 0 VU, and by how much the default tape's 3 % lie above it at the input, dB: 762 over 320 nWb/m, and the 0.80 dB that the
/// curve takes away there.
const ZERO_VU_DBFS: f64 = -18.0;
const MOL_DB: f64 = 8.33;

/// An instance that renders offline, where kernels are waited for.
fn tape(rate: f64, settings: &[(&str, &str)]) -> Rig {
    let mut rig = Rig::open(Plugin::Tape, Format::Clap);
    rig.set("render_quality", "Standard");
    settings.iter().for_each(|(key, text)| rig.set(key, text));
    rig.offline(true);
    rig.activate(rate, 1024);
    rig
}

fn both(signal: Vec<f32>) -> Audio {
    vec![signal.clone(), signal]
}

/// The spectrum of the second second of a tone of a whole number of Hz: bins are Hz.
fn tone_bins(rate: f64, settings: &[(&str, &str)], hz: f64, peak_dbfs: f64) -> Vec<f64> {
    let second = rate as usize;
    let output = tape(rate, settings).run(&both(sine(rate, hz, peak_dbfs, 2 * second)));
    spectrum(&output[0][second..]).iter().map(|bin| bin.norm()).collect()
}

/// Gain, dB, at these frequencies, from an impulse of -60 dBFS.
fn response_db(rate: f64, settings: &[(&str, &str)], hz: &[usize]) -> Vec<f64> {
    let frames = rate as usize;
    let output = tape(rate, settings).run(&both(impulse(0, 1e-3, frames)));
    let bins = spectrum(&output[0]);
    hz.iter().map(|&hz| db(bins[hz].norm() * 0.5 * frames as f64 / 1e-3)).collect()
}

/// First and third harmonic of `3 coth x - 3 / x` for a sine.
fn langevin(amplitude: f64) -> [f64; 2] {
    const POINTS: usize = 2000;
    let mut sums = [0.0; 2];
    for n in 0..POINTS {
        let phase = TAU * (n as f64 + 0.5) / POINTS as f64;
        let x = amplitude * phase.sin();
        let y = if x.abs() < 0.02 { x - x.powi(3) / 15.0 } else { 3.0 / x.tanh() - 3.0 / x };
        sums[0] += y * phase.sin();
        sums[1] += y * (3.0 * phase).sin();
    }
    sums.map(|sum| 2.0 * sum / POINTS as f64)
}

/// 0.00 +-0.02 dB at 1 kHz and -70 dBFS over a seeded survey of all knobs, noise, flutter and crosstalk off.
#[test]
fn the_line_up_tone_keeps_its_level() {
    let mut random = Random::new(1);
    let mut worst = 0.0_f64;
    for turn in 0..48 {
        let rate = RATES[turn % 4];
        let mut rig = Rig::open(Plugin::Tape, Format::Clap);
        // The dry is not askew: a mix of it with what an azimuth error delays is a comb, as it should be.
        let off = ["wow", "flutter", "hiss", "modulation_noise", "crosstalk", "mix", "input", "output", "bypass"];
        let still: Vec<u32> = off.iter().map(|key| testkit::rig::id_of(key)).collect();
        if turn > 0 {
            for param in rig.params().iter().filter(|param| !still.contains(&param.id)) {
                rig.place(param, random.unit());
            }
        }
        rig.offline(true);
        rig.activate(rate, 1024);
        let frames = (0.6 * rate) as usize;
        let output = rig.run(&both(sine(rate, 1000.0, -70.0, frames)));
        for channel in &output {
            let gain_db = db(tone_peak(&channel[frames / 2..], rate, 1000.0)) + 70.0;
            worst = worst.max(gain_db.abs());
            assert!(gain_db.abs() <= 0.02, "turn {turn} at {rate} Hz: {gain_db} dB");
        }
    }
    println!("worst {worst:.4} dB");
}

/// The third harmonic of 315 Hz within 10 % of the law from -20 to 0 dB re MOL; 2 dB a dB.
#[test]
fn the_third_harmonic_follows_langevin() {
    // The machine records 315 Hz less hot than 1 kHz, by the standard's 35 microseconds and the tape's losses at 15 ips.
    let flux = |hz: f64| 1.0 / (1.0 + (TAU * hz * 35e-6).powi(2)).sqrt();
    let lost = |hz: f64| {
        let depth = TAU * hz / 0.381 * 14e-6;
        (1.0 - (-depth).exp()) / depth / (1.0 + (38.1e-6 * hz / 0.381).powi(2)).sqrt()
    };
    let recorded = |hz: f64| flux(hz) / lost(hz) / (flux(1000.0) / lost(1000.0));
    for rate in RATES {
        let mut points = Vec::new();
        for step in 0..=15 {
            let below_db = f64::from(step) * -2.0;
            let bins = tone_bins(rate, &[], 315.0, ZERO_VU_DBFS + MOL_DB + below_db);
            let got = bins[945] / bins[315] * recorded(945.0) / recorded(315.0);
            let [first, third] = langevin(1.4328 * recorded(315.0) * gain(below_db));
            let law = third.abs() / first;
            if below_db >= -20.0 {
                println!("{rate} {below_db} dB re MOL: {:.3} %, law {:.3} %", 100.0 * got, 100.0 * law);
                assert!((got / law - 1.0).abs() <= 0.1, "{rate}, {below_db} dB: {got}, law {law}");
            }
            if below_db <= -12.0 {
                points.push((below_db, db(got)));
            }
        }
        let slope = slope(&points);
        println!("{rate}: {slope:.3} dB a dB");
        assert!((slope - 2.0).abs() <= 0.05, "{rate}: {slope}");
    }
}

/// By least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let x = points.iter().map(|point| point.0).sum::<f64>() / count;
    let y = points.iter().map(|point| point.1).sum::<f64>() / count;
    let xy: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    xy / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
}

/// The flux of 3 % at 1 kHz against the published figures.
#[test]
fn each_tape_has_its_published_output_level() {
    for rate in RATES {
        for (formulation, published_nwb, coating_um) in
            [("Vintage", 465.0, 13.7), ("+3", 540.0, 12.7), ("+6", 762.0, 14.0), ("+9", 1012.0, 16.5)]
        {
            if rate != 48_000.0 && formulation != "+6" {
                continue;
            }
            let third = |level: f64| {
                let bins = tone_bins(rate, &[("formulation", formulation)], 1000.0, level);
                // A harmonic at 3 kHz is replayed softer: by what the record equaliser lifts.
                (bins[1000], bins[3000] / bins[1000] * gain(lift_db(3000.0, coating_um)))
            };
            let (mut low, mut high) = (-20.0, 4.0);
            for _ in 0..12 {
                let middle = 0.5 * (low + high);
                if third(middle).1 < 0.03 { low = middle } else { high = middle }
            }
            let flux_nwb = 320.0 * third(low).0 / gain(ZERO_VU_DBFS);
            let off_db = db(flux_nwb / published_nwb);
            println!("{rate} {formulation}: 3 % at {flux_nwb:.0} nWb/m, published {published_nwb}: {off_db:+.2} dB");
            assert!(off_db.abs() <= 0.1, "{rate} {formulation}: {flux_nwb}");
        }
    }
}

/// Least at +3 dB of bias and more on both sides; without enough of it, 1 dB a dB.
#[test]
fn distortion_follows_bias() {
    for rate in RATES {
        let third_db = |bias: f64, level: f64| {
            let bias = format!("{bias}");
            let settings = [("bias", bias.as_str())];
            let bins = tone_bins(rate, &settings, 1000.0, level);
            // More bias is duller: against the small-signal response.
            let response = response_db(rate, &settings, &[1000, 3000]);
            db(bins[3000] / bins[1000]) - (response[1] - response[0])
        };
        let curve: Vec<(f64, f64)> =
            [-3.0, -2.0, -1.0, 0.0, 1.5, 3.0, 4.5, 6.0].map(|bias| (bias, third_db(bias, ZERO_VU_DBFS - 4.0))).to_vec();
        println!("{rate}: {curve:.2?}");
        for pair in curve.windows(2) {
            assert_eq!(pair[1].1 < pair[0].1, pair[1].0 <= 3.0, "{rate}: from {:?} to {:?}", pair[0], pair[1]);
        }
        let under: Vec<(f64, f64)> = [-48.0, -42.0, -36.0].map(|level| (level, third_db(-3.0, level))).to_vec();
        let slope = slope(&under);
        println!("{rate}: {slope:.3} dB a dB at the least bias");
        assert!((slope - 1.0).abs() <= 0.15, "{rate}: {slope}");
    }
}

/// Every speed and equalisation, aligned and not: flat where it should be, alike at every rate, and drawn beside the standard.
#[test]
fn responses_are_flat_when_aligned_and_alike_at_every_rate() {
    let hz: Vec<usize> = (0..64).map(|n| (20.0 * 900f64.powf(f64::from(n) / 63.0)).round() as usize).collect();
    let mut drawn = Vec::new();
    for (speed, equalisation, upper_us, lower_us) in STANDARDS {
        let standard = |hz: f64| {
            let treble = 1.0 / (1.0 + (TAU * hz * 1e-6 * upper_us).powi(2)).sqrt();
            let bass = lower_us.map_or(1.0, |us| (1.0 + (TAU * hz * 1e-6 * us).powi(-2)).sqrt());
            db(treble * bass)
        };
        let mut curves = Vec::new();
        for align in ["On", "Off"] {
            let settings = [("speed", speed), ("equalisation", equalisation), ("align", align), ("formulation", "+9")];
            let reference = response_db(192_000.0, &settings, &hz);
            for rate in [44_100.0, 48_000.0, 96_000.0] {
                for ((&hz, got), fine) in hz.iter().zip(response_db(rate, &settings, &hz)).zip(&reference) {
                    let off = got - fine;
                    assert!(off.abs() <= 0.1, "{speed} {equalisation} aligned {align}, {rate}, {hz} Hz: {off}");
                }
            }
            for (&hz, got) in hz.iter().zip(&reference).filter(|_| align == "On") {
                let most = if speed == "7.5 ips" { 2.0 } else { 1.0 };
                let is_within = !(60..=15_000).contains(&hz) || got.abs() <= most;
                assert!(is_within && got.abs() < 3.2, "{speed} {equalisation}: {got} dB at {hz} Hz");
            }
            curves.push(reference);
        }
        let apart = curves[0].iter().zip(&curves[1]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        println!("{speed} {equalisation}: aligned and not {apart:.2} dB apart at most");
        assert!(apart > 0.5, "{speed} {equalisation}: align does nothing");
        drawn.push((format!("{speed} {equalisation}"), curves, hz.iter().map(|&hz| standard(hz as f64)).collect()));
    }
    let default = response_db(48_000.0, &[], &[20, 50, 60, 1000, 15_000]);
    println!("default at 20, 50, 60 Hz, 1 and 15 kHz: {default:.2?}");
    assert!(default[0].abs() <= 2.0 && default[2..].iter().all(|x| x.abs() <= 1.0));
    draw_responses(&hz, &drawn).expect("the plot");
}

/// A name; aligned and not; the standard's flux.
type Drawn = (String, Vec<Vec<f64>>, Vec<f64>);

fn draw_responses(hz: &[usize], drawn: &[Drawn]) -> Result<(), Box<dyn std::error::Error>> {
    use plotters::prelude::*;

    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (720, 900)).into_drawing_area();
        area.fill(&WHITE)?;
        let name = "Tape: measured responses with +9 tape, and the flux that the standard asks for";
        let area = area.titled(name, ("sans-serif", 17))?;
        for (part, (name, curves, standard)) in area.split_evenly((drawn.len(), 1)).iter().zip(drawn) {
            let mut chart = ChartBuilder::on(part)
                .margin(8)
                .x_label_area_size(20)
                .y_label_area_size(44)
                .build_cartesian_2d((20.0..20_000.0).log_scale(), -14.0..6.0)?;
            chart.configure_mesh().y_labels(6).y_desc("dB").light_line_style(TRANSPARENT).draw()?;
            let rounded = |x: f64| (20.0 * x).round() / 20.0;
            let colours = [RGBColor(181, 139, 106), RGBColor(34, 94, 168), RGBColor(140, 140, 140)];
            let lines = [(&curves[0], "aligned"), (&curves[1], "set for +6 at 15 ips IEC"), (standard, "flux")];
            for ((line, label), colour) in lines.into_iter().zip(colours) {
                let points = hz.iter().zip(line).map(|(&hz, &db)| (hz as f64, rounded(db)));
                chart
                    .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
                    .label(format!("{name}, {label}"))
                    .legend(move |(x, y)| PathElement::new([(x, y), (x + 14, y)], colour.stroke_width(2)));
            }
            chart
                .configure_series_labels()
                .position(SeriesLabelPosition::LowerLeft)
                .background_style(WHITE.mix(0.9))
                .draw()?;
        }
        area.present()?;
    }
    testkit::plots::keep("tape-responses.svg", &svg)?;
    Ok(())
}

/// Centre and height of the head bump go with speed and amount.
#[test]
fn the_head_bump_stands_where_it_should() {
    let hz: Vec<usize> = (10..300).collect();
    for rate in RATES {
        for (speed, centre_hz) in [("7.5 ips", 25.0), ("15 ips", 50.0), ("30 ips", 100.0)] {
            for (amount, height_db) in [("100", 0.9), ("200", 1.8)] {
                let measured = response_db(rate, &[("speed", speed), ("head_bump", amount)], &hz);
                let top = (0..hz.len()).max_by(|&a, &b| measured[a].total_cmp(&measured[b])).unwrap_or(0);
                println!("{rate} {speed} {amount} %: {:.2} dB at {} Hz", measured[top], hz[top]);
                assert!((hz[top] as f64 / centre_hz - 1.0).abs() <= 0.1, "{rate} {speed}: at {} Hz", hz[top]);
                assert!((measured[top] - height_db).abs() <= 0.2, "{rate} {speed}: {} dB", measured[top]);
            }
        }
    }
}

/// AES6 / IEC 60386 from the plugin's output, within 5 % of the knob at every rate and cut; off, nothing at all.
#[test]
fn wow_and_flutter_read_what_the_knob_says() {
    let frames = |rate: f64| ((18.0 + 2.0 * MARGIN_S) * rate) as usize;
    for rate in RATES {
        let input = both(sine(rate, TONE_HZ, -20.0, frames(rate)));
        for key in ["wow", "flutter"] {
            for percent in [0.05, 0.5] {
                let output = tape(rate, &[(key, &format!("{percent}"))]).run(&input);
                let read = 100.0 * weighted(&output[0], rate);
                println!("{rate} {key} {percent} %: reads {read:.4} %");
                assert!((read / percent - 1.0).abs() <= 0.05, "{rate} {key} {percent} %: {read} %");
            }
        }
        let settings = [("wow", "0.1"), ("flutter", "0.1")];
        let short: Audio = input.iter().map(|channel| channel[..rate as usize].to_vec()).collect();
        let reference = tape(rate, &settings).run(&short);
        for blocks in [&[1_usize, 7, 333][..], &[1024]] {
            let output = tape(rate, &settings).run_with(&short, None, &[], blocks);
            assert_eq!(first_difference(&output[0], &reference[0]), None, "{rate}: blocks of {blocks:?}");
        }
        let still = tape(rate, &[]).run(&short);
        let named = tape(rate, &[("wow", "Off"), ("flutter", "Off")]).run(&short);
        assert_eq!(first_difference(&named[0], &still[0]), None);
    }
}

/// What a frame costs in blocks of 64, ns: the best of short passes, as a busy machine takes from most.
fn cost_ns(rig: &mut Rig) -> f64 {
    const FRAMES: usize = 64 * 64;
    let input = programme(48_000.0, 1.0, FRAMES);
    (0..60)
        .map(|_| {
            let start = Instant::now();
            rig.run_with(&input, None, &[], &[64]);
            start.elapsed().as_nanos() as f64 / FRAMES as f64
        })
        .fold(f64::INFINITY, f64::min)
}

/// 5 kHz at 0 dBFS, and swept to 20 kHz at 12 dB over MOL on the tape; the cost beside it.
#[test]
fn aliases_keep_below_the_spec() {
    let mut failures = Vec::new();
    println!("| quality | bias | latency | 5 kHz, 0 dBFS | to 20 kHz | ns per frame |");
    for (quality, bias, at_5k_most, swept_most) in [
        ("Off", "0", f64::INFINITY, f64::INFINITY),
        ("Live", "0", -90.0, -70.0),
        ("Standard", "0", -110.0, -115.0),
        ("High", "0", -115.0, -115.0),
        ("Standard", "-3", -90.0, -70.0),
    ] {
        for rate in RATES {
            let settings = [("render_quality", quality), ("bias", bias)];
            let alias_db = |bits: u32, hz: f64, peak_dbfs: f64| {
                let size = 1_usize << bits;
                let bin = (hz * size as f64 / rate) as usize | 1;
                let frames = 2 * size + rate as usize / 2;
                let input = sine(rate, bin as f64 * rate / size as f64, peak_dbfs, frames);
                let output = tape(rate, &settings).run(&both(input));
                alias_sum_db(&output[0][frames - size..], rate, bin)
            };
            let at_5k = alias_db(16, 5000.0, 0.0);
            // MOL is a level on the tape: less goes in where the record equaliser lifts, which it does by what it takes to
            // replay flat. At the least bias MOL lies 4.5 dB and more lower.
            let mol_dbfs = ZERO_VU_DBFS + MOL_DB - if bias == "0" { 0.0 } else { 4.5 };
            let sweep = [1000.0, 4000.0].into_iter().chain((0..24).map(|n| 8000.0 + 521.0 * f64::from(n)));
            let swept = sweep
                .map(|hz: f64| alias_db(14, hz, mol_dbfs + 12.0 - lift_db(hz, 14.0)))
                .fold(f64::NEG_INFINITY, f64::max);
            let (latency, ns) = {
                let mut rig = tape(rate, &settings);
                (rig.latency(), cost_ns(&mut rig))
            };
            println!("| {quality} | {bias} | {latency} at {rate} | {at_5k:.1} dB | {swept:.1} dB | {ns:.0} |");
            if at_5k.is_nan() || swept.is_nan() || at_5k > at_5k_most || swept > swept_most {
                failures.push(format!("{quality} {bias} {rate}: {at_5k:.1} dB, swept {swept:.1} dB"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// What the record equaliser of the default machine lifts for a coating (micrometres), dB re 1 kHz: the standard's flux over what
/// the tape loses.
fn lift_db(hz: f64, coating_um: f64) -> f64 {
    let lift = |hz: f64| {
        let flux = 1.0 / (1.0 + (TAU * hz * 35e-6).powi(2)).sqrt();
        let depth = TAU * hz / 0.381 * 1e-6 * coating_um;
        let thickness = (1.0 - (-depth).exp()) / depth;
        flux / thickness * (1.0 + (38.1e-6 * hz / 0.381).powi(2)).sqrt()
    };
    db(lift(hz) / lift(1000.0))
}

/// +40 dBFS of noise at the least bias and all drive: bounded, and quiet again behind it.
#[test]
fn it_is_bounded_whatever_comes() {
    for rate in RATES {
        for quality in QUALITIES {
            let settings =
                [("bias", "-3"), ("drive", "12"), ("zero_vu", "-24"), ("speed", "7.5 ips"), ("equalisation", "NAB")];
            let mut rig = tape(rate, &settings);
            rig.deactivate();
            rig.set("render_quality", quality);
            rig.activate(rate, 1024);
            let mut input = stereo_noise(1, 40.0, (0.2 * rate) as usize);
            let output = rig.run(&input);
            let top = peak(&output[0]);
            assert!(top > 0.1 && top <= 1.0001 * gain(24.0), "{rate} {quality}: {top}");
            input.iter_mut().for_each(|channel| channel.iter_mut().for_each(|x| *x = 0.0));
            rig.run(&input);
            rig.run(&input);
            let left = rig.run(&input).iter().map(|channel| peak(channel)).fold(0.0, f64::max);
            assert!(left < 0.02, "{rate} {quality}: {left} left");
        }
    }
}

/// A-weighting after IEC 61672-1 from its poles, 1 at 1 kHz.
fn a_weight(hz: f64) -> f64 {
    let law = |f: f64| {
        let s = f * f;
        12_194.217f64.powi(2) * s * s
            / ((s + 20.598_997f64.powi(2))
                * ((s + 107.652_65f64.powi(2)) * (s + 737.862_23f64.powi(2))).sqrt()
                * (s + 12_194.217f64.powi(2)))
    };
    law(hz) / law(1000.0)
}

/// Hiss as loud as said, A-weighted re 0 VU, of the particles' spectrum, unlike on both sides; off, exactly nothing.
#[test]
fn hiss_is_as_said_and_off_is_nothing() {
    for rate in RATES {
        let second = rate as usize;
        let silence: Audio = vec![vec![0.0; 6 * second]; 2];
        let output = tape(rate, &[("hiss", "-66")]).run(&silence);
        let (mut power, mut densities) = (0.0, [0.0_f64; 4]);
        for part in output[0][second..].chunks_exact(second) {
            let bins: Vec<f64> = spectrum(part).iter().map(|bin| 0.5 * bin.norm_sqr() / 5.0).collect();
            power += (10..20_000).map(|hz| bins[hz] * a_weight(hz as f64).powi(2)).sum::<f64>();
            for (density, hz) in densities.iter_mut().zip([1000_usize, 5000, 10_000, 20_000]) {
                let (from, to) = (9 * hz / 10, (11 * hz / 10).min(21_000));
                *density += bins[from..to].iter().sum::<f64>() / (to - from) as f64;
            }
        }
        let level_db = 10.0 * power.log10() - (ZERO_VU_DBFS - 3.0103);
        let shape = [1, 2, 3].map(|n| 10.0 * (densities[n] / densities[0]).log10());
        println!("{rate}: {level_db:.2} dB(A), 5, 10, 20 kHz re 1 kHz {shape:.2?}");
        assert!((level_db + 66.0).abs() <= 0.5, "{rate}: {level_db}");
        // reference/nonlinear.md C for 15 ips IEC.
        assert!(shape.iter().zip([0.0, 1.4, 3.5]).all(|(got, wanted)| (got - wanted).abs() <= 1.5), "{shape:?}");
        let product: f64 = output[0].iter().zip(&output[1]).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        let correlation = product / output[0].len() as f64 / (rms(&output[0]) * rms(&output[1]));
        assert!(correlation.abs() < 0.02, "{rate}: correlated by {correlation}");
        let off = tape(rate, &[]).run(&silence);
        assert!(off.iter().flatten().all(|x| *x == 0.0), "{rate}: something sounds in silence");
    }
}

/// A mix is flat within 0.01 dB with flutter off, for the dry is aligned.
#[test]
fn a_mix_has_no_comb() {
    let hz: Vec<usize> = (1..=180).map(|n| 100 * n).collect();
    for rate in RATES {
        for quality in QUALITIES {
            let at = |mix: &str| {
                response_db(
                    rate,
                    &[
                        ("render_quality", quality),
                        ("mix", mix),
                        ("head_bump", "0"),
                        ("align", "Off"),
                        ("speed", "7.5 ips"),
                    ],
                    &hz,
                )
            };
            let (wet, half) = (at("100"), at("50"));
            for ((wet, half), hz) in wet.iter().zip(&half).zip(&hz) {
                let off = half - db(0.5 + 0.5 * gain(*wet));
                assert!(off.abs() <= 0.01, "{quality} {rate}, {hz} Hz: {off} dB");
            }
        }
    }
}

/// The three places to listen at: the input to the bit, the record head duller than the replay head.
#[test]
fn input_and_sync_are_heard_and_never_rendered() {
    let input = vec![noise(3, -12.0, 30_000), noise(4, -12.0, 30_000)];
    let run = |key: Option<&str>, is_offline: bool| {
        let mut rig = Rig::open(Plugin::Tape, Format::Clap);
        rig.offline(is_offline);
        rig.activate(48_000.0, 1024);
        if let Some(key) = key {
            rig.listen(key, true);
        }
        let latency = rig.latency();
        let output = rig.run(&input);
        (output[0].clone(), latency)
    };
    let (repro, latency) = run(None, true);
    for key in ["monitor_input", "monitor_sync"] {
        assert_eq!(first_difference(&run(Some(key), true).0, &repro), None, "{key} was rendered");
    }
    let (heard, _) = run(Some("monitor_input"), false);
    assert_eq!(first_difference(&heard[5000..], &input[0][5000 - latency..30_000 - latency]), None);
}
