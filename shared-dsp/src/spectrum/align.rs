//! How far two versions of one sound lie apart in time, and whether one is upside down.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex32;
use std::f64::consts::TAU;

/// Below this, rumble and DC; in Hz.
const LOWEST_HZ: f64 = 100.0;
/// Above this, what lossy coders and slow filters leave; in Hz.
const HIGHEST_HZ: f64 = 16_000.0;
/// Bins whose product is weaker than this against the strongest (-140 dB, so -70 dB in each of the two) say nothing.
const LEAST_PRODUCT: f32 = 1e-14;
/// A product of two spectra below this is silence.
const LEAST_POWER: f32 = 1e-12;
/// Steps in a sample in which the peak is searched.
const STEPS: i32 = 16;
/// A peak this far above the median is no chance: unrelated sounds reach 6 to 8.
const LEAST_PEAK_OVER_MEDIAN: f32 = 12.0;
/// A delay closer than this to a whole number of samples is taken as whole.
const SNAP_SAMPLES: f64 = 0.1;

/// What [`align`] found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// By how many samples the second sound is later than the first; negative where it is earlier.
    pub delay_samples: f64,
    /// Whether the second is the first upside down.
    pub is_inverted: bool,
    /// How much of the phase of all bins the delay explains: 1 for a pure delay, less for what was processed, near 0 by
    /// chance.
    pub confidence: f64,
}

impl Alignment {
    /// The delay, made whole where it is within 0.1 sample of it: what a digital chain delays by is whole.
    #[must_use]
    pub fn snapped_delay_samples(&self) -> f64 {
        let whole = self.delay_samples.round();
        if (self.delay_samples - whole).abs() <= SNAP_SAMPLES { whole } else { self.delay_samples }
    }
}

/// Finds how far `b` lies behind `a`, up to `max_delay_samples` in either direction; `None` where nothing stands out: one
/// of them is silent, or they are unrelated.
///
/// The cross-correlation of the phases alone (GCC-PHAT: C. Knapp and G. Carter, "The generalized correlation method for
/// estimation of time delay", IEEE Trans. ASSP 24(4), 1976) over 100 Hz to 16 kHz, its peak searched in sixteenths of a
/// sample and between them by a parabola; the peak's sign is the polarity. Non-finite samples count as silence.
///
/// For a file's reader or a window's thread: it allocates, about 40 bytes a sample of `a` and `b`.
#[must_use]
pub fn align(a: &[f32], b: &[f32], sample_rate_hz: f64, max_delay_samples: usize) -> Option<Alignment> {
    let coarse = nearest_sample(&Phases::new(a, b, max_delay_samples, sample_rate_hz)?)?;
    // Once more, with what belongs together in both: the window would else pull at the phases of long notes.
    let skip = coarse.unsigned_abs() as usize;
    let (a, b) = if coarse > 0 { (a, b.get(skip..)?) } else { (a.get(skip..)?, b) };
    let both = a.len().min(b.len());
    let found = between_samples(&Phases::new(&a[..both], &b[..both], 1, sample_rate_hz)?)?;
    Some(Alignment { delay_samples: coarse as f64 + found.delay_samples, ..found })
}

/// The whole delay at which the correlation stands out; `None` where none does.
fn nearest_sample(phases: &Phases) -> Option<i64> {
    let inverse = RealFftPlanner::<f32>::new().plan_fft_inverse(phases.size);
    let mut spectrum = phases.bins.clone();
    let mut correlation = inverse.make_output_vec();
    inverse.process(&mut spectrum, &mut correlation).ok()?;
    let at = |delay: i64| correlation[delay.rem_euclid(phases.size as i64) as usize].abs();
    let delays = -(phases.max_delay as i64)..=phases.max_delay as i64;
    let best = delays.clone().max_by(|&x, &y| at(x).total_cmp(&at(y)))?;
    let mut heights: Vec<f32> = delays.map(at).collect();
    let middle = heights.len() / 2;
    let (_, &mut median, _) = heights.select_nth_unstable_by(middle, f32::total_cmp);
    // Among few delays the peak itself makes the median: they are no question of chance.
    (heights.len() <= 64 || at(best) >= LEAST_PEAK_OVER_MEDIAN * median).then_some(best)
}

