//! Taps: what goes into a plugin and what comes out of it, for others of the same session to look at and to listen to.
//!
//! Knows no plugin and no host. Plugins are libraries of their own, and some hosts run each in a process of its own, so taps
//! meet in shared memory. Only the same user can reach it, and whatever a peer does (crash, hang, write garbage, cut its file
//! short) a reader neither crashes nor waits, and the writer's audio thread notices nothing.
//!
//! The writer's side: a library has one [`Station`], which [offers](Station::offer) a tap for each instance and is
//! [served](Station::serve) every few hundredths of a second, off the audio thread. The audio thread has the [`Tap`].
//!
//! The reader's side: a [`Catalogue`] lists the taps there are, by name; a [`Listener`] is interest in one of them, for as long as
//! it lives; a [`Reader`] hands out the audio, [`Block`] by block, on any thread, an audio thread too.
//!
//! # How they meet
//!
//! A station is a socket in a private folder ([`Folder`]): `twobus` in `XDG_RUNTIME_DIR`, or `/tmp/twobus-UID`. Being able to
//! connect is being alive: the kernel refuses connections to the socket of a process that has crashed, and whoever sees that removes
//! the file. A connection is interest: it ends with the reader, however that ends. Nothing is locked, no process is known by its number
//! (which another may get, and which is another within a sandbox), and no file is trusted for what it says.
//!
//! With the first interest in an instance the station makes a ring in a memfd, sealed so that nobody can ever shrink it (so that a
//! reader cannot die of SIGBUS) nor write it but the mapping that the writer has, and passes it through the socket. The writer takes the
//! ring over, and gives it back when nobody listens any more, on its own time and without waiting.
//!
//! That is Linux (5.1 or newer). On other systems [`Folder::of_user`] answers [`Error::NotHere`], and a tap is never listened to: a
//! mapping whose size is fixed at birth would do there, but that is written and tried by nobody yet.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "nothing of it can be made there"))]

/// The README's example is compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod catalogue;
mod error;
mod id;
mod listener;
mod message;
mod ring;
mod station;
mod system;
mod tap;

pub use catalogue::{Catalogue, TapInfo};
pub use error::Error;
pub use id::TapId;
pub use listener::{Listener, Reader, State};
pub use ring::{BLOCK_FRAMES, BLOCKS, Block, Layout, Mode, Moment, Point, RingReader, RingWriter, Word, Words};
pub use station::{Offer, Station};
pub use system::Folder;
pub use tap::Tap;
