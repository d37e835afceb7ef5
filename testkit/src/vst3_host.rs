//! A small VST3 host: enough to run an effect block by block with automation, state and layouts.
//!
//! It exists so that the promises proved through CLAP are proved through VST3 too, by the same tests, and so that the
//! plugin's `process` call can be watched alone (`pedalboard` and DAWs wrap it in their own code). It follows
//! Steinberg's *VST 3 API Documentation* (call sequence of "Audio Processor Call Sequence") on the published bindings
//! of the crate `vst3`.
//!
//! Everything between [`Instance::prepare`] and the plugin's own `process` is written so that the call itself, run
//! through a caller's wrapper, touches preallocated memory only.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::sync::Arc;

use vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, BusDirections_, BusInfo, IAudioProcessor, IAudioProcessorTrait,
    IComponent, IComponentHandler, IComponentTrait, IEditController, IEditControllerTrait, IParameterChanges,
    IUnitInfo, IUnitInfoTrait, MediaTypes_, ParameterInfo, ParameterInfo_::ParameterFlags_, ProcessContext,
    ProcessContext_, ProcessData, ProcessModes_, ProcessSetup, SpeakerArr, SpeakerArrangement, String128,
    SymbolicSampleSizes_, UnitInfo, kRootUnitId,
};
use vst3::Steinberg::{FUnknown, IBStream, IPluginBaseTrait, IPluginFactoryTrait, TUID, kResultOk, tresult};
use vst3::{ComPtr, ComWrapper, Interface};

mod descriptions;
mod module;
mod objects;
mod told;

pub use descriptions::{Bus, ParamDescription};
use module::wide_text;
pub use module::{ClassInfo, Module};
pub use objects::Change;
use objects::{Changes, Handler, Stream};

/// One plugin instance.
pub struct Instance {
    component: ComPtr<IComponent>,
    processor: ComPtr<IAudioProcessor>,
    controller: ComPtr<IEditController>,
    handler: ComWrapper<Handler>,
    changes: ComWrapper<Changes>,
    changes_pointer: ComPtr<IParameterChanges>,
    /// Samples of every input bus, then of the output bus, by channel; and what points at them.
    samples: Vec<Vec<Vec<f32>>>,
    channels: Vec<Vec<*mut f32>>,
    buses: Vec<AudioBusBuffers>,
    mode: i32,
    sample_rate_hz: f64,
    /// Where the transport stands, samples, while it runs.
    playing_from: Option<i64>,
    is_active: bool,
    _module: Arc<Module>,
}

// SAFETY: the plugin's interfaces may be called from any thread, one at a time, and `&mut self` sees to that; the raw
// pointers lead into this struct's own heap buffers.
unsafe impl Send for Instance {}

#[allow(clippy::unnecessary_cast, reason = "an i32 on Windows")]
const PLAYING: u32 = ProcessContext_::StatesAndFlags_::kPlaying as u32;
const AUDIO: i32 = MediaTypes_::kAudio as i32;
const INPUT: i32 = BusDirections_::kInput as i32;
const OUTPUT: i32 = BusDirections_::kOutput as i32;

/// The restart flag that tells of another latency.
pub const LATENCY_CHANGED: i32 = vst3::Steinberg::Vst::RestartFlags_::kLatencyChanged;

impl Instance {
    /// Creates and initialises a class of the module.
    ///
    /// # Errors
    ///
    /// The call that the plugin refused.
    pub fn new(module: &Arc<Module>, cid: &TUID) -> Result<Self, String> {
        let changes = ComWrapper::new(Changes::new());
        let handler = ComWrapper::new(Handler::default());
        // SAFETY: calls in the order of the specification, on pointers that are checked.
        let (component, processor, controller) = unsafe {
            let mut object: *mut c_void = std::ptr::null_mut();
            let result = module.factory.createInstance(cid.as_ptr(), IComponent::IID.as_ptr().cast(), &mut object);
            let component = ComPtr::<IComponent>::from_raw(object.cast())
                .filter(|_| result == kResultOk)
                .ok_or("createInstance failed")?;
            if component.initialize(std::ptr::null_mut::<FUnknown>()) != kResultOk {
                return Err("initialize failed".into());
            }
            let processor = component.cast::<IAudioProcessor>().ok_or("no IAudioProcessor")?;
            // The plugins of this suite are single components: the controller is the same object.
            let controller = component.cast::<IEditController>().ok_or("no IEditController")?;
            let handler = handler.to_com_ptr::<IComponentHandler>().ok_or("no handler")?;
            controller.setComponentHandler(handler.as_ptr());
            (component, processor, controller)
        };
        Ok(Self {
            component,
            processor,
            controller,
            handler,
            changes_pointer: changes.to_com_ptr().ok_or("no parameter changes")?,
            changes,
            samples: Vec::new(),
            channels: Vec::new(),
            buses: Vec::new(),
            mode: ProcessModes_::kRealtime as i32,
            sample_rate_hz: 0.0,
            playing_from: None,
            is_active: false,
            _module: Arc::clone(module),
        })
    }

