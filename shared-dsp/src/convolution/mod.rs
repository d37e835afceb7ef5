//! Convolution, and kernels for it that are designed off the audio thread.

mod fir;
mod slot;

pub use fir::FadedFir;
pub use slot::KernelSlot;
