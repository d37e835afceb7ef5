//! The window's size, asked for from inside: a host that gives it, one that refuses, one that answers late and one that
//! never does, in both formats; with a frame that lets the plugin's window do as it likes, and one that redirects (GTK).
#![cfg(target_os = "linux")]

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::time::{Duration, Instant};

use testkit::desktop::{Daw, Frame, Server};
use testkit::vst3_host;
use testkit::vst3_view::{ResizeAnswer, View};
use testkit::{Format, Plugin};

/// What the host does when it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manners {
    /// Resizes its frame and calls the plugin.
    Grants,
    /// Resizes its frame and leaves the rest to the plugin, as CLAP allows.
    GrantsAndLeaves,
    Refuses,
    /// Says yes, and does it after 0.4 s.
    IsLate,
    /// Says yes, and does nothing.
    Forgets,
    /// Gives it, but never answers `request_callback`: it runs timers alone, as Qtractor 0.9.31. CLAP only.
    HasTimersOnly,
}

enum Open {
    Clap(Box<RefCell<host::Instance>>),
    Vst3(View, #[expect(dead_code, reason = "goes after its view")] Box<vst3_host::Instance>),
}

struct Window<'a> {
    open: Open,
    frame: Frame<'a>,
    manners: Cell<Manners>,
    /// What was asked for and not given, and since when.
    pending: Cell<Option<((u32, u32), Instant)>>,
    /// Everything that was asked for.
    asked: RefCell<Vec<(u32, u32)>>,
}

impl<'a> Window<'a> {
    fn open(daw: &'a Daw, plugin: Plugin, format: Format, redirects: bool, size: (u32, u32)) -> Self {
        let frame = daw.frame(size, redirects);
        let open = match format {
            Format::Clap => {
                let bundle = host::Bundle::load(plugin.clap()).expect("a bundle");
                let id = bundle.plugins()[0].id.clone();
                let mut instance = host::Instance::new(&bundle, &id).expect("an instance");
                let opened = instance.open_window(frame.window.into()).expect("a window");
                assert_eq!((opened.width, opened.height), size, "the size it opens with");
                Open::Clap(Box::new(RefCell::new(instance)))
            }
            Format::Vst3 => {
                let module = vst3_host::Module::load(&plugin.vst3()).expect("a module");
                let instance = vst3_host::Instance::new(&module, &module.classes()[0].cid).expect("an instance");
                let view = View::open(&instance, frame.window).expect("a window");
                assert_eq!(view.size(), Some(size), "the size it opens with");
                Open::Vst3(view, Box::new(instance))
            }
        };
        let window = Self {
            open,
            frame,
            manners: Cell::new(Manners::Grants),
            pending: Cell::default(),
            asked: RefCell::default(),
        };
        // A frame that redirects maps the window when its loop runs again, which may be busy: until then nothing is drawn.
        std::thread::sleep(Duration::from_millis(100));
        window.run(1.5);
        window
    }

    fn have(&self, manners: Manners) {
        self.manners.set(manners);
        match &self.open {
            Open::Clap(instance) => instance.borrow_mut().refuse_resizing(manners == Manners::Refuses),
            Open::Vst3(view, _) => view.answer(match manners {
                Manners::Grants => ResizeAnswer::Grant,
                Manners::Refuses => ResizeAnswer::Refuse,
                _ => ResizeAnswer::Later,
            }),
        }
    }

    /// Gives the window a size, from the host's side.
    fn give(&self, size: (u32, u32)) {
        self.frame.resize(size);
        match &self.open {
            Open::Clap(instance) => {
                let size = host::WindowSize { width: size.0, height: size.1 };
                instance.borrow_mut().set_size(size).expect("taken");
            }
            Open::Vst3(view, _) => assert!(view.set_size(size), "onSize"),
        }
    }

    /// One round of an idle host.
    fn pump(&self) {
        self.frame.serve();
        let requests = match &self.open {
            Open::Clap(instance) => {
                let mut instance = instance.borrow_mut();
                if self.manners.get() == Manners::HasTimersOnly {
                    assert_eq!(instance.run_timers(), 1, "an open window has one timer");
                } else {
                    instance.pump_main_thread();
                }
                instance.requested_size().map(|size| (size.width, size.height)).into_iter().collect()
            }
            Open::Vst3(view, _) => {
                view.pump();
                view.take_requests()
            }
        };
        self.asked.borrow_mut().extend(&requests);
        if let Some(&size) = requests.last() {
            match self.manners.get() {
                Manners::Grants | Manners::HasTimersOnly => self.give(size),
                Manners::GrantsAndLeaves => self.frame.resize(size),
                Manners::IsLate => self.pending.set(Some((size, Instant::now()))),
                Manners::Refuses | Manners::Forgets => {}
            }
        }
        if let Some((size, since)) = self.pending.get()
            && since.elapsed() > Duration::from_millis(400)
        {
            self.pending.set(None);
            self.give(size);
        }
    }

