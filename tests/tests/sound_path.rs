//! The shell's sound path (bypass, trims, mix, delta, compare, latency, safety, block splits), on every plugin in both
//! formats: each test below runs four times.

use testkit::analysis::{click_db, db, delayed, first_difference, loudness_lufs, max_difference, peak, rms, spectrum};
use testkit::rig::id_of;
use testkit::signals::{Audio, Random, gain, impulse, noise, programme, sine, stereo_noise};
use testkit::{Event, Format, Plugin, Rig};

const RATES_HZ: [f64; 6] = [44_100.0, 48_000.0, 88_200.0, 96_000.0, 176_400.0, 192_000.0];

fn with<'a>(settings: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    settings.iter().chain(more).copied().collect()
}

/// The first frame where an output is not the input, delayed, to the bit; `None` if it is all the way from `from` on.
fn null_breaks_at(output: &Audio, input: &Audio, latency: usize, from: usize) -> Option<(usize, f32, f32)> {
    output.iter().zip(input).find_map(|(output, input)| {
        let expected = delayed(input, latency);
        first_difference(&output[from..], &expected[from..]).map(|(at, a, b)| (at + from, a, b))
    })
}

fn bypass_is_the_delayed_input(plugin: Plugin, format: Format) {
    for rate in RATES_HZ {
        for &mode in plugin.modes() {
            let settings = with(plugin.case().working, mode);
            let mut rig = Rig::ready(plugin, format, rate, &settings);
            let latency = rig.latency();
            let fade = (0.015 * rate).ceil() as usize;
            let frames = (0.2 * rate) as usize + latency;
            let input = stereo_noise(3, -6.0, frames);
            // Automation goes on under the bypass, and must neither be heard nor hold the fade up.
            let start = (0.05 * rate) as usize + 17 + latency;
            let mut events = vec![rig.event(start, "bypass", "On")];
            events.extend((0..frames / 48).map(|n| {
                let text = if n % 2 == 0 { "-3" } else { "5" };
                rig.event(n * 48, "output", text)
            }));
            let output = rig.run_with(&input, None, &events, &[333]);
            assert_eq!(
                null_breaks_at(&output, &input, latency, start + fade + 1),
                None,
                "{rate} Hz {mode:?}: after the fade"
            );
            let before = max_difference(&output[0][..start], &delayed(&input[0], latency)[..start]);
            assert!(before > 0.01, "the test is void unless the plugin was at work before: {before}");
        }
    }
}

fn bypass_from_the_start_is_exact(plugin: Plugin, format: Format) {
    for rate in [44_100.0, 192_000.0] {
        let mut rig = Rig::ready(plugin, format, rate, &with(plugin.case().working, &[("bypass", "On")]));
        let latency = rig.latency();
        let mut input = stereo_noise(5, 0.0, 20_000);
        // Subnormal input is flushed even here; anything audible passes to the bit.
        input[0][4000..6000].iter_mut().for_each(|x| *x *= 1e-39);
        let output = rig.run(&input);
        for (channel, (output, input)) in output.iter().zip(&input).enumerate() {
            assert!(output.iter().all(|x| !x.is_subnormal()), "{rate} Hz: a subnormal came through bypass");
            let flushed: Vec<f32> = input.iter().map(|&x| if x.is_subnormal() { 0.0 } else { x }).collect();
            assert_eq!(first_difference(output, &delayed(&flushed, latency)), None, "{rate} Hz, channel {channel}");
        }
    }
}

