//! Signals in, measurements out.

use realfft::num_complex::Complex;
use shared_dsp::{Io, Processor, Quality};
use tape::processor::{Equalisation, Formulation, Monitor, Speed, Tape, TapeSettings};
use testkit::analysis::{db, spectrum};
use testkit::signals::{Random, sine};

pub const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];
/// Where a host cuts, frames.
pub const GRID: usize = 64;

/// Has all kernels designed that were asked for, as the worker does.
pub fn design(unit: &Tape) {
    for job in unit.jobs() {
        while job.work() {}
    }
}

/// A machine that is ready to run.
pub fn tape(settings: &TapeSettings, rate: f64, quality: Quality, channels: usize) -> Tape {
    let mut unit = Tape::new();
    unit.prepare(rate, 8192, channels);
    unit.reset(settings, quality);
    design(&unit);
    unit
}

/// Runs one channel through in blocks of `block`.
pub fn run_mono(unit: &mut Tape, input: &[f32], block: usize) -> Vec<f32> {
    let mut out = input.to_vec();
    for chunk in out.chunks_mut(block) {
        unit.process(Io { left: chunk, right: None, sidechain: None });
    }
    out
}

/// Runs two channels through in blocks of `block`.
pub fn run_stereo(unit: &mut Tape, left: &[f32], right: &[f32], block: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut l, mut r) = (left.to_vec(), right.to_vec());
    for (a, b) in l.chunks_mut(block).zip(r.chunks_mut(block)) {
        unit.process(Io { left: a, right: Some(b), sidechain: None });
    }
    (l, r)
}

/// The spectrum of the last second of two of a tone of a whole number of Hz: bins are Hz.
pub fn tone_spectrum(
    settings: &TapeSettings,
    rate: f64,
    quality: Quality,
    hz: f64,
    peak_dbfs: f64,
) -> Vec<Complex<f64>> {
    let second = rate as usize;
    let mut unit = tape(settings, rate, quality, 1);
    let output = run_mono(&mut unit, &sine(rate, hz, peak_dbfs, 2 * second), 512);
    spectrum(&output[second..])
}

/// Level of the fundamental, dBFS, and third harmonic over it (linear), divided by what the machine's response does to the
/// harmonic.
pub fn fundamental_and_third(
    settings: &TapeSettings,
    rate: f64,
    quality: Quality,
    hz: f64,
    peak_dbfs: f64,
) -> [f64; 2] {
    let bins = tone_spectrum(settings, rate, quality, hz, peak_dbfs);
    let [first, third] = [1, 3].map(|n| bins.get(n * hz as usize).map_or(0.0, |bin| bin.norm()));
    let machine = settings.machine();
    let equalised = machine.replay(3.0 * hz) / machine.replay(hz);
    [db(first), third / first / equalised]
}

/// The same at 48 kHz in Standard.
pub fn at_48k(settings: &TapeSettings, hz: f64, peak_dbfs: f64) -> [f64; 2] {
    fundamental_and_third(settings, 48_000.0, Quality::Standard, hz, peak_dbfs)
}

/// The slope of `y` over `x` by least squares.
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let (mut xy, mut xx) = (0.0, 0.0);
    for point in points {
        xy += (point.0 - x) * (point.1 - y);
        xx += (point.0 - x).powi(2);
    }
    xy / xx
}

/// Everything but wow, flutter and the noises set by chance.
pub fn random_settings(random: &mut Random) -> TapeSettings {
    let mut within = |low: f64, high: f64| low + (high - low) * random.unit();
    let zero_vu_db = within(-24.0, -6.0);
    let (drive_db, bias_db) = (within(-12.0, 12.0), within(-3.0, 6.0));
    let (head_bump, azimuth_minutes, mix) = (within(0.0, 2.0), within(-15.0, 15.0), within(0.0, 1.0));
    TapeSettings {
        zero_vu_db,
        fluxivity_nwb: [185.0, 250.0, 320.0, 370.0, 520.0][random.below(5)],
        drive_db,
        formulation: Formulation::ALL[random.below(4)],
        speed: Speed::ALL[random.below(3)],
        equalisation: Equalisation::ALL[random.below(3)],
        bias_db,
        head_bump,
        azimuth_minutes,
        is_aligned: random.below(2) == 0,
        monitor: [Monitor::Repro, Monitor::Sync][random.below(2)],
        mix,
        ..TapeSettings::default()
    }
}

/// All that may be on at once.
pub fn busy() -> TapeSettings {
    TapeSettings {
        drive_db: 6.0,
        bias_db: -2.0,
        equalisation: Equalisation::Nab,
        formulation: Formulation::Plus3,
        wow: 0.002,
        flutter: 0.001,
        hiss_db: Some(-60.0),
        modulation_db: Some(-55.0),
        crosstalk_db: Some(-40.0),
        azimuth_minutes: 4.0,
        mix: 0.8,
        ..TapeSettings::default()
    }
}
