//! Tape's promises, measured on its processor. Laws and standards in here are written out anew.

mod distortion;
mod exactness;
mod levels;
mod noise;
mod response;
mod support;
mod transport;
