//! Automation of every continuous parameter: the same in any block, and in real time what it is in a render.

use std::time::Duration;

use testkit::analysis::{first_difference, peak};
use testkit::signals::{Audio, Random, stereo_noise};
use testkit::{Event, Format, Rig};

use crate::support::*;

const RATE_HZ: f64 = 48_000.0;
const PHASES: [&str; 3] = ["Minimum", "Natural", "Linear"];

/// Twelve dynamic bands on every part of the image, of shapes that have a gain and a Q, so that every parameter is heard.
fn everything_on(format: Format, phase: &str, is_offline: bool) -> Rig {
    let shapes = ["Bell", "Low shelf", "High shelf", "Flat top"];
    let channels = ["Stereo", "Left", "Mid", "Right", "Side"];
    let bands: Vec<Band> = (0..12)
        .map(|n| {
            let hz = (80.0 * 1.6_f64.powi(n)).round();
            let n = n as usize;
            let gain_db = [1.0, -2.0, 1.5][n % 3];
            Band { channels: channels[n % 5], ..Band::new(shapes[n % 4], hz, gain_db, 0.8) }
        })
        .collect();
    let mut rig = set(format, phase, &bands, &[("linear_length", "Shortest"), ("mono_below", "90 Hz"), ("mix", "90")]);
    for n in 1..=12 {
        for (name, text) in [("dynamic", "On"), ("threshold", "-45"), ("attack", "3"), ("release", "40")] {
            rig.set(&format!("band{n}_{name}"), text);
        }
    }
    rig.offline(is_offline);
    rig.activate(RATE_HZ, 1024);
    rig
}

/// Noise whose level rises and falls, as thresholds and times want it.
fn bursts(frames: usize) -> Audio {
    let mut audio = stereo_noise(31, -9.0, frames);
    for channel in &mut audio {
        channel.iter_mut().enumerate().filter(|(n, _)| n / 700 % 2 == 1).for_each(|(_, x)| *x *= 0.03);
    }
    audio
}

/// Events of the parameters with these numbers, at frames and to places in their ranges that nobody chose.
fn moves(rig: &mut Rig, numbers: &[usize], each: usize, frames: usize, random: &mut Random) -> Vec<Event> {
    let params = rig.params();
    let mut events = Vec::new();
    for &number in numbers {
        events.extend(
            (0..each).map(|_| rig.event_to_place(1 + random.below(frames - 1), &params[number], random.unit())),
        );
    }
    events
}

/// The numbers of all parameters that a host may automate and that have no steps.
fn continuous(rig: &mut Rig) -> Vec<usize> {
    let params = rig.params();
    (0..params.len()).filter(|&n| params[n].is_automatable && params[n].steps == 0 && !params[n].is_bypass).collect()
}

#[test]
fn every_continuous_parameter_moves_alike_in_any_block() {
    const FRAMES: usize = 4200;
    for phase in PHASES {
        let mut still = everything_on(Format::Clap, phase, true);
        let input = bursts(FRAMES + still.latency());
        let still = still.run(&input);
        let numbers = continuous(&mut everything_on(Format::Clap, phase, true));
        // Twelve bands of frequency, gain, Q, threshold, knee, range, attack and release; both trims, Mix, Gain scale, Mono below.
        assert_eq!(numbers.len(), 12 * 8 + 5, "{numbers:?}");
        let render = |format: Format, numbers: &[usize], block: usize| {
            let mut rig = everything_on(format, phase, true);
            let mut random = Random::new(77 + numbers[0] as u64);
            let events = moves(&mut rig, numbers, 6, FRAMES, &mut random);
            rig.run_with(&input, None, &events, &[block])
        };
        let names: Vec<String> =
            everything_on(Format::Clap, phase, true).params().into_iter().map(|p| p.name).collect();
        for &number in &numbers {
            let name = &names[number];
            let [one, many] = [1, 512].map(|block| render(Format::Clap, &[number], block));
            equal(&one, &many, &format!("{phase}, {name}"));
            assert_ne!(many, still, "{phase}: {name} is not heard");
        }
        for format in Format::ALL {
            let [one, many] = [1, 512].map(|block| render(format, &numbers, block));
            equal(&one, &many, &format!("{phase}, {format:?}, all at once"));
            assert_ne!(many, still, "{phase}: nothing is heard");
        }
    }
}

/// In real time kernels come when they are designed. Once the last of them has faded in, it is the render, to the bit.
#[test]
fn real_time_comes_to_what_a_render_is() {
    const MOVING: usize = 12_000;
    const CHUNK: usize = 9600;
    const MOST_CHUNKS: usize = 40;
    for phase in PHASES {
        for (seed, block) in [(3, 64), (4, 333), (5, 512)] {
            let input = bursts(MOVING + MOST_CHUNKS * CHUNK);
            let part =
                |from: usize, to: usize| -> Audio { input.iter().map(|channel| channel[from..to].to_vec()).collect() };
            let mut rigs = [true, false].map(|is_offline| everything_on(Format::Clap, phase, is_offline));
            let numbers = continuous(&mut rigs[0]);
            let events = moves(&mut rigs[0], &numbers, 3, MOVING, &mut Random::new(seed));
            let moving = rigs.each_mut().map(|rig| rig.run_with(&part(0, MOVING), None, &events, &[block]));
            moving.iter().for_each(|audio| assert!(peak(&audio[0]) > 0.0 && peak(&audio[1]) > 0.0));
            let mut alike = 0;
            for chunk in 0..MOST_CHUNKS {
                let from = MOVING + chunk * CHUNK;
                let [render, live] =
                    rigs.each_mut().map(|rig| rig.run_with(&part(from, from + CHUNK), None, &[], &[block]));
                let is_alike = (0..2).all(|n| first_difference(&render[n], &live[n]).is_none());
                assert!(is_alike || alike == 0, "{phase}, seed {seed}: what had settled differs again");
                alike += usize::from(is_alike);
                if alike == 4 {
                    println!("{phase}, seed {seed}: the same after {} chunks", chunk - 3);
                    break;
                }
                // The worker has its time, as it has in a session.
                std::thread::sleep(Duration::from_millis(40));
            }
            assert_eq!(alike, 4, "{phase}, seed {seed}, blocks of {block}: never the render");
        }
    }
}
