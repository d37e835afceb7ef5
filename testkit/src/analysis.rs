//! Measurements. None of this shares code with the plugins: a judge must not repeat the mistake it judges.
//!
//! A measurement of what is no sound fails the test: [`f64::max`] passes over a NaN, and two silent signals are always equal,
//! so every function here panics on a sample that is not finite, and every comparison on nothing but silence.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use crate::signals::Audio;

/// dB of a linear value, floored at -400 dB. Panics on a NaN: [`f64::max`] would take it for the floor.
#[track_caller]
pub fn db(linear: f64) -> f64 {
    assert!(!linear.is_nan(), "no number has no decibels");
    20.0 * linear.abs().max(1e-20).log10()
}

/// The larger of two numbers. Panics on a NaN, which [`f64::max`] passes over.
#[track_caller]
pub fn larger(a: f64, b: f64) -> f64 {
    assert!(!a.is_nan() && !b.is_nan(), "{a} and {b} cannot be compared");
    a.max(b)
}

/// The largest of some numbers. Panics on a NaN, and where there are none.
#[track_caller]
pub fn largest(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let mut numbers = numbers.into_iter();
    let Some(first) = numbers.next() else { panic!("none is the largest of no numbers") };
    numbers.fold(larger(first, first), larger)
}

/// Panics on the first sample that is not finite.
#[track_caller]
fn assert_finite(signal: &[f32]) {
    if let Some(at) = signal.iter().position(|x| !x.is_finite()) {
        panic!("frame {at} of {} is {}: nothing can be measured", signal.len(), signal[at]);
    }
}

/// Panics unless two signals can be compared: of one length, finite, and not silent both.
#[track_caller]
fn assert_comparable(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len(), "signals of different length are compared");
    assert_finite(a);
    assert_finite(b);
    assert!(a.iter().chain(b).any(|x| *x != 0.0), "silence is compared with silence, over {} frames", a.len());
}

/// The greatest absolute sample.
#[track_caller]
pub fn peak(signal: &[f32]) -> f64 {
    assert_finite(signal);
    signal.iter().fold(0.0, |peak: f64, &x| peak.max(f64::from(x).abs()))
}

/// Root mean square.
#[track_caller]
pub fn rms(signal: &[f32]) -> f64 {
    assert_finite(signal);
    (signal.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / signal.len().max(1) as f64).sqrt()
}

/// The greatest absolute difference.
#[track_caller]
pub fn max_difference(a: &[f32], b: &[f32]) -> f64 {
    assert_comparable(a, b);
    a.iter().zip(b).fold(0.0, |worst: f64, (&a, &b)| worst.max((f64::from(a) - f64::from(b)).abs()))
}

/// The first frame at which two signals are not the same to the bit (both zeros are one), with the values.
#[track_caller]
pub fn first_difference(a: &[f32], b: &[f32]) -> Option<(usize, f32, f32)> {
    assert_comparable(a, b);
    a.iter().zip(b).position(|(a, b)| a != b).map(|at| (at, a[at], b[at]))
}

/// `signal` later by `samples`, of the same length.
pub fn delayed(signal: &[f32], samples: usize) -> Vec<f32> {
    std::iter::repeat_n(0.0, samples).chain(signal.iter().copied()).take(signal.len()).collect()
}

/// The complex amplitudes of the bins 0 to half the length, scaled so that a coherent sine of peak 1 reads 1.
#[track_caller]
pub fn spectrum(signal: &[f32]) -> Vec<Complex<f64>> {
    assert_finite(signal);
    let mut planner = RealFftPlanner::<f64>::new();
    let fft = planner.plan_fft_forward(signal.len());
    let mut input: Vec<f64> = signal.iter().map(|&x| f64::from(x)).collect();
    let mut bins = fft.make_output_vec();
    fft.process(&mut input, &mut bins).expect("the buffers are the plan's own");
    let scale = 2.0 / signal.len() as f64;
    bins.iter().map(|bin| bin * scale).collect()
}

/// Total harmonic distortion of a coherent sine at bin `fundamental`: H2 to H`last` below Nyquist, against H1, as a ratio.
pub fn thd(signal: &[f32], fundamental: usize, last: usize) -> f64 {
    let bins = spectrum(signal);
    assert!(bins[fundamental].norm_sqr() > 0.0, "the tone is not there");
    let power: f64 = (2..=last).filter_map(|h| bins.get(h * fundamental)).map(|bin| bin.norm_sqr()).sum();
    (power / bins[fundamental].norm_sqr()).sqrt()
}

