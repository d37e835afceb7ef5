//! The VST3 entry of every bundle: nice-plug's component behind a guard of our own.
//!
//! nice-plug 0.4.2 trusts its host where hosts differ: it reads the channel pointers of every input bus, of a second bus
//! even where the host passed one, panics in a `process` before the set-up, and hands the plugin the process mode of the
//! set-up before, so that the first bounce believes it is playback. It compares a requested arrangement of the side chain
//! with the main bus, so that it can neither offer a stereo key on a mono track nor give up the side chain, and does not
//! listen to the activation of a bus at all. And it tells of another latency from the audio thread.
//!
//! So the tables of functions that the host sees are ours. The framework knows a mono or a stereo plugin without a side
//! chain; the side chain is kept here, and handed to the shell beside it.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use nice_plug::prelude::Vst3Plugin;
use nice_plug::wrapper::vst3::Wrapper;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, BusDirection, BusDirections_, BusInfo, BusTypes_, IAudioProcessor,
    IAudioProcessorVtbl, IComponent, IComponentHandler, IComponentHandler2, IComponentHandler2Trait,
    IComponentHandlerTrait, IComponentVtbl, IEditController, IEditControllerVtbl, MediaType, MediaTypes_, ProcessData,
    ProcessSetup, RestartFlags_, SpeakerArr, SpeakerArrangement, SymbolicSampleSizes_,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    IPluginBaseVtbl, TBool, int32, kInvalidArgument, kResultFalse, kResultOk, tresult, uint32,
};
use nice_plug::wrapper::vst3::vst3::{ComPtr, ComRef, ComWrapper};

use super::buffers::{self, Channels, MAX_CHANNELS};
use super::limits::{MAX_BLOCK_FRAMES, is_rate};
use super::link::{Link, TellsHost};
use super::vst3_channel::ChannelListener;
use super::vst3_table::Table;

/// What the guard keeps of one instance.
pub(super) struct Guard {
    link: *const Link,
    /// The name of the side chain's port, where there is one.
    key_name: Option<&'static str>,
    theirs: (IComponentVtbl, IAudioProcessorVtbl, IEditControllerVtbl),
    component: Table<IComponentVtbl, Self>,
    processor: Table<IAudioProcessorVtbl, Self>,
    controller: Table<IEditControllerVtbl, Self>,
    channel: ChannelListener,
    is_set_up: AtomicBool,
    is_active: AtomicBool,
    max_frames: AtomicU32,
    /// Channels of the main buses, 1 or 2.
    channels: AtomicU32,
    /// Channels of the side chain, 0 to 2.
    key_channels: AtomicU32,
    is_key_active: AtomicBool,
    handler: Mutex<Option<Handler>>,
}

/// What the host wants to be told by.
struct Handler(ComPtr<IComponentHandler>);
// SAFETY: handed to the thread on which the framework runs what belongs to the host's main thread.
unsafe impl Send for Handler {}

// SAFETY: the pointers lead to the link that owns the guard and to itself; what changes is atomic or locked.
unsafe impl Send for Guard {}
// SAFETY: as above.
unsafe impl Sync for Guard {}

/// The guard of the object behind an interface pointer.
///
/// # Safety
///
/// `this` is an interface of an object that the factory made, and its first word points to a `Table<V, Guard>`.
unsafe fn guard<'a, V>(this: *const c_void) -> &'a Guard {
    // SAFETY: the caller's promise; the shell inside the object owns the link, and that owns the guard.
    unsafe { &*(**this.cast::<*const Table<V, Guard>>()).guard }
}

unsafe fn of_component<'a>(this: *mut IComponent) -> &'a Guard {
    // SAFETY: the host calls one of our functions on its object.
    unsafe { guard::<IComponentVtbl>(this.cast()) }
}

unsafe fn of_processor<'a>(this: *mut IAudioProcessor) -> &'a Guard {
    // SAFETY: as above.
    unsafe { guard::<IAudioProcessorVtbl>(this.cast()) }
}

unsafe fn of_controller<'a>(this: *mut IEditController) -> &'a Guard {
    // SAFETY: as above.
    unsafe { guard::<IEditControllerVtbl>(this.cast()) }
}

const AUDIO: MediaType = MediaTypes_::kAudio as MediaType;
const INPUT: BusDirection = BusDirections_::kInput as BusDirection;
/// The side chain's place among the inputs.
const KEY_BUS: int32 = 1;

fn arrangement(channels: u32) -> SpeakerArrangement {
    match channels {
        0 => SpeakerArr::kEmpty,
        1 => SpeakerArr::kMono,
        _ => SpeakerArr::kStereo,
    }
}

