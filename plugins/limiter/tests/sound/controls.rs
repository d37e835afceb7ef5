//! Every control does what it says, and is heard.

use limiter::processor::{DitherShape, LimiterSettings, LookAhead, ReleaseMode, Style};
use shared_dsp::math::db_to_gain;
use shared_dsp::{Io, Processor};
use testkit::analysis::{rms, tone_peak};
use testkit::signals::{noise, programme, sine};

use crate::sound::support::{RATE_HZ, behind_latency, limiter, most, reductions_db, run, run_with_key};

fn driven() -> LimiterSettings {
    LimiterSettings { gain_db: 9.0, ..LimiterSettings::default() }
}

/// The greatest difference of two runs over the programme, dBFS.
fn difference_db(a: &LimiterSettings, b: &LimiterSettings) -> f64 {
    let audio = programme(RATE_HZ, 1.0, 2 * 48_000);
    let key: Vec<f32> = noise(4, 6.0, 2 * 48_000);
    let out = |settings: &LimiterSettings| {
        let mut unit = limiter(settings, RATE_HZ, 2.0, 2);
        let (mut l, mut r) = run_with_key(&mut unit, &audio[0], &audio[1], Some(&key), 512);
        unit.finish(Io { left: &mut l, right: Some(&mut r), sidechain: None });
        [l, r].concat()
    };
    let (a, b) = (out(a), out(b));
    assert!(rms(&a) > 0.01 && rms(&b) > 0.01);
    20.0 * a.iter().zip(&b).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max).max(1e-20).log10()
}

#[test]
fn every_control_is_heard() {
    let fixed = || LimiterSettings { release_mode: ReleaseMode::Fixed, ..driven() };
    let dithered = || LimiterSettings { dither_bits: Some(16), ..driven() };
    let cases = [
        ("gain", driven(), LimiterSettings { gain_db: 10.0, ..driven() }, -30.0),
        ("ceiling", driven(), LimiterSettings { ceiling_db: -1.3, ..driven() }, -30.0),
        ("style Punch", driven(), LimiterSettings { style: Style::Punch, ..driven() }, -40.0),
        ("style Glue", driven(), LimiterSettings { style: Style::Glue, ..driven() }, -40.0),
        ("attack", driven(), LimiterSettings { attack_ms: 200.0, ..driven() }, -45.0),
        ("attack to 0", driven(), LimiterSettings { attack_ms: 0.0, ..driven() }, -45.0),
        ("release", fixed(), LimiterSettings { release_ms: 20.0, ..fixed() }, -40.0),
        ("release mode", driven(), fixed(), -45.0),
        ("peak link", driven(), LimiterSettings { peak_link: 0.0, ..driven() }, -45.0),
        ("sustain link", driven(), LimiterSettings { sustain_link: 0.0, peak_link: 0.0, ..driven() }, -45.0),
        ("external key", driven(), LimiterSettings { has_external_key: true, ..driven() }, -20.0),
        ("mono below", driven(), LimiterSettings { mono_below_hz: Some(120.0), ..driven() }, -60.0),
        ("dither", driven(), dithered(), -100.0),
        ("dither's bits", dithered(), LimiterSettings { dither_bits: Some(20), ..driven() }, -100.0),
    ];
    for (name, a, b, least_db) in cases {
        let heard_db = difference_db(&a, &b);
        println!("{name}: {heard_db:.1} dBFS");
        assert!(heard_db > least_db && heard_db < 6.1, "{name}: {heard_db:.1} dBFS");
        assert_eq!(difference_db(&a, &a), -400.0, "the same twice is the same");
    }
    // Where there is a table.
    let mut shaped = [DitherShape::Tpdf, DitherShape::Gentle, DitherShape::Medium, DitherShape::Strong].map(|shape| {
        let settings = LimiterSettings { dither_bits: Some(16), dither_shape: shape, ..LimiterSettings::default() };
        let mut x = vec![0.0; 10_000];
        limiter(&settings, RATE_HZ, 2.0, 1).finish(Io { left: &mut x, right: None, sidechain: None });
        rms(&x)
    });
    assert!(shaped.windows(2).all(|pair| pair[1] > 1.3 * pair[0]), "{shaped:?}");
    shaped.sort_by(f64::total_cmp);
    assert!(shaped[0] > 1e-5);
}

