//! A linear ramp, exact at its end.

/// Glides to a target over a fixed number of samples. Restarting on the way starts from where it is, so the value never
/// jumps, and the value depends on the sample index only, never on how a block is cut.
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

    /// Where it is going.
    #[must_use]
    pub fn target(&self) -> f64 {
        self.target
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
}
