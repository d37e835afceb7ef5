//! The parameters of a plugin under test: what they are, how they read, and how they are set.

use super::{Format, Inner, Rig};
use crate::vst3_host;

/// A parameter change at a frame counted from the start of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// Frame from the start of the run.
    pub frame: usize,
    /// The parameter's id (the same number in both formats).
    pub id: u32,
    /// The format's own value; made by [`Rig::event`].
    pub value: f64,
}

/// A parameter as both formats show it.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// The id.
    pub id: u32,
    /// The name.
    pub name: String,
    /// The group that a host shows it in: names separated by slashes, or nothing.
    pub group: String,
    /// Steps, 0 for a continuous one.
    pub steps: u32,
    /// The default in the plugin's words.
    pub default: String,
    /// The least value in the plugin's words.
    pub min: String,
    /// The greatest value in the plugin's words.
    pub max: String,
    /// Whether a host may automate it.
    pub is_automatable: bool,
    /// Whether it is the host's bypass.
    pub is_bypass: bool,
}

/// The id of a parameter from its key, as nice-plug derives it in both formats.
pub fn id_of(key: &str) -> u32 {
    host::hash_key(key)
}

impl Rig {
    /// What the plugin makes of a text: the format's own value, `None` if it cannot read it.
    pub fn parse(&mut self, key: &str, text: &str) -> Option<f64> {
        let id = id_of(key);
        match &mut self.inner {
            Inner::Clap(clap) => clap.text_to_value(id, text),
            Inner::Vst3(vst3) => vst3.text_to_value(id, text),
        }
    }

    /// A value in the plugin's words, with the unit in CLAP and without it in VST3.
    pub fn words(&mut self, key: &str, value: f64) -> String {
        let id = id_of(key);
        match &mut self.inner {
            Inner::Clap(clap) => clap.value_to_text(id, value),
            Inner::Vst3(vst3) => vst3.value_to_text(id, value),
        }
        .unwrap_or_else(|| panic!("{key} has no words for {value}"))
    }

    /// The format's own value of a parameter now.
    pub fn value(&mut self, key: &str) -> f64 {
        let id = id_of(key);
        match &mut self.inner {
            Inner::Clap(clap) => clap.value(id).unwrap_or_else(|| panic!("no parameter {key}")),
            Inner::Vst3(vst3) => vst3.value(id),
        }
    }

    /// The value of a parameter in the plugin's words.
    pub fn text(&mut self, key: &str) -> String {
        let value = self.value(key);
        self.words(key, value)
    }

    /// Sets what is for listening only, or presses it. Through CLAP alone, by the suite's private extension.
    pub fn listen(&mut self, key: &str, on: bool) {
        let clap = self.clap().expect("what is for listening only is reached through CLAP");
        assert!(clap.set_monitoring(key, on), "there is no monitoring switch {key}");
    }

    /// Whether what is for listening only is on.
    pub fn is_listening(&mut self, key: &str) -> bool {
        let clap = self.clap().expect("what is for listening only is reached through CLAP");
        clap.is_monitoring(key).unwrap_or_else(|| panic!("there is no monitoring switch {key}"))
    }

    /// Sets a parameter by text, as a person types it. In VST3 it takes effect with the next block where the plugin is active.
    pub fn set(&mut self, key: &str, text: &str) {
        let value = self.parse(key, text).unwrap_or_else(|| panic!("{key} does not take {text:?}"));
        self.set_value(key, value);
    }

    /// Sets a parameter to a value of the format's own.
    pub fn set_value(&mut self, key: &str, value: f64) {
        let id = id_of(key);
        match &mut self.inner {
            Inner::Clap(clap) => clap.set_value(id, value).unwrap_or_else(|error| panic!("{key}: {error}")),
            Inner::Vst3(_) if self.is_active => self.pending.push(Event { frame: 0, id, value }),
            Inner::Vst3(vst3) => assert!(vst3.set_value(id, value), "{key} could not be set"),
        }
    }

