//! Emphasis around the shaper and tone behind it, at the base rate; each a bit-exact wire while it has nothing to do.

use shared_dsp::filters::{SvfCoefs, TiltCoefs};
use shared_dsp::glide::GlidingFilter;
use shared_dsp::nonlinear::StereoFrame;

use super::settings::SaturatorSettings;

const Q: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// A shelf before the shaper, and its exact reciprocal on the residual alone.
#[derive(Debug, Clone, Default)]
pub(super) struct Emphasis {
    before: GlidingFilter<SvfCoefs, 2>,
    behind: GlidingFilter<SvfCoefs, 2>,
}

impl Emphasis {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Before, behind.
    fn coefs(settings: &SaturatorSettings, sample_rate_hz: f64) -> [Option<SvfCoefs>; 2] {
        let db = settings.emphasis_db;
        [db, -db].map(|db| (db != 0.0).then(|| shelf(settings, sample_rate_hz, db)))
    }

    pub(super) fn reset(&mut self, settings: &SaturatorSettings, sample_rate_hz: f64) {
        let [before, behind] = Self::coefs(settings, sample_rate_hz);
        let neutral = shelf(settings, sample_rate_hz, 0.0);
        self.before.restart_or_bypass(before, neutral);
        self.behind.restart_or_bypass(behind, neutral);
    }

    pub(super) fn update(&mut self, settings: &SaturatorSettings, sample_rate_hz: f64, glide_frames: u32) {
        let [before, behind] = Self::coefs(settings, sample_rate_hz);
        let neutral = shelf(settings, sample_rate_hz, 0.0);
        self.before.glide_or_bypass(before, neutral, glide_frames);
        self.behind.glide_or_bypass(behind, neutral, glide_frames);
    }

    pub(super) fn before(&mut self, frames: &mut [StereoFrame]) {
        self.before.process(frames);
    }

    pub(super) fn behind(&mut self, frames: &mut [StereoFrame]) {
        self.behind.process(frames);
    }
}

/// With an `A` of the square root of the gain, a Butterworth high shelf is `A (A s^2 + sqrt(A)/Q s + 1) / (s^2 + sqrt(A)/Q s + A)`:
/// with the opposite gain, top and bottom change places.
fn shelf(settings: &SaturatorSettings, sample_rate_hz: f64, db: f64) -> SvfCoefs {
    SvfCoefs::high_shelf(sample_rate_hz, settings.emphasis_hz, Q, db)
}

/// Tilt and high cut of the wet signal.
#[derive(Debug, Clone, Default)]
pub(super) struct Tone {
    tilt: GlidingFilter<TiltCoefs, 2>,
    high_cut: GlidingFilter<SvfCoefs, 2>,
}

impl Tone {
    pub(super) fn new() -> Self {
        Self::default()
    }

    fn tilt_coefs(settings: &SaturatorSettings, sample_rate_hz: f64) -> Option<TiltCoefs> {
        let slope = settings.tilt_db_per_octave;
        (slope != 0.0).then(|| TiltCoefs::new(sample_rate_hz, slope))
    }

    fn high_cut_coefs(settings: &SaturatorSettings, sample_rate_hz: f64) -> Option<SvfCoefs> {
        settings.high_cut_hz.map(|hz| SvfCoefs::lowpass(sample_rate_hz, hz, Q))
    }

    pub(super) fn reset(&mut self, settings: &SaturatorSettings, sample_rate_hz: f64) {
        let flat = TiltCoefs::new(sample_rate_hz, 0.0);
        self.tilt.restart_or_bypass(Self::tilt_coefs(settings, sample_rate_hz), flat);
        self.high_cut.restart_or_bypass(Self::high_cut_coefs(settings, sample_rate_hz), SvfCoefs::default());
    }

    pub(super) fn update(&mut self, settings: &SaturatorSettings, sample_rate_hz: f64, glide_frames: u32) {
        let flat = TiltCoefs::new(sample_rate_hz, 0.0);
        self.tilt.glide_or_bypass(Self::tilt_coefs(settings, sample_rate_hz), flat, glide_frames);
        let high_cut = Self::high_cut_coefs(settings, sample_rate_hz);
        self.high_cut.glide_or_bypass(high_cut, SvfCoefs::default(), glide_frames);
    }

    pub(super) fn process(&mut self, frames: &mut [StereoFrame]) {
        self.tilt.process(frames);
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
                let input: Vec<StereoFrame> = (0..48_000)
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
