//! `cargo xtask bench`: what the release bundles cost, measured through our own host.
//!
//! A table is printed and nothing is judged: the same plugin costs twice as much on a machine that is busy with something
//! else. The ratio to a baseline measured in the same run is what may be compared between machines.

mod crowd;
mod equaliser;
mod scenes;
mod taps;
mod units;
mod windows;
mod work;

use std::{path::Path, process::Command, sync::Arc, time::Instant};

use anyhow::{Context, ensure};
use host::{
    Bundle, Instance, Processor,
    audio::{self, Bits},
};

use scenes::scenes;
use work::{SAMPLE_RATE_HZ, at_work};

use crate::{
    demo::mix,
    workspace::{Plugin, Workspace},
};

/// Block lengths, in frames: what a small buffer and a large one are in practice.
const BLOCKS: [usize; 2] = [64, 512];

/// Seconds of music in one repetition, and how often it is repeated; the median counts.
const PASS_S: usize = 2;
const PASSES: usize = 21;

/// The chain of four plugins whose render is measured.
const CHAIN: [&str; 4] = ["glue", "eq", "saturator", "clipper"];

/// Measures plugins of the suite in every mode and at every block length, and a render through the command line; where no
/// package is named all of them, and their windows, a chain and the parts as well. The bundles must have been built. With
/// `before`, a folder of older bundles, those are measured in turn with today's.
pub fn bench(workspace: &Workspace, packages: &[String], before: Option<&Path>) -> anyhow::Result<()> {
    let is_whole = packages.is_empty();
    let is_named = |plugin: &&Plugin| is_whole || packages.contains(&plugin.package);
    let plugins: Vec<&Plugin> = workspace.plugins().iter().filter(is_named).collect();
    for package in packages {
        let is_of_suite = plugins.iter().any(|plugin| plugin.package == *package);
        ensure!(is_of_suite, "{package} is no plugin of the suite: there is nothing to measure");
    }
    let music = mix::built_in_mix(f64::from(SAMPLE_RATE_HZ));
    let frames = SAMPLE_RATE_HZ as usize * PASS_S;
    // From the middle, where everything plays; the mix starts thin.
    let start = (music[0].len().saturating_sub(frames)) / 2;
    let pass =
        [0, 1].map(|channel: usize| music[channel].iter().skip(start).take(frames).copied().collect::<Vec<f32>>());
    ensure!(pass[0].len() == frames, "the built-in mix is shorter than {PASS_S} s");

    let bundles = load_all(&plugins, &workspace.bundles())?;
    let older = before.map(|folder| load_all(&plugins, folder)).transpose()?;
    println!("\n{}, 48 kHz stereo, median of {PASSES} passes over {PASS_S} s of music", processor_name());
    println!("baseline: two stereo f64 biquads (transposed direct form II), measured in turn with each row\n");
    println!(
        "  {:<12} {:>6} {:>8} {:>10} {:>10} {:>10} {:>8}{}",
        "mode",
        "block",
        "latency",
        "ns/frame",
        "baseline",
        "ratio",
        "core",
        if before.is_some() { "  ns before      now" } else { "" }
    );
    for (number, (plugin, (bundle, id))) in plugins.iter().zip(&bundles).enumerate() {
        let modes = modes(&mut Instance::new(bundle, id)?);
        let scenes = scenes(&plugin.package);
        for (scene, settings) in scenes {
            println!("{}: {scene}", plugin.bundle_name);
            for (mode, block) in modes.iter().flat_map(|mode| BLOCKS.map(|block| (mode, block))) {
                let settings = settings
                    .iter()
                    .copied()
                    .chain(mode.as_ref().map(|(key, text)| (key.as_str(), text.as_str())))
                    .collect::<Vec<_>>();
                let mut instances = vec![at_work(bundle, id, &settings, block)?];
                if let Some((bundle, id)) = older.as_ref().map(|older| &older[number]) {
                    instances.push(at_work(bundle, id, &settings, block)?);
                }
                let latency = instances[0].latency_samples();
                let mut processors =
                    instances.iter_mut().map(Instance::take_processor).collect::<Result<Vec<_>, _>>()?;
                let measured = measure(&mut processors, &pass, block, 2);
                for (instance, processor) in instances.iter_mut().zip(processors) {
                    instance.return_processor(processor)?;
                }
                let Cost { plugins_ns, baseline_ns } = measured?;
                let plugin_ns = plugins_ns[0];
                let change = plugins_ns.get(1).map_or(String::new(), |before_ns| {
                    format!("  {before_ns:>9.1} {:>+6.1} %", 100.0 * (plugin_ns / before_ns - 1.0))
                });
                let mode = mode.as_ref().map_or("-", |(_, text)| text);
                // A core has 1e9 ns a second.
                let core = plugin_ns * f64::from(SAMPLE_RATE_HZ) / 1e9 * 100.0;
                println!(
                    "  {mode:<12} {block:>6} {latency:>8} {plugin_ns:>10.1} {baseline_ns:>10.1} {:>10.1} {core:>6.2} %{change}",
                    plugin_ns / baseline_ns
                );
            }
        }
    }
    println!(
        "\nns/frame of one instance of so many, in turn in blocks of {} (quickest pass), and the ratio",
        crowd::BLOCK
    );
    for (number, (plugin, (bundle, id))) in plugins.iter().zip(&bundles).enumerate() {
        let (scene, settings) = scenes(&plugin.package)[0];
        let now = Some((bundle, id, ""));
        let then = older.as_ref().map(|older| (&older[number].0, &older[number].1, " before"));
        for (bundle, id, when) in now.into_iter().chain(then) {
            let mut costs_ns = Vec::new();
            for count in crowd::SIZES {
                costs_ns.push(crowd::measure(bundle, id, settings, count, &pass)?);
            }
            let [one, many] = crowd::SIZES;
            println!(
                "  {:<18} {scene:<18} {one}: {:>6.1}, {many}: {:>6.1}, x{:.2}{when}",
                plugin.bundle_name,
                costs_ns[0],
                costs_ns[1],
                costs_ns[1] / costs_ns[0]
            );
        }
    }
    for (plugin, (bundle, id)) in plugins.iter().zip(&bundles) {
        if plugin.package == "eq" {
            equaliser::print(bundle, id, &pass)?;
        }
    }
    if is_whole {
        windows::print(workspace)?;
    }
    for (plugin, (bundle, id)) in plugins.iter().zip(&bundles) {
        let (scene, settings) = scenes(&plugin.package)[0];
        println!("\n{}: {scene}, listened to through its tap", plugin.bundle_name);
        taps::print(bundle, id, settings, &pass)?;
    }
    println!();
    for plugin in &plugins {
        print_render(workspace, &plugin.bundle_name, &[&plugin.package], &music)?;
    }
    if is_whole {
        print_render(workspace, "a chain of four", &CHAIN, &music)?;
        units::print(workspace)?;
    }
    Ok(())
}

