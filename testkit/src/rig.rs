//! One test body, two formats: a plugin run through CLAP (our host) or VST3 (the small host here).

mod params;
mod run;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub use params::{Event, Param, id_of};

use crate::alloc::Tally;
use crate::bundles::Plugin;
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

    /// Names the track that the plugin is on.
    pub fn track(&mut self, name: &str) {
        let listens = match &mut self.inner {
            Inner::Clap(clap) => clap.set_track(name),
            Inner::Vst3(vst3) => vst3.set_track(name),
        };
        assert!(listens, "the plugin does not care on which track it is");
    }

    /// Lets the transport run from this sample, from the next block on. Active only.
    pub fn play_from(&mut self, sample: i64) {
        match &mut self.inner {
            Inner::Clap(clap) => {
                let mut processor = clap.take_processor().expect("an active processor");
                processor.play_from(Some(sample));
                clap.return_processor(processor).expect("its own processor");
            }
            Inner::Vst3(vst3) => vst3.play_from(Some(sample)),
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

    /// Our CLAP host's instance, for what only CLAP can tell.
    pub fn clap(&mut self) -> Option<&mut host::Instance> {
        match &mut self.inner {
            Inner::Clap(clap) => Some(clap),
            Inner::Vst3(_) => None,
        }
    }
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

/// Loads every bundle that is there, both formats, for good.
///
/// For tests that count what a thread asks of the heap or of the system: when one test of a program loads a library, glibc
/// grows the table of thread-local storage of every other thread at its next access, which is neither the plugin's doing nor
/// what happens in a DAW that plays. Call it before the thread that is watched is made; [`Rig::watch_heap`] insists on it.
pub fn load_all() {
    LOADED_ALL.get_or_init(|| {
        for plugin in Plugin::ALL.into_iter().filter(|plugin| plugin.is_built()) {
            clap_bundle(plugin);
            module(plugin);
        }
    });
}

/// Set when [`load_all`] is done.
static LOADED_ALL: OnceLock<()> = OnceLock::new();
