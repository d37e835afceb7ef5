//! The built bundles, as a DAW would see them: the kit that the tests in `tests/` are written with.
//!
//! A test opens a bundle through a [`rig::Rig`], in CLAP and in VST3 alike, feeds it a signal of [`signals`] and judges what comes
//! out with [`analysis`], which shares no code with the plugins. Two proofs stand apart: [`alloc`] counts every call of
//! the heap in the plugin's `process`, and [`seccomp`] traps every system call of an audio thread.
//!
//! `cargo xtask test` builds the bundles and sets `TWOBUS_BUNDLES` (their folder) and `TWOBUS_PYTHON` (an interpreter with
//! `pedalboard` and `numpy`).

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub mod alloc;
pub mod analysis;
pub mod bundles;
pub mod cases;
#[cfg(target_os = "linux")]
pub mod desktop;
pub mod plots;
pub mod rig;
#[cfg(target_os = "linux")]
pub mod seccomp;
pub mod signals;
pub mod vst3_host;
#[cfg(target_os = "linux")]
pub mod vst3_view;

pub use bundles::Plugin;
pub use rig::{Event, Format, Rig};
