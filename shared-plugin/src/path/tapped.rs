//! What a tap is given of the sound: the guarded input, and the output without the listening aids.

use shared_taps::{Mode, Moment, Tap};

use super::segment::{Channels, Size};

/// The host's transport, as far as it tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transport {
    /// Whether it runs.
    pub is_playing: bool,
    /// Where it stands, samples.
    pub sample: Option<i64>,
    /// Whether the host processes ahead of what is heard.
    pub is_ahead: bool,
}

/// The tap, and whether the frames at hand go into it.
#[derive(Debug, Default)]
pub(super) struct Tapped {
    pub tap: Tap,
    is_offline: bool,
}

impl Tapped {
    /// Whether somebody listens. An offline render is nobody's to listen to: it is not what is heard, and its speed is no music's.
    pub fn is_on(&self) -> bool {
        self.tap.is_listened_to() && !self.is_offline
    }

    /// What holds for the frames that come next.
    pub fn begin(&mut self, transport: Transport, rate_hz: f64, channels: usize, latency: usize, is_offline: bool) {
        self.is_offline = is_offline;
        let mode = match (is_offline, transport.is_ahead) {
            (true, _) => Mode::Offline,
            (false, true) => Mode::Buffered,
            (false, false) => Mode::RealTime,
        };
        self.tap.begin(&Moment {
            sample_rate_hz: rate_hz,
            channels,
            transport_sample: transport.sample,
            is_playing: transport.is_playing,
            mode,
            latency_samples: u32::try_from(latency).unwrap_or(u32::MAX),
        });
    }

    /// Publishes a segment.
    pub fn write(&mut self, came_in: &Channels, went_out: &Channels, size: Size) {
        let sides = |segment| {
            let (left, right) = size.sides(segment);
            [left, right.unwrap_or(left)]
        };
        self.tap.write(sides(came_in), sides(went_out));
    }
}
