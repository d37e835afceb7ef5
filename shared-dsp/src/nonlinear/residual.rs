//! What a memoryless curve adds to its input, shaped at a multiple of the sample rate.

use crate::Quality;
use crate::delay::DelayLine;
use crate::math::reaches;
use crate::oversampling::{
    Downsampler, Factor, FilterBuffers, MOST_CHUNK_FRAMES, Phase, RecentFrames, TOP_FRAMES, Upsampler, chunk_frames,
    latency_around,
};
use crate::scratch::Pool;
use crate::simd::{self, dispatch};

/// Left and right; mono has a silent right.
pub type StereoFrame = [f32; 2];

/// The longest delay of a shaper at the top rate.
const MAX_INSIDE: usize = 4;
/// A wave sampled at twice its rate may stand higher between the samples by 3.01 dB; this is 4 dB.
const DOUBLED_BELOW: f32 = 0.63;

/// At which rate, and through which filters, a residual is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Route {
    /// How many times the sample rate.
    pub factor: Factor,
    /// The kind of filter; [`Phase::Minimum`] takes the dry along.
    pub phase: Phase,
}

impl Route {
    /// The suite's table: Off 1x, Live 4x in minimum phase, Standard 8x and High `high`, both in linear phase; above
    /// 48 kHz the factor falls so that the top rate stays.
    #[must_use]
    pub fn of(quality: Quality, high: Factor, sample_rate_hz: f64) -> Self {
        let (factor, phase) = match quality {
            Quality::Off => (Factor::X1, Phase::Linear),
            Quality::Live => (Factor::X4, Phase::Minimum),
            Quality::Standard => (Factor::X8, Phase::Linear),
            Quality::High => (high, Phase::Linear),
        };
        Self { factor: factor.at_rate(sample_rate_hz), phase }
    }

    /// The delay in base samples around a shaper that delays by `inside_top_samples` samples of the top rate.
    #[must_use]
    pub fn latency_samples(self, inside_top_samples: usize) -> usize {
        latency_around(self.factor, self.phase, inside_top_samples)
    }

    /// Whether the dry goes through the same filters as the residual, and is not the input itself.
    #[must_use]
    pub fn takes_dry_along(self) -> bool {
        self.phase == Phase::Minimum && self.factor != Factor::X1
    }
}

/// Two pairs of channels side by side.
#[inline(always)]
fn join(first: &[StereoFrame], second: &[StereoFrame], both: &mut [[f32; 4]]) {
    for ((both, first), second) in both.iter_mut().zip(first).zip(second) {
        *both = [first[0], first[1], second[0], second[1]];
    }
}

/// The same back.
#[inline(always)]
fn part(both: &[[f32; 4]], first: &mut [StereoFrame], second: &mut [StereoFrame]) {
    for ((both, first), second) in both.iter().zip(first).zip(second) {
        *first = [both[0], both[1]];
        *second = [both[2], both[3]];
    }
}

/// What a shaper says of its residual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shaped {
    /// It is zero throughout; what was written, if anything, is ignored.
    Nothing,
    /// It was written.
    Residual,
}

/// What a path needs while it works on a chunk; none of it is memory.
#[derive(Debug)]
struct Scratch {
    doubled: [StereoFrame; 2 * MOST_CHUNK_FRAMES],
    base4: [[f32; 4]; MOST_CHUNK_FRAMES],
    top4: [[f32; 4]; TOP_FRAMES],
    dry_top: [StereoFrame; MAX_INSIDE + TOP_FRAMES],
    driven_top: [StereoFrame; TOP_FRAMES],
    residual_top: [StereoFrame; TOP_FRAMES],
    /// Of the filters: lent once for all of them.
    filters: FilterBuffers<f32>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            doubled: [[0.0; 2]; 2 * MOST_CHUNK_FRAMES],
            base4: [[0.0; 4]; MOST_CHUNK_FRAMES],
            top4: [[0.0; 4]; TOP_FRAMES],
            dry_top: [[0.0; 2]; MAX_INSIDE + TOP_FRAMES],
            driven_top: [[0.0; 2]; TOP_FRAMES],
            residual_top: [[0.0; 2]; TOP_FRAMES],
            filters: FilterBuffers::default(),
        }
    }
}

