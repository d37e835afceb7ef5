//! The parameters that every plugin has, and all of one plugin's together.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use nice_plug::prelude::{ParamPtr, Params};
use shared_dsp::Quality;

use super::about::Parameter;
use super::changes::Changes;
use super::declaration::{choice, level_db, percent, switch};
use super::parameter::{Choice, Float, Switch};
use super::place::Within;
use super::set::ParamSet;
use crate::features::Features;
use crate::monitoring::Monitoring;
use crate::session::Session;
use crate::taps::Presence;

crate::params! {
    /// What every plugin has, whatever it does to the sound. The output trim goes up to `output_max_db`.
    pub struct ShellParams(output_max_db: f32) {
        group "Levels" {
            /// Gain before the processor.
            pub input: Float = level_db("Input", 0.0, -24.0..=24.0).of_session(),
            /// How much of the processed sound is heard; the dry is aligned to the sample.
            ///
            /// The processor does the mixing.
            pub mix: Float = percent("Mix", 100.0),
            /// Gain after the processor.
            pub output: Float = level_db("Output", 0.0, -24.0..=output_max_db).of_session(),
        }
        group "" {
            /// The host's bypass: the input, delayed by the reported latency.
            pub bypass: Switch = switch("Bypass", false).host_bypass().of_session(),
        }
        group "Engine" {
            /// Antialiasing effort in playback.
            ///
            /// See [`Quality`].
            pub quality: Choice<Quality> = choice("Quality", Quality::default(), QUALITIES).of_mode(),
            /// Quality of an offline render, where it may take its time.
            ///
            /// `None` is the same as in playback.
            pub render_quality: Choice<Option<Quality>> =
                choice("Render quality", None, RENDER_QUALITIES).of_mode(),
        }
    }
}

const QUALITIES: &[(&str, Quality)] =
    &[("Off", Quality::Off), ("Live", Quality::Live), ("Standard", Quality::Standard), ("High", Quality::High)];
const RENDER_QUALITIES: &[(&str, Option<Quality>)] = &[
    ("Same as playback", None),
    ("Off", Some(Quality::Off)),
    ("Live", Some(Quality::Live)),
    ("Standard", Some(Quality::Standard)),
    ("High", Some(Quality::High)),
];

impl ShellParams {
    /// The mode of a processor that knows [`Quality`], in playback or in an offline render. Realtime-safe.
    #[must_use]
    pub fn quality(&self, is_offline: bool) -> Quality {
        self.render_quality.get().filter(|_| is_offline).unwrap_or_else(|| self.quality.get())
    }
}

/// All parameters of one plugin: the product's between the shell's, in signal order, and the session's fields.
pub struct AllParams<P> {
    /// The parameters that make this plugin what it is.
    pub product: P,
    /// The parameters that every plugin has.
    pub shell: ShellParams,
    /// What is saved with the session but is no parameter: the A and B slots.
    pub session: Session,
    /// What is for listening only, and neither saved nor seen by the host.
    pub monitoring: Arc<Monitoring>,
    /// The instance among those that others can listen to.
    pub taps: Arc<Presence>,
    /// Counts whatever changes what [`Product::settings`](crate::product::Product::settings) is given: parameters and listening aids.
    pub(crate) changes: Changes,
    /// Which of the shell's parameters there are; of the others neither host nor window knows.
    features: Features,
    has_quality: bool,
    /// Open gestures on parameters that choose the mode.
    pub(crate) mode_gestures: Arc<AtomicU32>,
}

impl<P: ParamSet<Given = ()>> AllParams<P> {
    /// Default values. `product_id` goes into every saved state; the output trim goes up to `output_max_db`; `features` say
    /// which of the shell's parameters there are, `has_quality` whether Quality and Render quality are among them.
    #[must_use]
    pub fn new(
        product_id: &'static str,
        output_max_db: f32,
        features: Features,
        has_quality: bool,
        monitoring: Monitoring,
    ) -> Self {
        let changes = Changes::default();
        let within = Within::counted_by(&changes);
        Self {
            product: P::declared_within(&within, ()),
            shell: ShellParams::declared_within(&within, output_max_db),
            session: Session::new(product_id),
            monitoring: Arc::new(monitoring.counted_by(&changes)),
            changes,
            taps: Arc::default(),
            features,
            has_quality,
            mode_gestures: Arc::default(),
        }
    }
}

impl<P: ParamSet> AllParams<P> {
    /// Every parameter that this plugin has, in the order that hosts show.
    #[must_use]
    pub fn parameters(&self) -> Vec<&dyn Parameter> {
        let shell = &self.shell;
        let mut all: Vec<&dyn Parameter> = vec![&shell.input];
        self.product.visit(&mut |parameter| all.push(parameter));
        if self.features.mix {
            all.push(&shell.mix);
        }
        all.extend([&shell.output as &dyn Parameter, &shell.bypass]);
        if self.has_quality {
            all.extend([&shell.quality as &dyn Parameter, &shell.render_quality]);
        }
        all
    }
}

// SAFETY: the pointers lead into `self`, which nice-plug keeps in an `Arc` for as long as it uses them; every id is given
// once (guarded by the golden file in tests/).
unsafe impl<P: ParamSet> Params for AllParams<P> {
    fn param_map(&self) -> Vec<(String, ParamPtr, String)> {
        let entry = |parameter: &dyn Parameter| {
            let about = parameter.about();
            (about.id().to_owned(), parameter.ptr(), about.group().to_owned())
        };
        self.parameters().into_iter().map(entry).collect()
    }

    fn serialize_fields(&self) -> BTreeMap<String, String> {
        let mut fields = BTreeMap::new();
        self.session.save(&mut fields);
        fields
    }

    fn deserialize_fields(&self, serialized: &BTreeMap<String, String>) {
        if self.session.load(serialized) {
            self.monitoring.clear();
        }
    }
}
