//! A product for the shell's own tests.

use shared_dsp::{Io, Processor, Quality};
use shared_ui::KnobSize;

use crate::editor::{Panel, PanelContext};
use crate::features::Features;
use crate::feed::ReadingFrame;
use crate::kind::Kind;
use crate::mode_choice::ModeChoice;
use crate::monitoring::{ActiveMonitoring, UNITY_GAIN};
use crate::params::{AllParams, Float, level_db};
use crate::product::{ModeOf, Product, StartingPoint};

/// The smallest product: one parameter, sound untouched.
pub(crate) struct Probe;

crate::params! {
    /// A parameter with a default that is not zero, and one that came later.
    pub(crate) struct ProbeParams {
        group "Probe" {
            /// How much.
            pub(crate) amount: Float = level_db("Amount", 3.0, -6.0..=6.0),
            /// What came later.
            pub(crate) later: Float = level_db("Later", -18.0, -24.0..=-6.0).of_programme().in_old_states(-12.0),
        }
    }
}
#[derive(Default)]
pub(crate) struct Through;
impl Processor for Through {
    type Settings = ();
    type Mode = Quality;
    type Reading = ();
    fn prepare(&mut self, _: f64, _: usize, _: usize) {}
    fn reset(&mut self, (): &(), _: Quality) {}
    fn update(&mut self, (): &()) {}
    fn process(&mut self, _: Io<'_>) {}
    fn latency_samples(&self, _: Quality) -> usize {
        0
    }
}
#[derive(Default)]
pub(crate) struct Blank;
impl Panel for Blank {
    type Params = ProbeParams;
    type Reading = ();
    fn update(&mut self, _: &ReadingFrame<()>) {}
    fn ui(&mut self, ui: &mut egui::Ui, context: &mut PanelContext<'_, ProbeParams, ()>) -> bool {
        context.match_button(ui);
        context.listening_toggle(ui, &UNITY_GAIN, "Unity gain", 90.0);
        context.knob(ui, &context.params.product.amount, KnobSize::Medium)
    }
}
impl Product for Probe {
    const NAME: &'static str = "Probe";
    const CLAP_ID: &'static str = "org.twobus.probe";
    const VST3_ID: [u8; 16] = *b"TwobusProbe_0001";
    const DESCRIPTION: &'static str = "A probe";
    const KIND: Kind = Kind::Utility;
    const MODE: ModeOf<Self> = ModeChoice::QUALITY;
    type Params = ProbeParams;
    type Processor = Through;
    type Panel = Blank;
    fn starting_points(params: &AllParams<ProbeParams>) -> Vec<StartingPoint<'_>> {
        let shell = &params.shell;
        // The trim is there to be refused: a preset never moves it.
        vec![StartingPoint::new("Half", [(&shell.mix, "50 %"), (&shell.input, "+12 dB")])]
    }
    fn settings(_: &ProbeParams, _: f64, _: ActiveMonitoring<'_>) {}
}

/// The same with one feature and no other: Quality at 4; none from 6 on.
pub(crate) struct Only<const FEATURE: u8>;

const fn only(feature: u8) -> Features {
    match feature {
        0 => Features { mix: true, ..Features::NONE },
        1 => Features { delta: true, ..Features::NONE },
        2 => Features { compare: true, ..Features::NONE },
        3 => Features { match_gain: true, ..Features::NONE },
        5 => Features { unity_gain: true, ..Features::NONE },
        _ => Features::NONE,
    }
}

impl<const FEATURE: u8> Product for Only<FEATURE> {
    const NAME: &'static str = "Only";
    const CLAP_ID: &'static str = "org.twobus.only";
    const VST3_ID: [u8; 16] = *b"TwobusOnly__0001";
    const DESCRIPTION: &'static str = "One feature";
    const KIND: Kind = Kind::Utility;
    const FEATURES: Features = only(FEATURE);
    const MODE: ModeOf<Self> =
        if FEATURE == 4 { ModeChoice::QUALITY } else { ModeChoice::own(|_, _| Quality::Standard) };
    type Params = ProbeParams;
    type Processor = Through;
    type Panel = Blank;
    fn settings(_: &ProbeParams, _: f64, _: ActiveMonitoring<'_>) {}
}
