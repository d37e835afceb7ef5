//! The phase that a minimum-phase filter has whose magnitude is the one measured.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex64;

use super::cross::CrossSpectrum;

/// Below this a segment is too short to tell magnitudes; in Hz.
const LOWEST_HZ: f64 = 20.0;
/// Magnitudes are averaged over so much of their frequency to either side: a twelfth of an octave in all.
const SMOOTHING: f64 = 0.03;
/// Bins of less coherence tell no magnitude.
const LEAST_COHERENCE: f64 = 0.3;
/// Where the magnitude is no longer known, it goes on as it fell or rose over the last of this share of the band.
const SLOPE_FROM: f64 = 0.75;
/// The steepest that it goes on, in nepers a neper of frequency: 48 dB an octave.
const MOST_SLOPE: f64 = 8.0;
/// Times the sample rate to which an analogue filter's magnitude is continued.
const BEYOND: usize = 8;

/// The phase of each bin in radians, in two ways, because nothing tells how the magnitude goes on where there is no sound.
pub(super) struct MinimumPhase {
    /// Of a filter that ends at half the sample rate, level beyond what is known.
    pub level: Vec<f64>,
    /// Of one that goes on beyond half the sample rate with the slope that it has at the end, as an analogue one or one of a
    /// higher rate does.
    pub continued: Vec<f64>,
}

impl MinimumPhase {
    pub fn new(cross: &CrossSpectrum, coherence: &[f64]) -> Self {
        let bins = coherence.len();
        let Some((known, first, last)) = smoothed(cross, coherence) else {
            return Self { level: vec![0.0; bins], continued: vec![0.0; bins] };
        };
        let slope = slope(&known, first, last);
        let log = |k: usize, slope: f64| {
            let beyond = (k.max(last) as f64 / last as f64).ln();
            known[k.clamp(first, last)] + slope * beyond
        };
        let level = phase_of(cross.size, |k| log(k, 0.0));
        let mut continued = phase_of(BEYOND * cross.size, |k| log(k, slope));
        continued.truncate(bins);
        Self { level, continued }
    }
}

/// Log magnitudes and the first and last bin at which they are known; gaps hold what came before.
fn smoothed(cross: &CrossSpectrum, coherence: &[f64]) -> Option<(Vec<f64>, usize, usize)> {
    let bins = coherence.len();
    let mut sums = vec![[0.0; 2]; bins + 1];
    for (k, &coherence) in coherence.iter().enumerate() {
        let heard = cross.log_magnitude(k).filter(|_| coherence >= LEAST_COHERENCE);
        let weight = if heard.is_some() { coherence / (1.05 - coherence) } else { 0.0 };
        sums[k + 1] = [sums[k][0] + weight * heard.unwrap_or(0.0), sums[k][1] + weight];
    }
    let mean = |k: usize| {
        let half = ((k as f64 * SMOOTHING) as usize).max(1);
        let (from, to) = (k.saturating_sub(half), (k + half + 1).min(bins));
        let weight = sums[to][1] - sums[from][1];
        (weight > 1e-3 && k as f64 * cross.bin_hz >= LOWEST_HZ).then(|| (sums[to][0] - sums[from][0]) / weight)
    };
    let known: Vec<Option<f64>> = (0..bins).map(mean).collect();
    let first = known.iter().position(Option::is_some)?;
    let last = known.iter().rposition(Option::is_some)?;
    let mut held = 0.0;
    let held = known.into_iter().map(|log| {
        held = log.unwrap_or(held);
        held
    });
    Some((held.collect(), first, last))
}

/// How the magnitude falls or rises at the end, in nepers a neper of frequency: by least squares.
fn slope(known: &[f64], first: usize, last: usize) -> f64 {
    let from = ((last as f64 * SLOPE_FROM) as usize).max(first).max(1);
    let points = (from..=last).map(|k| ((k as f64).ln(), known[k]));
    let count = (last + 1 - from) as f64;
    let (x, y) = points.clone().fold((0.0, 0.0), |sums, point| (sums.0 + point.0, sums.1 + point.1));
    let (x, y) = (x / count, y / count);
    let (up, across) =
        points.fold((0.0, 0.0), |sums, point| (sums.0 + (point.0 - x) * (point.1 - y), sums.1 + (point.0 - x).powi(2)));
    if across > 0.0 { (up / across).clamp(-MOST_SLOPE, MOST_SLOPE) } else { 0.0 }
}

/// The phase that belongs to a log magnitude: its Hilbert transform, by folding the cepstrum (A. Oppenheim and R. Schafer,
/// *Discrete-Time Signal Processing*, 1989, 12.4).
fn phase_of(size: usize, log: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut planner = RealFftPlanner::<f64>::new();
    let (inverse, forward) = (planner.plan_fft_inverse(size), planner.plan_fft_forward(size));
    let mut bins: Vec<Complex64> = (0..=size / 2).map(|k| Complex64::new(log(k), 0.0)).collect();
    let mut cepstrum = inverse.make_output_vec();
    if inverse.process(&mut bins, &mut cepstrum).is_err() {
        return vec![0.0; size / 2 + 1];
    }
    let scale = 1.0 / size as f64;
    let (causal, other) = cepstrum.split_at_mut(size / 2);
    causal[0] *= scale;
    causal[1..].iter_mut().for_each(|x| *x *= 2.0 * scale);
    other[0] *= scale;
    other[1..].fill(0.0);
    if forward.process(&mut cepstrum, &mut bins).is_err() {
        return vec![0.0; size / 2 + 1];
    }
    bins.iter().map(|bin| bin.im).collect()
}
