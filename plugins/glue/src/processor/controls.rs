//! The side chain's settings as they move on the control grid.

use shared_dsp::dynamics::{LevelControls, SideChainControls, SideChainUse, StaticCurve};
use shared_dsp::glide::Glide;

use super::settings::{Detector, GlueSettings, LinkMode, Model, SidechainSource, UNLIMITED_DB, knee_db};

/// What glides. Switches are weights of 0 or 1, cross-faded.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slot {
    ThresholdDb,
    /// 1 - 1/ratio.
    Slope,
    KneeDb,
    RangeDb,
    Link,
    /// 0 clean, 1 console.
    Console,
    /// 0 peak, 1 RMS.
    Rms,
    MidSide,
    /// The share of the port in the key.
    External,
    HighPass,
}

const SLOTS: usize = Slot::HighPass as usize + 1;

/// Where the slots shall go with these settings.
fn targets(s: &GlueSettings) -> [f64; SLOTS] {
    let weight = |on: bool| f64::from(u8::from(on));
    let mut targets = [0.0; SLOTS];
    for (slot, target) in [
        (Slot::ThresholdDb, s.threshold_db),
        (Slot::Slope, 1.0 - 1.0 / s.ratio),
        (Slot::KneeDb, knee_db(s.ratio)),
        (Slot::RangeDb, s.range_db.unwrap_or(UNLIMITED_DB)),
        (Slot::Link, s.link),
        (Slot::Console, weight(s.model == Model::Console)),
        (Slot::Rms, weight(s.detector == Detector::Rms)),
        (Slot::MidSide, weight(s.link_mode == LinkMode::MidSide)),
        (Slot::External, weight(s.sidechain_source == SidechainSource::External) * s.sidechain_blend),
        (Slot::HighPass, weight(s.sidechain_high_pass_hz.is_some())),
    ] {
        targets[slot as usize] = target;
    }
    targets
}

/// All of them, and how far they lag behind the programme until they step.
#[derive(Debug, Clone)]
pub(super) struct Controls {
    glides: [Glide; SLOTS],
    lag_samples: u32,
}

impl Controls {
    /// At rest at `settings`.
    pub(super) fn new(settings: &GlueSettings) -> Self {
        Self { glides: targets(settings).map(Glide::new), lag_samples: 0 }
    }

    /// Begins to glide to `settings`; what glides already has come as far as this sample.
    pub(super) fn glide_to(&mut self, settings: &GlueSettings, length_samples: u32) {
        self.step();
        for (glide, target) in self.glides.iter_mut().zip(targets(settings)) {
            glide.glide_to(target, length_samples);
        }
    }

    /// Lets the programme go on by so many samples.
    pub(super) fn pass(&mut self, samples: usize) {
        self.lag_samples = self.lag_samples.saturating_add(samples as u32);
    }

    /// Catches up with the programme.
    pub(super) fn step(&mut self) {
        let samples = std::mem::take(&mut self.lag_samples);
        self.glides.iter_mut().for_each(|glide| glide.advance(samples));
    }

    pub(super) fn is_gliding(&self) -> bool {
        self.glides.iter().any(|glide| !glide.is_settled())
    }

    pub(super) fn value(&self, slot: Slot) -> f64 {
        self.glides[slot as usize].value()
    }

    /// Whether this weight is above 0, or on its way there.
    pub(super) fn is_used(&self, slot: Slot) -> bool {
        let glide = &self.glides[slot as usize];
        glide.value() > 0.0 || glide.target() > 0.0
    }

    pub(super) fn side_chain(&self) -> SideChainControls {
        let curve = StaticCurve::from_slope(
            self.value(Slot::ThresholdDb),
            self.value(Slot::Slope),
            self.value(Slot::KneeDb),
            self.value(Slot::RangeDb),
        );
        let levels = LevelControls { curve, link: self.value(Slot::Link), rms: self.value(Slot::Rms) };
        SideChainControls { levels, feedback: self.value(Slot::Console) }
    }

    pub(super) fn used(&self, is_stereo: bool) -> SideChainUse {
        SideChainUse {
            decoupled: !self.glides[Slot::Console as usize].rests_at(1.0),
            feedback: self.is_used(Slot::Console),
            rms: self.is_used(Slot::Rms),
            linked: is_stereo && self.glides[Slot::Link as usize].rests_at(1.0),
        }
    }
}
