//! How long a reduction stays before it is let go.

/// What is less by no more than this is still wanted: the peaks of a steady tone are read alike only to within this, dB.
const ALIKE_DB: f64 = 0.05;

/// Counts, for each of two channels, the samples for which a reduction stays although less of it is wanted.
///
/// It starts anew whenever as much reduction is wanted as there is, or more: what comes before a release is held, and an attack
/// never waits. What has once begun to fall is held again from the next time on that it is wanted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReleaseHold {
    samples: u32,
    remaining: [u32; 2],
}

impl ReleaseHold {
    /// Holds for so many samples, 0 for not at all. What is being held goes on, for no longer than that.
    pub fn set_samples(&mut self, samples: u32) {
        self.samples = samples;
        self.remaining = self.remaining.map(|remaining| remaining.min(samples));
    }

    /// Lets go at once.
    pub fn reset(&mut self) {
        self.remaining = [0; 2];
    }

    /// Whether it ever holds.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.samples > 0
    }

    /// Gives the second channel the first one's count.
    pub fn link(&mut self) {
        self.remaining[1] = self.remaining[0];
    }

    /// Whether both channels will let go at the same time.
    #[must_use]
    pub fn is_alike(&self) -> bool {
        self.remaining[0] == self.remaining[1]
    }

    /// One sample of a channel (0 or 1): whether the reduction `now` stays where `wanted` is asked for, both in dB.
    #[inline(always)]
    pub(super) fn stays(&mut self, channel: usize, wanted: f64, now: f64) -> bool {
        let remaining = &mut self.remaining[channel & 1];
        if wanted >= now - ALIKE_DB {
            *remaining = self.samples;
            return false;
        }
        let stays = *remaining > 0;
        *remaining = remaining.saturating_sub(1);
        stays
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_for_its_samples_after_the_last_one_that_wants_it() {
        let mut hold = ReleaseHold::default();
        assert!(!hold.is_on() && !hold.stays(0, 1.0, 2.0));
        hold.set_samples(3);
        assert!(!hold.stays(0, 1.0, 2.0), "nothing was wanted yet");
        assert!(!hold.stays(0, 2.0, 2.0));
        let mut stays = |wanted| hold.stays(0, wanted, 2.0);
        assert_eq!([stays(1.9), stays(0.0), stays(1.0), stays(1.0)], [true, true, true, false]);
        assert_eq!([stays(2.5), stays(0.0)], [false, true]);
        assert!(!hold.stays(1, 0.0, 2.0) && !hold.is_alike(), "the other channel has a count of its own");
        hold.set_samples(1);
        assert_eq!([hold.stays(0, 0.0, 2.0), hold.stays(0, 0.0, 2.0)], [true, false], "a shorter one ends sooner");
    }
}