/// One for each audio thread.
static SCRATCH: Pool<Scratch> = Pool::new();

/// Runs a shaper `r(x) = f(x) - x` at the top rate and hands back the residual next to the dry, aligned to the sample.
///
/// In linear phase the dry is the input itself, delayed by whole samples, and only the residual passes the filters: where
/// the shaper has nothing to say, `dry + residual` is the input to the bit. In minimum phase the filters delay treble
/// more than bass, so the dry goes through them next to the residual, in the same vectors.
///
/// While the residual is zero for longer than the filters remember, the way down is not computed: it would be zero. While the
/// driven wave stays below where the shaper begins, most of the way up is not, either.
#[derive(Debug, Clone)]
pub struct ResidualPath {
    route: Route,
    inside_top_samples: usize,
    latency_samples: usize,
    /// Linear phase: to twice the rate, and from there to the top.
    first_up: Upsampler<f32, 2>,
    later_up: Upsampler<f32, 2>,
    recent: RecentFrames,
    down: Downsampler<f32, 2>,
    /// Dry left and right, driven left and right; and down: dry and residual.
    shared_up: Upsampler<f32, 4>,
    shared_down: Downsampler<f32, 4>,
    /// The dry at the base rate; behind linear filters.
    delay: DelayLine<StereoFrame>,
    /// The last dry frames at the top rate, behind a shaper in minimum phase.
    inside: [StereoFrame; MAX_INSIDE],
    /// Base frames since the residual was last anything but zero.
    quiet_frames: usize,
    /// How many of them the linear way down remembers.
    memory_frames: usize,
}

impl Default for ResidualPath {
    fn default() -> Self {
        Self::new()
    }
}

impl ResidualPath {
    /// The most frames at the top rate that a shaper is given at once. Few: they are to stay in the first cache with all that they go
    /// through.
    pub const MOST_TOP_FRAMES: usize = TOP_FRAMES;

    /// A path at the base rate, with room for every route. Allocates.
    #[must_use]
    pub fn new() -> Self {
        let longest = Factor::ALL.iter().map(|&factor| latency_around(factor, Phase::Steep, MAX_INSIDE)).max();
        SCRATCH.prepare();
        let mut new = Self {
            route: Route::default(),
            inside_top_samples: 0,
            latency_samples: 0,
            first_up: Upsampler::new(Factor::X1, Phase::Linear),
            later_up: Upsampler::new(Factor::X1, Phase::Doubled),
            recent: RecentFrames::default(),
            down: Downsampler::new(Factor::X1, Phase::Linear),
            shared_up: Upsampler::new(Factor::X1, Phase::Minimum),
            shared_down: Downsampler::new(Factor::X1, Phase::Minimum),
            delay: DelayLine::new(longest.unwrap_or(0)),
            inside: [[0.0; 2]; MAX_INSIDE],
            quiet_frames: 0,
            memory_frames: 0,
        };
        new.select(Route::default(), 0);
        new
    }

    /// Changes the route and clears the memory. `inside_top_samples`, 4 at most, is the shaper's own delay in samples of
    /// the top rate. Realtime-safe; the sound breaks and the latency changes.
    pub fn select(&mut self, route: Route, inside_top_samples: usize) {
        let inside = inside_top_samples.min(MAX_INSIDE);
        self.route = route;
        self.inside_top_samples = inside;
        self.latency_samples = route.latency_samples(inside);
        if route.takes_dry_along() {
            self.shared_up.select(route.factor, route.phase);
            self.shared_down.select_around(route.factor, route.phase, inside);
        } else {
            let first = route.factor.min(Factor::X2);
            self.first_up.select(first, route.phase);
            self.later_up.select(Factor::ALL[route.factor.stages() - first.stages()], Phase::Doubled);
            self.down.select_around(route.factor, route.phase, inside);
            // A symmetric response is twice its delay and one long; the pad stands before it.
            let memory_top = 2 * self.down.delay_top_samples() as usize + 1 + self.down.pad_top_samples();
            self.memory_frames = memory_top.div_ceil(route.factor.times()) + 1;
        }
        self.delay.start(self.latency_samples);
        self.reset_filters();
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.delay.reset();
        self.reset_filters();
    }

