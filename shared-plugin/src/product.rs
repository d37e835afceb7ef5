//! What a plugin crate states; everything else is the shell's.

use nice_plug::prelude::{AudioIOLayout, ClapFeature, FloatParam, Params, PortNames, Vst3SubCategory, new_nonzero_u32};
use shared_dsp::Processor;

use crate::editor::Panel;
use crate::monitoring::{Heard, MonitoringSwitch};
use crate::params::AllParams;

/// A plugin's identity, parameters, processor and panel.
pub trait Product: Send + Sync + 'static {
    /// The name in the host's list and on the window: "Twobus Glue".
    const NAME: &'static str;
    /// Reverse-domain id; also marks saved states, so it never changes.
    const CLAP_ID: &'static str;
    /// Sixteen bytes that never change.
    const VST3_ID: [u8; 16];
    /// One sentence for the host's browser.
    const DESCRIPTION: &'static str;
    /// CLAP features as the job says.
    const CLAP_FEATURES: &'static [ClapFeature];
    /// VST3 sub-categories as the job says.
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory];
    /// Ports: [`layouts::PLAIN`] or [`layouts::WITH_SIDECHAIN`].
    const LAYOUTS: &'static [AudioIOLayout] = layouts::PLAIN;
    /// The top of the output trim, dB: 24, or 0 where a ceiling comes before it that nothing may lift again.
    const OUTPUT_MAX_DB: f32 = 24.0;
    /// Whether it changes the sound. A product that only looks has no Mix, Delta, Match and Quality.
    const CHANGES_SOUND: bool = true;
    /// The product's own switches for listening only, beside Compare and Delta.
    const MONITORING: &'static [MonitoringSwitch] = &[];
    /// Eight or fewer controls a page, in signal order, for hardware controllers. The shell adds its own page.
    const REMOTE_PAGES: &'static [RemotePage] = &[];
    /// What a state, a slot or a user's preset that was written before a parameter was there takes for it, so that it sounds as
    /// it did: ids, and values in the parameter's own measure. A fresh instance and a chain file take the default; so do
    /// absent parameters that are not named here.
    const LEGACY_VALUES: &'static [(&'static str, f32)] = &[];
    /// Ids of what is set for the programme and not for the sound (an operating level): starting points leave them alone.
    const CALIBRATION_IDS: &'static [&'static str] = &[];
    /// A few settings to start from, named by the job.
    const STARTING_POINTS: &'static [StartingPoint] = &[];

    /// The product's own parameters.
    type Params: Params + Default;
    /// The product's sound.
    type Processor: Processor + Default;
    /// The product's picture.
    type Panel: Panel<Self> + Default
    where
        Self: Sized;

    /// The processor's settings for the parameters as they stand. `mix` is 0..1; `heard` answers for
    /// [`MONITORING`](Self::MONITORING). Realtime-safe.
    fn settings(params: &Self::Params, mix: f64, heard: Heard<'_>) -> <Self::Processor as Processor>::Settings;

    /// One sentence on a control, for its tooltip.
    #[must_use]
    fn hint(_id: &str) -> Option<&'static str> {
        None
    }

    /// The visible, saved gain that Match writes into; the output trim unless the product has a better place.
    fn match_gain(params: &AllParams<Self::Params>) -> &FloatParam
    where
        Self: Sized,
    {
        &params.shell.output
    }
}

/// A page of a hardware controller: its name and the ids of its controls.
#[derive(Debug, Clone, Copy)]
pub struct RemotePage {
    /// What the controller shows.
    pub name: &'static str,
    /// Parameter ids, at most eight.
    pub ids: &'static [&'static str],
}

/// Settings to start from. Ids that are not named take their defaults; the shell's never move.
#[derive(Debug, Clone, Copy)]
pub struct StartingPoint {
    /// The job: "Drum-heavy mix, 1-2 dB of glue".
    pub name: &'static str,
    /// Parameter ids and values as the window writes them.
    pub values: &'static [(&'static str, &'static str)],
}

/// Port layouts.
pub mod layouts {
    use super::{AudioIOLayout, PortNames, new_nonzero_u32};

    const fn layout(channels: u32, name: &'static str, aux: &'static [std::num::NonZeroU32]) -> AudioIOLayout {
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
                aux_inputs: &["Sidechain"],
                aux_outputs: &[],
            },
        }
    }

    const MONO: AudioIOLayout = layout(1, "Mono", &[]);
    const STEREO: AudioIOLayout = layout(2, "Stereo", &[]);
    const MONO_SIDECHAIN: AudioIOLayout = layout(1, "Mono with side chain", &[new_nonzero_u32(1)]);
    const STEREO_SIDECHAIN: AudioIOLayout = layout(2, "Stereo with side chain", &[new_nonzero_u32(2)]);

    /// Stereo and mono.
    pub const PLAIN: &[AudioIOLayout] = &[STEREO, MONO];
    /// Stereo and mono, each with and without the port named "Sidechain".
    pub const WITH_SIDECHAIN: &[AudioIOLayout] = &[STEREO_SIDECHAIN, STEREO, MONO_SIDECHAIN, MONO];
}
