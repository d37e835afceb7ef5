//! A and B at the processor: what a window orders is heard, matched and aligned, without a click; a render knows nothing of it.

use super::ab::step;
use meter::ab::{Desk, Heard, LoopRange, Saved, SavedFile, SavedSource, Side, SourceId};
use meter::processor::{Meter, MeterSettings};
use shared_dsp::{Io, Processor};
use std::path::Path;
use std::time::{Duration, Instant};
use testkit::analysis::{db, loudness_lufs, rms};
use testkit::signals::{Audio, gain, noise, programme, write_wav};

const RATE_HZ: f64 = 48_000.0;

/// A Meter and the window's half of its A/B, in step.
struct Pair {
    meter: Meter,
    desk: Desk,
    song: Audio,
    at: usize,
    out: Vec<[f32; 2]>,
}

impl Pair {
    fn new(saved: &Saved, song: Audio) -> Self {
        let (mut meter, mut desk) = (Meter::default(), Desk::default());
        meter.prepare(RATE_HZ, 8192, 2);
        meter.reset(&MeterSettings::default(), ());
        desk.load(saved);
        let mut pair = Self { meter, desk, song, at: 0, out: Vec::new() };
        let start = Instant::now();
        while pair.desk.items().iter().any(|item| item.detail.contains("being read")) {
            pair.picture(0.0);
            assert!(start.elapsed() < Duration::from_secs(30), "still reading");
            std::thread::sleep(Duration::from_millis(2));
        }
        pair.picture(0.0);
        pair
    }

    fn picture(&mut self, elapsed_s: f64) {
        let reading = self.meter.reading();
        self.desk.update(reading.ab.as_ref(), reading.comparison.as_ref(), RATE_HZ, elapsed_s, (true, false));
    }

    /// Plays on, as the shell would: in segments of 64 frames, and a picture every 20 ms.
    fn play(&mut self, seconds: f64, settings: &MeterSettings) {
        self.meter.update(settings);
        let segments = (seconds * RATE_HZ / 64.0) as usize;
        for segment in 0..segments {
            let range = self.at..self.at + 64;
            let (mut left, mut right) = (self.song[0][range.clone()].to_vec(), self.song[1][range].to_vec());
            self.meter.process(Io { left: &mut left, right: Some(&mut right), sidechain: None });
            self.meter.finish(Io { left: &mut left, right: Some(&mut right), sidechain: None });
            self.out.extend(left.iter().zip(&right).map(|(&l, &r)| [l, r]));
            self.at += 64;
            if segment % 15 == 0 {
                self.picture(0.02);
            }
        }
    }