impl Guard {
    fn link(&self) -> &Link {
        // SAFETY: the link owns the guard.
        unsafe { &*self.link }
    }

    fn is_key(&self, media: MediaType, direction: BusDirection, index: int32) -> bool {
        self.key_name.is_some() && (media, direction, index) == (AUDIO, INPUT, KEY_BUS)
    }
}

impl TellsHost for Guard {
    fn tell_host(&self) {
        let handler = self.handler.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|h| h.0.clone());
        let Some(handler) = handler else { return };
        if self.link().tell_latency() {
            // SAFETY: the host's own object, which we hold.
            unsafe { handler.restartComponent(RestartFlags_::kLatencyChanged as int32) };
        }
        if self.link().take_dirty()
            && let Some(handler) = handler.cast::<IComponentHandler2>()
        {
            // SAFETY: as above.
            unsafe { handler.setDirty(1) };
        }
    }
}

unsafe extern "system" fn get_bus_count(this: *mut IComponent, media: MediaType, direction: BusDirection) -> int32 {
    // SAFETY: here and below: see `guard`; the framework's functions get the object that the host called.
    unsafe {
        let guard = of_component(this);
        let count = (guard.theirs.0.getBusCount)(this, media, direction);
        if guard.is_key(media, direction, KEY_BUS) { count + 1 } else { count }
    }
}

unsafe extern "system" fn get_bus_info(
    this: *mut IComponent,
    media: MediaType,
    direction: BusDirection,
    index: int32,
    info: *mut BusInfo,
) -> tresult {
    // SAFETY: see above; `info` is the host's to be filled.
    unsafe {
        let guard = of_component(this);
        if !guard.is_key(media, direction, index) {
            return (guard.theirs.0.getBusInfo)(this, media, direction, index, info);
        }
        let Some(info) = info.as_mut() else { return kInvalidArgument };
        info.mediaType = media;
        info.direction = direction;
        info.channelCount = guard.key_channels.load(Ordering::Relaxed) as int32;
        info.busType = BusTypes_::kAux as int32;
        // The host switches it on when somebody wants it.
        info.flags = 0;
        info.name = [0; 128];
        for (to, from) in info.name.iter_mut().zip(guard.key_name.unwrap_or_default().encode_utf16()) {
            *to = from as _;
        }
        kResultOk
    }
}

unsafe extern "system" fn activate_bus(
    this: *mut IComponent,
    media: MediaType,
    direction: BusDirection,
    index: int32,
    state: TBool,
) -> tresult {
    // SAFETY: see above.
    let guard = unsafe { of_component(this) };
    if guard.is_key(media, direction, index) {
        guard.is_key_active.store(state != 0, Ordering::Relaxed);
        return kResultOk;
    }
    // SAFETY: see above.
    unsafe { (guard.theirs.0.activateBus)(this, media, direction, index, state) }
}

unsafe extern "system" fn set_active(this: *mut IComponent, state: TBool) -> tresult {
    // SAFETY: see above.
    unsafe {
        let guard = of_component(this);
        if state == 0 {
            guard.is_active.store(false, Ordering::Release);
        }
        let result = (guard.theirs.0.setActive)(this, state);
        if state != 0 && result == kResultOk {
            guard.is_active.store(true, Ordering::Release);
        }
        result
    }
}

unsafe extern "system" fn set_bus_arrangements(
    this: *mut IAudioProcessor,
    inputs: *mut SpeakerArrangement,
    input_count: int32,
    outputs: *mut SpeakerArrangement,
    output_count: int32,
) -> tresult {
    // SAFETY: see above; so many arrangements stand there.
    unsafe {
        let guard = of_processor(this);
        if inputs.is_null() || outputs.is_null() {
            return kInvalidArgument;
        }
        let most = if guard.key_name.is_some() { 2 } else { 1 };
        if !(1..=most).contains(&input_count) || output_count != 1 || guard.is_active.load(Ordering::Acquire) {
            return kResultFalse;
        }
        let (mut main, mut out) = (*inputs, *outputs);
        let channels = main.count_ones();
        let key_channels =
            if input_count == 2 { (*inputs.add(1)).count_ones() } else { guard.key_channels.load(Ordering::Relaxed) };
        let is_offered = (1..=2).contains(&channels) && out.count_ones() == channels && key_channels <= 2;
        if !is_offered {
            return kResultFalse;
        }
        let result = (guard.theirs.1.setBusArrangements)(this, &raw mut main, 1, &raw mut out, 1);
        if result == kResultOk {
            guard.channels.store(channels, Ordering::Relaxed);
            guard.key_channels.store(key_channels, Ordering::Relaxed);
        }
        result
    }
}

