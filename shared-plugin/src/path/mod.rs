//! The way of a block of audio, free of host types:
//!
//! ```text
//! guard -> input trim -> processor (owns mix) -> output trim -> compare / unity / delta -> ceiling -> last stage -> bypass
//!       -> fade around a change of mode -> feed, tap
//! ```

mod bypass;
mod controls;
mod guard;
mod listening;
mod mode_fade;
mod published;
mod segment;
mod tapped;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use shared_dsp::delay::StereoDelay;
use shared_dsp::glide::GainGlide;
use shared_dsp::{Mode, Processor};
use shared_taps::Tap;

use self::bypass::Bypass;
pub use self::controls::{Controls, Listen, Modes};
use self::guard::{guard, hold};
use self::listening::Listening;
use self::mode_fade::ModeFade;
use self::published::Published;
use self::segment::{Channels, GRID_FRAMES, Size};
use self::tapped::Tapped;
pub use self::tapped::Transport;
use crate::feed::Feed;
use crate::worker::Jobs;

/// Trims and monitoring switches.
const FADE_MS: f64 = 20.0;

/// The shell's sound around one processor.
pub struct SoundPath<P: Processor> {
    processor: P,
    jobs: Arc<Jobs>,
    controls: Controls<P::Settings>,
    modes: Modes<P::Mode>,
    mode_fade: ModeFade<P::Mode>,
    sample_rate_hz: f64,
    channels: usize,
    grid_position: usize,
    /// Whether nothing was processed since the last reset.
    is_fresh: bool,
    latency_samples: usize,
    input: GainGlide,
    output: GainGlide,
    bypass: Bypass,
    listening: Listening,
    /// The trimmed input, delayed: dry for delta and compare.
    dry: StereoDelay,
    /// Fills up the latency of the mode in use to the reported one.
    pad: StereoDelay,
    published: Published<P::Reading>,
    tapped: Tapped,
}

impl<P: Processor> SoundPath<P> {
    /// A path that must be [`prepare`](Self::prepare)d before use.
    pub fn new(processor: P, controls: Controls<P::Settings>, feed: Feed<P::Reading>) -> Self {
        Self {
            jobs: Jobs::new(processor.jobs()),
            processor,
            controls,
            modes: Modes::default(),
            mode_fade: ModeFade::new(),
            sample_rate_hz: 48_000.0,
            channels: 2,
            grid_position: 0,
            is_fresh: true,
            latency_samples: 0,
            input: GainGlide::default(),
            output: GainGlide::default(),
            bypass: Bypass::new(),
            listening: Listening::new(),
            dry: StereoDelay::default(),
            pad: StereoDelay::default(),
            published: Published::new(feed),
            tapped: Tapped::default(),
        }
    }

    /// What the processor has done off the audio thread: for the worker to look at, and to be done at once where a
    /// processor is to begin with it.
    #[must_use]
    pub fn jobs(&self) -> &Arc<Jobs> {
        &self.jobs
    }

    /// At a control point: in an offline render, the one that may wait, the jobs are done before the sound goes on.
    fn settle(&self) {
        if self.modes.is_offline {
            self.jobs.wait();
        }
    }

    /// Makes room for any mode at this rate. Allocates.
    pub fn prepare(&mut self, sample_rate_hz: f64, max_block_frames: usize, channels: usize) {
        // Found out here, once a bundle, and not by two audio threads at a time, of which one would wait.
        let _ = shared_dsp::simd::level();
        let is_other_rate = sample_rate_hz != self.sample_rate_hz;
        self.sample_rate_hz = sample_rate_hz;
        self.channels = channels.clamp(1, 2);
        self.processor.prepare(sample_rate_hz, max_block_frames, self.channels);
        self.mode_fade.prepare(self.fade_samples(mode_fade::FADE_MS));
        let longest = P::Mode::LONGEST.iter().map(|&mode| self.processor.latency_samples(mode)).max().unwrap_or(0);
        for delay in [&mut self.bypass.delay, &mut self.dry, &mut self.pad] {
            delay.prepare(longest);
        }
        // A host that only suspends takes no measurement away, and none that is being made.
        if is_other_rate {
            self.listening.prepare(sample_rate_hz);
            self.published.prepare(sample_rate_hz);
        }
        self.published.feed.shared.sample_rate_hz.store(sample_rate_hz as f32, Ordering::Relaxed);
    }

