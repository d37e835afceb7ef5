//! States, parameter texts, ports, metadata and the golden list of parameters.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use testkit::analysis::{first_difference, rms};
use testkit::rig::{Param, id_of};
use testkit::signals::{Audio, noise, stereo_noise};
use testkit::{Format, Plugin, Rig};

/// Values off their defaults, as a person would leave them.
fn settings(plugin: Plugin) -> Vec<(&'static str, &'static str)> {
    let mut settings =
        vec![("input", "-1.5"), ("output", "-2.3"), ("mix", "62.5"), ("quality", "High"), ("bypass", "On")];
    settings.retain(|(key, _)| plugin.has(key));
    settings.extend(plugin.case().saved);
    settings
}

fn texts(rig: &mut Rig, plugin: Plugin) -> Vec<(&'static str, String)> {
    settings(plugin).into_iter().map(|(key, _)| (key, rig.text(key))).collect()
}

fn state_round_trips(plugin: Plugin, format: Format) {
    let mut first = Rig::open(plugin, format);
    for (key, text) in settings(plugin) {
        let before = first.text(key);
        first.set(key, text);
        assert_ne!(first.text(key), before, "{key}: the test is void unless it moves");
    }
    let state = first.save();
    let mut second = Rig::open(plugin, format);
    assert!(second.load(&state), "its own state");
    assert_eq!(texts(&mut first, plugin), texts(&mut second, plugin));
    assert_eq!(second.save(), state, "saving again gives the same bytes");
    // And it sounds the same, loaded before or after activation.
    let input = stereo_noise(1, -10.0, 20_000);
    for rig in [&mut first, &mut second] {
        rig.set("bypass", "Off");
        rig.activate(48_000.0, 512);
    }
    let expected = first.run(&input);
    assert_eq!(first_difference(&second.run(&input)[0], &expected[0]), None, "sound after loading");
    let state = first.save();
    let mut third = Rig::ready(plugin, format, 48_000.0, &[]);
    assert!(third.load(&state));
    third.deactivate();
    third.activate(48_000.0, 512);
    assert_eq!(first_difference(&third.run(&input)[0], &expected[0]), None, "sound after loading while active");
}

/// The text of a saved state. nice-plug saves JSON, in CLAP behind its length in eight bytes.
fn json(state: &[u8]) -> &str {
    let text = if state.first() == Some(&b'{') { state } else { &state[8..] };
    std::str::from_utf8(text).expect("JSON is text")
}

/// A state as the format carries it, from its text.
fn packed(format: Format, json: &str) -> Vec<u8> {
    let length = (json.len() as u64).to_le_bytes();
    let prefix = if format == Format::Clap { &length[..] } else { &[] };
    [prefix, json.as_bytes()].concat()
}

/// The saved state, changed and written again.
fn edited(format: Format, state: &[u8], edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value: Value = serde_json::from_str(json(state)).expect("the framework saves JSON");
    edit(&mut value);
    packed(format, &serde_json::to_string(&value).expect("JSON"))
}

