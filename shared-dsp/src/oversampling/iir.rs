//! One elliptic half-band stage, up and down: `H(z) = (A0(z^2) + z^-1 A1(z^2)) / 2`, each branch a chain of allpasses
//! that runs at the lower rate. Both branches of all channels run side by side in one vector.

use super::{Sample, multiply_add};
use crate::simd::{self, Kernel};

/// One allpass in each branch, for all channels: `(a + z^-1) / (1 + a z^-1)` at the lower rate.
#[derive(Debug, Clone, Copy)]
struct Pair<T, const CH: usize> {
    a: [[T; CH]; 2],
    x1: [[T; CH]; 2],
    y1: [[T; CH]; 2],
}

#[derive(Debug, Clone)]
struct Branches<T, const CH: usize> {
    pairs: Vec<Pair<T, CH>>,
}

impl<T: Sample, const CH: usize> Branches<T, CH> {
    /// `sections` alternate between the branches; their number is even. `swapped` exchanges the branches.
    fn new(sections: &[f64], swapped: bool) -> Self {
        let (first, second) = if swapped { (1, 0) } else { (0, 1) };
        let pair = |two: &[f64]| Pair {
            a: [[T::from_f64(two[first]); CH], [T::from_f64(two[second]); CH]],
            x1: [[T::default(); CH]; 2],
            y1: [[T::default(); CH]; 2],
        };
        Self { pairs: sections.chunks_exact(2).map(pair).collect() }
    }

    fn reset(&mut self) {
        for pair in &mut self.pairs {
            pair.x1 = [[T::default(); CH]; 2];
            pair.y1 = [[T::default(); CH]; 2];
        }
    }

    #[inline(always)]
    fn tick<const FUSED: bool>(pairs: &mut [Pair<T, CH>], mut v: [[T; CH]; 2]) -> [[T; CH]; 2] {
        for pair in pairs {
            let mut y = v;
            for branch in 0..2 {
                for ch in 0..CH {
                    // a (v - y1) + x1, split so that only one operation waits for y1.
                    let a = pair.a[branch][ch];
                    let ahead = multiply_add::<FUSED, T>(a, v[branch][ch], pair.x1[branch][ch]);
                    y[branch][ch] = multiply_add::<FUSED, T>(-a, pair.y1[branch][ch], ahead);
                }
            }
            pair.x1 = v;
            pair.y1 = y;
            v = y;
        }
        v
    }
}

/// Calls `run` with the pairs copied into an array of their number, so that the compiler keeps the chain unrolled and
/// its memory in registers.
macro_rules! with_fixed_count {
    ($pairs:expr, $fixed:ident => $run:block) => {
        match $pairs.len() {
            1 => with_fixed_count!(@ 1, $pairs, $fixed, $run),
            2 => with_fixed_count!(@ 2, $pairs, $fixed, $run),
            4 => with_fixed_count!(@ 4, $pairs, $fixed, $run),
            _ => {
                let $fixed = &mut $pairs[..];
                $run
            }
        }
    };
    (@ $count:literal, $pairs:expr, $fixed:ident, $run:block) => {
        if let Some(array) = $pairs.first_chunk_mut::<$count>() {
            let mut copy = *array;
            {
                let $fixed = &mut copy;
                $run
            }
            *array = copy;
        }
    };
}

/// Base rate to twice the rate.
#[derive(Debug, Clone)]
pub(super) struct IirUp<T, const CH: usize>(Branches<T, CH>);

impl<T: Sample, const CH: usize> IirUp<T, CH> {
    pub(super) fn new(sections: &[f64]) -> Self {
        Self(Branches::new(sections, false))
    }

    pub(super) fn reset(&mut self) {
        self.0.reset();
    }

    /// `output` is twice as long as `input`.
    pub(super) fn process(&mut self, input: &[[T; CH]], output: &mut [[T; CH]]) {
        simd::run(Up { pairs: &mut self.0.pairs, input, output });
    }
}

struct Up<'a, T, const CH: usize> {
    pairs: &'a mut [Pair<T, CH>],
    input: &'a [[T; CH]],
    output: &'a mut [[T; CH]],
}

