//! The Saturator's targets (specs/saturator.md), measured through the built bundle. The laws are written out here anew and share
//! no code with it.

use std::f64::consts::{FRAC_PI_2, TAU};
use std::time::Instant;

use testkit::analysis::{
    alias_sum_db, db, delayed, first_difference, loudness_lufs, max_difference, operating_level_db, peak, rms, spectrum,
};
use testkit::signals::{Audio, Random, gain, programme, sine, stereo_noise};
use testkit::{Format, Plugin, Rig, rig};

const RATE: f64 = 48_000.0;
const QUALITIES: [&str; 4] = ["Off", "Live", "Standard", "High"];
const CHARACTERS: [&str; 7] = ["Console", "Push-pull", "Tape", "Diode", "Triode", "Class-A", "Transformer"];

fn saturator(rate: f64, settings: &[(&str, &str)]) -> Rig {
    Rig::ready(Plugin::Saturator, Format::Clap, rate, settings)
}

fn both(signal: Vec<f32>) -> Audio {
    vec![signal.clone(), signal]
}

fn mid_side(mid: &[f32], side: &[f32]) -> Audio {
    let part = |sign: f32| mid.iter().zip(side).map(|(m, s)| m + sign * s).collect();
    vec![part(1.0), part(-1.0)]
}

/// How long a residual's direct current takes to be gone for good.
const SETTLED: usize = 120_000;

/// The last `size` samples of a coherent sine of full scale at `bin`.
fn steady(rig: &mut Rig, size: usize, bin: usize) -> Vec<f32> {
    let input = both(sine(RATE, bin as f64 * RATE / size as f64, 0.0, SETTLED + size));
    rig.run(&input)[0][SETTLED..].to_vec()
}

/// What a frame costs in blocks of 64, ns: the best of short passes, as a busy machine takes from most.
fn cost_ns(rig: &mut Rig) -> f64 {
    const FRAMES: usize = 64 * 64;
    let input = programme(RATE, 1.0, FRAMES);
    (0..40)
        .map(|_| {
            let start = Instant::now();
            rig.run_with(&input, None, &[], &[64]);
            start.elapsed().as_nanos() as f64 / FRAMES as f64
        })
        .fold(f64::INFINITY, f64::min)
}

