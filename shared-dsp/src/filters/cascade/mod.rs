//! The bands of an equaliser in a row, two channels at a time.
//!
//! Sections run in groups of four in one loop ([`Group`]). On the control grid the cascade takes new bands, designs those that
//! have changed, and moves all coefficients on linear ramps to their targets. What moves are the steps of the
//! state-variable sections themselves: none of them ever gives its memory energy, and so neither does anything between two
//! of them (the sum of the squares of the memory is a Lyapunov function of them all): no movement, however fast, is unstable.
//!
//! A section that nobody wants in either channel is left out: it costs nothing, and what passes is untouched. It comes back
//! as the wire it has been, with an empty memory. A band of 0 dB that is wanted is a wire, too, but one that keeps its
//! memory: a gain on its way through 0 dB that began anew there would be heard to ring.
//!
//! A band of another shape or slope is another filter, and no ramp leads there: eight sections that fade on ramps of
//! their own are one steep edge. What was goes on by itself ([`OutgoingCascade`]) while it is cross-faded with the cascade, which
//! jumps to what is wanted.

mod group;
mod row;

use group::{COEFS, SECTIONS, WIRE};
pub use row::OutgoingCascade;
use row::{CHANNELS, Row, slots};

use super::band::{Band, MOST_SECTIONS, Missing, Sections};

/// One band as it was designed last.
#[derive(Debug, Clone)]
struct Place {
    bands: [Option<Band>; CHANNELS],
    missing: [Missing; CHANNELS],
    /// Slots that are wanted or still on their way out.
    used: usize,
    /// Whether it is another filter than at the last glide.
    is_other: bool,
}

/// Where one section is kept, and where it is going.
#[derive(Debug, Clone, Copy)]
struct Slot {
    now: [[f64; COEFS]; CHANNELS],
    target: [[f64; COEFS]; CHANNELS],
    state: [[f64; 2]; CHANNELS],
    /// Whether there is something to be done, or a memory to be kept, at the target.
    is_wanted: bool,
    is_active: bool,
}

impl Slot {
    const EMPTY: Self = Self {
        now: [WIRE; CHANNELS],
        target: [WIRE; CHANNELS],
        state: [[0.0; 2]; CHANNELS],
        is_wanted: false,
        is_active: false,
    };
}

/// The same memory, and nothing of it in the output.
fn silenced(coefs: &[f64; COEFS]) -> [f64; COEFS] {
    let mut coefs = *coefs;
    coefs[3..].copy_from_slice(&WIRE[3..]);
    coefs
}

/// All bands of two channels with their tail.
#[derive(Debug, Clone)]
pub struct Cascade {
    sample_rate_hz: f64,
    places: Vec<Place>,
    /// [`MOST_SECTIONS`] for each place, and the tail.
    slots: Vec<Slot>,
    /// The slots that are in groups, in order.
    active: Vec<usize>,
    row: Row,
    is_changed: bool,
}

impl Cascade {
    /// Room for so many bands; a wire until it is given some. Allocates.
    #[must_use]
    pub fn new(bands: usize, sample_rate_hz: f64) -> Self {
        let place =
            Place { bands: [None; CHANNELS], missing: [Missing::default(); CHANNELS], used: 0, is_other: false };
        // What the first design finds out once and for all is found out here, not on the audio thread.
        let _ = Band { gain_db: 1.0, ..Band::default() }.design(sample_rate_hz).1.tail();
        let slots = slots(bands);
        Self {
            sample_rate_hz,
            places: vec![place; bands],
            slots: vec![Slot::EMPTY; slots],
            active: Vec::with_capacity(slots),
            row: Row::new(slots),
            is_changed: false,
        }
    }

