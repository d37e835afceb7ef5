//! Stages in a row, and the closure between.

use super::design::{MAX_HALF_TAPS, STAGES, STEEP_HALF, fir_branches, iir_sections};
use super::fir::{FirDown, FirUp};
use super::iir::{IirDown, IirUp};
use super::shared::{CHUNK_FRAMES, FilterBuffers, MAX_PAD, MOST_CHUNK_FRAMES, TOP_FRAMES, as_frames, chunk_frames};
use super::steep::SteepDown;
use super::{Factor, Phase, Sample};

/// Delay of the way up or down in samples of the top rate, at DC. Up and down differ in minimum phase, where the way
/// down takes its output one sample sooner at each stage.
fn way_delay(factor: Factor, phase: Phase, down: bool) -> f64 {
    (0..factor.stages())
        .map(|stage| {
            let at_stage = match phase {
                // The mean of the branches' delays; a section delays 2 (1-a)/(1+a) at DC, and z^-1 is one sample.
                Phase::Minimum => {
                    let sections = iir_sections()[stage].iter().map(|a| (1.0 - a) / (1.0 + a));
                    sections.sum::<f64>() + if down { -0.5 } else { 0.5 }
                }
                Phase::Steep if down && stage == 0 => STEEP_HALF as f64,
                _ => (2 * fir_branches(phase)[stage].len() - 1) as f64,
            };
            // A sample of this stage's higher rate is that many of the top rate.
            at_stage * (factor.times() >> (stage + 1)) as f64
        })
        .sum()
}

/// The round trip's delay in whole base samples, and the pad at the top rate that makes it so. `inside_top_samples` is the
/// delay of what stands between the two ways, in samples of the top rate.
///
/// Linear phase: the delay at the top rate is whole, and the pad completes it exactly. Minimum phase: the pad brings
/// the delay at DC within half a sample of the top rate of a whole number of base samples, so that low frequencies mix
/// with a delayed dry signal without comb.
fn latency_and_pad(factor: Factor, phase: Phase, inside_top_samples: usize) -> (usize, usize) {
    let times = factor.times();
    let delay = way_delay(factor, phase, false) + way_delay(factor, phase, true);
    let whole = delay.round() as usize + inside_top_samples;
    let latency = whole.div_ceil(times);
    (latency, latency * times - whole)
}

/// The latency in base samples of a way up and down around something that delays by `inside_top_samples` samples of the
/// top rate. Realtime-safe once any filter was built; before that the first call computes the filters.
#[must_use]
pub fn latency_around(factor: Factor, phase: Phase, inside_top_samples: usize) -> usize {
    latency_and_pad(factor, phase, inside_top_samples).0
}

/// [`Upsampler::delay_top_samples`] of a factor and a phase, without an instance. Realtime-safe once any filter was built.
#[must_use]
pub fn way_up_delay_top_samples(factor: Factor, phase: Phase) -> f64 {
    way_delay(factor, phase, false)
}

/// From the base rate up to a multiple of it: `CH` channels in, `factor` times as many frames out.
///
/// Made for a side chain together with [`Downsampler`]; [`Oversampler`] wraps both.
#[derive(Debug, Clone)]
pub struct Upsampler<T, const CH: usize> {
    factor: Factor,
    phase: Phase,
    fir: [FirUp<T, CH>; STAGES],
    iir: [IirUp<T, CH>; STAGES],
}

impl<T: Sample, const CH: usize> Upsampler<T, CH> {
    /// With all stages of every factor and phase. Allocates.
    #[must_use]
    pub fn new(factor: Factor, phase: Phase) -> Self {
        T::filter_buffers().prepare();
        let mut new = Self {
            factor,
            phase,
            fir: std::array::from_fn(|s| FirUp::new(MAX_HALF_TAPS[s], CHUNK_FRAMES << s)),
            iir: std::array::from_fn(|s| IirUp::new(&iir_sections()[s])),
        };
        new.select(factor, phase);
        new
    }