fn bypass_does_not_click(plugin: Plugin, format: Format) {
    let rate = 48_000.0;
    let mut rig = Rig::ready(plugin, format, rate, &with(plugin.case().idle, &[("output", "-6")]));
    let frames = 48_000;
    let input: Audio = vec![sine(rate, 1000.0, -20.0, frames); 2];
    // Seven switches at different phases of the sine.
    let events: Vec<Event> =
        (0..7).map(|n| rig.event(5000 + n * 5011, "bypass", if n % 2 == 0 { "On" } else { "Off" })).collect();
    let output = rig.run_with(&input, None, &events, &[64]);
    let heard = click_db(&output[0][2000..], rate, 1000.0);
    assert!(heard < -60.0, "a click of {heard:.1} dB");
    // The detector detects: the same switches, hard.
    let mut hard = input[0].clone();
    hard[10_017..20_011].iter_mut().for_each(|x| *x *= 0.5);
    let seen = click_db(&hard, rate, 1000.0);
    assert!(seen > -30.0, "the click detector missed a hard switch: {seen:.1} dB");
}

fn trims_are_exact(plugin: Plugin, format: Format) {
    let input = stereo_noise(8, -50.0, 9600);
    for (key, max_db) in [("input", 24.0), ("output", plugin.case().output_max_db)] {
        let range = |text: &&str| text.parse::<f64>().is_ok_and(|db| db <= max_db);
        for text in ["-24", "-6", "-0.1", "0.1", "0.3", "6", "24"].into_iter().filter(range) {
            let mut rig = Rig::ready(plugin, format, 48_000.0, &with(plugin.case().idle, &[(key, text)]));
            let latency = rig.latency();
            let output = rig.run(&input);
            let factor = gain(text.parse().expect("a number"));
            for (output, input) in output.iter().zip(&input) {
                let expected: Vec<f32> =
                    delayed(input, latency).iter().map(|&x| (f64::from(x) * factor) as f32).collect();
                let error = max_difference(output, &expected) / peak(&expected);
                // 0.001 dB, of which the single precision of the parameter takes the most.
                assert!(error < 1.15e-4, "{key} {text} dB is off by {:.5} dB", db(1.0 + error));
            }
        }
    }
}

fn mix_0_is_the_aligned_dry(plugin: Plugin, format: Format) {
    if !plugin.has("mix") {
        return;
    }
    for rate in [44_100.0, 96_000.0, 192_000.0] {
        for &mode in plugin.modes() {
            let settings = with(plugin.case().working, &with(mode, &[("mix", "0"), ("input", "0"), ("output", "0")]));
            let mut rig = Rig::ready(plugin, format, rate, &settings);
            let latency = rig.latency();
            let input = stereo_noise(9, -10.0, 20_000);
            let output = rig.run(&input);
            assert_eq!(null_breaks_at(&output, &input, latency, 0), None, "{rate} Hz {mode:?}");
        }
    }
}

fn mix_is_flat(plugin: Plugin, format: Format) {
    if !plugin.has("mix") {
        return;
    }
    // Response to white noise: output spectrum over input spectrum, the processing itself doing nothing. Any misalignment of
    // wet and dry is a comb. A tape machine never does nothing: quiet enough it bends nothing, and a mix must lie on the line
    // from the dry to its own response, but for what the head bump turns the phase at the lowest frequencies.
    let (is_flat_alone, level_db, most_db) =
        if plugin == Plugin::Tape { (false, -64.0, 0.05) } else { (true, -24.0, 0.01) };
    let frames = 1 << 14;
    // A periodic noise, so that the FFT of one period is exact; the second period is the settled one.
    let one = noise(21, level_db, frames);
    let signal: Vec<f32> = one.iter().chain(&one).chain(&one).copied().collect();
    let dry = spectrum(&one);
    for rate in [44_100.0, 96_000.0] {
        let (low, high) = ((20.0 / rate * frames as f64) as usize, (20_000.0 / rate * frames as f64) as usize);
        for &mode in plugin.modes() {
            let response = |mix: &str| -> Vec<f64> {
                let mut rig = Rig::ready(plugin, format, rate, &with(plugin.case().idle, &with(mode, &[("mix", mix)])));
                let latency = rig.latency();
                let output = rig.run(&vec![signal.clone(), signal.clone()]);
                let wet = spectrum(&output[0][frames + latency..2 * frames + latency]);
                (low.max(1)..high).map(|bin| wet[bin].norm() / dry[bin].norm()).collect()
            };
            let wet = response("100");
            assert!(
                !is_flat_alone || wet.iter().all(|gain| db(*gain).abs() < 0.01),
                "{rate} Hz {mode:?}: not flat alone"
            );
            for (mix, share) in [("0", 0.0), ("25", 0.25), ("50", 0.5), ("75", 0.75)] {
                for (n, (got, wet)) in response(mix).iter().zip(&wet).enumerate() {
                    let off = db(got / (1.0 - share + share * wet));
                    let bin = low.max(1) + n;
                    assert!(off.abs() < most_db, "{rate} Hz {mode:?}, mix {mix} %: {off:.4} dB off in bin {bin}");
                }
            }
        }
    }
}