impl<T: Sample, const CH: usize> Kernel for Up<'_, T, CH> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        with_fixed_count!(self.pairs, pairs => {
            for (x, pair) in self.input.iter().zip(self.output.as_chunks_mut::<2>().0) {
                *pair = Branches::tick::<FUSED>(pairs, [*x, *x]);
            }
        });
    }
}

/// Twice the rate to the base rate.
#[derive(Debug, Clone)]
pub(super) struct IirDown<T, const CH: usize>(Branches<T, CH>);

impl<T: Sample, const CH: usize> IirDown<T, CH> {
    /// The output is taken at the *odd* samples of the higher rate, one sample sooner than at the even ones: then A0
    /// meets the odd inputs and A1 the even ones, hence the exchange.
    pub(super) fn new(sections: &[f64]) -> Self {
        Self(Branches::new(sections, true))
    }

    pub(super) fn reset(&mut self) {
        self.0.reset();
    }

    /// `input` is twice as long as `output`.
    pub(super) fn process(&mut self, input: &[[T; CH]], output: &mut [[T; CH]]) {
        simd::run(Down { pairs: &mut self.0.pairs, input, output });
    }
}

struct Down<'a, T, const CH: usize> {
    pairs: &'a mut [Pair<T, CH>],
    input: &'a [[T; CH]],
    output: &'a mut [[T; CH]],
}

impl<T: Sample, const CH: usize> Kernel for Down<'_, T, CH> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        with_fixed_count!(self.pairs, pairs => {
            for (pair, out) in self.input.as_chunks::<2>().0.iter().zip(self.output) {
                let [a, b] = Branches::tick::<FUSED>(pairs, *pair);
                for ch in 0..CH {
                    out[ch] = T::HALF * (a[ch] + b[ch]);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both compiled forms against the difference equation, in the chain's fixed lengths and another.
    #[test]
    fn every_form_is_the_plain_recursion() {
        for count in [2, 4, 6, 8] {
            let sections: Vec<f64> = (0..count).map(|i| (i as f64 + 0.5) / count as f64).collect();
            let input: Vec<[f64; 1]> = (0..200).map(|i| [((i * 7919 + 13) % 1009) as f64 / 504.5 - 1.0]).collect();
            // One branch after the other, section by section, over the whole signal.
            let plain: [Vec<f64>; 2] = std::array::from_fn(|branch| {
                let mut signal: Vec<f64> = input.iter().map(|x| x[0]).collect();
                for a in sections.iter().skip(branch).step_by(2) {
                    let (mut x1, mut y1) = (0.0, 0.0);
                    for x in &mut signal {
                        let y = a * (*x - y1) + x1;
                        (x1, y1) = (*x, y);
                        *x = y;
                    }
                }
                signal
            });
            for fused in [false, true] {
                let mut up = Branches::<f64, 1>::new(&sections, false);
                let mut down = Branches::<f64, 1>::new(&sections, true);
                let mut doubled = vec![[0.0]; 400];
                let mut halved = vec![[0.0]; 200];
                let rise = Up { pairs: &mut up.pairs, input: &input, output: &mut doubled };
                if fused {
                    rise.run::<true>()
                } else {
                    rise.run::<false>()
                }
                let pairs: Vec<[f64; 1]> = input.iter().flat_map(|x| [*x, *x]).collect();
                let fall = Down { pairs: &mut down.pairs, input: &pairs, output: &mut halved };
                if fused {
                    fall.run::<true>()
                } else {
                    fall.run::<false>()
                }
                for n in 0..200 {
                    assert!((doubled[2 * n][0] - plain[0][n]).abs() < 1e-12, "{count} sections, even {n}");
                    assert!((doubled[2 * n + 1][0] - plain[1][n]).abs() < 1e-12, "{count} sections, odd {n}");
                    assert!((halved[n][0] - 0.5 * (plain[0][n] + plain[1][n])).abs() < 1e-12, "{count}, down {n}");
                }
            }
        }
    }
}
