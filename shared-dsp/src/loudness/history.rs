//! The history of a programme of any length, in constant memory, readable from another thread.

use crate::math::MINUS_INFINITY_DB;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The time between two points at the finest level, seconds.
pub const HISTORY_PERIOD_S: f64 = 0.1;
/// Points that a level holds: the width of a large screen.
const LEVEL_POINTS: usize = 2048;
/// Levels, each half as fine as the one before: the coarsest holds 29 hours.
const LEVELS: usize = 10;
const FIELDS: usize = 5;

/// What a tenth of a second, or a longer segment in a coarser level, measured. Levels are
/// [`MINUS_INFINITY_DB`] where there is nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HistoryPoint {
    /// Momentary loudness in LUFS: the greatest of the segment.
    pub momentary_lufs: f32,
    /// Short-term loudness in LUFS: the greatest of the segment.
    pub short_term_lufs: f32,
    /// Integrated loudness in LUFS at the end of the segment.
    pub integrated_lufs: f32,
    /// True peak in dBTP: the greatest of the segment.
    pub true_peak_dbtp: f32,
    /// Correlation of the front pair, -1 to 1: the least of the segment; 0 in silence.
    pub correlation: f32,
}

impl HistoryPoint {
    /// A segment of silence.
    pub const SILENCE: Self = Self {
        momentary_lufs: MINUS_INFINITY_DB as f32,
        short_term_lufs: MINUS_INFINITY_DB as f32,
        integrated_lufs: MINUS_INFINITY_DB as f32,
        true_peak_dbtp: MINUS_INFINITY_DB as f32,
        correlation: 0.0,
    };

    /// Two segments in a row as one.
    fn followed_by(self, next: Self) -> Self {
        Self {
            momentary_lufs: self.momentary_lufs.max(next.momentary_lufs),
            short_term_lufs: self.short_term_lufs.max(next.short_term_lufs),
            integrated_lufs: next.integrated_lufs,
            true_peak_dbtp: self.true_peak_dbtp.max(next.true_peak_dbtp),
            correlation: self.correlation.min(next.correlation),
        }
    }

    fn to_fields(self) -> [f32; FIELDS] {
        [self.momentary_lufs, self.short_term_lufs, self.integrated_lufs, self.true_peak_dbtp, self.correlation]
    }

    fn from_fields(
        [momentary_lufs, short_term_lufs, integrated_lufs, true_peak_dbtp, correlation]: [f32; FIELDS],
    ) -> Self {
        Self { momentary_lufs, short_term_lufs, integrated_lufs, true_peak_dbtp, correlation }
    }
}

/// A pyramid of rings: each level takes one point for two of the level below. So the whole programme is always there at
/// the finest resolution that fits, no point ever costs more than ten merges, and nothing is moved.
///
/// One thread writes, any number read at the same time, and nobody waits. A reader that is overtaken by the writer, in the
/// oldest points of a full ring, may see a point put together from two: one pixel of a picture, once.
#[derive(Debug)]
pub struct History {
    levels: Vec<Level>,
}

#[derive(Debug)]
struct Level {
    slots: Vec<[AtomicU32; FIELDS]>,
    /// Points written since the reset.
    written: AtomicU64,
}

impl Level {
    fn store(&self, index: u64, point: HistoryPoint) {
        let slot = &self.slots[index as usize % LEVEL_POINTS];
        for (field, value) in slot.iter().zip(point.to_fields()) {
            field.store(value.to_bits(), Ordering::Relaxed);
        }
        self.written.store(index + 1, Ordering::Release);
    }

    fn load(&self, index: u64) -> HistoryPoint {
        let slot = &self.slots[index as usize % LEVEL_POINTS];
        HistoryPoint::from_fields(std::array::from_fn(|k| f32::from_bits(slot[k].load(Ordering::Relaxed))))
    }
}

impl Default for History {
    fn default() -> Self {
        Self::new()
    }
}

