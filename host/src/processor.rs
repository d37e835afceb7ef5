//! The audio half of an instance: may live on another thread, and is silent as far as the kernel is concerned.

use clack_extensions::tail::{PluginTail, TailLength};
use clack_host::events::EventFlags;
use clack_host::events::EventHeader;
use clack_host::events::event_types::{ParamValueEvent, TransportEvent, TransportFlags};
use clack_host::events::io::{OutputEventBuffer, TryPushError};
use clack_host::events::spaces::CoreEventSpace;
use clack_host::prelude::*;
use clack_host::utils::{BeatTime, SecondsTime};

use crate::HostError;
use crate::callbacks::{AudioRole, Handlers};

pub use clack_host::prelude::ProcessStatus;

/// Most parameter events that one block may carry in, and most that are kept on the way out until they are drained.
pub const MAX_EVENTS: usize = 8192;

/// A parameter change to be heard from one frame of a block on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParamEvent {
    /// Frame within the block, 0 the first.
    pub frame: u32,
    /// CLAP id of the parameter.
    pub param_id: u32,
    /// CLAP value.
    pub value: f64,
}

/// What a plugin (its editor, as a rule) sent to the host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OutputEvent {
    /// A new value.
    Value {
        /// Frame within the block.
        frame: u32,
        /// CLAP id.
        param_id: u32,
        /// CLAP value.
        value: f64,
    },
    /// A person took hold of a control.
    GestureBegin {
        /// Frame within the block.
        frame: u32,
        /// CLAP id.
        param_id: u32,
    },
    /// A person let go of a control.
    GestureEnd {
        /// Frame within the block.
        frame: u32,
        /// CLAP id.
        param_id: u32,
    },
}

/// How long a plugin sounds after its input has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// This many samples.
    Samples(u32),
    /// For ever.
    Infinite,
}

/// A list of events from the plugin that never grows beyond what was reserved.
pub(crate) struct OutputQueue {
    events: Vec<OutputEvent>,
    pub(crate) lost: u64,
}

impl OutputQueue {
    pub(crate) fn new() -> Self {
        Self { events: Vec::with_capacity(MAX_EVENTS), lost: 0 }
    }

    pub(crate) fn push(&mut self, event: OutputEvent) {
        if self.events.len() < self.events.capacity() {
            self.events.push(event);
        } else {
            self.lost += 1;
        }
    }

    pub(crate) fn drain(&mut self) -> Vec<OutputEvent> {
        let events = self.events.clone();
        self.events.clear();
        events
    }
}

impl OutputEventBuffer for OutputQueue {
    fn try_push(&mut self, event: &UnknownEvent) -> Result<(), TryPushError> {
        let id = |id: Option<ClapId>| id.map_or(u32::MAX, ClapId::get);
        let frame = event.header().time();
        let event = match event.as_core_event() {
            Some(CoreEventSpace::ParamValue(event)) => {
                OutputEvent::Value { frame, param_id: id(event.param_id()), value: event.value() }
            }
            Some(CoreEventSpace::ParamGestureBegin(event)) => {
                OutputEvent::GestureBegin { frame, param_id: id(event.param_id()) }
            }
            Some(CoreEventSpace::ParamGestureEnd(event)) => {
                OutputEvent::GestureEnd { frame, param_id: id(event.param_id()) }
            }
            // Notes and the like: no effect of this suite sends them, and nobody here listens.
            _ => return Ok(()),
        };
        if self.events.len() == self.events.capacity() {
            self.lost += 1;
            return Err(TryPushError::new());
        }
        self.events.push(event);
        Ok(())
    }
}

/// Fills `list` with parameter events, sorted by frame; events of one frame keep their order.
pub(crate) fn fill_events(list: &mut EventBuffer, events: &[ParamEvent], frames: u32) -> Result<(), HostError> {
    list.clear();
    if events.len() > MAX_EVENTS {
        return Err(HostError::BadEvents);
    }
    for event in events {
        let id = ClapId::from_raw(event.param_id).ok_or(HostError::BadEvents)?;
        if event.frame >= frames {
            return Err(HostError::BadEvents);
        }
        list.push(&ParamValueEvent::new(event.frame, id, Pckn::match_all(), event.value));
    }
    if !events.is_sorted_by_key(|event| event.frame) {
        list.sort();
    }
    Ok(())
}