    /// Clears the memory of all but the delayed dry of linear phase: what a path does that was asleep
    /// ([`delay_only`](Self::delay_only)), before it shapes again. Realtime-safe.
    pub fn reset_filters(&mut self) {
        if self.route.takes_dry_along() {
            self.shared_up.reset();
            self.shared_down.reset();
        } else {
            self.first_up.reset();
            self.later_up.reset();
            self.recent.reset();
            self.down.reset();
        }
        self.inside = [[0.0; 2]; MAX_INSIDE];
        self.quiet_frames = self.memory_frames;
    }

    /// Delays `dry` and shapes nothing, at no more cost than that; for paths in linear phase. Realtime-safe.
    pub fn delay_only(&mut self, dry: &mut [StereoFrame]) {
        self.delay.process(dry);
    }

    /// The route in use.
    #[must_use]
    pub fn route(&self) -> Route {
        self.route
    }

    /// The delay of dry and residual in base samples: exact for all frequencies in linear phase; in minimum phase within
    /// half a sample of the top rate at DC, and longer towards the top of the band.
    #[must_use]
    pub fn latency_samples(&self) -> usize {
        self.latency_samples
    }

    /// Shapes `driven`, which is the input after whatever comes before the shaper (gain, emphasis), into `residual`, and
    /// delays `dry` in place to go with it. All have one length; the shortest rules.
    ///
    /// `shape` gets the driven frames at the top rate in pieces of up to
    /// [`MOST_TOP_FRAMES`](Self::MOST_TOP_FRAMES), and writes as many frames
    /// of residual; what it keeps between calls must not depend on how they are cut. Then nothing depends on the blocks.
    /// Returns whether there is any residual at all in this block; it is written in either case. Realtime-safe if
    /// `shape` is.
    pub fn process(
        &mut self,
        dry: &mut [StereoFrame],
        driven: &[StereoFrame],
        residual: &mut [StereoFrame],
        mut shape: impl FnMut(&[StereoFrame], &mut [StereoFrame]) -> Shaped,
    ) -> Shaped {
        // Anything is above less than nothing.
        self.process_above(dry, driven, residual, -1.0, |_, x, r| shape(x, r))
    }

    /// The same for a shaper that is the identity up to a magnitude of `floor` (linear) and remembers one base frame of its
    /// input at most: it is not asked where nothing comes near. The same numbers, and less work. `shape` is also told to which
    /// base frame of this block its first belongs; it may see one frame from before anew. Realtime-safe if `shape` is.
    pub fn process_above(
        &mut self,
        dry: &mut [StereoFrame],
        driven: &[StereoFrame],
        residual: &mut [StereoFrame],
        floor: f32,
        mut shape: impl FnMut(usize, &[StereoFrame], &mut [StereoFrame]) -> Shaped,
    ) -> Shaped {
        SCRATCH.with(|scratch| self.process_in(scratch, dry, driven, residual, floor, &mut shape))
    }

    fn process_in(
        &mut self,
        scratch: &mut Scratch,
        dry: &mut [StereoFrame],
        driven: &[StereoFrame],
        residual: &mut [StereoFrame],
        floor: f32,
        shape: &mut impl FnMut(usize, &[StereoFrame], &mut [StereoFrame]) -> Shaped,
    ) -> Shaped {
        let mut shaped = Shaped::Nothing;
        let mut start = 0;
        let chunk = chunk_frames(self.route.factor);
        let chunks = dry.chunks_mut(chunk).zip(driven.chunks(chunk));
        for ((dry, driven), residual) in chunks.zip(residual.chunks_mut(chunk)) {
            let frames = dry.len().min(driven.len()).min(residual.len());
            let (dry, driven, residual) = (&mut dry[..frames], &driven[..frames], &mut residual[..frames]);
            let mut shape = |x: &[StereoFrame], r: &mut [StereoFrame]| shape(start, x, r);
            let of_chunk = if self.route.takes_dry_along() {
                self.chunk_shared(scratch, dry, driven, residual, &mut shape)
            } else {
                self.chunk_apart(scratch, dry, driven, residual, floor, &mut shape)
            };
            start += frames;
            if of_chunk == Shaped::Residual {
                shaped = Shaped::Residual;
            }
        }
        shaped
    }