#[test]
fn gain_is_exact_below_the_ceiling() {
    let input = noise(1, -30.0, 9600);
    for gain_db in [0.0, 0.1, 6.0, 12.0] {
        let settings = LimiterSettings { gain_db, ..LimiterSettings::default() };
        let mut unit = limiter(&settings, RATE_HZ, 2.0, 2);
        let (l, _) = run(&mut unit, &input, &input, 512);
        let gain = if gain_db == 0.0 { 1.0 } else { db_to_gain(gain_db) as f32 };
        let l = behind_latency(&unit, 2.0, &l);
        assert!(l.iter().zip(&input).all(|(out, x)| *out == x * gain), "{gain_db} dB");
    }
}

#[test]
fn the_ceiling_is_where_a_tone_stands() {
    let input = sine(RATE_HZ, 997.0, 0.0, 48_000);
    for ceiling_db in [-12.0, -6.0, -1.0, -0.3, 0.0] {
        let settings = LimiterSettings { gain_db: 6.0, ceiling_db, ..LimiterSettings::default() };
        let (l, _) = run(&mut limiter(&settings, RATE_HZ, 2.0, 2), &input, &input, 512);
        let level_db = 20.0 * tone_peak(&l[24_000..], RATE_HZ, 997.0).log10();
        // A little below it: the margin for what moves.
        assert!((-0.06..=0.0).contains(&(level_db - ceiling_db)), "{ceiling_db}: {level_db:.4} dBFS");
    }
}

/// A tone that stops: the time in which 63 % of the reduction has gone, from where it begins to go, ms.
fn release_ms(settings: &LimiterSettings, held_s: f64, over_db: f64) -> f64 {
    let held = (held_s * RATE_HZ) as usize;
    let mut input = sine(RATE_HZ, 1000.0, over_db, held);
    input.extend(vec![0.0; 6 * 48_000]);
    let reductions = reductions_db(settings, 2.0, &input);
    let top = reductions[held - 200];
    assert!(top > 0.9 * over_db, "{top} dB");
    let begin = (held..).find(|&n| reductions[n] < 0.99 * top).expect("it lets go");
    let end = (begin..).find(|&n| reductions[n] < top * (-1.0_f64).exp()).expect("it lets go of most");
    (end - begin) as f64 / RATE_HZ * 1e3
}

#[test]
fn release_is_the_time_that_it_says_and_auto_depends_on_how_long_it_held() {
    for release in [20.0, 50.0, 200.0, 1000.0] {
        let settings = LimiterSettings {
            release_mode: ReleaseMode::Fixed,
            release_ms: release,
            attack_ms: 0.0,
            ..LimiterSettings::default()
        };
        let measured = release_ms(&settings, 1.0, 6.0);
        println!("release of {release} ms: {measured:.1} ms");
        assert!((measured / release - 1.0).abs() <= 0.1, "{release} ms: {measured:.1} ms");
    }
    for style in [Style::Clean, Style::Punch, Style::Glue] {
        let settings = LimiterSettings { style, ..LimiterSettings::default() };
        let times = [0.005, 0.1, 2.0, 8.0].map(|held_s| release_ms(&settings, held_s, 6.0));
        println!("{style:?}, Auto: {times:.0?} ms after 5 ms, 0.1 s, 2 s, 8 s");
        assert!(times[..3].windows(2).all(|pair| pair[1] > 1.3 * pair[0]), "{style:?}: {times:.0?}");
        assert!(times[3] >= times[2], "{style:?}: {times:.0?}");
        assert!(times[0] < 0.3 * times[3], "{style:?}: {times:.0?}");
    }
}

