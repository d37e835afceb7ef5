//! Rendering without a plugin: alignment, length, level, readings. What needs a bundle is in the suite's tests.

mod common;

use std::path::PathBuf;

use common::programme;
use host::audio::{self, Bits};
use host::chain::{Chain, PreparedChain};
use host::render::{Options, Progress, RenderError, process, render};
use tempfile::tempdir;

fn chain(text: &str) -> PreparedChain {
    Chain::parse(text, "test.toml").expect("chain").prepare(&[]).expect("prepared")
}

fn song(dir: &std::path::Path, rate: u32, frames: usize, gain: f32) -> (PathBuf, Vec<Vec<f32>>) {
    let channels: Vec<Vec<f32>> =
        (0..2).map(|channel| programme(frames, f64::from(rate), channel).iter().map(|x| gain * x).collect()).collect();
    let path = dir.join("in.wav");
    audio::write(&path, rate, &[&channels[0], &channels[1]], Bits::Float32).expect("write");
    (path, channels)
}

#[test]
fn without_plugins_a_float_render_is_the_song_to_the_bit() {
    let dir = tempdir().expect("tempdir");
    for (rate, frames, block) in [(44_100, 10_000, 1), (48_000, 50_001, 333), (192_000, 20_000, 8192)] {
        let (input, channels) = song(dir.path(), rate, frames, 1.0);
        let output = dir.path().join("out.wav");
        let options = Options { bits: Bits::Float32, keep_tail: true, block, ..Options::default() };
        let mut last = None;
        let report = render(&chain(""), &input, &output, &options, &mut |progress| {
            last = Some(progress);
            true
        })
        .expect("render");
        assert_eq!(audio::read(&output).expect("read").channels, channels);
        assert_eq!((report.frames, report.output_frames), (frames as u64, frames as u64));
        assert_eq!(report.before, report.after);
        assert_eq!((report.sample_rate_hz, report.channels, report.latency_samples), (rate, 2, 0));
        assert_eq!(last, Some(Progress { done: frames as u64, total: Some(frames as u64) }));
    }
}

#[test]
fn output_level_is_the_exact_sample_peak() {
    let dir = tempdir().expect("tempdir");
    // Loud beyond full scale, ordinary, and nearly nothing.
    for gain in [8.0, 1.0, 1.0e-6] {
        let (input, channels) = song(dir.path(), 48_000, 30_000, gain);
        let output = dir.path().join("out.wav");
        let chain = chain("output_level_db = -0.3");
        let options = Options { bits: Bits::Float32, ..Options::default() };
        let report = render(&chain, &input, &output, &options, &mut |_| true).expect("render");
        let rendered = audio::read(&output).expect("read").channels;
        let peak = rendered.iter().flatten().fold(0.0_f32, |peak, x| peak.max(x.abs()));
        let wanted = 10f64.powf(-0.3 / 20.0);
        assert!((f64::from(peak) - wanted).abs() < 1e-7, "gain {gain}: peak {peak}");
        assert!((report.after.sample_peak_dbfs.expect("a peak") + 0.3).abs() < 1e-5);
        // The same gain on every sample: nothing rides the programme.
        let gain_db = report.output_gain_db.expect("a gain");
        let factor = 10f64.powf(gain_db / 20.0);
        for (x, y) in channels.iter().flatten().zip(rendered.iter().flatten()) {
            assert!((f64::from(*x) * factor - f64::from(*y)).abs() < 1e-7);
        }
        // In memory it is the same path.
        let slices: Vec<&[f32]> = channels.iter().map(Vec::as_slice).collect();
        let (memory, stages) = process(&chain, 48_000.0, &slices, &options).expect("process");
        assert_eq!(memory, rendered);
        assert!(stages.is_empty());
    }
}

#[test]
fn silence_stays_silence_whatever_the_level() {
    let dir = tempdir().expect("tempdir");
    let (input, output) = (dir.path().join("in.wav"), dir.path().join("out.wav"));
    audio::write(&input, 48_000, &[&[0.0; 48_000]], Bits::Float32).expect("write");
    let options = Options { bits: Bits::Float32, ..Options::default() };
    let report = render(&chain("output_level_db = -0.3"), &input, &output, &options, &mut |_| true).expect("render");
    assert_eq!(audio::read(&output).expect("read").channels, vec![vec![0.0; 48_000]]);
    assert_eq!((report.output_gain_db, report.after.integrated_lufs), (None, None));
    let json = serde_json::to_value(&report).expect("JSON");
    assert!(json["after"]["integrated_lufs"].is_null() && json["output_gain_db"].is_null());
}

