//! Twobus Glue: the bus compressor.
