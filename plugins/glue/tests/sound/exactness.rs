//! What must be exact: nulls, latency, image, block splits, readings, switches.

use super::support::{QUALITIES, RATES, glue, run_mono, run_stereo, tone};
use glue::processor::{Detector, GlueReading, GlueSettings, LinkMode, Model, Release, SidechainSlope, SidechainSource};
use shared_dsp::{Io, Processor, Quality};
use testkit::signals::noise;

fn hard() -> GlueSettings {
    GlueSettings {
        threshold_db: -30.0,
        ratio: 10.0,
        attack_ms: 0.1,
        release: Release::Fixed(0.1),
        ..GlueSettings::default()
    }
}

fn assert_delayed(input: &[f32], output: &[f32], delay: usize, what: &str) {
    for (n, &y) in output.iter().enumerate() {
        let x = if n >= delay { input[n - delay] } else { 0.0 };
        assert!(x == y, "{what}: sample {n} is {y:e}, not {x:e}");
    }
}

#[test]
fn nothing_to_do_is_bit_exact() {
    let (left, right) = (noise(1, -0.9, 20_000), noise(2, -0.9, 20_000));
    let cases = [
        ("range 0", GlueSettings { range_db: Some(0.0), ..hard() }),
        ("range 0, link 30 %", GlueSettings { range_db: Some(0.0), link: 0.3, ..hard() }),
        ("mix 0", GlueSettings { mix: 0.0, makeup_db: 9.0, ..hard() }),
        ("mix 0, drive", GlueSettings { mix: 0.0, makeup_db: 9.0, drive: 1.0, link: 0.0, ..hard() }),
        ("below the threshold", GlueSettings { threshold_db: 10.0, ..hard() }),
        ("below the threshold, half mix", GlueSettings { threshold_db: 10.0, mix: 0.37, ..hard() }),
        (
            "below the threshold, mid/side",
            GlueSettings { threshold_db: 10.0, link_mode: LinkMode::MidSide, link: 0.0, ..hard() },
        ),
    ];
    for (name, settings) in &cases {
        for model in [Model::Clean, Model::Console] {
            let settings = GlueSettings { model, ..settings.clone() };
            for rate in RATES {
                for quality in Quality::ALL {
                    for block in [1, 64, 333, 8192] {
                        let mut unit = glue(&settings, rate, quality, 2);
                        let delay = unit.latency_samples(quality);
                        // Single samples are slow to test; a part of them tells.
                        let frames = if block == 1 { 3_000 } else { left.len() };
                        let (l, r) = run_stereo(&mut unit, &left[..frames], &right[..frames], block);
                        assert_delayed(&left, &l, delay, name);
                        assert_delayed(&right, &r, delay, name);
                    }
                }
            }
        }
    }
}

#[test]
fn latency_is_none_in_live_and_what_it_says_elsewhere() {
    for rate in [22_050.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 176_400.0, 192_000.0, 384_000.0] {
        for quality in Quality::ALL {
            let settings = GlueSettings { threshold_db: 10.0, ..GlueSettings::default() };
            let mut unit = glue(&settings, rate, quality, 1);
            let latency = unit.latency_samples(quality);
            if matches!(quality, Quality::Off | Quality::Live) {
                assert_eq!(latency, 0);
            }
            let mut impulse = vec![0.0; 200];
            impulse[0] = 0.5;
            let output = run_mono(&mut unit, &impulse, 7);
            let arrived = output.iter().position(|&x| x != 0.0);
            assert_eq!(arrived, Some(latency), "{rate} {quality:?}");
            println!("{rate} {quality:?}: {latency} samples");
        }
    }
}

