//! Whether anything is there to be shown: what the window says where a needle at rest would leave it open.

/// After so long without a block of audio the host has stopped, s: longer than the longest block of any host.
const STOPPED_AFTER_S: f64 = 0.5;
/// After so many readings of silence there is no signal: one second.
const SILENT_AFTER: u32 = crate::feed::FRAMES_PER_SECOND as u32;

/// Watches the readings and the blocks that the host processes.
#[derive(Debug, Clone, Default)]
pub(super) struct Signal {
    /// Number of the last block seen, and when it was new.
    last_block: Option<(u32, f64)>,
    has_stopped: bool,
    silent_readings: u32,
}

impl Signal {
    /// Accepts a reading.
    pub fn push(&mut self, is_silent: bool) {
        self.silent_readings = if is_silent { self.silent_readings.saturating_add(1) } else { 0 };
    }

    /// Accepts the number of blocks that were processed, `now_s` by the window's clock. Answers true once when the host has
    /// stopped processing.
    pub fn has_just_stopped(&mut self, blocks: u32, now_s: f64) -> bool {
        match self.last_block {
            Some((last, since_s)) if last == blocks => {
                let stops = !self.has_stopped && now_s - since_s >= STOPPED_AFTER_S;
                self.has_stopped |= stops;
                stops
            }
            _ => {
                self.has_stopped = false;
                self.last_block = Some((blocks, now_s));
                false
            }
        }
    }

    /// When to look again although no reading asks for a picture, s from now: as long as readings should come, for the
    /// host may stop without a word. `is_resting` tells that none should.
    pub fn look_again_s(&self, is_resting: bool) -> Option<f32> {
        (!self.has_stopped && !is_resting).then_some(STOPPED_AFTER_S as f32 + 0.05)
    }

    /// Whether there has been silence for a second.
    pub fn is_silent(&self) -> bool {
        self.silent_readings >= SILENT_AFTER
    }

    /// A plain word where no sound is to be seen. `is_resting` tells that silence has lasted so long that no readings come,
    /// which a window that opens then has not seen.
    pub fn status(&self, is_playing: bool, is_resting: bool) -> Option<&'static str> {
        if self.has_stopped {
            Some("The host is not processing")
        } else if !self.is_silent() && !is_resting {
            None
        } else if is_playing {
            Some("No signal")
        } else {
            Some("Stopped")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_stops_is_told_once_and_forgotten_when_it_goes_on() {
        let mut signal = Signal::default();
        assert!(!signal.has_just_stopped(1, 0.0) && !signal.has_just_stopped(2, 0.3));
        signal.push(false);
        assert_eq!(signal.status(true, false), None);
        assert!(signal.look_again_s(false).is_some(), "nobody else would wake the window");
        assert!(!signal.has_just_stopped(2, 0.7));
        assert!(signal.has_just_stopped(2, 0.9), "half a second without a block");
        assert!(!signal.has_just_stopped(2, 5.0), "once");
        assert_eq!(signal.status(true, false), Some("The host is not processing"));
        assert_eq!(signal.look_again_s(false), None, "a still window is not repainted");
        assert!(!signal.has_just_stopped(3, 6.0));
        assert_eq!(signal.status(true, false), None);
    }

    #[test]
    fn silence_is_named_after_a_second() {
        let mut signal = Signal::default();
        signal.has_just_stopped(1, 0.0);
        (0..SILENT_AFTER - 1).for_each(|_| signal.push(true));
        assert_eq!(signal.status(true, false), None);
        signal.push(true);
        assert_eq!((signal.status(true, false), signal.status(false, false)), (Some("No signal"), Some("Stopped")));
        assert_eq!(signal.look_again_s(true), None);
        signal.push(false);
        assert_eq!(signal.status(false, false), None);
    }
}
