//! Delay lines: bit-exact whole samples, and fractions that follow a sine.

use shared_dsp::delay::{DelayLine, FractionalDelay};
use std::f64::consts::TAU;
use testkit::analysis::larger;

#[test]
fn whole_samples_come_out_bit_for_bit_at_every_delay_and_split() {
    let input: Vec<f32> = (0..500).map(|n| f32::from_bits(0x3f00_0000 + 7919 * n)).collect();
    let mut line = DelayLine::<f32>::new(100);
    for delay_samples in [0, 1, 2, 31, 64, 99, 100] {
        for cut in [1, 3, 64, 500] {
            line.start(delay_samples);
            let mut output = input.clone();
            output.chunks_mut(cut).for_each(|block| line.process(block));
            for (n, y) in output.iter().enumerate() {
                let expected = if n < delay_samples { 0.0 } else { input[n - delay_samples] };
                assert_eq!(y.to_bits(), expected.to_bits(), "delay {delay_samples}, cut {cut}, sample {n}");
            }
        }
    }
}

#[test]
fn what_was_only_stored_comes_out_later() {
    let input: Vec<f32> = (1..700_u16).map(f32::from).collect();
    for delay_samples in [0, 3, 40, 100] {
        for (written, cut) in [(50, 50), (200, 64), (333, 7), (400, 400)] {
            let mut line = DelayLine::<f32>::new(100);
            line.start(delay_samples);
            input[..written].chunks(cut).for_each(|block| line.write(block));
            let mut output = input[written..].to_vec();
            output.chunks_mut(cut).for_each(|block| line.process(block));
            for (n, y) in output.iter().enumerate() {
                let expected = if written + n < delay_samples { 0.0 } else { input[written + n - delay_samples] };
                assert_eq!(*y, expected, "delay {delay_samples}, {written} written in {cut}, sample {n}");
            }
        }
    }
}

#[test]
fn a_delay_starts_from_silence_and_stays_in_its_room() {
    let mut line = DelayLine::<[f64; 2]>::default();
    assert_eq!(line.tick([1.0, 2.0]), [1.0, 2.0]);
    line.prepare(10);
    line.start(1000);
    assert_eq!((line.delay_samples(), line.max_delay_samples()), (10, 10));
    for n in 0..200 {
        let delay_samples = n * 7 % 11;
        line.start(delay_samples);
        for k in 0..30 {
            let expected = if k < delay_samples { 0.0 } else { (k - delay_samples) as f64 };
            assert_eq!(line.tick([k as f64, -(k as f64)]), [expected, -expected]);
        }
    }
    line.start(3);
    assert_eq!([line.tick([9.0; 2]), line.tick([8.0; 2]), line.tick([7.0; 2])], [[0.0; 2]; 3]);
    assert_eq!(line.tick([6.0; 2]), [9.0; 2]);
}

/// The worst error, dB re tone, of a sine of `share` of the sample rate under the delays of `delay(n)`.
fn error_db(share: f64, delay: impl Fn(usize) -> f64) -> f64 {
    let mut line = FractionalDelay::new(300);
    let mut worst = 0.0_f64;
    for n in 0..4000 {
        line.write((TAU * share * n as f64).sin());
        let delay_samples = delay(n);
        let y = line.read(delay_samples);
        if n > 400 {
            worst = larger(worst, (y - (TAU * share * (n as f64 - delay_samples)).sin()).abs());
        }
    }
    20.0 * worst.log10()
}

#[test]
fn fractions_follow_the_ideal_delay_at_rest_and_in_motion() {
    for (share, promise_db) in
        [(0.001, -100.0), (0.1, -100.0), (0.25, -100.0), (0.36, -100.0), (0.42, -100.0), (0.4535, -30.0)]
    {
        let mut worst = -400.0_f64;
        for tenth in 0..=40 {
            worst = larger(worst, error_db(share, |_| 30.0 + f64::from(tenth) / 40.0));
        }
        // Wow: +-100 samples at one cycle in 3000 samples, far more than any tape.
        let moving = error_db(share, |n| 150.0 + 100.0 * (TAU * n as f64 / 3000.0).sin());
        println!("{share} of the rate: still {worst:.1} dB, moving {moving:.1} dB");
        assert!(worst <= promise_db, "{share}: {worst}");
        assert!(moving <= promise_db, "{share} moving: {moving}");
    }
}

#[test]
fn fractional_limits_and_bad_numbers_are_safe() {
    let mut line = FractionalDelay::new(40);
    for n in 0..200 {
        line.write(f64::from(n));
    }
    // A ramp delayed is the ramp less the delay: at both ends of the room, and past them.
    assert!(
        (line.read(FractionalDelay::MIN_DELAY_SAMPLES) - (199.0 - FractionalDelay::MIN_DELAY_SAMPLES)).abs() < 1e-9
    );
    assert!((line.read(40.0) - (199.0 - 40.0)).abs() < 1e-9);
    assert_eq!(line.read(-5.0), line.read(FractionalDelay::MIN_DELAY_SAMPLES));
    assert_eq!(line.read(f64::NAN), line.read(FractionalDelay::MIN_DELAY_SAMPLES));
    assert_eq!(line.read(f64::INFINITY), line.read(40.0));
    line.reset();
    assert_eq!(line.read(30.2), 0.0);
}

#[test]
fn any_place_of_a_delay_line_can_be_read() {
    let mut line = DelayLine::new(100);
    for n in 0..1000_i32 {
        line.write(&[n]);
        for delay in [0, 1, 37, 100] {
            assert_eq!(line.read(delay), (n - delay as i32).max(0), "{delay} before {n}");
        }
        assert_eq!(line.read(5000), (n - 100).max(0), "held to the longest");
    }
}
