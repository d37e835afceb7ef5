//! The peak of a level, held.

use fearless_simd::{Simd, f32x8, prelude::*};

use crate::simd::{self, dispatch};

/// Two peaks this close count as the same level: the next peak of a steady tone must not fail by a rounding.
const ALIKE: f32 = 0.99;
/// Samples looked at side by side.
const GROUP: usize = 8;

/// A peak detector: full-wave rectified, with the peaks between the samples filled in and held for a moment.
///
/// The peak of a sine falls between two samples at a different place each time, so the largest sample beats with the
/// sampling grid: that is the aliasing of a rectifier. A parabola through a local maximum and its two neighbours finds
/// the peak itself, to fourth order instead of second. It is known one sample late; the sample itself counts at once.
///
/// The hold keeps a reading for a fixed time unless a larger one comes, or a peak that is as high but for 1 %, which
/// starts the time anew: tones above 1 / (2 hold) read as a steady level, so that an attack time means for them what
/// it means for a steady level.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PeakHold {
    /// The sample before the last one, and the last one.
    before: f32,
    last: f32,
    held: f32,
    remaining_samples: u32,
}

impl PeakHold {
    /// Clears the memory.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// The reading now, linear.
    #[must_use]
    pub fn held(&self) -> f32 {
        self.held
    }

    /// Whether silence has lasted so long that more of it reads as silence and changes nothing.
    #[must_use]
    pub fn is_silent(&self, hold_samples: u32) -> bool {
        *self == Self { remaining_samples: hold_samples, ..Self::default() }
    }

    /// Writes the held peaks of `rectified`, samples without their sign, into `peaks`, linear; the shorter rules. A reading is
    /// held for `hold_samples`. Any block split gives the same numbers. Realtime-safe.
    pub fn process(&mut self, rectified: &[f32], peaks: &mut [f32], hold_samples: u32) {
        dispatch!(simd::level(), simd => self.process_in(simd, rectified, peaks, hold_samples));
    }

    /// The same where the level is known.
    #[inline(always)]
    pub(super) fn process_in<S: Simd>(&mut self, simd: S, rectified: &[f32], peaks: &mut [f32], hold_samples: u32) {
        let frames = rectified.len().min(peaks.len());
        let (rectified, peaks) = (&rectified[..frames], &mut peaks[..frames]);
        let edge = [self.before, self.last];
        for (group, peaks) in peaks.chunks_mut(GROUP).enumerate() {
            let start = group * GROUP;
            // Read where they lie: a window that was only just put together must not be loaded in another cut than it was
            // stored in, for that waits until all before it is done.
            let whole = if start == 0 { None } else { rectified[start - 2..].first_chunk() };
            if let (Some(window), Some(peaks)) = (whole, peaks.first_chunk_mut()) {
                self.group(simd, window, GROUP, peaks, hold_samples);
                continue;
            }
            let count = peaks.len();
            let (mut window, mut out) = ([0.0; GROUP + 2], [0.0; GROUP]);
            let (before, now) = window.split_at_mut(2);
            before.copy_from_slice(if start == 0 { &edge } else { &rectified[start - 2..start] });
            now[..count].copy_from_slice(&rectified[start..start + count]);
            self.group(simd, &window, count, &mut out, hold_samples);
            peaks.copy_from_slice(&out[..count]);
        }
        if let [.., before, last] = *rectified {
            (self.before, self.last) = (before, last);
        } else if let [last] = *rectified {
            (self.before, self.last) = (self.last, last);
        }
    }

    /// The first `count` of a group, after the two samples before it.
    #[inline(always)]
    fn group<S: Simd>(
        &mut self,
        simd: S,
        window: &[f32; GROUP + 2],
        count: usize,
        out: &mut [f32; GROUP],
        hold_samples: u32,
    ) {
        // First what needs no memory but the last two samples.
        let (peaks, renewals) = peaks_and_renewals(simd, window);
        if count == GROUP && self.whole_group(simd, peaks, renewals, out, hold_samples) {
            return;
        }
        // One by one, each after the one before.
        let Self { mut held, mut remaining_samples, .. } = *self;
        for n in 0..count {
            let renew = renewals[n] >= held;
            held = if renew | (remaining_samples == 0) { peaks[n] } else { held };
            remaining_samples = if renew { hold_samples } else { remaining_samples.saturating_sub(1) };
            out[n] = held;
        }
        (self.held, self.remaining_samples) = (held, remaining_samples);
    }

