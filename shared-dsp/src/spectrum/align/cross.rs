//! The cross-spectrum of two sounds that lie within some samples of each other, averaged over segments (P. Welch, "The use of
//! fast Fourier transform for the estimation of power spectra", IEEE Trans. AU-15(2), 1967).

use realfft::num_complex::{Complex32, Complex64};
use realfft::{RealFftPlanner, RealToComplex};
use std::f64::consts::TAU;

/// Length of a segment, seconds, made a power of two of samples: longer than most filters ring, short enough for many.
const SEGMENT_S: f64 = 0.085;
/// Parts of the excerpt that are kept apart, to see whether the delay moves.
pub(super) const PARTS: usize = 8;
/// What a segment counts for that overlaps by half under Hann's window with its neighbours.
const SEGMENT_WEIGHT: f64 = 0.7;
/// Powers below this against the strongest bin are rounding.
const LEAST_POWER: f64 = 1e-14;

/// Averages over segments.
pub(super) struct CrossSpectrum {
    /// Frames of a segment's transform.
    pub size: usize,
    /// The width of a bin in Hz.
    pub bin_hz: f64,
    /// Twice the power of a bin of the first, in no unit.
    power_a: Vec<f64>,
    power_b: Vec<f64>,
    /// What the second has in common with the first: its angle is the phase by which the second leads.
    pub cross: Vec<Complex64>,
    /// The same for each part of the excerpt.
    pub parts: Vec<Vec<Complex64>>,
    /// As how many independent segments they count.
    independent: f64,
}

impl CrossSpectrum {
    /// Of what both have; `None` where that is shorter than two segments.
    pub fn new(a: &[f32], b: &[f32], sample_rate_hz: f64) -> Option<Self> {
        let size = ((SEGMENT_S * sample_rate_hz) as usize).max(64).next_power_of_two();
        let hop = size / 2;
        let frames = a.len().min(b.len());
        let segments = frames.checked_sub(size)? / hop + 1;
        if segments < 3 {
            return None;
        }
        let bins = size / 2 + 1;
        let mut this = Self {
            size,
            bin_hz: sample_rate_hz / size as f64,
            power_a: vec![0.0; bins],
            power_b: vec![0.0; bins],
            cross: vec![Complex64::default(); bins],
            parts: vec![vec![Complex64::default(); bins]; PARTS],
            independent: SEGMENT_WEIGHT * segments as f64,
        };
        let forward = RealFftPlanner::<f32>::new().plan_fft_forward(size);
        let (mut first, mut second) = (Segment::new(&*forward), Segment::new(&*forward));
        for segment in 0..segments {
            let at = segment * hop..segment * hop + size;
            first.transform(&*forward, &a[at.clone()])?;
            second.transform(&*forward, &b[at])?;
            let part = &mut this.parts[segment * PARTS / segments];
            for (k, (x, y)) in first.bins.iter().zip(&second.bins).enumerate() {
                let [x, y] = [x, y].map(|bin| Complex64::new(bin.re.into(), bin.im.into()));
                this.power_a[k] += x.norm_sqr();
                this.power_b[k] += y.norm_sqr();
                part[k] += y * x.conj();
            }
        }
        for part in &this.parts {
            this.cross.iter_mut().zip(part).for_each(|(sum, &bin)| *sum += bin);
        }
        Some(this)
    }

    /// The magnitude-squared coherence of each bin, freed of what chance adds to an average of few segments.
    pub fn coherence(&self) -> Vec<f64> {
        let least = self.power_a.iter().fold(0.0, |most: f64, &power| most.max(power)) * LEAST_POWER;
        let chance = 1.0 / self.independent;
        let powers = self.power_a.iter().zip(&self.power_b);
        let coherence = |(cross, (&a, &b)): (&Complex64, (&f64, &f64))| {
            if a <= least || b <= 0.0 {
                return 0.0;
            }
            ((cross.norm_sqr() / (a * b) - chance) / (1.0 - chance)).clamp(0.0, 1.0)
        };
        self.cross.iter().zip(powers).map(coherence).collect()
    }

    /// A coherence below this is chance.
    pub fn least_coherence(&self) -> f64 {
        4.0 / self.independent
    }

    /// The logarithm of the magnitude by which a bin of the second is the first's, in nepers; `None` where there is nothing.
    pub fn log_magnitude(&self, bin: usize) -> Option<f64> {
        let (power, cross) = (self.power_a[bin], self.cross[bin].norm());
        (power > 0.0 && cross > 0.0).then(|| (cross / power).ln())
    }
}

/// Room for one segment.
struct Segment {
    window: Vec<f32>,
    input: Vec<f32>,
    scratch: Vec<Complex32>,
    bins: Vec<Complex32>,
}

impl Segment {
    fn new(forward: &dyn RealToComplex<f32>) -> Self {
        let size = forward.len() as f64;
        let hann = |n: usize| (0.5 - 0.5 * (TAU * (n as f64 + 0.5) / size).cos()) as f32;
        Self {
            window: (0..forward.len()).map(hann).collect(),
            input: forward.make_input_vec(),
            scratch: forward.make_scratch_vec(),
            bins: forward.make_output_vec(),
        }
    }

    fn transform(&mut self, forward: &dyn RealToComplex<f32>, sound: &[f32]) -> Option<()> {
        for ((to, &x), &w) in self.input.iter_mut().zip(sound).zip(&self.window) {
            *to = crate::math::clean(x).0 * w;
        }
        forward.process_with_scratch(&mut self.input, &mut self.bins, &mut self.scratch).ok()
    }
}
