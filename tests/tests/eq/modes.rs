//! Switches of what latency depends on: Phase, and the length of Linear.

use std::time::Duration;

use testkit::analysis::{peak, roughness, tone_peak};
use testkit::signals::{Audio, sine, stereo_noise};
use testkit::{Event, Format, Rig};

use crate::support::*;

const RATE_HZ: f64 = 48_000.0;
const MODES: [[&str; 2]; 4] =
    [["Minimum", "Shortest"], ["Natural", "Shortest"], ["Linear", "Shortest"], ["Linear", "Short"]];

fn in_mode(format: Format, [phase, length]: [&str; 2]) -> Rig {
    let bands = [
        Band::new("Bell", 300.0, 5.0, 1.0),
        Band::new("High shelf", 5000.0, -4.0, 0.71),
        Band { channels: "Mid", ..Band::new("Low shelf", 150.0, 3.0, 0.71) },
    ];
    let mut rig = set(format, phase, &bands, &[("linear_length", length)]);
    rig.offline(false);
    rig.activate(RATE_HZ, 1024);
    rig
}

/// Runs in pieces with a pause after each: the worker has its time, as it has in a session.
fn live(rig: &mut Rig, input: &Audio, events: &[Event]) -> Audio {
    const PIECE: usize = 1200;
    let mut output: Audio = vec![Vec::new(); input.len()];
    for from in (0..input[0].len()).step_by(PIECE) {
        let to = (from + PIECE).min(input[0].len());
        let piece = input.iter().map(|channel| channel[from..to].to_vec()).collect();
        let due = events.iter().filter(|event| (from..to).contains(&event.frame));
        let due: Vec<_> = due.map(|event| Event { frame: event.frame - from, ..*event }).collect();
        for (all, new) in output.iter_mut().zip(rig.run_with(&piece, None, &due, &[512])) {
            all.extend(new);
        }
        std::thread::sleep(Duration::from_millis(4));
    }
    output
}

/// Through VST3 the sound changes while it runs. Latency changes with it, so the sound is gone for a moment; it goes and comes
/// without a corner, and comes back as an instance sounds that has had this mode from the start.
#[test]
fn a_switch_of_the_mode_does_not_click() {
    const SOUNDS: usize = 6000;
    let (at, end) = (12_000, 24_000);
    let input: Audio = vec![sine(RATE_HZ, 110.0, -20.0, end + 9600), sine(RATE_HZ, 87.0, -23.0, end + 9600)];
    for from in MODES {
        for to in MODES.into_iter().filter(|&to| to != from) {
            let mut rig = in_mode(Format::Vst3, from);
            let events = [rig.event(at + 70, "phase", to[0]), rig.event(at + 70, "linear_length", to[1])];
            let output = live(&mut rig, &input, &events);
            assert_eq!(rig.latency(), in_mode(Format::Vst3, to).latency(), "{from:?} to {to:?}");
            let meant = in_mode(Format::Vst3, to).run(&input);
            for (n, channel) in output.iter().enumerate() {
                let still = roughness(&channel[SOUNDS..at]).max(roughness(&channel[end..]));
                let moved = roughness(&channel[at..end]);
                let most = peak(&channel[SOUNDS..]);
                println!("{from:?} to {to:?}, channel {n}: {moved:.1e}, {still:.1e} is usual, peak {most:.2}");
                // A step of a thousandth of the wave would be more.
                assert!(
                    moved <= 3.0 * still + 1e-3 * most,
                    "{from:?} to {to:?}: {moved:e}, {still:e} is usual, peak {most}"
                );
                // It is gone for no longer than the latency and the fades, and the same again.
                let hz = [110.0, 87.0][n];
                let [found, meant] = [&channel[end..], &meant[n][end..]].map(|x| tone_peak(x, RATE_HZ, hz));
                assert!((found / meant - 1.0).abs() < 1e-4, "{from:?} to {to:?}: {found} for {meant}");
            }
        }
    }
}

/// CLAP lets latency change in a restart only: until the host does it, the sound goes on as it was.
#[test]
fn until_the_restart_a_switch_of_the_mode_changes_nothing() {
    let input = stereo_noise(9, -12.0, 12_000);
    for from in MODES {
        for to in MODES.into_iter().filter(|&to| to != from) {
            let mut rig = in_mode(Format::Clap, from);
            let mut meant = in_mode(Format::Clap, from);
            equal(&rig.run(&input), &meant.run(&input), "before");
            rig.set("phase", to[0]);
            rig.set("linear_length", to[1]);
            equal(&rig.run(&input), &meant.run(&input), &format!("{from:?} to {to:?}"));
            assert!(rig.follow_latency(RATE_HZ), "{from:?} to {to:?}: no restart is asked for");
            let mut fresh = in_mode(Format::Clap, to);
            assert_eq!(rig.latency(), fresh.latency(), "{from:?} to {to:?}");
            equal(&rig.run(&input), &fresh.run(&input), &format!("{from:?} to {to:?}, after the restart"));
        }
    }
}
