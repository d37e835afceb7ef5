//! A whole programme: channels, places, events, history, and what moves.

use shared_dsp::loudness::{HistoryPoint, ProgrammeMeter, channel_weights};
use std::f64::consts::PI;
use testkit::signals;

const RATES_HZ: [f64; 5] = [44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0];

fn sine(rate_hz: f64, hz: f64, level_dbfs: f64, seconds: f64) -> Vec<f32> {
    signals::sine(rate_hz, hz, level_dbfs, (seconds * rate_hz) as usize)
}

fn near(what: &str, got: Option<f64>, want: f64, tolerance: f64) {
    let got = got.unwrap_or(f64::NEG_INFINITY);
    assert!((got - want).abs() <= tolerance, "{what}: {got:.4}, expected {want} ± {tolerance}");
}

#[test]
fn tech_3341_case_6_five_channels() {
    for rate_hz in RATES_HZ {
        let [front, centre, surround] = [-28.0, -24.0, -30.0].map(|level| sine(rate_hz, 1000.0, level, 20.0));
        let mut meter = ProgrammeMeter::with_weights(rate_hz, channel_weights(5).unwrap());
        let channels = [&front, &front, &centre, &surround, &surround];
        // Random blocks, drawn from a linear congruence.
        let (mut at, mut state) = (0, 1_u32);
        while at < front.len() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let end = (at + 1 + (state >> 19) as usize).min(front.len());
            meter.process_channels(&channels.map(|channel| &channel[at..end]));
            at = end;
        }
        meter.finish();
        near("integrated", meter.readings().integrated_lufs, -23.0, 0.05);
        near("sample peak", meter.readings().sample_peak_dbfs, -24.0, 0.05);

        // LFE does not count for loudness, and counts for peaks.
        let mut meter = ProgrammeMeter::with_weights(rate_hz, channel_weights(6).unwrap());
        let lfe = sine(rate_hz, 50.0, -3.0, 20.0);
        meter.process_channels(&[&front, &front, &centre, &lfe, &surround, &surround]);
        meter.finish();
        near("integrated with LFE", meter.readings().integrated_lufs, -23.0, 0.05);
        near("true peak with LFE", meter.readings().true_peak_dbtp, -3.0, 0.05);
    }
    assert!(channel_weights(0).is_none() && channel_weights(9).is_none());
}

#[test]
fn places_and_events_are_where_they_were_put() {
    let rate_hz = 48_000.0;
    let mut left = sine(rate_hz, 997.0, -20.0, 30.0);
    let right = left.clone();
    // Half a second at +1 dBFS in the left channel from 12 s on, and three clipped samples at 20 s.
    for (n, x) in left.iter_mut().enumerate().skip(12 * 48_000).take(24_000) {
        *x = (1.122 * (2.0 * PI * 997.0 * n as f64 / rate_hz).sin()) as f32;
    }
    left[20 * 48_000..20 * 48_000 + 3].fill(1.0);
    let mut meter = ProgrammeMeter::new(rate_hz);
    meter.process(&left, Some(&right));
    meter.finish();
    let (readings, places) = (meter.readings(), meter.places());
    near("true peak", readings.true_peak_dbtp, 1.0, 0.1);
    for (what, at, from, to) in [
        ("true peak", places.true_peak_s, 12.0, 12.52),
        ("sample peak", places.sample_peak_s, 12.0, 12.51),
        ("loudest 400 ms", places.max_momentary_s, 12.4, 12.51),
        ("loudest 3 s", places.max_short_term_s, 12.5, 15.01),
    ] {
        assert!(at.is_some_and(|at| (from..to).contains(&at)), "{what} at {at:?}");
    }
    assert_eq!(readings.true_peak_overs as usize, meter.overs().len());
    let over = meter.overs().iter().max_by(|a, b| a.length_s.total_cmp(&b.length_s)).unwrap();
    assert!((over.start_s - 12.0).abs() <= 0.011 && (over.length_s - 0.5).abs() <= 0.021, "{over:?}");
    assert_eq!((over.channel, meter.clips().len()), (0, 2));
    let clip = meter.clips().iter().min_by(|a, b| a.length_s.total_cmp(&b.length_s)).unwrap();
    assert_eq!((clip.start_s, clip.clipped_samples, clip.channel), (20.0, 3, 0));
    let all: u64 = meter.clips().iter().map(|event| event.clipped_samples).sum();
    assert_eq!(all, readings.clipped_samples);
}

#[test]
fn history_follows_the_programme() {
    let rate_hz = 48_000.0;
    let mut meter = ProgrammeMeter::new(rate_hz);
    let [quiet, loud] = [-30.0, -20.0].map(|level| sine(rate_hz, 1000.0, level, 10.0));
    meter.process(&quiet, Some(&quiet));
    let inverted: Vec<f32> = loud.iter().map(|x| -x).collect();
    meter.process(&loud, Some(&inverted));
    let mut points: Vec<HistoryPoint> = Vec::new();
    let period_s = meter.history().read_whole(&mut points);
    assert_eq!((points.len(), period_s), (200, 0.1));
    let at = |seconds: f64| points[(seconds / 0.1) as usize];
    for (what, got, want) in [
        ("momentary", at(9.0).momentary_lufs, -30.0),
        ("short-term", at(9.0).short_term_lufs, -30.0),
        ("integrated", at(9.0).integrated_lufs, -30.0),
        ("true peak", at(9.0).true_peak_dbtp, -30.0),
        ("correlation", at(9.0).correlation, 1.0),
        ("momentary, later", at(15.0).momentary_lufs, -20.0),
        ("true peak, later", at(15.0).true_peak_dbtp, -20.0),
        ("correlation, later", at(15.0).correlation, -1.0),
    ] {
        assert!((got - want).abs() < 0.05, "{what}: {got} instead of {want}");
    }
    meter.reset_integration();
    assert!(meter.history().is_empty() && meter.readings().integrated_lufs.is_none());
}
