//! One test body, two formats: a plugin run through CLAP (our host) or VST3 (the small host here).

use std::sync::{Arc, Mutex, PoisonError};

use crate::alloc::{self, Tally};
use crate::bundles::Plugin;
use crate::signals::Audio;
use crate::vst3_host;

/// The plugin format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Through the crate `host`.
    Clap,
    /// Through [`vst3_host`].
    Vst3,
}

impl Format {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Clap, Self::Vst3];
}

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

enum Inner {
    Clap(Box<host::Instance>),
    Vst3(Box<vst3_host::Instance>),
}

/// A plugin under test. Every method panics with a plain message where the plugin fails: that is the test failing.
pub struct Rig {
    inner: Inner,
    /// Values set while VST3 processes: they travel with the next block.
    pending: Vec<Event>,
    max_block: usize,
    channels: usize,
    is_active: bool,
    /// What the last run asked of the heap in its `process` calls, block by block, if [`Rig::watch_heap`] was called.
    tallies: Option<Vec<Tally>>,
}

/// The id of a parameter from its key, as nice-plug derives it in both formats.
pub fn id_of(key: &str) -> u32 {
    host::hash_key(key)
}

impl Rig {
    /// Loads the plugin, inactive, stereo without side chain.
    pub fn open(plugin: Plugin, format: Format) -> Self {
        let inner = match format {
            Format::Clap => {
                let bundle = clap_bundle(plugin);
                let id = bundle.plugins().first().expect("a bundle has a plugin").id.clone();
                Inner::Clap(Box::new(host::Instance::new(&bundle, &id).unwrap_or_else(|error| panic!("{error}"))))
            }
            Format::Vst3 => {
                let module = vst3_host::Module::load(&plugin.vst3()).unwrap_or_else(|error| panic!("{error}"));
                let class = module.classes().first().expect("a bundle has a class").clone();
                Inner::Vst3(Box::new(vst3_host::Instance::new(&module, &class.cid).expect("an instance")))
            }
        };
        let mut rig = Self { inner, pending: Vec::new(), max_block: 0, channels: 2, is_active: false, tallies: None };
        rig.layout(2, false);
        rig
    }

    /// Loads, chooses stereo, and activates at a rate with blocks of up to 8192.
    pub fn ready(plugin: Plugin, format: Format, sample_rate_hz: f64, settings: &[(&str, &str)]) -> Self {
        let mut rig = Self::open(plugin, format);
        for (key, text) in settings {
            rig.set(key, text);
        }
        rig.activate(sample_rate_hz, 8192);
        rig
    }

    /// Which format this is.
    pub fn format(&self) -> Format {
        match self.inner {
            Inner::Clap(_) => Format::Clap,
            Inner::Vst3(_) => Format::Vst3,
        }
    }

    /// Chooses mono or stereo, with or without the side chain; `false` if the plugin has no such layout. Inactive only.
    pub fn try_layout(&mut self, channels: usize, sidechain: bool) -> bool {
        let done = match &mut self.inner {
            Inner::Clap(clap) => clap.select_layout(channels, sidechain).is_ok(),
            Inner::Vst3(vst3) => vst3.set_layout(channels, sidechain),
        };
        if done {
            self.channels = channels;
        }
        done
    }

    /// As [`Rig::try_layout`], which must succeed.
    pub fn layout(&mut self, channels: usize, sidechain: bool) {
        assert!(self.try_layout(channels, sidechain), "no layout of {channels} channels, side chain: {sidechain}");
    }

    /// Renders offline from the next activation on.
    pub fn offline(&mut self, offline: bool) {
        match &mut self.inner {
            Inner::Clap(clap) => clap.set_offline(offline).expect("the render extension"),
            Inner::Vst3(vst3) => vst3.set_offline(offline),
        }
    }

    /// Activates.
    pub fn activate(&mut self, sample_rate_hz: f64, max_block: usize) {
        match &mut self.inner {
            Inner::Clap(clap) => {
                clap.activate_settled(sample_rate_hz, max_block as u32).unwrap_or_else(|error| panic!("{error}"))
            }
            Inner::Vst3(vst3) => vst3.activate(sample_rate_hz, max_block).unwrap_or_else(|error| panic!("{error}")),
        }
        self.max_block = max_block;
        self.is_active = true;
    }

