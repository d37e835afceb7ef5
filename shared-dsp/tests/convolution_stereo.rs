//! Short and long FIRs for two channels: exact, whole, and faded without a click.

mod heap;

use shared_dsp::convolution::{FadedStereoFir, PartitionedFir, PartitionedKernel, StereoTaps, partition_samples};

use testkit::analysis::largest;
use testkit::signals::Random;

use heap::HEAP_CALLS;

fn noise(frames: usize) -> Vec<[f64; 2]> {
    let mut random = Random::new(7);
    (0..frames).map(|_| [(); 2].map(|()| random.bipolar() as f32).map(f64::from)).collect()
}

/// A tail that dies away, different in each channel.
fn tail(length: usize, seed: u32) -> Vec<f64> {
    let mut state = seed;
    (0..length)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (f64::from(state >> 8) / 8_388_608.0 - 1.0) * (-4.0 * n as f64 / length as f64).exp()
                / (length as f64).sqrt()
        })
        .collect()
}

fn convolved(input: &[[f64; 2]], taps: [&[f64]; 2], delay: usize) -> Vec<[f64; 2]> {
    (0..input.len())
        .map(|n| {
            std::array::from_fn(|channel| {
                let Some(newest) = n.checked_sub(delay) else { return 0.0 };
                taps[channel].iter().take(newest + 1).enumerate().map(|(k, tap)| tap * input[newest - k][channel]).sum()
            })
        })
        .collect()
}

fn worst(a: &[[f64; 2]], b: &[[f64; 2]]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.as_flattened().iter().zip(b.as_flattened()).fold(0.0, |worst, (a, b)| {
        let error = (a - b).abs();
        if error <= worst { worst } else { error }
    })
}

#[test]
fn short_taps_are_a_convolution_whatever_the_block() {
    let input = noise(1000);
    for length in [1, 2, 8, 9, 32, 65] {
        let (left, right) = (tail(length, 1), tail(length, 2));
        let expected = convolved(&input, [&left, &right], 0);
        let render = |block: usize, most_taps: usize| {
            let taps = StereoTaps::new([&left, &right]);
            let mut fir = FadedStereoFir::new(65, (), move |()| taps.clone());
            fir.limit_taps(most_taps);
            let mut frames = input.clone();
            frames.chunks_mut(block).for_each(|block| fir.process(block));
            frames
        };
        let whole = render(1000, 65);
        let error = worst(&whole, &expected);
        assert!(error < 1e-6 && whole.as_flattened().iter().any(|x| x.abs() > 0.05), "{length}: {error:e}");
        for block in [1, 7, 8, 64, 65, 333] {
            assert_eq!(render(block, 65), whole, "{length} taps, block {block}");
            assert_eq!(render(block, length), whole, "no more than {length} taps, block {block}");
        }
    }
}

#[test]
fn taps_of_nothing_are_left_out() {
    let mut taps = vec![0.0; 65];
    taps[32] = 1.0;
    let delay = StereoTaps::new([&taps, &taps]);
    assert_eq!(delay.len(), 1);
    let mut input = noise(300);
    (input[3][0], input[4][1]) = (-0.0, -0.0);
    let mut fir = FadedStereoFir::new(65, (), move |()| delay.clone());
    let mut frames = input.clone();
    fir.process(&mut frames);
    assert!(frames[32..].as_flattened().iter().zip(input.as_flattened()).all(|(y, x)| y.to_bits() == x.to_bits()));
    // Both channels count, and what matters stays.
    taps[2] = 1e-4;
    assert_eq!(StereoTaps::new([&[1.0], &taps]).len(), 33);
    assert_eq!(StereoTaps::new([&[], &[]]).len(), 1);
}

#[test]
fn short_taps_fade_without_a_corner() {
    let mut fir = FadedStereoFir::new(4, 1.0_f64, |gain: &f64| StereoTaps::new([&[*gain], &[0.5 * gain, 0.5 * gain]]));
    fir.prepare(48_000.0);
    let job = fir.job();
    let run = |fir: &mut FadedStereoFir<f64>, frames: usize| {
        let mut frames = vec![[1.0; 2]; frames];
        fir.process(&mut frames);
        frames
    };
    run(&mut fir, 64);
    fir.request(0.5);
    assert!(job.work());
    let faded = run(&mut fir, 1100);
    for channel in 0..2 {
        assert!((faded[1099][channel] - 0.5).abs() < 1e-9 && (faded[900][channel] - 0.5).abs() > 1e-4);
        let bend = faded.windows(3).map(|x| (x[0][channel] - 2.0 * x[1][channel] + x[2][channel]).abs());
        let bend = largest(bend);
        assert!(bend > 0.0 && bend < 1e-5, "a corner of {bend:e}");
    }
    assert!(fir.is_settled());
}

const SAMPLES: usize = 4096;
const ADDED: usize = 512;

fn long(gains: [f64; 2]) -> PartitionedKernel {
    let taps =
        |channel: usize| tail(SAMPLES, 5 + channel as u32).iter().map(|x| x * gains[channel]).collect::<Vec<_>>();
    PartitionedKernel::new([Some(&taps(0)), Some(&taps(1))], SAMPLES)
}

