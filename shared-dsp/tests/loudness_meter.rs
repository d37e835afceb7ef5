//! The loudness meter against EBU Tech 3341 v4 and 3342 v4 (2023), BS.1770-5 (2023) and the `ebur128` crate.

use shared_dsp::loudness::{KWeighting, LoudnessMeter, ProgrammeMeter};
use std::f64::consts::PI;
use testkit::signals::Random;

const RATES_HZ: [u32; 5] = [44_100, 48_000, 88_200, 96_000, 192_000];
/// Half of Tech 3341's 0.1 LU.
const TOLERANCE_LU: f64 = 0.05;

/// A 1 kHz sine through steps of (level in dBFS, length in s), `None` for silence; equal in both channels.
fn tone(rate_hz: u32, steps: &[(Option<f64>, f64)]) -> Vec<f32> {
    let mut out = Vec::new();
    let mut time_s = 0.0;
    for &(level_dbfs, length_s) in steps {
        time_s += length_s;
        let end = (time_s * f64::from(rate_hz)).round() as usize;
        let amplitude = level_dbfs.map_or(0.0, |db| 10f64.powf(db / 20.0));
        while out.len() < end {
            let phase = 2.0 * PI * 1000.0 * out.len() as f64 / f64::from(rate_hz);
            out.push((amplitude * phase.sin()) as f32);
        }
    }
    out
}

fn near(what: &str, rate_hz: u32, got: Option<f64>, want: f64, tolerance: f64) {
    let got = got.unwrap_or(f64::NEG_INFINITY);
    assert!((got - want).abs() <= tolerance, "{what} at {rate_hz} Hz: {got:.4}, expected {want} ± {tolerance}");
}

fn measured(rate_hz: u32, signal: &[f32]) -> LoudnessMeter {
    let mut meter = LoudnessMeter::new(f64::from(rate_hz));
    in_random_blocks(&mut meter, signal);
    meter
}

/// Hands on a signal, the same in both channels, in blocks of 1 to 8192 frames.
fn in_random_blocks(meter: &mut LoudnessMeter, signal: &[f32]) {
    let mut noise = Random::new(signal.len() as u64);
    let mut left = signal;
    while !left.is_empty() {
        let (block, rest) = left.split_at(((noise.bipolar().abs() * 8192.0) as usize + 1).min(left.len()));
        meter.process(block, Some(block));
        left = rest;
    }
}

/// Noise of changing level and colour with tones in it: a programme that no two blocks of are alike.
fn programme(rate_hz: u32, seconds: f64, seed: u64) -> [Vec<f32>; 2] {
    let mut noise = Random::new(seed);
    let frames = (seconds * f64::from(rate_hz)) as usize;
    let (mut level, mut target, mut low) = (0.05, 0.05, [0.0; 2]);
    let mut out = [Vec::with_capacity(frames), Vec::with_capacity(frames)];
    for at in 0..frames {
        if at % (rate_hz as usize / 5) == 0 {
            target = 10f64.powf((-28.0 + 24.0 * noise.bipolar()) / 20.0);
        }
        level += (target - level) * 40.0 / f64::from(rate_hz);
        let tone = (2.0 * PI * 220.0 * at as f64 / f64::from(rate_hz)).sin();
        for channel in 0..2 {
            low[channel] += 0.2 * (noise.bipolar() - low[channel]);
            out[channel].push((level * (low[channel] + 0.3 * noise.bipolar() + 0.5 * tone)) as f32);
        }
    }
    out
}

#[test]
fn weighting_gives_back_the_tables_of_bs_1770() {
    let weighting = KWeighting::new(48_000.0);
    let table = [
        (weighting.shelf().b, [1.53512485958697, -2.69169618940638, 1.19839281085285]),
        (weighting.high_pass().b, [1.0, -2.0, 1.0]),
        ([1.0, weighting.shelf().a[0], weighting.shelf().a[1]], [1.0, -1.69065929318241, 0.73248077421585]),
        ([1.0, weighting.high_pass().a[0], weighting.high_pass().a[1]], [1.0, -1.99004745483398, 0.99007225036621]),
    ];
    for (got, want) in table {
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() < 1e-13, "{got} instead of {want}");
        }
    }
    // 0.691 dB at 997 Hz is what the loudness equation takes off again.
    assert!((weighting.response_db(997.0) - 0.691).abs() < 0.001);
    for rate_hz in RATES_HZ {
        let other = KWeighting::new(f64::from(rate_hz));
        for hz in (1..=20).map(|k| f64::from(k) * 1000.0).chain([20.0, 40.0, 80.0, 200.0, 500.0]) {
            // Below the 48 kHz table's own cramping by at most this, see reference/linear.md D1.
            let off = other.response_db(hz) - weighting.response_db(hz);
            assert!(off.abs() <= 0.045, "{hz} Hz at {rate_hz}: {off} dB off");
        }
    }
}

