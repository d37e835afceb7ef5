//! The side chain of one dynamic band.

use shared_dsp::dynamics::{
    Forecast, LevelControls, Release, SideChain, SideChainControls, SideChainDesign, SideChainTimes, SideChainUse,
    StaticCurve,
};
use shared_dsp::filters::{Shape, SvfCoefs};
use shared_dsp::glide::{Glide, GlidingFilter, Lerp};

use super::grid::{CELL, CHUNK, Routing, route};
use super::settings::{BandChannels, BandSettings, Detector};

/// A decibel of gain for every two above the threshold.
const RATIO: f64 = 2.0;

const DESIGN: SideChainDesign = SideChainDesign { decoupled_hold_s: 0.005, feedback_hold_s: 0.0006 };
/// Time constant of the RMS detector, seconds.
const RMS_S: f64 = 0.005;

/// Listens through the band's own filter, and finds how far its gain is to move.
#[derive(Debug, Clone)]
pub(super) struct BandDynamics {
    filter: GlidingFilter<SvfCoefs, 2>,
    /// The part of the image that it listens to.
    routing: Glide<Routing>,
    /// 0 the programme, 1 the side-chain port.
    external: Glide,
    side_chain: SideChain,
    law: Glide<Law>,
    /// What the reduction is multiplied by: -1 down, 1 up, 0 off.
    direction: Glide,
    /// From the last frame to the end of the next [`CELL`] frames, which is where the gain is going.
    forecast: Forecast,
}

/// Threshold, knee and range in decibels, and the share of RMS in the level.
type Law = [f64; 4];

fn law(settings: &BandSettings) -> Law {
    let rms = f64::from(u8::from(settings.detector == Detector::Rms));
    [settings.threshold_db, settings.knee_db, settings.range_db.abs(), rms]
}

fn direction(settings: &BandSettings) -> f64 {
    if settings.moves() { settings.range_db.signum() } else { 0.0 }
}

impl BandDynamics {
    /// Allocates.
    pub(super) fn new() -> Self {
        let side_chain = SideChain::new(CHUNK, DESIGN);
        Self {
            filter: GlidingFilter::default(),
            routing: Glide::new(routing(BandChannels::Stereo)),
            external: Glide::new(0.0),
            law: Glide::new([0.0; 4]),
            direction: Glide::new(0.0),
            forecast: side_chain.forecast(CELL as u32),
            side_chain,
        }
    }

    pub(super) fn reset(&mut self, settings: &BandSettings, sample_rate_hz: f64) {
        self.filter = GlidingFilter::new(key_filter(settings, sample_rate_hz));
        self.routing.set_now(routing(settings.channels));
        self.external.set_now(f64::from(u8::from(settings.external_key)));
        self.side_chain.reset(sample_rate_hz, 1);
        self.direction.set_now(direction(settings));
        self.law.set_now(law(settings));
        self.set_times(settings);
        self.set_law();
    }

    pub(super) fn update(&mut self, settings: &BandSettings, sample_rate_hz: f64, length_samples: u32) {
        if settings.moves() && !self.is_on() {
            self.reset(settings, sample_rate_hz);
            self.direction.set_now(0.0);
        }
        self.direction.glide_to(direction(settings), length_samples);
        if settings.moves() {
            self.filter.glide_to(key_filter(settings, sample_rate_hz), length_samples);
            self.routing.glide_to(routing(settings.channels), length_samples);
            self.external.glide_to(f64::from(u8::from(settings.external_key)), length_samples);
            self.law.glide_to(law(settings), length_samples);
            self.set_times(settings);
        }
    }

    /// Whether it has anything to do: it moves its band, or lets go of it.
    pub(super) fn is_on(&self) -> bool {
        !self.direction.rests_at(0.0)
    }

    fn set_times(&mut self, settings: &BandSettings) {
        self.side_chain.set_times(SideChainTimes {
            attack_s: 1e-3 * settings.attack_ms,
            release: Release::Fixed(1e-3 * settings.release_ms),
            hold_s: 0.0,
            rms_s: RMS_S,
        });
        self.forecast = self.side_chain.forecast(CELL as u32);
    }

