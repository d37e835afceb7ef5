//! Corrections and linear-phase kernels of whole equalisers, against closed forms that share nothing with their design.

use std::f64::consts::{FRAC_1_SQRT_2, PI, TAU};

use shared_dsp::filters::kernels::{
    LinearLength, MOST_MINIMUM_TAPS, NATURAL_LATENCY_SAMPLES, NATURAL_TAPS, PRE_RING_AUDIBLE_DB, linear_kernel,
    minimum_correction, natural_correction, pre_ringing_db,
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
        let aim_db = db(aim.norm());
        if aim_db <= floor_db {
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

/// Bells and shelves as the targets have them; shelves of one resonance at most, or of six decibels an octave.
fn bell_or_shelf(random: &mut Random) -> Band {
    Band {
        shape: random.of(&[Shape::Bell, Shape::Bell, Shape::LowShelf, Shape::HighShelf]),
        frequency_hz: random.octaves(20.0, 20_000.0),
        gain_db: random.between(-12.0, 12.0),
        q: random.octaves(0.3, 10.0),
        slope_db_per_octave: random.of(&[6, 12, 12, 18, 24]),
    }
}

fn cut(random: &mut Random) -> Band {
    Band {
        shape: random.of(&[Shape::LowCut, Shape::HighCut]),
        frequency_hz: random.octaves(20.0, 20_000.0),
        gain_db: 0.0,
        q: random.octaves(0.5, 4.0),
        slope_db_per_octave: random.of(&[6, 12, 18, 24, 36, 48, 72, 96]),
    }
}

/// Any shape, 10 Hz to 40 kHz at any rate.
fn any(random: &mut Random) -> Band {
    let shape = random.of(&Shape::ALL);
    let band = Band { shape, frequency_hz: random.octaves(10.0, 40_000.0), ..bell_or_shelf(random) };
    if shape == Shape::FlatTop { Band { slope_db_per_octave: 12, ..band } } else { band }
}

/// The worst of many equalisers, and how far the sections alone are off.
#[derive(Default)]
struct Survey {
    raw_db: f64,
    minimum: Worst,
    natural: Worst,
    most_taps: usize,
}

fn survey(seed: u64, count: usize, rate_hz: f64, mut bands: impl FnMut(&mut Random) -> Vec<Band>) -> Survey {
    let mut random = Random(seed);
    let mut worst = Survey::default();
    for _ in 0..count {
        let bands = bands(&mut random);
        worst.raw_db = worst.raw_db.max(errors(&bands, rate_hz, &[1.0], 0.0, -60.0).db);
        let taps = minimum_correction(&bands, rate_hz);
        assert!(taps.len() <= MOST_MINIMUM_TAPS);
        worst.most_taps = worst.most_taps.max(taps.len());
        let minimum = errors(&bands, rate_hz, &taps, 0.0, -60.0);
        worst.minimum.db = worst.minimum.db.max(minimum.db);
        let taps = natural_correction(&bands, rate_hz);
        assert_eq!(taps.len(), NATURAL_TAPS);
        let natural = errors(&bands, rate_hz, &taps, NATURAL_LATENCY_SAMPLES as f64, -60.0);
        worst.natural.db = worst.natural.db.max(natural.db);
        worst.natural.degrees = worst.natural.degrees.max(natural.degrees);
    }
    println!(
        "{rate_hz}: sections {:.3} dB, minimum {:.4} dB in {} taps, natural {:.4} dB, {:.4} degrees",
        worst.raw_db, worst.minimum.db, worst.most_taps, worst.natural.db, worst.natural.degrees
    );
    worst
}

#[test]
fn the_textbook_is_the_prototype() {
    let mut random = Random(5);
    for _ in 0..3000 {
        let band = any(&mut random);
        let hz = random.octaves(5.0, 90_000.0);
        let (expected, prototype) = (textbook(&band, hz), band.prototype(hz));
        let error = (prototype - expected).norm();
        assert!(error <= 1e-9 * (1.0 + expected.norm()), "{band:?} at {hz}: {prototype} for {expected}");
    }
}

/// At least 2000 equalisers of one to twelve bells and shelves.
#[test]
fn bells_and_shelves_are_exact() {
    for (rate_hz, seed) in RATES_HZ.into_iter().zip(1..) {
        let found = survey(seed, 520, rate_hz, |random| {
            let count = random.of(&[1, 1, 2, 6, 12]);
            (0..count).map(|_| bell_or_shelf(random)).collect()
        });
        assert!(found.minimum.db < 0.005, "{:?} at {rate_hz}", found.minimum);
        assert!(found.natural.db < 0.002 && found.natural.degrees < 0.02, "{:?} at {rate_hz}", found.natural);
    }
}

#[test]
fn cuts_are_exact() {
    for (rate_hz, seed) in RATES_HZ.into_iter().zip(11..) {
        let found = survey(seed, 150, rate_hz, |random| {
            let mut bands = vec![cut(random)];
            bands.extend((0..random.of(&[0, 0, 3])).map(|_| bell_or_shelf(random)));
            bands
        });
        assert!(found.minimum.db < 0.005, "{:?} at {rate_hz}", found.minimum);
        assert!(found.natural.db < 0.002 && found.natural.degrees < 0.02, "{:?} at {rate_hz}", found.natural);
    }
}

/// What is heard of a low cut beyond what is heard.
#[test]
fn low_cuts_beyond_20_khz_are_exact() {
    for (rate_hz, seed) in [44_100.0, 48_000.0].into_iter().zip(31..) {
        let found = survey(seed, 150, rate_hz, |random| {
            vec![Band { shape: Shape::LowCut, frequency_hz: random.octaves(20_000.0, 40_000.0), ..cut(random) }]
        });
        assert!(found.minimum.db < 0.005, "{:?} at {rate_hz}", found.minimum);
        assert!(found.natural.db < 0.002 && found.natural.degrees < 0.02, "{:?} at {rate_hz}", found.natural);
    }
}

/// All shapes at once, 10 Hz to 40 kHz, beyond Nyquist too.
#[test]
fn a_dozen_of_anything_is_exact() {
    for (rate_hz, seed) in RATES_HZ.into_iter().zip(21..) {
        let found = survey(seed, 100, rate_hz, |random| (0..12).map(|_| any(random)).collect());
        assert!(found.minimum.db < 0.005, "{:?} at {rate_hz}", found.minimum);
        assert!(found.natural.db < 0.002 && found.natural.degrees < 0.02, "{:?} at {rate_hz}", found.natural);
    }
}

/// While a band moves no correction helps: what the sections and their tail do by themselves.
#[test]
fn bands_that_move_are_close() {
    for rate_hz in RATES_HZ {
        for (shape, bound_db) in [(Shape::Bell, 0.2), (Shape::LowShelf, 1.0), (Shape::HighShelf, 1.0)] {
            let mut worst_db: f64 = 0.0;
            for frequency_hz in
                [20.0, 100.0, 1000.0, 5000.0, 10_000.0, 13_000.0, 16_000.0, 18_000.0, 19_000.0, 20_000.0]
            {
                for q in [0.3, FRAC_1_SQRT_2, 2.0, 5.0, 10.0] {
                    for gain_db in [-12.0, -3.0, 6.0, 12.0] {
                        for slope_db_per_octave in [6, 12, 18, 24] {
                            let band = Band { shape, frequency_hz, gain_db, q, slope_db_per_octave };
                            worst_db = worst_db.max(errors(&[band], rate_hz, &[1.0], 0.0, -60.0).db);
                        }
                    }
                }
            }
            println!("{shape:?} at {rate_hz}: {worst_db:.3} dB");
            assert!(worst_db < bound_db, "{shape:?} at {rate_hz}: {worst_db}");
        }
    }
}

/// The same of cuts, where they leave more than -60 dB.
#[test]
fn cuts_that_move_are_close() {
    const ALL: &[f64] = &[0.5, FRAC_1_SQRT_2, 2.0, 4.0];
    let cuts = [
        (Shape::LowCut, 20_000.0, ALL, 0.1),
        (Shape::LowCut, 40_000.0, &ALL[..2], 1.0),
        // Resonant poles near Nyquist are as sharp as what they miss.
        (Shape::LowCut, 40_000.0, &ALL[2..], 3.0),
        (Shape::HighCut, 40_000.0, ALL, 1.0),
    ];
    for rate_hz in RATES_HZ {
        for (shape, most_hz, all_q, bound_db) in cuts {
            for slopes in [[6, 12], [18, 24], [36, 48], [72, 96]] {
                let mut worst_db: f64 = 0.0;
                // More of them in the last octaves.
                let low_hz = (0..8).map(|n| 20.0 * 2_f64.powi(n));
                let all_hz = low_hz.chain((0..=60).map(|n| 4000.0 + 500.0 * f64::from(n)));
                for frequency_hz in all_hz.filter(|&hz| hz <= most_hz) {
                    for &q in all_q {
                        for slope_db_per_octave in slopes {
                            let band = Band { shape, frequency_hz, gain_db: 0.0, q, slope_db_per_octave };
                            worst_db = worst_db.max(errors(&[band], rate_hz, &[1.0], 0.0, -60.0).db);
                        }
                    }
                }
                println!("{shape:?} to {most_hz} Hz, {slopes:?} dB/oct at {rate_hz}: {worst_db:.3} dB");
                assert!(worst_db < bound_db, "{shape:?}, {slopes:?} at {rate_hz}: {worst_db}");
            }
        }
    }
}

#[test]
fn nothing_to_correct_is_nothing_done() {
    let flat = [Band::default(), Band { shape: Shape::Tilt, frequency_hz: 18_000.0, ..Band::default() }];
    for bands in [&flat[..], &[]] {
        assert_eq!(minimum_correction(bands, 44_100.0), [1.0]);
        for taps in [natural_correction(bands, 44_100.0), linear_kernel(bands, 44_100.0, 64)] {
            let middle = taps.len() / 2;
            assert!(taps.iter().enumerate().all(|(n, &tap)| tap == if n == middle { 1.0 } else { 0.0 }));
        }
    }
}

#[test]
fn corrections_take_anything() {
    for number in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e9] {
        for shape in Shape::ALL {
            let band = Band { shape, frequency_hz: number, gain_db: number, q: number, slope_db_per_octave: 96 };
            for taps in [
                minimum_correction(&[band; 3], 44_100.0),
                natural_correction(&[band; 3], 44_100.0),
                linear_kernel(&[band; 3], 44_100.0, 4096),
            ] {
                assert!(taps.iter().all(|tap| tap.is_finite()), "{band:?}");
            }
        }
    }
}

/// The largest error of a linear-phase kernel from `from_hz` up, dB, where all of it is above -40 dB.
fn linear_error_db(bands: &[Band], rate_hz: f64, samples: usize, from_hz: f64) -> f64 {
    let taps = linear_kernel(bands, rate_hz, samples);
    assert_eq!(taps.len(), samples + 1);
    assert!(taps.iter().eq(taps.iter().rev()), "it is not symmetric");
    let mut worst: f64 = 0.0;
    for n in 0..60 {
        let hz = from_hz * (20_000.0 / from_hz).powf(f64::from(n) / 59.0);
        let aim_db = db(whole(bands, hz).norm());
        // Symmetric: the response about the middle is real.
        let response = taps_at(&taps, samples as f64 / 2.0, TAU * hz / rate_hz);
        assert!(response.im.abs() < 1e-9, "{}", response.im);
        let error = (db(response.re.abs()) - aim_db).abs();
        if aim_db > -40.0 {
            worst = worst.max(if error.is_finite() { error } else { f64::INFINITY });
        }
    }
    worst
}

#[test]
fn linear_kernels_are_exact_from_where_they_say() {
    let bell = |frequency_hz, q, gain_db| Band { frequency_hz, q, gain_db, ..Band::default() };
    for rate_hz in [44_100.0, 96_000.0] {
        for length in LinearLength::ALL {
            let (samples, from_hz) = (length.samples(rate_hz), length.exact_from_hz(rate_hz));
            assert_eq!(length.kernel_latency_samples(rate_hz), samples / 2);
            let bands = [bell(from_hz, 4.0, 6.0), bell(1000.0_f64.max(2.0 * from_hz), 2.0, -5.0)];
            let error_db = linear_error_db(&bands, rate_hz, samples, from_hz);
            println!("{samples} at {rate_hz}: {error_db:.4} dB from {from_hz:.1} Hz");
            assert!(error_db < 0.05, "{samples} at {rate_hz}: {error_db}");
        }
    }
    // The targets: 0.05 dB above 100 Hz as delivered, 0.2 dB at 20 Hz in the longest.
    let bands = [bell(100.0, 3.0, 6.0), bell(3000.0, 1.0, -4.0)];
    assert!(linear_error_db(&bands, 44_100.0, LinearLength::default().samples(44_100.0), 100.0) < 0.05);
    let bands = [
        bell(20.0, 3.0, 6.0),
        Band { shape: Shape::LowCut, frequency_hz: 25.0, slope_db_per_octave: 24, ..bell(0.0, FRAC_1_SQRT_2, 0.0) },
    ];
    assert!(linear_error_db(&bands, 44_100.0, LinearLength::Longest.samples(44_100.0), 20.0) < 0.2);
}

#[test]
fn pre_ringing_is_told() {
    let rings = |band: Band| pre_ringing_db(&linear_kernel(&[band], 44_100.0, 16_384), 44_100.0);
    let gentle = rings(Band { frequency_hz: 3000.0, gain_db: 2.0, q: 0.7, ..Band::default() });
    let steep = Band { shape: Shape::LowCut, frequency_hz: 40.0, slope_db_per_octave: 48, ..Band::default() };
    assert!(gentle < PRE_RING_AUDIBLE_DB - 30.0, "{gentle}");
    assert!(rings(steep) > PRE_RING_AUDIBLE_DB, "{}", rings(steep));
}