unsafe extern "system" fn get_bus_arrangement(
    this: *mut IAudioProcessor,
    direction: BusDirection,
    index: int32,
    given: *mut SpeakerArrangement,
) -> tresult {
    // SAFETY: see above; `given` is the host's to be filled.
    unsafe {
        let guard = of_processor(this);
        if !guard.is_key(AUDIO, direction, index) {
            return (guard.theirs.1.getBusArrangement)(this, direction, index, given);
        }
        let Some(given) = given.as_mut() else { return kInvalidArgument };
        *given = arrangement(guard.key_channels.load(Ordering::Relaxed));
        kResultOk
    }
}

unsafe extern "system" fn get_latency_samples(this: *mut IAudioProcessor) -> uint32 {
    // SAFETY: see above.
    let link = unsafe { of_processor(this) }.link();
    link.tell_latency();
    link.latency_samples()
}

/// Calls nice-plug's `setupProcessing` twice: the first call notes the process mode, the second uses it.
unsafe extern "system" fn setup_processing(this: *mut IAudioProcessor, setup: *mut ProcessSetup) -> tresult {
    // SAFETY: see above; `setup` is the host's.
    unsafe {
        let guard = of_processor(this);
        let Some(given) = setup.as_ref() else { return kInvalidArgument };
        let frames = u32::try_from(given.maxSamplesPerBlock).unwrap_or(0);
        if !is_rate(given.sampleRate) || !(1..=MAX_BLOCK_FRAMES).contains(&frames) {
            return kInvalidArgument;
        }
        if given.symbolicSampleSize != SymbolicSampleSizes_::kSample32 as int32 {
            return kResultFalse;
        }
        for _ in 0..2 {
            match (guard.theirs.1.setupProcessing)(this, setup) {
                result if result == kResultOk => {}
                refused => return refused,
            }
        }
        guard.max_frames.store(frames, Ordering::Relaxed);
        guard.is_set_up.store(true, Ordering::Release);
        kResultOk
    }
}

/// The bus at this place; none where the host gave none.
unsafe fn bus(buses: *mut AudioBusBuffers, count: int32, index: usize) -> Channels {
    if buses.is_null() || index >= usize::try_from(count).unwrap_or(0) {
        return Channels::NONE;
    }
    // SAFETY: within the count; both fields of the union are pointers.
    unsafe {
        let bus = &*buses.add(index);
        Channels::new(bus.__field0.channelBuffers32, usize::try_from(bus.numChannels).unwrap_or(0))
    }
}

/// Calls nice-plug's `process` with buses that can be read and written, whatever the host passed.
unsafe extern "system" fn process(this: *mut IAudioProcessor, data: *mut ProcessData) -> tresult {
    // SAFETY: see above; `data` is the host's for the time of this call, and only what was checked is handed on.
    unsafe {
        let guard = of_processor(this);
        let Some(given) = data.as_ref() else { return kInvalidArgument };
        let frames = u32::try_from(given.numSamples).unwrap_or(0);
        let is_ready = guard.is_set_up.load(Ordering::Acquire)
            && (frames == 0 || guard.is_active.load(Ordering::Acquire))
            && frames <= guard.max_frames.load(Ordering::Relaxed)
            && given.symbolicSampleSize == SymbolicSampleSizes_::kSample32 as int32;
        let frames = frames as usize;
        let output_count = usize::try_from(given.numOutputs).unwrap_or(0);
        if !is_ready {
            if given.symbolicSampleSize == SymbolicSampleSizes_::kSample32 as int32 {
                (0..output_count).for_each(|at| bus(given.outputs, given.numOutputs, at).silence(frames));
            }
            return kResultFalse;
        }
        let channels = guard.channels.load(Ordering::Relaxed) as usize;
        let key_channels =
            if guard.is_key_active.load(Ordering::Relaxed) { guard.key_channels.load(Ordering::Relaxed) } else { 0 };
        let ports = (
            bus(given.inputs, given.numInputs, 0),
            bus(given.outputs, given.numOutputs, 0),
            bus(given.inputs, given.numInputs, KEY_BUS as usize),
        );
        (1..output_count).for_each(|at| bus(given.outputs, given.numOutputs, at).silence(frames));
        let mut block = buffers::sort_out(ports, (channels, key_channels as usize), frames);

        let sorted = |pointers: &mut Option<[*mut f32; MAX_CHANNELS]>| {
            let (count, pointers) = match pointers {
                Some(pointers) => (channels as int32, pointers.as_mut_ptr()),
                None => (0, std::ptr::null_mut()),
            };
            let __field0 = AudioBusBuffers__type0 { channelBuffers32: pointers };
            AudioBusBuffers { numChannels: count, silenceFlags: 0, __field0 }
        };
        let is_written = block.output.is_some();
        let (mut input, mut output) = (sorted(&mut block.input), sorted(&mut block.output));
        let mut sorted_out = *given;
        sorted_out.numSamples = frames as int32;
        sorted_out.inputs = &raw mut input;
        sorted_out.numInputs = 1;
        sorted_out.outputs = &raw mut output;
        // Without one the framework takes the parameters and leaves the sound.
        sorted_out.numOutputs = int32::from(is_written);
        guard.link().begin_block(block.key, frames);
        let result = (guard.theirs.1.process)(this, &raw mut sorted_out);
        guard.link().end_block();
        if let Some(main) = given.outputs.as_mut().filter(|_| output_count > 0) {
            // Whatever the host left there: nobody here says that a channel is silent.
            main.silenceFlags = 0;
        }
        result
    }
}

