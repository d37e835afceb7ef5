//! What is delivered: [targets](Targets), what a programme does [against them](Verdict), and the [report](Report) about it.
//!
//! The command line and the Meter plugin share this room, so that both say the same of the same song. It takes readings
//! as plain numbers from `shared-dsp` and knows no file format, host or window.

pub mod page;
mod report;
mod survey;
mod targets;
mod text;
mod verdict;

pub use report::{Band, Judged, Programme, Report, Song};
pub use survey::Survey;
pub use targets::{Evidence, Kind, Limits, Normalisation, Source, Target, Targets, TargetsError, user_file};
pub use text::{number, time};
pub use verdict::{Facts, Failure, Verdict, judge};
