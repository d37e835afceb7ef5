//! What a processor may have beyond the sound itself, proved on the trivial plugin through both formats: a mode of its own, a
//! last stage after Output, and kernels that are designed off the audio thread.

use std::time::{Duration, Instant};

use testkit::analysis::{delayed, first_difference, max_difference, peak, rms};
use testkit::rig::{self, id_of};
use testkit::signals::{Audio, impulse, stereo_noise};
use testkit::{Event, Format, Plugin, Rig};

const RATE_HZ: f64 = 48_000.0;

fn rendering(format: Format, settings: &[(&str, &str)]) -> Rig {
    let mut rig = Rig::open(Plugin::Trivial, format);
    settings.iter().for_each(|(key, text)| rig.set(key, text));
    rig.offline(true);
    rig.activate(RATE_HZ, 8192);
    rig
}

/// Offline this plugin looks ahead by a millisecond at least, so playback is filled up to that.
#[test]
fn playback_is_filled_up_to_the_mode_of_the_render() {
    for format in Format::ALL {
        for (chosen, latency) in [("0 ms", 48), ("1 ms", 48), ("2 ms", 96)] {
            let settings = [("look_ahead", chosen)];
            for mut rig in [Rig::ready(Plugin::Trivial, format, RATE_HZ, &settings), rendering(format, &settings)] {
                assert_eq!(rig.latency(), latency, "{format:?}, {chosen}");
                let output = rig.run(&vec![impulse(1000, 0.1, 4096); 2]);
                for channel in &output {
                    let heard: Vec<usize> = (0..channel.len()).filter(|&n| channel[n] != 0.0).collect();
                    assert_eq!(heard, [1000 + latency], "{format:?}, {chosen}");
                    assert_eq!(channel[1000 + latency], 0.1);
                }
            }
        }
    }
}

#[test]
fn the_mode_belongs_to_the_session() {
    for format in Format::ALL {
        let mut rig = Rig::open(Plugin::Trivial, format);
        let params = rig.params();
        let automatable = |key: &str| params.iter().find(|param| param.id == id_of(key)).map(|p| p.is_automatable);
        assert_eq!((automatable("look_ahead"), automatable("gain")), (Some(false), Some(true)));
        assert_eq!(automatable("quality"), None, "a mode of its own, and no quality beside it");
    }
}

/// Declared once, heard each by itself.
#[test]
fn every_band_acts() {
    let input = stereo_noise(7, -20.0, 4800);
    for format in Format::ALL {
        let render = |settings: &[(&str, &str)]| Rig::ready(Plugin::Trivial, format, RATE_HZ, settings).run(&input);
        for (band, db, other_db) in [("band1_gain", "1", "2"), ("band2_gain", "-2.5", "-2"), ("band3_gain", "6", "0")] {
            let by_band = render(&[(band, db)]);
            let by_gain = render(&[("gain", db)]);
            assert!(peak(&by_gain[0]) > 0.05, "silence proves nothing");
            let error = max_difference(&by_band[0], &by_gain[0]);
            assert!(error < 1e-6, "{format:?}, {band}: {error}");
            let error = max_difference(&by_band[0], &render(&[("gain", other_db)])[0]);
            assert!(error > 1e-3, "{format:?}, {band}: {error} off another gain");
        }
    }
}

fn is_on_grid(x: f32) -> bool {
    (65_536.0 * x).fract() == 0.0
}

#[test]
fn the_last_stage_comes_after_output_and_before_bypass() {
    let input = stereo_noise(3, -12.0, 20_000);
    let settings = [("steps", "On"), ("output", "-3.7"), ("gain", "2")];
    for format in Format::ALL {
        let mut rig = Rig::ready(Plugin::Trivial, format, RATE_HZ, &settings);
        let move_output = rig.event(5000, "output", "1.3");
        let output = rig.run_with(&input, None, &[move_output], &[333]);
        for channel in &output {
            assert_eq!(channel.iter().position(|&x| !is_on_grid(x)), None, "{format:?}: something came after it");
            assert!(rms(channel) > 0.01, "{format:?}: silence is on every grid");
        }
        let plain = Rig::ready(Plugin::Trivial, format, RATE_HZ, &settings[1..]).run(&input);
        let error = max_difference(&output[0][..4000], &plain[0][..4000]);
        assert!(error > 1e-6 && error < 0.501 / 65_536.0, "{format:?}: {error} off what it rounds");
        // Bypass is exact behind it.
        let latency = rig.latency();
        let bypass = rig.event(0, "bypass", "On");
        let output = rig.run_with(&input, None, &[bypass], &[333]);
        assert_eq!(first_difference(&output[0][800..], &delayed(&input[0], latency)[800..]), None, "{format:?}");
        // And what is listened to passes it, too.
        if format == Format::Clap {
            let mut rig = Rig::ready(Plugin::Trivial, format, RATE_HZ, &settings);
            rig.listen("delta", true);
            let delta = rig.run(&input);
            assert!(delta[0].iter().all(|&x| is_on_grid(x)) && rms(&delta[0]) > 0.01);
        }
    }
}

