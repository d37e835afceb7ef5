//! The VST3 entry of every bundle: nice-plug's component behind a guard of our own.
//!
//! nice-plug 0.4.2 trusts its host in two places where hosts differ. It copies from the channel pointers of every input
//! bus, and JUCE's hosts pass null ones for a side chain that is switched off, as it is on a mono track: the DAW goes
//! down. And it hands the plugin the process mode of the set-up before, so that the first bounce believes it is playback.
//! So the factory that stands here puts its own `process` and `setupProcessing` before the component's: two entries of
//! its table of functions, everything else untouched.

use std::ffi::c_void;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;

use nice_plug::prelude::Vst3Plugin;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, IAudioProcessor, IAudioProcessorVtbl, ProcessData, ProcessSetup,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, FUnknown, IPluginFactory, IPluginFactory2, IPluginFactory2Trait, IPluginFactory3, IPluginFactory3Trait,
    IPluginFactoryTrait, PClassInfo, PClassInfo2, PClassInfoW, PFactoryInfo, TUID, int32, kInternalError,
    kInvalidArgument, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComWrapper};
use nice_plug::wrapper::vst3::{PluginInfo, Wrapper};

/// The main bus and the side chain.
const MAX_BUSES: usize = 2;
const MAX_CHANNELS: usize = 2;
/// The longest block that a missing channel is silent in; in a longer one the whole bus is left out.
const SILENT_FRAMES: usize = 8192;

/// Zeros to read from. Atomics, so that they take room in memory only and none in the file; nobody ever writes them.
static SILENCE: [AtomicU32; SILENT_FRAMES] = [const { AtomicU32::new(0) }; SILENT_FRAMES];

/// nice-plug's own functions, and the table with ours. A bundle holds one plugin, so there is one of each.
static ORIGINAL: OnceLock<IAudioProcessorVtbl> = OnceLock::new();
static GUARDED: OnceLock<IAudioProcessorVtbl> = OnceLock::new();

/// Calls nice-plug's `process` with buses that can be read, whatever the host passed.
///
/// # Safety
///
/// As VST3 says of `IAudioProcessor::process`, except that channel pointers may be null and buses may be missing.
unsafe extern "system" fn process(this: *mut IAudioProcessor, data: *mut ProcessData) -> tresult {
    let Some(original) = ORIGINAL.get() else { return kInternalError };
    if data.is_null() {
        return kInvalidArgument;
    }
    // SAFETY: not null, and the host's for the time of this call.
    let mut data = unsafe { *data };
    let frames = usize::try_from(data.numSamples).unwrap_or(0);

    // A block longer than our silence gets no bus at all where there is nothing to read.
    let silent = if frames <= SILENT_FRAMES { SILENCE.as_ptr().cast_mut().cast::<f32>() } else { std::ptr::null_mut() };
    let mut channels = [[silent; MAX_CHANNELS]; MAX_BUSES];
    let mut widths = [MAX_CHANNELS; MAX_BUSES];
    let count = if data.inputs.is_null() { 0 } else { usize::try_from(data.numInputs).unwrap_or(0).min(MAX_BUSES) };
    for bus in 0..count {
        // SAFETY: the host says that so many buses stand there, each with as many channel pointers as channels; both
        // fields of the union are pointers of the same kind.
        unsafe {
            let given = &*data.inputs.add(bus);
            let pointers = given.__field0.channelBuffers32;
            widths[bus] = usize::try_from(given.numChannels).unwrap_or(0).min(MAX_CHANNELS);
            for channel in (0..widths[bus]).filter(|_| !pointers.is_null()) {
                let pointer = *pointers.add(channel);
                // Inputs are only ever read: the wrapper copies them.
                channels[bus][channel] = if pointer.is_null() { silent } else { pointer };
            }
        }
    }
    let mut buses = std::array::from_fn::<_, MAX_BUSES, _>(|bus| {
        let is_there = channels[bus][..widths[bus]].iter().all(|channel| !channel.is_null());
        let pointers = if is_there { channels[bus].as_mut_ptr() } else { std::ptr::null_mut() };
        let __field0 = AudioBusBuffers__type0 { channelBuffers32: pointers };
        AudioBusBuffers { numChannels: widths[bus] as int32, silenceFlags: 0, __field0 }
    });
    data.inputs = buses.as_mut_ptr();
    data.numInputs = MAX_BUSES as int32;
    if is_unwritable(&data) {
        // Nowhere to put the sound: what is left to do is to take the parameters.
        data.numOutputs = 0;
    }
    // SAFETY: nice-plug's own function, on the object that the host called, with buses that can be read and written.
    unsafe { (original.process)(this, &raw mut data) }
}

