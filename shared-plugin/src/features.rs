//! What a product has of what the shell offers.

use nice_plug::prelude::{AudioIOLayout, PortNames, new_nonzero_u32};

/// What a product has, each by itself. What it does not have, neither host nor window sees. (A last stage after Output is
/// the processor's: [`Processor::finish`](shared_dsp::Processor::finish).)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features {
    /// The port "Sidechain".
    pub sidechain: bool,
    /// The same port, named "Reference": what comes in there is compared with, and steers nothing.
    pub reference: bool,
    /// The parameter Mix.
    pub mix: bool,
    /// Delta: there is something that it changes, and that can be heard by itself.
    pub delta: bool,
    /// Fair compare.
    pub compare: bool,
    /// Match: the panel may show its button.
    pub match_gain: bool,
    /// Unity gain: the output may be heard at the input's loudness, for a product whose gain is its point.
    pub unity_gain: bool,
}

impl Features {
    /// Everything but a side chain and unity gain.
    pub const EFFECT: Self = Self { mix: true, delta: true, compare: true, match_gain: true, ..Self::NONE };
    /// Nothing at all.
    pub const NONE: Self = Self {
        sidechain: false,
        reference: false,
        mix: false,
        delta: false,
        compare: false,
        match_gain: false,
        unity_gain: false,
    };

    /// The port layouts.
    #[must_use]
    pub const fn layouts(self) -> &'static [AudioIOLayout] {
        if self.sidechain {
            layouts::WITH_SIDECHAIN
        } else if self.reference {
            layouts::WITH_REFERENCE
        } else {
            layouts::PLAIN
        }
    }
}

/// Port layouts.
pub mod layouts {
    use super::{AudioIOLayout, PortNames, new_nonzero_u32};

    const fn layout(
        channels: u32,
        name: &'static str,
        aux: &'static [std::num::NonZeroU32],
        aux_names: &'static [&'static str],
    ) -> AudioIOLayout {
        AudioIOLayout {
            main_input_channels: std::num::NonZeroU32::new(channels),
            main_output_channels: std::num::NonZeroU32::new(channels),
            aux_input_ports: aux,
            aux_output_ports: &[],
            names: PortNames {
                layout: Some(name),
                // nice-plug gives the output port the input's name, so one word must fit both.
                main_input: Some("Main"),
                main_output: Some("Main"),
                aux_inputs: aux_names,
                aux_outputs: &[],
            },
        }
    }

    const ONE: &[std::num::NonZeroU32] = &[new_nonzero_u32(1)];
    const TWO: &[std::num::NonZeroU32] = &[new_nonzero_u32(2)];
    const KEY: &[&str] = &["Sidechain"];
    const OTHER: &[&str] = &["Reference"];

    const MONO: AudioIOLayout = layout(1, "Mono", &[], &[]);
    const STEREO: AudioIOLayout = layout(2, "Stereo", &[], &[]);
    const MONO_SIDECHAIN: AudioIOLayout = layout(1, "Mono with side chain", ONE, KEY);
    const STEREO_SIDECHAIN: AudioIOLayout = layout(2, "Stereo with side chain", TWO, KEY);
    const MONO_REFERENCE: AudioIOLayout = layout(1, "Mono with reference", ONE, OTHER);
    const STEREO_REFERENCE: AudioIOLayout = layout(2, "Stereo with reference", TWO, OTHER);

    /// Stereo and mono.
    pub const PLAIN: &[AudioIOLayout] = &[STEREO, MONO];
    /// Stereo and mono, each with and without the port named "Sidechain".
    pub const WITH_SIDECHAIN: &[AudioIOLayout] = &[STEREO_SIDECHAIN, STEREO, MONO_SIDECHAIN, MONO];
    /// The same with the port named "Reference".
    pub const WITH_REFERENCE: &[AudioIOLayout] = &[STEREO_REFERENCE, STEREO, MONO_REFERENCE, MONO];
}
