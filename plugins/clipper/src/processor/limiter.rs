//! The limiter to compare the clip with.

use shared_dsp::delay::DelayLine;
use shared_dsp::dynamics::LookAhead;
use shared_dsp::glide::Glide;
use shared_dsp::loudness::LoudnessPair;
use shared_dsp::math::db_to_gain;
use shared_dsp::nonlinear::StereoFrame;

use super::glides::CHUNK;

/// The most look-ahead; less where the clip's own latency is shorter, so that both stay aligned.
const LOOK_AHEAD_S: f64 = 0.001_5;
const RELEASE_S: f64 = 0.06;
/// How much programme is heard before each step towards equal loudness: short at first, then the whole window.
const FIRST_STEPS: usize = 8;
const FIRST_STEP_S: f64 = 1.0;
const LATER_STEP_S: f64 = 3.0;
/// A limiter's loudness rises by a decibel at most for each decibel of drive, and by a third where it works hard: steps this
/// much longer than the difference get there soon in either case, and miss by a half of it at most.
const STRIDE: f64 = 1.5;
/// The furthest that the limiter is driven apart from the clip.
const MAX_MATCH_DB: f64 = 18.0;

/// A plain look-ahead limiter whose drive is matched so that it comes out as loud as the clip.
///
/// Matching by a gain behind it would break the ceiling, so it is made in front, in steps that follow the difference measured
/// since the last one.
#[derive(Debug, Clone)]
pub(super) struct Limiter {
    look_ahead: LookAhead,
    delay: DelayLine<f32>,
    /// The match as a gain, where the peaks are looked for and where the gain is applied.
    match_gain: Glide,
    match_delay: DelayLine<f32>,
    match_db: f64,
    steps: usize,
    loudness: LoudnessPair,
    released: f32,
    release: f32,
    glide_frames: u32,
    match_values: [f32; CHUNK],
    reductions: [f32; CHUNK],
    planes: [[f32; CHUNK]; 4],
}

impl Limiter {
    /// For one rate, with room for a clip of `max_latency_samples`. Allocates.
    pub(super) fn new(sample_rate_hz: f64, max_latency_samples: usize) -> Self {
        Self {
            look_ahead: LookAhead::new((LOOK_AHEAD_S * sample_rate_hz).round() as usize, 2),
            delay: DelayLine::new(max_latency_samples),
            match_gain: Glide::new(1.0),
            match_delay: DelayLine::new(max_latency_samples),
            match_db: 0.0,
            steps: 0,
            loudness: LoudnessPair::new(sample_rate_hz),
            released: 0.0,
            release: (-1.0 / (RELEASE_S * sample_rate_hz)).exp() as f32,
            glide_frames: (0.05 * sample_rate_hz) as u32,
            match_values: [0.0; CHUNK],
            reductions: [0.0; CHUNK],
            planes: [[0.0; CHUNK]; 4],
        }
    }

    /// Aligns to a clip of `latency_samples` and forgets everything. Realtime-safe.
    pub(super) fn select(&mut self, sample_rate_hz: f64, latency_samples: usize) {
        let smoothing = ((LOOK_AHEAD_S * sample_rate_hz).round() as usize).min(latency_samples);
        self.look_ahead.select(smoothing, 2);
        self.delay.start(latency_samples - smoothing);
        self.match_delay.start(latency_samples);
        self.match_db = 0.0;
        self.wake();
    }

    /// Forgets all but the match, which was found before it was last put to sleep. Realtime-safe.
    pub(super) fn wake(&mut self) {
        self.look_ahead.reset();
        self.delay.reset();
        self.match_gain.set_now(db_to_gain(self.match_db));
        let gain = self.match_gain.target() as f32;
        (0..self.match_delay.delay_samples()).for_each(|_| _ = self.match_delay.tick(gain));
        self.loudness.reset();
        self.steps = 0;
        self.released = 0.0;
    }

    /// `driven` is what goes into the clip, `aligned` the same in time with what comes out of it, `clipped`. Writes the limited
    /// signal over `aligned`.
    pub(super) fn process(
        &mut self,
        driven: &[StereoFrame],
        aligned: &mut [StereoFrame],
        clipped: &[StereoFrame],
        ceilings: &[f32],
    ) {
        let frames = driven.len();
        let (matches, reductions) = (&mut self.match_values[..frames], &mut self.reductions[..frames]);
        matches.iter_mut().for_each(|value| *value = self.match_gain.next_value() as f32);
        for (((reduction, x), gain), ceiling) in reductions.iter_mut().zip(driven).zip(matches.iter()).zip(ceilings) {
            let peak = x[0].abs().max(x[1].abs()) * gain;
            let wanted = if peak > *ceiling { 1.0 - ceiling / peak } else { 0.0 };
            self.released = wanted.max(self.released * self.release);
            if self.released < 1e-9 {
                self.released = 0.0;
            }
            *reduction = self.released;
        }
        self.look_ahead.process(reductions);
        self.delay.process(reductions);
        self.match_delay.process(matches);
        for ((frame, reduction), gain) in aligned.iter_mut().zip(reductions.iter()).zip(matches.iter()) {
            *frame = frame.map(|x| x * gain * (1.0 - reduction));
        }
        for (n, (limited, clipped)) in aligned.iter().zip(clipped).enumerate() {
            for side in 0..2 {
                self.planes[side][n] = clipped[side];
                self.planes[2 + side][n] = limited[side];
            }
        }
        let [a, b, c, d] = self.planes.each_ref().map(|plane| &plane[..frames]);
        self.loudness.process((a, Some(b)), (c, Some(d)));
    }

    /// Every [`CHUNK`] frames: takes a step towards equal loudness once enough was heard.
    pub(super) fn step(&mut self) {
        let step_s = if self.steps < FIRST_STEPS { FIRST_STEP_S } else { LATER_STEP_S };
        if self.loudness.programme_s() < step_s {
            return;
        }
        if let Some(difference_lu) = self.loudness.difference_lu() {
            self.match_db = (self.match_db + STRIDE * difference_lu).clamp(-MAX_MATCH_DB, MAX_MATCH_DB);
            self.match_gain.glide_to(db_to_gain(self.match_db), self.glide_frames);
        }
        self.loudness.reset();
        self.steps += 1;
    }
}
