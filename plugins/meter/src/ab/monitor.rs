//! The audio thread's half of A/B, and how the window reaches it: without a lock, and without a memory that is asked for or given
//! back there.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use shared_dsp::Io;
use shared_dsp::math::clean;

use super::comparison::{CHUNK, Comparison, ComparisonReading, ComparisonSettings, Heard, SWITCH_S};
use super::references::LoopRange;
use super::source::{Input, Source};

/// Orders on their way; a window that gives more at once gives the rest in its next picture.
const ON_THE_WAY: usize = 32;

/// A comparison and what it compares. The window makes it, so that a Meter that nobody compares with needs no memory for it.
#[derive(Debug)]
pub struct Engine {
    comparison: Comparison,
    sources: [Source; 2],
    sample_rate_hz: f64,
}

impl Engine {
    /// Compares two inputs. Allocates 12 MB at 48 kHz.
    #[must_use]
    pub fn new(sample_rate_hz: f64, inputs: [Input; 2], difference_lu: Option<f64>) -> Self {
        let comparison = Comparison::new(sample_rate_hz).with_match(difference_lu);
        Self { comparison, sources: inputs.map(Source::new), sample_rate_hz }
    }

    /// The comparison, before it is on its way.
    #[must_use]
    pub fn comparison(&self) -> &Comparison {
        &self.comparison
    }

    fn fade_samples(&self) -> u32 {
        (SWITCH_S * self.sample_rate_hz).round() as u32
    }
}

/// What a window asks of the audio thread.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a box could not be let go of on the audio thread")]
pub enum Order {
    /// Begin to compare.
    Install(Box<Engine>),
    /// Compare no more.
    Remove,
    /// Another input for A (0) or B (1).
    Input(usize, Input),
    /// Another range of the file that is A (0) or B (1).
    Range(usize, Option<LoopRange>),
    /// A becomes B, and B becomes A.
    Swap,
}

/// What the audio thread has done with, for the window to let go of.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a box could not be let go of on the audio thread")]
pub enum Spent {
    /// A comparison.
    Engine(Box<Engine>),
    /// An input.
    Input(Input),
}

/// The window's ends of both ways.
#[derive(Debug)]
struct Ends {
    orders: rtrb::Producer<Order>,
    spent: rtrb::Consumer<Spent>,
}

/// What window and audio thread share.
#[derive(Debug)]
pub struct Link {
    /// The window's alone; the audio thread never takes this lock.
    ends: Mutex<Ends>,
    /// Grows whenever the audio thread has lost its comparison, by another sample rate.
    generation: AtomicU32,
    delay_samples: AtomicU64,
    is_inverted: AtomicBool,
    is_frozen: AtomicBool,
    matches: AtomicU32,
    positions: [AtomicUsize; 2],
    /// Grows whenever a tap came out of its time.
    jumps: AtomicU32,
    /// What taps run at, whole Hz; 0 where a side is none.
    rates_hz: [AtomicU32; 2],
}

impl Link {
    fn lock(&self) -> std::sync::MutexGuard<'_, Ends> {
        // A window that died while it held this left two rings that are still good.
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends an order; gives it back where the way is full. Lets go of what came back.
    ///
    /// # Errors
    ///
    /// The order.
    #[expect(clippy::result_large_err, reason = "the order comes back as it was")]
    pub fn send(&self, order: Order) -> Result<(), Order> {
        self.tidy();
        self.lock().orders.push(order).map_err(|rtrb::PushError::Full(order)| order)
    }

    /// Lets go of what the audio thread has done with.
    pub fn tidy(&self) {
        let mut ends = self.lock();
        while let Ok(spent) = ends.spent.pop() {
            drop(spent);
        }
    }

    /// Whenever this changes the audio thread has no comparison any more.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation.load(Ordering::Acquire)
    }

    /// What is set of the comparison, but for what is heard.
    pub fn set(&self, delay_samples: f64, is_inverted: bool, is_frozen: bool, matches: u32) {
        self.delay_samples.store(delay_samples.to_bits(), Ordering::Relaxed);
        self.is_inverted.store(is_inverted, Ordering::Relaxed);
        self.is_frozen.store(is_frozen, Ordering::Relaxed);
        self.matches.store(matches, Ordering::Relaxed);
    }

    /// Whenever this changes a tap has come out of its time: the delay that was found for it is void.
    #[must_use]
    pub fn jumps(&self) -> u32 {
        self.jumps.load(Ordering::Relaxed)
    }

    /// The rate of the tap that is A (0) or B (1), whole Hz; `None` where it is none, or has brought nothing.
    #[must_use]
    pub fn rate_hz(&self, side: usize) -> Option<u32> {
        Some(self.rates_hz[side].load(Ordering::Relaxed)).filter(|&hz| hz > 0)
    }

    /// Where the file that is A (0) or B (1) is, in frames.
    #[must_use]
    pub fn position(&self, side: usize) -> usize {
        self.positions[side].load(Ordering::Relaxed)
    }
}

