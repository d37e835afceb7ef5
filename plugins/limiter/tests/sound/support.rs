//! Signals in, sound out.

use limiter::processor::{Limiter, LimiterSettings, LookAhead};
use shared_dsp::{Io, Processor};

/// What most is measured at.
pub const RATE_HZ: f64 = 48_000.0;

/// A limiter that is ready to run.
pub fn limiter(settings: &LimiterSettings, rate: f64, look_ahead_ms: f64, channels: usize) -> Limiter {
    let mut unit = Limiter::default();
    unit.prepare(rate, 8192, channels);
    unit.reset(settings, LookAhead::of_ms(look_ahead_ms));
    unit
}

/// Runs two channels through in blocks of `block`.
pub fn run(unit: &mut Limiter, left: &[f32], right: &[f32], block: usize) -> (Vec<f32>, Vec<f32>) {
    run_with_key(unit, left, right, None, block)
}

/// The same with a side chain.
pub fn run_with_key(
    unit: &mut Limiter,
    left: &[f32],
    right: &[f32],
    key: Option<&[f32]>,
    block: usize,
) -> (Vec<f32>, Vec<f32>) {
    let (mut l, mut r) = (left.to_vec(), right.to_vec());
    for (n, (a, b)) in l.chunks_mut(block).zip(r.chunks_mut(block)).enumerate() {
        let key = key.map(|key| &key[n * block..n * block + a.len()]);
        unit.process(Io { left: a, right: Some(b), sidechain: key.map(|key| (key, key)) });
    }
    (l, r)
}

/// Runs `input` on the left and a small constant on the right, which the gain is read from: the reduction at each frame, dB,
/// aligned with the input.
pub fn reductions_db(settings: &LimiterSettings, look_ahead_ms: f64, input: &[f32]) -> Vec<f64> {
    const PILOT: f32 = 1e-3;
    let mut unit = limiter(settings, RATE_HZ, look_ahead_ms, 2);
    let latency = unit.latency_samples(LookAhead::of_ms(look_ahead_ms));
    let mut left = input.to_vec();
    left.extend(vec![0.0; latency]);
    let (_, pilot) = run(&mut unit, &left, &vec![PILOT; left.len()], 512);
    pilot[latency..].iter().map(|&x| settings.gain_db - 20.0 * f64::from(x / PILOT).log10()).collect()
}

/// As late as the limiter, and as long.
pub fn behind_latency(unit: &Limiter, look_ahead_ms: f64, output: &[f32]) -> Vec<f32> {
    output[unit.latency_samples(LookAhead::of_ms(look_ahead_ms))..].to_vec()
}

/// The greatest magnitude.
pub fn most(signals: [&[f32]; 2]) -> f32 {
    signals
        .iter()
        .flat_map(|x| x.iter())
        .fold(0.0, |most, x| if x.is_nan() { f32::INFINITY } else { most.max(x.abs()) })
}
