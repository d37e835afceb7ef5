//! The side chain against its own units, one after the other over the whole signal: whatever it leaves out changes no bit.

use shared_dsp::dynamics::{
    Ballistics, Decoupled, FeedbackLoop, GainDecimator, KeyInterpolator, LevelControls, MeanSquare, PeakHold, Release,
    ReleaseHold, SINE_CREST_DB, SideChain, SideChainControls, SideChainDesign, SideChainTimes, SideChainUse,
    StaticCurve, level_db, link_levels,
};
use shared_dsp::math::smoothing_coefficient;

const RATE_HZ: f64 = 48_000.0;
const ATTACK_S: f64 = 0.003;
const CHUNK: usize = 64;
const RMS_S: f64 = 0.005;
const DESIGN: SideChainDesign = SideChainDesign { decoupled_hold_s: 0.005, feedback_hold_s: 0.0006 };

/// Music of a kind: bursts, a quiet stretch below any threshold here, and seconds of silence. `seed` tells channels apart.
fn key(seed: u32) -> Vec<f32> {
    let mut state = seed;
    (0..240_000_u32)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 8) as f32 / 8_388_608.0 - 1.0;
            let level = match n {
                0..24_000 | 190_000.. => 0.5 * (-((n % 12_000) as f32) / 3000.0).exp(),
                24_000..30_000 => 0.001,
                _ => 0.0,
            };
            level * (noise + (0.02 * n as f32).sin())
        })
        .collect()
}

fn controls(rms: f64, link: f64, feedback: f64) -> SideChainControls {
    SideChainControls { levels: LevelControls { curve: StaticCurve::new(-20.0, 4.0, 5.0, 96.0), link, rms }, feedback }
}

fn used(controls: &SideChainControls) -> SideChainUse {
    SideChainUse {
        decoupled: controls.feedback < 1.0,
        feedback: controls.feedback > 0.0,
        rms: controls.levels.rms > 0.0,
        linked: controls.levels.link == 1.0,
    }
}

fn times(release: Release) -> SideChainTimes {
    SideChainTimes { attack_s: ATTACK_S, release, hold_s: 0.0, rms_s: RMS_S }
}

fn side_chain(controls: SideChainControls, factor: usize, release: Release) -> SideChain {
    timed_side_chain(controls, factor, times(release))
}

fn timed_side_chain(controls: SideChainControls, factor: usize, times: SideChainTimes) -> SideChain {
    let mut unit = SideChain::new(CHUNK, DESIGN);
    unit.reset(RATE_HZ, factor);
    unit.set_times(times);
    unit.set_controls(controls, used(&controls));
    unit
}

/// Both channels in segments of up to `block`, cut at every chunk as well, where it is settled.
fn run(unit: &mut SideChain, keys: &[Vec<f32>; 2], block: usize) -> [Vec<f64>; 2] {
    let mut out = [Vec::new(), Vec::new()];
    let mut at = 0;
    while at < keys[0].len() {
        let end = (at + block).min(at - at % CHUNK + CHUNK).min(keys[0].len());
        let channels = if unit.is_linked() { 1 } else { 2 };
        let [first, second] = unit.process([&keys[0][at..end], &keys[1][at..end]], channels);
        out[1].extend_from_slice(if channels == 2 { second } else { first });
        out[0].extend_from_slice(first);
        at = end;
        if at % CHUNK == 0 {
            unit.settle();
        }
    }
    out
}

