//! Meters of several programmes put together: the songs of a record.

use shared_dsp::loudness::LoudnessMeter;

const RATE_HZ: f64 = 48_000.0;

/// A tone of a level in dBFS behind half a second of silence, which keeps the windows of two songs apart.
fn song(level_db: f64, seconds: f64) -> Vec<f32> {
    let gain = 10f64.powf(level_db / 20.0);
    let silence = vec![0.0; 24_000];
    let tone = (0..(seconds * RATE_HZ) as usize)
        .map(|n| (gain * (std::f64::consts::TAU * 1000.0 * n as f64 / RATE_HZ).sin()) as f32);
    silence.into_iter().chain(tone).chain(vec![0.0; 4 * 48_000]).collect()
}

/// Integrated loudness and maxima of the parts put together are those of the whole in one meter.
#[test]
fn the_parts_read_as_the_whole() {
    let songs = [song(-20.0, 10.0), song(-26.0, 20.0), song(-40.0, 15.0), song(-14.0, 5.0)];
    let mut whole = LoudnessMeter::new(RATE_HZ);
    let mut sum = LoudnessMeter::new(RATE_HZ);
    for song in &songs {
        whole.process(song, Some(song));
        let mut part = LoudnessMeter::new(RATE_HZ);
        part.process(song, Some(song));
        sum.absorb_integration(&part);
    }
    let near = |a: Option<f64>, b: Option<f64>, what: &str| {
        let (a, b) = (a.expect("a reading"), b.expect("a reading"));
        assert!((a - b).abs() < 0.01, "{what}: the parts read {a}, the whole {b}");
    };
    near(sum.integrated_lufs(), whole.integrated_lufs(), "integrated");
    near(sum.max_momentary_lufs(), whole.max_momentary_lufs(), "momentary");
    near(sum.max_short_term_lufs(), whole.max_short_term_lufs(), "short-term");
    assert!((sum.measured_s() - whole.measured_s()).abs() < 1e-9);
}
