//! The way of a block of audio, free of host types:
//!
//! ```text
//! guard -> input trim -> processor (owns mix) -> output trim -> compare / delta -> ceiling -> bypass -> feed
//! ```

use std::sync::atomic::Ordering;

use shared_dsp::delay::DelayLine;
use shared_dsp::loudness::{LoudnessMeter, LoudnessPair};
use shared_dsp::math::{Ramp, clean, db_to_gain};
use shared_dsp::{Io, Processor, Quality};

use crate::feed::{FRAMES_PER_SECOND, Feed, Frame, MatchPhase};

/// Control points lie on this grid, counted from reset, so that the block split never changes the sound.
const GRID_FRAMES: usize = 64;
/// Nothing leaves a plugin above +24 dBFS: enough for any trim, not enough to harm a speaker by much.
const CEILING: f32 = 15.848_932;
const BYPASS_FADE_MS: f64 = 15.0;
/// Trims and monitoring switches.
const FADE_MS: f64 = 20.0;

/// Compare freezes when it has heard this much, seconds: the full window of programme, and not the onset of the processor,
/// which a window filled in the first three seconds would still hold.
const COMPARE_AFTER_S: f64 = 4.5;

/// What the user hears of the plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Listen {
    /// The output.
    #[default]
    Programme,
    /// Wet minus aligned dry.
    Delta,
    /// The dry at the wet's loudness.
    Compare,
}

/// Everything that steers the path, read from the parameters at a control point.
#[derive(Debug, Clone, PartialEq)]
pub struct Controls<S> {
    /// The processor's own settings, mix included.
    pub settings: S,
    /// Trim before the processor, dB.
    pub input_db: f32,
    /// Trim after the processor, dB.
    pub output_db: f32,
    /// Whether the delayed input is heard and nothing else.
    pub is_bypassed: bool,
    /// What is heard of the plugin.
    pub listen: Listen,
}

/// Antialiasing effort now, and what the latency must cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effort {
    /// In playback.
    pub playback: Quality,
    /// In an offline render.
    pub offline: Quality,
    /// Whether this is an offline render.
    pub is_offline: bool,
}

impl Effort {
    fn now(self) -> Quality {
        if self.is_offline { self.offline } else { self.playback }
    }
}

/// A trim: exact at rest, a linear ramp of the gain on the way.
#[derive(Debug)]
struct Trim {
    gain: Ramp,
}

impl Trim {
    fn apply(&mut self, channels: &mut [[f32; GRID_FRAMES]], frames: usize) {
        if self.gain.is_settled() {
            let gain = self.gain.value() as f32;
            if gain != 1.0 {
                for channel in channels {
                    channel[..frames].iter_mut().for_each(|x| *x *= gain);
                }
            }
            return;
        }
        for n in 0..frames {
            let gain = self.gain.next_value() as f32;
            for channel in channels.iter_mut() {
                channel[n] *= gain;
            }
        }
    }
}

/// A stretch of one grid step or less, both channels, on the stack.
type Stretch = [[f32; GRID_FRAMES]; 2];

/// The shell's sound around one processor.
pub struct SoundPath<P: Processor> {
    processor: P,
    controls: Controls<P::Settings>,
    effort: Effort,
    sample_rate_hz: f64,
    channels: usize,
    grid_position: usize,
    /// Whether nothing was processed since the last reset.
    is_fresh: bool,
    latency_samples: usize,
    pad_samples: usize,
    input: Trim,
    output: Trim,
    /// 0 processed .. 1 bypassed.
    bypass: Ramp,
    delta: Ramp,
    compare: Ramp,
    /// Linear gain of the dry while it is compared.
    compare_gain: Ramp,
    /// The guarded input, delayed: what bypass lets through.
    bypass_delay: [DelayLine<f32>; 2],
    /// The trimmed input, delayed: dry for delta and compare.
    dry_delay: [DelayLine<f32>; 2],
    /// Fills up the latency of the quality in use to the reported one.
    pad_delay: [DelayLine<f32>; 2],
    loudness: LoudnessPair,
    input_loudness: LoudnessMeter,
    output_loudness: LoudnessMeter,
    is_measuring: bool,
    measured_frames: u64,
    feed: Feed<P::Reading>,
    frame: Frame<P::Reading>,
    frame_position: usize,
    frame_length: usize,
}

