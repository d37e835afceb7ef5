//! How the speed of a transport strays, as a delay.

use std::f64::consts::TAU;

/// The slow part: reels and rollers, Hz and how much each weighs in the reading.
const WOW: [(f64, f64); 3] = [(0.9, 1.0), (1.43, 0.9), (2.37, 0.7)];
/// The fast part: the capstan, and the medium that scrapes along the heads.
const FLUTTER: [(f64, f64); 15] = [
    (6.3, 1.0),
    (9.7, 0.9),
    (14.9, 0.7),
    (31.7, 0.16),
    (37.806, 0.16),
    (46.699, 0.16),
    (59.21, 0.16),
    (73.931, 0.16),
    (88.997, 0.16),
    (105.648, 0.16),
    (128.876, 0.16),
    (162.724, 0.16),
    (204.993, 0.16),
    (249.479, 0.16),
    (296.096, 0.16),
];
const PARTS: usize = WOW.len() + FLUTTER.len();
/// What the statistical meter reads of each kind over the sum of its weights: the weighted deviation that is exceeded for
/// 5 % of the time.
const READS: [f64; 2] = [WOW_READS, FLUTTER_READS];
const WOW_READS: f64 = 2.084_174;
const FLUTTER_READS: f64 = 2.199_890;
/// Phases at the start, far apart from each other: the golden angle.
const PHASE_STEP: f64 = 2.399_963;
/// The delay is computed every so often and drawn as a smooth curve between, s: 300 Hz are far below.
const STEP_S: f64 = 1.0 / 3000.0;

/// The weighting of speed deviations, dB, by frequency in Hz: DIN 45507, IEC 60386 and AES6-2008, as Alvaro Oliver's free AES6
/// meter lists it (github.com/alvaro-oliver/aes6-wow-and-flutter-meter); 400 Hz goes on from there at 6 dB an octave.
const WEIGHTING_DB: [(f64, f64); 18] = [
    (0.1, -48.0),
    (0.2, -30.6),
    (0.315, -19.7),
    (0.4, -15.0),
    (0.63, -8.4),
    (0.8, -6.0),
    (1.0, -4.2),
    (1.6, -1.8),
    (2.0, -0.9),
    (4.0, 0.0),
    (6.3, -0.9),
    (10.0, -2.1),
    (20.0, -5.9),
    (40.0, -10.4),
    (63.0, -14.2),
    (100.0, -17.3),
    (200.0, -23.0),
    (400.0, -29.0),
];

/// The weight of a speed deviation at `hz`, linear: 1 at 4 Hz.
fn weighting(hz: f64) -> f64 {
    let ln = hz.max(WEIGHTING_DB[0].0).ln();
    let above = WEIGHTING_DB.partition_point(|&(at, _)| at.ln() < ln).clamp(1, WEIGHTING_DB.len() - 1);
    let ((low, low_db), (high, high_db)) = (WEIGHTING_DB[above - 1], WEIGHTING_DB[above]);
    let t = (ln - low.ln()) / (high.ln() - low.ln());
    crate::math::db_to_gain(low_db + t * (high_db - low_db))
}

/// One sine of the deviation.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    /// Cosine and sine of where it stands.
    at: [f64; 2],
    /// The same of a step.
    step: [f64; 2],
    /// Of the delay, s, per unit of the reading.
    delay_s: f64,
    /// `2 pi f` times a step.
    turn: f64,
}

/// Wow and flutter as a delay in samples about zero, a function of the time since `reset` and of nothing else: sums of sines
/// (wow 0.9 to 2.4 Hz; flutter 6 to 15 Hz and, as scrape, twelve between 30 and 300 Hz; which they are is our choice), scaled
/// so that a meter after AES6-2008 (IEC 60386: weighted, two-sigma) reads what is asked for.
#[derive(Debug, Clone)]
pub struct Wander {
    parts: [Part; PARTS],
    sample_rate_hz: f64,
    step_frames: usize,
    position: usize,
    /// Steps since the start.
    steps: u64,
    /// Frames that nobody asked about.
    skipped: u64,
    /// Delays in samples per unit of wow and of flutter, and their slopes a step, at the ends of the step under way.
    ends: [[[f64; 2]; 2]; 2],
}

