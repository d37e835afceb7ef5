//! A table of functions of our own that stands in for that of an interface of the framework's object.

use std::ffi::c_void;

use nice_plug::wrapper::vst3::vst3::Steinberg::{FUnknown, FUnknownVtbl, TUID, tresult};

use super::vst3_channel::ChannelListener;

type QueryInterface = unsafe extern "system" fn(*mut FUnknown, *const TUID, *mut *mut c_void) -> tresult;

/// A table of functions and whose it is: an object's first word points here.
#[repr(C)]
pub(super) struct Table<V, G> {
    pub functions: V,
    pub guard: *const G,
    theirs: QueryInterface,
    channel: *const ChannelListener,
}

impl<V, G> Table<V, G> {
    /// A table that nobody uses yet: `functions` are made of those that ask the object for its interfaces, which stand in for
    /// `theirs`.
    pub fn new(theirs: FUnknownVtbl, functions: impl FnOnce(FUnknownVtbl) -> V) -> Self {
        let ours = FUnknownVtbl { queryInterface: query_interface::<V, G>, ..theirs };
        let channel = std::ptr::null();
        Self { functions: functions(ours), guard: std::ptr::null(), theirs: theirs.queryInterface, channel }
    }

    /// To be called once neither the guard nor what it has beside the object moves any more.
    pub fn settle(&mut self, guard: *const G, channel: *const ChannelListener) {
        self.guard = guard;
        self.channel = channel;
    }
}

/// Answers for the interface that is ours beside theirs.
unsafe extern "system" fn query_interface<V, G>(
    this: *mut FUnknown,
    iid: *const TUID,
    object: *mut *mut c_void,
) -> tresult {
    // SAFETY: the host calls on an object whose first word points to a table of this type, which has settled.
    unsafe {
        let table = &**this.cast::<*const Table<V, G>>();
        (*table.channel).interface(iid, object).unwrap_or_else(|| (table.theirs)(this, iid, object))
    }
}