/// The same from the units, with the ballistics settled at every chunk.
fn plain<B: Ballistics>(
    controls: &SideChainControls,
    keys: &[Vec<f32>; 2],
    factor: usize,
    times: SideChainTimes,
    hold_s: f64,
) -> [Vec<f64>; 2] {
    let (frames, rate_hz) = (keys[0].len(), RATE_HZ * factor as f64);
    let levels = [0, 1].map(|ch: usize| {
        let mut interpolator = KeyInterpolator::new(frames);
        interpolator.set_factor(factor);
        let mut fast = vec![0.0; frames * factor];
        interpolator.process(&keys[ch], &mut fast);
        let mut rms = vec![0.0; fast.len()];
        MeanSquare::default().process(&fast, &mut rms, smoothing_coefficient(times.rms_s, rate_hz));
        let rectified: Vec<f32> = fast.iter().map(|x| x.abs()).collect();
        let mut peaks = vec![0.0; fast.len()];
        PeakHold::default().process(&rectified, &mut peaks, (hold_s * rate_hz).round() as u32);
        let blend = |(&peak, &rms): (&f32, &f64)| {
            let (peak_db, rms_db) = (level_db(f64::from(peak)), level_db(rms) + SINE_CREST_DB);
            peak_db + controls.levels.rms * (rms_db - peak_db)
        };
        peaks.iter().zip(&rms).map(blend).collect::<Vec<f64>>()
    });
    let [mut first, mut second] = levels;
    link_levels(controls.levels.link, &mut first, &mut second);
    for levels in [&mut first, &mut second] {
        levels.iter_mut().for_each(|level| *level = controls.levels.curve.reduction_db(*level));
    }
    let coefs = B::coefs(rate_hz, controls.levels.curve.ratio(), times.attack_s, times.release, hold_s);
    let (mut ballistics, mut hold) = (B::default(), ReleaseHold::default());
    hold.set_samples((times.hold_s * rate_hz).round() as u32);
    for (first, second) in first.chunks_mut(CHUNK * factor).zip(second.chunks_mut(CHUNK * factor)) {
        ballistics.process_held::<2, true>(&coefs, &mut hold, [first, second]);
        ballistics.settle();
    }
    [first, second].map(|reductions| {
        let mut decimator = GainDecimator::new(frames);
        decimator.set_factor(factor);
        decimator.input_mut(frames).copy_from_slice(&reductions);
        let mut out = vec![0.0; frames];
        decimator.process(&mut out);
        out
    })
}

#[test]
fn it_is_its_units_in_a_row_to_the_bit() {
    let keys = [key(1), key(2)];
    for factor in [1, 2, 4, 8] {
        for times in [
            times(Release::Fixed(0.1)),
            times(Release::Auto),
            SideChainTimes { hold_s: 0.05, rms_s: 0.03, ..times(Release::Fixed(0.1)) },
            SideChainTimes { hold_s: 0.05, rms_s: 0.03, ..times(Release::Auto) },
        ] {
            for (rms, link) in [(0.0, 0.0), (0.0, 0.6), (0.5, 0.0)] {
                for feedback in [0.0, 1.0] {
                    let controls = controls(rms, link, feedback);
                    let wanted = if feedback == 0.0 {
                        plain::<Decoupled>(&controls, &keys, factor, times, DESIGN.decoupled_hold_s)
                    } else {
                        plain::<FeedbackLoop>(&controls, &keys, factor, times, DESIGN.feedback_hold_s)
                    };
                    let most_db = wanted[0].iter().fold(0.0_f64, |most, &x| if x > most { x } else { most });
                    assert!(most_db > 6.0 && wanted.iter().flatten().all(|x| x.is_finite()), "{most_db} dB");
                    let got = run(&mut timed_side_chain(controls, factor, times), &keys, CHUNK);
                    assert!(got == wanted, "factor {factor}, {times:?}, RMS {rms}, link {link}, feedback {feedback}");
                }
            }
        }
    }
}

#[test]
fn the_block_split_changes_nothing() {
    let keys = [key(3), key(4)];
    for hold_s in [0.0, 0.02] {
        let times = SideChainTimes { hold_s, ..times(Release::Fixed(0.1)) };
        for (rms, link, feedback) in [(0.0, 1.0, 1.0), (0.3, 0.5, 0.4), (1.0, 0.0, 0.0)] {
            let controls = controls(rms, link, feedback);
            let whole = run(&mut timed_side_chain(controls, 4, times), &keys, CHUNK);
            assert!(whole[0].iter().any(|&x| x > 6.0));
            for block in [1, 7, 33] {
                let cut = run(&mut timed_side_chain(controls, 4, times), &keys, block);
                assert!(cut == whole, "hold {hold_s}, RMS {rms}, link {link}, feedback {feedback}: blocks of {block}");
            }
        }
    }
}

