//! The promises that are about music, on music: every WAV, FLAC or AIFF file in the folder that `TWOBUS_MUSIC` names.
//! Recordings are not ours to ship; without the folder these tests say that they had none.

use ebur128::{EbuR128, Mode};
use shared_dsp::loudness::LoudnessPair;
use shared_dsp::spectrum::align;
use testkit::analysis::{db, loudness_lufs, peak, rms};
use testkit::signals::{Audio, Random, gain};
use testkit::wave::{Edge, wave_peak};
use testkit::{Format, Plugin, Rig};

/// A passage of a recording.
struct Recording {
    name: String,
    sample_rate_hz: f64,
    audio: Audio,
}

const PASSAGE_S: f64 = 14.0;

/// The loudest passage of each recording, in stereo.
fn recordings() -> Vec<Recording> {
    let Some(folder) = std::env::var_os("TWOBUS_MUSIC") else {
        println!("had no recording: TWOBUS_MUSIC names no folder");
        return Vec::new();
    };
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .expect("TWOBUS_MUSIC is a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let known = |path: &std::path::PathBuf| {
        path.extension()
            .is_some_and(|end| ["wav", "flac", "aiff", "aif"].iter().any(|known| end.eq_ignore_ascii_case(known)))
    };
    let list: Vec<Recording> = paths.into_iter().filter(known).map(|path| passage(&path)).collect();
    assert!(!list.is_empty(), "TWOBUS_MUSIC holds no WAV, FLAC or AIFF file");
    list
}

fn passage(path: &std::path::Path) -> Recording {
    let file = host::audio::read(path).unwrap_or_else(|error| panic!("{error}"));
    let sample_rate_hz = f64::from(file.spec.sample_rate_hz);
    let frames = file.channels[0].len();
    let length = ((PASSAGE_S * sample_rate_hz) as usize).min(frames);
    let power = |start: usize| rms(&file.channels[0][start..start + length]);
    let start = (0..=frames - length)
        .step_by(sample_rate_hz as usize)
        .max_by(|&a, &b| power(a).total_cmp(&power(b)))
        .expect("at least one passage");
    let channel = |n: usize| file.channels[n.min(file.channels.len() - 1)][start..start + length].to_vec();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let audio = vec![channel(0), channel(1)];
    let crest_db = db(peak(&audio[0]) / rms(&audio[0]));
    println!("{name}: {:.0} s from {:.0} s, crest factor {crest_db:.1} dB", PASSAGE_S, start as f64 / sample_rate_hz);
    Recording { name, sample_rate_hz, audio }
}

/// The highest true peak of all channels by the `ebur128` crate, dBTP.
fn true_peak_dbtp(audio: &Audio, sample_rate_hz: f64) -> f64 {
    let mut judge = EbuR128::new(audio.len() as u32, sample_rate_hz as u32, Mode::TRUE_PEAK).expect("a judge");
    let channels: Vec<&[f32]> = audio.iter().map(Vec::as_slice).collect();
    judge.add_frames_planar_f32(&channels).expect("frames");
    (0..audio.len() as u32).map(|channel| db(judge.true_peak(channel).expect("a true peak"))).fold(f64::MIN, f64::max)
}

/// Of 3 s, by the `ebur128` crate.
fn short_term_lufs(audio: &Audio, sample_rate_hz: f64) -> f64 {
    let mut judge = EbuR128::new(audio.len() as u32, sample_rate_hz as u32, Mode::S).expect("a judge");
    let channels: Vec<&[f32]> = audio.iter().map(Vec::as_slice).collect();
    judge.add_frames_planar_f32(&channels).expect("frames");
    let lufs = judge.loudness_shortterm().expect("3 s");
    assert!(lufs.is_finite(), "silence has no loudness");
    lufs
}

