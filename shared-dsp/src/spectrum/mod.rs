//! Spectra, computed off the audio thread.
//!
//! The audio thread only writes samples into a [`SampleTap`]; a window (or a file's reader) hands segments of them to an
//! [`Analyser`], whose powers a [`Spectrum`] gathers into fractional octaves and a [`Spectrogram`] into columns.
//!
//! Levels are in dBFS of a sine's peak: a full-scale sine reads 0 dB in its band.

mod align;
mod analyser;
mod bands;
mod fine;
mod gathered;
mod reducer;
mod spectrogram;
mod tap;
mod tap_reader;

pub use align::{Alignment, align};
pub use analyser::Analyser;
pub use bands::{Bands, Fraction};
pub use fine::FineSpectrum;
pub use gathered::{Spectrum, tilt_db};
pub use spectrogram::Spectrogram;
pub use tap::SampleTap;
pub use tap_reader::TapReader;