#[test]
fn linked_channels_are_one_and_part_without_a_jump() {
    // The first channel is the louder one throughout, so that one side chain for both hears it alone.
    let keys = [key(5), key(5).iter().map(|x| 0.5 * x).collect()];
    let linked = controls(0.0, 1.0, 1.0);
    let mut unit = side_chain(linked, 4, Release::Fixed(0.1));
    assert!(unit.is_linked());
    let cut = [0, 1].map(|ch: usize| keys[ch][..6000].to_vec());
    let together = run(&mut unit, &cut, CHUNK);
    assert!(together[0] == together[1] && together[0].iter().any(|&x| x > 6.0));
    // As two they give it the same.
    let apart = LevelControls { link: 0.999_999, ..linked.levels };
    let mut two = side_chain(SideChainControls { levels: apart, ..linked }, 4, Release::Fixed(0.1));
    assert!(!two.is_linked());
    assert!(together[0] == run(&mut two, &cut, CHUNK)[0]);
    // From here on each for itself, and both from where they were.
    let parted = SideChainControls { levels: LevelControls { link: 0.0, ..linked.levels }, ..linked };
    let last = together[0].last().copied().unwrap();
    unit.set_controls(parted, used(&parted));
    assert!(!unit.is_linked());
    let [first, second] = unit.process([&[0.0; 1], &[0.0; 1]], 2);
    assert!((first[0] - last).abs() < 0.5 && (second[0] - last).abs() < 0.5, "{last}: {first:?} {second:?}");
}

#[test]
fn a_model_begins_where_the_other_is() {
    let keys = [key(7), key(7)];
    let cut = [0, 1].map(|ch: usize| keys[ch][..3000].to_vec());
    for (from, to) in [(0.0, 1.0), (1.0, 0.0)] {
        let (from, to) = (controls(0.0, 0.0, from), controls(0.0, 0.0, to));
        let mut unit = side_chain(from, 1, Release::Fixed(0.1));
        let last = run(&mut unit, &cut, CHUNK)[0].last().copied().unwrap();
        assert!(last > 3.0);
        unit.set_controls(to, used(&to));
        let [first, _] = unit.process([&[0.0; 1], &[0.0; 1]], 2);
        assert!((first[0] - last).abs() < 0.1, "{last} then {}", first[0]);
    }
}

#[test]
fn the_highest_level_is_told_once() {
    let tone: Vec<f32> = (0..4800).map(|n| 0.25 * (0.13 * n as f32).sin()).collect();
    let mut unit = side_chain(controls(0.0, 1.0, 1.0), 4, Release::Auto);
    run(&mut unit, &[tone.clone(), tone], CHUNK);
    let level_db = unit.take_level_max_db();
    assert!((level_db + 12.04).abs() < 0.05, "{level_db} dB");
    assert_eq!(unit.take_level_max_db(), -300.0);
}

/// While the level stays what it is, what is foretold comes: while the reduction comes on, and while it is let go.
#[test]
fn a_forecast_comes_true_while_the_level_lasts() {
    const AHEAD: usize = 16;
    for rms in [0.0, 1.0] {
        for (attack_s, release_s) in [(0.0001, 0.01), (0.003, 0.2), (0.1, 0.1)] {
            let controls = controls(rms, 1.0, 0.0);
            let times = SideChainTimes { attack_s, release: Release::Fixed(release_s), hold_s: 0.0, rms_s: 1e-6 };
            let mut unit = timed_side_chain(controls, 1, times);
            let forecast = unit.forecast(AHEAD as u32);
            let (mut foretold, mut reductions) = (Vec::new(), Vec::new());
            for step in 0..900 {
                // Up, and down again to less.
                let level = if (30..400).contains(&step) { 0.5 } else { 0.12 };
                let [reduction, _] = unit.process([&[level; AHEAD], &[level; AHEAD]], 1);
                reductions.push(reduction[AHEAD - 1]);
                foretold.push(unit.forecast_db(&forecast));
            }
            let most = reductions.iter().copied().fold(0.0, f64::max);
            assert!(most > 6.0, "{most}");
            // Where the level changes, or what the peak detector held ends, nobody could know.
            let changes = [0, 30, 400, 400 + (0.005 * RATE_HZ) as usize / AHEAD];
            for n in (1..900_usize).filter(|n| changes.iter().all(|change| n.abs_diff(*change) > 1)) {
                let error_db = (foretold[n - 1] - reductions[n]).abs();
                assert!(error_db < 1e-9, "rms {rms}, {attack_s} s, step {n}: {error_db:e} of {}", reductions[n]);
            }
        }
    }
}
