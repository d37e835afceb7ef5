//! Keeps the bundle in memory once a host has loaded it.

fn main() {
    // Rust's thread-locals run their destructors when a thread ends, which may be long after the host has unloaded the
    // bundle: the call would then land in memory that is gone, and take the host down.
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
