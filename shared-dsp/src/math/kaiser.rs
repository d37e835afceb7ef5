//! Kaiser's window (James F. Kaiser, *Nonrecursive digital filter design using the I0-sinh window function*, 1974).

/// The modified Bessel function of the first kind and order zero, by its power series: all terms are positive, so it is exact
/// to rounding.
#[must_use]
pub fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > 1e-17 * sum {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
        k += 1.0;
    }
    sum
}

/// The window at `place`, -1..1: 1 in the middle, `1 / I0(beta)` at the ends and beyond. A larger `beta` (0 and up) has lower
/// side lobes and a wider main lobe.
#[must_use]
pub fn kaiser(beta: f64, place: f64) -> f64 {
    bessel_i0(beta * (1.0 - place * place).max(0.0).sqrt()) / bessel_i0(beta)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Abramowitz and Stegun, *Handbook of Mathematical Functions*, table 9.8 (scaled by e^-x there).
    #[test]
    fn the_function_is_the_tabulated_one() {
        for (x, scaled) in [(0.0, 1.0), (1.0, 0.465_759_607_6), (2.0, 0.308_508_322_6), (5.0, 0.183_540_812_6)] {
            let value = bessel_i0(x) * f64::exp(-x);
            assert!((value - scaled).abs() < 1e-9, "{x}: {value}");
        }
    }

    #[test]
    fn the_window_is_even_falls_from_one_and_ends_at_its_edge() {
        assert_eq!(kaiser(6.2, 0.0), 1.0);
        for beta in [2.0, 6.2, 11.0] {
            let mut last = 1.0;
            for k in 1..=20 {
                let place = f64::from(k) / 20.0;
                let value = kaiser(beta, place);
                assert!(value < last && value > 0.0 && value == kaiser(beta, -place), "{beta} at {place}: {value}");
                last = value;
            }
            assert!((last * bessel_i0(beta) - 1.0).abs() < 1e-12);
            assert_eq!(kaiser(beta, 1.5), last);
        }
    }
}
