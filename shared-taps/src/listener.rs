//! Listening to one tap.

use std::sync::Arc;

use crate::Error;
use crate::message::Answer;
use crate::ring::{Block, RingReader};
use crate::system::{Connection, Memory, Received};

/// What became of a [`Listener`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The instance has not brought its ring yet; that takes a few hundredths of a second.
    Waiting,
    /// There is a [`Reader`] to be had.
    Listening,
    /// The instance has gone, with or without a goodbye. What it had published can still be read.
    Gone,
}

/// Interest in one tap: the instance publishes for as long as this lives. Nothing here ever waits.
#[derive(Debug)]
pub struct Listener {
    connection: Option<Connection>,
    memory: Option<Arc<Memory>>,
}

impl Listener {
    pub(crate) fn new(connection: Connection) -> Self {
        Self { connection: Some(connection), memory: None }
    }

    /// Looks what has come. Not for an audio thread.
    ///
    /// # Errors
    ///
    /// [`Error::Unsafe`] if what came cannot be read without danger, [`Error::System`] if it cannot be mapped, [`Error::Gone`] if the
    /// station has no ring to give. Then the listener is [gone](State::Gone).
    pub fn poll(&mut self) -> Result<State, Error> {
        let Some(connection) = &self.connection else { return Ok(State::Gone) };
        let heard = match connection.receive() {
            Received::Nothing if self.memory.is_some() => return Ok(State::Listening),
            Received::Nothing => return Ok(State::Waiting),
            Received::Closed => Ok(State::Gone),
            Received::Packet(bytes, file) => match (Answer::decode(&bytes), file) {
                (Some(Answer::Ring), Some(file)) if self.memory.is_none() => Memory::open(file).and_then(|memory| {
                    let memory = Arc::new(memory);
                    RingReader::new(memory.clone()).ok_or(Error::Unsafe("its header is wrong"))?;
                    self.memory = Some(memory);
                    Ok(State::Listening)
                }),
                (Some(Answer::Refused), None) => Err(Error::Gone),
                _ => Err(Error::Unsafe("it speaks another language")),
            },
        };
        if !matches!(heard, Ok(State::Listening)) {
            self.connection = None;
        }
        heard
    }

    /// A reader of what is published from now on; `None` before there is anything to read. There may be several. The listener must
    /// outlive those that an audio thread drops: the last of them all unmaps the memory.
    #[must_use]
    pub fn reader(&self) -> Option<Reader> {
        self.memory.clone().and_then(RingReader::new).map(Reader)
    }
}

/// Reads what an instance publishes, block by block. Wait-free and without allocation, whatever the instance does; for any thread.
#[derive(Debug, Clone)]
pub struct Reader(RingReader<Arc<Memory>>);

impl Reader {
    /// Takes the next block. False, and an empty block, if there is none yet.
    pub fn read(&mut self, block: &mut Block) -> bool {
        self.0.read(block)
    }

    /// Skips all that was published so far.
    pub fn skip_to_newest(&mut self) {
        self.0.skip_to_newest();
    }

    /// Blocks (of at most 64 frames) that wait to be read.
    #[must_use]
    pub fn waiting_blocks(&self) -> u64 {
        self.0.waiting_blocks()
    }

    /// Blocks that were lost so far, wrapping: this reader came too late, or what stood there was none.
    #[must_use]
    pub fn lost_blocks(&self) -> u64 {
        self.0.lost_blocks()
    }
}
