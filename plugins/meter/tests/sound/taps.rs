//! Another plugin's sound as A or B: evenly, whatever the two hosts' threads do, matched and aligned as any other source.

use super::ab::step;
use meter::ab::{Desk, Heard, Saved, SavedPoint, SavedSource, SavedTap, Side, SourceId, SourceItem, TapPlayer};
use meter::processor::{Meter, MeterSettings};
use shared_dsp::{Io, Processor};
use shared_taps::{Catalogue, Folder, Listener, Mode, Moment, Offer, Point, State, Station, Tap, TapId};
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::analysis::{db, rms};
use testkit::signals::{Audio, gain, programme};

const RATE_HZ: f64 = 48_000.0;

fn moment(sample_rate_hz: f64) -> Moment {
    Moment {
        sample_rate_hz,
        channels: 2,
        transport_sample: None,
        is_playing: true,
        mode: Mode::RealTime,
        latency_samples: 0,
    }
}

/// Another plugin: offers a tap, in this folder and on this track.
struct Other {
    station: Arc<Station>,
    offer: Offer,
    tap: Tap,
}

impl Other {
    fn new(folder: &Folder, track: &str) -> Self {
        let station = Station::open(folder.clone()).expect("a station");
        let (offer, tap) = station.offer("Twobus Glue").expect("an offer");
        offer.set_track(track);
        Self { station, offer, tap }
    }

    /// Publishes frames, the output at half the level.
    fn publish(&mut self, frames: &[[f32; 2]], rate_hz: f64) {
        self.tap.begin(&moment(rate_hz));
        let side =
            |gain: f32, channel: usize| -> Vec<f32> { frames.iter().map(|frame| gain * frame[channel]).collect() };
        let (input, output) = ([0, 1].map(|channel| side(1.0, channel)), [0, 1].map(|channel| side(0.5, channel)));
        self.tap.write([&input[0], &input[1]], [&output[0], &output[1]]);
    }
}

/// Another plugin in a folder of its own, and a player of its input.
struct Played {
    other: Other,
    player: TapPlayer,
    /// Frames that were published, each other than all before it.
    written: u32,
    heard: Vec<[f32; 2]>,
    jumps: u32,
    _keeps: (tempfile::TempDir, Listener),
}

fn number(n: u32) -> [f32; 2] {
    [n as f32, -(n as f32)]
}

impl Played {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let private = Folder::at(&folder.path().join("taps")).expect("private");
        let mut other = Other::new(&private, "");
        let mut catalogue = Catalogue::new(private);
        catalogue.refresh();
        other.station.serve();
        catalogue.refresh();
        let mut listener = catalogue.listen(other.offer.id()).expect("a listener");
        other.station.serve();
        assert_eq!(listener.poll().expect("a ring"), State::Listening);
        other.tap.begin(&moment(RATE_HZ));
        let player = TapPlayer::new(listener.reader().expect("a reader"), Point::Input, RATE_HZ);
        Self { other, player, written: 0, heard: Vec::new(), jumps: 0, _keeps: (folder, listener) }
    }

    fn publish(&mut self, frames: usize, rate_hz: f64) {
        let frames: Vec<_> = (0..frames as u32).map(|n| number(self.written + n)).collect();
        self.written += frames.len() as u32;
        self.other.publish(&frames, rate_hz);
    }

    fn hear(&mut self, frames: usize) {
        let mut out = vec![[0.0; 2]; frames];
        for out in out.chunks_mut(64) {
            self.player.fill(out);
            self.jumps += u32::from(self.player.take_jump());
        }
        self.heard.extend(out);
    }

    /// By how much what was heard last lies behind what was published; `None` unless it is all of one piece.
    fn lag(&self, last: usize) -> Option<u32> {
        let heard = &self.heard[self.heard.len() - last..];
        let first = heard[0][0] as u32;
        let is_whole = heard.iter().enumerate().all(|(n, frame)| *frame == number(first + n as u32));
        is_whole.then(|| self.written - (first + last as u32))
    }
}

