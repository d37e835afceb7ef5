//! The level that must stay, and what the tape's sheet says of its output.

use super::support::{RATES, at_48k, random_settings, run_mono, tape};
use shared_dsp::Quality;
use tape::processor::{Formulation, MachineResponse, TapeSettings};
use testkit::analysis::{db, tone_peak};
use testkit::signals::{Random, sine};

/// 0.00 dB at 1 kHz and -70 dBFS whatever is set, at every rate and quality.
#[test]
fn the_gain_of_the_line_up_tone_is_one() {
    let mut random = Random::new(14);
    let mut worst = 0.0_f64;
    for turn in 0..96 {
        let settings = if turn < 8 { TapeSettings::default() } else { random_settings(&mut random) };
        let (rate, quality) = (RATES[turn % 4], Quality::ALL[turn / 4 % 4]);
        let mut unit = tape(&settings, rate, quality, 1);
        let frames = (0.6 * rate) as usize;
        let output = run_mono(&mut unit, &sine(rate, 1000.0, -70.0, frames), 512);
        let gain_db = db(tone_peak(&output[frames / 2..], rate, 1000.0)) + 70.0;
        worst = worst.max(gain_db.abs());
        assert!(gain_db.abs() <= 0.02, "{gain_db} dB at {rate} Hz, {quality:?}: {settings:?}");
    }
    println!("worst {worst:.4} dB");
}

/// The flux of 3 % third harmonic at 1 kHz is what is published of the tape.
#[test]
fn each_tape_has_its_published_output_level() {
    for (formulation, published_nwb) in [
        (Formulation::Vintage, 465.0),
        (Formulation::Plus3, 540.0),
        (Formulation::Plus6, 762.0),
        (Formulation::Plus9, 1012.0),
    ] {
        let settings = TapeSettings { formulation, ..TapeSettings::default() };
        let (mut low, mut high) = (-20.0, 6.0);
        for _ in 0..14 {
            let middle = 0.5 * (low + high);
            if at_48k(&settings, 1000.0, middle)[1] < 0.03 { low = middle } else { high = middle }
        }
        let [level_dbfs, third] = at_48k(&settings, 1000.0, low);
        assert!((third / 0.03 - 1.0).abs() < 0.01, "{third}");
        let flux_nwb = settings.fluxivity_nwb * 10f64.powf((level_dbfs - settings.zero_vu_db) / 20.0);
        let off_db = db(flux_nwb / published_nwb);
        println!("{formulation:?}: 3 % at {flux_nwb:.0} nWb/m, published {published_nwb}: {off_db:+.2} dB");
        assert!(off_db.abs() <= 0.1, "{formulation:?}: {flux_nwb}");
        let card = MachineResponse::new(&settings, 48_000.0).card();
        assert!((card.mol_db - db(published_nwb / 320.0)).abs() < 0.02, "{card:?}");
    }
}

/// Drive and reference move how much is bent and not how loud it is; and the operating level follows the programme.
#[test]
fn drive_reference_and_operating_level_are_decibels_on_the_tape() {
    let third = |settings: &TapeSettings, level: f64| at_48k(settings, 315.0, level)[1];
    let base = TapeSettings::default();
    let reference = third(&base, -20.0);
    for (name, settings, level) in [
        ("drive", TapeSettings { drive_db: 6.0, ..base.clone() }, -26.0),
        ("operating level", TapeSettings { zero_vu_db: -24.0, ..base.clone() }, -26.0),
        ("fluxivity", TapeSettings { fluxivity_nwb: 185.0, ..base.clone() }, -20.0 + db(320.0 / 185.0)),
    ] {
        let off = third(&settings, level) / reference;
        assert!((off - 1.0).abs() < 0.005, "{name}: {off}");
    }
}
