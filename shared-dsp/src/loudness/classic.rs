//! The needle of a VU meter and the scales of the K-System.

use std::f64::consts::PI;

/// Natural frequency in rad/s and damping of the needle: 99 % of a step after 300 ms, and 1.25 % of overshoot, in the
/// middle of the 1 to 1.5 % that IEC 60268-17 (1990) asks for.
const OMEGA: f64 = 13.5;
const ZETA: f64 = 0.813;
/// What makes the mean magnitude of a sine its peak.
const SINE_PEAK: f64 = PI / 2.0;

/// The needle over the rectified mean of a channel, stepped once a sub-block: the exact answer of the mechanism to an
/// input that stands still for so long.
#[derive(Debug, Clone)]
pub struct VuNeedle {
    /// Position and speed after one step, each from [distance to the input, speed].
    step: [[f64; 2]; 2],
    position: f64,
    speed: f64,
}

impl VuNeedle {
    /// A needle at rest that is stepped every `period_s` seconds.
    #[must_use]
    pub fn new(period_s: f64) -> Self {
        let decay = (-ZETA * OMEGA * period_s).exp();
        let ringing = OMEGA * (1.0 - ZETA * ZETA).sqrt();
        let (sin, cos) = (ringing * period_s).sin_cos();
        let sigma = ZETA * OMEGA / ringing;
        Self {
            step: [
                [decay * (cos + sigma * sin), decay * sin / ringing],
                [-decay * sin * OMEGA * OMEGA / ringing, decay * (cos - sigma * sin)],
            ],
            position: 0.0,
            speed: 0.0,
        }
    }

    /// At rest again.
    pub fn reset(&mut self) {
        (self.position, self.speed) = (0.0, 0.0);
    }

    /// Takes the mean magnitude of the next period, 1 at full scale.
    pub fn step(&mut self, mean_magnitude: f64) {
        let state = [self.position - mean_magnitude, self.speed];
        let row = |row: usize| self.step[row][0] * state[0] + self.step[row][1] * state[1];
        (self.position, self.speed) = (mean_magnitude + row(0), row(1));
        // After a minute of silence there is nothing left but ever smaller numbers.
        if self.position.abs() < 1e-30 {
            self.reset();
        }
    }

    /// Where the needle stands, as the peak level in dBFS of the sine that would hold it there. The VU scale's zero is
    /// wherever the studio puts it: subtract -18 dBFS (EBU) or -20 dBFS (SMPTE).
    #[must_use]
    pub fn sine_dbfs(&self) -> f64 {
        crate::math::gain_to_db(self.position * SINE_PEAK)
    }
}

/// A scale of the K-System (Bob Katz, *An Integrated Approach to Metering, Monitoring, and Levelling Practices*, 2000),
/// by the headroom over its zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KScale {
    /// 20 dB of headroom: wide dynamics, film.
    K20,
    /// 14 dB of headroom: music.
    #[default]
    K14,
    /// 12 dB of headroom: broadcast.
    K12,
}

impl KScale {
    /// All of them, the widest first.
    pub const ALL: [Self; 3] = [Self::K20, Self::K14, Self::K12];

    /// Headroom over the zero in dB.
    #[must_use]
    pub fn headroom_db(self) -> f64 {
        match self {
            Self::K20 => 20.0,
            Self::K14 => 14.0,
            Self::K12 => 12.0,
        }
    }

    /// The reading on this scale of a level in dBFS RMS (600 ms), where a full-scale sine is -3.01 dBFS RMS and reads the
    /// whole headroom.
    #[must_use]
    pub fn reading_db(self, rms_dbfs: f64) -> f64 {
        rms_dbfs + 10.0 * std::f64::consts::LOG10_2 + self.headroom_db()
    }
}