/// A transport that runs and has come to this place, and has nothing else to tell.
fn transport(seconds: f64) -> TransportEvent {
    let (beats, nowhere) = (BeatTime::from_int(0), SecondsTime::from_int(0));
    TransportEvent {
        header: EventHeader::new_core(0, EventFlags::empty()),
        flags: TransportFlags::HAS_SECONDS_TIMELINE | TransportFlags::IS_PLAYING,
        song_pos_beats: beats,
        song_pos_seconds: SecondsTime::from_float(seconds),
        tempo: 0.0,
        tempo_inc: 0.0,
        loop_start_beats: beats,
        loop_end_beats: beats,
        loop_start_seconds: nowhere,
        loop_end_seconds: nowhere,
        bar_start: beats,
        bar_number: 0,
        time_signature_numerator: 0,
        time_signature_denominator: 0,
    }
}

/// The processing half of an active plugin, with every buffer it will ever need.
///
/// [`Processor::process`] and [`Processor::reset`] allocate nothing, lock nothing and make no system call.
pub struct Processor {
    pub(crate) audio: PluginAudioProcessor<Handlers>,
    tail: Option<PluginTail>,
    /// Channels of the main port, the same in and out.
    channels: usize,
    /// Copies of the inputs, a port each: CLAP hands plugins writable memory, and the caller's must stay as it is.
    inputs: Vec<Vec<Vec<f32>>>,
    /// Output ports; only one is supported, the main one.
    outputs: usize,
    input_ports: AudioPorts,
    output_ports: AudioPorts,
    events_in: EventBuffer,
    events_out: OutputQueue,
    max_block: usize,
    steady_time: u64,
    sample_rate_hz: f64,
    /// Where the transport stands, samples, while it runs.
    playing_from: Option<i64>,
}

impl Processor {
    /// `input_channels` and `output_channels` list the channels of each port, main port first.
    pub(crate) fn new(
        audio: PluginAudioProcessor<Handlers>,
        tail: Option<PluginTail>,
        input_channels: &[usize],
        output_channels: &[usize],
        sample_rate_hz: f64,
        max_block: usize,
    ) -> Self {
        let silence = |ports: &[usize]| -> Vec<Vec<Vec<f32>>> {
            ports.iter().map(|&channels| vec![vec![0.0; max_block]; channels]).collect()
        };
        let ports = |ports: &[usize]| AudioPorts::with_capacity(ports.iter().sum::<usize>() + 1, ports.len().max(1));
        Self {
            audio,
            tail,
            channels: output_channels.first().copied().unwrap_or(0),
            inputs: silence(input_channels),
            outputs: output_channels.len(),
            input_ports: ports(input_channels),
            output_ports: ports(output_channels),
            events_in: EventBuffer::with_capacity(MAX_EVENTS),
            events_out: OutputQueue::new(),
            max_block,
            steady_time: 0,
            sample_rate_hz,
            playing_from: None,
        }
    }

    /// Tells the plugin of a transport from the next block on: it runs from this sample. `None`: there is none.
    pub fn play_from(&mut self, sample: Option<i64>) {
        self.playing_from = sample;
    }

    /// Channels of the main port.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Whether the layout has a port beside the main input.
    pub fn has_sidechain(&self) -> bool {
        self.inputs.len() > 1
    }