    fn set_law(&mut self) {
        let [threshold_db, knee_db, range_db, rms] = self.law.value();
        let curve = StaticCurve::new(threshold_db, RATIO, knee_db, range_db);
        self.side_chain.set_controls(
            SideChainControls { levels: LevelControls { curve, link: 1.0, rms }, feedback: 0.0 },
            SideChainUse { decoupled: true, feedback: false, rms: rms > 0.0, linked: false },
        );
    }

    /// To where its law is at the end of the next [`CELL`] frames. On the grid.
    pub(super) fn step(&mut self) {
        if !self.law.is_settled() {
            self.law.advance(CELL as u32);
            self.set_law();
        }
    }

    /// One segment of the programme, left and right, and of the port.
    pub(super) fn process(&mut self, programme: [&[f32]; 2], sidechain: Option<(&[f32], &[f32])>) {
        let count = programme[0].len();
        let mut keys = [[0.0_f32; CHUNK]; 2];
        let frame = |[left, right]: [&[f32]; 2], n: usize| [f64::from(left[n]), f64::from(right[n])];
        let [first, second] = &mut keys;
        for (n, (first, second)) in first.iter_mut().zip(second).take(count).enumerate() {
            let share = self.external.next_value();
            let port = || sidechain.map_or([0.0; 2], |(left, right)| frame([left, right], n));
            // Each alone to the bit.
            let key = if share <= 0.0 {
                frame(programme, n)
            } else if share >= 1.0 {
                port()
            } else {
                Lerp::lerp(&frame(programme, n), &port(), share)
            };
            let filtered = self.filter.tick(route(&self.routing.next_value(), key));
            (*first, *second) = (filtered[0] as f32, filtered[1] as f32);
        }
        self.side_chain.process([&keys[0][..count], &keys[1][..count]], 1);
        self.direction.advance(count as u32);
    }

    /// How far the gain is to have moved at the end of the next [`CELL`] frames, dB. What is known is where it should be at their
    /// beginning: the label of a fast attack would come out that much longer.
    pub(super) fn moved_db(&self) -> f64 {
        let reduction_db = self.side_chain.forecast_db(&self.forecast);
        // Less than this is inaudible; and it is the static band again.
        if reduction_db < 1e-4 { 0.0 } else { reduction_db * self.direction.value() }
    }

    /// The highest level since this was last called, dB; -300 for silence.
    pub(super) fn take_level_db(&mut self) -> f64 {
        self.side_chain.take_level_max_db()
    }
}

/// The part of the image that a band listens to, on both channels of the key.
fn routing(channels: BandChannels) -> Routing {
    match channels {
        BandChannels::Stereo => [1.0, 0.0, 0.0, 1.0],
        BandChannels::Left => [1.0, 0.0, 1.0, 0.0],
        BandChannels::Right => [0.0, 1.0, 0.0, 1.0],
        BandChannels::Mid => [0.5; 4],
        BandChannels::Side => [0.5, -0.5, 0.5, -0.5],
    }
}

/// What a band acts on: what is below a low shelf, above a high shelf or a tilt, around anything else.
pub(super) fn key_filter(settings: &BandSettings, sample_rate_hz: f64) -> SvfCoefs {
    let (hz, q) = (settings.frequency_hz, settings.q);
    match settings.shape {
        Some(Shape::LowShelf | Shape::LowCut) => SvfCoefs::lowpass(sample_rate_hz, hz, std::f64::consts::FRAC_1_SQRT_2),
        Some(Shape::HighShelf | Shape::HighCut | Shape::Tilt) => {
            SvfCoefs::highpass(sample_rate_hz, hz, std::f64::consts::FRAC_1_SQRT_2)
        }
        _ => SvfCoefs::bandpass(sample_rate_hz, hz, q),
    }
}