/// The filter moves to `texts` in turn, at odd frames.
fn smoothing(rig: &mut Rig, frames: usize) -> Vec<Event> {
    let texts = ["20", "80", "35", "100", "0", "60"];
    (0..frames / 311).map(|n| rig.event(n * 311 + n % 7, "smooth", texts[n % texts.len()])).collect()
}

#[test]
fn renders_with_kernels_know_no_blocks() {
    let frames = 48_000;
    let input = stereo_noise(5, -6.0, frames);
    for format in Format::ALL {
        let render = |blocks: &[usize]| {
            let mut rig = rendering(format, &[("smooth", "50")]);
            let events = smoothing(&mut rig, frames);
            let first = rig.run_with(&input, None, &events, blocks);
            rig.reset();
            rig.set("smooth", "50");
            let again = rig.run_with(&input, None, &events, blocks);
            (first, again)
        };
        let (reference, _) = render(&[512]);
        let still = rendering(format, &[("smooth", "50")]).run(&input);
        assert!(max_difference(&reference[0], &still[0]) > 0.01, "the test is void unless the filter moves");
        for blocks in [&[1][..], &[64], &[512], &[1, 8000, 2, 63, 65, 128, 777]] {
            let (output, again) = render(blocks);
            for channel in 0..2 {
                let differs = first_difference(&output[channel], &reference[channel]);
                assert_eq!(differs, None, "{format:?}, blocks of {blocks:?}");
                let differs = first_difference(&again[channel], &reference[channel]);
                assert_eq!(differs, None, "{format:?}, blocks of {blocks:?}, after a reset");
            }
        }
    }
}

/// Runs blocks in real time until the output is that of `settled`, to the bit.
fn wait_for_kernel(rig: &mut Rig, input: &Audio, settled: &Audio) {
    let start = Instant::now();
    loop {
        rig.run(&vec![vec![0.0; 4096]; 2]);
        let output = rig.run(input);
        if first_difference(&output[0], &settled[0]).is_none() {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "the kernel never came");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn in_real_time_the_kernel_comes_later_and_the_sound_is_the_same() {
    let input = stereo_noise(6, -6.0, 4800);
    for format in Format::ALL {
        let settled = Rig::ready(Plugin::Trivial, format, RATE_HZ, &[("smooth", "70")]).run(&input);
        let offline = rendering(format, &[("smooth", "70")]).run(&input);
        assert_eq!(
            first_difference(&settled[0], &offline[0]),
            None,
            "{format:?}: an activation begins with its kernel"
        );
        let mut rig = Rig::ready(Plugin::Trivial, format, RATE_HZ, &[("smooth", "10")]);
        let first = rig.run(&input);
        assert!(max_difference(&first[0], &settled[0]) > 0.01, "the test is void unless the filter is heard");
        rig.set("smooth", "70");
        wait_for_kernel(&mut rig, &input, &settled);
    }
}

/// Kernels come and go in real time while every call of the audio thread to the heap is counted.
#[test]
fn kernels_that_change_allocate_nothing_on_the_audio_thread() {
    let frames = 24_000;
    let input = stereo_noise(7, -6.0, frames);
    rig::load_all();
    for format in Format::ALL {
        let mut rig = Rig::ready(Plugin::Trivial, format, RATE_HZ, &[("smooth", "50")]);
        // What happens once in a thread's life happens here.
        let events = smoothing(&mut rig, frames);
        rig.run_with(&input, None, &events, &[64]);
        rig.watch_heap();
        let start = Instant::now();
        let mut most_change = 0.0_f64;
        let mut last = rig.run_with(&input, None, &events, &[64, 333]);
        while most_change < 1e-3 || start.elapsed() < Duration::from_millis(300) {
            let output = rig.run_with(&input, None, &events, &[64, 333]);
            // Nothing but the time at which kernels come tells the passes apart.
            most_change = most_change.max(max_difference(&output[0], &last[0]));
            assert!(output.iter().all(|channel| peak(channel) > 0.1));
            last = output;
            assert!(start.elapsed() < Duration::from_secs(20), "no kernel came");
        }
        for (number, tally) in rig.take_tallies().iter().enumerate() {
            assert!(tally.is_clean(), "{format:?}, block {number}: {}", tally.describe());
        }
    }
}

/// Instances that are taken away with a kernel under way, while others go on.
#[test]
fn instances_with_kernels_come_and_go() {
    let input = stereo_noise(8, -6.0, 640);
    for format in Format::ALL {
        let settled = Rig::ready(Plugin::Trivial, format, RATE_HZ, &[("smooth", "90")]).run(&input);
        let mut stays = Rig::ready(Plugin::Trivial, format, RATE_HZ, &[("smooth", "90")]);
        for n in 0..30 {
            let mut goes = Rig::ready(Plugin::Trivial, format, RATE_HZ, &[("smooth", "20")]);
            goes.set("smooth", if n % 2 == 0 { "40" } else { "60" });
            goes.run(&input);
        }
        stays.set("smooth", "10");
        stays.run(&input);
        stays.set("smooth", "90");
        wait_for_kernel(&mut stays, &input, &settled);
    }
}
