//! Four sections of two channels in step: while the first is at a frame, the second is at the one before it, and so on.

use fearless_simd::{Simd, f64x2, f64x4, mask64x4, prelude::*};

/// Sections in a group.
pub(super) const SECTIONS: usize = 4;
/// Two channels of each.
pub(super) const LANES: usize = 2 * SECTIONS;
/// Steps that a segment takes more than it has frames.
const LAG: usize = SECTIONS - 1;

/// What a section's step takes: see `SvfCoefs::step`.
pub(super) const COEFS: usize = 6;
/// Of a section that does nothing.
pub(super) const WIRE: [f64; COEFS] = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0];

/// Coefficients on a linear ramp, and the memory.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) start: [[f64; LANES]; COEFS],
    pub(super) delta: [[f64; LANES]; COEFS],
    pub(super) target: [[f64; LANES]; COEFS],
    pub(super) state: [[f64; LANES]; 2],
    /// Whether any coefficient differs between start and target.
    pub(super) is_moving: bool,
}

impl Default for Group {
    fn default() -> Self {
        let wire = WIRE.map(|c| [c; LANES]);
        Self { start: wire, delta: [[0.0; LANES]; COEFS], target: wire, state: [[0.0; LANES]; 2], is_moving: false }
    }
}

impl Group {
    /// Begins at the targets, and stays there.
    pub(super) fn rest(&mut self) {
        if self.is_moving {
            self.start = self.target;
            self.delta = [[0.0; LANES]; COEFS];
            self.is_moving = false;
        }
    }

    /// Goes from `now` to `target` in this lane.
    pub(super) fn set(&mut self, lane: usize, now: &[f64; COEFS], target: &[f64; COEFS]) {
        for c in 0..COEFS {
            self.start[c][lane] = now[c];
            self.delta[c][lane] = target[c] - now[c];
            self.target[c][lane] = target[c];
        }
        self.is_moving |= now != target;
    }

    /// Goes to `target` in this lane, from where it [rests](Self::rest).
    pub(super) fn aim(&mut self, lane: usize, target: &[f64; COEFS]) {
        for ((start, delta), (aimed, &target)) in
            self.start.iter().zip(&mut self.delta).zip(self.target.iter_mut().zip(target))
        {
            if aimed[lane] != target {
                delta[lane] = target - start[lane];
                aimed[lane] = target;
                self.is_moving = true;
            }
        }
    }
}

/// Where a segment is on the ramp.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ramp {
    /// Frames since the ramp began.
    pub(super) position: u32,
    pub(super) per_frame: f64,
}

/// Both halves of the eight lanes.
type Pair<S> = [f64x4<S>; 2];

// No closures below: they would be compiled for the oldest processor, and every vector operation in them would be a call.

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

impl<S: Simd> Still<S> {
    #[inline(always)]
    fn new(simd: S, target: &[[f64; LANES]; COEFS]) -> Self {
        let [a, b, c, d, e, f] = target;
        Self([pair(simd, a), pair(simd, b), pair(simd, c), pair(simd, d), pair(simd, e), pair(simd, f)])
    }
}

impl<S: Simd> Coefs<S> for Still<S> {
    #[inline(always)]
    fn at(&self, half: usize) -> [f64x4<S>; COEFS] {
        let [a, b, c, d, e, f] = &self.0;
        [a[half], b[half], c[half], d[half], e[half], f[half]]
    }

    #[inline(always)]
    fn advance(&mut self) {}
}

struct Moving<'a, S: Simd> {
    simd: S,
    start: &'a [[f64; LANES]; COEFS],
    delta: &'a [[f64; LANES]; COEFS],
    /// The frame that each section is at, on the ramp.
    frame: Pair<S>,
    per_frame: f64x4<S>,
}

impl<'a, S: Simd> Moving<'a, S> {
    #[inline(always)]
    fn new(
        simd: S,
        start: &'a [[f64; LANES]; COEFS],
        delta: &'a [[f64; LANES]; COEFS],
        Ramp { position, per_frame }: Ramp,
    ) -> Self {
        let first = f64::from(position) + 1.0;
        let frame = [[first, first, first - 1.0, first - 1.0], [first - 2.0, first - 2.0, first - 3.0, first - 3.0]];
        let frame = [frame[0].simd_into(simd), frame[1].simd_into(simd)];
        Self { simd, start, delta, frame, per_frame: f64x4::splat(simd, per_frame) }
    }
}

