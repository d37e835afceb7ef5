//! How a limiter's reduction lets go: soon after a hit, slowly after what lasted.

use crate::math::smoothing_coefficient;

/// Below this the reduction is none, dB.
const NOTHING_DB: f64 = 1e-6;
/// What every part loses besides its share, dB per second: an exponential alone never ends.
const DRAIN_DB_PER_S: f64 = 0.1;

/// The times of [`Sustained`], seconds. All are time constants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SustainedTimes {
    /// With which a hit lets go.
    pub hit_release_s: f64,
    /// With which the sustained part takes over what lasts.
    pub attack_s: f64,
    /// With which it lets go.
    pub release_s: f64,
    /// The same of a third part that takes over from the second: `None` if there is none.
    pub slow: Option<(f64, f64)>,
}

/// A reduction in dB made of up to three parts that hand it over to each other: a hit's, a sustained one, and a slow one.
///
/// Together they are never less than what is wanted now, and never more than that or what they were: while what is wanted
/// stays, so does the reduction, and a steady tone is left as it is. Each part falls exponentially in dB, so what
/// follows a hit falls soon, and what follows a loud passage begins to fall soon and ends slowly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sustained {
    coefs: Coefs,
    channels: [Parts; 2],
    /// Whether the first channel stands for both.
    is_alike: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Coefs {
    hit_keep: f64,
    attack: f64,
    keep: f64,
    slow_attack: f64,
    slow_keep: f64,
    drain_db: f64,
}

/// The parts of one channel, dB.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Parts {
    hit: f64,
    sustained: f64,
    slow: f64,
}

impl Coefs {
    fn new(times: &SustainedTimes, sample_rate_hz: f64) -> Self {
        let share = |time_s: f64| smoothing_coefficient(time_s, sample_rate_hz);
        let (slow_attack, slow_keep) = match times.slow {
            Some((attack_s, release_s)) => (share(attack_s), 1.0 - share(release_s)),
            // What it holds goes as the sustained part would.
            None => (0.0, 1.0 - share(times.release_s)),
        };
        Self {
            hit_keep: 1.0 - share(times.hit_release_s),
            attack: share(times.attack_s),
            keep: 1.0 - share(times.release_s),
            slow_attack,
            slow_keep,
            drain_db: DRAIN_DB_PER_S / sample_rate_hz,
        }
    }
}

impl Sustained {
    /// At rest.
    #[must_use]
    pub fn new(times: &SustainedTimes, sample_rate_hz: f64) -> Self {
        Self { coefs: Coefs::new(times, sample_rate_hz), channels: [Parts::default(); 2], is_alike: true }
    }

    /// Takes other times; what it holds stays. Realtime-safe.
    pub fn set_times(&mut self, times: &SustainedTimes, sample_rate_hz: f64) {
        self.coefs = Coefs::new(times, sample_rate_hz);
    }

    /// Lets go of everything. Realtime-safe.
    pub fn reset(&mut self) {
        self.channels = [Parts::default(); 2];
        self.is_alike = true;
    }

    /// Whether there is no reduction, and none comes from nothing.
    #[must_use]
    #[inline(always)]
    pub fn is_at_rest(&self) -> bool {
        self.channels[0] == Parts::default() && (self.is_alike || self.channels[1] == Parts::default())
    }

    /// For one frame the reduction of each channel, dB, from what is wanted at once (`wanted_db`) and what the slower parts
    /// are to go to (`lasting_db`), both 0 and up. It is at least `wanted_db`. The latter may be held for longer: a bass whose peaks are
    /// further apart than a hit is held stands on it. Realtime-safe.
    #[inline(always)]
    pub fn tick(&mut self, wanted_db: [f64; 2], lasting_db: [f64; 2]) -> [f64; 2] {
        let c = self.coefs;
        let are_alike = wanted_db[0] == wanted_db[1] && lasting_db[0] == lasting_db[1];
        if self.is_alike {
            if are_alike {
                // Linked channels take one way.
                return [self.channels[0].tick(&c, wanted_db[0], lasting_db[0]); 2];
            }
            self.channels[1] = self.channels[0];
        }
        let reductions = [0, 1].map(|ch: usize| self.channels[ch].tick(&c, wanted_db[ch], lasting_db[ch]));
        self.is_alike = are_alike && self.channels[0] == self.channels[1];
        reductions
    }
}

/// The greater of two, in one instruction; NaN in `b` is none.
#[inline(always)]
fn more(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

#[inline(always)]
fn less(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

impl Parts {
    #[inline(always)]
    fn tick(&mut self, c: &Coefs, wanted_db: f64, lasting_db: f64) -> f64 {
        let before = self.hit + self.sustained + self.slow;
        let falls = |x: f64, keep: f64| more(x * keep - c.drain_db, 0.0);
        // The slow part, and what it leaves to the others.
        let slow = if lasting_db > self.slow {
            self.slow + (lasting_db - self.slow) * c.slow_attack
        } else {
            falls(self.slow, c.slow_keep)
        };
        let left_db = more(lasting_db - slow, 0.0);
        let sustained = if left_db > self.sustained {
            self.sustained + (left_db - self.sustained) * c.attack
        } else {
            // What the slow part has taken over goes at once, what is still wanted stays.
            more(left_db, falls(self.sustained, c.keep))
        };
        let sustained = less(sustained, more(before - slow, left_db));
        // The hit has the rest, and no more than makes the sum what it was.
        let held_db = slow + sustained;
        let hit = less(falls(self.hit, c.hit_keep), before - held_db);
        let hit = more(more(hit, wanted_db - held_db), 0.0);
        *self = Self { hit, sustained, slow };
        let sum = hit + held_db;
        if sum < NOTHING_DB && wanted_db == 0.0 && lasting_db == 0.0 {
            *self = Self::default();
            return 0.0;
        }
        // Rounding must not leave less than is wanted.
        more(sum, wanted_db)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: SustainedTimes =
        SustainedTimes { hit_release_s: 0.05, attack_s: 0.03, release_s: 0.15, slow: Some((0.5, 1.2)) };

    #[test]
    fn it_is_never_less_than_wanted_nor_more_than_wanted_or_before() {
        let mut unit = Sustained::new(&TIMES, 48_000.0);
        let (mut state, mut before, mut most) = (9_u32, 0.0_f64, 0.0_f64);
        let mut wanted = 0.0;
        for n in 0..400_000 {
            if n % 317 == 0 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                wanted = if state >> 30 == 0 { f64::from(state >> 16 & 0xfff) / 500.0 } else { 0.0 };
            }
            let [now, _] = unit.tick([wanted; 2], [wanted; 2]);
            assert!(now >= wanted && now <= wanted.max(before) + 1e-12, "{n}: {now} after {before}, wanted {wanted}");
            (before, most) = (now, most.max(now));
        }
        assert!(most > 4.0);
    }

    #[test]
    fn a_steady_reduction_stands_and_ends() {
        let mut unit = Sustained::new(&TIMES, 48_000.0);
        for _ in 0..200_000 {
            let [left, right] = unit.tick([6.0, 1.0], [6.0, 1.0]);
            assert!((left - 6.0).abs() < 1e-12 && (right - 1.0).abs() < 1e-12);
        }
        let mut fallen = 6.0;
        for _ in 0..(12.0 * 48_000.0) as usize {
            let [now, _] = unit.tick([0.0; 2], [0.0; 2]);
            assert!(now <= fallen);
            fallen = now;
        }
        assert!(unit.is_at_rest() && fallen == 0.0);
    }
}
