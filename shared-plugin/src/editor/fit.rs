//! The program's part in sizing: it draws at the scale that fits the window, and sends a person's wishes to the host.

use std::sync::Arc;
use std::time::Duration;

use egui::{Context, Vec2, ViewportCommand, vec2};
use nice_plug_egui::Frame as WindowFrame;
use nice_plug_egui::baseview::WindowSize;

use super::host_link::{Answer, Link};
use super::panel::Panel;
use super::resize::{LOOK_S, Sizing, Step, fitting_scale};
use crate::product::Product;

/// Two zooms nearer than this are the same.
const SAME_ZOOM: f32 = 1e-4;

/// Width and height at scale 1, points.
pub(crate) fn base_size<P: Product>() -> Vec2 {
    let [width, height] = P::Panel::SIZE;
    vec2(width, height)
}

/// What is known of the window's surroundings.
#[derive(Debug)]
struct Surroundings {
    /// Physical pixels for each point, before the zoom.
    system_scale: f32,
    /// The zoom that egui-baseview has been told.
    zoom: f32,
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
    #[cfg(target_os = "linux")]
    fn parent(&mut self, frame: &WindowFrame) -> Option<&x11::Parent> {
        if self.parent.is_none() {
            self.parent = x11::Parent::of(frame.baseview_window());
        }
        self.parent.as_ref()
    }

    /// What the outermost window around ours has for us below and to the right of our corner, pixels; `None` where it cannot
    /// be seen.
    fn room(&mut self, frame: &WindowFrame) -> Option<Vec2> {
        #[cfg(target_os = "linux")]
        {
            self.parent(frame).and_then(x11::Parent::room)
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = frame;
            None
        }
    }

    /// The size of the host's window around ours, pixels; `None` where it cannot be seen.
    fn parent_size(&mut self, frame: &WindowFrame) -> Option<Vec2> {
        #[cfg(target_os = "linux")]
        {
            self.parent(frame).and_then(x11::Parent::size)
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = frame;
            None
        }
    }
}

/// The size of the open window: what is drawn follows the size that it has, and a person's wishes go to the host.
pub(super) struct Fit {
    link: Arc<Link>,
    /// The window at scale 1, points.
    base: Vec2,
    sizing: Sizing,
    surroundings: Surroundings,
    /// A person asks for the scale that fits the host's window.
    wants_fitting: bool,
}

/// What came of a wish.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Outcome {
    /// This scale is to be kept for the windows to come.
    Keep(f32),
    /// The host keeps its window at this scale.
    Refused(f32),
    /// The scale that fits was asked for, and the host's window cannot be seen.
    NoRoomKnown,
}

impl Fit {
    /// For a product's windows; none is open.
    pub fn new<P: Product>(link: Arc<Link>) -> Self {
        Self {
            link,
            base: base_size::<P>(),
            sizing: Sizing::new(0.0, 1.0),
            surroundings: Surroundings::default(),
            wants_fitting: false,
        }
    }

    /// A window opens: its clock begins at zero.
    pub fn open(&mut self) {
        self.sizing = Sizing::new(0.0, 1.0);
        self.surroundings = Surroundings::default();
    }

    /// The window has gone.
    pub fn close(&mut self) {
        self.surroundings = Surroundings::default();
    }

    /// The window at scale 1, points.
    pub fn base(&self) -> Vec2 {
        self.base
    }

    /// The zoom at which this picture is drawn.
    pub fn zoom(&self) -> f32 {
        self.surroundings.zoom
    }

    /// A person asks for another scale.
    pub fn want(&mut self, scale: f32) {
        self.sizing.want(scale);
    }

    /// A person asks for the scale that fits the host's window.
    pub fn want_fitting(&mut self) {
        self.wants_fitting = true;
    }

    /// The window has this size, which egui-baseview tells with the zoom in its scale.
    pub fn resized(&self, size: WindowSize) {
        // The pixels are the window's.
        let system_scale = size.scale_factor / f64::from(self.surroundings.zoom);
        self.link.set_size(WindowSize::from_physical(size.physical, system_scale));
    }

