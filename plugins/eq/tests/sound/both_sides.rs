//! Bands on left or right together with bands on mid or side: all four ways from input to output against the prototypes.

use std::f64::consts::TAU;

use eq::processor::{BandChannels, BandSettings, Eq, EqMode, EqSettings};
use shared_dsp::filters::kernels::LinearLength;
use shared_dsp::filters::{Complex64, Shape};
use shared_dsp::{Io, Processor as _};

const RATE_HZ: f64 = 44_100.0;

fn at(signal: &[f32], latency: usize, hz: f64) -> Complex64 {
    let turn = |n: usize| Complex64::cis(-TAU * hz / RATE_HZ * (n as f64 - latency as f64));
    signal.iter().enumerate().map(|(n, &x)| turn(n) * f64::from(x)).sum()
}

/// The largest error of a way, dB of what the loudest way has there, and where.
fn worst(settings: &EqSettings, mode: EqMode) -> (f64, f64) {
    let outputs = [0, 1].map(|from: usize| {
        let mut eq = Eq::default();
        eq.prepare(RATE_HZ, 512, 2);
        eq.reset(settings, mode);
        eq.jobs().iter().for_each(|job| while job.work() {});
        eq.reset(settings, mode);
        let latency = eq.latency_samples(mode);
        let mut channels = [vec![0.0_f32; 2 * latency + 8192], vec![0.0_f32; 2 * latency + 8192]];
        channels[from][0] = 1.0;
        let [left, right] = &mut channels;
        for (left, right) in left.chunks_mut(512).zip(right.chunks_mut(512)) {
            eq.process(Io { left, right: Some(right), sidechain: None });
        }
        (channels, latency)
    });
    let mut worst = (f64::NEG_INFINITY, 0.0);
    for n in 0..60 {
        let hz = 40.0 * 500_f64.powf(f64::from(n) / 59.0);
        let on = |wanted: BandChannels| -> Complex64 {
            let bands = settings.bands.iter().filter(|band| band.channels == wanted);
            let response: Complex64 =
                bands.filter_map(|band| band.band(1.0, 0.0)).map(|band| band.prototype(hz)).product();
            if matches!(mode, EqMode::Linear(_)) { Complex64::new(response.norm(), 0.0) } else { response }
        };
        let [left, right, mid, side, both] =
            [BandChannels::Left, BandChannels::Right, BandChannels::Mid, BandChannels::Side, BandChannels::Stereo]
                .map(on);
        let mut error: f64 = 0.0;
        let mut most: f64 = 0.0;
        for (from, x) in [left * both, right * both].into_iter().enumerate() {
            for to in 0..2 {
                let sign = if from == to { 1.0 } else { -1.0 };
                let meant = x * (mid + sign * side) * 0.5;
                let (channels, latency) = &outputs[from];
                error = error.max((at(&channels[to], *latency, hz) - meant).norm());
                most = most.max(meant.norm());
            }
        }
        let error_db = 20.0 * (error / most).log10();
        assert!(error_db.is_finite(), "{hz} Hz");
        if error_db > worst.0 {
            worst = (error_db, hz);
        }
    }
    worst
}

#[test]
fn bands_on_both_kinds_of_sides_are_close() {
    let band = |shape, frequency_hz, gain_db, channels| BandSettings {
        shape: Some(shape),
        frequency_hz,
        gain_db,
        channels,
        ..BandSettings::default()
    };
    // Linear phase has one kernel a way, and is exact; natural phase mends each way by itself: -59 dB is 0.01 dB. Without
    // latency the phases of mid and side are the sections', and where the two meet near Nyquist they are heard.
    for (name, share, limits_db) in
        [("moves of 2 dB", 1.0, [-28.0, -59.0, -120.0]), ("moves of 6 dB", 3.0, [-18.0, -59.0, -120.0])]
    {
        let mut settings = EqSettings::default();
        settings.bands[0] = band(Shape::Bell, 12_000.0, 2.0 * share, BandChannels::Left);
        settings.bands[1] = band(Shape::HighShelf, 9000.0, -2.0 * share, BandChannels::Right);
        settings.bands[2] = band(Shape::HighShelf, 8000.0, 1.5 * share, BandChannels::Mid);
        settings.bands[3] = band(Shape::Bell, 15_000.0, -2.0 * share, BandChannels::Side);
        let modes = [EqMode::Minimum, EqMode::Natural, EqMode::Linear(LinearLength::Shortest)];
        for (mode, limit_db) in modes.into_iter().zip(limits_db) {
            let (error_db, hz) = worst(&settings, mode);
            println!("{mode:?}, {name}: {error_db:.1} dB at {hz:.0} Hz");
            assert!(error_db <= limit_db, "{mode:?}, {name}: {error_db:.1} dB at {hz:.0} Hz");
        }
    }
}