impl<P: Processor> SoundPath<P> {
    /// A path that must be [`prepare`](Self::prepare)d before use.
    pub fn new(processor: P, controls: Controls<P::Settings>, feed: Feed<P::Reading>) -> Self {
        let still = || Trim { gain: Ramp::new(1.0) };
        Self {
            processor,
            controls,
            effort: Effort::default(),
            sample_rate_hz: 48_000.0,
            channels: 2,
            grid_position: 0,
            is_fresh: true,
            latency_samples: 0,
            pad_samples: 0,
            input: still(),
            output: still(),
            bypass: Ramp::new(0.0),
            delta: Ramp::new(0.0),
            compare: Ramp::new(0.0),
            compare_gain: Ramp::new(1.0),
            bypass_delay: [DelayLine::new(0), DelayLine::new(0)],
            dry_delay: [DelayLine::new(0), DelayLine::new(0)],
            pad_delay: [DelayLine::new(0), DelayLine::new(0)],
            loudness: LoudnessPair::new(48_000.0),
            input_loudness: LoudnessMeter::new(48_000.0),
            output_loudness: LoudnessMeter::new(48_000.0),
            is_measuring: false,
            measured_frames: 0,
            feed,
            frame: Frame::default(),
            frame_position: 0,
            frame_length: 480,
        }
    }

    /// Makes room for any effort at this rate. Allocates.
    pub fn prepare(&mut self, sample_rate_hz: f64, max_block_frames: usize, channels: usize) {
        let is_other_rate = sample_rate_hz != self.sample_rate_hz;
        self.sample_rate_hz = sample_rate_hz;
        self.channels = channels.clamp(1, 2);
        self.processor.prepare(sample_rate_hz, max_block_frames, self.channels);
        let longest = Quality::ALL.iter().map(|&q| self.processor.latency_samples(q)).max().unwrap_or(0);
        for delay in self.bypass_delay.iter_mut().chain(&mut self.dry_delay).chain(&mut self.pad_delay) {
            delay.prepare(longest);
        }
        // A host that only suspends takes no measurement away, and none that is being made.
        if is_other_rate {
            self.measured_frames = 0;
            self.loudness.prepare(sample_rate_hz);
            self.input_loudness.prepare(sample_rate_hz);
            self.output_loudness.prepare(sample_rate_hz);
        }
        self.frame_length = (sample_rate_hz / FRAMES_PER_SECOND).round() as usize;
        self.feed.shared.sample_rate_hz.store(sample_rate_hz as f32, Ordering::Relaxed);
    }

    /// Clears the memory of the sound and takes `controls` and `effort` at once. What is measured for Compare and Match
    /// goes on where it was. Realtime-safe.
    pub fn reset(&mut self, controls: &Controls<P::Settings>, effort: Effort) {
        self.controls.clone_from(controls);
        self.set_effort(effort);
        self.input.gain.set_now(db_to_gain(f64::from(controls.input_db)));
        self.output.gain.set_now(db_to_gain(f64::from(controls.output_db)));
        self.bypass.set_now(f64::from(u8::from(controls.is_bypassed)));
        self.delta.set_now(f64::from(u8::from(controls.listen == Listen::Delta)));
        self.compare.set_now(f64::from(u8::from(controls.listen == Listen::Compare)));
        self.compare_gain.set_now(self.compare_gain.target());
        self.loudness.interrupt();
        self.input_loudness.reset();
        self.output_loudness.reset();
        self.frame = Frame::default();
        self.frame_position = 0;
        self.is_fresh = true;
    }

    /// The latency that this effort would have, samples: the longer of playback's and the offline render's.
    #[must_use]
    pub fn latency_of(&self, effort: Effort) -> usize {
        self.processor.latency_samples(effort.playback).max(self.processor.latency_samples(effort.offline))
    }

