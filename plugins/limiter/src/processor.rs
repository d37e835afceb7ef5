//! Limiter's sound.
//!
//! ```text
//! input -> gain -> mono below -+-> delay -----> reduction -> ceiling -> | shell: output trim, monitoring | -> dither
//!                              +-> detector -+
//!                   key -> gain -> detector -+-> hold, release, look-ahead
//! ```
//!
//! Only what is listened to is oversampled: what stays below the ceiling comes out to the bit, but for the delay. The latency is
//! that of the look-ahead and of the detectors, whatever the controls.
//!
//! Everything glides, and what steps does so on a grid, so how a host cuts its blocks changes nothing.

mod meters;
mod settings;
mod style;

use meters::{CHUNK, Chunk, Meters};
pub use meters::{COLUMNS_PER_S, Column, EndReading, LimiterReading, MAX_COLUMNS};
pub use settings::{DitherShape, LearnAim, LimiterSettings, LookAhead, ReleaseMode, Style};
use shared_dsp::delay::DelayLine;
use shared_dsp::dither::Dither;
use shared_dsp::dynamics::{AttackShape, TruePeakLimiter};
use shared_dsp::filters::MonoBelow;
use shared_dsp::glide::{GainGlide, Glide};
use shared_dsp::math::db_to_gain;
use shared_dsp::{Io, Mode, Processor, usable_rate_hz};

/// How long every setting glides.
const GLIDE_S: f64 = 0.02;
/// Less reduction than this moves no needle, dB.
const RESTING_DB: f32 = 0.005;

/// The processor; see the module.
#[derive(Debug, Clone)]
pub struct Limiter {
    sample_rate_hz: f64,
    is_stereo: bool,
    settings: LimiterSettings,
    gain: GainGlide,
    ceiling: Glide,
    peak_link: Glide,
    sustain_link: Glide,
    attack_shape: Glide<AttackShape>,
    mono_below: MonoBelow,
    hold: TruePeakLimiter,
    /// The signal behind the gain, as late as the output.
    driven_delay: DelayLine<[f32; 2]>,
    dither: Dither,
    meters: Meters,
    /// The most reduction of the last chunk, dB.
    reduction_db: f32,
    /// Frames since the last point of the grid of [`CHUNK`].
    position: usize,
}

fn latency(sample_rate_hz: f64, mode: LookAhead) -> usize {
    TruePeakLimiter::latency_of(sample_rate_hz, mode.samples(sample_rate_hz))
}

impl Limiter {
    fn at_rate(sample_rate_hz: f64, is_stereo: bool) -> Self {
        let longest = LookAhead::LONGEST[0];
        let settings = LimiterSettings::default();
        let controls = style::controls(&settings);
        Self {
            sample_rate_hz,
            is_stereo,
            gain: GainGlide::new(settings.gain_db),
            ceiling: Glide::new(db_to_gain(settings.ceiling_db)),
            peak_link: Glide::new(settings.peak_link),
            sustain_link: Glide::new(settings.sustain_link),
            attack_shape: Glide::new(style::attack_shape(settings.style)),
            mono_below: MonoBelow::new(sample_rate_hz),
            hold: TruePeakLimiter::new(sample_rate_hz, longest.samples(sample_rate_hz), controls),
            driven_delay: DelayLine::new(latency(sample_rate_hz, longest)),
            dither: Dither::new(),
            meters: Meters::new(sample_rate_hz, is_stereo),
            reduction_db: 0.0,
            position: 0,
            settings,
        }
    }

    /// At a point of the grid.
    fn set_links(&mut self) {
        if self.peak_link.is_settled() && self.sustain_link.is_settled() {
            return;
        }
        self.peak_link.advance(CHUNK as u32);
        self.sustain_link.advance(CHUNK as u32);
        self.set_controls();
    }

    fn set_controls(&mut self) {
        let mut controls = style::controls(&self.settings);
        (controls.peak_link, controls.sustain_link) = (self.peak_link.value(), self.sustain_link.value());
        self.hold.set_controls(controls);
    }

    fn chunk(&mut self, io: Io<'_>) {
        let Io { left, mut right, sidechain } = io;
        let frames = left.len();
        if self.position == 0 {
            self.set_links();
        }
        self.meters.tap(left, right.as_deref(), sidechain);
        let mut input = [[0.0; CHUNK]; 2];
        input[0][..frames].copy_from_slice(left);
        if let Some(right) = right.as_deref() {
            input[1][..frames].copy_from_slice(right);
        }
        let mut limited = [[0.0_f32; 2]; CHUNK];
        let mut key = [[0.0_f32; 2]; CHUNK];
        let mut ceilings = [0.0_f32; CHUNK];
        let mut attack_shapes = [self.attack_shape.value(); CHUNK];
        // It may end within the chunk.
        let shapes = if self.attack_shape.is_settled() { 1 } else { frames };
        let heard = sidechain.filter(|_| self.settings.has_external_key);
        for n in 0..frames {
            let gain = self.gain.next_value() as f32;
            limited[n] = [input[0][n] * gain, input[1][n] * gain];
            if let Some((left, right)) = heard {
                key[n] = [left[n] * gain, right[n] * gain];
            }
            ceilings[n] = self.ceiling.next_value() as f32;
            attack_shapes[n] = self.attack_shape.next_value();
        }
        self.narrow(&mut limited[..frames]);
        let mut driven = limited;
        let mut reductions_db = [[0.0_f32; 2]; CHUNK];
        self.hold.process(
            &mut limited[..frames],
            heard.is_some().then_some(&key[..frames]),
            &mut ceilings[..frames],
            &attack_shapes[..shapes],
            &mut reductions_db[..frames],
        );
        self.driven_delay.process(&mut driven[..frames]);
        for (n, frame) in limited[..frames].iter().enumerate() {
            left[n] = frame[0];
            if let Some(right) = right.as_deref_mut() {
                right[n] = frame[1];
            }
        }
        let most = reductions_db[..frames].iter().fold([0.0_f32; 2], |most, x| [most[0].max(x[0]), most[1].max(x[1])]);
        self.reduction_db = most[0].max(most[1]);
        if self.meters.is_watched() {
            let sides = [0, 1].map(|side: usize| driven.map(|frame| frame[side]));
            let is_stereo = self.is_stereo;
            self.meters.push(&Chunk {
                input: (&input[0][..frames], is_stereo.then_some(&input[1][..frames])),
                driven: (&sides[0][..frames], is_stereo.then_some(&sides[1][..frames])),
                output: (left, right.as_deref()),
                reduction_db: most,
                ceilings: &ceilings[..frames],
            });
        }
    }