    /// The controller, for the window ([`crate::vst3_view::View`]).
    pub(crate) fn controller(&self) -> &ComPtr<IEditController> {
        &self.controller
    }

    /// The audio buses of the current layout, inputs or outputs.
    pub fn buses(&self, inputs: bool) -> Vec<Bus> {
        let direction = if inputs { INPUT } else { OUTPUT };
        // SAFETY: plain calls with room for the answers.
        unsafe {
            (0..self.component.getBusCount(AUDIO, direction))
                .filter_map(|index| {
                    let mut info: BusInfo = std::mem::zeroed();
                    (self.component.getBusInfo(AUDIO, direction, index, &mut info) == kResultOk)
                        .then(|| Bus { name: wide_text(&info.name), channels: info.channelCount })
                })
                .collect()
        }
    }

    /// Asks for mono or stereo in and out, with or without a side chain of as many channels; inactive only.
    pub fn set_layout(&mut self, channels: usize, sidechain: bool) -> bool {
        if !sidechain && self.buses(true).len() == 2 {
            // The number of buses never changes in VST3: one that is not wanted has no channels.
            return self.arrange(channels, Some(0));
        }
        let arrangement: SpeakerArrangement = if channels == 1 { SpeakerArr::kMono } else { SpeakerArr::kStereo };
        let mut inputs = [arrangement; 2];
        let mut outputs = [arrangement];
        let input_count = if sidechain { 2 } else { 1 };
        // SAFETY: the arrays are as long as said.
        unsafe {
            self.processor.setBusArrangements(inputs.as_mut_ptr(), input_count, outputs.as_mut_ptr(), 1) == kResultOk
        }
    }

    /// Asks for `channels` channels in and out, and a key of so many where one is named; whether the plugin agrees.
    pub fn arrange(&mut self, channels: usize, key_channels: Option<usize>) -> bool {
        let of = |channels: usize| [SpeakerArr::kEmpty, SpeakerArr::kMono, SpeakerArr::kStereo][channels];
        let mut inputs = [of(channels), of(key_channels.unwrap_or(0))];
        let mut outputs = [of(channels)];
        let count = if key_channels.is_some() { 2 } else { 1 };
        // SAFETY: the arrays are as long as said.
        unsafe { self.processor.setBusArrangements(inputs.as_mut_ptr(), count, outputs.as_mut_ptr(), 1) == kResultOk }
    }

    /// Asks for mono in and stereo out.
    pub fn arrange_unequal(&mut self) -> bool {
        let (mut inputs, mut outputs) = ([SpeakerArr::kMono, SpeakerArr::kMono], [SpeakerArr::kStereo]);
        let count = self.buses(true).len() as i32;
        // SAFETY: the arrays are as long as said, or longer.
        unsafe { self.processor.setBusArrangements(inputs.as_mut_ptr(), count, outputs.as_mut_ptr(), 1) == kResultOk }
    }

    /// Channels of the arrangement that the plugin says each input bus has.
    pub fn arrangements(&self) -> Vec<usize> {
        (0..self.buses(true).len() as i32)
            .map(|index| {
                let mut arrangement: SpeakerArrangement = u64::MAX;
                // SAFETY: a place to write to.
                let result = unsafe { self.processor.getBusArrangement(INPUT, index, &mut arrangement) };
                assert_eq!(result, kResultOk, "getBusArrangement of input {index}");
                arrangement.count_ones() as usize
            })
            .collect()
    }

    /// Tells whether the next activation renders offline.
    pub fn set_offline(&mut self, offline: bool) {
        self.mode = if offline { ProcessModes_::kOffline } else { ProcessModes_::kRealtime } as i32;
    }