/// A 997 Hz sine at -20 dBFS in both channels reads -20 LUFS + 0 (BS.1770: 0 dBFS in one channel is -3.01 LUFS, both
/// together 0), within the standard's 0.1 LU.
#[test]
fn readings_of_the_report_are_those_of_the_standard() {
    let dir = tempdir().expect("tempdir");
    let (input, output) = (dir.path().join("in.wav"), dir.path().join("out.flac"));
    let sine: Vec<f32> =
        (0..480_000).map(|n| 0.1 * (std::f64::consts::TAU * 997.0 * f64::from(n) / 48_000.0).sin() as f32).collect();
    audio::write(&input, 48_000, &[&sine, &sine], Bits::Float32).expect("write");
    let chain = chain("output_level_db = -6.0");
    let report = render(&chain, &input, &output, &Options::default(), &mut |_| true).expect("render");
    let near =
        |value: Option<f64>, expected: f64, slack: f64| value.is_some_and(|value| (value - expected).abs() < slack);
    assert!(near(report.before.integrated_lufs, -20.0, 0.1), "{:?}", report.before);
    assert!(near(report.after.integrated_lufs, -6.0, 0.1), "{:?}", report.after);
    assert!(near(report.before.rms_dbfs, -23.01, 0.01) && near(report.before.crest_factor_db, 3.01, 0.01));
    assert!(near(report.output_gain_db, 14.0, 0.01));
    assert!(near(report.before.true_peak_dbtp, -20.0, 0.1));
}

#[test]
fn clipped_samples_are_counted_and_float_has_none() {
    let dir = tempdir().expect("tempdir");
    let (input, channels) = song(dir.path(), 48_000, 20_000, 4.0);
    let over = channels.iter().flatten().filter(|x| x.abs() > 1.0001).count() as u64;
    assert!(over > 100);
    let counts = [(Bits::Int16, "a.wav"), (Bits::Int24, "a.flac"), (Bits::Float32, "b.wav")].map(|(bits, name)| {
        let options = Options { bits, ..Options::default() };
        render(&chain(""), &input, &dir.path().join(name), &options, &mut |_| true).expect("render").clipped_samples
    });
    assert!(counts[0] >= over && counts[0] < over + over / 100, "{counts:?} of {over}");
    assert_eq!(counts[2], 0);
    let rendered = audio::read(dir.path().join("a.wav")).expect("read");
    assert!(rendered.channels.iter().flatten().all(|x| x.abs() <= 1.0));
}

#[test]
fn stopping_leaves_nothing_and_keeps_what_was() {
    let dir = tempdir().expect("tempdir");
    let (input, _) = song(dir.path(), 48_000, 50_000, 1.0);
    let output = dir.path().join("out.wav");
    std::fs::write(&output, b"precious").expect("write");
    for text in ["", "output_level_db = -1.0"] {
        // In the first block, in the middle, and in the second pass.
        for stop_at in [1, 30_000, 60_000] {
            let options = Options { is_threaded: stop_at != 30_000, ..Options::default() };
            let result = render(&chain(text), &input, &output, &options, &mut |progress| progress.done < stop_at);
            if stop_at == 60_000 && text.is_empty() {
                // One pass never gets that far: it is complete.
                result.expect("complete");
                std::fs::write(&output, b"precious").expect("write");
                continue;
            }
            assert!(matches!(result, Err(RenderError::Interrupted)));
            assert_eq!(std::fs::read(&output).expect("read"), b"precious");
            let names = std::fs::read_dir(dir.path()).expect("folder").count();
            assert_eq!(names, 2, "nothing half-written");
        }
    }
}

#[test]
fn a_render_does_not_eat_its_song() {
    let dir = tempdir().expect("tempdir");
    let (input, channels) = song(dir.path(), 48_000, 1000, 1.0);
    let roundabout = dir.path().join(".").join("in.wav");
    let error = render(&chain(""), &input, &roundabout, &Options::default(), &mut |_| true).expect_err("must fail");
    assert!(matches!(error, RenderError::SameFile { .. }), "{error}");
    assert_eq!(audio::read(&input).expect("read").channels, channels);
}
