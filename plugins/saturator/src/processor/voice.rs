//! One way to bend the sound: a character, a channel mode and a number of bands. Everything in it but these three glides;
//! these cross-fade from one voice to another (see [`super::shaper`]).

use shared_dsp::glide::Glide;
use shared_dsp::math::db_to_gain;
use shared_dsp::nonlinear::{ResidualPath, SaturationCurve, StereoFrame, Winding};

use super::bias::BiasMotion;
use super::character::Character;
use super::settings::{ChannelMode, MOST_BANDS, SaturatorSettings, drive_share};

/// The most base frames at once.
pub(super) const CHUNK: usize = 64;
/// Frames at the top rate at once, and numbers of both channels.
pub(super) const MOST_FRAMES: usize = ResidualPath::MOST_TOP_FRAMES;
const WIDE: usize = 2 * MOST_FRAMES;

/// What makes a voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) character: Character,
    pub(super) channel_mode: ChannelMode,
    pub(super) bands: usize,
}

impl Kind {
    pub(super) fn of(settings: &SaturatorSettings) -> Self {
        Self { character: settings.character, channel_mode: settings.channel_mode, bands: settings.bands }
    }
}

/// VoiceScratch for one chunk at the top rate, both channels interleaved; none of it is memory.
#[derive(Debug, Clone)]
pub(super) struct VoiceScratch {
    /// What goes into the bands, after mid/side coding; and what is left for the bands above.
    coded: [f32; WIDE],
    /// One band.
    band: [f32; WIDE],
    /// In the curve's unit, after the last frame of before.
    curve_in: [f32; 2 + WIDE],
    curve_out: [f32; WIDE],
    even: [f32; WIDE],
    /// The bias at the base rate, the even part there, and what the curve makes of the bias alone.
    bias: [f32; 2 * CHUNK],
    bias_even: [f32; 2 * CHUNK],
    bias_residual: [f32; 2 * CHUNK],
}

impl Default for VoiceScratch {
    fn default() -> Self {
        Self {
            coded: [0.0; WIDE],
            band: [0.0; WIDE],
            curve_in: [0.0; 2 + WIDE],
            curve_out: [0.0; WIDE],
            even: [0.0; WIDE],
            bias: [0.0; 2 * CHUNK],
            bias_even: [0.0; 2 * CHUNK],
            bias_residual: [0.0; 2 * CHUNK],
        }
    }
}

/// The low side of a first-order crossover at the top rate; what it leaves is the high side, so the two add up to what went
/// in, always.
///
/// Steeper complementary crossovers were rejected. Of a low pass and its complement of third order the two sides overlap so
/// far that a tone at the crossover gets 8.8 dB more third harmonic than it would in one band; and Linkwitz-Riley sides turn
/// the phase, so that residuals no longer stand where the undelayed dry does.
#[derive(Debug, Clone, Copy, Default)]
struct LowSide {
    integrator: [f64; 2],
}

impl LowSide {
    /// Zavalishin, *The Art of VA Filter Design*, 2018, chapter 3: `gain` is `g / (1 + g)`.
    #[inline(always)]
    fn tick(&mut self, gain: f64, x: [f64; 2]) -> [f64; 2] {
        let mut low = [0.0; 2];
        for ch in 0..2 {
            let v = gain * (x[ch] - self.integrator[ch]);
            low[ch] = self.integrator[ch] + v;
            self.integrator[ch] = low[ch] + v;
        }
        low
    }
}

#[derive(Debug, Clone)]
struct Band {
    /// Into the curve's unit, and back.
    gain: Glide,
    amount: Glide,
    last: StereoFrame,
    bias: BiasMotion,
    winding: Winding<2>,
    drop: StereoFrame,
}

/// Where a voice's lowest band went on the curve, in the signal's own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    pub(super) low: f32,
    pub(super) high: f32,
}

#[derive(Debug, Clone)]
pub(super) struct Voice {
    pub(super) kind: Kind,
    sample_rate_hz: f64,
    times: usize,
    bands: [Band; MOST_BANDS],
    low_sides: [LowSide; MOST_BANDS - 1],
    /// The gains of the low sides.
    crossovers: [Glide; MOST_BANDS - 1],
    even: Glide,
    /// The transformer's share of the cubic.
    share: Glide,
    bias_depth: Glide,
}

