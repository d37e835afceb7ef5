//! Limiter's sound.
//!
//! ```text
//! input -> gain -> mono below -> delay -> reduction -> ceiling -> (unity gain) -> | shell: output trim | -> dither
//!                            \-> detector -> hold, release, look-ahead -^
//! ```

mod meters;
mod settings;

pub use meters::{COLUMNS_PER_S, Column, EndReading, LimiterReading, MAX_COLUMNS};
use meters::{Chunk, Meters};
use settings::exact_gain;
pub use settings::{DitherShape, LearnAim, LimiterSettings, LookAhead, ReleaseMode, Style};
use shared_dsp::delay::DelayLine;
use shared_dsp::dynamics::{PeakWave, TruePeakGain};
use shared_dsp::filters::MonoBelow;
use shared_dsp::glide::Glide;
use shared_dsp::math::gain_to_db;
use shared_dsp::{Io, Mode, Processor};

/// The most frames computed at once.
const CHUNK: usize = 64;
/// How long every setting glides.
const GLIDE_S: f64 = 0.02;

/// The processor; see the module.
#[derive(Debug, Clone)]
pub struct Limiter {
    sample_rate_hz: f64,
    is_stereo: bool,
    settings: LimiterSettings,
    gain: Glide,
    ceiling: Glide,
    cut: Glide,
    mono_below: MonoBelow,
    hold: TruePeakGain,
    /// The signal behind the gain, and the ceilings, as late as the output.
    driven_delay: DelayLine<[f32; 2]>,
    ceiling_delay: DelayLine<f32>,
    cut_delay: DelayLine<f32>,
    meters: Meters,
    position: usize,
}

fn latency(sample_rate_hz: f64, mode: LookAhead) -> usize {
    TruePeakGain::latency_of(sample_rate_hz, PeakWave::Plain, mode.samples(sample_rate_hz))
}

fn cut_of(settings: &LimiterSettings) -> f64 {
    if settings.is_unity_gain { 1.0 / exact_gain(settings.gain_db) } else { 1.0 }
}

impl Limiter {
    fn at_rate(sample_rate_hz: f64, is_stereo: bool) -> Self {
        let longest = LookAhead::LONGEST[0];
        let delay = latency(sample_rate_hz, longest);
        let settings = LimiterSettings::default();
        Self {
            sample_rate_hz,
            is_stereo,
            gain: Glide::new(exact_gain(settings.gain_db)),
            ceiling: Glide::new(exact_gain(settings.ceiling_db)),
            cut: Glide::new(1.0),
            mono_below: MonoBelow::new(sample_rate_hz),
            hold: TruePeakGain::new(sample_rate_hz, longest.samples(sample_rate_hz)),
            driven_delay: DelayLine::new(delay),
            ceiling_delay: DelayLine::new(delay),
            cut_delay: DelayLine::new(delay),
            meters: Meters::new(sample_rate_hz, is_stereo),
            position: 0,
            settings,
        }
    }