impl History {
    /// An empty history. Allocates all that it will ever need (0.4 MB).
    #[must_use]
    pub fn new() -> Self {
        let slot = || std::array::from_fn(|_| AtomicU32::new(0));
        let level =
            || Level { slots: std::iter::repeat_with(slot).take(LEVEL_POINTS).collect(), written: AtomicU64::new(0) };
        Self { levels: std::iter::repeat_with(level).take(LEVELS).collect() }
    }

    /// Forgets everything. For the writing thread; realtime-safe.
    pub fn reset(&self) {
        for level in &self.levels {
            level.written.store(0, Ordering::Release);
        }
    }

    /// Takes the next tenth of a second. For the writing thread; realtime-safe.
    pub fn push(&self, point: HistoryPoint) {
        let mut point = point;
        for level in &self.levels {
            let index = level.written.load(Ordering::Relaxed);
            level.store(index, point);
            if index % 2 == 0 {
                break;
            }
            point = level.load(index - 1).followed_by(point);
        }
    }

    /// The number of tenths of a second taken since the reset.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.levels[0].written.load(Ordering::Acquire)
    }

    /// Whether nothing has been taken since the reset.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The whole programme into `points` (emptied first), oldest first, at the finest resolution of which at most 2048
    /// points hold it. Returns the length of a point in seconds. A last segment shorter than a point is left out.
    pub fn read_whole(&self, points: &mut Vec<HistoryPoint>) -> f64 {
        let held = |level: &Level| level.written.load(Ordering::Acquire) <= LEVEL_POINTS as u64;
        let at = self.levels.iter().position(held).unwrap_or(LEVELS - 1);
        self.read_level(at, LEVEL_POINTS, points)
    }

    /// The last `seconds` (at most 204.8) in tenths of a second into `points` (emptied first), oldest first.
    pub fn read_recent(&self, seconds: f64, points: &mut Vec<HistoryPoint>) {
        self.read_level(0, (seconds / HISTORY_PERIOD_S).ceil().max(0.0) as usize, points);
    }

    fn read_level(&self, at: usize, count: usize, points: &mut Vec<HistoryPoint>) -> f64 {
        let level = &self.levels[at];
        let written = level.written.load(Ordering::Acquire);
        let count = written.min(count.min(LEVEL_POINTS) as u64);
        points.clear();
        points.extend((written - count..written).map(|index| level.load(index)));
        HISTORY_PERIOD_S * (1_u64 << at) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(n: u64) -> HistoryPoint {
        HistoryPoint { momentary_lufs: -(n as f32), integrated_lufs: n as f32, ..HistoryPoint::SILENCE }
    }

    #[test]
    fn a_day_fits_and_nothing_is_lost() {
        let history = History::new();
        let mut points = Vec::new();
        for tenths in [1_u64, 2047, 2048, 2049, 36_000, 864_000] {
            history.reset();
            for n in 0..tenths {
                // One loud tenth anywhere must show at every resolution.
                let mut next = point(n % 1000 + 10);
                if n == tenths / 3 {
                    next.momentary_lufs = 0.0;
                }
                next.integrated_lufs = n as f32;
                history.push(next);
            }
            let period_s = history.read_whole(&mut points);
            assert!(points.len() <= 2048 && (tenths < 2048 || points.len() >= 1024), "{} points", points.len());
            let covered = points.len() as f64 * period_s / HISTORY_PERIOD_S;
            assert!((0.0..period_s / HISTORY_PERIOD_S).contains(&(tenths as f64 - covered)), "{covered} of {tenths}");
            assert_eq!(points.iter().filter(|point| point.momentary_lufs == 0.0).count(), 1, "{tenths}");
            assert_eq!(points.last().unwrap().integrated_lufs, covered as f32 - 1.0);
            history.read_recent(10.0, &mut points);
            assert_eq!(points.len() as u64, tenths.min(100));
            assert_eq!(points.last().unwrap().integrated_lufs, (tenths - 1) as f32);
        }
    }
}
