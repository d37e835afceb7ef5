//! Emphasis around the shaper and tone behind it, at the base rate; each a bit-exact wire while it has nothing to do.

use shared_dsp::filters::{GlidingSvf, GlidingTilt, SvfCoefs, TiltCoefs};
use shared_dsp::nonlinear::Frame;

use super::settings::SaturatorSettings;

const Q: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// A second-order filter that rests while it is neutral.
#[derive(Debug, Clone)]
struct Resting {
    filter: GlidingSvf<2>,
    is_neutral: bool,
    left_frames: usize,
}

impl Resting {
    fn new() -> Self {
        Self { filter: GlidingSvf::new(SvfCoefs::default()), is_neutral: true, left_frames: 0 }
    }

    fn set_now(&mut self, coefs: Option<SvfCoefs>) {
        self.filter.set_now(coefs.unwrap_or_default());
        self.filter.reset();
        self.is_neutral = coefs.is_none();
        self.left_frames = 0;
    }

    /// `None` glides to neutral.
    fn glide_to(&mut self, coefs: Option<SvfCoefs>, neutral: SvfCoefs, frames: u32) {
        if coefs.is_some() && !self.is_awake() {
            // Starts as the wire that it has been, at the frequency it is wanted at.
            self.filter.set_now(neutral);
            self.filter.reset();
        }
        let target = coefs.unwrap_or(neutral);
        if *self.filter.target() != target {
            self.filter.glide_to(target, frames);
            self.left_frames = frames as usize;
        }
        self.is_neutral = coefs.is_none();
    }

    fn is_awake(&self) -> bool {
        !self.is_neutral || self.left_frames > 0
    }

    fn process(&mut self, frames: &mut [Frame]) {
        if !self.is_awake() {
            return;
        }
        for (n, frame) in frames.iter_mut().enumerate() {
            if self.is_neutral && n >= self.left_frames {
                break;
            }
            *frame = self.filter.tick(frame.map(f64::from)).map(|x| x as f32);
        }
        self.left_frames = self.left_frames.saturating_sub(frames.len());
    }
}

/// A shelf before the shaper, and its exact reciprocal on the residual alone.
#[derive(Debug, Clone)]
pub(super) struct Emphasis {
    before: Resting,
    behind: Resting,
}

impl Emphasis {
    pub(super) fn new() -> Self {
        Self { before: Resting::new(), behind: Resting::new() }
    }

    /// Before, behind.
    fn coefs(settings: &SaturatorSettings, sample_rate_hz: f64) -> [Option<SvfCoefs>; 2] {
        let db = settings.emphasis_db;
        [db, -db].map(|db| (db != 0.0).then(|| shelf(settings, sample_rate_hz, db)))
    }

    pub(super) fn reset(&mut self, settings: &SaturatorSettings, sample_rate_hz: f64) {
        let [before, behind] = Self::coefs(settings, sample_rate_hz);
        self.before.set_now(before);
        self.behind.set_now(behind);
    }

    pub(super) fn update(&mut self, settings: &SaturatorSettings, sample_rate_hz: f64, glide_frames: u32) {
        let [before, behind] = Self::coefs(settings, sample_rate_hz);
        let neutral = shelf(settings, sample_rate_hz, 0.0);
        self.before.glide_to(before, neutral, glide_frames);
        self.behind.glide_to(behind, neutral, glide_frames);
    }

    pub(super) fn before(&mut self, frames: &mut [Frame]) {
        self.before.process(frames);
    }

    pub(super) fn behind(&mut self, frames: &mut [Frame]) {
        self.behind.process(frames);
    }
}

/// With an `A` of the square root of the gain, a Butterworth high shelf is `A (A s^2 + sqrt(A)/Q s + 1) / (s^2 + sqrt(A)/Q s + A)`:
/// with the opposite gain, top and bottom change places.
fn shelf(settings: &SaturatorSettings, sample_rate_hz: f64, db: f64) -> SvfCoefs {
    SvfCoefs::high_shelf(sample_rate_hz, settings.emphasis_hz, Q, db)
}

