//! A whole plugin through the host: placement of events, alignment, tail, and failures, on the plugin of
//! `examples/faulty.rs` (`cargo test -p host` builds it).

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::programme;
use host::audio::{self, Bits};
use host::chain::Chain;
use host::render::{Options, RenderError, render};
use host::{Bundle, HostError, Instance, ParamEvent, ProcessStatus, Tail, find_bundles};
use tempfile::{TempDir, tempdir};

const DELAY: usize = 100;
const TAIL: usize = 250;

/// A folder with the plugin as a bundle. Tests and examples lie side by side in the target folder.
fn plugins() -> (TempDir, PathBuf) {
    let library = format!("{}faulty{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let built = Path::new(env!("CARGO_BIN_EXE_twobus")).with_file_name("examples").join(library);
    assert!(built.exists(), "{} is missing: cargo build -p host --examples", built.display());
    let dir = tempdir().expect("tempdir");
    let bundle = dir.path().join("Faulty.clap");
    std::fs::copy(&built, &bundle).expect("copy the plugin");
    (dir, bundle)
}

fn gain_id(instance: &Instance) -> u32 {
    instance.param("main_gain").expect("its gain").id
}

#[test]
fn a_bundle_and_its_parameters_are_described() {
    let (_dir, path) = plugins();
    let bundle = Bundle::load(&path).expect("load");
    let plugins = bundle.plugins();
    assert_eq!((plugins.len(), plugins[0].id.as_str()), (1, "org.twobus.test.faulty"));
    assert_eq!((plugins[0].version.as_str(), plugins[0].short_name().as_str()), ("1.2.3", "faulty"));
    let mut instance = Instance::new(&bundle, &plugins[0].id).expect("create");
    let params = instance.params().to_vec();
    assert_eq!(params.iter().map(|param| param.key.as_str()).collect::<Vec<_>>(), ["main_gain", "mode"]);
    assert_eq!((params[0].min, params[0].max, params[0].default), (0.0, 2.0, 1.0));
    assert_eq!((params[0].group.as_str(), params[0].is_stepped, params[1].is_stepped), ("Group", false, true));
    assert_eq!(instance.value_to_text(params[0].id, 0.5).as_deref(), Some("0.50 x"));
    assert_eq!(instance.text_to_value(params[0].id, "0.5 x"), Some(0.5));
    assert_eq!(instance.parse_value("main_gain", "0.5").expect("a number"), 0.5);
    assert_eq!(instance.parse_value("mode", "nan").expect("a step in any case"), 1.0);
    // The plugin itself would clamp this to 2.
    let error = instance.parse_value("main_gain", "2.5").expect_err("beyond the range").to_string();
    assert!(error.contains("main_gain") && error.contains("2.5") && error.contains("0.00 x to 2.00 x"), "{error}");
    let error = instance.parse_value("mode", "Odd").expect_err("no such step").to_string();
    assert!(error.contains("Normal, NaN, Error, Slip"), "{error}");
    let error = instance.parse_value("gian", "1").expect_err("no such parameter").to_string();
    assert!(error.contains("gian") && error.contains("main_gain, mode"), "{error}");
    assert!(matches!(Instance::new(&bundle, "nobody"), Err(HostError::UnknownPlugin { .. })));
}

/// Events land on their frames, in any order and whatever the block split, on another thread too.
#[test]
fn events_land_on_their_frames() {
    let (_dir, path) = plugins();
    let bundle = Bundle::load(&path).expect("load");
    let mut instance = Instance::new(&bundle, "org.twobus.test.faulty").expect("create");
    instance.select_layout(2, false).expect("stereo");
    assert!(matches!(instance.select_layout(1, false), Err(HostError::Layout { channels: 1, .. })));
    assert!(matches!(instance.select_layout(2, true), Err(HostError::Layout { sidechain: true, .. })));
    let id = gain_id(&instance);
    let frames = 1000;
    let changes = [(0, 0.25), (1, 0.5), (333, 2.0), (334, 0.75), (511, 1.5), (512, 0.0), (513, 1.0)];
    let gain =
        |frame: usize| changes.iter().rev().find(|&&(at, _)| at <= frame).map_or(1.0, |&(_, value)| value as f32);
    let input: Vec<f32> = (0..frames).map(|n| n as f32 + 1.0).collect();
    for block in [1, 64, 333, 1000] {
        instance.activate(48_000.0, 1000).expect("activate");
        let mut processor = instance.take_processor().expect("active");
        let (input, changes) = (&input, &changes);
        let (processor, output) = std::thread::scope(|scope| {
            scope
                .spawn(move || {
                    let mut output = vec![vec![0.0; frames]; 2];
                    for start in (0..frames).step_by(block) {
                        let end = (start + block).min(frames);
                        // Backwards: the host sorts.
                        let events: Vec<ParamEvent> = changes
                            .iter()
                            .rev()
                            .filter(|(at, _)| (start..end).contains(at))
                            .map(|&(at, value)| ParamEvent { frame: (at - start) as u32, param_id: id, value })
                            .collect();
                        let (left, right) = output.split_at_mut(1);
                        let mut outputs = [&mut left[0][start..end], &mut right[0][start..end]];
                        let slice = &input[start..end];
                        let status = processor.process(&[slice, slice], None, &mut outputs, &events).expect("process");
                        assert_eq!(status, ProcessStatus::Tail);
                    }
                    (processor, output)
                })
                .join()
                .expect("the audio thread")
        });
        instance.return_processor(processor).expect("its own");
        for channel in &output {
            for (n, sample) in channel.iter().enumerate() {
                let expected = n.checked_sub(DELAY).map_or(0.0, |source| input[source] * gain(source));
                assert_eq!(*sample, expected, "block {block}, frame {n}");
            }
        }
        assert_eq!(instance.tail().expect("active"), Tail::Samples(TAIL as u32));
        instance.deactivate();
        instance.set_value(id, 1.0).expect("flush while inactive");
        assert_eq!(instance.value(id), Some(1.0));
    }
}

#[test]
fn misuse_is_an_error_and_touches_nothing() {
    let (_dir, path) = plugins();
    let bundle = Bundle::load(&path).expect("load");
    let mut instance = Instance::new(&bundle, "org.twobus.test.faulty").expect("create");
    let id = gain_id(&instance);
    let (input, mut a, mut b) = ([0.5_f32; 64], [7.0_f32; 64], [7.0_f32; 64]);
    let result = instance.process(&[&input, &input], None, &mut [&mut a, &mut b], &[]);
    assert!(matches!(result, Err(HostError::NotActive)));
    assert!(instance.activate(48_000.0, 0).is_err() && instance.activate(f64::NAN, 64).is_err());
    instance.activate(48_000.0, 64).expect("activate");
    assert!(matches!(instance.activate(48_000.0, 64), Err(HostError::StillActive)));
    assert!(matches!(instance.select_layout(2, false), Err(HostError::StillActive)));
    let event = |frame| ParamEvent { frame, param_id: id, value: 0.0 };
    let result = instance.process(&[&input, &input], None, &mut [&mut a, &mut b], &[event(64)]);
    assert!(matches!(result, Err(HostError::BadEvents)), "an event behind the block");
    let result = instance.process(&[&input], None, &mut [&mut a, &mut b], &[]);
    assert!(matches!(result, Err(HostError::BadBuffers)), "a channel is missing");
    let result = instance.process(&[&input, &input[..63]], None, &mut [&mut a, &mut b], &[]);
    assert!(matches!(result, Err(HostError::BadBuffers)), "lengths differ");
    let result = instance.process(&[&input, &input], Some(&[&input, &input]), &mut [&mut a, &mut b], &[]);
    assert!(matches!(result, Err(HostError::BadBuffers)), "no side chain here");
    let long = [0.5_f32; 65];
    let (mut c, mut d) = (long, long);
    let result = instance.process(&[&long, &long], None, &mut [&mut c, &mut d], &[]);
    assert!(matches!(result, Err(HostError::BlockTooLong)));
    assert_eq!((a[0], instance.value(id)), (7.0, Some(1.0)), "nothing was processed, nothing changed");
    let empty: &[f32] = &[];
    instance.process(&[empty, empty], None, &mut [&mut [], &mut []], &[]).expect("no frames are no error");
    // Dropping an active instance deactivates it; the next one is a new one.
    drop(instance);
    Instance::new(&bundle, "org.twobus.test.faulty").expect("create").activate(48_000.0, 64).expect("activate");
}

fn song(dir: &Path, frames: usize) -> (PathBuf, Vec<Vec<f32>>) {
    let channels: Vec<Vec<f32>> = (0..2).map(|channel| programme(frames, 48_000.0, channel)).collect();
    let path = dir.join("in.wav");
    audio::write(&path, 48_000, &[&channels[0], &channels[1]], Bits::Float32).expect("write");
    (path, channels)
}

/// Two plugins of 100 samples: the render is aligned to the sample and as long as the song, for songs shorter than the
/// latency too; the tail is what the two of them announce.
#[test]
fn a_render_is_aligned_and_of_equal_length() {
    let (dir, _) = plugins();
    let chain = Chain::parse("[[plugin]]\nuse = \"faulty\"\nmain_gain = 0.5\n[[plugin]]\nuse = \"faulty\"", "t.toml")
        .and_then(|chain| chain.prepare(&find_bundles([dir.path()])))
        .expect("chain");
    let output = dir.path().join("out.wav");
    for (frames, block) in [(1, 64), (99, 1), (150, 8192), (10_000, 333), (20_000, 1024)] {
        let (input, channels) = song(dir.path(), frames);
        let mut expected: Vec<Vec<f32>> =
            channels.iter().map(|channel| channel.iter().map(|x| 0.5 * x).collect()).collect();
        for keep_tail in [false, true] {
            let options = Options { bits: Bits::Float32, keep_tail, block, ..Options::default() };
            let report = render(&chain, &input, &output, &options, &mut |_| true).expect("render");
            if keep_tail {
                expected.iter_mut().for_each(|channel| channel.extend([0.0; 2 * TAIL]));
            }
            assert_eq!(audio::read(&output).expect("read").channels, expected, "{frames} frames, blocks of {block}");
            assert_eq!((report.frames, report.latency_samples), (frames as u64, 2 * DELAY as u64));
            assert_eq!(report.plugins.iter().map(|plugin| plugin.latency_samples).collect::<Vec<_>>(), [100, 100]);
            if frames == 20_000 {
                // Measured against the aligned input: exactly the gain, and nothing of the delay.
                let change = report.plugins.iter().map(|plugin| {
                    let change = &plugin.change;
                    (change.least_gain_db.expect("a gain"), change.greatest_gain_db.expect("a gain"))
                });
                for ((least, greatest), expected) in change.zip([-6.020_6, 0.0]) {
                    assert!(
                        (least - expected).abs() < 1e-4 && (greatest - expected).abs() < 1e-4,
                        "{least} {greatest}"
                    );
                }
            }
        }
    }
}

/// Plugins beside each other or one after the other: the same file and the same readings, to the bit, whatever the blocks.
#[test]
fn threads_change_nothing() {
    let (dir, _) = plugins();
    for level in ["", "output_level_db = -1.0\n"] {
        let text = format!(
            "{level}[[plugin]]\nuse = \"faulty\"\nmain_gain = 0.7\n[[plugin]]\nuse = \"faulty\"\nmain_gain = 1.9"
        );
        let chain =
            Chain::parse(&text, "t.toml").and_then(|chain| chain.prepare(&find_bundles([dir.path()]))).expect("chain");
        let (input, _) = song(dir.path(), 50_001);
        let output = dir.path().join("out.wav");
        let mut first: Option<(Vec<u8>, serde_json::Value)> = None;
        for (is_threaded, block) in [(false, 1024), (true, 1024), (false, 333), (true, 333), (true, 1), (true, 8192)] {
            let options = Options { bits: Bits::Int24, block, is_threaded, ..Options::default() };
            let report = render(&chain, &input, &output, &options, &mut |_| true).expect("render");
            let mut report = serde_json::to_value(&report).expect("JSON");
            report["speed"].take();
            for plugin in report["plugins"].as_array_mut().expect("plugins") {
                assert!(plugin["ns_per_sample"].take().as_f64().is_some_and(|ns| ns > 0.0));
                for key in ["loudness_in_lufs", "loudness_out_lufs", "mean_gain_change_db"] {
                    assert!(plugin[key].is_f64(), "{key}");
                }
            }
            let this = (std::fs::read(&output).expect("read"), report);
            let first = first.get_or_insert_with(|| this.clone());
            assert_eq!(first.1, this.1, "threads {is_threaded}, blocks of {block}");
            assert!(first.0 == this.0, "threads {is_threaded}, blocks of {block}: other samples");
        }
    }
}

/// The second plugin fails at once, the first one later but in its time sooner: the error is the one of a single thread.
#[test]
fn threads_fail_as_one_does() {
    let (dir, _) = plugins();
    let (input, _) = song(dir.path(), 200_000);
    let output = dir.path().join("out.wav");
    for [first, second] in
        [["Normal", "NaN"], ["NaN", "Error"], ["Error", "NaN"], ["Normal", "Error"], ["Normal", "Slip"]]
    {
        let text = format!(
            "[[plugin]]\nuse = \"faulty\"\nmode = \"{first}\"\n[[plugin]]\nuse = \"faulty\"\nmode = \"{second}\""
        );
        let chain =
            Chain::parse(&text, "t.toml").and_then(|chain| chain.prepare(&find_bundles([dir.path()]))).expect("chain");
        let errors = [false, true].map(|is_threaded| {
            let options = Options { is_threaded, ..Options::default() };
            let error = render(&chain, &input, &output, &options, &mut |_| true).expect_err("must fail");
            assert!(!output.exists(), "nothing half-written");
            error.to_string()
        });
        assert_eq!(errors[0], errors[1], "{first}, {second}");
        assert!(errors[0].contains("in.wav"), "{}", errors[0]);
    }
    // Whoever says stop is heard while plugins are at work.
    let chain = Chain::parse("[[plugin]]\nuse = \"faulty\"", "t.toml")
        .and_then(|chain| chain.prepare(&find_bundles([dir.path()])))
        .expect("chain");
    for is_threaded in [false, true] {
        let options = Options { is_threaded, ..Options::default() };
        let mut most = 0;
        let error = render(&chain, &input, &output, &options, &mut |progress| {
            most = progress.done;
            progress.done < 100_000
        });
        assert!(matches!(error, Err(RenderError::Interrupted)) && (100_000..110_000).contains(&most), "{most}");
        assert!(!output.exists());
    }
}

/// A plugin that fails is status 4, named, with nothing half-written; a value that it lacks is status 2.
#[test]
fn failures_of_plugins_exit_with_4() {
    let (dir, _) = plugins();
    song(dir.path(), 5000);
    std::fs::write(dir.path().join("c.toml"), "[[plugin]]\nuse = \"faulty\"\n").expect("write");
    let mono = programme(500, 48_000.0, 0);
    audio::write(dir.path().join("mono.wav"), 48_000, &[&mono], Bits::Float32).expect("write");
    for (input, mode, status, words) in [
        ("in.wav", "Normal", 0, &[][..]),
        ("in.wav", "NaN", 4, &["faulty", "NaN", "frame 5"]),
        ("in.wav", "Error", 4, &["in.wav", "failed to process"]),
        ("in.wav", "Slip", 4, &["faulty", "latency"]),
        ("mono.wav", "Normal", 4, &["mono.wav", "1 channel"]),
        ("in.wav", "Odd", 2, &["mode", "Odd", "Normal, NaN, Error, Slip"]),
    ] {
        let set = format!("faulty.mode={mode}");
        let output = Command::new(env!("CARGO_BIN_EXE_twobus"))
            .current_dir(dir.path())
            .args(["render", input, "out.wav", "--chain", "c.toml", "--plugins", ".", "--set", &set])
            .output()
            .expect("run");
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{mode}: {message}");
        for word in words {
            assert!(message.contains(word), "{mode} gave {message:?}, which lacks {word:?}");
        }
        assert!(!message.contains("panicked"), "{message}");
        let out = dir.path().join("out.wav");
        assert_eq!(out.exists(), status == 0, "{mode}");
        let _ = std::fs::remove_file(out);
        let left = std::fs::read_dir(dir.path()).expect("folder").count();
        assert_eq!(left, 4, "{mode}: nothing half-written");
    }
}

#[test]
fn list_tells_what_the_plugin_says() {
    let (dir, _) = plugins();
    let output = Command::new(env!("CARGO_BIN_EXE_twobus"))
        .args(["list", "--json", "--plugins"])
        .arg(dir.path())
        .env("HOME", dir.path())
        .env_remove("CLAP_PATH")
        .output()
        .expect("run");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let plugin = &json[0];
    assert_eq!(
        (&plugin["id"], &plugin["name"], &plugin["version"], &plugin["latency_samples"]),
        (&"org.twobus.test.faulty".into(), &"Faulty".into(), &"1.2.3".into(), &100.into())
    );
    let gain = &plugin["params"][0];
    assert_eq!(
        (&gain["id"], &gain["name"], &gain["group"]),
        (&"main_gain".into(), &"Main gain".into(), &"Group".into())
    );
    assert_eq!(
        (gain["min"].as_f64(), gain["max"].as_f64(), gain["default"].as_f64()),
        (Some(0.0), Some(2.0), Some(1.0))
    );
    assert_eq!(gain["text"], "1.00 x");
    assert_eq!(plugin["params"][1]["steps"], serde_json::json!(["Normal", "NaN", "Error", "Slip"]));
}