#[test]
fn tech_3341_cases_1_and_2_steady_tones() {
    for rate_hz in RATES_HZ {
        for level in [-23.0, -33.0] {
            let meter = measured(rate_hz, &tone(rate_hz, &[(Some(level), 20.0)]));
            near("momentary", rate_hz, meter.momentary_lufs(), level, TOLERANCE_LU);
            near("short-term", rate_hz, meter.short_term_lufs(), level, TOLERANCE_LU);
            near("integrated", rate_hz, meter.integrated_lufs(), level, TOLERANCE_LU);
        }
    }
}

#[test]
fn tech_3341_cases_3_to_5_gates() {
    let quiet = (Some(-72.0), 10.0);
    let low = (Some(-36.0), 10.0);
    let main = (Some(-23.0), 60.0);
    for rate_hz in RATES_HZ {
        for steps in [
            &[low, main, low][..],
            &[quiet, low, main, low, quiet],
            &[(Some(-26.0), 20.0), (Some(-20.0), 20.1), (Some(-26.0), 20.0)],
        ] {
            let meter = measured(rate_hz, &tone(rate_hz, steps));
            near("integrated", rate_hz, meter.integrated_lufs(), -23.0, TOLERANCE_LU);
        }
    }
}

#[test]
fn tech_3341_cases_9_and_12_steady_windows() {
    for rate_hz in RATES_HZ {
        let short_term = tone(rate_hz, &[(Some(-20.0), 1.34), (Some(-30.0), 1.66)].repeat(5));
        let momentary = tone(rate_hz, &[(Some(-20.0), 0.18), (Some(-30.0), 0.22)].repeat(25));
        let hop = rate_hz as usize / 100;
        let mut meter = LoudnessMeter::new(f64::from(rate_hz));
        for (at, block) in short_term.chunks(hop).enumerate() {
            meter.process(block, Some(block));
            if (at + 1) * hop >= 3 * rate_hz as usize {
                near("case 9", rate_hz, meter.short_term_lufs(), -23.0, TOLERANCE_LU);
            }
        }
        meter.reset();
        for (at, block) in momentary.chunks(hop).enumerate() {
            meter.process(block, Some(block));
            if (at + 1) * hop >= rate_hz as usize {
                near("case 12", rate_hz, meter.momentary_lufs(), -23.0, TOLERANCE_LU);
            }
        }
    }
}

#[test]
fn tech_3341_cases_10_and_13_maxima_of_late_tones() {
    for rate_hz in RATES_HZ {
        for i in 0..20 {
            let late = f64::from(i);
            let meter = measured(rate_hz, &tone(rate_hz, &[(None, 0.15 * late), (Some(-23.0), 3.0), (None, 1.0)]));
            near("case 10", rate_hz, meter.max_short_term_lufs(), -23.0, TOLERANCE_LU);
            let meter = measured(rate_hz, &tone(rate_hz, &[(None, 0.02 * late), (Some(-23.0), 0.4), (None, 1.0)]));
            near("case 13", rate_hz, meter.max_momentary_lufs(), -23.0, TOLERANCE_LU);
        }
    }
}

#[test]
fn tech_3341_cases_11_and_14_rising_maxima() {
    for rate_hz in RATES_HZ {
        let mut meter = LoudnessMeter::new(f64::from(rate_hz));
        for i in 0..20 {
            let (late, level) = (0.15 * f64::from(i), -38.0 + f64::from(i));
            let part = tone(rate_hz, &[(None, late), (Some(level), 3.0), (None, 3.0 - late)]);
            in_random_blocks(&mut meter, &part);
            near("case 11", rate_hz, meter.max_short_term_lufs(), level, TOLERANCE_LU);
        }
        meter.reset();
        for i in 0..20 {
            let (late, level) = (0.02 * f64::from(i), -38.0 + f64::from(i));
            let part = tone(rate_hz, &[(None, late), (Some(level), 0.4), (None, 0.4 - late)]);
            in_random_blocks(&mut meter, &part);
            near("case 14", rate_hz, meter.max_momentary_lufs(), level, TOLERANCE_LU);
        }
    }
}

#[test]
fn tech_3342_cases_1_to_4_range() {
    let cases: [(&[f64], f64); 4] = [
        (&[-20.0, -30.0], 10.0),
        (&[-20.0, -15.0], 5.0),
        (&[-40.0, -20.0], 20.0),
        (&[-50.0, -35.0, -20.0, -35.0, -50.0], 15.0),
    ];
    for rate_hz in RATES_HZ {
        for (levels, range_lu) in cases {
            let steps: Vec<_> = levels.iter().map(|&level| (Some(level), 20.0)).collect();
            // Half of the stated 1 LU.
            near("range", rate_hz, measured(rate_hz, &tone(rate_hz, &steps)).loudness_range_lu(), range_lu, 0.5);
        }
    }
}

