//! The shell that every Twobus plugin lives in: bypass, trims, mix, delta, Fair compare, Match, mode and latency, state,
//! A/B, undo, presets, the feed of readings and the frame of the window.
//!
//! A plugin crate implements [`Product`] (identity, parameters, processor, panel) and exports [`Shell`] of it; see
//! `tests/trivial` for the smallest one.

pub mod editor;
pub mod feed;
pub mod format;
pub mod monitoring;
pub mod params;
pub mod path;
#[cfg(test)]
mod probe;
mod product;
pub mod session;
mod shell;
pub mod text;
mod worker;

pub use product::{Features, ModeFeature, Product, RemotePage, StartingPoint, layouts};
pub use shell::Shell;
