//! The Saturator's promises, measured on its processor. The reference laws in here are written out anew.

mod distortion;
mod exactness;
mod loudness;
mod support;