#[test]
fn a_tap_plays_on_evenly_whoever_of_the_two_comes_first() {
    for (block, least_even) in [(64, 40_000), (1, 40_000), (480, 40_000), (333, 40_000), (2048, 30_000), (8192, 1)] {
        let mut played = Played::new();
        let mut random = 1_u32;
        for _ in 0..(2 * 48_000) / block {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Two threads: now the one is first, now the other.
            if random >> 31 == 0 {
                played.publish(block, RATE_HZ);
                played.hear(block);
            } else {
                played.hear(block);
                played.publish(block, RATE_HZ);
            }
        }
        let lag = played.lag(least_even).unwrap_or_else(|| panic!("blocks of {block}: not even"));
        println!("blocks of {block}: {lag} frames behind, {} times out of its time", played.jumps);
        assert!(lag as usize <= 4 * block + 1024, "blocks of {block}: {lag} frames behind");
        assert!((1..=9).contains(&played.jumps), "blocks of {block}: {} jumps", played.jumps);
    }
}

#[test]
fn whoever_stops_is_silent_and_comes_back_and_says_so() {
    let mut played = Played::new();
    let run = |played: &mut Played, cycles: usize, publishes: bool| {
        for _ in 0..cycles {
            if publishes {
                played.publish(512, RATE_HZ);
            }
            played.hear(512);
        }
    };
    run(&mut played, 100, true);
    let (lag, jumps) = (played.lag(10_000).expect("even"), played.jumps);
    run(&mut played, 100, false);
    assert!(played.heard[played.heard.len() - 10_000..].iter().all(|frame| frame[0].abs() < 1e-3), "silence");
    run(&mut played, 100, true);
    assert_eq!(played.lag(10_000), Some(lag), "no later than before");
    assert_eq!(played.jumps, jumps + 1, "what was known of the delay is void");
    // This Meter stands still while the other goes on: it is not left behind for good, and says so.
    (0..60).for_each(|_| played.publish(512, RATE_HZ));
    run(&mut played, 300, true);
    assert_eq!((played.lag(10_000), played.jumps), (Some(lag), jumps + 2));
    // Longer than the ring lasts.
    (0..400).for_each(|_| played.publish(512, RATE_HZ));
    run(&mut played, 300, true);
    assert_eq!(played.lag(10_000), Some(lag));
    assert!(played.jumps > jumps + 2);
    assert_eq!(played.player.rate_hz(), RATE_HZ);
    // At another rate it is no sound of this session's.
    (0..100).for_each(|_| {
        played.publish(512, 44_100.0);
        played.hear(512);
    });
    assert_eq!(played.player.rate_hz(), 44_100.0);
    assert!(played.heard[played.heard.len() - 10_000..].iter().all(|frame| *frame == [0.0; 2]), "silence");
}

#[test]
fn a_break_is_no_click() {
    let mut played = Played::new();
    let tone = |from: usize| -> Vec<[f32; 2]> {
        (from..from + 512).map(|n| [(0.5 * (0.03 * n as f64).sin()) as f32; 2]).collect()
    };
    for cycle in 0..200_usize {
        // It is not there every now and then.
        if cycle % 50 < 45 {
            played.other.publish(&tone(cycle * 512), RATE_HZ);
        }
        played.hear(512);
    }
    let most = step(&played.heard);
    // The tone's own step, and a fade of 240 frames from as much to as much.
    assert!(most < 0.5 * 0.03 + 6.0 * 0.5 / 240.0 + 1.0 / 240.0, "a step of {most}");
    assert!(rms(&played.heard.iter().map(|frame| frame[0]).collect::<Vec<_>>()) > 0.2, "something was heard");
}

/// A Meter, its window's half, and another plugin in front of it: what that publishes comes to the Meter later, and quieter.
struct Session {
    other: Other,
    meter: Meter,
    desk: Desk,
    song: Audio,
    /// What the plugins between the two do.
    delay: usize,
    gain: f64,
    at: usize,
    out: Vec<[f32; 2]>,
}

fn track(what: &str) -> String {
    format!("{what} {}", std::process::id())
}

