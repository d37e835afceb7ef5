//! One plugin, run as a DAW runs it.

use std::ffi::{CStr, CString, c_ulong};
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clack_extensions::audio_ports::{AudioPortFlags, AudioPortInfoBuffer, PluginAudioPorts};
use clack_extensions::audio_ports_config::{AudioPortsConfigBuffer, PluginAudioPortsConfig};
use clack_extensions::gui::{GuiApiType, GuiConfiguration, GuiSize, PluginGui, Window};
use clack_extensions::latency::PluginLatency;
use clack_extensions::params::{ParamInfoBuffer, ParamInfoFlags, PluginParams};
use clack_extensions::remote_controls::{PluginRemoteControls, RemoteControlsPageBuffer};
use clack_extensions::render::{PluginRender, RenderMode};
use clack_extensions::state::PluginState;
use clack_extensions::tail::PluginTail;
use clack_extensions::timer::{PluginTimer, TimerId};
use clack_host::prelude::{
    ClapId, EventBuffer, HostInfo, InputEvents, OutputEvents, PluginAudioConfiguration, PluginAudioProcessor,
    PluginInstance,
};

use crate::callbacks::{AudioRole, AudioThread, Handlers, MainThread, Shared};
use crate::params::{number_in_text, slug};
use crate::processor::{OutputQueue, fill_events};
use crate::{Bundle, HostError, HostRequests, OutputEvent, ParamEvent, ParamInfo, ProcessStatus, Processor, Tail};

/// Steps of a stepped parameter that are listed by name at most, in errors and when a text is matched.
const MAX_LISTED_STEPS: u32 = 256;

/// A port of the current layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortInfo {
    /// The port's name.
    pub name: String,
    /// Its channels.
    pub channels: usize,
    /// Whether it is the main port.
    pub is_main: bool,
}

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

/// Size of a plugin's window, in physical pixels on X11 and Windows, in points on macOS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSize {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl From<GuiSize> for WindowSize {
    fn from(size: GuiSize) -> Self {
        Self { width: size.width, height: size.height }
    }
}

/// A plugin instance on its main thread (the thread that made it). See the crate's page on threads.
pub struct Instance {
    // Dropped in `Drop`, before the plugin.
    processor: Option<Processor>,
    plugin: PluginInstance<Handlers>,
    id: String,
    params: Vec<ParamInfo>,
    params_extension: Option<PluginParams>,
    flushed: OutputQueue,
    has_window: bool,
    active: bool,
    // Last: the library must outlive the instance.
    _bundle: Arc<Bundle>,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("id", &self.id).field("active", &self.active).finish_non_exhaustive()
    }
}

fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(1.0)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Instance {
    /// Creates the plugin `plugin_id` (its CLAP id) of a bundle, inactive.
    ///
    /// # Errors
    ///
    /// [`HostError::UnknownPlugin`] if the bundle has no such plugin, [`HostError::Create`] if the plugin refuses.
    pub fn new(bundle: &Arc<Bundle>, plugin_id: &str) -> Result<Self, HostError> {
        let c_id = bundle.c_id(plugin_id).ok_or_else(|| HostError::UnknownPlugin {
            wanted: plugin_id.into(),
            available: format!(
                "{} has {}",
                bundle.path().display(),
                bundle.plugins().iter().map(|plugin| plugin.id.clone()).collect::<Vec<_>>().join(", ")
            ),
        })?;
        let create = |reason: String| HostError::Create { plugin: plugin_id.into(), reason };
        let info = HostInfo::new("Twobus host", "Twobus", "", env!("CARGO_PKG_VERSION"))
            .map_err(|error| create(error.to_string()))?;
        let plugin = PluginInstance::<Handlers>::new(
            |()| Shared::new(),
            |shared| MainThread(shared),
            bundle.entry(),
            &c_id,
            &info,
        )
        .map_err(|error| create(error.to_string()))?;
        let params_extension = plugin.plugin_shared_handle().get_extension::<PluginParams>();
        let mut instance = Self {
            processor: None,
            plugin,
            id: plugin_id.into(),
            params: Vec::new(),
            params_extension,
            flushed: OutputQueue::new(),
            has_window: false,
            active: false,
            _bundle: Arc::clone(bundle),
        };
        instance.params = instance.read_params();
        Ok(instance)
    }

    /// The plugin's CLAP id.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn read_params(&mut self) -> Vec<ParamInfo> {
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
        let by_id = || self.params.iter().find(|param| param.id == crate::params::hash_key(key));
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

    fn no_extension(&self, extension: &'static str) -> HostError {
        HostError::NoExtension { plugin: self.id.clone(), extension }
    }

    fn extension<E>(&self, name: &'static str) -> Result<E, HostError>
    where
        E: clack_host::extensions::Extension<ExtensionSide = clack_host::extensions::PluginExtensionSide>,
    {
        self.plugin.plugin_shared_handle().get_extension::<E>().ok_or_else(|| self.no_extension(name))
    }

    /// Chooses the layout with `channels` in and out of the main ports, with or without a second input port.
    ///
    /// # Errors
    ///
    /// [`HostError::StillActive`], or [`HostError::Layout`] if the plugin has no such layout.
    pub fn select_layout(&mut self, channels: usize, sidechain: bool) -> Result<(), HostError> {
        if self.active {
            return Err(HostError::StillActive);
        }
        let plugin = self.id.clone();
        let refused = || HostError::Layout { plugin: plugin.clone(), channels, sidechain };
        let inputs = if sidechain { 2 } else { 1 };
        if let Ok(configs) = self.extension::<PluginAudioPortsConfig>("audio-ports-config") {
            let handle = self.plugin.plugin_handle();
            let mut buffer = AudioPortsConfigBuffer::new();
            for index in 0..configs.count(&handle) {
                let Some(config) = configs.get(&handle, index, &mut buffer) else { continue };
                let fits = |port: Option<clack_extensions::audio_ports_config::MainPortInfo>| {
                    port.is_some_and(|port| port.channel_count as usize == channels)
                };
                if fits(config.main_input)
                    && fits(config.main_output)
                    && config.input_port_count == inputs
                    && config.output_port_count == 1
                {
                    let id = config.id;
                    return configs.select(&handle, id).map_err(|_| refused());
                }
            }
        }
        // A plugin with one fixed layout need not list it.
        let (ins, outs) = (self.ports(true), self.ports(false));
        let main = |ports: &[PortInfo]| ports.first().is_some_and(|port| port.channels == channels);
        if main(&ins) && main(&outs) && ins.len() == inputs as usize && outs.len() == 1 {
            Ok(())
        } else {
            Err(refused())
        }
    }

    /// The ports of the current layout, inputs or outputs.
    pub fn ports(&mut self, inputs: bool) -> Vec<PortInfo> {
        let Ok(ports) = self.extension::<PluginAudioPorts>("audio-ports") else { return Vec::new() };
        let handle = self.plugin.plugin_handle();
        let mut buffer = AudioPortInfoBuffer::new();
        (0..ports.count(&handle, inputs))
            .filter_map(|index| {
                let port = ports.get(&handle, index, inputs, &mut buffer)?;
                Some(PortInfo {
                    name: text(port.name),
                    channels: port.channel_count as usize,
                    is_main: port.flags.contains(AudioPortFlags::IS_MAIN),
                })
            })
            .collect()
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

    /// Tells the plugin whether it renders offline. A plugin may ask for a restart ([`Instance::restart_requested`]).
    ///
    /// # Errors
    ///
    /// [`HostError::NoExtension`] if it does not care (or refuses, which CLAP does not tell apart).
    pub fn set_offline(&mut self, offline: bool) -> Result<(), HostError> {
        let render = self.extension::<PluginRender>("render")?;
        let mode = if offline { RenderMode::Offline } else { RenderMode::Realtime };
        render.set(&self.plugin.plugin_handle(), mode).map_err(|_| self.no_extension("render"))
    }

    /// Activates the plugin and starts processing; blocks may then have 1 to `max_block` frames.
    ///
    /// # Errors
    ///
    /// [`HostError::StillActive`], [`HostError::Activate`].
    pub fn activate(&mut self, sample_rate_hz: f64, max_block: u32) -> Result<(), HostError> {
        if self.active {
            return Err(HostError::StillActive);
        }
        let plugin = self.id.clone();
        let fail = |reason: String| HostError::Activate { plugin: plugin.clone(), sample_rate_hz, max_block, reason };
        if max_block == 0 || !sample_rate_hz.is_finite() || sample_rate_hz <= 0.0 {
            return Err(fail("the block and the rate must be above 0".into()));
        }
        let channels = |ports: Vec<PortInfo>| -> Vec<usize> { ports.iter().map(|port| port.channels).collect() };
        let (inputs, outputs) = (channels(self.ports(true)), channels(self.ports(false)));
        let tail = self.extension::<PluginTail>("tail").ok();
        // What it asked for before this is settled by the activation itself.
        self.plugin.access_shared_handler(|shared| shared.restart.store(false, Ordering::Release));
        let stopped = self
            .plugin
            .activate(
                |shared, _| AudioThread(shared),
                PluginAudioConfiguration {
                    sample_rate: sample_rate_hz,
                    min_frames_count: 1,
                    max_frames_count: max_block,
                },
            )
            .map_err(|error| fail(error.to_string()))?;
        self.active = true;
        let mut audio = PluginAudioProcessor::from(stopped);
        let started = {
            let _role = AudioRole::enter();
            audio.start_processing().is_ok()
        };
        self.processor = Some(Processor::new(audio, tail, &inputs, &outputs, max_block as usize));
        if !started {
            self.deactivate();
            return Err(fail("start_processing failed".into()));
        }
        self.pump_main_thread();
        Ok(())
    }

    /// [`Instance::activate`], then restarts for as long as the plugin asks for it, at most four times: a plugin may
    /// learn its latency only while it is being activated, and nice-plug then asks for one more round.
    ///
    /// # Errors
    ///
    /// Those of [`Instance::activate`].
    pub fn activate_settled(&mut self, sample_rate_hz: f64, max_block: u32) -> Result<(), HostError> {
        self.activate(sample_rate_hz, max_block)?;
        for _ in 0..4 {
            if !self.restart_requested() {
                break;
            }
            self.deactivate();
            self.activate(sample_rate_hz, max_block)?;
        }
        Ok(())
    }

    /// Stops processing and deactivates. Does nothing if inactive. A processor that was taken must be given back
    /// first; until then the plugin stays active.
    pub fn deactivate(&mut self) {
        let Some(mut processor) = self.processor.take() else { return };
        for event in processor.drain_output_events() {
            // Nobody must lose a gesture because the plugin was restarted in between.
            self.flushed.push(event);
        }
        let stopped = {
            let _role = AudioRole::enter();
            processor.audio.into_stopped()
        };
        self.plugin.deactivate(stopped);
        self.active = false;
    }

    /// Whether the plugin is active.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// Takes the audio half, to run it on another thread. Give it back with [`Instance::return_processor`].
    ///
    /// # Errors
    ///
    /// [`HostError::NotActive`].
    pub fn take_processor(&mut self) -> Result<Processor, HostError> {
        self.processor.take().ok_or(HostError::NotActive)
    }

    /// Gives back what [`Instance::take_processor`] took.
    ///
    /// # Errors
    ///
    /// [`HostError::StillActive`] with a processor of another instance; it is dropped, and that instance leaks.
    pub fn return_processor(&mut self, processor: Processor) -> Result<(), HostError> {
        if self.processor.is_some() || !processor.audio.matches(&self.plugin) {
            return Err(HostError::StillActive);
        }
        self.processor = Some(processor);
        Ok(())
    }

    /// See [`Processor::process`].
    ///
    /// # Errors
    ///
    /// Those of [`Processor::process`], and [`HostError::NotActive`].
    pub fn process(
        &mut self,
        inputs: &[&[f32]],
        sidechain: Option<&[&[f32]]>,
        outputs: &mut [&mut [f32]],
        events: &[ParamEvent],
    ) -> Result<ProcessStatus, HostError> {
        self.processor.as_mut().ok_or(HostError::NotActive)?.process(inputs, sidechain, outputs, events)
    }

    /// Clears the plugin's memory. Does nothing if inactive.
    pub fn reset(&mut self) {
        if let Some(processor) = &mut self.processor {
            processor.reset();
        }
    }

    /// Latency in samples, as reported now.
    pub fn latency_samples(&mut self) -> u32 {
        self.extension::<PluginLatency>("latency").map_or(0, |latency| latency.get(&self.plugin.plugin_handle()))
    }

    /// The tail reported now.
    ///
    /// # Errors
    ///
    /// [`HostError::NotActive`].
    pub fn tail(&mut self) -> Result<Tail, HostError> {
        Ok(self.processor.as_mut().ok_or(HostError::NotActive)?.tail())
    }

    /// The plugin's state.
    ///
    /// # Errors
    ///
    /// [`HostError::NoExtension`], [`HostError::State`].
    pub fn save_state(&mut self) -> Result<Vec<u8>, HostError> {
        let state = self.extension::<PluginState>("state")?;
        let mut bytes = Vec::new();
        state
            .save(&self.plugin.plugin_handle(), &mut bytes)
            .map_err(|_| HostError::State { plugin: self.id.clone(), saving: true })?;
        Ok(bytes)
    }

    /// Gives the plugin a state.
    ///
    /// # Errors
    ///
    /// [`HostError::NoExtension`], [`HostError::State`] if the plugin refuses.
    pub fn load_state(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        let state = self.extension::<PluginState>("state")?;
        state
            .load(&self.plugin.plugin_handle(), &mut Cursor::new(bytes))
            .map_err(|_| HostError::State { plugin: self.id.clone(), saving: false })?;
        self.pump_main_thread();
        Ok(())
    }

    /// Runs `on_main_thread` if the plugin has asked for it, as an idle DAW does; returns whether it had. A call of the
    /// plugin from there asks for another round, so this repeats, up to 16 times.
    pub fn pump_main_thread(&mut self) -> bool {
        let mut ran = false;
        for _ in 0..16 {
            if !self.plugin.access_shared_handler(|shared| shared.callback.swap(false, Ordering::AcqRel)) {
                break;
            }
            self.plugin.call_on_main_thread_callback();
            ran = true;
        }
        ran
    }

    /// Runs every timer that the plugin has, once; returns how many. When, is the caller's to decide.
    pub fn run_timers(&mut self) -> usize {
        let timers = self.plugin.access_shared_handler(|shared| {
            shared.timers.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
        });
        let Ok(timer) = self.extension::<PluginTimer>("timer-support") else { return 0 };
        for id in &timers {
            timer.on_timer(&self.plugin.plugin_handle(), TimerId(*id));
        }
        timers.len()
    }

    /// Whether the plugin has asked to be deactivated and activated again. Stays true until the next activation
    /// begins.
    pub fn restart_requested(&self) -> bool {
        self.plugin.access_shared_handler(|shared| shared.restart.load(Ordering::Acquire))
    }

    /// Everything that the plugin has asked for since [`Instance::clear_requests`].
    pub fn requests(&self) -> HostRequests {
        self.plugin.access_shared_handler(Shared::requests)
    }

    /// Forgets the requests, except for a pending callback.
    pub fn clear_requests(&mut self) {
        self.plugin.access_shared_handler(Shared::clear_requests);
    }

    /// Takes the lines that the plugin logged off the audio thread.
    pub fn drain_log(&mut self) -> Vec<String> {
        self.plugin.access_shared_handler(|shared| {
            std::mem::take(&mut *shared.log.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
        })
    }

    /// How many lines the plugin logged on an audio thread, which it must not.
    pub fn audio_log_lines(&self) -> u32 {
        self.plugin.access_shared_handler(|shared| shared.audio_log_lines.load(Ordering::Relaxed))
    }

    /// Takes the values and gestures that the plugin sent: from flushes, then from `process`. While the processor is
    /// taken, its own are in [`Processor::drain_output_events`].
    pub fn drain_output_events(&mut self) -> Vec<OutputEvent> {
        let mut events = self.flushed.drain();
        if let Some(processor) = &mut self.processor {
            events.extend(processor.drain_output_events());
        }
        events
    }

    /// Opens the plugin's window inside an X11 window, and returns its size.
    ///
    /// # Errors
    ///
    /// [`HostError::NoExtension`] without a window, [`HostError::Window`] naming the call that failed, or a second
    /// window.
    pub fn open_window(&mut self, parent_xid: c_ulong) -> Result<WindowSize, HostError> {
        let plugin = self.id.clone();
        let fail = |reason: &'static str| HostError::Window { plugin: plugin.clone(), reason };
        if self.has_window {
            return Err(fail("it is open already"));
        }
        let gui = self.extension::<PluginGui>("gui")?;
        let configuration = GuiConfiguration { api_type: GuiApiType::X11, is_floating: false };
        let handle = self.plugin.plugin_handle();
        if !gui.is_api_supported(&handle, configuration) {
            return Err(fail("it does not support X11"));
        }
        gui.create(&handle, configuration).map_err(|_| fail("create failed"))?;
        // SAFETY: the caller's window; X11 answers a stale id with an error event and never with a fault, and this
        // instance closes the plugin's window before it goes.
        let embedded = unsafe { gui.set_parent(&handle, Window::from_x11_handle(parent_xid)) };
        let size = gui.get_size(&handle);
        let (Ok(()), Some(size)) = (embedded, size) else {
            gui.destroy(&handle);
            return Err(fail("set_parent or get_size failed"));
        };
        // Some plugins show themselves on set_parent and refuse this: nice-plug is one.
        let _ = gui.show(&handle);
        self.has_window = true;
        Ok(size.into())
    }

    /// Closes the window, if there is one.
    pub fn close_window(&mut self) {
        if !std::mem::take(&mut self.has_window) {
            return;
        }
        if let Ok(gui) = self.extension::<PluginGui>("gui") {
            let handle = self.plugin.plugin_handle();
            let _ = gui.hide(&handle);
            gui.destroy(&handle);
        }
    }

    /// Whether the window is open.
    pub fn has_window(&self) -> bool {
        self.has_window
    }

    /// The window's size now.
    ///
    /// # Errors
    ///
    /// [`HostError::NoExtension`], [`HostError::Window`].
    pub fn window_size(&mut self) -> Result<WindowSize, HostError> {
        let gui = self.extension::<PluginGui>("gui")?;
        let size = gui.get_size(&self.plugin.plugin_handle());
        size.map(Into::into).ok_or_else(|| HostError::Window { plugin: self.id.clone(), reason: "get_size failed" })
    }

    /// Asks for a size as a DAW does (`adjust_size`, then `set_size`) and returns the one taken.
    ///
    /// # Errors
    ///
    /// [`HostError::NoExtension`], [`HostError::Window`] if the plugin refuses.
    pub fn set_size(&mut self, size: WindowSize) -> Result<WindowSize, HostError> {
        let plugin = self.id.clone();
        let gui = self.extension::<PluginGui>("gui")?;
        let handle = self.plugin.plugin_handle();
        let wanted = GuiSize { width: size.width, height: size.height };
        let wanted = gui.adjust_size(&handle, wanted).unwrap_or(wanted);
        gui.set_size(&handle, wanted).map_err(|_| HostError::Window { plugin, reason: "set_size failed" })?;
        Ok(gui.get_size(&handle).unwrap_or(wanted).into())
    }

    /// Whether the plugin lets its window be resized.
    pub fn can_resize(&mut self) -> bool {
        self.extension::<PluginGui>("gui").is_ok_and(|gui| gui.can_resize(&self.plugin.plugin_handle()))
    }

    /// Takes the size that the plugin has asked its parent window to take, if it has.
    pub fn requested_size(&mut self) -> Option<WindowSize> {
        let packed = self.plugin.access_shared_handler(|shared| shared.resize.swap(0, Ordering::AcqRel));
        (packed != 0).then(|| GuiSize::unpack_from_u64(packed).into())
    }

    /// The plugin as C sees it, for extensions that the host library does not know.
    pub(crate) fn raw(&self) -> &clap_sys::plugin::clap_plugin {
        self.plugin.raw_instance()
    }

    /// Chooses the answer to a plugin that asks for another size: yes, which is the default, or no. Either way
    /// [`Instance::requested_size`] tells what was asked for; to give it is the caller's to do.
    pub fn refuse_resizing(&mut self, refuses: bool) {
        self.plugin.access_shared_handler(|shared| shared.refuses_resize.store(refuses, Ordering::Release));
    }

    /// Whether the plugin answers for an extension, by its CLAP name.
    pub fn has_extension(&self, name: &CStr) -> bool {
        let raw = self.plugin.raw_instance();
        raw.get_extension.is_some_and(|get_extension| {
            // SAFETY: the instance is alive and initialised, and the name is a C text; CLAP allows any thread.
            !unsafe { get_extension(raw, name.as_ptr()) }.is_null()
        })
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.close_window();
        self.deactivate();
    }
}