impl Voice {
    pub(super) fn new(settings: &SaturatorSettings) -> Self {
        let band = Band {
            gain: Glide::new(1.0),
            amount: Glide::new(0.0),
            last: [0.0; 2],
            bias: BiasMotion::default(),
            winding: Winding::default(),
            drop: [0.0; 2],
        };
        let mut new = Self {
            kind: Kind::of(settings),
            sample_rate_hz: 48_000.0,
            times: 1,
            bands: std::array::from_fn(|_| band.clone()),
            low_sides: Default::default(),
            crossovers: std::array::from_fn(|_| Glide::new(0.0)),
            even: Glide::new(0.0),
            share: Glide::new(0.0),
            bias_depth: Glide::new(0.0),
        };
        new.start(Kind::of(settings), settings, 48_000.0, 1);
        new
    }

    /// Begins as another kind with an empty memory, at rest at these settings.
    pub(super) fn start(&mut self, kind: Kind, settings: &SaturatorSettings, sample_rate_hz: f64, times: usize) {
        self.kind = kind;
        self.sample_rate_hz = sample_rate_hz;
        self.times = times;
        for band in &mut self.bands {
            band.last = [0.0; 2];
            band.bias.prepare(sample_rate_hz);
            band.winding.reset();
            band.drop = [0.0; 2];
        }
        self.low_sides = Default::default();
        self.glide_to(settings, 0);
    }

    /// Glides to these settings, as far as they are no matter of kind; 0 frames jumps.
    pub(super) fn glide_to(&mut self, settings: &SaturatorSettings, glide_frames: u32) {
        // A glide that was left on its way would go on there.
        let go = |glide: &mut Glide, to: f64| {
            if glide_frames == 0 { glide.set_now(to) } else { glide.glide_to(to, glide_frames) }
        };
        let shape = self.kind.character.shape(settings.balance);
        // The transformer's scale is no matter of gain.
        let scale = if self.kind.character.curve().is_some() { shape.scale } else { 1.0 };
        for (band, &drive_db) in self.bands.iter_mut().zip(&settings.drive_db) {
            let gain = scale * db_to_gain(drive_db);
            go(&mut band.gain, gain);
            go(&mut band.amount, drive_share(drive_db) / gain);
        }
        for (crossover, &hz) in self.crossovers.iter_mut().zip(&settings.crossover_hz) {
            let rate = self.sample_rate_hz * self.times as f64;
            let g = (std::f64::consts::PI * hz.min(0.45 * self.sample_rate_hz) / rate).tan();
            go(crossover, g / (1.0 + g));
        }
        go(&mut self.even, shape.even);
        go(&mut self.share, shape.scale);
        go(&mut self.bias_depth, settings.bias_motion);
    }

