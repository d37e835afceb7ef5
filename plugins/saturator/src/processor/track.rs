//! The residual at the base rate: from a track that runs at the rate its character asks for, or from two while one is faded
//! over to the other, which another rate takes.

use shared_dsp::Quality;
use shared_dsp::math::Ramp;
use shared_dsp::nonlinear::{Frame, ResidualPath, Route, Shaped};
use shared_dsp::oversampling::Factor;

use super::character::Character;
use super::meters::Meters;
use super::settings::SaturatorSettings;
use super::shaper::{Completion, Shaper};
use super::voice::CHUNK;

/// What [`Quality::High`] runs at.
const HIGH: Factor = Factor::X16;
/// A fade between tracks begins no sooner than so many frames after the new one's filters are full.
const SETTLE_FRAMES: usize = 64;

/// The route of a character: the suite's, but for the two that leave so few aliases that half of Standard's factor is enough
/// (tanh and asinh have all their derivatives; swept to 10 kHz at 0 dBFS and 12 dB of drive they stay below -93 dB at 4x).
fn route(character: Character, quality: Quality, sample_rate_hz: f64) -> Route {
    let route = Route::of(quality, HIGH, sample_rate_hz);
    let is_smooth = matches!(character, Character::PushPull | Character::Diode);
    if quality != Quality::Standard || !is_smooth {
        return route;
    }
    match route.factor {
        Factor::X8 => Route { factor: Factor::X4, ..route },
        Factor::X4 => Route { factor: Factor::X2, ..route },
        _ => route,
    }
}

/// What completes the averaging on a route: a longer filter on one that is not the suite's but slower.
fn completion(route: Route, quality: Quality, sample_rate_hz: f64) -> Option<Completion> {
    let is_slower = route != Route::of(quality, HIGH, sample_rate_hz);
    (quality != Quality::Off).then_some(if is_slower { Completion::Long } else { Completion::Short })
}

/// The shaper's own delay at the top rate.
fn inside(completion: Option<Completion>) -> usize {
    completion.map_or(0, Completion::delay_top_samples)
}

/// The delay at a quality, the same for every character: that of the higher rate, to which the lower one is padded.
pub(super) fn latency_samples(quality: Quality, sample_rate_hz: f64) -> usize {
    let route = Route::of(quality, HIGH, sample_rate_hz);
    route.latency_samples(inside(completion(route, quality, sample_rate_hz)))
}

/// A path and what shapes in it.
#[derive(Debug, Clone)]
struct Track {
    path: ResidualPath,
    shaper: Shaper,
}

impl Track {
    fn new() -> Self {
        Self { path: ResidualPath::new(), shaper: Shaper::new() }
    }
}

/// The track that is heard, and the one before it.
#[derive(Debug, Clone)]
pub(super) struct Tracks {
    tracks: [Track; 2],
    current: usize,
    /// From the other track (0) to the current one (1); settled when the other is not heard.
    fade: Ramp,
    /// Frames until the current track's filters are full and the fade may begin.
    warm_up_frames: usize,
    quality: Quality,
    sample_rate_hz: f64,
}

impl Tracks {
    /// Allocates.
    pub(super) fn new() -> Self {
        Self {
            tracks: [Track::new(), Track::new()],
            current: 0,
            fade: Ramp::new(1.0),
            warm_up_frames: 0,
            quality: Quality::default(),
            sample_rate_hz: 48_000.0,
        }
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
        self.fade.set_now(1.0);
        self.warm_up_frames = 0;
        let (route, latency_samples) = (self.route(settings), self.latency_samples());
        let completion = completion(route, self.quality, self.sample_rate_hz);
        let track = &mut self.tracks[self.current];
        track.path.select_for_latency(route, inside(completion), latency_samples);
        track.shaper.reset(settings, self.sample_rate_hz, route.factor.times(), completion);
    }

    fn route(&self, settings: &SaturatorSettings) -> Route {
        route(settings.character, self.quality, self.sample_rate_hz)
    }

    /// Whether two tracks are at work.
    fn is_changing(&self) -> bool {
        self.warm_up_frames > 0 || !self.fade.is_settled()
    }