/// What is for listening only is reached through CLAP; a VST3 host has nothing to reach it by.
fn has_no_monitoring_parameter(rig: &mut Rig, plugin: Plugin) {
    let ids: Vec<u32> = rig.params().iter().map(|param| param.id).collect();
    for key in plugin.monitoring() {
        assert!(!ids.contains(&id_of(key)), "{key} is a parameter");
    }
}

fn delta_is_wet_minus_dry(plugin: Plugin, format: Format) {
    if format == Format::Vst3 {
        return has_no_monitoring_parameter(&mut Rig::open(plugin, format), plugin);
    }
    if !plugin.has("delta") {
        return;
    }
    for &mode in plugin.modes() {
        let settings = with(plugin.case().working, &with(mode, &[("input", "0")]));
        let input = stereo_noise(13, -10.0, 30_000);
        let mut rig = Rig::ready(plugin, format, 48_000.0, &settings);
        let latency = rig.latency();
        let wet = rig.run(&input);
        let mut rig = Rig::ready(plugin, format, 48_000.0, &settings);
        rig.listen("delta", true);
        let delta = rig.run(&input);
        for channel in 0..2 {
            let rest: Vec<f32> = wet[channel].iter().zip(&delta[channel]).map(|(wet, delta)| wet - delta).collect();
            let error = max_difference(&rest, &delayed(&input[channel], latency));
            assert!(error < 1.2e-7, "{mode:?}: {error:e}");
            assert!(rms(&delta[channel]) > 1e-3, "the test is void unless there is a difference to hear");
        }
    }
}

fn compare_matches_loudness(plugin: Plugin, format: Format) {
    if format == Format::Vst3 {
        return has_no_monitoring_parameter(&mut Rig::open(plugin, format), plugin);
    }
    let rate = 48_000.0;
    let seconds = |s: f64| (s * rate) as usize;
    // Every second of the programme is as loud as any other, so that the judge may listen to a later passage.
    let input = programme(rate, 1.0, seconds(13.0));
    let settings = plugin.case().louder;
    // The switch is pressed after 5 s of programme; where no window is open, the learning of 3 s begins there.
    let later = |audio: &Audio| -> Audio { audio.iter().map(|channel| channel[seconds(9.0)..].to_vec()).collect() };
    let mut rig = Rig::ready(plugin, format, rate, settings);
    let wet = rig.run(&input);
    let mut rig = Rig::ready(plugin, format, rate, settings);
    let latency = rig.latency();
    let (first, then): (Audio, Audio) = input
        .iter()
        .map(|channel| {
            let (first, then) = channel.split_at(seconds(5.0));
            (first.to_vec(), then.to_vec())
        })
        .unzip();
    let mut compared = rig.run(&first);
    rig.listen("compare", true);
    for (channel, rest) in compared.iter_mut().zip(rig.run(&then)) {
        channel.extend(rest);
    }
    let (wet_lufs, compared_lufs) = (loudness_lufs(&later(&wet), rate), loudness_lufs(&later(&compared), rate));
    let dry_lufs = loudness_lufs(&later(&input), rate);
    assert!((wet_lufs - dry_lufs).abs() > 1.0, "the test is void unless wet and dry differ in loudness");
    assert!((wet_lufs - compared_lufs).abs() < 0.1, "wet {wet_lufs:.2} LUFS, compared {compared_lufs:.2} LUFS");
    // And what is compared is the dry: one constant gain away from the input.
    let end = seconds(12.0)..seconds(12.9);
    let factor = f64::from(compared[0][seconds(12.0) + 77]) / f64::from(input[0][seconds(12.0) + 77 - latency]);
    let expected: Vec<f32> = delayed(&input[0], latency).iter().map(|&x| (f64::from(x) * factor) as f32).collect();
    let error = max_difference(&compared[0][end.clone()], &expected[end]);
    assert!(error < 1e-5, "the compared side is not the dry: {error:e}");
}

