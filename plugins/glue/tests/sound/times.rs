//! Attack and release, as measured on a tone that steps between 10 dB below and 10 dB above the threshold.

use super::support::{QUALITIES, RATES, crossing, glue, law_reduction_db, mean, reduction_over_time, run_mono, tone};
use glue::processor::{GlueSettings, Model, Release};
use shared_dsp::{Processor, Quality};

const ATTACKS_MS: [f64; 6] = [0.1, 0.3, 1.0, 3.0, 10.0, 30.0];
const THRESHOLD_DB: f64 = -20.0;
/// 63.2 %.
const SHARE: f64 = 0.632_120_558_828_557_7;

fn settings(model: Model, ratio: f64, attack_ms: f64, release: Release) -> GlueSettings {
    GlueSettings { threshold_db: THRESHOLD_DB, ratio, attack_ms, release, model, ..GlueSettings::default() }
}

/// How long a rectifier takes to see the level of a tone that starts at its zero crossing, put as the delay of the
/// reduction it asks for: the area that the rise over the first quarter of a period leaves out.
fn detector_delay_s(hz: f64, ratio: f64) -> f64 {
    let full_db = law_reduction_db(10.0, ratio);
    let points = 10_000;
    let quarter_s = 0.25 / hz;
    let missing: f64 = (0..points)
        .map(|k| {
            let angle = (f64::from(k) + 0.5) / f64::from(points) * std::f64::consts::FRAC_PI_2;
            1.0 - law_reduction_db(10.0 + 20.0 * angle.sin().log10(), ratio) / full_db
        })
        .sum();
    missing / f64::from(points) * quarter_s
}

/// Time to 63 % of the reduction reached, in seconds, the detector's delay left out.
fn attack_s(settings: &GlueSettings, rate: f64, quality: Quality, block: usize) -> f64 {
    let hz = if settings.attack_ms < 1.0 { 10_000.0 } else { 1_000.0 };
    let start_s = 0.05;
    let hold_s = (12.0 * 1e-3 * settings.attack_ms).max(0.02);
    let input = tone(rate, hz, ((start_s + hold_s) * rate) as usize, |t| {
        if t + 1e-9 < start_s { THRESHOLD_DB - 10.0 } else { THRESHOLD_DB + 10.0 }
    });
    let mut unit = glue(settings, rate, quality, 1);
    let latency = unit.latency_samples(quality);
    // Room for the delayed tail, so that the last points exist.
    let mut padded = input.clone();
    padded.extend(vec![0.0; latency]);
    let output = run_mono(&mut unit, &padded, block);
    let points = reduction_over_time(&input, &output, rate, latency);
    let reached_db = mean(&points, start_s + 0.8 * hold_s, start_s + hold_s);
    crossing(&points, start_s - 2.0 / rate, SHARE * reached_db) - start_s - detector_delay_s(hz, settings.ratio)
}

/// Time to 63 % of the way back, in seconds.
fn release_s(settings: &GlueSettings, rate: f64, quality: Quality, held_s: f64, fall_s: f64) -> f64 {
    let input = tone(rate, 1_000.0, ((held_s + fall_s) * rate) as usize, |t| {
        if t + 1e-9 < held_s { THRESHOLD_DB + 10.0 } else { THRESHOLD_DB - 10.0 }
    });
    let mut unit = glue(settings, rate, quality, 1);
    let output = run_mono(&mut unit, &input, 512);
    let points = reduction_over_time(&input, &output, rate, unit.latency_samples(quality));
    let from_db = mean(&points, held_s - 0.002, held_s);
    crossing(&points, held_s, (1.0 - SHARE) * from_db) - held_s
}

fn check_attack(settings: &GlueSettings, rate: f64, quality: Quality, block: usize, print: bool) -> f64 {
    let label_s = 1e-3 * settings.attack_ms;
    let measured_s = attack_s(settings, rate, quality, block);
    let allowed_s = (0.05 * label_s).max(1.0 / rate);
    let (model, ratio) = (settings.model, settings.ratio);
    let report =
        format!("{model:?} {ratio}:1 {rate} {quality:?} block {block}: attack {label_s} s is {measured_s:.6} s");
    if print {
        println!("{report}");
    }
    assert!((measured_s - label_s).abs() <= allowed_s, "{report}");
    (measured_s / label_s - 1.0).abs()
}

