//! The worst places of a programme, in bounded memory.

/// A segment of sub-blocks (10 ms each) in which something went over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// Where it begins, seconds from the start of the programme, to 10 ms.
    pub start_s: f64,
    /// How long it lasts, seconds, in steps of 10 ms.
    pub length_s: f64,
    /// The channel of the highest peak, from 0.
    pub channel: usize,
    /// The highest peak, linear, 1 at full scale: true peak in a list of true-peak overs, sample peak in one of clips.
    pub peak: f64,
    /// Clipped samples in it, all channels.
    pub clipped_samples: u64,
}

impl Event {
    /// The highest peak in dB.
    #[must_use]
    pub fn peak_db(&self) -> f64 {
        crate::math::gain_to_db(self.peak)
    }

    /// Whether it is higher, or as high with more clipped samples.
    #[must_use]
    pub fn is_worse_than(&self, other: &Self) -> bool {
        (self.peak, self.clipped_samples) > (other.peak, other.clipped_samples)
    }
}

/// Counts events and remembers the worst of them.
#[derive(Debug, Clone)]
pub(super) struct EventList {
    worst: Vec<Event>,
    running: Option<Event>,
    total: u64,
}

impl EventList {
    /// Events remembered: a page of them, more is no help to anybody.
    const CAPACITY: usize = 64;

    pub(super) fn new() -> Self {
        Self { worst: Vec::with_capacity(Self::CAPACITY), running: None, total: 0 }
    }

    pub(super) fn reset(&mut self) {
        self.worst.clear();
        self.running = None;
        self.total = 0;
    }

    /// Takes the next sub-block: an event of its length, or `None` if nothing was over, which ends a running segment.
    pub(super) fn push(&mut self, over: Option<Event>) {
        match (&mut self.running, over) {
            (Some(running), Some(next)) => {
                running.length_s += next.length_s;
                running.clipped_samples += next.clipped_samples;
                if next.peak > running.peak {
                    (running.peak, running.channel) = (next.peak, next.channel);
                }
            }
            (None, Some(next)) => {
                self.total += 1;
                self.running = Some(next);
            }
            (_, None) => self.end(),
        }
    }

    /// Ends a running segment.
    pub(super) fn end(&mut self) {
        let Some(event) = self.running.take() else { return };
        if self.worst.len() < Self::CAPACITY {
            self.worst.push(event);
        } else if let Some(mildest) = self.worst.iter_mut().reduce(|a, b| if a.is_worse_than(b) { b } else { a })
            && event.is_worse_than(mildest)
        {
            *mildest = event;
        }
    }

    /// Stretches so far, a running one included.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The segment that still lasts.
    pub(super) fn running(&self) -> Option<Event> {
        self.running
    }

    /// The worst that have ended, in no order.
    pub(super) fn worst(&self) -> &[Event] {
        &self.worst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_join_and_only_the_worst_stay() {
        let mut list = EventList::new();
        let event = |at: usize, peak: f64| Event {
            start_s: at as f64 / 100.0,
            length_s: 0.01,
            channel: at % 2,
            peak,
            clipped_samples: 1,
        };
        for k in 0..500 {
            list.push(Some(event(3 * k, 1.0 + k as f64 / 1000.0)));
            list.push(Some(event(3 * k + 1, 1.0005 + k as f64 / 1000.0)));
            list.push(None);
        }
        assert_eq!((list.total(), list.worst().len()), (500, 64));
        for event in list.worst() {
            assert!(event.peak > 1.435, "{event:?} is not among the worst");
            assert_eq!((event.clipped_samples, event.length_s), (2, 0.02));
        }
    }
}
