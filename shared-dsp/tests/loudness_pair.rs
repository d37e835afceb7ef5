//! The pair of meters behind Compare and Match.

use shared_dsp::loudness::{LoudnessMeter, LoudnessPair};

const RATE_HZ: usize = 48_000;

/// Bursts of coloured noise over a bass note: loud and quiet by turns, as music is.
fn music(seconds: usize, seed: u32) -> [Vec<f32>; 2] {
    let mut state = seed.max(1);
    let mut noise = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as i32 as f32 / 2_147_483_648.0
    };
    let mut low = 0.0;
    let mut out = [Vec::new(), Vec::new()];
    for at in 0..seconds * RATE_HZ {
        let beat = (at % 20_000) as f32 / 20_000.0;
        let level = 0.5 * (-6.0 * beat).exp() + 0.05;
        let bass = (at as f32 * 0.0072).sin() * 0.2;
        let (a, b) = (noise(), noise());
        low += 0.1 * (a - low);
        out[0].push(level * (low + 0.2 * b) + bass);
        out[1].push(level * (low - 0.2 * b) + bass);
    }
    out
}

/// A wet side that a compressor and a shelf might have made: level by programme, other colour, then a gain.
fn squashed(dry: &[Vec<f32>; 2], gain: f32) -> [Vec<f32>; 2] {
    let mut envelope = 0.0f32;
    let mut last = [0.0f32; 2];
    let mut out = [Vec::new(), Vec::new()];
    for (&l, &r) in dry[0].iter().zip(&dry[1]) {
        envelope += 0.001 * (l.abs().max(r.abs()) - envelope);
        let reduction = 1.0 / (1.0 + 4.0 * envelope);
        for (channel, x) in [l, r].into_iter().enumerate() {
            out[channel].push(gain * reduction * (x + 0.4 * (x - last[channel])));
            last[channel] = x;
        }
    }
    out
}

fn feed(pair: &mut LoudnessPair, wet: &[Vec<f32>; 2], dry: &[Vec<f32>; 2]) {
    pair.process((&wet[0], Some(&wet[1])), (&dry[0], Some(&dry[1])));
}

fn integrated(signal: &[Vec<f32>; 2]) -> f64 {
    let mut meter = LoudnessMeter::new(RATE_HZ as f64);
    meter.process(&signal[0], Some(&signal[1]));
    meter.integrated_lufs().unwrap()
}

#[test]
fn a_plain_gain_is_read_exactly() {
    let dry = music(6, 1);
    for gain_db in [-24.0f64, -0.1, 0.0, 3.7, 24.0] {
        let gain = 10f64.powf(gain_db / 20.0) as f32;
        let wet = dry.clone().map(|channel| channel.iter().map(|x| x * gain).collect::<Vec<_>>());
        let mut pair = LoudnessPair::new(RATE_HZ as f64);
        feed(&mut pair, &wet, &dry);
        assert!(pair.is_settled());
        assert!((pair.difference_lu().unwrap() - gain_db).abs() < 1e-4);
    }
}

#[test]
fn three_seconds_agree_with_a_meter_on_each_side() {
    let dry = music(9, 2);
    let wet = squashed(&dry, 2.0);
    let mut pair = LoudnessPair::new(RATE_HZ as f64);
    let mut meters = [LoudnessMeter::new(RATE_HZ as f64), LoudnessMeter::new(RATE_HZ as f64)];
    for start in (0..9 * RATE_HZ).step_by(480) {
        let cut = |s: &[Vec<f32>; 2]| [s[0][start..start + 480].to_vec(), s[1][start..start + 480].to_vec()];
        let (wet, dry) = (cut(&wet), cut(&dry));
        feed(&mut pair, &wet, &dry);
        meters[0].process(&wet[0], Some(&wet[1]));
        meters[1].process(&dry[0], Some(&dry[1]));
        if pair.is_settled() {
            let want = meters[0].short_term_lufs().unwrap() - meters[1].short_term_lufs().unwrap();
            assert!((pair.difference_lu().unwrap() - want).abs() < 1e-9);
        }
    }
}

#[test]
fn learning_gives_the_difference_of_integrated_loudness() {
    // A quiet introduction, so that the relative gate has work to do.
    let mut dry = music(5, 3).map(|channel| channel.iter().map(|x| x * 0.05).collect::<Vec<_>>());
    for (channel, rest) in dry.iter_mut().zip(music(7, 4)) {
        channel.extend(rest);
    }
    let wet = squashed(&dry, 1.5);
    let mut pair = LoudnessPair::new(RATE_HZ as f64);
    pair.start();
    assert!(pair.is_learning());
    feed(&mut pair, &wet, &dry);
    assert!((pair.learnt_s() - 12.0).abs() < 1e-9);
    let want = integrated(&wet) - integrated(&dry);
    let paired = pair.paired_difference_lu().unwrap();
    assert!((paired - want).abs() < 0.1, "over the same blocks {paired}, integrated {want}");
    let got = pair.finish().unwrap();
    assert!((got - want).abs() < 0.01, "{got} instead of {want}");
    assert_eq!(pair.finish(), None, "finished twice");
    assert_eq!(pair.paired_difference_lu(), None, "no longer learning");
}

