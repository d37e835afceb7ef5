//! Which keys the window needs now; every other key is the host's.

use egui::{Context, Id, Key, Popup};

/// What the window does with the keyboard at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// Text is being edited: every key is the window's, Space and Backspace included.
    Text,
    /// A control has focus or a menu is open: the keys of [`CONTROL_KEYS`] are the window's, and those that it has claimed.
    Control,
    /// Nothing is being used but Tab, which brings the keyboard into the window.
    Tab,
}

/// Keys that a focused control or an open menu takes. Never Space; Backspace and Delete only where a part asked for them
/// ([`claim_delete`]): in hosts they play, stop and remove.
pub const CONTROL_KEYS: [Key; 9] = [
    Key::Tab,
    Key::Enter,
    Key::Escape,
    Key::ArrowUp,
    Key::ArrowDown,
    Key::ArrowLeft,
    Key::ArrowRight,
    Key::PageUp,
    Key::PageDown,
];

/// What the window does with the keyboard now. The shell asks after each frame and passes all other keys on.
pub fn key_use(ctx: &Context) -> KeyUse {
    if ctx.text_edit_focused() {
        KeyUse::Text
    } else if ctx.memory(|memory| memory.focused().is_some()) || Popup::is_any_open(ctx) {
        KeyUse::Control
    } else {
        KeyUse::Tab
    }
}

/// Lets the part with this id have Delete and Backspace while it has focus: for what a person placed and may remove.
pub fn claim_delete(ctx: &Context, id: Id) {
    claim(ctx, id, &[Key::Delete, Key::Backspace]);
}

/// Lets the part with this id have these keys while it has focus, besides [`CONTROL_KEYS`]. One part at a time may have keys of its
/// own: whoever claimed last.
pub fn claim(ctx: &Context, id: Id, keys: &'static [Key]) {
    ctx.data_mut(|data| data.insert_temp(Id::unique("twobus claimed keys"), (id, keys)));
}

/// The keys that the part with focus has claimed.
pub fn claimed(ctx: &Context) -> &'static [Key] {
    let claimed: Option<(Id, &'static [Key])> = ctx.data(|data| data.get_temp(Id::unique("twobus claimed keys")));
    match claimed {
        Some((id, keys)) if ctx.memory(|memory| memory.focused()) == Some(id) => keys,
        _ => &[],
    }
}

/// Whether the window needs this key now.
pub fn is_needed(ctx: &Context, key: Key) -> bool {
    match key_use(ctx) {
        KeyUse::Text => true,
        KeyUse::Control => CONTROL_KEYS.contains(&key) || claimed(ctx).contains(&key),
        KeyUse::Tab => key == Key::Tab,
    }
}
