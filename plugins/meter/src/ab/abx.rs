//! The blind test: is X the same as A, or as B? (D. Clark, "High-resolution subjective testing using a double-blind
//! comparator", JAES 30(5), 1982.)

use std::fmt::Write as _;

use super::Side;

/// The fewest trials of a test: of less, all right is no proof.
pub const LEAST_TRIALS: u32 = 10;
/// The most trials of a test: of more, ears tire.
pub const MOST_TRIALS: u32 = 50;

/// Why a test could not begin.
#[derive(Debug, thiserror::Error)]
pub enum AbxError {
    /// Too few or too many trials.
    #[error("a blind test has {LEAST_TRIALS} to {MOST_TRIALS} trials, not {0}")]
    Trials(u32),
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

/// One answered trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trial {
    /// What X was.
    pub x: Side,
    /// What it was taken for.
    pub answer: Side,
}

impl Trial {
    /// Whether X was told.
    #[must_use]
    pub fn is_correct(&self) -> bool {
        self.x == self.answer
    }
}

/// A test under way. How many trials there are is settled at its start, and nothing is told of the score before its end: who may
/// stop when it looks good proves nothing.
///
/// Each trial is a fair coin of its own, thrown by the system's generator. An order with exactly as many A as B would not be: by
/// counting, the last ones are known, and 10 of 10 would come by chance once in 252 times, not once in 1024.
#[derive(Debug, Clone)]
pub struct Abx {
    /// A bit a trial: whether X is B.
    order: u64,
    trials: u32,
    answers: Vec<Side>,
}

/// What a finished test says.
#[derive(Debug, Clone, PartialEq)]
pub struct AbxResult {
    /// Every trial, in order.
    pub trials: Vec<Trial>,
    /// How many were right.
    pub correct: u32,
    /// The chance that whoever hears no difference does as well or better: the exact binomial tail, to the bit.
    pub p_value: f64,
}

impl Abx {
    /// Begins a test.
    ///
    /// # Errors
    ///
    /// [`AbxError`].
    pub fn new(trials: u32) -> Result<Self, AbxError> {
        Self::with_order(trials, getrandom::u64()?)
    }

    /// The same in a known order, a bit a trial from the lowest, 1 where X is B: for tests.
    ///
    /// # Errors
    ///
    /// [`AbxError::Trials`].
    pub fn with_order(trials: u32, order: u64) -> Result<Self, AbxError> {
        if !(LEAST_TRIALS..=MOST_TRIALS).contains(&trials) {
            return Err(AbxError::Trials(trials));
        }
        Ok(Self { order, trials, answers: Vec::with_capacity(trials as usize) })
    }

    /// How many trials there are.
    #[must_use]
    pub fn trials(&self) -> u32 {
        self.trials
    }

    /// How many are answered.
    #[must_use]
    pub fn answered(&self) -> u32 {
        self.answers.len() as u32
    }

    /// What X is in the present trial, for whoever plays it and nobody else; `None` at the end.
    #[must_use]
    pub fn x(&self) -> Option<Side> {
        (self.answered() < self.trials).then(|| self.x_of(self.answers.len()))
    }

    fn x_of(&self, trial: usize) -> Side {
        if self.order >> trial & 1 == 1 { Side::B } else { Side::A }
    }

    /// Answers the present trial and goes on to the next; after the end nothing happens.
    pub fn answer(&mut self, answer: Side) {
        if self.answered() < self.trials {
            self.answers.push(answer);
        }
    }

    /// What it says; `None` before the last answer.
    #[must_use]
    pub fn result(&self) -> Option<AbxResult> {
        if self.answered() < self.trials {
            return None;
        }
        let trial = |(trial, &answer): (usize, &Side)| Trial { x: self.x_of(trial), answer };
        let trials: Vec<Trial> = self.answers.iter().enumerate().map(trial).collect();
        let correct = trials.iter().filter(|trial| trial.is_correct()).count() as u32;
        // Both are whole numbers below 2^53, and the one is a power of two: the quotient is exact.
        let p_value = ways_at_least(correct, self.trials) as f64 / (1_u64 << self.trials) as f64;
        Some(AbxResult { trials, correct, p_value })
    }
}

impl AbxResult {
    /// As comma-separated values (RFC 4180): a line a trial under a heading, then the score.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let name = |side| match side {
            Side::A => "A",
            Side::B => "B",
        };
        let mut out = String::from("trial,x,answer,correct\r\n");
        for (at, trial) in self.trials.iter().enumerate() {
            let correct = u8::from(trial.is_correct());
            // Writing to a String cannot fail.
            let _ = write!(out, "{},{},{},{correct}\r\n", at + 1, name(trial.x), name(trial.answer));
        }
        let _ = write!(out, "total,,,{} of {} (p = {})\r\n", self.correct, self.trials.len(), self.p_value);
        out
    }
}

/// In how many of the `2^trials` ways that coins may fall at least `correct` of them are right. Exact for up to 63 trials.
#[must_use]
pub fn ways_at_least(correct: u32, trials: u32) -> u64 {
    let mut ways = 1_u64;
    let mut sum = if correct == 0 { 1 } else { 0 };
    for right in 1..=trials {
        // From one binomial coefficient to the next; the product is divisible, and fits 128 bits.
        ways = (u128::from(ways) * u128::from(trials - right + 1) / u128::from(right)) as u64;
        if right >= correct {
            sum += ways;
        }
    }
    sum
}