fn bad_states_change_nothing(plugin: Plugin, format: Format) {
    let mut rig = Rig::open(plugin, format);
    for (key, text) in settings(plugin) {
        rig.set(key, text);
    }
    let good = rig.save();
    let mut fresh = Rig::open(plugin, format);
    let defaults = fresh.save();
    let other = if plugin == Plugin::Glue { Plugin::Trivial } else { Plugin::Glue };
    let mut bad: Vec<(String, Vec<u8>)> = vec![
        ("no bytes".into(), Vec::new()),
        ("zeros".into(), vec![0; 4096]),
        ("a length of everything".into(), [&[0xff; 8][..], b"{}"].concat()),
        ("a bare word".into(), b"hello".to_vec()),
        ("empty".into(), packed(format, "")),
        ("an empty object".into(), packed(format, "{}")),
        ("null".into(), packed(format, "null")),
        ("deep nesting".into(), packed(format, &"[".repeat(200_000))),
        ("another plugin's".into(), Rig::open(other, format).save()),
        (
            "one of no plugin of ours".into(),
            packed(format, r#"{"version":"1.0.0","params":{"gain":{"f32":3.0},"input":{"f32":3.0}},"fields":{}}"#),
        ),
        (
            "wrong kinds".into(),
            edited(format, &defaults, |state| state["params"]["input"] = Value::String("loud".into())),
        ),
        (
            "a switch as a number".into(),
            edited(format, &defaults, |s| s["params"]["bypass"] = s["params"]["input"].clone()),
        ),
        ("params as a list".into(), edited(format, &defaults, |state| state["params"] = Value::Array(Vec::new()))),
        ("no fields".into(), edited(format, &defaults, |state| state["fields"] = Value::Object(Default::default()))),
        (
            "garbage in every field".into(),
            edited(format, &defaults, |state| {
                for (_, field) in state["fields"].as_object_mut().expect("fields") {
                    *field = Value::String("{{{".into());
                }
            }),
        ),
        (
            "an infinite number".into(),
            packed(format, &json(&defaults).replacen("\"input\":{\"f32\":0.0}", "\"input\":{\"f32\":1e999}", 1)),
        ),
    ];
    for cut in [1, good.len() / 4, good.len() / 2, good.len() - 1] {
        bad.push((format!("cut after {cut} bytes"), good[..cut].to_vec()));
    }
    for (name, bytes) in &bad {
        let taken = rig.load(bytes);
        assert_eq!(
            String::from_utf8_lossy(&rig.save()),
            String::from_utf8_lossy(&good),
            "a state that is {name} changed the plugin (it was {})",
            if taken { "accepted" } else { "refused" }
        );
    }
    // A broken state is reported to the host where the framework can: when it is no JSON of its own.
    assert!(!rig.load(&good[..good.len() / 2]), "a truncated state was reported as loaded");
    assert!(rig.load(&good), "and after all of that its own state still loads");
}

fn values_out_of_range_come_back_into_it(plugin: Plugin, format: Format) {
    let mut rig = Rig::open(plugin, format);
    let state = rig.save();
    let wild = json(&state).replacen("\"input\":{\"f32\":0.0}", "\"input\":{\"f32\":9000.0}", 1);
    assert_ne!(wild, json(&state), "the test is void unless it changes the state");
    rig.load(&packed(format, &wild));
    let text = rig.text("input");
    assert!(text.starts_with("+24") || text.starts_with("0"), "input is {text} after a state with +9000 dB");
    rig.activate(48_000.0, 512);
    let output = rig.run(&stereo_noise(1, -20.0, 4800));
    assert!(output.iter().flatten().all(|x| x.is_finite()));
}

fn absent_parameters_take_defaults(plugin: Plugin, format: Format) {
    let mut rig = Rig::open(plugin, format);
    let input_default = rig.text("input");
    for (key, text) in settings(plugin) {
        rig.set(key, text);
    }
    let older = edited(format, &rig.save(), |state| {
        state["params"].as_object_mut().expect("params").remove("input");
    });
    let output = rig.text("output");
    let mut later = Rig::open(plugin, format);
    later.set("input", "7");
    assert!(later.load(&older), "an older state loads");
    assert_eq!(later.text("input"), input_default, "an absent parameter takes its default");
    assert_eq!(later.text("output"), output, "and the others are taken");
}

/// The key of a switch that an older version saved as a parameter is no parameter, and does no harm in a state.
fn monitoring_is_off_after_loading(plugin: Plugin, format: Format) {
    let mut rig = Rig::open(plugin, format);
    let state = edited(format, &rig.save(), |state| {
        let params = state["params"].as_object_mut().expect("params");
        for key in plugin.monitoring() {
            params.insert(key.to_owned(), serde_json::json!({ "bool": true }));
        }
    });
    let mut loaded = Rig::open(plugin, format);
    if format == Format::Clap {
        plugin.monitoring().into_iter().for_each(|key| loaded.listen(key, true));
    }
    assert!(loaded.load(&state), "the state of an older version loads");
    for key in plugin.monitoring() {
        assert!(!loaded.params().iter().any(|param| param.id == id_of(key)), "{key} is a parameter");
        if format == Format::Clap {
            assert!(!loaded.is_listening(key), "{key} after a session has loaded");
        }
    }
    for key in ["quality", "render_quality"].into_iter().filter(|key| plugin.has(key)) {
        assert!(!param(&mut loaded, key).is_automatable, "{key} is automatable");
    }
    assert!(param(&mut loaded, "bypass").is_bypass && param(&mut loaded, "bypass").is_automatable);
}

fn param(rig: &mut Rig, key: &str) -> Param {
    rig.params().into_iter().find(|param| param.id == id_of(key)).unwrap_or_else(|| panic!("no parameter {key}"))
}

fn texts_round_trip(plugin: Plugin, format: Format) {
    let mut rig = Rig::open(plugin, format);
    // What people type, and what it means, compared through the plugin's own words for it.
    for (key, typed, means) in [
        ("input", "-1.5", -1.5),
        ("input", "-1.5 dB", -1.5),
        ("input", "1,5", 1.5),
        ("input", "\u{2212}3", -3.0),
        ("input", "-inf", -24.0),
        ("output", "-2.3 dB", -2.3),
        ("input", "+2.3 dB", 2.3),
        ("mix", "40 %", 40.0),
        ("mix", "40", 40.0),
    ]
    .into_iter()
    .filter(|(key, ..)| plugin.has(key))
    {
        rig.set(key, typed);
        let text = rig.text(key);
        let number = host::number_in_text(&text).unwrap_or_else(|| panic!("{key}: no number in {text:?}"));
        assert!((number - means).abs() < 0.006, "{key}: {typed:?} was read as {text:?}");
    }
    for (key, typed, shown) in plugin.case().typed {
        rig.set(key, typed);
        assert_eq!(rig.text(key).trim(), *shown, "{key}: {typed:?}");
    }
    // Nothing that is no value is taken for one.
    let nonsense = [("input", "loud"), ("input", "3 Hz"), ("mix", "-3 dB"), ("quality", "Best"), ("input", "")];
    for (key, typed) in nonsense.into_iter().filter(|(key, _)| plugin.has(key)) {
        assert_eq!(rig.parse(key, typed), None, "{key} took {typed:?}");
    }
    // Whatever the plugin writes it reads, to the same words.
    let clap = format == Format::Clap;
    for param in rig.params() {
        let top = if clap { f64::from(param.steps.max(1)) } else { 1.0 };
        let count = if param.steps > 0 { param.steps } else { 40 };
        for n in 0..=count {
            let value = top * f64::from(n) / f64::from(count);
            let key = key_of(&mut rig, plugin, param.id);
            let words = rig.words(&key, value);
            let read = rig.parse(&key, &words).unwrap_or_else(|| panic!("{key}: cannot read its own {words:?}"));
            assert_eq!(rig.words(&key, read), words, "{key}: {words:?} was read as something else");
        }
    }
}

/// The key of an id: the golden list has them all.
fn key_of(_rig: &mut Rig, plugin: Plugin, id: u32) -> String {
    golden(plugin)
        .into_iter()
        .map(|entry| entry.key)
        .find(|key| id_of(key) == id)
        .expect("every id is in the golden list")
}

fn ports_are_as_promised(plugin: Plugin, format: Format) {
    let mut rig = Rig::open(plugin, format);
    for channels in [1, 2] {
        assert!(rig.try_layout(channels, false), "{channels} channels without a side chain");
        // In VST3 the number of buses never changes: a side chain that is not wanted has no channels.
        let has_sidechain = plugin.case().has_sidechain;
        let inputs: Vec<usize> = rig.ports(true).iter().map(|port| port.1).collect();
        let is_kept = format == Format::Vst3 && has_sidechain;
        assert_eq!(inputs, if is_kept { vec![channels, 0] } else { vec![channels] });
        assert_eq!(rig.ports(false).iter().map(|port| port.1).collect::<Vec<_>>(), [channels]);
        assert_eq!(rig.try_layout(channels, true), has_sidechain, "{channels} channels with a side chain");
        if has_sidechain {
            let ports = rig.ports(true);
            assert_eq!(ports.len(), 2);
            let name = if plugin == Plugin::Meter { "Reference" } else { "Sidechain" };
            assert_eq!(ports[1], (name.to_owned(), channels));
            rig.activate(48_000.0, 256);
            let audio: Audio = vec![noise(1, -12.0, 2000); channels];
            let side: Audio = vec![noise(2, -12.0, 2000); channels];
            let output = rig.run_with(&audio, Some(&side), &[], &[256]);
            assert!(rms(&output[0]) > 0.01, "{channels} channels with a side chain: no sound");
            rig.deactivate();
        }
    }
    assert!(!rig.try_layout(2, true) || plugin.case().has_sidechain);
}

/// One parameter of the golden list.
#[derive(Clone, Debug, PartialEq)]
struct Golden {
    key: String,
    param: Param,
}

fn golden_path(plugin: Plugin) -> PathBuf {
    let name = plugin.name().to_lowercase().replace(' ', "-");
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("golden/{name}.json"))
}

