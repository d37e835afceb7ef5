//! Wow and flutter, as a meter reads them.

use super::support::{RATES, run_mono, run_stereo, tape};
use shared_dsp::{Processor, Quality};
use tape::processor::TapeSettings;
use testkit::analysis::first_difference;
use testkit::flutter::{MARGIN_S, TONE_HZ, weighted};
use testkit::signals::{noise, sine};

/// What is read over, s.
const READ_S: f64 = 24.0;

fn run(settings: &TapeSettings, rate: f64, block: usize) -> Vec<f32> {
    let frames = ((READ_S + 2.0 * MARGIN_S) * rate) as usize;
    let mut unit = tape(settings, rate, Quality::Standard, 1);
    run_mono(&mut unit, &sine(rate, TONE_HZ, -20.0, frames), block)
}

#[test]
fn it_reads_what_the_knob_says_at_every_rate_and_cut() {
    for (name, wow, flutter) in
        [("wow", 0.001, 0.0), ("flutter", 0.0, 0.001), ("wow", 0.005, 0.0), ("flutter", 0.0, 0.005)]
    {
        let settings = TapeSettings { wow, flutter, ..TapeSettings::default() };
        for rate in RATES {
            let output = run(&settings, rate, 512);
            let percent = 100.0 * weighted(&output, rate);
            let asked = 100.0 * (wow + flutter);
            println!("{name} {asked} % at {rate}: {percent:.4} %");
            assert!((percent / asked - 1.0).abs() <= 0.05, "{name} {asked} % at {rate}: {percent} %");
            if rate == 48_000.0 && wow + flutter < 0.002 {
                for block in [1, 37, 4096] {
                    assert_eq!(first_difference(&run(&settings, rate, block), &output), None, "blocks of {block}");
                }
            }
        }
    }
}

/// Off they add nothing at all; and they leave nothing behind.
#[test]
fn off_is_the_path_without_them_bit_for_bit() {
    let rate = 48_000.0;
    let still = TapeSettings::default();
    let output = run(&still, rate, 512);
    // The floor of this meter: 0.000 06 %.
    assert!(weighted(&output, rate) < 1e-6, "{}", weighted(&output, rate));
    let (left, right) = (noise(1, -12.0, 60_000), noise(2, -12.0, 60_000));
    let mut unit = tape(&still, rate, Quality::Standard, 2);
    let reference = run_stereo(&mut unit, &left, &right, 64);
    let moving = TapeSettings { wow: 0.005, flutter: 0.005, azimuth_minutes: 0.0, ..still.clone() };
    let mut unit = tape(&still, rate, Quality::Standard, 2);
    let part = |unit: &mut tape::processor::Tape, from: usize, to: usize| {
        run_stereo(unit, &left[from..to], &right[from..to], 64)
    };
    let before = part(&mut unit, 0, 6400);
    unit.update(&moving);
    let during = part(&mut unit, 6400, 32_000);
    unit.update(&still);
    let after = part(&mut unit, 32_000, 60_000);
    assert_eq!(first_difference(&before.0, &reference.0[..6400]), None);
    assert!(first_difference(&during.0, &reference.0[6400..32_000]).is_some(), "nothing wandered");
    // Behind the glide.
    assert_eq!(first_difference(&after.0[960..], &reference.0[32_960..]), None);
    assert_eq!(first_difference(&after.1[960..], &reference.1[32_960..]), None);
}