/// The greatest bin that is no DC, no bin of `keep`, within `margin` of none, and below `end_bin`; as a ratio to the
/// strongest of `keep`. What is left when tones and their harmonics are taken away is alias.
pub fn worst_other(signal: &[f32], keep: impl Fn(usize) -> bool, end_bin: usize) -> f64 {
    let bins = spectrum(signal);
    let (mut wanted, mut other) = (0.0_f64, 0.0_f64);
    for (at, bin) in bins.iter().enumerate().take(end_bin).skip(1) {
        let target = if keep(at) { &mut wanted } else { &mut other };
        *target = target.max(bin.norm());
    }
    assert!(wanted > 0.0, "none of the tones is there");
    other / wanted
}

/// The peak of a sine of known frequency in a stretch, by correlation over whole periods: unhurt by noise and DC.
#[track_caller]
pub fn tone_peak(signal: &[f32], sample_rate_hz: f64, hz: f64) -> f64 {
    assert_finite(signal);
    let period = sample_rate_hz / hz;
    let frames = ((signal.len() as f64 / period).floor() * period).round() as usize;
    let (mut re, mut im) = (0.0, 0.0);
    for (n, &x) in signal[..frames].iter().enumerate() {
        let phase = TAU * hz * n as f64 / sample_rate_hz;
        re += f64::from(x) * phase.cos();
        im += f64::from(x) * phase.sin();
    }
    2.0 * re.hypot(im) / frames as f64
}

/// The response at `hz`, from what came out of an impulse of 1 in the first frame, without the latency: what comes before it
/// counts.
#[track_caller]
pub fn response_at(output: &[f32], latency_samples: usize, sample_rate_hz: f64, hz: f64) -> Complex<f64> {
    assert_finite(output);
    let step = TAU * hz / sample_rate_hz;
    let turn = Complex::cis(-step);
    let mut z = Complex::cis(step * latency_samples as f64);
    let mut sum = Complex::default();
    for &x in output {
        sum += z * f64::from(x);
        z *= turn;
    }
    sum
}

/// By how many samples the loudest sample of `output` comes after `at`, where the impulse went in; 0 if before it.
#[track_caller]
pub fn delay_of_impulse(output: &[f32], at: usize) -> usize {
    assert!(peak(output) > 0.0, "no impulse came out");
    let loudest =
        output.iter().enumerate().fold((0, 0.0_f32), |best, (n, x)| if x.abs() > best.1 { (n, x.abs()) } else { best });
    loudest.0.saturating_sub(at)
}

/// All that is no harmonic of `bin`, 0 to 20 kHz, in dB against the fundamental (reference/nonlinear.md F). The signal is one
/// coherent block, which holds `bin` periods.
pub fn alias_sum_db(signal: &[f32], sample_rate_hz: f64, bin: usize) -> f64 {
    let bins = spectrum(signal);
    let last = (20_000.0 * signal.len() as f64 / sample_rate_hz) as usize;
    let other: f64 = (1..=last).filter(|at| at % bin != 0).map(|at| bins[at].norm_sqr()).sum();
    assert!(bins[bin].norm_sqr() > 0.0, "the tone is not there");
    10.0 * (other / bins[bin].norm_sqr()).log10()
}

/// Integrated loudness, by the crate `ebur128`.
pub fn loudness_lufs(audio: &Audio, sample_rate_hz: f64) -> f64 {
    let channels = audio.len() as u32;
    let mut meter = ebur128::EbuR128::new(channels, sample_rate_hz as u32, ebur128::Mode::I).expect("a valid meter");
    audio.iter().for_each(|channel| assert_finite(channel));
    let planes: Vec<&[f32]> = audio.iter().map(Vec::as_slice).collect();
    meter.add_frames_planar_f32(&planes).expect("as many channels as said");
    let lufs = meter.loudness_global().expect("the mode was asked for");
    assert!(lufs.is_finite(), "silence has no loudness");
    lufs
}

