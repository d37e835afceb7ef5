//! Where the built bundles are.

use std::path::PathBuf;

/// A plugin under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plugin {
    /// The bus compressor.
    Glue,
    /// Harmonics without aliases.
    Saturator,
    /// The mastering equaliser.
    Eq,
    /// Takes the spikes off.
    Clipper,
    /// The ceiling that holds.
    Limiter,
    /// The master tape, calibrated.
    Tape,
    /// Looks, and changes nothing.
    Meter,
    /// A gain with one of everything in the same shell: what holds for it holds for the shell.
    Trivial,
}

impl Plugin {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Glue, Self::Saturator, Self::Eq, Self::Clipper, Self::Limiter, Self::Tape, Self::Meter, Self::Trivial];

    /// The plugin's name, and its bundles' file name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Glue => "Twobus Glue",
            Self::Saturator => "Twobus Saturator",
            Self::Eq => "Twobus EQ",
            Self::Clipper => "Twobus Clipper",
            Self::Limiter => "Twobus Limiter",
            Self::Tape => "Twobus Tape",
            Self::Meter => "Twobus Meter",
            Self::Trivial => "Twobus Trivial",
        }
    }

    /// Its CLAP bundle.
    pub fn clap(self) -> PathBuf {
        existing(dir().join(format!("{}.clap", self.name())))
    }

    /// Whether both of its bundles are there.
    pub fn is_built(self) -> bool {
        ["clap", "vst3"].iter().all(|extension| dir().join(format!("{}.{extension}", self.name())).exists())
    }

    /// Its VST3 bundle (a folder).
    pub fn vst3(self) -> PathBuf {
        existing(dir().join(format!("{}.vst3", self.name())))
    }
}

fn existing(path: PathBuf) -> PathBuf {
    assert!(
        path.exists(),
        "{} is not there: `cargo xtask test` builds the bundles and runs these tests (or set TWOBUS_BUNDLES)",
        path.display()
    );
    path
}

/// The folder of the bundles: `TWOBUS_BUNDLES`, else `target/bundled` of this repository.
pub fn dir() -> PathBuf {
    std::env::var_os("TWOBUS_BUNDLES")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bundled")), PathBuf::from)
}