/// What the limiter does is heard without its gain, and a render has the gain in it.
fn unity_gain_keeps_the_loudness_of_the_dry(plugin: Plugin, format: Format) {
    if format == Format::Vst3 {
        return has_no_monitoring_parameter(&mut Rig::open(plugin, format), plugin);
    }
    if !plugin.has("unity_gain") {
        return;
    }
    let rate = 48_000.0;
    let seconds = |s: f64| (s * rate) as usize;
    let input = programme(rate, 1.0, seconds(10.0));
    let later = |audio: &Audio| -> Audio { audio.iter().map(|channel| channel[seconds(6.0)..].to_vec()).collect() };
    let settings = [("gain", "9"), ("ceiling", "-3"), ("input", "-2")];
    let mut rig = Rig::ready(plugin, format, rate, &settings);
    let wet_lufs = loudness_lufs(&later(&rig.run(&input)), rate);
    rig.listen("unity_gain", true);
    let heard = rig.run(&input);
    let (dry_lufs, heard_lufs) = (loudness_lufs(&later(&input), rate) - 2.0, loudness_lufs(&later(&heard), rate));
    assert!(wet_lufs - dry_lufs > 3.0, "void unless the gain is heard: {wet_lufs:.2} LUFS of {dry_lufs:.2}");
    assert!((heard_lufs - dry_lufs).abs() < 0.1, "dry {dry_lufs:.2} LUFS, at unity gain {heard_lufs:.2} LUFS");
    // At once, long before a loudness is measured, it is near.
    let first = |audio: &Audio| rms(&audio[0][seconds(0.2)..seconds(1.2)]);
    let near_db = db(first(&heard) / first(&input)) + 2.0;
    assert!(near_db.abs() < 4.0, "{near_db:+.1} dB off in the first second");
}

fn latency_is_where_the_impulse_comes_out(plugin: Plugin, format: Format) {
    for rate in RATES_HZ {
        for &mode in plugin.modes() {
            let mut rig = Rig::ready(plugin, format, rate, &with(plugin.case().idle, mode));
            let latency = rig.latency();
            let frames = latency + 4096;
            let at = 1000;
            let output = rig.run(&vec![impulse(at, 0.1, frames), impulse(at, -0.05, frames)]);
            for (channel, expected) in [0.1_f32, -0.05].into_iter().enumerate() {
                let loudest = output[channel].iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
                let (position, value) = loudest.expect("samples");
                assert_eq!(position, at + latency, "{rate} Hz {mode:?}: latency {latency} is reported");
                assert!((value - expected).abs() < 1e-6, "{rate} Hz {mode:?}: {value} came out for {expected}");
            }
            // A render has the same latency as playback, whatever its own quality.
            if mode == [("quality", "Live")] {
                let settings = with(plugin.case().idle, &with(mode, &[("render_quality", "High")]));
                let mut playback = Rig::ready(plugin, format, rate, &settings);
                let mut render = Rig::open(plugin, format);
                settings.iter().for_each(|(key, text)| render.set(key, text));
                render.offline(true);
                render.activate(rate, 8192);
                assert_eq!(playback.latency(), render.latency(), "{rate} Hz: playback against offline render");
                let latency = render.latency();
                let output = render.run(&vec![impulse(at, 0.1, latency + 4096); 2]);
                assert_eq!(output[0][at + latency], 0.1, "{rate} Hz: the render is aligned");
            }
        }
    }
}