#[test]
fn mono_full_scale_sine_reads_minus_three() {
    let rate_hz = 48_000;
    let sine: Vec<f32> = (0..rate_hz * 5).map(|n| (2.0 * PI * 997.0 * f64::from(n) / 48e3).sin() as f32).collect();
    let mut meter = LoudnessMeter::new(f64::from(rate_hz));
    meter.process(&sine, None);
    near("mono", rate_hz, meter.integrated_lufs(), -3.01, 0.01);
}

#[test]
fn agrees_with_the_ebur128_crate() {
    for (seed, rate_hz) in RATES_HZ.into_iter().enumerate() {
        let [left, right] = programme(rate_hz, 40.0, seed as u64 + 1);
        let mut ours = LoudnessMeter::new(f64::from(rate_hz));
        let mode = ebur128::Mode::I | ebur128::Mode::M | ebur128::Mode::S | ebur128::Mode::LRA;
        let mut oracle = ebur128::EbuR128::new(2, rate_hz, mode).unwrap();
        let hop = rate_hz as usize / 10;
        for (l, r) in left.chunks(hop).zip(right.chunks(hop)) {
            ours.process(l, Some(r));
            oracle.add_frames_planar_f32(&[l, r]).unwrap();
            let momentary = oracle.loudness_momentary().unwrap();
            if momentary > -70.0 {
                near("momentary", rate_hz, ours.momentary_lufs(), momentary, TOLERANCE_LU);
                near("short-term", rate_hz, ours.short_term_lufs(), oracle.loudness_shortterm().unwrap(), TOLERANCE_LU);
            }
        }
        near("integrated", rate_hz, ours.integrated_lufs(), oracle.loudness_global().unwrap(), TOLERANCE_LU);
    }
}

#[test]
fn range_equals_the_definition_taken_literally() {
    // Tech 3342's own procedure on stored values: the crate steps by 1 s, which the 2023 edition no longer allows.
    let rate_hz = 48_000;
    for seed in 1..=4 {
        let [left, right] = programme(rate_hz, 60.0, 100 + seed);
        let mut meter = LoudnessMeter::new(f64::from(rate_hz));
        let mut windows = Vec::new();
        for (at, (l, r)) in left.chunks(4800).zip(right.chunks(4800)).enumerate() {
            meter.process(l, Some(r));
            if at >= 29 {
                windows.push(meter.short_term_lufs().unwrap());
            }
        }
        windows.retain(|&lufs| lufs > -70.0);
        let mean = windows.iter().map(|lufs| 10f64.powf(lufs / 10.0)).sum::<f64>() / windows.len() as f64;
        windows.retain(|&lufs| lufs > 10.0 * mean.log10() - 20.0);
        windows.sort_by(f64::total_cmp);
        let at = |p: f64| windows[((windows.len() - 1) as f64 * p).round() as usize];
        near("range", rate_hz, meter.loudness_range_lu(), at(0.95) - at(0.10), 0.02);
    }
}

#[test]
fn readings_do_not_depend_on_the_blocks() {
    for rate_hz in [22_050, 44_100, 48_000] {
        let [left, right] = programme(rate_hz, 12.0, 7);
        let whole = {
            let mut meter = ProgrammeMeter::new(f64::from(rate_hz));
            meter.process(&left, Some(&right));
            meter.finish();
            meter.readings()
        };
        for sizes in [&[1][..], &[64], &[333], &[8192], &[1, 63, 2, 500, 17]] {
            let mut meter = ProgrammeMeter::new(f64::from(rate_hz));
            let (mut at, mut turn) = (0, 0);
            while at < left.len() {
                let end = (at + sizes[turn % sizes.len()]).min(left.len());
                meter.process(&left[at..end], Some(&right[at..end]));
                (at, turn) = (end, turn + 1);
            }
            meter.finish();
            assert_eq!(meter.readings(), whole, "blocks {sizes:?} at {rate_hz} Hz");
        }
    }
}

