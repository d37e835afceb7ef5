//! The kernels behind the bands: what makes them exact, or in linear phase all of them.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use shared_dsp::Job;
use shared_dsp::convolution::{FadedStereoFir, PartitionedFir, PartitionedKernel, StereoTaps};
use shared_dsp::filters::Band;
use shared_dsp::filters::kernels::{
    LinearLength, MOST_MINIMUM_TAPS, NATURAL_LATENCY_SAMPLES, NATURAL_TAPS, linear_kernel, minimum_correction_across,
    minimum_correction_of, natural_correction_across, natural_correction_of, pre_ringing_db, prepare_natural,
};
use shared_dsp::math::MINUS_INFINITY_DB;

use super::grid::Frame;
use super::settings::{BANDS, BandChannels, EqMode, EqSettings};

/// What kernels are designed for.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Request {
    bands: [Option<(Band, BandChannels)>; BANDS],
    mode: EqMode,
    is_stereo: bool,
    sample_rate_hz: f64,
}

/// A FIR for each phase: each has its own latency at once, with a kernel of before or without one.
pub(super) struct Correction {
    minimum: FadedStereoFir<Request>,
    natural: FadedStereoFir<Request>,
    long: PartitionedFir<Request>,
    /// Bits of the pre-ringing of the last long kernel, dB, told by its designer.
    pre_ringing_db: Arc<AtomicU64>,
    mode: EqMode,
    is_stereo: bool,
    sample_rate_hz: f64,
}

/// The kernel's length at the highest rate: beyond it is as long in samples as there.
const LONGEST_SAMPLES: usize = 8 * 65_536;

impl Correction {
    /// Allocates.
    pub(super) fn new() -> Self {
        let minimum = nothing(EqMode::Minimum);
        let natural = nothing(EqMode::Natural);
        let length = LinearLength::Shortest;
        let long = nothing(EqMode::Linear(length));
        let samples = length.samples(long.sample_rate_hz);
        let pre_ringing_db = Arc::new(AtomicU64::new(MINUS_INFINITY_DB.to_bits()));
        let told = pre_ringing_db.clone();
        Self {
            minimum: FadedStereoFir::new(MOST_MINIMUM_TAPS, minimum, short_kernels),
            natural: FadedStereoFir::new(NATURAL_TAPS, natural, short_kernels),
            long: PartitionedFir::new(LONGEST_SAMPLES, samples, long, move |request| long_kernels(request, &told)),
            pre_ringing_db,
            mode: EqMode::default(),
            is_stereo: true,
            sample_rate_hz: 48_000.0,
        }
    }

    pub(super) fn jobs(&self) -> Vec<Arc<dyn Job>> {
        vec![self.minimum.job(), self.natural.job(), self.long.job()]
    }

    /// Allocates.
    pub(super) fn prepare(&mut self, sample_rate_hz: f64, is_stereo: bool) {
        prepare_natural();
        (self.sample_rate_hz, self.is_stereo) = (sample_rate_hz, is_stereo);
        self.minimum.prepare(sample_rate_hz);
        self.natural.prepare(sample_rate_hz);
        self.long.prepare(sample_rate_hz);
    }

    pub(super) fn reset(&mut self, settings: &EqSettings, mode: EqMode) {
        self.mode = mode;
        let wanted = self.wanted(settings);
        match mode {
            EqMode::Linear(length) => self.long.reset(wanted, length.samples(self.sample_rate_hz)),
            EqMode::Minimum => self.minimum.reset(wanted),
            EqMode::Natural => self.natural.reset(wanted),
        }
    }

    /// Answers whether the kernel has been asked for; until then again at each control point.
    pub(super) fn request(&mut self, settings: &EqSettings) -> bool {
        let wanted = self.wanted(settings);
        match self.mode {
            EqMode::Linear(_) => self.long.request(wanted),
            EqMode::Minimum => self.minimum.request(wanted),
            EqMode::Natural => self.natural.request(wanted),
        }
    }

    fn wanted(&self, settings: &EqSettings) -> Request {
        let bands = settings.bands.map(|band| {
            let filter = band.band(settings.gain_scale, 0.0).filter(|band| !band.is_flat());
            filter.map(|filter| (filter, band.channels))
        });
        Request { bands, mode: self.mode, is_stereo: self.is_stereo, sample_rate_hz: self.sample_rate_hz }
    }

    pub(super) fn process(&mut self, frames: &mut [Frame]) {
        match self.mode {
            EqMode::Linear(_) => self.long.process(frames),
            EqMode::Minimum => self.minimum.process(frames),
            EqMode::Natural => self.natural.process(frames),
        }
    }

    /// How much of the kernel of linear phase lies before the sound without being masked by it, dB of its energy, of the channel
    /// with the most of it (see [`pre_ringing_db`]); `None` in other phases.
    pub(super) fn pre_ringing_db(&self) -> Option<f64> {
        let is_linear = matches!(self.mode, EqMode::Linear(_));
        is_linear.then(|| f64::from_bits(self.pre_ringing_db.load(Ordering::Relaxed)))
    }

    pub(super) fn latency_samples(mode: EqMode, sample_rate_hz: f64) -> usize {
        match mode {
            EqMode::Minimum => 0,
            EqMode::Natural => NATURAL_LATENCY_SAMPLES,
            EqMode::Linear(length) => {
                let added = PartitionedFir::<Request>::added_latency_samples(length.samples(sample_rate_hz));
                length.kernel_latency_samples(sample_rate_hz) + added
            }
        }
    }
}