fn a_new_mode_reports_its_latency(plugin: Plugin, format: Format) {
    let modes = plugin.modes();
    let mut rig = Rig::ready(plugin, format, 48_000.0, &with(plugin.case().idle, modes[0]));
    // There and back, the longest way first.
    for &mode in modes.iter().rev().chain(modes) {
        mode.iter().for_each(|(key, text)| rig.set(key, text));
        let block = stereo_noise(1, -30.0, 4096);
        let before = rig.latency();
        rig.run(&block);
        let fresh = Rig::ready(plugin, format, 48_000.0, &with(plugin.case().idle, mode)).latency();
        assert_eq!(rig.follow_latency(48_000.0), fresh != before, "{mode:?}: told of {fresh} samples after {before}");
        let reported = rig.latency();
        let at = 100;
        let output = rig.run(&vec![impulse(at, 0.1, 8192); 2]);
        // What was left of the noise has passed; the impulse stands alone.
        rig.run(&vec![vec![0.0; 8192]; 2]);
        assert_eq!(reported, fresh, "{mode:?}: latency after a live switch against a fresh instance");
        assert!((output[0][at + reported] - 0.1).abs() < 0.02, "{mode:?}: the impulse comes at the reported latency");
    }
}

/// A host that clears the plugin's memory after a person has chosen another mode, and before it has followed: sound and
/// reported latency still agree.
fn a_reset_keeps_the_latency_that_the_host_knows(plugin: Plugin, format: Format) {
    let modes = plugin.modes();
    for (&from, &to) in modes.iter().zip(modes.iter().skip(1)) {
        let mut rig = Rig::ready(plugin, format, 48_000.0, &with(plugin.case().idle, from));
        to.iter().for_each(|(key, text)| rig.set(key, text));
        rig.reset();
        let reported = rig.latency();
        let output = rig.run(&vec![impulse(100, 0.1, 8192); 2]);
        // In VST3 the value comes with the first block, whose latency is the new one from then on.
        let latency = if format == Format::Clap { reported } else { rig.latency() };
        let at = output[0].iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).map(|(at, _)| at);
        assert_eq!(at, Some(100 + latency), "{from:?} to {to:?}");
        assert!((output[0][100 + latency] - 0.1).abs() < 0.02, "{from:?} to {to:?}: the impulse itself");
    }
}

fn bad_input_does_no_harm(plugin: Plugin, format: Format) {
    let rate = 48_000.0;
    let ceiling = gain(24.0) * (1.0 + 1e-6);
    for seed in 0..4 {
        let mut rig =
            Rig::ready(plugin, format, rate, &with(plugin.case().working, &[("output", "24"), ("input", "24")]));
        let mut random = Random::new(seed);
        let mut input = stereo_noise(seed + 40, 0.0, 24_000);
        for channel in &mut input {
            for _ in 0..500 {
                let at = random.below(24_000);
                channel[at] = match random.below(8) {
                    0 => f32::NAN,
                    1 => f32::INFINITY,
                    2 => f32::NEG_INFINITY,
                    3 => 1e20,
                    4 => -1e20,
                    5 => f32::MIN_POSITIVE / 3.0,
                    6 => f32::MAX,
                    _ => f32::from_bits(random.bits() as u32),
                };
            }
        }
        let output = rig.run_with(&input, None, &[], &[64, 1, 333]);
        for channel in &output {
            assert!(channel.iter().all(|x| x.is_finite()), "seed {seed}: a non-finite sample left the plugin");
            assert!(peak(channel) <= ceiling, "seed {seed}: {:.2} dBFS left the plugin", db(peak(channel)));
        }
        // Clean again: after the release has run out, it sounds like an instance that never saw any of it.
        let quiet: Audio = vec![vec![0.0; 8 * 48_000]; 2];
        let probe = stereo_noise(77, -40.0, 24_000);
        rig.run(&quiet);
        let after = rig.run(&probe);
        let mut fresh =
            Rig::ready(plugin, format, rate, &with(plugin.case().working, &[("output", "24"), ("input", "24")]));
        fresh.run(&quiet);
        let expected = fresh.run(&probe);
        let error = db(max_difference(&after[0], &expected[0]) / peak(&expected[0]));
        assert!(error < -80.0, "seed {seed}: {error:.1} dB away from a fresh instance");
    }
}

