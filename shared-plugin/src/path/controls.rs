//! What steers the path.

/// What the user hears of the plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Listen {
    /// The output.
    #[default]
    Programme,
    /// Wet minus aligned dry.
    Delta,
    /// The dry at the wet's loudness.
    Compare,
}

/// Everything that steers the path, read from the parameters at a control point.
#[derive(Debug, Clone, PartialEq)]
pub struct Controls<S> {
    /// The processor's own settings, mix included.
    pub settings: S,
    /// Trim before the processor, dB.
    pub input_db: f32,
    /// Trim after the processor, dB.
    pub output_db: f32,
    /// Whether the delayed input is heard and nothing else.
    pub is_bypassed: bool,
    /// What is heard of the plugin.
    pub listen: Listen,
    /// Whether the wet is heard at the loudness of the dry.
    pub is_at_unity: bool,
    /// The gain that the settings ask of the processor outright, dB: what loudness measurements need not wait to hear.
    pub known_gain_db: f32,
}

/// The processor's [modes](shared_dsp::Mode), both of which the latency must cover, and which of them is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Modes<M> {
    /// In playback.
    pub playback: M,
    /// In an offline render.
    pub offline: M,
    /// Whether this is an offline render.
    pub is_offline: bool,
}

impl<M> Modes<M> {
    /// The one in use.
    #[must_use]
    pub fn now(self) -> M {
        if self.is_offline { self.offline } else { self.playback }
    }
}
