//! The bass of a replay head, whose pole pieces are no longer than the waves.

use shared_dsp::filters::SvfCoefs;
use shared_dsp::glide::{Glide, GlidingFilter};
use shared_dsp::math::gain_to_db;

use super::machine::{REFERENCE_HZ, Speed};

/// Centre at 15 ips, Hz; it goes with the speed. Centre, height, dip and roll-off are a choice after Jacob Duinker and J.
/// Geurst, *Long-wavelength response of magnetic reproducing heads with rounded outer edges*, 1964.
const CENTRE_HZ: f64 = 50.0;
/// Frequency over the centre, Q and gain (dB) of the rise and the dip that are put together, at 100 %,
const RISE: [f64; 3] = [1.018, 1.0, 1.06];
const DIP: [f64; 3] = [2.1, 1.2, -0.58];
/// and of the shelf below.
const SHELF: [f64; 3] = [0.36, std::f64::consts::FRAC_1_SQRT_2, -2.1];
/// For responses without a sample rate: far above.
const FINE_RATE_HZ: f64 = 768_000.0;

fn sections(speed: Speed, amount: f64, rate_hz: f64) -> [SvfCoefs; 3] {
    let centre = CENTRE_HZ * speed.times_15();
    let [rise, dip, shelf] = [RISE, DIP, SHELF].map(|[ratio, q, db]| (ratio * centre, q, db * amount));
    [
        SvfCoefs::bell(rate_hz, rise.0, rise.1, rise.2),
        SvfCoefs::bell(rate_hz, dip.0, dip.1, dip.2),
        SvfCoefs::low_shelf(rate_hz, shelf.0, shelf.1, shelf.2),
    ]
}

fn gain_at(sections: &[SvfCoefs; 3], rate_hz: f64, hz: f64) -> f64 {
    sections.iter().map(|section| section.response(rate_hz, hz).norm()).product()
}

/// A rise of 0.9 dB at 50 Hz (15 ips), 0.4 dB less than nothing about an octave above, and a fall below; all of it in
/// proportion to the amount, and nothing at 1 kHz.
#[derive(Debug, Clone)]
pub(super) struct HeadBump {
    filters: [GlidingFilter<SvfCoefs, 2>; 3],
    level: Glide,
    set: (Speed, f64),
    sample_rate_hz: f64,
}

impl HeadBump {
    pub(super) fn new() -> Self {
        Self {
            filters: sections(Speed::Ips15, 0.0, 48_000.0).map(GlidingFilter::new),
            level: Glide::new(1.0),
            set: (Speed::Ips15, 0.0),
            sample_rate_hz: 48_000.0,
        }
    }

    /// The response, dB.
    pub(super) fn response_db(speed: Speed, amount: f64, hz: f64) -> f64 {
        let sections = sections(speed, amount, FINE_RATE_HZ);
        let at = |hz: f64| gain_to_db(gain_at(&sections, FINE_RATE_HZ, hz));
        at(hz) - at(REFERENCE_HZ)
    }

    fn level_of(sections: &[SvfCoefs; 3], rate_hz: f64) -> f64 {
        1.0 / gain_at(sections, rate_hz, REFERENCE_HZ)
    }

    /// At rest with these settings and an empty memory. Realtime-safe.
    pub(super) fn reset(&mut self, speed: Speed, amount: f64, sample_rate_hz: f64) {
        self.sample_rate_hz = sample_rate_hz;
        self.set = (speed, amount);
        let target = sections(speed, amount, sample_rate_hz);
        let neutral = sections(speed, 0.0, sample_rate_hz);
        for ((filter, target), neutral) in self.filters.iter_mut().zip(target).zip(neutral) {
            filter.restart_or_bypass((amount > 0.0).then_some(target), neutral);
        }
        self.level.set_now(if amount > 0.0 { Self::level_of(&target, sample_rate_hz) } else { 1.0 });
    }

    /// Realtime-safe.
    pub(super) fn update(&mut self, speed: Speed, amount: f64, length_samples: u32) {
        if self.set == (speed, amount) {
            return;
        }
        self.set = (speed, amount);
        let target = sections(speed, amount, self.sample_rate_hz);
        let neutral = sections(speed, 0.0, self.sample_rate_hz);
        for ((filter, target), neutral) in self.filters.iter_mut().zip(target).zip(neutral) {
            filter.glide_or_bypass((amount > 0.0).then_some(target), neutral, length_samples);
        }
        let level = if amount > 0.0 { Self::level_of(&target, self.sample_rate_hz) } else { 1.0 };
        self.level.glide_to(level, length_samples);
    }

    /// In place. Realtime-safe.
    pub(super) fn process(&mut self, frames: &mut [[f64; 2]]) {
        self.filters.iter_mut().for_each(|filter| filter.process_frames(frames));
        if self.level.rests_at(1.0) {
            return;
        }
        for frame in frames {
            let level = self.level.next_value();
            *frame = frame.map(|x| x * level);
        }
    }
}
