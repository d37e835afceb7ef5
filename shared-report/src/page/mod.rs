//! Pages that need nothing but themselves: the look, the plots and the tables that all reports of the suite share, and
//! the [delivery report](crate::Report::html).

mod curves;
mod delivery;
mod document;
mod plot;
mod rows;
mod targets;

pub use document::document;
pub use plot::{BOTTOM, LEFT, Plot, RIGHT, TOP, bounds, clock, duration, escape, frequency_position, number, swatch};
pub use rows::{ROWS, Row};