/// What is heard at the very end of the plugin.
#[derive(Debug)]
pub struct Monitor {
    link: Arc<Link>,
    orders: rtrb::Consumer<Order>,
    spent: rtrb::Producer<Spent>,
    engine: Option<Box<Engine>>,
    settings: ComparisonSettings,
    heard: Heard,
    is_offline: bool,
    sample_rate_hz: f64,
    /// The song's sample at the frame that comes next; `None` where the transport stands or the host does not say.
    song: Option<i64>,
    is_playing: bool,
    /// Whether files have to go to where the song is: frames since they should be there.
    out_of_place: Option<usize>,
    /// What came in at "Reference" in the segment under way.
    reference: [[f32; 2]; CHUNK],
}

impl Default for Monitor {
    fn default() -> Self {
        let (orders, taken) = rtrb::RingBuffer::new(ON_THE_WAY);
        // Twice as much: an order may bring two inputs back.
        let (done, spent) = rtrb::RingBuffer::new(4 * ON_THE_WAY);
        let link = Link {
            ends: Mutex::new(Ends { orders, spent }),
            generation: AtomicU32::new(0),
            delay_samples: AtomicU64::new(0),
            is_inverted: AtomicBool::new(false),
            is_frozen: AtomicBool::new(false),
            matches: AtomicU32::new(0),
            positions: [const { AtomicUsize::new(0) }; 2],
            jumps: AtomicU32::new(0),
            rates_hz: [const { AtomicU32::new(0) }; 2],
        };
        Self {
            link: Arc::new(link),
            orders: taken,
            spent: done,
            engine: None,
            settings: ComparisonSettings::default(),
            heard: Heard::Programme,
            is_offline: false,
            sample_rate_hz: 48_000.0,
            song: None,
            is_playing: false,
            out_of_place: None,
            reference: [[0.0; 2]; CHUNK],
        }
    }
}

impl Monitor {
    /// The window's way here.
    #[must_use]
    pub fn link(&self) -> &Arc<Link> {
        &self.link
    }

