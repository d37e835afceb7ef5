//! Programmes made by code, and what true-peak meters read of them.

use std::f64::consts::{PI, TAU};

use realfft::RealFftPlanner;
use testkit::analysis::{db, peak, rms};
use testkit::signals::{Audio, Random, programme, sine};

/// How long a fade at either end lasts.
const FADE_FRAMES: f64 = 256.0;

/// Twice the same.
pub fn both(signal: Vec<f32>) -> Audio {
    vec![signal.clone(), signal]
}

/// Nothing above 20 kHz, as in music.
pub fn band_limited(rate: f64, audio: Audio) -> Audio {
    low_passed(20_000.0 / rate, audio)
}

/// Nothing above a share of the sample rate; faded in and out, as a sound that begins at once is as wide as a click.
pub fn low_passed(share: f64, audio: Audio) -> Audio {
    audio
        .into_iter()
        .map(|channel| {
            let n = channel.len();
            let mut planner = RealFftPlanner::<f64>::new();
            let (forward, inverse) = (planner.plan_fft_forward(n), planner.plan_fft_inverse(n));
            let mut x: Vec<f64> = channel.iter().map(|&x| f64::from(x) / n as f64).collect();
            let mut bins = forward.make_output_vec();
            forward.process(&mut x, &mut bins).expect("the buffers are the plan's own");
            let end = bins.len().min((share * n as f64) as usize);
            bins[end..].fill(0.0.into());
            inverse.process(&mut bins, &mut x).expect("the buffers are the plan's own");
            let edge = |at: usize| (0.5 * PI * (at.min(n - 1 - at) as f64 / FADE_FRAMES).min(1.0)).sin().powi(2);
            x.into_iter().enumerate().map(|(at, x)| (edge(at) * x) as f32).collect()
        })
        .collect()
}

/// Scaled so that the greatest sample is at full scale.
pub fn normalized(audio: Audio) -> Audio {
    let most = audio.iter().map(|channel| peak(channel)).fold(0.0, f64::max);
    audio.into_iter().map(|channel| channel.into_iter().map(|x| (f64::from(x) / most) as f32).collect()).collect()
}

/// Kick, snare and hats.
pub fn drums(rate: f64, frames: usize) -> Audio {
    let mut random = Random::new(3);
    let mut audio = vec![Vec::new(), Vec::new()];
    for n in 0..frames {
        let t = n as f64 / rate;
        let (beat, since) = ((t / 0.25) as usize, t % 0.25);
        let kick = (-since / 0.08).exp() * (TAU * (50.0 * since + 4.0 * (1.0 - (-since / 0.01).exp()))).sin();
        let snare = if beat % 2 == 1 { 0.8 * (-since / 0.06).exp() * random.bipolar() } else { 0.0 };
        let hat = 0.3 * (-(t % 0.125) / 0.01).exp() * random.bipolar();
        audio[0].push((0.7 * kick + snare + hat) as f32);
        audio[1].push((0.7 * kick + 0.8 * snare - 0.7 * hat) as f32);
    }
    audio
}

/// -3 dB an octave within half a decibel, by P. Kellet's three-pole filter.
fn pink(frames: usize) -> Audio {
    let channel = |seed: u64| -> Vec<f32> {
        let mut random = Random::new(seed);
        let mut s = [0.0_f64; 3];
        (0..frames)
            .map(|_| {
                let white = random.bipolar();
                s[0] = 0.997_65 * s[0] + white * 0.099_046;
                s[1] = 0.963 * s[1] + white * 0.296_516_4;
                s[2] = 0.57 * s[2] + white * 1.052_691_3;
                (0.25 * (s.iter().sum::<f64>() + white * 0.184_8)) as f32
            })
            .collect()
    };
    vec![channel(1), channel(2)]
}

fn square(rate: f64, frames: usize) -> Audio {
    let wave = |n: usize| {
        let angle = TAU * 1000.0 * n as f64 / rate;
        (1..20).step_by(2).map(|k| (f64::from(k) * angle).sin() / f64::from(k)).sum::<f64>() as f32
    };
    both((0..frames).map(wave).collect())
}