    /// Fills `residual` for `input`, both at the top rate and one length, a whole number of base frames. With `naive` the
    /// curve meets every sample by itself; else it is averaged between neighbours, half a sample late.
    pub(super) fn process(
        &mut self,
        scratch: &mut VoiceScratch,
        input: &[StereoFrame],
        residual: &mut [StereoFrame],
        naive: bool,
    ) -> Seen {
        let wide = 2 * input.len();
        let is_plain = self.kind.channel_mode == ChannelMode::Stereo && self.kind.bands == 1;
        if !is_plain {
            self.encode(input, &mut scratch.coded[..wide]);
        }
        let out = residual.as_flattened_mut();
        let bias_is_on = self.bias_depth.value() > 0.0
            || self.bias_depth.target() > 0.0
            || self.bands[..self.kind.bands].iter().any(|band| band.bias.is_away());
        let frames = input.len() / self.times;
        // Asked before the glide moves on: where it ends at zero within the chunk, all up to there still has an even part.
        let even_is_on = !self.even.rests_at(0.0);
        let needs_even =
            even_is_on || bias_is_on || matches!(self.kind.character.curve(), None | Some(SaturationCurve::Sided));
        if needs_even {
            self.fill_even(&mut scratch.even[..wide]);
        }
        let mut seen = Seen { low: 0.0, high: 0.0 };
        let depth = self.bias_depth.clone();
        for band in 0..self.kind.bands {
            let is_last = band + 1 == self.kind.bands;
            if !is_last {
                self.split(band, scratch, wide);
            }
            // The last takes what is left.
            let band_in = match is_last {
                _ if is_plain => input.as_flattened(),
                true => &scratch.coded[..wide],
                false => &scratch.band[..wide],
            };
            let unit = &mut self.bands[band];
            let block = 2 * self.times;
            let curve_in = &mut scratch.curve_in[..2 + wide];
            curve_in[..2].copy_from_slice(&unit.last);
            scale(&mut curve_in[2..], band_in, &mut unit.gain, block);
            if band == 0 {
                seen = range(band_in, block);
            }
            let bias = &mut scratch.bias[..2 * frames];
            if bias_is_on {
                unit.bias.follow(&curve_in[2..], self.times, &mut depth.clone(), bias);
            }
            let curve_out = &mut scratch.curve_out[..wide];
            let even = &scratch.even[..wide];
            if let Some(curve) = self.kind.character.curve() {
                if bias_is_on {
                    for (block, bias) in curve_in[2..].chunks_exact_mut(block).zip(bias.as_chunks::<2>().0) {
                        block.as_chunks_mut::<2>().0.iter_mut().for_each(|[l, r]| {
                            *l += bias[0];
                            *r += bias[1];
                        });
                    }
                }
                // With an even part of zero and without one it gives the same bits.
                let even_part = (even_is_on || curve == SaturationCurve::Sided).then_some(even);
                if naive {
                    let now = &curve_in[2..];
                    curve.average_residual(now, now, even_part, curve_out);
                } else {
                    curve.average_residual_along(curve_in, even_part, curve_out);
                }
                if bias_is_on {
                    let bias_even = &mut scratch.bias_even[..2 * frames];
                    for (to, even) in bias_even.as_chunks_mut::<2>().0.iter_mut().zip(even.chunks_exact(block)) {
                        *to = [even[0], even[1]];
                    }
                    // The known direct current: what the curve makes of the bias alone.
                    let at_rest = &mut scratch.bias_residual[..2 * frames];
                    curve.average_residual(bias, bias, Some(bias_even), at_rest);
                    for (out, at_rest) in curve_out.chunks_exact_mut(block).zip(at_rest.as_chunks::<2>().0) {
                        for out in out.as_chunks_mut::<2>().0 {
                            *out = [out[0] - at_rest[0], out[1] - at_rest[1]];
                        }
                    }
                }
            } else {
                let bias = bias_is_on.then_some(&*bias);
                unit.wind(&curve_in[2..], bias, even, &mut self.share.clone(), self.sample_rate_hz, block, curve_out);
            }
            unit.last = [curve_in[wide], curve_in[wide + 1]];
            if band == 0 {
                scale(out, curve_out, &mut unit.amount, block);
            } else {
                accumulate(out, curve_out, &mut unit.amount, block);
            }
        }
        // A chunk is short.
        let steps = frames as u32;
        // What every band went through by itself.
        self.bias_depth.advance(steps);
        self.share.advance(steps);
        // And bands that are not in use keep the time.
        for band in &mut self.bands[self.kind.bands..] {
            band.gain.advance(steps);
            band.amount.advance(steps);
        }
        for crossover in &mut self.crossovers[self.kind.bands - 1..] {
            crossover.advance(steps);
        }
        self.decode(residual);
        seen
    }

    fn encode(&self, input: &[StereoFrame], coded: &mut [f32]) {
        let coded = coded.as_chunks_mut::<2>().0;
        match self.kind.channel_mode {
            ChannelMode::Stereo => coded.copy_from_slice(input),
            ChannelMode::MidSide => {
                coded.iter_mut().zip(input).for_each(|(to, &[l, r])| *to = [0.5 * (l + r), 0.5 * (l - r)]);
            }
            ChannelMode::MidOnly => {
                coded.iter_mut().zip(input).for_each(|(to, &[l, r])| *to = [0.5 * (l + r), 0.0]);
            }
            ChannelMode::SideOnly => {
                coded.iter_mut().zip(input).for_each(|(to, &[l, r])| *to = [0.0, 0.5 * (l - r)]);
            }
        }
    }

    fn decode(&self, residual: &mut [StereoFrame]) {
        match self.kind.channel_mode {
            ChannelMode::Stereo => {}
            ChannelMode::MidSide => residual.iter_mut().for_each(|[m, s]| (*m, *s) = (*m + *s, *m - *s)),
            // What is left out has a bias of its own that must not be heard.
            ChannelMode::MidOnly => residual.iter_mut().for_each(|[m, s]| *s = *m),
            ChannelMode::SideOnly => residual.iter_mut().for_each(|[m, s]| (*m, *s) = (*s, -*s)),
        }
    }

