//! The twobus command line.
fn main() {}
