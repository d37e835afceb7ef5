//! Meter's promises at the processor: the sound passes to the bit, the readings follow transport and reset, and the report
//! says what the processor read.

mod ab;
mod abx;
mod monitor;
mod references;
#[cfg(target_os = "linux")]
mod taps;

use meter::processor::{Follow, LISTED_EVENTS, Meter, MeterReading, MeterSettings};
use meter::report;
use shared_dsp::loudness::ProgrammeMeter;
use shared_dsp::{Io, Processor};
use shared_report::Targets;
use std::time::Duration;
use testkit::signals::noise;

fn ready(settings: &MeterSettings, rate_hz: f64, channels: usize) -> Meter {
    let mut unit = Meter::default();
    unit.prepare(rate_hz, 8192, channels);
    unit.reset(settings, ());
    unit
}

fn run(unit: &mut Meter, left: &[f32], right: &[f32], block: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut l, mut r) = (left.to_vec(), right.to_vec());
    for (l, r) in l.chunks_mut(block).zip(r.chunks_mut(block)) {
        unit.process(Io { left: l, right: Some(r), sidechain: None });
    }
    (l, r)
}

/// A reading whose totals are new: they are so ten times a second.
fn reading(unit: &mut Meter) -> MeterReading {
    (0..10).for_each(|_| drop(unit.reading()));
    unit.reading()
}

fn settings(follow: Follow) -> MeterSettings {
    MeterSettings { follow, ..MeterSettings::default() }
}

#[test]
fn the_sound_passes_to_the_bit_and_at_once() {
    for rate_hz in [22_050.0, 44_100.0, 192_000.0] {
        let (mut left, right) = (noise(1, 3.5, 30_000), noise(2, -10.5, 30_000));
        left[100] = -0.0;
        let mut unit = ready(&settings(Follow::Pause), rate_hz, 2);
        let (l, r) = run(&mut unit, &left, &right, 333);
        let same = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits());
        assert!(same(&l, &left) && same(&r, &right), "{rate_hz} Hz");
        assert_eq!(unit.latency_samples(()), 0);
    }
}

#[test]
fn readings_are_those_of_the_engine_whatever_the_block() {
    let (left, right) = (noise(3, -6.0, 200_000), noise(4, -8.0, 200_000));
    let mut engine = ProgrammeMeter::new(48_000.0);
    engine.process(&left, Some(&right));
    for block in [1, 64, 8192] {
        let mut unit = ready(&settings(Follow::Off), 48_000.0, 2);
        run(&mut unit, &left, &right, block);
        let reading = reading(&mut unit);
        assert_eq!((reading.whole, reading.live, reading.places), (engine.readings(), engine.live(), engine.places()));
        assert_eq!(reading.history.unwrap().len(), 41);
        let (mut l, mut r) = (vec![0.0; 5000], vec![0.0; 5000]);
        let samples = reading.samples.unwrap();
        samples.read_before(samples.written(), &mut l, &mut r);
        assert_eq!((&l[..], &r[..]), (&left[195_000..], &right[195_000..]), "what the spectrum sees");
    }
    let mut mono = ready(&settings(Follow::Off), 48_000.0, 1);
    let mut only = left.clone();
    mono.process(Io { left: &mut only, right: None, sidechain: None });
    assert_eq!(mono.reading().whole.correlation, Some(1.0));
}

#[test]
fn the_transport_is_followed_if_asked() {
    let (quiet, loud) = (noise(5, -20.0, 480_000), noise(6, -1.9, 480_000));
    let integrated = |follow: Follow| {
        let mut unit = ready(&settings(follow), 48_000.0, 2);
        unit.set_transport(true, None);
        run(&mut unit, &quiet, &quiet, 512);
        unit.set_transport(false, None);
        run(&mut unit, &loud, &loud, 512);
        assert_eq!(unit.reading().is_paused, follow != Follow::Off);
        unit.set_transport(true, None);
        run(&mut unit, &quiet, &quiet, 512);
        let reading = reading(&mut unit);
        (reading.whole.integrated_lufs.unwrap(), reading.measured_s)
    };
    let (all, all_s) = integrated(Follow::Off);
    let (paused, paused_s) = integrated(Follow::Pause);
    let (restarted, restarted_s) = integrated(Follow::Restart);
    // The loud passage is 18.06 dB up, and the gate leaves the quiet ones out beside it.
    assert!(all - paused > 10.0, "{all} {paused}");
    assert!((paused - restarted).abs() < 0.1, "{paused} {restarted}");
    let near = |a: f64, b: f64| (a - b).abs() < 0.02;
    assert!(near(all_s, 30.0) && near(paused_s, 20.0) && near(restarted_s, 10.0), "{all_s} {paused_s} {restarted_s}");
}

