//! What the system gives: memory to share, a private folder, and sockets in it.

#[cfg(not(target_os = "linux"))]
mod absent;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(not(target_os = "linux"))]
pub use self::absent::*;
#[cfg(target_os = "linux")]
pub use self::linux::*;

/// What became of a call to a station's socket.
pub(crate) enum Call {
    /// Somebody is there.
    Answered(Connection),
    /// Nobody has been for good: the file may be removed.
    Dead,
    /// Not now, or nobody of ours.
    NotAnswered,
}

/// What became of a packet to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It is on its way.
    Done,
    /// The other side does not read.
    Full,
    /// There is no other side.
    Closed,
}

/// What has come.
pub(crate) enum Received {
    /// A packet, and the file that came with it.
    Packet(Vec<u8>, Option<File>),
    /// Nothing yet.
    Nothing,
    /// There is no other side any more, or it sends what nobody of ours would.
    Closed,
}
