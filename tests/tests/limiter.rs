//! Limiter's targets (specs/limiter.md), measured through the built bundle.

mod programmes;

use std::f64::consts::{PI, TAU};
use std::time::Instant;

use testkit::analysis::{alias_sum_db, db, delayed, first_difference, peak, thd};
use testkit::contract::seed;
use testkit::signals::{Audio, Random, gain, impulse, noise, sine, stereo_noise};
use testkit::wave::{Edge, wave_peak};
use testkit::{Format, Plugin, Rig};

use programmes::{band_limited, both, bs1770_peak, drums, full_scale_list, low_passed, music, normalized};

const RATES_HZ: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];
const STYLES: [&str; 3] = ["Clean", "Punch", "Glue"];

fn limiter(format: Format, rate: f64, settings: &[(&str, &str)]) -> Rig {
    Rig::ready(Plugin::Limiter, format, rate, settings)
}

/// What must not pass (specs/limiter.md).
struct Hostile {
    name: &'static str,
    audio: Audio,
}

fn hostile(rate: f64, frames: usize) -> Vec<Hostile> {
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
    let noise = || stereo_noise(76 + seed(), 0.0, frames);
    let of = |name, audio| Hostile { name, audio };
    vec![
        of("noise to 0.45 of the rate", normalized(low_passed(0.45, noise()))),
        of("white noise", noise()),
        of("square", by(&square)),
        of("fs/4 at 45 degrees", both(tone(rate / 4.0, PI / 4.0))),
        of("near fs/4", both(tone(rate / 4.0 + 1.0, 0.0))),
        of("single samples", by(&single)),
        of("DC steps", by(&step)),
        of("alternating", by(&alternate)),
    ]
}

/// The greatest of both channels.
fn greatest(output: &Audio, edge: Edge) -> f64 {
    output.iter().map(|channel| wave_peak(channel, edge)).fold(0.0, f64::max)
}

/// How far an output is above its ceiling, dB.
#[derive(Clone, Copy, Debug)]
struct Over {
    /// Its wave at 32x, with a passband up to 0.45 of the rate: specs/limiter.md's reference.
    wave_db: f64,
    /// The BS.1770 filter of `ebur128`.
    meter_db: f64,
    /// Shannon's wave, to half the rate: to be known, and promised to nobody.
    ideal_db: f64,
}

impl Over {
    const NONE: Self = Self { wave_db: f64::NEG_INFINITY, meter_db: f64::NEG_INFINITY, ideal_db: f64::NEG_INFINITY };

    /// No sample may be above it at all.
    #[track_caller]
    fn of(output: &Audio, rate: f64, ceiling_db: f64, case: &str) -> Self {
        let samples = output.iter().map(|channel| peak(channel)).fold(0.0, f64::max);
        assert!(samples <= f64::from(gain(ceiling_db) as f32), "{case}: a sample at {:.5} dBFS", db(samples));
        assert!(samples > 0.3 * gain(ceiling_db), "{case}: {samples} is no limited sound");
        Self {
            wave_db: db(greatest(output, Edge::Passband)) - ceiling_db,
            meter_db: db(bs1770_peak(output, rate)) - ceiling_db,
            ideal_db: db(greatest(output, Edge::Ideal)) - ceiling_db,
        }
    }

    fn max(self, other: Self) -> Self {
        Self {
            wave_db: self.wave_db.max(other.wave_db),
            meter_db: self.meter_db.max(other.meter_db),
            ideal_db: self.ideal_db.max(other.ideal_db),
        }
    }

    fn holds(self, limit_db: f64) -> bool {
        self.wave_db <= limit_db && self.meter_db <= limit_db
    }
}

impl std::fmt::Display for Over {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { wave_db, meter_db, ideal_db } = self;
        write!(f, "32x {wave_db:+.4}, BS.1770 {meter_db:+.4}, ideal {ideal_db:+.4} dB over the ceiling")
    }
}

