//! The window around every plugin's panel: the frame's model, gestures, A/B, undo, presets, Match and preferences.

mod app;
mod bottom_line;
mod controls;
pub mod files;
mod fit;
mod handle;
mod host_keys;
mod host_link;
mod life_cycle;
mod match_run;
mod operating_level;
mod panel;
mod plain;
mod preferences;
mod presets;
mod resize;
mod signal;
#[cfg(test)]
mod test_window;
#[cfg(any(test, feature = "test-window"))]
pub mod testing;
mod undo_history;
mod window;
#[cfg(target_os = "linux")]
mod x11;

pub use crate::product::Reading;
pub use app::App;
pub(crate) use host_link::Link;
pub use operating_level::OperatingLevel;
pub use panel::{Panel, PanelContext};
pub use plain::PlainPanel;
pub(crate) use presets::apply_default_preset;
pub use undo_history::{Change, UndoHistory};
pub use window::WindowEditor;
