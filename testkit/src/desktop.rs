//! A desktop for tests: an X server, and a DAW that is a plain window on it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ChangeWindowAttributesAux, ConfigureWindowAux, ConnectionExt as _,
    CreateWindowAux, EventMask, ImageFormat, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, MOTION_NOTIFY_EVENT, StackMode,
    WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// XK_space of X11/keysymdef.h.
const SPACE_KEYSYM: u32 = 0x20;

/// An X server of the test's own, gone when it is dropped.
pub struct Server {
    process: Child,
    /// Threads of this program before any window was opened.
    threads: usize,
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

impl Server {
    /// Starts it and sets `DISPLAY`: to be called first thing in a program with one test.
    pub fn start() -> Self {
        let mut process = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb (cargo xtask test installs it)");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("Xvfb's display");
        // SAFETY: called first thing in a program with one test, before any thread that reads the environment.
        unsafe { std::env::set_var("DISPLAY", format!(":{}", line.trim())) };
        Self { process, threads: threads() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A window's thread takes its leave from the server after the window was closed, and Xlib ends the program when the
        // server is gone first.
        let end = Instant::now() + Duration::from_secs(10);
        while threads() > self.threads + 1 && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(50));
        }
        std::thread::sleep(Duration::from_millis(500));
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The DAW: a window that gets the keys nobody else wants.
pub struct Daw {
    connection: RustConnection,
    root: u32,
    /// Its window, at the top left of the screen.
    pub window: u32,
}

impl Daw {
    /// Opens it, 1200 x 700 pixels.
    pub fn open() -> Self {
        let (connection, screen) = x11rb::connect(None).expect("the X server");
        let root = connection.setup().roots[screen].root;
        let window = connection.generate_id().expect("an id");
        let aux = CreateWindowAux::new().event_mask(EventMask::KEY_PRESS | EventMask::KEY_RELEASE);
        let (depth, visual) = (x11rb::COPY_DEPTH_FROM_PARENT, x11rb::COPY_FROM_PARENT);
        connection
            .create_window(depth, window, root, 0, 0, 1200, 700, 0, WindowClass::INPUT_OUTPUT, visual, &aux)
            .expect("a window");
        connection.map_window(window).expect("mapped");
        connection.sync();
        Self { connection, root, window }
    }

    fn fake(&self, event: u8, detail: u8, x: i16, y: i16) {
        self.connection.xtest_fake_input(event, detail, 0, self.root, x, y, 0).expect("XTEST");
        self.connection.sync();
        // A person's hand is slower than a picture, and software drawing takes its time.
        std::thread::sleep(Duration::from_millis(30));
    }

    /// Drags from a place 20 pixels up.
    pub fn drag(&self, x: i16, y: i16) {
        self.fake(MOTION_NOTIFY_EVENT, 0, x, y);
        self.fake(BUTTON_PRESS_EVENT, 1, x, y);
        self.fake(MOTION_NOTIFY_EVENT, 0, x, y - 12);
        self.fake(MOTION_NOTIFY_EVENT, 0, x, y - 20);
        self.fake(BUTTON_RELEASE_EVENT, 1, x, y - 20);
    }

    /// Drags from one place to another in steps, calling `between` after each, as an idle host would be.
    pub fn drag_to(&self, from: (i16, i16), to: (i16, i16), mut between: impl FnMut()) {
        const STEPS: i32 = 8;
        self.fake(MOTION_NOTIFY_EVENT, 0, from.0, from.1);
        between();
        self.fake(BUTTON_PRESS_EVENT, 1, from.0, from.1);
        for step in 1..=STEPS {
            let at = |from: i16, to: i16| (i32::from(from) + i32::from(to - from) * step / STEPS) as i16;
            self.fake(MOTION_NOTIFY_EVENT, 0, at(from.0, to.0), at(from.1, to.1));
            between();
        }
        self.fake(BUTTON_RELEASE_EVENT, 1, to.0, to.1);
        between();
    }

    /// Moves the pointer.
    pub fn point(&self, x: i16, y: i16) {
        self.fake(MOTION_NOTIFY_EVENT, 0, x, y);
    }

    /// Clicks at a place.
    pub fn click(&self, x: i16, y: i16) {
        self.fake(MOTION_NOTIFY_EVENT, 0, x, y);
        self.fake(BUTTON_PRESS_EVENT, 1, x, y);
        self.fake(BUTTON_RELEASE_EVENT, 1, x, y);
    }

    /// Presses a key and lets it go.
    pub fn press(&self, keycode: u8) {
        self.fake(KEY_PRESS_EVENT, keycode, 0, 0);
        self.fake(KEY_RELEASE_EVENT, keycode, 0, 0);
    }