    /// Changes factor and phase, and clears the memory. Realtime-safe; the sound breaks, so cross-fade around it.
    pub fn select(&mut self, factor: Factor, phase: Phase) {
        self.factor = factor;
        self.phase = phase;
        self.fir.iter_mut().zip(fir_branches(phase)).for_each(|(fir, taps)| fir.select(taps));
        self.reset();
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.fir.iter_mut().for_each(FirUp::reset);
        self.iir.iter_mut().for_each(IirUp::reset);
    }

    /// How many times the sample rate.
    #[must_use]
    pub fn factor(&self) -> Factor {
        self.factor
    }

    /// The delay of the way up in samples of the *top* rate: whole and for all frequencies in linear phase, at DC in
    /// minimum phase.
    #[must_use]
    pub fn delay_top_samples(&self) -> f64 {
        way_delay(self.factor, self.phase, false)
    }

    /// Fills `output` from `input`; `output` is [`Factor::times`] as long (the shorter of the two rules if it is not).
    /// Any block split gives the same numbers. Realtime-safe.
    pub fn process(&mut self, input: &[[T; CH]], output: &mut [[T; CH]]) {
        T::filter_buffers().with(|buffers| self.process_in(buffers, input, output));
    }

    /// The same, for who has buffers at hand already.
    pub(crate) fn process_in(&mut self, buffers: &mut FilterBuffers<T>, input: &[[T; CH]], output: &mut [[T; CH]]) {
        let (times, chunk) = (self.factor.times(), chunk_frames(self.factor));
        for (input, output) in input.chunks(chunk).zip(output.chunks_mut(chunk * times)) {
            let frames = input.len().min(output.len() / times);
            self.process_chunk(buffers, &input[..frames], &mut output[..frames * times]);
        }
    }

    fn process_chunk(&mut self, buffers: &mut FilterBuffers<T>, input: &[[T; CH]], output: &mut [[T; CH]]) {
        let stages = self.factor.stages();
        if stages == 0 {
            output.copy_from_slice(input);
            return;
        }
        let FilterBuffers { between, stage: buffers } = buffers;
        let [mut from, mut to] = between.each_mut().map(|row| as_frames(row));
        let mut frames = input.len();
        for stage in 0..stages {
            let source: &[[T; CH]] = if stage == 0 { input } else { &from[..frames] };
            let target: &mut [[T; CH]] = if stage + 1 == stages { output } else { &mut to[..2 * frames] };
            match self.phase {
                Phase::Minimum => self.iir[stage].process(source, target),
                _ => self.fir[stage].process(buffers, source, target),
            }
            std::mem::swap(&mut from, &mut to);
            frames *= 2;
        }
    }
}

/// From a multiple of the base rate down to it: the counterpart of [`Upsampler`]. It holds the pad, so that the way up
/// and down together delay by [`latency_samples`](Self::latency_samples) exactly.
#[derive(Debug, Clone)]
pub struct Downsampler<T, const CH: usize> {
    factor: Factor,
    phase: Phase,
    fir: [FirDown<T, CH>; STAGES],
    iir: [IirDown<T, CH>; STAGES],
    steep: SteepDown<T, CH>,
    /// The last frames of the top rate that the pad still holds back.
    pad: [[T; CH]; MAX_PAD],
    pad_top_samples: usize,
    latency_samples: usize,
}

impl<T: Sample, const CH: usize> Downsampler<T, CH> {
    /// With all stages of every factor and phase. Allocates.
    #[must_use]
    pub fn new(factor: Factor, phase: Phase) -> Self {
        T::filter_buffers().prepare();
        let mut new = Self {
            factor,
            phase,
            fir: std::array::from_fn(|s| FirDown::new(MAX_HALF_TAPS[s], CHUNK_FRAMES << s)),
            iir: std::array::from_fn(|s| IirDown::new(&iir_sections()[s])),
            steep: SteepDown::new(MOST_CHUNK_FRAMES),
            pad: [[T::default(); CH]; MAX_PAD],
            pad_top_samples: 0,
            latency_samples: 0,
        };
        new.select(factor, phase);
        new
    }

