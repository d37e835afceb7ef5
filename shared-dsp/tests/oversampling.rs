//! The half-band cascades: what they pass, what they stop, when it arrives.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex64;
use shared_dsp::oversampling::{Downsampler, Factor, Oversampler, Phase, Sample, Upsampler};
use std::f64::consts::{PI, TAU};
use testkit::analysis::{db, larger, largest};
use testkit::signals::Random;

const PHASES: [Phase; 2] = [Phase::Linear, Phase::Minimum];
/// Everything is judged where it is hardest: at 44.1 kHz, where 20 kHz is nearest to Nyquist.
const BASE_HZ: f64 = 44_100.0;

fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut random = Random::new(seed);
    move || random.bipolar()
}

fn round_trip_impulse(factor: Factor, phase: Phase, length: usize) -> Vec<f64> {
    let mut oversampler = Oversampler::<f64, 1>::new(factor, phase);
    let mut io = vec![[0.0]; length];
    io[0] = [1.0];
    oversampler.process_frames(&mut io, |_| {});
    io.iter().map(|frame| frame[0]).collect()
}

fn spectrum(signal: &[f64]) -> Vec<Complex64> {
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(signal.len());
    let mut output = fft.make_output_vec();
    fft.process(&mut signal.to_vec(), &mut output).unwrap();
    output
}

#[test]
fn reported_latency_is_where_the_impulse_lands() {
    let table = [(0, 0, 0), (81, 94, 3), (88, 101, 5), (90, 103, 5), (90, 103, 5)];
    for (factor, (linear, steep, minimum)) in Factor::ALL.into_iter().zip(table) {
        for (phase, documented) in [(Phase::Linear, linear), (Phase::Steep, steep), (Phase::Minimum, minimum)] {
            let h = round_trip_impulse(factor, phase, 8192);
            let oversampler = Oversampler::<f64, 1>::new(factor, phase);
            let reported = oversampler.latency_samples();
            assert_eq!(reported, documented, "{factor:?} {phase:?}");
            assert_eq!(Oversampler::<f64, 1>::latency_of(factor, phase), reported);
            let peak = (0..h.len()).max_by(|&a, &b| h[a].abs().total_cmp(&h[b].abs())).unwrap();
            // Group delay at DC: the centroid of the impulse response.
            let centroid = h.iter().enumerate().map(|(n, h)| n as f64 * h).sum::<f64>() / h.iter().sum::<f64>();
            println!("{factor:?} {phase:?}: reported {reported}, peak {peak}, delay at DC {centroid:.4}");
            match phase {
                Phase::Minimum => {
                    assert!((centroid - reported as f64).abs() <= 0.5 / factor.times() as f64 + 1e-9);
                    assert!(peak.abs_diff(reported) <= 1, "{factor:?}: peak {peak}");
                }
                _ => {
                    assert_eq!(peak, reported, "{factor:?}");
                    assert!((centroid - reported as f64).abs() < 1e-9);
                    for n in 0..=reported {
                        assert!((h[reported - n] - h[reported + n]).abs() < 1e-15, "{factor:?} not symmetric at {n}");
                    }
                }
            }
        }
    }
}

#[test]
fn latency_holds_at_every_rate_of_the_quality_table() {
    // The factor follows the rate; the filters do not know it.
    let rates =
        [(44_100.0, 8), (48_000.0, 8), (88_200.0, 4), (96_000.0, 4), (176_400.0, 2), (192_000.0, 2), (384e3, 1)];
    for (sample_rate_hz, times) in rates {
        let factor = Factor::X8.at_rate(sample_rate_hz);
        assert_eq!(factor.times(), times);
        let h = round_trip_impulse(factor, Phase::Linear, 1024);
        let peak = (0..h.len()).max_by(|&a, &b| h[a].abs().total_cmp(&h[b].abs())).unwrap();
        assert_eq!(peak, Oversampler::<f64, 1>::latency_of(factor, Phase::Linear));
    }
    assert_eq!(Factor::X2.at_rate(384e3), Factor::X1);
}

