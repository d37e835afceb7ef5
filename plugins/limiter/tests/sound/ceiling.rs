//! The ceiling, whatever moves.

use ebur128::{EbuR128, Mode};
use limiter::processor::{LimiterSettings, LookAhead, ReleaseMode, Style};
use shared_dsp::math::db_to_gain;
use shared_dsp::{Io, Processor};
use testkit::signals::{Random, noise, programme, sine};

use crate::sound::support::{RATE_HZ, limiter, most, run};

/// By the crate `ebur128`.
fn true_peak_db(signals: [&[f32]; 2]) -> f64 {
    let mut judge = EbuR128::new(2, RATE_HZ as u32, Mode::TRUE_PEAK).expect("a judge");
    judge.add_frames_planar_f32(&signals).expect("frames");
    20.0 * (0..2).map(|side| judge.true_peak(side).expect("a peak")).fold(0.0, f64::max).log10()
}

/// What the interpolator of ITU-R BS.1770-5, Annex 2, reads over each 12 samples.
fn bs1770_peaks(signal: &[f32]) -> Vec<f64> {
    const TAPS: [[f64; 12]; 2] = [
        [
            0.001_708_984_375,
            0.010_986_328_125,
            -0.019_653_320_312_5,
            0.033_203_125,
            -0.059_448_242_187_5,
            0.137_329_101_562_5,
            0.972_167_968_75,
            -0.102_294_921_875,
            0.047_607_421_875,
            -0.026_611_328_125,
            0.014_892_578_125,
            -0.008_300_781_25,
        ],
        [
            -0.029_174_804_687_5,
            0.029_296_875,
            -0.051_757_812_5,
            0.089_111_328_125,
            -0.166_503_906_25,
            0.465_087_890_625,
            0.779_785_156_25,
            -0.200_317_382_812_5,
            0.101_562_5,
            -0.058_227_539_062_5,
            0.033_081_054_687_5,
            -0.018_920_898_437_5,
        ],
    ];
    let read = |window: &[f32]| {
        let both = |taps: &[f64; 12]| {
            let forward: f64 = taps.iter().zip(window).map(|(tap, &x)| tap * f64::from(x)).sum();
            let back: f64 = taps.iter().rev().zip(window).map(|(tap, &x)| tap * f64::from(x)).sum();
            forward.abs().max(back.abs())
        };
        both(&TAPS[0]).max(both(&TAPS[1]))
    };
    signal.windows(12).map(read).collect()
}

#[test]
fn no_sample_passes_whatever_comes() {
    let inputs = [
        noise(3, 0.0, 20_000),
        noise(4, 40.0, 20_000),
        vec![1e30; 20_000],
        vec![f32::MAX; 20_000],
        vec![1.0; 20_000],
        sine(RATE_HZ, 12_000.0, 0.0, 20_000),
        (0..20_000).map(|n| if n % 40 < 20 { 1.0 } else { -1.0 }).collect(),
    ];
    for style in [Style::Clean, Style::Punch, Style::Glue] {
        for (gain_db, ceiling_db, look_ahead_ms) in [(0.0, 0.0, 2.0), (24.0, -12.0, 0.1), (6.0, -0.3, 10.0)] {
            let settings = LimiterSettings { style, gain_db, ceiling_db, peak_link: 0.3, ..LimiterSettings::default() };
            let ceiling = db_to_gain(ceiling_db) as f32;
            for (at, left) in inputs.iter().enumerate() {
                let right: Vec<f32> = left.iter().rev().map(|x| -0.7 * x).collect();
                let (l, r) = run(&mut limiter(&settings, RATE_HZ, look_ahead_ms, 2), left, &right, 512);
                let most = most([&l, &r]);
                assert!(most <= ceiling && most > 0.2 * ceiling, "input {at}, {settings:?}: {most}");
            }
        }
    }
}

