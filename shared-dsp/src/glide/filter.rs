//! A filter that glides, and is a wire while it is bypassed.

use super::{Glide, Lerp};

/// Coefficients that may move while the filter runs: it stays bounded at any speed.
pub trait FilterCoefs: Lerp {
    /// The memory of `CH` channels.
    type State<const CH: usize>: Copy + Default + std::fmt::Debug + PartialEq;

    /// One sample of every channel.
    fn tick<const CH: usize>(&self, state: &mut Self::State<CH>, x: [f64; CH]) -> [f64; CH];
}

/// A filter of `CH` channels whose coefficients glide sample by sample on straight lines: with a new target every 64
/// samples the zipper of a 12 dB or five-octave move in half a second is below -110 dB (tests/filters.rs).
///
/// It may be bypassed: then it glides to coefficients that do nothing, and from there on computes nothing and passes its
/// input bit for bit. It comes back as the wire that it has been, with an empty memory.
#[derive(Debug, Clone, PartialEq)]
pub struct GlidingFilter<C: FilterCoefs, const CH: usize> {
    state: C::State<CH>,
    coefs: Glide<C>,
    is_bypassed: bool,
}

impl<C: FilterCoefs + Default, const CH: usize> Default for GlidingFilter<C, CH> {
    /// Bypassed.
    fn default() -> Self {
        Self { is_bypassed: true, ..Self::new(C::default()) }
    }
}

impl<C: FilterCoefs, const CH: usize> GlidingFilter<C, CH> {
    /// At rest with these coefficients and an empty memory, not bypassed.
    #[must_use]
    pub fn new(coefs: C) -> Self {
        Self { state: C::State::default(), coefs: Glide::new(coefs), is_bypassed: false }
    }

    /// Clears the memory and ends any glide at its target.
    pub fn reset(&mut self) {
        self.state = C::State::default();
        self.coefs.set_now(self.coefs.target());
    }

    /// Takes these coefficients at once, keeping the memory.
    pub fn set_now(&mut self, coefs: C) {
        self.coefs.set_now(coefs);
        self.is_bypassed = false;
    }

    /// Glides from wherever it is to `coefs`, of the same sample rate, over `length_samples` (64 for a target every 64
    /// samples; 0 jumps). Goes on undisturbed if that is the target already.
    pub fn glide_to(&mut self, coefs: C, length_samples: u32) {
        self.coefs.glide_to(coefs, length_samples);
        self.is_bypassed = false;
    }

    /// Takes these coefficients at once, or is bypassed at once with `None`; `neutral` coefficients do nothing. Clears the
    /// memory.
    pub fn restart_or_bypass(&mut self, coefs: Option<C>, neutral: C) {
        *self = Self { is_bypassed: coefs.is_none(), ..Self::new(coefs.unwrap_or(neutral)) };
    }

    /// Glides to `coefs`, or with `None` to `neutral`, where it is bypassed. The best neutral is the filter itself with a gain
    /// of 0 dB: between the two nothing but the gain moves.
    pub fn glide_or_bypass(&mut self, coefs: Option<C>, neutral: C, length_samples: u32) {
        if coefs.is_some() && !self.is_active() {
            *self = Self::new(neutral);
        }
        self.coefs.glide_to(coefs.unwrap_or(neutral), length_samples);
        self.is_bypassed = coefs.is_none();
    }

    /// Whether it does anything to what passes: not bypassed, or still on the way there.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.is_bypassed || !self.coefs.is_settled()
    }

    /// One sample of every channel. Realtime-safe.
    #[inline]
    pub fn tick(&mut self, x: [f64; CH]) -> [f64; CH] {
        if !self.is_active() {
            return x;
        }
        let _ = self.coefs.next_value();
        self.coefs.as_value().tick(&mut self.state, x)
    }

    /// A block in place, the channels interleaved; the same as [`tick`](Self::tick) on each frame. Realtime-safe.
    pub fn process(&mut self, frames: &mut [[f32; CH]]) {
        for frame in frames {
            if !self.is_active() {
                return;
            }
            *frame = self.tick(frame.map(f64::from)).map(|x| x as f32);
        }
    }

    /// The same in `f64`. Realtime-safe.
    pub fn process_frames(&mut self, frames: &mut [[f64; CH]]) {
        if !self.is_active() {
            return;
        }
        if self.coefs.is_settled() {
            let (coefs, mut state) = (self.coefs.value(), self.state);
            frames.iter_mut().for_each(|frame| *frame = coefs.tick(&mut state, *frame));
            self.state = state;
            return;
        }
        frames.iter_mut().for_each(|frame| *frame = self.tick(*frame));
    }

    /// Where the coefficients are now.
    #[must_use]
    pub fn coefs(&self) -> &C {
        self.coefs.as_value()
    }

    /// Where they are going, or resting.
    #[must_use]
    pub fn target(&self) -> C {
        self.coefs.target()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filters::SvfCoefs;

    const RATE_HZ: f64 = 48_000.0;

    fn shelf(gain_db: f64) -> SvfCoefs {
        SvfCoefs::high_shelf(RATE_HZ, 2000.0, 0.7, gain_db)
    }

    fn input(frames: usize) -> Vec<[f32; 2]> {
        (0..frames).map(|n| [(0.37 * n as f32).sin(), (1.9 * n as f32).cos()]).collect()
    }

    #[test]
    fn a_bypassed_filter_is_a_wire_and_so_is_one_that_has_come_to_be() {
        let input = input(600);
        let mut filter = GlidingFilter::<SvfCoefs, 2>::default();
        let mut output = input.clone();
        filter.process(&mut output);
        assert!(!filter.is_active() && output == input);

        filter.restart_or_bypass(Some(shelf(9.0)), shelf(0.0));
        filter.glide_or_bypass(None, shelf(0.0), 100);
        let mut output = input.clone();
        filter.process(&mut output);
        assert!(!filter.is_active());
        // At the end of the glide the coefficients are neutral.
        assert!(output[..99].iter().zip(&input).any(|(y, x)| y != x));
        assert_eq!(output[99..], input[99..]);
    }

    #[test]
    fn it_comes_back_with_an_empty_memory() {
        let input = input(600);
        let mut used = GlidingFilter::<SvfCoefs, 2>::new(shelf(-12.0));
        used.process(&mut input.clone());
        used.glide_or_bypass(None, shelf(0.0), 10);
        used.process(&mut input.clone());
        let mut fresh = GlidingFilter::<SvfCoefs, 2>::default();
        for filter in [&mut used, &mut fresh] {
            filter.glide_or_bypass(Some(shelf(6.0)), shelf(0.0), 64);
        }
        let (mut a, mut b) = (input.clone(), input.clone());
        used.process(&mut a);
        fresh.process(&mut b);
        assert_eq!(a, b);
        assert_ne!(a, input);
        assert!(a.iter().flatten().all(|x| x.is_finite()));
    }

    #[test]
    fn the_block_split_changes_nothing() {
        let input = input(600);
        let mut whole = input.clone();
        let start = || {
            let mut filter = GlidingFilter::<SvfCoefs, 2>::new(shelf(-12.0));
            filter.glide_or_bypass(None, shelf(0.0), 250);
            filter
        };
        start().process(&mut whole);
        for block in [1, 7, 64, 333] {
            let (mut filter, mut cut) = (start(), input.clone());
            cut.chunks_mut(block).for_each(|block| filter.process(block));
            assert_eq!(cut, whole, "blocks of {block}");
        }
        assert_ne!(whole, input);
    }
}