/// The metric of nonlinear.md F: 0 dBFS, 12 dB of drive; a prime bin near 5 kHz, and odd bins up to 10 kHz.
#[test]
fn aliases_keep_below_the_spec() {
    const PRIME: (usize, usize) = (1 << 16, 6827);
    const SWEPT: usize = 1 << 14;
    let limits = [f64::INFINITY, -90.0, -105.0, -115.0].into_iter().zip([f64::INFINITY, -75.0, -90.0, -105.0]);
    let top = (10_000.0 * SWEPT as f64 / RATE) as usize;
    let sweep: Vec<usize> =
        (0..12).map(|n| (171.0 * (top as f64 / 171.0).powf(f64::from(n) / 11.0)) as usize | 1).collect();
    let mut failures = Vec::new();
    let mut rows = Vec::new();
    println!("| quality | latency | character | 5 kHz | to 10 kHz | ns per frame |");
    for (quality, (limit_5k, limit_swept)) in QUALITIES.into_iter().zip(limits) {
        for character in CHARACTERS {
            let open = || saturator(RATE, &[("drive", "12"), ("character", character), ("quality", quality)]);
            let mut rig = open();
            let at_5k = alias_sum_db(&steady(&mut rig, PRIME.0, PRIME.1), RATE, PRIME.1);
            let swept = sweep
                .iter()
                .map(|&bin| alias_sum_db(&steady(&mut open(), SWEPT, bin), RATE, bin))
                .fold(f64::NEG_INFINITY, f64::max);
            let (latency, ns) = (rig.latency(), cost_ns(&mut open()));
            rows.push((quality, at_5k, swept));
            println!("| {quality} | {latency} | {character} | {at_5k:.1} dB | {swept:.1} dB | {ns:.0} |");
            if at_5k > limit_5k || swept > limit_swept {
                failures.push(format!("{quality} {character}: {at_5k:.1} dB at 5 kHz, {swept:.1} dB to 10 kHz"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    draw_aliases(&rows).expect("the plot");
}

/// The README's plot: a column for each character, from its aliases at 5 kHz up to the worst of the sweep.
fn draw_aliases(rows: &[(&str, f64, f64)]) -> Result<(), Box<dyn std::error::Error>> {
    use plotters::prelude::*;

    const FLOOR_DB: f64 = -130.0;
    // Below the floor it is rounding that is drawn, and that is not the same on every machine.
    let level = |db: f64| db.max(FLOOR_DB).round();
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (720, 420)).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .margin(16)
            .caption("Saturator: aliases, 0 dBFS and +12 dB drive at 48 kHz, through the bundle", ("sans-serif", 17))
            .x_label_area_size(28)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..CHARACTERS.len() as f64, FLOOR_DB - 10.0..0.0)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(0)
            .y_desc("all that is no harmonic, dB below the fundamental")
            .light_line_style(TRANSPARENT)
            .draw()?;
        let colours = [RGBColor(120, 120, 120), RGBColor(200, 120, 30), RGBColor(65, 146, 140), RGBColor(34, 94, 168)];
        for (n, (quality, colour)) in QUALITIES.into_iter().zip(colours).enumerate() {
            let of_quality = rows.iter().filter(|row| row.0 == quality).enumerate();
            let bars = of_quality.clone().map(|(column, &(_, at_5k, swept))| {
                let x = column as f64 + 0.2 + 0.2 * n as f64;
                PathElement::new(vec![(x, level(at_5k)), (x, level(swept))], colour.stroke_width(6))
            });
            chart
                .draw_series(bars)?
                .label(quality)
                .legend(move |(x, y)| Rectangle::new([(x, y - 4), (x + 14, y + 4)], colour.filled()));
            // Where both ends are one there is no line to see.
            let ends = of_quality.map(|(column, &(_, at_5k, _))| (column as f64 + 0.2 + 0.2 * n as f64, level(at_5k)));
            chart.draw_series(ends.map(|end| Circle::new(end, 3, colour.filled())))?;
        }
        for (column, character) in CHARACTERS.into_iter().enumerate() {
            chart.draw_series(std::iter::once(Text::new(
                character,
                (column as f64 + 0.2, FLOOR_DB - 3.0),
                ("sans-serif", 13),
            )))?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE.mix(0.9))
            .border_style(BLACK.mix(0.3))
            .draw()?;
        area.present()?;
    }
    testkit::plots::keep("saturator-aliases.svg", &svg)?;
    Ok(())
}

fn algebraic(x: f64) -> f64 {
    x / (1.0 + x * x).sqrt()
}

/// A name, the level of 1 % in the curve, the curve, and H2..H5 in dBc there and 12 dB above.
type Row = (&'static str, f64, fn(f64) -> f64, [f64; 4], [f64; 4]);

const NONE: f64 = f64::NEG_INFINITY;

/// nonlinear.md D.
const TABLE: [Row; 6] = [
    (
        "Console",
        0.486,
        |x| x.clamp(-FRAC_PI_2, FRAC_PI_2).sin(),
        [NONE, -40.0, NONE, -90.0],
        [NONE, -15.0, NONE, -34.0],
    ),
    ("Push-pull", 0.352, f64::tanh, [NONE, -40.0, NONE, -78.0], [NONE, -19.0, NONE, -36.0]),
    ("Tape", 0.289, algebraic, [NONE, -40.0, NONE, -77.0], [NONE, -20.0, NONE, -36.0]),
    ("Diode", 0.517, f64::asinh, [NONE, -40.0, NONE, -72.0], [NONE, -23.0, NONE, -38.0]),
    (
        "Triode",
        0.050,
        |x| algebraic(x) + 0.4 * x * x / (1.0 + x * x),
        [-40.0, -70.0, -104.0, -137.0],
        [-28.0, -46.0, -68.0, -89.0],
    ),
    (
        "Class-A",
        0.219,
        |x| if x > 0.0 { 1.5 * algebraic(x / 1.5) } else { 0.75 * algebraic(x / 0.75) },
        [-42.0, -44.0, -60.0, -82.0],
        [-23.0, -24.0, -64.0, -42.0],
    ),
];

#[test]
fn harmonics_are_those_of_the_table() {
    const SIZE: usize = 48_000;
    const DRIVE_DB: f64 = 6.0;
    for (character, level, formula, at_zero, at_twelve) in TABLE {
        for (over_db, table) in [(0.0, at_zero), (12.0, at_twelve)] {
            for quality in ["Live", "Standard", "High"] {
                let peak_db = db(level) + over_db - DRIVE_DB;
                let settings = [("drive", "6"), ("character", character), ("quality", quality)];
                let output = saturator(RATE, &settings).run(&both(sine(RATE, 1000.0, peak_db, SETTLED + SIZE)));
                let measured = spectrum(&output[0][SETTLED..]);
                let curve_peak = gain(peak_db + DRIVE_DB);
                let wave: Vec<f32> =
                    (0..SIZE).map(|n| formula(curve_peak * (TAU * n as f64 / 48.0).sin()) as f32).collect();
                let expected = spectrum(&wave);
                for (harmonic, rounded) in (2..=5).zip(table) {
                    let dbc = |bins: &[_]| db(norm(bins, 1000 * harmonic) / norm(bins, 1000));
                    let (got, wanted) = (dbc(&measured), dbc(&expected));
                    let case = format!("{character} +{over_db} dB, {quality}: H{harmonic} {got:.2} dBc");
                    if rounded.is_finite() {
                        // The table's own digits are whole decibels, so it is held to half of one more.
                        assert!((wanted - rounded).abs() <= 0.6, "{case}: formula {wanted:.2}, table {rounded}");
                        // Below -120 dBc a 32-bit float has nothing to say.
                        assert!((got - wanted).abs() <= 0.5 || wanted < -120.0, "{case}, wanted {wanted:.2}");
                        println!("{case}, formula {wanted:.2}, table {rounded}");
                    } else {
                        assert!(got < -120.0, "{case} where there is none");
                    }
                }
            }
        }
    }
}

fn norm(bins: &[realfft::num_complex::Complex<f64>], at: usize) -> f64 {
    bins[at].norm()
}

#[test]
fn the_transformer_falls_by_18_db_an_octave() {
    // 0 VU is -18 dBFS; with 6 dB of drive the third harmonic of 20 Hz is 0.1 %.
    let third = |hz: f64| {
        let input = both(sine(RATE, hz, -18.0, 6 * 48_000));
        let output = saturator(RATE, &[("drive", "6"), ("character", "Transformer")]).run(&input);
        let bins = spectrum(&output[0][5 * 48_000..]);
        norm(&bins, 3 * hz as usize) / norm(&bins, hz as usize)
    };
    let (at_20, at_40, at_100) = (third(20.0), third(40.0), third(100.0));
    println!("HD3 {:.4} % at 20 Hz; 20/40 {:.3}, 20/100 {:.2}", 100.0 * at_20, at_20 / at_40, at_20 / at_100);
    assert!((at_20 / 0.001 - 1.0).abs() <= 0.05, "{at_20}");
    assert!((at_20 / at_40 / 8.0 - 1.0).abs() <= 0.05, "{}", at_20 / at_40);
    assert!((at_20 / at_100 / 125.0 - 1.0).abs() <= 0.05, "{}", at_20 / at_100);
}

#[test]
fn drive_0_is_bit_exact() {
    let input = stereo_noise(1, -0.5, 20_000);
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        for quality in QUALITIES {
            for character in CHARACTERS {
                let settings = [
                    ("character", character),
                    ("quality", quality),
                    ("emphasis", "12"),
                    ("emphasis_frequency", "1000"),
                    ("bias_motion", "100"),
                    ("even_odd", "10"),
                    ("bands", "3"),
                    ("channel_mode", "Mid/side"),
                ];
                let mut rig = saturator(rate, &settings);
                let latency = rig.latency();
                let output = rig.run_with(&input, None, &[], &[333]);
                for (output, input) in output.iter().zip(&input) {
                    assert_eq!(
                        first_difference(output, &delayed(input, latency)),
                        None,
                        "{rate} Hz {quality} {character}"
                    );
                }
            }
        }
    }
}

/// By the greatest correlation with a pulse that has no treble: minimum phase delays treble longer.
#[test]
fn latency_is_what_is_reported() {
    let pulse: Vec<f32> =
        (0..64).map(|n| (0.4 * (TAU / 2.0 * (f64::from(n) + 0.5) / 64.0).sin().powi(2)) as f32).collect();
    for rate in [44_100.0, 48_000.0, 88_200.0, 96_000.0, 176_400.0, 192_000.0] {
        for quality in QUALITIES {
            let mut rig = saturator(rate, &[("drive", "12"), ("quality", quality)]);
            let latency = rig.latency();
            let mut input = pulse.clone();
            input.resize(1000, 0.0);
            let output = rig.run(&both(input));
            let correlation = |delay: usize| pulse.iter().zip(&output[0][delay..]).map(|(x, y)| x * y).sum::<f32>();
            let best = (0..900).max_by(|&a, &b| correlation(a).total_cmp(&correlation(b)));
            assert_eq!(best, Some(latency), "{rate} Hz {quality}");
            println!("{rate} Hz {quality}: {latency} samples");
        }
    }
}

/// Steps of level, drive, balance, bias and character, one second apart and more.
#[test]
fn no_direct_current_is_left_a_second_after_any_step() {
    let second = RATE as usize;
    for character in CHARACTERS {
        for quality in ["Live", "Standard"] {
            let settings = [("drive", "6"), ("character", character), ("quality", quality), ("bias_motion", "60")];
            let mut rig = saturator(RATE, &settings);
            let other = if character == "Triode" { "Console" } else { "Triode" };
            let steps = [
                ("drive", "20"),
                ("even_odd", "0"),
                ("bias_motion", "100"),
                ("character", other),
                ("bias_motion", "0"),
                ("character", character),
                ("bands", "2"),
                ("channel_mode", "Mid/side"),
                ("drive", "0"),
            ];
            // Two seconds for each: half a second of silence, a tone, silence, a louder tone.
            let mut tone = Vec::new();
            for (n, _) in steps.iter().enumerate() {
                let level_db = if n % 2 == 0 { -12.0 } else { -3.0 };
                tone.extend(sine(RATE, 100.0, level_db, 2 * second));
            }
            let events: Vec<_> =
                steps.iter().enumerate().map(|(n, (key, text))| rig.event(2 * second * n + 7, key, text)).collect();
            let latency = rig.latency();
            let output = rig.run_with(&both(tone), None, &events, &[512]);
            for (n, (key, text)) in steps.iter().enumerate() {
                // Whole periods, from one second after the step on.
                let start = 2 * second * n + second + 7 + latency;
                let piece = &output[0][start..start + second / 2];
                let mean = piece.iter().map(|&x| f64::from(x)).sum::<f64>() / piece.len() as f64;
                let level = db(mean);
                assert!(level <= -100.0, "{character} {quality}, {key} to {text}: DC at {level:.1} dBFS");
            }
        }
    }
}

/// What is in a stretch between two frequencies, seen through a Hann window; dBFS of a sine of that power.
fn between_db(signal: &[f32], low_hz: f64, high_hz: f64) -> f64 {
    let size = signal.len();
    let windowed: Vec<f32> =
        signal.iter().enumerate().map(|(n, x)| x * (0.5 - 0.5 * (TAU * n as f64 / size as f64).cos()) as f32).collect();
    let bins = spectrum(&windowed);
    let bin = |hz: f64| (hz * size as f64 / RATE) as usize;
    // The window's own power is 3/8.
    10.0 * (bins[bin(low_hz)..bin(high_hz)].iter().map(|b| b.norm_sqr()).sum::<f64>() / 0.375).max(1e-20).log10()
}

const DISCRETE: [(&str, &[&str]); 3] = [
    ("character", &["Triode", "Diode", "Transformer", "Class-A", "Push-pull", "Tape", "Console"]),
    ("bands", &["2", "3", "1"]),
    ("channel_mode", &["Mid/side", "Mid only", "Side only", "Stereo"]),
];

#[test]
fn switches_do_not_click() {
    // A tone of 100 Hz has next to nothing above 8 kHz, whichever way it is bent; a click has.
    let size = 4096;
    for quality in ["Live", "Standard"] {
        for (key, texts) in DISCRETE {
            let settings = [
                ("drive", "12"),
                ("mid_drive", "12"),
                ("high_drive", "12"),
                ("quality", quality),
                ("bias_motion", "40"),
            ];
            let mut rig = saturator(RATE, &settings);
            let step = 24_000;
            let events: Vec<_> =
                texts.iter().enumerate().map(|(n, text)| rig.event(step * (n + 1) + 13, key, text)).collect();
            let frames = step * (texts.len() + 1);
            let input = mid_side(&sine(RATE, 100.0, -9.0, frames), &sine(RATE, 130.0, -15.0, frames));
            let output = rig.run_with(&input, None, &events, &[512]);
            for (n, text) in texts.iter().enumerate() {
                let at = step * (n + 1);
                for (channel, output) in output.iter().enumerate() {
                    let heard = between_db(&output[at - 1024..at - 1024 + size], 8000.0, 20_000.0);
                    let before = between_db(&output[at - 1024 - size..at - 1024], 8000.0, 20_000.0);
                    println!("{quality} {key} to {text}, channel {channel}: {heard:.1} dBFS, {before:.1} before");
                    assert!(
                        heard <= before.max(-60.0),
                        "{quality} {key} to {text}, channel {channel}: a click of {heard:.1} dBFS"
                    );
                }
            }
        }
    }
}

#[test]
fn switching_allocates_nothing() {
    rig::load_all();
    for (key, texts) in DISCRETE {
        let mut rig = saturator(RATE, &[("drive", "12"), ("mid_drive", "6"), ("high_drive", "18")]);
        let input = stereo_noise(3, -12.0, 48_000);
        // The first run does what happens once a thread.
        let warm = [rig.event(100, "drive", "11")];
        rig.run_with(&input, None, &warm, &[64]);
        let events: Vec<_> = texts.iter().enumerate().map(|(n, text)| rig.event(4001 * n, key, text)).collect();
        rig.watch_heap();
        rig.run_with(&input, None, &events, &[64]);
        for (block, tally) in rig.take_tallies().into_iter().enumerate() {
            assert!(tally.is_clean(), "{key}, block {block}: {}", tally.describe());
        }
    }
}

#[test]
fn bias_motion_does_not_thump() {
    // On a steady tone above it all, every low frequency is the bias's own.
    let second = RATE as usize;
    for character in CHARACTERS {
        let mut rig = saturator(RATE, &[("drive", "12"), ("character", character)]);
        let events = [rig.event(second, "bias_motion", "100"), rig.event(3 * second, "bias_motion", "0")];
        let output = rig.run_with(&both(sine(RATE, 1000.0, -9.0, 5 * second)), None, &events, &[64]);
        for at in [second, 3 * second] {
            let heard = between_db(&output[0][at - 4096..at + 20_480], 40.0, 500.0);
            println!("{character} at {} s: {heard:.1} dBFS between 40 and 500 Hz", at / second);
            assert!(heard <= -60.0, "{character}: a thump of {heard:.1} dBFS at {} s", at / second);
        }
    }
}

/// Three programmes, -12 dBFS rms, with a crest factor of 12 dB and more: made by code, as no recording could be had.
fn programmes() -> [(&'static str, Audio); 3] {
    let frames = 8 * 48_000;
    let mut random = Random::new(11);
    let drums: Vec<f32> = (0..frames)
        .map(|n| {
            let t = n as f64 / RATE;
            let (beat, half) = (t % 0.5, t % 0.25);
            let kick = (-beat / 0.12).exp() * (TAU * (55.0 * beat + 4.0 * (1.0 - (-beat / 0.02).exp()))).sin();
            let snare = if (t / 0.5) as usize % 2 == 1 { (-beat / 0.09).exp() } else { 0.0 } * random.bipolar();
            let hat = 0.25 * (-half / 0.03).exp() * random.bipolar();
            (kick + 0.8 * snare + hat + 0.15 * (TAU * 82.4 * t).sin() + 0.1 * (TAU * 247.0 * t).sin()) as f32
        })
        .collect();
    // Voice-like: a buzz whose level and vowels move. The phases keep its harmonics from peaking all at once.
    let voice: Vec<f32> = (0..frames)
        .map(|n| {
            let t = n as f64 / RATE;
            let pitch = TAU * (140.0 * t + 6.0 * (TAU * 0.7 * t).sin());
            let syllable = (0.5 + 0.5 * (TAU * 3.1 * t).sin()).powi(2) + 0.05;
            let buzz: f64 = (1..=24)
                .map(|h| {
                    let hz = 140.0 * f64::from(h);
                    let formant = 1.0 / (1.0 + ((hz - 600.0 - 250.0 * (TAU * 0.9 * t).sin()) / 350.0).powi(2));
                    (f64::from(h) * pitch + 0.3 * f64::from(h * h)).cos() * (formant + 0.08)
                })
                .sum();
            (syllable * buzz) as f32
        })
        .collect();
    [("dense mix", programme(RATE, 4.0, frames)), ("drums", both(drums)), ("voice", both(voice))].map(
        |(name, audio)| {
            let power: f64 = audio.iter().map(|channel| rms(channel).powi(2)).sum::<f64>() / audio.len() as f64;
            let factor = gain(-12.0) / power.sqrt();
            let scaled: Audio =
                audio.iter().map(|channel| channel.iter().map(|&x| (f64::from(x) * factor) as f32).collect()).collect();
            let crest_db = db(scaled.iter().map(|channel| peak(channel)).fold(0.0, f64::max)) + 12.0;
            println!("{name}: crest {crest_db:.1} dB");
            assert!(crest_db >= 12.0, "{name} has a crest of {crest_db:.1} dB only");
            (name, scaled)
        },
    )
}

/// The same programme at another level; 0 dB is -12 dBFS rms.
fn turned(audio: &Audio, by_db: f64) -> Audio {
    let factor = gain(by_db) as f32;
    audio.iter().map(|channel| channel.iter().map(|x| x * factor).collect()).collect()
}

const DRIVES: [&str; 7] = ["3", "4.5", "6", "9", "12", "18", "24"];

#[test]
fn loudness_stays_while_harmonics_rise() {
    let programmes = programmes();
    let mut failures = Vec::new();
    let mut worst_lu = 0.0_f64;
    for character in CHARACTERS {
        let hz = if character == "Transformer" { 40.0 } else { 1000.0 };
        let third_db = |drive| {
            let settings = [("drive", drive), ("character", character)];
            let output = saturator(RATE, &settings).run(&both(sine(RATE, hz, -12.0, SETTLED + 48_000)));
            let bins = spectrum(&output[0][SETTLED..]);
            db(norm(&bins, 3 * hz as usize) / norm(&bins, hz as usize))
        };
        let (least, most) = (third_db("0.5"), third_db("24"));
        println!("{character}: the third harmonic rises from {least:.1} to {most:.1} dBc");
        assert!(most - least >= 20.0, "{character}: the third harmonic rises by {:.1} dB only", most - least);
        for (name, programme) in &programmes {
            for level_db in [-22.0, -17.0, -12.0] {
                let input = turned(programme, level_db + 12.0);
                let zero_vu = format!("{:.1}", operating_level_db(&input));
                let before = loudness_lufs(&input, RATE);
                let mut by_law = Vec::new();
                for drive in DRIVES {
                    let set = [("drive", drive), ("character", character), ("zero_vu", zero_vu.as_str())];
                    let change = loudness_lufs(&saturator(RATE, &set).run(&input), RATE) - before;
                    by_law.push(change);
                    worst_lu = worst_lu.max(change.abs());
                    let case = format!("{character} {name} at {level_db} dBFS, drive {drive}");
                    if change.is_nan() || change.abs() > 1.0 {
                        failures.push(format!("{case}: {change:+.2} LU by the law alone"));
                    }
                    // What Match does: the difference, learnt, goes into the output trim.
                    let trim = format!("{:.2}", -change);
                    let matched = [&set[..], &[("output", trim.as_str())]].concat();
                    let left = loudness_lufs(&saturator(RATE, &matched).run(&input), RATE) - before;
                    if left.is_nan() || left.abs() > 0.3 {
                        failures.push(format!("{case}: {left:+.2} LU after Match"));
                    }
                }
                let list: Vec<String> = by_law.iter().map(|change| format!("{change:+.2}")).collect();
                println!("{character}, {name} at {level_db}, 0 VU {zero_vu}: {} LU", list.join(" "));
            }
        }
    }
    println!("at most {worst_lu:.2} LU");
    assert!(failures.is_empty(), "{failures:#?}");
}

/// With 0 VU as it comes. A fixed gain cannot keep the loudness of 5 dB of levels where the curve is full: at 24 dB of drive
/// the sound comes out equally loud whatever goes in, so half the difference of what goes in is left at the least. What it can
/// keep is held to 1.5 LU: the aligned level at every drive, and 6 dB of drive at every level.
#[test]
fn the_default_fits_where_mix_buses_stand() {
    for character in CHARACTERS {
        for (name, programme) in &programmes() {
            for level_db in [-20.0, -18.0, -15.0] {
                let input = turned(programme, level_db + 12.0);
                let before = loudness_lufs(&input, RATE);
                let change = |drive: &str| {
                    let set = [("drive", drive), ("character", character)];
                    loudness_lufs(&saturator(RATE, &set).run(&input), RATE) - before
                };
                let changes = DRIVES.map(|drive| (drive, change(drive)));
                let list: Vec<String> = changes.iter().map(|(_, change)| format!("{change:+.2}")).collect();
                println!("{character}, {name} at {level_db}: {} LU", list.join(" "));
                for (drive, change) in changes {
                    let is_held = level_db == -18.0 || drive.parse::<f64>().expect("dB") <= 6.0;
                    assert!(!change.is_nan(), "{character}, {name} at {level_db}, drive {drive}");
                    assert!(
                        !is_held || change.abs() <= 1.5,
                        "{character}, {name} at {level_db}, drive {drive}: {change:+.2} LU"
                    );
                }
            }
        }
    }
}

/// States that version 0.1 saved, each with the end of what it made of half a second of programme: every character, plain and
/// with everything in use.
#[test]
fn old_sessions_keep_their_sound() {
    let list: serde_json::Value = serde_json::from_str(include_str!("../states/saturator-0.1.json")).expect("JSON");
    let list = list.as_array().expect("a list");
    assert_eq!(list.len(), 2 * CHARACTERS.len());
    let input = programme(RATE, 1.0, 24_000);
    for (n, entry) in list.iter().enumerate() {
        assert!(entry["state"]["params"].get("zero_vu").is_none(), "{n}: void unless the state is an old one");
        let json = entry["state"].to_string();
        for format in Format::ALL {
            let length = (json.len() as u64).to_le_bytes();
            let prefix = if format == Format::Clap { &length[..] } else { &[] };
            let mut rig = Rig::open(Plugin::Saturator, format);
            assert!(rig.load(&[prefix, json.as_bytes()].concat()), "{n}, {format:?}: an old state loads");
            assert!(rig.text("zero_vu").starts_with("-12.0"), "{n}, {format:?}: 0 VU is {}", rig.text("zero_vu"));
            rig.activate(RATE, 512);
            let output = rig.run(&input);
            let then = entry["left"].as_array().expect("samples");
            let now = &output[0][output[0].len() - then.len()..];
            assert!(rms(now) > 1e-3, "{n}: void in silence");
            // To the bit on the machine that made them; other vector units round otherwise.
            for (at, (now, then)) in now.iter().zip(then).enumerate() {
                let off = (f64::from(*now) - then.as_f64().expect("a number")).abs();
                assert!(off <= 1e-6, "{n}, {format:?}: {at} is off by {off:.1e}");
            }
        }
    }
}

#[test]
fn bands_sum_flat_when_clean() {
    // At -70 dBFS no curve bends: what is left of noise beside one gain is the crossovers' error.
    let input = stereo_noise(5, -70.0, 96_000);
    for quality in ["Live", "Standard", "High"] {
        for bands in ["2", "3"] {
            let settings = |bands| {
                [
                    ("drive", "6"),
                    ("mid_drive", "6"),
                    ("high_drive", "6"),
                    ("character", "Tape"),
                    ("bands", bands),
                    ("quality", quality),
                ]
            };
            let mut rig = saturator(RATE, &settings(bands));
            let latency = rig.latency();
            let output = rig.run(&input);
            let reference = if quality == "Live" {
                // Its dry goes through the filters; so does that of one band.
                saturator(RATE, &settings("1")).run(&input)[0].clone()
            } else {
                delayed(&input[0], latency)
            };
            let product = |a: &[f32], b: &[f32]| {
                a[2000..].iter().zip(&b[2000..]).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>()
            };
            let factor = product(&output[0], &reference) / product(&reference, &reference);
            let left: Vec<f32> = output[0]
                .iter()
                .zip(&reference)
                .map(|(&y, &x)| (f64::from(y) - factor * f64::from(x)) as f32)
                .collect();
            let null = db(rms(&left[2000..]) / rms(&output[0][2000..]));
            println!("{quality}, {bands} bands: {null:.1} dB");
            assert!(null <= -90.0, "{quality}, {bands} bands: {null:.1} dB beside a gain");
        }
    }
}

#[test]
fn mid_and_side_are_exact() {
    let noise = stereo_noise(6, -12.0, 48_000);
    let silence = vec![0.0; 48_000];
    let (mono, sides) = (mid_side(&noise[0], &silence), mid_side(&silence, &noise[0]));
    for quality in ["Standard", "High"] {
        for character in CHARACTERS {
            let run = |mode: &str, input: &Audio| {
                let settings =
                    [("drive", "12"), ("character", character), ("channel_mode", mode), ("quality", quality)];
                let mut rig = saturator(RATE, &settings);
                (rig.latency(), rig.run(input))
            };
            // One gain and the delay are all that the undriven part meets.
            for (mode, input) in [("Mid only", &sides), ("Side only", &mono)] {
                let (latency, output) = run(mode, input);
                for (output, input) in output.iter().zip(input) {
                    let input = delayed(input, latency);
                    let at = (latency..input.len()).find(|&n| input[n] != 0.0).expect("sound");
                    let factor = output[at] / input[at];
                    let expected: Vec<f32> = input.iter().map(|x| x * factor).collect();
                    let error = db(max_difference(output, &expected) / peak(&expected));
                    assert!(error <= -130.0, "{quality} {character} {mode}: the other part is off by {error:.1} dB");
                }
            }
            let (_, output) = run("Mid/side", &mono);
            assert_eq!(first_difference(&output[0], &output[1]), None, "{quality} {character}: mono grows a side");
            let (_, output) = run("Mid/side", &sides);
            let mirrored: Vec<f32> = output[1].iter().map(|x| -x).collect();
            assert_eq!(first_difference(&output[0], &mirrored), None, "{quality} {character}: a side grows a mid");
        }
    }
}

/// A control, from where to where, on which settings, and by how much the two renders differ at least, dB re signal.
type Move = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)], f64);

