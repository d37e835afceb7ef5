//! The program's part in sizing: it draws at the scale that fits the window, and sends a person's wishes to the host.

use std::time::Duration;

use egui::{Context, Vec2, ViewportCommand, vec2};
use nice_plug_egui::Frame as WindowFrame;
use shared_ui::message_line::Severity;

use super::app::App;
use super::resize::{LOOK_S, Step, fitting_scale};
use super::window::{Answer, base_size};
use crate::product::Product;

/// Two zooms nearer than this are the same.
const SAME_ZOOM: f32 = 1e-4;

/// What is known of the window's surroundings.
#[derive(Debug)]
pub(crate) struct Surroundings {
    /// Physical pixels for each point, before the zoom.
    system_scale: f32,
    /// The zoom that egui-baseview has been told.
    pub(super) zoom: f32,
    /// The parent's size when the host was asked for another.
    parent_before: Option<Vec2>,
    #[cfg(target_os = "linux")]
    parent: Option<x11::Parent>,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            system_scale: 1.0,
            zoom: 1.0,
            parent_before: None,
            #[cfg(target_os = "linux")]
            parent: None,
        }
    }
}

impl Surroundings {
    /// The size of the host's window around ours, pixels; `None` where it cannot be seen.
    fn parent_size(&mut self, frame: &WindowFrame) -> Option<Vec2> {
        #[cfg(target_os = "linux")]
        {
            if self.parent.is_none() {
                self.parent = x11::Parent::of(frame.baseview_window());
            }
            self.parent.as_ref().and_then(x11::Parent::size)
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = frame;
            None
        }
    }
}

impl<P: Product> App<P> {
    /// Lets the zoom follow the size that the window has. Before each picture.
    pub(super) fn follow_window(&mut self, ctx: &Context, frame: &WindowFrame, now_s: f64) {
        let size = frame.baseview_window().size();
        let pixels = vec2(size.physical.width as f32, size.physical.height as f32);
        self.surroundings.system_scale = size.scale_factor as f32;
        let scale = fitting_scale(pixels, base_size::<P>() * self.surroundings.system_scale);
        self.sizing.stands(scale, now_s);
        let zoom = ctx.zoom_factor();
        if (scale - zoom).abs() > SAME_ZOOM {
            // egui takes a zoom from the next pass on: this one still hears clicks, and is not shown.
            ctx.set_zoom_factor(scale);
            ctx.request_discard("the window has another size");
        }
        if zoom != self.surroundings.zoom {
            // egui-baseview answers a new zoom with a new size, unless it is told that the size is right.
            self.surroundings.zoom = zoom;
            let points = pixels / (self.surroundings.system_scale * zoom);
            ctx.send_viewport_cmd(ViewportCommand::InnerSize(points));
        }
    }

    /// Takes a size that the host has made room for and left to the window to fill. CLAP says that a host which grants a
    /// request need not call `set_size`; some VST3 hosts forget `onSize`. Where the host's own window can be seen (X11), its
    /// size is what counts, and not the word.
    pub(super) fn take_granted(&mut self, ctx: &Context, frame: &WindowFrame) {
        let Some(scale) = self.sizing.asked() else { return };
        let answer = self.link.answer();
        if !matches!(answer, Answer::Granted | Answer::PassedOn) {
            return;
        }
        let system_scale = self.surroundings.system_scale;
        let wanted = (base_size::<P>() * scale * system_scale).round();
        let is_there = match self.surroundings.parent_size(frame) {
            Some(parent) => {
                let is_moved = self.surroundings.parent_before.is_some_and(|before| before != parent);
                let has_room = parent.x + 0.5 > wanted.x && parent.y + 0.5 > wanted.y;
                has_room && (is_moved || answer == Answer::Granted)
            }
            None => answer == Answer::Granted,
        };
        if is_there {
            ctx.send_viewport_cmd(ViewportCommand::InnerSize(wanted / (system_scale * ctx.zoom_factor())));
        }
    }

    /// Sends what a person asked for to the host, and keeps what came. After each picture.
    pub(super) fn run_sizing(&mut self, ctx: &Context, frame: Option<&WindowFrame>, now_s: f64) {
        if self.link.answer() == Answer::Refused {
            self.sizing.refused();
        }
        while let Some(step) = self.sizing.step(now_s) {
            match step {
                Step::Ask(scale) => {
                    self.surroundings.parent_before = frame.and_then(|frame| self.surroundings.parent_size(frame));
                    let system_scale = self.surroundings.system_scale;
                    self.link.ask(base_size::<P>() * scale * system_scale, system_scale);
                }
                Step::Keep(scale) => self.keep_scale(scale),
                Step::TellRefusal => {
                    let percent = (100.0 * self.sizing.scale()).round();
                    self.note = Some((Severity::Note, format!("The host keeps its window at {percent:.0} %")));
                    ctx.request_repaint();
                }
            }
        }
        if self.sizing.is_waiting() {
            ctx.request_repaint_after(Duration::from_secs_f64(LOOK_S));
        }
    }
}

#[cfg(target_os = "linux")]
mod x11 {
    use egui::{Vec2, vec2};
    use raw_window_handle::HasWindowHandle;
    use x11rb::protocol::xproto::ConnectionExt as _;
    use x11rb::rust_connection::RustConnection;

    /// The window around ours, seen through a connection of our own: the window's belongs to baseview.
    pub(super) struct Parent {
        connection: RustConnection,
        window: u32,
    }

    impl std::fmt::Debug for Parent {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("Parent").field("window", &self.window).finish_non_exhaustive()
        }
    }

    impl Parent {
        /// `None` where there is no X server to ask.
        pub(super) fn of(window: &impl HasWindowHandle) -> Option<Self> {
            let (connection, child) = super::super::x11::connect(window)?;
            let window = connection.query_tree(child).ok()?.reply().ok()?.parent;
            Some(Self { connection, window })
        }

        /// Pixels; `None` if it has gone.
        pub(super) fn size(&self) -> Option<Vec2> {
            let geometry = self.connection.get_geometry(self.window).ok()?.reply().ok()?;
            Some(vec2(f32::from(geometry.width), f32::from(geometry.height)))
        }
    }
}
