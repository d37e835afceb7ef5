//! Half-band cascades that run a non-linear unit at a multiple of the sample rate.
