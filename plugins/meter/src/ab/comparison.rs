//! What is heard: the programme, A, B, or what is left between them, at one loudness and one time.

use shared_dsp::glide::Glide;
use shared_dsp::loudness::LoudnessPair;
use shared_dsp::math::{clean, db_to_gain};

use super::aligner::Aligner;
use super::side::{DelayedSide, Lateness};

/// How long a switch takes, seconds: no click, and too short to be heard as a fade.
pub const SWITCH_S: f64 = 0.005;
/// No sample of what is heard of A, B or their difference is beyond this.
pub const CEILING: f32 = 1.0;
/// The farthest that A and B may lie apart, seconds.
const MAX_DELAY_S: f64 = 2.0;
/// The farthest that one is lowered to the other, dB.
const MATCH_MAX_DB: f64 = 40.0;
/// While it is listened to, the match is held once so much was heard, seconds: the window of short-term loudness.
const ENOUGH_S: f64 = 3.0;
/// What is left of A less B is told over this time, seconds.
const LEFT_S: f64 = 1.0;
/// Below this mean square A is silent.
const SILENCE: f64 = 1e-9;
/// Frames that are matched and mixed at a time.
pub(super) const CHUNK: usize = 64;

/// What is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Heard {
    /// What passes through, untouched.
    #[default]
    Programme,
    /// A, aligned and matched.
    A,
    /// B, aligned and matched.
    B,
    /// A less B.
    Delta,
}

impl Heard {
    /// The shares of programme, A and B. The difference is A and B at once.
    fn shares(self) -> [f64; 3] {
        match self {
            Self::Programme => [1.0, 0.0, 0.0],
            Self::A => [0.0, 1.0, 0.0],
            Self::B => [0.0, 0.0, 1.0],
            Self::Delta => [0.0, 1.0, -1.0],
        }
    }
}

/// What a person sets of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ComparisonSettings {
    /// What is heard; in an offline render the programme is, whatever this says.
    pub heard: Heard,
    /// By how many samples B is later than A ([`Alignment::snapped_delay_samples`](shared_dsp::spectrum::Alignment)); held to
    /// two seconds.
    pub delay_samples: f64,
    /// Whether B is turned over.
    pub is_inverted: bool,
    /// Holds the loudness match as it is.
    pub is_frozen: bool,
    /// A new match begins whenever this changes.
    pub matches: u32,
    /// An offline render: nothing is done, and what passes is left as it is, to the bit.
    pub is_offline: bool,
}

/// What the window shows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ComparisonReading {
    /// By how many LU A is louder than B: gated, over what was matched; `None` before there is programme on both sides.
    pub difference_lu: Option<f64>,
    /// Seconds over which that was measured.
    pub matched_s: f64,
    /// By how many dB both are lowered alike, so that neither passes the ceiling; 0 or less.
    pub lowered_db: f64,
    /// How much is left of A less B, aligned and matched: its level above A's over the last second, dB; `None` in silence.
    pub left_db: Option<f64>,
}

/// Compares two stereo sounds. Both come as interleaved frames, a block of each at a time: from the input, a side chain, a file or
/// another instance.
///
/// Of the two the louder is lowered, never the quieter raised, by the difference of their loudness since the match began, gated as
/// BS.1770-5 does, over the same blocks of both, aligned. While it is listened to the match stands still, as soon as it has heard 3 s.
/// What would pass the ceiling all the same lowers both alike, from that sample on until the next match.
#[derive(Debug, Clone)]
pub struct Comparison {
    settings: ComparisonSettings,
    sides: [DelayedSide; 2],
    aligner: Aligner,
    loudness: LoudnessPair,
    is_held: bool,
    /// Frames for which nothing is measured yet: a fade is neither of the two sounds.
    unmeasured: usize,
    is_paused: bool,
    /// Shares of programme, A and B.
    shares: Glide<[f64; 3]>,
    /// Linear gains of A and B; B's is negative where it is turned over, so that turning fades as well.
    gains: Glide<[f64; 2]>,
    /// The difference that was found before this comparison was made.
    remembered_lu: Option<f64>,
    /// Of both, linear.
    lowered: f32,
    /// Mean squares of A and of A less B.
    squares: [f64; 2],
    /// What a frame adds to them.
    forget: f64,
    switch_samples: u32,
    /// Frames of the chunk under way.
    in_chunk: usize,
    max_delay_samples: f64,
}

