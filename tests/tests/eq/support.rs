//! Bands as they are set and as they are meant. The analogue prototypes are written out here anew, from Robert Bristow-Johnson's
//! *Audio EQ Cookbook* and Butterworth's poles, and share no code with EQ's design.

use std::f64::consts::PI;

use realfft::num_complex::Complex64;
use testkit::analysis::{db, first_difference, peak, response_at};
use testkit::signals::{Audio, Random};
use testkit::{Format, Plugin, Rig};

pub const RATES_HZ: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

/// One band as it is set, and as it is meant.
#[derive(Clone, Debug)]
pub struct Band {
    pub shape: &'static str,
    pub hz: f64,
    pub gain_db: f64,
    pub q: f64,
    pub slope: u32,
    pub channels: &'static str,
}

impl Band {
    pub fn new(shape: &'static str, hz: f64, gain_db: f64, q: f64) -> Self {
        Self { shape, hz, gain_db, q, slope: 12, channels: "Stereo" }
    }

    pub fn settings(&self, number: usize) -> Vec<(String, String)> {
        let key = |name: &str| format!("band{number}_{name}");
        vec![
            (key("shape"), self.shape.into()),
            (key("frequency"), format!("{} Hz", self.hz)),
            (key("gain"), self.gain_db.to_string()),
            (key("q"), self.q.to_string()),
            (key("slope"), format!("{} dB/oct", self.slope)),
            (key("channels"), self.channels.into()),
        ]
    }

    /// The analogue response.
    pub fn at(&self, hz: f64) -> Complex64 {
        let s = Complex64::new(0.0, hz / self.hz);
        let one = Complex64::new(1.0, 0.0);
        let a = 10_f64.powf(self.gain_db / 40.0);
        let q = self.q;
        match self.shape {
            "Bell" => (s * s + s * (a / q) + one) / (s * s + s / (a * q) + one),
            "Low shelf" => a * (s * s + s * (a.sqrt() / q) + a) / (a * s * s + s * (a.sqrt() / q) + one),
            "High shelf" => a * (a * s * s + s * (a.sqrt() / q) + one) / (s * s + s * (a.sqrt() / q) + a),
            "Tilt" => (s * (a * a) + one) / (s + a * a),
            "Notch" => (s * s + one) / (s * s + s / q + one),
            "Band-pass" => s / q / (s * s + s / q + one),
            "All-pass" => (s * s - s / q + one) / (s * s + s / q + one),
            "Low cut" => butterworth(self.slope / 6, one / s, q),
            "High cut" => butterworth(self.slope / 6, s, q),
            other => panic!("{other}"),
        }
    }
}

/// A low pass with so many poles; Q scales that of the most resonant pair.
pub fn butterworth(poles: u32, s: Complex64, q: f64) -> Complex64 {
    let one = Complex64::new(1.0, 0.0);
    let mut response = one;
    for pair in 1..=poles / 2 {
        let angle = PI * f64::from(2 * pair - 1) / f64::from(2 * poles);
        let mut pair_q = 1.0 / (2.0 * angle.sin());
        if pair == 1 {
            pair_q *= q * 2_f64.sqrt();
        }
        response /= s * s + s / pair_q + one;
    }
    if poles % 2 == 1 {
        response /= s + one;
    }
    response
}

/// Set, and not active yet. Renders offline: there every result is exact.
pub fn set(format: Format, phase: &str, bands: &[Band], more: &[(&str, &str)]) -> Rig {
    let mut rig = Rig::open(Plugin::Eq, format);
    rig.offline(true);
    rig.set("phase", phase);
    for (n, band) in bands.iter().enumerate() {
        for (key, text) in band.settings(n + 1) {
            rig.set(&key, &text);
        }
    }
    for (key, text) in more {
        rig.set(key, text);
    }
    rig
}

pub fn eq(format: Format, rate: f64, phase: &str, bands: &[Band], more: &[(&str, &str)]) -> Rig {
    let mut rig = set(format, phase, bands, more);
    rig.activate(rate, 1024);
    rig
}

/// What comes of an impulse in left and right: both outputs, with the latency.
pub fn impulse_responses(rig: &mut Rig, frames: usize) -> Audio {
    let mut input = vec![vec![0.0_f32; frames]; 2];
    input[0][0] = 1.0;
    input[1][0] = 1.0;
    rig.run(&input)
}

