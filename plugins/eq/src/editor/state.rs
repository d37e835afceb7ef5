//! What the panel remembers, and what its parts are given.

use shared_plugin::editor::PanelContext;
use shared_ui::bar_meter::BarMeter;
use shared_ui::readout::ReadoutState;

use super::analyser::Spectra;
use super::curves::Curves;
use super::header::Looks;
use crate::params::EqParams;
use crate::processor::{BANDS, EqReading};

/// What every part of the panel is given.
pub(super) type Context<'a> = PanelContext<'a, EqParams, EqReading>;

/// What the panel remembers between pictures.
#[derive(Debug)]
pub struct EqPanel {
    pub(super) reading: EqReading,
    pub(super) key_level_db: [f32; BANDS],
    /// What Mono below takes: the most since the last picture, falling slowly.
    pub(super) mono_lost_db: f32,
    pub(super) lost_text: ReadoutState,
    pub(super) looks: Looks,
    pub(super) spectra: Spectra,
    pub(super) curves: Curves,
    pub(super) meters: [BarMeter; 2],
    /// The band that is edited, from 0.
    pub(super) selected: usize,
    pub(super) sheet: Option<Sheet>,
}

/// The sheet while it lies open, and what was wrong with it.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) text: String,
    pub(super) error: Option<String>,
}

impl Default for EqPanel {
    fn default() -> Self {
        Self {
            reading: EqReading::default(),
            key_level_db: [-200.0; BANDS],
            mono_lost_db: -200.0,
            lost_text: ReadoutState::default(),
            looks: Looks::default(),
            spectra: Spectra::default(),
            curves: Curves::default(),
            meters: Default::default(),
            selected: 0,
            sheet: None,
        }
    }
}
