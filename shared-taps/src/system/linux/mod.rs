//! Linux: a sealed memfd, and unix sockets that keep packets apart.

mod folder;
mod memory;
mod socket;

pub use self::folder::Folder;
pub(crate) use self::memory::Memory;
pub(crate) use self::socket::{Connection, Door};

/// An open file on its way between processes.
pub(crate) type File = std::os::fd::OwnedFd;

/// Random bytes from the system.
pub(crate) fn random() -> Result<[u8; 16], crate::Error> {
    let mut bytes = [0_u8; 16];
    let count = rustix::rand::getrandom(&mut bytes[..], rustix::rand::GetRandomFlags::empty())
        .map_err(crate::Error::system("cannot get random bytes"))?;
    // So few bytes always come at once.
    (count == bytes.len()).then_some(bytes).ok_or(crate::Error::NotHere)
}