/// The delay of less than a sample or so at which the correlation is greatest, from the phases themselves: what an inverse
/// transform of 16 times the length would give, but only where it is wanted.
fn between_samples(phases: &Phases) -> Option<Alignment> {
    let fine: Vec<f64> =
        (-STEPS - 1..=STEPS + 1).map(|step| phases.correlate(f64::from(step) / f64::from(STEPS))).collect();
    let top = (1..fine.len() - 1).max_by(|&x, &y| fine[x].abs().total_cmp(&fine[y].abs()))?;
    let sign = fine[top].signum();
    let [before, peak, after] = [fine[top - 1], fine[top], fine[top + 1]].map(|height| sign * height);
    let bend = before - 2.0 * peak + after;
    let vertex = if bend < 0.0 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 };
    let weight = phases.bins.iter().filter(|phase| phase.norm_sqr() > 0.0).count() as f64;
    Some(Alignment {
        delay_samples: (top as f64 - f64::from(STEPS + 1) + vertex) / f64::from(STEPS),
        is_inverted: sign < 0.0,
        confidence: (peak / weight).clamp(0.0, 1.0),
    })
}

/// The phases by which the bins of one sound lie behind those of another, as unit vectors; zero where a bin says nothing.
struct Phases {
    bins: Vec<Complex32>,
    /// Frames of the transform.
    size: usize,
    /// The farthest delay that does not wrap around onto another.
    max_delay: usize,
}

impl Phases {
    /// `None` where no bin says anything.
    fn new(a: &[f32], b: &[f32], max_delay_samples: usize, sample_rate_hz: f64) -> Option<Self> {
        let longest = a.len().max(b.len());
        let max_delay = max_delay_samples.min(longest);
        let size = (longest + max_delay + 1).next_power_of_two().max(64);
        let bin_hz = sample_rate_hz / size as f64;
        let forward = RealFftPlanner::<f32>::new().plan_fft_forward(size);
        let mut input = forward.make_input_vec();
        let mut transform = |sound: &[f32]| {
            input.fill(0.0);
            for (n, (to, &x)) in input.iter_mut().zip(sound).enumerate() {
                // Hann's window: without one, the skirts of a long note would speak of where the excerpt was cut.
                let window = 0.5 - 0.5 * (TAU * (n as f64 + 0.5) / sound.len() as f64).cos();
                *to = crate::math::clean(x).0 * window as f32;
            }
            let mut bins = forward.make_output_vec();
            forward.process(&mut input, &mut bins).ok().map(|()| bins)
        };
        let of_a = transform(a)?;
        let mut bins = transform(b)?;
        let band = (LOWEST_HZ / bin_hz).ceil() as usize..=(HIGHEST_HZ / bin_hz).floor() as usize;
        for (k, (bin, a)) in bins.iter_mut().zip(&of_a).enumerate() {
            *bin = if band.contains(&k) { *bin * a.conj() } else { Complex32::default() };
        }
        // The end of a real spectrum is real.
        if let Some(last) = bins.last_mut() {
            *last = Complex32::default();
        }
        let strongest = bins.iter().map(Complex32::norm_sqr).fold(0.0, f32::max).sqrt();
        if strongest <= LEAST_POWER {
            return None;
        }
        for bin in &mut bins {
            let magnitude = bin.norm();
            *bin = if magnitude > LEAST_PRODUCT * strongest { *bin / magnitude } else { Complex32::default() };
        }
        Some(Self { bins, size, max_delay })
    }

    /// The correlation at any delay.
    fn correlate(&self, delay_samples: f64) -> f64 {
        /// Bins after which the angle is set right, before rounding shows.
        const SEGMENT: usize = 1024;
        let step = TAU * delay_samples / self.size as f64;
        let (step_sin, step_cos) = step.sin_cos();
        let mut sum = 0.0;
        for (index, segment) in self.bins.chunks(SEGMENT).enumerate() {
            let (mut sin, mut cos) = (step * (index * SEGMENT) as f64).sin_cos();
            for bin in segment {
                sum += f64::from(bin.re) * cos - f64::from(bin.im) * sin;
                (cos, sin) = (cos * step_cos - sin * step_sin, sin * step_cos + cos * step_sin);
            }
        }
        sum
    }
}
