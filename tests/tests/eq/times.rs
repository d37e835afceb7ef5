//! How fast the gain of a dynamic band follows its level: measured as Glue's times are (reference/linear.md B3).

use testkit::analysis::{db, larger};
use testkit::{Format, Rig};

use crate::dynamics::moved_db;
use crate::steps::{SHARE, crossing, demodulated, mean, tone};
use crate::support::*;

const THRESHOLD_DB: f64 = -30.0;
/// Of the band: not so wide that a tone that begins is louder there than it is.
const Q: f64 = 0.71;
const BLOCKS: [usize; 4] = [1, 64, 333, 8192];
/// Gains move on a grid of so many samples (plugins/eq/README.md).
const GRID_SAMPLES: f64 = 16.0;
/// Time constant of the RMS detector's mean square (plugins/eq/README.md), s.
const RMS_S: f64 = 0.005;

/// What the gain of the bands below loses to a level so far over the threshold, dB.
fn law_db(over_db: f64) -> f64 {
    -moved_db(over_db, 6.0, -24.0)
}

/// One run of a measurement.
#[derive(Clone, Copy, Debug)]
struct Case {
    rate: f64,
    block: usize,
    phase: &'static str,
    detector: &'static str,
    /// Whether the step comes through the port "Sidechain", and the programme stays as it is.
    is_external: bool,
    attack_ms: f64,
    release_ms: f64,
}

const CASE: Case = Case {
    rate: 48_000.0,
    block: 333,
    phase: "Minimum",
    detector: "Peak",
    is_external: false,
    attack_ms: 1.0,
    release_ms: 1000.0,
};

impl Case {
    /// Samples in a period of the tone: near 6 kHz, so that what the band listens through and how it rings itself take a sample or two.
    /// In fours: one of them is the peak.
    fn period(&self) -> usize {
        4 * (self.rate / 24_000.0).round() as usize
    }

    fn hz(&self) -> f64 {
        self.rate / self.period() as f64
    }

    fn rig(&self) -> Rig {
        let band = Band::new("Bell", self.hz(), 0.0, Q);
        let (attack, release) = (self.attack_ms.to_string(), self.release_ms.to_string());
        let external = if self.is_external { "On" } else { "Off" };
        let more = [
            ("band1_dynamic", "On"),
            ("band1_threshold", "-30"),
            ("band1_range", "-24"),
            ("band1_attack", &attack),
            ("band1_release", &release),
            ("band1_detector", self.detector),
            ("band1_external_key", external),
            ("linear_length", "Shortest"),
        ];
        let mut rig = set(Format::Clap, self.phase, &[band], &more);
        rig.layout(2, self.is_external);
        rig.activate(self.rate, 8192);
        rig
    }

    /// Reduction over time, dB, when the level goes from so far over the threshold to so far over it: (seconds, dB).
    fn reduction(&self, seconds: f64, step_s: f64, [from_db, to_db]: [f64; 2]) -> Vec<(f64, f64)> {
        let mut rig = self.rig();
        let latency = rig.latency();
        let padded = |tone: &[f32]| {
            let channel: Vec<f32> = tone.iter().copied().chain(std::iter::repeat_n(0.0, latency)).collect();
            vec![channel.clone(), channel]
        };
        let step = |t: f64| THRESHOLD_DB + if t + 1e-9 < step_s { from_db } else { to_db };
        let stepping = tone(self.rate, self.hz(), seconds, step);
        let (programme, key) = if self.is_external {
            (tone(self.rate, self.hz(), seconds, |_| -50.0), Some(padded(&stepping)))
        } else {
            (stepping, None)
        };
        let output = rig.run_with(&padded(&programme), key.as_ref(), &[], &[self.block]);
        demodulated(&programme, &output[0], self.rate, latency, self.period(), step_s)
    }

    /// Where a step about here falls on the beginning of a period, s.
    fn step_s(&self, about_s: f64) -> f64 {
        (about_s * self.hz()).round() / self.hz()
    }

    /// Time to 63 % of the move, in dB, after a step from 10 dB below the threshold to 10 dB above it, s.
    fn attack_s(&self) -> f64 {
        let (start, hold) = (self.step_s(0.05), (12e-3 * self.attack_ms).max(0.06));
        let points = self.reduction(start + hold, start, [-10.0, 10.0]);
        let reached_db = mean(&points, start + 0.8 * hold, start + hold);
        assert!((reached_db - law_db(10.0)).abs() < 0.1, "{self:?}: {reached_db:.3} dB reached");
        crossing(&points, start, SHARE * reached_db) - start
    }

    /// Time to 63 % of the way back, s.
    fn release_s(&self) -> f64 {
        let (held, fall) = (self.step_s((12e-3 * self.attack_ms).max(0.1)), 1.5e-3 * self.release_ms + 0.03);
        let points = self.reduction(held + fall, held, [10.0, -10.0]);
        let from_db = mean(&points, held - 0.002, held);
        assert!((from_db - law_db(10.0)).abs() < 0.1, "{self:?}: {from_db:.3} dB held");
        crossing(&points, held, (1.0 - SHARE) * from_db) - held
    }