    /// Deactivates.
    pub fn deactivate(&mut self) {
        match &mut self.inner {
            Inner::Clap(clap) => clap.deactivate(),
            Inner::Vst3(vst3) => vst3.deactivate(),
        }
        self.is_active = false;
    }

    /// Clears the plugin's memory.
    pub fn reset(&mut self) {
        match &mut self.inner {
            Inner::Clap(clap) => clap.reset(),
            Inner::Vst3(vst3) => vst3.reset(),
        }
    }

    /// Latency in samples, reported now.
    pub fn latency(&mut self) -> usize {
        match &mut self.inner {
            Inner::Clap(clap) => clap.latency_samples() as usize,
            Inner::Vst3(vst3) => vst3.latency_samples() as usize,
        }
    }

    /// The tail in samples, reported now; `usize::MAX` for one without end.
    pub fn tail(&mut self) -> usize {
        match &mut self.inner {
            Inner::Clap(clap) => match clap.tail().unwrap_or_else(|error| panic!("{error}")) {
                host::Tail::Samples(samples) => samples as usize,
                host::Tail::Infinite => usize::MAX,
            },
            Inner::Vst3(vst3) => match vst3.tail_samples() {
                u32::MAX => usize::MAX,
                samples => samples as usize,
            },
        }
    }

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

