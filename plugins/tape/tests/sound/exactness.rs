//! What must be exact: nulls, block splits, resets; and every control moves the sound.

use super::support::{GRID, busy, design, run_mono, run_stereo, tape};
use shared_dsp::{Io, Processor, Quality};
use tape::processor::{Equalisation, Formulation, Monitor, Speed, Tape, TapeSettings};
use testkit::analysis::{db, first_difference, max_difference, rms};
use testkit::signals::noise;

/// A mix of nothing and the input monitor are the delayed input, bit for bit.
#[test]
fn nothing_of_the_machine_is_the_delayed_input() {
    let (left, right) = (noise(1, -0.9, 20_000), noise(2, -0.9, 20_000));
    for quality in Quality::ALL {
        for rate in [44_100.0, 192_000.0] {
            for settings in [TapeSettings { mix: 0.0, ..busy() }, TapeSettings { monitor: Monitor::Input, ..busy() }] {
                let mut unit = tape(&settings, rate, quality, 2);
                let delay = unit.latency_samples(quality);
                let (l, r) = run_stereo(&mut unit, &left, &right, 333);
                for (input, output) in [(&left, &l), (&right, &r)] {
                    assert_eq!(
                        first_difference(&output[delay..], &input[..20_000 - delay]),
                        None,
                        "{quality:?} {rate}"
                    );
                    assert!(output[..delay].iter().all(|x| *x == 0.0));
                }
            }
        }
    }
}

/// Runs with changes of settings at these frames, as a host does that cuts at every grid point and sends them there.
fn run_with(
    steps: &[(usize, TapeSettings)],
    quality: Quality,
    input: [&[f32]; 2],
    block: usize,
) -> (Vec<f32>, Vec<f32>) {
    let mut unit = tape(&steps[0].1, 48_000.0, quality, 2);
    let (mut l, mut r) = (input[0].to_vec(), input[1].to_vec());
    let frames = l.len();
    let mut now = &steps[0].1;
    let mut at = 0;
    while at < frames {
        if at % GRID == 0 {
            if let Some((_, settings)) = steps.iter().rev().find(|step| step.0 <= at) {
                now = settings;
            }
            unit.update(now);
            design(&unit);
        }
        let end = (at + block).min((at / GRID + 1) * GRID).min(frames);
        unit.process(Io { left: &mut l[at..end], right: Some(&mut r[at..end]), sidechain: None });
        at = end;
    }
    (l, r)
}

fn automation() -> Vec<(usize, TapeSettings)> {
    let quiet = TapeSettings::default;
    vec![
        (0, quiet()),
        (1_024, busy()),
        (3_328, TapeSettings { speed: Speed::Ips7, ..busy() }),
        (3_520, TapeSettings { drive_db: -6.0, bias_db: 1.0, ..busy() }),
        (8_000, TapeSettings { mix: 0.0, ..busy() }),
        (9_536, TapeSettings { hiss_db: None, modulation_db: None, wow: 0.0, flutter: 0.0, ..busy() }),
        (12_800, TapeSettings { crosstalk_db: None, azimuth_minutes: 0.0, monitor: Monitor::Sync, ..busy() }),
        (15_104, TapeSettings { monitor: Monitor::Input, head_bump: 0.0, ..quiet() }),
        (18_048, TapeSettings { equalisation: Equalisation::Nab, head_bump: 2.0, ..quiet() }),
        (21_056, quiet()),
    ]
}

#[test]
fn the_block_split_changes_nothing() {
    let frames = 24_000;
    let (left, right) = (noise(3, -1.9, frames), noise(4, -1.9, frames));
    let steps = automation();
    for quality in Quality::ALL {
        let reference = run_with(&steps, quality, [&left, &right], 1);
        assert!(reference.0.iter().chain(&reference.1).all(|x| x.is_finite()), "{quality:?}: not finite");
        for block in [17, 64] {
            let (l, r) = run_with(&steps, quality, [&left, &right], block);
            assert_eq!(first_difference(&l, &reference.0), None, "{quality:?}: blocks of {block}");
            assert_eq!(first_difference(&r, &reference.1), None, "{quality:?}: blocks of {block}");
        }
    }
    for quality in Quality::ALL {
        let run = |block: usize| run_stereo(&mut tape(&busy(), 48_000.0, quality, 2), &left, &right, block);
        let reference = run(1);
        for block in [333, 8192] {
            assert!(run(block) == reference, "{quality:?}: blocks of {block}");
        }
    }
}

#[test]
fn reset_brings_the_same_sound_again() {
    let (left, right) = (noise(7, -1.9, 10_000), noise(8, -1.9, 10_000));
    for quality in Quality::ALL {
        let mut unit = tape(&busy(), 48_000.0, quality, 2);
        let first = run_stereo(&mut unit, &left, &right, 100);
        unit.update(&TapeSettings { speed: Speed::Ips30, ..TapeSettings::default() });
        design(&unit);
        run_stereo(&mut unit, &left, &right, 100);
        unit.reset(&busy(), quality);
        design(&unit);
        assert!(first == run_stereo(&mut unit, &left, &right, 100), "{quality:?}");
    }
}