    /// The detector's own delay, which the attack is timed without: how long the band-pass that it listens through and the first
    /// wave take, as the reduction missing meanwhile. Closed form of the analogue band-pass after a step of a sine at its centre.
    fn onset_s(&self) -> f64 {
        const STEP: f64 = 1e-3;
        let damping = 0.5 / Q;
        let turn = (1.0 - damping * damping).sqrt();
        let (mut highest, mut missing) = (0.1_f64, 0.0);
        for n in 0..40_000 {
            let angle = f64::from(n) * STEP;
            let transient = (-damping * angle).exp() * (turn * angle).sin() / turn;
            highest = highest.max((angle.sin() - 0.9 * transient).abs());
            missing += STEP * (1.0 - law_db(10.0 + db(highest)) / law_db(10.0));
        }
        missing / (std::f64::consts::TAU * self.hz())
    }
}

/// Every case at once: a table tells more than its first line.
fn judged(cases: impl IntoIterator<Item = Case>, judge: impl Fn(&Case) -> (f64, f64, f64)) {
    let (mut failures, mut worst) = (Vec::new(), 0.0_f64);
    for case in cases {
        let (found_s, meant_s, limit_s) = judge(&case);
        let error_s = (found_s - meant_s).abs();
        println!("{case:?}: {:.3} ms for {:.3}", 1e3 * found_s, 1e3 * meant_s);
        if error_s.is_nan() || error_s > limit_s {
            failures.push(format!("{case:?}: {:.3} ms for {:.3}", 1e3 * found_s, 1e3 * meant_s));
        } else {
            worst = larger(worst, error_s / limit_s);
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(worst > 0.0);
    println!("within {:.0} % of what is allowed", 100.0 * worst);
}

/// 5 % or a sample; what is shorter than two steps of the grid within those.
fn limit_s(case: &Case, meant_s: f64) -> f64 {
    let grid_s = GRID_SAMPLES / case.rate;
    if meant_s < 2.0 * grid_s { 2.0 * grid_s } else { (0.05 * meant_s).max(1.0 / case.rate) }
}

#[test]
fn attack_is_its_label() {
    let mut cases = Vec::new();
    for attack_ms in [0.1, 0.3, 0.7, 1.0, 3.0, 10.0, 20.0, 100.0, 500.0] {
        cases.push(Case { attack_ms, ..CASE });
        cases.push(Case { attack_ms, is_external: true, ..CASE });
    }
    for rate in RATES_HZ {
        for block in BLOCKS {
            for attack_ms in [1.0, 20.0] {
                cases.push(Case { rate, block, attack_ms, ..CASE });
            }
        }
    }
    for phase in ["Natural", "Linear"] {
        for attack_ms in [1.0, 20.0] {
            cases.push(Case { phase, attack_ms, ..CASE });
        }
    }
    judged(cases, |case| {
        let meant_s = 1e-3 * case.attack_ms;
        (case.attack_s() - case.onset_s(), meant_s, limit_s(case, meant_s))
    });
}

#[test]
fn release_is_its_label() {
    let mut cases = Vec::new();
    for release_ms in [10.0, 20.0, 50.0, 180.0, 1000.0, 3000.0] {
        cases.push(Case { release_ms, ..CASE });
        cases.push(Case { release_ms, is_external: true, ..CASE });
    }
    for rate in RATES_HZ {
        for block in BLOCKS {
            for release_ms in [20.0, 180.0] {
                cases.push(Case { rate, block, release_ms, ..CASE });
            }
        }
    }
    for phase in ["Natural", "Linear"] {
        cases.push(Case { phase, release_ms: 50.0, ..CASE });
    }
    // Behind a slower attack, too: that is made up for.
    cases.push(Case { attack_ms: 20.0, release_ms: 100.0, ..CASE });
    judged(cases, |case| {
        let meant_s = 1e-3 * case.release_ms;
        (case.release_s(), meant_s, limit_s(case, meant_s))
    });
}

/// The closed form of a mean square with one time constant, the law and the attack's one pole: when 63 % of the move is done, s.
fn rms_attack_s(attack_s: f64) -> f64 {
    const STEP_S: f64 = 1e-6;
    let power = |db: f64| 10_f64.powf(0.1 * db);
    let (mut reduction_db, mut n) = (0.0, 0_u32);
    while reduction_db < SHARE * law_db(10.0) {
        n += 1;
        let mean = power(10.0) + (power(-10.0) - power(10.0)) * (-f64::from(n) * STEP_S / RMS_S).exp();
        reduction_db += (1.0 - (-STEP_S / attack_s).exp()) * (law_db(10.0 * mean.log10()) - reduction_db);
    }
    f64::from(n) * STEP_S
}

/// The label, behind a mean square over 5 ms.
#[test]
fn rms_adds_its_mean_to_the_times() {
    let mut cases = Vec::new();
    for is_external in [false, true] {
        for attack_ms in [1.0, 5.0, 20.0, 100.0] {
            cases.push(Case { attack_ms, is_external, detector: "RMS", ..CASE });
        }
    }
    for rate in RATES_HZ {
        cases.push(Case { rate, attack_ms: 20.0, detector: "RMS", ..CASE });
    }
    judged(cases, |case| {
        let meant_s = rms_attack_s(1e-3 * case.attack_ms);
        (case.attack_s(), meant_s, limit_s(case, meant_s))
    });
    let releases = [20.0, 50.0, 180.0, 1000.0].map(|release_ms| Case { release_ms, detector: "RMS", ..CASE });
    judged(releases, |case| {
        let meant_s = 1e-3 * case.release_ms;
        (case.release_s(), meant_s, limit_s(case, meant_s).max(RMS_S))
    });
}
