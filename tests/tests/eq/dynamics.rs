//! Bands whose gain follows a level.

use testkit::analysis::{db, first_difference, peak, tone_peak};
use testkit::signals::{Audio, sine, stereo_noise};
use testkit::{Format, Plugin, Rig};

use crate::support::*;

#[test]
fn a_dynamic_band_follows_its_level() {
    let rate = 48_000.0;
    let band = Band::new("Bell", 1000.0, 0.0, 1.0);
    let settings = |more: &[(&'static str, &'static str)]| {
        let mut all = vec![
            ("band1_dynamic", "On"),
            ("band1_threshold", "-30"),
            ("band1_knee", "6"),
            ("band1_attack", "5"),
            ("band1_release", "50"),
            ("band1_range", "-6"),
        ];
        all.extend_from_slice(more);
        all
    };
    // Half as far as the level is above the threshold, 6 dB at most; in the knee the quadratic law.
    let meant = |over_db: f64, range_db: f64| {
        let x = over_db + 3.0;
        let reduction = if x <= 0.0 {
            0.0
        } else if x <= 6.0 {
            0.5 * x * x / 12.0
        } else {
            0.5 * over_db
        };
        f64::copysign(reduction.min(range_db.abs()), range_db)
    };
    for detector in ["Peak", "RMS"] {
        for range_db in [-6.0_f64, 4.0] {
            for over_db in [-20.0, -3.1, -1.0, 0.0, 2.0, 5.0, 10.0, 25.0] {
                let range = range_db.to_string();
                let mut rig = Rig::open(Plugin::Eq, Format::Clap);
                rig.offline(true);
                rig.set("phase", "Minimum");
                for (key, text) in band.settings(1) {
                    rig.set(&key, &text);
                }
                for (key, text) in settings(&[("band1_detector", detector)]) {
                    rig.set(key, text);
                }
                rig.set("band1_range", &range);
                rig.activate(rate, 512);
                let tone = sine(rate, 1000.0, -30.0 + over_db, 48_000);
                let output = rig.run(&vec![tone.clone(), tone.clone()]);
                let gain_db = db(tone_peak(&output[0][43_200..], rate, 1000.0)) - (-30.0 + over_db);
                let error_db = (gain_db - meant(over_db, range_db)).abs();
                assert!(error_db <= 0.1, "{detector}, {range_db} dB, {over_db} dB over: {gain_db:.3} dB");
            }
        }
    }
}

#[test]
fn below_its_threshold_a_dynamic_band_is_a_static_one() {
    let input = stereo_noise(12, -50.0, 30_000);
    let bands = [Band::new("Bell", 2000.0, 4.0, 1.0)];
    let dynamic = [("band1_dynamic", "On"), ("band1_threshold", "-20"), ("band1_range", "-6")];
    let still = eq(Format::Clap, 48_000.0, "Natural", &bands, &[]).run(&input);
    let moved = eq(Format::Clap, 48_000.0, "Natural", &bands, &dynamic).run(&input);
    assert!(peak(&still[0]) > 0.0);
    assert_eq!(first_difference(&still[0], &moved[0]), None);
}

#[test]
fn an_external_key_moves_a_band() {
    let rate = 48_000.0;
    let mut rig = Rig::open(Plugin::Eq, Format::Clap);
    rig.offline(true);
    rig.layout(2, true);
    rig.set("phase", "Minimum");
    for (key, text) in [
        ("band1_shape", "Bell"),
        ("band1_frequency", "1 kHz"),
        ("band1_dynamic", "On"),
        ("band1_threshold", "-40"),
        ("band1_range", "-12"),
        ("band1_external_key", "On"),
    ] {
        rig.set(key, text);
    }
    rig.activate(rate, 512);
    let quiet = sine(rate, 1000.0, -60.0, 24_000);
    let loud = sine(rate, 1000.0, -10.0, 24_000);
    let level = |audio: &Audio| db(tone_peak(&audio[0][19_200..], rate, 1000.0));
    let output = rig.run_with(&vec![quiet.clone(), quiet.clone()], Some(&vec![loud.clone(), loud]), &[], &[512]);
    assert!((level(&output) + 72.0).abs() < 0.1, "{}", level(&output));
    let silence = vec![vec![0.0; 48_000]; 2];
    let long = sine(rate, 1000.0, -60.0, 48_000);
    let output = rig.run_with(&vec![long.clone(), long], Some(&silence), &[], &[512]);
    assert!((db(tone_peak(&output[0][43_200..], rate, 1000.0)) + 60.0).abs() < 0.1);
}