    /// Clears the memory of the sound and takes `controls` and `modes` at once. What is measured for Compare and Match
    /// goes on where it was. Realtime-safe.
    pub fn reset(&mut self, controls: &Controls<P::Settings>, modes: Modes<P::Mode>) {
        self.controls.clone_from(controls);
        self.set_modes(modes);
        self.mode_fade.reset();
        self.input.set_now(f64::from(controls.input_db));
        self.output.set_now(f64::from(controls.output_db));
        self.bypass.set_now(controls.is_bypassed);
        self.listening.reset(controls.listen, controls.is_at_unity, controls.known_gain_db);
        self.published.reset();
        self.is_fresh = true;
    }

    /// The latency that these modes would have, samples: the longer of playback's and the offline render's.
    #[must_use]
    pub fn latency_of(&self, modes: Modes<P::Mode>) -> usize {
        self.processor.latency_samples(modes.playback).max(self.processor.latency_samples(modes.offline))
    }

    /// Goes for new modes: at once where nothing was processed since the last reset, else when what sounds has been faded out; with
    /// them it starts anew, and is faded in. Realtime-safe.
    pub fn switch_modes(&mut self, modes: Modes<P::Mode>) {
        if self.is_fresh {
            self.set_modes(modes);
        } else {
            self.mode_fade.start(modes);
        }
    }

    /// The modes that were wanted last: those in use, or will be soon.
    #[must_use]
    pub fn wanted_modes(&self) -> Modes<P::Mode> {
        self.mode_fade.wanted().unwrap_or(self.modes)
    }

    /// Takes new modes; the sound starts anew with them.
    fn set_modes(&mut self, modes: Modes<P::Mode>) {
        self.modes = modes;
        self.latency_samples = self.latency_of(modes);
        self.bypass.delay.start(self.latency_samples);
        self.dry.start(self.latency_samples);
        self.pad.start(self.latency_samples - self.processor.latency_samples(modes.now()));
        self.processor.reset(&self.controls.settings, modes.now());
        self.grid_position = 0;
        self.published.feed.shared.latency_samples.store(self.latency_samples as u32, Ordering::Relaxed);
    }

    /// The modes in use.
    #[must_use]
    pub fn modes(&self) -> Modes<P::Mode> {
        self.modes
    }

    /// The delay from input to output, in samples: the longer of playback's and the offline render's.
    #[must_use]
    pub fn latency_samples(&self) -> usize {
        self.latency_samples
    }

    fn fade_samples(&self, ms: f64) -> u32 {
        (self.sample_rate_hz * ms / 1000.0).round() as u32
    }

    /// Goes on with other controls, by fades.
    fn follow(&mut self, controls: &Controls<P::Settings>) {
        let fade = self.fade_samples(FADE_MS);
        self.input.glide_to(f64::from(controls.input_db), fade);
        self.output.glide_to(f64::from(controls.output_db), fade);
        self.bypass.switch(controls.is_bypassed, self.fade_samples(bypass::FADE_MS));
        self.listening.switch(controls.listen, controls.is_at_unity, controls.known_gain_db, fade);
        if controls.settings != self.controls.settings {
            self.processor.update(&controls.settings);
        }
        self.controls.clone_from(controls);
    }

    /// Offers what comes in and what goes out through this tap from now on. Not for the audio thread.
    pub fn set_tap(&mut self, tap: Tap) {
        self.tapped.tap = tap;
    }

    /// Where the host's transport stands at the frames that come next, and whether it runs. Realtime-safe.
    pub fn set_transport(&mut self, transport: Transport) {
        self.processor.set_transport(transport.is_playing, transport.sample);
        self.published.feed.set_playing(transport.is_playing);
        let (rate_hz, latency) = (self.sample_rate_hz, self.latency_samples);
        self.tapped.begin(transport, rate_hz, self.channels, latency, self.modes.is_offline);
    }

