//! Audio files: what [`shared_audio`] reads, and WAV (RF64 beyond 4 GB) and FLAC out, a block at a time.
//!
//! Nothing half-written stays: a [`Writer`] writes beside its target under a temporary name, renames on
//! [`Writer::finish`], and removes the temporary file if it never gets there.

mod dither;
mod flac;
mod wav;
mod writer;

use std::path::Path;

pub use shared_audio::{
    AudioError, AudioFile, AudioSpec, BLOCK_FRAMES, Bits, Format, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ, Picture,
    ReadOptions, Reader, Tags, read,
};
pub use writer::{Complete, WriteOptions, Writer, Written, check_target};

/// Writes a whole file: [`Writer`] in one call.
///
/// # Errors
///
/// Any [`AudioError`] of [`Writer`].
pub fn write(
    path: impl AsRef<Path>,
    sample_rate_hz: u32,
    channels: &[&[f32]],
    bits: Bits,
) -> Result<Written, AudioError> {
    let mut writer = Writer::create(path, sample_rate_hz, channels.len(), bits)?;
    writer.write(channels)?;
    writer.finish()
}
