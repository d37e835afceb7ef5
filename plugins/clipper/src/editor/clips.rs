//! How many samples were clipped in the last second.

/// Pieces of the second.
const PIECES: usize = 10;
const PIECE_S: f32 = 0.1;

/// Counts over the last second, in tenths.
#[derive(Debug, Clone, Default)]
pub struct Clips {
    pieces: [u32; PIECES],
    place: usize,
    now: u32,
    filled_s: f32,
}

impl Clips {
    /// Lets `elapsed_s` seconds pass in which `count` samples were clipped.
    pub fn push(&mut self, elapsed_s: f32, count: u32) {
        self.now = self.now.saturating_add(count);
        self.filled_s += elapsed_s.clamp(0.0, 1.0);
        while self.filled_s >= PIECE_S {
            self.filled_s -= PIECE_S;
            self.pieces[self.place] = std::mem::take(&mut self.now);
            self.place = (self.place + 1) % PIECES;
        }
    }

    /// Clipped samples in the last whole tenths that make a second.
    pub fn per_second(&self) -> f32 {
        self.pieces.iter().map(|&count| count as f32).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_last_second_and_forgets_it() {
        let mut clips = Clips::default();
        for _ in 0..300 {
            clips.push(0.01, 2);
        }
        assert!((clips.per_second() - 200.0).abs() <= 20.0, "{}", clips.per_second());
        for _ in 0..120 {
            clips.push(0.01, 0);
        }
        assert_eq!(clips.per_second(), 0.0);
    }
}
