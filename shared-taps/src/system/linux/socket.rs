//! Sockets: nothing here ever waits.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::PathBuf;

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags, SocketType,
};

use super::{File, Folder, random};
use crate::Error;
use crate::message::MAX_PACKET;
use crate::system::{Call, Received, Sent};

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 128;
/// A station that is being made has this in front of its name, and cannot be called yet.
const IN_THE_MAKING: &str = ".";

fn socket() -> Result<OwnedFd, Errno> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)
}

/// Whether the other side is this user.
fn is_same_user(socket: &OwnedFd) -> bool {
    rustix::net::sockopt::socket_peercred(socket).is_ok_and(|peer| peer.uid == rustix::process::geteuid())
}

/// Where a station is called. The file goes with it.
#[derive(Debug)]
pub(crate) struct Door {
    socket: OwnedFd,
    path: PathBuf,
}

impl Door {
    /// A new one in the folder, under a name that nobody else has.
    pub fn open(folder: &Folder) -> Result<Self, Error> {
        let doing = "cannot offer taps";
        let name: String = random()?.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = folder.path().join(&name);
        let hidden = folder.path().join(format!("{IN_THE_MAKING}{name}"));
        let socket = socket().map_err(Error::system(doing))?;
        let address = SocketAddrUnix::new(&hidden).map_err(Error::system(doing))?;
        rustix::net::bind(&socket, &address).map_err(Error::system(doing))?;
        let mut door = Self { socket, path: hidden };
        rustix::net::listen(&door.socket, BACKLOG).map_err(Error::system(doing))?;
        // Whoever finds it under its name is answered: to call one that does not listen yet looks like calling a dead one.
        std::fs::rename(&door.path, &path).map_err(Error::system(doing))?;
        door.path = path;
        Ok(door)
    }

    /// Whether its file is still there: something that tidies may have removed it.
    pub fn is_in_place(&self) -> bool {
        self.path.symlink_metadata().is_ok()
    }

    /// The next one of this user who has called.
    pub fn accept(&self) -> Option<Connection> {
        loop {
            match rustix::net::accept_with(&self.socket, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) {
                Ok(socket) if is_same_user(&socket) => return Some(Connection { socket }),
                Ok(_) | Err(Errno::INTR | Errno::CONNABORTED) => {}
                Err(_) => return None,
            }
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // Gone already: fine.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// One end of a connection.
#[derive(Debug)]
pub(crate) struct Connection {
    socket: OwnedFd,
}

impl Connection {
    /// Calls the station with this name in the folder.
    pub fn call(folder: &Folder, name: &str) -> Call {
        let is_in_the_making = name.starts_with(IN_THE_MAKING);
        let path = folder.path().join(name);
        // One that is in the making may be given up only if it has been for long.
        let is_old = || {
            let age = path.symlink_metadata().ok().and_then(|data| data.modified().ok()?.elapsed().ok());
            age.is_some_and(|age| age.as_secs() > 60)
        };
        if is_in_the_making && !is_old() {
            return Call::NotAnswered;
        }
        let (Ok(socket), Ok(address)) = (socket(), SocketAddrUnix::new(&path)) else { return Call::NotAnswered };
        match rustix::net::connect(&socket, &address) {
            Ok(()) if !is_in_the_making && is_same_user(&socket) => Call::Answered(Self { socket }),
            Err(Errno::CONNREFUSED) => Call::Dead,
            _ => Call::NotAnswered,
        }
    }

    /// Sends a packet, and a file with it.
    pub fn send(&self, bytes: &[u8], file: Option<BorrowedFd<'_>>) -> Sent {
        let files = file.as_slice();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut beside = SendAncillaryBuffer::new(&mut space);
        if !files.is_empty() {
            beside.push(SendAncillaryMessage::ScmRights(files));
        }
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        match rustix::net::sendmsg(&self.socket, &[IoSlice::new(bytes)], &mut beside, flags) {
            Ok(_) => Sent::Done,
            Err(Errno::AGAIN | Errno::NOBUFS | Errno::INTR) => Sent::Full,
            Err(_) => Sent::Closed,
        }
    }

    /// Takes the next packet.
    pub fn receive(&self) -> Received {
        let mut bytes = [0_u8; MAX_PACKET];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut beside = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
        let received = rustix::net::recvmsg(&self.socket, &mut [IoSliceMut::new(&mut bytes)], &mut beside, flags);
        match received {
            Ok(received) => {
                // Files that nobody wants are closed with the iterator.
                let mut file: Option<File> = None;
                for message in beside.drain() {
                    if let RecvAncillaryMessage::ScmRights(files) = message {
                        file = files.last().or(file);
                    }
                }
                if received.bytes == 0 || received.flags.contains(ReturnFlags::TRUNC) {
                    return Received::Closed;
                }
                Received::Packet(bytes[..received.bytes].to_vec(), file)
            }
            Err(Errno::AGAIN | Errno::INTR) => Received::Nothing,
            Err(_) => Received::Closed,
        }
    }
}
