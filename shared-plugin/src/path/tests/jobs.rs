//! A processor whose kernels are designed by the worker.

use std::sync::Arc;
use std::time::{Duration, Instant};

use shared_dsp::Job;
use shared_dsp::convolution::FadedFir;

use super::*;
use crate::worker;

/// Taps that depend on the settings, and take their time.
struct Smoother {
    fir: FadedFir<f64>,
    /// Whether the kernel is yet to be asked for.
    is_waiting: bool,
    /// How often it was updated.
    updates: usize,
}

fn taps(share: &f64) -> Vec<f32> {
    std::thread::sleep(Duration::from_micros(200));
    vec![1.0 - *share as f32, 0.75 * *share as f32, 0.25 * *share as f32]
}

impl Processor for Smoother {
    type Settings = f64;
    type Mode = ();
    type Reading = ();

    fn prepare(&mut self, sample_rate_hz: f64, _max_block_frames: usize, _channels: usize) {
        self.fir.prepare(sample_rate_hz);
    }

    fn reset(&mut self, settings: &f64, (): ()) {
        self.fir.reset(*settings);
        self.is_waiting = true;
    }

    fn update(&mut self, settings: &f64) {
        self.is_waiting = !self.fir.request(*settings);
        self.updates += 1;
    }

    fn wants_update(&self) -> bool {
        self.is_waiting
    }

    fn process(&mut self, mut io: Io<'_>) {
        self.fir.process(&mut io);
    }

    fn latency_samples(&self, (): ()) -> usize {
        0
    }

    fn jobs(&self) -> Vec<Arc<dyn Job>> {
        vec![self.fir.job()]
    }

    fn reading(&mut self) {}
}

/// As the shell activates it.
fn smoother(settings: f64, is_offline: bool) -> SoundPath<Smoother> {
    let smoother = Smoother { fir: FadedFir::new(3, 0.0, taps), is_waiting: true, updates: 0 };
    let mut path = SoundPath::new(smoother, controls(), Feed::new());
    worker::watch(Arc::downgrade(path.jobs()) as _);
    path.prepare(48_000.0, 8192, 2);
    path.reset(&Controls { settings, ..controls() }, Modes { is_offline, ..Modes::default() });
    path.jobs().set_offline(is_offline);
    path.jobs().work();
    path
}

/// A control that moves at odd frames, and holds at last.
fn render(path: &mut SoundPath<Smoother>, input: &[f32], block: usize) -> Vec<f32> {
    let mut output = input.to_vec();
    let mut at = 0;
    while at < output.len() {
        let step = (at / 37).min(200);
        let moved = Controls { settings: 0.5 + step as f64 / 800.0, ..controls() };
        let end = (at + block).min(if step < 200 { (step + 1) * 37 } else { usize::MAX }).min(output.len());
        let mut right = output[at..end].to_vec();
        path.process(&moved, &mut [&mut output[at..end], &mut right], None);
        at = end;
    }
    output
}

#[test]
fn an_offline_render_is_the_same_whatever_the_block() {
    let input = programme(16_000);
    let whole = render(&mut smoother(0.5, true), &input, 512);
    assert!(whole.iter().all(|x| x.is_finite()));
    for block in [1, 64, 333, 512] {
        let mut path = smoother(0.5, true);
        assert_eq!(render(&mut path, &input, block), whole, "block {block}");
        path.reset(&Controls { settings: 0.5, ..controls() }, Modes { is_offline: true, ..Modes::default() });
        assert_eq!(render(&mut path, &input, block), whole, "block {block} after a reset");
    }
}

#[test]
fn an_activation_begins_with_its_kernel() {
    let input = programme(64);
    for is_offline in [false, true] {
        let output = run(&mut smoother(0.8, is_offline), &Controls { settings: 0.8, ..controls() }, &input, 64);
        let expected = |n: usize| 0.2 * input[n] + 0.6 * input[n - 1] + 0.2 * input[n - 2];
        let error = (2..64).map(|n| (output[n] - expected(n)).abs()).fold(0.0, f32::max);
        assert!(error < 1e-6 && output.iter().any(|x| x.abs() > 0.01), "offline {is_offline}: {error:e}");
    }
}

#[test]
fn real_time_never_waits_and_settles_on_the_same_sound() {
    let input = programme(16_000);
    let offline = {
        let mut path = smoother(0.75, true);
        let held = Controls { settings: 0.75, ..controls() };
        run(&mut path, &held, &input, 512);
        run(&mut path, &held, &input, 512)
    };
    let mut path = smoother(0.5, false);
    let held = Controls { settings: 0.75, ..controls() };
    let start = Instant::now();
    let first = run(&mut path, &Controls { settings: 0.5, ..controls() }, &input, 64);
    while !path.processor.fir.is_settled() || start.elapsed() < Duration::from_millis(50) {
        run(&mut path, &held, &input[..64], 64);
        assert!(start.elapsed() < Duration::from_secs(20), "the kernel never came");
    }
    run(&mut path, &held, &input, 512);
    let updates = path.processor.updates;
    let settled = run(&mut path, &held, &input, 64);
    assert_eq!(settled, offline);
    assert_eq!(path.processor.updates, updates, "asked again without need");
    assert_ne!(first, settled, "the test is void unless the kernel is heard");
}

#[test]
fn instances_come_and_go_under_the_worker() {
    let input = programme(640);
    let before: Vec<SoundPath<Smoother>> = (0..4).map(|n| smoother(f64::from(n) / 8.0, false)).collect();
    for round in 0..50 {
        let mut path = smoother(0.1, round % 2 == 0);
        let output = run(&mut path, &Controls { settings: 0.9 - f64::from(round) / 100.0, ..controls() }, &input, 64);
        assert!(output.iter().all(|x| x.is_finite()));
        // Dropped with its kernel asked for, in the worker's hands, or on its way.
    }
    for mut path in before {
        let jobs = path.jobs().clone();
        run(&mut path, &controls(), &input, 64);
        run(&mut path, &Controls { settings: 0.3, ..controls() }, &input, 64);
        let start = Instant::now();
        while !path.processor.fir.is_settled() {
            run(&mut path, &Controls { settings: 0.3, ..controls() }, &input, 64);
            assert!(start.elapsed() < Duration::from_secs(20), "the worker has forgotten one");
        }
        drop(path);
        assert!(!jobs.is_empty());
    }
}