/// Plucked strings in wide chords over a bass (K. Karplus and A. Strong, *Digital synthesis of plucked-string and drum
/// timbres*, 1983).
fn strings(rate: f64, frames: usize) -> Audio {
    let mut random = Random::new(11);
    let mut audio = vec![vec![0.0_f32; frames], vec![0.0; frames]];
    let notes = [82.4, 110.0, 146.8, 196.0, 246.9, 329.6, 55.0, 41.2];
    let mut start = 0;
    for turn in 0.. {
        if start >= frames {
            break;
        }
        let period = (rate / notes[(turn * 5) % notes.len()]) as usize;
        let mut string: Vec<f64> = (0..period).map(|_| random.bipolar()).collect();
        let pan = 0.5 + 0.4 * random.bipolar();
        let [left, right] = &mut audio[..] else { break };
        for (n, (left, right)) in left[start..].iter_mut().zip(&mut right[start..]).take(rate as usize).enumerate() {
            let (at, next) = (n % period, (n + 1) % period);
            let out = string[at];
            string[at] = 0.4985 * (out + string[next]);
            *left += (out * (1.0 - pan)) as f32;
            *right += (out * pan) as f32;
        }
        start += (rate * 0.19) as usize;
    }
    audio
}

/// Syllables: a train of pulses through two resonances, with pauses.
fn voice(rate: f64, frames: usize) -> Audio {
    let mut phase = 0.0;
    let mut state = [[0.0_f64; 2]; 2];
    let mono: Vec<f32> = (0..frames)
        .map(|n| {
            let t = n as f64 / rate;
            let syllable =
                (PI * (t % 0.3) / 0.3).sin().max(0.0).powi(2) * if (t / 0.3) as usize % 4 == 3 { 0.05 } else { 1.0 };
            phase += (115.0 + 20.0 * (TAU * 2.3 * t).sin()) / rate;
            let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
            phase %= 1.0;
            let mut out = 0.0;
            for (s, (hz, decay_s)) in
                state.iter_mut().zip([(620.0 + 200.0 * (TAU * 1.1 * t).sin(), 0.004), (2300.0, 0.002)])
            {
                let radius = (-1.0 / (decay_s * rate)).exp();
                let y = pulse * syllable + 2.0 * radius * (TAU * hz / rate).cos() * s[0] - radius * radius * s[1];
                *s = [y, s[0]];
                out += y;
            }
            out as f32
        })
        .collect();
    vec![mono.iter().map(|x| 0.9 * x).collect(), mono]
}

/// No recording could be had here: three programmes made by code stand for music, each with a crest factor of 12 dB or more.
pub fn music(rate: f64, frames: usize) -> Vec<(&'static str, Audio)> {
    let all = vec![
        ("a mix", programme(rate, 1.0, frames)),
        ("strings", strings(rate, frames)),
        ("a voice", voice(rate, frames)),
    ];
    let all: Vec<_> = all.into_iter().map(|(name, audio)| (name, normalized(band_limited(rate, audio)))).collect();
    for (name, audio) in &all {
        let crest = db(peak(&audio[1]) / rms(&audio[1]));
        assert!(crest >= 12.0, "{name}: a crest factor of {crest:.1} dB");
    }
    all
}

/// Programmes and what a detector may stumble over, full scale.
pub fn full_scale_list(rate: f64) -> Vec<(&'static str, Audio)> {
    let frames = 1 << 16;
    let quarter = (0..frames).map(|n| (0.5 * PI * n as f64 + 0.25 * PI).sin() as f32).collect();
    let mut list = vec![
        ("drums", normalized(band_limited(rate, drums(rate, frames)))),
        ("pink noise", normalized(band_limited(rate, pink(frames)))),
        ("fs/4 at 45 degrees", both(quarter)),
        ("1 kHz", both(sine(rate, 1000.0, 0.0, frames))),
        ("8 kHz", both(sine(rate, 8000.0, 0.0, frames))),
        ("1 kHz square", normalized(square(rate, frames))),
    ];
    list.extend(music(rate, frames));
    list
}

/// By the crate `ebur128`, linear.
pub fn bs1770_peak(audio: &Audio, rate: f64) -> f64 {
    let mut meter = ebur128::EbuR128::new(2, rate as u32, ebur128::Mode::TRUE_PEAK).expect("a valid meter");
    meter.add_frames_planar_f32(&[&audio[0], &audio[1]]).expect("two channels");
    (0..2).map(|channel| meter.true_peak(channel).expect("the mode was asked for")).fold(0.0, f64::max)
}
