//! Builders for parameters in the house's style, and the parameters that every plugin has.

use std::collections::BTreeMap;
use std::sync::Arc;

use nice_plug::prelude::{BoolParam, FloatParam, FloatRange, IntParam, IntRange, ParamPtr, Params};
use shared_dsp::Quality;

use crate::monitoring::Monitoring;
use crate::product::Product;
use crate::session::Session;
use crate::text;

/// A continuous level in dB, shown with its sign. Typed values are exact to 0.01 dB; automation is continuous.
#[must_use]
pub fn level_db(name: &str, default_db: f32, min_db: f32, max_db: f32) -> FloatParam {
    FloatParam::new(name, default_db, FloatRange::Linear { min: min_db, max: max_db })
        .with_unit(" dB")
        .with_value_to_string(Arc::new(text::write_db))
        .with_string_to_value(Arc::new(text::parse_db))
}

/// A share in percent, 0..100.
#[must_use]
pub fn percent(name: &str, default_percent: f32) -> FloatParam {
    FloatParam::new(name, default_percent, FloatRange::Linear { min: 0.0, max: 100.0 })
        .with_unit(" %")
        .with_value_to_string(Arc::new(text::write_percent))
        .with_string_to_value(Arc::new(text::parse_percent))
}

/// One of a few named values. A released list may only grow at its end: the position is what a session stores.
#[must_use]
pub fn choice(name: &str, default: usize, labels: &'static [&'static str]) -> IntParam {
    let last = labels.len().saturating_sub(1);
    IntParam::new(name, default as i32, IntRange::Linear { min: 0, max: last as i32 })
        .with_value_to_string(Arc::new(move |index| labels[(index.max(0) as usize).min(last)].to_owned()))
        .with_string_to_value(Arc::new(move |text| text::parse_choice(text, labels).map(|index| index as i32)))
}

/// A switch, shown as "On" and "Off".
#[must_use]
pub fn switch(name: &str, default: bool) -> BoolParam {
    BoolParam::new(name, default)
        .with_value_to_string(Arc::new(write_switch))
        .with_string_to_value(Arc::new(parse_switch))
}

/// The words of a switch.
pub(crate) fn write_switch(on: bool) -> String {
    if on { "On" } else { "Off" }.to_owned()
}

/// What a text means for a switch, in any case; `None` if nothing.
pub(crate) fn parse_switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Some(true),
        "off" | "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

pub(crate) const QUALITY_LABELS: &[&str] = &["Off", "Live", "Standard", "High"];
const RENDER_QUALITY_LABELS: &[&str] = &["Same as playback", "Off", "Live", "Standard", "High"];

/// What every plugin has, whatever it does to the sound.
#[derive(Debug)]
pub struct ShellParams {
    /// The host's bypass: the input, delayed by the reported latency.
    pub bypass: BoolParam,
    /// Trim before the processor, dB.
    pub input: FloatParam,
    /// Trim after the processor, dB.
    pub output: FloatParam,
    /// Share of the processed signal, percent; the processor does the mixing.
    pub mix: FloatParam,
    /// Antialiasing effort in playback; see [`Quality`].
    pub quality: IntParam,
    /// Antialiasing effort in an offline render, or the same as in playback.
    pub render_quality: IntParam,
}

impl ShellParams {
    /// Default values; the output trim goes up to `output_max_db`.
    #[must_use]
    pub fn new(output_max_db: f32) -> Self {
        Self {
            bypass: switch("Bypass", false).make_bypass(),
            input: level_db("Input", 0.0, -24.0, 24.0),
            output: level_db("Output", 0.0, -24.0, output_max_db),
            mix: percent("Mix", 100.0),
            quality: choice("Quality", Quality::default() as usize, QUALITY_LABELS).non_automatable(),
            render_quality: choice("Render quality", 0, RENDER_QUALITY_LABELS).non_automatable(),
        }
    }
}

/// Ids that belong to the session and the machine, never to a preset.
pub const NOT_IN_PRESETS: &[&str] = &["bypass", "input", "output", "quality", "render_quality"];

impl ShellParams {
    /// Antialiasing effort in playback.
    #[must_use]
    pub fn playback_quality(&self) -> Quality {
        quality_from(self.quality.value())
    }

    /// Antialiasing effort in an offline render.
    #[must_use]
    pub fn offline_quality(&self) -> Quality {
        match self.render_quality.value() {
            0 => self.playback_quality(),
            index => quality_from(index - 1),
        }
    }
}

fn quality_from(index: i32) -> Quality {
    Quality::ALL.get(index.max(0) as usize).copied().unwrap_or_default()
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
    /// Whether Mix and Quality mean anything; where they do not, neither host nor window sees them.
    changes_sound: bool,
}

impl<P: Params + Default> AllParams<P> {
    /// Default values, under the product's id, which goes into every saved state.
    #[must_use]
    pub fn of<Q: Product<Params = P>>() -> Self {
        Self {
            product: P::default(),
            shell: ShellParams::new(Q::OUTPUT_MAX_DB),
            session: Session::new(Q::CLAP_ID),
            monitoring: Arc::new(Monitoring::new(Q::CHANGES_SOUND, Q::MONITORING)),
            changes_sound: Q::CHANGES_SOUND,
        }
    }
}

// SAFETY: the pointers lead into `self`, which nice-plug keeps in an `Arc` for as long as it uses them; every id is given
// once (guarded by the golden file in tests/).
unsafe impl<P: Params> Params for AllParams<P> {
    fn param_map(&self) -> Vec<(String, ParamPtr, String)> {
        use nice_plug::prelude::Param as _;
        let shell = &self.shell;
        let own = |id: &str, param: ParamPtr, group: &str| (id.to_owned(), param, group.to_owned());
        let mut map = vec![own("input", shell.input.as_ptr(), "Levels")];
        map.extend(self.product.param_map());
        if self.changes_sound {
            map.push(own("mix", shell.mix.as_ptr(), "Levels"));
        }
        map.extend([own("output", shell.output.as_ptr(), "Levels"), own("bypass", shell.bypass.as_ptr(), "")]);
        if self.changes_sound {
            map.push(own("quality", shell.quality.as_ptr(), "Engine"));
            map.push(own("render_quality", shell.render_quality.as_ptr(), "Engine"));
        }
        map
    }

    fn serialize_fields(&self) -> BTreeMap<String, String> {
        let mut fields = self.product.serialize_fields();
        self.session.save(&mut fields);
        fields
    }

    fn deserialize_fields(&self, serialized: &BTreeMap<String, String>) {
        self.product.deserialize_fields(serialized);
        if self.session.load(serialized) {
            self.monitoring.clear();
        }
    }
}
