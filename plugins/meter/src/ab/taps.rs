//! The window's half of taps: which other plugins there are, and listening to those that A and B are.

use shared_taps::{Catalogue, Error, Folder, Listener, Point, State, TapId, TapInfo};

use super::source_id::TapSource;
use super::tap_player::TapPlayer;

/// Between two looks who is there, seconds.
const LOOK_EVERY_S: f64 = 0.25;
/// Looks after which whoever has not told of itself is not there: stations answer within hundredths of a second.
const ENOUGH_LOOKS: u32 = 3;

/// All of it. Nothing here waits.
#[derive(Debug, Default)]
pub(super) struct Taps {
    /// There is one while anybody compares.
    catalogue: Option<Catalogue>,
    /// Why there are no taps here.
    fault: Option<String>,
    /// This Meter's own, which is no other plugin's.
    pub own: Option<TapId>,
    ears: Vec<Ear>,
    until_look_s: f64,
    looks: u32,
    /// Listeners so far.
    count: usize,
}

/// Interest in one instance.
#[derive(Debug)]
struct Ear {
    id: TapId,
    listener: Listener,
    /// Tells it from those before it; never 0.
    number: usize,
    state: Result<State, Error>,
}

impl Taps {
    /// Nobody compares any more: the others need publish nothing.
    pub fn close(&mut self) {
        (self.catalogue, self.ears, self.looks, self.until_look_s) = (None, Vec::new(), 0, 0.0);
    }

    /// Looks who is there now and then, and listens to these.
    pub fn update(&mut self, wanted: &[TapId], elapsed_s: f64) {
        self.until_look_s -= elapsed_s;
        if self.until_look_s <= 0.0 {
            self.until_look_s = LOOK_EVERY_S;
            self.look();
        }
        self.ears.retain(|ear| wanted.contains(&ear.id));
        for &id in wanted {
            if self.ears.iter().all(|ear| ear.id != id)
                && let Some(listener) = self.catalogue.as_ref().and_then(|catalogue| catalogue.listen(id).ok())
            {
                self.count += 1;
                self.ears.push(Ear { id, listener, number: self.count, state: Ok(State::Waiting) });
            }
        }
        for ear in &mut self.ears {
            if ear.state.as_ref().is_ok_and(|state| *state != State::Gone) {
                ear.state = ear.listener.poll();
            }
        }
    }

    fn look(&mut self) {
        // Whoever hung up may be there all the same.
        self.ears.retain(|ear| !matches!(ear.state, Ok(State::Gone) | Err(Error::Gone)));
        if self.catalogue.is_none() {
            match Folder::of_user() {
                Ok(folder) => (self.catalogue, self.fault) = (Some(Catalogue::new(folder)), None),
                Err(error) => self.fault = Some(error.to_string()),
            }
        }
        if let Some(catalogue) = &mut self.catalogue {
            catalogue.refresh();
        }
        self.looks = self.looks.saturating_add(1);
    }

    /// The other plugins that there are, by track and name.
    pub fn others(&self) -> impl Iterator<Item = &TapInfo> {
        let all = self.catalogue.as_ref().map_or(&[][..], Catalogue::taps);
        all.iter().filter(|tap| Some(tap.id) != self.own)
    }

    /// Why there are none, or that there are none; `None` where there are.
    pub fn note(&self) -> Option<String> {
        let none = || "No other Twobus plugin is running in this session.".to_owned();
        self.fault.clone().or_else(|| (self.has_looked() && self.others().next().is_none()).then(none))
    }

    fn has_looked(&self) -> bool {
        self.looks >= ENOUGH_LOOKS
    }

    /// Takes new names of the instance, and finds the one of these names where there is none: after a session was loaded, or the plugin was.
    /// Of several nobody knows which it was.
    pub fn find(&self, tap: &mut TapSource) {
        let others = || self.others().filter(|info| tap.id.is_none_or(|id| id != info.id));
        let is_there = self.others().find(|info| Some(info.id) == tap.id);
        let found = is_there.or_else(|| {
            let mut alike = others().filter(|info| tap.is_named(info));
            alike.next().filter(|_| self.has_looked() && alike.next().is_none())
        });
        if let Some(info) = found {
            *tap = TapSource::of(info, tap.point);
        }
    }

    fn ear(&self, id: TapId) -> Option<&Ear> {
        self.ears.iter().find(|ear| ear.id == id)
    }

    /// Which listening it is that brings this one's sound; 0 while none does.
    pub fn listening(&self, id: Option<TapId>) -> usize {
        let ear = id.and_then(|id| self.ear(id));
        ear.filter(|ear| matches!(ear.state, Ok(State::Listening))).map_or(0, |ear| ear.number)
    }

    /// What plays it on the audio thread.
    pub fn player(&self, id: Option<TapId>, point: Point, sample_rate_hz: f64) -> Option<TapPlayer> {
        let reader = self.ear(id?)?.listener.reader()?;
        Some(TapPlayer::new(reader, point, sample_rate_hz))
    }

    /// Its name, what it is in a few words, and why it cannot be heard: it brings sound at `rate_hz`, this Meter runs at `ours_hz`.
    pub fn described(&self, tap: &TapSource, rate_hz: Option<u32>, ours_hz: u32) -> (String, String, Option<String>) {
        let alike: Vec<_> = self.others().filter(|info| tap.is_named(info)).collect();
        // Of several that are called alike each has a number.
        let number = alike.iter().position(|info| Some(info.id) == tap.id).filter(|_| alike.len() > 1);
        let name = tap.name(number.map(|at| at + 1));
        let what = match tap.point {
            Point::Input => "what comes into that plugin",
            Point::Output => "what goes out of that plugin",
        };
        let khz = |hz: u32| format!("{} kHz", f64::from(hz) / 1000.0);
        let detail = rate_hz.map_or_else(|| what.to_owned(), |hz| format!("{what}, {}", khz(hz)));
        let other_rate = rate_hz.filter(|hz| *hz != ours_hz);
        let other_rate = other_rate.map(|hz| format!("{name} runs at {}, this Meter at {}", khz(hz), khz(ours_hz)));
        (name, detail, self.problem(tap).or(other_rate))
    }

    /// Why it is not listened to.
    fn problem(&self, tap: &TapSource) -> Option<String> {
        let name = tap.name(None);
        if let Some(fault) = &self.fault {
            return Some(format!("{name}: {fault}"));
        }
        if let Some(error) = tap.id.and_then(|id| self.ear(id)).and_then(|ear| ear.state.as_ref().err()) {
            return Some(format!("{name}: {error}"));
        }
        let is_there = self.others().any(|info| Some(info.id) == tap.id);
        if is_there || !self.has_looked() {
            return None;
        }
        Some(match self.others().filter(|info| tap.is_named(info)).count() {
            0 => format!("{name} is not there"),
            _ => format!("{name}: there are several, choose one"),
        })
    }
}