/// The operating level, dBFS, as the Saturator's window measures it (plugins/saturator/README.md): the mean fourth power as
/// a level, less what stands half way between Gaussian noise (3) and Laplacian noise (6). Fails on silence and on NaN.
pub fn operating_level_db(audio: &Audio) -> f64 {
    let samples = audio.iter().flatten();
    let mean = samples.clone().map(|&x| f64::from(x).powi(4)).sum::<f64>() / samples.count() as f64;
    assert!(mean > 0.0, "no programme: mean fourth power {mean}");
    5.0 * mean.log10() - 2.5 * 18f64.log10()
}

/// The click in what should be a smoothly changing sine of `hz`, in dB against the sine's peak.
///
/// A zero pair on the sine (the FIR 1, -2 cos w, 1) removes it whatever its level; a straight 15 ms fade over 6 dB leaves about
/// -75 dB, a hard switch of 6 dB between -6 and -24 dB.
pub fn click_db(signal: &[f32], sample_rate_hz: f64, hz: f64) -> f64 {
    let middle = -2.0 * (TAU * hz / sample_rate_hz).cos();
    let residual = signal
        .windows(3)
        .map(|x| (f64::from(x[0]) + middle * f64::from(x[1]) + f64::from(x[2])).abs())
        .fold(0.0, f64::max);
    db(residual / peak(signal).max(1e-9))
}

/// The fourth difference of a signal: deaf to what is low and smooth, and loudest where a wave breaks off.
#[track_caller]
pub fn roughness(signal: &[f32]) -> f64 {
    assert_finite(signal);
    let fourth = |x: &[f32]| {
        f64::from(x[0]) - 4.0 * f64::from(x[1]) + 6.0 * f64::from(x[2]) - 4.0 * f64::from(x[3]) + f64::from(x[4])
    };
    signal.windows(5).map(|x| fourth(x).abs()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn what_is_no_sound_cannot_be_measured() {
        let sound: Vec<f32> = (0..64).map(|n| (n as f32 * 0.3).sin()).collect();
        let silent = vec![0.0_f32; 64];
        let mut broken = sound.clone();
        broken[7] = f32::NAN;
        for (name, fails) in [
            ("larger", catch_unwind(|| larger(1.0, f64::NAN)).is_err()),
            ("largest", catch_unwind(|| largest([1.0, f64::NAN])).is_err()),
            ("largest of none", catch_unwind(|| largest([])).is_err()),
            ("db", catch_unwind(|| db(f64::NAN)).is_err()),
            ("peak", catch_unwind(|| peak(&broken)).is_err()),
            ("rms", catch_unwind(|| rms(&broken)).is_err()),
            ("max_difference", catch_unwind(|| max_difference(&broken, &sound)).is_err()),
            ("max_difference with itself", catch_unwind(|| max_difference(&broken, &broken)).is_err()),
            ("max_difference of silence", catch_unwind(|| max_difference(&silent, &silent)).is_err()),
            ("max_difference of two lengths", catch_unwind(|| max_difference(&sound, &sound[1..])).is_err()),
            ("first_difference", catch_unwind(|| first_difference(&broken, &broken)).is_err()),
            ("first_difference of silence", catch_unwind(|| first_difference(&silent, &silent)).is_err()),
            ("spectrum", catch_unwind(|| spectrum(&broken)).is_err()),
            ("thd", catch_unwind(|| thd(&silent, 4, 8)).is_err()),
            ("worst_other", catch_unwind(|| worst_other(&silent, |bin| bin == 4, 30)).is_err()),
            ("tone_peak", catch_unwind(|| tone_peak(&broken, 48_000.0, 1000.0)).is_err()),
            ("delay_of_impulse", catch_unwind(|| delay_of_impulse(&silent, 0)).is_err()),
            ("alias_sum_db", catch_unwind(|| alias_sum_db(&silent, 48_000.0, 4)).is_err()),
            ("loudness_lufs", catch_unwind(|| loudness_lufs(&vec![vec![0.0; 48_000]; 2], 48_000.0)).is_err()),
            ("roughness", catch_unwind(|| roughness(&broken)).is_err()),
            ("response_at", catch_unwind(|| response_at(&broken, 0, 48_000.0, 1000.0)).is_err()),
            ("click_db", catch_unwind(|| click_db(&broken, 48_000.0, 1000.0)).is_err()),
        ] {
            assert!(fails, "{name} measures what is no sound");
        }
        assert_eq!(
            (max_difference(&sound, &sound), first_difference(&sound, &silent)),
            (0.0, Some((1, sound[1], 0.0)))
        );
    }
}