    /// The format's own value for a place in a parameter's range, 0..1.
    fn value_at(&self, param: &Param, place: f64) -> f64 {
        let steps = f64::from(param.steps);
        let place = if param.steps > 0 { (place * steps).round() / steps } else { place };
        match self.format() {
            Format::Clap if param.steps > 0 => place * steps,
            Format::Clap | Format::Vst3 => place,
        }
    }

    /// Sets a parameter to a place in its range, 0..1.
    pub fn place(&mut self, param: &Param, place: f64) {
        let value = self.value_at(param, place);
        let name = &param.name;
        match &mut self.inner {
            Inner::Clap(clap) => clap.set_value(param.id, value).unwrap_or_else(|error| panic!("{name}: {error}")),
            Inner::Vst3(_) if self.is_active => self.pending.push(Event { frame: 0, id: param.id, value }),
            Inner::Vst3(vst3) => assert!(vst3.set_value(param.id, value), "{name} could not be set"),
        }
    }

    /// A parameter change to a place in its range, 0..1, for [`Rig::run_with`].
    pub fn event_to_place(&self, frame: usize, param: &Param, place: f64) -> Event {
        Event { frame, id: param.id, value: self.value_at(param, place) }
    }

    /// A parameter change to the default, for [`Rig::run_with`].
    pub fn event_to_default(&mut self, frame: usize, param: &Param) -> Event {
        let id = param.id;
        let default = match &mut self.inner {
            Inner::Clap(clap) => clap.params().iter().find(|param| param.id == id).map(|param| param.default),
            Inner::Vst3(vst3) => vst3.params().iter().find(|param| param.id == id).map(|param| param.default),
        };
        Event { frame, id, value: default.unwrap_or_else(|| panic!("no parameter {}", param.name)) }
    }

    /// The format's own value of a parameter now.
    pub fn value_of(&mut self, param: &Param) -> f64 {
        match &mut self.inner {
            Inner::Clap(clap) => clap.value(param.id).unwrap_or_else(|| panic!("no parameter {}", param.name)),
            Inner::Vst3(vst3) => vst3.value(param.id),
        }
    }

    /// A parameter change for [`Rig::run_with`].
    pub fn event(&mut self, frame: usize, key: &str, text: &str) -> Event {
        let value = self.parse(key, text).unwrap_or_else(|| panic!("{key} does not take {text:?}"));
        Event { frame, id: id_of(key), value }
    }

    /// Every parameter, in the plugin's order.
    pub fn params(&mut self) -> Vec<Param> {
        match &mut self.inner {
            Inner::Clap(clap) => {
                let params = clap.params().to_vec();
                let mut words = |id, value| clap.value_to_text(id, value).unwrap_or_default();
                params
                    .into_iter()
                    .map(|param| Param {
                        id: param.id,
                        name: param.name,
                        group: param.group,
                        steps: if param.is_stepped { (param.max - param.min).round() as u32 } else { 0 },
                        default: words(param.id, param.default),
                        min: words(param.id, param.min),
                        max: words(param.id, param.max),
                        is_automatable: param.is_automatable,
                        is_bypass: param.is_bypass,
                    })
                    .collect()
            }
            Inner::Vst3(vst3) => {
                let with_unit = |param: &vst3_host::ParamDescription, value| {
                    format!("{}{}", vst3.value_to_text(param.id, value).unwrap_or_default(), param.unit)
                };
                let params = vst3.params();
                params
                    .iter()
                    .map(|param| Param {
                        id: param.id,
                        name: param.name.clone(),
                        group: param.group.clone(),
                        steps: param.steps as u32,
                        default: with_unit(param, param.default),
                        min: with_unit(param, 0.0),
                        max: with_unit(param, 1.0),
                        is_automatable: param.is_automatable,
                        is_bypass: param.is_bypass,
                    })
                    .collect()
            }
        }
    }
}
