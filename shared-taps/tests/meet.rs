//! Stations and readers, in one process and in several.
#![cfg(target_os = "linux")]

mod common;

use std::collections::BTreeSet;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{Here, Killed, MOMENT, child, open_files, place, role, wait_for};
use shared_taps::{Block, Catalogue, Folder, Listener, Offer, Reader, State, Station, Tap, TapId};

#[test]
fn a_tap_is_listed_by_its_names_for_as_long_as_it_lives() {
    let (_outer, folder) = place();
    let (one, two) = (Here::new(&folder, "Twobus Glue"), Here::new(&folder, "Twobus EQ"));
    let mut catalogue = Catalogue::new(folder.clone());
    let mut listed = || -> Vec<(String, String)> {
        // Told by one look, heard by the next.
        for _ in 0..3 {
            one.station.serve();
            two.station.serve();
            catalogue.refresh();
        }
        catalogue.taps().iter().map(|tap| (tap.track.clone(), tap.plugin.clone())).collect()
    };
    let of = |track: &str, plugin: &str| (track.to_owned(), plugin.to_owned());
    assert_eq!(listed(), [of("", "Twobus EQ"), of("", "Twobus Glue")]);
    one.offer.set_track("Drums\n");
    two.offer.set_track("Bus");
    assert_eq!(listed(), [of("Bus", "Twobus EQ"), of("Drums", "Twobus Glue")]);
    let (third, _tap) = one.station.offer("Twobus Tape").expect("an offer");
    assert_ne!(third.id(), one.offer.id());
    assert_eq!(listed().len(), 3);
    drop(third);
    assert_eq!(listed().len(), 2);
}

#[test]
fn a_ring_is_there_only_while_somebody_listens() {
    let (_outer, folder) = place();
    let mut here = Here::new(&folder, "Twobus Glue");
    let mut catalogue = Catalogue::new(folder);
    here.publish(64);
    assert!(!here.tap.is_listened_to());
    for _ in 0..10 {
        let (first, mut reader) = here.listen(&mut catalogue);
        let (second, mut other) = here.listen(&mut catalogue);
        here.publish(200);
        assert!(here.tap.is_listened_to() && here.station.serve());
        let mut block = Block::default();
        for reader in [&mut reader, &mut other] {
            let mut next = 0.0;
            while reader.read(&mut block) {
                for sample in block.input()[0] {
                    assert_eq!(*sample, next);
                    next += 1.0;
                }
            }
            assert_eq!(next, 192.0, "whole blocks");
        }
        drop(first);
        here.station.serve();
        here.publish(64);
        assert!(here.tap.is_listened_to(), "one still listens");
        drop(second);
        assert!(!here.station.serve());
        here.publish(64);
        assert!(!here.tap.is_listened_to());
        here.station.serve();
    }
}

#[test]
fn nothing_is_left_open() {
    let (_outer, folder) = place();
    let run = || {
        let mut here = Here::new(&folder, "Twobus Glue");
        let mut catalogue = Catalogue::new(folder.clone());
        let heard = here.listen(&mut catalogue);
        here.publish(6400);
        drop(heard);
        here.station.serve();
        here.publish(64);
        // And once with a ring on its way.
        let heard = here.listen(&mut catalogue);
        drop((here, heard));
    };
    run();
    // Other tests of this program open files, too.
    let rings = || {
        let maps = std::fs::read_to_string("/proc/self/maps").expect("/proc");
        maps.lines().filter(|line| line.contains("twobus-tap")).count()
    };
    wait_for("as many files and mappings as before", || {
        let before = (open_files(), rings());
        (0..20).for_each(|_| run());
        (open_files() <= before.0 && rings() <= before.1).then_some(())
    });
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "and no file in the folder");
}

#[test]
fn a_station_is_found_again_when_something_tidies() {
    let (_outer, folder) = place();
    let here = Here::new(&folder, "Twobus Glue");
    std::fs::remove_dir_all(folder.path()).expect("removed");
    let mut catalogue = Catalogue::new(folder);
    wait_for("the tap on the list", || {
        here.station.serve();
        (catalogue.refresh().len() == 1).then_some(())
    });
}

/// A value that says whose frame it is, and one that counts.
fn publish(tap: &mut Tap, code: u32, counter: &mut u32, frames: usize) {
    let left: Vec<f32> = (0..frames as u32).map(|n| ((*counter + n) % (1 << 22)) as f32).collect();
    let right = vec![code as f32; frames];
    tap.begin(&MOMENT);
    tap.write([&left, &right], [&right, &left]);
    *counter += frames as u32;
}

