//! The window as nice-plug sees it: egui's editor with the shell's own way of sizing in front, and a certain end.
//!
//! nice-plug-egui 0.6 never tells its program that the window has gone, and baseview tells the host of a new size after
//! the window has taken it. Here the program asks through [`Link`], the host's main thread passes the question on, and only
//! what the host then gives ([`EditorHandle::set_size`]) is taken.

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use egui::{Vec2, vec2};
use nice_plug::context::PluginApi;
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::{NativeSize, PhysicalSize, Size};
use nice_plug::editor::{
    Editor, EditorHandle, HostCallbacks, HostMainThreadCaller, HostMethods, ParentWindowHandle, ResizeHint,
    SpawnedEditor,
};
use nice_plug_egui::baseview::dpi::LogicalSize;
use nice_plug_egui::baseview::{self, WindowSize};
use nice_plug_egui::{EguiEditor, EguiEditorHandle, EguiEditorState, EguiNiceSettings, Frame, NiceEguiApp};

use super::app::App;
use super::files::Library;
use super::panel::{Panel, Reading};
use super::resize;
use crate::feed::Shared;
use crate::params::AllParams;
use crate::product::Product;

/// A plain lock: what is held under it stays good if its holder panics.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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
    fn pass_on(&self, callbacks: &SharedCallbacks, api: PluginApi) {
        let Some((size, scale)) = lock(&self.question).take() else { return };
        let answer = match callbacks.request_resize(Size::Physical(size), scale) {
            Ok(()) if api == PluginApi::Clap => Answer::Granted,
            Ok(()) => Answer::PassedOn,
            Err(_) => Answer::Refused,
        };
        *lock(&self.answer) = answer;
    }

    fn open(&self, main_thread: Option<SharedCaller>) {
        *lock(&self.main_thread) = main_thread;
        *lock(&self.question) = None;
        *lock(&self.answer) = Answer::Waiting;
    }

    fn close(&self) {
        self.is_open.store(false, Ordering::Release);
        *lock(&self.main_thread) = None;
        *lock(&self.size) = None;
    }
}

/// The way to the host's main thread, for baseview and for [`Link`] alike.
#[derive(Clone)]
struct SharedCaller(Arc<Mutex<Box<dyn HostMainThreadCaller>>>);

impl SharedCaller {
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
struct SharedCallbacks(Rc<RefCell<Box<dyn HostCallbacks>>>);

impl SharedCallbacks {
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
        // On X11 baseview tells of every size that was not set by a call of the host's. Our window never takes one by
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

/// The plugin's editor, open or not.
pub struct WindowEditor<P: Product> {
    app: Arc<Mutex<App<P>>>,
    shared: Arc<Shared<Reading<P>>>,
    link: Arc<Link>,
    library: Library,
}

/// Width and height at scale 1, points.
pub(crate) fn base_size<P: Product>() -> Vec2 {
    let [width, height] = <P::Panel as Panel<P>>::SIZE;
    vec2(width, height)
}

impl<P: Product> WindowEditor<P> {
    pub(crate) fn new(
        params: Arc<AllParams<P::Params>>,
        shared: Arc<Shared<Reading<P>>>,
        link: Arc<Link>,
        library: Library,
    ) -> Self {
        let app = Arc::new(Mutex::new(App::new(params, shared.clone(), link.clone(), library.clone())));
        Self { app, shared, link, library }
    }

    /// The size of the next window, points.
    fn opening_size(&self) -> LogicalSize<f32> {
        let size = base_size::<P>() * self.library.preferences().scale;
        LogicalSize::new(size.x.round(), size.y.round())
    }
}

impl<P: Product> Editor for WindowEditor<P> {
    type Handle = WindowHandle<P>;

    fn spawn(
        &self,
        parent: Option<ParentWindowHandle>,
        wait_for_parent: bool,
        fallback_scale_factor: Option<f64>,
        gui_context: GuiContext,
        host: Option<HostMethods>,
    ) -> Result<SpawnedEditor<Self::Handle>, Box<dyn Error>> {
        let api = gui_context.plugin_api();
        let (callbacks, caller) = match host {
            Some(HostMethods { callbacks, main_thread_caller }) => (
                Some(SharedCallbacks(Rc::new(RefCell::new(callbacks)))),
                Some(SharedCaller(Arc::new(Mutex::new(main_thread_caller)))),
            ),
            None => (None, None),
        };
        let host = callbacks.clone().zip(caller.clone()).map(|(callbacks, caller)| HostMethods {
            callbacks: Box::new(callbacks),
            main_thread_caller: Box::new(caller),
        });
        self.link.open(caller);
        // Made anew for each window, so that it opens at the size that this user likes now. The zoom follows the size
        // (`App::follow_window`). Bounds and aspect are ours (`WindowHandle::adjust_size`): baseview's would answer a host
        // that goes below them with a size of its own.
        let state = EguiEditorState::from_size(self.opening_size(), 1.0);
        let settings = EguiNiceSettings::new().with_tile(P::NAME).with_resize_hint(ResizeHint::resizable());
        let program = Program(self.app.clone());
        let editor = nice_plug_egui::create_egui_editor(state, self.shared.notifier.clone(), settings, program);
        let editor: EguiEditor<Program<P>> = editor.ok_or("egui has no editor")?;
        let spawned = editor.spawn(parent, wait_for_parent, fallback_scale_factor, gui_context, host);
        let spawned = spawned.inspect_err(|_| self.link.close())?;
        self.link.is_open.store(true, Ordering::Release);
        let end = End { app: self.app.clone(), link: self.link.clone() };
        Ok(SpawnedEditor {
            handle: WindowHandle { inner: spawned.handle, link: self.link.clone(), api, product: Default::default() },
            window: OpenWindow { window: spawned.window, callbacks, _end: end },
        })
    }