    /// Takes the bass out of the side.
    fn narrow(&mut self, frames: &mut [[f32; 2]]) {
        if !self.is_stereo || self.mono_below.is_wire() {
            return;
        }
        let mut wide = [[0.0_f64; 2]; CHUNK];
        for (wide, &[l, r]) in wide.iter_mut().zip(frames.iter()) {
            *wide = [0.5 * (f64::from(l) + f64::from(r)), 0.5 * (f64::from(l) - f64::from(r))];
        }
        self.mono_below.process(&mut wide[..frames.len()]);
        for ([mid, side], frame) in wide.iter().zip(frames) {
            *frame = [(mid + side) as f32, (mid - side) as f32];
        }
    }
}

impl Default for Limiter {
    fn default() -> Self {
        let mut new = Self::at_rate(48_000.0, true);
        new.reset(&LimiterSettings::default(), LookAhead::default());
        new
    }
}

impl Processor for Limiter {
    type Settings = LimiterSettings;
    type Mode = LookAhead;
    type Reading = LimiterReading;

    fn prepare(&mut self, sample_rate_hz: f64, _max_block_frames: usize, channels: usize) {
        let rate = usable_rate_hz(sample_rate_hz);
        let settings = self.settings.clone();
        *self = Self::at_rate(rate, channels > 1);
        self.reset(&settings, LookAhead::default());
    }

    fn reset(&mut self, settings: &LimiterSettings, mode: LookAhead) {
        self.settings = settings.clamped();
        self.gain.set_now(self.settings.gain_db);
        self.ceiling.set_now(db_to_gain(self.settings.ceiling_db));
        self.peak_link.set_now(self.settings.peak_link);
        self.sustain_link.set_now(self.settings.sustain_link);
        self.attack_shape.set_now(style::attack_shape(self.settings.style));
        self.mono_below.glide_to(self.settings.mono_below_hz, 0);
        self.mono_below.reset();
        // As if the ceiling had always been what it is.
        self.hold.select(
            mode.samples(self.sample_rate_hz),
            self.ceiling.value() as f32,
            style::controls(&self.settings),
        );
        self.driven_delay.start(self.latency_samples(mode));
        self.dither.select(self.settings.dither_bits, self.settings.dither_shape, self.sample_rate_hz);
        self.dither.reset();
        self.meters.reset();
        self.reduction_db = 0.0;
        self.position = 0;
    }

    fn update(&mut self, settings: &LimiterSettings) {
        if *settings == self.settings {
            return;
        }
        if settings.resets != self.settings.resets {
            self.meters.start();
        }
        self.settings = settings.clamped();
        let glide = (GLIDE_S * self.sample_rate_hz).round() as u32;
        self.gain.glide_to(self.settings.gain_db, glide);
        self.ceiling.glide_to(db_to_gain(self.settings.ceiling_db), glide);
        self.peak_link.glide_to(self.settings.peak_link, glide);
        self.sustain_link.glide_to(self.settings.sustain_link, glide);
        self.attack_shape.glide_to(style::attack_shape(self.settings.style), glide);
        self.mono_below.glide_to(self.settings.mono_below_hz, glide);
        self.dither.select(self.settings.dither_bits, self.settings.dither_shape, self.sample_rate_hz);
        self.set_controls();
    }

    fn wants_update(&self) -> bool {
        false
    }

    fn process(&mut self, mut io: Io<'_>) {
        while io.frames() > 0 {
            let head = io.split_to(CHUNK - self.position);
            let frames = head.frames();
            self.chunk(head);
            self.position = (self.position + frames) % CHUNK;
        }
    }

    fn finish(&mut self, io: Io<'_>) {
        self.dither.process(io);
    }

    fn latency_samples(&self, mode: LookAhead) -> usize {
        latency(self.sample_rate_hz, mode)
    }

    fn is_at_rest(&self) -> bool {
        self.reduction_db < RESTING_DB
    }

    fn reading(&mut self) -> LimiterReading {
        let is_dither_shaped = self.dither.is_shaped();
        self.meters.read(is_dither_shaped)
    }
}
