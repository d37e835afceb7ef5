//! `cargo xtask demo`: masters a song through the suite's chains and writes a report to read and to listen to.

mod analysis;
pub mod mix;
mod report;

use analysis::Song;
use anyhow::{Context, bail, ensure};
use host::audio::{self, Bits};
use report::{Chain, Report, Step};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A chain of the demo.
struct DemoChain {
    /// The name of its file in the output folder.
    file: &'static str,
    /// The chain, as `twobus render` takes it. Only plugins that exist stand in it.
    toml: &'static str,
    /// What it is for, in the report.
    purpose: &'static str,
}

const CHAINS: [DemoChain; 2] = [
    DemoChain {
        file: "chain-1.toml",
        toml: include_str!("chains/chain-1.toml"),
        purpose: "A console's bus compressor, 2:1, slow attack, automatic release: drums keep their edge, the rest leans \
                  in. An equaliser lifts the ends and clears the low mids by less than a decibel. The last spikes are clipped, \
                  and two decibels more go into the limiter, whose ceiling is the final level.",
    },
    DemoChain {
        file: "chain-2.toml",
        toml: include_str!("chains/chain-2.toml"),
        purpose: "Smooth compression, deaf to the bass and mixed with the dry; a decibel less of the low mids, a little air, \
                  and a mono bass; harmonics, at the same loudness; a well-aligned tape machine; a soft clip of what \
                  still stands out; the limiter only holds the final level.",
    },
];

/// Sample rate of the built-in mix in Hz.
const MIX_RATE_HZ: u32 = 48_000;
/// Where the greatest sample of the files for comparison is put if it would reach full scale otherwise, in dBFS.
const COMPARE_CEILING_DBFS: f64 = -0.1;
/// How near `twobus render` must bring the greatest sample to the chain's output level: dither and rounding.
const OUTPUT_LEVEL_TOLERANCE_DB: f64 = 0.02;
/// How far below its ceiling the limiter behind the level may leave the greatest sample: the wave between them is higher.
const BELOW_CEILING_DB: f64 = 1.0;
/// What the dither of a 24-bit file stays below: two steps of 2^-23.
const DITHER_PEAK: f64 = 2.0 / 8_388_608.0;
/// Columns of the waveform behind the gain plot.
const OUTLINE_COLUMNS: usize = 1_000;