/// Automation of everything, at odd places, in three block sizes.
#[test]
fn the_block_split_changes_nothing() {
    let frames = 24_000;
    let (left, right) = (noise(3, -1.9, frames), noise(4, -1.9, frames));
    let (key_left, key_right) = (noise(5, -1.9, frames), noise(6, -1.9, frames));
    let steps: [(usize, GlueSettings); 9] = [
        (0, hard()),
        (1_003, GlueSettings { link: 0.4, makeup_db: 6.0, ..hard() }),
        (3_333, GlueSettings { model: Model::Clean, drive: 0.7, link: 0.4, ..hard() }),
        (3_500, GlueSettings { detector: Detector::Rms, link_mode: LinkMode::MidSide, link: 0.0, ..hard() }),
        (
            5_555,
            GlueSettings { detector: Detector::Rms, rms_window_ms: 80.0, hold_ms: Some(30.0), link: 0.2, ..hard() },
        ),
        (8_001, GlueSettings { sidechain_high_pass_hz: Some(120.0), range_db: Some(4.0), ..hard() }),
        (
            9_500,
            GlueSettings {
                sidechain_source: SidechainSource::External,
                sidechain_blend: 0.4,
                hold_ms: Some(4.0),
                sidechain_slope: SidechainSlope::Db12,
                sidechain_tilt_db_per_octave: 2.0,
                sidechain_listen: true,
                ..hard()
            },
        ),
        (15_111, GlueSettings { release: Release::Auto, ratio: 2.0, attack_ms: 30.0, mix: 0.5, ..hard() }),
        (20_011, hard()),
    ];
    for quality in QUALITIES {
        let mut reference: Option<(Vec<f32>, Vec<f32>)> = None;
        for block in [1, 17, 64, 333, 8192] {
            let mut unit = glue(&steps[0].1, 48_000.0, quality, 2);
            let (mut l, mut r) = (left.clone(), right.clone());
            let mut at = 0;
            while at < frames {
                for (_, settings) in steps.iter().filter(|step| step.0 == at) {
                    unit.update(settings);
                }
                let next = steps.iter().map(|s| s.0).filter(|&s| s > at).min().unwrap_or(frames);
                let end = (at + block).min(next).min(frames);
                unit.process(Io {
                    left: &mut l[at..end],
                    right: Some(&mut r[at..end]),
                    sidechain: Some((&key_left[at..end], &key_right[at..end])),
                });
                at = end;
            }
            match &reference {
                None => reference = Some((l, r)),
                Some((a, b)) => assert!(*a == l && *b == r, "{quality:?}: block {block} differs from single samples"),
            }
        }
    }
}

