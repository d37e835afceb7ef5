//! What the panel remembers between pictures.

use shared_ui::level_columns::LevelColumns;
use shared_ui::limiting_history::LimitingHistory;
use shared_ui::readout::ReadoutState;

use super::learn::LearnRun;
use crate::processor::LimiterReading;

/// What the panel remembers between pictures.
#[derive(Default)]
pub struct LimiterPanel {
    pub(super) reading: LimiterReading,
    pub(super) history: LimitingHistory,
    pub(super) columns: LevelColumns,
    pub(super) texts: Texts,
    pub(super) learn: LearnRun,
}

/// The texts of the readings.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) crest: ReadoutState,
    pub(super) numbers: [ReadoutState; 6],
}
