//! Convolution, and kernels for it that are designed off the audio thread.

mod fir;
mod matrix_fir;
mod slot;

pub use fir::FadedFir;
pub use matrix_fir::{FadedMatrixFir, MatrixTaps};
pub use slot::KernelSlot;
