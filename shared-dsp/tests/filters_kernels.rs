//! Corrections and linear-phase kernels of whole equalisers, against closed forms that share nothing with their design.

use std::f64::consts::{FRAC_1_SQRT_2, PI, TAU};

use shared_dsp::filters::kernels::{
    LinearLength, MOST_MINIMUM_TAPS, NATURAL_LATENCY_SAMPLES, linear_kernel, minimum_correction, natural_correction,
    pre_ringing_db,
};
use shared_dsp::filters::{Band, Complex64, Digital, Shape};

const RATES_HZ: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

/// Numbers from a seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }

    fn octaves(&mut self, low: f64, high: f64) -> f64 {
        low * (high / low).powf(self.next())
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[(self.next() * all.len() as f64) as usize % all.len()]
    }
}

/// The analogue response of a band as textbooks have it: roots in the plane, multiplied out.
fn textbook(band: &Band, hz: f64) -> Complex64 {
    let s = Complex64::new(0.0, hz / band.frequency_hz);
    let a = 10_f64.powf(band.gain_db / 40.0);
    let q = band.q;
    let n = (band.slope_db_per_octave / 6) as usize;
    // A Butterworth low pass in p with the Q of its most resonant pair scaled.
    let low_pass = |p: Complex64, q: f64| -> Complex64 {
        (0..n)
            .map(|k| {
                let angle = PI * (2 * k + n + 1) as f64 / (2 * n) as f64;
                let root = Complex64::cis(angle);
                // The pair nearest to the axis has the largest |im|: the first and the last of them.
                if n > 1 && (k == 0 || k == n - 1) {
                    let damping = -root.re * FRAC_1_SQRT_2 / q;
                    let r = (Complex64::new(damping * damping - 1.0, 0.0)).sqrt();
                    p + damping + if k == 0 { r } else { -r }
                } else {
                    p - root
                }
            })
            .product()
    };
    match band.shape {
        Shape::Bell => (s * s + s * (a / q) + 1.0) / (s * s + s / (a * q) + 1.0),
        // A polynomial over the same one, their corners apart by the gain.
        Shape::HighShelf => {
            let r = a.powf(1.0 / n as f64);
            low_pass(s * r, q) / low_pass(s / r, q)
        }
        Shape::LowShelf => {
            let r = a.powf(1.0 / n as f64);
            low_pass(r / s, q) / low_pass(1.0 / (s * r), q)
        }
        Shape::HighCut => 1.0 / low_pass(s, q),
        Shape::LowCut => 1.0 / low_pass(1.0 / s, q),
        Shape::Tilt => (1.0 + s * a * a) / (s + a * a),
        Shape::Notch => (s * s + 1.0) / (s * s + s / q + 1.0),
        Shape::BandPass => (s / q) / (s * s + s / q + 1.0),
        Shape::AllPass => (s * s - s / q + 1.0) / (s * s + s / q + 1.0),
        Shape::FlatTop => {
            let p = (s + 1.0 / s) * q;
            let (r, k) = (a.sqrt(), std::f64::consts::SQRT_2);
            (p * p + p * (k * r) + r * r) / (p * p + p * (k / r) + 1.0 / (r * r))
        }
    }
}

fn whole(bands: &[Band], hz: f64) -> Complex64 {
    bands.iter().map(|band| textbook(band, hz)).product()
}

fn taps_at(taps: &[f64], delay: f64, angle: f64) -> Complex64 {
    taps.iter().enumerate().map(|(n, &tap)| tap * Complex64::cis(-angle * (n as f64 - delay))).sum()
}

fn db(x: f64) -> f64 {
    20.0 * x.log10()
}

#[derive(Default, Debug, Clone, Copy)]
struct Worst {
    db: f64,
    degrees: f64,
}