const MOVES: &[Move] = &[
    ("input", "0", "6", WORKING, -20.0),
    ("drive", "0", "12", &[], -40.0),
    ("zero_vu", "-18", "-6", WORKING, -20.0),
    ("mid_drive", "0", "24", &[("bands", "2")], -40.0),
    ("high_drive", "0", "24", &[("bands", "3"), ("low_crossover", "100"), ("high_crossover", "400")], -40.0),
    ("character", "Console", "Triode", WORKING, -40.0),
    ("even_odd", "50", "0", WORKING, -40.0),
    ("bias_motion", "0", "100", WORKING, -40.0),
    ("emphasis", "-12", "12", WORKING, -40.0),
    ("emphasis_frequency", "500", "10000", &[("drive", "12"), ("emphasis", "12")], -40.0),
    ("bands", "1", "3", WORKING, -40.0),
    ("low_crossover", "60", "1000", &[("drive", "18"), ("bands", "2")], -40.0),
    ("high_crossover", "1000", "10000", &[("drive", "18"), ("mid_drive", "18"), ("bands", "3")], -50.0),
    ("channel_mode", "Stereo", "Mid only", WORKING, -50.0),
    ("tilt", "-1", "1", &[], -20.0),
    ("high_cut", "Off", "2000", &[], -40.0),
    ("mix", "100", "0", WORKING, -40.0),
    ("output", "0", "-6", WORKING, -20.0),
    ("quality", "High", "Off", &[("drive", "24"), ("character", "Tape")], -80.0),
];
const WORKING: &[(&str, &str)] = &[("drive", "12"), ("mid_drive", "6"), ("high_drive", "0")];