    /// Takes a new effort; the sound starts anew with it. Realtime-safe. Returns the latency in samples.
    pub fn set_effort(&mut self, effort: Effort) -> usize {
        self.effort = effort;
        self.latency_samples = self.latency_of(effort);
        self.pad_samples = self.latency_samples - self.processor.latency_samples(effort.now());
        for channel in 0..2 {
            self.bypass_delay[channel].set_delay_samples(self.latency_samples);
            self.dry_delay[channel].set_delay_samples(self.latency_samples);
            self.pad_delay[channel].set_delay_samples(self.pad_samples);
            self.bypass_delay[channel].reset();
            self.dry_delay[channel].reset();
            self.pad_delay[channel].reset();
        }
        self.processor.reset(&self.controls.settings, effort.now());
        self.grid_position = 0;
        self.feed.shared.latency_samples.store(self.latency_samples as u32, Ordering::Relaxed);
        self.latency_samples
    }

    /// The effort in use.
    #[must_use]
    pub fn effort(&self) -> Effort {
        self.effort
    }

    /// The delay from input to output, in samples: the longer of playback's and the offline render's.
    #[must_use]
    pub fn latency_samples(&self) -> usize {
        self.latency_samples
    }

    fn fade_samples(&self, ms: f64) -> u32 {
        (self.sample_rate_hz * ms / 1000.0).round() as u32
    }

    fn take(&mut self, controls: &Controls<P::Settings>) {
        let fade = self.fade_samples(FADE_MS);
        self.input.gain.glide_to(db_to_gain(f64::from(controls.input_db)), fade);
        self.output.gain.glide_to(db_to_gain(f64::from(controls.output_db)), fade);
        self.bypass.glide_to(f64::from(u8::from(controls.is_bypassed)), self.fade_samples(BYPASS_FADE_MS));
        self.delta.glide_to(f64::from(u8::from(controls.listen == Listen::Delta)), fade);
        self.compare.glide_to(f64::from(u8::from(controls.listen == Listen::Compare)), fade);
        if controls.settings != self.controls.settings {
            self.processor.update(&controls.settings);
        }
        self.controls.clone_from(controls);
    }

    /// Whether the host's transport runs. Realtime-safe.
    pub fn set_playing(&mut self, is_playing: bool) {
        self.processor.set_playing(is_playing);
        self.feed.shared.is_playing.store(is_playing, Ordering::Relaxed);
    }

