//! The clip as a residual shaper: both channels at once, linked or not, left and right or mid and side.

use fearless_simd::{Level, Simd, dispatch};

use super::clip_curve::{ClipCurve, LANES_MULTIPLE};
use super::residual::{Shaped, StereoFrame};
use crate::math::reaches;

/// The most frames shaped at once.
const CHUNK_FRAMES: usize = 1024;
/// Numbers of the two frames that an average reaches back.
const HISTORY: usize = 4;
/// Numbers that are shaped if any of them needs it; a multiple of [`LANES_MULTIPLE`].
const PIECE: usize = 4 * LANES_MULTIPLE;
const LINE_SAMPLES: usize = HISTORY + 2 * CHUNK_FRAMES + LANES_MULTIPLE;

/// What a clip does with its two channels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClipSettings {
    /// The curve, in linear amplitude at the shaper's input.
    pub curve: ClipCurve,
    /// How far a channel follows the one that is clipped more, 0..1: at 1 both are reduced by the greater ratio of output
    /// to input, at 0 each goes its own way.
    pub link: f32,
    /// 0 clips left and right, 1 mid and side (half sum and half difference); between them the two are mixed.
    pub mid_side: f32,
}

/// Shapes stereo frames by a [`ClipCurve`] and answers with the residual, for
/// [`ResidualPath::process`](super::ResidualPath::process).
#[derive(Debug, Clone)]
pub struct Clip {
    level: Level,
    antialiased: bool,
    /// The input behind its history.
    line: Vec<f32>,
    encoded: Vec<f32>,
    shaped: Vec<f32>,
    shaped_encoded: Vec<f32>,
}

impl Default for Clip {
    fn default() -> Self {
        Self::new()
    }
}

impl Clip {
    /// At rest, antialiased. Allocates all that it will ever need.
    #[must_use]
    pub fn new() -> Self {
        let zeros = || vec![0.0; LINE_SAMPLES];
        Self {
            level: Level::new(),
            antialiased: true,
            line: zeros(),
            encoded: zeros(),
            shaped: zeros(),
            shaped_encoded: zeros(),
        }
    }

    /// Antialiases to second order, or not at all, and clears the memory. Realtime-safe.
    pub fn select(&mut self, antialiased: bool) {
        self.antialiased = antialiased;
        self.reset();
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.line[..HISTORY].fill(0.0);
    }

    /// How much later than its input the residual comes: one sample if antialiased, else none.
    #[must_use]
    pub fn delay_samples(&self) -> usize {
        usize::from(self.antialiased)
    }

    /// Writes the residual of `input` into `residual`; the shorter of the two rules. Any block split gives the same
    /// numbers. Realtime-safe.
    pub fn shape(&mut self, settings: &ClipSettings, input: &[StereoFrame], residual: &mut [StereoFrame]) -> Shaped {
        let mut shaped = Shaped::Nothing;
        for (input, residual) in input.chunks(CHUNK_FRAMES).zip(residual.chunks_mut(CHUNK_FRAMES)) {
            let frames = input.len().min(residual.len());
            if self.chunk(settings, &input[..frames], &mut residual[..frames]) == Shaped::Residual {
                shaped = Shaped::Residual;
            }
        }
        shaped
    }