/// Loads all bundles and makes and activates an instance of each: its first in this process, which computes its tables.
/// Prints how long that takes, and returns the bundles and their plugins' ids.
fn load_all(plugins: &[&Plugin], folder: &Path) -> anyhow::Result<Vec<(Arc<Bundle>, String)>> {
    println!("\nfirst load, instance and activation, from {}", folder.display());
    let mut bundles = Vec::new();
    for plugin in plugins {
        let path = folder.join(format!("{}.clap", plugin.bundle_name));
        let start = Instant::now();
        let bundle = Bundle::load(&path)?;
        let loaded = start.elapsed();
        let id = bundle.plugins().first().with_context(|| format!("{} has no plugin", path.display()))?.id.clone();
        Instance::new(&bundle, &id)?.activate_settled(f64::from(SAMPLE_RATE_HZ), 512)?;
        let [loaded_ms, ready_ms] = [loaded, start.elapsed()].map(|time| 1e3 * time.as_secs_f64());
        println!("  {:<18} loaded in {loaded_ms:>5.1} ms, at work in {ready_ms:>5.1} ms", plugin.bundle_name);
        bundles.push((bundle, id));
    }
    Ok(bundles)
}

/// The key and texts of the choice of a mode (quality, phase), the first one that a host may not automate; or one `None` for
/// a plugin without it.
fn modes(instance: &mut Instance) -> Vec<Option<(String, String)>> {
    let param = instance.params().iter().find(|param| param.is_stepped && !param.is_automatable).cloned();
    let Some(param) = param else { return vec![None] };
    instance.step_texts(&param).into_iter().map(|text| Some((param.key.clone(), text))).collect()
}

