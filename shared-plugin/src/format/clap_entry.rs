//! The CLAP entry and the factory of one plugin, guarded.

use std::ffi::{CStr, c_char, c_void};
use std::sync::OnceLock;

use clap_sys::entry::clap_plugin_entry;
use clap_sys::factory::plugin_factory::{CLAP_PLUGIN_FACTORY_ID, clap_plugin_factory};
use clap_sys::host::clap_host;
use clap_sys::plugin::{clap_plugin, clap_plugin_descriptor};
use clap_sys::version::CLAP_VERSION;
use nice_plug::prelude::ClapPlugin;
use nice_plug::wrapper::clap::PluginDescriptor;

/// What a library exports as `clap_entry`.
pub type Entry = clap_plugin_entry;

/// The entry of a library with this one plugin.
#[must_use]
pub const fn entry<P: ClapPlugin>() -> Entry {
    Entry {
        clap_version: CLAP_VERSION,
        init: Some(init::<P>),
        deinit: Some(deinit),
        get_factory: Some(get_factory::<P>),
    }
}

unsafe extern "C" fn init<P: ClapPlugin>(_path: *const c_char) -> bool {
    nice_plug::wrapper::setup_logger::<P>();
    true
}

unsafe extern "C" fn deinit() {}

unsafe extern "C" fn get_factory<P: ClapPlugin>(id: *const c_char) -> *const c_void {
    struct Of<P>(std::marker::PhantomData<P>);
    impl<P: ClapPlugin> Of<P> {
        const FACTORY: &'static clap_plugin_factory = &clap_plugin_factory {
            get_plugin_count: Some(count),
            get_plugin_descriptor: Some(descriptor::<P>),
            create_plugin: Some(create::<P>),
        };
    }
    // SAFETY: not null, so CLAP's C text.
    if !id.is_null() && unsafe { CStr::from_ptr(id) } == CLAP_PLUGIN_FACTORY_ID {
        std::ptr::from_ref(Of::<P>::FACTORY).cast()
    } else {
        std::ptr::null()
    }
}

unsafe extern "C" fn count(_factory: *const clap_plugin_factory) -> u32 {
    1
}

/// The descriptor; made once, a library has one plugin.
fn description<P: ClapPlugin>() -> &'static PluginDescriptor {
    static DESCRIPTOR: OnceLock<PluginDescriptor> = OnceLock::new();
    DESCRIPTOR.get_or_init(PluginDescriptor::for_plugin::<P>)
}

unsafe extern "C" fn descriptor<P: ClapPlugin>(
    _factory: *const clap_plugin_factory,
    index: u32,
) -> *const clap_plugin_descriptor {
    if index == 0 { std::ptr::from_ref(description::<P>().clap_plugin_descriptor()) } else { std::ptr::null() }
}

unsafe extern "C" fn create<P: ClapPlugin>(
    _factory: *const clap_plugin_factory,
    host: *const clap_host,
    id: *const c_char,
) -> *const clap_plugin {
    // SAFETY: not null, so CLAP's C text; the host is the caller's.
    unsafe {
        if id.is_null() || CStr::from_ptr(id) != description::<P>().clap_id() {
            return std::ptr::null();
        }
        super::clap::create::<P>(host)
    }
}