    /// Processes `io` in place: one or two channels of equal length. A change in `controls` takes effect at the first frame.
    /// Realtime-safe.
    pub fn process(
        &mut self,
        controls: &Controls<P::Settings>,
        io: &mut [&mut [f32]],
        sidechain: Option<(&[f32], &[f32])>,
    ) {
        let frames = io.iter().map(|channel| channel.len()).min().unwrap_or(0);
        if *controls != self.controls {
            if self.is_fresh {
                // Nothing was heard since the reset, so there is nothing to glide from.
                self.reset(controls, self.effort);
            } else {
                self.take(controls);
            }
        }
        self.is_fresh &= frames == 0;
        // One thread writes: no need to lock the bus for an addition.
        let blocks = &self.feed.shared.blocks;
        blocks.store(blocks.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        let mut start = 0;
        while start < frames {
            let count = (GRID_FRAMES - self.grid_position).min(frames - start);
            let sidechain = sidechain.map(|(l, r)| (&l[start..start + count], &r[start..start + count]));
            self.stretch(io, start, count, sidechain);
            start += count;
            self.grid_position += count;
            if self.grid_position == GRID_FRAMES {
                self.grid_position = 0;
                self.processor.update(&self.controls.settings);
                self.update_compare();
            }
        }
    }

    fn stretch(&mut self, io: &mut [&mut [f32]], start: usize, frames: usize, sidechain: Option<(&[f32], &[f32])>) {
        let channels = io.len().min(self.channels);
        let mut raw: Stretch = [[0.0; GRID_FRAMES]; 2];
        let mut bad = 0_u64;
        for (raw, io) in raw.iter_mut().zip(io.iter()).take(channels) {
            bad += guard(&io[start..start + frames], raw);
        }

        let mut key: Stretch = [[0.0; GRID_FRAMES]; 2];
        let sidechain = sidechain.map(|(left, right)| {
            bad += guard(left, &mut key[0]) + guard(right, &mut key[1]);
            (&key[0][..frames], &key[1][..frames])
        });
        if bad > 0 {
            self.feed.shared.bad_samples.fetch_add(bad, Ordering::Relaxed);
        }

        let mut wet = raw;
        self.input.apply(&mut wet[..channels], frames);
        let mut dry = wet;
        if self.latency_samples > 0 {
            for channel in 0..channels {
                self.bypass_delay[channel].process(&mut raw[channel][..frames]);
                self.dry_delay[channel].process(&mut dry[channel][..frames]);
            }
        }

        {
            let [left, right] = &mut wet;
            self.processor.process(Io {
                left: &mut left[..frames],
                right: (channels == 2).then(|| &mut right[..frames]),
                sidechain,
            });
        }
        if self.pad_samples > 0 {
            for (delay, wet) in self.pad_delay.iter_mut().zip(&mut wet).take(channels) {
                delay.process(&mut wet[..frames]);
            }
        }
        self.output.apply(&mut wet[..channels], frames);

        self.measure(&wet, &dry, channels, frames);
        self.monitor(&mut wet, &dry, channels, frames);
        // Behind the monitoring: the difference of two signals may be twice as large as either. The bypass after it is exact.
        for channel in &mut wet[..channels] {
            channel[..frames].iter_mut().for_each(|x| *x = held(*x));
        }
        self.apply_bypass(&mut wet, &raw, channels, frames);
        self.publish(&dry, &wet, channels, frames);

        for (io, wet) in io.iter_mut().zip(&wet).take(channels) {
            io[start..start + frames].copy_from_slice(&wet[..frames]);
        }
    }

    fn has_heard_enough(&self) -> bool {
        self.loudness.is_settled() && self.measured_frames as f64 >= COMPARE_AFTER_S * self.sample_rate_hz
    }

    /// Feeds the loudness of wet and dry, but only while somebody needs it.
    fn measure(&mut self, wet: &Stretch, dry: &Stretch, channels: usize, frames: usize) {
        let is_comparing = self.controls.listen == Listen::Compare;
        let is_needed = is_comparing || self.feed.is_watched();
        if is_needed != self.is_measuring {
            self.is_measuring = is_needed;
            if is_needed {
                self.measured_frames = 0;
                self.loudness.reset();
                self.input_loudness.reset();
                self.output_loudness.reset();
            }
        }
        if !is_needed {
            return;
        }
        // Frozen while comparing, as soon as there is something to freeze. Match learns all the same.
        self.loudness.set_frozen(is_comparing && self.has_heard_enough());
        let shared = &self.feed.shared;
        match shared.match_phase() {
            MatchPhase::Start if shared.take_match_on(MatchPhase::Start, MatchPhase::Learning) => self.loudness.start(),
            // A new rate has made the meter anew: what it had learnt at the old one is lost, the run is not.
            MatchPhase::Learning | MatchPhase::Finish if !self.loudness.is_learning() => self.loudness.start(),
            _ => {}
        }
        self.measured_frames += frames as u64;
        self.loudness.process(sides(wet, channels, frames), sides(dry, channels, frames));
        if self.feed.shared.match_phase() == MatchPhase::Finish {
            let learnt_lu = self.loudness.finish().map_or(f32::NAN, |lu| lu as f32);
            self.feed.shared.learnt_lu.store(learnt_lu, Ordering::Relaxed);
            // Given up meanwhile, perhaps: then nobody reads it.
            self.feed.shared.take_match_on(MatchPhase::Finish, MatchPhase::Done);
        }
    }

    /// At a control point: lets the gain of the compared dry follow the measured offset.
    fn update_compare(&mut self) {
        if !self.is_measuring {
            return;
        }
        let shared = &self.feed.shared;
        let offset_lu = self.loudness.difference_lu();
        shared.offset_lu.store(offset_lu.map_or(f32::NAN, |lu| lu as f32), Ordering::Relaxed);
        if let Some(offset_lu) = offset_lu {
            let fade = self.fade_samples(FADE_MS);
            self.compare_gain.glide_to(db_to_gain(offset_lu.clamp(-24.0, 24.0)), fade);
        }
    }

    fn monitor(&mut self, wet: &mut Stretch, dry: &Stretch, channels: usize, frames: usize) {
        if !self.compare_gain.is_settled() || self.compare.value() > 0.0 || !self.compare.is_settled() {
            for n in 0..frames {
                let gain = self.compare_gain.next_value() as f32;
                let share = self.compare.next_value() as f32;
                for channel in 0..channels {
                    let compared = dry[channel][n] * gain;
                    wet[channel][n] = blend(wet[channel][n], compared, share);
                }
            }
        }
        if self.delta.value() > 0.0 || !self.delta.is_settled() {
            for n in 0..frames {
                let share = self.delta.next_value() as f32;
                for channel in 0..channels {
                    let delta = wet[channel][n] - dry[channel][n];
                    wet[channel][n] = blend(wet[channel][n], delta, share);
                }
            }
        }
    }

    fn apply_bypass(&mut self, wet: &mut Stretch, raw: &Stretch, channels: usize, frames: usize) {
        if self.bypass.is_settled() {
            if self.bypass.value() > 0.5 {
                wet[..channels].copy_from_slice(&raw[..channels]);
            }
            return;
        }
        for n in 0..frames {
            let share = self.bypass.next_value() as f32;
            for channel in 0..channels {
                wet[channel][n] = blend(wet[channel][n], raw[channel][n], share);
            }
        }
    }

    /// Collects what a window shows, and publishes it every ten milliseconds.
    fn publish(&mut self, dry: &Stretch, out: &Stretch, channels: usize, frames: usize) {
        if !self.feed.is_watched() {
            return;
        }
        let (input_peak, output_peak) = (peaks(dry, channels, frames), peaks(out, channels, frames));
        for side in 0..2 {
            self.frame.input_peak[side] = self.frame.input_peak[side].max(input_peak[side]);
            self.frame.output_peak[side] = self.frame.output_peak[side].max(output_peak[side]);
        }
        let (left, right) = sides(dry, channels, frames);
        self.input_loudness.process(left, right);
        let (left, right) = sides(out, channels, frames);
        self.output_loudness.process(left, right);
        self.frame_position += frames;
        if self.frame_position >= self.frame_length {
            self.frame_position = 0;
            let frame = Frame {
                reading: self.processor.reading(),
                input_lufs: lufs(&self.input_loudness),
                output_lufs: lufs(&self.output_loudness),
                ..std::mem::take(&mut self.frame)
            };
            self.feed.push(frame, self.processor.is_at_rest());
        }
    }
}

/// Short-term loudness for the window; minus infinity in silence.
fn lufs(meter: &LoudnessMeter) -> f32 {
    meter.short_term_lufs().map_or(f32::NEG_INFINITY, |lufs| lufs as f32)
}

/// Copies clean numbers and counts the bad ones.
fn guard(from: &[f32], to: &mut [f32; GRID_FRAMES]) -> u64 {
    let mut bad = 0_u32;
    for (to, &from) in to.iter_mut().zip(from) {
        let (x, was_bad) = clean(from);
        *to = x;
        bad += u32::from(was_bad);
    }
    u64::from(bad)
}

/// Within the ceiling. No processor of ours makes a NaN; if one ever did, it must not reach the speakers. Written so that a
/// loop over it becomes vector code.
#[inline]
fn held(x: f32) -> f32 {
    let below = if x > CEILING { CEILING } else { x };
    let within = if below < -CEILING { -CEILING } else { below };
    if within.is_nan() { 0.0 } else { within }
}

/// `a` at share 0 and `b` at share 1, both to the bit.
fn blend(a: f32, b: f32, share: f32) -> f32 {
    if share <= 0.0 {
        a
    } else if share >= 1.0 {
        b
    } else {
        a + (b - a) * share
    }
}

/// Left and, in stereo, right.
fn sides(stretch: &Stretch, channels: usize, frames: usize) -> (&[f32], Option<&[f32]>) {
    (&stretch[0][..frames], (channels == 2).then(|| &stretch[1][..frames]))
}

fn peaks(stretch: &Stretch, channels: usize, frames: usize) -> [f32; 2] {
    let peak = |channel: &[f32]| channel.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    let left = peak(&stretch[0][..frames]);
    [left, if channels == 2 { peak(&stretch[1][..frames]) } else { left }]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A gain of -6 dB behind a delay that depends on quality: enough to see what the shell promises of any processor.
    struct Halver {
        delay: [DelayLine<f32>; 2],
    }

    impl Processor for Halver {
        type Settings = f64;
        type Reading = ();

        fn prepare(&mut self, _sample_rate_hz: f64, _max_block_frames: usize, _channels: usize) {
            self.delay.iter_mut().for_each(|delay| delay.prepare(100));
        }

        fn reset(&mut self, _settings: &f64, quality: Quality) {
            let latency_samples = self.latency_samples(quality);
            for delay in &mut self.delay {
                delay.set_delay_samples(latency_samples);
                delay.reset();
            }
        }

        fn update(&mut self, _settings: &f64) {}

        fn process(&mut self, mut io: Io<'_>) {
            self.delay[0].process(io.left);
            io.left.iter_mut().for_each(|x| *x *= 0.5);
            if let Some(right) = &mut io.right {
                self.delay[1].process(right);
                right.iter_mut().for_each(|x| *x *= 0.5);
            }
        }

        fn latency_samples(&self, quality: Quality) -> usize {
            match quality {
                Quality::Off | Quality::Live => 0,
                Quality::Standard => 33,
                Quality::High => 100,
            }
        }

        fn reading(&mut self) {}
    }

    fn controls() -> Controls<f64> {
        Controls { settings: 1.0, input_db: 0.0, output_db: 0.0, is_bypassed: false, listen: Listen::Programme }
    }

    fn path(effort: Effort) -> SoundPath<Halver> {
        let halver = Halver { delay: [DelayLine::new(100), DelayLine::new(100)] };
        let mut path = SoundPath::new(halver, controls(), Feed::new());
        path.prepare(48_000.0, 8192, 2);
        path.reset(&controls(), effort);
        path
    }

    /// Programme with a level that never repeats: a slow beat under a decaying noise.
    fn programme(frames: usize) -> Vec<f32> {
        let mut state = 1_u32;
        (0..frames)
            .map(|n| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = (state >> 8) as f32 / 8_388_608.0 - 1.0;
                0.25 * noise * (1.0 + (n as f32 * 0.0003).sin()) + 0.2 * (n as f32 * 0.05).sin()
            })
            .collect()
    }

