//! A CLAP plugin for this crate's tests: a gain behind a delay of 100 samples, which fails on demand.
//!
//! It is written on clack-plugin and not on the suite's framework, so that the host is judged by something that shares
//! nothing with what it is mostly used for.

use std::ffi::CStr;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};

use clack_extensions::audio_ports::{
    AudioPortFlags, AudioPortInfo, AudioPortInfoWriter, AudioPortType, PluginAudioPorts, PluginAudioPortsImpl,
};
use clack_extensions::latency::{PluginLatency, PluginLatencyImpl};
use clack_extensions::params::{
    ParamDisplayWriter, ParamInfo, ParamInfoFlags, ParamInfoWriter, PluginAudioProcessorParams, PluginMainThreadParams,
    PluginParams,
};
use clack_extensions::tail::{PluginTail, PluginTailImpl, TailLength};
use clack_plugin::events::spaces::CoreEventSpace;
use clack_plugin::prelude::*;
use clack_plugin::utils::Cookie;

const DELAY: usize = 100;
const TAIL: u32 = 250;
const GAIN: ClapId = ClapId::new(7);
const MODE: ClapId = ClapId::new(8);
/// Normal, then three ways to fail: NaN, an error from `process`, a latency that changes on the way.
const MODES: [&str; 4] = ["Normal", "NaN", "Error", "Slip"];

struct Faulty;

/// Values as bits of f32, read by both threads.
struct Shared {
    gain: AtomicU32,
    mode: AtomicU32,
    blocks: AtomicU32,
}

impl PluginShared<'_> for Shared {}

impl Shared {
    fn gain(&self) -> f32 {
        f32::from_bits(self.gain.load(Ordering::Relaxed))
    }

    fn take(&self, event: &UnknownEvent) {
        if let Some(CoreEventSpace::ParamValue(event)) = event.as_core_event() {
            match event.param_id() {
                Some(GAIN) => self.gain.store((event.value() as f32).to_bits(), Ordering::Relaxed),
                Some(MODE) => self.mode.store(event.value() as u32, Ordering::Relaxed),
                _ => {}
            }
        }
    }
}

struct MainThread<'a>(&'a Shared);

impl<'a> PluginMainThread<'a, Shared> for MainThread<'a> {}

impl Plugin for Faulty {
    type AudioProcessor<'a> = Processor<'a>;
    type Shared<'a> = Shared;
    type MainThread<'a> = MainThread<'a>;

    fn declare_extensions(builder: &mut PluginExtensions<Self>, _shared: Option<&Shared>) {
        builder
            .register::<PluginAudioPorts>()
            .register::<PluginLatency>()
            .register::<PluginTail>()
            .register::<PluginParams>();
    }
}

impl DefaultPluginFactory for Faulty {
    fn get_descriptor() -> PluginDescriptor {
        PluginDescriptor::new("org.twobus.test.faulty", "Faulty").with_version("1.2.3")
    }

    fn new_shared(_host: HostSharedHandle<'_>) -> Result<Shared, PluginError> {
        Ok(Shared { gain: AtomicU32::new(1.0_f32.to_bits()), mode: AtomicU32::new(0), blocks: AtomicU32::new(0) })
    }

    fn new_main_thread<'a>(_host: HostMainThreadHandle<'a>, shared: &'a Shared) -> Result<MainThread<'a>, PluginError> {
        Ok(MainThread(shared))
    }
}

struct Processor<'a> {
    shared: &'a Shared,
    lines: [[f32; DELAY]; 2],
    at: usize,
}

impl<'a> PluginAudioProcessor<'a, Shared, MainThread<'a>> for Processor<'a> {
    fn activate(
        _host: HostAudioProcessorHandle<'a>,
        _main_thread: &MainThread<'a>,
        shared: &'a Shared,
        _config: PluginAudioConfiguration,
    ) -> Result<Self, PluginError> {
        Ok(Self { shared, lines: [[0.0; DELAY]; 2], at: 0 })
    }

    fn reset(&mut self) {
        (self.lines, self.at) = ([[0.0; DELAY]; 2], 0);
    }