/// Where a glide ends within a chunk, blocks of 1 and 64 give the same bits, whichever control goes to where it does nothing.
#[test]
fn a_glide_to_nothing_is_heard_to_its_end() {
    let soft = || GlueSettings { ratio: 2.0, ..hard() };
    let cases: Vec<(&str, GlueSettings, GlueSettings)> = vec![
        ("makeup", GlueSettings { makeup_db: 6.0, ..hard() }, GlueSettings { makeup_db: 0.0, ..hard() }),
        ("mix", hard(), GlueSettings { mix: 0.0, ..hard() }),
        ("mix from half", GlueSettings { mix: 0.5, ..hard() }, hard()),
        ("drive", GlueSettings { drive: 1.0, ..hard() }, GlueSettings { drive: 0.0, ..hard() }),
        ("range", GlueSettings { range_db: Some(3.0), ..hard() }, GlueSettings { range_db: None, ..hard() }),
        ("a range", GlueSettings { range_db: None, ..hard() }, GlueSettings { range_db: Some(3.3), ..hard() }),
        ("ratio", hard(), GlueSettings { ratio: 1.0, ..hard() }),
        ("threshold", hard(), GlueSettings { threshold_db: 20.0, ..hard() }),
        ("link", GlueSettings { link: 0.3, ..hard() }, GlueSettings { link: 1.0, ..hard() }),
        ("link to none", GlueSettings { link: 0.3, ..hard() }, GlueSettings { link: 0.0, ..hard() }),
        (
            "mid and side",
            GlueSettings { link: 0.0, link_mode: LinkMode::MidSide, ..hard() },
            GlueSettings { link: 0.0, ..hard() },
        ),
        ("listen", GlueSettings { sidechain_listen: true, ..soft() }, soft()),
        ("detector", GlueSettings { detector: Detector::Rms, ..hard() }, hard()),
        ("model", hard(), GlueSettings { model: Model::Clean, ..hard() }),
        ("high-pass", GlueSettings { sidechain_high_pass_hz: Some(200.0), ..hard() }, hard()),
        ("tilt", GlueSettings { sidechain_tilt_db_per_octave: 2.0, ..hard() }, hard()),
        ("external", GlueSettings { sidechain_source: SidechainSource::External, ..hard() }, hard()),
        (
            "blend",
            GlueSettings { sidechain_source: SidechainSource::External, ..hard() },
            GlueSettings { sidechain_source: SidechainSource::External, sidechain_blend: 0.0, ..hard() },
        ),
        ("hold", GlueSettings { hold_ms: Some(20.0), ..hard() }, hard()),
    ];
    let frames = 4096;
    let (left, right) = (noise(3, -1.9, frames), noise(4, -6.0, frames));
    let (key_left, key_right) = (noise(5, -1.9, frames), noise(6, -1.9, frames));
    for (name, from, to) in cases {
        for quality in QUALITIES {
            for at in [1024, 1024 + 49, 1024 + 47, 1024 + 17] {
                let run = |block: usize| {
                    let mut unit = glue(&from, 48_000.0, quality, 2);
                    let (mut l, mut r) = (left.clone(), right.clone());
                    let mut start = 0;
                    while start < frames {
                        if start == at {
                            unit.update(&to);
                        }
                        // In step with the grid, as a host with blocks of 64 would cut.
                        let end = (start + block - start % block).min(if start < at { at } else { frames });
                        unit.process(Io {
                            left: &mut l[start..end],
                            right: Some(&mut r[start..end]),
                            sidechain: Some((&key_left[start..end], &key_right[start..end])),
                        });
                        start = end;
                    }
                    (l, r)
                };
                let (single, whole) = (run(1), run(64));
                let same = |a: &[f32], b: &[f32], n: usize| a[n] == b[n] && !a[n].is_nan();
                let differs = (0..frames).find(|&n| !same(&single.0, &whole.0, n) || !same(&single.1, &whole.1, n));
                assert_eq!(differs, None, "{name}, {quality:?}, at {at}: blocks of 1 and 64 differ there");
            }
        }
    }
}

#[test]
fn reset_brings_the_same_sound_again() {
    let (left, right) = (noise(7, -1.9, 10_000), noise(8, -1.9, 10_000));
    for quality in QUALITIES {
        let settings = GlueSettings { drive: 1.0, link: 0.5, sidechain_high_pass_hz: Some(80.0), ..hard() };
        let mut unit = glue(&settings, 48_000.0, quality, 2);
        let first = run_stereo(&mut unit, &left, &right, 100);
        unit.update(&GlueSettings { model: Model::Clean, link: 1.0, detector: Detector::Rms, ..hard() });
        run_stereo(&mut unit, &left, &right, 100);
        unit.reset(&settings, quality);
        assert!(first == run_stereo(&mut unit, &left, &right, 100), "{quality:?}");
    }
}

#[test]
fn linked_channels_keep_their_image() {
    // Both channels carry the same signal at different levels: their ratio must stay what it was.
    let base = noise(9, -0.9, 48_000);
    let quiet: Vec<f32> = base.iter().map(|x| 0.25 * x).collect();
    for model in [Model::Clean, Model::Console] {
        for detector in [Detector::Peak, Detector::Rms] {
            for quality in QUALITIES {
                let settings = GlueSettings { model, detector, ..hard() };
                let mut unit = glue(&settings, 48_000.0, quality, 2);
                let (l, r) = run_stereo(&mut unit, &base, &quiet, 64);
                // A quarter is a shift of the exponent, so equal gains give equal bits.
                assert!(l.iter().zip(&r).all(|(a, b)| 0.25 * a == *b), "{model:?} {detector:?} {quality:?}");
                assert!(unit.reading().gain_reduction_db > 3.0);
            }
        }
    }
}

