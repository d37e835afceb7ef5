//! Alignment: delays of any fraction, either polarity, through what a mastering chain does to a sound.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex64;
use shared_dsp::spectrum::align;
use std::f64::consts::TAU;

const RATE_HZ: f64 = 48_000.0;

/// Noise with a spectrum that falls like music's, and its own copy `delay` samples later, made in the frequency domain.
fn pair(frames: usize, seed: u64, delay: f64) -> (Vec<f32>, Vec<f32>) {
    let mut state = seed;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    // Twice the length, of which the first half is used: the delayed copy must not wrap around.
    let size = (2 * frames).next_power_of_two();
    let inverse = RealFftPlanner::<f64>::new().plan_fft_inverse(size);
    let mut bins = inverse.make_input_vec();
    let last = bins.len() - 1;
    for (k, bin) in bins.iter_mut().enumerate().skip(1).take(last - 1) {
        *bin = Complex64::from_polar((k as f64).powf(-0.5) * (0.2 + random()), TAU * random());
    }
    let mut turned: Vec<Complex64> = bins
        .iter()
        .enumerate()
        .map(|(k, bin)| bin * Complex64::from_polar(1.0, -TAU * k as f64 * delay / size as f64))
        .collect();
    turned[last].im = 0.0;
    let sound = |mut bins: Vec<Complex64>| {
        let mut out = inverse.make_output_vec();
        inverse.process(&mut bins, &mut out).expect("buffers of the plan");
        out
    };
    let (a, b) = (sound(bins), sound(turned));
    let peak = a.iter().fold(0.0_f64, |peak, x| peak.max(x.abs()));
    let cut = |sound: Vec<f64>| sound[size / 4..size / 4 + frames].iter().map(|x| (0.7 * x / peak) as f32).collect();
    (cut(a), cut(b))
}

#[track_caller]
fn assert_found(a: &[f32], b: &[f32], delay: f64, inverted: bool, tolerance: f64) -> f64 {
    let found = align(a, b, RATE_HZ, 24_000).unwrap_or_else(|| panic!("{delay} samples: nothing found"));
    assert!(
        (found.delay_samples - delay).abs() <= tolerance,
        "{delay} samples were found as {} (confidence {})",
        found.delay_samples,
        found.confidence
    );
    assert_eq!(found.is_inverted, inverted, "polarity at {delay} samples");
    found.confidence
}

/// specs/meter.md: delay found within 0.1 sample and polarity found.
#[test]
fn any_delay_and_polarity_is_found_within_a_tenth_of_a_sample() {
    for (seed, frames, delay) in [
        (1, 24_000, 0.0),
        (2, 24_000, 0.37),
        (3, 48_000, -0.5),
        (4, 48_000, 57.0),
        (5, 96_000, -1234.25),
        (6, 240_000, 20_000.9),
    ] {
        let (a, mut b) = pair(frames, seed, delay);
        let confidence = assert_found(&a, &b, delay, false, 0.1);
        assert!(confidence > 0.5, "a pure delay of {delay}: confidence {confidence}");
        b.iter_mut().for_each(|x| *x = -*x);
        assert_found(&a, &b, delay, true, 0.1);
        assert_found(&b, &a, -delay, true, 0.1);
    }
}

/// Saturation, a tone control, noise and another level: what the plugins do. The tolerance is that of the specification.
#[test]
fn processing_does_not_hide_the_delay() {
    for (seed, delay) in [(11, 33.0), (12, -7.4), (13, 512.66)] {
        let (a, b) = pair(96_000, seed, delay);
        let driven: Vec<f32> = b.iter().map(|x| 0.3 * (6.0 * x).tanh()).collect();
        assert_found(&a, &driven, delay, false, 0.1);
        // A shelf of 6 dB from about 1 kHz down, of first order.
        let mut low = 0.0_f32;
        let shelved: Vec<f32> = b
            .iter()
            .map(|x| {
                low += 0.12 * (x - low);
                x + low
            })
            .collect();
        assert_found(&a, &shelved, delay, false, 0.1);
        let (noise, _) = pair(96_000, seed + 100, 0.0);
        let noisy: Vec<f32> = b.iter().zip(&noise).map(|(x, n)| -(x + 0.5 * n)).collect();
        assert_found(&a, &noisy, delay, true, 0.1);
    }
}

#[test]
fn whole_delays_are_snapped_and_others_are_not() {
    let snapped = |delay: f64| {
        let (a, b) = pair(48_000, 21, delay);
        align(&a, &b, RATE_HZ, 1000).expect("found").snapped_delay_samples()
    };
    assert_eq!(snapped(64.0), 64.0);
    assert_eq!(snapped(64.04), 64.0);
    assert!((snapped(64.5) - 64.5).abs() < 0.1);
}

#[test]
fn silence_and_strangers_are_not_aligned() {
    let (a, _) = pair(48_000, 31, 0.0);
    let (stranger, _) = pair(48_000, 32, 0.0);
    assert_eq!(align(&a, &stranger, RATE_HZ, 24_000), None);
    assert_eq!(align(&a, &vec![0.0; 48_000], RATE_HZ, 24_000), None);
    assert_eq!(align(&[], &[], RATE_HZ, 24_000), None);
    let mut dirty = a.clone();
    dirty[777] = f32::NAN;
    dirty[778] = f32::INFINITY;
    assert!(align(&a, &dirty, RATE_HZ, 24_000).is_some_and(|found| found.delay_samples.abs() < 0.1));
}

/// Whatever the rate: the band is the same in Hz.
#[test]
fn rates_from_22_to_192_khz_are_aligned() {
    for rate in [22_050.0, 44_100.0, 96_000.0, 192_000.0] {
        let (a, b) = pair(96_000, 41, 101.3);
        let found = align(&a, &b, rate, 4800).expect("found");
        assert!((found.delay_samples - 101.3).abs() < 0.1, "{rate} Hz: {found:?}");
    }
}
