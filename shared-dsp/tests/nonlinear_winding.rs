//! The transformer's winding: how its distortion falls with frequency, and that it stays bounded.

use std::f64::consts::TAU;

use shared_dsp::nonlinear::Winding;
use testkit::analysis::larger;

/// Third harmonic over fundamental of the output (input and residual), and the phase-free amplitude of the residual's DC.
fn distortion(sample_rate_hz: f64, hz: f64, amplitude: f64, rest: f64) -> (f64, f64) {
    let mut winding = Winding::<1>::default();
    let period = (sample_rate_hz / hz).round() as usize;
    let hz = sample_rate_hz / period as f64;
    // The flux of a tone's start leaks away.
    let settle = 4 * sample_rate_hz as usize / period * period;
    let mut output = Vec::new();
    for n in 0..settle + 4 * period {
        let x = amplitude * (TAU * hz * n as f64 / sample_rate_hz).sin();
        let y = x + winding.tick(sample_rate_hz, [x], 1.0, [rest])[0];
        if n >= settle {
            output.push(y);
        }
    }
    let partial = |harmonic: f64| {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, y) in output.iter().enumerate() {
            let phase = TAU * harmonic * hz * n as f64 / sample_rate_hz;
            re += y * phase.cos();
            im += y * phase.sin();
        }
        f64::hypot(re, im)
    };
    (partial(3.0) / partial(1.0), partial(2.0) / partial(1.0))
}

#[test]
fn the_third_harmonic_falls_by_18_db_an_octave() {
    for rate in [44_100.0, 48_000.0, 192_000.0] {
        let hd3 = |hz: f64| distortion(rate, hz, Winding::<1>::ZERO_VU_FLUX, 0.0).0;
        let (at_20, at_40, at_100) = (hd3(20.0), hd3(40.0), hd3(100.0));
        println!(
            "{rate}: HD3 {:.4} % at 20 Hz, 20/40 {:.3}, 20/100 {:.1}",
            100.0 * at_20,
            at_20 / at_40,
            at_20 / at_100
        );
        assert!((at_20 / 0.001 - 1.0).abs() <= 0.05, "{rate}: {at_20} at 0 VU, 20 Hz");
        assert!((at_20 / at_40 / 8.0 - 1.0).abs() <= 0.05, "{rate}: HD3(20)/HD3(40) is {}", at_20 / at_40);
        assert!((at_20 / at_100 / 125.0 - 1.0).abs() <= 0.05, "{rate}: HD3(20)/HD3(100) is {}", at_20 / at_100);
    }
}

#[test]
fn a_core_at_rest_elsewhere_is_uneven() {
    let (_, straight) = distortion(48_000.0, 20.0, Winding::<1>::ZERO_VU_FLUX, 0.0);
    let (_, resting) = distortion(48_000.0, 20.0, Winding::<1>::ZERO_VU_FLUX, 0.1);
    assert!(straight < 1e-6 && resting > 5e-4, "second harmonic {straight} at rest at zero, {resting} elsewhere");
}

#[test]
fn far_over_the_top_it_stays_bounded() {
    for rate in [22_050.0, 384_000.0] {
        for amplitude in [16.0, 1e3, 1e30, f64::MAX] {
            for hz in [1.0, 20.0, 5000.0] {
                let mut winding = Winding::<1>::default();
                for n in 0..rate as usize {
                    let x = amplitude * (TAU * hz * n as f64 / rate).sin();
                    let drop = winding.tick(rate, [x], 1.0, [0.2])[0];
                    let bound = if amplitude > 16.0 { 1e5 } else { 18.0 };
                    assert!(drop.abs() <= bound, "{rate} Hz, {amplitude:e} at {hz} Hz: {drop}");
                }
            }
        }
    }
}

/// One step a sample against the equation solved by halving, on music's worst: a deep tone with another on it, far over.
#[test]
fn one_step_solves_the_equation() {
    let cubic = -Winding::<1>::drop(1.0, 1.0, 0.0);
    for (rate, amplitude, rest) in
        [(44_100.0, 4.0, 0.0), (48_000.0, 4.0, 0.2), (22_050.0, 16.0, 0.5), (192_000.0, 1.0, 0.1)]
    {
        let (step, leak) = (TAU * 20.0 / rate, 1.0 / 20.0);
        let (mut winding, mut flux, mut worst, mut most) = (Winding::<2>::default(), 0.0_f64, 0.0_f64, 0.0_f64);
        for n in 0..rate as usize {
            let t = n as f64 / rate;
            let voltage = amplitude * (0.7 * (TAU * 25.0 * t).sin() + 0.3 * (TAU * 3000.0 * t).sin());
            let built = flux + step * voltage;
            let off = |x: f64| x * (1.0 + step * leak) - step * Winding::<1>::drop(x, 1.0, rest) - built;
            let (mut low, mut high) = (-50.0, 50.0);
            for _ in 0..80 {
                let middle = 0.5 * (low + high);
                if off(middle) > 0.0 { high = middle } else { low = middle }
            }
            flux = 0.5 * (low + high);
            let wanted = Winding::<1>::drop(flux, 1.0, rest);
            let [left, right] = winding.tick(rate, [voltage, -0.5 * voltage], 1.0, [rest, 0.0]);
            assert!(right.is_finite());
            worst = larger(worst, (left - wanted).abs());
            assert!(!(left - wanted).is_nan());
            most = larger(most, wanted.abs());
        }
        println!(
            "{rate} Hz, {amplitude}: {:.1} dB of the drop's most, {most:.3}; {cubic:.4}",
            20.0 * (worst / most).log10()
        );
        // Sixteen times full scale at the lowest rate is the most that there is: -126 dB.
        assert!(
            most > 1e-3 && worst <= if amplitude > 4.0 { 5e-7 } else { 1e-7 } * most,
            "{rate} Hz, {amplitude}: {worst:.1e} off, of {most}"
        );
    }
}
