//! The fall of a gain, by one curve or on the way between several.

use super::attack_shape::AttackShape;
use super::moving_averages::MovingAverages;
use crate::delay::DelayLine;

/// Frames handled at once.
const CHUNK: usize = 64;
/// The part of the look-ahead that [`AttackShape::late`] takes.
const LATE_SHARE: f64 = 0.3;
/// And at least this of it, s, where it is that long.
const LATE_LEAST_S: f64 = 0.000_6;

/// One curve.
#[derive(Debug, Clone)]
struct AttackCurve {
    smooth: MovingAverages,
    /// How much later than it could, samples.
    late: DelayLine<[i64; 2]>,
    is_awake: bool,
}

impl AttackCurve {
    fn new(boxes: usize, max_taps: usize, max_late: usize) -> Self {
        Self { smooth: MovingAverages::new(boxes, max_taps), late: DelayLine::new(max_late), is_awake: false }
    }

    fn select(&mut self, taps: usize, late: usize) {
        self.smooth.select(taps);
        self.late.start(late);
        self.is_awake = false;
    }

    fn process(&mut self, frames: &mut [[i64; 2]]) {
        if self.late.delay_samples() > 0 {
            self.late.process(frames);
        }
        self.smooth.process(frames);
    }
}

/// The last reductions.
#[derive(Debug, Clone)]
struct Recent {
    ring: Vec<[i64; 2]>,
    place: usize,
}

impl Recent {
    fn push(&mut self, frames: &[[i64; 2]]) {
        for frame in frames {
            self.ring[self.place] = *frame;
            self.place = if self.place + 1 == self.ring.len() { 0 } else { self.place + 1 };
        }
    }

    /// Oldest first.
    fn in_order(&self) -> [&[[i64; 2]]; 2] {
        let (newer, older) = self.ring.split_at(self.place);
        [older, newer]
    }
}

/// The curves of an [`AttackShape`], smooth, late and straight, of which those run that have a weight.
#[derive(Debug, Clone)]
pub(super) struct AttackCurves {
    curves: [AttackCurve; 3],
    /// For a curve that begins to count.
    recent: Recent,
    sums: Box<[[i64; 2]; CHUNK]>,
}

impl AttackCurves {
    /// With room for so much look-ahead. Allocates.
    pub(super) fn new(max_look_ahead_samples: usize) -> Self {
        let most = max_look_ahead_samples;
        Self {
            curves: [
                AttackCurve::new(3, most + 1, 0),
                AttackCurve::new(2, most + 1, most),
                AttackCurve::new(1, most + 1, 0),
            ],
            recent: Recent { ring: vec![[0; 2]; most + 1], place: 0 },
            sums: Box::new([[0; 2]; CHUNK]),
        }
    }

    /// The longest look-ahead there is room for.
    pub(super) fn max_look_ahead_samples(&self) -> usize {
        self.recent.ring.len() - 1
    }

    /// Takes another look-ahead within the room there is, and clears the memory.
    pub(super) fn select(&mut self, look_ahead_samples: usize, sample_rate_hz: f64) {
        let look_ahead = look_ahead_samples;
        let short = (LATE_SHARE * look_ahead as f64).max(LATE_LEAST_S * sample_rate_hz);
        let short = (short.round() as usize).clamp(1, look_ahead);
        self.curves[0].select(look_ahead + 1, 0);
        self.curves[1].select(short + 1, look_ahead - short);
        self.curves[2].select(look_ahead + 1, 0);
        self.recent.ring.fill([0; 2]);
        self.recent.place = 0;
    }

    /// From steps to smooth decibels, up to [`CHUNK`] of them; `shapes` are as many, or one for all.
    pub(super) fn smooth(&mut self, steps: &[[i64; 2]], shapes: &[AttackShape], db: &mut [[f64; 2]]) {
        db.fill([0.0; 2]);
        for (which, curve) in self.curves.iter_mut().enumerate() {
            let weight = |shape: &AttackShape| shape.weights()[which];
            if shapes.iter().all(|shape| weight(shape) == 0.0) {
                curve.is_awake = false;
                continue;
            }
            let sums = &mut self.sums[..];
            if !curve.is_awake {
                curve.is_awake = true;
                curve.late.reset();
                curve.smooth.reset();
                for part in self.recent.in_order() {
                    for part in part.chunks(CHUNK) {
                        sums[..part.len()].copy_from_slice(part);
                        curve.process(&mut sums[..part.len()]);
                    }
                }
            }
            let sums = &mut sums[..steps.len()];
            sums.copy_from_slice(steps);
            curve.process(sums);
            let scale = curve.smooth.scale();
            let add = |db: &mut [f64; 2], sum: &[i64; 2], factor: f64| {
                *db = [db[0] + factor * sum[0] as f64, db[1] + factor * sum[1] as f64];
            };
            if let [shape] = shapes {
                let factor = scale * weight(shape);
                db.iter_mut().zip(sums.iter()).for_each(|(db, sum)| add(db, sum, factor));
            } else {
                for ((db, sum), shape) in db.iter_mut().zip(sums.iter()).zip(shapes) {
                    add(db, sum, scale * weight(shape));
                }
            }
        }
        self.recent.push(steps);
    }
}
