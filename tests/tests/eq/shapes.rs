//! Shapes of every slope and width, and bands beyond what is heard.

use realfft::num_complex::Complex64;
use testkit::Format;

use crate::support::*;

const BUTTERWORTH: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// The magnitude in closed form, without any poles, dB: Butterworth's law, and the same between two gains. A flat top is a
/// low shelf in the distance from its centre (Sophocles Orfanidis, *High-Order Digital Parametric Equalizer Design*, 2005).
fn closed_form_db(band: &Band, hz: f64) -> f64 {
    let x = hz / band.hz;
    let order = f64::from(band.slope) / 3.0;
    let step = 10_f64.powf(band.gain_db / 20.0);
    let shelf = |p: f64| (step + p) / (1.0 / step + p);
    let power = match band.shape {
        "Low shelf" => shelf(x.powf(order)),
        "High shelf" => shelf(x.powf(-order)),
        "Flat top" => shelf((band.q * (x - 1.0 / x).abs()).powf(order)),
        "Low cut" => 1.0 / (1.0 + x.powf(-order)),
        "High cut" => 1.0 / (1.0 + x.powf(order)),
        other => panic!("{other}"),
    };
    10.0 * power.log10()
}

/// The largest error against the closed form above -60 dB, dB.
fn closed_form_error_db(phase: &str, rate: f64, band: &Band) -> f64 {
    let mut rig = eq(Format::Clap, rate, phase, std::slice::from_ref(band), &[]);
    let found = response(&mut rig, rate, 20.0 * band.q.max(1.0) / band.hz);
    errors_against(found, rate, |hz| Complex64::new(10_f64.powf(closed_form_db(band, hz) / 20.0), 0.0)).0
}

#[test]
fn shelves_and_flat_tops_have_every_slope() {
    let mut worst_db = 0.0_f64;
    for phase in ["Minimum", "Natural"] {
        for rate in [44_100.0, 96_000.0] {
            for hz in [120.0, 1000.0, 9000.0, 16_000.0] {
                for gain_db in [-9.0, 2.0, 12.0] {
                    let shelves = [6, 12, 18, 24].into_iter().flat_map(|slope| {
                        ["Low shelf", "High shelf"]
                            .map(|shape| Band { slope, ..Band::new(shape, hz, gain_db, BUTTERWORTH) })
                    });
                    let tops = [12, 18, 24].into_iter().flat_map(|slope| {
                        [0.5, 1.4, 4.0].map(|q| Band { slope, ..Band::new("Flat top", hz, gain_db, q) })
                    });
                    for band in shelves.chain(tops) {
                        let error_db = closed_form_error_db(phase, rate, &band);
                        assert!(error_db <= 0.01, "{phase}, {rate} Hz: {error_db:.4} dB for {band:?}");
                        worst_db = worst_db.max(error_db);
                    }
                }
            }
        }
    }
    println!("within {worst_db:.4} dB");
    assert!(worst_db > 0.0);
}

#[test]
fn the_steepest_cuts_are_butterworths() {
    for (phase, limit_db) in [("Minimum", 0.05), ("Natural", 0.01)] {
        let mut worst_db = 0.0_f64;
        for rate in [44_100.0, 96_000.0] {
            for shape in ["Low cut", "High cut"] {
                for slope in [72, 96] {
                    for hz in [30.0, 200.0, 3000.0, 12_000.0, 18_000.0] {
                        let band = Band { slope, ..Band::new(shape, hz, 0.0, BUTTERWORTH) };
                        let error_db = closed_form_error_db(phase, rate, &band);
                        assert!(error_db <= limit_db, "{phase}, {rate} Hz: {error_db:.4} dB for {band:?}");
                        worst_db = worst_db.max(error_db);
                    }
                }
            }
        }
        println!("{phase}: within {worst_db:.4} dB");
        assert!(worst_db > 0.0);
    }
}

#[test]
fn tilts_notches_band_and_all_passes_are_the_prototypes() {
    for phase in ["Minimum", "Natural"] {
        for rate in [44_100.0, 96_000.0] {
            for shape in ["Tilt", "Notch", "Band-pass", "All-pass"] {
                for (hz, q) in [(150.0, 0.5), (1000.0, 3.0), (8000.0, 1.0), (15_000.0, 0.7)] {
                    let bands = [Band::new(shape, hz, 4.0, q)];
                    assert_prototypes(Format::Clap, rate, phase, &bands, 0.01);
                }
            }
        }
    }
}

/// What is heard of a band beyond 20 kHz, and beyond half the rate.
#[test]
fn bands_beyond_what_is_heard_are_the_prototypes_below() {
    for phase in ["Minimum", "Natural"] {
        for rate in [44_100.0, 48_000.0, 96_000.0] {
            let (mut worst_db, mut worst_degrees) = (0.0_f64, 0.0_f64);
            for hz in [21_000.0, 25_000.0, 32_000.0, 40_000.0] {
                for band in [
                    Band::new("Bell", hz, 6.0, 0.7),
                    Band::new("Bell", hz, -9.0, 2.0),
                    Band::new("High shelf", hz, 9.0, BUTTERWORTH),
                    Band::new("Low shelf", hz, -4.0, BUTTERWORTH),
                    Band { slope: 24, ..Band::new("High cut", hz, 0.0, BUTTERWORTH) },
                    Band { slope: 24, ..Band::new("Low cut", hz, 0.0, BUTTERWORTH) },
                    Band { slope: 96, ..Band::new("Low cut", hz, 0.0, BUTTERWORTH) },
                ] {
                    let (error_db, degrees) = assert_prototypes(Format::Clap, rate, phase, &[band], 0.01);
                    (worst_db, worst_degrees) = (worst_db.max(error_db), worst_degrees.max(degrees));
                }
            }
            println!("{phase}, {rate} Hz: within {worst_db:.4} dB and {worst_degrees:.3} degrees");
        }
    }
}

/// By an octave every 12 dB, up and down alike, and with the gain as it is scaled.
#[test]
fn q_follows_the_gain() {
    let rate = 48_000.0;
    for (gain_db, scale, q) in
        [(12.0, "100", 2.0), (-12.0, "100", 2.0), (6.0, "100", 2_f64.sqrt()), (12.0, "50", 2_f64.sqrt())]
    {
        let set = [Band::new("Bell", 2000.0, gain_db, 1.0)];
        let more = [("band1_q_follows", "On"), ("gain_scale", scale)];
        let scaled_db = gain_db * scale.parse::<f64>().expect("a number") / 100.0;
        let meant = [Band::new("Bell", 2000.0, scaled_db, q)];
        let (error_db, _) = errors(&mut eq(Format::Clap, rate, "Natural", &set, &more), rate, &meant);
        assert!(error_db <= 0.01, "{gain_db} dB, {scale} %: {error_db:.4} dB");
        let plain = [Band::new("Bell", 2000.0, scaled_db, 1.0)];
        let (moved_db, _) = errors(&mut eq(Format::Clap, rate, "Natural", &set, &more), rate, &plain);
        assert!(moved_db > 0.3, "{gain_db} dB: as without it");
    }
}
