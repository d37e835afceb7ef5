//! What the window is told of pre-ringing, against the response that is heard.

use eq::processor::{BandChannels, BandSettings, Eq, EqMode, EqSettings};
use shared_dsp::filters::Shape;
use shared_dsp::filters::kernels::{LinearLength, PRE_RING_AUDIBLE_DB};
use shared_dsp::{Io, Processor as _};

const RATE_HZ: f64 = 48_000.0;

/// What is told, and the share of the energy of the response of left to left that comes more than 10 ms before its middle, dB.
fn told_and_heard(mode: EqMode, bands: &[BandSettings]) -> (Option<f64>, f64) {
    let mut settings = EqSettings::default();
    settings.bands[..bands.len()].copy_from_slice(bands);
    let mut eq = Eq::default();
    eq.prepare(RATE_HZ, 512, 2);
    eq.reset(&settings, mode);
    // The kernels are designed off the audio thread, and are there from the first frame on.
    eq.jobs().iter().for_each(|job| while job.work() {});
    eq.reset(&settings, mode);
    let latency = eq.latency_samples(mode);
    let (mut left, mut right) = (vec![0.0_f32; 2 * latency + 512], vec![0.0_f32; 2 * latency + 512]);
    (left[0], right[0]) = (1.0, 1.0);
    for (left, right) in left.chunks_mut(512).zip(right.chunks_mut(512)) {
        eq.process(Io { left, right: Some(right), sidechain: None });
    }
    let energy = |part: &[f32]| part.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
    let before = latency.saturating_sub((0.010 * RATE_HZ) as usize);
    (eq.reading().pre_ringing_db, 10.0 * (energy(&left[..before]) / energy(&left)).log10())
}

#[test]
fn what_is_told_is_what_is_heard() {
    let band = |shape, frequency_hz, gain_db, slope_db_per_octave| BandSettings {
        shape: Some(shape),
        frequency_hz,
        gain_db,
        slope_db_per_octave,
        ..BandSettings::default()
    };
    let linear = |length| EqMode::Linear(length);
    for (length, bands, is_audible) in [
        (
            LinearLength::Medium,
            vec![band(Shape::Bell, 3000.0, 2.0, 12), band(Shape::HighShelf, 9000.0, 1.0, 12)],
            false,
        ),
        (LinearLength::Medium, vec![band(Shape::LowCut, 40.0, 0.0, 48)], true),
        (LinearLength::Long, vec![band(Shape::LowCut, 90.0, 0.0, 96)], true),
        (LinearLength::Shortest, vec![band(Shape::HighCut, 16_000.0, 0.0, 96)], false),
        (LinearLength::Short, vec![BandSettings { q: 20.0, ..band(Shape::Bell, 200.0, 9.0, 12) }], true),
    ] {
        let (told, heard_db) = told_and_heard(linear(length), &bands);
        let told_db = told.expect("there is something to tell in linear phase");
        println!("{length:?}, {:?}: {told_db:.1} dB told, {heard_db:.1} dB heard", bands[0].shape);
        // What is far below is the rounding of transforms in single precision.
        let is_close = (told_db - heard_db).abs() < 0.1 || (told_db < -100.0 && heard_db < -100.0);
        assert!(is_close, "{told_db} dB told, {heard_db} dB heard");
        assert_eq!(told_db > PRE_RING_AUDIBLE_DB, is_audible, "{told_db}");
    }
    // Of any channel: here it is the side that rings, which the left alone hears at half.
    let side = BandSettings { channels: BandChannels::Side, ..band(Shape::LowCut, 40.0, 0.0, 48) };
    let (told, _) = told_and_heard(linear(LinearLength::Medium), &[side]);
    assert!(told.is_some_and(|db| db > PRE_RING_AUDIBLE_DB), "{told:?}");
    for mode in [EqMode::Minimum, EqMode::Natural] {
        let (told, _) = told_and_heard(mode, &[band(Shape::LowCut, 40.0, 0.0, 48)]);
        assert_eq!(told, None);
    }
    // Nothing to do rings nowhere.
    let (told, _) = told_and_heard(linear(LinearLength::Medium), &[]);
    assert!(told.is_some_and(|db| db <= -200.0), "{told:?}");
}
