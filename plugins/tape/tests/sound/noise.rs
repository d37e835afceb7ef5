//! What the machine adds by itself: hiss, modulation noise and crosstalk; nothing of them when they are off.

use super::support::{run_mono, run_stereo, tape};
use shared_dsp::{Processor, Quality};
use tape::processor::{Equalisation, Speed, TapeSettings};
use testkit::analysis::{db, rms, spectrum, tone_peak};
use testkit::signals::sine;

const RATE: f64 = 48_000.0;

/// A-weighting after IEC 61672-1 from its poles, 1 at 1 kHz.
fn a_weight(hz: f64) -> f64 {
    let law = |f: f64| {
        let s = f * f;
        12_194.217f64.powi(2) * s * s
            / ((s + 20.598_997f64.powi(2))
                * ((s + 107.652_65f64.powi(2)) * (s + 737.862_23f64.powi(2))).sqrt()
                * (s + 12_194.217f64.powi(2)))
    };
    law(hz) / law(1000.0)
}

/// Power in dB of the bins of 1 Hz of a second, weighted, 0 Hz to 20 kHz; mean over all seconds.
fn power_db(signal: &[f32], rate: f64, weight: impl Fn(f64) -> f64, from: usize, to: usize) -> f64 {
    let second = rate as usize;
    let seconds = signal.len() / second;
    let sum: f64 = signal
        .chunks_exact(second)
        .map(|part| {
            let bins = spectrum(part);
            (from..to).map(|hz| 0.5 * bins[hz].norm_sqr() * weight(hz as f64).powi(2)).sum::<f64>()
        })
        .sum();
    10.0 * (sum / seconds as f64).log10()
}

fn hiss(settings: &TapeSettings, rate: f64) -> (Vec<f32>, Vec<f32>) {
    let frames = 10 * rate as usize;
    let mut unit = tape(settings, rate, Quality::Standard, 2);
    let silence = vec![0.0; frames];
    run_stereo(&mut unit, &silence, &silence, 512)
}

#[test]
fn hiss_is_as_loud_as_said_and_not_the_same_on_both_sides() {
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        let settings = TapeSettings { hiss_db: Some(-66.0), zero_vu_db: -14.0, ..TapeSettings::default() };
        let (l, r) = hiss(&settings, rate);
        for (name, side) in [("left", &l), ("right", &r)] {
            // The sine that reads 0 VU peaks at -14 dBFS.
            let got = power_db(side, rate, a_weight, 10, 20_000) - (-14.0 - 3.0103);
            println!("{rate} {name}: {got:.2} dB(A) re 0 VU");
            assert!((got + 66.0).abs() <= 0.3, "{rate} {name}: {got}");
        }
        let product: f64 = l.iter().zip(&r).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>() / l.len() as f64;
        let correlation = product / (rms(&l) * rms(&r));
        assert!(correlation.abs() < 0.01, "{rate}: correlated by {correlation}");
    }
}

/// Third octaves against reference/nonlinear.md C, which computes them of the particles' noise.
#[test]
fn hiss_has_the_spectrum_of_the_particles() {
    for (speed, equalisation, table) in [
        (Speed::Ips15, Equalisation::Iec, [0.0, 1.4, 3.5]),
        (Speed::Ips15, Equalisation::Nab, [1.7, 3.9, 6.3]),
        (Speed::Ips7, Equalisation::Iec, [1.8, 3.9, 6.0]),
        (Speed::Ips30, Equalisation::Aes, [-0.8, -0.4, 1.1]),
    ] {
        let settings = TapeSettings { hiss_db: Some(-60.0), speed, equalisation, ..TapeSettings::default() };
        let (l, _) = hiss(&settings, RATE);
        let density_db = |hz: f64| {
            let (from, to) = ((0.9 * hz) as usize, ((1.1 * hz) as usize).min(21_000));
            power_db(&l, RATE, |_| 1.0, from, to) - 10.0 * ((to - from) as f64).log10()
        };
        let at_1k = density_db(1000.0);
        let shape = [5000.0, 10_000.0, 20_000.0].map(|hz| density_db(hz) - at_1k);
        println!("{speed:?} {equalisation:?}: {shape:.2?}, table {table:?}");
        for (got, wanted) in shape.iter().zip(table) {
            assert!((got - wanted).abs() <= 1.5, "{speed:?} {equalisation:?}: {shape:?}");
        }
    }
}

