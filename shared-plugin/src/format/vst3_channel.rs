//! The track that the host says the plugin is on, in VST3: an interface of the controller that the framework does not have.

use std::ffi::c_void;
use std::sync::Arc;

use nice_plug::wrapper::vst3::vst3::Interface;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::ChannelContext::{
    IInfoListener, IInfoListenerVtbl, kChannelNameKey,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{IAttributeList, IEditController};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FUnknown, FUnknownVtbl, TUID, kInvalidArgument, kResultOk, tresult, uint32,
};

use crate::taps::Presence;

/// The longest name that is asked for, UTF-16.
const MAX_NAME: usize = 128;

/// An interface that a host gets beside those of the framework's object. Its memory is the guard's; it is counted with the object.
#[repr(C)]
pub(super) struct ChannelListener {
    /// First, as in every interface.
    table: *const IInfoListenerVtbl,
    functions: IInfoListenerVtbl,
    /// The object, and its own functions.
    outer: *mut FUnknown,
    theirs: FUnknownVtbl,
    taps: Arc<Presence>,
}

impl ChannelListener {
    /// A listener of the object behind `controller`. [`interface`](Self::interface) hands it out once it has its place.
    pub fn new(controller: *mut IEditController, theirs: FUnknownVtbl, taps: Arc<Presence>) -> Self {
        let base = FUnknownVtbl { queryInterface: query_interface, addRef: add_ref, release };
        let functions = IInfoListenerVtbl { base, setChannelContextInfos: set_channel_context_infos };
        Self { table: std::ptr::null(), functions, outer: controller.cast(), theirs, taps }
    }

    /// To be called when it does not move any more.
    pub fn settle(&mut self) {
        self.table = &raw const self.functions;
    }

    /// Answers a question for this interface with it, counted; `None` if it is for another.
    ///
    /// # Safety
    ///
    /// It has [settled](Self::settle), `iid` is sixteen bytes or null, `object` has room or is null.
    pub unsafe fn interface(&self, iid: *const TUID, object: *mut *mut c_void) -> Option<tresult> {
        // SAFETY: the caller's promise; the object is alive, as it is being asked.
        unsafe {
            let asked = iid.cast::<[u8; 16]>().as_ref()?;
            if *asked != IInfoListener::IID {
                return None;
            }
            if object.is_null() {
                return Some(kInvalidArgument);
            }
            (self.theirs.addRef)(self.outer);
            *object = std::ptr::from_ref(self).cast_mut().cast();
        }
        Some(kResultOk)
    }
}

/// What stands behind the interface that a host calls.
unsafe fn of<'a, I>(this: *mut I) -> &'a ChannelListener {
    // SAFETY: the host calls on the interface that it was given, and that is the listener itself.
    unsafe { &*this.cast::<ChannelListener>() }
}

unsafe extern "system" fn query_interface(this: *mut FUnknown, iid: *const TUID, object: *mut *mut c_void) -> tresult {
    // SAFETY: here and below: see `of`; the object has its own functions called on itself. Asked through them it finds us again.
    unsafe {
        let outer = of(this).outer;
        ((*(*outer).vtbl).queryInterface)(outer, iid, object)
    }
}

unsafe extern "system" fn add_ref(this: *mut FUnknown) -> uint32 {
    // SAFETY: see above.
    unsafe { (of(this).theirs.addRef)(of(this).outer) }
}

unsafe extern "system" fn release(this: *mut FUnknown) -> uint32 {
    // SAFETY: see above; the listener may be gone after this.
    unsafe {
        let (release, outer) = (of(this).theirs.release, of(this).outer);
        release(outer)
    }
}

unsafe extern "system" fn set_channel_context_infos(this: *mut IInfoListener, list: *mut IAttributeList) -> tresult {
    // SAFETY: see above; the list is the host's or null, and fills what it is given.
    unsafe {
        let Some(get_string) = list.as_ref().map(|list| (*list.vtbl).getString) else { return kInvalidArgument };
        let mut name = [0_u16; MAX_NAME];
        // A host that tells of something else has told, too.
        if get_string(list, kChannelNameKey, name.as_mut_ptr(), size_of_val(&name) as uint32) == kResultOk {
            let end = name.iter().position(|&unit| unit == 0).unwrap_or(name.len());
            of(this).taps.set_track(&String::from_utf16_lossy(&name[..end]));
        }
    }
    kResultOk
}