impl Comparison {
    /// A comparison at a sample rate. Allocates all that it will ever need.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        let max_delay = (MAX_DELAY_S * sample_rate_hz) as usize;
        let mut loudness = LoudnessPair::new(sample_rate_hz);
        loudness.start();
        Self {
            settings: ComparisonSettings::default(),
            sides: [DelayedSide::new(max_delay), DelayedSide::new(max_delay)],
            aligner: Aligner::new(sample_rate_hz, max_delay),
            loudness,
            is_held: false,
            unmeasured: 0,
            is_paused: false,
            shares: Glide::new(Heard::Programme.shares()),
            gains: Glide::new([1.0; 2]),
            remembered_lu: None,
            lowered: 1.0,
            squares: [0.0; 2],
            forget: 1.0 - (-1.0 / (LEFT_S * sample_rate_hz)).exp(),
            switch_samples: (SWITCH_S * sample_rate_hz).round() as u32,
            in_chunk: 0,
            max_delay_samples: max_delay as f64,
        }
    }

    /// Begins with a match that was found before, `difference_lu` by which A was louder: it holds until another is measured.
    #[must_use]
    pub fn with_match(mut self, difference_lu: Option<f64>) -> Self {
        self.remembered_lu = difference_lu.filter(|lu| lu.is_finite());
        if let Some(lu) = self.remembered_lu {
            self.gains.set_now(gains(lu));
        }
        self
    }

    /// What finds the delay, off the audio thread.
    #[must_use]
    pub fn aligner(&self) -> &Aligner {
        &self.aligner
    }

    /// Forgets the sounds, not the match. Realtime-safe.
    pub fn reset(&mut self) {
        self.sides.iter_mut().for_each(DelayedSide::reset);
        self.loudness.interrupt();
        self.shares.set_now(self.shares.target());
        self.gains.set_now(self.gains.target());
        self.in_chunk = 0;
        self.squares = [0.0; 2];
    }

    /// A and B change places: the match is the same seen from the other side, until another is measured. Realtime-safe.
    pub fn swap(&mut self) {
        self.remembered_lu = self.difference_lu().map(|lu| -lu);
        self.loudness.reset();
        self.loudness.start();
        self.glide_gains(self.remembered_lu.map_or([1.0; 2], gains));
    }

    /// What A or B is changes now, within a switch: until that has passed through, nothing is measured. Realtime-safe.
    pub fn pause(&mut self) {
        self.loudness.interrupt();
        self.unmeasured = self.switch_samples as usize + self.settings.delay_samples.abs() as usize + CHUNK;
        self.is_paused = true;
    }

    /// Takes what a person set. Realtime-safe.
    pub fn update(&mut self, settings: &ComparisonSettings) {
        if settings.matches != self.settings.matches {
            self.loudness.reset();
            self.loudness.start();
            self.lowered = 1.0;
            self.remembered_lu = None;
        }
        let delay = settings.delay_samples.clamp(-self.max_delay_samples, self.max_delay_samples);
        // NaN passes the clamp.
        let delay = if delay.is_finite() { delay } else { 0.0 };
        let is_other = delay != self.settings.delay_samples || settings.matches != self.settings.matches;
        for (side, lateness) in self.sides.iter_mut().zip(Lateness::of_both(delay)) {
            side.set_lateness(lateness);
        }
        let shares = settings.heard.shares();
        if settings.is_offline {
            self.shares.set_now(Heard::Programme.shares());
        } else if self.shares.target() != shares {
            self.shares.glide_to(shares, self.switch_samples);
        }
        self.settings = ComparisonSettings { delay_samples: delay, ..*settings };
        if is_other {
            self.pause();
        }
        self.glide_gains(self.gains.target());
    }

    /// Begins to glide to gains of these sizes, with the sign that B has.
    fn glide_gains(&mut self, gains: [f64; 2]) {
        let sign = if self.settings.is_inverted { -1.0 } else { 1.0 };
        self.gains.glide_to([gains[0].abs(), sign * gains[1].abs()], self.switch_samples);
    }

    /// Hears a block of A and of B, which are as long as the programme, and puts what is listened to in the programme's place;
    /// `right` is absent in mono. Realtime-safe.
    pub fn process(&mut self, a: &[[f32; 2]], b: &[[f32; 2]], left: &mut [f32], mut right: Option<&mut [f32]>) {
        let frames = left.len().min(a.len()).min(b.len());
        if self.settings.is_offline {
            return;
        }
        let mut start = 0;
        while start < frames {
            // On a grid of its own, so that the sound does not depend on how a block is cut.
            if self.in_chunk == 0 {
                self.follow();
            }
            let count = (CHUNK - self.in_chunk).min(frames - start);
            let at = start..start + count;
            let right = right.as_deref_mut().map(|right| &mut right[at.clone()]);
            self.process_chunk(&a[at.clone()], &b[at.clone()], &mut left[at], right);
            self.in_chunk = (self.in_chunk + count) % CHUNK;
            start += count;
        }
    }

    fn process_chunk(&mut self, a: &[[f32; 2]], b: &[[f32; 2]], left: &mut [f32], mut right: Option<&mut [f32]>) {
        let frames = left.len();
        self.aligner.push(a, b);
        let mut aligned = [[[0.0; CHUNK]; 2]; 2];
        for ((side, input), [left, right]) in self.sides.iter_mut().zip([a, b]).zip(&mut aligned) {
            for (n, frame) in input.iter().enumerate() {
                [left[n], right[n]] = side.tick(frame.map(|x| clean(x).0), self.switch_samples);
            }
        }
        if !self.is_held && !self.is_paused {
            let [a, b] = aligned.each_ref().map(|[left, right]| (&left[..frames], Some(&right[..frames])));
            self.loudness.process(a, b);
        }
        for n in 0..frames {
            let is_programme = self.shares.rests_at(Heard::Programme.shares());
            let [gain_a, gain_b] = self.gains.next_value();
            let [programme, share_a, share_b] = self.shares.next_value().map(|share| share as f32);
            let pair = [0, 1].map(|channel| {
                let (a, b) = (aligned[0][channel][n], aligned[1][channel][n]);
                (gain_a as f32 * a, gain_b as f32 * b)
            });
            let square = |x: f32| f64::from(x) * f64::from(x);
            let new =
                [square(pair[0].0) + square(pair[1].0), square(pair[0].0 - pair[0].1) + square(pair[1].0 - pair[1].1)];
            for (mean, new) in self.squares.iter_mut().zip(new) {
                *mean += self.forget * (new - *mean);
            }
            if is_programme {
                continue;
            }
            let difference = if share_a != 0.0 && share_b < 0.0 { 1.0 } else { 0.0 };
            let peak = pair
                .iter()
                .fold(0.0_f32, |peak, &(a, b)| peak.max(a.abs()).max(b.abs()).max(difference * (a - b).abs()));
            if peak * self.lowered > CEILING {
                self.lowered = CEILING / peak;
            }
            let outputs = [Some(&mut *left), right.as_deref_mut()];
            for (output, (a, b)) in outputs.into_iter().zip(pair) {
                let Some(output) = output else { continue };
                let heard = (self.lowered * (share_a * a + share_b * b)).clamp(-CEILING, CEILING);
                output[n] = if programme == 0.0 { heard } else { programme * output[n] + heard };
            }
        }
    }

    /// Between chunks: holds the match or goes on with it, and moves the gains.
    fn follow(&mut self) {
        let is_heard = self.settings.heard != Heard::Programme;
        let is_held = self.settings.is_frozen || (is_heard && self.loudness.programme_s() >= ENOUGH_S);
        if self.is_held && !is_held {
            // What comes does not continue what was measured last.
            self.loudness.interrupt();
        }
        self.is_held = is_held;
        self.is_paused = self.unmeasured > 0;
        self.unmeasured = self.unmeasured.saturating_sub(CHUNK);
        let Some(difference_lu) = self.difference_lu().filter(|_| !is_held) else { return };
        self.glide_gains(gains(difference_lu));
    }

    fn difference_lu(&self) -> Option<f64> {
        self.loudness.paired_difference_lu().or(self.loudness.difference_lu()).or(self.remembered_lu)
    }

    /// What the window shows.
    #[must_use]
    pub fn reading(&self) -> ComparisonReading {
        ComparisonReading {
            difference_lu: self.difference_lu(),
            matched_s: self.loudness.learnt_s(),
            lowered_db: 20.0 * f64::from(self.lowered).log10(),
            left_db: (self.squares[0] > SILENCE)
                .then(|| 10.0 * (self.squares[1].max(f64::MIN_POSITIVE) / self.squares[0]).log10()),
        }
    }
}

/// Linear gains of A and B by which the louder is lowered to the other, where A is louder by `difference_lu`.
fn gains(difference_lu: f64) -> [f64; 2] {
    let lower_db = difference_lu.clamp(-MATCH_MAX_DB, MATCH_MAX_DB);
    [db_to_gain(-lower_db.max(0.0)), db_to_gain(lower_db.min(0.0))]
}
