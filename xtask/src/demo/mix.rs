//! The built-in mix: eight bars made by code, for those who have no song at hand.
//!
//! It is made to be mastered, so it has what a mix bus meets: transients well above the body (drums), a bass that would
//! pump a careless compressor, chords with width, a lead in the middle, a room, and an arrangement whose level changes.
//! The peaks are honest: nothing is limited or clipped. The same rate gives the same samples on every machine with the
//! same mathematics library.

use shared_dsp::filters::{SvfCoefs, SvfState};
use shared_dsp::loudness::LoudnessMeter;
use std::f64::consts::{PI, TAU};

/// Length of the mix in s: eight bars of four beats at 96 beats a minute.
pub const LENGTH_S: f64 = 20.0;
const BEAT_S: f64 = 60.0 / 96.0;
const BAR_S: f64 = 4.0 * BEAT_S;
const STEP_S: f64 = BEAT_S / 4.0;
/// How late every second sixteenth comes: a straight grid sounds like a machine.
const SWING_S: f64 = 0.011;
/// Integrated loudness that the mix is set to.
const LOUDNESS_LUFS: f64 = -18.3;

/// The chords, a bar each: Am9, Fmaj7, Cmaj9, G6. MIDI notes, 69 is 440 Hz.
const CHORDS: [[u8; 4]; 4] = [[57, 60, 64, 71], [53, 60, 64, 69], [55, 60, 64, 74], [55, 59, 64, 69]];
/// Their roots, for the bass.
const ROOTS: [u8; 4] = [33, 29, 36, 31];

/// Renders the mix, left and right, full scale at ±1. `sample_rate_hz` is a usual rate, 22.05 to 384 kHz.
pub fn built_in_mix(sample_rate_hz: f64) -> [Vec<f32>; 2] {
    let mut desk = Desk::new(sample_rate_hz);
    drums(&mut desk);
    bass(&mut desk);
    keys(&mut desk);
    pad(&mut desk);
    lead(&mut desk);
    desk.finish()
}

fn hz(note: f64) -> f64 {
    440.0 * ((note - 69.0) / 12.0).exp2()
}

/// Deterministic white noise in -1..1 (xorshift, Marsaglia 2003).
struct Noise(u64);

impl Noise {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as i64 as f64 / 9.223_372_036_854_776e18
    }
}

/// A sawtooth with its step rounded over two samples (polyBLEP, Välimäki and Huovilainen 2007), which keeps what folds
/// back below hearing at the pitches used here.
struct Saw {
    phase: f64,
}

impl Saw {
    fn next(&mut self, step: f64) -> f64 {
        self.phase = (self.phase + step).fract();
        let t = self.phase;
        let blep = if t < step {
            let u = t / step;
            2.0 * u - u * u - 1.0
        } else if t > 1.0 - step {
            let u = (t - 1.0) / step;
            u * u + 2.0 * u + 1.0
        } else {
            0.0
        };
        2.0 * t - 1.0 - blep
    }
}

/// Where the tracks meet: the stereo sum, and the send to the room.
struct Desk {
    rate: f64,
    sum: [Vec<f64>; 2],
    send: [Vec<f64>; 2],
}

impl Desk {
    fn new(rate: f64) -> Self {
        let track = vec![0.0; (LENGTH_S * rate) as usize];
        Self { rate, sum: [track.clone(), track.clone()], send: [track.clone(), track] }
    }

    /// Adds a mono sound that begins at `start_s`, panned -1..1 at constant power; `room` is its share of the send.
    /// `sample` is asked for the time since the start, in s, until `length_s`.
    fn play(&mut self, start_s: f64, length_s: f64, pan: f64, room: f64, mut sample: impl FnMut(f64) -> f64) {
        let angle = (pan + 1.0) * PI / 4.0;
        self.play_stereo(start_s, length_s, room, |t| {
            let x = sample(t);
            [x * angle.cos(), x * angle.sin()]
        });
    }

