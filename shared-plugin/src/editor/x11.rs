//! The way to the X server that a window of ours lives on.

use raw_window_handle::{HasWindowHandle, RawWindowHandle};
use x11rb::rust_connection::RustConnection;

/// A connection of our own, and the window's id; `None` where there is no X server to ask.
pub(super) fn connect(window: &impl HasWindowHandle) -> Option<(RustConnection, u32)> {
    let id = match window.window_handle().ok()?.as_raw() {
        RawWindowHandle::Xlib(handle) => u32::try_from(handle.window).ok()?,
        RawWindowHandle::Xcb(handle) => handle.window.get(),
        _ => return None,
    };
    let (connection, _) = x11rb::connect(None).ok()?;
    Some((connection, id))
}