impl Wander {
    /// At a sample rate, at its start.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        let mut new = Self {
            parts: [Part::default(); PARTS],
            sample_rate_hz,
            step_frames: ((STEP_S * sample_rate_hz) as usize).max(1),
            position: 0,
            steps: 0,
            skipped: 0,
            ends: [[[0.0; 2]; 2]; 2],
        };
        new.reset();
        new
    }

    /// The largest delay, s, to either side, for these readings (shares: 0.005 is 0.5 %).
    #[must_use]
    pub fn most_delay_s(wow: f64, flutter: f64) -> f64 {
        let sum =
            |kind: usize, parts: &[(f64, f64)]| -> f64 { parts.iter().map(|&part| part_delay_s(kind, part)).sum() };
        wow * sum(0, &WOW) + flutter * sum(1, &FLUTTER)
    }

    /// Starts anew. Realtime-safe.
    pub fn reset(&mut self) {
        (self.position, self.skipped) = (0, 0);
        self.start_at(0);
    }

    /// To the beginning of a step.
    fn start_at(&mut self, steps: u64) {
        let all = WOW.iter().map(|&part| (0, part)).chain(FLUTTER.iter().map(|&part| (1, part)));
        for (n, (part, (kind, (hz, weight)))) in self.parts.iter_mut().zip(all).enumerate() {
            let place = if kind == 0 { n } else { n - WOW.len() };
            let turn = TAU * hz * self.step_frames as f64 / self.sample_rate_hz;
            let (sin, cos) = (PHASE_STEP * place as f64 + turn * steps as f64).sin_cos();
            let (step_sin, step_cos) = turn.sin_cos();
            let delay_s = part_delay_s(kind, (hz, weight));
            *part = Part { at: [cos, sin], step: [step_cos, step_sin], delay_s, turn };
        }
        self.ends[1] = self.place();
        self.next_step();
        self.steps = steps;
    }

    /// Lets frames pass of which nobody needs the delays. Realtime-safe, and next to free.
    pub fn skip(&mut self, frames: usize) {
        self.skipped += frames as u64;
    }

    /// Makes up for what was skipped. Realtime-safe.
    fn catch_up(&mut self) {
        let frames = self.position as u64 + std::mem::take(&mut self.skipped);
        let length = self.step_frames as u64;
        self.position = (frames % length) as usize;
        if frames >= length {
            self.start_at(self.steps + frames / length);
        }
    }

    /// Where the delay and its slope stand now.
    fn place(&self) -> [[f64; 2]; 2] {
        let mut sums = [[0.0; 2]; 2];
        for (n, part) in self.parts.iter().enumerate() {
            let sum = &mut sums[usize::from(n >= WOW.len())];
            let delay = part.delay_s * self.sample_rate_hz;
            // A deviation of the speed by d sin(wt) is a delay by -d cos(wt) / w.
            sum[0] -= delay * part.at[0];
            sum[1] += delay * part.at[1] * part.turn;
        }
        sums
    }

    fn next_step(&mut self) {
        for part in &mut self.parts {
            let ([cos, sin], [c, s]) = (part.at, part.step);
            part.at = [cos * c - sin * s, sin * c + cos * s];
        }
        self.ends[0] = self.ends[1];
        self.ends[1] = self.place();
        self.steps += 1;
    }

    /// The next sample's delay about zero, samples, per unit of wow and of flutter. Realtime-safe.
    #[inline]
    pub fn next_delays(&mut self) -> [f64; 2] {
        if self.skipped > 0 {
            self.catch_up();
        }
        let t = self.position as f64 / self.step_frames as f64;
        let [from, to] = &self.ends;
        // Hermite's cubic.
        let (tt, u) = (t * t, 1.0 - t);
        let (h00, h10) = (u * u * (1.0 + 2.0 * t), u * u * t);
        let (h01, h11) = (tt * (3.0 - 2.0 * t), -tt * u);
        let kind = |n: usize| h00 * from[n][0] + h10 * from[n][1] + h01 * to[n][0] + h11 * to[n][1];
        let delays = [kind(0), kind(1)];
        self.position += 1;
        if self.position == self.step_frames {
            self.position = 0;
            self.next_step();
        }
        delays
    }
}

/// The delay's amplitude, s, for a reading of one.
fn part_delay_s(kind: usize, (hz, weight): (f64, f64)) -> f64 {
    let deviation = weight / (READS[kind] * weighting(hz));
    deviation / (TAU * hz)
}
