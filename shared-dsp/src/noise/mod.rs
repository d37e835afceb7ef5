//! Random signals, each the same in every run.

mod white;

pub use white::WhiteNoise;