    /// Wants these bands at place `index` of the first and of the second channel, from the next [`glide`](Self::glide) on. None
    /// is a wire that costs nothing; a flat one is a wire that keeps its memory, for a gain that passes 0 dB. Designs at once
    /// what has changed. Realtime-safe.
    pub fn set_band(&mut self, index: usize, bands: [Option<Band>; CHANNELS]) {
        let Some(place) = self.places.get_mut(index) else { return };
        if place.bands == bands {
            return;
        }
        let kinds = |bands: [Option<Band>; CHANNELS]| bands.map(|band| band.map(|b| (b.shape, b.slope_db_per_octave)));
        place.is_other |= kinds(place.bands) != kinds(bands);
        place.bands = bands;
        self.is_changed = true;
        let design = |band: Option<Band>| band.map(|band| band.design(self.sample_rate_hz)).unwrap_or_default();
        let first = design(bands[0]);
        let second = if bands[1] == bands[0] { first } else { design(bands[1]) };
        place.missing = [first.1, second.1];
        place.used = place.used.max(first.0.as_slice().len()).max(second.0.as_slice().len());
        let slots = &mut self.slots[index * MOST_SECTIONS..][..place.used];
        for (n, slot) in slots.iter_mut().enumerate() {
            set_target(
                slot,
                [&first.0, &second.0].map(|sections: &Sections| sections.as_slice().get(n).map(|c| c.step())),
            );
        }
    }

    /// Goes to what was set since the last time, from wherever it is, over `length_samples`: 64 on a grid of 64. Goes on
    /// undisturbed if nothing was. 0 jumps, and a band that is another filter now begins with an empty memory: see
    /// [`copy_to`](Self::copy_to). Realtime-safe.
    pub fn glide(&mut self, length_samples: u32) {
        if !self.is_changed {
            return;
        }
        self.is_changed = false;
        let missing = |channel: usize| {
            let mut missing = Missing::default();
            // The others miss nothing.
            self.places.iter().filter(|place| place.used > 0).for_each(|place| missing.add(&place.missing[channel]));
            missing
        };
        // Where a band passes 0 dB the tail may do so with it.
        let is_passing = self.places.iter().any(|place| place.bands.iter().flatten().any(Band::is_flat));
        let tail = |channel: usize| Some(missing(channel).tail()).filter(|tail| is_passing || !tail.is_wire());
        let first = tail(0);
        let are_same = self.places.iter().all(|place| place.bands[0] == place.bands[1]);
        let tails = [first, if are_same { first } else { tail(1) }].map(|tail| tail.map(|tail| tail.step()));
        if let Some(tail) = self.slots.last_mut() {
            set_target(tail, tails);
        }
        if length_samples > 0 && self.is_settled() && self.keeps_its_sections() {
            self.retarget();
            self.row.begin(length_samples);
            return;
        }
        self.scatter();
        self.row.begin(length_samples);
        for (place, slots) in self.places.iter_mut().zip(self.slots.chunks_mut(MOST_SECTIONS)) {
            if std::mem::take(&mut place.is_other) && length_samples == 0 {
                slots.iter_mut().for_each(|slot| slot.state = [[0.0; 2]; CHANNELS]);
            }
        }
        let tail = self.slots.len() - 1;
        for at in in_use(&self.places, tail) {
            let slot = &mut self.slots[at];
            if slot.is_wanted && !slot.is_active {
                slot.state = [[0.0; 2]; CHANNELS];
                slot.now = slot.target.map(|target| silenced(&target));
                slot.is_active = true;
            }
            if length_samples == 0 {
                slot.now = slot.target;
                slot.is_active = slot.is_wanted;
            }
        }
        if length_samples == 0 {
            self.forget_unused();
        }
        self.gather();
    }

    /// Clears the memory and ends every glide at its target. Realtime-safe.
    pub fn reset(&mut self) {
        // What is silent keeps the poles that it had: nothing is to depend on what was wanted before.
        self.slots.fill(Slot::EMPTY);
        self.active.clear();
        for index in 0..self.places.len() {
            let bands = std::mem::replace(&mut self.places[index].bands, [None; CHANNELS]);
            (self.places[index].missing, self.places[index].used) = ([Missing::default(); CHANNELS], 0);
            self.set_band(index, bands);
        }
        self.is_changed = true;
        self.glide(0);
        self.row.forget();
    }

    /// Copies its present state to the outgoing side of a cross-fade, which goes on by itself while this one begins anew after a
    /// [`glide`](Self::glide) of 0 to something else. Realtime-safe.
    pub fn copy_to(&self, outgoing: &mut OutgoingCascade) {
        outgoing.copy_from(&self.row);
    }

    /// Whether it passes everything bit for bit, until something else is wanted.
    #[must_use]
    pub fn is_wire(&self) -> bool {
        self.active.is_empty()
    }