    /// Processes `io` in place: one or two channels of equal length. A change in `controls` takes effect at the first frame; `None`
    /// is as before. Realtime-safe; in an offline render it may wait for the worker.
    pub fn process<'a>(
        &mut self,
        controls: impl Into<Option<&'a Controls<P::Settings>>>,
        io: &mut [&mut [f32]],
        sidechain: Option<(&[f32], &[f32])>,
    ) where
        P::Settings: 'a,
    {
        let frames = io.iter().map(|channel| channel.len()).min().unwrap_or(0);
        if let Some(controls) = controls.into().filter(|controls| **controls != self.controls) {
            if self.is_fresh {
                // Nothing was processed since the reset, so there is nothing to glide from.
                self.reset(controls, self.modes);
            } else {
                self.follow(controls);
            }
        }
        self.settle();
        self.is_fresh &= frames == 0;
        // One thread writes: no need to lock the bus for an addition.
        let blocks = &self.published.feed.shared.blocks;
        blocks.store(blocks.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        let mut start = 0;
        while start < frames {
            if let Some(modes) = self.mode_fade.take_due() {
                self.set_modes(modes);
                self.mode_fade.taken(self.latency_samples);
                self.settle();
            }
            let left = (GRID_FRAMES - self.grid_position).min(self.mode_fade.frames_left());
            let count = left.min(frames - start);
            let sidechain = sidechain.map(|(l, r)| (&l[start..start + count], &r[start..start + count]));
            self.segment(io, start, count, sidechain);
            start += count;
            self.grid_position += count;
            if self.grid_position == GRID_FRAMES {
                self.grid_position = 0;
                if self.processor.wants_update() {
                    self.processor.update(&self.controls.settings);
                }
                self.settle();
                self.listening.update(self.fade_samples(FADE_MS), &self.published.feed.shared);
            }
        }
    }

    fn segment(&mut self, io: &mut [&mut [f32]], start: usize, frames: usize, sidechain: Option<(&[f32], &[f32])>) {
        let size = Size { channels: io.len().min(self.channels), frames };
        let mut raw: Channels = [[0.0; GRID_FRAMES]; 2];
        let mut bad = 0_u64;
        for (raw, io) in raw.iter_mut().zip(io.iter()).take(size.channels) {
            bad += guard(&io[start..start + frames], raw);
        }
        let mut key: Channels = [[0.0; GRID_FRAMES]; 2];
        let sidechain = sidechain.map(|(left, right)| {
            bad += guard(left, &mut key[0]) + guard(right, &mut key[1]);
            (&key[0][..frames], &key[1][..frames])
        });
        if bad > 0 {
            self.published.feed.shared.bad_samples.fetch_add(bad, Ordering::Relaxed);
        }

        let came_in = self.tapped.is_on().then_some(raw);
        let mut wet = raw;
        self.input.process(&mut size.io(&mut wet, None));
        let mut dry = wet;
        self.bypass.delay.process(&mut size.io(&mut raw, None));
        self.dry.process(&mut size.io(&mut dry, None));

        self.processor.process(size.io(&mut wet, sidechain));
        self.pad.process(&mut size.io(&mut wet, None));
        self.output.process(&mut size.io(&mut wet, None));

        if self.listening.measure(&wet, &dry, size, &self.published.feed.shared) {
            self.published.reset_loudness();
        }
        // Who listens through a tap hears the programme, whatever is listened to here.
        let is_monitored = P::FINISH_IS_MONITORING || !self.listening.is_programme();
        let programme = (came_in.is_some() && is_monitored).then_some(wet);
        self.listening.apply(&mut wet, &dry, size);
        // Behind the monitoring: the difference of two signals may be twice as large as either. The bypass after it is exact.
        hold(&mut wet, size);
        self.processor.finish(size.io(&mut wet, None));
        let mut programme = programme.map(|mut programme| {
            hold(&mut programme, size);
            self.bypass.preview(&mut programme, &raw, size);
            programme
        });
        self.bypass.apply(&mut wet, &raw, size);
        self.mode_fade.apply([Some(&mut wet), programme.as_mut()], size);
        if let Some(came_in) = &came_in {
            self.tapped.write(came_in, programme.as_ref().unwrap_or(&wet), size);
        }
        self.published.push(&dry, &wet, size, &mut self.processor);

        for (io, wet) in io.iter_mut().zip(&wet).take(size.channels) {
            io[start..start + frames].copy_from_slice(&wet[..frames]);
        }
    }
}