    fn run(path: &mut SoundPath<Halver>, controls: &Controls<f64>, input: &[f32], block: usize) -> Vec<f32> {
        let (mut left, mut right) = (input.to_vec(), input.to_vec());
        for (left, right) in left.chunks_mut(block).zip(right.chunks_mut(block)) {
            path.process(controls, &mut [left, right], None);
        }
        assert_eq!(left, right);
        left
    }

    const OFFLINE_HIGH: Effort = Effort { playback: Quality::Standard, offline: Quality::High, is_offline: false };

    #[test]
    fn bypass_is_the_delayed_input_to_the_bit_and_overrides_everything() {
        let input = programme(4800);
        let mut path = path(OFFLINE_HIGH);
        let bypassed = Controls { is_bypassed: true, input_db: 12.0, listen: Listen::Delta, ..controls() };
        let output = run(&mut path, &bypassed, &input, 64);
        assert_eq!(path.latency_samples(), 100, "the longer latency of playback and render");
        // 15 ms of fade, then exact.
        assert_eq!(&output[720 + 1..], &input[720 + 1 - 100..4800 - 100]);
    }

    #[test]
    fn latency_is_the_same_in_playback_and_render() {
        for is_offline in [false, true] {
            let mut path = path(Effort { is_offline, ..OFFLINE_HIGH });
            let mut input = vec![0.0; 300];
            input[0] = 1.0;
            let output = run(&mut path, &controls(), &input, 64);
            let at = output.iter().position(|&x| x != 0.0);
            assert_eq!(at, Some(100), "offline {is_offline}");
            assert_eq!(output[100], 0.5);
        }
    }

