//! The tape itself, at the top rate: from the field to what magnetisation adds to it.

use shared_dsp::glide::Glide;
use shared_dsp::nonlinear::{
    COMPLETION_MEMORY as MEMORY, Hysteresis, Langevin, ResidualPath, StereoFrame, complete_averages,
};
use shared_dsp::scratch::Pool;

use super::settings::TapeSettings;

/// Frames at the top rate at once.
const MOST_FRAMES: usize = ResidualPath::MOST_TOP_FRAMES;

/// What a shaper needs while it works; none of it is memory.
#[derive(Debug)]
struct Scratch {
    /// The field, after the last frame of before.
    field: [f32; 2 + 2 * MOST_FRAMES],
    /// The magnetisation with memory along it.
    magnetisation: [f32; 2 + 2 * MOST_FRAMES],
    /// The last averages before the completion, and room for a chunk behind them.
    averaged: [StereoFrame; MEMORY + MOST_FRAMES],
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            field: [0.0; 2 + 2 * MOST_FRAMES],
            magnetisation: [0.0; 2 + 2 * MOST_FRAMES],
            averaged: [[0.0; 2]; MEMORY + MOST_FRAMES],
        }
    }
}

/// One for each audio thread.
static SCRATCH: Pool<Scratch> = Pool::new();

#[derive(Debug, Clone)]
pub(super) struct Shaper {
    /// Into the field's unit.
    gain: Glide,
    /// Shares of the curve without and with memory.
    curve: Glide,
    memory: Glide,
    hysteresis: Hysteresis,
    last: StereoFrame,
    averaged: [StereoFrame; MEMORY],
    times: usize,
    is_averaged: bool,
}

impl Shaper {
    /// Allocates what all shapers share, once.
    pub(super) fn new() -> Self {
        SCRATCH.prepare();
        Self {
            gain: Glide::new(1.0),
            curve: Glide::new(1.0),
            memory: Glide::new(0.0),
            hysteresis: Hysteresis::default(),
            last: [0.0; 2],
            averaged: [[0.0; 2]; MEMORY],
            times: 1,
            is_averaged: false,
        }
    }

    /// Takes settings at once and clears the memory. Realtime-safe.
    pub(super) fn reset(&mut self, settings: &TapeSettings, times: usize, is_averaged: bool) {
        let blend = settings.blend();
        self.gain.set_now(settings.field_gain());
        self.curve.set_now(blend.curve);
        self.memory.set_now(blend.memory);
        self.hysteresis.reset();
        self.last = [0.0; 2];
        self.averaged = [[0.0; 2]; MEMORY];
        (self.times, self.is_averaged) = (times, is_averaged);
    }

    /// Realtime-safe.
    pub(super) fn update(&mut self, settings: &TapeSettings, length_samples: u32) {
        let blend = settings.blend();
        if self.memory.rests_at(0.0) {
            // New tape.
            self.hysteresis.reset();
        }
        self.gain.glide_to(settings.field_gain(), length_samples);
        self.curve.glide_to(blend.curve, length_samples);
        self.memory.glide_to(blend.memory, length_samples);
    }

    /// Fills `residual` for `input`, both at the top rate and of one length, a whole number of base frames up to the chunk.
    /// `see` is shown the field where it is there to be looked at.
    pub(super) fn process(&mut self, input: &[StereoFrame], residual: &mut [StereoFrame], see: impl FnOnce(&[f32])) {
        SCRATCH.with(|scratch| self.process_in(scratch, input, residual, see));
    }

    fn process_in(
        &mut self,
        scratch: &mut Scratch,
        input: &[StereoFrame],
        residual: &mut [StereoFrame],
        see: impl FnOnce(&[f32]),
    ) {
        let count = input.len();
        let wide = 2 * count;
        let block = 2 * self.times;
        let field = &mut scratch.field[..2 + wide];
        field[..2].copy_from_slice(&self.last);
        let mut gain = self.gain.clone();
        for (to, from) in field[2..].chunks_exact_mut(block).zip(input.as_flattened().chunks_exact(block)) {
            let gain = gain.next_value() as f32;
            to.iter_mut().zip(from).for_each(|(to, from)| *to = from * gain);
        }
        let averaged = &mut scratch.averaged[..MEMORY + count];
        averaged[..MEMORY].copy_from_slice(&self.averaged);
        let shaped = if self.is_averaged { &mut averaged[MEMORY..] } else { &mut *residual };
        let shaped = shaped.as_flattened_mut();
        if self.is_averaged {
            Langevin::average_residuals_along(field, shaped);
        } else {
            Langevin::residuals(&field[2..], shaped);
        }
        // Asked before the glides move on: what ends within the chunk is heard to its end.
        if !(self.memory.rests_at(0.0) && self.curve.rests_at(1.0)) {
            let magnetisation = &mut scratch.magnetisation[..2 + wide];
            self.hysteresis.follow(field, magnetisation);
            self.blend(field, magnetisation, shaped);
        }
        for shaped in shaped.chunks_exact_mut(block) {
            let scale = 1.0 / self.gain.next_value() as f32;
            shaped.iter_mut().for_each(|y| *y *= scale);
        }
        self.last = [field[wide], field[wide + 1]];
        see(&field[2..]);
        if self.is_averaged {
            complete_averages(averaged, residual);
            self.averaged.copy_from_slice(&averaged[count..]);
        }
    }

    /// From the curve's residual to that of both laws: `c (r + m) + 3 h M - m`, `m` the field and `M` the magnetisation,
    /// both averaged as the residual is.
    fn blend(&mut self, field: &[f32], magnetisation: &[f32], shaped: &mut [f32]) {
        let block = 2 * self.times;
        // The frame before is two numbers back.
        let half = if self.is_averaged { 0.5 } else { 0.0 };
        for (n, shaped) in shaped.chunks_exact_mut(block).enumerate() {
            let (curve, memory) = (self.curve.next_value() as f32, self.memory.next_value() as f32);
            let at = n * block;
            let pairs = field[at..].iter().zip(&field[at + 2..]);
            let traces = magnetisation[at..].iter().zip(&magnetisation[at + 2..]);
            for ((y, (h0, h1)), (m0, m1)) in shaped.iter_mut().zip(pairs).zip(traces) {
                let (h, m) = (h1 + half * (h0 - h1), m1 + half * (m0 - m1));
                *y = curve * *y + (3.0 * memory) * m + (curve - 1.0) * h;
            }
        }
    }
}