    fn play_stereo(&mut self, start_s: f64, length_s: f64, room: f64, mut sample: impl FnMut(f64) -> [f64; 2]) {
        let start = (start_s * self.rate).round() as usize;
        let end = (start + (length_s * self.rate) as usize).min(self.sum[0].len());
        for at in start..end {
            // Every sound ends in 5 ms at most, so that none can click.
            let left_s = (end - at) as f64 / self.rate;
            let x = sample((at - start) as f64 / self.rate).map(|x| x * (left_s / 0.005).min(1.0));
            for (channel, x) in x.into_iter().enumerate() {
                self.sum[channel][at] += x;
                self.send[channel][at] += room * x;
            }
        }
    }

    /// Adds the room, takes off what lies below hearing, fades the end and sets the loudness.
    fn finish(self) -> [Vec<f32>; 2] {
        let room = room(self.rate, &self.send);
        let high_pass = SvfCoefs::highpass(self.rate, 24.0, 0.707);
        let frames = self.sum[0].len();
        let mut mix = [Vec::with_capacity(frames), Vec::with_capacity(frames)];
        for ((out, dry), room) in mix.iter_mut().zip(&self.sum).zip(&room) {
            let mut state = SvfState::<1>::default();
            for (at, (dry, room)) in dry.iter().zip(room).enumerate() {
                let fade = ((frames - at) as f64 / self.rate / 1.6).min(1.0);
                out.push((state.tick(&high_pass, [dry + room])[0] * (0.5 - 0.5 * (PI * fade).cos())) as f32);
            }
        }
        let mut meter = LoudnessMeter::new(self.rate);
        meter.process(&mix[0], Some(&mix[1]));
        let gain_db = LOUDNESS_LUFS - meter.integrated_lufs().unwrap_or(LOUDNESS_LUFS);
        let gain = shared_dsp::math::db_to_gain(gain_db) as f32;
        mix.map(|channel| channel.into_iter().map(|x| x * gain).collect())
    }
}

/// A room of 1.3 s: eight delay lines fed back through a Hadamard matrix (Jot and Chaigne 1991), with damping.
fn room(rate: f64, send: &[Vec<f64>; 2]) -> [Vec<f64>; 2] {
    const LINES: usize = 8;
    let seconds = [0.0297, 0.0371, 0.0411, 0.0437, 0.0533, 0.0599, 0.0671, 0.0733];
    let mut lines = seconds.map(|s| (vec![0.0; (s * rate) as usize], 0usize));
    let gains = seconds.map(|s| 10f64.powf(-3.0 * s / 1.3));
    let damping = 1.0 - (-TAU * 5_200.0 / rate).exp();
    let mut damped = [0.0; LINES];
    let high_pass = SvfCoefs::highpass(rate, 220.0, 0.6);
    let mut input = SvfState::<2>::default();
    let pre_delay = (0.014 * rate) as usize;
    let mut out = [Vec::with_capacity(send[0].len()), Vec::with_capacity(send[0].len())];
    for at in 0..send[0].len() {
        let before = at.checked_sub(pre_delay);
        let x = input.tick(&high_pass, [0, 1].map(|channel| before.map_or(0.0, |at| send[channel][at])));
        let mut taps = [0.0; LINES];
        for k in 0..LINES {
            let (line, position) = &lines[k];
            damped[k] += damping * (line[*position] - damped[k]);
            taps[k] = damped[k] * gains[k];
        }
        out[0].push(taps[0] + taps[2] - taps[4] + taps[6]);
        out[1].push(taps[1] + taps[3] - taps[5] + taps[7]);
        // The fast Hadamard transform, scaled to keep the energy.
        let mut width = 1;
        while width < LINES {
            for start in (0..LINES).step_by(2 * width) {
                for k in start..start + width {
                    (taps[k], taps[k + width]) = (taps[k] + taps[k + width], taps[k] - taps[k + width]);
                }
            }
            width *= 2;
        }
        for k in 0..LINES {
            let (line, position) = &mut lines[k];
            line[*position] = taps[k] / (LINES as f64).sqrt() + 0.5 * x[k % 2];
            *position = (*position + 1) % line.len();
        }
    }
    out
}

