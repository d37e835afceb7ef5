//! The law against programmes that are played through the curves.

use super::*;

/// Settings all over the ranges, by a small generator of its own.
fn anywhere(count: usize) -> impl Iterator<Item = SaturatorSettings> {
    let mut state = 1_u64;
    let mut unit = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count).map(move |n| {
        let low_hz = 60.0 * 200f64.powf(unit());
        SaturatorSettings {
            character: Character::ALL[n % Character::ALL.len()],
            drive_db: std::array::from_fn(|_| 24.0 * unit()),
            balance: unit(),
            bands: 1 + (3.0 * unit()) as usize % 3,
            crossover_hz: [low_hz, low_hz * (12_000.0 / low_hz).powf(unit())],
            channel_mode: [ChannelMode::Stereo, ChannelMode::MidSide, ChannelMode::MidOnly, ChannelMode::SideOnly]
                [(4.0 * unit()) as usize % 4],
            zero_vu_db: -24.0 + 18.0 * unit(),
            ..SaturatorSettings::default()
        }
    })
}

#[test]
fn the_table_is_the_law_to_a_millionth() {
    let mut worst = (0.0_f64, String::new());
    for settings in anywhere(7000) {
        let law = Law::of(&settings);
        let off = (db_to_gain(law.look_up() - law.solve()) - 1.0).abs();
        assert!(off.is_finite(), "{settings:?}");
        if off > worst.0 {
            worst = (off, format!("{settings:?}"));
        }
    }
    println!("at most {:.2e} off the gain: {}", worst.0, worst.1);
    assert!(worst.0 <= 1e-6, "{:.2e} off at {}", worst.0, worst.1);
}

/// The law of version 0.1, written as it was: for a programme of -12 dBFS.
fn first_law_db(settings: &SaturatorSettings) -> f64 {
    let Some(curve) = settings.character.curve() else { return 0.0 };
    let shape = settings.shape();
    let lanes: &[(f64, bool)] = match settings.channel_mode {
        ChannelMode::Stereo => &[(1.0, true)],
        ChannelMode::MidSide => &[(0.9, true), (0.1, true)],
        ChannelMode::MidOnly => &[(0.9, true), (0.1, false)],
        ChannelMode::SideOnly => &[(0.9, false), (0.1, true)],
    };
    let place = |hz: f64| ((hz / 40.0).ln() / (10_000.0_f64 / 40.0).ln()).clamp(0.02, 0.98);
    let [low, high] = settings.crossover_hz.map(place);
    let bands = match settings.bands {
        1 => [1.0, 0.0, 0.0],
        2 => [low, 1.0 - low, 0.0],
        _ => [low, high - low, 1.0 - high],
    };
    let gains = |rms: f64, drive_db: f64| {
        let (gain, share) = (db_to_gain(drive_db), drive_share(drive_db));
        let output = |x: f64| x + share * (shape.value(curve, gain * x) - gain * x) / gain;
        let mut sums = [[0.0; 2]; 2];
        let mut add = |programme: usize, weight: f64, [up, down]: [f64; 2]| {
            sums[programme][0] += weight * 0.5 * (up + down);
            sums[programme][1] += weight * 0.5 * (up * up + down * down);
        };
        for step in 0..=40_usize {
            let z = 0.25 * step as f64;
            let both = [output(rms * z), output(-rms * z)];
            let simpson = if step == 0 || step == 40 { 1.0 } else { 2.0 + 2.0 * (step % 2) as f64 };
            let weight = simpson * 0.25 / 3.0;
            add(0, weight * (2.0 / PI).sqrt() * (-0.5 * z * z).exp(), both);
            add(1, weight * SQRT_2 * (-SQRT_2 * z).exp(), both);
        }
        sums.map(|[mean, square]| (square - mean * mean) / (rms * rms))
    };
    let mut powers = [0.0; 2];
    for &(lane_share, is_driven) in lanes {
        for (band, band_share) in bands.into_iter().enumerate().take(settings.bands) {
            let share = lane_share * band_share;
            let drive_db = settings.drive_db[band];
            let gains = if is_driven && drive_db > 0.0 {
                gains(0.251_188_643_150_958 * f64::sqrt(share), drive_db)
            } else {
                [1.0; 2]
            };
            powers.iter_mut().zip(gains).for_each(|(power, gain)| *power += share * gain);
        }
    }
    -powers.iter().map(|&power| power_to_db(power)).sum::<f64>() / 2.0
}

