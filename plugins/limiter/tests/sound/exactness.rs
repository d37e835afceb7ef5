//! What must be exact: nulls, latency, block splits, resets.

use limiter::processor::{DitherShape, LimiterSettings, LookAhead, ReleaseMode, Style};
use shared_dsp::{Io, Processor};
use testkit::signals::noise;

use crate::sound::support::{RATE_HZ, limiter, run};

const STYLES: [Style; 3] = [Style::Clean, Style::Punch, Style::Glue];

#[test]
fn below_the_ceiling_the_sound_is_only_delayed() {
    // Noise to the top of the band rises between its samples.
    let (left, right) = (noise(1, -9.1, 9000), noise(2, -9.1, 9000));
    for rate in [44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0] {
        for look_ahead_ms in [0.1, 2.0, 10.0] {
            for style in STYLES {
                for block in [1, 64, 333, 8192] {
                    let settings = LimiterSettings { style, ..LimiterSettings::default() };
                    let mut unit = limiter(&settings, rate, look_ahead_ms, 2);
                    let latency = unit.latency_samples(LookAhead::of_ms(look_ahead_ms));
                    let (l, r) = run(&mut unit, &left, &right, block);
                    let case = format!("{rate} Hz, {look_ahead_ms} ms, {style:?}, blocks of {block}");
                    assert!(l[latency..] == left[..9000 - latency], "{case}");
                    assert!(r[latency..] == right[..9000 - latency], "{case}");
                    assert!(l[..latency].iter().all(|&x| x == 0.0), "{case}");
                }
            }
        }
    }
}

#[test]
fn what_was_limited_is_the_input_again_when_all_is_let_go() {
    let settings = LimiterSettings { release_mode: ReleaseMode::Fixed, release_ms: 1.0, ..LimiterSettings::default() };
    let mut unit = limiter(&settings, RATE_HZ, 2.0, 2);
    let latency = unit.latency_samples(LookAhead::of_ms(2.0));
    let mut input = noise(3, -12.0, 6 * 48_000);
    input[100] = 3.0;
    let (l, _) = run(&mut unit, &input, &input, 512);
    assert!(l[latency + 100] < 1.0 && l[latency + 90] != input[90], "it limited");
    let start = 4 * 48_000;
    assert!(l[start + latency..] == input[start..input.len() - latency]);
}

#[test]
fn latency_is_whole_and_exact_at_every_rate() {
    for rate in [22_050.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 176_400.0, 192_000.0, 384_000.0] {
        for look_ahead_ms in [0.1, 1.0, 2.0, 5.0, 10.0] {
            let mut unit = limiter(&LimiterSettings::default(), rate, look_ahead_ms, 2);
            let latency = unit.latency_samples(LookAhead::of_ms(look_ahead_ms));
            let mut impulse = vec![0.0; 6000];
            // Over the ceiling: what is limited comes out in its place.
            impulse[100] = 2.0;
            let (l, _) = run(&mut unit, &impulse, &impulse, 7);
            let found = l.iter().position(|&x| x != 0.0);
            assert_eq!(found, Some(100 + latency), "{rate} Hz, {look_ahead_ms} ms");
            assert_eq!(l.iter().filter(|&&x| x != 0.0).count(), 1);
        }
    }
    let unit = limiter(&LimiterSettings::default(), RATE_HZ, 2.0, 2);
    assert_eq!(unit.latency_samples(LookAhead::of_ms(2.0)), LATENCY, "as the README says");
}

/// At 48 kHz with 2 ms of look-ahead, samples.
const LATENCY: usize = 167;