/// Whether the main output lacks a channel.
fn is_unwritable(data: &ProcessData) -> bool {
    if data.outputs.is_null() || data.numOutputs <= 0 {
        return false;
    }
    // SAFETY: the host says that a bus stands there, with so many channel pointers.
    unsafe {
        let bus = &*data.outputs;
        let pointers = bus.__field0.channelBuffers32;
        pointers.is_null() || (0..usize::try_from(bus.numChannels).unwrap_or(0)).any(|n| (*pointers.add(n)).is_null())
    }
}

/// Calls nice-plug's `setupProcessing` twice: the first call notes the process mode, the second uses it.
///
/// # Safety
///
/// As VST3 says of `IAudioProcessor::setupProcessing`.
unsafe extern "system" fn setup_processing(this: *mut IAudioProcessor, setup: *mut ProcessSetup) -> tresult {
    let Some(original) = ORIGINAL.get() else { return kInternalError };
    // SAFETY: nice-plug's own function with the host's own arguments; it refuses a null pointer.
    unsafe {
        match (original.setupProcessing)(this, setup) {
            result if result == kResultOk => (original.setupProcessing)(this, setup),
            refused => refused,
        }
    }
}

/// The bundle's factory: one class.
struct Factory<P> {
    info: PluginInfo,
    plugin: std::marker::PhantomData<fn() -> P>,
}

impl<P: Vst3Plugin> Class for Factory<P> {
    type Interfaces = (IPluginFactory, IPluginFactory2, IPluginFactory3);
}

impl<P: Vst3Plugin> Factory<P> {
    /// Fills `info` for the one class there is.
    fn describe<I>(&self, index: int32, info: *mut I, create: impl FnOnce(&PluginInfo) -> I) -> tresult {
        if index != 0 || info.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: not null, and the host's to be filled.
        unsafe { info.write(create(&self.info)) };
        kResultOk
    }
}

impl<P: Vst3Plugin> IPluginFactoryTrait for Factory<P> {
    unsafe fn getFactoryInfo(&self, info: *mut PFactoryInfo) -> tresult {
        self.describe(0, info, PluginInfo::create_factory_info)
    }

    unsafe fn countClasses(&self) -> int32 {
        1
    }

    unsafe fn getClassInfo(&self, index: int32, info: *mut PClassInfo) -> tresult {
        self.describe(index, info, PluginInfo::create_class_info)
    }

    unsafe fn createInstance(&self, cid: FIDString, iid: FIDString, object: *mut *mut c_void) -> tresult {
        if cid.is_null() || iid.is_null() || object.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: class ids are sixteen bytes.
        if unsafe { *cid.cast::<[u8; 16]>() } != *self.info.cid {
            return kInvalidArgument;
        }
        let component = ComWrapper::new(Wrapper::<P>::new());
        let (Some(processor), Some(unknown)) =
            (component.as_com_ref::<IAudioProcessor>(), component.as_com_ref::<FUnknown>())
        else {
            return kInternalError;
        };
        let processor = processor.as_ptr();
        // SAFETY: the object is ours and no host has seen it; its first word points to the table of functions, which is
        // replaced by a copy with two functions of the same signatures. Both tables live as long as the program.
        unsafe {
            let original = ORIGINAL.get_or_init(|| *(*processor).vtbl);
            let guarded =
                GUARDED.get_or_init(|| IAudioProcessorVtbl { process, setupProcessing: setup_processing, ..*original });
            (*processor).vtbl = guarded;
            let unknown = unknown.as_ptr();
            ((*(*unknown).vtbl).queryInterface)(unknown, iid.cast::<TUID>(), object)
        }
    }
}

