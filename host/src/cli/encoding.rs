//! How songs are written.

use host::audio::Bits;

/// The options that say it.
#[derive(Debug, clap::Args)]
pub(super) struct Encoding {
    /// Kind of the files in --out-dir.
    #[arg(long, value_name = "wav|flac", default_value = "wav", value_parser = ["wav", "flac"])]
    pub(super) format: String,
    /// Bits of a sample: 16 and 24 with dither, or 32f (float, WAV only).
    #[arg(long, value_name = "16|24|32f", default_value = "24")]
    pub(super) bits: Bits,
}