    #[test]
    fn wet_minus_delta_is_the_aligned_dry() {
        let input = programme(4800);
        let wet = run(&mut path(OFFLINE_HIGH), &controls(), &input, 64);
        let mut path = path(OFFLINE_HIGH);
        path.reset(&Controls { listen: Listen::Delta, ..controls() }, OFFLINE_HIGH);
        let delta = run(&mut path, &Controls { listen: Listen::Delta, ..controls() }, &input, 64);
        for n in 100..4800 {
            assert!((wet[n] - delta[n] - input[n - 100]).abs() < 1e-7, "frame {n}");
        }
    }

    #[test]
    fn compare_meets_the_loudness_of_the_wet() {
        let input = programme(48_000 * 8);
        let mut path = path(OFFLINE_HIGH);
        let compare = Controls { listen: Listen::Compare, ..controls() };
        path.reset(&compare, OFFLINE_HIGH);
        let output = run(&mut path, &compare, &input, 333);
        // The wet is exactly half the dry, so the compared dry must be, too: 0.1 LU is 1.2 %.
        for n in 48_000 * 5..48_000 * 8 {
            let wet = input[n - 100] * 0.5;
            assert!((output[n] - wet).abs() <= 0.0116 * wet.abs() + 1e-6, "frame {n}: {} for {wet}", output[n]);
        }
        let after = run(&mut path, &controls(), &input[..4800], 64);
        assert_eq!(after[2000], input[1900] * 0.5, "and back, exactly");
    }