unsafe extern "system" fn set_component_handler(
    this: *mut IEditController,
    handler: *mut IComponentHandler,
) -> tresult {
    // SAFETY: see above; the host's own object or null.
    unsafe {
        let guard = of_controller(this);
        let ours = ComRef::from_raw(handler).map(|handler| Handler(handler.to_com_ptr()));
        *guard.handler.lock().unwrap_or_else(PoisonError::into_inner) = ours;
        (guard.theirs.2.setComponentHandler)(this, handler)
    }
}

/// Puts our functions before those of a component that no host has seen. False if it lacks an interface.
pub(super) fn put_before<P: Vst3Plugin>(component: &ComWrapper<Wrapper<P>>, link: &Arc<Link>) -> bool {
    let (Some(object), Some(processor), Some(controller)) = (
        component.as_com_ref::<IComponent>(),
        component.as_com_ref::<IAudioProcessor>(),
        component.as_com_ref::<IEditController>(),
    ) else {
        return false;
    };
    let (object, processor, controller) = (object.as_ptr(), processor.as_ptr(), controller.as_ptr());
    let key_name = P::AUDIO_IO_LAYOUTS.iter().find_map(|layout| layout.names.aux_inputs.first().copied());
    // SAFETY: the first word of an object points to its table.
    let theirs = unsafe { (*(*object).vtbl, *(*processor).vtbl, *(*controller).vtbl) };
    let mut guard = Box::new(Guard {
        link: Arc::as_ptr(link),
        key_name,
        theirs,
        component: Table::new(theirs.0.base.base, |base| IComponentVtbl {
            base: IPluginBaseVtbl { base, ..theirs.0.base },
            getBusCount: get_bus_count,
            getBusInfo: get_bus_info,
            activateBus: activate_bus,
            setActive: set_active,
            ..theirs.0
        }),
        processor: Table::new(theirs.1.base, |base| IAudioProcessorVtbl {
            base,
            setBusArrangements: set_bus_arrangements,
            getBusArrangement: get_bus_arrangement,
            getLatencySamples: get_latency_samples,
            setupProcessing: setup_processing,
            process,
            ..theirs.1
        }),
        controller: Table::new(theirs.2.base.base, |base| IEditControllerVtbl {
            base: IPluginBaseVtbl { base, ..theirs.2.base },
            setComponentHandler: set_component_handler,
            ..theirs.2
        }),
        channel: ChannelListener::new(controller, theirs.2.base.base, link.taps.clone()),
        is_set_up: AtomicBool::new(false),
        is_active: AtomicBool::new(false),
        max_frames: AtomicU32::new(0),
        channels: AtomicU32::new(2),
        key_channels: AtomicU32::new(if key_name.is_some() { 2 } else { 0 }),
        is_key_active: AtomicBool::new(false),
        handler: Mutex::new(None),
    });
    let itself: *const Guard = &raw const *guard;
    guard.channel.settle();
    let channel: *const ChannelListener = &raw const guard.channel;
    guard.component.settle(itself, channel);
    guard.processor.settle(itself, channel);
    guard.controller.settle(itself, channel);
    if link.vst3.set(guard).is_err() {
        return false;
    }
    // SAFETY: the object is ours and no host has seen it; the tables live as long as the link, which the shell in the
    // object owns. The framework begins as a stereo plugin without a side chain.
    unsafe {
        (*object).vtbl = &raw const (*itself).component.functions;
        (*processor).vtbl = &raw const (*itself).processor.functions;
        (*controller).vtbl = &raw const (*itself).controller.functions;
        let (mut main, mut out) = (SpeakerArr::kStereo, SpeakerArr::kStereo);
        (theirs.1.setBusArrangements)(processor, &raw mut main, 1, &raw mut out, 1) == kResultOk
    }
}
