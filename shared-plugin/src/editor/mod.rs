//! The window around every plugin's panel: the frame's model, gestures, A/B, undo, presets, Match and preferences.

mod app;
pub mod files;
mod fit;
mod handle;
mod history;
mod host_keys;
mod match_run;
mod panel;
mod resize;
mod signal;
mod window;
#[cfg(target_os = "linux")]
mod x11;

pub use app::App;
pub(crate) use app::apply_default_preset;
pub use history::{Change, History};
pub use panel::{Panel, PanelContext, Reading};
pub(crate) use window::Link;
pub use window::WindowEditor;
