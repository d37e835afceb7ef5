//! The window around every plugin's panel: the frame's model, gestures, A/B, undo, presets, Match and preferences.

mod app;
mod bottom_line;
mod controls;
pub mod files;
mod fit;
mod handle;
mod history;
mod host_keys;
mod host_link;
mod life_cycle;
mod match_run;
mod panel;
mod preferences;
mod presets;
mod resize;
mod signal;
#[cfg(test)]
mod test_window;
mod window;
#[cfg(target_os = "linux")]
mod x11;

pub use app::App;
pub use history::{Change, History};
pub(crate) use host_link::Link;
pub use panel::{Panel, PanelContext, Reading};
pub(crate) use presets::apply_default_preset;
pub use window::WindowEditor;