/// Masters `input` (any file that `twobus render` takes), or else the built-in mix, through both chains into `out_dir`.
///
/// `twobus` is the built command line, `plugins_dir` the folder of the built bundles. Writes before.wav, after-N.wav as
/// delivered, compare-*.wav at the loudness of before.wav, the chains, and report.html, whose path is returned.
///
/// # Errors
///
/// A file that cannot be read or written, and whatever `twobus render` says.
pub fn run(input: Option<&Path>, out_dir: &Path, twobus: &Path, plugins_dir: &Path) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(out_dir).with_context(|| format!("cannot create {}", out_dir.display()))?;
    let (before, source) = match input {
        Some(path) => {
            eprintln!("demo: reading {}", path.display());
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            (read(path)?, name)
        }
        None => {
            eprintln!("demo: making the built-in mix");
            let channels = mix::built_in_mix(f64::from(MIX_RATE_HZ)).to_vec();
            (Song { sample_rate_hz: MIX_RATE_HZ, channels }, "The built-in mix".to_string())
        }
    };
    // In float, so that a song that goes beyond full scale reaches the chains as it is.
    let before_path = out_dir.join("before.wav");
    write(&before_path, &before, Bits::Float32)?;
    let readings = before.readings();
    let integrated_lufs = readings.integrated_lufs;

    let mut chains = Vec::new();
    // Names, the files they come from, gains in dB and the peaks these lead to. The songs themselves are read again below:
    // an hour at 192 kHz should not lie in memory three times over.
    let mut compared = vec![("compare-before.wav".to_string(), before_path.clone(), 0.0, before.peak())];
    for (index, &DemoChain { file, toml, purpose }) in CHAINS.iter().enumerate() {
        let spec = ChainFile::parse(toml).with_context(|| format!("in {file}"))?;
        eprintln!("demo: rendering chain {}: {}", index + 1, spec.name);
        let chain_path = out_dir.join(file);
        std::fs::write(&chain_path, toml).with_context(|| format!("cannot write {}", chain_path.display()))?;
        let after_path = out_dir.join(format!("after-{}.wav", index + 1));
        let details = render(twobus, plugins_dir, &before_path, &after_path, &chain_path)?;
        let after = read(&after_path)?;
        check(&before, &after, &spec, &after_path)?;

        let after_readings = after.readings();
        let louder_lu = match (after_readings.integrated_lufs, integrated_lufs) {
            (Some(after), Some(before)) => after - before,
            // Silence needs no match.
            _ => 0.0,
        };
        let peak = after.peak() * shared_dsp::math::db_to_gain(-louder_lu);
        compared.push((format!("compare-{}.wav", index + 1), after_path, -louder_lu, peak));
        chains.push(Chain {
            name: spec.name,
            purpose: purpose.to_string(),
            output_gain_db: details["output_gain_db"].as_f64(),
            steps: steps(spec.plugins, &details),
            output_level_dbfs: spec.output_level_db,
            spectrum_db: analysis::spectrum_db(&after),
            gain_db: analysis::gain_over_time_db(&before, &after),
            after: after_readings,
        });
    }

    let compare_trim_db = compare_trim_db(compared.iter().map(|&(.., peak)| peak));
    for (name, from, gain_db, _) in &compared {
        let gain_db = gain_db + compare_trim_db;
        let song = read(from)?;
        // A gain of 0 dB leaves every sample as it is, to the bit.
        write(&out_dir.join(name), &if gain_db == 0.0 { song } else { song.with_gain(gain_db) }, Bits::Float32)?;
    }

    let page = report::html(&Report {
        source,
        sample_rate_hz: before.sample_rate_hz,
        channels: before.channels.len(),
        length_s: before.length_s(),
        before_spectrum_db: analysis::spectrum_db(&before),
        outline: before.outline(OUTLINE_COLUMNS),
        before: readings,
        compare_trim_db,
        chains,
    });
    let report_path = out_dir.join("report.html");
    std::fs::write(&report_path, page).with_context(|| format!("cannot write {}", report_path.display()))?;
    Ok(report_path)
}

fn read(path: &Path) -> anyhow::Result<Song> {
    // The error names the file itself.
    let file = audio::read(path)?;
    Ok(Song { sample_rate_hz: file.spec.sample_rate_hz, channels: file.channels })
}

fn write(path: &Path, song: &Song, bits: Bits) -> anyhow::Result<()> {
    let channels: Vec<&[f32]> = song.channels.iter().map(Vec::as_slice).collect();
    audio::write(path, song.sample_rate_hz, &channels, bits)?;
    Ok(())
}

/// The gain in dB, 0 or less, that keeps songs with these peaks below full scale, alike for all.
fn compare_trim_db(peaks: impl Iterator<Item = f64>) -> f64 {
    let peak = peaks.fold(0.0, f64::max);
    if peak >= 1.0 { COMPARE_CEILING_DBFS - 20.0 * peak.log10() } else { 0.0 }
}

/// Runs `twobus render` and returns what it prints with `--json`.
fn render(twobus: &Path, plugins: &Path, from: &Path, to: &Path, chain: &Path) -> anyhow::Result<serde_json::Value> {
    let output = Command::new(twobus)
        .arg("render")
        .args([from, to])
        .arg("--chain")
        .arg(chain)
        .arg("--plugins")
        .arg(plugins)
        .arg("--json")
        .stdin(Stdio::null())
        // Progress and messages go to the terminal as they come.
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run {}", twobus.display()))?;
    if !output.status.success() {
        bail!("twobus render with {} failed: {}", chain.display(), output.status);
    }
    let printed: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("twobus render --json printed no JSON")?;
    // One song may come as a list of one.
    Ok(printed.get(0).cloned().unwrap_or(printed))
}

