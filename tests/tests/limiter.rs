//! Limiter's targets (specs/limiter.md), measured through the built bundle.

mod programmes;

use std::f64::consts::{PI, TAU};
use std::time::Instant;

use testkit::analysis::{alias_sum_db, db, delayed, first_difference, peak, thd};
use testkit::signals::{Audio, Random, gain, impulse, noise, sine, stereo_noise};
use testkit::{Format, Plugin, Rig};

use programmes::{band_limited, both, bs1770_peak, drums, full_scale_list, music, normalized};

const RATES_HZ: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];
const STYLES: [&str; 3] = ["Clean", "Punch", "Glue"];

fn limiter(format: Format, rate: f64, settings: &[(&str, &str)]) -> Rig {
    Rig::ready(Plugin::Limiter, format, rate, settings)
}

fn bessel(x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..80 {
        term *= (0.5 * x / f64::from(k)).powi(2);
        sum += term;
    }
    sum
}

/// The reference: the wave at 32 times the rate by 96 taps a phase under a Kaiser window, the same share of every rate: it passes
/// 0.45 of it whole and stops from 0.55 on.
fn reference_peak(audio: &Audio) -> f64 {
    const FINER: usize = 32;
    const HALF: usize = 48;
    const BETA: f64 = 10.0;
    let kernels: Vec<Vec<f32>> = (0..FINER)
        .map(|phase| {
            (0..2 * HALF)
                .map(|k| {
                    let t = k as f64 - (HALF as f64 - 1.0) - phase as f64 / FINER as f64;
                    let u = t / HALF as f64;
                    let sinc = if t.abs() < 1e-9 { 1.0 } else { (PI * t).sin() / (PI * t) };
                    (sinc * bessel(BETA * (1.0 - u * u).max(0.0).sqrt()) / bessel(BETA)) as f32
                })
                .collect()
        })
        .collect();
    let mut most = 0.0_f32;
    for signal in audio {
        // Only where it could matter: no phase gives more than three times the greatest sample.
        let top = signal.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        for window in signal.windows(2 * HALF) {
            let near = window[HALF - 4..HALF + 4].iter().fold(0.0_f32, |most, x| most.max(x.abs()));
            if near < 0.35 * top {
                continue;
            }
            for kernel in &kernels {
                let mut sums = [0.0_f32; 16];
                for (x, h) in window.chunks_exact(16).zip(kernel.chunks_exact(16)) {
                    for lane in 0..16 {
                        sums[lane] += x[lane] * h[lane];
                    }
                }
                most = most.max(sums.iter().sum::<f32>().abs());
            }
        }
    }
    assert!(most > 0.0, "nothing came out");
    f64::from(most)
}

/// What must not pass: specs/limiter.md.
fn hostile(rate: f64, frames: usize) -> Vec<(&'static str, Audio)> {
    let period = (rate / 1000.0) as usize;
    let square = |n: usize| if (n / (period / 2)).is_multiple_of(2) { 1.0 } else { -1.0 };
    let single = |n: usize| match n % 487 {
        100 => 1.0,
        101 => -0.3,
        _ => 0.0,
    };
    let step = |n: usize| if n / 700 % 2 == 1 { 1.0 } else { 0.0 };
    let alternate = |n: usize| match n % 400 {
        near if near < 32 => [1.0, -1.0][near % 2],
        _ => 0.0,
    };
    let tone = |hz: f64, phase: f64| (0..frames).map(|n| (TAU * hz * n as f64 / rate + phase).sin() as f32).collect();
    let by = |f: &dyn Fn(usize) -> f32| -> Audio { both((0..frames).map(f).collect()) };
    vec![
        ("white noise", stereo_noise(77, 0.0, frames)),
        ("square", by(&square)),
        ("fs/4 at 45 degrees", both(tone(rate / 4.0, PI / 4.0))),
        ("near fs/4", both(tone(rate / 4.0 + 1.0, 0.0))),
        ("single samples", by(&single)),
        ("DC steps", by(&step)),
        ("alternating", by(&alternate)),
    ]
}

/// Above the ceiling on the reference and on the BS.1770 filter of `ebur128`, dB; no sample may be.
fn over_db(output: &Audio, rate: f64, ceiling_db: f64, case: &str) -> [f64; 2] {
    let samples = output.iter().map(|channel| peak(channel)).fold(0.0, f64::max);
    assert!(samples <= f64::from(gain(ceiling_db) as f32), "{case}: a sample at {:.5} dBFS", db(samples));
    assert!(samples > 0.3 * gain(ceiling_db), "{case}: {samples} is no limited sound");
    [db(reference_peak(output)) - ceiling_db, db(bs1770_peak(output, rate)) - ceiling_db]
}