/// Runs a list through many settings and asserts the ceiling; prints the worst.
fn holds(rate: f64, list: &[Hostile]) {
    for (look_ahead, limit_db) in [("0.1 ms", 0.05_f64), ("1 ms", 0.01), ("2 ms", 0.01), ("10 ms", 0.01)] {
        let (mut worst, mut faults) = (Over::NONE, Vec::new());
        for (turn, hostile) in list.iter().enumerate() {
            for (gain, style) in [("3", 0), ("6", 1), ("12", 2), ("24", turn % 3)] {
                let settings =
                    [("ceiling", "-1"), ("gain", gain), ("style", STYLES[style]), ("look_ahead", look_ahead)];
                let output = limiter(Format::Clap, rate, &settings).run(&hostile.audio);
                let case = format!("{} at {rate} Hz, {settings:?}", hostile.name);
                let over = Over::of(&output, rate, -1.0, &case);
                if !over.holds(limit_db) {
                    faults.push(format!("{case}: {over}"));
                }
                worst = worst.max(over);
            }
        }
        println!("{rate} Hz, look-ahead {look_ahead}: {worst}");
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
        let list = full_scale_list(rate);
        let of = |(name, audio)| Hostile { name, audio };
        holds(rate, &list.into_iter().map(of).collect::<Vec<_>>());
    }
}

/// One of many signals with nothing above 20 kHz, and 0.45 of the rate at most, full scale: hits of noise, clicks, sweeps, or tones
/// that begin and end.
fn drawn(random: &mut Random, rate: f64, frames: usize) -> (&'static str, Audio) {
    let kind = random.below(4);
    let highest = (20_000.0 / rate).min(0.45);
    let mut audio: Audio = vec![vec![0.0; frames]; 2];
    let mut start = 0;
    while start < frames {
        let length = 20 + random.below((0.08 * rate) as usize);
        let levels = [random.bipolar(), random.bipolar()];
        let (decay, nu) = (1.0 + 0.3 * length as f64 * random.unit(), highest * random.unit());
        for at in start..frames.min(start + length) {
            let since = (at - start) as f64;
            let x = match kind {
                0 => random.bipolar() * (-since / decay).exp(),
                1 => f64::from(u8::from(random.below(40) == 0)) * random.bipolar(),
                2 => (PI * nu * since * since / length as f64).sin(),
                _ => (TAU * nu * since).sin(),
            };
            for (channel, level) in audio.iter_mut().zip(levels) {
                channel[at] = (level * x) as f32;
            }
        }
        start += length;
    }
    (["hits", "clicks", "sweeps", "tones"][kind], normalized(low_passed(highest, audio)))
}

#[test]
fn the_ceiling_holds_on_what_is_drawn() {
    let mut random = Random::new(seed());
    let mut worst = [Over::NONE; 2];
    for turn in 0..160 {
        let rate = RATES_HZ[random.below(4)];
        let (name, input) = drawn(&mut random, rate, 1 << 14);
        // The shortest one every other time.
        let look_ahead_ms = match turn % 4 {
            0 | 2 => 0.1,
            1 => 0.1 + 0.89 * random.unit(),
            _ => 10.0_f64.powf(random.unit()),
        };
        let texts = [look_ahead_ms, 24.0 * random.unit(), -12.0 * random.unit(), 100.0 * random.unit()]
            .map(|number| format!("{number:.2}"));
        let [look_ahead, gain, ceiling, link] = texts.each_ref().map(String::as_str);
        let style = STYLES[random.below(3)];
        let settings =
            [("look_ahead", look_ahead), ("gain", gain), ("ceiling", ceiling), ("peak_link", link), ("style", style)];
        let ceiling_db: f64 = ceiling.parse().expect("a number");
        let case = format!("TWOBUS_SEED={}: {name} at {rate} Hz, {settings:?}", seed());
        let output = limiter(Format::Clap, rate, &settings).run(&input);
        let over = Over::of(&output, rate, ceiling_db, &case);
        let (row, limit_db) = if look_ahead_ms < 1.0 { (0, 0.05) } else { (1, 0.01) };
        worst[row] = worst[row].max(over);
        assert!(over.holds(limit_db), "{case}: {over}");
    }
    println!("look-ahead below 1 ms: {}\n1 ms and more: {}", worst[0], worst[1]);
}