/// Automation of continuous parameters and switches at odd frames.
fn automation(rig: &mut Rig, plugin: Plugin, frames: usize) -> Vec<Event> {
    let moves = plugin.case().automation;
    let step = frames / (moves.len() + 1);
    moves.iter().enumerate().map(|(n, (key, text))| rig.event((n + 1) * step + n * 7 % 61, key, text)).collect()
}

/// Ready for an offline render: there kernels are waited for, and what comes out does not depend on when they come.
fn offline(plugin: Plugin, format: Format, sample_rate_hz: f64, settings: &[(&str, &str)]) -> Rig {
    let mut rig = Rig::open(plugin, format);
    settings.iter().for_each(|(key, text)| rig.set(key, text));
    rig.offline(true);
    rig.activate(sample_rate_hz, 8192);
    rig
}

fn block_split_never_changes_the_sound(plugin: Plugin, format: Format) {
    for (rate, mode) in [48_000.0, 44_100.0, 96_000.0, 48_000.0].into_iter().zip(plugin.modes()) {
        let frames = 40_000;
        let input = stereo_noise(17, -8.0, frames);
        let settings = with(plugin.case().working, mode);
        let render = |blocks: &[usize]| {
            let mut rig = offline(plugin, format, rate, &settings);
            let events = automation(&mut rig, plugin, frames);
            rig.run_with(&input, None, &events, blocks)
        };
        let reference = render(&[512]);
        for blocks in [&[1][..], &[64], &[333], &[8192], &[1, 8000, 2, 63, 65, 128, 777]] {
            let output = render(blocks);
            for (channel, (output, reference)) in output.iter().zip(&reference).enumerate() {
                let differs = first_difference(output, reference);
                assert_eq!(differs, None, "{rate} Hz {mode:?}, blocks of {blocks:?}, channel {channel}");
            }
        }
    }
}

fn reset_starts_anew(plugin: Plugin, format: Format) {
    for &mode in plugin.modes() {
        let input = stereo_noise(23, -6.0, 30_000);
        let mut rig = Rig::ready(plugin, format, 48_000.0, &with(plugin.case().working, mode));
        let first = rig.run(&input);
        // Leave the control grid at an odd place.
        rig.run(&stereo_noise(24, 0.0, 1237));
        rig.reset();
        let second = rig.run(&input);
        assert_eq!(first_difference(&first[0], &second[0]), None, "{mode:?}: after reset");
        rig.deactivate();
        rig.activate(48_000.0, 8192);
        let third = rig.run(&input);
        assert_eq!(first_difference(&first[0], &third[0]), None, "{mode:?}: after a new activation");
    }
}

fn monitoring_is_off_in_renders(plugin: Plugin, format: Format) {
    if format == Format::Vst3 {
        return has_no_monitoring_parameter(&mut Rig::open(plugin, format), plugin);
    }
    let input = stereo_noise(31, -10.0, 20_000);
    let render = |listened: Option<&str>, offline: bool| {
        let mut rig = Rig::open(plugin, format);
        plugin.case().working.iter().for_each(|(key, text)| rig.set(key, text));
        rig.offline(offline);
        rig.activate(48_000.0, 512);
        if let Some(key) = listened {
            rig.listen(key, true);
        }
        rig.run(&input)
    };
    let expected = render(None, true);
    for key in plugin.monitoring() {
        // (Compare needs seconds of programme before it changes anything, and a reset is not heard.)
        if !["compare", "reset"].contains(&key) {
            let heard = render(Some(key), false);
            assert!(first_difference(&heard[0], &expected[0]).is_some(), "{key} does nothing in playback");
        }
        assert_eq!(first_difference(&render(Some(key), true)[0], &expected[0]), None, "{key} is heard in a render");
    }
}

