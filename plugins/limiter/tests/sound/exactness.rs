//! What does nothing does nothing.

use limiter::processor::{LimiterSettings, LookAhead};
use shared_dsp::Processor;

use crate::sound::support::{limiter, run};

#[test]
fn below_the_ceiling_the_sound_is_only_delayed() {
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        for look_ahead_ms in [0.1, 2.0, 10.0] {
            let mut unit = limiter(&LimiterSettings::default(), rate, look_ahead_ms, 2);
            let latency = unit.latency_samples(LookAhead::of_ms(look_ahead_ms));
            let left: Vec<f32> = (0..9000).map(|n| 0.3 * (0.11 * n as f32).sin()).collect();
            let right: Vec<f32> = (0..9000).map(|n| 0.2 * (0.037 * n as f32).cos()).collect();
            let (l, r) = run(&mut unit, &left, &right, 333);
            assert!(l[latency..] == left[..9000 - latency], "{rate} Hz, {look_ahead_ms} ms");
            assert!(r[latency..] == right[..9000 - latency]);
            assert!(l[..latency].iter().all(|&x| x == 0.0));
        }
    }
}