    /// Whether nobody compares, and a window that might has found its way here.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.engine.is_none() && Arc::strong_count(&self.link) > 1
    }

    /// Another rate: the window has to begin anew. Not for the audio thread.
    pub fn prepare(&mut self, sample_rate_hz: f64) {
        self.sample_rate_hz = sample_rate_hz;
        self.engine = None;
        self.link.generation.fetch_add(1, Ordering::Release);
    }

    /// Forgets the sound, not the match. Realtime-safe.
    pub fn reset(&mut self) {
        self.reference = [[0.0; 2]; CHUNK];
        if let Some(engine) = &mut self.engine {
            engine.comparison.reset();
        }
    }

    /// What is heard; in an offline render the programme is, whatever this says. Realtime-safe.
    pub fn update(&mut self, heard: Heard, is_offline: bool) {
        (self.heard, self.is_offline) = (heard, is_offline);
    }

    /// Where the host's transport is: files begin with it and go where it jumps to, so that the same song keeps its place. Realtime-safe.
    pub fn set_transport(&mut self, is_playing: bool, sample: Option<i64>) {
        let song = sample.filter(|_| is_playing);
        let has_jumped = match (self.song, song) {
            // Hosts count in seconds or beats, and round.
            (Some(expected), Some(song)) => expected.abs_diff(song) > 1,
            (None, song) => song.is_some(),
            (Some(_), None) => false,
        };
        if is_playing && (has_jumped || !self.is_playing) {
            self.out_of_place = Some(0);
        }
        (self.song, self.is_playing) = (song, is_playing);
    }

    /// Takes files to where the song is, once nothing else is faded.
    fn follow_song(&mut self) {
        let Some(late_frames) = self.out_of_place else { return };
        let Some(engine) = &mut self.engine else {
            // Whatever comes begins in its place.
            self.out_of_place = None;
            return;
        };
        if engine.sources.iter().any(Source::is_fading) {
            return;
        }
        self.out_of_place = None;
        if engine.sources.iter().any(Source::is_file) {
            let (fade, song) = (engine.fade_samples(), self.song);
            engine.comparison.pause();
            engine.sources.iter_mut().for_each(|source| source.change(fade, |player| player.go_to(song, late_frames)));
        }
    }

    /// Keeps what comes in at "Reference" with this segment. Realtime-safe.
    pub fn hear_reference(&mut self, sidechain: Option<(&[f32], &[f32])>) {
        if self.engine.is_none() {
            return;
        }
        let Some((left, right)) = sidechain else {
            self.reference = [[0.0; 2]; CHUNK];
            return;
        };
        for (frame, (&left, &right)) in self.reference.iter_mut().zip(left.iter().zip(right)) {
            *frame = [left, right];
        }
    }

    /// Does what the window has asked for. What must be let go of goes back to it: without room for that nothing is done.
    fn obey(&mut self) {
        if let Some(engine) = &mut self.engine {
            for source in &mut engine.sources {
                if self.spent.slots() > 0
                    && let Some(input) = source.take_spent()
                {
                    // There is room, and nobody else fills it.
                    let _ = self.spent.push(Spent::Input(input));
                }
            }
        }
        while self.spent.slots() > 1
            && let Ok(next) = self.orders.peek()
        {
            let is_fading = self.engine.as_ref().is_some_and(|engine| engine.sources.iter().any(Source::is_fading));
            if is_fading && !matches!(next, Order::Install(_) | Order::Remove) {
                return;
            }
            let Ok(order) = self.orders.pop() else { return };
            let spent = match (order, &mut self.engine) {
                (Order::Install(mut engine), _) if engine.sample_rate_hz == self.sample_rate_hz => {
                    self.settings = ComparisonSettings::default();
                    engine.comparison.reset();
                    engine.sources.iter_mut().for_each(|source| source.begin_at(self.song));
                    self.engine.replace(engine).map(Spent::Engine)
                }
                (Order::Install(engine), _) => Some(Spent::Engine(engine)),
                (Order::Remove, engine) => engine.take().map(Spent::Engine),
                (Order::Input(side, mut input), Some(engine)) => {
                    engine.comparison.pause();
                    input.begin_at(self.song);
                    let fade = engine.fade_samples();
                    engine.sources[side.min(1)].fade_to(input, fade);
                    None
                }
                (Order::Input(_, input), None) => Some(Spent::Input(input)),
                (Order::Range(side, range), Some(engine)) => {
                    engine.comparison.pause();
                    let fade = engine.fade_samples();
                    engine.sources[side.min(1)].set_range(range, self.song, fade);
                    None
                }
                (Order::Swap, Some(engine)) => {
                    let fade = engine.fade_samples();
                    let [a, b] = &mut engine.sources;
                    let (of_a, of_b) = (a.input().clone(), b.input().clone());
                    a.fade_to(of_b, fade);
                    b.fade_to(of_a, fade);
                    engine.comparison.swap();
                    engine.comparison.pause();
                    None
                }
                (Order::Range(..) | Order::Swap, None) => None,
            };
            if let Some(spent) = spent {
                let _ = self.spent.push(spent);
            }
        }
    }

    fn wanted(&self) -> ComparisonSettings {
        let link = &self.link;
        ComparisonSettings {
            heard: self.heard,
            delay_samples: f64::from_bits(link.delay_samples.load(Ordering::Relaxed)),
            is_inverted: link.is_inverted.load(Ordering::Relaxed),
            is_frozen: link.is_frozen.load(Ordering::Relaxed),
            matches: link.matches.load(Ordering::Relaxed),
            is_offline: self.is_offline,
        }
    }

    /// Puts what is listened to in the programme's place: a segment of at most 64 frames, of which the reference was heard before.
    /// Nothing is touched in an offline render, and as long as the programme is what is heard. Realtime-safe.
    pub fn process(&mut self, io: Io<'_>) {
        if self.is_offline {
            return;
        }
        let song = self.song;
        self.obey();
        self.follow_song();
        let frames = io.frames().min(CHUNK);
        self.song = song.map(|song| song.saturating_add(frames as i64));
        self.out_of_place = self.out_of_place.map(|late| late.saturating_add(frames));
        let wanted = self.wanted();
        let Some(engine) = &mut self.engine else { return };
        if wanted != self.settings {
            engine.comparison.update(&wanted);
            self.settings = wanted;
        }
        let Io { left, right, .. } = io;
        let mut programme = [[0.0; 2]; CHUNK];
        for (n, frame) in programme[..frames].iter_mut().enumerate() {
            let l = left[n];
            *frame = [l, right.as_deref().map_or(l, |right| right[n])].map(|x| clean(x).0);
        }
        let mut sides = [[[0.0; 2]; CHUNK]; 2];
        let is_mono = right.is_none();
        for (number, (source, side)) in engine.sources.iter_mut().zip(&mut sides).enumerate() {
            source.fill(&programme, &self.reference, is_mono, &mut side[..frames]);
            self.link.positions[number].store(source.position(), Ordering::Relaxed);
            self.link.rates_hz[number].store(source.rate_hz().round() as u32, Ordering::Relaxed);
            if source.take_jump() {
                engine.comparison.pause();
                // One thread writes.
                self.link.jumps.store(self.link.jumps().wrapping_add(1), Ordering::Relaxed);
            }
        }
        let [a, b] = &sides;
        let right = right.map(|right| &mut right[..frames]);
        engine.comparison.process(&a[..frames], &b[..frames], &mut left[..frames], right);
    }

    /// What the window shows; `None` while nobody compares.
    #[must_use]
    pub fn reading(&self) -> Option<ComparisonReading> {
        self.engine.as_ref().map(|engine| engine.comparison.reading())
    }
}
