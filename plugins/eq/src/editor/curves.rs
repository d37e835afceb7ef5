//! The curves: the response of each channel as the bands stand now, and of each band alone, from the DSP's own formula.

use shared_dsp::filters::kernels::minimum_correction_of;
use shared_dsp::filters::{Complex64, Digital, Prototype};
use shared_dsp::math::gain_to_db;

use super::axes::{RANGE_HZ, View};
use crate::processor::{BANDS, BandChannels, EqSettings, Phase};

/// Points of a curve.
const POINTS: usize = 480;

/// The response of one channel.
#[derive(Debug, Clone)]
pub struct Curve {
    /// Which; stereo where all are the same.
    pub channels: BandChannels,
    /// Frequency in Hz and value of the view.
    pub points: Vec<(f32, f32)>,
}

/// What the curves depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The settings, without listening.
    pub settings: EqSettings,
    /// How far dynamics have moved each gain, dB.
    pub moved_db: [f64; BANDS],
    /// How phase is treated.
    pub phase: Phase,
    /// Hz; 0 while unknown.
    pub sample_rate_hz: f64,
    /// What is drawn.
    pub view: View,
}

/// The curves of the last subject: computed anew when it changes.
#[derive(Debug, Default)]
pub struct Curves {
    subject: Option<Subject>,
    /// One a channel that differs.
    pub channels: Vec<Curve>,
    /// Each band that is on, alone; always the gain in dB.
    pub bands: [Option<Curve>; BANDS],
}

fn grid() -> impl Iterator<Item = f64> {
    let (low, high) = (f64::from(RANGE_HZ.0), f64::from(RANGE_HZ.1));
    (0..POINTS).map(move |n| low * (high / low).powf(n as f64 / (POINTS - 1) as f64))
}

fn curve(channels: BandChannels, value: impl Fn(f64) -> f64) -> Curve {
    Curve { channels, points: grid().map(|hz| (hz as f32, value(hz) as f32)).collect() }
}

impl Curves {
    /// Brings the curves up to date.
    pub fn update(&mut self, subject: Subject) {
        if self.subject.as_ref() == Some(&subject) {
            return;
        }
        self.channels = channels_of(&subject.settings).map(|channels| subject.curve(channels)).collect();
        self.bands = std::array::from_fn(|n| {
            let band = &subject.settings.bands[n];
            let prototype = Prototype::new(&band.band(subject.settings.gain_scale, subject.moved_db[n])?);
            Some(curve(band.channels, |hz| 0.5 * gain_to_db(prototype.power(hz))))
        });
        self.subject = Some(subject);
    }
}

/// The channels whose responses differ.
fn channels_of(settings: &EqSettings) -> impl Iterator<Item = BandChannels> {
    use BandChannels::{Left, Mid, Right, Side, Stereo};
    let is_used = |channels| settings.bands.iter().any(|band| band.shape.is_some() && band.channels == channels);
    let left_right = is_used(Left) || is_used(Right);
    let mid_side = is_used(Mid) || is_used(Side);
    [(Stereo, !left_right && !mid_side), (Left, left_right), (Right, left_right), (Mid, mid_side), (Side, mid_side)]
        .into_iter()
        .filter_map(|(channels, is_shown)| is_shown.then_some(channels))
}

impl Subject {
    /// The response of one channel in the units of the view.
    pub fn curve(&self, channels: BandChannels) -> Curve {
        let bands: Vec<_> = self.settings.bands_on(channels, self.moved_db).collect();
        let prototypes: Vec<Prototype> = bands.iter().map(Prototype::new).collect();
        let analogue = |hz: f64| prototypes.iter().map(|prototype| prototype.at(hz)).product::<Complex64>();
        match (self.view, self.phase) {
            (View::Gain, _) => curve(channels, |hz| {
                0.5 * gain_to_db(prototypes.iter().map(|prototype| prototype.power(hz)).product::<f64>())
            }),
            (_, Phase::Linear) => curve(channels, |_| 0.0),
            (view, Phase::Natural) => curve(channels, |hz| phase_value(view, hz, analogue)),
            (view, Phase::Minimum) => {
                let rate = if self.sample_rate_hz > 0.0 { self.sample_rate_hz } else { 48e3 };
                let digital =
                    self.settings.cascades_on(channels, self.moved_db).map(|bands| Digital::new(&bands, rate));
                // Designed for the bands as they are set: dynamics move the sections alone.
                let [left_right, mid_side] = self.settings.cascades_on(channels, [0.0; BANDS]);
                let taps = minimum_correction_of(&[&left_right, &mid_side], rate);
                let heard = |hz: f64| {
                    let turn = Complex64::cis(-std::f64::consts::TAU * hz / rate);
                    let correction = taps.iter().rev().fold(Complex64::default(), |sum, tap| sum * turn + tap);
                    digital.iter().map(|cascade| cascade.at(hz)).product::<Complex64>() * correction
                };
                let end_hz = 0.499 * rate;
                curve(channels, |hz| if hz < end_hz { phase_value(view, hz, heard) } else { f64::NAN })
            }
        }
    }
}

