//! The host's own objects that a plugin calls: its handler, parameter changes, and streams.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_void};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use vst3::Steinberg::Vst::{
    ChannelContext::kChannelNameKey, IAttributeList, IAttributeListTrait, IComponentHandler, IComponentHandler2,
    IComponentHandler2Trait, IComponentHandlerTrait, IParamValueQueue, IParamValueQueueTrait, IParameterChanges,
    IParameterChangesTrait, ParamID, ParamValue, TChar,
};
use vst3::Steinberg::{
    FIDString, IBStream, IBStream_::IStreamSeekMode_, IBStreamTrait, TBool, int32, int64, kInvalidArgument,
    kResultFalse, kResultOk, tresult, uint32,
};
use vst3::{Class, ComWrapper};

/// Most parameters that one block may change, and most points of each. Preallocated.
const MAX_QUEUES: usize = 256;
const MAX_POINTS: usize = 8192;

/// A parameter change within a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Frame within the block.
    pub offset: i32,
    /// The VST3 id.
    pub id: u32,
    /// The normalised value.
    pub value: f64,
}

/// Notes what the plugin asks for.
#[derive(Default)]
pub(super) struct Handler {
    pub(super) restart_flags: AtomicI32,
    /// Whether the session has changed.
    pub(super) is_dirty: AtomicBool,
}

impl Class for Handler {
    type Interfaces = (IComponentHandler, IComponentHandler2);
}

impl IComponentHandlerTrait for Handler {
    unsafe fn beginEdit(&self, _id: ParamID) -> tresult {
        kResultOk
    }

    unsafe fn performEdit(&self, _id: ParamID, _value: ParamValue) -> tresult {
        kResultOk
    }

    unsafe fn endEdit(&self, _id: ParamID) -> tresult {
        kResultOk
    }

    unsafe fn restartComponent(&self, flags: int32) -> tresult {
        self.restart_flags.fetch_or(flags, Ordering::SeqCst);
        kResultOk
    }
}

impl IComponentHandler2Trait for Handler {
    unsafe fn setDirty(&self, state: TBool) -> tresult {
        self.is_dirty.store(state != 0, Ordering::SeqCst);
        kResultOk
    }

    unsafe fn requestOpenEditor(&self, _name: FIDString) -> tresult {
        kResultFalse
    }

    unsafe fn startGroupEdit(&self) -> tresult {
        kResultOk
    }

    unsafe fn finishGroupEdit(&self) -> tresult {
        kResultOk
    }
}

/// The changes of one parameter within a block.
pub(super) struct Queue {
    pub(super) id: Cell<ParamID>,
    pub(super) points: RefCell<Vec<(int32, ParamValue)>>,
}

impl Class for Queue {
    type Interfaces = (IParamValueQueue,);
}

impl IParamValueQueueTrait for Queue {
    unsafe fn getParameterId(&self) -> ParamID {
        self.id.get()
    }

    unsafe fn getPointCount(&self) -> int32 {
        self.points.borrow().len() as int32
    }

    unsafe fn getPoint(&self, index: int32, offset: *mut int32, value: *mut ParamValue) -> tresult {
        match self.points.borrow().get(index as usize) {
            Some(&(at, new)) if !offset.is_null() && !value.is_null() => {
                // SAFETY: checked for null; the caller lends them for the call.
                unsafe {
                    *offset = at;
                    *value = new;
                }
                kResultOk
            }
            _ => kInvalidArgument,
        }
    }

    unsafe fn addPoint(&self, _offset: int32, _value: ParamValue, _index: *mut int32) -> tresult {
        kResultFalse
    }
}

/// The changes of a block.
pub(super) struct Changes {
    pub(super) queues: Vec<ComWrapper<Queue>>,
    pub(super) used: Cell<usize>,
}

impl Class for Changes {
    type Interfaces = (IParameterChanges,);
}

impl Changes {
    pub(super) fn new() -> Self {
        let queue =
            || ComWrapper::new(Queue { id: Cell::new(0), points: RefCell::new(Vec::with_capacity(MAX_POINTS)) });
        Self { queues: (0..MAX_QUEUES).map(|_| queue()).collect(), used: Cell::new(0) }
    }

    /// Takes the block's changes, one queue a parameter, as VST3 wants them.
    pub(super) fn fill(&self, changes: &[Change]) {
        self.used.set(0);
        for change in changes {
            let used = self.used.get();
            let queue = match self.queues[..used].iter().find(|queue| queue.id.get() == change.id) {
                Some(queue) => queue,
                None => {
                    let queue = &self.queues[used];
                    queue.id.set(change.id);
                    queue.points.borrow_mut().clear();
                    self.used.set(used + 1);
                    queue
                }
            };
            assert!(queue.points.borrow().len() < MAX_POINTS, "more changes in a block than this host carries");
            queue.points.borrow_mut().push((change.offset, change.value));
        }
    }
}