#[test]
fn off_nothing_is_added_at_all() {
    let (l, r) = hiss(&TapeSettings::default(), RATE);
    assert!(l.iter().chain(&r).all(|x| *x == 0.0), "something sounds in silence");
    let mut unit = tape(&TapeSettings { hiss_db: Some(-60.0), ..TapeSettings::default() }, RATE, Quality::Standard, 2);
    assert!(!unit.is_at_rest(), "hiss is on");
    let silence = vec![0.0; 9600];
    run_stereo(&mut unit, &silence, &silence, 480);
    unit.update(&TapeSettings::default());
    run_stereo(&mut unit, &silence, &silence, 480);
    let (l, _) = run_stereo(&mut unit, &silence, &silence, 480);
    assert!(l.iter().all(|x| *x == 0.0) && unit.is_at_rest());
}

/// So far below a tone, on both sides of it, within about 1 kHz; and silent with it.
#[test]
fn modulation_noise_goes_with_the_signal() {
    for level in [-10.0, -30.0] {
        let settings = TapeSettings { modulation_db: Some(-50.0), head_bump: 0.0, ..TapeSettings::default() };
        let input = sine(RATE, 8000.0, level, 10 * 48_000);
        let mut unit = tape(&settings, RATE, Quality::Standard, 1);
        let output = run_mono(&mut unit, &input, 512);
        let output = &output[48_000..];
        // Against the tone as the tape leaves it: -10 dBFS are too hot for 8 kHz.
        let tone = power_db(output, RATE, |_| 1.0, 8000, 8001);
        let around = |from, to| power_db(output, RATE, |hz| f64::from(u8::from(hz != 8000.0)), from, to) - tone;
        let (all, near, far) = (around(1000, 15_000), around(7000, 9000), around(11_000, 13_000));
        println!("tone of {level} dBFS: noise {all:.2} dB below it, {near:.2} within 1 kHz, {far:.2} 3..5 kHz above");
        assert!((all + 50.0).abs() < 1.0, "{all}");
        assert!(near < all && near > all - 4.0 && far < near - 12.0, "{near} {far}");
    }
    let settings = TapeSettings { modulation_db: Some(-50.0), ..TapeSettings::default() };
    let (l, _) = hiss(&settings, RATE);
    assert!(l.iter().all(|x| *x == 0.0));
}

#[test]
fn crosstalk_is_as_said_at_1_khz_and_rises_in_the_bass() {
    let settings = TapeSettings { crosstalk_db: Some(-55.0), head_bump: 0.0, ..TapeSettings::default() };
    let across = |hz: f64| {
        let mut unit = tape(&settings, RATE, Quality::Standard, 2);
        let (_, r) = run_stereo(&mut unit, &sine(RATE, hz, -30.0, 96_000), &vec![0.0; 96_000], 512);
        db(tone_peak(&r[48_000..], RATE, hz)) + 30.0
    };
    let [bass, low, middle, treble] = [50.0, 100.0, 1000.0, 8000.0].map(across);
    println!("50 Hz {bass:.2}, 100 Hz {low:.2}, 1 kHz {middle:.2}, 8 kHz {treble:.2} dB");
    assert!((middle + 55.0).abs() < 0.1, "{middle}");
    assert!((4.0..6.1).contains(&(bass - low)) && low > middle + 4.0 && (treble - middle).abs() < 0.5);
    let mut unit = tape(&TapeSettings::default(), RATE, Quality::Standard, 2);
    let (_, r) = run_stereo(&mut unit, &sine(RATE, 100.0, -10.0, 48_000), &vec![0.0; 48_000], 512);
    assert!(r.iter().all(|x| *x == 0.0), "off, something came across");
}
