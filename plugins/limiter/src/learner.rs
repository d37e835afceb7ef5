//! The gain that brings a passage to a loudness, found while it plays.
//!
//! Limiters of the same settings hear the passage side by side, each at another gain; between two of them loudness and crest
//! factor lie on a smooth curve. What is found is right for the passage that was heard, whatever Gain stood at meanwhile.
//! It costs as much as thirteen limiters: a run has a thread of its own, see [`learn_thread`](crate::learn_thread).

use shared_dsp::loudness::LoudnessMeter;
use shared_dsp::math::{gain_to_db, power_to_db};
use shared_dsp::{Io, Processor};

use crate::processor::{LearnAim, Limiter, LimiterSettings, LookAhead};

/// Gains at which the passage is heard, dB: the range of Gain in even steps.
const STEP_DB: f64 = 2.0;
const TWINS: usize = 13;
/// No gain is learnt that brings the crest factor below this, dB.
pub const LEAST_CREST_DB: f64 = 8.0;
/// Frames that the twins take at once.
const BLOCK: usize = 1024;

/// What stood against the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// More gain would bring the crest factor below [`LEAST_CREST_DB`].
    Crest,
    /// It is not reached at the greatest gain.
    Top,
    /// It is passed without any gain.
    Bottom,
}

/// What was learnt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Learnt {
    /// The gain, dB, in steps of 0.1.
    pub gain_db: f64,
    /// The loudness that the passage has at it, LUFS.
    pub lufs: f64,
    /// Why that is not the target.
    pub stop: Option<Stop>,
}

/// A limiter at a gain of its own, and what comes out of it.
struct Twin {
    gain_db: f64,
    limiter: Limiter,
    loudness: LoudnessMeter,
    peak: f32,
    squares: f64,
    samples: u64,
}

impl Twin {
    fn aim_lufs(&self, aim: LearnAim) -> Option<f64> {
        match aim {
            LearnAim::Integrated => self.loudness.integrated_lufs(),
            LearnAim::ShortTerm => self.loudness.max_short_term_lufs(),
            LearnAim::Momentary => self.loudness.max_momentary_lufs(),
        }
    }

    fn crest_db(&self) -> f64 {
        gain_to_db(f64::from(self.peak)) - power_to_db(self.squares / self.samples.max(1) as f64)
    }
}

/// Listens to a passage.
pub struct Learner {
    twins: Vec<Twin>,
    settings: LimiterSettings,
    sample_rate_hz: f64,
    is_stereo: bool,
    frames: u64,
}

impl Learner {
    /// A learner that has heard nothing, for limiters of these settings and this mode. Allocates.
    #[must_use]
    pub fn new(sample_rate_hz: f64, is_stereo: bool, settings: &LimiterSettings, mode: LookAhead) -> Self {
        let twin = |number: usize| {
            let gain_db = STEP_DB * number as f64;
            let mut limiter = Limiter::default();
            limiter.prepare(sample_rate_hz, BLOCK, if is_stereo { 2 } else { 1 });
            limiter.reset(&at_gain(settings, gain_db), mode);
            let loudness = LoudnessMeter::with_weights(sample_rate_hz, &[1.0; 2][..if is_stereo { 2 } else { 1 }]);
            Twin { gain_db, limiter, loudness, peak: 0.0, squares: 0.0, samples: 0 }
        };
        let twins = (0..TWINS).map(twin).collect();
        Self { twins, settings: settings.clone(), sample_rate_hz, is_stereo, frames: 0 }
    }

    /// Seconds heard.
    #[must_use]
    pub fn heard_s(&self) -> f64 {
        self.frames as f64 / self.sample_rate_hz
    }

    /// Goes on with other settings; their gain does not matter.
    pub fn follow(&mut self, settings: &LimiterSettings) {
        if *settings != self.settings {
            for twin in &mut self.twins {
                twin.limiter.update(&at_gain(settings, twin.gain_db));
            }
            self.settings.clone_from(settings);
        }
    }

