//! The reduction that a steady tone needs all the time.

use crate::math::greatest;

/// How long one look at the peaks lasts: longer than half a period of 20 Hz.
const WINDOW_S: f64 = 0.032;
/// So many windows must agree on the peak before it counts as steady: half a second.
const STEADY_WINDOWS: usize = 16;
/// So many may be remembered for the greatest reading: a second and a half, longer than most beats of a tone with the sample rate.
const GREATEST_WINDOWS: usize = 48;
/// As ratios: up to the first (0.01 dB) the peaks are steady, from the second on (0.03 dB) they are not, and between a little.
/// Those of a tone agree within 0.001 dB; those of noise differ by 0.06 dB at least, those of drums by 0.3.
const STEADY: f32 = 1.001_2;
const UNSTEADY: f32 = 1.003_5;
/// The gain aims this far below the ceiling (0.001 dB), for rounding.
pub(super) const TARGET: f32 = 0.999_9;
/// How fast the reduction moves, linear, a second: 2 dB.
const STEP_PER_S: f64 = 0.25;

/// Finds the reduction that stands still on a held tone, and none on anything else.
///
/// A true-peak meter errs by up to 0.2 dB, differently at each peak, by where it falls between the samples. A gain that takes
/// away what the meter reads above a ceiling as it comes follows that beat, and gives a tone sidebands at -50 dB. But a tone
/// can be told from all else by its peaks, if they are read finely enough: they are always the same. So where they are, for half a
/// second, the greatest reading of all becomes a standing reduction, and nothing is left that could beat.
#[derive(Debug, Clone)]
pub struct SteadyReduction {
    window_samples: usize,
    step: f32,
    position: usize,
    fine: f32,
    greatest: f32,
    fines: [f32; STEADY_WINDOWS],
    greatests: [f32; GREATEST_WINDOWS],
    /// Windows in a row that had agreed with those before them when they ended.
    steady_windows: usize,
    /// Which comes next, counted on for ever.
    window: usize,
    target: f32,
    reduction: f32,
}

impl SteadyReduction {
    /// For one rate, at rest.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        Self {
            window_samples: ((WINDOW_S * sample_rate_hz) as usize).max(1),
            step: (STEP_PER_S / sample_rate_hz) as f32,
            position: 0,
            fine: 1.0,
            greatest: 1.0,
            fines: [f32::INFINITY; STEADY_WINDOWS],
            greatests: [1.0; GREATEST_WINDOWS],
            steady_windows: 0,
            window: 0,
            target: 0.0,
            reduction: 0.0,
        }
    }

    /// Forgets everything. Realtime-safe.
    pub fn reset(&mut self) {
        self.position = 0;
        self.fine = 1.0;
        self.greatest = 1.0;
        self.fines = [f32::INFINITY; STEADY_WINDOWS];
        self.steady_windows = 0;
        self.target = 0.0;
        self.reduction = 0.0;
    }

    /// The reduction, linear: 0 none .. 1 silence.
    #[must_use]
    pub fn reduction(&self) -> f32 {
        self.reduction
    }

    /// Takes a frame's peaks as multiples of the ceiling, the finely read one, which says whether they are steady, and the
    /// greatest of all readings, which says how high they are; returns the reduction. Below the ceiling all are alike.
    /// Non-finite ones are no peak. Realtime-safe.
    #[inline]
    pub fn tick(&mut self, fine: f32, greatest: f32) -> f32 {
        self.fine = if fine > self.fine { fine } else { self.fine };
        self.greatest = if greatest > self.greatest { greatest } else { self.greatest };
        self.position += 1;
        if self.position == self.window_samples {
            self.end_window();
        }
        self.reduction += (self.target - self.reduction).clamp(-self.step, self.step);
        self.reduction
    }

    /// For how many of the next `frames` the reduction stays what it is, whatever their peaks are.
    pub(super) fn constant_for(&self, frames: usize) -> usize {
        // The window's last frame may send it elsewhere.
        if self.reduction == self.target { frames.min(self.window_samples - self.position - 1) } else { 0 }
    }

    /// Takes the peaks of frames for which the reduction [is constant](Self::constant_for), all at once. The same as
    /// [`tick`](Self::tick) on each.
    #[inline(always)]
    pub(super) fn push_constant(&mut self, fines: &[f32], most: &[f32]) {
        self.fine = greatest(self.fine, fines);
        self.greatest = greatest(self.greatest, most);
        self.position += fines.len();
    }

    /// Takes up to so many frames that are all below the ceiling, if the reduction is none; how many it took. The same as
    /// [`tick`](Self::tick) on each. Realtime-safe.
    #[must_use]
    pub fn pass_by(&mut self, frames: usize) -> usize {
        if self.reduction != 0.0 || self.target != 0.0 {
            return 0;
        }
        let taken = frames.min(self.window_samples - self.position);
        self.position += taken;
        if self.position == self.window_samples {
            self.end_window();
        }
        taken
    }

    fn end_window(&mut self) {
        self.fines[self.window % STEADY_WINDOWS] = self.fine;
        self.greatests[self.window % GREATEST_WINDOWS] = self.greatest;
        (self.position, self.fine, self.greatest) = (0, 1.0, 1.0);
        self.window = self.window.wrapping_add(1) % (STEADY_WINDOWS * GREATEST_WINDOWS);
        let (least, most) =
            self.fines.iter().fold((f32::INFINITY, 0.0_f32), |(least, most), &x| (least.min(x), most.max(x)));
        let steady = ((UNSTEADY - most / least) / (UNSTEADY - STEADY)).clamp(0.0, 1.0);
        if steady == 0.0 || steady.is_nan() {
            self.steady_windows = 0;
            self.target = 0.0;
            return;
        }
        self.steady_windows = (self.steady_windows + 1).min(GREATEST_WINDOWS);
        // All those that agree: the ones compared, and as many more as had agreed before.
        let agreeing = (self.steady_windows + STEADY_WINDOWS - 1).min(GREATEST_WINDOWS);
        let back =
            |n: usize| self.greatests[(self.window + STEADY_WINDOWS * GREATEST_WINDOWS - 1 - n) % GREATEST_WINDOWS];
        let greatest = (0..agreeing).map(back).fold(1.0, f32::max);
        self.target = if greatest > 1.0 { steady * (1.0 - TARGET / greatest) } else { 0.0 };
    }
}