/// The time of a sixteenth, swing included.
fn step_s(bar: usize, step: usize) -> f64 {
    bar as f64 * BAR_S + step as f64 * STEP_S + if step % 2 == 1 { SWING_S } else { 0.0 }
}

fn drums(desk: &mut Desk) {
    // Velocities of sixteen steps: a dot is a rest, digits are ninths.
    let patterns: [[&str; 4]; 8] = [
        //  kick               snare              closed hat         open hat
        ["................", "................", "..5...5...5...5.", "................"],
        ["9...............", "................", "6.4.6.4.6.4.6.44", "................"],
        ["9.....7.8.......", "....8..2....8...", "7.4.7.4.7.4.7.4.", "..............5."],
        ["9.....7.8..5....", "....8..2.2..8..3", "7.4.7.4.7.4.7.44", "................"],
        ["9.....7.9.......", "....9..2....9..2", "7.467.467.467.46", "................"],
        ["8.....7.9..6....", "....9..2.2..9..3", "7.467.467.467.46", "..............6."],
        ["9...............", "............4567", "6...5...6...5...", "..........5....."],
        ["9.....7.9.......", "....9..2....9...", "7.467.467.467...", "................"],
    ];
    let mut seed = 1;
    for (bar, rows) in patterns.iter().enumerate() {
        for (row, pattern) in rows.iter().enumerate() {
            for (step, velocity) in pattern.chars().enumerate() {
                let Some(velocity) = velocity.to_digit(10) else { continue };
                let (start_s, velocity) = (step_s(bar, step), f64::from(velocity) / 9.0);
                seed += 1;
                match row {
                    0 => kick(desk, start_s, velocity, seed),
                    1 => snare(desk, start_s, velocity, seed),
                    2 => hat(desk, start_s, velocity, 0.038, seed),
                    _ => hat(desk, start_s, velocity, 0.20, seed),
                }
            }
        }
    }
    for (bar, level) in [(4, 1.0), (7, 1.0)] {
        crash(desk, bar as f64 * BAR_S, level);
    }
}

fn kick(desk: &mut Desk, start_s: f64, velocity: f64, seed: u64) {
    let (rate, mut phase, mut noise) = (desk.rate, 0.0, Noise::new(seed));
    let click = SvfCoefs::bandpass(rate, 3_200.0, 0.7);
    let mut state = SvfState::<1>::default();
    desk.play(start_s, 0.45, 0.0, 0.02, |t| {
        phase += (47.0 + 95.0 * (-t / 0.022).exp() + 320.0 * (-t / 0.004).exp()) / rate;
        let body = (TAU * phase).sin() * (-t / 0.13).exp() * (1.0 - (-t / 0.0008).exp());
        let click = state.tick(&click, [noise.next()])[0] * (-t / 0.004).exp();
        velocity * (0.60 * (1.3 * body).tanh() + 0.24 * velocity * click)
    });
}

fn snare(desk: &mut Desk, start_s: f64, velocity: f64, seed: u64) {
    let (rate, mut noise) = (desk.rate, Noise::new(seed));
    let wires = SvfCoefs::bandpass(rate, 2_700.0, 0.42);
    let crack = SvfCoefs::highpass(rate, 1_500.0, 0.7);
    let (mut wire_state, mut crack_state) = (SvfState::<1>::default(), SvfState::<1>::default());
    desk.play(start_s, 0.4, 0.04, 0.20, |t| {
        let white = noise.next();
        let shell = (TAU * (188.0 * t + 0.35 * (1.0 - (-t / 0.012).exp()))).sin() * (-t / 0.065).exp()
            + 0.5 * (TAU * 331.0 * t).sin() * (-t / 0.04).exp();
        let wires = wire_state.tick(&wires, [white])[0] * (-t / 0.10).exp();
        let crack = crack_state.tick(&crack, [white])[0] * (-t / 0.0045).exp();
        // A ghost note is not only quieter but duller.
        velocity * (0.32 * shell + 0.41 * wires + 0.26 * velocity * crack) * (1.0 - (-t / 0.0003).exp())
    });
}