    /// Changes factor and phase, and clears the memory. Realtime-safe; the sound breaks, so cross-fade around it.
    pub fn select(&mut self, factor: Factor, phase: Phase) {
        self.select_around(factor, phase, 0);
    }

    /// The same around something that itself delays by `inside_top_samples` samples of the top rate: the pad makes the
    /// three of them whole.
    pub fn select_around(&mut self, factor: Factor, phase: Phase, inside_top_samples: usize) {
        self.factor = factor;
        self.phase = phase;
        (self.latency_samples, self.pad_top_samples) = latency_and_pad(factor, phase, inside_top_samples);
        self.fir.iter_mut().zip(fir_branches(phase)).for_each(|(fir, taps)| fir.select(taps));
        self.reset();
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.fir.iter_mut().for_each(FirDown::reset);
        self.iir.iter_mut().for_each(IirDown::reset);
        self.steep.reset();
        self.pad.fill([T::default(); CH]);
    }

    /// How many times the sample rate.
    #[must_use]
    pub fn factor(&self) -> Factor {
        self.factor
    }

    /// The delay of the way down, without the pad, in samples of the *top* rate: whole and for all frequencies in
    /// linear phase, at DC in minimum phase (there it may be negative, as it counts from the last of the input's
    /// frames).
    #[must_use]
    pub fn delay_top_samples(&self) -> f64 {
        way_delay(self.factor, self.phase, true)
    }

    /// The pad delay in samples of the top rate, at the head of the way down.
    #[must_use]
    pub fn pad_top_samples(&self) -> usize {
        self.pad_top_samples
    }

    /// The delay of the whole round trip, up, inside and down, in base samples.
    #[must_use]
    pub fn latency_samples(&self) -> usize {
        self.latency_samples
    }

    /// Fills `output` from `input`; `input` is [`Factor::times`] as long (the shorter of the two rules if it is not).
    /// Any block split gives the same numbers. Realtime-safe.
    pub fn process(&mut self, input: &[[T; CH]], output: &mut [[T; CH]]) {
        T::filter_buffers().with(|buffers| self.process_in(buffers, input, output));
    }

    /// The same, for who has buffers at hand already.
    pub(crate) fn process_in(&mut self, buffers: &mut FilterBuffers<T>, input: &[[T; CH]], output: &mut [[T; CH]]) {
        let (times, chunk) = (self.factor.times(), chunk_frames(self.factor));
        for (input, output) in input.chunks(chunk * times).zip(output.chunks_mut(chunk)) {
            let frames = output.len().min(input.len() / times);
            self.process_chunk(buffers, &input[..frames * times], &mut output[..frames]);
        }
    }

    fn process_chunk(&mut self, buffers: &mut FilterBuffers<T>, input: &[[T; CH]], output: &mut [[T; CH]]) {
        let stages = self.factor.stages();
        if stages == 0 {
            output.copy_from_slice(input);
            return;
        }
        let FilterBuffers { between, stage: buffers } = buffers;
        let [mut from, mut to] = between.each_mut().map(|row| as_frames(row));
        let mut frames = input.len();
        let pad = self.pad_top_samples;
        if pad > 0 {
            from[..pad].copy_from_slice(&self.pad[..pad]);
            from[pad..pad + frames].copy_from_slice(input);
            self.pad[..pad].copy_from_slice(&from[frames..frames + pad]);
        }
        for stage in (0..stages).rev() {
            let source: &[[T; CH]] = if stage + 1 == stages && pad == 0 { input } else { &from[..frames] };
            frames /= 2;
            let target: &mut [[T; CH]] = if stage == 0 { output } else { &mut to[..frames] };
            match self.phase {
                Phase::Minimum => self.iir[stage].process(source, target),
                Phase::Steep if stage == 0 => self.steep.process(source, target),
                _ => self.fir[stage].process(buffers, source, target),
            }
            std::mem::swap(&mut from, &mut to);
        }
    }
}