fn golden(plugin: Plugin) -> Vec<Golden> {
    let path = golden_path(plugin);
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let list: Vec<BTreeMap<String, Value>> = serde_json::from_slice(&text).expect("the golden list is JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    list.into_iter()
        .map(|entry| Golden {
            key: text(&entry["key"]),
            param: Param {
                id: entry["id"].as_u64().expect("an id") as u32,
                name: text(&entry["name"]),
                group: text(&entry["group"]),
                steps: entry["steps"].as_u64().expect("steps") as u32,
                default: text(&entry["default"]),
                min: text(&entry["min"]),
                max: text(&entry["max"]),
                is_automatable: entry["automatable"].as_bool().expect("a switch"),
                is_bypass: entry["bypass"].as_bool().expect("a switch"),
            },
        })
        .collect()
}

fn parameters_are_the_golden_ones(plugin: Plugin, format: Format) {
    let golden = golden(plugin);
    let mut rig = Rig::open(plugin, format);
    let params = rig.params();
    // Once released, an id, a range or a default never changes: sessions and automation rest on them. A new parameter is added
    // to the list; a line of it is never edited.
    assert_eq!(
        params.iter().map(|param| param.id).collect::<Vec<_>>(),
        golden.iter().map(|entry| entry.param.id).collect::<Vec<_>>(),
        "ids, in order, against {}",
        golden_path(plugin).display()
    );
    for (param, entry) in params.iter().zip(&golden) {
        assert_eq!(entry.param.id, id_of(&entry.key), "{}: the id is the hash of the key", entry.key);
        let bare = |text: &str| text.replace(' ', "");
        assert_eq!(
            Param { default: bare(&param.default), min: bare(&param.min), max: bare(&param.max), ..param.clone() },
            Param {
                default: bare(&entry.param.default),
                min: bare(&entry.param.min),
                max: bare(&entry.param.max),
                ..entry.param.clone()
            },
            "{}",
            entry.key
        );
    }
}

/// Prints the golden list of a plugin that has none yet: `cargo test -p suite-tests --test state -- --ignored --nocapture`,
/// with the plugin in `TWOBUS_PLUGIN` and its keys in `TWOBUS_KEYS`, separated by commas.
#[test]
#[ignore = "makes a golden list; run by hand for a new plugin"]
fn print_golden_list() {
    let keys = std::env::var("TWOBUS_KEYS").expect("TWOBUS_KEYS");
    let name = std::env::var("TWOBUS_PLUGIN").expect("TWOBUS_PLUGIN, as in `Glue`");
    let plugin = Plugin::ALL.into_iter().find(|plugin| format!("{plugin:?}") == name).expect("a plugin of the suite");
    let list: Vec<Value> = Rig::open(plugin, Format::Clap)
        .params()
        .into_iter()
        .map(|param| {
            serde_json::json!({
                "key": keys.split(',').find(|key| id_of(key) == param.id).expect("a key for every id"),
                "id": param.id,
                "name": param.name,
                "group": param.group,
                "steps": param.steps,
                "default": param.default,
                "min": param.min,
                "max": param.max,
                "automatable": param.is_automatable,
                "bypass": param.is_bypass,
            })
        })
        .collect();
    std::fs::write(golden_path(plugin), serde_json::to_string_pretty(&list).expect("JSON") + "\n").expect("written");
}

#[test]
fn clap_metadata_says_what_the_job_is() {
    for plugin in Plugin::ALL {
        let descriptor = testkit::rig::clap_bundle(plugin).plugins().remove(0);
        assert_eq!(descriptor.name, plugin.name());
        assert_eq!(descriptor.vendor, "Twobus");
        for feature in plugin.case().features {
            assert!(descriptor.features.iter().any(|have| have == feature), "{plugin:?} is no {feature}");
        }
    }
}

#[test]
fn vst3_metadata_says_what_the_job_is() {
    for plugin in Plugin::ALL {
        let class = testkit::rig::module(plugin).classes().remove(0);
        assert_eq!((class.name.as_str(), class.vendor.as_str()), (plugin.name(), "Twobus"));
        assert!(
            class.sub_categories.split('|').any(|have| have == plugin.case().category),
            "{plugin:?}: {}",
            class.sub_categories
        );
        assert!(class.sub_categories.starts_with("Fx"), "{plugin:?}: {}", class.sub_categories);
    }
}

#[test]
fn remote_pages_name_real_parameters() {
    for plugin in Plugin::ALL {
        let mut rig = Rig::open(plugin, Format::Clap);
        let ids: Vec<u32> = rig.params().iter().map(|param| param.id).collect();
        let pages = rig.clap().expect("a CLAP rig").remote_pages();
        assert!(!pages.is_empty(), "{plugin:?} has no page for a hardware controller");
        for page in &pages {
            assert!(page.params.iter().flatten().all(|id| ids.contains(id)), "{plugin:?}: {page:?}");
            assert!(page.params.iter().flatten().count() > 0, "{plugin:?}: an empty page");
        }
        let first: Vec<u32> = pages[0].params.iter().flatten().copied().collect();
        for key in plugin.case().first_page {
            assert!(first.contains(&id_of(key)), "{plugin:?}: the first page lacks {key}");
        }
    }
}

testkit::everywhere!(
    absent_parameters_take_defaults,
    bad_states_change_nothing,
    monitoring_is_off_after_loading,
    parameters_are_the_golden_ones,
    ports_are_as_promised,
    state_round_trips,
    texts_round_trip,
    values_out_of_range_come_back_into_it,
);
