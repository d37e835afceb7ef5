//! What tests are written with.
//!
//! [`signals`], [`analysis`], [`flutter`] and [`wave`] depend on no crate of ours, so that the judge shares no code with what it judges:
//! every crate's tests use them, with `default-features = false`.
//!
//! The rest, the feature `bundles`, sees the built bundles as a DAW would: a test opens one through a [`rig::Rig`], in CLAP and
//! in VST3 alike, feeds it a signal and judges what comes out. [`mod@contract`] is what every plugin keeps, [`cases`] what the
//! tests must know of each. Two proofs stand apart: [`alloc`] counts every call of the heap in the plugin's `process`, and
//! [`seccomp`] traps every system call of an audio thread.
//!
//! `cargo xtask test` builds the bundles and sets `TWOBUS_BUNDLES` (their folder) and `TWOBUS_PYTHON` (an interpreter with
//! `pedalboard` and `numpy`).

#[cfg(all(target_os = "linux", target_env = "gnu", feature = "bundles"))]
pub mod alloc;
pub mod analysis;
#[cfg(feature = "bundles")]
pub mod bundles;
#[cfg(feature = "bundles")]
pub mod cases;
#[cfg(feature = "bundles")]
pub mod contract;
#[cfg(all(target_os = "linux", feature = "bundles"))]
pub mod desktop;
pub mod flutter;
#[cfg(feature = "bundles")]
pub mod plots;
#[cfg(feature = "bundles")]
pub mod rig;
#[cfg(all(target_os = "linux", feature = "bundles"))]
pub mod seccomp;
pub mod signals;
#[cfg(all(target_os = "linux", feature = "bundles"))]
pub mod taps;
#[cfg(feature = "bundles")]
pub mod vst3_host;
#[cfg(all(target_os = "linux", feature = "bundles"))]
pub mod vst3_view;
pub mod wave;

#[cfg(feature = "bundles")]
pub use bundles::Plugin;
#[cfg(feature = "bundles")]
pub use rig::{Event, Format, Rig};
