//! The taps there are.

use std::collections::BTreeMap;

use crate::Error;
use crate::id::TapId;
use crate::listener::Listener;
use crate::message::{Answer, Request};
use crate::system::{Call, Connection, Folder, Received, Sent};

/// The most that is believed: files in the folder, taps of a station, packets at one look.
const MAX_STATIONS: usize = 512;
const MAX_TAPS: usize = 4096;
const MAX_PACKETS: usize = 4 * MAX_TAPS;

/// A tap that can be listened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapInfo {
    /// The instance.
    pub id: TapId,
    /// The plugin's name.
    pub plugin: String,
    /// The track's name; empty where the host does not say.
    pub track: String,
}

/// The list of taps in all processes of this user's, kept up to date by what their stations tell. Nothing here ever waits.
#[derive(Debug)]
pub struct Catalogue {
    folder: Folder,
    /// By the name of the socket; `None` for one that is nobody of ours.
    stations: BTreeMap<String, Option<Heard>>,
    taps: Vec<TapInfo>,
}

#[derive(Debug)]
struct Heard {
    connection: Connection,
    taps: BTreeMap<TapId, TapInfo>,
}

impl Catalogue {
    /// A list of what meets in this folder, empty until it is [refreshed](Self::refresh).
    #[must_use]
    pub fn new(folder: Folder) -> Self {
        Self { folder, stations: BTreeMap::new(), taps: Vec::new() }
    }

    /// Looks who is there, and hears what they tell. A station answers within a few hundredths of a second, so a tap that is new comes with
    /// the next look. Sweeps what the dead have left. Makes system calls and allocates; a second or a window's frame is often enough.
    pub fn refresh(&mut self) -> &[TapInfo] {
        let names = self.folder.sockets(MAX_STATIONS);
        self.stations.retain(|name, _| names.contains(name));
        for name in names {
            if self.stations.contains_key(&name) {
                continue;
            }
            match Connection::call(&self.folder, &name) {
                Call::Answered(connection) => {
                    let is_asked = connection.send(&Request::List.encode(), None) == Sent::Done;
                    let heard = is_asked.then_some(Heard { connection, taps: BTreeMap::new() });
                    self.stations.insert(name, heard);
                }
                Call::Dead => self.folder.sweep(&name),
                Call::NotAnswered => {}
            }
        }
        self.stations.retain(|_, station| match station {
            None => true,
            Some(heard) => match heard.listen() {
                Ok(()) => true,
                // Called again with the next look, if it is still there.
                Err(Fault::Closed) => false,
                Err(Fault::Foreign) => {
                    *station = None;
                    true
                }
            },
        });
        self.taps = self.stations.values().flatten().flat_map(|heard| heard.taps.values().cloned()).collect();
        self.taps.sort_by(|a, b| (&a.track, &a.plugin, a.id).cmp(&(&b.track, &b.plugin, b.id)));
        &self.taps
    }

    /// As of the last look, by track, then by plugin.
    #[must_use]
    pub fn taps(&self) -> &[TapInfo] {
        &self.taps
    }

    /// Begins to listen to a tap of the list.
    ///
    /// # Errors
    ///
    /// [`Error::Gone`] if it is not there any more, or its station cannot be reached.
    pub fn listen(&self, id: TapId) -> Result<Listener, Error> {
        let mut all = self.stations.iter().filter_map(|(name, heard)| Some((name, heard.as_ref()?)));
        let (name, _) = all.find(|(_, heard)| heard.taps.contains_key(&id)).ok_or(Error::Gone)?;
        match Connection::call(&self.folder, name) {
            Call::Answered(connection) if connection.send(&Request::Listen(id).encode(), None) == Sent::Done => {
                Ok(Listener::new(connection))
            }
            _ => Err(Error::Gone),
        }
    }
}

enum Fault {
    /// It has gone, or has sent us away.
    Closed,
    /// It is nobody of ours.
    Foreign,
}

impl Heard {
    /// Takes all that the station has told.
    fn listen(&mut self) -> Result<(), Fault> {
        for _ in 0..MAX_PACKETS {
            let bytes = match self.connection.receive() {
                Received::Packet(bytes, _) => bytes,
                Received::Nothing => return Ok(()),
                Received::Closed => return Err(Fault::Closed),
            };
            match Answer::decode(&bytes) {
                Some(Answer::Tap { id, plugin, track })
                    if self.taps.len() < MAX_TAPS || self.taps.contains_key(&id) =>
                {
                    self.taps.insert(id, TapInfo { id, plugin, track });
                }
                Some(Answer::Gone(id)) => drop(self.taps.remove(&id)),
                _ => return Err(Fault::Foreign),
            }
        }
        Ok(())
    }
}
