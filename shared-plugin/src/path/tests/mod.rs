//! Tests of the path on a processor that does next to nothing.

mod bypass;
mod guard;
mod jobs;
mod last_stage;
mod listening;
#[cfg(target_os = "linux")]
mod taps;
mod whole;

use shared_dsp::delay::DelayLine;
use shared_dsp::{Io, Processor, Quality};

use super::{Controls, Listen, Modes, SoundPath};
use crate::feed::Feed;

/// A gain of -6 dB behind a delay that depends on quality: enough to see what the shell promises of any processor.
struct Halver {
    delay: [DelayLine<f32>; 2],
}

impl Processor for Halver {
    type Settings = f64;
    type Mode = Quality;
    type Reading = ();

    fn prepare(&mut self, _sample_rate_hz: f64, _max_block_frames: usize, _channels: usize) {
        self.delay.iter_mut().for_each(|delay| delay.prepare(100));
    }

    fn reset(&mut self, _settings: &f64, mode: Quality) {
        let latency_samples = self.latency_samples(mode);
        for delay in &mut self.delay {
            delay.start(latency_samples);
        }
    }

    fn update(&mut self, _settings: &f64) {}

    fn process(&mut self, mut io: Io<'_>) {
        self.delay[0].process(io.left);
        io.left.iter_mut().for_each(|x| *x *= 0.5);
        if let Some(right) = &mut io.right {
            self.delay[1].process(right);
            right.iter_mut().for_each(|x| *x *= 0.5);
        }
    }

    fn latency_samples(&self, mode: Quality) -> usize {
        match mode {
            Quality::Off | Quality::Live => 0,
            Quality::Standard => 33,
            Quality::High => 100,
        }
    }

    fn reading(&mut self) {}
}

fn controls() -> Controls<f64> {
    Controls {
        settings: 1.0,
        input_db: 0.0,
        output_db: 0.0,
        is_bypassed: false,
        listen: Listen::Programme,
        is_at_unity: false,
        known_gain_db: 0.0,
    }
}

fn path(modes: Modes<Quality>) -> SoundPath<Halver> {
    let halver = Halver { delay: [DelayLine::new(100), DelayLine::new(100)] };
    let mut path = SoundPath::new(halver, controls(), Feed::new());
    path.prepare(48_000.0, 8192, 2);
    path.reset(&controls(), modes);
    path
}

/// Programme with a level that never repeats: a slow beat under a decaying noise.
fn programme(frames: usize) -> Vec<f32> {
    let mut state = 1_u32;
    (0..frames)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 8) as f32 / 8_388_608.0 - 1.0;
            0.25 * noise * (1.0 + (n as f32 * 0.0003).sin()) + 0.2 * (n as f32 * 0.05).sin()
        })
        .collect()
}

fn run<P: Processor<Settings = f64>>(
    path: &mut SoundPath<P>,
    controls: &Controls<f64>,
    input: &[f32],
    block: usize,
) -> Vec<f32> {
    let (mut left, mut right) = (input.to_vec(), input.to_vec());
    for (left, right) in left.chunks_mut(block).zip(right.chunks_mut(block)) {
        path.process(controls, &mut [left, right], None);
    }
    assert_eq!(left, right);
    left
}

const OFFLINE_HIGH: Modes<Quality> = Modes { playback: Quality::Standard, offline: Quality::High, is_offline: false };