#[test]
fn the_pass_band_is_flat_and_linear_phase_nulls() {
    const LENGTH: usize = 32_768;
    for factor in Factor::ALL {
        for phase in PHASES {
            let latency = Oversampler::<f64, 1>::latency_of(factor, phase) as f64;
            let h = spectrum(&round_trip_impulse(factor, phase, LENGTH));
            let (mut ripple_db, mut residue) = (0.0_f64, 0.0_f64);
            for (bin, value) in h.iter().enumerate() {
                let share = bin as f64 / LENGTH as f64;
                if share * BASE_HZ > 20_000.0 {
                    break;
                }
                ripple_db = larger(ripple_db, db(value.norm()).abs());
                residue = larger(residue, (value - Complex64::cis(-TAU * share * latency)).norm());
            }
            println!("{factor:?} {phase:?}: ripple {ripple_db:.2e} dB to 20 kHz, null {:.1} dB", db(residue));
            assert!(ripple_db <= 4.1e-5, "{factor:?} {phase:?}: {ripple_db:e} dB");
            if phase == Phase::Linear {
                assert!(db(residue) <= -95.0, "{factor:?}: {}", db(residue));
            }
        }
    }
}

/// The level of the loudest bin but those of `tone` and, for aliases, those above `limit_hz`.
fn worst_other_db(signal: &[f64], rate_hz: f64, tone_bin: usize, limit_hz: f64) -> f64 {
    let spectrum = spectrum(signal);
    let full = signal.len() as f64 / 2.0;
    let others = spectrum.iter().enumerate().filter(|(bin, _)| *bin != tone_bin);
    let audible = others.filter(|(bin, _)| *bin as f64 * rate_hz / signal.len() as f64 <= limit_hz);
    db(largest(audible.map(|(_, value)| value.norm() / full)))
}

fn images<T: Sample>(factor: Factor, phase: Phase, hz: f64) -> f64 {
    const LENGTH: usize = 4096;
    let bin = (hz / BASE_HZ * LENGTH as f64) as usize;
    let tone = |n: usize| T::from_f64((TAU * (bin * n % LENGTH) as f64 / LENGTH as f64).sin());
    let mut up = Upsampler::<T, 1>::new(factor, phase);
    let input: Vec<[T; 1]> = (0..2 * LENGTH).map(|n| [tone(n)]).collect();
    let mut output = vec![[T::default(); 1]; 2 * LENGTH * factor.times()];
    up.process(&input, &mut output);
    // The second period: settled, and coherent, so that no window is needed.
    let settled: Vec<f64> = output[LENGTH * factor.times()..].iter().map(|x| x[0].to_f32_or_64()).collect();
    worst_other_db(&settled, BASE_HZ * factor.times() as f64, bin, f64::INFINITY)
}

fn aliases<T: Sample>(factor: Factor, phase: Phase, hz: f64) -> f64 {
    const LENGTH: usize = 4096;
    let top = LENGTH * factor.times();
    let bin = (hz / BASE_HZ * LENGTH as f64).ceil() as usize;
    let tone = |n: usize| T::from_f64((TAU * (bin * n % top) as f64 / top as f64).sin());
    let mut down = Downsampler::<T, 1>::new(factor, phase);
    let input: Vec<[T; 1]> = (0..2 * top).map(|n| [tone(n)]).collect();
    let mut output = vec![[T::default(); 1]; 2 * LENGTH];
    down.process(&input, &mut output);
    let settled: Vec<f64> = output[LENGTH..].iter().map(|x| x[0].to_f32_or_64()).collect();
    worst_other_db(&settled, BASE_HZ, usize::MAX, 20_000.0)
}

/// Reads either sample type at its full precision.
trait Precise {
    fn to_f32_or_64(self) -> f64;
}
impl<T: Sample> Precise for T {
    fn to_f32_or_64(self) -> f64 {
        // What f32 rounds away is the rest, which f32 holds as well, and so on: two steps give 48 bits.
        let head = self.to_f32();
        let tail = (self - T::from_f32(head)).to_f32();
        f64::from(head) + f64::from(tail)
    }
}