#[test]
fn at_minus_12_it_is_the_first_law_to_the_bit() {
    let mut driven = 0;
    for settings in anywhere(2000) {
        let settings = SaturatorSettings { zero_vu_db: -12.0, ..settings };
        let (now, then) = (settings.makeup_db(), first_law_db(&settings));
        // Where crossovers meet it was 300 dB.
        if settings.bands == 3 && Law::of(&settings).band_shares()[1] == 0.0 {
            continue;
        }
        assert_eq!(now.to_bits(), then.to_bits(), "{now} dB, was {then}: {settings:?}");
        driven += usize::from(now > 0.1);
    }
    assert!(driven > 1000, "the test is void unless there is makeup");
}

#[test]
fn crossovers_that_meet_leave_the_law_whole() {
    for hz in [60.0, 3000.0, 11_000.0] {
        let three = SaturatorSettings {
            character: Character::Tape,
            drive_db: [12.0; 3],
            bands: 3,
            crossover_hz: [hz, hz],
            ..SaturatorSettings::default()
        };
        let two = SaturatorSettings { bands: 2, ..three.clone() };
        let (three, two) = (three.makeup_db(), two.makeup_db());
        assert!((three - two).abs() < 1e-9 && three > 1.0, "{hz} Hz: {three} dB, {two} dB with two bands");
    }
}

/// Automation of everything that the law depends on, at every sample, in its dearest setting. Counted, not timed: a block
/// costs one solution, whatever comes in.
#[test]
fn dense_automation_costs_one_solution_a_block() {
    use crate::processor::Saturator;
    use shared_dsp::{Io, Processor, Quality};

    const FRAMES: usize = 64;
    const DEAREST: usize = 2 * 3 * 2 * (STEPS + 1);
    let moving = |n: usize| SaturatorSettings {
        character: Character::Console,
        drive_db: [6.0 + 0.01 * n as f64, 12.0, 18.0 - 0.01 * n as f64],
        balance: 0.3 + 1e-4 * n as f64,
        bands: 3,
        channel_mode: ChannelMode::MidSide,
        ..SaturatorSettings::default()
    };
    let mut unit = Saturator::new();
    unit.prepare(48_000.0, FRAMES, 2);
    unit.reset(&moving(0), Quality::Standard);
    let (mut left, mut right) = ([0.1_f32; FRAMES], [0.1_f32; FRAMES]);
    let mut dearest = 0;
    let mut quickest_ns = f64::INFINITY;
    for block in 0..20 {
        let (before, start) = (evaluations(), std::time::Instant::now());
        for n in 0..FRAMES {
            unit.update(&moving(1 + block * FRAMES + n));
            let (left, right) = (&mut left[n..=n], &mut right[n..=n]);
            unit.process(Io { left, right: Some(right), sidechain: None });
        }
        quickest_ns = quickest_ns.min(start.elapsed().as_nanos() as f64);
        dearest = dearest.max(evaluations() - before);
    }
    let start = std::time::Instant::now();
    let solved: f64 = (0..FRAMES).map(|n| Law::of(&moving(n)).solve()).sum();
    let solving_ns = start.elapsed().as_nanos() as f64;
    assert!(solved > 0.0);
    println!("{dearest} values of the curve in the dearest block; once {} for an event each sample", FRAMES * DEAREST);
    println!(
        "a block with an event each sample: {quickest_ns:.0} ns; the solutions once spent in it: {solving_ns:.0} ns"
    );
    assert!((1..=DEAREST).contains(&dearest), "{dearest} values in a block, {DEAREST} in a solution");
}
