//! Keys that the window does not use go on to the host.
//!
//! On Linux nothing else does it: baseview drops what egui ignored, while the window keeps the keyboard's focus after every
//! click, so that Space would no longer play and stop. The key is sent on to the parent window, as its owner would have seen
//! it. macOS hands ignored keys on by itself; on Windows baseview swallows them (RustAudio/baseview pull request 260).

use std::sync::{Arc, Mutex, PoisonError};

use egui::{Key, Modifiers};

/// A key that was pressed or released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stroke {
    key: Key,
    is_pressed: bool,
    modifiers: Modifiers,
}

/// Strokes that wait to be sent on.
pub(crate) type Queue = Arc<Mutex<Vec<Stroke>>>;

/// Takes the host's keys out of egui's input, before any widget or the guard of Space sees them.
struct Tap {
    queue: Queue,
}

impl egui::Plugin for Tap {
    fn debug_name(&self) -> &'static str {
        "twobus host keys"
    }

    fn input_hook(&mut self, ctx: &egui::Context, input: &mut egui::RawInput) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        for event in &input.events {
            if let egui::Event::Key { key, pressed, modifiers, .. } = *event
                && !shared_ui::keys::is_needed(ctx, key)
            {
                queue.push(Stroke { key, is_pressed: pressed, modifiers });
            }
        }
    }
}

/// Begins to tap the input of a window.
pub(crate) fn install(ctx: &egui::Context, queue: Queue) {
    ctx.add_plugin(Tap { queue });
}

/// Sends strokes to the window's parent.
#[derive(Default)]
pub(crate) struct Forwarder {
    #[cfg(target_os = "linux")]
    server: Option<x11::Server>,
}

impl Forwarder {
    /// Sends on all that waits. `window` is the plugin's own.
    pub(crate) fn send(&mut self, window: &impl raw_window_handle::HasWindowHandle, queue: &Queue) {
        let strokes = std::mem::take(&mut *queue.lock().unwrap_or_else(PoisonError::into_inner));
        #[cfg(target_os = "linux")]
        if !strokes.is_empty() {
            if self.server.is_none() {
                self.server = x11::Server::of(window);
            }
            if let Some(server) = &self.server {
                for stroke in strokes {
                    server.send(stroke);
                }
            }
        }
        #[cfg(not(target_os = "linux"))]
        let _ = (strokes, window);
    }
}

#[cfg(target_os = "linux")]
mod x11 {
    use egui::{Key, Modifiers};
    use raw_window_handle::HasWindowHandle;
    use x11rb::connection::Connection as _;
    use x11rb::protocol::xproto::{
        ConnectionExt as _, EventMask, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, KeyButMask, KeyPressEvent,
    };
    use x11rb::rust_connection::RustConnection;

    use super::Stroke;

    /// A connection of our own: the window's belongs to baseview.
    pub(super) struct Server {
        connection: RustConnection,
        root: u32,
        parent: u32,
        child: u32,
        first_keycode: u8,
        keysyms_per_keycode: usize,
        keysyms: Vec<u32>,
    }

    impl Server {
        /// `None` where there is no X server to ask: then keys stay in the window, and nothing worse happens.
        pub(super) fn of(window: &impl HasWindowHandle) -> Option<Self> {
            let (connection, child) = super::super::x11::connect(window)?;
            let tree = connection.query_tree(child).ok()?.reply().ok()?;
            let (first, last) = (connection.setup().min_keycode, connection.setup().max_keycode);
            let count = last.checked_sub(first)?.saturating_add(1);
            let mapping = connection.get_keyboard_mapping(first, count).ok()?.reply().ok()?;
            Some(Self {
                root: tree.root,
                parent: tree.parent,
                child,
                first_keycode: first,
                keysyms_per_keycode: usize::from(mapping.keysyms_per_keycode).max(1),
                keysyms: mapping.keysyms,
                connection,
            })
        }

        fn keycode(&self, keysym: u32) -> Option<u8> {
            let row = self.keysyms.chunks(self.keysyms_per_keycode).position(|row| row.contains(&keysym))?;
            self.first_keycode.checked_add(u8::try_from(row).ok()?)
        }

        pub(super) fn send(&self, stroke: Stroke) {
            let Some(keycode) = keysym(stroke.key).and_then(|keysym| self.keycode(keysym)) else { return };
            let event = KeyPressEvent {
                response_type: if stroke.is_pressed { KEY_PRESS_EVENT } else { KEY_RELEASE_EVENT },
                detail: keycode,
                sequence: 0,
                time: x11rb::CURRENT_TIME,
                root: self.root,
                event: self.parent,
                child: self.child,
                root_x: 0,
                root_y: 0,
                event_x: 0,
                event_y: 0,
                state: mask(stroke.modifiers),
                same_screen: true,
            };
            // An empty mask goes to the client that made the parent: the host. A host that is gone is no error of ours.
            let _ = self.connection.send_event(false, self.parent, EventMask::NO_EVENT, event);
            let _ = self.connection.flush();
        }
    }

    fn mask(modifiers: Modifiers) -> KeyButMask {
        let mut mask = KeyButMask::default();
        for (is_down, bit) in [
            (modifiers.shift, KeyButMask::SHIFT),
            (modifiers.ctrl, KeyButMask::CONTROL),
            (modifiers.alt, KeyButMask::MOD1),
            (modifiers.mac_cmd, KeyButMask::MOD4),
        ] {
            if is_down {
                mask |= bit;
            }
        }
        mask
    }

    /// X keysyms (X11/keysymdef.h): Latin letters and digits are their ASCII codes.
    fn keysym(key: Key) -> Option<u32> {
        Some(match key {
            Key::Space => 0x20,
            Key::Backspace => 0xff08,
            Key::Tab => 0xff09,
            Key::Enter => 0xff0d,
            Key::Escape => 0xff1b,
            Key::Home => 0xff50,
            Key::ArrowLeft => 0xff51,
            Key::ArrowUp => 0xff52,
            Key::ArrowRight => 0xff53,
            Key::ArrowDown => 0xff54,
            Key::PageUp => 0xff55,
            Key::PageDown => 0xff56,
            Key::End => 0xff57,
            Key::Insert => 0xff63,
            Key::Delete => 0xffff,
            Key::Comma => u32::from(b','),
            Key::Minus => u32::from(b'-'),
            Key::Period => u32::from(b'.'),
            Key::Plus => u32::from(b'+'),
            Key::Equals => u32::from(b'='),
            Key::Semicolon => u32::from(b';'),
            Key::Slash => u32::from(b'/'),
            Key::Backslash => u32::from(b'\\'),
            Key::OpenBracket => u32::from(b'['),
            Key::CloseBracket => u32::from(b']'),
            Key::Backtick => u32::from(b'`'),
            Key::Quote => u32::from(b'\''),
            key => {
                let name = key.name().as_bytes();
                match name {
                    [letter @ (b'A'..=b'Z' | b'0'..=b'9')] => u32::from(letter.to_ascii_lowercase()),
                    [b'F', digits @ ..] => {
                        let number: u32 = std::str::from_utf8(digits).ok()?.parse().ok()?;
                        0xffbd + number
                    }
                    _ => return None,
                }
            }
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn keys_have_the_keysyms_of_x() {
            assert_eq!(keysym(Key::Space), Some(0x20));
            assert_eq!(keysym(Key::A), Some(0x61));
            assert_eq!(keysym(Key::Num7), Some(0x37));
            assert_eq!(keysym(Key::F1), Some(0xffbe));
            assert_eq!(keysym(Key::F12), Some(0xffc9));
        }
    }
}