/// Values that come with the first block after a reset are there from its first frame.
fn the_first_block_takes_values_at_once(plugin: Plugin, format: Format) {
    let input = stereo_noise(61, -12.0, 4000);
    let settings = plugin.case().working;
    let expected = offline(plugin, format, 48_000.0, settings).run(&input);
    let mut rig = offline(plugin, format, 48_000.0, &[]);
    let plain = rig.run(&input);
    rig.reset();
    let events: Vec<Event> = settings.iter().map(|(key, text)| rig.event(0, key, text)).collect();
    let output = rig.run_with(&input, None, &events, &[512]);
    assert_eq!(first_difference(&output[0], &expected[0]), None, "values that came with the first block");
    assert!(first_difference(&plain[0], &expected[0]).is_some(), "the test is void unless the settings are heard");
}

/// The difference of two signals may be twice as large as either: the ceiling stands behind it. Bypass is exact all the same.
fn what_is_listened_to_stays_below_the_ceiling(plugin: Plugin, format: Format) {
    if format == Format::Vst3 || !plugin.has("delta") {
        return has_no_monitoring_parameter(&mut Rig::open(plugin, format), plugin);
    }
    let ceiling = gain(24.0) * (1.0 + 1e-6);
    let loud: Audio = stereo_noise(62, 0.0, 24_000).iter().map(|c| c.iter().map(|x| 100.0 * x).collect()).collect();
    for key in ["delta", "compare"] {
        let mut rig = Rig::ready(plugin, format, 48_000.0, &with(plugin.case().working, &[("input", "24")]));
        rig.listen(key, true);
        let output = rig.run(&loud);
        let most = peak(&output[0]).max(peak(&output[1]));
        assert!(most > 1.0 && most <= ceiling, "{key}: {:.2} dBFS", db(most));
        let latency = rig.latency();
        let event = rig.event(0, "bypass", "On");
        let bypassed = rig.run_with(&loud, None, &[event], &[512]);
        let from = 4800;
        let (out, expected) = (&bypassed[0][from..], &loud[0][from - latency..24_000 - latency]);
        assert_eq!(first_difference(out, expected), None, "{key}: bypass is exact above the ceiling too");
    }
}

fn mono_is_one_channel_of_stereo(plugin: Plugin, format: Format) {
    let input = noise(51, -8.0, 20_000);
    let mut stereo = Rig::ready(plugin, format, 48_000.0, plugin.case().working);
    let expected = stereo.run(&vec![input.clone(), input.clone()]);
    assert_eq!(first_difference(&expected[0], &expected[1]), None, "equal channels stay equal");
    let mut mono = Rig::open(plugin, format);
    mono.layout(1, false);
    plugin.case().working.iter().for_each(|(key, text)| mono.set(key, text));
    mono.activate(48_000.0, 512);
    let output = mono.run(&vec![input]);
    let error = max_difference(&output[0], &expected[0]);
    assert!(error < 1e-6, "mono differs from stereo of the same by {error:e}");
}

testkit::everywhere!(
    a_new_mode_reports_its_latency,
    a_reset_keeps_the_latency_that_the_host_knows,
    bad_input_does_no_harm,
    block_split_never_changes_the_sound,
    bypass_does_not_click,
    bypass_from_the_start_is_exact,
    bypass_is_the_delayed_input,
    compare_matches_loudness,
    delta_is_wet_minus_dry,
    latency_is_where_the_impulse_comes_out,
    mix_0_is_the_aligned_dry,
    mix_is_flat,
    mono_is_one_channel_of_stereo,
    monitoring_is_off_in_renders,
    reset_starts_anew,
    the_first_block_takes_values_at_once,
    trims_are_exact,
    unity_gain_keeps_the_loudness_of_the_dry,
    what_is_listened_to_stays_below_the_ceiling,
);
