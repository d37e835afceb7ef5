//! Limiter's promises, measured on its processor.

mod exactness;
mod support;
