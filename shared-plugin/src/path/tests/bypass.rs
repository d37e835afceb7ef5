//! Bypass.

use super::*;

#[test]
fn bypass_is_the_delayed_input_to_the_bit_and_overrides_everything() {
    let input = programme(4800);
    let mut path = path(OFFLINE_HIGH);
    let bypassed = Controls { is_bypassed: true, input_db: 12.0, listen: Listen::Delta, ..controls() };
    let output = run(&mut path, &bypassed, &input, 64);
    assert_eq!(path.latency_samples(), 100, "the longer latency of playback and render");
    // 15 ms of fade, then exact.
    assert_eq!(&output[720 + 1..], &input[720 + 1 - 100..4800 - 100]);
}
