//! What comes in and what goes out.

use std::sync::atomic::Ordering;

use super::*;
use crate::path::guard::CEILING;

#[test]
fn bad_numbers_become_silence_and_are_counted() {
    let mut path = path(Modes::default());
    let mut left = vec![f32::NAN, f32::INFINITY, 1e-40, 1e25, -1e25, 0.5];
    left.resize(64, 0.25);
    let mut right = vec![0.25; 64];
    path.process(&controls(), &mut [&mut left, &mut right], None);
    let mut silence = ([0.0; 64], [0.0; 64]);
    path.process(&controls(), &mut [&mut silence.0, &mut silence.1], None);
    assert!(left.iter().chain(&silence.0).all(|x| x.is_finite() && x.abs() <= CEILING));
    assert_eq!(path.published.feed.shared.bad_samples.load(Ordering::Relaxed), 2);
    assert_eq!(&silence.0[33..], &[0.0; 31]);
}
