//! Where hosts list a product.

use nice_plug::prelude::{ClapFeature, Vst3SubCategory};

/// What a product is, as CLAP's features and VST3's sub-categories name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Turns loud passages down.
    Compressor,
    /// Adds harmonics.
    Saturator,
    /// Takes peaks off by bending them.
    Clipper,
    /// Takes peaks off by turning them down.
    Limiter,
    /// Filters.
    Equalizer,
    /// Measures, and leaves the sound as it is.
    Analyzer,
    /// Anything else.
    Utility,
}

impl Kind {
    /// CLAP's features.
    #[must_use]
    pub const fn clap_features(self) -> &'static [ClapFeature] {
        use ClapFeature::{
            Analyzer, AudioEffect, Compressor, Distortion, Equalizer, Limiter, Mastering, Mixing, Mono, Stereo, Utility,
        };
        match self {
            Self::Compressor => &[AudioEffect, Compressor, Mastering, Mixing, Stereo, Mono],
            Self::Saturator => &[AudioEffect, Distortion, Mastering, Mixing, Stereo, Mono],
            Self::Clipper => &[AudioEffect, Distortion, Limiter, Mastering, Mixing, Stereo, Mono],
            Self::Limiter => &[AudioEffect, Limiter, Mastering, Mixing, Stereo, Mono],
            Self::Equalizer => &[AudioEffect, Equalizer, Mastering, Mixing, Stereo, Mono],
            Self::Analyzer => &[Analyzer, AudioEffect, Utility, Mastering, Stereo, Mono],
            Self::Utility => &[AudioEffect, Utility, Stereo, Mono],
        }
    }

    /// VST3's sub-categories.
    #[must_use]
    pub const fn vst3_subcategories(self) -> &'static [Vst3SubCategory] {
        use Vst3SubCategory::{Analyzer, Distortion, Dynamics, Eq, Fx, Mastering, Tools};
        match self {
            Self::Compressor | Self::Clipper | Self::Limiter => &[Fx, Dynamics, Mastering],
            Self::Saturator => &[Fx, Distortion, Mastering],
            Self::Equalizer => &[Fx, Eq, Mastering],
            Self::Analyzer => &[Fx, Analyzer, Mastering],
            Self::Utility => &[Fx, Tools],
        }
    }
}
