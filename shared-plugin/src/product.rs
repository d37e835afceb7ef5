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
    /// What it has of what the shell offers.
    const FEATURES: Features = Features::EFFECT;
    /// The top of the output trim, dB: 24, or 0 where a ceiling comes before it that nothing may lift again.
    const OUTPUT_MAX_DB: f32 = 24.0;
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

    /// The processor's mode in playback or in an offline render, for the parameters as they stand: what
    /// [`Features::mode`] names. Every parameter that it reads is declared `non_automatable`, which makes it the session's:
    /// neither slot nor preset moves it, and it acts when the gesture ends. Realtime-safe.
    fn mode(params: &AllParams<Self::Params>, is_offline: bool) -> <Self::Processor as Processor>::Mode
    where
        Self: Sized;

    /// One sentence on a control, for its tooltip.
    #[must_use]
    fn hint(_id: &str) -> Option<&'static str> {
        None
    }

    /// The visible, saved gain that Match writes into, where there is Match; the output trim unless the product has a
    /// better place.
    fn match_gain(params: &AllParams<Self::Params>) -> &FloatParam
    where
        Self: Sized,
    {
        &params.shell.output
    }
}

/// What a product has, each by itself. What it does not have, neither host nor window sees. (A last stage after Output is
/// the processor's: [`Processor::finish`].)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features {
    /// The port "Sidechain".
    pub sidechain: bool,
    /// The parameter Mix.
    pub mix: bool,
    /// Delta: there is something that it changes, and that can be heard by itself.
    pub delta: bool,
    /// Fair compare.
    pub compare: bool,
    /// Match: the panel may show its button.
    pub match_gain: bool,
    /// What chooses the processor's mode.
    pub mode: ModeFeature,
}

impl Features {
    /// Everything but a side chain, and Quality for a mode.
    pub const EFFECT: Self =
        Self { sidechain: false, mix: true, delta: true, compare: true, match_gain: true, mode: ModeFeature::Quality };
    /// Nothing at all.
    pub const NONE: Self =
        Self { sidechain: false, mix: false, delta: false, compare: false, match_gain: false, mode: ModeFeature::None };

    /// The port layouts.
    #[must_use]
    pub const fn layouts(self) -> &'static [AudioIOLayout] {
        if self.sidechain { layouts::WITH_SIDECHAIN } else { layouts::PLAIN }
    }
}

/// What chooses a processor's [mode](shared_dsp::Mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModeFeature {
    /// Nothing: there is one mode.
    None,
    /// The shell's parameters Quality and Render quality ([`ShellParams::quality`](crate::params::ShellParams::quality)).
    Quality,
    /// Parameters of the product's own, each `non_automatable`.
    Own {
        /// The id of the choice that the window's bottom line shows, where the panel does not show it itself.
        menu: Option<&'static str>,
    },
}

impl ModeFeature {
    /// The id of the choice that the window's bottom line shows.
    #[must_use]
    pub const fn menu(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Quality => Some("quality"),
            Self::Own { menu } => menu,
        }
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
