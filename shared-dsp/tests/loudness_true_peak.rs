//! True peak against EBU Tech 3341 v4 cases 15 to 23, sines of known peak, and the wave by Fourier transform.

use shared_dsp::loudness::TruePeak;
use std::f64::consts::PI;
use testkit::wave::{Edge, wave_peaks};

const RATES_HZ: [f64; 5] = [44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0];

fn dbtp(signal: &[f64]) -> f64 {
    let signal: Vec<f32> = signal.iter().map(|&x| x as f32).collect();
    let mut meter = TruePeak::new();
    meter.process(&signal, Some(&signal));
    meter.flush();
    meter.max_dbtp().unwrap()
}

fn bessel_i0(x: f64) -> f64 {
    (1..60)
        .fold((1.0, 1.0), |(sum, term), k| {
            let term = term * (x / 2.0 / f64::from(k)).powi(2);
            (sum + term, term)
        })
        .0
}

/// A Kaiser-windowed sinc at `t` samples from its centre, `half` samples long each way, cut off at `cut` (1 = Nyquist).
fn kernel(t: f64, half: f64, beta: f64, cut: f64) -> f64 {
    if t.abs() >= half {
        return 0.0;
    }
    let sinc = if t == 0.0 { cut } else { (PI * t * cut).sin() / (PI * t) };
    sinc * bessel_i0(beta * (1.0 - (t / half).powi(2)).sqrt()) / bessel_i0(beta)
}

/// The wave itself, with silence behind it: what it ends in is faded.
fn wave(signal: &[f64]) -> Vec<f64> {
    let mut signal: Vec<f32> = signal.iter().map(|&x| x as f32).collect();
    signal.resize(signal.len() + 1024, 0.0);
    wave_peaks(&signal, Edge::Ideal)
}

fn wave_dbtp(signal: &[f64]) -> f64 {
    20.0 * wave(signal).into_iter().fold(0.0, f64::max).log10()
}

fn faded(length: usize, fade: usize, sample: impl Fn(usize) -> f64) -> Vec<f64> {
    (0..length)
        .map(|n| {
            let edge = n.min(length - 1 - n) as f64 / fade as f64;
            sample(n) * if edge < 1.0 { 0.5 - 0.5 * (PI * edge).cos() } else { 1.0 }
        })
        .collect()
}

#[test]
fn tech_3341_cases_15_to_19() {
    for rate_hz in RATES_HZ {
        let fade = (0.01 * rate_hz) as usize;
        for (divisor, amplitude, degrees, want) in [
            (4.0, 0.5, 0.0, -6.0),
            (4.0, 0.5, 45.0, -6.0),
            (6.0, 0.5, 60.0, -6.0),
            (8.0, 0.5, 67.5, -6.0),
            (4.0, 1.41, 45.0f64, 3.0),
        ] {
            let signal = faded(rate_hz as usize, fade, |n| {
                amplitude * (2.0 * PI * n as f64 / divisor + degrees.to_radians()).sin()
            });
            let got = dbtp(&signal);
            assert!((-0.2..=0.1).contains(&(got - want)), "fs/{divisor} at {degrees}° and {rate_hz} Hz: {got}");
        }
    }
}

#[test]
fn tech_3341_cases_20_to_23() {
    // Made at four times the rate: fs/6 at 0.5, one period of fs/4 at 1.0 in the middle, the phase running on; then
    // low-passed and decimated at each of the four offsets.
    let length = 4 * 48_000;
    let middle = length / 2;
    let mut phase = 0.0;
    let high = faded(length, 1920, |_| 1.0);
    let mut signal = Vec::with_capacity(length);
    // The burst begins where the slow tone crosses zero, so that its period is whole.
    let begin = middle - middle % 24;
    for (n, fade) in high.into_iter().enumerate() {
        let burst = (begin..begin + 16).contains(&n);
        signal.push(fade * if burst { 1.0 } else { 0.5 } * f64::sin(phase));
        phase += 2.0 * PI / if burst { 16.0 } else { 24.0 };
    }
    let taps: Vec<f64> = (-400..=400).map(|k| kernel(f64::from(k), 401.0, 9.0, 0.98 / 4.0)).collect();
    for offset in 0..4 {
        let decimated: Vec<f64> = (offset..length - 800)
            .step_by(4)
            .map(|n| taps.iter().zip(&signal[n..n + 801]).map(|(h, x)| h * x).sum())
            .collect();
        for rate_hz in RATES_HZ {
            let got = dbtp(&decimated);
            assert!((-0.2..=0.1).contains(&got), "offset {offset} at {rate_hz} Hz: {got}");
        }
    }
}

#[test]
fn sines_up_to_20_khz_within_a_twentieth_of_a_decibel() {
    let mut worst = 0.0f64;
    for rate_hz in RATES_HZ {
        for hz in [100.0, 997.0, 5_000.0, 10_000.0, 12_000.3, 15_000.0, 17_999.0, 19_000.0, 19_500.0, 20_000.0] {
            for k in 0..8 {
                let phase = PI * f64::from(k) / 8.0;
                let fade = (0.02 * rate_hz) as usize;
                // A commensurate tone keeps its phase for ever: the peak lies between the samples all the time.
                let signal =
                    faded((0.1 * rate_hz) as usize, fade, |n| 0.7 * (2.0 * PI * hz * n as f64 / rate_hz + phase).sin());
                let error = dbtp(&signal) - 20.0 * 0.7f64.log10();
                assert!(error.abs() <= 0.05, "{hz} Hz at {rate_hz}: {error:+.4} dB");
                worst = worst.max(error.abs());
            }
        }
    }
    println!("worst error on sines: {worst:.4} dB");
}