#[test]
fn bad_numbers_count_as_silence_and_poison_nothing() {
    let rate_hz = 48_000;
    let clean = tone(rate_hz, &[(Some(-23.0), 20.0)]);
    let mut dirty = clean.clone();
    for (k, bad) in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e-42].into_iter().enumerate() {
        dirty[10_000 + 5_000 * k] = bad;
    }
    let mut meter = ProgrammeMeter::new(f64::from(rate_hz));
    meter.process(&dirty, Some(&clean));
    meter.finish();
    let readings = meter.readings();
    assert_eq!(meter.scrubbed_samples(), 3);
    near("integrated", rate_hz, readings.integrated_lufs, -23.0, 0.1);
    near("short-term", rate_hz, meter.loudness().short_term_lufs(), -23.0, TOLERANCE_LU);
    near("true peak", rate_hz, readings.true_peak_dbtp, -23.0, 2.0);

    // +600 dBFS is a number: absurd while it lasts, gone after 3 s.
    let mut meter = LoudnessMeter::new(f64::from(rate_hz));
    meter.process(&[9e29, -9e29], None);
    meter.process(&vec![0.0; 4 * rate_hz as usize], None);
    assert_eq!(meter.short_term_lufs(), None);
    assert!(meter.integrated_lufs().unwrap().is_finite());
    meter.reset();
    meter.process(&clean, Some(&clean));
    near("integrated", rate_hz, meter.integrated_lufs(), -23.0, TOLERANCE_LU);
}

#[test]
fn silence_has_no_loudness() {
    let mut meter = ProgrammeMeter::new(48_000.0);
    meter.process(&[0.0; 480_000], None);
    meter.finish();
    let readings = meter.readings();
    assert_eq!((readings.integrated_lufs, readings.loudness_range_lu, readings.true_peak_dbtp), (None, None, None));
    assert_eq!((readings.rms_dbfs, readings.crest_factor_db, readings.psr_db), (None, None, None));
    assert_eq!((readings.dc_offset, readings.clipped_samples, readings.true_peak_overs), (Some(0.0), 0, 0));
}

#[test]
fn a_pause_leaves_what_passes_out_of_the_integration() {
    let rate_hz = 48_000;
    let (quiet, loud) = (tone(rate_hz, &[(Some(-30.0), 10.0)]), tone(rate_hz, &[(Some(-10.0), 10.0)]));
    let mut meter = LoudnessMeter::new(f64::from(rate_hz));
    meter.process(&quiet, Some(&quiet));
    meter.set_paused(true);
    meter.process(&loud, Some(&loud));
    near("momentary in the pause", rate_hz, meter.momentary_lufs(), -10.0, TOLERANCE_LU);
    meter.process(&quiet, Some(&quiet));
    meter.set_paused(false);
    meter.process(&quiet, Some(&quiet));
    near("integrated", rate_hz, meter.integrated_lufs(), -30.0, TOLERANCE_LU);
    near("max short-term", rate_hz, meter.max_short_term_lufs(), -30.0, TOLERANCE_LU);
    assert!((meter.measured_s() - 20.0).abs() < 1e-9);
    meter.reset_integration();
    assert_eq!(meter.integrated_lufs(), None);
    near("momentary runs on", rate_hz, meter.momentary_lufs(), -30.0, TOLERANCE_LU);
}

#[test]
fn levels_of_the_whole_programme_by_definition() {
    let rate_hz = 48_000.0;
    // A full-scale sine on the left, the same at -6.02 dB and inverted on the right, and a little DC.
    let left: Vec<f32> =
        (0..480_000).map(|n| (2.0 * PI * 1000.0 * f64::from(n) / rate_hz).sin() as f32 + 0.001).collect();
    let right: Vec<f32> = left.iter().map(|x| -0.5 * (x - 0.001)).collect();
    let mut meter = ProgrammeMeter::new(rate_hz);
    meter.process(&left, Some(&right));
    meter.finish();
    let r = meter.readings();
    near("rms", 48_000, r.rms_dbfs, 10.0 * (0.5 * (0.5 + 0.125f64)).log10(), 1e-3);
    near("sample peak", 48_000, r.sample_peak_dbfs, 20.0 * 1.001f64.log10(), 1e-4);
    near("crest", 48_000, r.crest_factor_db, r.sample_peak_dbfs.unwrap() - r.rms_dbfs.unwrap(), 1e-12);
    near("correlation", 48_000, r.correlation, -1.0, 1e-4);
    near("balance", 48_000, r.balance_db, -6.0206, 1e-3);
    // (L + R) / 2 is a quarter of the left: power 1/32 against a mean of 5/16, ten times.
    near("mono sum loss", 48_000, r.mono_sum_loss_db, 10.0, 0.01);
    near("DC", 48_000, r.dc_offset, 0.001, 1e-6);
    near("PLR", 48_000, r.plr_db, r.true_peak_dbtp.unwrap() - r.integrated_lufs.unwrap(), 1e-12);
    near("PSR of a steady tone", 48_000, r.psr_db, r.plr_db.unwrap(), 0.01);
    assert_eq!(r.true_peak_overs, 1);
    assert!(r.clipped_samples >= 10_000);
}
