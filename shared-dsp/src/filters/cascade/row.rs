//! Groups of sections in a row, and the ramp that all of them are on.

use super::group::{Group, LANES, Ramp, SECTIONS};
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

    /// A ramp begins.
    pub(super) fn begin(&mut self, length_samples: u32) {
        (self.position, self.length_samples) = (0, length_samples);
    }

    pub(super) fn forget(&mut self) {
        self.groups.iter_mut().for_each(|group| group.state = [[0.0; LANES]; 2]);
    }

    pub(super) fn is_settled(&self) -> bool {
        self.position == self.length_samples
    }

    /// What is on the ramp, and what is at rest behind it.
    pub(super) fn split<'a>(&self, frames: &'a mut [[f64; CHANNELS]]) -> [&'a mut [[f64; CHANNELS]]; 2] {
        let left = (self.length_samples - self.position) as usize;
        frames.split_at_mut(left.min(frames.len())).into()
    }

    /// How much of the ramp is done.
    pub(super) fn share(&self) -> f64 {
        f64::from(self.position) / f64::from(self.length_samples.max(1))
    }

    /// Frames that are all on the ramp, or all at rest behind it.
    pub(super) fn process(&mut self, frames: &mut [[f64; CHANNELS]]) {
        let ramp = (!self.is_settled()).then(|| {
            let ramp = Ramp { position: self.position, per_frame: 1.0 / f64::from(self.length_samples) };
            self.position += frames.len() as u32;
            ramp
        });
        if self.used > 0 && !frames.is_empty() {
            let groups = &mut self.groups[..self.used];
            dispatch!(simd::level(), simd => run(simd, groups, frames, ramp));
        }
    }
}

#[inline(always)]
fn run<S: Simd>(simd: S, groups: &mut [Group], frames: &mut [[f64; CHANNELS]], ramp: Option<Ramp>) {
    for group in groups {
        group.process(simd, frames, ramp);
    }
}

/// The outgoing side of a cross-fade: a copy of a cascade at one moment. It ends its ramp, and changes no more.
#[derive(Debug, Clone)]
pub struct OutgoingCascade(Row);

impl OutgoingCascade {
    /// A wire, with room for what a [`Cascade`](super::Cascade) of so many bands does. Allocates.
    #[must_use]
    pub fn new(bands: usize) -> Self {
        Self(Row::new(slots(bands)))
    }

    pub(super) fn copy_from(&mut self, row: &Row) {
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