#[test]
fn unlinked_channels_do_not_hear_each_other() {
    let (left, right) = (noise(10, -0.9, 20_000), noise(11, -10.5, 20_000));
    let settings = GlueSettings { link: 0.0, ..hard() };
    let mut unit = glue(&settings, 48_000.0, Quality::Standard, 2);
    let (l, r) = run_stereo(&mut unit, &left, &right, 64);
    for (input, output) in [(&left, &l), (&right, &r)] {
        let mut alone = glue(&settings, 48_000.0, Quality::Standard, 1);
        assert!(*output == run_mono(&mut alone, input, 64));
    }
}

#[test]
fn mid_side_leaves_the_side_alone_when_only_the_middle_is_loud() {
    let rate = 48_000.0;
    let mid = tone(rate, 1000.0, 48_000, |_| -6.0);
    let side = tone(rate, 3000.0, 48_000, |_| -50.0);
    let left: Vec<f32> = mid.iter().zip(&side).map(|(m, s)| m + s).collect();
    let right: Vec<f32> = mid.iter().zip(&side).map(|(m, s)| m - s).collect();
    let settings = GlueSettings { link: 0.0, link_mode: LinkMode::MidSide, ..hard() };
    let mut unit = glue(&settings, rate, Quality::Live, 2);
    let (l, r) = run_stereo(&mut unit, &left, &right, 64);
    let level = |sign: f32, hz: f64| {
        let part: Vec<f32> = l[24_000..].iter().zip(&r[24_000..]).map(|(a, b)| 0.5 * (a + sign * b)).collect();
        20.0 * super::support::amplitude(&part, rate, hz).log10()
    };
    assert!((level(-1.0, 3000.0) + 50.0).abs() < 0.01, "side {}", level(-1.0, 3000.0));
    assert!((level(1.0, 1000.0) - (-30.0 + 24.0 / 10.0)).abs() < 0.1, "mid {}", level(1.0, 1000.0));
}

#[test]
fn the_reading_is_the_reduction_applied() {
    let rate = 48_000.0;
    for model in [Model::Clean, Model::Console] {
        for quality in QUALITIES {
            let settings = GlueSettings { attack_ms: 3.0, model, ..hard() };
            let mut unit = glue(&settings, rate, quality, 1);
            let latency = unit.latency_samples(quality);
            let input = tone(rate, 997.0, 96_000, |t| -20.0 + 14.0 * (9.0 * t).sin());
            let mut output = input.clone();
            for start in (0..input.len()).step_by(64) {
                unit.process(Io { left: &mut output[start..start + 64], right: None, sidechain: None });
                let last = start + 63;
                let x = if last >= latency { input[last - latency] } else { 0.0 };
                let reading: GlueReading = unit.reading();
                assert!(reading.gain_reduction_min_db <= reading.gain_reduction_db + 1e-12);
                assert!(reading.gain_reduction_max_db >= reading.gain_reduction_db - 1e-12);
                if x.abs() > 0.01 {
                    let applied_db = -20.0 * f64::from(output[last] / x).log10();
                    assert!((applied_db - reading.gain_reduction_db).abs() < 0.1, "{applied_db} {reading:?}");
                }
            }
        }
    }
}