    /// Hears the next frames, left and right (in mono the left counts), and those of the side chain where there is one.
    pub fn hear(&mut self, input: [&[f32]; 2], key: Option<[&[f32]; 2]>) {
        let frames = input[0].len().min(input[1].len());
        let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
        for start in (0..frames).step_by(BLOCK) {
            let count = BLOCK.min(frames - start);
            let part = start..start + count;
            let key = key.and_then(|[l, r]| Some((l.get(part.clone())?, r.get(part.clone())?)));
            for twin in &mut self.twins {
                let (left, right) = (&mut left[..count], &mut right[..count]);
                left.copy_from_slice(&input[0][part.clone()]);
                right.copy_from_slice(&input[1][part.clone()]);
                twin.limiter.process(Io { left, right: self.is_stereo.then_some(&mut *right), sidechain: key });
                twin.loudness.process(left, self.is_stereo.then_some(&*right));
                for channel in [&*left, &*right].into_iter().take(if self.is_stereo { 2 } else { 1 }) {
                    twin.peak = channel.iter().fold(twin.peak, |peak, x| peak.max(x.abs()));
                    twin.squares += channel.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
                    twin.samples += count as u64;
                }
            }
        }
        self.frames += frames as u64;
    }

    /// The gain for this loudness, LUFS, where the shell's output trim takes `trim_db` (0 or less) behind the limiter. `None`
    /// before there is programme enough to have such a loudness.
    #[must_use]
    pub fn learnt(&self, aim: LearnAim, target_lufs: f64, trim_db: f64) -> Option<Learnt> {
        let lufs: Vec<f64> =
            self.twins.iter().map(|twin| Some(twin.aim_lufs(aim)? + trim_db)).collect::<Option<_>>()?;
        let crest_db: Vec<f64> = self.twins.iter().map(Twin::crest_db).collect();
        let top_db = STEP_DB * (TWINS - 1) as f64;
        let (mut gain_db, mut stop) = if lufs[0] >= target_lufs {
            (0.0, (lufs[0] > target_lufs + 0.1).then_some(Stop::Bottom))
        } else {
            crossing(&lufs, target_lufs).map_or((top_db, Some(Stop::Top)), |gain_db| (gain_db, None))
        };
        // In steps that a person would set.
        gain_db = (10.0 * gain_db).round() / 10.0;
        let falling: Vec<f64> = crest_db.iter().map(|db| -db).collect();
        let most_db = if crest_db[0] < LEAST_CREST_DB { Some(0.0) } else { crossing(&falling, -LEAST_CREST_DB) };
        if let Some(most_db) = most_db.filter(|&most_db| gain_db > most_db) {
            gain_db = (10.0 * most_db).floor() / 10.0;
            stop = Some(Stop::Crest);
        }
        Some(Learnt { gain_db, lufs: on_curve(&lufs, gain_db / STEP_DB), stop })
    }
}

/// Without what only a render has.
fn at_gain(settings: &LimiterSettings, gain_db: f64) -> LimiterSettings {
    LimiterSettings { gain_db, dither_bits: None, ..settings.clone() }
}

/// The value at a place between evenly spaced ones, on a curve through all of them (Catmull and Rom, 1974).
fn on_curve(values: &[f64], place: f64) -> f64 {
    let last = values.len() - 1;
    let cell = (place.max(0.0) as usize).min(last.saturating_sub(1));
    let t = (place - cell as f64).clamp(0.0, 1.0);
    let (b, c) = (values[cell], values[(cell + 1).min(last)]);
    // Beyond the ends it goes on straight.
    let a = if cell > 0 { values[cell - 1] } else { 2.0 * b - c };
    let d = if cell + 2 <= last { values[cell + 2] } else { 2.0 * c - b };
    let (first, second, third) = (c - a, 2.0 * a - 5.0 * b + 4.0 * c - d, 3.0 * (b - c) + d - a);
    let smooth = b + 0.5 * t * (first + t * (second + t * third));
    if !is_straight(&values[..=cell]) || d - c >= STEP_DB {
        return smooth;
    }
    // Where limiting begins the curve bends, more than the smooth one and less than two straight lines that meet.
    let (line, rest) = (b + t * STEP_DB, c - (1.0 - t) * (d - c));
    0.5 * (smooth + line.min(rest).max(b.min(c)))
}

/// Whether the values up to here rise by the gain alone, as they do before anything is limited.
fn is_straight(values: &[f64]) -> bool {
    values.len() > 1 && values.windows(2).all(|pair| (pair[1] - pair[0] - STEP_DB).abs() < 0.01)
}

