//! Systems for which nobody has written this: nothing of it can be made, so nothing of it is ever called.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::{Call, Received, Sent};
use crate::Error;
use crate::ring::{Layout, Words};

/// A private folder: there is none here.
#[derive(Debug, Clone)]
pub struct Folder(Infallible);

impl Folder {
    /// The folder of this user.
    ///
    /// # Errors
    ///
    /// [`Error::NotHere`].
    pub fn of_user() -> Result<Self, Error> {
        Err(Error::NotHere)
    }

    /// The folder at this path.
    ///
    /// # Errors
    ///
    /// [`Error::NotHere`].
    pub fn at(_path: &Path) -> Result<Self, Error> {
        Err(Error::NotHere)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self.0 {}
    }

    pub(crate) fn sockets(&self, _most: usize) -> Vec<String> {
        match self.0 {}
    }

    pub(crate) fn sweep(&self, _name: &str) {
        match self.0 {}
    }
}

#[derive(Debug)]
pub(crate) struct File(Infallible);

#[derive(Debug)]
pub(crate) struct Memory(Infallible);

impl Memory {
    pub fn create(_layout: Layout) -> Result<Self, Error> {
        Err(Error::NotHere)
    }

    pub fn open(file: File) -> Result<Self, Error> {
        match file.0 {}
    }

    pub fn file(&self) -> Option<&File> {
        match self.0 {}
    }
}

impl Words for Arc<Memory> {
    type Word = AtomicU64;

    fn words(&self) -> &[AtomicU64] {
        match self.0 {}
    }
}

#[derive(Debug)]
pub(crate) struct Door(Infallible);

impl Door {
    pub fn open(folder: &Folder) -> Result<Self, Error> {
        match folder.0 {}
    }

    pub fn is_in_place(&self) -> bool {
        match self.0 {}
    }

    pub fn accept(&self) -> Option<Connection> {
        match self.0 {}
    }
}

#[derive(Debug)]
pub(crate) struct Connection(Infallible);

impl Connection {
    pub fn call(folder: &Folder, _name: &str) -> Call {
        match folder.0 {}
    }

    pub fn send(&self, _bytes: &[u8], _file: Option<&File>) -> Sent {
        match self.0 {}
    }

    pub fn receive(&self) -> Received {
        match self.0 {}
    }
}

pub(crate) fn random() -> Result<[u8; 16], Error> {
    Err(Error::NotHere)
}
