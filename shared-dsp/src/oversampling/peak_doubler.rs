//! Twice the rate, to measure peaks.

use super::design::between_samples;
use super::fir::Symmetric;
use crate::delay::DelayLine;

/// Frames handled at once.
const CHUNK: usize = 64;

/// Half the taps of the sharp filter between two samples, and the beta of its Kaiser window (100 dB): within 0.001 dB up to 0.465
/// of the rate, and nothing from 0.535 on.
const SHARP_HALF: usize = 48;
const SHARP_BETA: f64 = 10.0;
/// The same of the gentle one (90 dB), and how wide its slope is without the window, as a share of the rate. With it, it is 0.1: from
/// 0.45 of the rate on, as converters have it.
const GENTLE_HALF: usize = 32;
const GENTLE_BETA: f64 = 5.0;
const GENTLE_SLOPE: f64 = 0.085;

/// Doubles the rate and leaves the samples as they are; what is between them is for measuring peaks, not for listening.
///
/// Up to 0.45 of the rate samples have one wave. What is above comes out as the slope of whoever looks at it has it, in a converter or a
/// meter, and in white noise, or in music that was clipped, that is up to 0.35 dB of a peak. So two filters look, one as sharp as can be
/// and one as gentle as converters are, and the greater magnitude is taken: peaks are read high enough for all between. Where both
/// agree, as on everything up to 0.45 of the rate, this is a filter.
#[derive(Debug, Clone)]
pub struct PeakDoubler {
    sharp: Symmetric<f32, 2>,
    gentle: Symmetric<f32, 2>,
    samples: DelayLine<[f32; 2]>,
    sharps: Vec<[f32; 2]>,
    gentles: Vec<[f32; 2]>,
    seconds: Vec<[f32; 2]>,
}

impl Default for PeakDoubler {
    fn default() -> Self {
        Self::new()
    }
}

impl PeakDoubler {
    /// The delay in samples of the base rate, less half a one: the second of each pair is the sample so long ago.
    pub const DELAY_SAMPLES: usize = SHARP_HALF - 1;

    /// At rest. Allocates.
    #[must_use]
    pub fn new() -> Self {
        let zeros = || vec![[0.0; 2]; CHUNK];
        let gentle = between_samples(GENTLE_HALF, GENTLE_BETA, GENTLE_SLOPE);
        Self {
            sharp: Symmetric::new(&between_samples(SHARP_HALF, SHARP_BETA, 0.0), false, 0, CHUNK),
            gentle: Symmetric::new(&gentle, false, SHARP_HALF - GENTLE_HALF, CHUNK),
            samples: DelayLine::new(Self::DELAY_SAMPLES),
            sharps: zeros(),
            gentles: zeros(),
            seconds: zeros(),
        }
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.sharp.reset();
        self.gentle.reset();
        self.samples.reset();
    }

    /// Fills `output`, which is twice as long as `input` (the shorter of the two rules): what lies before each sample, and the
    /// sample. Any block split gives the same numbers. Realtime-safe.
    pub fn process(&mut self, input: &[[f32; 2]], output: &mut [[f32; 2]]) {
        for (input, output) in input.chunks(CHUNK).zip(output.chunks_mut(2 * CHUNK)) {
            let new = input.len().min(output.len() / 2);
            let (sharps, gentles) = (&mut self.sharps[..new], &mut self.gentles[..new]);
            let seconds = &mut self.seconds[..new];
            self.sharp.process(&input[..new], sharps);
            self.gentle.process(&input[..new], gentles);
            seconds.copy_from_slice(&input[..new]);
            self.samples.process(seconds);
            let firsts = sharps.iter().zip(gentles.iter());
            for ((pair, (sharp, gentle)), second) in output.as_chunks_mut::<2>().0.iter_mut().zip(firsts).zip(seconds) {
                *pair = [[0, 1].map(|side: usize| farther(sharp[side], gentle[side])), *second];
            }
        }
    }
}

/// The one of greater magnitude.
#[inline(always)]
fn farther(a: f32, b: f32) -> f32 {
    if b.abs() > a.abs() { b } else { a }
}