/// Holds the render against what the demo promises, before anything is printed of it.
fn check(before: &Song, after: &Song, spec: &ChainFile, path: &Path) -> anyhow::Result<()> {
    ensure!(
        after.frames() == before.frames()
            && after.channels.len() == before.channels.len()
            && after.sample_rate_hz == before.sample_rate_hz,
        "{}: {} frames of {} channel(s) at {} Hz instead of {} of {} at {}",
        path.display(),
        after.frames(),
        after.channels.len(),
        after.sample_rate_hz,
        before.frames(),
        before.channels.len(),
        before.sample_rate_hz
    );
    let peak = after.peak();
    // Silence has no level to be brought to: what is left of it is the dither of 24 bits.
    if peak > DITHER_PEAK {
        // In front of the limiter the greatest sample is brought to the level, and its ceiling holds the wave there.
        let off_db = 20.0 * peak.log10() - spec.output_level_db;
        ensure!(
            (-BELOW_CEILING_DB..=OUTPUT_LEVEL_TOLERANCE_DB).contains(&off_db),
            "{}: the greatest sample is {off_db:+.2} dB off the output level of {} dBFS",
            path.display(),
            spec.output_level_db
        );
        let true_peak_dbtp = after.readings().true_peak_dbtp.unwrap_or(f64::NAN);
        ensure!(
            true_peak_dbtp <= spec.output_level_db + OUTPUT_LEVEL_TOLERANCE_DB,
            "{}: the true peak is {true_peak_dbtp:.2} dBTP, above the final level of {} dBTP",
            path.display(),
            spec.output_level_db
        );
    }
    Ok(())
}

/// What the report tells of a chain file; the rest is `twobus`'s to read.
struct ChainFile {
    name: String,
    output_level_db: f64,
    /// Plugins and their parameters with texts, in the file's order.
    plugins: Vec<(String, Vec<(String, String)>)>,
}

impl ChainFile {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let table: toml::Table = text.parse()?;
        let name = table.get("name").and_then(toml::Value::as_str).context("no name")?.to_string();
        let output_level_db = table
            .get("output_level_db")
            .and_then(|level| level.as_float().or(level.as_integer().map(|level| level as f64)))
            .context("no output_level_db")?;
        let entries = table.get("plugin").and_then(toml::Value::as_array).context("no [[plugin]]")?;
        let mut plugins = Vec::new();
        for (entry, written) in entries.iter().zip(text.split("[[plugin]]").skip(1)) {
            let entry = entry.as_table().context("[[plugin]] is no table")?;
            let plugin = entry.get("use").and_then(toml::Value::as_str).context("[[plugin]] without `use`")?;
            let mut keys: Vec<&String> = entry.keys().filter(|key| *key != "use").collect();
            // A table forgets its order; the report keeps the one that the file was written in.
            keys.sort_by_key(|key| written.lines().position(|line| line.split('=').next().map(str::trim) == Some(key)));
            let text_of = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
            let settings = keys.into_iter().map(|key| (title(key), text_of(&entry[key]))).collect();
            plugins.push((title(plugin), settings));
        }
        Ok(Self { name, output_level_db, plugins })
    }
}

/// "sidechain_high_pass" as a person reads it: "Sidechain high-pass".
fn title(key: &str) -> String {
    let mut letters = key.chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    first + &letters.as_str().replace("high_pass", "high-pass").replace('_', " ")
}

