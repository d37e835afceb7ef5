//! The VST3 factory of every bundle: one class.

use std::ffi::c_void;
use std::sync::Arc;

use nice_plug::prelude::Vst3Plugin;
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, FUnknown, IPluginFactory, IPluginFactory2, IPluginFactory2Trait, IPluginFactory3, IPluginFactory3Trait,
    IPluginFactoryTrait, PClassInfo, PClassInfo2, PClassInfoW, PFactoryInfo, TUID, int32, kInternalError,
    kInvalidArgument, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComWrapper};
use nice_plug::wrapper::vst3::{PluginInfo, Wrapper};

use super::link::Link;
use super::vst3::put_before;
use crate::worker;

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
        let Some(link) = Link::take_newest() else { return kInternalError };
        if !put_before(&component, &link) {
            return kInternalError;
        }
        worker::watch(Arc::downgrade(&link) as _);
        let Some(unknown) = component.as_com_ref::<FUnknown>() else { return kInternalError };
        // SAFETY: the object's own `queryInterface`, with the host's arguments, which were checked.
        unsafe {
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
