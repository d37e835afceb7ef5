//! The blind test: its statistics to the last way coins can fall, and its order.

use meter::ab::{Abx, LEAST_TRIALS, MOST_TRIALS, Side, ways_at_least};
use meter::report;
use std::time::Duration;

/// Pascal's triangle, by additions alone.
fn row(trials: usize) -> Vec<u128> {
    (0..trials).fold(vec![1], |row, _| {
        let next = row.windows(2).map(|two| two[0] + two[1]);
        std::iter::once(1).chain(next).chain([1]).collect()
    })
}

/// A test answered right so often, then wrong.
fn answered(trials: u32, order: u64, right: u32) -> Abx {
    let mut abx = Abx::with_order(trials, order).expect("a test");
    for trial in 0..trials {
        assert_eq!(abx.answered(), trial);
        assert_eq!(abx.result(), None, "nothing is told before the end");
        let (x, other) = match abx.x().expect("a trial") {
            Side::A => (Side::A, Side::B),
            Side::B => (Side::B, Side::A),
        };
        abx.answer(if trial < right { x } else { other });
    }
    abx
}

/// specs/meter.md: ABX statistics exact.
#[test]
fn p_values_are_the_exact_binomial_tails() {
    for trials in LEAST_TRIALS..=MOST_TRIALS {
        let row = row(trials as usize);
        assert_eq!(row.iter().sum::<u128>(), 1 << trials);
        for correct in 0..=trials {
            let tail: u128 = row[correct as usize..].iter().sum();
            assert_eq!(u128::from(ways_at_least(correct, trials)), tail, "{correct} of {trials}");
            let result = answered(trials, 0x5a5a_1234_9876_ffff, correct).result().expect("the end");
            assert_eq!(result.correct, correct);
            // The quotient by a power of two, multiplied back, is the whole number of ways: nothing was rounded.
            assert_eq!((result.p_value * (1_u64 << trials) as f64) as u128, tail, "{correct} of {trials}");
        }
    }
    // reference/linear.md D6.
    for (correct, trials, p) in [(9, 10, 11.0 / 1024.0), (10, 12, 79.0 / 4096.0), (12, 16, 2517.0 / 65_536.0)] {
        assert_eq!(answered(trials, 7, correct).result().expect("the end").p_value, p);
    }
    assert!(
        ways_at_least(15, 20) * 20 < 1 << 20 && ways_at_least(14, 20) * 20 > 1 << 20,
        "15 of 20 is the first below 0.05"
    );
}

/// Unpredictable: the next coin is told neither by its place, nor by the one before, nor by how many of a kind there were. Balanced:
/// A and B come equally often. Each bound is five standard deviations.
#[test]
fn the_order_is_fair() {
    let tests: Vec<Abx> = (0..1000).map(|_| Abx::new(50).expect("random numbers")).collect();
    let (mut ones, mut pairs) = ([0_u32; 50], [0_u32; 4]);
    for abx in &tests {
        let mut abx = abx.clone();
        let mut last = None;
        for count in &mut ones {
            let is_b = abx.x() == Some(Side::B);
            *count += u32::from(is_b);
            if let Some(last) = last {
                pairs[usize::from(is_b) + 2 * usize::from(last)] += 1;
            }
            last = Some(is_b);
            abx.answer(Side::A);
        }
        assert_eq!(abx.x(), None, "the end");
    }
    let total: u32 = ones.iter().sum();
    assert!((f64::from(total) - 25_000.0).abs() < 5.0 * 12_500.0_f64.sqrt(), "{total} of 50000 were B");
    for (place, &count) in ones.iter().enumerate() {
        assert!((f64::from(count) - 500.0).abs() < 5.0 * 250.0_f64.sqrt(), "trial {place}: {count} of 1000 were B");
    }
    for (pair, &count) in pairs.iter().enumerate() {
        assert!((f64::from(count) - 12_250.0).abs() < 5.0 * 9187.5_f64.sqrt(), "pair {pair:02b}: {count} of 49000");
    }
    let order = |abx: &Abx| {
        let mut abx = abx.clone();
        std::iter::from_fn(|| abx.x().inspect(|_| abx.answer(Side::A))).collect::<Vec<_>>()
    };
    assert!(tests.windows(2).all(|two| order(&two[0]) != order(&two[1])), "no two tests are alike");
}

#[test]
fn a_test_has_an_end_and_bounds_and_can_be_exported() {
    for trials in [0, LEAST_TRIALS - 1, MOST_TRIALS + 1, 64] {
        let refused = Abx::new(trials).expect_err("refused").to_string();
        assert!(refused.contains("10 to 50") && refused.contains(&trials.to_string()), "{refused}");
    }
    let mut abx = answered(10, 0b11, 9);
    let result = abx.result().expect("the end");
    abx.answer(Side::A);
    assert_eq!(abx.result().as_ref(), Some(&result), "an answer too many changes nothing");
    let csv = result.to_csv();
    let lines: Vec<&str> = csv.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 12, "{csv}");
    assert_eq!((lines[0], lines[1], lines[3]), ("trial,x,answer,correct", "1,B,B,1", "3,A,A,1"));
    assert_eq!(lines[10], "10,A,B,0");
    assert_eq!(lines[11], "total,,,9 of 10 (p = 0.0107421875)");
}

#[test]
fn results_are_written_whole_where_a_person_finds_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path().join("made when needed");
    let csv = answered(16, 0xF0F0, 12).result().expect("the end").to_csv();
    let now = Duration::from_secs(1_795_257_302);
    let file = report::write_blind_test_into(&place, &csv, now).expect("written");
    assert_eq!(file, place.join("blind test 2026-11-21 103502.csv"));
    assert_eq!(std::fs::read_to_string(&file).expect("the results"), csv);
    assert_eq!(std::fs::read_dir(&place).expect("a folder").count(), 1, "nothing is left behind");
    // A file stands where the folder should be: the message names it.
    let error = report::write_blind_test_into(&file, &csv, now).expect_err("no folder").to_string();
    assert!(error.contains("blind test 2026-11-21 103502.csv"), "{error}");
}