/// A mono track is the left channel of two.
#[test]
fn mono_is_one_of_two() {
    let (left, right) = (noise(11, -6.0, 10_000), noise(12, -6.0, 10_000));
    let settings = TapeSettings { crosstalk_db: None, azimuth_minutes: 0.0, ..busy() };
    let mono = run_mono(&mut tape(&settings, 48_000.0, Quality::Standard, 1), &left, 64);
    let (l, _) = run_stereo(&mut tape(&settings, 48_000.0, Quality::Standard, 2), &left, &right, 64);
    assert_eq!(first_difference(&mono, &l), None);
}

/// A control, settings with it off its default, and by how much the sound changes at least, dB re the signal.
fn controls() -> Vec<(&'static str, TapeSettings, f64)> {
    let d = TapeSettings::default;
    vec![
        ("drive", TapeSettings { drive_db: 6.0, ..d() }, -45.0),
        ("less drive", TapeSettings { drive_db: -6.0, ..d() }, -60.0),
        ("0 VU", TapeSettings { zero_vu_db: -24.0, ..d() }, -45.0),
        ("fluxivity", TapeSettings { fluxivity_nwb: 520.0, ..d() }, -50.0),
        ("formulation", TapeSettings { formulation: Formulation::Vintage, ..d() }, -50.0),
        ("speed 7.5", TapeSettings { speed: Speed::Ips7, ..d() }, -40.0),
        ("speed 30", TapeSettings { speed: Speed::Ips30, ..d() }, -40.0),
        ("equalisation", TapeSettings { equalisation: Equalisation::Nab, ..d() }, -60.0),
        ("bias", TapeSettings { bias_db: 3.0, ..d() }, -30.0),
        ("less bias", TapeSettings { bias_db: -3.0, ..d() }, -30.0),
        ("head bump", TapeSettings { head_bump: 2.0, ..d() }, -60.0),
        ("align", TapeSettings { is_aligned: false, speed: Speed::Ips7, ..d() }, -20.0),
        ("wow", TapeSettings { wow: 0.001, ..d() }, -40.0),
        ("flutter", TapeSettings { flutter: 0.001, ..d() }, -40.0),
        ("hiss", TapeSettings { hiss_db: Some(-60.0), ..d() }, -80.0),
        ("modulation noise", TapeSettings { modulation_db: Some(-50.0), ..d() }, -60.0),
        ("crosstalk", TapeSettings { crosstalk_db: Some(-40.0), ..d() }, -50.0),
        ("azimuth", TapeSettings { azimuth_minutes: 5.0, ..d() }, -40.0),
        ("monitor", TapeSettings { monitor: Monitor::Sync, ..d() }, -40.0),
        ("input", TapeSettings { monitor: Monitor::Input, ..d() }, -40.0),
        ("mix", TapeSettings { mix: 0.0, ..d() }, -40.0),
    ]
}

#[test]
fn every_control_is_heard() {
    let (left, right) = (noise(21, -8.0, 48_000), noise(22, -8.0, 48_000));
    let run = |settings: &TapeSettings| {
        let mut unit = tape(settings, 48_000.0, Quality::Standard, 2);
        run_stereo(&mut unit, &left, &right, 512)
    };
    let default = run(&TapeSettings::default());
    for (name, settings, least_db) in controls() {
        let changed = run(&settings);
        let difference: Vec<f32> = changed.0.iter().zip(&default.0).map(|(a, b)| a - b).collect();
        let change_db = db(rms(&difference) / rms(&default.0));
        println!("{name}: {change_db:.1} dB");
        assert!(change_db > least_db, "{name}: changed by {change_db} dB");
        assert!(change_db < 6.0, "{name}: changed by {change_db} dB");
    }
}

/// Moved while a tone sounds, no control clicks; and what was glided to is what would have been set at once.
#[test]
fn every_control_glides_there() {
    let frames = 24_000;
    let tone: Vec<f32> =
        (0..frames).map(|n| (0.25 * (std::f64::consts::TAU * 50.0 * n as f64 / 48_000.0).sin()) as f32).collect();
    let default = TapeSettings::default();
    for (name, settings, _) in controls() {
        for quality in [Quality::Live, Quality::Standard] {
            for (from, to) in [(&default, &settings), (&settings, &default)] {
                let steps = [(0, from.clone()), (9_600 + 64, to.clone())];
                let (l, _) = run_with(&steps, quality, [&tone, &tone], 64);
                let curve =
                    |x: &[f32]| x.windows(3).map(|x| f64::from(x[0] - 2.0 * x[1] + x[2]).abs()).fold(0.0, f64::max);
                let (moved, still) = (curve(&l[9_600..]), curve(&l[4_800..9_600]).max(curve(&l[19_200..])));
                let over = moved - still;
                assert!(still > 0.0 && over < 0.0004, "{name}, {quality:?}: a step of {over} ({still})");
            }
        }
    }
    // What wanders is a function of time, which has gone on; all else has arrived.
    let hiss = noise(31, -12.0, 48_000);
    for (name, settings, _) in controls() {
        if settings.hiss_db.is_some() || settings.modulation_db.is_some() {
            continue;
        }
        let steps = [(0, default.clone()), (4_800, settings.clone())];
        let (moved, _) = run_with(&steps, Quality::Standard, [&hiss, &hiss], 64);
        let mut unit: Tape = tape(&settings, 48_000.0, Quality::Standard, 2);
        let (set, _) = run_stereo(&mut unit, &hiss, &hiss, 64);
        let off_db = db(max_difference(&moved[38_400..], &set[38_400..]));
        println!("{name}: {off_db:.1} dBFS off");
        assert!(off_db < -75.0, "{name}: {off_db} dBFS off what was set at once");
    }
}
