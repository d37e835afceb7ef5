//! Limiter's promises, measured on its processor.

mod ceiling;
mod controls;
mod dither;
mod exactness;
mod styles;
mod support;
