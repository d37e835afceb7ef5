//! Delta, Compare and Match.

use std::sync::atomic::Ordering;

use super::*;
use crate::feed::MatchPhase;

#[test]
fn wet_minus_delta_is_the_aligned_dry() {
    let input = programme(4800);
    let wet = run(&mut path(OFFLINE_HIGH), &controls(), &input, 64);
    let mut path = path(OFFLINE_HIGH);
    path.reset(&Controls { listen: Listen::Delta, ..controls() }, OFFLINE_HIGH);
    let delta = run(&mut path, &Controls { listen: Listen::Delta, ..controls() }, &input, 64);
    for n in 100..4800 {
        assert!((wet[n] - delta[n] - input[n - 100]).abs() < 1e-7, "frame {n}");
    }
}

#[test]
fn compare_meets_the_loudness_of_the_wet() {
    let input = programme(48_000 * 8);
    let mut path = path(OFFLINE_HIGH);
    let compare = Controls { listen: Listen::Compare, ..controls() };
    path.reset(&compare, OFFLINE_HIGH);
    let output = run(&mut path, &compare, &input, 333);
    // The wet is exactly half the dry, so the compared dry must be, too: 0.1 LU is 1.2 %.
    for n in 48_000 * 5..48_000 * 8 {
        let wet = input[n - 100] * 0.5;
        assert!((output[n] - wet).abs() <= 0.0116 * wet.abs() + 1e-6, "frame {n}: {} for {wet}", output[n]);
    }
    let after = run(&mut path, &controls(), &input[..4800], 64);
    assert_eq!(after[2000], input[1900] * 0.5, "and back, exactly");
}

fn at_unity(known_gain_db: f32) -> Controls<f64> {
    Controls { is_at_unity: true, known_gain_db, ..controls() }
}

#[test]
fn unity_gain_meets_the_loudness_of_the_dry() {
    let input = programme(48_000 * 8);
    let mut path = path(OFFLINE_HIGH);
    path.reset(&at_unity(0.0), OFFLINE_HIGH);
    let output = run(&mut path, &at_unity(0.0), &input, 333);
    let near = |output: &[f32], frames: std::ops::Range<usize>| {
        for n in frames {
            let dry = input[n - 100];
            assert!((output[n] - dry).abs() <= 0.0116 * dry.abs() + 1e-6, "frame {n}: {} for {dry}", output[n]);
        }
    };
    // The wet is exactly half the dry.
    near(&output, 48_000 * 4..48_000 * 8);
    // A suspension takes nothing away, and Delta is then what else the processor does: nothing.
    path.reset(&at_unity(0.0), OFFLINE_HIGH);
    near(&run(&mut path, &at_unity(0.0), &input[..4800], 64), 200..4800);
    let delta = Controls { listen: Listen::Delta, ..at_unity(0.0) };
    let rest = run(&mut path, &delta, &input[..48_000], 64);
    assert!(rest[2000..].iter().all(|x| x.abs() < 0.01), "level-matched, delta has no gain in it");
    // Compare is the dry as it is.
    let compare = Controls { listen: Listen::Compare, ..at_unity(0.0) };
    near(&run(&mut path, &compare, &input[..48_000], 64), 4800..48_000);
    let after = run(&mut path, &controls(), &input[..4800], 64);
    assert_eq!(after[2000], input[1900] * 0.5, "and back, exactly");
}

#[test]
fn a_gain_that_is_known_is_taken_back_at_once() {
    let input = programme(48_000);
    let mut path = path(OFFLINE_HIGH);
    // Twice -3.01 dB: as if the halver's gain were a parameter's.
    let known_gain_db = 20.0 * 0.5_f32.log10();
    path.reset(&at_unity(known_gain_db), OFFLINE_HIGH);
    let output = run(&mut path, &at_unity(known_gain_db), &input, 64);
    for n in 100..48_000 {
        let dry = input[n - 100];
        assert!((output[n] - dry).abs() <= 0.0116 * dry.abs() + 1e-6, "frame {n}: {} for {dry}", output[n]);
    }
    // And what Compare is told is the whole of it.
    let shared = path.published.feed.shared.clone();
    let offset_lu = shared.offset_lu.load(Ordering::Relaxed);
    assert!((offset_lu + 6.0206).abs() < 0.05, "{offset_lu} LU");
}