    #[test]
    fn the_block_split_changes_nothing() {
        let input = programme(20_000);
        let scene = |n: usize| match n {
            0..=4999 => controls(),
            5000..=9776 => Controls { input_db: 6.0, ..controls() },
            9777..=13_000 => Controls { is_bypassed: true, output_db: -3.0, ..controls() },
            _ => Controls { listen: Listen::Delta, output_db: -3.0, ..controls() },
        };
        let render = |block: usize| {
            let mut path = path(OFFLINE_HIGH);
            let mut output = input.clone();
            let mut start = 0;
            while start < output.len() {
                // The host cuts at parameter events, whatever its block.
                let next_event = [5000, 9777, 13_001, output.len()].into_iter().find(|&event| event > start);
                let end = (start + block).min(next_event.unwrap_or(output.len()));
                let mut right = output[start..end].to_vec();
                path.process(&scene(start), &mut [&mut output[start..end], &mut right], None);
                start = end;
            }
            output
        };
        let whole = render(8192);
        for block in [1, 7, 64, 333] {
            assert_eq!(render(block), whole, "block {block}");
        }
    }

    /// Where a trim or a fade ends within a stretch, blocks of 1 and 64 give the same bits, and there is no step.
    #[test]
    fn a_glide_to_nothing_is_heard_to_its_end() {
        let frames = 4096;
        let tone: Vec<f32> = (0..frames).map(|n| 0.5 * (n as f32 * 0.006 + 1.0).sin()).collect();
        let cases = [
            ("input", Controls { input_db: 12.0, ..controls() }, controls()),
            ("output", Controls { output_db: -9.0, ..controls() }, controls()),
            ("bypass", Controls { is_bypassed: true, ..controls() }, controls()),
            ("to bypass", controls(), Controls { is_bypassed: true, ..controls() }),
            ("delta", Controls { listen: Listen::Delta, ..controls() }, controls()),
            ("compare", Controls { listen: Listen::Compare, ..controls() }, controls()),
            ("compare to delta", Controls { listen: Listen::Compare, ..controls() }, {
                Controls { listen: Listen::Delta, ..controls() }
            }),
        ];
        for (name, from, to) in cases {
            for at in [1024, 1024 + 1, 1024 + 49, 1024 + 17] {
                let run = |block: usize| {
                    let mut path = path(OFFLINE_HIGH);
                    path.reset(&from, OFFLINE_HIGH);
                    let mut output = tone.clone();
                    let mut start = 0;
                    while start < frames {
                        let end = (start + block - start % block).min(if start < at { at } else { frames });
                        let mut right = output[start..end].to_vec();
                        let now = if start < at { &from } else { &to };
                        path.process(now, &mut [&mut output[start..end], &mut right], None);
                        start = end;
                    }
                    output
                };
                let (single, whole) = (run(1), run(64));
                let differs = (0..frames).find(|&n| single[n] != whole[n] || single[n].is_nan());
                assert_eq!(differs, None, "{name} at {at}: blocks of 1 and 64 differ there");
                // The corners of a straight fade over 15 ms are 1/720 of what is faded.
                let step = whole[at..].windows(3).map(|x| (x[0] - 2.0 * x[1] + x[2]).abs()).fold(0.0, f32::max);
                assert!(step > 0.0 && step < 0.003, "{name} at {at}: a step of {step}");
            }
        }
    }