#[test]
fn it_is_ahead_of_every_peer_on_drums() {
    // +6 dB into -1 dBTP, where the best peer measured leaves +0.25 dB: loud drums, longer.
    for rate in [44_100.0, 48_000.0, 88_200.0, 176_400.0] {
        let frames = 4 * rate as usize;
        let list = [
            ("drums", normalized(band_limited(rate, drums(rate, frames)))),
            ("drums with noise to half the rate", normalized(drums(rate, frames))),
        ];
        for (name, input) in &list {
            for style in STYLES {
                let settings = [("ceiling", "-1"), ("gain", "6"), ("style", style)];
                let output = limiter(Format::Clap, rate, &settings).run(input);
                let over = Over::of(&output, rate, -1.0, style);
                println!("{name} at {rate} Hz, {style}: {over}");
                assert!(over.holds(0.01) && over.wave_db > -0.5, "{name}, {rate} Hz, {style}: {over}");
            }
        }
    }
}

#[test]
fn it_holds_in_both_formats_and_whatever_the_blocks() {
    let input = normalized(band_limited(48_000.0, drums(48_000.0, 1 << 16)));
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
    let over = Over::of(&whole, 48_000.0, -0.3, "drums");
    assert!(over.holds(0.01), "{over}");
}

#[test]
fn it_holds_while_everything_is_automated_at_full_speed() {
    let rate = 48_000.0;
    let frames = 3 * 48_000;
    let list = [("drums", drums(rate, frames)), ("noise", stereo_noise(9, 0.0, frames))]
        .map(|(name, audio)| (name, normalized(band_limited(rate, audio))));
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
            let over = Over::of(&output, rate, -1.0, name);
            println!("{name}, every {every} frames: {over}");
            assert!(over.holds(0.01), "{name}, every {every} frames: {over}");
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
        let over = Over::of(&output, rate, -1.0, name);
        assert!(over.holds(0.01), "{name}, the ceiling moves: {over}");
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
        let (mut least, mut most) = (f64::INFINITY, Over::NONE);
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
                let over = Over::of(&output, rate, -1.0, &case);
                let (row, limit) = if hz <= 5000.0 { (0, -90.0) } else { (1, -80.0) };
                assert!(alias <= limit, "{case}: {alias:.1} dB of what is no harmonic");
                assert!(over.holds(0.01), "{case}: {over}");
                worst[row] = worst[row].max(alias);
                least = least.min(over.wave_db);
                most = most.max(over);
            }
        }
        println!(
            "{rate} Hz: inharmonic {:.1} dB to 5 kHz, {:.1} dB to 10 kHz; from 32x {least:+.3} dB: {most}",
            worst[0], worst[1]
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
        let input = normalized(band_limited(rate, drums(rate, 1 << 16)));
        let key: Audio = stereo_noise(3, -3.0, 1 << 16);
        let keyed = rig.run_with(&input, Some(&key), &[], &[512]);
        rig.reset();
        let alone = rig.run_with(&input, Some(&both(vec![0.0; 1 << 16])), &[], &[512]);
        let power = |audio: &Audio| audio.iter().flatten().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        let less_db = 10.0 * (power(&alone) / power(&keyed)).log10();
        println!("{format:?}: the key takes {less_db:.1} dB more");
        assert!(less_db > 1.0 && less_db < 12.0, "{less_db} dB");
        for (name, audio) in [("keyed", &keyed), ("alone", &alone)] {
            let over = Over::of(audio, rate, -1.0, name);
            assert!(over.holds(0.01), "{name}: {over}");
        }
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
