//! What a Meter elsewhere in the session can listen to: every plugin's input and output, to the bit.
#![cfg(target_os = "linux")]

use shared_taps::{Block, Mode};
use testkit::signals::{Audio, noise};
use testkit::taps::{Ear, catalogue, on_track, wait_for};
use testkit::{Format, Plugin, Rig};

/// A track that no other test, of this run or another, is on.
fn track(plugin: Plugin, format: Format, what: &str) -> String {
    format!("{what} {format:?} {} {}", plugin.name(), std::process::id())
}

fn stereo(frames: usize) -> Audio {
    vec![noise(1, -12.0, frames), noise(2, -12.0, frames)]
}

/// Both points of what was read, one frame after the other.
fn joined(blocks: &[Block]) -> [Audio; 2] {
    let point = |of: fn(&Block) -> [&[f32]; 2]| -> Audio {
        (0..2).map(|side| blocks.iter().flat_map(|block| of(block)[side].iter().copied()).collect()).collect()
    };
    [point(Block::input), point(Block::output)]
}

fn is_same(tapped: &Audio, audio: &Audio, what: &str) {
    for (side, (tapped, audio)) in tapped.iter().zip(audio).enumerate() {
        // What fills no block is not published yet.
        assert!(tapped.len() <= audio.len() && tapped.len() + 64 > audio.len(), "{what}: {} frames", tapped.len());
        let wrong = tapped.iter().zip(audio).position(|(a, b)| a.to_bits() != b.to_bits());
        assert_eq!(wrong, None, "{what}, side {side}: the first frame that differs");
    }
}

fn a_tap_is_the_audio_to_the_bit(plugin: Plugin, format: Format) {
    let track = track(plugin, format, "exact");
    let mut rig = Rig::open(plugin, format);
    rig.track("another name, first");
    rig.activate(48_000.0, 8192);
    rig.track(&track);
    let mut ear = Ear::on(&track);
    assert_eq!(ear.tap.plugin, plugin.name());
    rig.play_from(123_456);
    let input = stereo(48_000);
    // Trims are the plugin's own: what came in is before them.
    let moves = [(0, "input", "-3"), (20_000, "output", "-2"), (30_001, "bypass", "On")];
    let moves = moves.into_iter().filter(|(_, key, _)| plugin.has(key));
    let events: Vec<_> = moves.map(|(frame, key, text)| rig.event(frame, key, text)).collect();
    let output = rig.run_with(&input, None, &events, &[512, 1, 64, 333, 4096, 7]);
    let blocks = ear.blocks();
    assert_eq!(ear.lost_blocks(), 0);
    let [came_in, went_out] = joined(&blocks);
    is_same(&came_in, &input, "input");
    is_same(&went_out, &output, "output");
    let latency = rig.latency();
    for (number, block) in blocks.iter().enumerate() {
        let (moment, at) = (&block.moment, block.position_frames as i64);
        assert_eq!(moment.transport_sample, Some(123_456 + at), "block {number}");
        assert_eq!((moment.is_playing, moment.mode, moment.channels), (true, Mode::RealTime, 2), "block {number}");
        assert_eq!((moment.sample_rate_hz, moment.latency_samples as usize), (48_000.0, latency), "block {number}");
        assert_eq!(block.is_after_gap, number == 0, "block {number}");
    }
    // In mono, and at another rate, the same ear goes on.
    rig.deactivate();
    rig.layout(1, false);
    rig.activate(96_000.0, 512);
    let input = vec![noise(3, -12.0, 6400)];
    let output = rig.run(&input);
    let blocks = ear.blocks();
    assert!(blocks.iter().all(|block| block.moment.channels == 1 && block.moment.sample_rate_hz == 96_000.0));
    let [came_in, went_out] = joined(&blocks);
    is_same(&came_in, &[input[0].clone(), input[0].clone()].to_vec(), "input in mono");
    is_same(&went_out, &[output[0].clone(), output[0].clone()].to_vec(), "output in mono");
}

fn a_render_is_nobodys_to_listen_to(plugin: Plugin, format: Format) {
    let track = track(plugin, format, "offline");
    let input = stereo(9600);
    let render = |rig: &mut Rig| {
        rig.offline(true);
        rig.activate(48_000.0, 512);
        rig.run(&input)
    };
    let alone = render(&mut Rig::open(plugin, format));
    let mut rig = Rig::open(plugin, format);
    rig.track(&track);
    rig.activate(48_000.0, 512);
    let mut ear = Ear::on(&track);
    rig.run(&stereo(640));
    assert!(!ear.blocks().is_empty(), "in playback it is heard");
    rig.deactivate();
    assert_eq!(render(&mut rig), alone, "listened to, the render is the same");
    assert!(ear.blocks().is_empty(), "and is not heard");
}

fn every_instance_has_an_id_of_its_own(plugin: Plugin, format: Format) {
    let track = track(plugin, format, "twins");
    let mut first = Rig::open(plugin, format);
    first.track(&track);
    first.activate(48_000.0, 512);
    let mut catalogue = catalogue();
    let one = wait_for("the first", || on_track(&mut catalogue, &track).first().cloned());
    let state = first.save();
    let id = one.id.to_string();
    let raw: Vec<u8> =
        (0..id.len() / 2).map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).expect("hex")).collect();
    for kept in [id.as_bytes(), &raw] {
        assert!(!state.windows(kept.len()).any(|bytes| bytes == kept), "the id is in the saved state");
    }
    // A duplicated track.
    let mut second = Rig::open(plugin, format);
    assert!(second.load(&state));
    second.track(&track);
    second.activate(48_000.0, 512);
    let both = wait_for("both", || Some(on_track(&mut catalogue, &track)).filter(|taps| taps.len() == 2));
    assert_ne!(both[0].id, both[1].id);
    // A restart keeps it, the end takes it away.
    first.deactivate();
    first.activate(48_000.0, 512);
    drop(second);
    let left = wait_for("one", || Some(on_track(&mut catalogue, &track)).filter(|taps| taps.len() == 1));
    assert_eq!(left, [one]);
    drop(first);
    wait_for("none", || on_track(&mut catalogue, &track).is_empty().then_some(()));
}

fn what_is_listened_to_in_the_window_is_not_tapped(plugin: Plugin, format: Format) {
    // The switches are reached through our own host's extension.
    if format != Format::Clap {
        return;
    }
    let track = track(plugin, format, "monitoring");
    let run = |switch: Option<&str>| {
        let mut rig = Rig::open(plugin, format);
        rig.track(&format!("{track} {switch:?}"));
        rig.activate(48_000.0, 512);
        let mut ear = Ear::on(&format!("{track} {switch:?}"));
        if let Some(switch) = switch {
            assert!(rig.clap().expect("CLAP").set_monitoring(switch, true));
        }
        let heard = rig.run(&stereo(24_000));
        (heard, joined(&ear.blocks())[1].clone())
    };
    let ids = Rig::open(plugin, format).clap().expect("CLAP").monitoring_ids();
    let (programme, tapped) = run(None);
    is_same(&tapped, &programme, "the programme");
    for switch in ["compare", "delta", "unity_gain"].into_iter().filter(|id| ids.iter().any(|have| have == id)) {
        let (_, tapped) = run(Some(switch));
        is_same(&tapped, &programme, switch);
    }
}

testkit::everywhere!(
    a_tap_is_the_audio_to_the_bit,
    a_render_is_nobodys_to_listen_to,
    every_instance_has_an_id_of_its_own,
    what_is_listened_to_in_the_window_is_not_tapped
);