    /// Lets the zoom follow the size that the window has. Before each picture.
    pub fn follow_window(&mut self, ctx: &Context, frame: &WindowFrame, now_s: f64) {
        let size = frame.baseview_window().size();
        let pixels = vec2(size.physical.width as f32, size.physical.height as f32);
        self.surroundings.system_scale = size.scale_factor as f32;
        let scale = fitting_scale(pixels, self.base * self.surroundings.system_scale);
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

    /// Changes to a size that the host has made room for and left to the window to fill. CLAP says that a host which grants
    /// a request need not call `set_size`; some VST3 hosts forget `onSize`. Where the host's own window can be seen (X11),
    /// its size is what counts, and not the word.
    pub fn fill_granted(&mut self, ctx: &Context, frame: &WindowFrame) {
        let Some(scale) = self.sizing.asked() else { return };
        let answer = self.link.answer();
        if !matches!(answer, Answer::Granted | Answer::PassedOn) {
            return;
        }
        let system_scale = self.surroundings.system_scale;
        let wanted = (self.base * scale * system_scale).round();
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

    /// Sends what a person asked for to the host, and answers what came of it, one thing at a time; `None` when there is
    /// nothing more. After each picture.
    pub fn step(&mut self, ctx: &Context, frame: Option<&WindowFrame>, now_s: f64) -> Option<Outcome> {
        if self.link.answer() == Answer::Refused {
            self.sizing.refused();
        }
        if std::mem::take(&mut self.wants_fitting) {
            match frame.and_then(|frame| self.surroundings.room(frame)) {
                // Down to a whole percent, so that it fits after rounding too.
                Some(room) => {
                    let scale = fitting_scale(room, self.base * self.surroundings.system_scale);
                    self.sizing.want((100.0 * scale).floor() / 100.0);
                }
                None => return Some(Outcome::NoRoomKnown),
            }
        }
        while let Some(step) = self.sizing.step(now_s) {
            match step {
                Step::Ask(scale) => {
                    self.surroundings.parent_before = frame.and_then(|frame| self.surroundings.parent_size(frame));
                    let system_scale = self.surroundings.system_scale;
                    self.link.ask(self.base * scale * system_scale, system_scale);
                }
                Step::Keep(scale) => return Some(Outcome::Keep(scale)),
                Step::TellRefusal => return Some(Outcome::Refused(self.sizing.scale())),
            }
        }
        if self.sizing.is_waiting() {
            ctx.request_repaint_after(Duration::from_secs_f64(LOOK_S));
        }
        None
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

        /// The room from our corner to the far corner of the outermost window that we lie in, pixels; `None` if one of them
        /// has gone.
        pub(super) fn room(&self) -> Option<Vec2> {
            let mut outer = self.window;
            loop {
                let tree = self.connection.query_tree(outer).ok()?.reply().ok()?;
                if tree.parent == tree.root || tree.parent == x11rb::NONE {
                    break;
                }
                outer = tree.parent;
            }
            let corner = self.connection.translate_coordinates(self.window, outer, 0, 0).ok()?.reply().ok()?;
            let all = self.connection.get_geometry(outer).ok()?.reply().ok()?;
            let room = vec2(f32::from(all.width), f32::from(all.height));
            Some(room - vec2(f32::from(corner.dst_x), f32::from(corner.dst_y)).max(Vec2::ZERO))
        }

        /// Pixels; `None` if it has gone.
        pub(super) fn size(&self) -> Option<Vec2> {
            let geometry = self.connection.get_geometry(self.window).ok()?.reply().ok()?;
            Some(vec2(f32::from(geometry.width), f32::from(geometry.height)))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::editor::test_window::window;

    #[test]
    fn a_scale_that_the_host_does_not_give_changes_nothing() {
        let mut window = window();
        window.press("Settings");
        window.press("Window size 125 %");
        // There is no host behind this window: its question is refused.
        window.harness.run_steps(10);
        let mut app = window.app.lock().expect("no test panicked");
        assert_eq!((app.fit.sizing.scale(), app.fit.sizing.is_waiting()), (1.0, false));
        assert_eq!(window.harness.ctx.zoom_factor(), 1.0);
        assert_eq!(window.library().preferences().scale, 1.0);
        let note = app.bottom_line.message(None, 0, true, false).expect("the window says why");
        assert!(note.text.contains("100 %"), "{note:?}");
    }

    #[test]
    fn a_window_that_nothing_is_known_of_is_left_as_it_is_and_says_so() {
        let mut window = window();
        window.press("Settings");
        window.press("Fit to the host's window");
        let mut app = window.app.lock().expect("no test panicked");
        assert_eq!(app.fit.sizing.scale(), 1.0);
        let note = app.bottom_line.message(None, 0, true, false).expect("the window says why");
        assert!(note.text.contains("drag the corner"), "{note:?}");
    }
}
