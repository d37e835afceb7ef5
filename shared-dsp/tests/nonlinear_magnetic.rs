//! The anhysteretic curve against its formula, and the magnetisation with memory against its bounds.

use shared_dsp::nonlinear::{Hysteresis, Langevin};
use testkit_signals::Random;

/// A small generator; seeded.
mod testkit_signals {
    pub struct Random(u64);
    impl Random {
        pub fn new(seed: u64) -> Self {
            Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
        }
        pub fn bipolar(&mut self) -> f64 {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        }
    }
}

/// `L`, by its series where the formula cancels.
fn langevin(x: f64) -> f64 {
    if x.abs() < 0.05 { x / 3.0 - x.powi(3) / 45.0 + 2.0 * x.powi(5) / 945.0 } else { 1.0 / x.tanh() - 1.0 / x }
}

/// `ln(sinh x / x)`.
fn antiderivative(x: f64) -> f64 {
    let a = x.abs();
    if a < 0.05 { a * a / 6.0 - a.powi(4) / 180.0 } else { a + (-(-2.0 * a).exp_m1() / (2.0 * a)).ln() }
}

/// The mean of `3 L(u) - u` over b..a.
fn mean_residual(a: f64, b: f64) -> f64 {
    let (m, d) = (0.5 * (a + b), 0.5 * (a - b));
    if d.abs() < 0.02 {
        // Three points of Gauss.
        let r = |x: f64| 3.0 * langevin(x) - x;
        let off = d * 0.6_f64.sqrt();
        return (5.0 * r(m - off) + 8.0 * r(m) + 5.0 * r(m + off)) / 18.0;
    }
    3.0 * (antiderivative(a) - antiderivative(b)) / (a - b) - m
}

#[test]
fn the_curve_is_the_formula_at_every_place_and_average() {
    let mut random = Random::new(1);
    let mut worst = [0.0_f64; 3];
    for scale in [1e-4, 0.01, 0.3, 1.0, 3.0, 8.0, 20.0, 300.0, 1e5] {
        let path: Vec<f32> = (0..2 * 501).map(|_| (scale * random.bipolar()) as f32).collect();
        let (mut values, mut residuals, mut averages) = (vec![0.0; 1002], vec![0.0; 1002], vec![0.0; 1000]);
        Langevin::values(&path, &mut values);
        Langevin::residuals(&path, &mut residuals);
        Langevin::average_residuals_along(&path, &mut averages);
        let size = |expected: f64, x: f64| expected.abs().max(x.abs() / 8.0).max(1.0);
        for (n, &x) in path.iter().enumerate() {
            let x = f64::from(x);
            let error = |got: f32, expected: f64| (f64::from(got) - expected).abs() / size(expected, x);
            worst[0] = worst[0].max(error(values[n], langevin(x)));
            worst[1] = worst[1].max(error(residuals[n], 3.0 * langevin(x) - x));
            assert!(values[n].is_finite() && residuals[n].is_finite());
            if n < 1000 {
                let now = f64::from(path[n + 2]);
                let expected = mean_residual(now, x);
                assert!(averages[n].is_finite());
                worst[2] =
                    worst[2].max((f64::from(averages[n]) - expected).abs() / size(expected, x.abs().max(now.abs())));
            }
        }
    }
    println!("values {:.1e}, residuals {:.1e}, averages {:.1e}", worst[0], worst[1], worst[2]);
    assert!(worst[0] < 1.2e-6 && worst[1] < 6e-7 && worst[2] < 8e-7, "{worst:?}");
    // Small ones are exact in proportion: no floor of noise under a fading tone.
    let quiet = [1e-3_f32; 4];
    let mut out = [0.0; 4];
    Langevin::residuals(&quiet, &mut out);
    assert!((f64::from(out[0]) / -(1e-9 / 15.0) - 1.0).abs() < 1e-5, "{}", out[0]);
}

#[test]
fn results_do_not_depend_on_the_cut() {
    let mut random = Random::new(2);
    let path: Vec<f32> = (0..2 * 300).map(|_| (4.0 * random.bipolar()) as f32).collect();
    let mut whole = vec![0.0; 598];
    Langevin::average_residuals_along(&path, &mut whole);
    let mut trace = vec![0.0; 600];
    Hysteresis::default().follow(&path, &mut trace);
    for step in [1, 3, 7, 50] {
        let (mut cut, mut cut_trace) = (vec![0.0; 598], vec![trace[0], trace[1]]);
        let mut unit = Hysteresis::default();
        for start in (0..299).step_by(step) {
            let end = (start + step).min(299);
            let piece = &path[2 * start..2 * end + 2];
            Langevin::average_residuals_along(piece, &mut cut[2 * start..2 * end]);
            let mut out = vec![0.0; piece.len()];
            unit.follow(piece, &mut out);
            assert_eq!(out[..2], cut_trace[2 * start..2 * start + 2], "where it was");
            cut_trace.extend_from_slice(&out[2..]);
        }
        assert!(cut == whole && cut_trace == trace, "steps of {step}");
    }
}