    /// Sets up, activates and starts processing; blocks may then have 1 to `max_block` frames.
    ///
    /// # Errors
    ///
    /// The call that the plugin refused.
    pub fn activate(&mut self, sample_rate_hz: f64, max_block: usize) -> Result<(), String> {
        self.deactivate();
        self.sample_rate_hz = sample_rate_hz;
        let mut setup = ProcessSetup {
            processMode: self.mode,
            symbolicSampleSize: SymbolicSampleSizes_::kSample32 as i32,
            maxSamplesPerBlock: max_block as i32,
            sampleRate: sample_rate_hz,
        };
        let inputs = self.buses(true);
        let outputs = self.buses(false);
        let check = |result: tresult, call: &str| match result {
            r if r == kResultOk => Ok(()),
            r => Err(format!("{call} returned {r}")),
        };
        // SAFETY: calls in the order of the specification; `setup` lives through them.
        unsafe {
            check(self.processor.setupProcessing(&mut setup), "setupProcessing")?;
            for (direction, count) in [(INPUT, inputs.len()), (OUTPUT, outputs.len())] {
                for index in 0..count {
                    check(self.component.activateBus(AUDIO, direction, index as i32, 1), "activateBus")?;
                }
            }
            check(self.component.setActive(1), "setActive")?;
            // Many plugins return kNotImplemented here; ours resets.
            self.processor.setProcessing(1);
        }
        self.is_active = true;
        self.samples =
            inputs.iter().chain(&outputs).map(|bus| vec![vec![0.0; max_block]; bus.channels as usize]).collect();
        self.channels =
            self.samples.iter_mut().map(|bus| bus.iter_mut().map(|channel| channel.as_mut_ptr()).collect()).collect();
        self.buses = self
            .channels
            .iter_mut()
            .map(|channels| AudioBusBuffers {
                numChannels: channels.len() as i32,
                silenceFlags: 0,
                __field0: AudioBusBuffers__type0 { channelBuffers32: channels.as_mut_ptr() },
            })
            .collect();
        Ok(())
    }

    /// Stops processing and deactivates; does nothing if inactive.
    pub fn deactivate(&mut self) {
        if std::mem::take(&mut self.is_active) {
            // SAFETY: active, and no other call is under way.
            unsafe {
                self.processor.setProcessing(0);
                self.component.setActive(0);
            }
        }
    }

    /// Stops and starts processing, which clears the plugin's memory.
    pub fn reset(&mut self) {
        if self.is_active {
            // SAFETY: active, and no other call is under way.
            unsafe {
                self.processor.setProcessing(0);
                self.processor.setProcessing(1);
            }
        }
    }

    /// Lays one block ready: audio by bus and channel, and the parameter changes. A missing side chain is silence.
    ///
    /// # Panics
    ///
    /// If the block does not fit the layout: a mistake of the test.
    pub fn prepare(&mut self, inputs: &[&[f32]], sidechain: Option<&[&[f32]]>, changes: &[Change]) {
        let frames = inputs.first().map_or(0, |channel| channel.len());
        let last = self.samples.len() - 1;
        for (bus, samples) in self.samples[..last].iter_mut().enumerate() {
            let source = if bus == 0 { Some(inputs) } else { sidechain };
            for (at, channel) in samples.iter_mut().enumerate() {
                match source {
                    Some(source) => channel[..frames].copy_from_slice(source[at]),
                    None => channel[..frames].fill(0.0),
                }
            }
        }
        self.changes.fill(changes);
    }

    /// The plugin's `process` call on what [`Instance::prepare`] laid ready, and nothing else. `false` if it failed.
    pub fn process(&mut self, frames: usize) -> bool {
        let last = self.buses.len() - 1;
        let (inputs, outputs) = self.buses.split_at_mut(last);
        // SAFETY: a plain structure of numbers.
        let mut context: ProcessContext = unsafe { std::mem::zeroed() };
        let is_playing = self.playing_from.is_some();
        (context.state, context.sampleRate) = (if is_playing { PLAYING } else { 0 }, self.sample_rate_hz);
        context.projectTimeSamples = self.playing_from.unwrap_or(0);
        self.playing_from = self.playing_from.map(|sample| sample + frames as i64);
        let mut data = ProcessData {
            processMode: self.mode,
            symbolicSampleSize: SymbolicSampleSizes_::kSample32 as i32,
            numSamples: frames as i32,
            numInputs: inputs.len() as i32,
            numOutputs: 1,
            inputs: inputs.as_mut_ptr(),
            outputs: outputs.as_mut_ptr(),
            inputParameterChanges: self.changes_pointer.as_ptr(),
            outputParameterChanges: std::ptr::null_mut(),
            inputEvents: std::ptr::null_mut(),
            outputEvents: std::ptr::null_mut(),
            processContext: if is_playing { &raw mut context } else { std::ptr::null_mut() },
        };
        // SAFETY: every pointer leads into this struct, with as many channels and frames as said.
        unsafe { self.processor.process(&mut data) == kResultOk }
    }

    /// The first `frames` samples of an output channel after [`Instance::process`].
    pub fn output(&self, channel: usize, frames: usize) -> &[f32] {
        &self.samples[self.samples.len() - 1][channel][..frames]
    }

    /// Output channels of the current layout.
    pub fn output_channels(&self) -> usize {
        self.samples.last().map_or(0, Vec::len)
    }

    /// Latency in samples, as reported now.
    pub fn latency_samples(&self) -> u32 {
        // SAFETY: a plain call.
        unsafe { self.processor.getLatencySamples() }
    }

