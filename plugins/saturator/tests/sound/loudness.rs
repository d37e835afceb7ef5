//! The loudness law and what the panel draws.

use saturator::processor::{Character, SaturatorSettings};

fn at(character: Character, drive_db: f64) -> SaturatorSettings {
    SaturatorSettings { character, drive_db: [drive_db; 3], ..SaturatorSettings::default() }
}

/// nonlinear.md D, for the algebraic curve at an rms of -12 dB: the change of level with drives of 6 to 24 dB, over what the
/// gain alone would give. Gaussian, Laplacian.
#[test]
fn the_law_is_that_of_the_table() {
    for (drive_db, table) in [(6.0, [-4.0, -3.3]), (12.0, [-7.4, -6.6]), (18.0, [-9.5, -8.8]), (24.0, [-10.7, -10.2])] {
        let wanted = drive_db + table.iter().sum::<f64>() / 2.0;
        let makeup_db = SaturatorSettings { zero_vu_db: -12.0, ..at(Character::Tape, drive_db) }.makeup_db();
        println!("drive {drive_db}: makeup {makeup_db:.2} dB, table {wanted:.2}");
        assert!((makeup_db - wanted).abs() <= 0.1, "drive {drive_db}: {makeup_db} dB, table {wanted}");
    }
}

#[test]
fn the_law_starts_at_nothing_and_has_no_corner() {
    for character in Character::ALL {
        assert_eq!(at(character, 0.0).makeup_db(), 0.0);
        let slope = |drive_db: f64| at(character, drive_db + 0.005).makeup_db() - at(character, drive_db).makeup_db();
        for tenth in 0..239 {
            let drive_db = f64::from(tenth) / 10.0;
            let change = 200.0 * (slope(drive_db + 0.1) - slope(drive_db)).abs();
            assert!(change < 0.1, "{character:?} at {drive_db} dB: the slope changes by {change}");
        }
    }
}

#[test]
fn balance_keeps_the_distortion_and_moves_it() {
    for character in Character::ALL {
        // The reference: a sine of -12 dBFS at 6 dB of drive; for the transformer 0 VU at its 40 Hz, twice as high for as
        // much flux as at 20 Hz.
        let level_db = if character == Character::Transformer { -12.0 } else { -12.041 };
        let series = |balance: f64| SaturatorSettings { balance, ..at(character, 6.0206) }.harmonics(level_db);
        let power = |series: &[f64]| series.iter().map(|db| 10f64.powf(db / 10.0)).sum::<f64>();
        let own = 10.0 * power(&series(0.5)).log10();
        let even_share = |series: &[f64; 7]| {
            let even: Vec<f64> = series.iter().copied().step_by(2).collect();
            power(&even) / power(series)
        };
        let mut last = 2.0;
        for step in 0..=20 {
            let series = series(f64::from(step) / 20.0);
            let total = 10.0 * power(&series).log10();
            let share = even_share(&series);
            println!("{character:?} {:3}: THD {total:.2} dB, even {:.1} %", 5 * step, 100.0 * share);
            assert!((total - own).abs() <= 0.3, "{character:?} {step}: THD {total} dB, own {own}");
            assert!(share <= last + 1e-9, "{character:?} {step}: even share rises");
            last = share;
        }
        assert!(even_share(&series(0.0)) > 0.75, "{character:?}: no evener than {}", even_share(&series(0.0)));
        assert!(even_share(&series(1.0)) < 1e-6, "{character:?}: never odd");
    }
}
