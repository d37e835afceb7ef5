//! The guard holds its ceiling: true peak by the crate `ebur128` and by an ideal reconstruction, samples always.

use realfft::RealFftPlanner;
use shared_dsp::Quality;
use shared_dsp::loudness::MeterPeaks;
use shared_dsp::nonlinear::{Clip, ClipCurve, ClipSettings, Guard, GuardFrame, ResidualPath, Route, StereoFrame};
use shared_dsp::oversampling::{Factor, Phase};
use std::f64::consts::{PI, TAU};

const CEILING: f64 = 0.966_050_878_5;

fn gain(db: f64) -> f64 {
    10_f64.powf(db / 20.0)
}

fn db(x: f64) -> f64 {
    20.0 * x.max(1e-20).log10()
}

struct Random(u64);

impl Random {
    fn bipolar(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

fn drums(rate: f64, frames: usize) -> Vec<StereoFrame> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    (0..frames)
        .map(|n| {
            let t = n as f64 / rate;
            let (beat, since) = ((t / 0.25) as usize, t % 0.25);
            let kick = (-since / 0.08).exp() * (TAU * (50.0 * since + 4.0 * (1.0 - (-since / 0.01).exp()))).sin();
            let noise = random.bipolar();
            let snare = if beat % 2 == 1 { 0.8 * (-since / 0.06).exp() * noise } else { 0.0 };
            let hat = 0.3 * (-(t % 0.125) / 0.01).exp() * random.bipolar();
            [(0.7 * kick + snare + hat) as f32, (0.7 * kick + 0.8 * snare - 0.7 * hat) as f32]
        })
        .collect()
}

fn pink(frames: usize) -> Vec<StereoFrame> {
    let mut random = Random(0x1357_9bdf_0246_8ace);
    let mut state = [[0.0_f64; 3]; 2];
    (0..frames)
        .map(|_| {
            [0, 1].map(|ch: usize| {
                // P. Kellet's economy filter; -3 dB/oct within half a decibel.
                let white = random.bipolar();
                let s = &mut state[ch];
                s[0] = 0.997_65 * s[0] + white * 0.099_046;
                s[1] = 0.963 * s[1] + white * 0.296_516_4;
                s[2] = 0.57 * s[2] + white * 1.052_691_3;
                (0.25 * (s[0] + s[1] + s[2] + white * 0.184_8)) as f32
            })
        })
        .collect()
}

fn tone(rate: f64, hz: f64, phase: f64, frames: usize) -> Vec<StereoFrame> {
    (0..frames).map(|n| [(TAU * hz * n as f64 / rate + phase).sin() as f32; 2]).collect()
}

/// Band-limited: its harmonics below 20 kHz.
fn square(rate: f64, frames: usize) -> Vec<StereoFrame> {
    (0..frames)
        .map(|n| {
            let angle = TAU * 1000.0 * n as f64 / rate;
            let sum: f64 = (1..20).step_by(2).map(|k| (f64::from(k) * angle).sin() / f64::from(k)).sum();
            [(4.0 / PI * sum * 0.8) as f32; 2]
        })
        .collect()
}

/// Nothing above 20 kHz: what music is made of, and the widest band that a rate of 44.1 kHz carries.
fn band_limited(rate: f64, frames: Vec<StereoFrame>) -> Vec<StereoFrame> {
    let n = frames.len();
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (planner.plan_fft_forward(n), planner.plan_fft_inverse(n));
    let channels = [0, 1].map(|ch: usize| {
        let mut x: Vec<f64> = frames.iter().map(|frame| f64::from(frame[ch])).collect();
        let mut bins = forward.make_output_vec();
        forward.process(&mut x, &mut bins).unwrap();
        bins[(20_000.0 / rate * n as f64) as usize..].fill(0.0.into());
        inverse.process(&mut bins, &mut x).unwrap();
        x
    });
    (0..n).map(|i| [0, 1].map(|ch: usize| (channels[ch][i] / n as f64) as f32)).collect()
}

fn programmes(rate: f64) -> Vec<(&'static str, Vec<StereoFrame>)> {
    let frames = 1 << 16;
    vec![
        ("drums", band_limited(rate, drums(rate, frames))),
        ("pink", band_limited(rate, pink(frames))),
        ("fs/4", tone(rate, rate / 4.0, PI / 4.0, frames)),
        ("1 kHz", tone(rate, 1000.0, 0.0, frames)),
        ("8 kHz", tone(rate, 8000.0, 0.0, frames)),
        ("square", square(rate, frames)),
    ]
}

/// The peak of the wave itself, 16 times as fine as the samples, by zeros in the spectrum; windowed at both ends, where the
/// transform's wrap would ring.
fn ideal_peak(signal: &[f32]) -> f64 {
    const FINER: usize = 16;
    let n = signal.len();
    let mut planner = RealFftPlanner::<f64>::new();
    let forward = planner.plan_fft_forward(n);
    let fade = 512;
    let mut x: Vec<f64> = signal
        .iter()
        .enumerate()
        .map(|(i, &x)| {
            let edge = i.min(n - 1 - i).min(fade) as f64 / fade as f64;
            f64::from(x) * (0.5 * PI * edge).sin().powi(2)
        })
        .collect();
    let mut bins = forward.make_output_vec();
    forward.process(&mut x, &mut bins).unwrap();
    let inverse = planner.plan_fft_inverse(n * FINER);
    let mut wide = inverse.make_input_vec();
    wide[..bins.len() - 1].copy_from_slice(&bins[..bins.len() - 1]);
    let mut fine = inverse.make_output_vec();
    inverse.process(&mut wide, &mut fine).unwrap();
    fine.iter().fold(0.0_f64, |most, x| most.max(x.abs())) / n as f64
}

fn bs1770_peak(frames: &[StereoFrame], rate: f64) -> f64 {
    let mut meter = ebur128::EbuR128::new(2, rate as u32, ebur128::Mode::TRUE_PEAK).unwrap();
    meter.add_frames_f32(frames.as_flattened()).unwrap();
    meter.true_peak(0).unwrap().max(meter.true_peak(1).unwrap())
}

struct Chain {
    path: ResidualPath,
    clip: Clip,
    guard: Guard,
}

impl Chain {
    fn new(rate: f64, quality: Quality) -> Self {
        let (mut path, mut clip, mut guard) = (ResidualPath::new(), Clip::new(), Guard::new(rate));
        clip.select(quality != Quality::Off);
        let route = Route::of(quality, Factor::X16, rate);
        let phase = if route.phase == Phase::Linear { Phase::Steep } else { route.phase };
        path.select(Route { phase, ..route }, clip.delay_samples());
        guard.select(rate, matches!(quality, Quality::Standard | Quality::High));
        Self { path, clip, guard }
    }

