//! Small files that people keep (presets, preferences, targets, chains, reports): read within bounds, and written whole or
//! not at all.
//!
//! What lies in a person's folder may be anything, and plugins read it while a host waits for them.

mod text;
mod write;

pub use text::read_text;
pub use write::{temporary_in, write_whole};
