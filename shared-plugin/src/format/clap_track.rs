//! The track that the host says the plugin is on, in CLAP.

use clap_sys::ext::track_info::{
    CLAP_EXT_TRACK_INFO, CLAP_EXT_TRACK_INFO_COMPAT, CLAP_TRACK_INFO_HAS_TRACK_NAME, clap_host_track_info,
    clap_plugin_track_info, clap_track_info,
};
use clap_sys::plugin::clap_plugin;

use super::clap_guarded::{Guarded, guarded};
use super::clap_timer::extension;

/// Told by the host when the track changes.
pub(super) static TRACK_INFO: clap_plugin_track_info = clap_plugin_track_info { changed: Some(changed) };

unsafe extern "C" fn changed(plugin: *const clap_plugin) {
    // SAFETY: the host calls on its plugin, on its main thread.
    unsafe {
        if let Some(this) = guarded(plugin) {
            ask(this);
        }
    }
}

/// Asks the host for the track's name; one that has none to tell leaves it as it was.
///
/// # Safety
///
/// On the main thread, while the plugin lives.
pub(super) unsafe fn ask(this: &Guarded) {
    // SAFETY: the caller's promise; the extension is what CLAP says, and the host fills what it is given.
    unsafe {
        let ids = [CLAP_EXT_TRACK_INFO, CLAP_EXT_TRACK_INFO_COMPAT];
        let found = ids.into_iter().find_map(|id| extension::<clap_host_track_info>(this.host, id)?.get);
        let Some(get) = found else { return };
        let mut info: clap_track_info = std::mem::zeroed();
        if get(this.host, &raw mut info) && info.flags & CLAP_TRACK_INFO_HAS_TRACK_NAME != 0 {
            let bytes = info.name.map(|c| c as u8);
            // A host that forgets the end gets all of it.
            let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
            this.link.taps.set_track(&String::from_utf8_lossy(&bytes[..end]));
        }
    }
}
