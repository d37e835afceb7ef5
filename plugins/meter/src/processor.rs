//! Meter's readings. The sound passes to the bit; everything is measured behind the input trim, at the place where it
//! will be delivered from.

use std::sync::Arc;

use shared_dsp::loudness::{Event, History, LiveReadings, Places, ProgrammeMeter, Readings};
use shared_dsp::spectrum::SampleTap;
use shared_dsp::{Io, Processor};

use crate::ab::{ComparisonReading, Heard, Link, Monitor};

/// Events that the window lists.
pub const LISTED_EVENTS: usize = 8;
/// What the window's spectrum can look back on, seconds.
const TAP_S: f64 = 1.0;
/// Of the readings published a hundred times a second, every tenth has new totals: text moves at 10 Hz.
const TOTALS_EVERY: u32 = 10;

/// What the host's transport does to the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Follow {
    /// Nothing: everything that sounds is measured.
    #[default]
    Off,
    /// The measurement rests while the transport stands still.
    Pause,
    /// The same, and each start begins a new one.
    Restart,
}

/// What the measurement depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MeterSettings {
    /// What the host's transport does to the measurement.
    pub follow: Follow,
    /// Each change begins a new measurement.
    pub resets: u32,
    /// What of A/B is heard at the end.
    pub heard: Heard,
    /// An offline render: then the programme is heard, whatever else is set.
    pub is_offline: bool,
}

/// What is published for the window: plain numbers, and where to find what is too large for them.
#[derive(Debug, Clone, Default)]
pub struct MeterReading {
    /// What moves.
    pub live: LiveReadings,
    /// The measurement so far, as of the last tenth of a second.
    pub whole: Readings,
    /// Where its extremes are.
    pub places: Places,
    /// Its length in seconds, pauses left out.
    pub measured_s: f64,
    /// Whether the loudness range has the minute of programme that Tech 3341 asks for.
    pub is_range_stable: bool,
    /// Whether it rests.
    pub is_paused: bool,
    /// Channels of the programme, 1 or 2.
    pub channels: usize,
    /// The worst stretches above 0 dBTP, the worst first.
    pub overs: [Option<Event>; LISTED_EVENTS],
    /// The worst stretches with clipped samples, the worst first.
    pub clips: [Option<Event>; LISTED_EVENTS],
    /// The history of the measurement.
    pub history: Option<Arc<History>>,
    /// The last second of samples, for spectrum and goniometer.
    pub samples: Option<Arc<SampleTap>>,
    /// How A and B stand; `None` while nobody compares.
    pub comparison: Option<ComparisonReading>,
    /// The window's way to A/B.
    pub ab: Option<Arc<Link>>,
}

/// The processor: measures, and passes everything on. At the very end, behind the output trim, a person may hear A or B instead.
pub struct Meter {
    programme: ProgrammeMeter,
    samples: Arc<SampleTap>,
    /// 0 before the first `prepare`.
    sample_rate_hz: f64,
    channels: usize,
    settings: MeterSettings,
    is_playing: bool,
    reading: MeterReading,
    until_totals: u32,
    monitor: Monitor,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            programme: ProgrammeMeter::new(48_000.0),
            samples: Arc::new(SampleTap::new(2)),
            sample_rate_hz: 0.0,
            channels: 2,
            settings: MeterSettings::default(),
            is_playing: true,
            reading: MeterReading::default(),
            until_totals: 0,
            monitor: Monitor::default(),
        }
    }
}

impl Meter {
    fn follow_transport(&mut self) {
        self.programme.set_paused(self.settings.follow != Follow::Off && !self.is_playing);
    }
}

impl Processor for Meter {
    type Settings = MeterSettings;
    type Mode = ();
    type Reading = MeterReading;

    fn prepare(&mut self, sample_rate_hz: f64, _max_block_frames: usize, channels: usize) {
        let channels = channels.clamp(1, 2);
        if (sample_rate_hz, channels) == (self.sample_rate_hz, self.channels) {
            // The host only suspended: the measurement is the person's.
            return;
        }
        (self.sample_rate_hz, self.channels) = (sample_rate_hz, channels);
        self.programme = ProgrammeMeter::with_weights(sample_rate_hz, &[1.0; 2][..self.channels]);
        self.samples = Arc::new(SampleTap::new((sample_rate_hz * TAP_S) as usize));
        self.monitor.prepare(sample_rate_hz);
    }

    fn reset(&mut self, settings: &MeterSettings, _mode: ()) {
        self.programme.interrupt();
        self.monitor.reset();
        self.until_totals = 0;
        self.update(settings);
    }

    fn update(&mut self, settings: &MeterSettings) {
        if settings.resets != self.settings.resets {
            self.programme.reset_integration();
            self.until_totals = 0;
        }
        self.settings.clone_from(settings);
        self.monitor.update(settings.heard, settings.is_offline);
        self.follow_transport();
    }

    fn wants_update(&self) -> bool {
        false
    }

    fn set_transport(&mut self, is_playing: bool, sample: Option<i64>) {
        self.monitor.set_transport(is_playing, sample);
        if is_playing == self.is_playing {
            return;
        }
        self.is_playing = is_playing;
        if is_playing && self.settings.follow == Follow::Restart {
            self.programme.reset_integration();
            self.until_totals = 0;
        }
        self.follow_transport();
    }

    fn process(&mut self, io: Io<'_>) {
        let right = io.right.as_deref();
        self.programme.process(io.left, right);
        self.samples.push(io.left, right);
        self.monitor.hear_reference(io.sidechain);
    }

    const FINISH_IS_MONITORING: bool = true;

    fn finish(&mut self, io: Io<'_>) {
        self.monitor.process(io);
    }

    fn is_at_rest(&self) -> bool {
        // A file plays on in silence.
        self.monitor.is_at_rest()
    }

    fn latency_samples(&self, _mode: ()) -> usize {
        0
    }

    fn reading(&mut self) -> MeterReading {
        let (programme, reading) = (&self.programme, &mut self.reading);
        reading.live = programme.live();
        reading.channels = self.channels;
        reading.is_paused = self.settings.follow != Follow::Off && !self.is_playing;
        if self.until_totals == 0 {
            self.until_totals = TOTALS_EVERY;
            reading.whole = programme.readings();
            reading.places = programme.places();
            reading.measured_s = programme.loudness().measured_s();
            reading.is_range_stable = programme.loudness().is_range_stable();
            reading.overs = worst_of(programme.overs(), programme.running_over());
            reading.clips = worst_of(programme.clips(), programme.running_clip());
        }
        self.until_totals -= 1;
        // The counts of these go up here and down in the window: this thread holds its own, so that none is freed on it.
        MeterReading {
            history: Some(Arc::clone(programme.history())),
            samples: Some(Arc::clone(&self.samples)),
            comparison: self.monitor.reading(),
            ab: Some(Arc::clone(self.monitor.link())),
            ..reading.clone()
        }
    }
}

/// The first few of these in order, the worst first.
fn worst_of(events: &[Event], running: Option<Event>) -> [Option<Event>; LISTED_EVENTS] {
    let mut worst: [Option<Event>; LISTED_EVENTS] = [None; LISTED_EVENTS];
    for event in events.iter().copied().chain(running) {
        let place = worst.iter().position(|have| have.is_none_or(|have| event.is_worse_than(&have)));
        if let Some(place) = place {
            worst[place..].rotate_right(1);
            worst[place] = Some(event);
        }
    }
    worst
}