/// Runs a list through many settings and asserts the ceiling; prints the worst.
fn holds(rate: f64, list: &[(&str, Audio)]) {
    for (look_ahead, limit_db) in [("0.1 ms", 0.05), ("1 ms", 0.01), ("2 ms", 0.01), ("10 ms", 0.01)] {
        let mut worst = [f64::NEG_INFINITY; 2];
        let mut faults = Vec::new();
        for (turn, (name, input)) in list.iter().enumerate() {
            for (gain, style) in [("3", 0), ("6", 1), ("12", 2), ("24", turn % 3)] {
                let settings =
                    [("ceiling", "-1"), ("gain", gain), ("style", STYLES[style]), ("look_ahead", look_ahead)];
                let output = limiter(Format::Clap, rate, &settings).run(input);
                let case = format!("{name} at {rate} Hz, {settings:?}");
                let over = over_db(&output, rate, -1.0, &case);
                let holds = over.iter().all(|&db| db <= limit_db);
                if !holds {
                    faults.push(format!("{case}: 32x {:+.3}, BS.1770 {:+.3} dB", over[0], over[1]));
                }
                worst = [worst[0].max(over[0]), worst[1].max(over[1])];
            }
        }
        println!(
            "{rate} Hz, look-ahead {look_ahead}: 32x {:+.4}, BS.1770 {:+.4} dB over the ceiling",
            worst[0], worst[1]
        );
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

#[test]
fn the_ceiling_holds_on_hostile_signals() {
    for rate in RATES_HZ {
        holds(rate, &hostile(rate, 1 << 14));
    }
}

#[test]
fn the_ceiling_holds_on_programmes() {
    for rate in [44_100.0, 48_000.0, 96_000.0] {
        holds(rate, &full_scale_list(rate));
    }
}

#[test]
fn it_is_ahead_of_every_peer_on_drums() {
    // +6 dB into -1 dBTP, where the best peer measured leaves +0.25 dB: loud drums with all of their treble, longer.
    for rate in [44_100.0, 48_000.0, 88_200.0, 176_400.0] {
        let input = normalized(drums(rate, 4 * rate as usize));
        for style in STYLES {
            let settings = [("ceiling", "-1"), ("gain", "6"), ("style", style)];
            let output = limiter(Format::Clap, rate, &settings).run(&input);
            let over = over_db(&output, rate, -1.0, style);
            println!("drums at {rate} Hz, {style}: 32x {:+.4}, BS.1770 {:+.4} dB", over[0], over[1]);
            assert!(over.iter().all(|&db| db <= 0.01 && db > -0.5), "{rate} Hz, {style}: {over:+.4?}");
        }
    }
}

#[test]
fn it_holds_in_both_formats_and_whatever_the_blocks() {
    let input = normalized(drums(48_000.0, 1 << 16));
    let settings = [("gain", "9"), ("mono_below", "120"), ("peak_link", "40")];
    let whole = limiter(Format::Clap, 48_000.0, &settings).run(&input);
    let mut random = Random::new(5);
    let blocks: Vec<usize> = (0..200).map(|_| 1 + random.below(2000)).collect();
    for format in Format::ALL {
        for blocks in [&[1][..], &[64], &[8192], &blocks] {
            let split = limiter(format, 48_000.0, &settings).run_with(&input, None, &[], blocks);
            for channel in 0..2 {
                assert_eq!(first_difference(&whole[channel], &split[channel]), None, "{format:?}");
            }
        }
    }
    let over = over_db(&whole, 48_000.0, -0.3, "drums");
    assert!(over.iter().all(|&db| db <= 0.01), "{over:+.4?}");
}

#[test]
fn it_holds_while_everything_is_automated_at_full_speed() {
    let rate = 48_000.0;
    let frames = 3 * 48_000;
    let list = [("drums", normalized(drums(rate, frames))), ("noise", stereo_noise(9, 0.0, frames))];
    for (name, input) in &list {
        for every in [1, 32, 441] {
            let mut rig = limiter(Format::Clap, rate, &[("ceiling", "-1"), ("gain", "12")]);
            let params = rig.params();
            let find =
                |name: &str| params.iter().find(|param| param.id == testkit::rig::id_of(name)).expect("a parameter");
            let moved: Vec<_> =
                ["gain", "attack", "release", "release_mode", "style", "peak_link", "sustain_link"].map(find).into();
            let mut random = Random::new(31);
            let mut events = Vec::new();
            for frame in (0..frames).step_by(every) {
                let param = moved[random.below(moved.len())];
                events.push(rig.event_to_place(frame, param, random.unit()));
            }
            let output = rig.run_with(input, None, &events, &[512]);
            let over = over_db(&output, rate, -1.0, name);
            println!("{name}, every {every} frames: 32x {:+.4}, BS.1770 {:+.4} dB", over[0], over[1]);
            assert!(over.iter().all(|&db| db <= 0.01), "{name}, every {every} frames: {over:+.4?}");
        }
        // The ceiling too: never above the highest that it was.
        let mut rig = limiter(Format::Clap, rate, &[("ceiling", "-1"), ("gain", "12")]);
        let params = rig.params();
        let ceiling = params.iter().find(|param| param.id == testkit::rig::id_of("ceiling")).expect("a parameter");
        let mut random = Random::new(37);
        // Up to -1 dB of a range of -12 to 0.
        let events: Vec<_> =
            (0..frames).step_by(64).map(|at| rig.event_to_place(at, ceiling, 11.0 / 12.0 * random.unit())).collect();
        let output = rig.run_with(input, None, &events, &[512]);
        let over = over_db(&output, rate, -1.0, name);
        assert!(over.iter().all(|&db| db <= 0.01), "{name}, the ceiling moves: {over:+.4?}");
    }
}

#[test]
fn below_the_ceiling_it_is_the_input_and_latency_is_exact() {
    for format in Format::ALL {
        for rate in RATES_HZ {
            for (turn, look_ahead) in ["0.1 ms", "2 ms", "10 ms"].into_iter().enumerate() {
                let settings = [("look_ahead", look_ahead), ("style", STYLES[turn])];
                let mut rig = limiter(format, rate, &settings);
                let latency = rig.latency();
                let input = stereo_noise(5, -10.0, 12_000);
                let output = rig.run_with(&input, None, &[], &[[1, 64, 333][turn]]);
                for (output, input) in output.iter().zip(&input) {
                    let differs = first_difference(output, &delayed(input, latency));
                    assert_eq!(differs, None, "{format:?} {rate} Hz, {settings:?}");
                }
                // And what is limited comes in its place.
                let mut rig = limiter(format, rate, &settings);
                let output = rig.run(&both(impulse(300, 2.0, 6000)));
                let found = output[0].iter().position(|&x| x != 0.0);
                assert_eq!(found, Some(300 + latency), "{format:?} {rate} Hz, {settings:?}");
            }
        }
    }
    assert_eq!(limiter(Format::Clap, 48_000.0, &[]).latency(), 167, "as the README says");
}

#[test]
fn a_stationary_tone_gets_nothing_that_is_not_its_own() {
    let size = 1 << 15;
    let tones_hz =
        [100.0, 220.0, 440.0, 997.0, 2000.0, 2424.0, 3455.0, 4000.0, 5000.0, 6300.0, 7300.0, 8000.0, 10_000.0];
    for rate in [44_100.0, 48_000.0, 96_000.0] {
        let mut rig = limiter(Format::Clap, rate, &[("ceiling", "-1")]);
        let mut worst = [f64::NEG_INFINITY; 2];
        let (mut least, mut most) = (f64::INFINITY, [f64::NEG_INFINITY; 2]);
        for hz in tones_hz {
            let bin = (hz / rate * f64::from(size)) as usize | 1;
            // After two seconds it stands; and it goes on behind what is looked at: its end is a step.
            let lead = (2.0 * rate / f64::from(size)).ceil() as usize * size as usize;
            let frames = lead + size as usize;
            let input = both(sine(rate, bin as f64 / f64::from(size) * rate, -1.0, frames + 4096));
            for drive in ["1", "3", "6", "12"] {
                rig.set("gain", drive);
                rig.reset();
                let mut output = rig.run(&input);
                output.iter_mut().for_each(|channel| channel.truncate(frames));
                let alias = alias_sum_db(&output[0][lead..], rate, bin);
                let case = format!("{hz} Hz at {rate} Hz, {drive} dB over");
                let over = over_db(&output, rate, -1.0, &case);
                let (row, limit) = if hz <= 5000.0 { (0, -90.0) } else { (1, -80.0) };
                assert!(alias <= limit, "{case}: {alias:.1} dB of what is no harmonic");
                assert!(over.iter().all(|&db| db <= 0.01), "{case}: {over:+.4?}");
                worst[row] = worst[row].max(alias);
                least = least.min(over[0]);
                most = [most[0].max(over[0]), most[1].max(over[1])];
            }
        }
        println!(
            "{rate} Hz: inharmonic {:.1} dB to 5 kHz, {:.1} dB to 10 kHz; 32x {least:+.3} to {:+.4}, BS.1770 {:+.4} dB",
            worst[0], worst[1], most[0], most[1]
        );
    }
}

#[test]
fn a_bass_stays_clean() {
    let size = 48_000;
    for (hz, percent) in [(50.0, 0.01), (100.0, 0.01), (1000.0, 0.01)] {
        let input = both(sine(48_000.0, hz, -0.3, 3 * size + 4096));
        let output = limiter(Format::Clap, 48_000.0, &[("gain", "6")]).run(&input);
        let measured = 100.0 * thd(&output[0][2 * size..3 * size], hz as usize, 20);
        println!("{hz} Hz, 6 dB of reduction: THD {measured:.5} %");
        assert!(measured <= percent, "{hz} Hz: THD {measured:.5} %");
    }
}

#[test]
fn the_key_adds_to_it_and_the_ceiling_holds() {
    let rate = 48_000.0;
    for format in Format::ALL {
        let mut rig = Rig::open(Plugin::Limiter, format);
        rig.layout(2, true);
        for (key, text) in [("external_key", "On"), ("gain", "6"), ("ceiling", "-1")] {
            rig.set(key, text);
        }
        rig.activate(rate, 8192);
        let input = normalized(drums(rate, 1 << 16));
        let key: Audio = stereo_noise(3, -3.0, 1 << 16);
        let keyed = rig.run_with(&input, Some(&key), &[], &[512]);
        rig.reset();
        let alone = rig.run_with(&input, Some(&both(vec![0.0; 1 << 16])), &[], &[512]);
        let power = |audio: &Audio| audio.iter().flatten().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        let less_db = 10.0 * (power(&alone) / power(&keyed)).log10();
        println!("{format:?}: the key takes {less_db:.1} dB more");
        assert!(less_db > 1.0 && less_db < 12.0, "{less_db} dB");
        let over = [db(reference_peak(&keyed)) + 1.0, db(bs1770_peak(&keyed, rate)) + 1.0];
        assert!(over.iter().all(|&db| db <= 0.01), "{over:+.4?}");
        let over = over_db(&alone, rate, -1.0, "alone");
        assert!(over.iter().all(|&db| db <= 0.01), "{over:+.4?}");
    }
}

/// The time of each block of 64 frames, the least of several passes, ns: what others do on the machine is not the limiter's.
fn block_times_ns(rate: f64, settings: &[(&str, &str)], input: &Audio) -> Vec<f64> {
    const BLOCK: usize = 64;
    let mut rig = limiter(Format::Clap, rate, settings);
    let blocks: Vec<Audio> = (0..input[0].len() / BLOCK)
        .map(|n| input.iter().map(|channel| channel[n * BLOCK..(n + 1) * BLOCK].to_vec()).collect())
        .collect();
    let mut least = vec![f64::INFINITY; blocks.len()];
    for _ in 0..9 {
        rig.reset();
        for (block, least) in blocks.iter().zip(&mut least) {
            let start = Instant::now();
            rig.run_with(block, None, &[], &[BLOCK]);
            *least = least.min(start.elapsed().as_nanos() as f64);
        }
    }
    least
}

#[test]
fn a_longer_look_ahead_costs_no_more_and_no_block_much_more_than_another() {
    let input = band_limited(48_000.0, music(48_000.0, 1 << 16).swap_remove(0).1);
    let mut means = Vec::new();
    for look_ahead in ["1 ms", "2 ms", "10 ms"] {
        let mut times = block_times_ns(48_000.0, &[("gain", "12"), ("look_ahead", look_ahead)], &input);
        times.drain(..64);
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        times.sort_by(f64::total_cmp);
        let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
        println!(
            "look-ahead {look_ahead}: {:.1} ns/frame with the host around it, worst block {:.2} of the median",
            mean / 64.0,
            worst / median
        );
        assert!(worst <= 3.0 * median, "{look_ahead}: {worst} ns, the median {median}");
        means.push(mean);
    }
    assert!(means[2] <= 1.3 * means[0], "{means:?}");
}

#[test]
fn what_is_no_number_passes_nothing_on() {
    for bad in [f32::NAN, f32::INFINITY, -f32::INFINITY, f32::MAX, 1e-40] {
        let mut input = both(noise(3, -6.0, 48_000));
        input[0][1000..1050].fill(bad);
        let output = limiter(Format::Clap, 48_000.0, &[("gain", "3")]).run(&input);
        assert!(output.iter().flatten().all(|x| x.is_finite() && x.abs() <= 1.0), "{bad}");
        assert!(peak(&output[0][40_000..]) > 0.3, "{bad}: and the sound comes back");
    }
}