/// Whatever the gain does to the blocks that just pass a gate, or to the bins that they fall in.
#[test]
fn over_the_same_blocks_a_gain_is_found_exactly() {
    let dry = music(6, 9);
    for tenths in [-123, -61, -7, 3, 48, 200] {
        let gain = 10f64.powf(f64::from(tenths) / 200.0);
        let wet = dry.each_ref().map(|channel| channel.iter().map(|&x| (gain * f64::from(x)) as f32).collect());
        let mut pair = LoudnessPair::new(RATE_HZ as f64);
        pair.start();
        feed(&mut pair, &wet, &dry);
        let found = pair.paired_difference_lu().unwrap();
        assert!((found - f64::from(tenths) / 10.0).abs() < 1e-5, "{tenths} tenths of a dB: {found}");
    }
}

#[test]
fn silence_freezes_the_answer_and_is_not_learnt() {
    let dry = music(5, 5);
    let wet = squashed(&dry, 1.0);
    let mut pair = LoudnessPair::new(RATE_HZ as f64);
    assert_eq!(pair.difference_lu(), None);
    feed(&mut pair, &wet, &dry);
    // The filter rings a little into the silence; after that nothing moves.
    let silence = [vec![0.0; RATE_HZ], vec![0.0; RATE_HZ]];
    feed(&mut pair, &silence, &silence);
    let before = pair.difference_lu().unwrap();
    for _ in 0..20 {
        feed(&mut pair, &silence, &silence);
        // One side alone sounding, as a tail does, is no programme either.
        feed(&mut pair, &dry.clone().map(|channel| channel[..RATE_HZ].to_vec()), &silence);
        feed(&mut pair, &silence, &silence);
    }
    assert_eq!(pair.difference_lu(), Some(before));
    pair.start();
    feed(&mut pair, &silence, &silence);
    assert_eq!(pair.finish(), None);
}

#[test]
fn frozen_it_holds_and_then_goes_on() {
    let dry = music(5, 6);
    let double = dry.clone().map(|channel| channel.iter().map(|x| x * 2.0).collect::<Vec<_>>());
    let mut pair = LoudnessPair::new(RATE_HZ as f64);
    feed(&mut pair, &dry, &dry);
    pair.set_frozen(true);
    feed(&mut pair, &double, &dry);
    assert!(pair.difference_lu().unwrap().abs() < 1e-9);
    pair.set_frozen(false);
    feed(&mut pair, &double, &dry);
    assert!((pair.difference_lu().unwrap() - 6.0206).abs() < 1e-3);
}

#[test]
fn blocks_mono_and_bad_numbers() {
    let dry = music(4, 7);
    let wet = squashed(&dry, 1.3);
    let mut whole = LoudnessPair::new(44_100.0);
    feed(&mut whole, &wet, &dry);
    for size in [1, 64, 333, 8192] {
        let mut pair = LoudnessPair::new(44_100.0);
        let parts = wet[0].chunks(size).zip(wet[1].chunks(size)).zip(dry[0].chunks(size).zip(dry[1].chunks(size)));
        for ((wl, wr), (dl, dr)) in parts {
            pair.process((wl, Some(wr)), (dl, Some(dr)));
        }
        assert_eq!(pair.difference_lu(), whole.difference_lu(), "blocks of {size}");
    }

    let mut mono = LoudnessPair::new(RATE_HZ as f64);
    mono.process((&wet[0], None), (&dry[0], None));
    let level = |x: &[f32]| {
        let mut meter = LoudnessMeter::new(RATE_HZ as f64);
        meter.process(x, None);
        meter.short_term_lufs().unwrap()
    };
    assert!((mono.difference_lu().unwrap() - (level(&wet[0]) - level(&dry[0]))).abs() < 1e-9);

    let mut dirty = wet.clone();
    dirty[1][70_000] = f32::NAN;
    dirty[0][90_000] = f32::NEG_INFINITY;
    let mut pair = LoudnessPair::new(44_100.0);
    feed(&mut pair, &dirty, &dry);
    assert_eq!(pair.scrubbed_samples(), 2);
    assert!((pair.difference_lu().unwrap() - whole.difference_lu().unwrap()).abs() < 0.01);
    pair.reset();
    feed(&mut pair, &wet, &dry);
    assert_eq!(pair.difference_lu(), whole.difference_lu(), "after reset");
}

/// Prints the cost; run with `--release -- --ignored --nocapture`. It never judges.
#[test]
#[ignore = "a benchmark"]
fn cost() {
    let dry = music(20, 8);
    let wet = squashed(&dry, 1.3);
    let frames = dry[0].len() as f64;
    let mut best = [f64::INFINITY; 3];
    for _ in 0..5 {
        let mut pair = LoudnessPair::new(RATE_HZ as f64);
        let mut meter = LoudnessMeter::new(RATE_HZ as f64);
        let mut peak = shared_dsp::loudness::TruePeak::new();
        let mut timed = |which: usize, run: &mut dyn FnMut(usize)| {
            let begin = std::time::Instant::now();
            for at in (0..dry[0].len()).step_by(64) {
                run(at);
            }
            best[which] = best[which].min(begin.elapsed().as_secs_f64() * 1e9 / frames);
        };
        timed(0, &mut |at| {
            pair.process(
                (&wet[0][at..at + 64], Some(&wet[1][at..at + 64])),
                (&dry[0][at..at + 64], Some(&dry[1][at..at + 64])),
            );
        });
        timed(1, &mut |at| meter.process(&dry[0][at..at + 64], Some(&dry[1][at..at + 64])));
        timed(2, &mut |at| peak.process(&dry[0][at..at + 64], Some(&dry[1][at..at + 64])));
        std::hint::black_box((pair.difference_lu(), meter.integrated_lufs(), peak.max()));
    }
    println!("ns per stereo frame: pair {:.1}, meter {:.1}, true peak {:.1}", best[0], best[1], best[2]);
}
