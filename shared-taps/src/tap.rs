//! The audio thread's end of a tap.

use std::sync::Arc;

use crate::ring::{Moment, RingWriter};
use crate::system::Memory;

pub(crate) type Writer = Box<RingWriter<Arc<Memory>>>;

/// Rings on their way to an audio thread, or `None` where nobody listens any more, and back. One at a time is on the way (see
/// [`Station::serve`](crate::Station::serve)), so neither queue is ever full.
pub(crate) const ON_THE_WAY: usize = 2;

/// What an instance publishes with: free unless somebody listens, and wait-free then. It neither allocates nor frees: the
/// station makes rings, and takes them back.
#[derive(Debug, Default)]
pub struct Tap {
    queues: Option<(rtrb::Consumer<Option<Writer>>, rtrb::Producer<Writer>)>,
    ring: Option<Writer>,
}

impl Tap {
    /// A tap that nobody ever listens to: where the system has none.
    #[must_use]
    pub fn deaf() -> Self {
        Self::default()
    }

    pub(crate) fn new(rings: rtrb::Consumer<Option<Writer>>, spent: rtrb::Producer<Writer>) -> Self {
        Self { queues: Some((rings, spent)), ring: None }
    }

    /// Looks whether somebody listens, and notes what holds for the frames that follow. Once a block of the host's. Realtime-safe.
    pub fn begin(&mut self, moment: &Moment) {
        let Some((rings, spent)) = &mut self.queues else { return };
        if let Ok(ring) = rings.pop()
            && let Some(old) = std::mem::replace(&mut self.ring, ring)
            && let Err(rtrb::PushError::Full(old)) = spent.push(old)
        {
            // Cannot be, and to unmap it here would be a system call.
            std::mem::forget(old);
        }
        if let Some(ring) = &mut self.ring {
            ring.begin(moment);
        }
    }

    /// Whether somebody listens: without, nothing need be made ready for [`write`](Self::write).
    #[must_use]
    pub fn is_listened_to(&self) -> bool {
        self.ring.is_some()
    }

    /// Publishes what came in and what goes out, left and right of each. Realtime-safe.
    pub fn write(&mut self, input: [&[f32]; 2], output: [&[f32]; 2]) {
        if let Some(ring) = &mut self.ring {
            ring.write(input, output);
        }
    }
}
