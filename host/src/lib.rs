//! A headless CLAP host, and what the `twobus` command line is made of.
//!
//! The suite is heard here without a DAW: [`Bundle`] loads a `.clap` file from disk, [`Instance`] runs one plugin of
//! it as a DAW would (layouts, parameters by key or id, sample-placed events, state, latency, tail, window),
//! [`audio`] reads and writes files, [`chain`] reads what to run, [`render`] runs it over a song, and
//! [`measure`](mod@measure) reads what a song is like.
//!
//! Nothing here links a plugin: what is tested through this crate is what a DAW gets.
//!
//! # Threads
//!
//! The thread that creates an [`Instance`] is its main thread. [`Processor`], the audio half, may be moved to another
//! thread ([`Instance::take_processor`]); its `process` path allocates nothing, takes no lock and makes no system call
//! of its own, so that a system-call filter on that thread judges the plugin alone.

pub mod album;
pub mod audio;
mod bundle;
mod callbacks;
pub mod chain;
pub mod compare;
pub mod digest;
mod error;
mod instance;
pub mod measure;
mod monitoring;
pub mod names;
pub mod output;
mod params;
mod processor;
pub mod readings;
pub mod render;

pub use bundle::{Bundle, PluginDescriptor, default_search_dirs, find_bundles, find_plugin, is_foreign};
pub use callbacks::HostRequests;
pub use error::HostError;
pub use instance::{Instance, PortInfo, RemotePage, WindowSize};
pub use params::{ParamInfo, hash_key, number_in_text, slug};
pub use processor::{MAX_EVENTS, OutputEvent, ParamEvent, ProcessStatus, Processor, Tail};
