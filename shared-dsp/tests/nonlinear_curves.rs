//! The curves of saturation against their formulae, written out anew, and quadrature.

use shared_dsp::nonlinear::SaturationCurve;

/// Of one, or of the residual where that is more.
const LIMIT: f64 = 4e-7; // -128 dB

fn formula(curve: SaturationCurve, x: f64, even: f64) -> f64 {
    let hypotenuse = (1.0 + x * x).sqrt();
    match curve {
        SaturationCurve::Sine if x.abs() > std::f64::consts::FRAC_PI_2 => x.signum() + even,
        SaturationCurve::Sine => x.sin() + even * x.sin().powi(2),
        SaturationCurve::Tanh => x.tanh() + even * x.tanh().powi(2),
        SaturationCurve::Algebraic => x / hypotenuse + even * (x / hypotenuse).powi(2),
        SaturationCurve::Asinh => x.asinh() + even * (x / hypotenuse).powi(2),
        SaturationCurve::Sided => {
            let ceiling = if x > 0.0 { 1.0 / (1.0 - even) } else { 1.0 / (1.0 + even) };
            x / (1.0 + (x / ceiling).powi(2)).sqrt()
        }
    }
}

/// The mean of the residual over b..a by Simpson's rule on each smooth piece.
fn mean_residual(curve: SaturationCurve, even: f64, a: f64, b: f64) -> f64 {
    let residual = |x: f64| formula(curve, x, even) - x;
    if a == b {
        return residual(a);
    }
    let quarter = std::f64::consts::FRAC_PI_2;
    let (low, high) = (a.min(b), a.max(b));
    let mut ends = vec![low];
    ends.extend([-quarter, 0.0, quarter].into_iter().filter(|&x| x > low && x < high));
    ends.push(high);
    let sum: f64 = ends
        .windows(2)
        .map(|ends| {
            let steps = (((ends[1] - ends[0]) * 100.0).ceil() as usize).clamp(8, 4000) * 2;
            let h = (ends[1] - ends[0]) / steps as f64;
            // An odd number of points, the ends a hair inside: the pieces differ there.
            let at = |i: usize| residual((ends[0] + h * i as f64).clamp(ends[0] + 1e-13, ends[1] - 1e-13));
            let inner: f64 = (1..steps).map(|i| at(i) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
            (at(0) + inner + at(steps)) * h / 3.0
        })
        .sum();
    sum / (high - low)
}

/// Points from tiny to far over the top, near and far apart, on one side of zero and across it.
fn pairs() -> Vec<(f32, f32)> {
    let points: Vec<f32> =
        [1e-7, 1e-4, 0.003, 0.05, 0.2, 0.5, 0.9, 1.3, std::f32::consts::FRAC_PI_2, 1.6, 2.5, 4.0, 7.0, 15.0, 25.0]
            .into_iter()
            .flat_map(|x: f32| [x, -x])
            .chain([0.0])
            .collect();
    let apart = [0.0, 1e-7, 1e-5, 1e-3, 0.02, 0.3];
    let near = points.iter().flat_map(|&x| apart.iter().map(move |&d| (x, x + d)));
    let far = points.iter().flat_map(|&a| points.iter().map(move |&b| (a, b)));
    // Closely spaced, everywhere: roundings must not fall on a few lucky numbers.
    let dense = (0..2000u16).map(|n| {
        let x = f32::from(n) * 0.006_13 - 6.0;
        (x, x + 0.01 * (f32::from(n) * 0.37).sin())
    });
    near.chain(far).chain(dense).collect()
}

#[test]
fn averages_are_those_of_quadrature() {
    let pairs = pairs();
    let (now, before): (Vec<f32>, Vec<f32>) = pairs.iter().copied().unzip();
    let mut out = vec![0.0; now.len()];
    for curve in SaturationCurve::ALL {
        for share in [-1.0, -0.3, 0.0, 0.5, 1.0] {
            let even = (share * curve.even_limit()) as f32;
            curve.average_residual(&now, &before, Some(&vec![even; now.len()]), &mut out);
            let mut worst = (0.0, (0.0, 0.0));
            for (&(a, b), &y) in pairs.iter().zip(&out) {
                let expected = mean_residual(curve, even.into(), a.into(), b.into());
                // Far over the top the residual is mostly -x, which f32 holds to so many digits only.
                let size = f64::from(a.abs().max(b.abs()) / 8.0).max(expected.abs()).max(1.0);
                let error = (f64::from(y) - expected).abs() / size;
                assert!(error.is_finite(), "{curve:?} even {even} from {b} to {a}: {y}");
                if error > worst.0 {
                    worst = (error, (a, b));
                }
            }
            println!("{curve:?} even {even:+.2}: error {:.1} dB at {:?}", 20.0 * worst.0.log10(), worst.1);
            assert!(worst.0 <= LIMIT, "{curve:?} even {even}: {:e} at {:?}", worst.0, worst.1);
        }
    }
}

#[test]
fn without_an_even_part_is_with_none_of_it() {
    let (now, before): (Vec<f32>, Vec<f32>) = pairs().into_iter().unzip();
    let (mut with, mut without) = (vec![0.0; now.len()], vec![0.0; now.len()]);
    for curve in SaturationCurve::ALL {
        curve.average_residual(&now, &before, Some(&vec![0.0; now.len()]), &mut with);
        curve.average_residual(&now, &before, None, &mut without);
        for n in 0..now.len() {
            let difference = (with[n] - without[n]).abs() / with[n].abs().max(1.0);
            assert!(f64::from(difference) <= LIMIT, "{curve:?} {} {}: {difference:e}", now[n], before[n]);
        }
    }
}

#[test]
fn silence_is_silent_and_bad_levels_stay_finite() {
    for curve in SaturationCurve::ALL {
        for even in [0.0, 0.4] {
            let mut out = [1.0; 4];
            curve.average_residual(
                &[0.0, 1e30, -1e30, f32::MAX],
                &[0.0, -1e30, -1e30, 0.0],
                Some(&[even; 4]),
                &mut out,
            );
            assert_eq!(out[0], 0.0, "{curve:?} makes something of nothing");
            assert!(out.iter().all(|y| y.is_finite()), "{curve:?}: {out:?}");
        }
    }
}

#[test]
fn places_do_not_depend_on_the_cut() {
    let (now, before): (Vec<f32>, Vec<f32>) = pairs().into_iter().unzip();
    let even: Vec<f32> = (0..now.len()).map(|n| (n as f32 * 0.1).sin() * 0.5).collect();
    for curve in SaturationCurve::ALL {
        let mut whole = vec![0.0; now.len()];
        curve.average_residual(&now, &before, Some(&even), &mut whole);
        for cut in [1, 3, 8, 17] {
            let mut parts = vec![0.0; now.len()];
            for start in (0..now.len()).step_by(cut) {
                let end = (start + cut).min(now.len());
                let part = &mut parts[start..end];
                curve.average_residual(&now[start..end], &before[start..end], Some(&even[start..end]), part);
            }
            assert!(whole == parts, "{curve:?}, cut {cut}");
        }
    }
}

#[test]
fn curves_rise_everywhere_and_have_slope_one_at_zero() {
    for curve in SaturationCurve::ALL {
        for share in [-1.0, 0.0, 1.0] {
            let even = share * curve.even_limit();
            let slope = (curve.value(1e-6, even) - curve.value(-1e-6, even)) / 2e-6;
            assert!((slope - 1.0).abs() < 1e-5, "{curve:?} even {even}: slope {slope}");
            for step in -1000..1000 {
                let x = f64::from(step) / 100.0;
                let rise = curve.value(x + 0.01, even) - curve.value(x, even);
                assert!(rise >= -1e-15, "{curve:?} even {even} falls at {x}");
                assert!((curve.value(x, even) - formula(curve, x, even)).abs() < 1e-14);
            }
        }
    }
}

/// nonlinear.md D: the level of 1 % of harmonics, and H2..H5 in dBc at 0 dB and at +12 dB over it.
type Row = (&'static str, SaturationCurve, f64, f64, [f64; 4], [f64; 4]);
const TABLE: [Row; 6] = {
    const NONE: f64 = f64::NEG_INFINITY;
    [
        ("Console", SaturationCurve::Sine, 0.0, 0.486, [NONE, -40.0, NONE, -90.0], [NONE, -15.0, NONE, -34.0]),
        ("Push-pull", SaturationCurve::Tanh, 0.0, 0.352, [NONE, -40.0, NONE, -78.0], [NONE, -19.0, NONE, -36.0]),
        ("Tape", SaturationCurve::Algebraic, 0.0, 0.289, [NONE, -40.0, NONE, -77.0], [NONE, -20.0, NONE, -36.0]),
        ("Diode", SaturationCurve::Asinh, 0.0, 0.517, [NONE, -40.0, NONE, -72.0], [NONE, -23.0, NONE, -38.0]),
        (
            "Triode",
            SaturationCurve::Algebraic,
            0.4,
            0.050,
            [-40.0, -70.0, -104.0, -137.0],
            [-28.0, -46.0, -68.0, -89.0],
        ),
        (
            "Class-A",
            SaturationCurve::Sided,
            1.0 / 3.0,
            0.219,
            [-42.0, -44.0, -60.0, -82.0],
            [-23.0, -24.0, -64.0, -42.0],
        ),
    ]
};

#[test]
fn harmonics_are_those_of_the_table() {
    let amplitude = |curve: SaturationCurve, even: f64, peak: f64, harmonic: u32| {
        const POINTS: u32 = 4096;
        let (mut re, mut im) = (0.0, 0.0);
        for n in 0..POINTS {
            let phase = std::f64::consts::TAU * f64::from(n) / f64::from(POINTS);
            let y = curve.value(peak * phase.sin(), even);
            re += y * (f64::from(harmonic) * phase).cos();
            im += y * (f64::from(harmonic) * phase).sin();
        }
        f64::hypot(re, im)
    };
    for (name, curve, even, peak, at_zero, at_twelve) in TABLE {
        for (peak, table) in [(peak, at_zero), (peak * 10f64.powf(0.6), at_twelve)] {
            let first = amplitude(curve, even, peak, 1);
            for (harmonic, wanted) in (2..=5).zip(table) {
                let dbc = 20.0 * (amplitude(curve, even, peak, harmonic) / first).log10();
                println!("{name} at {peak:.3}: H{harmonic} {dbc:.2} dBc, table {wanted}");
                // The table is rounded to a decibel.
                let fits = if wanted.is_finite() { (dbc - wanted).abs() <= 0.6 } else { dbc < -200.0 };
                assert!(fits, "{name} at {peak:.3}: H{harmonic} {dbc:.2} dBc, table {wanted}");
            }
        }
    }
}

/// Prints what an average costs; judges nothing. `cargo test --release -p shared-dsp --test nonlinear_curves -- --ignored`
#[test]
#[ignore = "a benchmark"]
fn cost() {
    const NUMBERS: usize = 1024;
    let signal: Vec<f32> = (0..NUMBERS + 2).map(|n| 3.0 * ((n / 2) as f32 * 0.013).sin()).collect();
    let even = vec![0.3; NUMBERS];
    let mut out = vec![0.0; NUMBERS];
    for curve in SaturationCurve::ALL {
        for even in [None, Some(&even[..])] {
            let start = std::time::Instant::now();
            for _ in 0..20_000 {
                curve.average_residual_along(std::hint::black_box(&signal), even, &mut out);
            }
            let ns = start.elapsed().as_nanos() as f64 / (20_000 * NUMBERS) as f64;
            println!("{curve:?}, even {}: {ns:.2} ns a number", even.is_some());
        }
    }
}

/// Along a path it is what it is place by place, to the bit, however long the path and wherever it is cut.
#[test]
fn along_a_path_every_place_is_the_same() {
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    // Small steps and large ones, across zero and not.
    let path: Vec<f32> = (0..402).map(|n| if n % 40 < 30 { 2.0 + 0.1 * noise() } else { 5.0 * noise() }).collect();
    let even: Vec<f32> = (0..400).map(|_| 0.4 * noise()).collect();
    for curve in SaturationCurve::ALL {
        for even in [None, Some(&even[..])] {
            let mut wanted = vec![0.0; 400];
            curve.average_residual(&path[2..], &path, even, &mut wanted);
            assert!(wanted.iter().any(|x| x.abs() > 0.1));
            for length in [2, 4, 16, 62, 64, 66, 128, 398, 400] {
                for start in [0, 2] {
                    let end = (start + length).min(400);
                    let mut out = vec![0.0; end - start];
                    curve.average_residual_along(&path[start..end + 2], even.map(|even| &even[start..end]), &mut out);
                    for (n, (is, wanted)) in out.iter().zip(&wanted[start..end]).enumerate() {
                        assert_eq!(is.to_bits(), wanted.to_bits(), "{curve:?}, {n} of {start}..{end}: {is}, {wanted}");
                    }
                }
            }
        }
    }
}