    /// Whether nothing moves.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.row.is_settled()
    }

    /// In place. Realtime-safe.
    pub fn process(&mut self, frames: &mut [[f64; CHANNELS]]) {
        let [moving, still] = self.row.split(frames);
        if !moving.is_empty() {
            self.row.process(moving);
            if self.is_settled() {
                self.arrive();
            }
        }
        self.row.process(still);
    }

    /// At the end of the ramps: exactly there, and without what is wanted no more.
    fn arrive(&mut self) {
        if self.keeps_its_sections() {
            // The groups have everything.
            return;
        }
        self.scatter();
        let tail = self.slots.len() - 1;
        for at in in_use(&self.places, tail) {
            let slot = &mut self.slots[at];
            slot.is_active &= slot.is_wanted;
        }
        self.forget_unused();
        self.gather();
    }

    /// Whether the sections in the groups are those that are wanted.
    fn keeps_its_sections(&self) -> bool {
        let tail = self.slots.len() - 1;
        in_use(&self.places, tail).all(|at| self.slots[at].is_wanted == self.slots[at].is_active)
    }

    /// To new targets from those that were reached, in the groups themselves: most of what a band costs that moves on every cell
    /// would be the way of its neighbours through the slots.
    fn retarget(&mut self) {
        for (group, active) in self.row.groups.iter_mut().zip(self.active.chunks(SECTIONS)) {
            group.rest();
            for (n, &at) in active.iter().enumerate() {
                for (channel, target) in self.slots[at].target.iter().enumerate() {
                    group.aim(CHANNELS * n + channel, target);
                }
            }
        }
    }

    /// After what is wanted no more is out.
    fn forget_unused(&mut self) {
        for (place, slots) in self.places.iter_mut().zip(self.slots.chunks(MOST_SECTIONS)) {
            while place.used > 0 && !slots[place.used - 1].is_active {
                place.used -= 1;
            }
        }
    }

    /// From the groups to the slots.
    fn scatter(&mut self) {
        let is_settled = self.is_settled();
        let share = self.row.share();
        for (n, &at) in self.active.iter().enumerate() {
            let (group, slot) = (&self.row.groups[n / SECTIONS], &mut self.slots[at]);
            for channel in 0..CHANNELS {
                let lane = CHANNELS * (n % SECTIONS) + channel;
                slot.state[channel] = group.state.map(|state| state[lane]);
                slot.now[channel] = std::array::from_fn(|c| {
                    if is_settled { group.target[c][lane] } else { group.start[c][lane] + group.delta[c][lane] * share }
                });
            }
        }
    }

    /// From the slots to the groups.
    fn gather(&mut self) {
        self.active.clear();
        let tail = self.slots.len() - 1;
        self.active.extend(in_use(&self.places, tail).filter(|&at| self.slots[at].is_active));
        self.row.used = self.active.len().div_ceil(SECTIONS);
        self.row.groups[..self.row.used].iter_mut().for_each(|group| group.is_moving = false);
        for n in 0..self.row.used * SECTIONS {
            let slot = self.active.get(n).map_or(&Slot::EMPTY, |&at| &self.slots[at]);
            let group = &mut self.row.groups[n / SECTIONS];
            for channel in 0..CHANNELS {
                let lane = CHANNELS * (n % SECTIONS) + channel;
                group.set(lane, &slot.now[channel], &slot.target[channel]);
                for n in 0..2 {
                    group.state[n][lane] = slot.state[channel][n];
                }
            }
        }
    }
}

/// The slots of all places that have any in use, and the tail's.
fn in_use(places: &[Place], tail: usize) -> impl Iterator<Item = usize> + '_ {
    let of = |(place, n): (&Place, usize)| n * MOST_SECTIONS..n * MOST_SECTIONS + place.used;
    places.iter().zip(0..).flat_map(of).chain([tail])
}

/// Where a section has nothing to do it keeps its memory going as it is, or as the other channel's.
fn set_target(slot: &mut Slot, wanted: [Option<[f64; COEFS]>; CHANNELS]) {
    slot.is_wanted = wanted.iter().any(Option::is_some);
    for channel in 0..CHANNELS {
        let idle = if slot.is_active { Some(&slot.target[channel]) } else { wanted[1 - channel].as_ref() };
        slot.target[channel] = wanted[channel].unwrap_or_else(|| idle.map_or(WIRE, silenced));
    }
}
