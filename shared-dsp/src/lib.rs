//! Sound: filters, dynamics, oversampling, delays and loudness for the Twobus plugins.
//!
//! Nothing in here knows a host, a window, a parameter or a file. Every unit follows the same four verbs:
//! `prepare` may allocate, `reset` clears memory and keeps settings, `process` never allocates, locks, waits or makes a
//! system call, and `latency_samples` tells the delay exactly. Coefficients are plain data, apart from state, and answer
//! for their own `response` or `curve`, which is also what the windows draw.

pub mod convolution;
pub mod delay;
pub mod dither;
pub mod dynamics;
pub mod filters;
pub mod glide;
mod job;
pub mod loudness;
pub mod math;
pub mod noise;
pub mod nonlinear;
pub mod oversampling;
mod processor;
pub mod scratch;
pub mod simd;
pub mod spectrum;

pub use job::Job;
pub use processor::{Io, JobList, Mode, Processor, Quality, changed_settings, usable_rate_hz};
