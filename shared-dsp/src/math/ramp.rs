//! A linear ramp, exact at its end.

/// Glides to a target over a fixed number of samples. Restarting on the way starts from where it is, so the value never
/// jumps, and the value depends on the sample index only, never on how a block is cut.
///
/// A stretch that is computed in one go is decided on before the ramp moves on: [`rests_at`](Self::rests_at) and
/// [`left_samples`](Self::left_samples) tell of the samples to come. Asked afterwards, a glide that ends within the stretch
/// looks as if it had never been, and the decision would depend on how the block was cut.
#[derive(Debug, Clone)]
pub struct Ramp {
    start: f64,
    target: f64,
    length_samples: u32,
    position_samples: u32,
}

impl Ramp {
    /// A ramp at rest at `value`.
    #[must_use]
    pub fn new(value: f64) -> Self {
        Self { start: value, target: value, length_samples: 0, position_samples: 0 }
    }

    /// Jumps to `value`.
    pub fn set_now(&mut self, value: f64) {
        *self = Self::new(value);
    }

    /// Begins to glide to `target` over `length_samples`; keeps gliding undisturbed if that is its target already.
    pub fn glide_to(&mut self, target: f64, length_samples: u32) {
        if target == self.target {
            return;
        }
        self.start = self.value();
        self.target = target;
        self.length_samples = length_samples;
        self.position_samples = 0;
    }

    /// Moves the end of a glide on its way, or the value at rest, without beginning anew: for a correction that is too small to
    /// be heard as a step.
    pub fn correct_target(&mut self, target: f64) {
        self.target = target;
    }

    /// Where it is now.
    #[must_use]
    pub fn value(&self) -> f64 {
        if self.position_samples >= self.length_samples {
            self.target
        } else {
            let t = f64::from(self.position_samples) / f64::from(self.length_samples);
            self.start + (self.target - self.start) * t
        }
    }

    /// Steps one sample on and tells the value there.
    pub fn next_value(&mut self) -> f64 {
        self.position_samples = self.length_samples.min(self.position_samples.saturating_add(1));
        self.value()
    }

    /// Steps `samples` on.
    pub fn advance(&mut self, samples: u32) {
        self.position_samples = self.length_samples.min(self.position_samples.saturating_add(samples));
    }

    /// Where it is going.
    #[must_use]
    pub fn target(&self) -> f64 {
        self.target
    }

    /// How many samples it still moves; none at rest.
    #[must_use]
    pub fn left_samples(&self) -> u32 {
        self.length_samples.saturating_sub(self.position_samples)
    }

    /// Whether every sample from here on is exactly `value`, until it is sent elsewhere.
    #[must_use]
    pub fn rests_at(&self, value: f64) -> bool {
        self.is_settled() && self.target == value
    }

    /// Whether it has arrived.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.position_samples >= self.length_samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrives_exactly_and_never_jumps() {
        let mut ramp = Ramp::new(0.3);
        ramp.glide_to(1.7, 480);
        let mut last = ramp.value();
        for n in 0..480 {
            if n == 200 {
                ramp.glide_to(-1.0, 480);
            }
            let next = ramp.next_value();
            assert!((next - last).abs() < 2.8 / 480.0, "jump at {n}");
            last = next;
        }
        for _ in 0..200 {
            ramp.next_value();
        }
        assert!(ramp.is_settled());
        assert_eq!(ramp.value(), -1.0);
    }

    #[test]
    fn a_correction_takes_no_longer() {
        let mut ramp = Ramp::new(0.0);
        ramp.glide_to(1.0, 4);
        ramp.next_value();
        ramp.correct_target(1.004);
        let values: Vec<f64> = (0..4).map(|_| ramp.next_value()).collect();
        assert_eq!(values, [0.502, 0.753, 1.004, 1.004]);
    }

    #[test]
    fn many_steps_are_single_ones() {
        for steps in [0, 1, 3, 4, 5, 1000] {
            let mut ramp = Ramp::new(0.0);
            ramp.glide_to(1.0, 4);
            let mut other = ramp.clone();
            (0..steps).for_each(|_| _ = ramp.next_value());
            other.advance(steps);
            assert_eq!(ramp.value().to_bits(), other.value().to_bits(), "{steps}");
            assert_eq!(ramp.is_settled(), other.is_settled());
        }
    }

    #[test]
    fn tells_how_long_it_moves() {
        let mut ramp = Ramp::new(1.0);
        assert!(ramp.rests_at(1.0) && !ramp.rests_at(0.0) && ramp.left_samples() == 0);
        ramp.glide_to(0.0, 3);
        for left in [3, 2, 1] {
            assert_eq!(ramp.left_samples(), left);
            assert!(!ramp.rests_at(0.0) && !ramp.rests_at(1.0), "{left} samples to go");
            ramp.next_value();
        }
        assert!(ramp.rests_at(0.0) && ramp.left_samples() == 0);
    }
}