/// The response of the left output at a frequency. What is heard rings for `ringing_s`.
pub fn response(rig: &mut Rig, rate: f64, ringing_s: f64) -> impl Fn(f64) -> Complex64 + use<> {
    let latency = rig.latency();
    let [left, _]: [Vec<f32>; 2] =
        impulse_responses(rig, (rate * (0.4 + ringing_s)) as usize + latency).try_into().expect("two channels");
    move |hz| response_at(&left, latency, rate, hz)
}

/// The highest frequency that is promised.
fn top_hz(rate: f64) -> f64 {
    f64::min(20_000.0, 0.4535 * rate)
}

/// From 20 Hz up.
pub fn grid_hz(top_hz: f64) -> impl Iterator<Item = f64> {
    (0..48).map(move |n| 20.0 * (top_hz / 20.0).powf(f64::from(n) / 47.0))
}

pub fn product(bands: &[Band], hz: f64) -> Complex64 {
    bands.iter().map(|band| band.at(hz)).product()
}

/// The largest errors against what is meant where that is above -60 dB: dB and degrees.
pub fn errors_against(found: impl Fn(f64) -> Complex64, rate: f64, meant: impl Fn(f64) -> Complex64) -> (f64, f64) {
    let (mut worst_db, mut worst_degrees) = (0.0_f64, 0.0_f64);
    for hz in grid_hz(top_hz(rate)) {
        let meant = meant(hz);
        if db(meant.norm()) < -60.0 {
            continue;
        }
        let ratio = found(hz) / meant;
        let (error_db, degrees) = (db(ratio.norm()).abs(), ratio.arg().to_degrees().abs());
        assert!(error_db.is_finite() && degrees.is_finite(), "{error_db} dB, {degrees} degrees at {hz} Hz");
        worst_db = worst_db.max(error_db);
        worst_degrees = worst_degrees.max(degrees);
    }
    (worst_db, worst_degrees)
}

/// The same against the prototypes of these bands.
pub fn errors(rig: &mut Rig, rate: f64, bands: &[Band]) -> (f64, f64) {
    // Narrow bands in the bass ring for long.
    let ringing_s = bands.iter().map(|band| 6.0 * band.q / band.hz).fold(0.0, f64::max);
    errors_against(response(rig, rate, ringing_s), rate, |hz| product(bands, hz))
}

/// Asserts that bands are their prototypes within `limit_db`, and in natural phase within 0.1 degrees; answers the errors. Other
/// phases have no degrees to keep.
pub fn assert_prototypes(format: Format, rate: f64, phase: &str, bands: &[Band], limit_db: f64) -> (f64, f64) {
    let (error_db, degrees) = errors(&mut eq(format, rate, phase, bands, &[]), rate, bands);
    assert!(error_db <= limit_db, "{phase}, {rate} Hz: {error_db:.4} dB for {bands:?}");
    let degrees = if phase == "Natural" { degrees } else { 0.0 };
    assert!(degrees <= 0.1, "{rate} Hz: {degrees:.3} degrees for {bands:?}");
    (error_db, degrees)
}

pub fn drawn(random: &mut Random, shapes: &[&'static str]) -> Band {
    let mut within = |low: f64, high: f64| low + (high - low) * random.unit();
    let shape = shapes[(within(0.0, shapes.len() as f64) as usize).min(shapes.len() - 1)];
    let hz = (60.0 * (20_000.0_f64 / 60.0).powf(within(0.0, 1.0))).round();
    let gain_db = (10.0 * within(-12.0, 12.0)).round() / 10.0;
    let q = (100.0 * 0.3 * (10.0_f64 / 0.3).powf(within(0.0, 1.0))).round() / 100.0;
    let slopes = [6, 12, 18, 24, 36, 48];
    let slope = slopes[(within(0.0, 6.0) as usize).min(5)];
    let is_cut = shape.ends_with("cut");
    Band {
        shape,
        hz,
        gain_db,
        q: if is_cut { 0.71 } else { q },
        slope: if is_cut { slope } else { 12 },
        channels: "Stereo",
    }
}

/// Asserts that two sounds are the same to the bit, and that they sound.
pub fn equal(a: &Audio, b: &Audio, what: &str) {
    for (channel, (a, b)) in a.iter().zip(b).enumerate() {
        assert!(peak(a) > 0.0, "{what}: channel {channel} is silent");
        let difference = first_difference(a, b);
        assert!(difference.is_none(), "{what}: channel {channel} differs at {difference:?}");
    }
}
