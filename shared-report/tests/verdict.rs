//! Verdicts: where it fails, by how much, and what gain would pass.

use shared_dsp::loudness::{Event, Places, Readings};
use shared_report::{Cause, Facts, Kind, Programme, Report, Targets, Verdict, judge};

/// A song of a loudness and a true peak.
fn song(integrated_lufs: f64, true_peak_dbtp: f64) -> Programme {
    Programme {
        facts: Facts { sample_rate_hz: 44_100, channels: 2, bits: Some(16), duration_s: 180.0 },
        readings: Readings {
            integrated_lufs: Some(integrated_lufs),
            max_momentary_lufs: Some(integrated_lufs + 5.0),
            max_short_term_lufs: Some(integrated_lufs + 3.0),
            true_peak_dbtp: Some(true_peak_dbtp),
            sample_peak_dbfs: Some(true_peak_dbtp - 0.3),
            correlation: Some(0.6),
            low_end_width: Some(0.01),
            ..Readings::default()
        },
        places: Places { true_peak_s: Some(62.34), max_short_term_s: Some(100.0), ..Places::default() },
        ..Programme::default()
    }
}

fn verdict(name: &str, programme: &Programme) -> Verdict {
    let targets = Targets::built_in();
    judge(targets.find(name).unwrap_or_else(|error| panic!("{error}")), programme)
}

/// The gain that is told does pass, and a hundredth of a decibel less does not.
#[track_caller]
fn assert_least_gain(name: &str, programme: &Programme) {
    let gain = verdict(name, programme).gain_to_pass_db.expect("a gain that passes");
    let with = |gain: f64| {
        let readings = &programme.readings;
        let mut other = song(readings.integrated_lufs.unwrap() + gain, readings.true_peak_dbtp.unwrap() + gain);
        other.facts = programme.facts;
        verdict(name, &other).pass == Some(true)
    };
    assert!(with(gain), "{name}: {gain} dB does not pass");
    // The tolerance of 0.05 dB is not given away.
    assert!(!with(gain - 0.07 * gain.signum()), "{name}: less than {gain} dB passes too");
}

#[test]
fn a_failure_says_where_by_how_much_and_what_gain_would_pass() {
    let hot = song(-14.0, 0.31);
    let verdict = verdict("youtube", &hot);
    assert_eq!(verdict.pass, Some(false));
    assert_eq!(
        verdict.reasons,
        [
            "true peak 0.31 dBTP at 1:02.3 is 1.31 dB above the -1.0 dBTP allowed".to_string(),
            "-1.31 dB of gain would pass".into()
        ]
    );
    assert_eq!(verdict.gain_to_pass_db, Some(-1.31));
    assert_eq!(verdict.failures[0].limit, "max_true_peak_dbtp");
    assert_eq!(verdict.failures[0].at_s, Some(62.34));
    assert!((verdict.failures[0].by.unwrap() - 1.31).abs() < 1e-9);
    assert!((verdict.headroom_db.unwrap() + 1.31).abs() < 1e-9);
    assert_eq!(verdict.playback_gain_db, Some(0.0));
}

#[test]
fn loudness_and_peak_together_find_the_least_gain_or_none() {
    for (name, lufs, peak) in [
        ("r128", -9.0, -0.1),
        ("r128", -30.0, -20.0),
        ("r128-s2", -14.0, -1.5),
        ("spotify", -9.0, -1.0),
        ("spotify", -14.3, 0.2),
    ] {
        assert_least_gain(name, &song(lufs, peak));
    }
    // Raised to -23.2 LUFS the peak would stand at 1.8 dBTP: gain alone cannot do it.
    let verdict = verdict("r128", &song(-30.0, -5.0));
    assert_eq!(verdict.gain_to_pass_db, None);
    assert_eq!(verdict.reasons.last().map(String::as_str), Some("no gain alone would pass"));
    assert!(verdict.reasons[0].contains("6.80 LU below the -23.2 LUFS"), "{:?}", verdict.reasons);
}

/// Spotify asks for another decibel from programmes louder than -14 LUFS.
#[test]
fn louder_programmes_need_more_room_at_spotify() {
    assert_eq!(verdict("spotify", &song(-14.0, -1.0)).pass, Some(true));
    assert_eq!(verdict("spotify", &song(-9.0, -2.0)).pass, Some(true));
    let loud = verdict("spotify", &song(-9.0, -1.0));
    assert_eq!(loud.pass, Some(false));
    assert_eq!(loud.failures[0].limit, "max_true_peak_when_louder_dbtp");
    assert_eq!(loud.gain_to_pass_db, Some(-1.0));
    assert_eq!((loud.playback_gain_db, loud.playback_true_peak_dbtp), (Some(-5.0), Some(-6.0)));
}

/// The limits of EBU R 128, to the width of the tolerance.
#[test]
fn r128_passes_within_its_tolerance_and_not_beyond() {
    for (lufs, peak, pass) in [
        (-23.0, -1.0, true),
        (-23.2, -3.0, true),
        (-22.8, -3.0, true),
        (-23.3, -3.0, false),
        (-22.7, -3.0, false),
        (-23.0, -0.9, false),
        (-23.0, -0.96, true),
    ] {
        assert_eq!(verdict("r128", &song(lufs, peak)).pass, Some(pass), "{lufs} LUFS, {peak} dBTP");
    }
    assert_eq!(verdict("r128-live", &song(-23.9, -1.0)).pass, Some(true));
    // Short-form: the loudest 3 s may not pass -18 LUFS.
    let mut spot = song(-23.0, -2.0);
    spot.readings.max_short_term_lufs = Some(-17.5);
    let failed = verdict("r128-s1", &spot);
    assert!(failed.reasons[0].contains("short-term loudness -17.50 LUFS at 1:40.0 is 0.50 LU above"), "{failed:?}");
    assert_eq!(failed.gain_to_pass_db, Some(-0.5));
}

