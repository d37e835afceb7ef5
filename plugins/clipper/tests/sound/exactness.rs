//! What must be exact: nulls, latency, ceilings, block splits, switches.

use super::support::{clipper, run};
use clipper::processor::{ChannelMode, ClipperSettings, Hold};
use shared_dsp::{Io, Processor, Quality};
use testkit::signals::{noise, sine};

const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

fn default() -> ClipperSettings {
    ClipperSettings::default()
}

fn driven() -> ClipperSettings {
    ClipperSettings { drive_db: 12.0, ..default() }
}

#[test]
fn below_the_knee_it_is_the_input_to_the_bit() {
    // The knee starts at -2.2 dBFS; noise to the top of the band rises between its samples.
    let (left, right) = (noise(1, -9.1, 10_000), noise(2, -9.1, 10_000));
    let cases = [
        default(),
        ClipperSettings { hold: Hold::Nothing, knee: 0.0, ..default() },
        ClipperSettings { hold: Hold::Sample, mix: 0.37, ..default() },
        ClipperSettings { link: 1.0, channel_mode: ChannelMode::MidSide, ..default() },
        ClipperSettings { mix: 0.0, drive_db: 24.0, makeup_db: 9.0, knee: 1.0, ..default() },
    ];
    for settings in &cases {
        for rate in RATES {
            for quality in Quality::ALL {
                // Live filters the dry; only at mix 0 is it untouched.
                if quality == Quality::Live && settings.mix > 0.0 && rate < 170e3 {
                    continue;
                }
                for block in [1, 64, 333, 8192] {
                    let mut unit = clipper(settings, rate, quality, 2);
                    let latency = unit.latency_samples(quality);
                    let (l, r) = run(&mut unit, &left, &right, block);
                    let kept = left.len() - latency;
                    let case = format!("{settings:?}, {rate} Hz, {quality:?}, blocks of {block}");
                    assert!(l[latency..] == left[..kept] && r[latency..] == right[..kept], "{case}");
                }
            }
        }
    }
}

#[test]
fn live_below_the_knee_is_linear_and_flat() {
    let rate = 48_000.0;
    let settings = ClipperSettings { knee: 0.0, ..default() };
    for hz in [100.0, 1000.0, 5000.0, 10_000.0, 20_000.0] {
        let loud = sine(rate, hz, -6.0, 9600);
        let soft: Vec<f32> = loud.iter().map(|x| 0.25 * x).collect();
        let mut unit = clipper(&settings, rate, Quality::Live, 2);
        let (loud_out, _) = run(&mut unit, &loud, &loud, 512);
        unit.reset(&settings, Quality::Live);
        let (soft_out, _) = run(&mut unit, &soft, &soft, 512);
        let peak = loud_out[4800..].iter().fold(0.0_f32, |a, x| a.max(x.abs()));
        let worst = loud_out.iter().zip(&soft_out).map(|(a, b)| (a - 4.0 * b).abs()).fold(0.0, f32::max);
        assert!(20.0 * (worst / 0.5).log10() <= -95.0, "{hz} Hz: {worst}");
        let rms = (loud_out[4800..].iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / 4800.0).sqrt();
        let level_db = 20.0 * (rms * 2.0_f64.sqrt()).log10();
        assert!((level_db + 6.0).abs() < 0.001, "{hz} Hz: {level_db} dB, peak {peak}");
    }
}

#[test]
fn latency_is_whole_documented_and_the_same_whatever_is_held() {
    let unit = clipper(&default(), 48_000.0, Quality::Standard, 2);
    assert_eq!(Quality::ALL.map(|quality| unit.latency_samples(quality)), [41, 46, 222, 222]);
    for rate in [22_050.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 176_400.0, 192_000.0, 384_000.0] {
        for quality in Quality::ALL {
            for hold in [Hold::Nothing, Hold::Sample, Hold::TruePeak] {
                let mut unit = clipper(&ClipperSettings { hold, ..default() }, rate, quality, 2);
                let mut impulse = vec![0.0; 2000];
                impulse[100] = 0.5;
                let (l, _) = run(&mut unit, &impulse, &impulse, 7);
                let loudest = (0..2000).max_by(|&a, &b| l[a].abs().total_cmp(&l[b].abs())).unwrap();
                let latency = unit.latency_samples(quality);
                assert!(loudest.abs_diff(100 + latency) <= usize::from(quality == Quality::Live), "{rate} {quality:?}");
            }
        }
    }
}

