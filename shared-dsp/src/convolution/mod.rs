//! Convolution, and kernels for it that are designed off the audio thread.

mod fir;
mod partitioned;
mod partitions;
mod slot;
mod stereo_fir;

pub use fir::FadedFir;
pub use partitioned::PartitionedFir;
pub use partitions::{PartitionedKernel, partition_samples};
pub use slot::KernelSlot;
pub use stereo_fir::{FadedStereoFir, StereoTaps};