#[test]
fn isolated_peaks_agree_with_the_wave() {
    // A click of all frequencies up to 20 kHz, with its centre anywhere between two samples, and noise of that band.
    let mut worst = 0.0f64;
    for rate_hz in RATES_HZ {
        let cut = 20_000.0 / (rate_hz / 2.0);
        for step in 0..16 {
            let centre = 600.0 + f64::from(step) / 16.0;
            let click: Vec<f64> = (0..1200).map(|n| kernel(n as f64 - centre, 500.0, 6.0, cut) / cut).collect();
            let error = dbtp(&click) - wave_dbtp(&click);
            assert!(error.abs() <= 0.05, "click {step}/16 at {rate_hz}: {error:+.4} dB");
            worst = worst.max(error.abs());
        }
        let mut state = 99u32;
        let white: Vec<f64> = (0..4000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                f64::from(state as i32) / 2_147_483_648.0
            })
            .collect();
        let band: Vec<f64> = (-150..=150).map(|k| kernel(f64::from(k), 151.0, 6.0, 0.95 * cut)).collect();
        let noise: Vec<f64> = white.windows(301).map(|w| w.iter().zip(&band).map(|(x, h)| 0.3 * x * h).sum()).collect();
        let error = dbtp(&noise) - wave_dbtp(&noise);
        assert!(error.abs() <= 0.05, "noise at {rate_hz}: {error:+.4} dB");
        worst = worst.max(error.abs());
    }
    println!("worst error on clicks and noise: {worst:.4} dB");
}

#[test]
fn blocks_reset_and_bad_numbers() {
    let signal: Vec<f32> = (0..30_000).map(|n| ((n as f32 * 1.7).sin() * (n as f32 * 0.013).cos()) * 0.8).collect();
    let mut whole = TruePeak::new();
    whole.process(&signal, None);
    whole.flush();
    for size in [1, 7, 64, 333, 8192] {
        let mut meter = TruePeak::new();
        let mut recent = 0.0f64;
        for block in signal.chunks(size) {
            meter.process(block, None);
            recent = recent.max(meter.take_recent()[0]);
        }
        meter.flush();
        assert_eq!(meter.max().to_bits(), whole.max().to_bits(), "blocks of {size}");
        assert_eq!(recent.max(meter.take_recent()[0]).to_bits(), whole.max().to_bits());
    }
    let mut dirty = signal.clone();
    for (at, bad) in [(5_000, f32::NAN), (9_000, f32::INFINITY), (15_000, 1e-42)] {
        dirty[at] = bad;
    }
    let mut meter = TruePeak::new();
    meter.process(&dirty, None);
    meter.flush();
    assert!(meter.max().is_finite() && meter.max() < 1.3);
    // The largest number is one; after the memory of the filters it is gone.
    meter.process(&[f32::MAX], None);
    meter.flush();
    assert!(meter.max().is_finite());
    meter.process(&[0.0; 256], None);
    meter.take_recent();
    meter.process(&signal, None);
    meter.flush();
    assert_eq!(meter.take_recent()[0].to_bits(), whole.max().to_bits());
    meter.reset();
    assert_eq!(meter.max_dbtp(), None);
}

#[test]
fn the_latency_is_what_flush_needs() {
    for rate_hz in RATES_HZ {
        // The last sample of the programme is its peak: without the flush it is missed, with it it is not.
        let mut meter = TruePeak::new();
        let mut signal = vec![0.0; 1000];
        signal[999] = 0.5;
        meter.process(&signal, None);
        assert!(meter.max() < 0.45, "{rate_hz}");
        meter.flush();
        assert!((0.49999..0.51).contains(&meter.max()), "{rate_hz}: {}", meter.max());
    }
}

#[test]
fn every_ten_milliseconds_agree_with_the_wave() {
    // Dense programme, clipped and filtered to 20 kHz, so that peaks crowd under the highest: the search must leave none
    // out, in no stretch of 10 ms.
    let rate_hz = 48_000.0;
    let cut = 20_000.0 / (rate_hz / 2.0);
    let mut state = 7u32;
    let raw: Vec<f64> = (0..15_000)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = f64::from(state as i32) / 2_147_483_648.0;
            let swell = 0.2 + 1.8 * (n as f64 * 0.0007).sin().powi(2);
            (swell * (1.5 * noise + (n as f64 * 0.031).sin())).clamp(-0.8, 0.8)
        })
        .collect();
    let band: Vec<f64> = (-150..=150).map(|k| kernel(f64::from(k), 151.0, 6.0, 0.95 * cut)).collect();
    let signal: Vec<f64> = raw.windows(301).map(|w| w.iter().zip(&band).map(|(x, h)| x * h).sum()).collect();
    let truth = wave(&signal);
    let samples: Vec<f32> = signal.iter().map(|&x| x as f32).collect();
    let mut meter = TruePeak::new();
    let latency = meter.latency_samples();
    let mut worst = 0.0f64;
    // Not to the end, where the wave is faded.
    for (at, block) in samples[..14_000].chunks_exact(480).enumerate() {
        meter.process(block, None);
        let got = meter.take_recent()[0];
        // A peak at the edge may fall to either stretch.
        let within = |from: usize, to: usize| truth[from..to].iter().copied().fold(0.0, f64::max);
        let (start, end) = ((480 * at).saturating_sub(latency), 480 * (at + 1) - latency);
        let (least, most) = (within(start + 2, end - 2), within(start.saturating_sub(2), end + 3));
        let error = 20.0 * (got / got.clamp(least, most)).log10();
        assert!(error.abs() <= 0.05, "stretch {at}: {got} instead of {least} to {most}, {error:+.4} dB");
        worst = worst.max(error.abs());
    }
    println!("worst error in 10 ms: {worst:.4} dB");
}
