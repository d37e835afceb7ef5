//! The static curve.

/// A compressor's static curve with a quadratic knee.
///
/// Dimitrios Giannoulis, Michael Massberg and Joshua D. Reiss, *Digital Dynamic Range Compressor Design* (JAES 60,
/// 2012), equation 4: with T the threshold, R the ratio and W the knee, `y = x` below `T - W/2`, `x + (1/R - 1)(x - T
/// + W/2)^2 / 2W` inside the knee, `T + (x - T)/R` above it. Ratios are 1 and up, levels in dB.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StaticCurve {
    threshold_db: f64,
    /// 1 - 1/R: dB of reduction for each dB above the knee.
    slope: f64,
    knee_db: f64,
    range_db: f64,
    /// slope / 2W, kept because the side chain asks for every sample.
    bend: f64,
}

/// Narrower knees than this count as this: it keeps the division finite and is 0.0001 dB off a corner at most.
const NARROWEST_KNEE_DB: f64 = 1e-3;

impl StaticCurve {
    /// A curve with `threshold_db`, `ratio` (1 and up), `knee_db` (0 and up) and a limit of the reduction, `range_db`
    /// (0 and up). Non-finite arguments give a curve that does nothing.
    #[must_use]
    pub fn new(threshold_db: f64, ratio: f64, knee_db: f64, range_db: f64) -> Self {
        // max() replaces NaN by its argument; an infinite ratio is a limiter and well defined.
        Self::from_slope(threshold_db, 1.0 - 1.0 / ratio.max(1.0), knee_db, range_db)
    }

    /// The same by `slope` = 1 - 1/ratio (0..1), which glides between two ratios without a corner.
    #[must_use]
    pub fn from_slope(threshold_db: f64, slope: f64, knee_db: f64, range_db: f64) -> Self {
        let finite = threshold_db.is_finite() && slope.is_finite() && knee_db.is_finite() && !range_db.is_nan();
        if !finite {
            return Self { threshold_db: 0.0, slope: 0.0, knee_db: NARROWEST_KNEE_DB, range_db: 0.0, bend: 0.0 };
        }
        let knee_db = knee_db.max(NARROWEST_KNEE_DB);
        let slope = slope.clamp(0.0, 1.0);
        Self { threshold_db, slope, knee_db, range_db: range_db.max(0.0), bend: 0.5 * slope / knee_db }
    }

    /// The output level for a steady input level, both in dB.
    #[must_use]
    pub fn output_db(&self, input_db: f64) -> f64 {
        input_db - self.reduction_db(input_db)
    }

    /// The reduction (0 and up) that a steady input level asks for, in dB.
    #[inline(always)]
    #[must_use]
    pub fn reduction_db(&self, input_db: f64) -> f64 {
        // Without a branch: the knee is a square that stops at its end, and a straight line takes over there.
        let over = input_db - self.threshold_db + 0.5 * self.knee_db;
        let over = if over > 0.0 { over } else { 0.0 };
        let inside = if over < self.knee_db { over } else { self.knee_db };
        let reduction = self.bend * inside * inside + self.slope * (over - inside);
        if reduction < self.range_db { reduction } else { self.range_db }
    }

    /// The reduction that belongs to a steady *output* level in dB: the law that a feedback detector, which sees only
    /// the output, must follow to draw the same curve. The range is left out: at and beyond it no output level tells.
    #[must_use]
    pub fn feedback_reduction_db(&self, output_db: f64) -> f64 {
        let v = output_db - self.threshold_db + 0.5 * self.knee_db;
        let knee_end = self.knee_db * (1.0 - 0.5 * self.slope);
        if v <= 0.0 {
            0.0
        } else if v <= knee_end {
            // The smaller root of v = u - bend u^2, in the form that does not cancel.
            let u = 2.0 * v / (1.0 + (1.0 - 4.0 * self.bend * v).max(0.0).sqrt());
            self.bend * u * u
        } else {
            self.slope / (1.0 - self.slope) * (output_db - self.threshold_db)
        }
    }

    /// The ratio R (1 and up; infinite for a limiter).
    #[must_use]
    pub fn ratio(&self) -> f64 {
        1.0 / (1.0 - self.slope)
    }
}
