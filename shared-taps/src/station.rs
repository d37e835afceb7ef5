//! The writer's side: one for all instances of a library.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::Error;
use crate::id::TapId;
use crate::message::{Answer, Request, cleaned};
use crate::ring::{BLOCKS, Layout, RingWriter};
use crate::system::{self, Connection, Door, Folder, Memory, Received, Sent};
use crate::tap::{ON_THE_WAY, Tap, Writer};

/// Readers that a station talks to at once; whoever comes then is sent away. A session has a few Meters.
const MAX_CLIENTS: usize = 128;
/// Whoever calls and asks for nothing, or asks and does not read, is sent away after this.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the station looks whether its file is still there.
const FILE_CHECK: Duration = Duration::from_secs(2);

/// Offers taps to readers in any process of this user's.
#[derive(Debug)]
pub struct Station {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: Folder,
    /// None where it could not be opened again after its file had been removed.
    door: Option<Door>,
    checked: Instant,
    taps: Vec<Offered>,
    clients: Vec<Client>,
}

/// A tap as the station has it.
#[derive(Debug)]
struct Offered {
    id: TapId,
    plugin: String,
    track: String,
    /// Grows with every new name.
    revision: u32,
    rings: rtrb::Producer<Option<Writer>>,
    spent: rtrb::Consumer<Writer>,
    /// What the audio thread has, or has on the way.
    memory: Option<Arc<Memory>>,
}

#[derive(Debug)]
struct Client {
    connection: Connection,
    wants: Wants,
    /// Since when it owes something: a request, or reading what was sent.
    owes_since: Option<Instant>,
}

#[derive(Debug)]
enum Wants {
    /// It has not said.
    Unknown,
    /// The taps there are; of these it knows, with the revision of their names.
    List(Vec<(TapId, u32)>),
    /// A ring, which it may have by now.
    Ring { id: TapId, has_it: bool },
}

impl Station {
    /// A station in this folder. Removes what the dead have left there.
    ///
    /// # Errors
    ///
    /// [`Error::System`] if the system refuses a socket; [`Error::NotHere`] on systems without taps.
    pub fn open(folder: Folder) -> Result<Arc<Self>, Error> {
        for name in folder.sockets(usize::MAX) {
            if let system::Call::Dead = Connection::call(&folder, &name) {
                folder.sweep(&name);
            }
        }
        let door = Some(Door::open(&folder)?);
        let inner = Inner { folder, door, checked: Instant::now(), taps: Vec::new(), clients: Vec::new() };
        Ok(Arc::new(Self { inner: Mutex::new(inner) }))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic leaves nothing half done that matters.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A tap for a new instance of this plugin: its name on the list, for as long as the offer lives, and the audio thread's end.
    /// Not for an audio thread.
    ///
    /// # Errors
    ///
    /// [`Error::System`] if the system has no random numbers.
    pub fn offer(self: &Arc<Self>, plugin: &str) -> Result<(Offer, Tap), Error> {
        let id = TapId(system::random()?);
        let (rings, theirs) = rtrb::RingBuffer::new(ON_THE_WAY);
        let (returned, spent) = rtrb::RingBuffer::new(ON_THE_WAY);
        let (plugin, track) = (cleaned(plugin), String::new());
        self.lock().taps.push(Offered { id, plugin, track, revision: 0, rings, spent, memory: None });
        Ok((Offer { station: self.clone(), id }, Tap::new(theirs, returned)))
    }

    /// Answers whoever has called, makes rings for taps that somebody listens to, and takes back those that nobody does. Never waits;
    /// to be called every few hundredths of a second, off the audio thread. Answers whether anybody listens.
    pub fn serve(&self) -> bool {
        let mut inner = self.lock();
        let inner = &mut *inner;
        inner.keep_door();
        while inner.clients.len() < MAX_CLIENTS
            && let Some(connection) = inner.door.as_ref().and_then(Door::accept)
        {
            let owes_since = Some(Instant::now());
            inner.clients.push(Client { connection, wants: Wants::Unknown, owes_since });
        }
        let Inner { taps, clients, .. } = inner;
        clients.retain_mut(|client| client.hear());
        let is_wanted = |tap: &Offered| clients.iter().any(|client| client.listens_to(tap.id));
        let wanted: Vec<bool> = taps.iter().map(is_wanted).collect();
        for (tap, is_wanted) in taps.iter_mut().zip(wanted) {
            tap.follow(is_wanted);
        }
        clients.retain_mut(|client| client.answer(taps));
        clients.iter().any(|client| matches!(client.wants, Wants::Ring { .. }))
    }
}

impl Inner {
    /// Sees to it that the station can be found.
    fn keep_door(&mut self) {
        if self.checked.elapsed() < FILE_CHECK {
            return;
        }
        self.checked = Instant::now();
        if !self.door.as_ref().is_some_and(Door::is_in_place) {
            // The folder may have gone with it, and may be somebody else's now.
            let folder = Folder::at(self.folder.path());
            self.door = folder.and_then(|folder| Door::open(&folder)).ok();
        }
    }
}

impl Offered {
    /// Brings the audio thread a ring, or takes it away. One at a time is on the way, and what comes back is let go of first, so
    /// that there is always room on the way back.
    fn follow(&mut self, is_wanted: bool) {
        while let Ok(ring) = self.spent.pop() {
            drop(ring);
        }
        if is_wanted == self.memory.is_some() || self.rings.slots() < ON_THE_WAY {
            return;
        }
        let made = if is_wanted { ring() } else { None };
        let (ring, memory) = match made {
            Some((ring, memory)) => (Some(ring), Some(memory)),
            // Without memory those who listen are refused.
            None if is_wanted => return,
            None => (None, None),
        };
        if self.rings.push(ring).is_ok() {
            self.memory = memory;
        }
    }
}

/// A new ring, and its memory.
fn ring() -> Option<(Writer, Arc<Memory>)> {
    let layout = Layout::new(BLOCKS as u64)?;
    let memory = Arc::new(Memory::create(layout).ok()?);
    let ring = RingWriter::new(memory.clone(), layout)?;
    Some((Box::new(ring), memory))
}

impl Client {
    fn listens_to(&self, tap: TapId) -> bool {
        matches!(self.wants, Wants::Ring { id, .. } if id == tap)
    }

