//! The chores: bundle, install, demo, test, bench, screenshots.
fn main() {}
