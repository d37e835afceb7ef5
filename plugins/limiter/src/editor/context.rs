//! What every part of the panel is given.

use shared_plugin::editor::PanelContext;

use crate::params::LimiterParams;
use crate::processor::LimiterReading;

/// The shell's context of this panel.
pub(super) type Context<'a> = PanelContext<'a, LimiterParams, LimiterReading>;
