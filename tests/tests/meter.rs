//! Meter's promises (specs/meter.md) on the built bundle: it looks and does not touch. What it reads is proved on the engine,
//! which is the command line's too (shared-dsp/tests/loudness_*.rs, host/tests/measure.rs).

use testkit::analysis::first_difference;
use testkit::rig::id_of;
use testkit::signals::{noise, stereo_noise};
use testkit::{Format, Plugin, Rig};

const FORMATS: [Format; 2] = [Format::Clap, Format::Vst3];

#[test]
fn the_sound_passes_to_the_bit_and_at_once() {
    for format in FORMATS {
        for rate in [22_050.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0, 384_000.0] {
            let mut rig = Rig::ready(Plugin::Meter, format, rate, &[("follow_transport", "Restart")]);
            assert_eq!(rig.latency(), 0, "{format:?} {rate} Hz");
            let input = stereo_noise(1, 6.0, 30_000);
            let frames = [(9_001, "target", "-20"), (15_000, "level_meter", "VU")];
            let events: Vec<_> = frames.into_iter().map(|(frame, key, text)| rig.event(frame, key, text)).collect();
            let output = rig.run_with(&input, None, &events, &[1, 64, 333, 8192]);
            for (output, input) in output.iter().zip(&input) {
                assert_eq!(first_difference(output, input), None, "{format:?} {rate} Hz");
            }
        }
        let mut mono = Rig::open(Plugin::Meter, format);
        mono.layout(1, false);
        mono.activate(48_000.0, 512);
        let input = vec![noise(2, 0.0, 30_000)];
        assert_eq!(first_difference(&mono.run(&input)[0], &input[0]), None, "{format:?} mono");
    }
}

#[test]
fn what_changes_the_sound_is_left_out() {
    for format in FORMATS {
        let mut rig = Rig::open(Plugin::Meter, format);
        let ids: Vec<u32> = rig.params().iter().map(|param| param.id).collect();
        for key in ["mix", "delta", "compare", "reset", "quality", "render_quality"] {
            assert!(!ids.contains(&id_of(key)), "{format:?}: there is a parameter {key}");
        }
        for key in ["input", "output", "bypass", "target"] {
            assert!(ids.contains(&id_of(key)), "{format:?}: there is no parameter {key}");
        }
    }
}