#[test]
fn long_taps_are_a_convolution_whatever_the_block() {
    assert_eq!(PartitionedFir::<()>::added_latency_samples(SAMPLES), ADDED);
    let input = noise(3 * SAMPLES);
    let expected = convolved(&input, [&tail(SAMPLES, 5), &tail(SAMPLES, 6)], ADDED);
    let render = |block: usize, max_samples: usize| {
        let mut fir = PartitionedFir::new(max_samples, SAMPLES, (), |()| long([1.0; 2]));
        let mut frames = input.clone();
        let calls = HEAP_CALLS.get();
        frames.chunks_mut(block).for_each(|block| fir.process(block));
        assert_eq!(HEAP_CALLS.get(), calls, "the audio thread allocates");
        frames
    };
    let whole = render(64, SAMPLES);
    let error = worst(&whole, &expected);
    assert!(error < 1e-6 && whole.as_flattened().iter().any(|x| x.abs() > 0.3), "{error:e}");
    for block in [1, 7, 63, 65, 256, 1000, 3 * SAMPLES] {
        assert_eq!(render(block, SAMPLES), whole, "block {block}");
    }
    assert_eq!(render(512, 65_536), whole, "more room changes nothing");
}

#[test]
fn channels_may_go_across() {
    let own = [tail(SAMPLES, 11), tail(SAMPLES, 12)];
    let across = [tail(SAMPLES, 13), tail(SAMPLES, 14)];
    let kernel = PartitionedKernel::with_across([&own[0], &own[1]], [&across[0], &across[1]], SAMPLES);
    let mut fir = PartitionedFir::new(SAMPLES, SAMPLES, (), move |()| kernel.clone());
    let input = noise(2 * SAMPLES);
    let mut frames = input.clone();
    fir.process(&mut frames);
    let turned: Vec<_> = input.iter().map(|&[left, right]| [right, left]).collect();
    let kept = convolved(&input, [&own[0], &own[1]], ADDED);
    // What goes from the first channel to the second one is heard in the second one.
    let moved = convolved(&turned, [&across[1], &across[0]], ADDED);
    let expected: Vec<_> = kept.iter().zip(&moved).map(|(a, b)| [a[0] + b[0], a[1] + b[1]]).collect();
    let error = worst(&frames, &expected);
    assert!(error < 1e-6 && frames.as_flattened().iter().any(|x| x.abs() > 0.3), "{error:e}");
}

#[test]
fn every_length_is_a_convolution() {
    for samples in [512, 1024, 8192, 16_384, 32_768] {
        let latency = PartitionedFir::<()>::added_latency_samples(samples);
        assert_eq!(latency, 2 * partition_samples(samples));
        let (first, last) = (0.25, 0.5);
        let mut taps = vec![0.0; samples];
        (taps[3], taps[samples - 1]) = (first, last);
        let kernel = PartitionedKernel::new([Some(&taps), None], samples);
        let mut fir = PartitionedFir::new(samples, samples, (), move |()| kernel.clone());
        let input = noise(2 * samples + 2 * latency);
        let mut frames = input.clone();
        fir.process(&mut frames);
        let at = |n: usize, delay: usize| n.checked_sub(delay + latency).map_or(0.0, |n| input[n][0]);
        for (n, frame) in frames.iter().enumerate() {
            let expected = first * at(n, 3) + last * at(n, samples - 1);
            assert!((frame[0] - expected).abs() < 1e-6, "{samples} at {n}: {} for {expected}", frame[0]);
            // The other channel is a delay, bit for bit.
            let delayed = n.checked_sub(samples / 2 + latency).map_or(0.0, |n| input[n][1]);
            assert_eq!(frame[1], delayed, "{samples} at {n}");
        }
    }
}

#[test]
fn long_kernels_fade_without_a_corner_and_resets_need_none() {
    let mut fir = PartitionedFir::new(SAMPLES, SAMPLES, 1.0, |gain: &f64| {
        let mut taps = vec![0.0; SAMPLES];
        taps[SAMPLES / 2] = *gain;
        PartitionedKernel::new([Some(&taps), Some(&taps)], SAMPLES)
    });
    fir.prepare(48_000.0);
    let job = fir.job();
    let run = |fir: &mut PartitionedFir<f64>, frames: usize, block: usize| {
        let mut frames = vec![[1.0; 2]; frames];
        frames.chunks_mut(block).for_each(|block| fir.process(block));
        frames
    };
    run(&mut fir, 2 * SAMPLES, 64);
    fir.request(0.5);
    assert!(job.work() && !fir.is_settled());
    let faded = run(&mut fir, 3000, 100);
    assert!((faded[0][0] - 1.0).abs() < 1e-5 && (faded[2999][0] - 0.5).abs() < 1e-5, "{:?}", faded[2999]);
    let bend = largest(faded.windows(3).map(|x| (x[0][0] - 2.0 * x[1][0] + x[2][0]).abs()));
    assert!(bend > 0.0 && bend < 2e-5, "a corner of {bend:e}");
    assert!(fir.is_settled());
    fir.reset(0.25, SAMPLES);
    assert!(job.work());
    let fresh = run(&mut fir, 2 * SAMPLES, 64);
    let latency = SAMPLES / 2 + ADDED;
    assert!(fresh[..latency].iter().all(|frame| frame[0].abs() < 1e-5));
    assert!(fresh[latency..].iter().all(|frame| (frame[0] - 0.25).abs() < 1e-5), "{:?}", fresh[latency]);
    // Until a kernel of the wanted length is there, a delay.
    let mut fir = PartitionedFir::new(8192, SAMPLES, 1.0, |_| long([1.0; 2]));
    fir.reset(0.5, 8192);
    let mut frames = noise(20_000);
    fir.process(&mut frames);
    let latency = 4096 + PartitionedFir::<()>::added_latency_samples(8192);
    assert_eq!(frames[latency..], noise(20_000)[..20_000 - latency]);
}
