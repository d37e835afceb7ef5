//! What the root of a plugin crate names: `use shared_plugin::prelude::*;`.

pub use shared_dsp::{Io, JobList, Mode, Processor, Quality};

pub use crate::editor::PlainPanel;
pub use crate::features::Features;
pub use crate::kind::Kind;
pub use crate::mode_choice::ModeChoice;
pub use crate::monitoring::{ActiveMonitoring, MonitoringSwitch};
pub use crate::params::{
    AllParams, Choice, Float, ParamSet, Parameter, Switch, bands, choice, frequency_hz, level, level_db, number,
    percent, switch,
};
pub use crate::product::{ModeOf, Product, RemotePage, StartingPoint};
