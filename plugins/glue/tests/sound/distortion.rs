//! Harmonic, intermodulation and aliasing distortion of the gain.

use super::support::{amplitude, glue, run_mono, tone};
use glue::processor::{GlueSettings, Model, Release};
use realfft::RealFftPlanner;
use shared_dsp::Quality;

const RATE: f64 = 48_000.0;
const THRESHOLD_DB: f64 = -20.0;

fn settings(model: Model, ratio: f64, attack_ms: f64, release_s: f64) -> GlueSettings {
    let release = Release::Fixed(release_s);
    GlueSettings { threshold_db: THRESHOLD_DB, ratio, attack_ms, release, model, ..GlueSettings::default() }
}

/// The last second of a tone at so many dB over the threshold, after everything has settled.
fn settled(settings: &GlueSettings, quality: Quality, input: &[f32]) -> Vec<f32> {
    let mut unit = glue(settings, RATE, quality, 1);
    let output = run_mono(&mut unit, input, 512);
    output[output.len() - RATE as usize..].to_vec()
}

fn thd_percent(settings: &GlueSettings, quality: Quality, hz: f64) -> f64 {
    let frames = (8.0 * RATE) as usize;
    let input = tone(RATE, hz, frames, |_| THRESHOLD_DB + 12.0);
    let output = settled(settings, quality, &input);
    let harmonics: f64 = (2..=20)
        .filter(|h| f64::from(*h) * hz < 0.5 * RATE)
        .map(|h| amplitude(&output, RATE, f64::from(h) * hz).powi(2))
        .sum();
    100.0 * harmonics.sqrt() / amplitude(&output, RATE, hz)
}

/// Attack in ms, release in s, and the reference's THD in percent at 50 Hz, 12 dB over, 4:1: decoupled and feedback.
const TABLE: [(f64, f64, f64, f64); 6] = [
    (0.1, 0.1, 1.34, 2.56),
    (1.0, 0.1, 1.03, 2.27),
    (10.0, 0.1, 0.18, 1.33),
    (30.0, 0.1, 0.06, 0.85),
    (0.1, 0.3, 0.48, 0.97),
    (0.1, 1.2, 0.12, 0.26),
];