    /// Takes a band from the low end of what is left.
    fn split(&mut self, band: usize, scratch: &mut VoiceScratch, wide: usize) {
        let (crossover, side) = (&mut self.crossovers[band], &mut self.low_sides[band]);
        let block = 2 * self.times;
        let lows = scratch.band[..wide].chunks_exact_mut(block);
        for (rest, low) in scratch.coded[..wide].chunks_exact_mut(block).zip(lows) {
            let gain = crossover.next_value();
            for (rest, low) in rest.as_chunks_mut::<2>().0.iter_mut().zip(low.as_chunks_mut::<2>().0) {
                let x = rest.map(f64::from);
                let y = side.tick(gain, x);
                *low = y.map(|y| y as f32);
                *rest = [(x[0] - y[0]) as f32, (x[1] - y[1]) as f32];
            }
        }
    }

    fn fill_even(&mut self, even: &mut [f32]) {
        if self.even.is_settled() {
            even.fill(self.even.value() as f32);
        } else {
            even.chunks_exact_mut(2 * self.times).for_each(|block| block.fill(self.even.next_value() as f32));
        }
    }
}

impl Band {
    /// The transformer, at the base rate: the mean voltage of every base frame in, and out a line from one drop to the next.
    #[allow(clippy::too_many_arguments)]
    fn wind(
        &mut self,
        voltage: &[f32],
        bias: Option<&[f32]>,
        rest: &[f32],
        share: &mut Glide,
        sample_rate_hz: f64,
        block: usize,
        out: &mut [f32],
    ) {
        let step = 2.0 / block as f32;
        let blocks = voltage.chunks_exact(block).zip(rest.chunks_exact(block)).zip(out.chunks_exact_mut(block));
        for (n, ((voltage, rest), out)) in blocks.enumerate() {
            let share = share.next_value();
            let sum = voltage.as_chunks::<2>().0.iter().fold([0.0; 2], |sum, x| [sum[0] + x[0], sum[1] + x[1]]);
            let bias = bias.map_or([0.0; 2], |bias| [bias[2 * n], bias[2 * n + 1]]);
            let mean = sum.map(|sum: f32| f64::from(sum * step));
            let rest = bias.map(|bias| f64::from(rest[0] + bias));
            let drop = self.winding.tick(sample_rate_hz, mean, share, rest).map(|drop| drop as f32);
            let from = self.drop;
            let rise = [(drop[0] - from[0]) * step, (drop[1] - from[1]) * step];
            for (place, out) in (1u8..).zip(out.as_chunks_mut::<2>().0) {
                let place = f32::from(place);
                *out = [from[0] + rise[0] * place, from[1] + rise[1] * place];
            }
            self.drop = drop;
        }
    }
}

/// `to = x gain`, the gain the same within a block of a base frame.
fn scale(to: &mut [f32], x: &[f32], gain: &mut Glide, block: usize) {
    if gain.is_settled() {
        let gain = gain.value() as f32;
        to.iter_mut().zip(x).for_each(|(to, x)| *to = x * gain);
    } else {
        for (to, x) in to.chunks_exact_mut(block).zip(x.chunks_exact(block)) {
            let gain = gain.next_value() as f32;
            to.iter_mut().zip(x).for_each(|(to, x)| *to = x * gain);
        }
    }
}

/// `to += x gain` in the same way.
fn accumulate(to: &mut [f32], x: &[f32], gain: &mut Glide, block: usize) {
    if gain.is_settled() {
        let gain = gain.value() as f32;
        to.iter_mut().zip(x).for_each(|(to, x)| *to += x * gain);
    } else {
        for (to, x) in to.chunks_exact_mut(block).zip(x.chunks_exact(block)) {
            let gain = gain.next_value() as f32;
            to.iter_mut().zip(x).for_each(|(to, x)| *to += x * gain);
        }
    }
}

/// Extremes of the last frame of every block.
fn range(samples: &[f32], block: usize) -> Seen {
    let mut seen = Seen { low: 0.0, high: 0.0 };
    for block in samples.chunks_exact(block) {
        for &x in &block[block.len() - 2..] {
            seen.low = if x < seen.low { x } else { seen.low };
            seen.high = if x > seen.high { x } else { seen.high };
        }
    }
    seen
}
