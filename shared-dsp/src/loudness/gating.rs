//! Gated means and percentiles of loudness over any length of time, in constant memory.

use super::{ABSOLUTE_GATE_LUFS, power_to_lufs};

/// Fine bins in a coarse one, which is 1 LU wide.
const FINE_PER_COARSE: usize = 100;
/// Coarse bins, from the absolute gate up to +30 LUFS; louder blocks fall in the last.
const COARSE: usize = 100;

/// A histogram of block powers in bins of 0.01 LU that keeps the sum of powers of each bin.
///
/// With the sums kept, the mean above a gate is exact but for the blocks that share 0.01 LU with the gate itself. The bins
/// come in two layers, so that a question costs 200 additions at most, whatever the length of the programme.
#[derive(Debug, Clone)]
pub(super) struct GatedHistogram {
    fine: Vec<Bin>,
    coarse: Vec<Bin>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    power: f64,
    /// Of the same blocks of another programme, where there is one.
    other: f64,
    blocks: u64,
}

impl Bin {
    fn add(&mut self, other: Self) {
        self.power += other.power;
        self.other += other.other;
        self.blocks += other.blocks;
    }

    fn mean(&self) -> Option<f64> {
        (self.blocks > 0).then(|| self.power / self.blocks as f64)
    }
}

impl GatedHistogram {
    pub(super) fn new() -> Self {
        Self { fine: vec![Bin::default(); COARSE * FINE_PER_COARSE], coarse: vec![Bin::default(); COARSE] }
    }

    pub(super) fn reset(&mut self) {
        self.fine.fill(Bin::default());
        self.coarse.fill(Bin::default());
    }

    /// Takes a block by its K-weighted mean power; blocks at or below the absolute gate do not count.
    pub(super) fn push(&mut self, power: f64) {
        self.push_pair(power, 0.0);
    }

    /// The same, with the power that another programme has meanwhile.
    pub(super) fn push_pair(&mut self, power: f64, other: f64) {
        let Some(lufs) = power_to_lufs(power).filter(|&lufs| lufs > ABSOLUTE_GATE_LUFS) else { return };
        let index = (((lufs - ABSOLUTE_GATE_LUFS) * FINE_PER_COARSE as f64) as usize).min(self.fine.len() - 1);
        let block = Bin { power, other, blocks: 1 };
        self.fine[index].add(block);
        self.coarse[index / FINE_PER_COARSE].add(block);
    }

    /// Takes all blocks of another.
    pub(super) fn absorb(&mut self, other: &Self) {
        let bins = self.fine.iter_mut().chain(&mut self.coarse);
        bins.zip(other.fine.iter().chain(&other.coarse)).for_each(|(bin, &other)| bin.add(other));
    }

    /// Mean power of the blocks above the absolute gate and above `relative_gate_lu` (negative) re their own mean;
    /// `None` if there is none.
    pub(super) fn gated_mean(&self, relative_gate_lu: f64) -> Option<f64> {
        self.gated_sum(relative_gate_lu)?.mean()
    }

    /// The power of the blocks that [`gated_mean`](Self::gated_mean) counts over the other programme's in the same blocks; `None`
    /// if there is none.
    pub(super) fn gated_ratio(&self, relative_gate_lu: f64) -> Option<f64> {
        let sum = self.gated_sum(relative_gate_lu)?;
        (sum.other > 0.0).then(|| sum.power / sum.other)
    }

    fn gated_sum(&self, relative_gate_lu: f64) -> Option<Bin> {
        let gate = self.gate(relative_gate_lu)?;
        let mut sum = Bin::default();
        self.for_each_above(gate, |bin| sum.add(bin));
        Some(sum)
    }

    /// The levels in LUFS below which the fractions `low` and `high` of the gated blocks lie, taken at
    /// round((n - 1) p + 1) as Tech 3342 does; `None` if there is no block.
    pub(super) fn gated_percentiles(&self, relative_gate_lu: f64, low: f64, high: f64) -> Option<(f64, f64)> {
        let gate = self.gate(relative_gate_lu)?;
        let mut total = Bin::default();
        self.for_each_above(gate, |bin| total.add(bin));
        if total.blocks == 0 {
            return None;
        }
        let rank = |p: f64| ((total.blocks - 1) as f64 * p).round() as u64;
        // Every block that is not above the gate is below it, and comes first in rank.
        let below = self.coarse.iter().map(|bin| bin.blocks).sum::<u64>() - total.blocks;
        Some((self.level_at(below + rank(low))?, self.level_at(below + rank(high))?))
    }

    /// The power that a block must exceed to pass the relative gate.
    fn gate(&self, relative_gate_lu: f64) -> Option<f64> {
        let mut all = Bin::default();
        for &bin in &self.coarse {
            all.add(bin);
        }
        all.mean().map(|mean| mean * 10f64.powf(relative_gate_lu / 10.0))
    }

    /// Calls `visit` with bins that together hold every block above `gate`, from the quietest up: fine ones where the
    /// gate cuts a coarse bin, coarse ones above. A fine bin is in or out by its own mean.
    fn for_each_above(&self, gate: f64, mut visit: impl FnMut(Bin)) {
        let first = power_to_lufs(gate).map_or(0.0, |lufs| (lufs - ABSOLUTE_GATE_LUFS).max(0.0)) as usize;
        let first = first.min(COARSE - 1);
        for &bin in &self.fine[first * FINE_PER_COARSE..(first + 1) * FINE_PER_COARSE] {
            if bin.mean().is_some_and(|mean| mean > gate) {
                visit(bin);
            }
        }
        for &bin in &self.coarse[first + 1..] {
            if bin.blocks > 0 {
                visit(bin);
            }
        }
    }

    /// The level in LUFS of the block of this rank, counted from the quietest, from zero.
    fn level_at(&self, rank: u64) -> Option<f64> {
        let mut left = rank;
        for (coarse, fine) in self.coarse.iter().zip(self.fine.chunks_exact(FINE_PER_COARSE)) {
            if left >= coarse.blocks {
                left -= coarse.blocks;
                continue;
            }
            for bin in fine {
                if left < bin.blocks {
                    return bin.mean().and_then(power_to_lufs);
                }
                left -= bin.blocks;
            }
        }
        None
    }
}