    /// Glides and fades to these settings.
    pub(super) fn update(&mut self, settings: &SaturatorSettings, glide_frames: u32) {
        for track in &mut self.tracks {
            track.shaper.aim(settings, glide_frames);
        }
        self.change_kind(settings, glide_frames);
    }

    /// Starts to fade to the kind that is asked for, unless a fade is under way: that one ends first.
    pub(super) fn change_kind(&mut self, settings: &SaturatorSettings, glide_frames: u32) {
        if self.route(settings) == self.tracks[self.current].path.route() {
            self.tracks[self.current].shaper.change_kind(glide_frames);
        } else if !self.is_changing() {
            self.current = 1 - self.current;
            self.restart(settings);
            self.fade.set_now(0.0);
            self.warm_up_frames = self.latency_samples() + SETTLE_FRAMES;
        }
    }

    /// Shapes `driven` into `residual` and delays `dry` to go with it, at most a chunk of frames.
    pub(super) fn process(
        &mut self,
        dry: &mut [Frame],
        driven: &[Frame],
        residual: &mut [Frame],
        meters: &mut Meters,
        glide_frames: u32,
    ) {
        let is_changing = self.is_changing();
        let [first, second] = &mut self.tracks;
        let (current, other) = if self.current == 0 { (first, second) } else { (second, first) };
        let frames = dry.len().min(CHUNK);
        let mut other_dry = [[0.0; 2]; CHUNK];
        other_dry[..frames].copy_from_slice(&dry[..frames]);
        let shaper = &mut current.shaper;
        current.path.process(dry, driven, residual, |input, output| {
            meters.see(shaper.process(input, output));
            Shaped::Residual
        });
        if !is_changing {
            return;
        }
        let mut other_residual = [[0.0; 2]; CHUNK];
        let (other_dry, other_residual) = (&mut other_dry[..frames], &mut other_residual[..frames]);
        other.path.process(other_dry, driven, other_residual, |input, output| {
            other.shaper.process(input, output);
            Shaped::Residual
        });
        // The current track's delay is still filling up; the other's holds the same dry.
        dry[..frames].copy_from_slice(other_dry);
        for (to, from) in residual.iter_mut().zip(other_residual) {
            if self.warm_up_frames > 0 {
                self.warm_up_frames -= 1;
                if self.warm_up_frames == 0 {
                    self.fade.glide_to(1.0, glide_frames);
                }
            }
            let share = self.fade.next_value() as f32;
            // At its end the fade is exact.
            if share < 1.0 {
                *to = [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever rate a character runs at, the delay is that of the quality: reported, and of both dry and residual.
    #[test]
    fn every_character_has_the_delay_of_its_quality() {
        let mut halved = 0;
        for rate in [22_050.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 176_400.0, 384_000.0] {
            for quality in Quality::ALL {
                for character in Character::ALL {
                    let settings = SaturatorSettings { character, drive_db: [6.0; 3], ..SaturatorSettings::default() };
                    let mut tracks = Tracks::new();
                    tracks.reset(&settings, quality, rate);
                    let path = &tracks.tracks[tracks.current].path;
                    let wanted = latency_samples(quality, rate);
                    assert_eq!(path.latency_samples(), wanted, "{character:?}, {quality:?}, {rate}");
                    halved += usize::from(path.route() != Route::of(quality, HIGH, rate));
                    if quality == Quality::Live {
                        continue;
                    }
                    // A short bump: where the dry and what is added to it stand.
                    let mut meters = Meters::new();
                    let (mut dry_at, mut residual_at) = ((0, 0.0), (0, 0.0));
                    for start in (0..512_usize).step_by(CHUNK) {
                        let bump = |n: usize| (-0.002 * (n as f32 - 100.0).powi(2)).exp();
                        let mut dry: Vec<Frame> = (start..start + CHUNK).map(|n| [bump(n); 2]).collect();
                        let (driven, mut residual) = (dry.clone(), vec![[0.0; 2]; CHUNK]);
                        tracks.process(&mut dry, &driven, &mut residual, &mut meters, 1);
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
        assert_eq!(halved, 2 * 5, "two characters at the rates up to 96 kHz");
    }
}
