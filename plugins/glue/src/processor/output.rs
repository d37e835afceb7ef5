//! What becomes of the programme: delay, gain, drive, makeup, mix, listening.

use shared_dsp::delay::DelayLine;
use shared_dsp::dynamics::{gain_of_reduction, level_db};
use shared_dsp::glide::Glide;
use shared_dsp::math::db_to_gain;
use shared_dsp::simd::{self, dispatch};

use super::drive::Drive;
use super::grid::CHUNK;
use super::settings::{GlueSettings, LinkMode};

/// What glides sample by sample.
#[derive(Debug, Clone)]
struct Glides {
    makeup: Glide,
    mix: Glide,
    drive: Glide,
    listen: Glide,
    mid_side: Glide,
    /// The least gain that the range allows; 0 without a range. In linear gain, no limit is an even fade away.
    floor: Glide,
}

impl Glides {
    fn new(s: &GlueSettings) -> Self {
        Self {
            makeup: Glide::new(makeup_gain(s)),
            mix: Glide::new(s.mix),
            drive: Glide::new(s.drive),
            listen: Glide::new(f64::from(u8::from(s.sidechain_listen))),
            mid_side: Glide::new(f64::from(u8::from(s.link_mode == LinkMode::MidSide))),
            floor: Glide::new(s.range_db.map_or(0.0, |range_db| db_to_gain(-range_db))),
        }
    }

    fn all_mut(&mut self) -> [&mut Glide; 6] {
        [&mut self.makeup, &mut self.mix, &mut self.drive, &mut self.listen, &mut self.mid_side, &mut self.floor]
    }

    fn glide_to(&mut self, s: &GlueSettings, length_samples: u32) {
        for (glide, to) in self.all_mut().into_iter().zip(Self::new(s).all_mut()) {
            glide.glide_to(to.target(), length_samples);
        }
    }

    /// How many samples anything of it still moves.
    fn remaining_samples(&mut self) -> usize {
        self.all_mut().iter().map(|glide| glide.remaining_samples()).max().unwrap_or(0) as usize
    }
}

fn makeup_gain(s: &GlueSettings) -> f64 {
    // Zero must be exactly one.
    if s.makeup_db == 0.0 { 1.0 } else { db_to_gain(s.makeup_db) }
}

/// The programme's way; see the module.
#[derive(Debug, Clone)]
pub(super) struct Output {
    glides: Glides,
    /// The range, dB; infinite without one.
    limit_db: f64,
    delays: [DelayLine<f32>; 2],
    drives: [Drive; 2],
    gains: [[f64; CHUNK]; 2],
}

impl Output {
    /// With room for a latency of `max_latency_samples`. Allocates.
    pub(super) fn new(settings: &GlueSettings, sample_rate_hz: f64, max_latency_samples: usize) -> Self {
        Self {
            glides: Glides::new(settings),
            limit_db: f64::INFINITY,
            delays: [DelayLine::new(max_latency_samples), DelayLine::new(max_latency_samples)],
            drives: [Drive::new(sample_rate_hz), Drive::new(sample_rate_hz)],
            gains: [[1.0; CHUNK]; 2],
        }
    }

    pub(super) fn reset(&mut self, settings: &GlueSettings, latency_samples: usize) {
        self.glides = Glides::new(settings);
        self.limit_db = settings.range_db.unwrap_or(f64::INFINITY);
        self.drives.iter_mut().for_each(Drive::reset);
        for delay in &mut self.delays {
            delay.start(latency_samples);
        }
    }

    pub(super) fn update(&mut self, settings: &GlueSettings, length_samples: u32) {
        self.glides.glide_to(settings, length_samples);
        self.limit_db = settings.range_db.unwrap_or(f64::INFINITY);
    }

    /// Every [`CHUNK`] frames from reset.
    pub(super) fn settle(&mut self) {
        if self.glides.drive.value() == 0.0 {
            self.drives.iter_mut().for_each(Drive::reset);
        }
    }

    /// Whether the key is heard instead of the programme, or about to be.
    pub(super) fn is_listening(&self) -> bool {
        !self.glides.listen.rests_at(0.0)
    }

    /// Limits the reductions of the channels that have some to the range, in place, and applies them to the programme, one
    /// side chain to both channels if there is only one; `key` is what listening hears.
    pub(super) fn process(
        &mut self,
        left: &mut [f32],
        mut right: Option<&mut [f32]>,
        reductions: &mut [&mut [f64]; 2],
        key: [&[f32; CHUNK]; 2],
    ) {
        self.delays[0].process(left);
        if let Some(right) = right.as_deref_mut() {
            self.delays[1].process(right);
        }
        dispatch!(simd::level(), _ => self.apply(left, right, reductions, key));
    }

