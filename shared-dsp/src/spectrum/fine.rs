//! A spectrum as fine in the bass as above, in smooth lines, for a picture every sixtieth of a second.

use super::reducer::Reducer;
use super::{Analyser, Fraction};
use crate::math::{clean, power_to_db};

/// Frames of each transform at the lowest rates.
const FRAMES: usize = 4096;
/// Each stage's rate is this much lower than the last one's.
const FACTOR: usize = 4;
/// Where the stages take over from each other, Hz: the middle of an octave in which they are mixed.
const TAKE_OVER_HZ: [f64; 2] = [1700.0, 420.0];
/// The lowest and the highest point, Hz.
const RANGE_HZ: (f64, f64) = (10.0, 40e3);
/// Points in an octave: two in the narrowest band.
const POINTS_PER_OCTAVE: f64 = 48.0;
/// A level rises and falls to 63 % in these times, s.
const RISE_S: f64 = 0.04;
const FALL_S: f64 = 0.35;
/// The narrowest kernel, bins: narrower ones would show the bins as steps.
const LEAST_BINS: f64 = 1.5;

/// Levels over frequency of a running stereo sound with a resolution that follows the octave: three transforms, of the
/// sound and of it at a quarter and a sixteenth of its rate (85 ms, 0.34 s and 1.4 s at 48 kHz), smoothed over a part of an
/// octave by a triangle, so that there are no steps between bins.
///
/// A level is the power within the band in dBFS of a sine's peak, as in [`Spectrum`](super::Spectrum). Below about 100 Hz
/// the long transform is wider than a twenty-fourth of an octave: a tone there reads up to 6 dB less, spread over its
/// neighbours.
///
/// For a window's thread. Nothing is transformed in [`push`](Self::push); [`update`](Self::update) transforms each stage at
/// most once.
#[derive(Debug)]
pub struct FineSpectrum {
    /// Brings high rates down to 44.1 or 48 kHz.
    first: Option<Reducer>,
    stages: [Stage; 3],
    points: Vec<Point>,
    levels: Vec<f64>,
    centres_hz: Vec<f64>,
}

/// One transform, and the sums that bands are read from.
#[derive(Debug)]
struct Stage {
    reducer: Option<Reducer>,
    analyser: Analyser,
    held: [Vec<f32>; 2],
    fresh: usize,
    /// Frames between two transforms.
    hop: usize,
    /// The power below each bin's upper edge, and the sum of that: the integral and its integral, in bins.
    once: Vec<f64>,
    twice: Vec<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Point {
    hz: f64,
    width_hz: f64,
    /// What each stage has to say.
    weights: [f64; 3],
}

impl Stage {
    fn new(rate_hz: f64, reducer: Option<Reducer>) -> Self {
        let analyser = Analyser::with_frames(rate_hz, FRAMES);
        let held = vec![0.0; FRAMES];
        let bins = FRAMES / 2 + 2;
        let hop = if reducer.is_some() { FRAMES / 16 } else { 1 };
        Self {
            reducer,
            analyser,
            held: [held.clone(), held],
            fresh: 0,
            hop,
            once: vec![0.0; bins],
            twice: vec![0.0; bins],
        }
    }

    fn push(&mut self, channels: [&[f32]; 2]) {
        for (held, channel) in self.held.iter_mut().zip(channels) {
            let newest = &channel[channel.len().saturating_sub(FRAMES)..];
            held.copy_within(newest.len().., 0);
            held[FRAMES - newest.len()..].copy_from_slice(newest);
        }
        self.fresh += channels[0].len();
    }

    fn transform(&mut self) -> bool {
        if self.fresh < self.hop {
            return false;
        }
        self.fresh = 0;
        let powers = self.analyser.analyse(&[&self.held[0], &self.held[1]]);
        let (mut once, mut twice) = (0.0, 0.0);
        for ((power, to_once), to_twice) in powers.iter().zip(&mut self.once[1..]).zip(&mut self.twice[1..]) {
            // The integral of a straight line over the bin.
            twice += once + 0.5 * f64::from(*power);
            once += f64::from(*power);
            (*to_once, *to_twice) = (once, twice);
        }
        true
    }

    /// The integral of the integral of the power up to a place in bins, where bin 0 begins at 0.
    fn twice_at(&self, at: f64) -> f64 {
        let at = at.max(0.0);
        let whole = (at as usize).min(self.once.len() - 2);
        let x = at - whole as f64;
        let slope = self.once[whole + 1] - self.once[whole];
        self.twice[whole] + x * self.once[whole] + 0.5 * x * x * slope
    }

