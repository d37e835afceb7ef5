//! What can go wrong between this host and a plugin.

use std::path::PathBuf;

/// An error of the host or of a plugin in it. The message names the file, plugin, parameter or value concerned.
///
/// The variants that `process` returns carry no text, so that making one allocates nothing.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The bundle's file could not be opened as a CLAP bundle.
    #[error("{}: not a CLAP bundle that can be loaded: {reason}", path.display())]
    Load {
        /// The file asked for.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// No bundle found holds the plugin.
    #[error("no plugin \"{wanted}\" was found; {available}")]
    UnknownPlugin {
        /// The name or id asked for.
        wanted: String,
        /// What was found, and where it was looked for.
        available: String,
    },
    /// The plugin's factory or `init` refused.
    #[error("{plugin}: could not be created: {reason}")]
    Create {
        /// The plugin's id.
        plugin: String,
        /// What the plugin or the host library said.
        reason: String,
    },
    /// The plugin has no layout with these channels.
    #[error("{plugin}: has no layout of {channels} channel(s){}", if *sidechain { " with a side chain" } else { "" })]
    Layout {
        /// The plugin's id.
        plugin: String,
        /// Main channels asked for.
        channels: usize,
        /// Whether a side chain was asked for.
        sidechain: bool,
    },
    /// `activate` or `start_processing` failed.
    #[error("{plugin}: could not be activated at {sample_rate_hz} Hz, blocks of {max_block}: {reason}")]
    Activate {
        /// The plugin's id.
        plugin: String,
        /// Sample rate in Hz.
        sample_rate_hz: f64,
        /// Largest block in frames.
        max_block: u32,
        /// What the plugin or the host library said.
        reason: String,
    },
    /// A parameter that the plugin does not have.
    #[error("{plugin}: no parameter \"{wanted}\"; it has {available}")]
    UnknownParam {
        /// The plugin's id.
        plugin: String,
        /// The key or id asked for.
        wanted: String,
        /// The keys it has.
        available: String,
    },
    /// A value that the parameter does not take.
    #[error("{plugin}: {param} does not take \"{value}\"; allowed: {allowed}")]
    BadValue {
        /// The plugin's id.
        plugin: String,
        /// The parameter's key.
        param: String,
        /// The value asked for.
        value: String,
        /// The range, or the list, in the plugin's own words.
        allowed: String,
    },
    /// The plugin could not save or load its state.
    #[error("{plugin}: its state could not be {}", if *saving { "saved" } else { "loaded" })]
    State {
        /// The plugin's id.
        plugin: String,
        /// Whether this happened on saving.
        saving: bool,
    },
    /// A call on the window failed, or there is none.
    #[error("{plugin}: window: {reason}")]
    Window {
        /// The plugin's id.
        plugin: String,
        /// Which call failed.
        reason: &'static str,
    },
    /// The plugin lacks an extension that the call needs.
    #[error("{plugin}: has no CLAP extension \"{extension}\"")]
    NoExtension {
        /// The plugin's id.
        plugin: String,
        /// The extension's name.
        extension: &'static str,
    },
    /// `process`, `reset` or `tail` without an active processor in this instance.
    #[error("the plugin is not active, or its processor has been taken")]
    NotActive,
    /// The call is for an inactive plugin only.
    #[error("the plugin is active")]
    StillActive,
    /// More frames than `activate` was told.
    #[error("a block longer than the plugin was activated for")]
    BlockTooLong,
    /// Channels that do not fit the layout, or channels of unequal length.
    #[error("channels do not fit the plugin's layout, or differ in length")]
    BadBuffers,
    /// More events than the preallocated list takes, or one outside the block, or an invalid parameter id.
    #[error("too many parameter events, or one outside its block")]
    BadEvents,
    /// A sample of the plugin's output is not finite.
    #[error("{plugin}: put out NaN or an infinity at frame {frame}")]
    NotFinite {
        /// The plugin's id.
        plugin: String,
        /// The frame of its output, counted from 0.
        frame: u64,
    },
    /// The plugin returned an error from `process`.
    #[error("the plugin failed to process a block")]
    Process,
}