/// Runs a closure at a multiple of the sample rate, on `CH` interleaved channels, in `f32` or `f64`.
///
/// Mix wet and dry inside the closure: both then share the filters, and no comb can arise.
///
/// ```
/// use shared_dsp::oversampling::{Factor, Oversampler, Phase};
/// let mut clipper = Oversampler::<f32, 2>::new(Factor::X8, Phase::Linear);
/// let (mut left, mut right) = ([0.5_f32; 256], [-0.5_f32; 256]);
/// clipper.process([&mut left, &mut right], |frames| {
///     frames.as_flattened_mut().iter_mut().for_each(|x| *x = x.clamp(-0.25, 0.25));
/// });
/// assert_eq!(clipper.latency_samples(), 90);
/// assert!((left[255] - 0.25).abs() < 1e-3 && (right[255] + 0.25).abs() < 1e-3);
/// ```
#[derive(Debug, Clone)]
pub struct Oversampler<T, const CH: usize> {
    up: Upsampler<T, CH>,
    down: Downsampler<T, CH>,
    base: Vec<[T; CH]>,
    top: Vec<[T; CH]>,
}

impl<T: Sample, const CH: usize> Oversampler<T, CH> {
    /// With all stages of every factor and phase. Allocates.
    #[must_use]
    pub fn new(factor: Factor, phase: Phase) -> Self {
        Self {
            up: Upsampler::new(factor, phase),
            down: Downsampler::new(factor, phase),
            base: vec![[T::default(); CH]; CHUNK_FRAMES],
            top: vec![[T::default(); CH]; TOP_FRAMES],
        }
    }

    /// The latency in base samples of a factor and a phase, without an instance. Realtime-safe once any instance was built;
    /// before that the first call computes the filters.
    #[must_use]
    pub fn latency_of(factor: Factor, phase: Phase) -> usize {
        latency_around(factor, phase, 0)
    }

    /// Changes factor and phase, and clears the memory. Realtime-safe; the sound breaks and the latency changes, so
    /// cross-fade around it and tell the host off the audio thread.
    pub fn select(&mut self, factor: Factor, phase: Phase) {
        self.up.select(factor, phase);
        self.down.select(factor, phase);
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.up.reset();
        self.down.reset();
    }

    /// How many times the sample rate.
    #[must_use]
    pub fn factor(&self) -> Factor {
        self.up.factor
    }

    /// The kind of filter.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.up.phase
    }

    /// The delay in base samples: exact for all frequencies in linear phase; in minimum phase within half a sample of
    /// the top rate at DC, and longer towards the top of the band.
    #[must_use]
    pub fn latency_samples(&self) -> usize {
        self.down.latency_samples()
    }

    /// Processes one block in place. `at_top_rate` sees the frames in order, in pieces of up to 32 times the factor;
    /// what it keeps between calls must not depend on how they are cut. Channels of unequal length are processed up to
    /// the shortest. Realtime-safe if the closure is.
    pub fn process(&mut self, mut channels: [&mut [f32]; CH], mut at_top_rate: impl FnMut(&mut [[T; CH]])) {
        let frames = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let mut base = std::mem::take(&mut self.base);
        for start in (0..frames).step_by(CHUNK_FRAMES) {
            let chunk = &mut base[..CHUNK_FRAMES.min(frames - start)];
            for (ch, channel) in channels.iter().enumerate() {
                for (frame, x) in chunk.iter_mut().zip(&channel[start..]) {
                    frame[ch] = T::from_f32(*x);
                }
            }
            self.process_frames(chunk, &mut at_top_rate);
            for (ch, channel) in channels.iter_mut().enumerate() {
                for (frame, y) in chunk.iter().zip(&mut channel[start..]) {
                    *y = frame[ch].to_f32();
                }
            }
        }
        self.base = base;
    }

    /// The same as [`process`](Self::process) on interleaved frames of the filters' own number type.
    pub fn process_frames(&mut self, io: &mut [[T; CH]], mut at_top_rate: impl FnMut(&mut [[T; CH]])) {
        let times = self.up.factor.times();
        for chunk in io.chunks_mut(CHUNK_FRAMES) {
            let top = &mut self.top[..chunk.len() * times];
            self.up.process(chunk, top);
            at_top_rate(top);
            self.down.process(top, chunk);
        }
    }
}