/// Every control but the ceiling moves as fast as a host can make it, at random.
#[test]
fn it_holds_under_automation_at_full_speed() {
    let audio = programme(RATE_HZ, 1.0, 4 * 48_000);
    let hostile = [noise(11, 0.0, 4 * 48_000), noise(12, 0.0, 4 * 48_000)];
    for (name, left, right) in [("programme", &audio[0], &audio[1]), ("noise", &hostile[0], &hostile[1])] {
        for every in [1, 64, 500] {
            let mut random = Random::new(17);
            let mut settings = LimiterSettings { gain_db: 12.0, ceiling_db: -1.0, ..LimiterSettings::default() };
            let mut unit = limiter(&settings, RATE_HZ, 2.0, 2);
            let (mut l, mut r) = (left.clone(), right.clone());
            for (a, b) in l.chunks_mut(every).zip(r.chunks_mut(every)) {
                settings = LimiterSettings {
                    gain_db: 24.0 * random.unit(),
                    attack_ms: 200.0 * random.unit(),
                    release_ms: 1.0 + 300.0 * random.unit(),
                    release_mode: [ReleaseMode::Auto, ReleaseMode::Fixed][random.below(2)],
                    style: [Style::Clean, Style::Punch, Style::Glue][random.below(3)],
                    peak_link: random.unit(),
                    sustain_link: random.unit(),
                    ..settings
                };
                unit.update(&settings);
                unit.process(Io { left: a, right: Some(b), sidechain: None });
            }
            let over_db = true_peak_db([&l, &r]) + 1.0;
            println!("{name}, every {every} frames: {over_db:+.4} dB");
            assert!(over_db <= 0.01 && over_db > -1.0, "{name}, every {every} frames: {over_db:+.4} dB");
            assert!(most([&l, &r]) <= db_to_gain(-1.0) as f32);
        }
    }
}

/// While the ceiling moves, what comes out is below the highest ceiling near it.
#[test]
fn it_holds_while_the_ceiling_moves() {
    let audio = programme(RATE_HZ, 1.0, 4 * 48_000);
    let latency = limiter(&LimiterSettings::default(), RATE_HZ, 2.0, 2).latency_samples(LookAhead::of_ms(2.0));
    for every in [64, 997, 4800] {
        let mut random = Random::new(23);
        let mut settings = LimiterSettings { gain_db: 12.0, ceiling_db: -6.0, ..LimiterSettings::default() };
        let mut unit = limiter(&settings, RATE_HZ, 2.0, 2);
        let (mut l, mut r) = (audio[0].clone(), audio[1].clone());
        // What the ceiling was at each frame: a straight line of 20 ms from wherever it is.
        let mut ceilings = Vec::new();
        let (mut from, mut to, mut at) = (db_to_gain(-6.0), db_to_gain(-6.0), 0.0);
        for (a, b) in l.chunks_mut(every).zip(r.chunks_mut(every)) {
            settings.ceiling_db = -12.0 * random.unit();
            unit.update(&settings);
            from = from + (to - from) * at;
            (to, at) = (db_to_gain(settings.ceiling_db), 0.0);
            for _ in 0..a.len() {
                at = (at + 1.0 / 960.0_f64).min(1.0);
                ceilings.push(from + (to - from) * at);
            }
            unit.process(Io { left: a, right: Some(b), sidechain: None });
        }
        let mut worst_db = f64::MIN;
        for n in 0..l.len() - latency {
            let over = f64::from(l[n + latency].abs().max(r[n + latency].abs())) / ceilings[n];
            worst_db = worst_db.max(20.0 * over.log10());
        }
        assert!(worst_db <= 1e-5 && worst_db > -0.5, "every {every}: {worst_db:+.6} dB above its own ceiling");
        // Between the samples, against the highest ceiling under the filter.
        let mut worst_db = f64::MIN;
        for side in [&l, &r] {
            for (n, peak) in bs1770_peaks(side).into_iter().enumerate().skip(latency) {
                let highest = ceilings[n - latency..n - latency + 12].iter().fold(0.0_f64, |most, &x| most.max(x));
                worst_db = worst_db.max(20.0 * (peak / highest).log10());
            }
        }
        println!("every {every} frames: {worst_db:+.4} dB between the samples");
        assert!(worst_db <= 0.05 && worst_db > -0.5, "every {every}: {worst_db:+.4} dB");
    }
}
