//! A value on a straight line, exact at its end.

/// What lies on the straight line between two values.
pub trait Lerp: Copy + PartialEq + std::fmt::Debug {
    /// The point `t` (0..1) of the way from `from` to `to`.
    #[must_use]
    fn lerp(from: &Self, to: &Self, t: f64) -> Self;
}

impl Lerp for f64 {
    #[inline(always)]
    fn lerp(from: &Self, to: &Self, t: f64) -> Self {
        from + (to - from) * t
    }
}

impl<const N: usize> Lerp for [f64; N] {
    fn lerp(from: &Self, to: &Self, t: f64) -> Self {
        std::array::from_fn(|n| f64::lerp(&from[n], &to[n], t))
    }
}

/// 0..1 to 0..1 on a path of which neither slope nor curvature jumps at its ends (Ken Perlin, *Improving Noise*, 2002): for
/// what is heard through a filter that rings at a corner.
#[must_use]
pub fn eased(t: f64) -> f64 {
    t * t * t * (10.0 - t * (15.0 - 6.0 * t))
}

/// Glides to a target over a fixed number of samples. Restarting on the way starts from where it is, so the value never
/// jumps, and the value depends on the sample index only, never on how a block is cut.
///
/// A segment that is computed in one go is decided on before the glide moves on: [`rests_at`](Self::rests_at) and
/// [`remaining_samples`](Self::remaining_samples) tell of the samples to come. Asked afterwards, a glide that ends within the
/// segment looks as if it had never been, and the decision would depend on how the block was cut.
#[derive(Debug, Clone, PartialEq)]
pub struct Glide<T = f64> {
    start: T,
    target: T,
    now: T,
    position_samples: u32,
    length_samples: u32,
}

impl<T: Lerp> Glide<T> {
    /// At rest at `value`.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { start: value, target: value, now: value, position_samples: 0, length_samples: 0 }
    }

    /// Jumps to `value`.
    pub fn set_now(&mut self, value: T) {
        *self = Self::new(value);
    }

    /// Begins to glide to `target` over `length_samples` (0 jumps); keeps gliding undisturbed if that is its target already.
    pub fn glide_to(&mut self, target: T, length_samples: u32) {
        if target == self.target {
            return;
        }
        *self = Self { start: self.now, target, now: self.now, position_samples: 0, length_samples };
        if length_samples == 0 {
            self.set_now(target);
        }
    }

    /// Moves the end of a glide on its way, or the value at rest, without beginning anew: for a correction that is too small to
    /// be heard as a step.
    pub fn correct_target(&mut self, target: T) {
        self.target = target;
        self.advance(0);
    }

    /// Where it is now.
    #[must_use]
    #[inline(always)]
    pub fn value(&self) -> T {
        self.now
    }

    /// The same by reference, for what is large.
    #[must_use]
    #[inline(always)]
    pub fn as_value(&self) -> &T {
        &self.now
    }

    /// Steps one sample on and tells the value there.
    #[inline]
    pub fn next_value(&mut self) -> T {
        if self.position_samples < self.length_samples {
            self.advance(1);
        }
        self.now
    }

    /// Steps `samples` on.
    #[inline]
    pub fn advance(&mut self, samples: u32) {
        self.position_samples = self.length_samples.min(self.position_samples.saturating_add(samples));
        // The target itself at the end: what has arrived is bit-identical to what never moved.
        self.now = if self.position_samples == self.length_samples {
            self.target
        } else {
            T::lerp(&self.start, &self.target, f64::from(self.position_samples) / f64::from(self.length_samples))
        };
    }

    /// Where it is going, or resting.
    #[must_use]
    #[inline(always)]
    pub fn target(&self) -> T {
        self.target
    }

    /// How many samples it still moves; none at rest.
    #[must_use]
    #[inline(always)]
    pub fn remaining_samples(&self) -> u32 {
        self.length_samples - self.position_samples
    }

    /// Whether every sample from here on is exactly `value`, until it is sent elsewhere.
    #[must_use]
    #[inline(always)]
    pub fn rests_at(&self, value: T) -> bool {
        self.is_settled() && self.target == value
    }

    /// Whether it has arrived.
    #[must_use]
    #[inline(always)]
    pub fn is_settled(&self) -> bool {
        self.position_samples == self.length_samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrives_exactly_and_never_jumps() {
        let mut glide = Glide::new(0.3);
        glide.glide_to(1.7, 480);
        let mut last = glide.value();
        for n in 0..480 {
            if n == 200 {
                glide.glide_to(-1.0, 480);
            }
            let next = glide.next_value();
            assert!((next - last).abs() < 2.8 / 480.0, "jump at {n}");
            last = next;
        }
        for _ in 0..200 {
            glide.next_value();
        }
        assert!(glide.is_settled());
        assert_eq!(glide.value(), -1.0);
    }

    #[test]
    fn a_correction_takes_no_longer() {
        let mut glide = Glide::new(0.0);
        glide.glide_to(1.0, 4);
        glide.next_value();
        glide.correct_target(1.004);
        assert_eq!(glide.value(), 0.251);
        let values: Vec<f64> = (0..4).map(|_| glide.next_value()).collect();
        assert_eq!(values, [0.502, 0.753, 1.004, 1.004]);
        glide.correct_target(1.0);
        assert_eq!(glide.value(), 1.0);
    }

    #[test]
    fn tells_how_long_it_moves() {
        let mut glide = Glide::new(1.0);
        assert!(glide.rests_at(1.0) && !glide.rests_at(0.0) && glide.remaining_samples() == 0);
        glide.glide_to(0.0, 3);
        for remaining in [3, 2, 1] {
            assert_eq!(glide.remaining_samples(), remaining);
            assert!(!glide.rests_at(0.0) && !glide.rests_at(1.0), "{remaining} samples to go");
            glide.next_value();
        }
        assert!(glide.rests_at(0.0) && glide.remaining_samples() == 0);
        glide.glide_to(2.0, 0);
        assert!(glide.rests_at(2.0));
    }

    /// On a coarser grid it passes through the same values, whatever the steps.
    #[test]
    fn large_steps_meet_the_small_ones() {
        let mut single = Glide::new(-2.0);
        single.glide_to(5.0, 100);
        let values: Vec<f64> = (0..130).map(|_| single.next_value()).collect();
        for step in [1, 7, 8, 64, 200] {
            let mut coarse = Glide::new(-2.0);
            coarse.glide_to(5.0, 100);
            for at in (step..=130).step_by(step) {
                coarse.advance(step as u32);
                assert_eq!(coarse.value(), values[at - 1], "steps of {step} at {at}");
            }
        }
    }
}
