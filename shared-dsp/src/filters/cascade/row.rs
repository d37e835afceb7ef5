//! Groups of sections in a row, and the line that all of them are on.

use super::group::{Group, LANES, Line, SECTIONS};
use crate::filters::MOST_SECTIONS;
use crate::simd::{self, Simd, dispatch};

/// Two channels: left and right, or mid and side.
pub(super) const CHANNELS: usize = 2;

/// Of so many bands, and their tail.
pub(super) fn slots(bands: usize) -> usize {
    bands * MOST_SECTIONS + 1
}

/// What runs.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) groups: Vec<Group>,
    /// The first so many of them run.
    pub(super) used: usize,
    position: u32,
    length_samples: u32,
}

impl Row {
    /// Room for so many sections. Allocates.
    pub(super) fn new(sections: usize) -> Self {
        Self { groups: vec![Group::default(); sections.div_ceil(SECTIONS)], used: 0, position: 0, length_samples: 0 }
    }

    /// A line begins.
    pub(super) fn begin(&mut self, length_samples: u32) {
        (self.position, self.length_samples) = (0, length_samples);
    }

    pub(super) fn forget(&mut self) {
        self.groups.iter_mut().for_each(|group| group.state = [[0.0; LANES]; 2]);
    }

    pub(super) fn is_settled(&self) -> bool {
        self.position == self.length_samples
    }

    /// What is on the line, and what is at rest behind it.
    pub(super) fn split<'a>(&self, frames: &'a mut [[f64; CHANNELS]]) -> [&'a mut [[f64; CHANNELS]]; 2] {
        let left = (self.length_samples - self.position) as usize;
        frames.split_at_mut(left.min(frames.len())).into()
    }

    /// How much of the line is done.
    pub(super) fn share(&self) -> f64 {
        f64::from(self.position) / f64::from(self.length_samples.max(1))
    }

    /// Frames that are all on the line, or all at rest behind it.
    pub(super) fn process(&mut self, frames: &mut [[f64; CHANNELS]]) {
        let line = (!self.is_settled()).then(|| {
            let line = Line { position: self.position, per_frame: 1.0 / f64::from(self.length_samples) };
            self.position += frames.len() as u32;
            line
        });
        if self.used > 0 && !frames.is_empty() {
            let groups = &mut self.groups[..self.used];
            dispatch!(simd::level(), simd => run(simd, groups, frames, line));
        }
    }
}

#[inline(always)]
fn run<S: Simd>(simd: S, groups: &mut [Group], frames: &mut [[f64; CHANNELS]], line: Option<Line>) {
    for group in groups {
        group.process(simd, frames, line);
    }
}

/// What a cascade did at one moment, going on by itself: it ends its line, and changes no more.
#[derive(Debug, Clone)]
pub struct Leaving(Row);

impl Leaving {
    /// A wire, with room for what a [`Cascade`](super::Cascade) of so many bands does. Allocates.
    #[must_use]
    pub fn new(bands: usize) -> Self {
        Self(Row::new(slots(bands)))
    }

    pub(super) fn take(&mut self, row: &Row) {
        let used = row.used.min(self.0.groups.len());
        self.0.groups[..used].clone_from_slice(&row.groups[..used]);
        (self.0.used, self.0.position, self.0.length_samples) = (used, row.position, row.length_samples);
    }

    /// Whether it passes everything bit for bit.
    #[must_use]
    pub fn is_wire(&self) -> bool {
        self.0.used == 0
    }

    /// In place. Realtime-safe.
    pub fn process(&mut self, frames: &mut [[f64; CHANNELS]]) {
        for part in self.0.split(frames) {
            self.0.process(part);
        }
    }
}