    /// Tail in samples, as reported now.
    pub fn tail_samples(&self) -> u32 {
        // SAFETY: a plain call.
        unsafe { self.processor.getTailSamples() }
    }

    /// Tells the plugin of a transport from the next block on: it runs from this sample. `None`: there is none.
    pub fn play_from(&mut self, sample: Option<i64>) {
        self.playing_from = sample;
    }

    /// The parameters.
    pub fn params(&self) -> Vec<ParamDescription> {
        // SAFETY: plain calls with room for the answers.
        unsafe {
            (0..self.controller.getParameterCount())
                .filter_map(|index| {
                    let mut info: ParameterInfo = std::mem::zeroed();
                    (self.controller.getParameterInfo(index, &mut info) == kResultOk).then(|| ParamDescription {
                        id: info.id,
                        name: wide_text(&info.title),
                        unit: wide_text(&info.units),
                        group: self.group(info.unitId),
                        steps: info.stepCount,
                        default: info.defaultNormalizedValue,
                        is_automatable: info.flags & ParameterFlags_::kCanAutomate != 0,
                        is_bypass: info.flags & ParameterFlags_::kIsBypass != 0,
                    })
                })
                .collect()
        }
    }

    /// The path of a VST3 unit.
    fn group(&self, mut id: i32) -> String {
        let Some(units) = self.controller.cast::<IUnitInfo>() else { return String::new() };
        let mut names = Vec::new();
        // SAFETY: plain calls with room for the answers.
        unsafe {
            while id != kRootUnitId {
                let unit = (0..units.getUnitCount()).find_map(|index| {
                    let mut unit: UnitInfo = std::mem::zeroed();
                    (units.getUnitInfo(index, &mut unit) == kResultOk && unit.id == id).then_some(unit)
                });
                let Some(unit) = unit else { return format!("unknown unit {id}") };
                names.insert(0, wide_text(&unit.name));
                id = unit.parentUnitId;
            }
        }
        names.join("/")
    }

    /// The normalised value now.
    pub fn value(&self, id: u32) -> f64 {
        // SAFETY: a plain call.
        unsafe { self.controller.getParamNormalized(id) }
    }

    /// Sets a parameter from the controller's side, which counts only while the plugin is not processing.
    pub fn set_value(&mut self, id: u32, value: f64) -> bool {
        // SAFETY: a plain call.
        unsafe { self.controller.setParamNormalized(id, value) == kResultOk }
    }

    /// What the plugin makes of a text, normalised.
    pub fn text_to_value(&self, id: u32, text: &str) -> Option<f64> {
        let mut wide: Vec<u16> = text.encode_utf16().chain([0]).collect();
        let mut value = 0.0;
        // SAFETY: the text ends in a null, the answer has room.
        let result = unsafe { self.controller.getParamValueByString(id, wide.as_mut_ptr(), &mut value) };
        (result == kResultOk).then_some(value)
    }

    /// A normalised value in the plugin's words, without the unit.
    pub fn value_to_text(&self, id: u32, value: f64) -> Option<String> {
        let mut wide: String128 = [0; 128];
        // SAFETY: the answer has room.
        let result = unsafe { self.controller.getParamStringByValue(id, value, &mut wide) };
        (result == kResultOk).then(|| wide_text(&wide))
    }

    /// The plugin's state.
    ///
    /// # Errors
    ///
    /// If the plugin refuses.
    pub fn save_state(&self) -> Result<Vec<u8>, String> {
        let stream = ComWrapper::new(Stream { bytes: RefCell::default(), position: Cell::new(0) });
        let pointer = stream.to_com_ptr::<IBStream>().ok_or("no stream")?;
        // SAFETY: the stream lives through the call.
        match unsafe { self.component.getState(pointer.as_ptr()) } {
            r if r == kResultOk => Ok(stream.bytes.borrow().clone()),
            r => Err(format!("getState returned {r}")),
        }
    }

    /// Gives the plugin a state.
    ///
    /// # Errors
    ///
    /// If the plugin refuses.
    pub fn load_state(&mut self, bytes: &[u8]) -> Result<(), String> {
        let stream = ComWrapper::new(Stream { bytes: RefCell::new(bytes.to_vec()), position: Cell::new(0) });
        let pointer = stream.to_com_ptr::<IBStream>().ok_or("no stream")?;
        // SAFETY: the stream lives through the call.
        match unsafe { self.component.setState(pointer.as_ptr()) } {
            r if r == kResultOk => Ok(()),
            r => Err(format!("setState returned {r}")),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.deactivate();
        // SAFETY: the last calls on the plugin, in the order of the specification.
        unsafe {
            self.controller.setComponentHandler(std::ptr::null_mut());
            self.component.terminate();
        }
    }
}
