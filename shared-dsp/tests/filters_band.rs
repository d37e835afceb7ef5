//! The bands of an equaliser against closed forms that share nothing with their design.

use shared_dsp::filters::{Band, Digital, Shape};

fn db(x: f64) -> f64 {
    20.0 * x.log10()
}

#[test]
fn prototypes_are_what_they_are_called() {
    let band = |shape, gain_db, q, slope| Band { shape, frequency_hz: 2000.0, gain_db, q, slope_db_per_octave: slope };
    let at = |band: Band, hz: f64| db(band.prototype(hz).norm());
    for gain_db in [-12.0, -0.5, 3.0, 24.0] {
        let bell = band(Shape::Bell, gain_db, 3.0, 12);
        assert!((at(bell, 2000.0) - gain_db).abs() < 1e-9 && at(bell, 2.0).abs() < 1e-3);
        let top = band(Shape::FlatTop, gain_db, 1.0, 12);
        assert!((at(top, 2000.0) - gain_db).abs() < 1e-9 && at(top, 2.0).abs() < 1e-3);
        // The edges of a band of Q 1: f - 1/f = 1/Q.
        for edge in [1.25_f64.sqrt() - 0.5, 1.25_f64.sqrt() + 0.5] {
            assert!((at(top, 2000.0 * edge) - 0.5 * gain_db).abs() < 1e-9, "{} dB", at(top, 2000.0 * edge));
        }
        for slope in [6, 12, 18, 24] {
            let (low, high) =
                (band(Shape::LowShelf, gain_db, 0.707, slope), band(Shape::HighShelf, gain_db, 0.707, slope));
            assert!((at(low, 0.02) - gain_db).abs() < 1e-3 && at(low, 2e8).abs() < 1e-3, "{}", at(low, 0.02));
            assert!((at(high, 2e8) - gain_db).abs() < 1e-3 && at(high, 0.02).abs() < 1e-3);
            assert!((at(low, 2000.0) - 0.5 * gain_db).abs() < 0.01 && (at(high, 2000.0) - 0.5 * gain_db).abs() < 0.01);
        }
        let tilt = band(Shape::Tilt, gain_db, 1.0, 12);
        assert!(at(tilt, 2000.0).abs() < 1e-9 && (at(tilt, 2e8) - gain_db).abs() < 1e-3);
        assert!((at(tilt, 0.02) + gain_db).abs() < 1e-3);
    }
    for slope in [6, 12, 18, 24, 36, 48, 72, 96] {
        let poles = f64::from(slope) / 6.0;
        for (shape, ratio) in [(Shape::HighCut, 2.0), (Shape::LowCut, 0.5)] {
            let cut = band(shape, 0.0, std::f64::consts::FRAC_1_SQRT_2, slope);
            for hz in [100.0, 1700.0, 2000.0, 2500.0, 9000.0] {
                // Butterworth.
                let x: f64 = if ratio > 1.0 { hz / 2000.0 } else { 2000.0 / hz };
                let expected = -10.0 * (1.0 + x.powf(2.0 * poles)).log10();
                assert!((at(cut, hz) - expected).abs() < 1e-9, "{shape:?} {slope} at {hz}: {}", at(cut, hz));
            }
            if slope > 6 {
                let resonant = band(shape, 0.0, 5.0, slope);
                assert!((resonant.prototype(2000.0).norm() - 5.0).abs() < 1e-9);
            }
        }
    }
    let notch = band(Shape::Notch, 0.0, 2.0, 12);
    assert!(notch.prototype(2000.0).norm() == 0.0 && at(notch, 20.0).abs() < 1e-3);
    let pass = band(Shape::BandPass, 0.0, 2.0, 12);
    assert!(at(pass, 2000.0).abs() < 1e-9 && at(pass, 20.0) < -40.0 && at(pass, 2e5) < -40.0);
    let all = band(Shape::AllPass, 0.0, 2.0, 12);
    assert!(at(all, 1234.0).abs() < 1e-9 && (all.prototype(2000.0).re + 1.0).abs() < 1e-9);
}

#[test]
fn bands_without_gain_are_wires() {
    for shape in Shape::ALL.into_iter().filter(|shape| shape.has_gain()) {
        for (hz, q, slope) in [(10.0, 0.1, 6), (1000.0, 0.7, 12), (18_000.0, 4.0, 18), (40_000.0, 40.0, 24)] {
            let band = Band { shape, frequency_hz: hz, gain_db: 0.0, q, slope_db_per_octave: slope };
            assert!(band.is_flat());
            let sections = band.sections(44_100.0);
            assert!(
                !sections.as_slice().is_empty() && sections.as_slice().iter().all(|coefs| coefs.is_wire()),
                "{band:?}"
            );
        }
    }
}

#[test]
fn any_numbers_make_stable_sections() {
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 1e-9, 0.025, 0.7, 5.0, 41.0, 1e9];
    for shape in Shape::ALL {
        for frequency_hz in odd.into_iter().chain([10.0, 997.0, 15_000.0, 22_049.0, 22_051.0, 40_000.0, 96_000.0]) {
            for gain_db in odd {
                for q in odd {
                    for slope_db_per_octave in [0, 6, 24, 96, u32::MAX] {
                        let band = Band { shape, frequency_hz, gain_db, q, slope_db_per_octave };
                        for rate_hz in [22_050.0, 44_100.0, 384_000.0] {
                            let sections = band.sections(rate_hz);
                            for coefs in sections.as_slice().iter().chain(Digital::new(&[band; 12], rate_hz).as_slice())
                            {
                                assert!(coefs.is_stable(), "{band:?} at {rate_hz}: {coefs:?}");
                            }
                        }
                        let aim = band.prototype(1000.0);
                        assert!(aim.re.is_finite() && aim.im.is_finite(), "{band:?}: {aim}");
                    }
                }
            }
        }
    }
}

#[test]
fn an_all_pass_turns_the_phase_alone() {
    for rate_hz in [44_100.0, 96_000.0] {
        for hz in [20.0, 1000.0, 10_000.0, 20_000.0, 40_000.0] {
            for q in [0.1, 0.707, 40.0] {
                let band = Band { shape: Shape::AllPass, frequency_hz: hz, q, ..Band::default() };
                for n in 1..40 {
                    let at = 20_000.0 * f64::from(n) / 40.0;
                    let digital = band.digital(rate_hz, at);
                    assert!((digital.norm() - 1.0).abs() < 1e-9, "{band:?} at {at}: {}", digital.norm());
                }
                if hz <= 1000.0 && q > 0.5 {
                    let error = (band.digital(rate_hz, hz) / band.prototype(hz)).arg().to_degrees();
                    assert!(error.abs() < 0.4, "{band:?}: {error} degrees");
                }
            }
        }
    }
}

/// A narrow notch is where it should be, in the last octave too.
#[test]
fn a_notch_is_where_it_should_be() {
    for hz in [50.0, 997.0, 15_000.0, 20_000.0] {
        let band = Band { shape: Shape::Notch, frequency_hz: hz, q: 20.0, ..Band::default() };
        assert!(band.digital(44_100.0, hz).norm() < 1e-9, "{hz}: {}", band.digital(44_100.0, hz).norm());
        assert!(db(band.digital(44_100.0, 0.8 * hz).norm()).abs() < 0.1);
    }
}
