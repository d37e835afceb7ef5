//! Resampling between file rates: tones come out as tones, at their place in time, and nothing else.

use shared_dsp::oversampling::Resampler;
use std::f64::consts::TAU;

fn tone(rate_hz: u32, hz: f64, frames: usize) -> Vec<[f32; 2]> {
    let wave = |n: usize| (0.5 * (TAU * hz * n as f64 / f64::from(rate_hz)).sin()) as f32;
    (0..frames).map(|n| [wave(n), -0.5 * wave(n)]).collect()
}

fn resampled(from_hz: u32, to_hz: u32, input: &[[f32; 2]], block: usize) -> Vec<[f32; 2]> {
    let mut resampler = Resampler::new(from_hz, to_hz);
    let mut output = Vec::new();
    input.chunks(block).for_each(|block| resampler.process(block, &mut output));
    resampler.finish(&mut output);
    output
}

/// Both ways between all common rates, and an odd one: what passes is the tone itself, less than -90 dB off, at the same time.
#[test]
fn a_tone_stays_itself_and_where_it_was() {
    let pairs = [
        (44_100, 48_000),
        (48_000, 44_100),
        (44_100, 96_000),
        (96_000, 44_100),
        (48_000, 192_000),
        (192_000, 48_000),
        (22_050, 48_000),
        (44_100, 47_999),
        (8_000, 44_100),
    ];
    for (from_hz, to_hz) in pairs {
        let frames = from_hz as usize / 2;
        for share in [0.01, 0.1, 0.35, 0.45] {
            let hz = share * f64::from(from_hz.min(to_hz));
            let output = resampled(from_hz, to_hz, &tone(from_hz, hz, frames), 4096);
            let expected = (frames as u64 * u64::from(to_hz)).div_ceil(u64::from(from_hz)) as usize;
            assert_eq!(output.len(), expected, "{from_hz} to {to_hz} Hz");
            let ideal = tone(to_hz, hz, output.len());
            // Away from the ends, where the tone begins and stops.
            let inner = expected / 4..expected * 3 / 4;
            let off = output[inner.clone()].iter().zip(&ideal[inner]);
            let worst =
                off.map(|(out, ideal)| (out[0] - ideal[0]).abs().max((out[1] - ideal[1]).abs())).fold(0.0, f32::max);
            assert!(worst < 0.5 * 3.2e-5, "{from_hz} to {to_hz} Hz: a tone of {hz} Hz is {worst} off");
        }
    }
}

#[test]
fn what_the_lower_rate_cannot_hold_is_gone() {
    for (from_hz, to_hz) in [(48_000, 44_100), (96_000, 44_100), (192_000, 48_000)] {
        let input = tone(from_hz, 0.505 * f64::from(to_hz), from_hz as usize / 2);
        let output = resampled(from_hz, to_hz, &input, 1000);
        let inner = &output[output.len() / 4..output.len() * 3 / 4];
        let peak = inner.iter().fold(0.0_f32, |peak, frame| peak.max(frame[0].abs()));
        assert!(peak < 0.5 * 3.2e-5, "{from_hz} to {to_hz} Hz: an alias of {peak}");
    }
}

#[test]
fn the_block_does_not_matter_and_one_rate_is_a_copy() {
    let input = tone(44_100, 997.0, 30_000);
    let whole = resampled(44_100, 48_000, &input, 30_000);
    for block in [1, 7, 4096] {
        assert!(resampled(44_100, 48_000, &input, block) == whole, "blocks of {block}");
    }
    assert!(resampled(48_000, 48_000, &input, 512) == input);
    assert!(resampled(44_100, 48_000, &[], 1).is_empty());
}
