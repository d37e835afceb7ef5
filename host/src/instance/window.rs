//! The plugin's window inside an X11 window of the caller's.

use std::ffi::c_ulong;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use clack_extensions::gui::{GuiApiType, GuiConfiguration, GuiSize, PluginGui, Window};
use clack_extensions::timer::{PluginTimer, TimerId};

use super::Instance;
use crate::HostError;

/// Size of a plugin's window, in physical pixels on X11 and Windows, in points on macOS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSize {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl From<GuiSize> for WindowSize {
    fn from(size: GuiSize) -> Self {
        Self { width: size.width, height: size.height }
    }
}

impl Instance {
    /// Opens the plugin's window inside an X11 window, and returns its size.
    ///
    /// # Errors
    ///
    /// [`HostError::NoExtension`] without a window, [`HostError::Window`] naming the call that failed, or a second
    /// window.
    pub fn open_window(&mut self, parent_xid: c_ulong) -> Result<WindowSize, HostError> {
        let plugin = self.id.clone();
        let fail = |reason: &'static str| HostError::Window { plugin: plugin.clone(), reason };
        if self.has_window {
            return Err(fail("it is open already"));
        }
        let gui = self.extension::<PluginGui>("gui")?;
        let configuration = GuiConfiguration { api_type: GuiApiType::X11, is_floating: false };
        let handle = self.plugin.plugin_handle();
        if !gui.is_api_supported(&handle, configuration) {
            return Err(fail("it does not support X11"));
        }
        gui.create(&handle, configuration).map_err(|_| fail("create failed"))?;
        // SAFETY: the caller's window; X11 answers a stale id with an error event and never with a fault, and this
        // instance closes the plugin's window before it goes.
        let embedded = unsafe { gui.set_parent(&handle, Window::from_x11_handle(parent_xid)) };
        let size = gui.get_size(&handle);
        let (Ok(()), Some(size)) = (embedded, size) else {
            gui.destroy(&handle);
            return Err(fail("set_parent or get_size failed"));
        };
        // Some plugins show themselves on set_parent and refuse this: nice-plug is one.
        let _ = gui.show(&handle);
        self.has_window = true;
        Ok(size.into())
    }

    /// Closes the window, if there is one.
    pub fn close_window(&mut self) {
        if !std::mem::take(&mut self.has_window) {
            return;
        }
        if let Ok(gui) = self.extension::<PluginGui>("gui") {
            let handle = self.plugin.plugin_handle();
            let _ = gui.hide(&handle);
            gui.destroy(&handle);
        }
    }

    /// Whether the window is open.
    pub fn has_window(&self) -> bool {
        self.has_window
    }

    /// The window's size now.
    ///
    /// # Errors
    ///
    /// [`HostError::NoExtension`], [`HostError::Window`].
    pub fn window_size(&mut self) -> Result<WindowSize, HostError> {
        let gui = self.extension::<PluginGui>("gui")?;
        let size = gui.get_size(&self.plugin.plugin_handle());
        size.map(Into::into).ok_or_else(|| HostError::Window { plugin: self.id.clone(), reason: "get_size failed" })
    }

    /// Asks for a size as a DAW does (`adjust_size`, then `set_size`) and returns the one taken.
    ///
    /// # Errors
    ///
    /// [`HostError::NoExtension`], [`HostError::Window`] if the plugin refuses.
    pub fn set_size(&mut self, size: WindowSize) -> Result<WindowSize, HostError> {
        let plugin = self.id.clone();
        let gui = self.extension::<PluginGui>("gui")?;
        let handle = self.plugin.plugin_handle();
        let wanted = GuiSize { width: size.width, height: size.height };
        let wanted = gui.adjust_size(&handle, wanted).unwrap_or(wanted);
        gui.set_size(&handle, wanted).map_err(|_| HostError::Window { plugin, reason: "set_size failed" })?;
        Ok(gui.get_size(&handle).unwrap_or(wanted).into())
    }

    /// Whether the plugin lets its window be resized.
    pub fn can_resize(&mut self) -> bool {
        self.extension::<PluginGui>("gui").is_ok_and(|gui| gui.can_resize(&self.plugin.plugin_handle()))
    }

    /// Takes the size that the plugin has asked its parent window to take, if it has.
    pub fn requested_size(&mut self) -> Option<WindowSize> {
        let packed = self.plugin.access_shared_handler(|shared| shared.resize.swap(0, Ordering::AcqRel));
        (packed != 0).then(|| GuiSize::unpack_from_u64(packed).into())
    }

    /// Chooses the answer to a plugin that asks for another size: yes, which is the default, or no. Either way
    /// [`Instance::requested_size`] tells what was asked for; to give it is the caller's to do.
    pub fn refuse_resizing(&mut self, refuses: bool) {
        self.plugin.access_shared_handler(|shared| shared.refuses_resize.store(refuses, Ordering::Release));
    }

    /// Runs every timer that the plugin has, once; returns how many. When, is the caller's to decide.
    pub fn run_timers(&mut self) -> usize {
        let timers = self
            .plugin
            .access_shared_handler(|shared| shared.timers.lock().unwrap_or_else(PoisonError::into_inner).clone());
        let Ok(timer) = self.extension::<PluginTimer>("timer-support") else { return 0 };
        for id in &timers {
            timer.on_timer(&self.plugin.plugin_handle(), TimerId(*id));
        }
        timers.len()
    }
}
