//! A gain that is there before the peak, and the peaks themselves.

use shared_dsp::dynamics::{LookAhead, PeaksBetween};
use shared_dsp::oversampling::Phase;

fn run(unit: &mut LookAhead, wanted: &[f32], blocks: &[usize]) -> Vec<f32> {
    let mut out = wanted.to_vec();
    let (mut start, mut turn) = (0, 0);
    while start < out.len() {
        let end = out.len().min(start + blocks[turn % blocks.len()]);
        unit.process(&mut out[start..end]);
        (start, turn) = (end, turn + 1);
    }
    out
}

#[test]
fn a_reduction_is_fully_there_over_its_plateau() {
    let mut unit = LookAhead::new(200, 10);
    for (smoothing, plateau) in [(24, 4), (48, 0), (200, 10), (0, 0), (1, 3)] {
        unit.select(smoothing, plateau);
        assert_eq!(unit.delay_samples(), smoothing);
        let mut wanted = vec![0.0_f32; 1200];
        let peaks = [(300, 0.5_f32), (303, 0.3), (420, 0.1), (424, 0.7), (700, 0.9)];
        for (at, reduction) in peaks {
            wanted[at] = reduction;
        }
        let out = run(&mut unit, &wanted, &[64]);
        for (at, reduction) in peaks {
            for (n, &given) in out.iter().enumerate().take(at + smoothing + plateau + 1).skip(at + smoothing) {
                assert!(given >= reduction - 1e-6, "window {smoothing}, plateau {plateau}, sample {n}: {given}");
            }
        }
        assert!(out.iter().all(|&x| (-1e-7..=0.9 + 1e-6).contains(&x)));
        // Gone when the window has left the hold, and then exactly gone.
        let end = 700 + 2 * smoothing + plateau + 1;
        assert!(out[end..].iter().all(|&x| x == 0.0), "window {smoothing}, plateau {plateau}");
        assert!(out[..300].iter().all(|&x| x == 0.0));
        // Without a corner: no step above that of a Hann window of this length.
        if smoothing > 1 {
            let step = out.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
            assert!(step <= 0.9 * 2.1 / (smoothing + 2) as f32, "window {smoothing}: a step of {step}");
        }
    }
}

#[test]
fn block_splits_and_resets_change_nothing() {
    let wanted: Vec<f32> =
        (0..5000).map(|n| if n % 997 < 700 { ((n * 7919) % 1009) as f32 / 2000.0 } else { 0.0 }).collect();
    let mut unit = LookAhead::new(96, 4);
    let whole = run(&mut unit, &wanted, &[5000]);
    for blocks in [&[1][..], &[64], &[100, 3, 700]] {
        unit.reset();
        assert!(run(&mut unit, &wanted, blocks) == whole, "{blocks:?}");
    }
}

#[test]
fn the_wave_is_below_the_reading() {
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0, 384_000.0] {
        for phase in [Phase::Peaks, Phase::PeaksShort] {
            for hz in [100.0, 997.0, 5000.0, 11_025.0, 15_000.0, 19_500.0] {
                let step = std::f64::consts::TAU * hz / rate;
                let wave = |t: f64| (step * t + 0.4).sin();
                let frames: Vec<[f32; 2]> = (0..3000).map(|n| [wave(f64::from(n)) as f32, 0.0]).collect();
                let mut unit = PeaksBetween::new(rate, phase);
                let delay = PeaksBetween::delay_of(rate, phase);
                let mut peaks = vec![0.0; frames.len()];
                unit.process(&frames, &mut peaks);
                for n in 1000..2900 {
                    // Every reading covers its frame and the next one's place between.
                    let finest = (0..16).map(|i| wave((n - delay) as f64 + 0.5 + f64::from(i) / 16.0).abs());
                    let truth = finest.fold(0.0, f64::max);
                    let read = f64::from(peaks[n - 1].max(peaks[n]).max(peaks[n + 1]));
                    // Where the grid is only the base rate's own there is nothing between, but such a rate has no need.
                    assert!(read >= truth - 0.025, "{rate} Hz, {phase:?}, {hz} Hz, {n}: {read}, not {truth}");
                }
                let highest = peaks[1000..].iter().fold(0.0, |a: f32, &b| a.max(b));
                assert!(highest < 1.035, "{rate} Hz, {phase:?}, {hz} Hz: {highest}");
            }
        }
    }
}