/// The first place, in dB, at which values that rise from twin to twin reach `level`.
fn crossing(values: &[f64], level: f64) -> Option<f64> {
    let cell = values.windows(2).position(|pair| pair[0] < level && pair[1] >= level)?;
    let (mut low, mut high) = (cell as f64, cell as f64 + 1.0);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if on_curve(values, middle) < level {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(STEP_DB * high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_goes_through_its_points_and_is_crossed_where_it_says() {
        let law = |gain_db: f64| -20.0 + gain_db - 0.014 * gain_db * gain_db;
        let values: Vec<f64> = (0..TWINS).map(|n| law(STEP_DB * n as f64)).collect();
        for tenths in 0..240 {
            let gain_db = f64::from(tenths) / 10.0;
            assert!((on_curve(&values, gain_db / STEP_DB) - law(gain_db)).abs() < 0.02, "{gain_db} dB");
            let found = crossing(&values, law(gain_db)).unwrap_or(0.0);
            assert!((found - gain_db).abs() < 0.1, "{gain_db} dB: {found}");
        }
        assert_eq!(crossing(&values, 0.0), None);
    }

    /// Hits over a body: loudness rises with gain, and crest falls.
    fn passage(frames: usize) -> Vec<f32> {
        let hit = |n: usize| (-((n % 12_000) as f32) / 1500.0).exp();
        (0..frames).map(|n| (0.05 + 0.5 * hit(n)) * (0.07 * n as f32).sin()).collect()
    }

    fn heard(settings: &LimiterSettings) -> Learner {
        let mut learner = Learner::new(48_000.0, true, settings, LookAhead::default());
        let input = passage(5 * 48_000);
        input.chunks(801).for_each(|part| learner.hear([part, part], None));
        learner
    }

    #[test]
    fn what_is_learnt_is_what_a_limiter_at_that_gain_gives() {
        let settings = LimiterSettings { gain_db: 11.0, ..LimiterSettings::default() };
        let learner = heard(&settings);
        assert!((learner.heard_s() - 5.0).abs() < 0.01);
        for (aim, target_lufs, trim_db) in
            [(LearnAim::Integrated, -14.0, 0.0), (LearnAim::ShortTerm, -13.0, -1.0), (LearnAim::Momentary, -12.0, 0.0)]
        {
            let learnt = learner.learnt(aim, target_lufs, trim_db).expect("programme");
            assert_eq!(learnt.stop, None, "{learnt:?}");
            let mut limiter = Limiter::default();
            limiter.reset(&LimiterSettings { gain_db: learnt.gain_db, ..settings.clone() }, LookAhead::default());
            let (mut left, mut right) = (passage(5 * 48_000), passage(5 * 48_000));
            limiter.process(Io { left: &mut left, right: Some(&mut right), sidechain: None });
            let mut meter = LoudnessMeter::new(48_000.0);
            meter.process(&left, Some(&right));
            let lufs = match aim {
                LearnAim::Integrated => meter.integrated_lufs(),
                LearnAim::ShortTerm => meter.max_short_term_lufs(),
                LearnAim::Momentary => meter.max_momentary_lufs(),
            };
            let lufs = lufs.expect("programme") + trim_db;
            assert!((lufs - target_lufs).abs() <= 0.1, "{aim:?}: {lufs:.2} LUFS at {} dB", learnt.gain_db);
            assert!((lufs - learnt.lufs).abs() <= 0.1, "{aim:?}: {lufs:.2} LUFS, {} told", learnt.lufs);
        }
    }

    #[test]
    fn it_stops_where_the_crest_would_fall_and_at_either_end() {
        let learner = heard(&LimiterSettings::default());
        let loud = learner.learnt(LearnAim::Integrated, -5.0, 0.0).expect("programme");
        assert_eq!(loud.stop, Some(Stop::Crest), "{loud:?}");
        assert!(loud.lufs < -5.5 && loud.gain_db > 3.0, "{loud:?}");
        let quiet = learner.learnt(LearnAim::Integrated, -36.0, 0.0).expect("programme");
        assert_eq!((quiet.gain_db, quiet.stop), (0.0, Some(Stop::Bottom)));
        assert!(
            Learner::new(48_000.0, true, &LimiterSettings::default(), LookAhead::default())
                .learnt(LearnAim::Integrated, -14.0, 0.0)
                .is_none(),
            "nothing was heard"
        );
    }
}