    /// The dry by a delay, the residual through the filters.
    fn chunk_apart(
        &mut self,
        scratch: &mut Scratch,
        dry: &mut [StereoFrame],
        driven: &[StereoFrame],
        residual: &mut [StereoFrame],
        floor: f32,
        shape: &mut impl FnMut(&[StereoFrame], &mut [StereoFrame]) -> Shaped,
    ) -> Shaped {
        self.delay.process(dry);
        let frames = driven.len();
        let shaped = self.shape_at_top(scratch, driven, floor, shape);
        let residual_top = &mut scratch.residual_top[..frames * self.route.factor.times()];
        match shaped {
            Shaped::Nothing if self.quiet_frames >= self.memory_frames => {
                residual.fill([0.0; 2]);
                return Shaped::Nothing;
            }
            Shaped::Nothing => {
                residual_top.fill([0.0; 2]);
                self.quiet_frames += frames;
            }
            Shaped::Residual => self.quiet_frames = 0,
        }
        self.down.process_in(&mut scratch.filters, residual_top, residual);
        Shaped::Residual
    }

    /// From the driven frames to the residual at the top rate, if there is any.
    fn shape_at_top(
        &mut self,
        scratch: &mut Scratch,
        driven: &[StereoFrame],
        floor: f32,
        shape: &mut impl FnMut(&[StereoFrame], &mut [StereoFrame]) -> Shaped,
    ) -> Shaped {
        let (first, later) = (self.first_up.factor().times(), self.later_up.factor().times());
        let doubled = &mut scratch.doubled[..driven.len() * first];
        self.first_up.process_in(&mut scratch.filters, driven, doubled);
        let bound = DOUBLED_BELOW * floor;
        // At the base rate alone nothing is known of the wave between, and there is nothing to save.
        if first > 1 && !self.recent.reaches(bound) && !reaches(doubled.as_flattened(), bound) {
            self.recent.skip(doubled);
            return Shaped::Nothing;
        }
        if let Some(missed) = self.recent.push(doubled) {
            self.later_up.reset();
            let top = missed.len() * later;
            self.later_up.process_in(&mut scratch.filters, &missed, &mut scratch.driven_top[..top]);
            // For the shaper's memory.
            let frame = top - first * later..top;
            shape(&scratch.driven_top[frame.clone()], &mut scratch.residual_top[frame]);
        }
        let top = doubled.len() * later;
        let (driven_top, residual_top) = (&mut scratch.driven_top[..top], &mut scratch.residual_top[..top]);
        self.later_up.process_in(&mut scratch.filters, doubled, driven_top);
        shape(driven_top, residual_top)
    }

    /// Dry and residual through the same filters.
    fn chunk_shared(
        &mut self,
        scratch: &mut Scratch,
        dry: &mut [StereoFrame],
        driven: &[StereoFrame],
        residual: &mut [StereoFrame],
        shape: &mut impl FnMut(&[StereoFrame], &mut [StereoFrame]) -> Shaped,
    ) -> Shaped {
        let (frames, inside) = (dry.len(), self.inside_top_samples);
        let top_frames = frames * self.route.factor.times();
        let base4 = &mut scratch.base4[..frames];
        dispatch!(simd::level(), _ => join(dry, driven, base4));
        let top4 = &mut scratch.top4[..top_frames];
        self.shared_up.process_in(&mut scratch.filters, base4, top4);
        let dry_top = &mut scratch.dry_top[..inside + top_frames];
        let driven_top = &mut scratch.driven_top[..top_frames];
        let residual_top = &mut scratch.residual_top[..top_frames];
        dry_top[..inside].copy_from_slice(&self.inside[..inside]);
        dispatch!(simd::level(), _ => part(top4, &mut dry_top[inside..], driven_top));
        self.inside[..inside].copy_from_slice(&dry_top[top_frames..]);
        if shape(driven_top, residual_top) == Shaped::Nothing {
            residual_top.fill([0.0; 2]);
        }
        dispatch!(simd::level(), _ => join(&dry_top[..top_frames], residual_top, top4));
        self.shared_down.process_in(&mut scratch.filters, top4, base4);
        dispatch!(simd::level(), _ => part(base4, dry, residual));
        // The filters ring for ever, if ever more softly.
        Shaped::Residual
    }
}