impl Session {
    fn new(track: &str, saved: &Saved, (delay, gain): (usize, f64)) -> Self {
        let (mut meter, mut desk) = (Meter::default(), Desk::default());
        meter.prepare(RATE_HZ, 8192, 2);
        meter.reset(&MeterSettings::default(), ());
        desk.load(saved);
        let other = Other::new(&Folder::of_user().expect("a folder"), track);
        let song = programme(RATE_HZ, 4.0, 30 * 48_000);
        Self { other, meter, desk, song, delay, gain, at: 0, out: Vec::new() }
    }

    fn picture(&mut self, elapsed_s: f64) {
        self.other.station.serve();
        let reading = self.meter.reading();
        self.desk.update(reading.ab.as_ref(), reading.comparison.as_ref(), RATE_HZ, elapsed_s, (true, false));
    }

    fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !holds(self) {
            assert!(start.elapsed() < Duration::from_secs(30), "{what}: not within 30 s");
            self.play(0.02, Heard::Programme);
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn play(&mut self, seconds: f64, heard: Heard) {
        self.meter.update(&MeterSettings { heard, ..MeterSettings::default() });
        let length = self.song[0].len();
        for block in 0..(seconds * RATE_HZ / 480.0).ceil() as usize {
            let at = |n: usize| (self.at + n) % length;
            let frames: Vec<[f32; 2]> =
                (0..480).map(|n| [0, 1].map(|channel: usize| self.song[channel][at(n)])).collect();
            self.other.publish(&frames, RATE_HZ);
            let late = |channel: usize, n: usize| {
                (self.gain * f64::from(self.song[channel][at(n + length - self.delay)])) as f32
            };
            let mut sides = [0, 1].map(|channel| (0..480).map(|n| late(channel, n)).collect::<Vec<_>>());
            let [left, right] = &mut sides;
            for (left, right) in left.chunks_mut(64).zip(right.chunks_mut(64)) {
                self.meter.process(Io { left, right: Some(&mut *right), sidechain: None });
                self.meter.finish(Io { left, right: Some(&mut *right), sidechain: None });
                self.out.extend(left.iter().zip(right.iter()).map(|(&l, &r)| [l, r]));
            }
            self.at = at(480);
            if block % 2 == 0 {
                self.picture(0.02);
            }
        }
    }

    fn last_db(&self, seconds: f64) -> f64 {
        let frames = &self.out[self.out.len() - (seconds * RATE_HZ) as usize..];
        db(rms(&frames.iter().map(|frame| frame[0]).collect::<Vec<_>>()))
    }
}

fn saved(track: &str, point: SavedPoint) -> Saved {
    let tap = SavedTap { plugin: "Twobus Glue".to_owned(), track: track.to_owned(), point };
    Saved { b: SavedSource::Tap(tap), ..Saved::default() }
}

#[test]
fn a_tap_is_matched_aligned_and_nulled() {
    let track = track("matched");
    let mut session = Session::new(&track, &saved(&track, SavedPoint::Input), (1234, -gain(-7.4)));
    session.until("the match", |session| session.desk.matched().is_some_and(|found| found.confidence >= 0.9));
    let matched = session.desk.matched().expect("a match");
    assert!(matched.is_inverted && matched.delay_samples.is_some_and(|delay| delay.fract() == 0.0), "{matched:?}");
    session.play(5.0, Heard::Programme);
    // The same second of the song, three times.
    let place = session.at;
    let [level, other, left] = [Heard::A, Heard::B, Heard::Delta].map(|heard| {
        session.at = place;
        session.play(1.0, heard);
        session.last_db(0.9)
    });
    let difference = session.desk.difference_lu().expect("measured");
    println!("{matched:?}; {difference:.3} LU for -7.4; A {level:.2}, B {other:.2} dBFS, {left:.1} dBFS are left");
    assert!((difference + 7.4).abs() <= 0.1, "{difference} LU");
    assert!((level - other).abs() <= 0.1, "A {level}, B {other} dBFS");
    assert!(left - level <= -90.0, "{left} dBFS are left of {level}");
    // It goes on where the other plugin was away for a second: the delay is found anew, the loudness is kept.
    for _ in 0..100 {
        let [left, right] = &mut [[0.0; 480]; 2];
        session.meter.process(Io { left, right: Some(right), sidechain: None });
        session.meter.finish(Io { left, right: Some(right), sidechain: None });
    }
    session.play(0.5, Heard::Programme);
    assert_eq!(session.desk.matched(), None);
    session.until("the match", |session| session.desk.matched().is_some_and(|found| found.confidence >= 0.9));
    session.play(1.0, Heard::Delta);
    assert!(session.last_db(0.9) - level <= -90.0, "{} dBFS are left of {level}", session.last_db(0.9));
}

#[test]
fn a_tap_is_listed_by_its_names_and_found_again_by_them() {
    let here = track("listed");
    let mut session = Session::new(&here, &Saved::default(), (0, 1.0));
    let find = |session: &Session, name: &str| session.desk.items().into_iter().find(|item| item.name == name);
    let [input, output] = ["input", "output"].map(|point| format!("{here} · Glue · {point}"));
    session.until("the list", |session| find(session, &input).is_some());
    let item = find(&session, &output).expect("its output");
    assert_eq!((item.detail.as_str(), &item.problem), ("what goes out of that plugin", &None));
    session.desk.choose(Side::B, item.id);
    session.until("its sound", |session| session.desk.item(session.desk.source(Side::B)).detail.ends_with(", 48 kHz"));
    session.play(0.5, Heard::B);
    session.play(0.5, Heard::B);
    let text = session.desk.saved().write();
    assert!(
        text.contains(&format!("{{\"tap\":{{\"plugin\":\"Twobus Glue\",\"track\":\"{here}\",\"point\":\"output\"}}}}")),
        "{text}"
    );
    assert_eq!(Saved::read(&text), Some(session.desk.saved()));
    // A track that is named anew is the same; the session has the new name.
    let renamed = track("renamed");
    session.other.offer.set_track(&renamed);
    session.until("the new name", |session| session.desk.saved().write().contains(&renamed));
    let name = |session: &Session| session.desk.item(session.desk.source(Side::B)).name;
    assert_eq!(name(&session), format!("{renamed} · Glue · output"));
    // Away, it is named, and silent; it is found again when it comes back.
    let problem = |session: &Session| session.desk.item(session.desk.source(Side::B)).problem;
    session.other = Other::new(&Folder::of_user().expect("a folder"), "elsewhere");
    session.until("the report", |session| problem(session) == Some(format!("{renamed} · Glue · output is not there")));
    session.other = Other::new(&Folder::of_user().expect("a folder"), &renamed);
    session.until("its return", |session| problem(session).is_none());
    session.until("its sound", |session| session.desk.item(session.desk.source(Side::B)).detail.ends_with(", 48 kHz"));
    // Of two of one name a session does not say which it was, and a person chooses.
    let saved = session.desk.saved();
    let twin = Other::new(&Folder::of_user().expect("a folder"), &renamed);
    session.desk.close();
    session.desk.load(&saved);
    session.until("the question", |session| {
        twin.station.serve();
        problem(session) == Some(format!("{renamed} · Glue · output: there are several, choose one"))
    });
    let second = find(&session, &format!("{renamed} · Glue 2 · output")).expect("the other of the two");
    session.desk.choose(Side::B, second.id.clone());
    session.play(0.5, Heard::Programme);
    assert_eq!((name(&session), problem(&session)), (second.name, None));
    // A Meter is no other plugin to itself.
    let chosen = session.desk.source(Side::B).clone();
    let is_chosen = |id: TapId| matches!(&chosen, SourceId::Tap(tap) if tap.id == Some(id));
    let all = [session.other.offer.id(), twin.offer.id()];
    let own = all.into_iter().find(|id| !is_chosen(*id)).expect("two of them");
    session.desk.set_own(Some(own));
    let has_own = |item: &SourceItem| matches!(&item.id, SourceId::Tap(tap) if tap.id == Some(own));
    assert!(!session.desk.items().iter().any(has_own));
}
