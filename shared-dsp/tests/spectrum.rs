//! Spectra against what is known of their signals.

use shared_dsp::spectrum::{Analyser, Bands, Fraction, SampleTap, Spectrogram, Spectrum, tilt_db};
use testkit::analysis::db;
use testkit::signals::{noise, sine};

#[test]
fn a_full_scale_sine_reads_zero_in_its_band_at_every_rate() {
    for rate_hz in [22_050.0, 44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        for fraction in Fraction::ALL {
            let mut spectrum = Spectrum::new(rate_hz, 2, fraction, 20.0);
            for hz in [1_059.0, 3_150.0, 7_900.0] {
                spectrum.reset();
                let tone = sine(rate_hz, hz, 0.0, rate_hz as usize * 2);
                // Blocks that fit nothing.
                for block in tone.chunks(777) {
                    spectrum.process_channels(&[block, block], |_| ());
                }
                let distance = |centre: f64| (centre / hz).ln().abs();
                let (at, _) = spectrum
                    .centres_hz()
                    .iter()
                    .enumerate()
                    .min_by(|a, b| distance(*a.1).total_cmp(&distance(*b.1)))
                    .unwrap();
                // At a band's edge a tone is shared out between two.
                let level = |db: Vec<f64>| {
                    let near = &db[at.saturating_sub(1)..(at + 2).min(db.len())];
                    10.0 * near.iter().map(|db| 10f64.powf(db / 10.0)).sum::<f64>().log10()
                };
                for (what, db) in [
                    ("now", level(spectrum.now_dbfs().collect())),
                    ("average", level(spectrum.average_dbfs().collect())),
                    ("peak", level(spectrum.peak_dbfs().collect())),
                ] {
                    assert!(
                        db.abs() < 0.05,
                        "{what}: {db:.3} dB for {hz} Hz in 1/{} at {rate_hz}",
                        fraction.per_octave()
                    );
                }
                let far = spectrum.average_dbfs().next().unwrap();
                assert!(far < -85.0, "{far:.1} dB leak into the lowest band");
            }
        }
    }
}

#[test]
fn bands_are_those_of_iec_61260() {
    let bands = Bands::new(Fraction::Third, 2.93, 8193);
    let nominal = [20.0, 25.0, 31.5, 40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0];
    let nominal = nominal
        .iter()
        .map(|hz| hz * 1.0)
        .chain([630.0, 800.0, 1e3, 1.25e3, 1.6e3, 2e3, 2.5e3, 3.15e3, 4e3, 5e3, 6.3e3, 8e3, 10e3, 12.5e3, 16e3, 20e3]);
    let centres = bands.centres_hz();
    assert_eq!(centres.len(), 31);
    for (centre, nominal) in centres.iter().zip(nominal) {
        assert!((centre / nominal - 1.0).abs() < 0.02, "{centre} for {nominal}");
    }
    assert!(centres.iter().any(|&hz| (hz - 1000.0).abs() < 1e-9));
    for (fraction, count) in
        [(Fraction::Sixth, 60..64), (Fraction::Twelfth, 118..124), (Fraction::TwentyFourth, 238..246)]
    {
        assert!(count.contains(&Bands::new(fraction, 2.93, 8193).centres_hz().len()));
    }
}

#[test]
fn white_noise_rises_by_three_decibels_an_octave_and_loses_no_power() {
    let rate_hz = 48_000.0;
    let [left, right] = [noise(1, 0.0, 48_000 * 20), noise(2, 0.0, 48_000 * 20)];
    let mut spectrum = Spectrum::new(rate_hz, 2, Fraction::Third, 20.0);
    spectrum.process_channels(&[&left, &right], |_| ());
    let levels: Vec<f64> = spectrum.average_dbfs().collect();
    // Uniform noise has a third of full scale squared, two thirds as a sine's peak, all over 24 kHz.
    for (&hz, &db) in spectrum.centres_hz().iter().zip(&levels).filter(|(hz, _)| **hz > 90.0) {
        let width_hz = hz * (10f64.powf(0.05) - 10f64.powf(-0.05));
        let want = 10.0 * (2.0 / 3.0 * width_hz / 24e3).log10();
        assert!((db - want).abs() < 0.7, "{hz:.0} Hz: {db:.2} for {want:.2} dB");
    }
    // Tilted by its own slope, it stands level.
    let upright = |hz: f64| 10.0 * hz.log10() + tilt_db(hz, -10.0 * 2f64.log10());
    assert!((upright(100.0) - upright(1000.0)).abs() < 1e-9 && (upright(16e3) - 30.0).abs() < 1e-9);
    let mut analyser = Analyser::new(rate_hz);
    let total: f64 = analyser.analyse(&[&left, &right]).iter().map(|&power| f64::from(power)).sum();
    assert!((10.0 * (total / (2.0 / 3.0)).log10()).abs() < 0.2, "{total}");
}

