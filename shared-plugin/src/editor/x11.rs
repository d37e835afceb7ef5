//! The way to the X server that a window of ours lives on.

use raw_window_handle::{HasWindowHandle, RawWindowHandle};
use x11rb::connection::RequestConnection as _;
use x11rb::protocol::present;
use x11rb::protocol::xproto::{ConnectionExt as _, EventMask, MAP_NOTIFY_EVENT, MapNotifyEvent};
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

/// Lets a window that is not mapped yet hear of the pictures that are due. To be called before its thread serves events.
///
/// baseview 0.4.2 begins to listen for them at `MapNotify`. If a picture is asked for before that (sound already plays, or
/// the host takes its time to show the window), the X server's answer reaches nobody, baseview waits for it for ever, and
/// the window stays blank. A `MapNotify` of our own makes it listen at once; that of the server then changes nothing.
pub(super) fn listen_early(window: &impl HasWindowHandle) {
    let Some((connection, window)) = connect(window) else { return };
    // Without the extension baseview draws by a timer, and would begin a second one.
    if !matches!(connection.extension_information(present::X11_EXTENSION_NAME), Ok(Some(_))) {
        return;
    }
    let event = MapNotifyEvent { response_type: MAP_NOTIFY_EVENT, event: window, window, ..MapNotifyEvent::default() };
    if connection.send_event(false, window, EventMask::STRUCTURE_NOTIFY, event).is_ok() {
        // An answer to anything means that the event was sent.
        let _ = connection.get_input_focus().map(|cookie| cookie.reply());
    }
}

/// Keeps the graphics library that the window uses in memory. For the window's thread, once it draws with it.
///
/// libEGL leaves each thread a destructor to be called at its end, and baseview 0.4.2 unloads the library with its last
/// window, whose thread need not be the last to end: it does not always wait for them. Another window's thread that is
/// just ending then calls what is gone, and the host goes down.
pub(super) fn keep_graphics_loaded() {
    for name in [c"libEGL.so.1", c"libGLX.so.0"] {
        // SAFETY: a name that ends; only marks what is loaded already, and nothing else is done with the handle.
        unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE) };
    }
}