impl IParameterChangesTrait for Changes {
    unsafe fn getParameterCount(&self) -> int32 {
        self.used.get() as int32
    }

    unsafe fn getParameterData(&self, index: int32) -> *mut IParamValueQueue {
        match self.queues[..self.used.get()].get(index as usize).and_then(|queue| queue.as_com_ref()) {
            Some(queue) => queue.as_ptr(),
            None => std::ptr::null_mut(),
        }
    }

    unsafe fn addParameterData(&self, _id: *const ParamID, _index: *mut int32) -> *mut IParamValueQueue {
        std::ptr::null_mut()
    }
}

/// What a host tells of a track: its name.
pub(super) struct TrackAttributes(pub(super) String);

impl Class for TrackAttributes {
    type Interfaces = (IAttributeList,);
}

impl IAttributeListTrait for TrackAttributes {
    unsafe fn setInt(&self, _id: *const c_char, _value: int64) -> tresult {
        kResultFalse
    }

    unsafe fn getInt(&self, _id: *const c_char, _value: *mut int64) -> tresult {
        kResultFalse
    }

    unsafe fn setFloat(&self, _id: *const c_char, _value: f64) -> tresult {
        kResultFalse
    }

    unsafe fn getFloat(&self, _id: *const c_char, _value: *mut f64) -> tresult {
        kResultFalse
    }

    unsafe fn setString(&self, _id: *const c_char, _string: *const TChar) -> tresult {
        kResultFalse
    }

    unsafe fn getString(&self, id: *const c_char, string: *mut TChar, size_in_bytes: uint32) -> tresult {
        let room = size_in_bytes as usize / size_of::<TChar>();
        // SAFETY: ids are C texts; the caller lends so much room.
        unsafe {
            if string.is_null() || room == 0 || CStr::from_ptr(id) != CStr::from_ptr(kChannelNameKey) {
                return kInvalidArgument;
            }
            let name: Vec<u16> = self.0.encode_utf16().take(room - 1).chain([0]).collect();
            std::ptr::copy_nonoverlapping(name.as_ptr(), string, name.len());
        }
        kResultOk
    }

    unsafe fn setBinary(&self, _id: *const c_char, _data: *const c_void, _size: uint32) -> tresult {
        kResultFalse
    }

    unsafe fn getBinary(&self, _id: *const c_char, _data: *mut *const c_void, _size: *mut uint32) -> tresult {
        kResultFalse
    }
}

/// A stream in memory, for states.
pub(super) struct Stream {
    pub(super) bytes: RefCell<Vec<u8>>,
    pub(super) position: Cell<usize>,
}

impl Class for Stream {
    type Interfaces = (IBStream,);
}

impl IBStreamTrait for Stream {
    unsafe fn read(&self, buffer: *mut c_void, wanted: int32, read: *mut int32) -> tresult {
        let bytes = self.bytes.borrow();
        let start = self.position.get().min(bytes.len());
        let count = usize::try_from(wanted).unwrap_or(0).min(bytes.len() - start);
        // SAFETY: the caller lends `wanted` bytes, and `count` is not more; `read` may be null.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes[start..].as_ptr(), buffer.cast::<u8>(), count);
            if let Some(read) = read.as_mut() {
                *read = count as int32;
            }
        }
        self.position.set(start + count);
        kResultOk
    }

    unsafe fn write(&self, buffer: *mut c_void, count: int32, written: *mut int32) -> tresult {
        let count = usize::try_from(count).unwrap_or(0);
        // SAFETY: the caller lends `count` bytes; `written` may be null.
        unsafe {
            self.bytes.borrow_mut().extend_from_slice(std::slice::from_raw_parts(buffer.cast::<u8>(), count));
            if let Some(written) = written.as_mut() {
                *written = count as int32;
            }
        }
        self.position.set(self.position.get() + count);
        kResultOk
    }

    unsafe fn seek(&self, offset: int64, mode: int32, result: *mut int64) -> tresult {
        const SET: int32 = IStreamSeekMode_::kIBSeekSet as int32;
        const CURRENT: int32 = IStreamSeekMode_::kIBSeekCur as int32;
        let base = match mode {
            SET => 0,
            CURRENT => self.position.get(),
            _ => self.bytes.borrow().len(),
        };
        let Ok(position) = usize::try_from(base as i64 + offset) else { return kInvalidArgument };
        self.position.set(position);
        // SAFETY: `result` may be null.
        if let Some(result) = unsafe { result.as_mut() } {
            *result = position as i64;
        }
        kResultOk
    }

    unsafe fn tell(&self, position: *mut int64) -> tresult {
        // SAFETY: `position` may be null.
        match unsafe { position.as_mut() } {
            Some(position) => {
                *position = self.position.get() as i64;
                kResultOk
            }
            None => kInvalidArgument,
        }
    }
}
