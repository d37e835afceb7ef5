//! What is exact to the bit or the sample: latency, what is flat, any block.

use testkit::Format;
use testkit::analysis::{first_difference, max_difference, peak};
use testkit::signals::stereo_noise;

use crate::support::*;

#[test]
fn latency_is_what_is_reported() {
    for rate in RATES_HZ {
        for (phase, samples) in [("Minimum", Some(0)), ("Natural", Some(32)), ("Linear", None)] {
            let mut rig = eq(Format::Clap, rate, phase, &[], &[("linear_length", "Shortest")]);
            assert!(samples.is_none_or(|samples| rig.latency() == samples), "{phase}: {}", rig.latency());
            let latency = rig.latency();
            let impulse = impulse_responses(&mut rig, latency + 100);
            assert_eq!(impulse[0][latency], 1.0, "{phase}, {rate} Hz");
            assert!(impulse[0][latency + 1..].iter().all(|&x| x == 0.0));
        }
    }
}

#[test]
fn flat_is_exact_and_so_is_a_gain_scale_of_nothing() {
    let input = stereo_noise(3, -6.0, 20_000);
    let flat = [Band::new("Bell", 300.0, 0.0, 1.0), Band::new("High shelf", 9000.0, 0.0, 0.7)];
    let lifted = [
        Band::new("Bell", 300.0, 6.0, 1.0),
        Band::new("High shelf", 9000.0, -4.0, 0.7),
        Band::new("Tilt", 900.0, 3.0, 0.7),
    ];
    for phase in ["Minimum", "Natural", "Linear"] {
        for (bands, more) in [(&flat[..], &[][..]), (&lifted[..], &[("gain_scale", "0")][..])] {
            let mut rig = eq(Format::Clap, 48_000.0, phase, bands, more);
            let latency = rig.latency();
            let output = rig.run(&input);
            for (input, output) in input.iter().zip(&output) {
                assert_eq!(first_difference(&output[latency..], &input[..input.len() - latency]), None, "{phase}");
            }
        }
    }
    // And the scale scales.
    let mut half = eq(Format::Clap, 48_000.0, "Natural", &lifted[..1], &[("gain_scale", "50")]);
    let (error_db, _) = errors(&mut half, 48_000.0, &[Band::new("Bell", 300.0, 3.0, 1.0)]);
    assert!(error_db <= 0.01, "{error_db} dB");
}

#[test]
fn automation_does_not_depend_on_the_block() {
    let input = stereo_noise(31, -12.0, 12_000);
    let bands = [Band::new("Bell", 1000.0, 3.0, 1.0), Band::new("High shelf", 9000.0, 2.0, 0.7)];
    let more = [("band2_dynamic", "On"), ("band2_threshold", "-40")];
    for phase in ["Minimum", "Natural", "Linear"] {
        let mut outputs = Vec::new();
        for block in [1, 512] {
            let mut rig = eq(Format::Clap, 48_000.0, phase, &bands, &more);
            let events: Vec<_> = (1..20)
                .map(|n| {
                    let key = ["band1_gain", "band1_frequency", "band1_q", "gain_scale"][n % 4];
                    let text = [format!("{}", n % 7), format!("{} Hz", 200 * n), format!("{n}"), format!("{}", 5 * n)];
                    rig.event(n * 577, key, &text[n % 4])
                })
                .collect();
            outputs.push(rig.run_with(&input, None, &events, &[block]));
        }
        assert!(peak(&outputs[0][0]) > 0.0);
        assert_eq!(first_difference(&outputs[0][0], &outputs[1][0]), None, "{phase}");
        assert!(max_difference(&outputs[0][0], &input[0]) > 0.0);
    }
}