/// What there is until somebody wants something.
fn nothing(mode: EqMode) -> Request {
    Request { bands: [None; BANDS], mode, is_stereo: true, sample_rate_hz: 48_000.0 }
}

fn short_kernels(request: &Request) -> StereoTaps {
    if request.has_both_kinds() {
        use BandChannels::{Left, Mid, Right, Side, Stereo};
        let left_right = [Left, Right].map(|channel| request.acting(&[Stereo, channel], false));
        let mid_side = [Mid, Side].map(|channel| request.acting(&[channel], true));
        let [left, right] = left_right.each_ref().map(Vec::as_slice);
        let [mid, side] = mid_side.each_ref().map(Vec::as_slice);
        let across = match request.mode {
            EqMode::Minimum => minimum_correction_across,
            _ => natural_correction_across,
        };
        let taps = across([left, right], [mid, side], request.sample_rate_hz);
        let ([left, right], [to_right, to_left]) = (&taps.own, &taps.across);
        return StereoTaps::new([left, right]).with_across([to_right, to_left]);
    }
    let ways = request.ways(|bands| match request.mode {
        EqMode::Minimum => minimum_correction_of(bands, request.sample_rate_hz),
        _ => natural_correction_of(bands, request.sample_rate_hz),
    });
    let taps = StereoTaps::new([&ways.own[0], &ways.own[1]]);
    match &ways.across {
        Some([left, right]) => taps.with_across([left, right]),
        None => taps,
    }
}

fn long_kernels(request: &Request, told: &AtomicU64) -> PartitionedKernel {
    let worst_db = Cell::new(MINUS_INFINITY_DB);
    let kernel = long_kernels_of(request, |bands, samples| {
        let taps = linear_kernel(bands, request.sample_rate_hz, samples);
        worst_db.set(worst_db.get().max(pre_ringing_db(&taps, request.sample_rate_hz)));
        taps
    });
    told.store(worst_db.get().to_bits(), Ordering::Relaxed);
    kernel
}

fn long_kernels_of(request: &Request, design: impl Fn(&[Band], usize) -> Vec<f64>) -> PartitionedKernel {
    let EqMode::Linear(length) = request.mode else { return PartitionedKernel::new([None, None], 4096) };
    let samples = length.samples(request.sample_rate_hz);
    if request.bands.iter().all(Option::is_none) {
        return PartitionedKernel::new([None, None], samples);
    }
    let ways = request.ways(|bands| design(&bands.concat(), samples));
    let [left, right] = &ways.own;
    match &ways.across {
        Some([to_right, to_left]) => PartitionedKernel::with_across([left, right], [to_right, to_left], samples),
        None => PartitionedKernel::new([Some(left), Some(right)], samples),
    }
}

/// Taps from each channel to itself, and to the other one: left to right, right to left.
struct Ways {
    own: [Vec<f64>; 2],
    across: Option<[Vec<f64>; 2]>,
}

impl Request {
    fn has(&self, wanted: BandChannels) -> bool {
        self.bands.iter().flatten().any(|(_, channels)| *channels == wanted)
    }

    /// Whether there are bands on left or right and on mid or side.
    fn has_both_kinds(&self) -> bool {
        use BandChannels::{Left, Mid, Right, Side};
        self.is_stereo && (self.has(Left) || self.has(Right)) && (self.has(Mid) || self.has(Side))
    }

    /// The bands on one of these, as far as they are of the cascade on mid and side, or of the one before it.
    fn acting(&self, wanted: &[BandChannels], is_mid_side: bool) -> Vec<Band> {
        let bands = self.bands.iter().flatten().filter(|(_, channels)| {
            wanted.contains(channels) && matches!(channels, BandChannels::Mid | BandChannels::Side) == is_mid_side
        });
        bands.map(|(band, _)| *band).collect()
    }

    /// The kernels from left and right to left and right, made of those of the bands that act alike.
    ///
    /// Bands on mid and side make a matrix of it: with M and S the kernels of mid and side, left to left is (M + S) / 2 and
    /// left to right (M - S) / 2. Bands on one of left and right are in the column of what comes from there.
    ///
    /// A kernel is asked for with the bands of both cascades that a channel passes.
    fn ways(&self, kernel: impl Fn(&[&[Band]]) -> Vec<f64>) -> Ways {
        use BandChannels::{Left, Mid, Right, Side, Stereo};
        let on = |wanted: &[BandChannels]| kernel(&[&self.acting(wanted, false), &self.acting(wanted, true)]);
        let has = |wanted: BandChannels| self.has(wanted);
        if !self.is_stereo {
            let left = on(&[Stereo, Left, Mid]);
            return Ways { own: [left.clone(), left], across: None };
        }
        if !has(Mid) && !has(Side) {
            let left = on(&[Stereo, Left]);
            let right = if has(Left) || has(Right) { on(&[Stereo, Right]) } else { left.clone() };
            return Ways { own: [left, right], across: None };
        }
        let column = |channel: BandChannels| {
            let (mid, side) = (on(&[Stereo, channel, Mid]), on(&[Stereo, channel, Side]));
            [0.5, -0.5].map(|half| {
                let at = |taps: &[f64], n: usize| taps.get(n).copied().unwrap_or(0.0);
                let sum = |n: usize| 0.5 * at(&mid, n) + half * at(&side, n);
                (0..mid.len().max(side.len())).map(sum).collect::<Vec<_>>()
            })
        };
        let [left, to_right] = column(Left);
        let [right, to_left] = if has(Left) || has(Right) { column(Right) } else { [left.clone(), to_right.clone()] };
        Ways { own: [left, right], across: Some([to_right, to_left]) }
    }
}
