//! The last stage: behind everything but bypass.

use super::*;
use crate::path::guard::CEILING;

/// Lets everything pass, and puts it on a grid of eighths at the end, where a count that runs on shifts the grid: a dither
/// that can be foreseen.
#[derive(Default)]
struct Eighths {
    count: u32,
}

impl Processor for Eighths {
    type Settings = f64;
    type Mode = ();
    type Reading = ();

    fn prepare(&mut self, _sample_rate_hz: f64, _max_block_frames: usize, _channels: usize) {}

    fn reset(&mut self, _settings: &f64, (): ()) {
        self.count = 0;
    }

    fn update(&mut self, _settings: &f64) {}

    fn process(&mut self, _io: Io<'_>) {}

    fn finish(&mut self, mut io: Io<'_>) {
        for n in 0..io.frames() {
            self.count += 1;
            let shift = (self.count % 5) as f32 / 5.0;
            let quantised = |x: f32| (8.0 * x + shift).floor() / 8.0;
            io.left[n] = quantised(io.left[n]);
            if let Some(right) = &mut io.right {
                right[n] = quantised(right[n]);
            }
        }
    }

    fn latency_samples(&self, (): ()) -> usize {
        0
    }

    fn reading(&mut self) {}
}

fn is_on_grid(x: f32) -> bool {
    (8.0 * x).fract() == 0.0 && x.is_finite()
}

fn eighths() -> SoundPath<Eighths> {
    let mut path = SoundPath::new(Eighths::default(), controls(), Feed::new());
    path.prepare(48_000.0, 8192, 2);
    path.reset(&controls(), Modes::default());
    path
}

#[test]
fn nothing_comes_after_it_but_bypass() {
    let input = programme(4096);
    // A trim and a listening switch that move, and a level that meets the ceiling.
    let cases = [
        ("trim", Controls { output_db: -3.7, ..controls() }),
        ("delta", Controls { output_db: -3.7, listen: Listen::Delta, ..controls() }),
        ("ceiling", Controls { input_db: 24.0, output_db: 23.9, ..controls() }),
    ];
    for (name, moved) in cases {
        let mut path = eighths();
        run(&mut path, &controls(), &input[..64], 64);
        let output = run(&mut path, &moved, &input, 64);
        let off = output.iter().position(|&x| !is_on_grid(x));
        assert_eq!(off, None, "{name}: something was done after the last stage");
        assert!(output.iter().any(|&x| x != 0.0), "{name}: silence proves nothing");
        assert!(output.iter().all(|x| x.abs() <= CEILING + 0.2), "{name}: the ceiling stands before it");
    }
    let bypassed = Controls { is_bypassed: true, ..controls() };
    let mut path = eighths();
    run(&mut path, &controls(), &input[..64], 64);
    let output = run(&mut path, &bypassed, &input, 64);
    assert_eq!(&output[721..], &input[721..], "bypass comes after it, to the bit");
    assert!(!input[721..].iter().all(|&x| is_on_grid(x)), "the test is void unless the input is off the grid");
}

#[test]
fn it_goes_on_under_bypass_and_knows_no_blocks() {
    let input = programme(6000);
    let render = |block: usize| {
        let mut path = eighths();
        let mut output = Vec::new();
        for (part, is_bypassed) in [(0..1000, false), (1000..4001, true), (4001..6000, false)] {
            output.extend(run(&mut path, &Controls { is_bypassed, ..controls() }, &input[part], block));
        }
        (output, path.processor.count)
    };
    let whole = render(8192);
    assert_eq!(whole.1, 6000, "every frame once");
    for block in [1, 7, 64, 333] {
        assert_eq!(render(block), whole, "block {block}");
    }
}
