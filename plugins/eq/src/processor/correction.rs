//! The kernels behind the bands: what makes them exact.

use std::sync::Arc;

use shared_dsp::Job;
use shared_dsp::convolution::{FadedMatrixFir, MatrixTaps};
use shared_dsp::filters::Band;
use shared_dsp::filters::kernels::{
    MOST_MINIMUM_TAPS, NATURAL_LATENCY_SAMPLES, NATURAL_TAPS, minimum_correction, natural_correction, prepare_natural,
};

use super::settings::{BANDS, BandChannels, EqMode, EqSettings};

/// What short kernels are designed for.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Request {
    bands: [Option<(Band, BandChannels)>; BANDS],
    mode: EqMode,
    is_stereo: bool,
    sample_rate_hz: f64,
}

/// One short FIR for both channels, or for linear phase a long one.
pub(super) struct Correction {
    short: FadedMatrixFir<Request>,
    sample_rate_hz: f64,
}

impl Correction {
    /// Allocates.
    pub(super) fn new() -> Self {
        let taps = MOST_MINIMUM_TAPS.max(NATURAL_TAPS);
        let first = request(&EqSettings::default(), EqMode::default(), true, 48_000.0);
        Self { short: FadedMatrixFir::new(taps, first, |request| design(request)), sample_rate_hz: 48_000.0 }
    }

    pub(super) fn jobs(&self) -> Vec<Arc<dyn Job>> {
        vec![self.short.job()]
    }

    /// Allocates.
    pub(super) fn prepare(&mut self, sample_rate_hz: f64) {
        prepare_natural();
        self.sample_rate_hz = sample_rate_hz;
        self.short.prepare(sample_rate_hz);
    }

    pub(super) fn reset(&mut self, settings: &EqSettings, mode: EqMode, is_stereo: bool) {
        self.short.reset(request(settings, mode, is_stereo, self.sample_rate_hz));
    }

    pub(super) fn request(&mut self, settings: &EqSettings, mode: EqMode, is_stereo: bool) {
        self.short.request(request(settings, mode, is_stereo, self.sample_rate_hz));
    }

    pub(super) fn process(&mut self, left: &mut [f32], right: Option<&mut [f32]>) {
        self.short.process(left, right);
    }

    pub(super) fn latency_samples(mode: EqMode, sample_rate_hz: f64) -> usize {
        match mode {
            EqMode::Minimum => 0,
            EqMode::Natural => NATURAL_LATENCY_SAMPLES,
            EqMode::Linear(length) => length.kernel_latency_samples(sample_rate_hz),
        }
    }
}

fn request(settings: &EqSettings, mode: EqMode, is_stereo: bool, sample_rate_hz: f64) -> Request {
    let bands = settings.bands.map(|band| {
        let filter = band.band(settings.gain_scale, 0.0).filter(|band| !band.is_flat());
        filter.map(|filter| (filter, band.channels))
    });
    Request { bands, mode, is_stereo, sample_rate_hz }
}

fn design(request: &Request) -> MatrixTaps {
    matrix(request, |bands| match request.mode {
        EqMode::Minimum => minimum_correction(bands, request.sample_rate_hz),
        EqMode::Natural => natural_correction(bands, request.sample_rate_hz),
        EqMode::Linear(_) => vec![1.0],
    })
}

/// The kernels from left and right to left and right, made of those of the bands that act alike.
///
/// Bands on mid and side make a matrix of it: with M and S the kernels of mid and side, left to left is (M + S) / 2 and
/// left to right (M - S) / 2. Bands on one of left and right are in the column of what comes from there.
fn matrix(request: &Request, kernel: impl Fn(&[Band]) -> Vec<f64>) -> MatrixTaps {
    let on = |wanted: &[BandChannels]| -> Vec<f64> {
        let acts = |(band, channels): (Band, BandChannels)| wanted.contains(&channels).then_some(band);
        kernel(&request.bands.iter().flatten().copied().filter_map(acts).collect::<Vec<_>>())
    };
    use BandChannels::{Left, Mid, Right, Side, Stereo};
    if !request.is_stereo {
        return MatrixTaps { left: rounded(&on(&[Stereo, Left, Mid])), ..MatrixTaps::default() };
    }
    let has = |wanted: BandChannels| request.bands.iter().flatten().any(|(_, channels)| *channels == wanted);
    if !has(Mid) && !has(Side) {
        let left = on(&[Stereo, Left]);
        let right = if has(Left) || has(Right) { on(&[Stereo, Right]) } else { left.clone() };
        return MatrixTaps { left: rounded(&left), right: rounded(&right), ..MatrixTaps::default() };
    }
    let column = |side: BandChannels| {
        let (mid, side) = (on(&[Stereo, Mid, side]), on(&[Stereo, Side, side]));
        [0.5, -0.5].map(|sign| {
            let at = |taps: &[f64], n: usize| taps.get(n).copied().unwrap_or(0.0);
            let sum = (0..mid.len().max(side.len())).map(|n| 0.5 * at(&mid, n) + sign * at(&side, n));
            rounded(&sum.collect::<Vec<_>>())
        })
    };
    let [left, left_to_right] = column(Left);
    let [right, right_to_left] = column(Right);
    MatrixTaps { left, right, left_to_right, right_to_left }
}

fn rounded(taps: &[f64]) -> Vec<f32> {
    taps.iter().map(|&tap| tap as f32).collect()
}