#[test]
fn readings_of_level_and_crest_factor() {
    let rate = 48_000.0;
    let settings = GlueSettings { threshold_db: 10.0, ..GlueSettings::default() };
    let mut unit = glue(&settings, rate, Quality::Standard, 2);
    assert_eq!(unit.reading(), GlueReading::default());
    let input = tone(rate, 1000.0, 24_000, |_| -12.0);
    let mut elapsed_s = 0.0;
    // It measures for a second after each reading.
    for _ in 0..9 {
        run_stereo(&mut unit, &input, &input, 480);
        elapsed_s += unit.reading().elapsed_s;
    }
    run_stereo(&mut unit, &input, &input, 480);
    let reading = unit.reading();
    assert!((reading.crest_in_db - 3.0103).abs() < 0.01, "{reading:?}");
    assert!((reading.crest_out_db - 3.0103).abs() < 0.01, "{reading:?}");
    let peaks_db = [reading.input_peak_db, reading.output_peak_db, [reading.key_peak_db; 2]];
    assert!(peaks_db.iter().flatten().all(|db| (db + 12.0).abs() < 0.01), "{reading:?}");
    assert!((reading.detector_level_db + 12.0).abs() < 0.05, "{reading:?}");
    assert!((elapsed_s + reading.elapsed_s - 5.0).abs() < 1e-9, "{elapsed_s} {reading:?}");
}

/// The largest part of the output away from a 1 kHz tone around a switch, in dB re full scale: a click is broad.
fn click_db(from: &GlueSettings, to: &GlueSettings, quality: Quality) -> f64 {
    let rate = 48_000.0;
    let input = tone(rate, 1000.0, 96_000, |_| -10.0);
    let key = tone(rate, 1000.0, 96_000, |_| -16.0);
    let mut unit = glue(from, rate, quality, 2);
    let (mut l, mut r) = (input.clone(), input.clone());
    for start in (0..input.len()).step_by(64) {
        if start == 48_000 {
            unit.update(to);
        }
        let span = start..start + 64;
        unit.process(Io {
            left: &mut l[span.clone()],
            right: Some(&mut r[span.clone()]),
            sidechain: Some((&key[span.clone()], &key[span])),
        });
    }
    // The fourth difference is a steep high-pass: 88 dB below full scale for the tone itself.
    let mut worst = 0.0f64;
    for n in 47_900..52_000 {
        let d = |k: usize| f64::from(l[n + k]);
        let fourth = d(0) - 4.0 * d(1) + 6.0 * d(2) - 4.0 * d(3) + d(4);
        worst = worst.max(fourth.abs());
    }
    20.0 * worst.log10()
}

#[test]
fn switches_do_not_click() {
    let base =
        GlueSettings { threshold_db: -20.0, attack_ms: 3.0, release: Release::Fixed(0.3), ..GlueSettings::default() };
    let still = click_db(&base, &base, Quality::Standard);
    let switches = [
        ("model", GlueSettings { model: Model::Clean, ..base.clone() }),
        ("detector", GlueSettings { detector: Detector::Rms, ..base.clone() }),
        ("link", GlueSettings { link: 0.0, ..base.clone() }),
        ("mid/side", GlueSettings { link_mode: LinkMode::MidSide, link: 0.0, ..base.clone() }),
        ("source", GlueSettings { sidechain_source: SidechainSource::External, ..base.clone() }),
        ("high-pass", GlueSettings { sidechain_high_pass_hz: Some(300.0), ..base.clone() }),
        ("tilt", GlueSettings { sidechain_tilt_db_per_octave: -3.0, ..base.clone() }),
        ("ratio", GlueSettings { ratio: 10.0, ..base.clone() }),
        ("attack", GlueSettings { attack_ms: 0.1, ..base.clone() }),
        ("release", GlueSettings { release: Release::Auto, ..base.clone() }),
        ("hold", GlueSettings { hold_ms: Some(100.0), ..base.clone() }),
        ("range", GlueSettings { range_db: Some(0.0), ..base.clone() }),
        ("threshold", GlueSettings { threshold_db: -30.0, ..base.clone() }),
        ("makeup", GlueSettings { makeup_db: 6.0, ..base.clone() }),
        ("drive", GlueSettings { drive: 1.0, ..base.clone() }),
        ("mix", GlueSettings { mix: 0.0, ..base.clone() }),
        ("listen", GlueSettings { sidechain_listen: true, ..base.clone() }),
    ];
    let blend = |sidechain_blend: f64| GlueSettings {
        sidechain_source: SidechainSource::External,
        sidechain_blend,
        ..base.clone()
    };
    let window = |rms_window_ms: f64| GlueSettings { detector: Detector::Rms, rms_window_ms, ..base.clone() };
    let pairs: Vec<_> = switches
        .into_iter()
        .map(|(name, other)| (name, base.clone(), other))
        .chain([("blend", blend(1.0), blend(0.0)), ("RMS window", window(5.0), window(300.0))])
        .collect();
    for quality in [Quality::Live, Quality::Standard] {
        for (name, one, other) in &pairs {
            let there = click_db(one, other, quality);
            let back = click_db(other, one, quality);
            println!("{quality:?} {name}: {there:.1} dB there, {back:.1} dB back (at rest {still:.1} dB)");
            // The corners of a 20 ms straight fade of this tone from or to nothing leave -65 dB; a step leaves 0 dB.
            assert!(there < -60.0 && back < -60.0, "{quality:?} {name}: {there} {back}, at rest {still}");
        }
    }
}