    /// The power in a band.
    fn power(&self, hz: f64, width_hz: f64) -> f64 {
        let bin_hz = self.analyser.bin_hz();
        let (middle, width) = (hz / bin_hz + 0.5, width_hz / bin_hz);
        let kernel = width.max(LEAST_BINS);
        let bend = self.twice_at(middle + kernel) - 2.0 * self.twice_at(middle) + self.twice_at(middle - kernel);
        (bend / (kernel * kernel)).max(0.0) * width
    }
}

impl FineSpectrum {
    /// A spectrum at rest. A rate that is no rate is taken as 48 kHz. Allocates.
    #[must_use]
    pub fn new(sample_rate_hz: f64, fraction: Fraction) -> Self {
        let rate = if sample_rate_hz.is_finite() { sample_rate_hz.clamp(8e3, 1e6) } else { 48e3 };
        let down = (rate / 50e3).ceil() as usize;
        let base = rate / down as f64;
        let first = (down > 1).then(|| Reducer::new(down, 0.84));
        let stage = |place: i32| {
            let reducer = (place > 0).then(|| Reducer::new(FACTOR, 0.5));
            Stage::new(base / (FACTOR as f64).powi(place), reducer)
        };
        // Beyond this the first reducer lets fold back.
        let top_hz = RANGE_HZ.1.min(base * if down > 1 { 0.45 } else { 0.5 });
        let count = ((top_hz / RANGE_HZ.0).log2() * POINTS_PER_OCTAVE) as usize;
        let mut spectrum = Self {
            first,
            stages: [stage(0), stage(1), stage(2)],
            points: (0..=count).map(|n| Point::new(RANGE_HZ.0 * (n as f64 / POINTS_PER_OCTAVE).exp2())).collect(),
            levels: vec![0.0; count + 1],
            centres_hz: Vec::new(),
        };
        spectrum.centres_hz = spectrum.points.iter().map(|point| point.hz).collect();
        spectrum.set_fraction(fraction);
        spectrum
    }

    /// Smooths over another part of an octave from the next update on.
    pub fn set_fraction(&mut self, fraction: Fraction) {
        let half = (0.5 / f64::from(fraction.per_octave())).exp2();
        for point in &mut self.points {
            point.width_hz = point.hz * (half - 1.0 / half);
        }
    }

    /// Takes the next frames of both channels, which are of one length. Non-finite samples count as silence.
    pub fn push(&mut self, left: &[f32], right: &[f32]) {
        let count = left.len().min(right.len());
        let clean = |channel: &[f32]| channel[..count].iter().map(|&x| clean(x).0).collect::<Vec<f32>>();
        let (left, right) = (clean(left), clean(right));
        let mut channels = [&left[..], &right[..]];
        if let Some(first) = &mut self.first {
            channels = first.process(channels);
        }
        let [fast, middle, slow] = &mut self.stages;
        fast.push(channels);
        if let Some(reducer) = &mut middle.reducer {
            let lower = reducer.process(channels);
            let lower = [lower[0].to_vec(), lower[1].to_vec()];
            middle.push([&lower[0], &lower[1]]);
            if let Some(reducer) = &mut slow.reducer {
                let lowest = reducer.process([&lower[0], &lower[1]]);
                let lowest = [lowest[0].to_vec(), lowest[1].to_vec()];
                slow.push([&lowest[0], &lowest[1]]);
            }
        }
    }

    /// Transforms what has come and moves the levels on by `elapsed_s`.
    pub fn update(&mut self, elapsed_s: f64) {
        for stage in &mut self.stages {
            stage.transform();
        }
        let elapsed_s = if elapsed_s.is_finite() { elapsed_s.max(0.0) } else { 0.0 };
        let share = |time_s: f64| 1.0 - (-elapsed_s / time_s).exp();
        let (rise, fall) = (share(RISE_S), share(FALL_S));
        for (level, point) in self.levels.iter_mut().zip(&self.points) {
            let stages = self.stages.iter().zip(point.weights).filter(|(_, weight)| *weight > 0.0);
            let power: f64 = stages.map(|(stage, weight)| weight * stage.power(point.hz, point.width_hz)).sum();
            *level += if power > *level { rise } else { fall } * (power - *level);
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.levels.fill(0.0);
        for reducer in self.first.iter_mut().chain(self.stages.iter_mut().filter_map(|stage| stage.reducer.as_mut())) {
            reducer.reset();
        }
        for stage in &mut self.stages {
            stage.held.iter_mut().for_each(|held| held.fill(0.0));
            stage.once.fill(0.0);
            stage.twice.fill(0.0);
            stage.fresh = 0;
        }
    }

    /// The points in Hz, ascending, from 10 Hz up.
    #[must_use]
    pub fn centres_hz(&self) -> &[f64] {
        &self.centres_hz
    }

    /// The level at each point, dBFS.
    pub fn levels_dbfs(&self) -> impl Iterator<Item = f64> {
        self.levels.iter().map(|&power| power_to_db(power))
    }
}

impl Point {
    fn new(hz: f64) -> Self {
        // From one stage to the next over an octave around the middle, in straight lines of the logarithm.
        let [high, low] = TAKE_OVER_HZ.map(|middle| ((hz / middle).log2() + 0.5).clamp(0.0, 1.0));
        Self { hz, width_hz: 0.0, weights: [high, (1.0 - high) * low, (1.0 - high) * (1.0 - low)] }
    }
}
