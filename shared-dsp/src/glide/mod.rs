//! All smoothing: how a setting gets from where it is to where it is wanted without a click.
//!
//! [`Glide`] is one value, or one set of filter coefficients, on a straight line; [`GainGlide`] is a gain on one in decibels.
//! [`GlidingFilter`] is a filter whose coefficients do so, and which is a bit-exact wire while it is bypassed. All depend on the sample index only, never on
//! how a block is cut. Whoever moves on a coarser grid (a side chain's control rate) [`advance`](Glide::advance)s by as many
//! samples as have passed.

mod filter;
mod gain;
mod value;

pub use filter::{FilterCoefs, GlidingFilter};
pub use gain::GainGlide;
pub use value::{Glide, Lerp, eased};
