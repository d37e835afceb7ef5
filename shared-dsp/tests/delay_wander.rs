//! Wow and flutter as a delay: what a meter would read, at every rate and cut, and nothing at all when they are off.

use shared_dsp::delay::{FractionalDelay, Wander, WanderDepth, WanderingDelay};

/// What is exceeded for 5 % of the time.
fn two_sigma(deviation: &mut [f64]) -> f64 {
    deviation.iter_mut().for_each(|x| *x = x.abs());
    deviation.sort_by(f64::total_cmp);
    deviation[(0.95 * deviation.len() as f64) as usize]
}

/// The delays are one function of time at every rate, and as steep as the largest tells.
#[test]
fn it_is_a_function_of_time_at_every_rate() {
    let seconds = 4.0;
    let mut reference: Option<Vec<[f64; 2]>> = None;
    for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
        let mut wander = Wander::new(rate);
        let frames = (seconds * rate) as usize;
        let delays: Vec<[f64; 2]> = (0..frames).map(|_| wander.next_delays().map(|d| d / rate)).collect();
        let most = [Wander::most_delay_s(1.0, 0.0), Wander::most_delay_s(0.0, 1.0)];
        for kind in 0..2 {
            let peak = delays.iter().fold(0.0_f64, |peak, d| peak.max(d[kind].abs()));
            assert!(peak > 0.4 * most[kind] && peak <= most[kind], "{rate}: {peak} of {}", most[kind]);
        }
        // At every hundredth of a second, which is a whole frame at each rate.
        let hundredths: Vec<[f64; 2]> = delays.iter().copied().step_by((rate / 100.0) as usize).collect();
        match &reference {
            None => reference = Some(hundredths),
            Some(reference) => {
                for (a, b) in reference.iter().zip(&hundredths) {
                    for kind in 0..2 {
                        let off = (a[kind] - b[kind]).abs() / most[kind];
                        assert!(off < 2e-3, "{rate}: off by {off}");
                    }
                }
            }
        }
    }
}

/// What was not asked about has gone by all the same.
#[test]
fn skipping_is_the_same_time() {
    let mut asked = Wander::new(48_000.0);
    let all: Vec<[f64; 2]> = (0..50_000).map(|_| asked.next_delays()).collect();
    let mut skipping = Wander::new(48_000.0);
    for (skip, then) in [(1, 3), (15, 1), (16, 40), (4_000, 7), (12_345, 100)] {
        skipping.reset();
        (0..then).for_each(|n| assert_eq!(skipping.next_delays(), all[n]));
        skipping.skip(skip);
        skipping.skip(skip);
        for n in 0..then {
            let (got, wanted) = (skipping.next_delays(), all[then + 2 * skip + n]);
            let off = (0..2).map(|kind| (got[kind] - wanted[kind]).abs()).fold(0.0, f64::max);
            assert!(off < 1e-7, "after {skip}: {got:?}, not {wanted:?}");
        }
    }
}

/// Unweighted, wow deviates by what its parts add up to: a check of the scale without the table.
#[test]
fn its_speed_deviates_by_what_was_asked_for() {
    let rate = 48_000.0;
    let mut wander = Wander::new(rate);
    let delays: Vec<f64> = (0..30 * 48_000).map(|_| wander.next_delays()[0]).collect();
    let mut deviation: Vec<f64> = delays.windows(2).map(|d| d[1] - d[0]).collect();
    let read = two_sigma(&mut deviation);
    // The parts weigh 0.3 to 0.9 at 0.9 to 2.4 Hz.
    assert!(read > 1.1 && read < 1.8, "unweighted {read} for a weighted one");
}

fn depth() -> WanderDepth {
    WanderDepth { wow: 0.005, flutter: 0.005, skew_s: 1e-4 }
}

#[test]
fn at_rest_it_is_a_whole_delay_and_moving_it_stays_inside() {
    for rate in [22_050.0, 44_100.0, 48_000.0, 96_000.0, 192_000.0, 384_000.0] {
        let mut delay = WanderingDelay::new(rate, depth());
        let mean = delay.mean_samples();
        assert_eq!(mean, WanderingDelay::mean_samples_of(rate, depth()));
        delay.reset(WanderDepth::default());
        let input: Vec<[f64; 2]> = (0..4000).map(|n| [(n as f64 * 0.7).sin(), (n as f64 * 0.3).cos()]).collect();
        let mut output = input.clone();
        output.chunks_mut(77).for_each(|block| delay.process(block));
        assert!(output[mean..] == input[..4000 - mean], "{rate}");
        // A ramp tells where it reads.
        delay.reset(depth());
        let mut ramp: Vec<[f64; 2]> = (0..rate as usize).map(|n| [n as f64; 2]).collect();
        delay.process(&mut ramp);
        for (n, frame) in ramp.iter().enumerate().skip(3 * mean) {
            for (ch, y) in frame.iter().enumerate() {
                let read = n as f64 - y;
                assert!(read > FractionalDelay::MIN_DELAY_SAMPLES && read < 2.0 * mean as f64, "{rate} {ch}: {read}");
            }
            let skew = frame[0] - frame[1];
            assert!((skew / (1e-4 * rate) - 1.0).abs() < 0.01, "{rate}: {skew}");
        }
    }
}

#[test]
fn the_cut_changes_nothing_and_neither_does_a_reset() {
    let input: Vec<[f64; 2]> = (0..30_000).map(|n| [(n as f64 * 0.7).sin(), (n as f64 * 0.31).cos()]).collect();
    let mut unit = WanderingDelay::new(48_000.0, depth());
    let mut run = |block: usize| {
        unit.reset(WanderDepth::default());
        let mut frames = input.clone();
        let (before, after) = frames.split_at_mut(10_000);
        before.chunks_mut(block).for_each(|block| unit.process(block));
        unit.glide_to(depth(), 960);
        after.chunks_mut(block).for_each(|block| unit.process(block));
        frames
    };
    let reference = run(1);
    for block in [7, 64, 4096] {
        assert!(run(block) == reference, "blocks of {block}");
    }
}
