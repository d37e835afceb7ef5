//! Curves of a gain's fall.

use crate::glide::Lerp;

/// How the gain falls before a peak: curves of its fall in dB, as weights that sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AttackShape {
    /// A smooth bell over the look-ahead: an S from end to end.
    pub smooth: f64,
    /// A short triangle over the last part of the look-ahead: late and steep.
    pub late: f64,
    /// A box over the look-ahead: a straight line.
    pub straight: f64,
}

impl AttackShape {
    pub(super) fn weights(self) -> [f64; 3] {
        [self.smooth, self.late, self.straight]
    }
}

impl Lerp for AttackShape {
    fn lerp(from: &Self, to: &Self, t: f64) -> Self {
        let between = |from: f64, to: f64| f64::lerp(&from, &to, t);
        Self {
            smooth: between(from.smooth, to.smooth),
            late: between(from.late, to.late),
            straight: between(from.straight, to.straight),
        }
    }
}