#[test]
fn levels_fall_at_the_rate_asked_for_and_bad_numbers_are_silence() {
    let rate_hz = 48_000.0;
    let mut spectrum = Spectrum::new(rate_hz, 1, Fraction::Third, 20.0);
    let tone = sine(rate_hz, 1000.0, 0.0, 48_000);
    spectrum.process_channels(&[&tone], |_| ());
    let at = spectrum.centres_hz().iter().position(|&hz| (hz - 1000.0).abs() < 1.0).unwrap();
    let before = spectrum.now_dbfs().nth(at).unwrap();
    let mut stretches = 0;
    // The first of these stretches still hold the tone.
    spectrum.process_channels(&[&vec![f32::NAN; 16_384]], |_| ());
    let begin = spectrum.now_dbfs().nth(at).unwrap();
    spectrum.process_channels(&[&vec![0.0; 96_000]], |_| stretches += 1);
    let end = spectrum.now_dbfs().nth(at).unwrap();
    let want = -20.0 * f64::from(stretches) * 4096.0 / rate_hz;
    assert!((end - begin - want).abs() < 0.01, "{begin:.2} to {end:.2} dB, expected {want:.2}");
    assert!(before.abs() < 0.05 && spectrum.peak_dbfs().all(|db| db.is_finite() && db < 0.1));
}

#[test]
fn a_tap_gives_back_the_newest_frames() {
    let tap = SampleTap::new(1000);
    let samples: Vec<f32> = (0..5000).map(|n| n as f32).collect();
    let negative: Vec<f32> = samples.iter().map(|x| -x).collect();
    let mut at = 0;
    for size in [1, 64, 333, 700, 1024, 2878] {
        tap.push(&samples[at..at + size], Some(&negative[at..at + size]));
        at += size;
        let (mut left, mut right) = ([9.0; 500], [9.0; 500]);
        tap.read_before(tap.written(), &mut left, &mut right);
        for k in 0..500 {
            let want = (at + k).checked_sub(500).map_or(0.0, |n| n as f32);
            assert_eq!((left[k], right[k]), (want, -want), "frame {k} of {at}");
        }
    }
    // What has left the ring is silence, and mono stands on both sides.
    let (mut left, mut right) = ([9.0; 4], [9.0; 4]);
    tap.read_before(100, &mut left, &mut right);
    assert_eq!(left, [0.0; 4]);
    tap.push(&[0.5, 0.25], None);
    tap.read_before(tap.written(), &mut left, &mut right);
    assert_eq!((&left[2..], &right[2..]), (&[0.5, 0.25][..], &[0.5, 0.25][..]));
}

#[test]
fn a_spectrogram_shows_a_tone_in_its_row() {
    let rate_hz = 48_000.0;
    let mut spectrum = Spectrum::new(rate_hz, 1, Fraction::Third, 20.0);
    let mut picture = Spectrogram::new(300, 20, 48_000.0 / 16_384.0);
    for (hz, row) in [(20.5, 1), (1000.0, 169), (15_000.0, 287)] {
        picture.reset();
        spectrum.reset();
        spectrum.process_channels(&[&sine(rate_hz, hz, db(0.5), 48_000 * 4)], |powers| picture.push(powers));
        assert_eq!(picture.columns().count(), 20);
        for column in picture.columns() {
            let (loudest, &level) = column.iter().enumerate().max_by_key(|(_, level)| **level).unwrap();
            assert!(loudest.abs_diff(row) <= 6, "{hz} Hz in row {loudest}");
            // One bin of the window's lobe holds less than the whole tone, by 3.0 to 3.9 dB.
            let db = Spectrogram::level_dbfs(level);
            assert!((-10.9..=-8.5).contains(&db), "{hz} Hz reads {db} dBFS");
        }
    }
    // Powers for another length do not run over the end.
    picture.push(&[1.0; 10]);
}
