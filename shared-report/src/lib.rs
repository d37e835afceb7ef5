//! What is delivered: [targets](Targets), what a programme does [against them](Verdict), and the [report](Report) about it.
//!
//! The command line and the Meter plugin share this crate, so that both say the same of the same song. It is given readings
//! as plain numbers from `shared-dsp` and knows no file format, host or window.

mod gain;
mod limits;
pub mod page;
mod programme;
mod report;
mod summary;
mod survey;
mod targets;
mod text;
mod verdict;

pub use limits::Failure;
pub use programme::{Band, Facts, Programme};
pub use report::{Origin, Report, Song};
pub use summary::{Cause, Summary};
pub use survey::Survey;
pub use targets::{Evidence, Kind, Limits, Normalisation, Source, Target, Targets, TargetsError, user_file};
pub use text::{number, time, utc};
pub use verdict::{Judged, Verdict, judge};