    fn run(
        &mut self,
        input: &[StereoFrame],
        drive_db: f64,
        knee: f64,
        control: GuardFrame,
        blocks: &[usize],
    ) -> Vec<StereoFrame> {
        let mut dry: Vec<StereoFrame> =
            input.iter().map(|x| x.map(|x| (f64::from(x) * gain(drive_db)) as f32)).collect();
        let driven = dry.clone();
        let mut residual = vec![[0.0; 2]; input.len()];
        let settings = ClipSettings { curve: ClipCurve::new(CEILING, knee), link: 0.0, mid_side: 0.0 };
        let controls = vec![control; input.len()];
        let (mut start, mut turn) = (0, 0);
        while start < input.len() {
            let end = input.len().min(start + blocks[turn % blocks.len()]);
            let clip = &mut self.clip;
            self.path.process(&mut dry[start..end], &driven[start..end], &mut residual[start..end], |x, r| {
                clip.shape(&settings, x, r)
            });
            for (dry, residual) in dry[start..end].iter_mut().zip(&residual[start..end]) {
                *dry = [dry[0] + residual[0], dry[1] + residual[1]];
            }
            self.guard.process(&mut dry[start..end], &controls[start..end]);
            (start, turn) = (end, turn + 1);
        }
        dry
    }
}

const CONTROL: GuardFrame = GuardFrame { ceiling: CEILING as f32, true_peak: 1.0, sample: 1.0 };

#[test]
fn the_true_peak_is_held_on_every_programme_drive_and_rate() {
    for rate in [44_100.0, 48_000.0, 96_000.0] {
        for (name, input) in programmes(rate) {
            for (quality, knee, drive_db) in [
                (Quality::Standard, 0.0, 0.0),
                (Quality::Standard, 0.0, 12.0),
                (Quality::Standard, 0.5, 12.0),
                (Quality::Standard, 1.0, 6.0),
                (Quality::Standard, 0.0, 24.0),
                (Quality::Live, 0.0, 12.0),
                (Quality::Live, 0.0, 24.0),
                (Quality::Off, 0.0, 12.0),
            ] {
                let mut chain = Chain::new(rate, quality);
                let output = chain.run(&input, drive_db, knee, CONTROL, &[512]);
                let left: Vec<f32> = output.iter().map(|x| x[0]).collect();
                let (meter, ideal) = (db(bs1770_peak(&output, rate) / CEILING), db(ideal_peak(&left) / CEILING));
                let reduction = db(1.0 - f64::from(chain.guard.take_most_reduction()));
                let case = format!("{rate} Hz, {quality:?}, {name}, knee {knee}, {drive_db:+} dB");
                println!("{case}: BS.1770 {meter:+.3}, ideal {ideal:+.3}, gain {reduction:.2} dB");
                assert!(meter <= 0.01, "{case}: BS.1770 {meter:+.3} dB over the ceiling");
                // A quick guard has the shorter interpolator, which sees less of the top of the band; and a clip that
                // aliases fills the band to its very top.
                let limit = match quality {
                    Quality::Off => 1.0,
                    _ if drive_db > 12.0 => 0.55,
                    Quality::Live => 0.4,
                    _ => 0.3,
                };
                assert!(ideal <= limit, "{case}: ideal {ideal:+.3} dB over the ceiling");
                // What the two passes leave to the gain.
                if quality == Quality::Standard && drive_db <= 12.0 {
                    assert!(reduction >= -1.1, "{case}: {reduction:.2} dB");
                }
                let most = output.as_flattened().iter().fold(0.0_f32, |most, x| most.max(x.abs()));
                assert!(most <= CEILING as f32, "{case}: a sample at {most}");
                // The passes overdo a steady tone between the samples.
                assert!(ideal > -2.5, "{case}: the programme is there, {ideal}");
            }
        }
    }
}

#[test]
fn a_sample_guard_holds_every_sample() {
    let rate = 48_000.0;
    for (name, input) in programmes(rate) {
        for quality in Quality::ALL {
            let mut chain = Chain::new(rate, quality);
            let only_samples = GuardFrame { true_peak: 0.0, ..CONTROL };
            let output = chain.run(&input, 24.0, 0.0, only_samples, &[512]);
            let most = output.as_flattened().iter().fold(0.0_f32, |most, x| most.max(x.abs()));
            assert_eq!(most, CEILING as f32, "{name}, {quality:?}: held, and no lower than need be");
        }
    }
}

#[test]
fn below_the_ceiling_everything_passes_to_the_bit_and_as_late_whatever_is_held() {
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0, 384_000.0] {
        for is_thorough in [true, false] {
            let input: Vec<StereoFrame> =
                band_limited(rate, pink(1 << 13)).iter().map(|x| x.map(|x| 0.4 * x)).collect();
            let mut guard = Guard::new(rate);
            guard.select(rate, is_thorough);
            let latency = guard.latency_samples();
            assert_eq!(latency, Guard::latency_of(rate, is_thorough));
            for (true_peak, sample) in [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.5, 0.5)] {
                let mut output = input.clone();
                let control = GuardFrame { ceiling: CEILING as f32, true_peak, sample };
                guard.reset();
                guard.process(&mut output, &vec![control; input.len()]);
                assert!(
                    output[latency..] == input[..input.len() - latency],
                    "{rate} Hz, thorough {is_thorough}, {control:?}"
                );
            }
        }
    }
    // 0.9 ms for the quick one, 2.5 ms for the thorough one.
    assert_eq!([false, true].map(|is_thorough| Guard::latency_of(48_000.0, is_thorough)), [41, 119]);
}

