//! Bands whose gain follows a level.

use testkit::analysis::{db, first_difference, larger, peak, tone_peak};
use testkit::signals::{Audio, Random, gain, sine, stereo_noise};
use testkit::{Format, Plugin, Rig};

use crate::support::*;

/// How far a gain moves: half as far as the level is above the threshold, by the range at most; in the knee the quadratic law.
pub fn moved_db(over_db: f64, knee_db: f64, range_db: f64) -> f64 {
    let into_db = over_db + 0.5 * knee_db;
    let reduction_db = if into_db <= 0.0 {
        0.0
    } else if into_db < knee_db {
        0.5 * into_db * into_db / (2.0 * knee_db)
    } else {
        0.5 * over_db
    };
    reduction_db.min(range_db.abs()).copysign(range_db)
}

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
    let meant = |over_db: f64, range_db: f64| moved_db(over_db, 6.0, range_db);
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

/// Thresholds, knees, ranges and gains that nobody chose, of every shape that has a gain, by the key's own level.
#[test]
fn the_law_holds_whatever_is_set() {
    let rate = 48_000.0;
    let mut random = Random::new(61);
    let mut worst_db = 0.0_f64;
    for round in 0..80 {
        let mut within = |low: f64, high: f64| low + (high - low) * random.unit();
        let threshold_db = (10.0 * within(-60.0, -10.0)).round() / 10.0;
        let knee_db = [0.0, 3.0, 6.0, 12.0, 24.0][round % 5];
        let range_db = (10.0 * within(-24.0, 24.0)).round() / 10.0;
        let gain_db = (10.0 * within(-6.0, 6.0)).round() / 10.0;
        let over_db = within(-0.6 * knee_db - 2.0, f64::min(50.0, -threshold_db - 1.0));
        let detector = ["Peak", "RMS"][round % 2];
        // Where the tone is well within what the band listens to, and the mean square over 5 ms hears no wave of it.
        let (shape, hz, tone_hz) = [
            ("Bell", 1000.0, 1000.0),
            ("Low shelf", 16_000.0, 1000.0),
            ("High shelf", 300.0, 5000.0),
            ("Tilt", 300.0, 6000.0),
        ][round / 2 % 4];
        let band = Band::new(shape, hz, gain_db, 0.71);
        let (threshold, knee, range) = (threshold_db.to_string(), knee_db.to_string(), range_db.to_string());
        let settings = [
            ("band1_dynamic", "On"),
            ("band1_threshold", &threshold),
            ("band1_knee", &knee),
            ("band1_range", &range),
            ("band1_attack", "5"),
            ("band1_release", "50"),
            ("band1_detector", detector),
        ];
        let mut rig =
            eq(Format::Clap, rate, ["Minimum", "Natural"][round / 8 % 2], std::slice::from_ref(&band), &settings);
        let level_db = threshold_db + over_db;
        let tone = sine(rate, tone_hz, level_db, 48_000);
        let output = rig.run(&vec![tone.clone(), tone]);
        let found_db = db(tone_peak(&output[0][43_200..], rate, tone_hz)) - level_db;
        let meant_db = gain_db + moved_db(over_db, knee_db, range_db);
        let error_db = (found_db - db(Band { gain_db: meant_db, ..band }.at(tone_hz).norm())).abs();
        worst_db = larger(worst_db, error_db);
        assert!(error_db <= 0.1, "{shape} {gain_db} dB, {over_db:.1} dB over, {settings:?}: {found_db:.3} dB");
    }
    println!("static law: within {worst_db:.3} dB");
}

/// A band listens to the part of the image that it acts on, the louder of both channels for stereo.
#[test]
fn a_band_listens_where_it_acts() {
    let rate = 48_000.0;
    let (left_db, right_db) = (-12.0, -26.0);
    let [left, right] = [left_db, right_db].map(|db| sine(rate, 1000.0, db, 48_000));
    let [a, b] = [left_db, right_db].map(gain);
    let (mid, side) = (0.5 * (a + b), 0.5 * (a - b));
    for (channels, level) in [("Stereo", a), ("Left", a), ("Right", b), ("Mid", mid), ("Side", side)] {
        let band = Band { channels, ..Band::new("Bell", 1000.0, 0.0, 1.0) };
        let more = [("band1_dynamic", "On"), ("band1_threshold", "-30"), ("band1_range", "-24")];
        let mut rig = eq(Format::Clap, rate, "Minimum", &[band], &more);
        let output = rig.run(&vec![left.clone(), right.clone()]);
        let moved = gain(moved_db(db(level) + 30.0, 6.0, -24.0));
        let on = |wanted: &str| if channels == wanted { moved } else { 1.0 };
        let (mid, side) = (mid * on("Mid"), side * on("Side"));
        let meant = [(mid + side) * on("Left"), (mid - side) * on("Right")].map(|x| x * on("Stereo"));
        for (output, meant) in output.iter().zip(meant) {
            let error_db = (db(tone_peak(&output[43_200..], rate, 1000.0)) - db(meant)).abs();
            assert!(error_db <= 0.1, "{channels}: {error_db:.3} dB");
        }
    }
}