#[test]
fn a_host_that_suspends_keeps_a_match_run_and_what_compare_knows() {
    let input = programme(48_000 * 6);
    let mut path = path(Modes::default());
    let shared = path.published.feed.shared.clone();
    shared.is_watched.store(true, Ordering::Relaxed);
    shared.set_match_phase(MatchPhase::Start);
    run(&mut path, &controls(), &input, 512);
    path.prepare(48_000.0, 8192, 2);
    path.reset(&controls(), Modes::default());
    assert_eq!(shared.match_phase(), MatchPhase::Learning);
    shared.set_match_phase(MatchPhase::Finish);
    run(&mut path, &controls(), &input[..64], 64);
    assert!((shared.learnt_lu.load(Ordering::Relaxed) + 6.0206).abs() < 0.1, "what was heard before counts");
    let compare = Controls { listen: Listen::Compare, ..controls() };
    path.reset(&compare, Modes::default());
    let output = run(&mut path, &compare, &input[..4800], 64);
    let latency = path.latency_samples();
    for n in 2000..4800 {
        let wet = input[n - latency] * 0.5;
        assert!((output[n] - wet).abs() <= 0.0116 * wet.abs() + 1e-6, "frame {n}: {} for {wet}", output[n]);
    }
}

#[test]
fn match_learns_the_difference() {
    let input = programme(48_000 * 4);
    let mut path = path(Modes::default());
    let shared = path.published.feed.shared.clone();
    shared.is_watched.store(true, Ordering::Relaxed);
    shared.set_match_phase(MatchPhase::Start);
    run(&mut path, &controls(), &input, 512);
    assert_eq!(shared.match_phase(), MatchPhase::Learning);
    shared.set_match_phase(MatchPhase::Finish);
    run(&mut path, &controls(), &input[..64], 64);
    assert_eq!(shared.match_phase(), MatchPhase::Done);
    let learnt_lu = shared.learnt_lu.load(Ordering::Relaxed);
    assert!((learnt_lu + 6.0206).abs() < 0.1, "{learnt_lu} LU");
}

#[test]
fn a_reset_or_a_comparison_in_the_middle_costs_match_nothing() {
    let input = programme(48_000 * 4);
    let mut path = path(Modes::default());
    let shared = path.published.feed.shared.clone();
    shared.is_watched.store(true, Ordering::Relaxed);
    let mut learn = |interrupt: &dyn Fn(&mut SoundPath<Halver>) -> Controls<f64>| {
        shared.set_match_phase(MatchPhase::Start);
        run(&mut path, &controls(), &input, 512);
        assert_eq!(shared.match_phase(), MatchPhase::Learning);
        let then = interrupt(&mut path);
        run(&mut path, &then, &input[..4096], 64);
        assert_eq!(shared.match_phase(), MatchPhase::Learning);
        assert!(shared.take_match_on(MatchPhase::Learning, MatchPhase::Finish));
        run(&mut path, &then, &input[..64], 64);
        assert_eq!(shared.match_phase(), MatchPhase::Done);
        shared.learnt_lu.load(Ordering::Relaxed)
    };
    // As a host that suspends does.
    let learnt_lu = learn(&|path| {
        path.reset(&controls(), Modes::default());
        controls()
    });
    assert!((learnt_lu + 6.0206).abs() < 0.1, "{learnt_lu} LU after a reset");
    let learnt_lu = learn(&|_| Controls { listen: Listen::Compare, ..controls() });
    assert!((learnt_lu + 6.0206).abs() < 0.1, "{learnt_lu} LU while comparing");
}

#[test]
fn a_run_that_was_given_up_is_not_taken_on() {
    let mut path = path(Modes::default());
    let shared = path.published.feed.shared.clone();
    shared.is_watched.store(true, Ordering::Relaxed);
    // The window gives up between the audio thread's look at the phase and its answer.
    assert!(!shared.take_match_on(MatchPhase::Start, MatchPhase::Learning));
    assert!(!shared.take_match_on(MatchPhase::Finish, MatchPhase::Done));
    run(&mut path, &controls(), &programme(4800), 64);
    assert_eq!(shared.match_phase(), MatchPhase::Idle);
}
