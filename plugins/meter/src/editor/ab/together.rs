//! The loudness of A and of B over the last while, from what the aligner holds.

use std::collections::VecDeque;

use egui::{Ui, Vec2};
use shared_dsp::loudness::LoudnessMeter;
use shared_dsp::spectrum::TapReader;
use shared_ui::pair_history::{PairHistory, PairLoudness};

use crate::ab::{Aligner, Desk};

/// Seconds between two points, and how many points a picture has: a minute.
const POINT_S: f64 = 0.1;
const MOST_POINTS: usize = 600;
/// Of what a window missed the last four seconds are enough: short-term loudness looks back on three.
const MOST_FRAMES_S: f64 = 4.0;

/// Both meters, and what they read.
#[derive(Default)]
pub struct Together {
    sides: Option<[(TapReader, LoudnessMeter); 2]>,
    rate_hz: f64,
    since_point_s: f64,
    points: VecDeque<PairLoudness>,
}

impl Together {
    /// Measures what was heard since the last picture.
    pub fn update(&mut self, desk: &Desk, rate_hz: f64, elapsed_s: f64) {
        let Some(taps) = desk.aligner().map(Aligner::taps).filter(|_| rate_hz > 0.0) else {
            *self = Self::default();
            return;
        };
        if self.rate_hz != rate_hz {
            (self.sides, self.rate_hz) = (None, rate_hz);
        }
        let side = || (TapReader::default(), LoudnessMeter::new(rate_hz));
        let sides = self.sides.get_or_insert_with(|| [side(), side()]);
        let mut is_moving = false;
        for ((reader, meter), tap) in sides.iter_mut().zip(taps) {
            if reader.missed(tap) {
                meter.reset();
            }
            let [left, right] = reader.fresh(tap, (MOST_FRAMES_S * rate_hz) as usize);
            is_moving |= !left.is_empty();
            meter.process(left, Some(right));
        }
        self.since_point_s += elapsed_s;
        if self.since_point_s < POINT_S || !is_moving {
            return;
        }
        self.since_point_s = 0.0;
        let [a, b] = [0, 1].map(|side| sides[side].1.short_term_lufs().map_or(f32::NEG_INFINITY, |lufs| lufs as f32));
        if self.points.len() == MOST_POINTS {
            self.points.pop_front();
        }
        self.points.push_back(PairLoudness { a, b });
    }

    /// Draws them, where A is louder than B by `difference_lu`.
    pub fn show(&mut self, ui: &mut Ui, size: Vec2, difference_lu: Option<f64>) {
        let louder_lu = difference_lu.unwrap_or(0.0) as f32;
        let lowered_lu = [-louder_lu.max(0.0), louder_lu.min(0.0)];
        let points = &*self.points.make_contiguous();
        PairHistory { points, point_s: POINT_S as f32, most: MOST_POINTS, lowered_lu }.show(ui, size);
    }
}
