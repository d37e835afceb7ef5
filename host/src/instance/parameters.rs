//! The plugin's parameters: what there are, their values and texts, and the pages of controls made of them.

use std::ffi::CString;
use std::sync::atomic::Ordering;

use clack_extensions::params::{ParamInfoBuffer, ParamInfoFlags};
use clack_extensions::remote_controls::{PluginRemoteControls, RemoteControlsPageBuffer};
use clack_host::prelude::{ClapId, EventBuffer, InputEvents, OutputEvents};

use super::Instance;
use crate::params::{hash_key, number_in_text, slug};
use crate::processor::fill_events;
use crate::{HostError, ParamEvent, ParamInfo};

/// Steps of a stepped parameter that are listed by name at most, in errors and when a text is matched.
const MAX_LISTED_STEPS: u32 = 256;

/// A page of eight controls for hardware controllers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemotePage {
    /// Section that the page belongs to.
    pub section: String,
    /// The page's name.
    pub name: String,
    /// CLAP ids of the parameters, `None` for an empty slot.
    pub params: [Option<u32>; 8],
}

fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(1.0)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Instance {
    pub(super) fn read_params(&mut self) -> Vec<ParamInfo> {
        let Some(extension) = self.params_extension else { return Vec::new() };
        let handle = self.plugin.plugin_handle();
        let mut buffer = ParamInfoBuffer::new();
        (0..extension.count(&handle))
            .filter_map(|index| {
                let info = extension.get_info(&handle, index, &mut buffer)?;
                let name = text(info.name);
                Some(ParamInfo {
                    id: info.id.get(),
                    key: slug(&name),
                    name,
                    group: text(info.module),
                    min: info.min_value,
                    max: info.max_value,
                    default: info.default_value,
                    is_stepped: info.flags.contains(ParamInfoFlags::IS_STEPPED),
                    is_automatable: info.flags.contains(ParamInfoFlags::IS_AUTOMATABLE),
                    is_bypass: info.flags.contains(ParamInfoFlags::IS_BYPASS),
                    is_hidden: info.flags.contains(ParamInfoFlags::IS_HIDDEN),
                })
            })
            .collect()
    }

    /// The parameters, in the plugin's order.
    pub fn params(&self) -> &[ParamInfo] {
        &self.params
    }

    /// The parameter with this key.
    ///
    /// # Errors
    ///
    /// [`HostError::UnknownParam`] listing the keys there are.
    pub fn param(&self, key: &str) -> Result<&ParamInfo, HostError> {
        let by_key = self.params.iter().find(|param| param.key == key);
        // A name need not give the plugin's own id for a key ("0 VU" is "zero_vu"): that one is taken as well.
        let by_id = || self.params.iter().find(|param| param.id == hash_key(key));
        by_key.or_else(by_id).ok_or_else(|| HostError::UnknownParam {
            plugin: self.id.clone(),
            wanted: key.into(),
            available: self
                .params
                .iter()
                .filter(|param| !param.is_hidden)
                .map(|param| param.key.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })
    }

    /// The current CLAP value, `None` for an unknown id.
    pub fn value(&mut self, id: u32) -> Option<f64> {
        let extension = self.params_extension?;
        extension.get_value(&self.plugin.plugin_handle(), ClapId::from_raw(id)?)
    }

    /// A value in the words of the editor ("-1.5 dB"), `None` if the plugin has none for it.
    pub fn value_to_text(&mut self, id: u32, value: f64) -> Option<String> {
        let extension = self.params_extension?;
        let mut buffer = [0; 256];
        let text =
            extension.value_to_text(&self.plugin.plugin_handle(), ClapId::from_raw(id)?, value, &mut buffer).ok()?;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    /// What the plugin makes of a text, `None` if it cannot read it. The plugin's word is passed on unchecked: most
    /// clamp. [`Instance::parse_value`] is strict.
    pub fn text_to_value(&mut self, id: u32, text: &str) -> Option<f64> {
        let extension = self.params_extension?;
        let text = CString::new(text).ok()?;
        extension.text_to_value(&self.plugin.plugin_handle(), ClapId::from_raw(id)?, &text)
    }

    /// The CLAP value for a text, refusing what the parameter does not take instead of clamping it.
    ///
    /// A stepped parameter takes the name of a step in any case, or the number a step's name starts with ("4" for
    /// "4:1"), and true/false, on/off, yes/no where it is a switch. A continuous one takes what the plugin reads, within
    /// its range.
    ///
    /// # Errors
    ///
    /// [`HostError::UnknownParam`], or [`HostError::BadValue`] naming what is allowed.
    pub fn parse_value(&mut self, key: &str, value: &str) -> Result<f64, HostError> {
        let param = self.param(key)?.clone();
        let parsed = if param.is_stepped && param.max - param.min <= f64::from(MAX_LISTED_STEPS) {
            self.parse_step(&param, value)
        } else {
            self.parse_continuous(&param, value)
        };
        parsed.ok_or_else(|| HostError::BadValue {
            plugin: self.id.clone(),
            param: key.into(),
            value: value.into(),
            allowed: self.allowed_values(&param),
        })
    }

    fn parse_step(&mut self, param: &ParamInfo, value: &str) -> Option<f64> {
        let steps = self.step_texts(param);
        let wanted = value.trim().to_lowercase();
        let position = |matches: &dyn Fn(&str) -> bool| {
            steps.iter().position(|text| matches(text)).map(|step| param.min + step as f64)
        };
        position(&|text| text.trim().to_lowercase() == wanted)
            .or_else(|| {
                let number = number_in_text(&wanted)?;
                position(&|text| number_in_text(text).is_some_and(|step| is_near(step, number)))
            })
            .or_else(|| {
                // A bare number means the unit that the steps are written in: 0.3 is "0.3 s".
                let number: f64 = wanted.replace(',', ".").parse().ok()?;
                position(&|text| {
                    let digits = |c: char| !(c.is_ascii_digit() || c == '.' || c == '-');
                    text.split(digits)
                        .next()
                        .and_then(|start| start.parse().ok())
                        .is_some_and(|step| is_near(step, number))
                })
            })
            .or_else(|| {
                // A switch may call its two sides anything.
                let is_switch = param.max - param.min == 1.0;
                match wanted.as_str() {
                    "true" | "on" | "yes" if is_switch => Some(param.max),
                    "false" | "off" | "no" if is_switch => Some(param.min),
                    _ => None,
                }
            })
    }

    fn parse_continuous(&mut self, param: &ParamInfo, value: &str) -> Option<f64> {
        let parsed = self.text_to_value(param.id, value)?;
        let slack = 1e-9 * (param.max - param.min).abs();
        if !parsed.is_finite() || parsed < param.min - slack || parsed > param.max + slack {
            return None;
        }
        // The plugin may have clamped: compare what was written with the ends of the range in the same words.
        if let Some(number) = number_in_text(value) {
            let ends = [param.min, param.max].map(|end| {
                self.value_to_text(param.id, end).and_then(|text| {
                    // An end that the editor calls "off" has no number.
                    number_in_text(&text)
                })
            });
            let slack = 1e-6 * number.abs().max(1.0);
            if let [Some(a), Some(b)] = ends
                && (number < a.min(b) - slack || number > a.max(b) + slack)
            {
                return None;
            }
            // With a numberless end (or two) there is no range to compare with: what the plugin made of the number must
            // read as that number, but for the rounding of its display.
            if ends.contains(&None) {
                let read_back = self.value_to_text(param.id, parsed).as_deref().and_then(number_in_text);
                if read_back.is_none_or(|back| (back - number).abs() > 0.051_f64.max(0.01 * number.abs())) {
                    return None;
                }
            }
        }
        Some(parsed.clamp(param.min, param.max))
    }

    /// The names of a stepped parameter's steps, from the least up; empty for a continuous one.
    pub fn step_texts(&mut self, param: &ParamInfo) -> Vec<String> {
        if !param.is_stepped || !(0.0..=f64::from(MAX_LISTED_STEPS)).contains(&(param.max - param.min)) {
            return Vec::new();
        }
        // At most MAX_LISTED_STEPS, just checked.
        let count = (param.max - param.min) as u32;
        (0..=count)
            .map(|step| {
                let value = param.min + f64::from(step);
                self.value_to_text(param.id, value).unwrap_or_else(|| value.to_string())
            })
            .collect()
    }

    /// The range of a parameter, or its steps, in the plugin's words.
    pub fn allowed_values(&mut self, param: &ParamInfo) -> String {
        let steps = self.step_texts(param);
        if steps.is_empty() || steps.len() > 24 {
            let [low, high] =
                [param.min, param.max].map(|end| self.value_to_text(param.id, end).unwrap_or_else(|| end.to_string()));
            format!("{low} to {high}")
        } else {
            steps.join(", ")
        }
    }

    /// Sets a parameter now, as a DAW does with a knob of its own. For changes within a block see [`ParamEvent`].
    ///
    /// # Errors
    ///
    /// As [`Instance::flush`].
    pub fn set_value(&mut self, id: u32, value: f64) -> Result<(), HostError> {
        self.flush(&[ParamEvent { frame: 0, param_id: id, value }])
    }

    /// Exchanges parameter changes with the plugin outside `process`. Every event's frame must be 0.
    ///
    /// # Errors
    ///
    /// [`HostError::BadEvents`], [`HostError::NoExtension`] if the plugin has no parameters, [`HostError::NotActive`]
    /// if the processor has been taken: while it is away only `process` may carry events.
    pub fn flush(&mut self, events: &[ParamEvent]) -> Result<(), HostError> {
        let params = self.params_extension.ok_or_else(|| self.no_extension("params"))?;
        self.plugin.access_shared_handler(|shared| shared.flush.store(false, Ordering::Release));
        if self.active {
            return self.processor.as_mut().ok_or(HostError::NotActive)?.flush(params, events);
        }
        let mut list = EventBuffer::with_capacity(events.len());
        fill_events(&mut list, events, 1)?;
        let mut handle = self.plugin.inactive_plugin_handle().ok_or(HostError::StillActive)?;
        params.flush(&mut handle, &InputEvents::from_buffer(&list), &mut OutputEvents::from_buffer(&mut self.flushed));
        Ok(())
    }

    /// The pages of controls for hardware controllers, in the plugin's order.
    pub fn remote_pages(&mut self) -> Vec<RemotePage> {
        let Ok(remote) = self.extension::<PluginRemoteControls>("remote-controls") else { return Vec::new() };
        let handle = self.plugin.plugin_handle();
        let mut buffer = RemoteControlsPageBuffer::new();
        (0..remote.count(&handle))
            .filter_map(|index| {
                let page = remote.get(&handle, index, &mut buffer)?;
                Some(RemotePage {
                    section: text(page.section_name),
                    name: text(page.page_name),
                    params: page.param_ids.map(|id| id.map(ClapId::get)),
                })
            })
            .collect()
    }
}