/// Phase in degrees or group delay in ms.
fn phase_value(view: View, hz: f64, response: impl Fn(f64) -> Complex64) -> f64 {
    if view == View::Phase {
        return response(hz).arg().to_degrees();
    }
    // The turn over a thousandth of the frequency on either side.
    let (low, high) = (response(0.999 * hz), response(1.001 * hz));
    let turn = (high * low.conj()).arg();
    -turn / (std::f64::consts::TAU * 0.002 * hz) * 1000.0
}

#[cfg(test)]
mod tests {
    use shared_dsp::filters::Shape;

    use shared_dsp::filters::kernels::LinearLength;
    use shared_dsp::{Io, Processor as _};
    use testkit::analysis::response_at;

    use super::*;
    use crate::processor::{BandSettings, Eq, EqMode};

    fn subject(view: View, phase: Phase) -> Subject {
        let mut settings = EqSettings::default();
        settings.bands[0] = BandSettings { shape: Some(Shape::Bell), gain_db: 3.0, ..BandSettings::default() };
        settings.bands[1] = BandSettings {
            shape: Some(Shape::LowShelf),
            gain_db: -2.0,
            frequency_hz: 90.0,
            channels: BandChannels::Side,
            ..BandSettings::default()
        };
        Subject { settings, moved_db: [0.0; BANDS], phase, sample_rate_hz: 48e3, view }
    }

    #[test]
    fn the_drawn_gain_is_the_response_of_the_settings() {
        let mut curves = Curves::default();
        let subject = subject(View::Gain, Phase::Natural);
        curves.update(subject.clone());
        let drawn: Vec<BandChannels> = curves.channels.iter().map(|curve| curve.channels).collect();
        assert_eq!(drawn, [BandChannels::Mid, BandChannels::Side]);
        for curve in &curves.channels {
            for &(hz, db) in &curve.points {
                let wanted = gain_to_db(subject.settings.response(curve.channels, f64::from(hz)).norm());
                assert!((f64::from(db) - wanted).abs() < 1e-4, "{:?} at {hz} Hz: {db}, not {wanted}", curve.channels);
            }
            let most = curve.points.iter().map(|point| point.1).fold(f32::MIN, f32::max);
            assert!((2.5..3.5).contains(&most), "the bell is in both: {most}");
        }
    }

    /// What the equaliser does to one channel at `hz`: its response to an impulse there.
    fn measured(subject: &Subject, mode: EqMode, channels: BandChannels) -> impl Fn(f64) -> Complex64 + use<> {
        let mut eq = Eq::default();
        let rate_hz = subject.sample_rate_hz;
        eq.prepare(rate_hz, 512, 2);
        eq.reset(&subject.settings, mode);
        // The kernels are designed off the audio thread, and are there from the first frame on.
        eq.jobs().iter().for_each(|job| while job.work() {});
        eq.reset(&subject.settings, mode);
        let latency = eq.latency_samples(mode);
        let frames = 2 * latency + 24_000;
        let (mut left, mut right) = (vec![0.0_f32; frames], vec![0.0_f32; frames]);
        (left[0], right[0]) = match channels {
            BandChannels::Stereo | BandChannels::Mid => (1.0, 1.0),
            BandChannels::Left => (1.0, 0.0),
            BandChannels::Right => (0.0, 1.0),
            BandChannels::Side => (1.0, -1.0),
        };
        for (left, right) in left.chunks_mut(512).zip(right.chunks_mut(512)) {
            eq.process(Io { left, right: Some(right), sidechain: None });
        }
        let output: Vec<f32> = left
            .iter()
            .zip(&right)
            .map(|(&left, &right)| match channels {
                BandChannels::Stereo | BandChannels::Left => left,
                BandChannels::Right => right,
                BandChannels::Mid => 0.5 * (left + right),
                BandChannels::Side => 0.5 * (left - right),
            })
            .collect();
        move |hz| response_at(&output, latency, rate_hz, hz)
    }