    fn run(&self, seconds: f64) {
        let end = Instant::now() + Duration::from_secs_f64(seconds);
        while Instant::now() < end {
            self.pump();
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Drags the grip by so many pixels.
    fn drag_grip(&self, daw: &Daw, (dx, dy): (i16, i16)) {
        let (width, height) = self.size();
        let corner = (width as i16 - 6, height as i16 - 6);
        // A busy machine may draw nothing between press and release, which then is no drag.
        for _ in 0..4 {
            daw.drag_to(corner, (corner.0 + dx, corner.1 + dy), || self.pump());
            let end = Instant::now() + Duration::from_secs(1);
            while Instant::now() < end {
                if !self.asked.borrow().is_empty() {
                    return;
                }
                self.run(0.01);
            }
        }
    }

    fn size(&self) -> (u32, u32) {
        self.frame.plugin_size().expect("a plugin's window")
    }

    /// The size that the plugin tells the host.
    fn told_size(&self) -> (u32, u32) {
        match &self.open {
            Open::Clap(instance) => {
                let size = instance.borrow_mut().window_size().expect("a size");
                (size.width, size.height)
            }
            Open::Vst3(view, _) => view.size().expect("a size"),
        }
    }

    /// The plugin's name and its preset menu: large letters that show any zoom.
    fn picture(&self) -> Vec<u8> {
        self.frame.picture((0, 0, 240, 32))
    }
}

/// The scale that the plugin keeps for its next window.
fn kept_scale(config: &Path) -> f64 {
    let text = std::fs::read_to_string(config.join("twobus/org.twobus.glue/window.toml")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("scale = ")).unwrap_or("1.0");
    line.parse().expect("a number")
}

fn forget_scale(config: &Path) {
    let _ = std::fs::remove_dir_all(config.join("twobus"));
}

const WHOLE: (u32, u32) = (820, 500);
const LARGER: (u32, u32) = (1025, 625);

/// One test: the X server and the environment are the program's.
#[test]
fn the_window_changes_its_size_with_the_host_and_never_without() {
    let config = tempfile::tempdir().expect("a temporary folder");
    // SAFETY: first thing in a program with one test, before any thread that reads the environment.
    unsafe { std::env::set_var("XDG_CONFIG_HOME", config.path()) };
    let _server = Server::start();
    let daw = Daw::open();
    for format in [Format::Clap, Format::Vst3] {
        for redirects in [false, true] {
            for manners in
                [Manners::Grants, Manners::GrantsAndLeaves, Manners::Refuses, Manners::IsLate, Manners::Forgets]
            {
                let what = format!("{format:?}, redirects: {redirects}, {manners:?}");
                println!("{what}");
                one_host(&daw, config.path(), format, redirects, manners, &what);
            }
            the_window_manager(&daw, config.path(), format, redirects);
        }
    }
}

fn one_host(daw: &Daw, config: &Path, format: Format, redirects: bool, manners: Manners, what: &str) {
    forget_scale(config);
    let window = Window::open(daw, Plugin::Glue, format, redirects, WHOLE);
    window.have(manners);
    assert_eq!(window.size(), WHOLE, "{what}");
    let before = window.picture();
    let is_blank = before.chunks_exact(4).all(|pixel| pixel == &before[..4]);
    assert!(!is_blank, "{what}: nothing is drawn");

    window.drag_grip(daw, (205, 125));
    assert!(!window.asked.borrow().is_empty(), "{what}: the host was not asked");
    if manners == Manners::IsLate {
        // Half of its time: nothing has changed yet.
        assert_eq!(window.size(), WHOLE, "{what}: before the answer");
        assert!(window.picture() == before, "{what}: zoomed before the answer");
        assert_eq!(kept_scale(config), 1.0, "{what}: kept before the answer");
    }
    window.run(2.5);
    let after = window.picture();
    if matches!(manners, Manners::Refuses | Manners::Forgets) {
        assert_eq!(window.size(), WHOLE, "{what}");
        assert_eq!(window.told_size(), WHOLE, "{what}: told");
        assert!(after == before, "{what}: the content was zoomed");
        assert_eq!(kept_scale(config), 1.0, "{what}: kept");
    } else {
        assert_eq!(window.asked.borrow().last(), Some(&LARGER), "{what}: asked for");
        assert_eq!(window.size(), LARGER, "{what}");
        assert_eq!(window.told_size(), LARGER, "{what}: told");
        assert!(after != before, "{what}: the content was not zoomed");
        assert_eq!(kept_scale(config), 1.25, "{what}: kept");
        // The next window opens at the size that was kept.
        drop(window);
        let next = Window::open(daw, Plugin::Glue, format, redirects, LARGER);
        assert_eq!(next.size(), LARGER, "{what}: the next window");
        assert!(next.picture() != before, "{what}: the next window's content");
    }
}

/// The host resizes the window by itself, as when a person drags its frame.
fn the_window_manager(daw: &Daw, config: &Path, format: Format, redirects: bool) {
    let what = format!("{format:?}, redirects: {redirects}, by the window manager");
    println!("{what}");
    forget_scale(config);
    let window = Window::open(daw, Plugin::Glue, format, redirects, WHOLE);
    let before = window.picture();
    for step in 1..=5 {
        window.give((820 + 41 * step, 500 + 25 * step));
        window.run(0.1);
    }
    window.run(1.0);
    assert_eq!(window.size(), LARGER, "{what}");
    assert_eq!(window.told_size(), LARGER, "{what}: told");
    assert!(window.picture() != before, "{what}: the content was not zoomed");
    assert_eq!(kept_scale(config), 1.25, "{what}: kept");
    assert_eq!(*window.asked.borrow(), [], "{what}: the host is not asked for what it gave");
    if let Open::Vst3(view, _) = &window.open {
        assert_eq!(view.constrained((1200, 625)), Some((1200, 732)), "{what}: the aspect is kept");
    }
    daw.point(600, 600);
}
