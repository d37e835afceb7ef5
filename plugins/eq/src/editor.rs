//! The panel.

use shared_plugin::editor::PlainPanel;

use crate::params::EqParams;
use crate::processor::EqReading;

/// EQ's panel.
pub type EqPanel = PlainPanel<EqParams, EqReading>;
