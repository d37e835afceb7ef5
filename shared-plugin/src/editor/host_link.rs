//! What the window's thread and the host's main thread tell each other about the window's size.

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use egui::Vec2;
use nice_plug::context::PluginApi;
use nice_plug::editor::dpi::{PhysicalSize, Size};
use nice_plug::editor::{HostCallbacks, HostMainThreadCaller};
use nice_plug_egui::baseview::WindowSize;

/// A plain lock: what is held under it stays good if its holder panics.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the host said to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing yet.
    Waiting,
    /// It was passed on; what it said is not known (VST3 tells through the size alone).
    PassedOn,
    /// Yes. The size may come by itself, or be there already for the window to take.
    Granted,
    /// No.
    Refused,
}

/// What the window's thread and the host's main thread tell each other.
pub(crate) struct Link {
    is_open: AtomicBool,
    size: Mutex<Option<WindowSize>>,
    /// A question that the main thread has not seen yet: pixels, and the system's scale.
    question: Mutex<Option<(PhysicalSize<u32>, f64)>>,
    answer: Mutex<Answer>,
    main_thread: Mutex<Option<SharedCaller>>,
}

impl Link {
    /// For a plugin whose window is not open.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            is_open: AtomicBool::new(false),
            size: Mutex::default(),
            question: Mutex::default(),
            answer: Mutex::new(Answer::Waiting),
            main_thread: Mutex::default(),
        })
    }

    /// Whether the window is open. Realtime-safe.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }

    /// The window is there.
    pub(super) fn set_open(&self) {
        self.is_open.store(true, Ordering::Release);
    }

    /// The size that the window has; `None` without one.
    pub(super) fn size(&self) -> Option<WindowSize> {
        *lock(&self.size)
    }

    /// Notes the size that the window has.
    pub(crate) fn set_size(&self, size: WindowSize) {
        *lock(&self.size) = Some(size);
    }

    /// Asks the host for a size in pixels. For the window's thread; the answer comes later.
    pub(crate) fn ask(&self, pixels: Vec2, system_scale: f32) {
        let size = PhysicalSize::new(pixels.x.round() as u32, pixels.y.round() as u32);
        // In this order: the main thread may be on its way for something else and answer at once.
        *lock(&self.answer) = Answer::Waiting;
        *lock(&self.question) = Some((size, f64::from(system_scale)));
        let caller = lock(&self.main_thread).clone();
        match caller {
            Some(caller) => caller.call_from_window(),
            // There is no host to ask: the window stays as it is.
            None => *lock(&self.answer) = Answer::Refused,
        }
    }

    /// What the host said to the last question.
    pub(crate) fn answer(&self) -> Answer {
        *lock(&self.answer)
    }

    /// Passes a waiting question on to the host. For the main thread.
    pub(super) fn pass_on(&self, callbacks: &SharedCallbacks, api: PluginApi) {
        let Some((size, scale)) = lock(&self.question).take() else { return };
        let answer = match callbacks.request_resize(Size::Physical(size), scale) {
            Ok(()) if api == PluginApi::Clap => Answer::Granted,
            Ok(()) => Answer::PassedOn,
            Err(_) => Answer::Refused,
        };
        *lock(&self.answer) = answer;
    }

    /// A window is about to open; `main_thread` is the way to the host, if there is one.
    pub(super) fn open(&self, main_thread: Option<SharedCaller>) {
        *lock(&self.main_thread) = main_thread;
        *lock(&self.question) = None;
        *lock(&self.answer) = Answer::Waiting;
    }

    /// The window has gone.
    pub(super) fn close(&self) {
        self.is_open.store(false, Ordering::Release);
        *lock(&self.main_thread) = None;
        *lock(&self.size) = None;
    }
}

/// The way to the host's main thread, for baseview and for [`Link`] alike.
#[derive(Clone)]
pub(super) struct SharedCaller(Arc<Mutex<Box<dyn HostMainThreadCaller>>>);

impl SharedCaller {
    pub(super) fn new(caller: Box<dyn HostMainThreadCaller>) -> Self {
        Self(Arc::new(Mutex::new(caller)))
    }

    /// Calls from the thread that draws.
    fn call_from_window(&self) {
        // Elsewhere the window's thread is the main thread, and VST3 would call back at once, in the middle of a picture.
        #[cfg(target_os = "linux")]
        lock(&self.0).call_main_thread();
        #[cfg(not(target_os = "linux"))]
        {
            let caller = self.clone();
            std::thread::spawn(move || lock(&caller.0).call_main_thread());
        }
    }
}

impl HostMainThreadCaller for SharedCaller {
    fn call_main_thread(&mut self) {
        lock(&self.0).call_main_thread();
    }
}

/// The host's functions, for baseview and for [`Link`] alike. Main thread only.
#[derive(Clone)]
pub(super) struct SharedCallbacks(Rc<RefCell<Box<dyn HostCallbacks>>>);

impl SharedCallbacks {
    pub(super) fn new(callbacks: Box<dyn HostCallbacks>) -> Self {
        Self(Rc::new(RefCell::new(callbacks)))
    }

    fn request_resize(&self, size: Size, scale: f64) -> Result<(), Box<dyn Error>> {
        // A host that gives the size within the call must not be asked again from there.
        match self.0.try_borrow_mut() {
            Ok(mut host) => host.request_resize(size, scale),
            Err(_) => Ok(()),
        }
    }
}

impl HostCallbacks for SharedCallbacks {
    fn request_resize(&mut self, size: Size, scale: f64) -> Result<(), Box<dyn Error>> {
        // On X11 baseview tells of every size that was not set by a call of the host's. Our window never changes by
        // itself, so such a size came from the host's side (a socket, the window manager): answering it with a request
        // would fight the hand that drags.
        if cfg!(target_os = "linux") { Ok(()) } else { SharedCallbacks::request_resize(self, size, scale) }
    }

    fn destroyed(&mut self) {
        if let Ok(mut host) = self.0.try_borrow_mut() {
            host.destroyed();
        }
    }
}