fn hat(desk: &mut Desk, start_s: f64, velocity: f64, decay_s: f64, seed: u64) {
    let (rate, mut noise) = (desk.rate, Noise::new(seed));
    let (high_pass, air) = (SvfCoefs::highpass(rate, 6_400.0, 0.8), SvfCoefs::lowpass(rate, 9_500.0, 0.6));
    let (mut state, mut air_state) = (SvfState::<1>::default(), SvfState::<1>::default());
    // Six partials without a common root are what makes metal of noise.
    let partials = [5_213.0, 6_371.0, 7_643.0, 8_807.0, 9_431.0, 9_941.0];
    desk.play(start_s, 8.0 * decay_s, 0.32, 0.03, |t| {
        let metal: f64 = partials.iter().map(|f| (TAU * f * t + 3.0 * (TAU * 1.41 * f * t).sin()).sin()).sum();
        let x = air_state.tick(&air, state.tick(&high_pass, [0.7 * noise.next() + 0.12 * metal]))[0];
        0.24 * velocity * x * ((-t / decay_s).exp() + 0.6 * (-t / 0.004).exp()) * (1.0 - (-t / 0.0002).exp())
    });
}

fn crash(desk: &mut Desk, start_s: f64, level: f64) {
    let (rate, mut noises) = (desk.rate, [Noise::new(771), Noise::new(772)]);
    let (high_pass, air) = (SvfCoefs::highpass(rate, 2_600.0, 0.6), SvfCoefs::lowpass(rate, 8_000.0, 0.6));
    let (mut state, mut air_state) = (SvfState::<2>::default(), SvfState::<2>::default());
    desk.play_stereo(start_s, 4.0, 0.08, |t| {
        let [a, b] = noises.each_mut().map(Noise::next);
        let x = air_state.tick(&air, state.tick(&high_pass, [a + 0.4 * b, b + 0.4 * a]));
        x.map(|x| 0.11 * level * x * (0.6 * (-t / 0.9).exp() + 0.4 * (-t / 0.12).exp()))
    });
}

fn bass(desk: &mut Desk) {
    // Steps, lengths in steps, semitones above the root.
    let line: [(usize, f64, i8); 6] =
        [(0, 3.0, 0), (4, 1.6, 0), (6, 1.8, 12), (8, 3.2, 0), (12, 1.5, 7), (14, 1.6, 10)];
    for bar in 1..8 {
        for &(step, length, above) in &line {
            // The breakdown has the root alone.
            if bar == 6 && step > 0 {
                continue;
            }
            let length_s = if bar == 6 { 1.9 } else { length * STEP_S };
            let note = f64::from(ROOTS[bar % 4]) + f64::from(above);
            let (rate, step_hz) = (desk.rate, hz(note));
            let (mut saw, mut state, mut coefs) = (Saw { phase: 0.0 }, SvfState::<1>::default(), SvfCoefs::default());
            let (mut count, mut phase) = (0u32, 0.0);
            desk.play(step_s(bar, step), length_s + 0.08, 0.0, 0.0, |t| {
                if count.is_multiple_of(16) {
                    coefs = SvfCoefs::lowpass(rate, 260.0 + 2_000.0 * (-t / 0.10).exp(), 0.9);
                }
                count += 1;
                phase += step_hz / rate;
                let tone = state.tick(&coefs, [saw.next(step_hz / rate)])[0] + 0.6 * (TAU * phase).sin();
                let release = ((length_s + 0.08 - t) / 0.08).clamp(0.0, 1.0);
                0.32 * (0.9 * tone).tanh() * (1.0 - (-t / 0.003).exp()) * (0.6 + 0.4 * (-t / 0.25).exp()) * release
            });
        }
    }
}