#[test]
fn no_sample_passes_a_held_ceiling_whatever_comes() {
    let rate = 48_000.0;
    let inputs = [
        noise(3, 0.0, 20_000),
        noise(4, 40.0, 20_000),
        vec![1e30; 20_000],
        vec![1.0; 20_000],
        sine(rate, 12_000.0, 0.0, 20_000),
        (0..20_000).map(|n| if n % 40 < 20 { 1.0 } else { -1.0 }).collect(),
    ];
    for hold in [Hold::Sample, Hold::TruePeak] {
        for channel_mode in [ChannelMode::Stereo, ChannelMode::MidSide] {
            for (mix, makeup_db, knee) in [(1.0, 0.0, 0.0), (0.5, 12.0, 1.0)] {
                let settings = ClipperSettings { hold, channel_mode, mix, makeup_db, knee, ..driven() };
                let ceiling = settings.curve().ceiling() as f32;
                for quality in Quality::ALL {
                    for (at, left) in inputs.iter().enumerate() {
                        let right: Vec<f32> = left.iter().rev().map(|x| -0.7 * x).collect();
                        let mut unit = clipper(&settings, rate, quality, 2);
                        let (l, r) = run(&mut unit, left, &right, 512);
                        let most = l.iter().chain(&r).fold(0.0_f32, |a, x| a.max(x.abs()));
                        assert!(most <= ceiling, "input {at}, {settings:?}, {quality:?}: {most}");
                        assert!(l.iter().chain(&r).all(|x| x.is_finite()));
                    }
                }
            }
        }
    }
}