#[test]
fn listening_gives_the_key_delayed_as_the_programme() {
    let (left, right) = (noise(12, -6.0, 8_000), noise(13, -6.0, 8_000));
    for quality in QUALITIES {
        let settings = GlueSettings { sidechain_listen: true, ..hard() };
        let mut unit = glue(&settings, 48_000.0, quality, 2);
        let delay = unit.latency_samples(quality);
        let (l, r) = run_stereo(&mut unit, &left, &right, 64);
        assert_delayed(&left, &l, delay, "left key");
        assert_delayed(&right, &r, delay, "right key");
    }
}

#[test]
fn an_external_key_rules_and_silence_there_reduces_nothing() {
    let programme = tone(48_000.0, 500.0, 48_000, |_| -6.0);
    let key = tone(48_000.0, 1000.0, 48_000, |_| -10.0);
    let settings = GlueSettings { sidechain_source: SidechainSource::External, ..hard() };
    for (connected, wanted_db) in [(true, 18.0), (false, 0.0)] {
        let mut unit = glue(&settings, 48_000.0, Quality::Live, 1);
        let mut out = programme.clone();
        let sidechain = connected.then_some((&key[..], &key[..]));
        unit.process(Io { left: &mut out, right: None, sidechain });
        let reduction_db = unit.reading().gain_reduction_db;
        assert!((reduction_db - wanted_db).abs() < 0.1, "{connected}: {reduction_db}");
    }
}

#[test]
fn bad_numbers_do_not_stay() {
    let bad = GlueSettings {
        threshold_db: f64::NAN,
        ratio: f64::INFINITY,
        attack_ms: -1.0,
        release: Release::Fixed(f64::NAN),
        makeup_db: f64::NAN,
        range_db: Some(f64::NAN),
        sidechain_high_pass_hz: Some(f64::NAN),
        sidechain_tilt_db_per_octave: f64::INFINITY,
        link: f64::NAN,
        drive: f64::NAN,
        mix: f64::NAN,
        ..GlueSettings::default()
    };
    for quality in QUALITIES {
        for model in [Model::Clean, Model::Console] {
            let mut unit = glue(&GlueSettings { model, ..bad.clone() }, 48_000.0, quality, 2);
            let huge = noise(14, 770.0, 5_000);
            run_stereo(&mut unit, &huge, &huge, 64);
            let quiet = noise(15, -6.0, 400_000);
            let (l, r) = run_stereo(&mut unit, &quiet, &quiet, 64);
            assert!(l.iter().chain(&r).all(|x| x.is_finite()));
            // Update with garbage every block as well.
            unit.update(&GlueSettings { model, threshold_db: f64::NEG_INFINITY, ..bad.clone() });
            let (l, _) = run_stereo(&mut unit, &quiet, &quiet, 64);
            assert!(l.iter().all(|x| x.is_finite()) && l.iter().any(|x| *x != 0.0));
        }
    }
}