    fn size(&self) -> NativeSize<u32> {
        match *lock(&self.link.size) {
            Some(size) => native(size),
            None => NativeSize::from_size(Size::Logical(self.opening_size().cast()), 1.0),
        }
    }

    fn resize_hint(&self) -> ResizeHint {
        let base = base_size::<P>();
        let mut hint = ResizeHint::resizable().with_aspect_ratio(base.x as u32, base.y as u32);
        // nice-plug 0.4 takes the ratio and forgets to keep to it.
        hint.preserve_aspect_ratio = true;
        hint
    }
}

fn native(size: WindowSize) -> NativeSize<u32> {
    NativeSize::from_logical_or_physical(size.physical.to_logical(size.scale_factor), size.physical)
}

/// The program that egui runs. It belongs to the plugin and outlives its windows.
struct Program<P: Product>(Arc<Mutex<App<P>>>);

impl<P: Product> NiceEguiApp for Program<P> {
    fn build(
        &mut self,
        egui_ctx: egui::Context,
        context: GuiContext,
        frame: &mut Frame,
    ) -> Result<(), baseview::HandlerError> {
        lock(&self.0).opened(&egui_ctx, context, frame);
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut Frame) {
        lock(&self.0).picture(ui, frame);
    }

    fn resized(&mut self, size: WindowSize) {
        lock(&self.0).resized(size);
    }
}

/// The last part of a window to go: tells the program that it is closed.
struct End<P: Product> {
    app: Arc<Mutex<App<P>>>,
    link: Arc<Link>,
}

impl<P: Product> Drop for End<P> {
    fn drop(&mut self) {
        self.link.close();
        lock(&self.app).closed();
    }
}

/// The window of the window system, and the host it lies in.
pub struct OpenWindow<P: Product> {
    window: baseview::Window,
    callbacks: Option<SharedCallbacks>,
    /// Dropped after the window: by then nothing draws any more.
    _end: End<P>,
}

/// nice-plug's hold on an open window.
pub struct WindowHandle<P: Product> {
    inner: EguiEditorHandle,
    link: Arc<Link>,
    api: PluginApi,
    product: std::marker::PhantomData<fn() -> P>,
}

impl<P: Product> EditorHandle for WindowHandle<P> {
    type Window = OpenWindow<P>;
    type Error = baseview::Error;

    fn run_until_closed(window: Self::Window) -> Result<(), Self::Error> {
        window.window.run_until_closed()
    }

    fn set_parent(&self, parent: ParentWindowHandle, window: &Self::Window) -> Result<(), Self::Error> {
        self.inner.set_parent(parent, &window.window)
    }

    fn show(&self, window: &Self::Window) -> Result<(), Self::Error> {
        self.inner.show(&window.window)
    }

    fn hide(&self, window: &Self::Window) -> Result<(), Self::Error> {
        self.inner.hide(&window.window)
    }

    fn set_size(&self, new_size: NativeSize<u32>, window: &Self::Window) -> Result<(), Self::Error> {
        self.inner.set_size(new_size, &window.window)
    }

    fn host_main_thread_callback(&self, window: &Self::Window) {
        self.inner.host_main_thread_callback(&window.window);
        if let Some(callbacks) = &window.callbacks {
            self.link.pass_on(callbacks, self.api);
        }
    }

    fn adjust_size(&self, new_size: NativeSize<u32>, window: &Self::Window) -> Option<NativeSize<u32>> {
        let present = window.window.size();
        let scale = present.scale_factor;
        let pixels = |size: PhysicalSize<u32>| vec2(size.width as f32, size.height as f32);
        let base = base_size::<P>() * scale as f32;
        let size = resize::adjusted(pixels(new_size.to_physical(scale)), pixels(present.physical), base);
        Some(NativeSize::from_size(Size::Physical(PhysicalSize::new(size.x as u32, size.y as u32)), scale))
    }

    fn set_fallback_scale_factor(&self, scale_factor: f64, window: &Self::Window) -> Result<(), Self::Error> {
        self.inner.set_fallback_scale_factor(scale_factor, &window.window)
    }

    fn state_changed(&self) {
        self.inner.state_changed();
    }

    fn param_value_changed(&self, id: &str, normalized_value: f32) {
        self.inner.param_value_changed(id, normalized_value);
    }

    fn param_modulation_changed(&self, id: &str, modulation_offset: f32) {
        self.inner.param_modulation_changed(id, modulation_offset);
    }
}
