//! The window as nice-plug sees it: egui's editor with the shell's own way of sizing in front, and a certain end.
//!
//! nice-plug-egui 0.6 never tells its program that the window has gone, and baseview tells the host of a new size after
//! the window has changed to it. Here the program asks through [`Link`], the host's main thread passes the question on, and
//! the window changes only to what the host then gives ([`EditorHandle::set_size`]).

use std::error::Error;
use std::sync::{Arc, Mutex};

use egui::vec2;
use nice_plug::context::PluginApi;
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::{NativeSize, PhysicalSize, Size};
use nice_plug::editor::{Editor, EditorHandle, HostMethods, ParentWindowHandle, ResizeHint, SpawnedEditor};
use nice_plug_egui::baseview::dpi::LogicalSize;
use nice_plug_egui::baseview::{self, WindowSize};
use nice_plug_egui::{EguiEditor, EguiEditorHandle, EguiEditorState, EguiNiceSettings, Frame, NiceEguiApp};

use super::app::App;
use super::files::Library;
use super::fit::base_size;
use super::host_link::{Link, SharedCallbacks, SharedCaller, lock};
use super::resize;
use crate::feed::Shared;
use crate::params::AllParams;
use crate::product::{Product, Reading};

/// The plugin's editor, open or not.
pub struct WindowEditor<P: Product> {
    app: Arc<Mutex<App<P>>>,
    shared: Arc<Shared<Reading<P>>>,
    link: Arc<Link>,
    library: Library,
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
            Some(HostMethods { callbacks, main_thread_caller }) => {
                (Some(SharedCallbacks::new(callbacks)), Some(SharedCaller::new(main_thread_caller)))
            }
            None => (None, None),
        };
        let host = callbacks.clone().zip(caller.clone()).map(|(callbacks, caller)| HostMethods {
            callbacks: Box::new(callbacks),
            main_thread_caller: Box::new(caller),
        });
        self.link.open(caller);
        // Made anew for each window, so that it opens at the size that this user likes now. The zoom follows the size
        // (`Fit::follow_window`). Bounds and aspect are ours (`WindowHandle::adjust_size`): baseview's would answer a host
        // that goes below them with a size of its own.
        let state = EguiEditorState::from_size(self.opening_size(), 1.0);
        let settings = EguiNiceSettings::new().with_tile(P::NAME).with_resize_hint(ResizeHint::resizable());
        let program = Program(self.app.clone());
        let editor = nice_plug_egui::create_egui_editor(state, self.shared.notifier.clone(), settings, program);
        let editor: EguiEditor<Program<P>> = editor.ok_or("egui has no editor")?;
        let spawned = editor.spawn(parent, wait_for_parent, fallback_scale_factor, gui_context, host);
        let spawned = spawned.inspect_err(|_| self.link.close())?;
        self.link.set_open();
        let end = End { app: self.app.clone(), link: self.link.clone() };
        Ok(SpawnedEditor {
            handle: WindowHandle { inner: spawned.handle, link: self.link.clone(), api, product: Default::default() },
            window: OpenWindow { window: spawned.window, callbacks, _end: end },
        })
    }

    fn size(&self) -> NativeSize<u32> {
        match self.link.size() {
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
        lock(&self.0).opened(&egui_ctx, &context, frame);
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
