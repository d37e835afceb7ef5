//! The path as a whole: latency, block splits, fades.

use super::*;

#[test]
fn latency_is_the_same_in_playback_and_render() {
    for is_offline in [false, true] {
        let mut path = path(Modes { is_offline, ..OFFLINE_HIGH });
        let mut input = vec![0.0; 300];
        input[0] = 1.0;
        let output = run(&mut path, &controls(), &input, 64);
        let at = output.iter().position(|&x| x != 0.0);
        assert_eq!(at, Some(100), "offline {is_offline}");
        assert_eq!(output[100], 0.5);
    }
}

#[test]
fn the_block_split_changes_nothing() {
    let input = programme(20_000);
    let scene = |n: usize| match n {
        0..=4999 => controls(),
        5000..=9776 => Controls { input_db: 6.0, ..controls() },
        9777..=13_000 => Controls { is_bypassed: true, output_db: -3.0, ..controls() },
        _ => Controls { listen: Listen::Delta, output_db: -3.0, ..controls() },
    };
    let render = |block: usize| {
        let mut path = path(OFFLINE_HIGH);
        let mut output = input.clone();
        let mut start = 0;
        while start < output.len() {
            // The host cuts at parameter events, whatever its block.
            let next_event = [5000, 9777, 13_001, output.len()].into_iter().find(|&event| event > start);
            let end = (start + block).min(next_event.unwrap_or(output.len()));
            let mut right = output[start..end].to_vec();
            path.process(&scene(start), &mut [&mut output[start..end], &mut right], None);
            start = end;
        }
        output
    };
    let whole = render(8192);
    for block in [1, 7, 64, 333] {
        assert_eq!(render(block), whole, "block {block}");
    }
}

/// Where a trim or a fade ends within a segment, blocks of 1 and 64 give the same bits, and there is no step.
#[test]
fn a_glide_to_nothing_is_heard_to_its_end() {
    let frames = 4096;
    let tone: Vec<f32> = (0..frames).map(|n| 0.5 * (n as f32 * 0.006 + 1.0).sin()).collect();
    let cases = [
        ("input", Controls { input_db: 12.0, ..controls() }, controls()),
        ("output", Controls { output_db: -9.0, ..controls() }, controls()),
        ("bypass", Controls { is_bypassed: true, ..controls() }, controls()),
        ("to bypass", controls(), Controls { is_bypassed: true, ..controls() }),
        ("delta", Controls { listen: Listen::Delta, ..controls() }, controls()),
        ("compare", Controls { listen: Listen::Compare, ..controls() }, controls()),
        ("compare to delta", Controls { listen: Listen::Compare, ..controls() }, {
            Controls { listen: Listen::Delta, ..controls() }
        }),
    ];
    for (name, from, to) in cases {
        for at in [1024, 1024 + 1, 1024 + 49, 1024 + 17] {
            let run = |block: usize| {
                let mut path = path(OFFLINE_HIGH);
                path.reset(&from, OFFLINE_HIGH);
                let mut output = tone.clone();
                let mut start = 0;
                while start < frames {
                    let end = (start + block - start % block).min(if start < at { at } else { frames });
                    let mut right = output[start..end].to_vec();
                    let now = if start < at { &from } else { &to };
                    path.process(now, &mut [&mut output[start..end], &mut right], None);
                    start = end;
                }
                output
            };
            let (single, whole) = (run(1), run(64));
            let differs = (0..frames).find(|&n| single[n] != whole[n] || single[n].is_nan());
            assert_eq!(differs, None, "{name} at {at}: blocks of 1 and 64 differ there");
            // The corners of a straight fade over 15 ms are 1/720 of what is faded.
            let step = whole[at..].windows(3).map(|x| (x[0] - 2.0 * x[1] + x[2]).abs()).fold(0.0, f32::max);
            assert!(step > 0.0 && step < 0.003, "{name} at {at}: a step of {step}");
        }
    }
}

/// Latency changes from one sample to the next, in bypass, too: the sound goes and comes back without a corner, the same in any block.
#[test]
fn a_change_of_mode_is_faded() {
    const AT: usize = 2000;
    let none = Modes { playback: Quality::Off, offline: Quality::Off, is_offline: false };
    let tone: Vec<f32> = (0..6000).map(|n| 0.5 * (n as f32 * 0.02).sin()).collect();
    for (from, to, latency) in [(OFFLINE_HIGH, none, 0), (none, OFFLINE_HIGH, 100)] {
        for is_bypassed in [false, true] {
            let controls = Controls { is_bypassed, ..controls() };
            let render = |block: usize| {
                let mut path = path(from);
                path.reset(&controls, from);
                let mut output = run(&mut path, &controls, &tone[..AT], block);
                path.switch_modes(to);
                assert_eq!((path.modes(), path.wanted_modes()), (from, to));
                output.extend(run(&mut path, &controls, &tone[AT..], block));
                assert_eq!((path.modes(), path.latency_samples()), (to, latency));
                output
            };
            let whole = render(8192);
            for block in [1, 7, 64, 333] {
                assert_eq!(render(block), whole, "block {block}");
            }
            let gain = if is_bypassed { 1.0 } else { 0.5 };
            // Both fades are 480 frames, and between them what came in before is gone.
            let back = AT + 480 + latency + 480;
            for n in back..tone.len() {
                assert_eq!(whole[n], gain * tone[n - latency], "frame {n}");
            }
            assert!(whole[AT + 480..AT + 480 + latency].iter().all(|&x| x == 0.0));
            let corner = whole.windows(3).skip(400).map(|x| (x[0] - 2.0 * x[1] + x[2]).abs()).fold(0.0, f32::max);
            assert!(corner > 0.0 && corner < 1e-3 * gain, "{corner:e}");
        }
    }
}

/// Modes that are chosen one after the other, in the middle of a fade, end with the last.
#[test]
fn the_last_of_many_modes_is_the_one() {
    let modes = |quality| Modes { playback: quality, offline: quality, is_offline: false };
    for pause in [1, 100, 480, 500, 600] {
        let mut path = path(modes(Quality::High));
        let tone = vec![0.25_f32; 4000];
        run(&mut path, &controls(), &tone, 64);
        let mut sound = Vec::new();
        for quality in [Quality::Off, Quality::Standard, Quality::High, Quality::Standard] {
            path.switch_modes(modes(quality));
            sound.extend(run(&mut path, &controls(), &tone[..pause], 64));
        }
        sound.extend(run(&mut path, &controls(), &tone, 64));
        assert_eq!(path.modes(), modes(Quality::Standard), "every {pause} frames");
        assert_eq!(sound.last(), Some(&0.125));
        let step = sound.windows(2).map(|x| (x[1] - x[0]).abs()).fold(0.0, f32::max);
        assert!(step > 0.0 && step < 1e-3, "every {pause} frames: {step}");
    }
}