    fn chunk(&mut self, io: Io<'_>) {
        let Io { left, mut right, sidechain } = io;
        let frames = left.len();
        self.meters.tap(left, right.as_deref(), sidechain);
        let mut input = [[0.0; CHUNK]; 2];
        input[0][..frames].copy_from_slice(left);
        if let Some(right) = right.as_deref() {
            input[1][..frames].copy_from_slice(right);
        }
        let mut driven = [[0.0_f32; 2]; CHUNK];
        let (mut ceilings, mut cuts, mut reductions) = ([0.0_f32; CHUNK], [1.0_f32; CHUNK], [0.0_f32; CHUNK]);
        for (n, frame) in driven[..frames].iter_mut().enumerate() {
            let gain = self.gain.next_value() as f32;
            *frame = [input[0][n] * gain, input[1][n] * gain];
            ceilings[n] = self.ceiling.next_value() as f32;
            cuts[n] = self.cut.next_value() as f32;
        }
        let frames_in = &mut driven[..frames];
        if self.is_stereo && !self.mono_below.is_wire() {
            let mut wide = [[0.0_f64; 2]; CHUNK];
            for (wide, &[l, r]) in wide.iter_mut().zip(frames_in.iter()) {
                *wide = [0.5 * (f64::from(l) + f64::from(r)), 0.5 * (f64::from(l) - f64::from(r))];
            }
            self.mono_below.process(&mut wide[..frames]);
            for ([mid, side], frame) in wide.iter().zip(frames_in.iter_mut()) {
                *frame = [(mid + side) as f32, (mid - side) as f32];
            }
        }
        let mut limited = driven;
        self.hold.process(&mut limited[..frames], None, &ceilings[..frames], &mut reductions[..frames]);
        self.driven_delay.process(&mut driven[..frames]);
        self.ceiling_delay.process(&mut ceilings[..frames]);
        self.cut_delay.process(&mut cuts[..frames]);
        for n in 0..frames {
            let held = limited[n].map(|x| (x * (1.0 - reductions[n])).max(-ceilings[n]).min(ceilings[n]));
            left[n] = held[0];
            if let Some(right) = right.as_deref_mut() {
                right[n] = held[1];
            }
        }
        if self.meters.is_watched() {
            let most = reductions[..frames].iter().fold(0.0_f32, |most, &x| most.max(x));
            let reduction_db = -gain_to_db(1.0 - f64::from(most)) as f32;
            let sides = [0, 1].map(|side: usize| driven.map(|frame| frame[side]));
            let is_stereo = self.is_stereo;
            self.meters.push(&Chunk {
                input: (&input[0][..frames], is_stereo.then_some(&input[1][..frames])),
                driven: (&sides[0][..frames], is_stereo.then_some(&sides[1][..frames])),
                output: (left, right.as_deref()),
                reduction_db: [reduction_db; 2],
                ceilings: &ceilings[..frames],
            });
        }
        for (n, &cut) in cuts[..frames].iter().enumerate() {
            left[n] *= cut;
            if let Some(right) = right.as_deref_mut() {
                right[n] *= cut;
            }
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
        let rate = if sample_rate_hz.is_finite() { sample_rate_hz.clamp(4_000.0, 1_600_000.0) } else { 48_000.0 };
        let settings = self.settings.clone();
        *self = Self::at_rate(rate, channels > 1);
        self.reset(&settings, LookAhead::default());
    }

    fn reset(&mut self, settings: &LimiterSettings, mode: LookAhead) {
        self.settings = settings.clamped();
        self.gain.set_now(exact_gain(self.settings.gain_db));
        self.ceiling.set_now(exact_gain(self.settings.ceiling_db));
        self.cut.set_now(cut_of(&self.settings));
        self.mono_below.glide_to(self.settings.mono_below_hz, 0);
        self.mono_below.reset();
        self.hold.select(self.sample_rate_hz, PeakWave::Plain, mode.samples(self.sample_rate_hz));
        let delay = self.latency_samples(mode);
        self.driven_delay.set_delay_samples(delay);
        self.driven_delay.reset();
        // As if ceiling and cut had always been what they are.
        for (line, value) in [(&mut self.ceiling_delay, self.ceiling.value()), (&mut self.cut_delay, self.cut.value())]
        {
            line.set_delay_samples(delay);
            (0..=line.max_delay_samples()).for_each(|_| _ = line.tick(value as f32));
        }
        self.meters.reset();
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
        self.gain.glide_to(exact_gain(self.settings.gain_db), glide);
        self.ceiling.glide_to(exact_gain(self.settings.ceiling_db), glide);
        self.cut.glide_to(cut_of(&self.settings), glide);
        self.mono_below.glide_to(self.settings.mono_below_hz, glide);
    }

    fn process(&mut self, mut io: Io<'_>) {
        while io.frames() > 0 {
            let head = io.take(CHUNK - self.position);
            let frames = head.frames();
            self.chunk(head);
            self.position = (self.position + frames) % CHUNK;
        }
    }

    fn latency_samples(&self, mode: LookAhead) -> usize {
        latency(self.sample_rate_hz, mode)
    }

    fn reading(&mut self) -> LimiterReading {
        self.meters.read(false)
    }
}