#[test]
fn attack_is_how_long_peaks_last_before_the_slow_part_takes_them() {
    // After 60 ms of tone the hit's part is gone soon where the slow part has not taken over.
    let after = |attack_ms: f64| {
        let settings = LimiterSettings {
            attack_ms,
            release_mode: ReleaseMode::Fixed,
            release_ms: 800.0,
            ..LimiterSettings::default()
        };
        let mut input = sine(RATE_HZ, 1000.0, 6.0, 2880);
        input.extend(vec![0.0; 24_000]);
        // Where the hit's part is gone: five of its time constants later.
        reductions_db(&settings, 2.0, &input)[2880 + 14_400]
    };
    let times = [0.0, 10.0, 30.0, 100.0, 200.0];
    let left = times.map(after);
    println!("left 0.3 s after 60 ms: {left:.2?} dB at attacks of {times:?} ms");
    assert!(left[0] > 3.0, "{left:?}");
    // What it takes over in 60 ms, and in the 14 for which they are held, is 1 - e^(-74 / attack).
    for (left_db, attack_ms) in left.into_iter().zip(times).skip(1) {
        let share = left_db / left[0];
        let theory = 1.0 - (-74.0 / attack_ms).exp();
        assert!((share / theory - 1.0).abs() < 0.05, "{attack_ms} ms: {share:.2}, theory {theory:.2}");
    }
}

#[test]
fn links_are_of_the_peaks_and_of_the_slow_part() {
    let hits = |held: usize| {
        let mut input = sine(RATE_HZ, 1000.0, 6.0, held);
        input.extend(vec![0.0; 9600]);
        input
    };
    let settings = |peak_link: f64, sustain_link: f64| LimiterSettings {
        peak_link,
        sustain_link,
        release_mode: ReleaseMode::Fixed,
        release_ms: 500.0,
        ..LimiterSettings::default()
    };
    // How much of the left's reduction the right has while the peaks are there.
    let during = |peak: f64, sustain: f64| reductions_db(&settings(peak, sustain), 2.0, &hits(48_000))[240];
    let whole = during(1.0, 1.0);
    assert!((whole - 6.3).abs() < 0.1, "{whole}");
    assert!(during(0.0, 0.0).abs() < 1e-3, "unlinked, the right stands still");
    let half = during(0.5, 0.0);
    assert!((half / whole - 0.5).abs() < 0.02, "{half} of {whole}");
    // The slow part comes by itself, in its own time.
    let slow = |sustain: f64| reductions_db(&settings(0.0, sustain), 2.0, &hits(48_000))[46_000];
    assert!((slow(1.0) - whole).abs() < 0.1 && slow(0.0).abs() < 1e-3, "{} {}", slow(1.0), slow(0.0));
    assert!((slow(0.5) / whole - 0.5).abs() < 0.02);
    let early = reductions_db(&settings(0.0, 1.0), 2.0, &hits(48_000))[240];
    assert!(early < 0.3 * whole && early > 0.01 * whole, "{early} dB after 5 ms, attack 60 ms");
}

#[test]
fn of_the_own_sound_and_the_key_the_larger_reduction_wins() {
    let settings = LimiterSettings { has_external_key: true, ..LimiterSettings::default() };
    let latency = limiter(&settings, RATE_HZ, 2.0, 2).latency_samples(LookAhead::of_ms(2.0));
    let quiet = vec![0.01_f32; 48_000];
    let reduction = |own: &[f32], key: Option<&[f32]>, settings: &LimiterSettings| {
        let mut unit = limiter(settings, RATE_HZ, 2.0, 2);
        let (l, r) = run_with_key(&mut unit, own, &quiet, key, 333);
        assert!(most([&l, &r]) <= db_to_gain(-0.3) as f32, "the ceiling holds");
        -20.0 * f64::from(r[40_000] / 0.01).log10()
    };
    let tone = |peak_db: f64| sine(RATE_HZ, 997.0, peak_db, 48_000);
    let own = reduction(&tone(3.0), None, &settings);
    let key = reduction(&quiet, Some(&tone(6.0)), &settings);
    // The margin for what moves comes to it.
    let margin_db = 0.0..0.06;
    assert!(margin_db.contains(&(own - 3.3)) && margin_db.contains(&(key - 6.3)), "{own} {key}");
    assert!((reduction(&tone(3.0), Some(&tone(6.0)), &settings) - key).abs() < 1e-3);
    assert!((reduction(&tone(6.0), Some(&tone(3.0)), &settings) - key).abs() < 1e-3);
    // Switched off, nobody listens; and it is driven by the same gain.
    assert!(reduction(&quiet, Some(&tone(6.0)), &LimiterSettings::default()).abs() < 1e-6);
    let gained = LimiterSettings { gain_db: 6.0, ..settings.clone() };
    assert!(margin_db.contains(&(reduction(&quiet, Some(&tone(0.0)), &gained) + 6.0 - 6.3)));
    // In time: the key's peak and the frame beside it.
    let (mut hit, mut pilot) = (vec![0.0; 6000], vec![0.01; 6000]);
    hit[3000] = 2.0;
    pilot[0] = 0.01;
    let mut unit = limiter(&settings, RATE_HZ, 2.0, 2);
    let (_, r) = run_with_key(&mut unit, &pilot, &pilot, Some(&hit), 64);
    let lowest = r[latency..].iter().copied().fold(f32::MAX, f32::min);
    assert!(r[3000 + latency] == lowest && lowest < 0.0049, "{lowest}");
}