#[test]
fn any_block_split_gives_the_same_bits_while_everything_glides() {
    let rate = 48_000.0;
    let input: Vec<StereoFrame> = band_limited(rate, drums(rate, 1 << 14)).iter().map(|x| x.map(|x| 2.0 * x)).collect();
    let controls: Vec<GuardFrame> = (0..input.len())
        .map(|n| {
            // AttackShape asleep for a while, twice, at places off every grid.
            let true_peak = ((n as f32 / 700.0).sin() * 2.0).clamp(0.0, 1.0);
            let ceiling = if n % 4000 < 1500 { 0.5 + n as f32 / 30_000.0 } else { 0.8 };
            GuardFrame { ceiling, true_peak, sample: 0.5 * true_peak }
        })
        .collect();
    for is_thorough in [true, false] {
        let run = |blocks: &[usize]| {
            let mut guard = Guard::new(rate);
            guard.select(rate, is_thorough);
            let mut output = input.clone();
            let (mut start, mut turn) = (0, 0);
            while start < output.len() {
                let end = output.len().min(start + blocks[turn % blocks.len()]);
                guard.process(&mut output[start..end], &controls[start..end]);
                (start, turn) = (end, turn + 1);
            }
            output
        };
        let whole = run(&[input.len()]);
        for blocks in [&[1][..], &[64], &[5, 200, 63, 1000]] {
            assert!(run(blocks) == whole, "thorough {is_thorough}, {blocks:?}");
        }
    }
}