/// The table of reference/nonlinear.md C for no bias: 1 dB for each dB, and a gain of the reversible share.
#[test]
fn without_bias_distortion_falls_by_one_decibel_a_decibel() {
    let mut last: Option<f64> = None;
    for (level_db, expected) in [(-40.0, 0.24), (-20.0, 2.12), (-10.0, 5.5), (0.0, 9.9)] {
        let amplitude = 10f64.powf(level_db / 20.0);
        const PERIOD: usize = 2000;
        let path: Vec<f32> = (0..=6 * PERIOD)
            .flat_map(|n| [(amplitude * (std::f64::consts::TAU * n as f64 / PERIOD as f64).sin()) as f32; 2])
            .collect();
        let mut out = vec![0.0; path.len()];
        Hysteresis::default().follow(&path, &mut out);
        let end: Vec<f64> = out[out.len() - 2 * PERIOD..].iter().step_by(2).map(|&m| f64::from(m)).collect();
        let harmonic = |k: f64| {
            let (mut re, mut im) = (0.0, 0.0);
            for (n, m) in end.iter().enumerate() {
                let (sin, cos) = (std::f64::consts::TAU * k * n as f64 / PERIOD as f64).sin_cos();
                (re, im) = (re + m * cos, im + m * sin);
            }
            2.0 * f64::hypot(re, im) / PERIOD as f64
        };
        let (h1, h3) = (harmonic(1.0), harmonic(3.0));
        let percent = 100.0 * h3 / h1;
        println!("{level_db} dB: H3 {percent:.3} %, gain {:.4}", 3.0 * h1 / amplitude);
        assert!((percent / expected - 1.0).abs() < 0.06, "{level_db} dB: {percent} %, reference {expected}");
        if amplitude < 0.2 {
            let gain = 3.0 * h1 / amplitude;
            assert!((gain / Hysteresis::small_gain(amplitude) - 1.0).abs() < 0.01, "{level_db} dB: gain {gain}");
        }
        if let Some(last) = last {
            assert!(percent > last);
        }
        last = Some(percent);
    }
}

/// It moves only with the field, stays within it, and every closed loop takes energy.
#[test]
fn it_is_bounded_and_takes_energy_whatever_comes() {
    for (seed, scale) in [(1, 0.01), (2, 1.0), (3, 30.0), (4, 1e4)] {
        let mut random = Random::new(seed);
        // Steps of every size; between the last ones and zero, and in the quieter cases everywhere, small enough for a sum.
        let pieces = if scale > 100.0 { 1 } else { 200 };
        let mut path: Vec<f32> = vec![0.0; 2];
        let mut from = [0.0; 2];
        for n in 0..2000 {
            let wild = scale * random.bipolar();
            let to = if n == 1999 { [0.0; 2] } else { [wild, if n % 3 == 0 { -wild } else { 0.1 * wild }] };
            for k in 1..=pieces {
                let t = f64::from(k) / f64::from(pieces);
                path.extend([0, 1].map(|ch| (from[ch] + t * (to[ch] - from[ch])) as f32));
            }
            from = to;
        }
        let mut out = vec![0.0; path.len()];
        Hysteresis::default().follow(&path, &mut out);
        let mut energy = [0.0_f64; 2];
        for n in 0..path.len() / 2 - 1 {
            for ch in 0..2 {
                let (h0, h1) = (f64::from(path[2 * n + ch]), f64::from(path[2 * n + 2 + ch]));
                let (m0, m1) = (f64::from(out[2 * n + ch]), f64::from(out[2 * n + 2 + ch]));
                assert!(m1.is_finite() && m1.abs() < 1.0 + 1e-5, "{scale}: {m1}");
                let moved = if h1 == h0 { -(m1 - m0).abs() } else { (m1 - m0) * (h1 - h0).signum() };
                assert!(moved >= -1e-6, "{scale}, {n}: {m0} to {m1} from {h0} to {h1}");
                energy[ch] += 0.5 * (h0 + h1) * (m1 - m0);
            }
        }
        println!("{scale}: {energy:?}");
        // Over a way that begins and ends at no field; huge steps cannot be summed.
        assert!(scale > 100.0 || energy.iter().all(|&e| e > 0.0), "{scale}: {energy:?}");
    }
}
