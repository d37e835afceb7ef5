use nice_plug::prelude::{Param as _, Params as _};

use super::*;
use crate::features::Features;
use crate::monitoring::Monitoring;
use crate::probe::ProbeParams;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    Bell,
    Shelf,
}

const BANDS: usize = 32;

crate::params! {
    struct Band(index: usize) {
        /// Whether it works.
        on: Switch = switch("On", false),
        /// What it does.
        ///
        /// For programmers.
        shape: Choice<Shape> = choice("Shape", Shape::Shelf, &[("Bell", Shape::Bell), ("Shelf", Shape::Shelf)]),
        /// Where it
        /// works.
        frequency: Float = frequency_hz("Frequency", 100.0 * (index + 1) as f32, 20.0..=20_000.0),
        /// How much.
        gain: Float = level_db("Gain", 0.0, -18.0..=18.0),
    }
}

crate::params! {
    struct Equaliser {
        group "Bands" {
            /// All of them.
            bands: [Band; BANDS] = bands("band", "Band").numbered(),
        }
    }
}

#[test]
fn a_hundred_and_twenty_eight_parameters_are_declared_as_four() {
    let params = AllParams::<Equaliser>::new(
        "org.twobus.equaliser",
        24.0,
        Features::EFFECT,
        true,
        Monitoring::new(Features::EFFECT, &[]),
    );
    let own = params.product.parameters();
    assert_eq!(own.len(), 128);
    let ids: std::collections::BTreeSet<&str> = params.parameters().iter().map(|field| field.about().id()).collect();
    assert_eq!(ids.len(), 128 + 6, "each has an id of its own, the shell's six too");

    let fields = [("on", "On"), ("shape", "Shape"), ("frequency", "Frequency"), ("gain", "Gain")];
    for (n, parameter) in own.iter().enumerate() {
        let (band, (field, name)) = (n / 4 + 1, fields[n % 4]);
        assert_eq!(parameter.about().id(), format!("band{band}_{field}"));
        assert_eq!(parameter.about().group(), format!("Bands/Band {band}"));
        let param = parameter.ptr();
        // SAFETY: `params` is alive.
        assert_eq!(unsafe { param.name() }, format!("Band {band} {name}"));
    }
    // What nice-plug is given is the same, between the shell's.
    let map = params.param_map();
    assert_eq!((map[0].0.as_str(), map[1].0.as_str(), map[128].0.as_str()), ("input", "band1_on", "band32_gain"));
    assert_eq!((map[0].2.as_str(), map[128].2.as_str()), ("Levels", "Bands/Band 32"));
    assert!(map[128].1 == params.product.bands[31].gain.as_ptr());

    assert_eq!(params.product.bands[0].frequency.get(), 100.0);
    assert_eq!(params.product.bands[31].frequency.get(), 3200.0, "a default of its own");
    assert_eq!(params.product.bands[7].shape.get(), Shape::Shelf);
    // SAFETY: `params` is alive, and nobody else has it.
    assert!(unsafe { map[66].1._internal_set_normalized_value(0.0) });
    assert_eq!(map[66].0, "band17_shape");
    let bells = params.product.bands.iter().map(|band| band.shape.get() == Shape::Bell);
    assert_eq!(bells.enumerate().filter(|(_, is_bell)| *is_bell).collect::<Vec<_>>(), [(16, true)]);
}

#[test]
fn the_tooltip_is_the_first_paragraph() {
    let params = Equaliser::declared(());
    let band = &params.bands[0];
    assert_eq!(band.shape.about().hint(), "What it does.");
    assert_eq!(band.frequency.about().hint(), "Where it works.");
}

crate::params! {
    struct Words {
        /// A depth.
        range: Float = number("Range", " dB", 24.1, 0.0..=24.1).word_above("Off", 24.0, 0.05),
        /// A frequency.
        high_pass: Float = frequency_hz("High-pass", 19.0, 19.0..=500.0).skewed(-1.2).word_below("Off", 20.0, 0.05),
        /// A level without a word.
        target: Float = level("Target", " LUFS", -14.0, -36.0..=-5.0).not_automatable(),
    }
}

fn shown(float: &Float, typed: &str) -> Option<String> {
    let value = float.string_to_normalized_value(typed)?;
    Some(float.normalized_value_to_string(value, true))
}

#[test]
fn the_end_of_a_range_is_a_word_and_a_number_never_means_it() {
    let words = Words::declared(());
    for (typed, means) in [
        ("off", "Off"),
        ("OFF ", "Off"),
        ("inf", "Off"),
        ("24.1 dB", "24.0 dB"),
        ("30", "24.0 dB"),
        ("6,5 dB", "6.5 dB"),
        ("-3", "0.0 dB"),
        ("-inf", "0.0 dB"),
    ] {
        assert_eq!(shown(&words.range, typed).as_deref(), Some(means), "range {typed}");
    }
    for (typed, means) in [("Off", "Off"), ("19", "20.0 Hz"), ("0", "20.0 Hz"), ("-inf", "Off"), ("2k", "500 Hz")] {
        assert_eq!(shown(&words.high_pass, typed).as_deref(), Some(means), "high-pass {typed}");
    }
    // Between the last number and the word.
    let range = words.range.normalized_value_to_string(24.03 / 24.1, true);
    assert_eq!((range.as_str(), shown(&words.range, &range).as_deref()), ("24.0 dB", Some("24.0 dB")));
    assert_eq!(shown(&words.target, "-16.5lufs").as_deref(), Some("-16.5 LUFS"));
    for typed in ["auto", "", "3 Hz"] {
        assert_eq!(shown(&words.range, typed), None, "{typed}");
        assert_eq!(shown(&words.target, typed), None, "{typed}");
    }
}