impl<S: Simd> Coefs<S> for Moving<'_, S> {
    #[inline(always)]
    fn at(&self, half: usize) -> [f64x4<S>; COEFS] {
        let share = self.frame[half] * self.per_frame;
        let mut coefs = [share; COEFS];
        for (n, coef) in coefs.iter_mut().enumerate() {
            let start = f64x4::from_slice(self.simd, &self.start[n][4 * half..][..4]);
            *coef = f64x4::from_slice(self.simd, &self.delta[n][4 * half..][..4]).mul_add(share, start);
        }
        coefs
    }

    #[inline(always)]
    fn advance(&mut self) {
        self.frame = [self.frame[0] + 1.0, self.frame[1] + 1.0];
    }
}

/// The first 1 to 4 sections, and all but the first 0 to 3: both halves.
const FIRST: [[[i64; 4]; 2]; SECTIONS] =
    [[[-1, -1, 0, 0], [0; 4]], [[-1; 4], [0; 4]], [[-1; 4], [-1, -1, 0, 0]], [[-1; 4], [-1; 4]]];
const LAST: [[[i64; 4]; 2]; SECTIONS] =
    [[[-1; 4], [-1; 4]], [[0, 0, -1, -1], [-1; 4]], [[0; 4], [-1; 4]], [[0; 4], [0, 0, -1, -1]]];

/// Which sections are at a frame of the segment at step `at`.
#[inline(always)]
fn busy<S: Simd>(simd: S, at: usize, frames: usize) -> [mask64x4<S>; 2] {
    let (first, last) = (&FIRST[at.min(LAG)], &LAST[(at + 1).saturating_sub(frames).min(LAG)]);
    let (a, b): (mask64x4<S>, mask64x4<S>) = (first[0].simd_into(simd), last[0].simd_into(simd));
    let (c, d): (mask64x4<S>, mask64x4<S>) = (first[1].simd_into(simd), last[1].simd_into(simd));
    [a & b, c & d]
}

/// The memory of all lanes, and what each put out in the last step.
struct Running<S: Simd> {
    simd: S,
    band: Pair<S>,
    low: Pair<S>,
    y: Pair<S>,
}

impl<S: Simd> Running<S> {
    /// One step of all sections; what the last one put out. With a mask only those in it remember the step.
    #[inline(always)]
    fn step(&mut self, coefs: &impl Coefs<S>, input: [f64; 2], mask: Option<[mask64x4<S>; 2]>) -> [f64; 2] {
        let input: f64x2<S> = input.simd_into(self.simd);
        let ((first, second), (third, _)) = (self.y[0].split(), self.y[1].split());
        let x: Pair<S> = [input.combine(first), second.combine(third)];
        for half in 0..2 {
            let [kept, cross, feed, of_band, of_low, direct] = coefs.at(half);
            let (band, low, x) = (self.band[half], self.low[half], x[half]);
            let over = x - low;
            let new_band = cross.mul_add(over, kept * band);
            let new_low = feed.mul_add(over, cross.mul_add(band, low));
            self.y[half] = direct.mul_add(x, of_band.mul_add(band, of_low * low));
            (self.band[half], self.low[half]) = match mask {
                None => (new_band, new_low),
                Some(mask) => (mask[half].select(new_band, band), mask[half].select(new_low, low)),
            };
        }
        let (_, last) = self.y[1].split();
        [last[0], last[1]]
    }
}

impl Group {
    /// All frames (not none), in place, at rest or on the ramp.
    #[inline(always)]
    pub(super) fn process<S: Simd>(&mut self, simd: S, frames: &mut [[f64; 2]], ramp: Option<Ramp>) {
        // Beside one that moves most stand still.
        match ramp.filter(|_| self.is_moving) {
            None => run(simd, Still::new(simd, &self.target), &mut self.state, frames),
            Some(ramp) => run(simd, Moving::new(simd, &self.start, &self.delta, ramp), &mut self.state, frames),
        }
    }
}

#[inline(always)]
fn run<S: Simd>(simd: S, mut coefs: impl Coefs<S>, [band, low]: &mut [[f64; LANES]; 2], frames: &mut [[f64; 2]]) {
    let mut running = Running { simd, band: pair(simd, band), low: pair(simd, low), y: [f64x4::splat(simd, 0.0); 2] };
    let count = frames.len();
    for (at, &frame) in frames[..LAG.min(count)].iter().enumerate() {
        running.step(&coefs, frame, Some(busy(simd, at, count)));
        coefs.advance();
    }
    for at in LAG..count {
        let out = running.step(&coefs, frames[at], None);
        frames[at - LAG] = out;
        coefs.advance();
    }
    for at in count..count + LAG {
        let out = running.step(&coefs, [0.0; 2], Some(busy(simd, at, count)));
        coefs.advance();
        // A segment may be shorter than the lag.
        if at >= LAG {
            frames[at - LAG] = out;
        }
    }
    for half in 0..2 {
        running.band[half].store_slice(&mut band[4 * half..][..4]);
        running.low[half].store_slice(&mut low[4 * half..][..4]);
    }
}
