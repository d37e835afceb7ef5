//! What a side chain listens through: a high-pass and a tilt.

use crate::filters::{SvfCoefs, TiltCoefs};
use crate::glide::GlidingFilter;

/// Steepness of the key's high-pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeySlope {
    /// 6 dB per octave.
    #[default]
    Db6,
    /// 12 dB per octave, Butterworth.
    Db12,
}

/// What a [`KeyFilter`] is set to. The default is flat.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct KeyFilterSettings {
    /// Corner of the high-pass, Hz; `None` is off.
    pub high_pass_hz: Option<f64>,
    /// Its steepness.
    pub slope: KeySlope,
    /// Tilt about 1 kHz, dB per octave, -3..3.
    pub tilt_db_per_octave: f64,
}

/// High-pass and tilt of a key, two channels. Corner, slope and tilt glide sample by sample; the high-pass is switched on and
/// off by a cross-fade that its owner moves ([`fade_high_pass`](Self::fade_high_pass)). Flat, it is a bit-exact wire.
#[derive(Debug, Clone, Default)]
pub struct KeyFilter {
    high_pass: GlidingFilter<SvfCoefs, 2>,
    /// The wet share of the high-pass, 0..1.
    high_pass_share: f64,
    is_high_pass_on: bool,
    tilt: GlidingFilter<TiltCoefs, 2>,
}

impl KeyFilter {
    /// Takes settings at once and clears the memory; the high-pass is off until it is faded in. Realtime-safe.
    pub fn reset(&mut self, settings: &KeyFilterSettings, sample_rate_hz: f64) {
        *self = Self::default();
        let flat = TiltCoefs::new(sample_rate_hz, 0.0);
        self.tilt.restart_or_bypass(tilt(settings, sample_rate_hz), flat);
        self.update(settings, sample_rate_hz, 0);
    }

    /// Glides to settings over `length_samples`. Realtime-safe.
    pub fn update(&mut self, settings: &KeyFilterSettings, sample_rate_hz: f64, length_samples: u32) {
        if let Some(hz) = settings.high_pass_hz {
            let coefs = match settings.slope {
                KeySlope::Db6 => SvfCoefs::highpass_6db(sample_rate_hz, hz),
                KeySlope::Db12 => SvfCoefs::highpass(sample_rate_hz, hz, std::f64::consts::FRAC_1_SQRT_2),
            };
            // While its share is none there is nothing to glide from.
            self.high_pass.glide_to(coefs, if self.is_high_pass_on { length_samples } else { 0 });
        }
        let flat = TiltCoefs::new(sample_rate_hz, 0.0);
        self.tilt.glide_or_bypass(tilt(settings, sample_rate_hz), flat, length_samples);
    }

    /// The wet share of the high-pass (0..1), and whether it is, or is about to be, above none. It starts with an empty memory.
    pub fn fade_high_pass(&mut self, share: f64, is_on: bool) {
        if is_on && !self.is_high_pass_on {
            self.high_pass.reset();
        }
        self.high_pass_share = share;
        self.is_high_pass_on = is_on;
    }

    /// Both channels in place. Realtime-safe.
    pub fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        if self.is_high_pass_on {
            for (l, r) in left.iter_mut().zip(right.iter_mut()) {
                let x = [f64::from(*l), f64::from(*r)];
                let y = self.high_pass.tick(x);
                *l = (x[0] + self.high_pass_share * (y[0] - x[0])) as f32;
                *r = (x[1] + self.high_pass_share * (y[1] - x[1])) as f32;
            }
        }
        for (l, r) in left.iter_mut().zip(right.iter_mut()) {
            if !self.tilt.is_active() {
                return;
            }
            let [a, b] = self.tilt.tick([f64::from(*l), f64::from(*r)]);
            (*l, *r) = (a as f32, b as f32);
        }
    }
}

fn tilt(settings: &KeyFilterSettings, sample_rate_hz: f64) -> Option<TiltCoefs> {
    let slope = settings.tilt_db_per_octave;
    (slope != 0.0).then(|| TiltCoefs::new(sample_rate_hz, slope))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: f64 = 48_000.0;

    /// The level of the second half of a tone at `hz` behind the filter, dB re its input.
    fn gain_db(filter: &mut KeyFilter, hz: f64) -> f64 {
        let input: Vec<f32> =
            (0..48_000).map(|n| (std::f64::consts::TAU * hz * f64::from(n) / RATE_HZ).sin() as f32).collect();
        let (mut left, mut right) = (input.clone(), input.clone());
        for (l, r) in left.chunks_mut(64).zip(right.chunks_mut(64)) {
            filter.process(l, r);
        }
        assert_eq!(left, right);
        let power = |x: &[f32]| x[24_000..].iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>();
        10.0 * (power(&left) / power(&input)).log10()
    }

    #[test]
    fn flat_is_a_wire() {
        let mut filter = KeyFilter::default();
        filter.reset(&KeyFilterSettings::default(), RATE_HZ);
        let input: Vec<f32> = (0..500).map(|n| (0.3 * n as f32).sin()).collect();
        let (mut left, mut right) = (input.clone(), input.clone());
        filter.process(&mut left, &mut right);
        assert!(left == input && right == input);
    }

    #[test]
    fn the_high_pass_falls_by_its_slope_and_fades() {
        for (slope, wanted_db) in [(KeySlope::Db6, -12.3), (KeySlope::Db12, -24.1)] {
            let settings = KeyFilterSettings { high_pass_hz: Some(400.0), slope, ..KeyFilterSettings::default() };
            let mut filter = KeyFilter::default();
            filter.reset(&settings, RATE_HZ);
            assert!(gain_db(&mut filter, 100.0).abs() < 1e-9, "off until it is faded in");
            filter.fade_high_pass(1.0, true);
            let gain = gain_db(&mut filter, 100.0);
            assert!((gain - wanted_db).abs() < 0.1, "{slope:?}: {gain} dB");
            filter.fade_high_pass(0.0, true);
            assert!(gain_db(&mut filter, 100.0).abs() < 1e-9);
        }
    }

    #[test]
    fn the_tilt_turns_about_1_khz_and_glides_back_to_a_wire() {
        let tilted = KeyFilterSettings { tilt_db_per_octave: 3.0, ..KeyFilterSettings::default() };
        let mut filter = KeyFilter::default();
        filter.reset(&tilted, RATE_HZ);
        for (hz, wanted_db) in [(500.0, -3.0), (1000.0, 0.0), (2000.0, 3.0)] {
            let gain = gain_db(&mut filter, hz);
            assert!((gain - wanted_db).abs() < 0.3, "{hz} Hz: {gain} dB");
        }
        filter.update(&KeyFilterSettings::default(), RATE_HZ, 960);
        assert!(gain_db(&mut filter, 2000.0).abs() < 1e-9);
    }
}