#[test]
fn settings_and_text_agree_on_where_the_word_begins() {
    let words = Words::declared(());
    assert_eq!((words.range.number(), words.high_pass.number()), (None, None), "the defaults");
    assert_eq!(words.target.number(), Some(-14.0), "without a word there is always a number");
    for float in [&words.range, &words.high_pass] {
        let mut turns = 0;
        let mut was_word = float.normalized_value_to_string(0.0, true) == "Off";
        for n in 0..=20_000 {
            // SAFETY: `words` is alive, and nobody else has it.
            unsafe { float.ptr()._internal_set_normalized_value(n as f32 / 20_000.0) };
            let is_word = float.to_string() == "Off";
            assert_eq!(float.number().is_none(), is_word, "{} at {}", float.about().id(), float.value());
            turns += usize::from(is_word != was_word);
            was_word = is_word;
        }
        assert_eq!(turns, 1, "one end of the range is the word");
    }
}

#[test]
fn what_was_declared_reaches_the_framework() {
    use nice_plug::prelude::ParamFlags;
    let words = Words::declared(());
    assert_eq!(words.target.flags(), ParamFlags::NON_AUTOMATABLE);
    assert_eq!(words.range.flags(), ParamFlags::empty());
    let shell = ShellParams::declared(0.0);
    assert!(shell.bypass.flags() == ParamFlags::BYPASS && shell.quality.flags() == ParamFlags::NON_AUTOMATABLE);
    assert_eq!(shown(&shell.output, "3").as_deref(), Some("0.0 dB"), "the top was given");
    for parameter in [&shell.quality as &dyn Parameter, &shell.render_quality] {
        assert_eq!(parameter.about().scope(), Scope::Mode, "{}", parameter.about().id());
    }
    let probe = ProbeParams::declared(());
    let kept = [&shell.mix as &dyn Parameter, &probe.amount, &probe.later];
    let of_session =
        [&shell.input as &dyn Parameter, &shell.output, &shell.bypass, &shell.quality, &shell.render_quality];
    assert!(kept.iter().all(|parameter| parameter.about().is_in_presets()));
    assert!(!of_session.iter().any(|parameter| parameter.about().is_in_presets()));
}

fn ids_with(features: Features, has_quality: bool) -> Vec<String> {
    let monitoring = Monitoring::new(features, &[]);
    let params = AllParams::<ProbeParams>::new("org.twobus.probe", 24.0, features, has_quality, monitoring);
    params.param_map().into_iter().map(|(id, ..)| id).collect()
}

#[test]
fn each_feature_has_its_parameters_and_no_other() {
    assert_eq!(ids_with(Features::NONE, false), ["input", "amount", "later", "output", "bypass"]);
    let mix = Features { mix: true, ..Features::NONE };
    assert_eq!(ids_with(mix, false), ["input", "amount", "later", "mix", "output", "bypass"]);
    let with_quality = ["input", "amount", "later", "output", "bypass", "quality", "render_quality"];
    assert_eq!(ids_with(Features::NONE, true), with_quality);
    for silent in [
        Features { delta: true, ..Features::NONE },
        Features { compare: true, ..Features::NONE },
        Features { match_gain: true, ..Features::NONE },
        Features { sidechain: true, ..Features::NONE },
    ] {
        assert_eq!(ids_with(silent, false), ["input", "amount", "later", "output", "bypass"], "{silent:?}");
    }
}

#[test]
fn a_render_has_its_own_quality_or_that_of_playback() {
    use shared_dsp::Quality;
    let shell = ShellParams::declared(24.0);
    let set = |parameter: &dyn Parameter, index: i32| {
        let param = parameter.ptr();
        // SAFETY: `shell` is alive, and nobody else has it.
        unsafe { param._internal_set_normalized_value(param.preview_normalized(index as f32)) };
    };
    set(&shell.quality, 1);
    assert_eq!((shell.quality(false), shell.quality(true)), (Quality::Live, Quality::Live));
    set(&shell.render_quality, 4);
    assert_eq!((shell.quality(false), shell.quality(true)), (Quality::Live, Quality::High));
}

/// What reads nothing again where nothing was counted must not miss anything.
#[test]
fn every_change_is_counted_once() {
    let monitoring = Monitoring::new(Features::EFFECT, &[]);
    let params = AllParams::<Equaliser>::new("org.twobus.equaliser", 24.0, Features::EFFECT, true, monitoring);
    let mut count = params.changes.count();
    let mut expect = |changes: u32, what: &str| {
        assert_eq!(params.changes.count().wrapping_sub(count), changes, "{what}");
        count = params.changes.count();
    };
    for parameter in params.parameters() {
        let (id, param) = (parameter.about().id(), parameter.ptr());
        // SAFETY: `params` is alive, and nobody else has it.
        let (is_now, is_again) = unsafe {
            let to = if param.unmodulated_normalized_value() < 0.5 { 1.0 } else { 0.0 };
            (param._internal_set_normalized_value(to), param._internal_set_normalized_value(to))
        };
        assert!(is_now && !is_again, "{id}");
        expect(1, id);
    }
    // SAFETY: as above.
    assert!(unsafe { params.shell.mix.as_ptr()._internal_modulate_value(0.25) });
    expect(1, "a host's modulation");
    params.monitoring.set("delta", true);
    expect(1, "a listening aid");
    params.monitoring.clear();
    expect(1, "all of them off");
}
