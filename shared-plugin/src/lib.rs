//! The shell that every Twobus plugin lives in: bypass, trims, mix, delta, Fair compare, Match, mode and latency, state,
//! A/B, undo, presets, the feed of readings and the frame of the window.
//!
//! A plugin crate implements [`Product`] and exports it; see `tests/trivial` for the smallest one. It says
//!
//! - who it is: name, ids and kind, the constants of [`Product`];
//! - its parameters, each once, in a [`params!`] block: the field is the id, its doc comment the tooltip, and behind it stand
//!   name, range, default, unit, the word at an end, group and the rest (see [`params`](mod@params)). Many bands are one
//!   array of one set;
//! - its sound: a `shared_dsp::Processor`, and [`Product::settings`], which reads the parameters into the processor's
//!   settings: `params.drive.get()`;
//! - its picture: an [`editor::Panel`], whose controls are given fields: `context.knob(ui, &p.drive, KnobSize::Large)`;
//! - [`Product::remote_pages`] and [`Product::starting_points`], which name fields as well;
//! - what it has of what the shell offers ([`Features`]), and what chooses its processor's mode ([`ModeChoice`]);
//! - what is for listening only: [`monitoring::MonitoringSwitch`].
//!
//! The shell offers the input and the output of each instance to others in the session ([`taps`]); a product does nothing for it.
//!
//! [`export!`] makes the CLAP and the VST3 plugin of it, and a test that hosts can tell its parameters apart and that its
//! starting points can be read. Once a parameter is released, its id, range and default never change, and a list of choices
//! grows at its end only; `tests/golden` guards that.

pub mod editor;
mod features;
pub mod feed;
pub mod format;
mod kind;
mod mode_choice;
pub mod monitoring;
pub mod params;
pub mod path;
pub mod prelude;
#[cfg(test)]
mod probe;
mod product;
pub mod session;
mod shell;
pub mod taps;
pub mod text;
mod worker;

pub use features::{Features, layouts};
pub use kind::Kind;
pub use mode_choice::ModeChoice;
pub use product::{ModeOf, Product, RemotePage, StartingPoint, faults, starting_points_text};
pub use shell::Shell;