    /// Takes what it says: one request, and nothing after it. False when it has gone, or is nobody of ours.
    fn hear(&mut self) -> bool {
        match self.connection.receive() {
            Received::Nothing => true,
            Received::Closed => false,
            Received::Packet(bytes, _) => match (Request::decode(&bytes), &self.wants) {
                (Some(request), Wants::Unknown) => {
                    self.wants = match request {
                        Request::List => Wants::List(Vec::new()),
                        Request::Listen(id) => Wants::Ring { id, has_it: false },
                    };
                    self.owes_since = None;
                    true
                }
                _ => false,
            },
        }
    }

    /// Tells it what it does not know yet. False when it has gone, or is to go.
    fn answer(&mut self, taps: &[Offered]) -> bool {
        let sent = match &mut self.wants {
            Wants::Unknown => Sent::Full,
            Wants::List(known) => list(&self.connection, known, taps),
            Wants::Ring { id, has_it } => {
                let Some(tap) = taps.iter().find(|tap| tap.id == *id) else { return false };
                if *has_it {
                    Sent::Done
                } else {
                    let Some(memory) = &tap.memory else {
                        // Still on the way, or not to be had; the difference shows when the way is free.
                        return tap.rings.slots() < ON_THE_WAY
                            || self.connection.send(&Answer::Refused.encode(), None) == Sent::Full;
                    };
                    let sent = self.connection.send(&Answer::Ring.encode(), memory.file());
                    *has_it = sent == Sent::Done;
                    sent
                }
            }
        };
        match sent {
            Sent::Done => self.owes_since = None,
            Sent::Full if self.owes_since.get_or_insert_with(Instant::now).elapsed() > PATIENCE => return false,
            Sent::Full => {}
            Sent::Closed => return false,
        }
        true
    }
}

/// Tells what is new on the list, as far as the other side takes it.
fn list(connection: &Connection, known: &mut Vec<(TapId, u32)>, taps: &[Offered]) -> Sent {
    let is_there = |id: TapId| taps.iter().any(|tap| tap.id == id);
    while let Some(at) = known.iter().position(|(id, _)| !is_there(*id)) {
        match connection.send(&Answer::Gone(known[at].0).encode(), None) {
            Sent::Done => known.swap_remove(at),
            other => return other,
        };
    }
    for tap in taps {
        let at = known.iter().position(|(id, _)| *id == tap.id);
        if at.is_some_and(|at| known[at].1 == tap.revision) {
            continue;
        }
        let answer = Answer::Tap { id: tap.id, plugin: tap.plugin.clone(), track: tap.track.clone() };
        match connection.send(&answer.encode(), None) {
            Sent::Done => match at {
                Some(at) => known[at].1 = tap.revision,
                None => known.push((tap.id, tap.revision)),
            },
            other => return other,
        }
    }
    Sent::Done
}

/// An instance's place on the list, for as long as this lives. The audio thread's [`Tap`] may outlive it, and is then listened to by
/// nobody new.
#[derive(Debug)]
pub struct Offer {
    station: Arc<Station>,
    id: TapId,
}

impl Offer {
    /// The instance's id.
    #[must_use]
    pub fn id(&self) -> TapId {
        self.id
    }

    /// The track on which the host says that the instance is; empty where it does not say. Not for an audio thread.
    pub fn set_track(&self, name: &str) {
        let name = cleaned(name);
        let mut inner = self.station.lock();
        if let Some(tap) = inner.taps.iter_mut().find(|tap| tap.id == self.id && tap.track != name) {
            tap.track = name;
            tap.revision = tap.revision.wrapping_add(1);
        }
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        self.station.lock().taps.retain(|tap| tap.id != self.id);
    }
}
