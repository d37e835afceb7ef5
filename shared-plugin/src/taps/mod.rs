//! What A/B listens to: each instance offers what comes into it and what goes out of it, to readers in any process of this
//! user's ([`shared_taps`]). The library's station is served by the worker, as one for all of its instances.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use shared_taps::{Error, Folder, Offer, Station, Tap, TapId};

use crate::worker::{PERIOD, Poll, watch};

/// An offline render has the worker look twenty thousand times a second; nobody who listens is in such a hurry.
const LEAST: Duration = Duration::from_millis(10);

/// The station while any instance lives.
struct Served {
    station: Arc<Station>,
    last: Mutex<Option<Instant>>,
}

impl Poll for Served {
    fn poll(&self) -> Duration {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= LEAST) {
            *last = Some(Instant::now());
            self.station.serve();
        }
        PERIOD
    }
}

static SERVED: Mutex<Weak<Served>> = Mutex::new(Weak::new());

/// The library's station, opened for its first instance.
fn served() -> Result<Arc<Served>, Error> {
    let mut served = SERVED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(served) = served.upgrade() {
        return Ok(served);
    }
    let opened = Arc::new(Served { station: Station::open(Folder::of_user()?)?, last: Mutex::new(None) });
    *served = Arc::downgrade(&opened);
    watch(Arc::downgrade(&opened) as _);
    Ok(opened)
}

/// An instance among the taps. It joins when it is activated for playback first: what scans plugins or renders files has nothing
/// to listen to.
#[derive(Default)]
pub struct Presence {
    place: Mutex<Place>,
}

#[derive(Default)]
struct Place {
    /// Known before it joins, perhaps.
    track: String,
    /// The offer goes before the station that it is of.
    joined: Option<(Offer, Arc<Served>)>,
    /// Why it could not join.
    fault: Option<String>,
}

impl Presence {
    fn place(&self) -> std::sync::MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins under the plugin's name: the audio thread's end, once. Not for the audio thread. Where there can be no taps nothing is
    /// published, and [`fault`](Self::fault) says why.
    pub fn join(&self, plugin: &str) -> Option<Tap> {
        let mut place = self.place();
        if place.joined.is_some() {
            return None;
        }
        let joined = served().and_then(|served| served.station.offer(plugin).map(|(offer, tap)| (offer, tap, served)));
        match joined {
            Ok((offer, tap, served)) => {
                offer.set_track(&place.track);
                (place.joined, place.fault) = (Some((offer, served)), None);
                Some(tap)
            }
            Err(error) => {
                place.fault = Some(error.to_string());
                None
            }
        }
    }

    /// The track that the host says the instance is on; empty for none. Not for the audio thread.
    pub fn set_track(&self, name: &str) {
        let mut place = self.place();
        name.clone_into(&mut place.track);
        if let Some((offer, _)) = &place.joined {
            offer.set_track(name);
        }
    }

    /// This instance's id, so that a reader knows itself among the others; `None` before it has joined.
    #[must_use]
    pub fn id(&self) -> Option<TapId> {
        self.place().joined.as_ref().map(|(offer, _)| offer.id())
    }

    /// Why nobody can listen to this instance; `None` where they can.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        self.place().fault.clone()
    }
}

impl std::fmt::Debug for Presence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Presence").field("id", &self.id()).finish_non_exhaustive()
    }
}
