//! An ear at a plugin's tap, as Meter has one.

use std::time::{Duration, Instant};

use shared_taps::{Block, Catalogue, Folder, Listener, Reader, State, TapId, TapInfo};

/// How long a tap may take to be there: it needs hundredths of a second.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks again and again.
///
/// # Panics
///
/// If there is no answer for 20 s.
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A list of the taps that there are for this user.
pub fn catalogue() -> Catalogue {
    Catalogue::new(Folder::of_user().unwrap_or_else(|error| panic!("{error}")))
}

/// The taps on a track.
pub fn on_track(catalogue: &mut Catalogue, track: &str) -> Vec<TapInfo> {
    catalogue.refresh().iter().filter(|tap| tap.track == track).cloned().collect()
}

/// Listens to one instance.
pub struct Ear {
    /// What it listens to.
    pub tap: TapInfo,
    _listener: Listener,
    reader: Reader,
}

impl Ear {
    /// Listens to the one instance on this track, from now on.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub fn on(track: &str) -> Self {
        let mut catalogue = catalogue();
        let tap = wait_for(track, || on_track(&mut catalogue, track).into_iter().next());
        Self::at(&catalogue, tap)
    }

    /// Listens to this tap.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub fn at(catalogue: &Catalogue, tap: TapInfo) -> Self {
        let mut listener = catalogue.listen(tap.id).unwrap_or_else(|error| panic!("{error}"));
        wait_for("a ring", || {
            let state = listener.poll().unwrap_or_else(|error| panic!("{error}"));
            assert_ne!(state, State::Gone);
            (state == State::Listening).then_some(())
        });
        let reader = listener.reader().expect("a reader");
        Self { tap, _listener: listener, reader }
    }

    /// The instance's id.
    pub fn id(&self) -> TapId {
        self.tap.id
    }

    /// All that was published since the last call.
    pub fn blocks(&mut self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut block = Block::default();
        while self.reader.read(&mut block) {
            blocks.push(block.clone());
        }
        blocks
    }

    /// Blocks that were lost.
    pub fn lost_blocks(&self) -> u64 {
        self.reader.lost_blocks()
    }
}