#[test]
fn reset_begins_anew_once_a_press() {
    let loud = noise(7, 2.9, 96_000);
    let mut unit = ready(&settings(Follow::Off), 48_000.0, 2);
    run(&mut unit, &loud, &loud, 512);
    let before = unit.reading();
    assert!(before.whole.clipped_samples > 0 && before.overs[0].is_some());
    let highest = before.overs.iter().flatten().map(|event| event.peak).collect::<Vec<_>>();
    assert!(highest.windows(2).all(|pair| pair[0] >= pair[1]) && highest.len() <= LISTED_EVENTS, "{highest:?}");
    let pressed = MeterSettings { resets: 1, ..MeterSettings::default() };
    unit.update(&pressed);
    let after = unit.reading();
    assert_eq!((after.whole.integrated_lufs, after.whole.clipped_samples, after.overs[0]), (None, 0, None));
    // While it is held down the measurement runs.
    run(&mut unit, &loud, &loud, 512);
    unit.update(&pressed);
    assert!(reading(&mut unit).measured_s > 1.0);
}

#[test]
fn a_host_that_suspends_takes_no_measurement_away() {
    let first = noise(9, -6.0, 96_000);
    let mut unit = ready(&settings(Follow::Off), 48_000.0, 2);
    run(&mut unit, &first, &first, 512);
    let before = reading(&mut unit);
    // As hosts do in silence: a reset, or off and on again.
    unit.reset(&settings(Follow::Off), ());
    unit.prepare(48_000.0, 8192, 2);
    unit.reset(&settings(Follow::Off), ());
    let after = reading(&mut unit);
    assert_eq!(after.whole.integrated_lufs, before.whole.integrated_lufs);
    assert!((after.measured_s - before.measured_s).abs() < 1e-9 && after.measured_s > 1.9, "{}", after.measured_s);
    assert!(after.live.momentary_lufs < -100.0, "what moves begins anew: {}", after.live.momentary_lufs);
    run(&mut unit, &first, &first, 512);
    assert!(reading(&mut unit).measured_s > 3.9);
    // A new rate is a new measurement.
    unit.prepare(44_100.0, 8192, 2);
    unit.reset(&settings(Follow::Off), ());
    assert_eq!(reading(&mut unit).whole.integrated_lufs, None);
}

#[test]
fn the_report_says_what_was_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path().join("made when needed");
    let mut unit = ready(&settings(Follow::Off), 48_000.0, 2);
    let now = Duration::from_secs(1_795_257_302);
    let targets = Targets::built_in();
    let silent = report::programme(&reading(&mut unit), 48_000.0, None);
    assert!(report::write_into(&place, &targets, silent, now).is_err(), "a report on nothing");

    let loud = noise(8, 1.6, 480_000);
    run(&mut unit, &loud, &loud, 512);
    let read = reading(&mut unit);
    let programme = report::programme(&read, 48_000.0, None);
    let page = report::write_into(&place, &targets, programme, now).expect("written");
    assert_eq!(page, place.join("meter 2026-11-21 103502.html"));
    let html = std::fs::read_to_string(&page).expect("the page");
    assert!(html.contains("<html") && !html.contains("http://") && !html.contains("src="), "needs nothing but itself");
    let json = std::fs::read_to_string(page.with_extension("json")).expect("the numbers");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let integrated = json["readings"]["integrated_lufs"].as_f64().expect("a number");
    assert!((integrated - read.whole.integrated_lufs.unwrap()).abs() < 1e-9);
    assert_eq!(json["facts"]["channels"], 2);
    assert_eq!(json["history"].as_array().map(Vec::len), Some(100));
    assert!(json["targets"].as_array().is_some_and(|all| all.iter().any(|target| target["pass"] == false)));
    assert_eq!(std::fs::read_dir(&place).expect("a folder").count(), 2, "nothing is left behind");
}