    #[test]
    fn bad_numbers_become_silence_and_are_counted() {
        let mut path = path(Effort::default());
        let mut left = vec![f32::NAN, f32::INFINITY, 1e-40, 1e25, -1e25, 0.5];
        left.resize(64, 0.25);
        let mut right = vec![0.25; 64];
        path.process(&controls(), &mut [&mut left, &mut right], None);
        let mut silence = ([0.0; 64], [0.0; 64]);
        path.process(&controls(), &mut [&mut silence.0, &mut silence.1], None);
        assert!(left.iter().chain(&silence.0).all(|x| x.is_finite() && x.abs() <= CEILING));
        assert_eq!(path.feed.shared.bad_samples.load(Ordering::Relaxed), 2);
        assert_eq!(&silence.0[33..], &[0.0; 31]);
    }

    #[test]
    fn match_learns_the_difference() {
        let input = programme(48_000 * 4);
        let mut path = path(Effort::default());
        let shared = path.feed.shared.clone();
        shared.is_watched.store(true, Ordering::Relaxed);
        shared.set_match_phase(MatchPhase::Start);
        run(&mut path, &controls(), &input, 512);
        assert_eq!(shared.match_phase(), MatchPhase::Learning);
        shared.set_match_phase(MatchPhase::Finish);
        run(&mut path, &controls(), &input[..64], 64);
        assert_eq!(shared.match_phase(), MatchPhase::Done);
        let learnt_lu = shared.learnt_lu.load(Ordering::Relaxed);
        assert!((learnt_lu + 6.0206).abs() < 0.1, "{learnt_lu} LU");
    }

    #[test]
    fn a_reset_or_a_comparison_in_the_middle_costs_match_nothing() {
        let input = programme(48_000 * 4);
        let mut path = path(Effort::default());
        let shared = path.feed.shared.clone();
        shared.is_watched.store(true, Ordering::Relaxed);
        let mut learn = |interrupt: &dyn Fn(&mut SoundPath<Halver>) -> Controls<f64>| {
            shared.set_match_phase(MatchPhase::Start);
            run(&mut path, &controls(), &input, 512);
            assert_eq!(shared.match_phase(), MatchPhase::Learning);
            let then = interrupt(&mut path);
            run(&mut path, &then, &input[..4096], 64);
            assert_eq!(shared.match_phase(), MatchPhase::Learning);
            assert!(shared.take_match_on(MatchPhase::Learning, MatchPhase::Finish));
            run(&mut path, &then, &input[..64], 64);
            assert_eq!(shared.match_phase(), MatchPhase::Done);
            shared.learnt_lu.load(Ordering::Relaxed)
        };
        // As a host that suspends does.
        let learnt_lu = learn(&|path| {
            path.reset(&controls(), Effort::default());
            controls()
        });
        assert!((learnt_lu + 6.0206).abs() < 0.1, "{learnt_lu} LU after a reset");
        let learnt_lu = learn(&|_| Controls { listen: Listen::Compare, ..controls() });
        assert!((learnt_lu + 6.0206).abs() < 0.1, "{learnt_lu} LU while comparing");
    }

    #[test]
    fn a_run_that_was_given_up_is_not_taken_on() {
        let mut path = path(Effort::default());
        let shared = path.feed.shared.clone();
        shared.is_watched.store(true, Ordering::Relaxed);
        // The window gives up between the audio thread's look at the phase and its answer.
        assert!(!shared.take_match_on(MatchPhase::Start, MatchPhase::Learning));
        assert!(!shared.take_match_on(MatchPhase::Finish, MatchPhase::Done));
        run(&mut path, &controls(), &programme(4800), 64);
        assert_eq!(shared.match_phase(), MatchPhase::Idle);
    }
}