#[test]
fn the_limiters_ceiling_holds_the_true_peak() {
    // On the meter, and on the wave itself.
    let (mut worst_db, mut faults) = ([[f64::NEG_INFINITY; 3]; 2], Vec::new());
    for recording in recordings() {
        let rate = recording.sample_rate_hz;
        for style in ["Clean", "Punch", "Glue"] {
            for (gain, ceiling, look_ahead) in [
                ("0", "-0.3", "2"),
                ("3", "-1", "2"),
                ("6", "-0.3", "2"),
                ("9", "-2", "1"),
                ("12", "-1", "2"),
                ("18", "-6", "10"),
                ("24", "-1", "2"),
                ("12", "-1", "0.1"),
            ] {
                let settings = [
                    ("ceiling", ceiling),
                    ("gain", gain),
                    ("style", style),
                    ("look_ahead", &format!("{look_ahead} ms")),
                ];
                let output = Rig::ready(Plugin::Limiter, Format::Clap, rate, &settings).run(&recording.audio);
                let ceiling_db: f64 = ceiling.parse().expect("a number");
                let wave_dbtp = |edge| db(output.iter().map(|channel| wave_peak(channel, edge)).fold(0.0, f64::max));
                // The last is Shannon's, to be known: what is above 0.45 of the rate is each reference's own.
                let over_db = [true_peak_dbtp(&output, rate), wave_dbtp(Edge::Passband), wave_dbtp(Edge::Ideal)]
                    .map(|peak_db| peak_db - ceiling_db);
                let samples = output.iter().map(|channel| peak(channel)).fold(0.0, f64::max);
                let case = format!("{}, {style}, +{gain} dB, {look_ahead} ms", recording.name);
                println!("{case}: BS.1770 {:+.4}, 32x {:+.4}, ideal {:+.4} dB", over_db[0], over_db[1], over_db[2]);
                let (row, limit_db) = if look_ahead == "0.1" { (1, 0.05) } else { (0, 0.01) };
                let holds = over_db[..2].iter().all(|&over_db| over_db <= limit_db);
                if !(holds && db(samples) <= ceiling_db + 1e-6) {
                    faults.push(format!("{case}: {over_db:+.4?} dB"));
                }
                for (worst_db, over_db) in worst_db[row].iter_mut().zip(over_db) {
                    *worst_db = worst_db.max(over_db);
                }
            }
        }
    }
    println!(
        "worst, BS.1770, 32x and ideal: {:+.4?} dB, at a look-ahead of 0.1 ms {:+.4?} dB",
        worst_db[0], worst_db[1]
    );
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_clippers_guard_holds_the_true_peak() {
    for recording in recordings() {
        for (knee, drive) in [("0", "3"), ("20", "6"), ("50", "12"), ("100", "12"), ("0", "24"), ("100", "24")] {
            let settings = [("ceiling", "-0.3"), ("knee", knee), ("drive", drive), ("guard", "True peak")];
            let mut rig = Rig::ready(Plugin::Clipper, Format::Clap, recording.sample_rate_hz, &settings);
            let output = rig.run(&recording.audio);
            let over_db = true_peak_dbtp(&output, recording.sample_rate_hz) + 0.3;
            assert!(
                over_db <= 0.01,
                "{}, knee {knee} %, +{drive} dB: {over_db:.3} dB above the ceiling",
                recording.name
            );
        }
    }
}

#[test]
fn the_saturators_law_keeps_the_loudness() {
    for recording in recordings() {
        // As hot as the programmes come, and the law told so.
        let factor = gain(-12.0) / rms(&recording.audio.concat());
        let input: Audio = recording
            .audio
            .iter()
            .map(|channel| channel.iter().map(|&x| (f64::from(x) * factor) as f32).collect())
            .collect();
        let before_lufs = loudness_lufs(&input, recording.sample_rate_hz);
        for character in ["Console", "Push-pull", "Tape", "Diode", "Triode", "Class-A", "Transformer"] {
            let mut worst_lu = 0.0_f64;
            for drive in ["3", "6", "9", "12", "18", "24"] {
                let settings = [("character", character), ("drive", drive), ("zero_vu", "-12")];
                let mut rig = Rig::ready(Plugin::Saturator, Format::Clap, recording.sample_rate_hz, &settings);
                let output = rig.run(&input);
                let change_lu = loudness_lufs(&output, recording.sample_rate_hz) - before_lufs;
                if change_lu.abs() > worst_lu.abs() {
                    worst_lu = change_lu;
                }
            }
            println!("{}, {character}: at most {worst_lu:+.2} LU over the drive's range", recording.name);
            assert!(worst_lu.abs() <= 1.5, "{}, {character}: {worst_lu:+.2} LU", recording.name);
        }
    }
}

#[test]
fn compare_plays_the_dry_as_loud_as_the_wet() {
    for recording in recordings() {
        let rate = recording.sample_rate_hz;
        let seconds = |s: f64| (s * rate) as usize;
        for plugin in [Plugin::Glue, Plugin::Saturator, Plugin::Clipper, Plugin::Limiter] {
            let settings = plugin.case().louder;
            let mut rig = Rig::ready(plugin, Format::Clap, rate, settings);
            let latency = rig.latency();
            let wet = rig.run(&recording.audio);
            // Without a window nothing is measured before the switch is pressed; then the gain settles, and stands from 4.5 s on at
            // what the 3 s before that had, with no gate and no part weighing more than another.
            let mut rig = Rig::ready(plugin, Format::Clap, rate, settings);
            rig.listen("compare", true);
            let compared = rig.run(&recording.audio);
            let heard = |audio: &Audio, delay: usize| -> Audio {
                audio.iter().map(|channel| channel[seconds(1.5) + delay..seconds(4.5) + delay].to_vec()).collect()
            };
            // The gain of the compared dry, once frozen.
            let at = seconds(10.0)..seconds(12.0);
            let dry = &recording.audio[0][at.start - latency..at.end - latency];
            let compare_db = db(rms(&compared[0][at]) / rms(dry));
            let difference_lu =
                short_term_lufs(&heard(&wet, latency), rate) - short_term_lufs(&heard(&recording.audio, 0), rate);
            let off_lu = compare_db - difference_lu;
            println!("{}, {plugin:?}: {off_lu:+.3} LU", recording.name);
            assert!(off_lu.abs() <= 0.1, "{}, {plugin:?}: compared {off_lu:+.3} LU off", recording.name);
        }
    }
}

/// The plugins that change the sound.
const EFFECTS: [Plugin; 6] =
    [Plugin::Eq, Plugin::Glue, Plugin::Saturator, Plugin::Tape, Plugin::Clipper, Plugin::Limiter];

/// Sets every parameter that may be anywhere within three tenths of its range of where it was, and each switch anyhow. The trims,
/// bypass, what mixes two delays, and what needs a key stay as they are; without `anything`, so does what has no single delay:
/// flutter, wow, a skew between the channels, and the recursive filters of Live.
fn draw(random: &mut Random, rig: &mut Rig, plugin: Plugin, anything: bool) {
    const KEPT: [&str; 6] = ["Input", "Output", "Mix", "Render quality", "Dither", "Linear length"];
    const NO_SINGLE_DELAY: [&str; 3] = ["Wow", "Flutter", "Azimuth"];
    const SHAPES: [&str; 7] = ["Bell", "Low shelf", "High shelf", "Tilt", "Low cut", "High cut", "Flat top"];
    for param in rig.params() {
        let kept = param.is_bypass
            || KEPT.contains(&param.name.as_str())
            || param.name.contains("xternal key")
            || param.group.starts_with("Bands/")
            || (!anything && NO_SINGLE_DELAY.contains(&param.name.as_str()));
        if kept || random.unit() < 0.3 {
            continue;
        }
        let place = if param.steps > 0 { random.unit() } else { rig.value_of(&param) + 0.3 * random.bipolar() };
        rig.place(&param, place.clamp(0.0, 1.0));
    }
    if plugin == Plugin::Eq {
        for band in 1..=1 + random.below(5) {
            rig.set(&format!("band{band}_shape"), SHAPES[random.below(SHAPES.len())]);
            rig.set(&format!("band{band}_gain"), &format!("{:.2}", 6.0 * random.bipolar()));
            rig.set(&format!("band{band}_q"), &format!("{:.2}", 0.4 + 2.0 * random.unit()));
            rig.set(&format!("band{band}_frequency"), &format!("{:.0}", 30.0 * 500.0_f64.powf(random.unit())));
        }
    }
    if !anything && plugin.has("quality") {
        rig.set("quality", ["Off", "Standard", "High"][random.below(3)]);
    }
}

/// One alignment of what went in with what came out.
struct Aligned {
    case: String,
    confidence: f64,
    is_right: bool,
    /// The loudness match less the difference that `ebur128` measures; none where drawn cuts leave nothing above the gate.
    loudness_error_lu: Option<f64>,
}

fn mono(audio: &Audio) -> Vec<f32> {
    audio[0].iter().zip(&audio[1]).map(|(left, right)| 0.5 * (left + right)).collect()
}

/// Runs a passage through plugins with drawn settings and aligns what comes out.
fn through(random: &mut Random, recording: &Recording, plugins: &[Plugin], anything: bool) -> Aligned {
    let rate = recording.sample_rate_hz;
    let (mut wet, mut latency) = (recording.audio.clone(), 0);
    for &plugin in plugins {
        let mut rig = Rig::open(plugin, Format::Clap);
        draw(random, &mut rig, plugin, anything);
        rig.activate(rate, 8192);
        latency += rig.latency();
        wet = rig.run(&wet);
    }
    let dry = &recording.audio;
    let found = align(&mono(dry), &mono(&wet), rate, rate as usize);
    let is_right = found.is_some_and(|found| {
        (found.delay_samples - latency as f64).abs() <= 0.1
            && found.snapped_delay_samples() == latency as f64
            && !found.is_inverted
    });
    let overlap = |audio: &Audio, from: usize| -> Audio {
        audio.iter().map(|channel| channel[from..channel.len() - latency + from].to_vec()).collect()
    };
    let (dry, wet) = (overlap(dry, 0), overlap(&wet, latency));
    let mut pair = LoudnessPair::new(rate);
    pair.start();
    pair.process((&wet[0], Some(&wet[1])), (&dry[0], Some(&dry[1])));
    let case = format!(
        "{}, {plugins:?}{}: {latency} found as {:?}",
        recording.name,
        if anything { ", anything" } else { "" },
        found.map(|found| (found.delay_samples, found.is_inverted))
    );
    let loudness_error_lu =
        pair.finish().map(|matched_lu| matched_lu - (loudness_lufs(&wet, rate) - loudness_lufs(&dry, rate)));
    let left_db = db(rms(&wet.concat()));
    assert!(loudness_error_lu.is_some() || left_db < -60.0, "{left_db:.1} dBFS are no programme: {case}");
    Aligned { case, confidence: found.map_or(0.0, |found| found.confidence), is_right, loudness_error_lu }
}

/// specs/meter.md and issue 15: delay within 0.1 sample and snapped to the whole one, loudness within 0.1 LU and polarity, on real
/// music through each plugin; and what the confidence says is worth it, whatever the settings, alone and in a chain.
#[test]
fn the_delay_through_every_plugin_is_found() {
    let seed = std::env::var("TWOBUS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(15);
    let mut random = Random::new(seed);
    let mut all = Vec::new();
    for recording in recordings() {
        for plugin in EFFECTS {
            all.push(through(&mut random, &recording, &[plugin], false));
            all.push(through(&mut random, &recording, &[plugin], true));
        }
        all.push(through(&mut random, &recording, &EFFECTS, false));
    }
    for aligned in &all {
        let rightness = if aligned.is_right { "right" } else { "WRONG" };
        let error_lu = aligned.loudness_error_lu.map_or("no loudness".to_owned(), |lu| format!("{lu:+.3} LU"));
        println!("{rightness} confidence {:.2}, {error_lu}, {}", aligned.confidence, aligned.case);
        assert!(aligned.loudness_error_lu.is_none_or(|lu| lu.abs() <= 0.1), "{}: {error_lu}", aligned.case);
    }
    let heard = all.iter().filter(|aligned| aligned.loudness_error_lu.is_some()).count();
    assert!(heard * 10 >= all.len() * 9, "only {heard} of {} cases are programme", all.len());
    let sure: Vec<&Aligned> = all.iter().filter(|aligned| aligned.confidence >= 0.9).collect();
    let wrong: Vec<&str> = sure.iter().filter(|aligned| !aligned.is_right).map(|aligned| &*aligned.case).collect();
    println!("{} of {} are sure, {} of these wrong", sure.len(), all.len(), wrong.len());
    assert!(wrong.len() * 20 <= sure.len(), "{wrong:#?}");
    assert!(sure.len() * 2 >= all.len(), "only {} of {} are sure", sure.len(), all.len());
}

/// Issue 15: unrelated songs stay below a confidence of 0.3.
#[test]
fn strangers_are_not_aligned() {
    let recordings = recordings();
    let mut most = 0.0_f64;
    for (at, first) in recordings.iter().enumerate() {
        for second in recordings[..at].iter().filter(|second| second.sample_rate_hz == first.sample_rate_hz) {
            for seconds in [1.0, 4.0, PASSAGE_S] {
                let frames = (seconds * first.sample_rate_hz) as usize;
                let (a, b) = (mono(&first.audio), mono(&second.audio));
                let found =
                    align(&a[..frames.min(a.len())], &b[..frames.min(b.len())], first.sample_rate_hz, frames / 2);
                let confidence = found.map_or(0.0, |found| found.confidence);
                most = most.max(confidence);
                assert!(confidence < 0.3, "{} and {}, {seconds} s: {found:?}", first.name, second.name);
            }
        }
    }
    println!("strangers reach {most:.2}");
}
