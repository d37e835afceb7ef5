//! Builders for parameters in the house's style, and the parameters that every plugin has.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use nice_plug::prelude::{BoolParam, FloatParam, FloatRange, IntParam, IntRange, ParamFlags, ParamPtr, Params};
use shared_dsp::Quality;

use crate::monitoring::Monitoring;
use crate::product::{Features, ModeFeature, Product};
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

const QUALITY_LABELS: &[&str] = &["Off", "Live", "Standard", "High"];
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
    pub playback_quality: IntParam,
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
            playback_quality: choice("Quality", Quality::default() as usize, QUALITY_LABELS).non_automatable(),
            render_quality: choice("Render quality", 0, RENDER_QUALITY_LABELS).non_automatable(),
        }
    }
}

impl ShellParams {
    /// The mode of a processor that knows [`Quality`], in playback or in an offline render. Realtime-safe.
    #[must_use]
    pub fn quality(&self, is_offline: bool) -> Quality {
        let index = match self.render_quality.value() {
            render if is_offline && render > 0 => render - 1,
            _ => self.playback_quality.value(),
        };
        Quality::ALL.get(index.max(0) as usize).copied().unwrap_or_default()
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
    /// Which of the shell's parameters there are; of the others neither host nor window knows.
    features: Features,
    /// What belongs to the session and the machine: no slot and no preset moves it.
    session_ids: Vec<String>,
    /// Open gestures on parameters that choose the mode.
    pub(crate) mode_gestures: Arc<AtomicU32>,
}

impl<P: Params + Default> AllParams<P> {
    /// Default values, under the product's id, which goes into every saved state.
    #[must_use]
    pub fn of<Q: Product<Params = P>>() -> Self {
        let mut params = Self {
            product: P::default(),
            shell: ShellParams::new(Q::OUTPUT_MAX_DB),
            session: Session::new(Q::CLAP_ID),
            monitoring: Arc::new(Monitoring::new(Q::FEATURES, Q::MONITORING)),
            features: Q::FEATURES,
            session_ids: Vec::new(),
            mode_gestures: Arc::default(),
        };
        params.session_ids = params
            .param_map()
            .into_iter()
            .filter(|(id, param, _)| ["bypass", "input", "output"].contains(&id.as_str()) || is_of_mode(*param))
            .map(|(id, ..)| id)
            .collect();
        params
    }
}

impl<P> AllParams<P> {
    /// Whether a preset or a slot may move this parameter: not what belongs to the session, as trims, bypass and the mode do.
    #[must_use]
    pub fn is_in_preset(&self, id: &str) -> bool {
        !self.session_ids.iter().any(|have| have == id)
    }
}

/// Whether a parameter chooses the processor's mode: all that a host may not automate do, and no others.
pub(crate) fn is_of_mode(param: ParamPtr) -> bool {
    // SAFETY: every caller holds the parameters that the pointer leads into.
    unsafe { param.flags() }.contains(ParamFlags::NON_AUTOMATABLE)
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
        if self.features.mix {
            map.push(own("mix", shell.mix.as_ptr(), "Levels"));
        }
        map.extend([own("output", shell.output.as_ptr(), "Levels"), own("bypass", shell.bypass.as_ptr(), "")]);
        if self.features.mode == ModeFeature::Quality {
            map.push(own("quality", shell.playback_quality.as_ptr(), "Engine"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Probe;

    fn ids(params: &AllParams<<Probe as Product>::Params>) -> Vec<String> {
        params.param_map().into_iter().map(|(id, ..)| id).collect()
    }

    #[test]
    fn each_feature_has_its_parameters_and_no_other() {
        let mut params = AllParams::of::<Probe>();
        params.features = Features::NONE;
        assert_eq!(ids(&params), ["input", "amount", "later", "output", "bypass"]);
        params.features = Features { mix: true, ..Features::NONE };
        assert_eq!(ids(&params), ["input", "amount", "later", "mix", "output", "bypass"]);
        params.features = Features { mode: ModeFeature::Quality, ..Features::NONE };
        let with_quality = ["input", "amount", "later", "output", "bypass", "quality", "render_quality"];
        assert_eq!(ids(&params), with_quality);
        for silent in [
            Features { delta: true, ..Features::NONE },
            Features { compare: true, ..Features::NONE },
            Features { match_gain: true, ..Features::NONE },
            Features { sidechain: true, ..Features::NONE },
            Features { mode: ModeFeature::Own { menu: None }, ..Features::NONE },
        ] {
            params.features = silent;
            assert_eq!(ids(&params), ["input", "amount", "later", "output", "bypass"], "{silent:?}");
        }
    }

    #[test]
    fn what_chooses_the_mode_is_the_sessions() {
        let params = AllParams::of::<Probe>();
        for id in ["input", "output", "bypass", "quality", "render_quality"] {
            assert!(!params.is_in_preset(id), "{id}");
        }
        for id in ["amount", "later", "mix"] {
            assert!(params.is_in_preset(id), "{id}");
        }
    }

    #[test]
    fn a_render_has_its_own_quality_or_that_of_playback() {
        let params = AllParams::of::<Probe>();
        let set = |param: ParamPtr, index: i32| {
            // SAFETY: `params` outlives the call.
            unsafe { param._internal_set_normalized_value(param.preview_normalized(index as f32)) };
        };
        use nice_plug::prelude::Param as _;
        set(params.shell.playback_quality.as_ptr(), 1);
        assert_eq!((params.shell.quality(false), params.shell.quality(true)), (Quality::Live, Quality::Live));
        set(params.shell.render_quality.as_ptr(), 4);
        assert_eq!((params.shell.quality(false), params.shell.quality(true)), (Quality::Live, Quality::High));
    }
}