    /// Waits until the plugin has told of another latency, for two seconds at most, and does what a DAW then does: in CLAP
    /// it restarts the plugin, in VST3 it asks again. Whether the plugin told.
    pub fn follow_latency(&mut self, sample_rate_hz: f64) -> bool {
        let start = std::time::Instant::now();
        let is_told = loop {
            let is_told = match &mut self.inner {
                Inner::Clap(clap) => {
                    clap.pump_main_thread();
                    clap.restart_requested()
                }
                Inner::Vst3(vst3) => vst3.take_restart_flags() & vst3_host::LATENCY_CHANGED != 0,
            };
            if is_told || start.elapsed().as_secs_f64() > 2.0 {
                break is_told;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        };
        if is_told && self.format() == Format::Clap {
            let max_block = self.max_block;
            self.deactivate();
            self.activate(sample_rate_hz, max_block);
        }
        is_told
    }

    /// A parameter change for [`Rig::run_with`].
    pub fn event(&mut self, frame: usize, key: &str, text: &str) -> Event {
        let value = self.parse(key, text).unwrap_or_else(|| panic!("{key} does not take {text:?}"));
        Event { frame, id: id_of(key), value }
    }

    /// Counts the heap calls of every `process` call of the runs to come; [`Rig::take_tallies`] tells.
    pub fn watch_heap(&mut self) {
        self.tallies = Some(Vec::new());
    }

    /// The heap calls since [`Rig::watch_heap`], one entry a block.
    pub fn take_tallies(&mut self) -> Vec<Tally> {
        self.tallies.take().unwrap_or_default()
    }

    /// Runs audio through in blocks of up to 512 frames.
    pub fn run(&mut self, input: &Audio) -> Audio {
        self.run_with(input, None, &[], &[512])
    }

    /// Runs audio through. `blocks` is the sequence of block sizes, repeated as long as needed; events are placed to the
    /// frame.
    pub fn run_with(&mut self, input: &Audio, sidechain: Option<&Audio>, events: &[Event], blocks: &[usize]) -> Audio {
        let frames = input[0].len();
        assert!(self.is_active, "the rig is not active");
        assert_eq!(input.len(), self.channels, "channels of the input");
        let mut output: Audio = vec![vec![0.0; frames]; self.channels];
        let mut events: Vec<Event> = self.pending.drain(..).chain(events.iter().copied()).collect();
        events.sort_by_key(|event| event.frame);
        let mut sizes = blocks.iter().cycle();
        let mut start = 0;
        let mut next = 0;
        while start < frames {
            let size = (*sizes.next().expect("a block size")).min(self.max_block).min(frames - start);
            let last = next + events[next..].partition_point(|event| event.frame < start + size);
            let inputs = slices(input, start, size);
            let sides = sidechain.map(|audio| slices(audio, start, size));
            self.block(&inputs, sides.as_deref(), &events[next..last], start, &mut output, size);
            next = last;
            start += size;
        }
        output
    }

    fn block(
        &mut self,
        inputs: &[&[f32]],
        sidechain: Option<&[&[f32]]>,
        events: &[Event],
        start: usize,
        output: &mut Audio,
        size: usize,
    ) {
        let is_watching = self.tallies.is_some();
        let tally = match &mut self.inner {
            Inner::Clap(clap) => {
                let events: Vec<host::ParamEvent> = events
                    .iter()
                    .map(|event| host::ParamEvent {
                        frame: (event.frame - start) as u32,
                        param_id: event.id,
                        value: event.value,
                    })
                    .collect();
                let mut outputs: Vec<&mut [f32]> =
                    output.iter_mut().map(|channel| &mut channel[start..start + size]).collect();
                // The host's own part of the call is proved clean together with the plugin's.
                let mut call = || clap.process(inputs, sidechain, &mut outputs, &events);
                let (status, tally) = if is_watching {
                    let (status, tally) = alloc::count(call);
                    (status, Some(tally))
                } else {
                    (call(), None)
                };
                status.unwrap_or_else(|error| panic!("process: {error}"));
                clap.pump_main_thread();
                tally
            }
            Inner::Vst3(vst3) => {
                let changes: Vec<vst3_host::Change> = events
                    .iter()
                    .map(|event| vst3_host::Change {
                        offset: (event.frame - start) as i32,
                        id: event.id,
                        value: event.value,
                    })
                    .collect();
                vst3.prepare(inputs, sidechain, &changes);
                let (done, tally) = if is_watching {
                    let (done, tally) = alloc::count(|| vst3.process(size));
                    (done, Some(tally))
                } else {
                    (vst3.process(size), None)
                };
                assert!(done, "process failed");
                for (channel, samples) in output.iter_mut().enumerate() {
                    samples[start..start + size].copy_from_slice(vst3.output(channel, size));
                }
                tally
            }
        };
        if let (Some(tallies), Some(tally)) = (&mut self.tallies, tally) {
            tallies.push(tally);
        }
    }

    /// The plugin's state.
    pub fn save(&mut self) -> Vec<u8> {
        match &mut self.inner {
            Inner::Clap(clap) => clap.save_state().unwrap_or_else(|error| panic!("{error}")),
            Inner::Vst3(vst3) => vst3.save_state().unwrap_or_else(|error| panic!("{error}")),
        }
    }

    /// Gives the plugin a state; whether it took it.
    pub fn load(&mut self, state: &[u8]) -> bool {
        match &mut self.inner {
            Inner::Clap(clap) => clap.load_state(state).is_ok(),
            Inner::Vst3(vst3) => vst3.load_state(state).is_ok(),
        }
    }

    /// Names and channels of the ports of the current layout.
    pub fn ports(&mut self, inputs: bool) -> Vec<(String, usize)> {
        match &mut self.inner {
            Inner::Clap(clap) => clap.ports(inputs).into_iter().map(|port| (port.name, port.channels)).collect(),
            Inner::Vst3(vst3) => vst3.buses(inputs).into_iter().map(|bus| (bus.name, bus.channels as usize)).collect(),
        }
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

    /// Our CLAP host's instance, for what only CLAP can tell.
    pub fn clap(&mut self) -> Option<&mut host::Instance> {
        match &mut self.inner {
            Inner::Clap(clap) => Some(clap),
            Inner::Vst3(_) => None,
        }
    }
}

/// One block of every channel.
fn slices(audio: &Audio, start: usize, size: usize) -> Vec<&[f32]> {
    audio.iter().map(|channel| &channel[start..start + size]).collect()
}

/// The plugin's CLAP bundle, loaded once and for good: tests come and go on their own threads, and what happens when a bundle
/// is unloaded under a thread that has used it is a test of its own (`tests/lifecycle.rs`).
pub fn clap_bundle(plugin: Plugin) -> Arc<host::Bundle> {
    static LOADED: Mutex<Vec<(Plugin, Arc<host::Bundle>)>> = Mutex::new(Vec::new());
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, bundle)) = loaded.iter().find(|(have, _)| *have == plugin) {
        return Arc::clone(bundle);
    }
    let bundle = host::Bundle::load(plugin.clap()).unwrap_or_else(|error| panic!("{error}"));
    loaded.push((plugin, Arc::clone(&bundle)));
    bundle
}

/// Keeps a module loaded for tests of the module itself.
pub fn module(plugin: Plugin) -> Arc<vst3_host::Module> {
    vst3_host::Module::load(&plugin.vst3()).unwrap_or_else(|error| panic!("{error}"))
}