#[test]
fn images_and_aliases_stay_below_the_stop_band() {
    for factor in &Factor::ALL[1..] {
        for (phase, promise_db) in [(Phase::Linear, -120.0), (Phase::Minimum, -100.0)] {
            let (mut image, mut alias, mut alias_f32) = (-400.0_f64, -400.0_f64, -400.0_f64);
            for hz in [50.0, 997.0, 5000.0, 10_000.0, 15_000.0, 18_000.0, 19_990.0] {
                image = larger(image, images::<f64>(*factor, phase, hz));
            }
            // Everything above 24.1 kHz up to half the top rate: what lands at or below 20 kHz must be gone.
            let top_hz = BASE_HZ * factor.times() as f64 / 2.0;
            let steps = 300;
            for step in 0..steps {
                let hz = 24_110.0 + (top_hz - 24_200.0) * f64::from(step) / f64::from(steps - 1);
                alias = larger(alias, aliases::<f64>(*factor, phase, hz));
                if step % 30 == 0 {
                    alias_f32 = larger(alias_f32, aliases::<f32>(*factor, phase, hz));
                }
            }
            println!("{factor:?} {phase:?}: image {image:.1} dB, alias {alias:.1} dB, alias in f32 {alias_f32:.1} dB");
            assert!(image <= promise_db, "{factor:?} {phase:?}: image {image}");
            assert!(alias <= promise_db, "{factor:?} {phase:?}: alias {alias}");
            assert!(alias_f32 <= promise_db + 1.0, "{factor:?} {phase:?}: alias in f32 {alias_f32}");
        }
    }
}

/// Non-harmonic energy up to 20 kHz of a hard-clipped sine of 5 kHz, 12 dB over, at 48 kHz, in dB re fundamental: the
/// alias metric of reference/nonlinear.md, whose table was computed by other code in another language.
#[test]
fn aliasing_of_a_hard_clipper_matches_the_published_table() {
    const LENGTH: usize = 1 << 16;
    const BIN: usize = 6827;
    let table =
        [(Factor::X1, -20.8), (Factor::X2, -34.6), (Factor::X4, -50.6), (Factor::X8, -61.6), (Factor::X16, -71.0)];
    for (factor, published_db) in table {
        let mut oversampler = Oversampler::<f64, 1>::new(factor, Phase::Linear);
        let drive = 10f64.powf(12.0 / 20.0);
        let sine = |n: usize| drive * (TAU * (BIN * n % LENGTH) as f64 / LENGTH as f64).sin();
        let mut io: Vec<[f64; 1]> = (0..2 * LENGTH).map(|n| [sine(n)]).collect();
        oversampler.process_frames(&mut io, |frames| frames.iter_mut().for_each(|x| x[0] = x[0].clamp(-1.0, 1.0)));
        let settled: Vec<f64> = io[LENGTH..].iter().map(|frame| frame[0]).collect();
        let spectrum = spectrum(&settled);
        let top_bin = (20_000.0 / 48_000.0 * LENGTH as f64) as usize;
        let power: f64 = (1..=top_bin).filter(|bin| bin % BIN != 0).map(|bin| spectrum[bin].norm_sqr()).sum();
        let alias_db = 10.0 * (power / spectrum[BIN].norm_sqr()).log10();
        println!("{factor:?}: alias {alias_db:.1} dB, published {published_db}");
        assert!((alias_db - published_db).abs() < 0.5, "{factor:?}: {alias_db} not {published_db}");
    }
}

fn soft(frames: &mut [[f64; 2]]) {
    frames.as_flattened_mut().iter_mut().for_each(|x| *x /= (1.0 + *x * *x).sqrt());
}

fn soft_f32(frames: &mut [[f32; 2]]) {
    frames.as_flattened_mut().iter_mut().for_each(|x| *x /= (1.0 + *x * *x).sqrt());
}

