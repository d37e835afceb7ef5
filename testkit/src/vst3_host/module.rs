//! A bundle's library and its factory.

use std::ffi::c_void;
use std::path::Path;
use std::sync::Arc;

use vst3::ComPtr;
use vst3::Steinberg::{
    IPluginFactory, IPluginFactory2, IPluginFactory2Trait, IPluginFactoryTrait, PClassInfo, PClassInfo2, TUID,
    kResultOk,
};

/// A loaded `.vst3` bundle. Never unloaded: a library with thread-local storage cannot be, safely.
pub struct Module {
    pub(super) factory: ComPtr<IPluginFactory>,
    library: &'static libloading::Library,
}

/// What the factory says of an audio effect.
#[derive(Clone, Debug)]
pub struct ClassInfo {
    /// The class id.
    pub cid: TUID,
    /// The plugin's name.
    pub name: String,
    /// Sub-categories, separated by bars ("Fx|Dynamics").
    pub sub_categories: String,
    /// Who makes it.
    pub vendor: String,
    /// Its version.
    pub version: String,
}

fn text(chars: &[std::ffi::c_char]) -> String {
    let bytes: Vec<u8> = chars.iter().take_while(|&&c| c != 0).map(|&c| c as u8).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(super) fn wide_text(chars: &[u16]) -> String {
    let end = chars.iter().position(|&c| c == 0).unwrap_or(chars.len());
    String::from_utf16_lossy(&chars[..end])
}

impl Module {
    /// Loads the library of a bundle for this machine and runs its entry.
    ///
    /// # Errors
    ///
    /// What is missing, or what the loader said.
    pub fn load(bundle: &Path) -> Result<Arc<Self>, String> {
        let name = bundle.file_stem().ok_or("a bundle has a name")?.to_string_lossy().into_owned();
        let path = bundle.join(format!("Contents/{}-linux/{name}.so", std::env::consts::ARCH));
        // SAFETY: the bundle is the one under test; running its code is the point.
        let library = unsafe { libloading::Library::new(&path) }.map_err(|error| error.to_string())?;
        let library: &'static libloading::Library = Box::leak(Box::new(library));
        // SAFETY: the signatures are those of the VST3 specification for Linux; the pointer is a factory or null.
        let factory = unsafe {
            let entry: libloading::Symbol<'_, unsafe extern "C" fn(*mut c_void) -> bool> =
                library.get(b"ModuleEntry").map_err(|error| error.to_string())?;
            // The handle is that of dlopen; this suite's plugins do not use it, and libloading does not lend it.
            if !entry(std::ptr::null_mut()) {
                return Err("ModuleEntry failed".into());
            }
            ComPtr::from_raw(Self::raw_factory(library)?).ok_or("no factory")?
        };
        Ok(Arc::new(Self { factory, library }))
    }

    fn raw_factory(library: &libloading::Library) -> Result<*mut IPluginFactory, String> {
        // SAFETY: the signature is the specification's.
        unsafe {
            let get: libloading::Symbol<'_, unsafe extern "system" fn() -> *mut c_void> =
                library.get(b"GetPluginFactory").map_err(|error| error.to_string())?;
            Ok(get().cast())
        }
    }

    /// The bundle's exported `GetPluginFactory`: it makes an object on the heap, which tests of the counters use.
    ///
    /// # Panics
    ///
    /// If the bundle has none, which [`Module::load`] has already excluded.
    pub fn get_plugin_factory(&self) -> unsafe extern "system" fn() -> *mut c_void {
        // SAFETY: the signature is the specification's; the library is never unloaded.
        unsafe { *self.library.get(b"GetPluginFactory").expect("load found it") }
    }

    /// The audio effects in the bundle.
    pub fn classes(&self) -> Vec<ClassInfo> {
        let factory2 = self.factory.cast::<IPluginFactory2>();
        // SAFETY: plain calls with room for the answers, which are plain data.
        unsafe {
            (0..self.factory.countClasses())
                .filter_map(|index| {
                    let mut info: PClassInfo = std::mem::zeroed();
                    let found = self.factory.getClassInfo(index, &mut info) == kResultOk
                        && text(&info.category) == "Audio Module Class";
                    let mut more: PClassInfo2 = std::mem::zeroed();
                    if let Some(factory2) = &factory2 {
                        factory2.getClassInfo2(index, &mut more);
                    }
                    found.then(|| ClassInfo {
                        cid: info.cid,
                        name: text(&info.name),
                        sub_categories: text(&more.subCategories),
                        vendor: text(&more.vendor),
                        version: text(&more.version),
                    })
                })
                .collect()
        }
    }
}