#[test]
fn formats_and_advice_are_judged_too() {
    let mut disc = song(-9.0, 0.0);
    assert_eq!(verdict("cd", &disc).pass, Some(true));
    disc.facts.sample_rate_hz = 48_000;
    disc.facts.bits = Some(24);
    let failed = verdict("cd", &disc);
    assert!(failed.pass == Some(false) && failed.gain_to_pass_db.is_none());
    assert!(failed.reasons[0].contains("48000 Hz; allowed: 44100"), "{failed:?}");
    assert!(failed.reasons[1].contains("24 bits; allowed: 16"), "{failed:?}");

    let mut side = song(-12.0, -1.0);
    assert_eq!(verdict("vinyl", &side).pass, Some(true));
    side.readings.correlation = Some(-0.2);
    side.readings.low_end_width = Some(0.4);
    side.readings.clipped_samples = 3;
    side.clips = vec![Event { start_s: 7.5, length_s: 0.01, channel: 0, peak: 1.0, clipped_samples: 3 }];
    side.facts.duration_s = 1500.0;
    let failed = verdict("vinyl", &side);
    let limits: Vec<_> = failed.failures.iter().map(|failure| failure.limit).collect();
    assert_eq!(limits, ["min_correlation", "max_low_end_width", "max_clipped_samples", "max_duration_s"]);
    assert!(failed.reasons[2].contains("3 samples at full scale, the worst at 0:07.5"), "{failed:?}");
    assert!(failed.reasons[3].contains("25:00.0 is above the 22:00.0"), "{failed:?}");
}

/// No value is neither silent nor good: what a target asks for and nobody could measure leaves the verdict open.
#[test]
fn what_was_not_measured_neither_passes_nor_fails() {
    let silence = Programme { facts: song(0.0, 0.0).facts, ..Programme::default() };
    let targets = Targets::built_in();
    for target in targets.iter().filter(|target| target.name != "cd") {
        let verdict = judge(target, &silence);
        let expected = if target.name == "apple-digital-masters" { Some(false) } else { None };
        assert_eq!(verdict.pass, expected, "{}: 16 bits alone fail", target.name);
        assert_eq!(verdict.not_measured, ["not measured: there is only silence"], "{}", target.name);
        assert_eq!(verdict.gain_to_pass_db, None);
    }
    // A disc asks for a format alone, and silence has one.
    assert_eq!(verdict("cd", &silence).pass, Some(true));

    // A tone of 0.3 s has peaks, but no loudness.
    let mut short = song(0.0, -20.0);
    short.facts.duration_s = 0.3;
    short.readings.integrated_lufs = None;
    short.readings.max_short_term_lufs = None;
    let r128 = verdict("r128-s1", &short);
    assert_eq!(r128.pass, None);
    assert_eq!(
        r128.not_measured,
        [
            "integrated loudness not measured: too short to measure (0.300 s; loudness takes 0.4 s)",
            "short-term loudness not measured: too short (0.300 s; it takes 3 s)"
        ]
    );
    // What fails, fails all the same.
    short.readings.true_peak_dbtp = Some(0.5);
    let r128 = verdict("r128-s1", &short);
    assert!(r128.pass == Some(false) && r128.gain_to_pass_db.is_none(), "{r128:?}");
    let mut quiet = song(0.0, -75.0);
    quiet.readings.integrated_lufs = None;
    assert!(verdict("r128", &quiet).not_measured[0].contains("too quiet"), "{:?}", verdict("r128", &quiet));
}

/// The gain that is told for all streaming targets passes every one, and each cause is told once.
#[test]
fn the_summary_counts_and_finds_one_gain_for_all_streaming() {
    let targets = Targets::built_in();
    let all: Vec<_> = targets.iter().collect();
    let report = Report::new("hot", song(-9.0, 0.2), &all);
    let summary = &report.summary;
    assert_eq!(summary.of(), all.len());
    let gain = summary.streaming_gain_db.expect("a gain");
    let streaming = || all.iter().filter(|target| target.kind == Kind::Streaming);
    let passes = |gain: f64| streaming().all(|target| judge(target, &song(-9.0 + gain, 0.2 + gain)).pass == Some(true));
    assert!(passes(gain) && !passes(gain + 0.07), "{gain}");
    assert_eq!(
        summary.streaming().as_deref(),
        Some(format!("{gain:+.2} dB would pass all {} streaming targets", streaming().count()).as_str())
    );
    let causes = Cause::all_of(&report.targets);
    for cause in &causes {
        assert_eq!(causes.iter().filter(|other| other.text == cause.text).count(), 1);
        assert!(!cause.targets.is_empty());
    }
    let failures: usize = report.targets.iter().map(|judged| judged.verdict.failures.len()).sum();
    assert_eq!(causes.iter().map(|cause| cause.targets.len()).sum::<usize>(), failures);
    let page = report.html();
    for cause in &causes {
        let words = cause.text.split(" dBTP").next().expect("words").replace(" -", " \u{2212}");
        assert!(page.contains(&words), "{words}");
    }
}