    #[inline(always)]
    fn apply(
        &mut self,
        left: &mut [f32],
        right: Option<&mut [f32]>,
        reductions: &mut [&mut [f64]; 2],
        key: [&[f32; CHUNK]; 2],
    ) {
        let frames = left.len();
        // Asked before the glides move on, and for each frame: what follows has two ways that round differently, and which
        // one a frame takes must not depend on where the segment ends.
        let moving = frames.min(self.glides.remaining_samples());
        self.limit(frames, reductions);
        let linked = reductions[1].is_empty();
        // One side chain serves both channels.
        let second = usize::from(!linked);
        let g = &self.glides;
        let is_plain = g.drive.target() == 0.0
            && g.listen.target() == 0.0
            && (right.is_none() || linked || g.mid_side.target() == 0.0);
        let moving = if is_plain { moving } else { frames };
        let is_stereo = right.is_some();
        let right = right.unwrap_or_default();
        for n in 0..moving {
            let dry = [left[n], right.get(n).copied().unwrap_or(0.0)];
            let out = self.frame(dry, [self.gains[0][n], self.gains[second][n]], [key[0][n], key[1][n]], is_stereo);
            left[n] = out[0];
            if let Some(right) = right.get_mut(n) {
                *right = out[1];
            }
        }
        // Dry and wet are one gain: exactly 1 whenever nothing is to be done.
        let g = &self.glides;
        let (dry, wet) = (1.0 - g.mix.value(), g.mix.value() * g.makeup.value());
        for (x, gains) in [(left, &self.gains[0]), (right, &self.gains[second])] {
            let x = x.get_mut(moving..).unwrap_or_default();
            for (x, &gain) in x.iter_mut().zip(&gains[moving..frames]) {
                *x = (f64::from(*x) * (dry + wet * gain)) as f32;
            }
        }
    }

    /// Limits to the range and turns into gains.
    #[inline(always)]
    fn limit(&mut self, frames: usize, reductions: &mut [&mut [f64]; 2]) {
        let limit_db = self.limit_db;
        for (reductions, gains) in reductions.iter_mut().zip(&mut self.gains) {
            // Frame by frame: from where the floor rests on the range is exact, wherever the segment ends.
            let moving = reductions.len().min(self.glides.floor.remaining_samples() as usize);
            let (moving, resting) = reductions.split_at_mut(moving);
            let mut floor = self.glides.floor.clone();
            let (moving_gains, resting_gains) = gains.split_at_mut(moving.len());
            for (reduction, gain) in moving.iter_mut().zip(moving_gains) {
                *reduction = reduction.min(-level_db(floor.next_value()));
                *gain = gain_of_reduction(*reduction);
            }
            // `min` and not a comparison, of which the compiler makes masked stores, which are slow.
            resting.iter_mut().for_each(|reduction| *reduction = reduction.min(limit_db));
            for (gain, &reduction) in resting_gains.iter_mut().zip(&*resting) {
                *gain = gain_of_reduction(reduction);
            }
        }
        self.glides.floor.advance(frames as u32);
    }

    /// One frame while something glides, colours or is listened to.
    #[inline(always)]
    fn frame(&mut self, dry: [f32; 2], [gain, other]: [f64; 2], key: [f32; 2], is_stereo: bool) -> [f32; 2] {
        let g = &mut self.glides;
        let (makeup, mix, drive) = (g.makeup.next_value(), g.mix.next_value(), g.drive.next_value());
        let (listen, side) = (g.listen.next_value(), g.mid_side.next_value());
        let dry = dry.map(f64::from);
        // Mid gained by the first and side by the second gain, seen from left and right; `side` fades over to that.
        let half = if is_stereo { 0.5 * side * (gain - other) } else { 0.0 };
        let mut wet = [(gain - half) * dry[0] + half * dry[1], (other + half) * dry[1] + half * dry[0]];
        if drive > 0.0 || g.drive.target() > 0.0 {
            for (wet, unit) in wet.iter_mut().zip(&mut self.drives).take(if is_stereo { 2 } else { 1 }) {
                *wet += drive * unit.residual(*wet);
            }
        }
        let mut out = [0.0; 2];
        for ch in 0..2 {
            let mixed = dry[ch] * (1.0 - mix) + wet[ch] * (mix * makeup);
            out[ch] = (mixed * (1.0 - listen) + f64::from(key[ch]) * listen) as f32;
        }
        out
    }
}
