//! Glue's promises, measured on its output. The reference laws in here are written out anew and share no code with it.

mod distortion;
mod exactness;
mod static_curve;
mod support;
mod times;
