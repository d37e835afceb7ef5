//! The fine spectrum: its levels, its smoothness and its cost.

use std::f64::consts::TAU;
use std::time::Instant;

use shared_dsp::spectrum::{FineSpectrum, Fraction};
use testkit::analysis::largest;

const PICTURE: usize = 800;

/// After `seconds` of a sound at 48 kHz, in pictures.
fn after(rate: f64, fraction: Fraction, seconds: f64, mut sound: impl FnMut(usize) -> f64) -> FineSpectrum {
    let mut spectrum = FineSpectrum::new(rate, fraction);
    let frames = (rate / 60.0) as usize;
    for picture in 0..(seconds * 60.0) as usize {
        let block: Vec<f32> = (0..frames).map(|n| sound(picture * frames + n) as f32).collect();
        spectrum.push(&block, &block);
        spectrum.update(1.0 / 60.0);
    }
    spectrum
}

fn read(spectrum: &FineSpectrum, hz: f64) -> f64 {
    let levels: Vec<f64> = spectrum.levels_dbfs().collect();
    let at = spectrum.centres_hz().iter().position(|&centre| centre >= hz).expect("a point above");
    levels[at].max(levels[at - 1])
}

#[test]
fn a_sine_reads_its_peak_where_a_band_is_wider_than_the_window() {
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        for (hz, fraction) in [
            (60.0, Fraction::Third),
            (120.0, Fraction::Sixth),
            (500.0, Fraction::Twelfth),
            (1000.0, Fraction::Sixth),
            (1700.0, Fraction::Twelfth),
            (5000.0, Fraction::TwentyFourth),
            (15_000.0, Fraction::TwentyFourth),
        ] {
            let spectrum = after(rate, fraction, 3.0, |n| 0.5 * (TAU * hz * n as f64 / rate).sin());
            let level = read(&spectrum, hz);
            // A triangle's tip: a tone half a point away reads a little less, a spread one too.
            assert!((-2.2..=0.2).contains(&(level + 6.02)), "{hz} Hz at {rate} Hz, {fraction:?}: {level:.2} dBFS");
        }
    }
}

#[test]
fn a_bass_tone_is_one_smooth_hill_at_a_twenty_fourth_of_an_octave() {
    for hz in [20.0, 27.5, 41.2, 55.0, 82.4, 110.0] {
        let spectrum = after(48_000.0, Fraction::TwentyFourth, 4.0, |n| 0.5 * (TAU * hz * n as f64 / 48_000.0).sin());
        let levels: Vec<f64> = spectrum.levels_dbfs().collect();
        let top = largest(levels.iter().copied());
        assert!(top > -20.0, "{hz} Hz is there: {top}");
        let seen: Vec<f64> = levels.iter().copied().filter(|&db| db > top - 40.0).collect();
        let peaks = seen.windows(3).filter(|w| w[1] > w[0] && w[1] >= w[2]).count();
        assert_eq!(peaks, 1, "{hz} Hz: one hill");
        // No treads and no teeth: towards its top the line only ever bends down, as the lobe of a window does.
        let near: Vec<f64> = seen.iter().copied().filter(|&db| db > top - 20.0).collect();
        assert!(near.len() >= 5, "{hz} Hz: {near:?}");
        let worst = largest(near.windows(3).map(|w| w[2] - 2.0 * w[1] + w[0]));
        println!("{hz} Hz: bends up by {worst:.2} dB a point at most");
        assert!(worst < 0.3, "{hz} Hz: bends up by {worst:.2} dB");
        let still = seen.windows(2).filter(|w| (w[1] - w[0]).abs() < 1e-3).count();
        assert!(still <= 1, "{hz} Hz: {still} treads");
    }
}

#[test]
fn noise_falling_by_3_db_an_octave_is_level_across_the_stages() {
    // Pink noise of the spectrum's own making would prove nothing: sines of equal power, twelve in an octave.
    let tones: Vec<(f64, f64)> = (0..120)
        .map(|n| (20.0 * (f64::from(n) / 12.0).exp2(), f64::from(n) * 2.399))
        .filter(|(hz, _)| *hz < 20e3)
        .collect();
    let sound = |n: usize| tones.iter().map(|(hz, phase)| 0.02 * (TAU * hz * n as f64 / 48e3 + phase).sin()).sum();
    let spectrum = after(48_000.0, Fraction::Third, 4.0, sound);
    let levels: Vec<f64> = spectrum
        .centres_hz()
        .iter()
        .zip(spectrum.levels_dbfs())
        .filter(|(hz, _)| (60.0..=15e3).contains(*hz))
        .map(|(_, db)| db)
        .collect();
    let (low, high) = levels.iter().fold((f64::MAX, f64::MIN), |(low, high), &db| (low.min(db), high.max(db)));
    // Four of them in a third of an octave: 6 dB above one.
    let wanted = 20.0 * 0.02_f64.log10() + 6.02;
    println!("{low:.2} to {high:.2} dBFS, wanted {wanted:.2}");
    assert!(low > wanted - 1.5 && high < wanted + 1.5, "{low:.2} to {high:.2}, wanted {wanted:.2}");
}

#[test]
fn silence_and_what_is_no_number_leave_no_level() {
    let spectrum = after(48_000.0, Fraction::Sixth, 1.0, |_| f64::NAN);
    assert!(spectrum.levels_dbfs().all(|db| db <= -200.0));
    let mut spectrum = after(48_000.0, Fraction::Sixth, 1.0, |n| (TAU * 100.0 * n as f64 / 48e3).sin());
    assert!(spectrum.levels_dbfs().any(|db| db > -10.0));
    spectrum.reset();
    assert!(spectrum.levels_dbfs().all(|db| db <= -200.0));
}

#[test]
fn two_of_them_cost_less_than_a_millisecond_a_picture() {
    let block: Vec<f32> = (0..PICTURE).map(|n| (0.1 * n as f32).sin()).collect();
    let mut pair = [(); 2].map(|()| FineSpectrum::new(48_000.0, Fraction::TwentyFourth));
    let mut times_us: Vec<f64> = (0..300)
        .map(|_| {
            let start = Instant::now();
            for spectrum in &mut pair {
                spectrum.push(&block, &block);
                spectrum.update(1.0 / 60.0);
            }
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    assert!(pair[0].levels_dbfs().any(|db| db > -60.0), "it did something");
    times_us.sort_by(f64::total_cmp);
    let median_us = times_us[times_us.len() / 2];
    println!("{median_us:.0} us a picture, at best {:.0}", times_us[0]);
    let limit_us = if cfg!(debug_assertions) { 30_000.0 } else { 1000.0 };
    assert!(times_us[times_us.len() / 4] < limit_us, "{median_us} us");
}
