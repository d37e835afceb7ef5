//! Mono below: the side without its bass, and the mid with the phase that this costs.

use std::f64::consts::FRAC_1_SQRT_2;

use shared_dsp::filters::{SvfCoefs, SvfState};
use shared_dsp::glide::Glide;
use shared_dsp::math::power_to_db;

/// A Linkwitz-Riley high-pass of 24 dB/oct on the side (S. Linkwitz, *Active Crossover Networks for Noncoincident Drivers*,
/// JAES 24, 1976), and the all-pass on mid that has its phase. So side over mid is real, and nothing moves in the image: alone the
/// high-pass would turn a source at the corner to the other side.
#[derive(Debug, Clone)]
pub(super) struct MonoBelow {
    high_pass: Glide<SvfCoefs>,
    all_pass: Glide<SvfCoefs>,
    side: [SvfState<1>; 2],
    mid: SvfState<1>,
    /// 0 the image as it is, 1 mono below.
    share: Glide,
    /// Power that came in, of both channels, and that is gone, since they were last asked for.
    power: f64,
    lost_power: f64,
}

fn coefs(hz: f64, sample_rate_hz: f64) -> (SvfCoefs, SvfCoefs) {
    (SvfCoefs::highpass(sample_rate_hz, hz, FRAC_1_SQRT_2), SvfCoefs::allpass(sample_rate_hz, hz, FRAC_1_SQRT_2))
}

impl MonoBelow {
    pub(super) fn new() -> Self {
        let (high_pass, all_pass) = coefs(120.0, 48_000.0);
        Self {
            high_pass: Glide::new(high_pass),
            all_pass: Glide::new(all_pass),
            side: [SvfState::default(); 2],
            mid: SvfState::default(),
            share: Glide::new(0.0),
            power: 0.0,
            lost_power: 0.0,
        }
    }

    fn clear(&mut self) {
        self.side = [SvfState::default(); 2];
        self.mid = SvfState::default();
    }

    pub(super) fn reset(&mut self, below_hz: Option<f64>, sample_rate_hz: f64) {
        *self = Self::new();
        if let Some(hz) = below_hz {
            let (high_pass, all_pass) = coefs(hz, sample_rate_hz);
            self.high_pass.set_now(high_pass);
            self.all_pass.set_now(all_pass);
            self.share.set_now(1.0);
        }
    }

    pub(super) fn update(&mut self, below_hz: Option<f64>, sample_rate_hz: f64, length_samples: u32) {
        if let Some(hz) = below_hz {
            let (high_pass, all_pass) = coefs(hz, sample_rate_hz);
            // What is not heard yet begins where it is wanted.
            let length_samples = if self.share.rests_at(0.0) { 0 } else { length_samples };
            self.high_pass.glide_to(high_pass, length_samples);
            self.all_pass.glide_to(all_pass, length_samples);
        }
        if below_hz.is_some() && self.share.rests_at(0.0) {
            self.clear();
        }
        self.share.glide_to(f64::from(u8::from(below_hz.is_some())), length_samples);
    }

    pub(super) fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        if self.share.rests_at(0.0) {
            return;
        }
        for (l, r) in left.iter_mut().zip(right) {
            let (high_pass, all_pass) = (self.high_pass.next_value(), self.all_pass.next_value());
            let share = self.share.next_value();
            let [x, y] = [f64::from(*l), f64::from(*r)];
            let (mid, side) = (0.5 * (x + y), 0.5 * (x - y));
            let [turned] = self.mid.tick(&all_pass, [mid]);
            let [once] = self.side[0].tick(&high_pass, [side]);
            let [kept] = self.side[1].tick(&high_pass, [once]);
            self.power += x * x + y * y;
            self.lost_power += 2.0 * (side * side - kept * kept);
            *l = (x + share * (turned + kept - x)) as f32;
            *r = (y + share * (turned - kept - y)) as f32;
        }
    }

    /// How much of the programme's power was taken away since this was last called, dB of all of it; -300 for nothing.
    pub(super) fn take_lost_db(&mut self) -> f64 {
        let (power, lost) = (std::mem::take(&mut self.power), std::mem::take(&mut self.lost_power));
        if power > 0.0 && lost > 0.0 { power_to_db(lost / power) } else { power_to_db(0.0) }
    }
}