    /// Processes one block: as many frames as the outputs have, at most the `max_block` of `activate`.
    ///
    /// `inputs` and `outputs` are channels of the main port. `sidechain` fills the second input port; without one that
    /// port hears silence. `events` take effect at their frames. A block of no frames does nothing.
    ///
    /// # Errors
    ///
    /// [`HostError::BlockTooLong`], [`HostError::BadBuffers`], [`HostError::BadEvents`] for the caller's mistakes,
    /// before anything is processed; [`HostError::Process`] if the plugin fails.
    pub fn process(
        &mut self,
        inputs: &[&[f32]],
        sidechain: Option<&[&[f32]]>,
        outputs: &mut [&mut [f32]],
        events: &[ParamEvent],
    ) -> Result<ProcessStatus, HostError> {
        let frames = outputs.first().map_or(0, |channel| channel.len());
        if frames > self.max_block {
            return Err(HostError::BlockTooLong);
        }
        let fits = |channels: &[&[f32]], expected: usize| {
            channels.len() == expected && channels.iter().all(|channel| channel.len() == frames)
        };
        let main_inputs = self.inputs.first().map_or(0, Vec::len);
        if self.outputs != 1
            || outputs.len() != self.channels
            || outputs.iter().any(|channel| channel.len() != frames)
            || !fits(inputs, main_inputs)
            || sidechain.is_some_and(|sidechain| !fits(sidechain, self.inputs.get(1).map_or(0, Vec::len)))
        {
            return Err(HostError::BadBuffers);
        }
        if frames == 0 {
            return if events.is_empty() { Ok(ProcessStatus::Continue) } else { Err(HostError::BadEvents) };
        }
        // Frames fit: max_block came in as a u32.
        fill_events(&mut self.events_in, events, frames as u32)?;

        for (number, port) in self.inputs.iter_mut().enumerate() {
            let source = match number {
                0 => Some(inputs),
                1 => sidechain,
                _ => None,
            };
            for (at, channel) in port.iter_mut().enumerate() {
                match source {
                    Some(source) => channel[..frames].copy_from_slice(source[at]),
                    None => channel[..frames].fill(0.0),
                }
            }
        }
        let audio_in = self.input_ports.with_input_buffers(self.inputs.iter_mut().map(|port| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_input_only(
                port.iter_mut().map(|channel| InputChannel::variable(&mut channel[..frames])),
            ),
        }));

        let _role = AudioRole::enter();
        let started = self.audio.as_started_mut().map_err(|_| HostError::NotActive)?;
        let events_in = InputEvents::from_buffer(&self.events_in);
        let mut events_out = OutputEvents::from_buffer(&mut self.events_out);
        let steady_time = Some(self.steady_time);
        self.steady_time += frames as u64;
        let transport = self.playing_from.map(|sample| transport(sample as f64 / self.sample_rate_hz));
        self.playing_from = self.playing_from.map(|sample| sample + frames as i64);
        let mut audio_out = self.output_ports.with_output_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(outputs.iter_mut().map(|channel| &mut **channel)),
        }]);
        started
            .process(&audio_in, &mut audio_out, &events_in, &mut events_out, steady_time, transport.as_ref())
            .map_err(|_| HostError::Process)
    }

    /// Clears the plugin's memory, as a DAW does on a jump of the transport.
    pub fn reset(&mut self) {
        let _role = AudioRole::enter();
        self.audio.reset();
        self.steady_time = 0;
    }

    /// The tail that the plugin reports now. Many plugins know it only after they have processed something.
    pub fn tail(&mut self) -> Tail {
        let _role = AudioRole::enter();
        match self.tail.map(|tail| tail.get(&self.audio.plugin_handle())) {
            Some(TailLength::Finite(samples)) => Tail::Samples(samples),
            Some(TailLength::Infinite) => Tail::Infinite,
            None => Tail::Samples(0),
        }
    }

    /// Takes the events that the plugin sent since the last call. Allocates: not for an audio thread.
    pub fn drain_output_events(&mut self) -> Vec<OutputEvent> {
        self.events_out.drain()
    }

    /// How many events from the plugin found the list full.
    pub fn lost_output_events(&self) -> u64 {
        self.events_out.lost
    }

    pub(crate) fn flush(
        &mut self,
        params: clack_extensions::params::PluginParams,
        events: &[ParamEvent],
    ) -> Result<(), HostError> {
        fill_events(&mut self.events_in, events, 1)?;
        let _role = AudioRole::enter();
        params.flush_active(
            &mut self.audio.plugin_handle(),
            &InputEvents::from_buffer(&self.events_in),
            &mut OutputEvents::from_buffer(&mut self.events_out),
        );
        Ok(())
    }
}
