//! Theme, widgets and plots of every Twobus window, drawn with egui.
//!
//! The crate knows parameters through [`ParamHandle`] and knows no plugin, no host and no framework. Every part
//! is one file, is drawn only from its arguments (state that must outlive a frame, such as a needle's inertia, is
//! a plain struct the caller owns), and can be used with mouse, wheel, keyboard and AccessKit.
//!
//! # How a window uses it
//!
//! 1. Once, when the window opens: [`theme::apply`] with the plugin's accent.
//! 2. Each frame: [`frame::WindowFrame::show`], and inside it the plugin's panel made of parts.
//! 3. When any part (or the frame) answers `animating`, ask for the next picture with [`theme::animate`];
//!    otherwise ask for nothing: a still window is not repainted.
//! 4. When the window closes: [`gesture::end_all`]. (Dropping the [`egui::Context`] ends open gestures too.)
//!
//! # Gestures
//!
//! Every change of a parameter reaches the host as exactly one `begin`, any number of `set`, one `end`. Parts
//! never call those three on their own: they go through [`gesture`], which also covers wheel bursts, lost focus and
//! closed windows.

pub mod ab;
pub mod amplitude_curve;
pub mod bar_meter;
pub mod button;
pub mod centre_bar;
pub mod compare;
pub mod fact;
pub mod frame;
pub mod gesture;
pub mod goniometer;
pub mod harmonics;
mod interact;
pub mod keys;
pub mod knob;
pub mod layout;
pub mod level_columns;
pub mod level_rows;
pub mod limiting_history;
pub mod loudness_history;
pub mod marked_bar;
mod menu;
pub mod message_line;
pub mod needle;
mod paint;
pub mod pair_history;
pub mod param;
pub mod preset_menu;
mod press;
mod press_first;
pub mod readout;
pub mod reduction_history;
pub mod response_curve;
mod rotary;
pub mod scope;
pub mod section;
pub mod segmented;
pub mod settings_sheet;
pub mod size_grip;
pub mod source_plate;
pub mod span;
pub mod spectrogram;
pub mod spectrum;
pub mod stepped;
mod strip;
pub mod table;
pub mod targets;
pub mod theme;
pub mod toggle;
pub mod tooltip;
pub mod transfer_curve;
pub mod value_field;
pub mod vu_meter;
pub mod waveform;

pub use egui;
pub use knob::{Knob, KnobSize};
pub use param::{Param, ParamHandle, StepSize};

/// What a part answers after it was shown.
#[derive(Clone, Debug)]
pub struct PartResponse {
    /// egui's answer for the part's main area: rectangle, hover, focus.
    pub response: egui::Response,
    /// Whether a person changed the part's value in this frame.
    pub changed: bool,
    /// Whether the picture will differ in the next frame even with the same arguments.
    pub animating: bool,
}
