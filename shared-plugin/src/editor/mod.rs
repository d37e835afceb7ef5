//! The window around every plugin's panel: the frame's model, gestures, A/B, undo, presets, Match and preferences.

mod app;
pub mod files;
mod handle;
mod history;
mod host_keys;
mod panel;
mod signal;

pub use app::App;
pub(crate) use app::{apply_default_preset, create, window_state};
pub use history::{Change, History};
pub use panel::{Panel, PanelContext, Reading};