/// Time for one stereo frame.
struct Cost {
    /// In the order of the processors.
    plugins_ns: Vec<f64>,
    baseline_ns: f64,
}

/// Runs processors and a baseline of so many biquads in turn, so that a machine that slows down slows all.
fn measure(processors: &mut [Processor], pass: &[Vec<f32>; 2], block: usize, biquads: usize) -> anyhow::Result<Cost> {
    let frames = pass[0].len();
    let (mut left, mut right) = (vec![0.0_f32; block], vec![0.0_f32; block]);
    let mut baseline = Baseline::new(biquads);
    let mut times = vec![Vec::with_capacity(PASSES); processors.len() + 1];
    // The first pass warms caches and clocks and is not counted.
    for number in 0..=PASSES {
        for (of, times) in times.iter_mut().enumerate() {
            let start = Instant::now();
            for at in (0..frames).step_by(block) {
                let length = block.min(frames - at);
                let input = [&pass[0][at..at + length], &pass[1][at..at + length]];
                let output = [&mut left[..length], &mut right[..length]];
                match processors.get_mut(of) {
                    Some(processor) => {
                        let [left, right] = output;
                        processor.process(&input, None, &mut [left, right], &[])?;
                    }
                    None => baseline.process(input, output),
                }
                // Without this the compiler may see that nobody listens.
                std::hint::black_box((&mut left, &mut right));
            }
            if number > 0 {
                times.push(start.elapsed().as_nanos() as f64 / frames as f64);
            }
        }
    }
    let mut plugins_ns = times.into_iter().map(median).collect::<Vec<_>>();
    let baseline_ns = plugins_ns.pop().unwrap_or(f64::NAN);
    Ok(Cost { plugins_ns, baseline_ns })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Biquads in series on two channels, in f64: the yardstick.
struct Baseline {
    coefficients: Vec<[f64; 5]>,
    /// Two memories for each biquad and channel.
    state: Vec<[[f64; 2]; 2]>,
}

impl Baseline {
    /// So many, of two peaking filters at 48 kHz in turn: +3 dB at 100 Hz and -3 dB at 3 kHz, Q 0.7, by the formulas of Robert
    /// Bristow-Johnson's "Cookbook formulae for audio EQ biquad filter coefficients" (1998).
    fn new(biquads: usize) -> Self {
        let peak = |hz: f64, gain_db: f64| {
            let (gain, w) = (10_f64.powf(gain_db / 40.0), std::f64::consts::TAU * hz / f64::from(SAMPLE_RATE_HZ));
            let alpha = w.sin() / (2.0 * 0.7);
            let a0 = 1.0 + alpha / gain;
            let middle = -2.0 * w.cos() / a0;
            [(1.0 + alpha * gain) / a0, middle, (1.0 - alpha * gain) / a0, middle, (1.0 - alpha / gain) / a0]
        };
        let coefficients = [peak(100.0, 3.0), peak(3000.0, -3.0)].into_iter().cycle().take(biquads).collect();
        Self { coefficients, state: vec![[[0.0; 2]; 2]; biquads] }
    }

    fn process(&mut self, input: [&[f32]; 2], output: [&mut [f32]; 2]) {
        let [out_left, out_right] = output;
        for (((left, right), out_left), out_right) in input[0].iter().zip(input[1]).zip(out_left).zip(out_right) {
            let mut frame = [f64::from(*left), f64::from(*right)];
            for ([b0, b1, b2, a1, a2], state) in self.coefficients.iter().zip(&mut self.state) {
                for (x, [s1, s2]) in frame.iter_mut().zip(state) {
                    let y = b0 * *x + *s1;
                    *s1 = b1 * *x - a1 * y + *s2;
                    *s2 = b2 * *x - a2 * y;
                    *x = y;
                }
            }
            (*out_left, *out_right) = (frame[0] as f32, frame[1] as f32);
        }
    }
}

/// Renders three times the built-in mix with the command line through plugins at their defaults, and prints how long it takes.
fn print_render(workspace: &Workspace, name: &str, packages: &[&str], music: &[Vec<f32>; 2]) -> anyhow::Result<()> {
    let folder = workspace.target_dir().join("bench");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let [song, out, chain] = ["song.wav", "out.wav", "chain.toml"].map(|name| folder.join(name));
    let song_s = write_song(&song, music)?;
    let plugins: String = packages.iter().map(|package| format!("[[plugin]]\nuse = {package:?}\n")).collect();
    std::fs::write(&chain, plugins).with_context(|| format!("cannot write {}", chain.display()))?;
    let start = Instant::now();
    let output = Command::new(workspace.twobus())
        .arg("render")
        .args([&song, &out])
        .arg("--chain")
        .arg(&chain)
        .arg("--plugins")
        .arg(workspace.bundles())
        .output()
        .with_context(|| format!("cannot run {}", workspace.twobus().display()))?;
    let took_s = start.elapsed().as_secs_f64();
    ensure!(output.status.success(), "twobus render failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    println!(
        "twobus render through {name}: {song_s:.0} s of audio in {took_s:.2} s, {:.0} times real time (files read and written)",
        song_s / took_s
    );
    Ok(())
}

/// Writes the mix three times over as a 32-bit float WAV file; returns its length in seconds.
fn write_song(path: &Path, music: &[Vec<f32>; 2]) -> anyhow::Result<f64> {
    let song = [0, 1].map(|channel: usize| music[channel].repeat(3));
    audio::write(path, SAMPLE_RATE_HZ, &[&song[0], &song[1]], Bits::Float32)?;
    Ok(song[0].len() as f64 / f64::from(SAMPLE_RATE_HZ))
}

/// What the processor calls itself, so that a table that is passed on says where it was made.
fn processor_name() -> String {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    format!("{}, {cores} cores", name.map_or(std::env::consts::ARCH, |(_, name)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_baseline_filters_as_its_design_says() {
        // Gain of a peaking filter at its centre is the one asked for; the other, five octaves off, adds next to
        // nothing. 100 Hz: 480 samples a period.
        let mut baseline = Baseline::new(2);
        let sine: Vec<f32> =
            (0..48_000).map(|n| (std::f64::consts::TAU * 100.0 * f64::from(n) / 48_000.0).sin() as f32).collect();
        let (mut left, mut right) = (vec![0.0; sine.len()], vec![0.0; sine.len()]);
        baseline.process([&sine, &sine], [&mut left, &mut right]);
        assert_eq!(left, right);
        let power = |signal: &[f32]| signal[24_000..].iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>();
        let gain_db = 10.0 * (power(&left) / power(&sine)).log10();
        assert!((gain_db - 3.0).abs() < 0.05, "{gain_db} dB");
    }

    /// A crate that is built for size is a baseline that flatters.
    #[test]
    fn baselines_are_built_for_speed() {
        let manifest: toml::Table = include_str!("../../Cargo.toml").parse().expect("TOML");
        for name in ["ebur128", "dasp_frame", "dasp_sample"] {
            let level = &manifest["profile"]["release"]["package"][name]["opt-level"];
            assert_eq!(level.as_integer(), Some(3), "{name}");
        }
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 100.0]), 3.0);
    }
}