fn keys(desk: &mut Desk) {
    let hits = [(0usize, 5.4, 1.0), (6, 3.6, 0.72), (10, 1.6, 0.55), (12, 3.6, 0.8)];
    for bar in 0..8 {
        for &(step, length, velocity) in &hits {
            if bar == 7 && step > 0 {
                continue;
            }
            let length_s = if bar == 7 { 2.4 } else { length * STEP_S };
            for (voice, &note) in CHORDS[bar % 4].iter().enumerate() {
                // A hand does not strike four keys at once, and the instrument stands across the picture.
                let start_s = step_s(bar, step) + 0.004 * voice as f64;
                electric_piano(desk, start_s, length_s, f64::from(note), velocity, -0.75 + 0.5 * voice as f64);
            }
        }
    }
}

/// A struck tine before a pickup: two-operator frequency modulation (Chowning 1973) whose index dies away, with a chime.
fn electric_piano(desk: &mut Desk, start_s: f64, length_s: f64, note: f64, velocity: f64, pan: f64) {
    let f = hz(note);
    let seed_phase = note * 0.37;
    desk.play_stereo(start_s, length_s + 0.25, 0.16, |t| {
        let index = (0.6 + 1.9 * velocity) * (-t / 0.40).exp() + 0.35;
        let chime =
            if 14.0 * f < 9_000.0 { 0.16 * velocity * (TAU * 14.0 * f * t).sin() * (-t / 0.06).exp() } else { 0.0 };
        let release = ((length_s + 0.25 - t) / 0.25).clamp(0.0, 1.0);
        let level = 0.145 * velocity * (1.0 - (-t / 0.0015).exp()) * (-t / 1.1).exp() * release;
        // A pair of strings a few cents apart, one to each side, and a slow tremolo across.
        let tone = |cents: f64| {
            let w = TAU * f * (cents / 1200.0).exp2() * t;
            (w + index * (w + seed_phase).sin()).sin() + chime
        };
        let angle = ((pan + 0.25 * (TAU * 1.6 * (start_s + t)).sin()).clamp(-1.0, 1.0) + 1.0) * PI / 4.0;
        [level * tone(-3.5) * angle.cos(), level * tone(3.5) * angle.sin()]
    });
}

fn pad(desk: &mut Desk) {
    for bar in 4..8 {
        for (voice, &note) in CHORDS[bar % 4].iter().enumerate() {
            let (rate, f) = (desk.rate, hz(f64::from(note)));
            let spread = |n: usize| Saw { phase: ((voice * 5 + n * 3) as f64 * 0.137).fract() };
            let mut saws = [0, 1, 2, 3].map(spread);
            let low_pass = SvfCoefs::lowpass(rate, if bar == 6 { 1_600.0 } else { 3_400.0 }, 0.6);
            let high_pass = SvfCoefs::highpass(rate, 260.0, 0.6);
            let (mut low_state, mut high_state) = (SvfState::<2>::default(), SvfState::<2>::default());
            desk.play_stereo(bar as f64 * BAR_S, BAR_S + 0.3, 0.30, |t| {
                let [a, b, c, d] = [-7.0, 4.0, 7.0, -4.0].map(|cents: f64| f * (cents / 1200.0).exp2() / rate);
                let left = saws[0].next(a) + saws[1].next(b);
                let right = saws[2].next(c) + saws[3].next(d);
                let x =
                    high_state.tick(&high_pass, low_state.tick(&low_pass, [left + 0.35 * right, right + 0.35 * left]));
                let release = ((BAR_S + 0.3 - t) / 0.3).clamp(0.0, 1.0);
                x.map(|x| 0.032 * x * (1.0 - (-t / 0.25).exp()) * release)
            });
        }
    }
}

