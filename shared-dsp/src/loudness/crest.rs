//! How far the peaks stand above the body.

use crate::math::gain_to_db;

/// Pieces of 100 ms that make up three seconds.
const PIECES: usize = 30;
const PIECE_S: f64 = 0.1;

/// Peak and mean square over the last three seconds, in pieces.
#[derive(Debug, Clone, Default)]
pub struct Crest {
    pieces: [(f32, f64); PIECES],
    place: usize,
    now: (f32, f64),
    frames: usize,
    frames_in_piece: usize,
}

impl Crest {
    /// Takes another sample rate, and forgets everything.
    pub fn prepare(&mut self, sample_rate_hz: f64) {
        *self = Self { frames_in_piece: (PIECE_S * sample_rate_hz) as usize, ..Self::default() };
    }

    /// Forgets everything. Realtime-safe.
    pub fn reset(&mut self) {
        *self = Self { frames_in_piece: self.frames_in_piece, ..Self::default() };
    }

    #[inline(always)]
    /// Takes one or two channels of one segment. Realtime-safe.
    pub fn feed(&mut self, left: &[f32], right: Option<&[f32]>) {
        let (mut peak, mut square) = measure(left);
        if let Some(right) = right {
            let (other_peak, other_square) = measure(right);
            peak = peak.max(other_peak);
            square = 0.5 * (square + other_square);
        }
        self.now = (self.now.0.max(peak), self.now.1 + f64::from(square));
        self.frames += left.len();
        if self.frames >= self.frames_in_piece {
            self.pieces[self.place] = self.now;
            self.place = (self.place + 1) % PIECES;
            self.now = (0.0, 0.0);
            self.frames = 0;
        }
    }

    /// Peak over RMS in dB, 3.01 for a sine; 0 for silence.
    #[must_use]
    pub fn crest_db(&self) -> f64 {
        let (mut peak, mut square, mut frames) = (self.now.0, self.now.1, self.frames as f64);
        for piece in self.pieces.iter().filter(|piece| piece.0 > 0.0) {
            peak = peak.max(piece.0);
            square += piece.1;
            frames += self.frames_in_piece as f64;
        }
        if square > 0.0 && frames > 0.0 {
            let crest = f64::from(peak) / (square / frames).sqrt();
            if crest.is_finite() { gain_to_db(crest) } else { 0.0 }
        } else {
            0.0
        }
    }
}

/// Largest magnitude and sum of squares, in lanes so that it runs in vectors. A segment is short: f32 sums it well
/// enough.
#[inline(always)]
fn measure(samples: &[f32]) -> (f32, f32) {
    let mut peaks = [0.0f32; 8];
    let mut squares = [0.0f32; 8];
    let (chunks, rest) = samples.as_chunks::<8>();
    for chunk in chunks {
        for lane in 0..8 {
            let x = chunk[lane];
            let magnitude = x.abs();
            peaks[lane] = if magnitude > peaks[lane] { magnitude } else { peaks[lane] };
            squares[lane] += x * x;
        }
    }
    for (lane, &x) in rest.iter().enumerate() {
        peaks[lane] = peaks[lane].max(x.abs());
        squares[lane] += x * x;
    }
    (peaks.iter().fold(0.0, |a, &b| a.max(b)), squares.iter().sum())
}