    fn chunk(&mut self, settings: &ClipSettings, input: &[StereoFrame], residual: &mut [StereoFrame]) -> Shaped {
        let input = input.as_flattened();
        let end = HISTORY + input.len();
        self.line[HISTORY..end].copy_from_slice(input);
        // Mid and side reach no further than the larger of left and right.
        let shaped = if reaches(&self.line[..end], settings.curve.knee_start() as f32) {
            dispatch!(self.level, simd => self.run(simd, settings, residual.as_flattened_mut()));
            Shaped::Residual
        } else {
            residual.as_flattened_mut().fill(0.0);
            Shaped::Nothing
        };
        self.line.copy_within(end - HISTORY..end, 0);
        shaped
    }

    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, settings: &ClipSettings, residual: &mut [f32]) {
        let count = residual.len();
        let end = HISTORY + count;
        if settings.mid_side <= 0.0 && count.is_multiple_of(LANES_MULTIPLE) {
            // Nothing lies beyond the end, and nothing is mixed: there is no need of a row between.
            shape_pair(simd, self.antialiased, settings, &self.line, residual, count);
            return;
        }
        if settings.mid_side < 1.0 {
            shape_pair(simd, self.antialiased, settings, &self.line, &mut self.shaped, count);
        }
        if settings.mid_side > 0.0 {
            for (to, from) in pairs_mut(&mut self.encoded[..end]).zip(pairs(&self.line[..end])) {
                *to = [0.5 * (from[0] + from[1]), 0.5 * (from[0] - from[1])];
            }
            shape_pair(simd, self.antialiased, settings, &self.encoded, &mut self.shaped_encoded, count);
            let decoded = pairs(&self.shaped_encoded[..count]).map(|[mid, side]| [mid + side, mid - side]);
            if settings.mid_side < 1.0 {
                for (to, from) in pairs_mut(&mut self.shaped[..count]).zip(decoded) {
                    for channel in 0..2 {
                        to[channel] += settings.mid_side * (from[channel] - to[channel]);
                    }
                }
            } else {
                pairs_mut(&mut self.shaped[..count]).zip(decoded).for_each(|(to, from)| *to = from);
            }
        }
        residual.copy_from_slice(&self.shaped[..count]);
    }
}

fn pairs(flat: &[f32]) -> impl Iterator<Item = &[f32; 2]> {
    flat.as_chunks::<2>().0.iter()
}

fn pairs_mut(flat: &mut [f32]) -> impl Iterator<Item = &mut [f32; 2]> {
    flat.as_chunks_mut::<2>().0.iter_mut()
}

/// One pair of channels: `x` begins two frames before `out`, of which `count` numbers are wanted.
#[inline(always)]
fn shape_pair<S: Simd>(simd: S, antialiased: bool, settings: &ClipSettings, x: &[f32], out: &mut [f32], count: usize) {
    // Whole vectors; what lies beyond the end is made of old numbers and thrown away.
    let whole = count.next_multiple_of(LANES_MULTIPLE);
    if antialiased {
        let knee_start = settings.curve.knee_start() as f32;
        for (place, out) in out[..whole].chunks_mut(PIECE).enumerate() {
            let x = &x[place * PIECE..place * PIECE + HISTORY + out.len()];
            if reaches(x, knee_start) {
                settings.curve.shape_averaged(simd, x, out);
            } else {
                out.fill(0.0);
            }
        }
    } else {
        settings.curve.shape(simd, &x[HISTORY..HISTORY + whole], &mut out[..whole]);
    }
    if settings.link > 0.0 {
        link(settings.link, antialiased, x, &mut out[..count]);
    }
}

/// Reduces each channel by the other's ratio as far as that is the greater one.
///
/// The ratio is taken against the largest of the three samples that the residual is a mean over, which never vanishes
/// before the residual does.
#[inline(always)]
fn link(amount: f32, antialiased: bool, x: &[f32], residual: &mut [f32]) {
    for (n, residual) in pairs_mut(residual).enumerate() {
        let at = |frames_later: usize| [x[2 * (n + frames_later)], x[2 * (n + frames_later) + 1]];
        let (now, largest) = if antialiased {
            let [x0, x1, x2] = [at(0), at(1), at(2)];
            (x1, [0, 1].map(|ch| x0[ch].abs().max(x1[ch].abs()).max(x2[ch].abs())))
        } else {
            (at(2), at(2).map(f32::abs))
        };
        let ratio = [0, 1].map(|ch: usize| (residual[ch].abs() / largest[ch].max(f32::MIN_POSITIVE)).min(1.0));
        for ch in 0..2 {
            let missing = (ratio[1 - ch] - ratio[ch]).max(0.0);
            residual[ch] -= amount * missing * now[ch];
        }
    }
}
