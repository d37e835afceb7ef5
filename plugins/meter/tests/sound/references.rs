//! Reference files without a host: read beside everything else, missing ones named, ranges looped without a click.

use super::ab::step;
use meter::ab::{LoopRange, MOST_REFERENCES, Player, ReferenceState, References};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const RATE_HZ: u32 = 48_000;

/// A WAV file of 16 bits, stereo: a tone of 440 Hz.
fn write_tone(path: &Path, seconds: f64) {
    let frames = (seconds * f64::from(RATE_HZ)) as u32;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + 4 * frames).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    bytes.extend(RATE_HZ.to_le_bytes());
    bytes.extend((4 * RATE_HZ).to_le_bytes());
    bytes.extend(b"\x04\0\x10\0data");
    bytes.extend((4 * frames).to_le_bytes());
    for n in 0..frames {
        let x = (16_000.0 * (std::f64::consts::TAU * 440.0 * f64::from(n) / f64::from(RATE_HZ)).sin()) as i16;
        bytes.extend([x.to_le_bytes(), x.to_le_bytes()].concat());
    }
    std::fs::write(path, bytes).expect("a file");
}

fn wait(references: &mut References) {
    let start = Instant::now();
    let is_loading = |references: &References| {
        references.list().iter().any(|reference| matches!(reference.state(), ReferenceState::Loading))
    };
    while is_loading(references) {
        references.poll();
        assert!(start.elapsed() < Duration::from_secs(30), "still reading");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn song(references: &References, index: usize) -> Arc<shared_audio::Song> {
    match references.list()[index].state() {
        ReferenceState::Ready(song) => Arc::clone(song),
        state => panic!("{state:?}"),
    }
}

#[test]
fn eight_files_are_read_and_missing_ones_are_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut references = References::new(RATE_HZ);
    for n in 0..MOST_REFERENCES - 1 {
        let path = dir.path().join(format!("{n}.wav"));
        write_tone(&path, 0.5);
        assert_eq!(references.add(&path), Ok(n));
        assert_eq!(references.add(&path), Ok(n), "once is enough");
    }
    let gone = dir.path().join("gone.wav");
    assert_eq!(references.add(&gone), Ok(MOST_REFERENCES - 1));
    let full = references.add(dir.path().join("ninth.wav")).expect_err("full");
    assert!(full.to_string().starts_with("8 reference files"), "{full}");
    wait(&mut references);
    assert!((0..MOST_REFERENCES - 1).all(|n| song(&references, n).frames.len() == 24_000));
    let ReferenceState::Missing(why) = references.list()[MOST_REFERENCES - 1].state() else {
        panic!("it is not there")
    };
    assert!(why.contains("gone.wav"), "{why}");
    // It comes back.
    write_tone(&gone, 0.25);
    references.read_again(MOST_REFERENCES - 1);
    wait(&mut references);
    assert_eq!(song(&references, MOST_REFERENCES - 1).frames.len(), 12_000);
    // At another rate all are as long as they were.
    references.set_sample_rate_hz(96_000);
    wait(&mut references);
    assert_eq!(song(&references, 0).frames.len(), 48_000);
    references.remove(0);
    assert_eq!(references.list().len(), MOST_REFERENCES - 1);
    assert!(references.list()[0].path().ends_with("1.wav"));
}

#[test]
fn a_range_is_looped_without_a_click_whatever_the_block() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("tone.wav");
    write_tone(&path, 2.0);
    let mut references = References::new(RATE_HZ);
    references.add(&path).expect("room");
    wait(&mut references);
    let song = song(&references, 0);
    let play = |range, block: usize| {
        let mut player = Player::default();
        let mut out = vec![[1.0; 2]; 100];
        player.fill(&mut out);
        assert!(out == [[0.0; 2]; 100], "silence without a song");
        assert!(player.set_song(Some(Arc::clone(&song)), range).is_none());
        let mut out = vec![[0.0; 2]; 5 * RATE_HZ as usize];
        out.chunks_mut(block).for_each(|block| player.fill(block));
        out
    };
    // A tone cut anywhere: its end and beginning do not fit.
    let range = Some(LoopRange { from_s: 0.5003, to_s: 1.2009 });
    let out = play(range, 512);
    let (from, length) = (24_014, 57_643 - 24_014);
    assert!(out[..length - 240] == song.frames[from..from + length - 240], "the range, to the bit but for its seam");
    assert!(out[length..2 * length - 240] == out[..length - 240], "over and over");
    // The tone's own, and a fade over 240 samples between two of half of full scale.
    assert!(step(&out) <= step(&song.frames) + 2.0 * 0.49 / 240.0, "a step of {} at the seam", step(&out));
    for block in [1, 7, 4096] {
        assert!(play(range, block) == out, "blocks of {block}");
    }
    // The whole song; and a range that is none.
    let whole = play(None, 512);
    assert!(whole[..95_000] == song.frames[..95_000] && whole[96_000..180_000] == whole[..84_000]);
    for (from_s, to_s) in [(1.0, 1.0), (1.5, 0.5), (9.0, 10.0), (f64::NAN, f64::NAN)] {
        assert!(play(Some(LoopRange { from_s, to_s }), 512) == whole, "{from_s} to {to_s} s");
    }
    // A song given back.
    let mut player = Player::default();
    let _ = player.set_song(Some(Arc::clone(&song)), None);
    let old = player.set_song(None, None).expect("what it had");
    assert!(Arc::ptr_eq(&old, &song));
}