#[test]
fn every_control_is_heard_and_moves_while_it_plays() {
    let input = programme(RATE, 1.0, 3 * 48_000);
    for &(key, from, to, set, least_db) in MOVES {
        let render = |start: &str, then: Option<&str>| {
            let mut rig = Rig::open(Plugin::Saturator, Format::Clap);
            set.iter().for_each(|(key, text)| rig.set(key, text));
            rig.set(key, start);
            rig.activate(RATE, 512);
            let events: Vec<_> = then.map(|text| rig.event(12_345, key, text)).into_iter().collect();
            let latency = rig.latency();
            (latency, rig.run_with(&input, None, &events, &[512]))
        };
        let ((first_latency, before), (latency, after)) = (render(from, None), render(to, None));
        let settled = 96_000;
        let apart = |a: &Audio, b: &Audio, a_latency: usize, b_latency: usize| {
            let part = |a: &[f32], b: &[f32]| -> f64 {
                let frames = 40_000;
                let (a, b) = (&a[settled + a_latency..][..frames], &b[settled + b_latency..][..frames]);
                let difference: Vec<f32> = a.iter().zip(b).map(|(a, b)| a - b).collect();
                db(rms(&difference) / rms(a))
            };
            part(&a[0], &b[0]).max(part(&a[1], &b[1]))
        };
        let heard = apart(&before, &after, first_latency, latency);
        println!("{key} {from} -> {to}: {heard:.1} dB");
        assert!(heard >= least_db, "{key} from {from} to {to} is not heard: {heard:.1} dB");
        if key == "quality" {
            continue;
        }
        let (_, moved) = render(from, Some(to));
        let left = apart(&after, &moved, latency, latency);
        assert!(left <= heard - 26.0, "{key} from {from} to {to}: {left:.1} dB away from where it was to go");
        assert_eq!(first_difference(&moved[0][..12_345], &before[0][..12_345]), None, "{key}: heard before its time");
    }
}