/// Joins the chain file's settings with what was measured of each plugin.
fn steps(plugins: Vec<(String, Vec<(String, String)>)>, details: &serde_json::Value) -> Vec<Step> {
    let measured = |index: usize| {
        let plugin = &details["plugins"][index];
        let entry = |name: &str, key: &str, unit: &str, digits: usize| {
            let value = plugin[key].as_f64()?;
            Some((name.to_string(), format!("{value:.digits$} {unit}").replace('-', "\u{2212}")))
        };
        [
            entry("Loudness in", "loudness_in_lufs", "LUFS", 1),
            entry("Loudness out", "loudness_out_lufs", "LUFS", 1),
            entry("Largest gain change", "largest_gain_change_db", "dB", 1),
            entry("Mean gain change", "mean_gain_change_db", "dB", 1),
            entry("Latency, taken out", "latency_samples", "samples", 0),
        ]
        .into_iter()
        .flatten()
        .collect()
    };
    plugins
        .into_iter()
        .enumerate()
        .map(|(index, (plugin, settings))| Step { plugin, settings, measured: measured(index) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_files_say_what_they_are() {
        for DemoChain { file, toml, .. } in CHAINS {
            let chain = ChainFile::parse(toml).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert_eq!(chain.output_level_db, -0.3, "{file}");
            // Glue first, the final level last, as mastering engineers put them; each with settings of its own.
            let names: Vec<&str> = chain.plugins.iter().map(|(plugin, _)| plugin.as_str()).collect();
            assert_eq!((names.first(), names.last()), (Some(&"Glue"), Some(&"Limiter")), "{file}");
            let (_, limiter) = chain.plugins.last().expect("plugins");
            assert!(limiter.contains(&("Ceiling".to_string(), "-0.3 dBTP".to_string())), "{file}");
            assert!(chain.plugins.iter().all(|(_, settings)| settings.len() >= 3), "{file}");
            // The host has the last word on what a chain is.
            assert_eq!(host::chain::Chain::parse(toml, file).unwrap().output_level_db, Some(-0.3));
        }
        let chain = ChainFile::parse(CHAINS[1].toml).unwrap();
        assert_eq!(chain.plugins[0].1[0], ("Model".to_string(), "Clean".to_string()), "in the order of the file");
        assert_eq!(title("sidechain_high_pass"), "Sidechain high-pass");
    }

    #[test]
    fn comparison_is_lowered_for_all_or_for_none() {
        assert_eq!(compare_trim_db([0.5, 0.999].into_iter()), 0.0);
        let trim_db = compare_trim_db([0.5, 1.0, 1.5].into_iter());
        assert!((trim_db + 20.0 * 1.5f64.log10() + 0.1).abs() < 1e-12);
    }

    #[test]
    fn a_render_that_is_not_what_was_promised_is_refused() {
        // A low tone: its samples are as high as its wave.
        let wave = |n: usize, peak: f32| peak * (n as f32 * 0.01).sin();
        let song = |frames: usize, peak: f32| Song {
            sample_rate_hz: 48_000,
            channels: vec![(0..frames).map(|n| wave(n, peak)).collect(); 2],
        };
        let spec = ChainFile::parse(CHAINS[0].toml).unwrap();
        let level = 10f32.powf(-0.3 / 20.0);
        let check_of = |frames: usize, peak: f32| check(&song(4800, 0.5), &song(frames, peak), &spec, Path::new("x"));
        assert!(check_of(4800, level).is_ok());
        assert!(check_of(4801, level).is_err(), "another length");
        assert!(check_of(4800, 0.8).is_err(), "too far below the level");
        assert!(check_of(4800, 1.01 * level).is_err(), "above it");
        assert!(check_of(4800, 0.0).is_ok(), "silence has no level");
        // Samples at the level, and the wave between them above it.
        let between = |n: usize| level * 2f32.sqrt() * (std::f32::consts::PI * (0.5 * n as f32 + 0.25)).sin();
        let after = Song { sample_rate_hz: 48_000, channels: vec![(0..4800).map(between).collect(); 2] };
        assert!(check(&song(4800, 0.5), &after, &spec, Path::new("x")).is_err(), "3 dB above it between the samples");
    }
}