fn lead(desk: &mut Desk) {
    // Bar, step, length in steps, note.
    let melody: [(usize, usize, f64, f64); 17] = [
        (4, 0, 2.6, 76.0),
        (4, 3, 0.9, 74.0),
        (4, 4, 3.4, 72.0),
        (4, 8, 1.8, 69.0),
        (4, 10, 1.8, 72.0),
        (4, 12, 3.6, 74.0),
        (5, 0, 2.6, 77.0),
        (5, 3, 0.9, 76.0),
        (5, 4, 3.4, 72.0),
        (5, 10, 1.8, 72.0),
        (5, 12, 1.8, 76.0),
        (5, 14, 1.8, 74.0),
        (6, 0, 7.0, 79.0),
        (6, 8, 3.0, 76.0),
        (7, 0, 3.6, 74.0),
        (7, 4, 1.8, 71.0),
        (7, 6, 6.0, 69.0),
    ];
    for &(bar, step, length, note) in &melody {
        let length_s = length * STEP_S;
        // The notes, then their echoes a dotted eighth apart, from side to side.
        for (echo, (level, pan)) in [(1.0, 0.0), (0.30, -0.7), (0.19, 0.7), (0.11, -0.6)].into_iter().enumerate() {
            let rate = desk.rate;
            let start_s = step_s(bar, step) + 3.0 * STEP_S * echo as f64;
            let mut saws = [Saw { phase: 0.1 }, Saw { phase: 0.6 }];
            let (mut state, mut coefs, mut count) = (SvfState::<1>::default(), SvfCoefs::default(), 0u32);
            desk.play(start_s, length_s + 0.12, pan, 0.22, |t| {
                if count.is_multiple_of(16) {
                    let open = (1_800.0 + 4_200.0 * (-t / 0.25).exp()) / (1.0 + 0.4 * echo as f64);
                    coefs = SvfCoefs::lowpass(rate, open, 1.1);
                }
                count += 1;
                let vibrato = 12.0 * (TAU * 5.4 * t).sin() * (t / 0.35).min(1.0);
                let glide = -40.0 * (-t / 0.025).exp();
                let f = hz(note + (vibrato + glide) / 100.0) / rate;
                let x = saws[0].next(f) + 0.8 * saws[1].next(f * 1.0046);
                let release = ((length_s + 0.12 - t) / 0.12).clamp(0.0, 1.0);
                0.125 * level * state.tick(&coefs, [x])[0] * (1.0 - (-t / 0.008).exp()) * release
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared_dsp::loudness::ProgrammeMeter;

    #[test]
    fn is_an_honest_mix_at_every_rate() {
        for rate in [44_100.0, 48_000.0, 96_000.0] {
            let mix = built_in_mix(rate);
            assert_eq!(mix[0].len(), (20.0 * rate) as usize);
            let mut meter = ProgrammeMeter::new(rate);
            meter.process(&mix[0], Some(&mix[1]));
            meter.finish();
            let r = meter.readings();
            assert!((r.integrated_lufs.unwrap() + 18.3).abs() < 0.05);
            assert!((-6.0..=-3.0).contains(&r.true_peak_dbtp.unwrap()));
            assert!(r.crest_factor_db.unwrap() >= 12.0);
            assert!((0.3..0.97).contains(&r.correlation.unwrap()));
            assert!(r.mono_sum_loss_db.unwrap() < 1.5);
            assert!(r.balance_db.unwrap().abs() < 0.5);
            assert!(r.dc_offset.unwrap().abs() < 1e-4);
            assert!(r.loudness_range_lu.unwrap() > 2.0, "the arrangement changes");
            assert_eq!((r.clipped_samples, meter.scrubbed_samples()), (0, 0));
            assert!(mix.iter().all(|channel| channel.last().unwrap().abs() < 1e-3), "faded");
        }
        assert_eq!(built_in_mix(22_050.0), built_in_mix(22_050.0), "the same every time");
    }
}
