//! What a VST3 plugin says of its parameters and buses.

/// A parameter, its range normalised to 0..1.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamDescription {
    /// The VST3 id.
    pub id: u32,
    /// The title.
    pub name: String,
    /// The unit of the value ("dB").
    pub unit: String,
    /// The names of the VST3 units that it stands in, from the top down, separated by slashes; nothing in the root unit.
    pub group: String,
    /// Steps between the least and the greatest value, 0 for a continuous parameter.
    pub steps: i32,
    /// The default, normalised.
    pub default: f64,
    /// Whether a host may automate it.
    pub is_automatable: bool,
    /// Whether it is the host's bypass.
    pub is_bypass: bool,
}

/// A bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bus {
    /// The name.
    pub name: String,
    /// Channels.
    pub channels: i32,
}
