//! A gain that is there before the peak, and the peaks themselves.

use shared_dsp::dynamics::{LookAhead, PeakWave, PeaksBetween, SteadyReduction};
use shared_dsp::oversampling::Doubler;
use testkit::analysis::largest;

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
            let step = largest(out.windows(2).map(|pair| f64::from((pair[1] - pair[0]).abs())));
            assert!(step <= 0.9 * 2.1 / (smoothing + 2) as f64, "window {smoothing}: a step of {step}");
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
        for kind in [PeakWave::Plain, PeakWave::Doubled] {
            for hz in [100.0, 997.0, 5000.0, 11_025.0, 15_000.0, 19_500.0] {
                let step = std::f64::consts::TAU * hz / rate;
                let wave = |t: f64| (step * t + 0.4).sin();
                let frames: Vec<[f32; 2]> = (0..3000).map(|n| [wave(f64::from(n)) as f32, 0.0]).collect();
                let mut unit = PeaksBetween::new(rate);
                unit.select(rate, kind, 0);
                let mut delay = PeaksBetween::delay_of(rate, kind);
                let mut peaks = vec![0.0; frames.len()];
                let ceilings = vec![0.5; peaks.len()];
                if kind == PeakWave::Doubled {
                    let mut doubled = vec![[0.0; 2]; 2 * frames.len()];
                    Doubler::new().process(&frames, &mut doubled);
                    delay += Doubler::<f32, 2>::DELAY_SAMPLES;
                    unit.process(&doubled, &ceilings, &mut peaks);
                } else {
                    unit.process(&frames, &ceilings, &mut peaks);
                }
                let mut worst = (0.0_f64, 0.0_f64);
                for n in 1000..2900 {
                    // Every reading covers its frame and the next one's place between.
                    let finest = (0..16).map(|i| wave((n - delay) as f64 + 0.5 + f64::from(i) / 16.0).abs());
                    let truth = largest(finest);
                    let read = f64::from(peaks[n - 1].max(peaks[n]).max(peaks[n + 1]));
                    // Below the ceiling it may read what it likes.
                    let below = if truth > 0.5 { truth - read } else { 0.0 };
                    worst = (worst.0.max(below), worst.1.max(read));
                }
                // The doubled wave is read within 0.01 dB, but for what its filter takes near the top of the band; the plain one
                // within 0.25 dB.
                let limit = if kind == PeakWave::Doubled && hz < 19_000.0 { 0.001 } else { 0.025 };
                let case = format!("{rate} Hz, {kind:?}, {hz} Hz: {worst:?}");
                // Where the grid is only the base rate's own there is nothing between, but such a rate has no need.
                assert!(worst.0 <= limit && worst.1 <= 1.0 + limit, "{case}");
            }
        }
    }
}

#[test]
fn readings_above_the_ceiling_do_not_depend_on_blocks_or_on_what_slept() {
    let rate = 48_000.0;
    // Bursts with silence and murmurs between, so that the detector sleeps and wakes at every place of a block.
    let wave = |n: usize| ((n % 977 < 150) as u8 as f32 + 0.2) * (0.9 * n as f32).sin();
    let frames: Vec<[f32; 2]> = (0..20_000).map(|n| [wave(n), 0.5 * wave(n + 30)]).collect();
    let ceilings: Vec<f32> = (0..10_000).map(|n| if n < 5000 { 0.8 } else { 0.9 }).collect();
    let run = |blocks: &[usize]| {
        let mut unit = PeaksBetween::new(rate);
        let mut peaks = vec![0.0; 10_000];
        let (mut start, mut turn) = (0, 0);
        while start < peaks.len() {
            let end = peaks.len().min(start + blocks[turn % blocks.len()]);
            unit.process(&frames[2 * start..2 * end], &ceilings[start..end], &mut peaks[start..end]);
            (start, turn) = (end, turn + 1);
        }
        peaks.iter().zip(&ceilings).map(|(&peak, &ceiling)| if peak > ceiling { peak } else { 0.0 }).collect::<Vec<_>>()
    };
    let whole = run(&[10_000]);
    assert!(whole.iter().filter(|&&peak| peak > 0.0).count() > 200, "there are peaks");
    for blocks in [&[1][..], &[64], &[7, 300, 63]] {
        assert!(run(blocks) == whole, "{blocks:?}");
    }
}

/// Ticks through peaks as multiples of the ceiling, one every 5 ms; the reduction at the end.
fn standing(
    unit: &mut SteadyReduction,
    seconds: f64,
    fine: impl Fn(usize) -> f32,
    greatest: impl Fn(usize) -> f32,
) -> f32 {
    for n in 0..(seconds * 48_000.0) as usize {
        let (at, is_peak) = (n / 240, n % 240 == 0);
        unit.tick(if is_peak { fine(at) } else { 0.3 }, if is_peak { greatest(at) } else { 0.3 });
    }
    unit.reduction()
}

#[test]
fn a_steady_reduction_holds_on_steady_peaks_only_and_goes_with_them() {
    // Read finely the peaks are alike; what a meter makes of them beats three times a second.
    let meter = |at: usize| 1.03 + 0.02 * (at as f32 * 0.1).sin();
    let mut unit = SteadyReduction::new(48_000.0);
    assert_eq!(standing(&mut unit, 0.3, |_| 1.03, meter), 0.0, "not before half a second");
    let held = standing(&mut unit, 2.0, |_| 1.03, meter);
    assert!((held - (1.0 - 0.9999 / 1.05)).abs() < 1e-4, "{held}");
    let still = standing(&mut unit, 2.0, |_| 1.03, meter);
    assert_eq!(still, held, "it stands still");
    // Peaks a tenth of a decibel apart are no tone's.
    let rough = |at: usize| if at.is_multiple_of(29) { 1.042 } else { 1.03 };
    assert_eq!(standing(&mut unit, 1.0, rough, rough), 0.0);
    // Silence is steady, and needs nothing.
    standing(&mut unit, 2.0, |_| 1.03, |_| 1.03);
    assert_eq!(standing(&mut unit, 1.0, |_| 0.0, |_| 0.0), 0.0);
    assert_eq!(standing(&mut unit, 1.0, |_| f32::NAN, |_| f32::NAN), 0.0);
}