#[test]
fn the_block_split_changes_nothing() {
    let frames = 40_000;
    let (left, right, key) = (noise(5, -0.9, frames), noise(6, -6.0, frames), noise(7, 0.0, frames));
    let base = LimiterSettings { gain_db: 6.0, ..LimiterSettings::default() };
    let steps: Vec<(usize, LimiterSettings)> = vec![
        (0, base.clone()),
        (1003, LimiterSettings { style: Style::Punch, ceiling_db: -3.0, ..base.clone() }),
        (3333, LimiterSettings { peak_link: 0.3, sustain_link: 0.0, ..base.clone() }),
        (3500, LimiterSettings { has_external_key: true, gain_db: 12.0, ..base.clone() }),
        (8001, LimiterSettings { mono_below_hz: Some(120.0), attack_ms: 3.0, ..base.clone() }),
        (9500, LimiterSettings { release_mode: ReleaseMode::Fixed, release_ms: 20.0, ..base.clone() }),
        (15_111, LimiterSettings { style: Style::Glue, dither_bits: Some(16), ..base.clone() }),
        (17_000, LimiterSettings { dither_shape: DitherShape::Strong, dither_bits: Some(16), ..base.clone() }),
        (30_011, LimiterSettings::default()),
    ];
    for look_ahead_ms in [0.1, 2.0, 10.0] {
        let mut reference: Option<(Vec<f32>, Vec<f32>)> = None;
        for block in [1, 17, 64, 333, 8192] {
            let mut unit = limiter(&steps[0].1, RATE_HZ, look_ahead_ms, 2);
            let (mut l, mut r) = (left.clone(), right.clone());
            let mut at = 0;
            while at < frames {
                if let Some((_, settings)) = steps.iter().find(|step| step.0 == at) {
                    unit.update(settings);
                }
                let next = steps.iter().map(|s| s.0).filter(|&s| s > at).min().unwrap_or(frames);
                let end = (at + block).min(next).min(frames);
                let sidechain = Some((&key[at..end], &key[at..end]));
                unit.process(Io { left: &mut l[at..end], right: Some(&mut r[at..end]), sidechain });
                unit.finish(Io { left: &mut l[at..end], right: Some(&mut r[at..end]), sidechain: None });
                at = end;
            }
            match &reference {
                None => reference = Some((l, r)),
                Some((a, b)) => assert!(*a == l && *b == r, "{look_ahead_ms} ms: block {block} differs"),
            }
        }
    }
}

/// Bursts between murmurs: where what sleeps wakes up depends on the blocks, what is heard must not; and what never slept, because
/// the other channel is loud, hears the same.
#[test]
fn what_sleeps_wakes_up_as_if_it_never_had() {
    let frames = 30_000;
    let level = |n: usize| {
        if n % 4111 < 300 {
            1.3
        } else if n % 4111 < 1500 {
            0.3
        } else {
            0.05
        }
    };
    let input: Vec<f32> = noise(7, 0.0, frames).into_iter().enumerate().map(|(n, x)| level(n) * x).collect();
    for style in STYLES {
        let settings = LimiterSettings { style, peak_link: 0.0, sustain_link: 0.0, ..LimiterSettings::default() };
        let through =
            |right: &[f32], block: usize| run(&mut limiter(&settings, RATE_HZ, 2.0, 2), &input, right, block).0;
        let silent = vec![0.0; frames];
        let whole = through(&silent, 8192);
        assert!(whole.iter().any(|x| x.abs() > 0.5));
        for block in [1, 17, 64, 300] {
            assert!(through(&silent, block) == whole, "{style:?}, blocks of {block}");
        }
        // The trim, which is of both channels, must not move for it: a low tone reads alike everywhere.
        let awake: Vec<f32> = (0..frames).map(|n| 0.5 * (0.02 * n as f32).sin()).collect();
        assert!(through(&awake, 64) == whole, "{style:?}, kept awake");
    }
}

#[test]
fn reset_brings_the_same_sound_again() {
    let (left, right) = (noise(7, 3.0, 10_000), noise(8, 3.0, 10_000));
    for style in STYLES {
        let settings = LimiterSettings { style, dither_bits: Some(16), peak_link: 0.5, ..LimiterSettings::default() };
        let mut unit = limiter(&settings, RATE_HZ, 2.0, 2);
        let both = |unit: &mut limiter::processor::Limiter| {
            let (mut l, mut r) = run(unit, &left, &right, 100);
            unit.finish(Io { left: &mut l, right: Some(&mut r), sidechain: None });
            (l, r)
        };
        let first = both(&mut unit);
        unit.update(&LimiterSettings { gain_db: 20.0, ceiling_db: -9.0, ..settings.clone() });
        both(&mut unit);
        unit.reset(&settings, LookAhead::of_ms(2.0));
        assert!(first == both(&mut unit), "{style:?}");
    }
}

#[test]
fn mono_is_the_left_of_stereo() {
    let input = noise(9, 6.0, 8000);
    for style in STYLES {
        let settings = LimiterSettings { style, gain_db: 3.0, ..LimiterSettings::default() };
        let mut alone = input.clone();
        limiter(&settings, RATE_HZ, 2.0, 1).process(Io { left: &mut alone, right: None, sidechain: None });
        let (left, _) = run(&mut limiter(&settings, RATE_HZ, 2.0, 2), &input, &input, 8000);
        assert!(alone == left, "{style:?}");
    }
}