/// Plays one tap for ever: the frames hold the instance's number, which is also its plugin's name.
fn play_one(folder: Folder, code: u32) {
    let station = Station::open(folder).expect("a station");
    let (_offer, mut tap) = station.offer(&code.to_string()).expect("an offer");
    let mut counter = 0;
    loop {
        station.serve();
        publish(&mut tap, code, &mut counter, 64);
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A small generator.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

struct Instance {
    _offer: Offer,
    tap: Tap,
    code: u32,
    counter: u32,
}

/// Twenty-five instances on three audio threads, which come, go, move and change tracks, for ever.
fn play_many(folder: Folder, seed: u64) {
    const THREADS: usize = 3;
    let station = Station::open(folder).expect("a station");
    let threads: Vec<Arc<Mutex<Vec<Instance>>>> = (0..THREADS).map(|_| Arc::default()).collect();
    for instances in threads.clone() {
        std::thread::spawn(move || {
            for block in 0_usize.. {
                for instance in instances.lock().expect("no panic").iter_mut() {
                    publish(&mut instance.tap, instance.code, &mut instance.counter, [64, 1, 333, 100][block % 4]);
                }
                std::thread::sleep(Duration::from_micros(500));
            }
        });
    }
    let mut random = Random(seed);
    let mut made = 0;
    loop {
        station.serve();
        let on = |random: &mut Random| threads[random.below(THREADS as u64) as usize].clone();
        let count: usize = threads.iter().map(|instances| instances.lock().expect("no panic").len()).sum();
        if count < 25 {
            let code = (seed as u32 % 1000) * 10_000 + made;
            made += 1;
            let (offer, tap) = station.offer(&code.to_string()).expect("an offer");
            on(&mut random).lock().expect("no panic").push(Instance { _offer: offer, tap, code, counter: 0 });
        } else {
            let taken = {
                let from = on(&mut random);
                let mut from = from.lock().expect("no panic");
                let last = from.len();
                (last > 0).then(|| from.swap_remove(random.below(last as u64) as usize))
            };
            if let Some(instance) = taken {
                match random.below(3) {
                    0 => drop(instance),
                    1 => {
                        instance._offer.set_track(&format!("Track {}", random.below(100)));
                        on(&mut random).lock().expect("no panic").push(instance);
                    }
                    _ => on(&mut random).lock().expect("no panic").push(instance),
                }
            }
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What the test of this name does when it is a child.
fn play_role() -> bool {
    let Some((role, place, seed)) = role() else { return false };
    let folder = Folder::at(&place).expect("the parent's folder");
    match role.as_str() {
        "one" => play_one(folder, seed as u32),
        _ => play_many(folder, seed),
    }
    true
}

#[test]
fn a_killed_writer_is_gone_and_swept() {
    if play_role() {
        return;
    }
    let (_outer, folder) = place();
    let start =
        || Killed(child("a_killed_writer_is_gone_and_swept", "one", folder.path(), 77).spawn().expect("a child"));
    let mut catalogue = Catalogue::new(folder.clone());
    let mut last = None;
    for _ in 0..3 {
        let mut process = start();
        let tap = wait_for("the tap of another process", || catalogue.refresh().first().cloned());
        assert_ne!(Some(tap.id), last, "never the same id");
        last = Some(tap.id);
        let mut listener = catalogue.listen(tap.id).expect("a listener");
        wait_for("the ring", || (listener.poll().expect("a sound ring") == State::Listening).then_some(()));
        let mut reader = listener.reader().expect("a reader");
        let (mut block, mut blocks) = (Block::default(), 0);
        wait_for("audio of another process", || {
            while reader.read(&mut block) {
                assert!(block.input()[1].iter().all(|&x| x == 77.0));
                blocks += 1;
            }
            (blocks > 50).then_some(())
        });
        process.kill();
        wait_for("it is told", || (listener.poll().expect("no fault") == State::Gone).then_some(()));
        // What it had published stays, and there is an end to it.
        assert!((0..10_000).any(|_| !reader.read(&mut block)));
        wait_for("the list is empty and the file swept", || {
            let is_empty = catalogue.refresh().is_empty();
            (is_empty && std::fs::read_dir(folder.path()).expect("the folder").count() == 0).then_some(())
        });
    }
    // A station that opens sweeps, too.
    let mut process = start();
    wait_for("the tap of another process", || (!catalogue.refresh().is_empty()).then_some(()));
    process.kill();
    let here = Here::new(&folder, "Twobus Glue");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 1, "its own");
    drop(here);
}

/// One that is listened to, and what is known of it.
struct Heard {
    id: TapId,
    code: f32,
    listener: Listener,
    reader: Option<Reader>,
    /// The next value of the count, after the first block.
    next: Option<u32>,
    blocks: u64,
}

impl Heard {
    /// Reads all there is: every frame is the instance's own, and none is missing unless the reader says so.
    fn listen(&mut self) -> State {
        let state = self.listener.poll().unwrap_or(State::Gone);
        if self.reader.is_none() {
            self.reader = self.listener.reader();
        }
        let Some(reader) = &mut self.reader else { return state };
        let mut block = Block::default();
        while reader.read(&mut block) {
            let ([count, code], [code_out, count_out]) = (block.input(), block.output());
            assert!(code.iter().chain(code_out).all(|&x| x == self.code), "{}: another's frames", self.code);
            assert_eq!(count, count_out);
            for (n, &x) in count.iter().enumerate() {
                let x = x as u32;
                let is_expected = self.next == Some(x) || (n == 0 && block.is_after_gap);
                assert!(is_expected, "{}: {x} after {:?}, frame {n} of a block", self.code, self.next);
                self.next = Some((x + 1) % (1 << 22));
            }
            self.blocks += 1;
        }
        state
    }
}

#[test]
fn a_hundred_instances_come_and_go_and_are_killed() {
    if play_role() {
        return;
    }
    let (_outer, folder) = place();
    let mut random = Random(5);
    let mut seed = 1;
    let mut start = || {
        seed += 1;
        let test = "a_hundred_instances_come_and_go_and_are_killed";
        Killed(child(test, "many", folder.path(), seed).spawn().expect("a child"))
    };
    let mut processes: Vec<Killed> = (0..4).map(|_| start()).collect();
    let mut catalogue = Catalogue::new(folder.clone());
    wait_for("a hundred instances", || (catalogue.refresh().len() >= 90).then_some(()));
    let (begin, mut killed) = (Instant::now(), Instant::now());
    let (mut heard, mut ids, mut kills): (Vec<Heard>, BTreeSet<TapId>, u32) = (Vec::new(), BTreeSet::new(), 0);
    let (mut blocks, mut gone, mut longest) = (0, 0, Duration::ZERO);
    while begin.elapsed() < Duration::from_secs(12) {
        let look = Instant::now();
        catalogue.refresh();
        ids.extend(catalogue.taps().iter().map(|tap| tap.id));
        while heard.len() < 12 && !catalogue.taps().is_empty() {
            let tap = &catalogue.taps()[random.below(catalogue.taps().len() as u64) as usize];
            if heard.iter().any(|heard| heard.id == tap.id) {
                break;
            }
            // It may have gone since the look.
            let Ok(listener) = catalogue.listen(tap.id) else { break };
            let code = tap.plugin.parse().expect("its number");
            heard.push(Heard { id: tap.id, code, listener, reader: None, next: None, blocks: 0 });
        }
        heard.retain_mut(|heard| {
            let is_there = heard.listen() != State::Gone;
            let stays = is_there && random.below(400) > 0;
            gone += u32::from(!is_there);
            blocks += if stays { 0 } else { heard.blocks };
            stays
        });
        longest = longest.max(look.elapsed());
        if killed.elapsed() > Duration::from_millis(700) {
            killed = Instant::now();
            let at = random.below(processes.len() as u64) as usize;
            processes[at] = start();
            kills += 1;
        }
        std::thread::sleep(Duration::from_millis(3));
    }
    blocks += heard.iter().map(|heard| heard.blocks).sum::<u64>();
    println!(
        "{} instances, {kills} processes killed, {gone} taps gone while heard, {blocks} blocks, longest look {longest:?}",
        ids.len()
    );
    assert!(ids.len() > 200 && kills > 8 && gone > 10 && blocks > 10_000, "the stress did not happen");
    drop((processes, heard));
    wait_for("the list is empty", || catalogue.refresh().is_empty().then_some(()));
    wait_for("all is swept", || {
        catalogue.refresh();
        let names = std::fs::read_dir(folder.path()).expect("the folder").flatten();
        // One that was killed before it was there is swept when it is old.
        (names.filter(|name| !name.file_name().to_string_lossy().starts_with('.')).count() == 0).then_some(())
    });
}