#[test]
fn attack_is_its_label_at_every_ratio() {
    for model in [Model::Clean, Model::Console] {
        for ratio in [1.5, 2.0, 3.0, 4.0, 10.0] {
            for attack_ms in ATTACKS_MS {
                for quality in QUALITIES {
                    let settings = settings(model, ratio, attack_ms, Release::Fixed(1.2));
                    check_attack(&settings, 48_000.0, quality, 333, ratio == 4.0);
                }
            }
        }
    }
}

#[test]
fn attack_is_its_label_at_every_rate() {
    for model in [Model::Clean, Model::Console] {
        for rate in RATES {
            for attack_ms in ATTACKS_MS {
                for quality in QUALITIES {
                    for release in [Release::Fixed(0.1), Release::Auto] {
                        let settings = settings(model, 4.0, attack_ms, release);
                        check_attack(&settings, rate, quality, 64, false);
                    }
                }
            }
        }
    }
}

#[test]
fn release_is_its_label() {
    for model in [Model::Clean, Model::Console] {
        for rate in RATES {
            for (ratio, quality) in [(1.5, Quality::Live), (4.0, Quality::Standard), (10.0, Quality::High)] {
                // At the higher rates the shortest and the longest release tell.
                let releases: &[f64] = if rate == 48_000.0 { &[0.1, 0.3, 0.6, 1.2] } else { &[0.1, 0.3] };
                for &label_s in releases {
                    for attack_ms in [0.1, 3.0, 10.0, 30.0] {
                        let settings = settings(model, ratio, attack_ms, Release::Fixed(label_s));
                        let held_s = (0.012 * attack_ms).max(0.05);
                        let measured_s = release_s(&settings, rate, quality, held_s, 1.3 * label_s);
                        let report = format!(
                            "{model:?} {ratio}:1 {rate} {quality:?} attack {attack_ms} ms: release {label_s} s, {measured_s:.5} s"
                        );
                        if rate == 48_000.0 {
                            println!("{report}");
                        }
                        assert!((measured_s / label_s - 1.0).abs() <= 0.05, "{report}");
                    }
                }
            }
        }
    }
}

/// The console's network, simulated for the reference: held for so long, recovered by 63 % in so long.
const AUTO: [(f64, f64, f64); 5] =
    [(0.02, 0.050, 0.050), (0.1, 0.063, 0.063), (0.5, 1.7, 1.7), (2.0, 4.3, 4.5), (5.0, 4.3, 4.5)];

#[test]
fn auto_release_recovers_as_the_network() {
    for model in [Model::Clean, Model::Console] {
        for (held_s, low_s, high_s) in AUTO {
            for attack_ms in [0.1, 1.0, 3.0] {
                let settings = settings(model, 4.0, attack_ms, Release::Auto);
                let measured_s = release_s(&settings, 48_000.0, Quality::Live, held_s, 1.6 * high_s);
                println!("{model:?} attack {attack_ms} ms: Auto held {held_s} s recovers in {measured_s:.4} s");
            }
            let settings = settings(model, 4.0, 3.0, Release::Auto);
            let measured_s = release_s(&settings, 48_000.0, Quality::Standard, held_s, 1.6 * high_s);
            let fits = measured_s > 0.9 * low_s && measured_s < 1.1 * high_s;
            assert!(fits, "{model:?}: held {held_s} s recovers in {measured_s} s");
        }
        // After 100 ms the last tenth takes 3 s.
        let settings = settings(model, 4.0, 3.0, Release::Auto);
        let rate = 48_000.0;
        let input = tone(rate, 1_000.0, (4.5 * rate) as usize, |t| {
            if t + 1e-9 < 0.1 { THRESHOLD_DB + 10.0 } else { THRESHOLD_DB - 10.0 }
        });
        let mut unit = glue(&settings, rate, Quality::Live, 1);
        let output = run_mono(&mut unit, &input, 512);
        let points = reduction_over_time(&input, &output, rate, 0);
        let from_db = mean(&points, 0.098, 0.1);
        let t90_s = crossing(&points, 0.1, 0.1 * from_db) - 0.1;
        println!("{model:?}: Auto held 0.1 s recovers by 90 % in {t90_s:.3} s");
        assert!((t90_s / 3.0 - 1.0).abs() <= 0.1, "{model:?}: {t90_s} s");
    }
}
