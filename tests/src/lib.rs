//! The built bundles, as a DAW would see them.