/// Automation of everything, at odd places, in several block sizes.
#[test]
fn the_block_split_changes_nothing() {
    let frames = 40_000;
    let (left, right) = (noise(5, -0.9, frames), noise(6, -0.9, frames));
    let steps: Vec<(usize, ClipperSettings)> = vec![
        (0, default()),
        (1003, driven()),
        (3333, ClipperSettings { hold: Hold::Nothing, link: 0.6, ..driven() }),
        (3500, ClipperSettings { channel_mode: ChannelMode::MidSide, knee: 0.9, ..driven() }),
        (8001, ClipperSettings { hold: Hold::Sample, ceiling_db: -6.0, is_drive_linked: true, ..driven() }),
        (9500, ClipperSettings { limit_instead: true, mix: 0.4, ..driven() }),
        (15_111, ClipperSettings { makeup_db: 6.0, drive_db: 20.0, ..driven() }),
        (17_000, ClipperSettings { limit_instead: true, mix: 0.0, ..driven() }),
        (30_011, driven()),
    ];
    for quality in Quality::ALL {
        let mut reference: Option<(Vec<f32>, Vec<f32>)> = None;
        for block in [1, 17, 64, 333, 8192] {
            let mut unit = clipper(&steps[0].1, 48_000.0, quality, 2);
            let (mut l, mut r) = (left.clone(), right.clone());
            let mut at = 0;
            while at < frames {
                if let Some((_, settings)) = steps.iter().find(|step| step.0 == at) {
                    unit.update(settings);
                }
                let next = steps.iter().map(|s| s.0).filter(|&s| s > at).min().unwrap_or(frames);
                let end = (at + block).min(next).min(frames);
                unit.process(Io { left: &mut l[at..end], right: Some(&mut r[at..end]), sidechain: None });
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
    let still = || ClipperSettings { hold: Hold::Nothing, ..driven() };
    let cases: Vec<(&str, ClipperSettings, ClipperSettings)> = vec![
        ("drive", still(), ClipperSettings { drive_db: 0.0, ..still() }),
        ("drive link", ClipperSettings { is_drive_linked: true, ..still() }, still()),
        ("ceiling", ClipperSettings { ceiling_db: -6.0, ..still() }, ClipperSettings { ceiling_db: 0.0, ..still() }),
        ("knee", ClipperSettings { knee: 1.0, ..still() }, ClipperSettings { knee: 0.0, ..still() }),
        ("link", ClipperSettings { link: 1.0, ..still() }, ClipperSettings { link: 0.0, ..still() }),
        ("mid and side", ClipperSettings { channel_mode: ChannelMode::MidSide, ..still() }, still()),
        ("mix", still(), ClipperSettings { mix: 0.0, ..still() }),
        ("mix from half", ClipperSettings { mix: 0.5, ..still() }, still()),
        ("makeup", ClipperSettings { makeup_db: 6.0, ..still() }, ClipperSettings { makeup_db: 0.0, ..still() }),
        ("limit instead", ClipperSettings { limit_instead: true, ..still() }, still()),
        ("guard", ClipperSettings { hold: Hold::TruePeak, ..still() }, still()),
        ("guard of samples", ClipperSettings { hold: Hold::Sample, ..still() }, still()),
    ];
    let frames = 4096;
    let (left, right) = (noise(5, -0.9, frames), noise(6, -4.4, frames));
    for (name, from, to) in cases {
        for quality in Quality::ALL {
            // A glide of 960 frames ends 0, 49, 47 and 17 frames into a chunk.
            for at in [1024, 1024 + 49, 1024 + 47, 1024 + 17] {
                let run = |block: usize| {
                    let mut unit = clipper(&from, 48_000.0, quality, 2);
                    let (mut l, mut r) = (left.clone(), right.clone());
                    let mut start = 0;
                    while start < frames {
                        if start == at {
                            unit.update(&to);
                        }
                        // In step with the grid, as a host with blocks of 64 would cut.
                        let end = (start + block - start % block).min(if start < at { at } else { frames });
                        unit.process(Io { left: &mut l[start..end], right: Some(&mut r[start..end]), sidechain: None });
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
    for quality in Quality::ALL {
        let settings = ClipperSettings { link: 0.5, ..driven() };
        let mut unit = clipper(&settings, 48_000.0, quality, 2);
        let first = run(&mut unit, &left, &right, 100);
        unit.update(&ClipperSettings { channel_mode: ChannelMode::MidSide, limit_instead: true, ..default() });
        run(&mut unit, &left, &right, 100);
        unit.reset(&settings, quality);
        assert!(first == run(&mut unit, &left, &right, 100), "{quality:?}");
    }
}

#[test]
fn mono_is_the_left_of_stereo() {
    let input = noise(9, -0.9, 8_000);
    for channel_mode in [ChannelMode::Stereo, ChannelMode::MidSide] {
        let settings = ClipperSettings { channel_mode, link: 0.5, ..driven() };
        for quality in Quality::ALL {
            let mut mono = clipper(&settings, 48_000.0, quality, 1);
            let mut alone = input.clone();
            mono.process(Io { left: &mut alone, right: None, sidechain: None });
            let mut stereo = clipper(
                &ClipperSettings { channel_mode: ChannelMode::Stereo, ..settings.clone() },
                48_000.0,
                quality,
                2,
            );
            let (left, _) = run(&mut stereo, &input, &input, 8_000);
            assert!(alone == left, "{quality:?}, {channel_mode:?}");
        }
    }
}

#[test]
fn the_drive_link_takes_the_drive_away_after_the_ceiling() {
    let input = sine(48_000.0, 1000.0, -0.9, 20_000);
    for quality in Quality::ALL {
        let mut linked = clipper(&ClipperSettings { is_drive_linked: true, ..driven() }, 48_000.0, quality, 2);
        let mut free = clipper(&driven(), 48_000.0, quality, 2);
        let (a, _) = run(&mut linked, &input, &input, 512);
        let (b, _) = run(&mut free, &input, &input, 512);
        let cut = 10_f32.powf(-12.0 / 20.0);
        let worst = a.iter().zip(&b).map(|(a, b)| (a - cut * b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-6, "{quality:?}: {worst}");
    }
}

#[test]
fn what_is_read_is_what_was_done() {
    let rate = 48_000.0;
    let input = sine(rate, 997.0, 0.0, 96_000);
    let settings = ClipperSettings { drive_db: 6.0, ceiling_db: -6.0, knee: 0.0, ..default() };
    let mut unit = clipper(&settings, rate, Quality::Standard, 2);
    unit.reading();
    let mut clipped = 0_u64;
    let mut last = unit.reading();
    for block in input.chunks(480) {
        let (mut l, mut r) = (block.to_vec(), block.to_vec());
        unit.process(Io { left: &mut l, right: Some(&mut r), sidechain: None });
        last = unit.reading();
        clipped += u64::from(last.clipped_samples);
        assert!((last.elapsed_s - 0.01).abs() < 1e-9 && (7..=8).contains(&last.column_count));
    }
    // A sine of 2 is above 0.501 for 1 - 2/pi asin(0.2506) of the time.
    let share = 1.0 - 2.0 / std::f64::consts::PI * (0.501_187_f64 / 1.995_262).asin();
    assert!((clipped as f64 / (2.0 * 96_000.0) - share).abs() < 0.01, "{clipped}");
    assert!((last.crest_in_db - 3.01).abs() < 0.05, "{}", last.crest_in_db);
    assert!((last.crest_out_db - 0.7).abs() < 0.5, "{}", last.crest_out_db);
    assert!((last.true_peak_dbtp + 6.0).abs() < 0.2, "{}", last.true_peak_dbtp);
    for column in &last.columns[..last.column_count] {
        assert!((column.input.1 - 1.995).abs() < 0.01 && (column.input.0 + 1.995).abs() < 0.01, "{column:?}");
        assert!((column.output.1 - 0.501).abs() < 0.02 && (column.output.0 + 0.501).abs() < 0.02, "{column:?}");
    }
}

#[test]
fn the_window_draws_what_is_computed() {
    // A slow ramp meets the static curve. (BS.1770's interpolator reads a constant 0.014 dB high, and the guard obeys it.)
    let ramp: Vec<f32> = (0..40_000).map(|n| n as f32 / 20_000.0 - 1.0).collect();
    for settings in [
        ClipperSettings { drive_db: 6.0, knee: 0.6, ..default() },
        ClipperSettings { drive_db: 12.0, knee: 0.0, mix: 0.5, makeup_db: -3.0, hold: Hold::Nothing, ..default() },
    ] {
        let mut unit = clipper(&settings, 48_000.0, Quality::Standard, 2);
        let latency = unit.latency_samples(Quality::Standard);
        let (l, _) = run(&mut unit, &ramp, &ramp, 512);
        for n in (1000..38_000).step_by(97) {
            let (drawn, heard) = (settings.output_of(f64::from(ramp[n])), f64::from(l[n + latency]));
            assert!((drawn - heard).abs() < 4e-3, "{settings:?}, {}: {heard}, not {drawn}", ramp[n]);
        }
    }
}
