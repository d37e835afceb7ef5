//! Four sections of two channels in step: while the first is at a frame, the second is at the one before it, and so on.

use fearless_simd::{Simd, f64x2, f64x4, mask64x4, prelude::*};

/// Sections in a group.
pub(super) const SECTIONS: usize = 4;
/// Two channels of each.
pub(super) const LANES: usize = 2 * SECTIONS;
/// Steps that a stretch takes more than it has frames.
const LAG: usize = SECTIONS - 1;

/// What a section's step takes: see `SvfCoefs::step`.
pub(super) const COEFS: usize = 6;
/// Of a section that does nothing.
pub(super) const WIRE: [f64; COEFS] = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0];

/// Coefficients on a straight line, and the memory.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) start: [[f64; LANES]; COEFS],
    pub(super) delta: [[f64; LANES]; COEFS],
    pub(super) target: [[f64; LANES]; COEFS],
    pub(super) state: [[f64; LANES]; 2],
}

impl Default for Group {
    fn default() -> Self {
        let wire = WIRE.map(|c| [c; LANES]);
        Self { start: wire, delta: [[0.0; LANES]; COEFS], target: wire, state: [[0.0; LANES]; 2] }
    }
}

/// Where a stretch is on the line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// Frames since the line began.
    pub(super) position: u32,
    pub(super) per_frame: f64,
}

/// Both halves of the eight lanes.
type Pair<S> = [f64x4<S>; 2];

#[inline(always)]
fn pair<S: Simd>(simd: S, x: &[f64; LANES]) -> Pair<S> {
    [f64x4::from_slice(simd, &x[..4]), f64x4::from_slice(simd, &x[4..])]
}

/// The coefficients of a step.
trait Coefs<S: Simd> {
    fn at(&self, half: usize) -> [f64x4<S>; COEFS];
    fn advance(&mut self);
}

struct Still<S: Simd>([Pair<S>; COEFS]);

impl<S: Simd> Coefs<S> for Still<S> {
    #[inline(always)]
    fn at(&self, half: usize) -> [f64x4<S>; COEFS] {
        self.0.map(|c| c[half])
    }

    #[inline(always)]
    fn advance(&mut self) {}
}

struct Moving<'a, S: Simd> {
    simd: S,
    start: &'a [[f64; LANES]; COEFS],
    delta: &'a [[f64; LANES]; COEFS],
    /// The frame that each section is at, on the line.
    frame: Pair<S>,
    per_frame: f64x4<S>,
}

impl<S: Simd> Coefs<S> for Moving<'_, S> {
    #[inline(always)]
    fn at(&self, half: usize) -> [f64x4<S>; COEFS] {
        let share = self.frame[half] * self.per_frame;
        std::array::from_fn(|n| {
            pair(self.simd, &self.delta[n])[half].mul_add(share, pair(self.simd, &self.start[n])[half])
        })
    }

    #[inline(always)]
    fn advance(&mut self) {
        self.frame = self.frame.map(|frame| frame + 1.0);
    }
}

/// One step of half the lanes: the new memory and the output.
#[inline(always)]
fn step<S: Simd>(
    [kept, cross, feed, of_band, of_low, direct]: [f64x4<S>; COEFS],
    [band, low]: [f64x4<S>; 2],
    x: f64x4<S>,
) -> ([f64x4<S>; 2], f64x4<S>) {
    let over = x - low;
    let new_band = cross.mul_add(over, kept * band);
    let new_low = feed.mul_add(over, cross.mul_add(band, low));
    let y = direct.mul_add(x, of_band.mul_add(band, of_low * low));
    ([new_band, new_low], y)
}

/// Which sections are at a frame of the stretch at step `at`.
#[inline(always)]
fn busy<S: Simd>(simd: S, at: usize, frames: usize) -> [mask64x4<S>; 2] {
    let is_busy = |section: usize| if (section..section + frames).contains(&at) { -1 } else { 0 };
    [0, 2].map(|n| {
        let (first, second) = (is_busy(n), is_busy(n + 1));
        [first, first, second, second].simd_into(simd)
    })
}

impl Group {
    /// All frames (not none), in place, at rest or on the line.
    #[inline(always)]
    pub(super) fn process<S: Simd>(&mut self, simd: S, frames: &mut [[f64; 2]], line: Option<Line>) {
        let Some(Line { position, per_frame }) = line else {
            let coefs = Still(self.target.each_ref().map(|c| pair(simd, c)));
            run(simd, coefs, &mut self.state, frames);
            return;
        };
        let first = f64::from(position) + 1.0;
        let frame = [[first, first, first - 1.0, first - 1.0], [first - 2.0, first - 2.0, first - 3.0, first - 3.0]]
            .map(|frame| frame.simd_into(simd));
        let per_frame = f64x4::splat(simd, per_frame);
        let coefs = Moving { simd, start: &self.start, delta: &self.delta, frame, per_frame };
        run(simd, coefs, &mut self.state, frames);
    }
}

#[inline(always)]
fn run<S: Simd>(simd: S, mut coefs: impl Coefs<S>, memory: &mut [[f64; LANES]; 2], frames: &mut [[f64; 2]]) {
    let mut state = [0, 1].map(|half: usize| memory.each_ref().map(|x| pair(simd, x)[half]));
    // What each section put out in the last step.
    let mut y = [f64x4::splat(simd, 0.0); 2];
    let mut advance = |input: [f64; 2], mask: Option<[mask64x4<S>; 2]>| -> [f64; 2] {
        let input: f64x2<S> = input.simd_into(simd);
        let ((first, second), (third, _)) = (y[0].split(), y[1].split());
        let x = [input.combine(first), second.combine(third)];
        for half in 0..2 {
            let (new, out) = step(coefs.at(half), state[half], x[half]);
            y[half] = out;
            state[half] = match mask {
                None => new,
                Some(mask) => [0, 1].map(|n: usize| mask[half].select(new[n], state[half][n])),
            };
        }
        coefs.advance();
        let (_, last) = y[1].split();
        [last[0], last[1]]
    };
    let count = frames.len();
    let lead = LAG.min(count);
    for (at, &frame) in frames[..lead].iter().enumerate() {
        advance(frame, Some(busy(simd, at, count)));
    }
    for at in LAG..count {
        let out = advance(frames[at], None);
        frames[at - LAG] = out;
    }
    // A stretch shorter than the lag goes through it in steps of its own.
    for at in lead.max(count)..count + LAG {
        let out = advance([0.0; 2], Some(busy(simd, at, count)));
        if at >= LAG {
            frames[at - LAG] = out;
        }
    }
    for (n, memory) in memory.iter_mut().enumerate() {
        state[0][n].store_slice(&mut memory[..4]);
        state[1][n].store_slice(&mut memory[4..]);
    }
}