impl<P: Vst3Plugin> IPluginFactory2Trait for Factory<P> {
    unsafe fn getClassInfo2(&self, index: int32, info: *mut PClassInfo2) -> tresult {
        self.describe(index, info, PluginInfo::create_class_info_2)
    }
}

impl<P: Vst3Plugin> IPluginFactory3Trait for Factory<P> {
    unsafe fn getClassInfoUnicode(&self, index: int32, info: *mut PClassInfoW) -> tresult {
        self.describe(index, info, PluginInfo::create_class_info_unicode)
    }

    unsafe fn setHostContext(&self, _context: *mut FUnknown) -> tresult {
        kResultOk
    }
}

/// A new factory, owned by the caller; null if there is none. What `GetPluginFactory` returns.
#[doc(hidden)]
#[must_use]
pub fn factory<P: Vst3Plugin>() -> *mut c_void {
    let factory = Factory::<P> { info: PluginInfo::for_plugin::<P>(), plugin: std::marker::PhantomData };
    ComWrapper::new(factory)
        .to_com_ptr::<IPluginFactory>()
        .map_or(std::ptr::null_mut(), |factory| factory.into_raw().cast())
}

/// Exports a [`Product`](crate::Product) in its shell as the CLAP and the VST3 plugin of this library.
#[macro_export]
macro_rules! export {
    ($product:ty) => {
        type Plugin = $crate::Shell<$product>;
        ::nice_plug::prelude::nice_export_clap!(Plugin);

        /// The VST3 module's factory.
        #[unsafe(no_mangle)]
        pub extern "system" fn GetPluginFactory() -> *mut ::std::ffi::c_void {
            $crate::vst3::factory::<Plugin>()
        }

        /// Called by a VST3 host on Linux after loading.
        #[cfg(all(target_family = "unix", not(target_os = "macos")))]
        #[unsafe(no_mangle)]
        pub extern "C" fn ModuleEntry(_library: *mut ::std::ffi::c_void) -> bool {
            ::nice_plug::wrapper::setup_logger::<Plugin>();
            true
        }

        /// Called by a VST3 host on Linux before unloading.
        #[cfg(all(target_family = "unix", not(target_os = "macos")))]
        #[unsafe(no_mangle)]
        pub extern "C" fn ModuleExit() -> bool {
            true
        }

        /// Called by a VST3 host on macOS after loading.
        #[cfg(target_os = "macos")]
        #[allow(non_snake_case)]
        #[unsafe(no_mangle)]
        pub extern "C" fn bundleEntry(_bundle: *mut ::std::ffi::c_void) -> bool {
            ::nice_plug::wrapper::setup_logger::<Plugin>();
            true
        }

        /// Called by a VST3 host on macOS before unloading.
        #[cfg(target_os = "macos")]
        #[allow(non_snake_case)]
        #[unsafe(no_mangle)]
        pub extern "C" fn bundleExit() -> bool {
            true
        }

        /// Called by a VST3 host on Windows after loading.
        #[cfg(target_os = "windows")]
        #[unsafe(no_mangle)]
        pub extern "system" fn InitDll() -> bool {
            ::nice_plug::wrapper::setup_logger::<Plugin>();
            true
        }

        /// Called by a VST3 host on Windows before unloading.
        #[cfg(target_os = "windows")]
        #[unsafe(no_mangle)]
        pub extern "system" fn ExitDll() -> bool {
            true
        }
    };
}