#[test]
fn any_block_split_gives_the_same_bits_and_reset_reproduces() {
    let mut random = noise(11);
    let left: Vec<f32> = (0..3000).map(|_| random() as f32).collect();
    let right: Vec<f32> = (0..3000).map(|_| random() as f32).collect();
    for factor in Factor::ALL {
        for phase in PHASES {
            let mut whole = (left.clone(), right.clone());
            let mut narrow = (left.clone(), right.clone());
            let mut oversampler = Oversampler::<f64, 2>::new(factor, phase);
            let mut in_f32 = Oversampler::<f32, 2>::new(factor, phase);
            oversampler.process([&mut whole.0, &mut whole.1], soft);
            in_f32.process([&mut narrow.0, &mut narrow.1], soft_f32);
            let apart = largest(whole.0.iter().zip(&narrow.0).map(|(a, b)| f64::from((a - b).abs())));
            assert!(apart < 5e-6, "{factor:?} {phase:?}: f32 differs from f64 by {apart}");
            // The right channel alone: no leak between channels.
            let mut alone = right.clone();
            Oversampler::<f64, 1>::new(factor, phase).process([&mut alone], |frames| {
                frames.iter_mut().for_each(|x| x[0] /= (1.0 + x[0] * x[0]).sqrt());
            });
            assert_eq!(alone, whole.1, "{factor:?} {phase:?}");
            for cut in [1, 7, 63, 64, 65, 333, 1024] {
                // Either state must come back to the very start, from a reset or from another factor and phase.
                if cut % 2 == 0 {
                    oversampler.reset();
                    in_f32.reset();
                } else {
                    oversampler.select(Factor::X4, Phase::Minimum);
                    oversampler.process([&mut [0.5; 99], &mut [-0.5; 99]], soft);
                    oversampler.select(factor, phase);
                    in_f32.select(factor, phase);
                }
                let mut split = (left.clone(), right.clone());
                let mut split_f32 = (left.clone(), right.clone());
                for (l, r) in split.0.chunks_mut(cut).zip(split.1.chunks_mut(cut)) {
                    oversampler.process([l, r], soft);
                }
                for (l, r) in split_f32.0.chunks_mut(cut).zip(split_f32.1.chunks_mut(cut)) {
                    in_f32.process([l, r], soft_f32);
                }
                assert_eq!(split, whole, "{factor:?} {phase:?} in f64 cut at {cut}");
                assert_eq!(split_f32, narrow, "{factor:?} {phase:?} in f32 cut at {cut}");
            }
        }
    }
}

/// Filters lend their buffers from one another: what one has left in them is nothing to the next, and a filter on another
/// thread at the same time has its own.
#[test]
fn filters_that_share_their_buffers_do_not_meet() {
    let mut random = noise(12);
    let input: Vec<[f32; 2]> = (0..3000).map(|_| [random() as f32, random() as f32]).collect();
    let run = |factor: Factor, phase: Phase, between: &mut dyn FnMut(usize)| {
        let mut oversampler = Oversampler::<f32, 2>::new(factor, phase);
        let mut io = input.clone();
        let mut start = 0;
        for cut in [1, 7, 64, 3, 500].into_iter().cycle() {
            let end = (start + cut).min(io.len());
            oversampler.process_frames(&mut io[start..end], soft_f32);
            between(end);
            start = end;
            if start == io.len() {
                return io;
            }
        }
        unreachable!("there is a cut of one frame and more");
    };
    let others = [(Factor::X16, Phase::Linear), (Factor::X8, Phase::Steep), (Factor::X4, Phase::Minimum)];
    for (factor, phase) in others {
        let alone = run(factor, phase, &mut |_| {});
        assert!(alone.iter().flatten().any(|x| x.abs() > 0.1));
        let mut other = others.map(|(factor, phase)| Oversampler::<f32, 2>::new(factor, phase));
        let in_turn = run(factor, phase, &mut |place| {
            let mut io: Vec<[f32; 2]> = (0..place % 97).map(|n| [n as f32, -1e9]).collect();
            other.iter_mut().for_each(|other| other.process_frames(&mut io, |_| {}));
        });
        assert!(alone == in_turn, "{factor:?} {phase:?}, in turn");
        let at_once = std::thread::scope(|scope| {
            let threads = [0; 4].map(|_| scope.spawn(|| run(factor, phase, &mut |_| {})));
            threads.map(|thread| thread.join().unwrap())
        });
        assert!(at_once.iter().all(|one| *one == alone), "{factor:?} {phase:?}, at once");
    }
}

