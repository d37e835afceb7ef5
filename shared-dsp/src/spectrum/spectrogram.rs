//! Spectra side by side in time.

use crate::math::power_to_db;

/// The lowest and the highest frequency, Hz.
const RANGE_HZ: (f64, f64) = (20.0, 20e3);
/// The quietest level that is told from silence, dBFS.
const FLOOR_DBFS: f64 = -120.0;

/// The last columns of a spectrogram: rows on a logarithmic scale from 20 Hz to 20 kHz, levels in steps of half a dB.
///
/// For a window's thread or a file's reader; nothing allocates after [`new`](Self::new).
#[derive(Debug, Clone)]
pub struct Spectrogram {
    /// For each row the bins it takes the greatest of, first and behind the last.
    rows: Vec<(usize, usize)>,
    columns: usize,
    levels: Vec<u8>,
    written: u64,
}

impl Spectrogram {
    /// An empty spectrogram of `rows` by `columns` over the bins of an analyser that stand `bin_hz` apart. Allocates.
    #[must_use]
    pub fn new(rows: usize, columns: usize, bin_hz: f64) -> Self {
        let (rows, columns) = (rows.max(1), columns.max(1));
        let bin = |row: usize| {
            let hz = RANGE_HZ.0 * (RANGE_HZ.1 / RANGE_HZ.0).powf(row as f64 / rows as f64);
            (hz / bin_hz).round() as usize
        };
        Self {
            rows: (0..rows).map(|row| (bin(row), bin(row + 1).max(bin(row) + 1))).collect(),
            columns,
            levels: vec![0; rows * columns],
            written: 0,
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.levels.fill(0);
        self.written = 0;
    }

    /// Takes the powers of the next segment as a column.
    pub fn push(&mut self, powers: &[f32]) {
        let rows = self.rows.len();
        let start = (self.written % self.columns as u64) as usize * rows;
        for (level, &(first, end)) in self.levels[start..start + rows].iter_mut().zip(&self.rows) {
            let bins = &powers[first.min(powers.len())..end.min(powers.len())];
            let power = bins.iter().fold(0.0_f32, |greatest, &power| greatest.max(power));
            *level = (2.0 * (power_to_db(f64::from(power)) - FLOOR_DBFS)).clamp(0.0, 255.0) as u8;
        }
        self.written += 1;
    }

    /// Columns taken since the reset: a picture is out of date when this moves.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// The columns that there are, oldest first, each from 20 Hz up; see [`level_dbfs`](Self::level_dbfs).
    pub fn columns(&self) -> impl Iterator<Item = &[u8]> {
        let rows = self.rows.len();
        let count = self.written.min(self.columns as u64);
        (self.written - count..self.written).map(move |column| {
            let start = (column % self.columns as u64) as usize * rows;
            &self.levels[start..start + rows]
        })
    }

    /// The level that a number in a column stands for, in dBFS: -120 (or less) for 0, +7.5 for 255.
    #[must_use]
    pub fn level_dbfs(level: u8) -> f64 {
        FLOOR_DBFS + f64::from(level) / 2.0
    }
}