    fn process(&mut self, _process: Process, mut audio: Audio, events: Events) -> Result<ProcessStatus, PluginError> {
        self.shared.blocks.fetch_add(1, Ordering::Relaxed);
        let mode = self.shared.mode.load(Ordering::Relaxed);
        if mode == 2 {
            return Err(PluginError::Message("asked to fail"));
        }
        let start_gain = self.shared.gain();
        let start_at = self.at;
        let Some(mut port) = audio.port_pair(0) else { return Ok(ProcessStatus::Continue) };
        let Some(mut channels) = port.channels()?.into_f32() else { return Ok(ProcessStatus::Continue) };
        for (number, pair) in channels.iter_mut().enumerate().take(2) {
            let ChannelPair::InputOutput(input, output) = pair else { continue };
            // Each channel walks through the events anew, from the same gain.
            self.shared.gain.store(start_gain.to_bits(), Ordering::Relaxed);
            self.at = start_at;
            let mut waiting = events.input.iter().peekable();
            for (frame, (input, output)) in input.iter().zip(output).enumerate() {
                while let Some(event) = waiting.next_if(|event| event.header().time() as usize <= frame) {
                    self.shared.take(event);
                }
                *output = std::mem::replace(&mut self.lines[number][self.at], input * self.shared.gain());
                self.at = (self.at + 1) % DELAY;
                if mode == 1 && frame == 5 && number == 1 {
                    *output = f32::NAN;
                }
            }
        }
        Ok(ProcessStatus::Tail)
    }
}

impl PluginTailImpl for Processor<'_> {
    fn get(&self) -> TailLength {
        TailLength::Finite(TAIL)
    }
}

impl PluginAudioProcessorParams for Processor<'_> {
    fn flush(&mut self, input: &InputEvents, _output: &mut OutputEvents) {
        input.iter().for_each(|event| self.shared.take(event));
    }
}

impl PluginLatencyImpl for MainThread<'_> {
    fn get(&self) -> u32 {
        let slipped = self.0.mode.load(Ordering::Relaxed) == 3 && self.0.blocks.load(Ordering::Relaxed) > 0;
        DELAY as u32 + u32::from(slipped)
    }
}

impl PluginAudioPortsImpl for MainThread<'_> {
    fn count(&self, _is_input: bool) -> u32 {
        1
    }

    fn get(&self, index: u32, _is_input: bool, writer: &mut AudioPortInfoWriter) {
        if index == 0 {
            writer.set(&AudioPortInfo {
                id: ClapId::new(0),
                name: b"Main",
                channel_count: 2,
                flags: AudioPortFlags::IS_MAIN,
                port_type: Some(AudioPortType::STEREO),
                in_place_pair: None,
            });
        }
    }
}

impl PluginMainThreadParams for MainThread<'_> {
    fn count(&self) -> u32 {
        2
    }

    fn get_info(&self, index: u32, info: &mut ParamInfoWriter) {
        let (id, name, max, default, flags): (_, &[u8], _, _, _) = match index {
            0 => (GAIN, b"Main gain", 2.0, 1.0, ParamInfoFlags::IS_AUTOMATABLE),
            1 => (MODE, b"Mode", 3.0, 0.0, ParamInfoFlags::IS_STEPPED),
            _ => return,
        };
        info.set(&ParamInfo {
            id,
            flags,
            cookie: Cookie::empty(),
            name,
            module: b"Group",
            min_value: 0.0,
            max_value: max,
            default_value: default,
        });
    }

    fn get_value(&self, id: ClapId) -> Option<f64> {
        match id {
            GAIN => Some(self.0.gain().into()),
            MODE => Some(self.0.mode.load(Ordering::Relaxed).into()),
            _ => None,
        }
    }

    fn value_to_text(&self, id: ClapId, value: f64, writer: &mut ParamDisplayWriter) -> std::fmt::Result {
        match id {
            GAIN => write!(writer, "{value:.2} x"),
            MODE => writer.write_str(MODES.get(value as usize).ok_or(std::fmt::Error)?),
            _ => Err(std::fmt::Error),
        }
    }

    fn text_to_value(&self, id: ClapId, text: &CStr) -> Option<f64> {
        let text = text.to_str().ok()?;
        match id {
            // Clamps, as many plugins do: the host must notice.
            GAIN => text.trim_end_matches([' ', 'x']).parse().ok().map(|value: f64| value.clamp(0.0, 2.0)),
            MODE => MODES.iter().position(|mode| *mode == text).map(|mode| mode as f64),
            _ => None,
        }
    }

    fn flush(&self, input: &InputEvents, _output: &mut OutputEvents) {
        input.iter().for_each(|event| self.0.take(event));
    }
}

clack_plugin::clack_export_entry!(SinglePluginEntry<Faulty>);
