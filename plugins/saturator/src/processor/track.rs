//! The residual at the base rate: a path and what shapes in it.

use shared_dsp::Quality;
use shared_dsp::nonlinear::{COMPLETION_DELAY_TOP_SAMPLES, ResidualPath, Route, Shaped, StereoFrame};
use shared_dsp::oversampling::Factor;

use super::meters::Meters;
use super::settings::SaturatorSettings;
use super::shaper::Shaper;

/// What [`Quality::High`] runs at.
const HIGH: Factor = Factor::X16;

/// The shaper's own delay at the top rate: Off averages nothing.
fn inside(quality: Quality) -> usize {
    if quality == Quality::Off { 0 } else { COMPLETION_DELAY_TOP_SAMPLES }
}

/// The delay at a quality, samples.
pub(super) fn latency_samples(quality: Quality, sample_rate_hz: f64) -> usize {
    Route::of(quality, HIGH, sample_rate_hz).latency_samples(inside(quality))
}

/// A path and its shaper. Every character takes the suite's route: at half of Standard's rate Push-pull and Diode would meet their
/// alias targets too, but sound up to -33 dBFS otherwise.
#[derive(Debug, Clone)]
pub(super) struct Track {
    path: ResidualPath,
    shaper: Shaper,
    quality: Quality,
    sample_rate_hz: f64,
}

impl Track {
    /// Allocates.
    pub(super) fn new() -> Self {
        let (path, shaper) = (ResidualPath::new(), Shaper::new());
        Self { path, shaper, quality: Quality::default(), sample_rate_hz: 48_000.0 }
    }

    /// The delay of dry and residual in samples.
    pub(super) fn latency_samples(&self) -> usize {
        latency_samples(self.quality, self.sample_rate_hz)
    }

    /// Takes a rate, a quality and settings at once and clears the memory. Realtime-safe.
    pub(super) fn reset(&mut self, settings: &SaturatorSettings, quality: Quality, sample_rate_hz: f64) {
        (self.quality, self.sample_rate_hz) = (quality, sample_rate_hz);
        self.restart(settings);
    }

    /// Begins with an empty memory, at rest at these settings. Realtime-safe.
    pub(super) fn restart(&mut self, settings: &SaturatorSettings) {
        let route = Route::of(self.quality, HIGH, self.sample_rate_hz);
        self.path.select(route, inside(self.quality));
        let is_averaged = self.quality != Quality::Off;
        self.shaper.reset(settings, self.sample_rate_hz, route.factor.times(), is_averaged);
    }

    /// Glides and fades to these settings.
    pub(super) fn update(&mut self, settings: &SaturatorSettings, glide_frames: u32) {
        self.shaper.glide_to(settings, glide_frames);
        self.shaper.change_kind(glide_frames);
    }

    /// Starts to fade to the kind that is asked for, unless a fade is under way: that one ends first.
    pub(super) fn change_kind(&mut self, glide_frames: u32) {
        self.shaper.change_kind(glide_frames);
    }

    /// Shapes `driven` into `residual` and delays `dry` to go with it, at most a chunk of frames.
    pub(super) fn process(
        &mut self,
        dry: &mut [StereoFrame],
        driven: &[StereoFrame],
        residual: &mut [StereoFrame],
        meters: &mut Meters,
    ) {
        let shaper = &mut self.shaper;
        self.path.process(dry, driven, residual, |input, output| {
            meters.see(shaper.process(input, output));
            Shaped::Residual
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::character::Character;
    use super::super::voice::CHUNK;
    use super::*;

    /// The delay is that of the quality: reported, and of both dry and residual.
    #[test]
    fn every_character_has_the_delay_of_its_quality() {
        for rate in [22_050.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 176_400.0, 384_000.0] {
            for quality in Quality::ALL {
                for character in Character::ALL {
                    let settings = SaturatorSettings { character, drive_db: [6.0; 3], ..SaturatorSettings::default() };
                    let mut track = Track::new();
                    track.reset(&settings, quality, rate);
                    let wanted = latency_samples(quality, rate);
                    assert_eq!(track.path.latency_samples(), wanted, "{character:?}, {quality:?}, {rate}");
                    if quality == Quality::Live {
                        continue;
                    }
                    // A short bump: where the dry and what is added to it stand.
                    let mut meters = Meters::new();
                    let (mut dry_at, mut residual_at) = ((0, 0.0), (0, 0.0));
                    for start in (0..512_usize).step_by(CHUNK) {
                        let bump = |n: usize| (-0.002 * (n as f32 - 100.0).powi(2)).exp();
                        let mut dry: Vec<StereoFrame> = (start..start + CHUNK).map(|n| [bump(n); 2]).collect();
                        let (driven, mut residual) = (dry.clone(), vec![[0.0; 2]; CHUNK]);
                        track.process(&mut dry, &driven, &mut residual, &mut meters);
                        for n in 0..CHUNK {
                            let (d, r) = (dry[n][0], residual[n][0].abs());
                            assert!(d.is_finite() && r.is_finite());
                            dry_at = if d > dry_at.1 { (start + n, d) } else { dry_at };
                            residual_at = if r > residual_at.1 { (start + n, r) } else { residual_at };
                        }
                    }
                    assert_eq!(dry_at.0, 100 + wanted);
                    // So short a bump builds next to no flux.
                    let is_slow = character == Character::Transformer;
                    assert!(residual_at.1 > if is_slow { 1e-8 } else { 1e-4 }, "{character:?} does nothing");
                    if !is_slow {
                        assert!(
                            residual_at.0.abs_diff(dry_at.0) <= 1,
                            "{character:?}, {quality:?}, {rate}: {residual_at:?}"
                        );
                    }
                }
            }
        }
    }
}
