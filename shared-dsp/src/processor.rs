//! What the shell asks of every plugin's processor.

use std::fmt;
use std::sync::Arc;

use crate::Job;

/// How much effort goes into antialiasing. What it means in detail is each processor's own business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Quality {
    /// Base rate, no antialiasing.
    Off,
    /// The lowest latency with antialiasing.
    Live,
    /// Linear phase where it matters; the default.
    #[default]
    Standard,
    /// The best that this suite can do.
    High,
}

impl Quality {
    /// All of them, cheapest first.
    pub const ALL: [Self; 4] = [Self::Off, Self::Live, Self::Standard, Self::High];
}

/// What a processor's latency depends on, and nothing else does: [`Quality`], the phase of an equaliser, the look-ahead
/// of a limiter. A person chooses it for a session; a switch of it is the one that may be heard. `()` is no choice.
pub trait Mode: Copy + PartialEq + fmt::Debug + Default + Send + Sync + 'static {
    /// Modes among which is the one of the longest latency, at any rate: all of them where they are few. Delays get
    /// their room by it.
    const LONGEST: &'static [Self];
}

impl Mode for () {
    const LONGEST: &'static [Self] = &[()];
}

/// Steps of whatever the processor makes of them; the largest has the longest latency.
impl Mode for u8 {
    const LONGEST: &'static [Self] = &[Self::MAX];
}

impl Mode for Quality {
    const LONGEST: &'static [Self] = &Self::ALL;
}

/// One segment of audio, processed in place.
///
/// All slices have the same length, `right` is absent in mono, and the side chain is absent when its port is not connected.
#[derive(Debug)]
pub struct Io<'a> {
    /// The left or only channel, full scale at ±1.
    pub left: &'a mut [f32],
    /// The right channel; `None` in mono.
    pub right: Option<&'a mut [f32]>,
    /// The external side chain, left (or mono, twice) and right.
    pub sidechain: Option<(&'a [f32], &'a [f32])>,
}

impl<'a> Io<'a> {
    /// The number of frames in this segment.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.left.len()
    }

    /// The left and, in stereo, the right channel.
    pub fn channels(&mut self) -> impl Iterator<Item = &mut [f32]> {
        std::iter::once(&mut *self.left).chain(self.right.as_deref_mut())
    }

    /// Splits off and returns the first `frames` frames (all that are left, if fewer); what stays behind is the rest. A channel that
    /// is shorter than the left one is gone.
    #[must_use]
    pub fn split_to(&mut self, frames: usize) -> Io<'a> {
        let frames = frames.min(self.frames());
        let (left, rest) = std::mem::take(&mut self.left).split_at_mut(frames);
        self.left = rest;
        let right = self.right.take().and_then(|right| right.split_at_mut_checked(frames)).map(|(head, rest)| {
            self.right = Some(rest);
            head
        });
        let key = self.sidechain.take();
        let key = key.and_then(|(l, r)| Some((l.split_at_checked(frames)?, r.split_at_checked(frames)?)));
        let sidechain = key.map(|((l, l_rest), (r, r_rest))| {
            self.sidechain = Some((l_rest, r_rest));
            (l, r)
        });
        Io { left, right, sidechain }
    }
}

/// The sample rate that a processor works at, Hz: the host's, held to 4 kHz to 1.6 MHz, and 48 kHz for what is not finite.
#[must_use]
pub fn usable_rate_hz(sample_rate_hz: f64) -> f64 {
    if sample_rate_hz.is_finite() { sample_rate_hz.clamp(4_000.0, 1_600_000.0) } else { 48_000.0 }
}

/// The settings to go on with, `clamped` to what the processor can do, where they are not those in use already.
#[must_use]
pub fn changed_settings<S: PartialEq>(used: &S, wanted: &S, clamped: impl FnOnce(&S) -> S) -> Option<S> {
    if wanted == used {
        return None;
    }
    Some(clamped(wanted)).filter(|settings| settings != used)
}

/// What [`Processor::jobs`] hands over.
pub type JobList = Vec<Arc<dyn Job>>;

/// A plugin's sound, free of host types so that it can be tested without a host.
///
/// The shell calls [`update`](Self::update) at control points only: every 64 frames counted from `reset`, unless the processor
/// has [no need](Self::wants_update) of it, and at every sample where a parameter changes. Between two control points it may
/// call [`process`](Self::process) any number of times with any number of frames: the result must not depend on how the segment
/// was cut.
pub trait Processor: Send + 'static {
    /// Plain numbers, filled by the shell from the parameters. Compared to find out whether anything changed.
    type Settings: Clone + PartialEq + Send + 'static;
    /// What its latency depends on.
    type Mode: Mode;
    /// What the window draws, published at most once a block and only while somebody looks.
    type Reading: Clone + Default + Send + Sync + 'static;

    /// Makes room for everything that any settings may need at this rate. May allocate. `channels` is 1 or 2. What a
    /// person measured outlives it where rate and channels stay as they were.
    fn prepare(&mut self, sample_rate_hz: f64, max_block_frames: usize, channels: usize);

    /// Clears all memory and takes `settings` and `mode` at once, without a ramp. Hosts call it whenever they suspend: what a person
    /// measured outlives it. Realtime-safe.
    fn reset(&mut self, settings: &Self::Settings, mode: Self::Mode);

    /// Takes new settings; continuous ones glide (10 to 20 ms, inside the units), discrete ones cross-fade. Realtime-safe.
    fn update(&mut self, settings: &Self::Settings);

    /// Whether [`update`](Self::update) is to be called at the next control point although the settings are the last ones: because
    /// something is asked for again and again until it is there. A processor that has settled says no: to find that nothing has
    /// changed, two copies of all settings are read. Realtime-safe.
    fn wants_update(&self) -> bool {
        true
    }

    /// Processes in place, wet and dry already mixed. The output is delayed by [`latency_samples`](Self::latency_samples).
    /// Input is finite. Realtime-safe.
    fn process(&mut self, io: Io<'_>);

    /// Whether [`finish`](Self::finish) is for listening only: then others of the session, who hear this instance's programme, hear
    /// what went into it.
    const FINISH_IS_MONITORING: bool = false;

    /// The last stage, in place: behind the shell's output trim, its monitoring and its ceiling, and before nothing but
    /// bypass. For what belongs at the very end, as dither does. Called once for each segment of
    /// [`process`](Self::process), after it, without a side chain. Does nothing unless a processor has such a stage.
    /// Realtime-safe.
    fn finish(&mut self, _io: Io<'_>) {}

    /// What it has done off the audio thread, such as the design of kernels; asked for once, when it has been made. What the
    /// jobs are asked for in `update` and `reset` they have done by the next `process` in an offline render, where the
    /// shell waits for them, and after an activation; in real time some blocks later.
    fn jobs(&self) -> JobList {
        Vec::new()
    }

    /// Whether the host's transport runs, and at which of the song's samples the next frame is where the host tells that; told before each
    /// block. For those who measure. Realtime-safe.
    fn set_transport(&mut self, _is_playing: bool, _sample: Option<i64>) {}

    /// The delay in samples in this mode and at this rate, whatever the settings. Callable at any time after `prepare`.
    fn latency_samples(&self, mode: Self::Mode) -> usize;

    /// Whether the reading stands still for as long as silence comes in. A processor whose readings move for longer than
    /// five seconds after the sound (a slow release) says so here. Realtime-safe.
    fn is_at_rest(&self) -> bool {
        true
    }

    /// What the window draws now, gathered since the last call; nothing unless a processor says so.
    fn reading(&mut self) -> Self::Reading {
        Self::Reading::default()
    }
}
