//! Songs in memory: any rate, mono on both sides, and what is missing named.

use std::path::Path;

use shared_audio::{AudioError, Song, SongError};
use testkit::analysis::{db, rms};
use testkit::signals::sine;

/// A WAV file of 32-bit floats.
fn write(path: &Path, sample_rate_hz: u32, channels: &[&[f32]]) {
    let width = 4 * channels.len() as u32;
    let data: Vec<u8> = (0..channels[0].len())
        .flat_map(|n| channels.iter().flat_map(move |channel| channel[n].to_le_bytes()))
        .collect();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x03\0");
    bytes.extend((channels.len() as u16).to_le_bytes());
    bytes.extend(sample_rate_hz.to_le_bytes());
    bytes.extend((sample_rate_hz * width).to_le_bytes());
    bytes.extend((width as u16).to_le_bytes());
    bytes.extend(b"\x20\0data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    std::fs::write(path, bytes).expect("a file");
}

#[test]
fn a_song_comes_at_the_rate_that_is_asked_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("song.wav");
    let (left, right) = (sine(44_100.0, 1000.0, -6.0, 88_200), sine(44_100.0, 3000.0, -12.0, 88_200));
    write(&path, 44_100, &[&left, &right]);
    for rate in [44_100, 48_000, 96_000] {
        let song = Song::load(&path, rate, &mut || true).expect("a song");
        assert_eq!((song.sample_rate_hz, song.spec.sample_rate_hz), (rate, 44_100));
        assert!((song.duration_s() - 2.0).abs() < 1e-4, "{rate} Hz: {} s", song.duration_s());
        for (channel, expected_db) in [(0, -9.01), (1, -15.01)] {
            let inner: Vec<f32> =
                song.frames[rate as usize / 2..rate as usize * 3 / 2].iter().map(|f| f[channel]).collect();
            assert!((db(rms(&inner)) - expected_db).abs() < 0.01, "{rate} Hz, channel {channel}");
        }
        let peaks = song.peaks(100);
        assert!(peaks.len() == 100 && peaks[10..90].iter().all(|peak| (peak - 0.5012).abs() < 0.002), "{peaks:?}");
    }
    write(&path, 48_000, &[&left]);
    let mono = Song::load(&path, 48_000, &mut || true).expect("a song");
    assert!(mono.frames.iter().zip(&left).all(|(frame, &x)| *frame == [x, x]), "mono stands on both sides, to the bit");
}

#[test]
fn what_is_not_there_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let missing = dir.path().join("gone.flac");
    let error = Song::load(&missing, 48_000, &mut || true).expect_err("missing");
    assert!(error.to_string().contains("gone.flac"), "{error}");
    assert!(matches!(error, SongError::Audio(AudioError::Read { .. })), "{error:?}");
    let path = dir.path().join("song.wav");
    write(&path, 48_000, &[&[0.1; 20_000]]);
    let stopped = Song::load(&path, 48_000, &mut || false).expect_err("stopped");
    assert!(matches!(stopped, SongError::Stopped { .. }), "{stopped:?}");
    // Sixteen minutes of silence.
    write(&path, 8_000, &[&vec![0.0; 16 * 60 * 8_000]]);
    let long = Song::load(&path, 8_000, &mut || true).expect_err("too long");
    assert!(matches!(long, SongError::TooLong { .. }) && long.to_string().contains("900"), "{long}");
}