/// Frequencies from 20 Hz, even in octaves and even in hertz.
fn frequencies(top_hz: f64) -> impl Iterator<Item = f64> {
    let even = (0..160).map(move |n| 20.0 * (top_hz / 20.0).powf(f64::from(n) / 159.0));
    even.chain((0..160).map(move |n| top_hz * (f64::from(n) + 0.5) / 160.0))
}

/// Errors of bands and a correction, where all of it is above `floor_db`. NaN counts as infinite.
fn errors(bands: &[Band], rate_hz: f64, taps: &[f64], delay: f64, floor_db: f64) -> Worst {
    let digital = Digital::new(bands, rate_hz);
    let mut worst = Worst::default();
    for hz in frequencies((0.45 * rate_hz).min(20_000.0)) {
        let aim = whole(bands, hz);
        if !(db(aim.norm()) > floor_db) {
            continue;
        }
        let cascade = digital.at(hz);
        let ratio = cascade * taps_at(taps, delay, TAU * hz / rate_hz) / aim;
        let (error, degrees) = (db(ratio.norm()).abs(), ratio.arg().to_degrees().abs());
        worst.db = worst.db.max(if error.is_finite() { error } else { f64::INFINITY });
        worst.degrees = worst.degrees.max(if degrees.is_finite() { degrees } else { f64::INFINITY });
    }
    worst
}

fn bell_or_shelf(random: &mut Random, most_db: f64) -> Band {
    Band {
        shape: random.of(&[Shape::Bell, Shape::Bell, Shape::LowShelf, Shape::HighShelf]),
        frequency_hz: random.octaves(20.0, 20_000.0),
        gain_db: random.between(-most_db, most_db),
        q: random.octaves(0.3, 10.0),
        slope_db_per_octave: random.of(&[6, 12, 12, 18, 24]),
    }
}

#[test]
fn survey() {
    let mut random = Random(12);
    let count: usize = std::env::var("SURVEY").ok().and_then(|x| x.parse().ok()).unwrap_or(300);
    for rate_hz in RATES_HZ {
        let (mut raw, mut minimum, mut natural) = (Worst::default(), Worst::default(), Worst::default());
        let mut lengths = std::collections::BTreeMap::new();
        let mut hist = vec![];
        for n in 0..count {
            let bands: Vec<_> = (0..random.of(&[1, 1, 2, 6, 12])).map(|_| bell_or_shelf(&mut random, 12.0)).collect();
            let r = errors(&bands, rate_hz, &[1.0], 0.0, -60.0);
            let taps = minimum_correction(&bands, rate_hz);
            *lengths.entry(taps.len()).or_insert(0) += 1;
            let m = errors(&bands, rate_hz, &taps, 0.0, -60.0);
            let taps = natural_correction(&bands, rate_hz);
            let t = errors(&bands, rate_hz, &taps, NATURAL_LATENCY_SAMPLES as f64, -60.0);
            if r.db > 1.0 {
                println!("raw {r:?} {bands:?}");
            }
            raw.db = raw.db.max(r.db);
            if m.db > minimum.db {
                if m.db > 0.01 {
                    println!("{n} min {m:?} {bands:?}");
                }
                minimum = m;
            }
            if t.db > natural.db || t.degrees > natural.degrees {
                if t.db > 0.01 || t.degrees > 0.1 {
                    println!("{n} nat {t:?} {bands:?}");
                }
                natural = Worst { db: natural.db.max(t.db), degrees: natural.degrees.max(t.degrees) };
            }
            hist.push((m.db, t.db, t.degrees));
        }
        let over = |f: &dyn Fn(&(f64, f64, f64)) -> bool| hist.iter().filter(|x| f(x)).count();
        println!(
            "{rate_hz}: raw {:.3} minimum {:.4} natural {:.4} {:.4} lengths {lengths:?}; over {} {} {}",
            raw.db,
            minimum.db,
            natural.db,
            natural.degrees,
            over(&|x| x.0 > 0.01),
            over(&|x| x.1 > 0.01),
            over(&|x| x.2 > 0.1)
        );
    }
}