    /// Keys that reached the DAW within a second: (keycode, pressed).
    pub fn keys(&self) -> Vec<(u8, bool)> {
        let end = Instant::now() + Duration::from_secs(1);
        let mut keys = Vec::new();
        while Instant::now() < end {
            match self.connection.poll_for_event().expect("an event") {
                Some(Event::KeyPress(key)) => keys.push((key.detail, true)),
                Some(Event::KeyRelease(key)) => keys.push((key.detail, false)),
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        keys
    }

    /// Opens a frame for a plugin's window at the top left of the screen, as large as that window, and above all others. One
    /// that `redirects` keeps to itself what is asked of the X server for the window inside, as GTK's sockets do.
    pub fn frame(&self, size: (u32, u32), redirects: bool) -> Frame<'_> {
        self.frame_at((0, 0), size, redirects)
    }

    /// [`Daw::frame`] at another place of the screen.
    pub fn frame_at(&self, (x, y): (i16, i16), (width, height): (u32, u32), redirects: bool) -> Frame<'_> {
        let window = self.connection.generate_id().expect("an id");
        let mask = if redirects { EventMask::SUBSTRUCTURE_REDIRECT } else { EventMask::NO_EVENT };
        let aux = CreateWindowAux::new().event_mask(mask);
        let (depth, visual) = (x11rb::COPY_DEPTH_FROM_PARENT, x11rb::COPY_FROM_PARENT);
        let (width, height) = (width as u16, height as u16);
        self.connection
            .create_window(depth, window, self.root, x, y, width, height, 0, WindowClass::INPUT_OUTPUT, visual, &aux)
            .expect("a window");
        self.connection.map_window(window).expect("mapped");
        self.connection.sync();
        Frame { daw: self, window, redirects }
    }

    /// Lays a plain window over everything, until it is dropped.
    pub fn cover(&self, at: (i16, i16), size: (u32, u32)) -> Frame<'_> {
        let cover = self.frame_at(at, size, false);
        let aux = ChangeWindowAttributesAux::new().background_pixel(0x00ff_00ff);
        self.connection.change_window_attributes(cover.window, &aux).expect("a request");
        self.connection.clear_area(false, cover.window, 0, 0, 0, 0).expect("a request");
        self.connection.sync();
        cover
    }

    /// Forgets every event so far.
    pub fn forget(&self) {
        while self.connection.poll_for_event().expect("an event").is_some() {}
    }

    /// The code of the space bar.
    pub fn space(&self) -> u8 {
        let setup = self.connection.setup();
        let (first, count) = (setup.min_keycode, setup.max_keycode - setup.min_keycode + 1);
        let map = self.connection.get_keyboard_mapping(first, count).expect("a request").reply().expect("a keyboard");
        let row = map.keysyms.chunks(usize::from(map.keysyms_per_keycode)).position(|row| row.contains(&SPACE_KEYSYM));
        first + row.expect("a space bar") as u8
    }
}

/// The DAW's window around a plugin's.
pub struct Frame<'a> {
    daw: &'a Daw,
    /// Its X11 id.
    pub window: u32,
    redirects: bool,
}

impl Frame<'_> {
    /// The plugin's window, once it is there.
    pub fn plugin(&self) -> Option<u32> {
        let tree = self.daw.connection.query_tree(self.window).expect("a request").reply().expect("the frame");
        tree.children.first().copied()
    }

    /// The size of the plugin's window.
    pub fn plugin_size(&self) -> Option<(u32, u32)> {
        let geometry = self.daw.connection.get_geometry(self.plugin()?).expect("a request").reply().ok()?;
        Some((geometry.width.into(), geometry.height.into()))
    }

    /// Takes another size, and where it redirects gives the plugin's window the same, as a socket does.
    pub fn resize(&self, (width, height): (u32, u32)) {
        let aux = ConfigureWindowAux::new().width(width).height(height);
        let plugin = if self.redirects { self.plugin() } else { None };
        for window in [self.window].into_iter().chain(plugin) {
            self.daw.connection.configure_window(window, &aux).expect("a request");
        }
        self.daw.connection.sync();
    }

    /// Lays it over all others.
    pub fn raise(&self) {
        let aux = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
        self.daw.connection.configure_window(self.window, &aux).expect("a request");
        self.daw.connection.sync();
    }

    /// Maps the plugin's window, which an X server leaves to one that redirects.
    pub fn serve(&self) {
        while let Some(event) = self.daw.connection.poll_for_event().expect("an event") {
            if let Event::MapRequest(request) = event {
                self.daw.connection.map_window(request.window).expect("mapped");
            }
        }
        self.daw.connection.sync();
    }

    /// The pixels of a rectangle of the frame: x, y, width, height.
    pub fn picture(&self, (x, y, width, height): (i16, i16, u16, u16)) -> Vec<u8> {
        let image = self.daw.connection.get_image(ImageFormat::Z_PIXMAP, self.window, x, y, width, height, !0);
        // Children are part of what a window shows (`IncludeInferiors` is how images are taken).
        image.expect("a request").reply().expect("an image").data
    }
}

impl Drop for Frame<'_> {
    fn drop(&mut self) {
        let _ = self.daw.connection.destroy_window(self.window);
        let _ = self.daw.connection.flush();
    }
}

/// Waits for a round trip, so that the server has done all that was asked.
trait Sync {
    fn sync(&self);
}

impl Sync for RustConnection {
    fn sync(&self) {
        self.get_input_focus().expect("a request").reply().expect("an answer");
    }
}