    /// Most groups go one way throughout, and that is seen at once: the reading is held all along, or it follows the level up
    /// (each sample renews it), or it follows the level down (none does, and the hold is over). Whether it was one of these.
    #[inline(always)]
    fn whole_group<S: Simd>(
        &mut self,
        simd: S,
        peaks: f32x8<S>,
        renewals: f32x8<S>,
        out: &mut [f32; GROUP],
        hold_samples: u32,
    ) -> bool {
        let held = f32x8::splat(simd, self.held);
        if self.remaining_samples >= GROUP as u32 && !renewals.simd_ge(held).any_true() {
            held.store_slice(out);
            self.remaining_samples -= GROUP as u32;
            return true;
        }
        // While it follows, the reading before a sample is the peak before it.
        let before = held.slide::<{ GROUP - 1 }>(peaks);
        let renewed = renewals.simd_ge(before);
        let goes_up = renewed.all_true();
        if !goes_up && (self.remaining_samples > 0 || renewed.any_true()) {
            return false;
        }
        peaks.store_slice(out);
        self.held = peaks[GROUP - 1];
        self.remaining_samples = if goes_up { hold_samples } else { 0 };
        true
    }
}

/// For each sample after the first two the peak known with it, or the sample itself, and how high it counts for a renewal.
#[inline(always)]
fn peaks_and_renewals<S: Simd>(simd: S, window: &[f32; GROUP + 2]) -> (f32x8<S>, f32x8<S>) {
    let at = |start: usize| f32x8::from_slice(simd, &window[start..start + GROUP]);
    let (before, last, now) = (at(0), at(1), at(2));
    // At a peak both differences are not negative and one is positive, so the divisor is not zero.
    let lean = before - now;
    let peak = last + lean * lean / (((last - before) + (last - now)) * 8.0);
    let is_peak = last.simd_gt(now) & last.simd_ge(before);
    (is_peak.select(peak, now), is_peak.select(peak * (1.0 / ALIKE), now))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, sample by sample.
    fn plain(rectified: &[f32], hold_samples: u32) -> Vec<f32> {
        let (mut before, mut last, mut held, mut remaining) = (0.0f32, 0.0f32, 0.0f32, 0u32);
        let mut out = Vec::new();
        for &now in rectified {
            let is_peak = last > now && last >= before;
            let lean = before - now;
            let peak = if is_peak { last + lean * lean / (8.0 * ((last - before) + (last - now))) } else { now };
            let renew = if is_peak { peak * (1.0 / ALIKE) } else { now } >= held;
            if renew || remaining == 0 {
                held = peak;
            }
            remaining = if renew { hold_samples } else { remaining.saturating_sub(1) };
            out.push(held);
            (before, last) = (last, now);
        }
        out
    }

    /// Tones, steps, noise, silence and steady levels, at every hold around the size of a group and in every cut.
    #[test]
    fn groups_are_the_definition() {
        let mut state = 7_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0
        };
        let input: Vec<f32> = (0..6000)
            .map(|n| match n / 500 % 6 {
                0 => (0.01 * n as f32).sin().abs(),
                1 => 0.0,
                2 => noise(),
                3 => 0.4,
                4 => (0.11 * n as f32).sin().abs() + 0.1 * noise(),
                _ => (0.6 * (2.0 * n as f32).sin() * (0.003 * n as f32).cos()).abs(),
            })
            .collect();
        for hold_samples in [0, 1, 6, 7, 8, 9, 40, 115, 960] {
            let wanted = plain(&input, hold_samples);
            assert!(wanted.iter().all(|x| x.is_finite()) && wanted.iter().any(|&x| x > 0.5));
            for block in [1, 3, 8, 17, 64, 6000] {
                let (mut unit, mut out) = (PeakHold::default(), vec![f32::NAN; input.len()]);
                for (x, y) in input.chunks(block).zip(out.chunks_mut(block)) {
                    unit.process(x, y, hold_samples);
                }
                assert!(out == wanted, "hold {hold_samples}, blocks of {block}");
            }
        }
    }

    #[test]
    fn silence_is_known() {
        let mut unit = PeakHold::default();
        let mut out = [f32::NAN; 64];
        unit.process(&[0.5; 64], &mut out, 100);
        assert!(!unit.is_silent(100));
        for _ in 0..4 {
            unit.process(&[0.0; 64], &mut out, 100);
        }
        assert!(unit.is_silent(100) && out == [0.0; 64]);
        let before = unit.clone();
        unit.process(&[0.0; 64], &mut out, 100);
        assert_eq!(unit, before);
    }
}