#[test]
fn mono_below_takes_the_bass_out_of_the_side_before_the_ceiling() {
    let level = |hz: f64, below: Option<f64>, is_side: bool| {
        let settings = LimiterSettings { mono_below_hz: below, ..LimiterSettings::default() };
        let left = sine(RATE_HZ, hz, -20.0, 48_000);
        let right: Vec<f32> = if is_side { left.iter().map(|x| -x).collect() } else { left.clone() };
        let (l, _) = run(&mut limiter(&settings, RATE_HZ, 2.0, 2), &left, &right, 512);
        20.0 * tone_peak(&l[24_000..], RATE_HZ, hz).log10() + 20.0
    };
    assert!(level(30.0, Some(120.0), true) < -40.0 && level(30.0, None, true).abs() < 0.01);
    assert!(level(1000.0, Some(120.0), true).abs() < 0.05);
    for hz in [30.0, 120.0, 1000.0] {
        assert!(level(hz, Some(120.0), false).abs() < 0.01, "the middle keeps its level");
    }
    // Loud bass in the side, and the ceiling holds on what is left.
    let settings = LimiterSettings { mono_below_hz: Some(250.0), gain_db: 12.0, ..LimiterSettings::default() };
    let audio = programme(RATE_HZ, 1.0, 96_000);
    let (l, r) = run(&mut limiter(&settings, RATE_HZ, 2.0, 2), &audio[0], &audio[1], 512);
    let most = most([&l, &r]);
    assert!(most <= db_to_gain(-0.3) as f32 && most > 0.9, "{most}");
}

#[test]
fn no_switch_clicks() {
    // A tone under the ceiling hears nothing of any control but the gain; one above it, no more than the gain's own movement.
    let input = sine(RATE_HZ, 200.0, 0.0, 96_000);
    let base = driven();
    let cases = [
        ("style", LimiterSettings { style: Style::Punch, ..base.clone() }),
        ("glue", LimiterSettings { style: Style::Glue, ..base.clone() }),
        ("attack", LimiterSettings { attack_ms: 0.0, ..base.clone() }),
        ("release mode", LimiterSettings { release_mode: ReleaseMode::Fixed, release_ms: 10.0, ..base.clone() }),
        ("links", LimiterSettings { peak_link: 0.0, sustain_link: 0.0, ..base.clone() }),
        ("ceiling", LimiterSettings { ceiling_db: -6.0, ..base.clone() }),
        ("gain", LimiterSettings { gain_db: 3.0, ..base.clone() }),
    ];
    for (name, other) in cases {
        let mut unit = limiter(&base, RATE_HZ, 2.0, 2);
        let (mut l, mut r) = (input.clone(), input.clone());
        for (n, (a, b)) in l.chunks_mut(4800).zip(r.chunks_mut(4800)).enumerate() {
            unit.update(if n % 2 == 0 { &base } else { &other });
            unit.process(Io { left: a, right: Some(b), sidechain: None });
        }
        let click_db = testkit::analysis::click_db(&l[24_000..], RATE_HZ, 200.0);
        println!("{name}: {click_db:.1} dB");
        assert!(click_db < -70.0, "{name}: {click_db:.1} dB");
    }
}