    /// Waits for an alignment that is being looked for.
    fn wait(&mut self) {
        let start = Instant::now();
        while self.desk.is_aligning() {
            self.picture(0.0);
            assert!(start.elapsed() < Duration::from_secs(30), "still looking");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn last(&self, seconds: f64) -> Vec<f32> {
        let frames = &self.out[self.out.len() - (seconds * RATE_HZ) as usize..];
        frames.iter().map(|frame| frame[0]).collect()
    }
}

fn hearing(heard: Heard) -> MeterSettings {
    MeterSettings { heard, ..MeterSettings::default() }
}

fn song(seconds: f64) -> Audio {
    programme(RATE_HZ, 4.0, (seconds * RATE_HZ) as usize)
}

/// The song `delay` frames later, times a gain.
fn version(song: &Audio, delay: usize, gain: f64) -> Audio {
    let late = |x: &Vec<f32>| -> Vec<f32> {
        let quiet = std::iter::repeat_n(0.0, delay);
        quiet.chain(x.iter().map(|x| (gain * f64::from(*x)) as f32)).take(x.len()).collect()
    };
    song.iter().map(late).collect()
}

fn with_file(path: &Path) -> Saved {
    let path = path.to_string_lossy().into_owned();
    Saved { b: SavedSource::File(path.clone()), files: vec![SavedFile { path, loop_s: None }], ..Saved::default() }
}

#[test]
fn a_file_is_matched_aligned_and_nulled() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("quieter.wav");
    let song = song(26.0);
    write_wav(&path, &version(&song, 777, -gain(-5.3)), RATE_HZ as u32).expect("a file");
    let mut pair = Pair::new(&with_file(&path), song);
    // The transport starts, and the file with it.
    pair.meter.set_transport(false, None);
    pair.meter.set_transport(true, None);
    pair.play(10.0, &hearing(Heard::Programme));
    assert!(pair.out.iter().zip(pair.song[0].iter().zip(&pair.song[1])).all(|(out, (&l, &r))| *out == [l, r]));
    pair.wait();
    let matched = pair.desk.matched().expect("a match");
    assert!(matched.delay_samples == Some(777.0) && matched.is_inverted && matched.confidence > 0.9, "{matched:?}");
    pair.play(5.0, &hearing(Heard::Programme));
    let lufs = |pair: &Pair| loudness_lufs(&vec![pair.last(1.8); 2], RATE_HZ);
    pair.play(2.0, &hearing(Heard::A));
    let a = lufs(&pair);
    let level = db(rms(&pair.last(1.8)));
    pair.play(2.0, &hearing(Heard::B));
    let b = db(rms(&pair.last(1.8)));
    pair.play(2.0, &hearing(Heard::Delta));
    let left = db(rms(&pair.last(1.8)));
    let difference = pair.desk.difference_lu().expect("measured");
    println!("A {level:.2}, B {b:.2} dBFS, {a:.2} LUFS; {difference:.3} LU for 5.3; {left:.1} dBFS are left");
    assert!((difference - 5.3).abs() <= 0.1, "{difference} LU");
    assert!(left - level < -90.0, "{left} dBFS are left of {level}");
    // A render knows nothing of it.
    let at = pair.out.len();
    pair.play(1.0, &MeterSettings { is_offline: true, ..hearing(Heard::B) });
    assert!((at..pair.out.len()).all(|n| pair.out[n] == [pair.song[0][n], pair.song[1][n]]), "in a render");
}

#[test]
fn another_source_a_range_a_swap_and_a_start_do_not_click() {
    let folder = tempfile::tempdir().expect("a folder");
    let tone = |phase: f64| -> Audio {
        let wave = |n: usize| (0.4 * (std::f64::consts::TAU * 440.0 / RATE_HZ * n as f64 + phase).sin()) as f32;
        vec![(0..12 * 48_000).map(wave).collect(); 2]
    };
    let paths = [0.7, 2.5].map(|phase| {
        let path = folder.path().join(format!("{phase}.wav"));
        write_wav(&path, &tone(phase), RATE_HZ as u32).expect("a file");
        path
    });
    let mut saved = with_file(&paths[0]);
    saved.files.push(SavedFile { path: paths[1].to_string_lossy().into_owned(), loop_s: None });
    saved.is_frozen = true;
    let mut pair = Pair::new(&saved, tone(0.0));
    pair.play(1.0, &hearing(Heard::B));
    let settled = step(&pair.out[24_000..]);
    let begun = pair.out.len();
    pair.desk.choose(Side::B, SourceId::File(paths[1].clone()));
    pair.play(0.5, &hearing(Heard::B));
    pair.desk.set_range(&paths[1], Some(LoopRange { from_s: 3.0003, to_s: 4.0 }));
    pair.play(0.5, &hearing(Heard::B));
    pair.desk.swap();
    pair.play(0.5, &hearing(Heard::B));
    pair.meter.set_transport(false, None);
    pair.meter.set_transport(true, None);
    pair.play(0.5, &hearing(Heard::A));
    let most = step(&pair.out[begun..]);
    // The tone's own, and a fade of 240 frames between two of 0.4, of which two may fall together.
    assert!(most <= settled + 2.0 * 2.0 * 0.8 / 240.0, "a step of {most}, {settled} is the tone's");
    let changes = pair.out[begun..].windows(2).filter(|two| two[0] != two[1]).count();
    assert!(changes > 90_000, "something was heard");
}

#[test]
fn what_is_saved_comes_back_and_what_is_no_session_is_refused() {
    let mut desk = Desk::default();
    assert_eq!(desk.saved().write(), "", "nothing was set");
    desk.add(Side::B, "/nowhere/gone.flac".into()).expect("room");
    desk.set_range(Path::new("/nowhere/gone.flac"), Some(LoopRange { from_s: 1.5, to_s: 9.25 }));
    desk.set_frozen(true);
    let text = desk.saved().write();
    let saved = Saved::read(&text).expect("its own");
    let mut other = Desk::default();
    other.load(&saved);
    assert_eq!(other.saved(), desk.saved());
    assert_eq!(other.source(Side::B), &SourceId::File("/nowhere/gone.flac".into()));
    let start = Instant::now();
    let why = loop {
        other.update(None, None, RATE_HZ, 0.0, (true, false));
        if let Some(why) = other.item(other.source(Side::B)).problem {
            break why;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "nobody says that it is missing");
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(why.contains("gone.flac"), "{why}");
    assert_eq!(Saved::read(""), Some(Saved::default()), "an older session");
    for text in ["{]", "{\"a\":7}", "{\"files\":[{}]}"] {
        assert_eq!(Saved::read(text), None, "{text}");
    }
    // What cannot be is left out.
    let file = |n: u32| format!("{{\"path\":\"/{n}\",\"loop_s\":[5,1]}}");
    let files = (0..12).map(file).collect::<Vec<_>>().join(",");
    let hostile = format!("{{\"a\":{{\"file\":\"/99\"}},\"files\":[{{\"path\":\"\"}},{files}]}}");
    let read = Saved::read(&hostile).expect("a session");
    assert_eq!((read.files.len(), read.files[0].loop_s, read.a), (8, None, SavedSource::Programme));
}

#[test]
fn a_file_is_where_the_song_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("earlier.wav");
    let length = 6 * 48_000;
    let file: Audio = vec![noise(1, -20.0, length), noise(2, -20.0, length)];
    write_wav(&path, &file, RATE_HZ as u32).expect("a file");
    // A silent programme: nothing is matched, so that the file is heard as it is.
    let mut pair = Pair::new(&with_file(&path), vec![vec![0.0; 40 * 48_000]; 2]);
    let check = |pair: &mut Pair, transport: Option<i64>, first: usize, what: &str| {
        pair.meter.set_transport(true, transport);
        let begun = pair.out.len();
        pair.play(0.25, &hearing(Heard::B));
        // Behind the fades.
        for n in 2_000..10_000 {
            let at = (first + n) % length;
            assert_eq!(pair.out[begun + n], [file[0][at], file[1][at]], "{what}, frame {n}");
        }
        pair.out.len() - begun
    };
    let played = check(&mut pair, Some(96_000), 96_000, "from the middle of the song");
    let next = 96_000 + played;
    check(&mut pair, Some(next as i64 + 1), next, "a host that rounds has not jumped");
    check(&mut pair, Some(10_000), 10_000, "a jump");
    check(&mut pair, Some(length as i64 + 777), 777, "behind its end it begins again");
    pair.meter.set_transport(false, None);
    pair.play(0.1, &hearing(Heard::B));
    check(&mut pair, None, 0, "a host that does not say where it is starts");
    pair.meter.set_transport(true, Some(5 * 48_000));
    pair.desk.set_range(&path, Some(LoopRange { from_s: 1.0, to_s: 3.0 }));
    pair.play(0.1, &hearing(Heard::B));
    check(&mut pair, Some(5 * 48_000 + 12_000), 48_000 + 12_000, "a loop of two seconds");
}