#[test]
fn harmonic_distortion_stays_within_the_table() {
    let mut failures = Vec::new();
    for (attack_ms, release_s, decoupled, feedback) in TABLE {
        for (model, table) in [(Model::Clean, decoupled), (Model::Console, feedback)] {
            // 100 Hz has half as much, 1 kHz a twentieth: distortion goes with the time between two peaks.
            for (hz, share) in [(50.0, 1.0), (100.0, 0.5), (1000.0, 0.05)] {
                let thd = thd_percent(&settings(model, 4.0, attack_ms, release_s), Quality::Standard, hz);
                let report = format!(
                    "{model:?} {attack_ms} ms / {release_s} s, {hz} Hz: THD {thd:.4} %, table {:.4} %",
                    table * share
                );
                println!("{report}");
                if thd > 1.1 * table * share {
                    failures.push(report);
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Sum of sidebands re the carrier, percent.
fn imd_percent(settings: &GlueSettings, tones: [(f64, f64); 2], products: &[f64], re: f64) -> f64 {
    let frames = (4.0 * RATE) as usize;
    let parts = tones.map(|(hz, level_db)| tone(RATE, hz, frames, |_| level_db));
    let input: Vec<f32> = parts[0].iter().zip(&parts[1]).map(|(a, b)| a + b).collect();
    let output = settled(settings, Quality::Standard, &input);
    let sum: f64 = products.iter().map(|&hz| amplitude(&output, RATE, hz).powi(2)).sum();
    100.0 * sum.sqrt() / amplitude(&output, RATE, re)
}

#[test]
fn reports_intermodulation() {
    for model in [Model::Clean, Model::Console] {
        for (attack_ms, release_s) in [(0.1, 0.1), (10.0, 0.1), (10.0, 0.3), (30.0, 0.3)] {
            let settings = settings(model, 4.0, attack_ms, release_s);
            // SMPTE RP 120: 60 Hz and 7 kHz, 4:1, together 12 dB over.
            let low_db = THRESHOLD_DB + 12.0 + 20.0 * 0.8f64.log10();
            let sidebands: Vec<f64> =
                (1..=4).flat_map(|k| [7000.0 - 60.0 * f64::from(k), 7000.0 + 60.0 * f64::from(k)]).collect();
            let smpte = imd_percent(&settings, [(60.0, low_db), (7000.0, low_db - 12.041)], &sidebands, 7000.0);
            let each_db = THRESHOLD_DB + 12.0 - 6.02;
            let ccif = imd_percent(
                &settings,
                [(19_000.0, each_db), (20_000.0, each_db)],
                &[1000.0, 18_000.0, 21_000.0],
                19_000.0,
            );
            println!("{model:?} {attack_ms} ms / {release_s} s: SMPTE {smpte:.4} %, CCIF {ccif:.4} %");
            assert!(smpte < 5.0 && ccif < 5.0, "{model:?}: {smpte} {ccif}");
        }
    }
}

/// Energy between 20 Hz and 20 kHz that is no harmonic, in dB re the tone, of a tone in whole hertz.
fn alias_db(settings: &GlueSettings, rate: f64, quality: Quality, hz: usize) -> f64 {
    let size = rate as usize;
    let input = tone(rate, hz as f64, 3 * size, |_| THRESHOLD_DB + 12.0);
    let mut unit = glue(settings, rate, quality, 1);
    let output = run_mono(&mut unit, &input, 512);
    // One bin a hertz. Blackman-Harris: what is left of settling must not leak.
    let mut frame: Vec<f32> = output[2 * size..]
        .iter()
        .enumerate()
        .map(|(n, &x)| {
            let angle = std::f64::consts::TAU * n as f64 / size as f64;
            let window =
                0.358_75 - 0.488_29 * angle.cos() + 0.141_28 * (2.0 * angle).cos() - 0.011_68 * (3.0 * angle).cos();
            (window * f64::from(x)) as f32
        })
        .collect();
    let fft = RealFftPlanner::<f32>::new().plan_fft_forward(size);
    let mut spectrum = fft.make_output_vec();
    fft.process(&mut frame, &mut spectrum).expect("sizes fit");
    let power = |bin: usize| f64::from(spectrum[bin].norm_sqr());
    let near = |bin: usize| (bin + 6) % hz <= 12;
    let carrier: f64 = (hz - 6..=hz + 6).map(power).sum();
    let alias: f64 = (20..20_000).filter(|&bin| !near(bin)).map(power).sum();
    10.0 * (alias / carrier).log10()
}

#[test]
fn aliasing_stays_80_db_down_at_high() {
    for model in [Model::Clean, Model::Console] {
        for attack_ms in [0.1, 0.3, 1.0, 3.0, 10.0, 30.0] {
            let settings = settings(model, 10.0, attack_ms, 0.1);
            let mut worst = [f64::NEG_INFINITY; 3];
            for hz in [1511, 3701, 6299, 9311] {
                for (worst, quality) in worst.iter_mut().zip([Quality::Live, Quality::Standard, Quality::High]) {
                    *worst = worst.max(alias_db(&settings, 48_000.0, quality, hz));
                }
            }
            let at_44k = [1511, 9311].map(|hz| alias_db(&settings, 44_100.0, Quality::High, hz));
            println!(
                "{model:?} {attack_ms} ms: aliasing {:.1} dB Live, {:.1} Standard, {:.1} High ({:.1} at 44.1 kHz)",
                worst[0],
                worst[1],
                worst[2],
                at_44k[0].max(at_44k[1])
            );
            assert!(
                worst[2] <= -80.0 && at_44k.iter().all(|&db| db <= -80.0),
                "{model:?} {attack_ms} ms: {worst:?} {at_44k:?}"
            );
        }
    }
}

#[test]
fn drive_is_subtle_and_level_compensated() {
    for hz in [40.0, 100.0, 1000.0, 5000.0] {
        let settings = GlueSettings { threshold_db: 10.0, drive: 1.0, ..GlueSettings::default() };
        let input = tone(RATE, hz, 3 * RATE as usize, |_| -6.0206);
        let output = settled(&settings, Quality::Live, &input);
        let first = amplitude(&output, RATE, hz);
        let harmonics =
            (2..=8).filter(|h| f64::from(*h) * hz < 20_000.0).map(|h| amplitude(&output, RATE, f64::from(h) * hz));
        let harmonics: Vec<f64> = harmonics.collect();
        let thd = 100.0 * harmonics.iter().map(|a| a * a).sum::<f64>().sqrt() / first;
        let gain_db = 20.0 * (first / 0.5).log10();
        println!(
            "drive 100 %, {hz} Hz at -6 dBFS: THD {thd:.3} %, H2 {:.3} %, H3 {:.3} %, gain {gain_db:+.4} dB",
            100.0 * harmonics[0] / first,
            100.0 * harmonics.get(1).unwrap_or(&0.0) / first
        );
        assert!(thd <= 0.5 && thd > 0.1, "{hz} Hz: {thd} %");
        assert!(gain_db.abs() < 0.05, "{hz} Hz: {gain_db} dB");
        let mean: f64 = output.iter().map(|&x| f64::from(x)).sum::<f64>() / RATE;
        assert!(mean.abs() < 1e-4, "{hz} Hz: direct current {mean}");
    }
}