    #[test]
    fn what_is_drawn_is_what_is_heard() {
        use BandChannels::{Left, Mid, Right, Side, Stereo};
        let band = |shape, frequency_hz, gain_db, channels| BandSettings {
            shape: Some(shape),
            frequency_hz,
            gain_db,
            channels,
            slope_db_per_octave: 12,
            ..BandSettings::default()
        };
        for [one, other] in [[Stereo, Stereo], [Left, Right], [Mid, Side]] {
            let mut settings = EqSettings::default();
            settings.bands[0] = band(Shape::Bell, 900.0, 4.0, Stereo);
            settings.bands[1] = band(Shape::HighShelf, 12_000.0, 6.0, one);
            settings.bands[2] = band(Shape::FlatTop, 15_000.0, -5.0, other);
            settings.bands[3] = band(Shape::LowCut, 40.0, 0.0, other);
            for (phase, mode) in [
                (Phase::Minimum, EqMode::Minimum),
                (Phase::Natural, EqMode::Natural),
                (Phase::Linear, EqMode::Linear(LinearLength::Longest)),
            ] {
                let settings = settings.clone();
                let subject =
                    Subject { settings, moved_db: [0.0; BANDS], phase, sample_rate_hz: 44_100.0, view: View::Gain };
                let mut curves = Curves::default();
                curves.update(subject.clone());
                assert_eq!(curves.channels.len(), if one == Stereo { 1 } else { 2 });
                for curve in &curves.channels {
                    let response = measured(&subject, mode, curve.channels);
                    let mut worst_degrees = 0.0_f64;
                    let audible = curve.points.iter().filter(|(hz, db)| (20.0..=20e3).contains(hz) && *db > -40.0);
                    for &(hz, drawn_db) in audible.step_by(8) {
                        let found_db = gain_to_db(response(f64::from(hz)).norm());
                        let error_db = (found_db - f64::from(drawn_db)).abs();
                        assert!(error_db <= 0.05, "{phase:?}, {:?}, {hz} Hz: {error_db} dB", curve.channels);
                    }
                    if phase != Phase::Linear {
                        let drawn = Subject { view: View::Phase, ..subject.clone() }.curve(curve.channels).points;
                        for &(hz, degrees) in drawn.iter().filter(|(hz, _)| (30.0..=20e3).contains(hz)).step_by(8) {
                            let turn = Complex64::cis(f64::from(-degrees).to_radians());
                            let error_degrees = (response(f64::from(hz)) * turn).arg().to_degrees().abs();
                            assert!(
                                error_degrees <= 0.2,
                                "{phase:?}, {:?}, {hz} Hz: {error_degrees} degrees",
                                curve.channels
                            );
                            worst_degrees = worst_degrees.max(error_degrees);
                        }
                        println!("{phase:?}, {:?}: {worst_degrees:.4} degrees", curve.channels);
                    }
                }
            }
        }
    }

    #[test]
    fn dynamics_move_the_drawn_curve() {
        let mut subject = subject(View::Gain, Phase::Natural);
        subject.moved_db[0] = -2.0;
        let curve = subject.curve(BandChannels::Mid);
        let most = curve.points.iter().map(|point| point.1).fold(f32::MIN, f32::max);
        assert!((most - 1.0).abs() < 0.05, "{most}");
    }

    #[test]
    fn linear_phase_has_none_and_delay_is_the_slope_of_the_phase() {
        let linear = subject(View::Phase, Phase::Linear).curve(BandChannels::Mid);
        assert!(linear.points.iter().all(|point| point.1 == 0.0));
        for phase in [Phase::Natural, Phase::Minimum] {
            let phases = subject(View::Phase, phase).curve(BandChannels::Mid).points;
            let delays = subject(View::Delay, phase).curve(BandChannels::Mid).points;
            let mut compared = 0;
            for (pair, delay) in phases.windows(3).zip(&delays[1..]).filter(|(pair, _)| pair[2].0 < 15e3) {
                let slope = (pair[2].1 - pair[0].1) / 360.0 / (pair[2].0 - pair[0].0);
                assert!((-slope * 1000.0 - delay.1).abs() < 0.01, "{phase:?}, {} Hz: {} ms", delay.0, delay.1);
                compared += 1;
            }
            assert!(compared > 300 && delays.iter().any(|point| point.1.abs() > 0.05));
        }
    }
}
