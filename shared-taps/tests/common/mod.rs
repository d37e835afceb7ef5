//! What the tests of processes share.
#![allow(dead_code, reason = "each test program uses a part")]

use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::{Duration, Instant};

use shared_taps::{Catalogue, Folder, Listener, Mode, Moment, Offer, Reader, State, Station, Tap};

/// The role that a child process plays, and where.
pub const ROLE: &str = "TWOBUS_TAPS_ROLE";
pub const PLACE: &str = "TWOBUS_TAPS_PLACE";
pub const SEED: &str = "TWOBUS_TAPS_SEED";

pub const MOMENT: Moment = Moment {
    sample_rate_hz: 48_000.0,
    channels: 2,
    transport_sample: None,
    is_playing: true,
    mode: Mode::RealTime,
    latency_samples: 0,
};

/// Runs the test `name` of this program in a process of its own, in a role.
pub fn child(name: &str, role: &str, place: &Path, seed: u64) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", name, "--test-threads", "1", "--nocapture"]);
    command.env(ROLE, role).env(PLACE, place).env(SEED, seed.to_string());
    command
}

/// The role that this process is to play, if it is a child.
pub fn role() -> Option<(String, std::path::PathBuf, u64)> {
    let var = |name: &str| std::env::var(name).ok();
    Some((var(ROLE)?, var(PLACE)?.into(), var(SEED)?.parse().ok()?))
}

/// A child that is killed at the end.
pub struct Killed(pub Child);

impl Killed {
    /// With SIGKILL: it says goodbye to nobody.
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Asks again and again, for half a minute at most.
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{what}: not within half a minute");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A private folder that goes with the test.
pub fn place() -> (tempfile::TempDir, Folder) {
    let outer = tempfile::tempdir().expect("a folder");
    let folder = Folder::at(&outer.path().join("taps")).expect("a private folder");
    (outer, folder)
}

/// How many files this process has open.
pub fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("/proc").count()
}

/// A station with one instance, in this process.
pub struct Here {
    pub station: Arc<Station>,
    pub offer: Offer,
    pub tap: Tap,
}

impl Here {
    pub fn new(folder: &Folder, plugin: &str) -> Self {
        let station = Station::open(folder.clone()).expect("a station");
        let (offer, tap) = station.offer(plugin).expect("an offer");
        Self { station, offer, tap }
    }

    /// Listens to the instance, and answers when its ring is there.
    pub fn listen(&self, catalogue: &mut Catalogue) -> (Listener, Reader) {
        let id = self.offer.id();
        wait_for("the tap on the list", || {
            self.station.serve();
            catalogue.refresh().iter().any(|tap| tap.id == id).then_some(())
        });
        let mut listener = catalogue.listen(id).expect("a listener");
        wait_for("the ring", || {
            self.station.serve();
            (listener.poll().expect("a sound ring") == State::Listening).then_some(())
        });
        let reader = listener.reader().expect("a reader");
        (listener, reader)
    }

    /// Publishes frames that hold their own number.
    pub fn publish(&mut self, frames: usize) {
        self.tap.begin(&MOMENT);
        let x: Vec<f32> = (0..frames).map(|n| n as f32).collect();
        self.tap.write([&x, &x], [&x, &x]);
    }
}