#[test]
fn the_two_halves_make_the_whole() {
    let mut random = noise(5);
    let input: Vec<[f64; 2]> = (0..1000).map(|_| [random(), random()]).collect();
    for factor in Factor::ALL {
        for phase in PHASES {
            let mut whole = input.clone();
            Oversampler::<f64, 2>::new(factor, phase).process_frames(&mut whole, soft);
            let mut up = Upsampler::<f64, 2>::new(factor, phase);
            let mut down = Downsampler::<f64, 2>::new(factor, phase);
            let mut top = vec![[0.0; 2]; input.len() * factor.times()];
            let mut apart = vec![[0.0; 2]; input.len()];
            up.process(&input, &mut top);
            soft(&mut top);
            down.process(&top, &mut apart);
            assert_eq!(apart, whole, "{factor:?} {phase:?}");
            let ways = up.delay_top_samples() + down.delay_top_samples() + down.pad_top_samples() as f64;
            let total = ways / factor.times() as f64;
            assert!((total - down.latency_samples() as f64).abs() <= 0.5 / factor.times() as f64);
        }
    }
}

/// A smooth bump lands where the upsampler's and the downsampler's own delays say, each for itself.
#[test]
fn each_way_has_the_delay_it_reports() {
    for factor in &Factor::ALL[1..] {
        for phase in PHASES {
            let times = factor.times();
            let mut up = Upsampler::<f64, 1>::new(*factor, phase);
            let mut input = vec![[0.0]; 2048];
            input[0] = [1.0];
            let mut output = vec![[0.0]; 2048 * times];
            up.process(&input, &mut output);
            let centroid = |h: &[[f64; 1]]| {
                h.iter().enumerate().map(|(n, h)| n as f64 * h[0]).sum::<f64>() / h.iter().map(|h| h[0]).sum::<f64>()
            };
            let found = centroid(&output);
            assert!((found - up.delay_top_samples()).abs() < 1e-6, "{factor:?} {phase:?} up: {found}");
            // Down: the centroid over every phase of the impulse, each a sparse look at the same response.
            let mut down = Downsampler::<f64, 1>::new(*factor, phase);
            let (mut moment, mut mass) = (0.0, 0.0);
            for position in 0..times {
                let mut input = vec![[0.0]; 2048 * times];
                input[position] = [1.0];
                let mut output = vec![[0.0]; 2048];
                down.reset();
                down.process(&input, &mut output);
                for (n, y) in output.iter().enumerate() {
                    moment += (n * times) as f64 * y[0] - position as f64 * y[0];
                    mass += y[0];
                }
            }
            let expected = down.delay_top_samples() + down.pad_top_samples() as f64;
            assert!((moment / mass - expected).abs() < 1e-6, "{factor:?} {phase:?} down: {} {expected}", moment / mass);
        }
    }
}

/// A loud burst dies away at once in linear phase, and within the unit's memory in minimum phase.
#[test]
fn the_memory_ends() {
    for factor in Factor::ALL {
        for phase in PHASES {
            let mut oversampler = Oversampler::<f64, 1>::new(factor, phase);
            let mut io: Vec<[f64; 1]> =
                (0..4096).map(|n| [if n < 500 { 1e6 * (PI * n as f64).cos() } else { 0.0 }]).collect();
            oversampler.process_frames(&mut io, |_| {});
            let tail = largest(io[500 + 2 * 90 + 1200..].iter().map(|x| x[0].abs()));
            assert!(tail < 1e-6, "{factor:?} {phase:?}: {tail:e}");
        }
    }
}