/// Tilt and high cut of the wet signal.
#[derive(Debug, Clone)]
pub(super) struct Tone {
    tilt: GlidingTilt<2>,
    tilt_left_frames: usize,
    tilt_is_on: bool,
    high_cut: Resting,
}

impl Tone {
    pub(super) fn new() -> Self {
        Self {
            tilt: GlidingTilt::new(TiltCoefs::new(48_000.0, 0.0)),
            tilt_left_frames: 0,
            tilt_is_on: false,
            high_cut: Resting::new(),
        }
    }

    fn high_cut_coefs(settings: &SaturatorSettings, sample_rate_hz: f64) -> Option<SvfCoefs> {
        settings.high_cut_hz.map(|hz| SvfCoefs::lowpass(sample_rate_hz, hz, Q))
    }

    pub(super) fn reset(&mut self, settings: &SaturatorSettings, sample_rate_hz: f64) {
        self.tilt = GlidingTilt::new(TiltCoefs::new(sample_rate_hz, settings.tilt_db_per_octave));
        self.tilt_left_frames = 0;
        self.tilt_is_on = settings.tilt_db_per_octave != 0.0;
        self.high_cut.set_now(Self::high_cut_coefs(settings, sample_rate_hz));
    }

    pub(super) fn update(&mut self, settings: &SaturatorSettings, sample_rate_hz: f64, glide_frames: u32) {
        let tilt = TiltCoefs::new(sample_rate_hz, settings.tilt_db_per_octave);
        if tilt != *self.tilt.target() {
            if !self.tilt_is_on {
                self.tilt.reset();
            }
            self.tilt.glide_to(tilt, glide_frames);
            self.tilt_left_frames = glide_frames as usize;
        }
        self.tilt_is_wanted(settings);
        self.high_cut.glide_to(Self::high_cut_coefs(settings, sample_rate_hz), SvfCoefs::default(), glide_frames);
    }

    /// Off once it is flat and has come to rest.
    fn tilt_is_wanted(&mut self, settings: &SaturatorSettings) {
        self.tilt_is_on = settings.tilt_db_per_octave != 0.0 || self.tilt_left_frames > 0;
    }

    pub(super) fn process(&mut self, settings: &SaturatorSettings, frames: &mut [Frame]) {
        if self.tilt_is_on {
            for frame in frames.iter_mut() {
                *frame = self.tilt.tick(frame.map(f64::from)).map(|x| x as f32);
            }
            self.tilt_left_frames = self.tilt_left_frames.saturating_sub(frames.len());
            self.tilt_is_wanted(settings);
        }
        self.high_cut.process(frames);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_emphasis_pair_nulls() {
        for rate in [44_100.0, 192_000.0] {
            for (emphasis_db, emphasis_hz) in [(12.0, 500.0), (-12.0, 10_000.0), (6.0, 3000.0)] {
                let settings = SaturatorSettings { emphasis_db, emphasis_hz, ..SaturatorSettings::default() };
                let mut emphasis = Emphasis::new();
                emphasis.reset(&settings, rate);
                let mut state = 1_u32;
                let input: Vec<Frame> = (0..48_000)
                    .map(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        let x = (state >> 8) as f32 / 8_388_608.0 - 1.0;
                        [x, -0.5 * x]
                    })
                    .collect();
                let mut output = input.clone();
                for chunk in output.chunks_mut(64) {
                    emphasis.before(chunk);
                    emphasis.behind(chunk);
                }
                let power = |frames: &mut dyn Iterator<Item = f64>| frames.map(|x| x * x).sum::<f64>();
                let left = power(&mut output.iter().zip(&input).map(|(y, x)| f64::from(y[0]) - f64::from(x[0])));
                let whole = power(&mut input.iter().map(|x| f64::from(x[0])));
                let null_db = 10.0 * (left / whole).log10();
                println!("{rate} Hz, {emphasis_db} dB at {emphasis_hz} Hz: {null_db:.1} dB");
                assert!(null_db <= -140.0, "{rate} Hz, {emphasis_db} dB at {emphasis_hz} Hz nulls to {null_db} dB");
            }
        }
    }
}
