//! Kernels from two channels to themselves and to each other.

/// Taps from left and right to themselves and to each other.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossedTaps {
    /// Left to left, right to right.
    pub own: [Vec<f64>; 2],
    /// Left to right, right to left.
    pub across: [Vec<f64>; 2],
}

impl CrossedTaps {
    /// From the taps of mid and of side, and those from side to mid and from mid to side. The shorter ones have zeros behind
    /// them.
    pub(super) fn of_mid_and_side(own: &[Vec<f64>; 2], to: &[Vec<f64>; 2]) -> Self {
        let ways = [&own[0], &to[0], &to[1], &own[1]];
        let length = ways.iter().map(|taps| taps.len()).fold(1, usize::max);
        let of = |signs: [f64; 4]| -> Vec<f64> {
            let tap = |taps: &[f64], n: usize| taps.get(n).copied().unwrap_or(0.0);
            (0..length).map(|n| ways.iter().zip(signs).map(|(taps, sign)| 0.5 * sign * tap(taps, n)).sum()).collect()
        };
        Self {
            own: [of([1.0, 1.0, 1.0, 1.0]), of([1.0, -1.0, -1.0, 1.0])],
            across: [of([1.0, 1.0, -1.0, -1.0]), of([1.0, -1.0, 1.0, -1.0])],
        }
    }
}
