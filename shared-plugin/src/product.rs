//! What a plugin crate states; everything else is the shell's.

use std::collections::BTreeMap;

use shared_dsp::Processor;

use crate::editor::Panel;
use crate::features::Features;
use crate::kind::Kind;
use crate::mode_choice::ModeChoice;
use crate::monitoring::{ActiveMonitoring, Monitoring, MonitoringSwitch};
use crate::params::{AllParams, Float, ParamSet, Parameter, Scope};

/// The readings of a product's processor.
pub type Reading<P> = <<P as Product>::Processor as Processor>::Reading;

/// What chooses the mode of a product's processor.
pub type ModeOf<P> = ModeChoice<<P as Product>::Params, <<P as Product>::Processor as Processor>::Mode>;

/// A plugin's identity, parameters, processor and panel.
pub trait Product: Sized + Send + Sync + 'static {
    /// The name in the host's list and on the window: "Twobus Glue".
    const NAME: &'static str;
    /// Reverse-domain id; also marks saved states, so it never changes.
    const CLAP_ID: &'static str;
    /// Sixteen bytes that never change.
    const VST3_ID: [u8; 16];
    /// One sentence for the host's browser.
    const DESCRIPTION: &'static str;
    /// Where hosts list it.
    const KIND: Kind;
    /// What it has of what the shell offers.
    const FEATURES: Features = Features::EFFECT;
    /// What chooses the processor's mode.
    const MODE: ModeOf<Self>;
    /// The top of the output trim, dB: 24, or 0 where a ceiling comes before it that nothing may lift again.
    const OUTPUT_MAX_DB: f32 = 24.0;
    /// The product's own switches for listening only, beside Compare and Delta.
    const MONITORING: &'static [MonitoringSwitch] = &[];

    /// The product's own parameters, see [`params!`](crate::params!).
    type Params: ParamSet<Given = ()>;
    /// The product's sound.
    type Processor: Processor + Default;
    /// The product's picture.
    type Panel: Panel<Params = Self::Params, Reading = <Self::Processor as Processor>::Reading> + Default;

    /// The processor's settings for the parameters as they stand. `mix` is 0..1; `monitoring` answers for
    /// [`MONITORING`](Self::MONITORING). Realtime-safe.
    fn settings(
        params: &Self::Params,
        mix: f64,
        monitoring: ActiveMonitoring<'_>,
    ) -> <Self::Processor as Processor>::Settings;

    /// Eight or fewer controls a page, in signal order, for hardware controllers. The shell adds its own page.
    #[must_use]
    fn remote_pages(_params: &AllParams<Self::Params>) -> Vec<RemotePage<'_>> {
        Vec::new()
    }

    /// A few settings to start from, named by the job.
    #[must_use]
    fn starting_points(_params: &AllParams<Self::Params>) -> Vec<StartingPoint<'_>> {
        Vec::new()
    }

    /// The gain that the parameters ask of the processor outright, dB, where there is such a gain: Compare and Unity gain follow
    /// it at once, and measure only what else the processor does to the loudness. Realtime-safe.
    fn known_gain_db(_params: &Self::Params) -> f32 {
        0.0
    }

    /// The visible, saved gain that Match writes into, where there is Match; the output trim unless the product has a
    /// better place.
    fn match_gain(params: &AllParams<Self::Params>) -> &Float {
        &params.shell.output
    }
}

impl<S: ParamSet<Given = ()>> AllParams<S> {
    /// The product's parameters at their defaults.
    #[must_use]
    pub fn of<P: Product<Params = S>>() -> Self {
        let monitoring = Monitoring::new(P::FEATURES, P::MONITORING);
        Self::new(P::CLAP_ID, P::OUTPUT_MAX_DB, P::FEATURES, P::MODE.has_quality(), monitoring)
    }
}

/// A page of a hardware controller.
#[derive(Clone)]
pub struct RemotePage<'a> {
    /// What the controller shows.
    pub name: &'static str,
    /// Its controls, at most eight.
    pub controls: Vec<&'a dyn Parameter>,
}

impl<'a> RemotePage<'a> {
    /// A page of this name with these controls. More than eight do not compile.
    #[must_use]
    pub fn new<const N: usize>(name: &'static str, controls: [&'a dyn Parameter; N]) -> Self {
        const { assert!(N <= 8, "a page has eight controls") };
        Self { name, controls: controls.into() }
    }
}

/// Settings to start from. Parameters that are not named take their defaults; those of the session and of the programme
/// never move (see [`Scope`](crate::params::Scope)).
#[derive(Clone)]
pub struct StartingPoint<'a> {
    /// The job: "Drum-heavy mix, 1-2 dB of glue".
    pub name: &'static str,
    /// Parameters, and their values as the window writes them.
    pub values: Vec<(&'a dyn Parameter, &'static str)>,
}

impl<'a> StartingPoint<'a> {
    /// The job, and what is set for it.
    #[must_use]
    pub fn new<const N: usize>(name: &'static str, values: [(&'a dyn Parameter, &'static str); N]) -> Self {
        Self { name, values: values.into() }
    }
}

/// The starting points as text: a line for each name, and below it, indented, the values that it sets in the sound. The list in
/// `tests/golden` is this text; tests hold the built bundle to it. [`export!`](crate::export!) makes a test of it.
#[must_use]
pub fn starting_points_text<P: Product>() -> String {
    let params = AllParams::<P::Params>::of::<P>();
    let mut text = String::new();
    for point in P::starting_points(&params) {
        text += &format!("{}\n", point.name);
        for (parameter, value) in point.values.iter().filter(|(parameter, _)| parameter.about().scope() == Scope::Sound)
        {
            text += &format!("  {} = {value}\n", parameter.about().id());
        }
    }
    text
}

/// What is wrong with a product's declarations and no compiler sees: two parameters that hosts cannot tell apart, and values
/// of starting points that nobody can read. [`export!`](crate::export!) makes a test of it.
#[must_use]
pub fn faults<P: Product>() -> Vec<String> {
    let params = AllParams::<P::Params>::of::<P>();
    // Hosts know a parameter by nice-plug's hash of its id.
    let hash = |id: &str| id.bytes().fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into())) << 1;
    let mut by_hash: BTreeMap<u32, &str> = BTreeMap::new();
    let mut faults = Vec::new();
    for parameter in params.parameters() {
        let id = parameter.about().id();
        if let Some(other) = by_hash.insert(hash(id), id) {
            faults.push(format!("hosts take {id} for {other}"));
        }
    }
    for point in P::starting_points(&params) {
        for (parameter, text) in point.values {
            // SAFETY: `params` is alive.
            let value = unsafe { parameter.ptr().string_to_normalized_value(text) };
            if !value.is_some_and(f32::is_finite) {
                faults.push(format!("\"{}\": \"{text}\" is no value for {}", point.name, parameter.about().id()));
            }
        }
    }
    faults
}