/// All that is no harmonic of `bin` up to 20 kHz, in dB below it.
fn inharmonic_db(signal: &[f32], rate: f64, bin: usize) -> f64 {
    let mut x: Vec<f64> = signal.iter().map(|&x| f64::from(x)).collect();
    let forward = RealFftPlanner::<f64>::new().plan_fft_forward(x.len());
    let mut bins = forward.make_output_vec();
    forward.process(&mut x, &mut bins).unwrap();
    let last = (20_000.0 * signal.len() as f64 / rate) as usize;
    let other: f64 = (1..=last).filter(|at| at % bin != 0).map(|at| bins[at].norm_sqr()).sum();
    10.0 * (other / bins[bin].norm_sqr()).log10()
}

#[test]
fn a_steady_tone_gets_nothing_that_is_not_its_own() {
    for (rate, hzs) in [
        (44_100.0, &[100.0, 997.0, 2424.0, 3000.0, 4000.0, 5000.0, 7300.0, 8000.0, 10_000.0][..]),
        (48_000.0, &[100.0, 250.0, 997.0, 2000.0, 3000.0, 4000.0, 5000.0, 7300.0, 8000.0, 10_000.0]),
        (96_000.0, &[997.0, 5000.0, 7600.0, 10_000.0]),
    ] {
        let size = 1 << 15;
        for hz in hzs {
            let bin = (hz / rate * f64::from(size)) as usize | 1;
            let lead = (2.0 * rate / f64::from(size)).ceil() as usize * size as usize;
            let input = tone(rate, bin as f64 / f64::from(size) * rate, 0.0, lead + size as usize);
            for drive_db in [1.0, 6.0, 12.0] {
                let mut chain = Chain::new(rate, Quality::Standard);
                let output = chain.run(&input, drive_db, 0.2, CONTROL, &[512]);
                let end: Vec<f32> = output[lead..].iter().map(|x| x[0]).collect();
                let inharmonic = inharmonic_db(&end, rate, bin);
                let limit = if *hz <= 5000.0 { -90.0 } else { -80.0 };
                let case = format!("{rate} Hz, {hz} Hz, {drive_db:+} dB");
                assert!(inharmonic <= limit, "{case}: {inharmonic:.1} dB");
                let meter = db(bs1770_peak(&output, rate) / CEILING);
                assert!(meter <= 0.01, "{case}: BS.1770 {meter:+.3} dB over the ceiling");
                // The greatest that any meter reads stands at the ceiling.
                let mut meters = MeterPeaks::new(rate);
                let mut peaks = vec![0.0; output.len()];
                meters.process(&output, 0.5, &mut peaks);
                let most = peaks[lead..].iter().chain(&end).fold(0.0_f32, |most, x| most.max(x.abs()));
                let used = db(f64::from(most) / CEILING);
                assert!((-0.05..=0.01).contains(&used), "{case}: {used:+.3} dB of the ceiling");
            }
        }
    }
}

#[test]
fn the_standing_gain_goes_with_the_tone() {
    let rate = 48_000.0;
    let mut input = tone(rate, 9000.0, 0.0, 48_000);
    let mut guard = Guard::new(rate);
    input.iter_mut().for_each(|x| *x = x.map(|x| 1.2 * x));
    guard.process(&mut input, &vec![CONTROL; 48_000]);
    assert!(guard.steady_reduction() > 0.005, "{}", guard.steady_reduction());
    let mut silence = vec![[0.0; 2]; 48_000];
    guard.process(&mut silence, &vec![CONTROL; 48_000]);
    assert_eq!(guard.steady_reduction(), 0.0);
}
