//! Filters against their analog prototypes, brute force, and their own promises.

use realfft::RealFftPlanner;
use shared_dsp::filters::{
    BiquadCoefs, BiquadState, Complex64, OnePoleCoefs, OnePoleState, SvfCoefs, SvfState, TiltCoefs, TiltState,
};
use shared_dsp::glide::GlidingFilter;
use std::f64::consts::{PI, TAU};
use testkit::analysis::larger;
use testkit::signals::Random;

const RATES_HZ: [f64; 6] = [22_050.0, 44_100.0, 48_000.0, 96_000.0, 192_000.0, 384_000.0];

/// The spectrum of an impulse response by brute force: the sum of h(n) e^-jwn.
fn measured(impulse_response: &[f64], sample_rate_hz: f64, hz: f64) -> Complex64 {
    let step = Complex64::cis(-TAU * hz / sample_rate_hz);
    // Horner from the end: one multiplication a sample and no error growth.
    impulse_response.iter().rev().fold(Complex64::default(), |sum, &h| sum * step + h)
}

fn impulse(length: usize, mut tick: impl FnMut([f64; 2]) -> [f64; 2]) -> Vec<f64> {
    (0..length)
        .map(|n| {
            let x = if n == 0 { 1.0 } else { 0.0 };
            // The second channel runs at half level, to see that channels neither mix nor differ.
            let [left, right] = tick([x, 0.5 * x]);
            assert!((left - 2.0 * right).abs() < 1e-300);
            left
        })
        .collect()
}

fn probe_frequencies(sample_rate_hz: f64) -> Vec<f64> {
    let top = 0.4999 * sample_rate_hz;
    let mut all: Vec<f64> = (0..60).map(|n| 20.0 * (top / 20.0).powf(f64::from(n) / 59.0)).collect();
    all.push(0.0);
    all.push(0.5 * sample_rate_hz);
    all
}

/// An analog second-order prototype, b2 s^2 + b1 s + b0 over a2 s^2 + a1 s + a0, s in units of the corner.
struct Prototype {
    b: [f64; 3],
    a: [f64; 3],
}

impl Prototype {
    /// Robert Bristow-Johnson, *Audio EQ Cookbook*, the prototypes as printed there.
    fn all(q: f64, gain_db: f64) -> Vec<(&'static str, Self)> {
        let a = 10f64.powf(gain_db / 40.0);
        let r = a.sqrt();
        vec![
            ("lowpass", Self { b: [1.0, 0.0, 0.0], a: [1.0, 1.0 / q, 1.0] }),
            ("highpass", Self { b: [0.0, 0.0, 1.0], a: [1.0, 1.0 / q, 1.0] }),
            ("bandpass", Self { b: [0.0, 1.0 / q, 0.0], a: [1.0, 1.0 / q, 1.0] }),
            ("bell", Self { b: [1.0, a / q, 1.0], a: [1.0, 1.0 / (a * q), 1.0] }),
            ("low shelf", Self { b: [a * a, a * r / q, a], a: [1.0, r / q, a] }),
            ("high shelf", Self { b: [a, a * r / q, a * a], a: [a, r / q, 1.0] }),
            ("lowpass 6", Self { b: [1.0, 0.0, 0.0], a: [1.0, 1.0, 0.0] }),
            ("highpass 6", Self { b: [0.0, 1.0, 0.0], a: [1.0, 1.0, 0.0] }),
        ]
    }

    fn ours(name: &str, fs: f64, hz: f64, q: f64, gain_db: f64) -> SvfCoefs {
        match name {
            "lowpass" => SvfCoefs::lowpass(fs, hz, q),
            "highpass" => SvfCoefs::highpass(fs, hz, q),
            "bandpass" => SvfCoefs::bandpass(fs, hz, q),
            "bell" => SvfCoefs::bell(fs, hz, q, gain_db),
            "low shelf" => SvfCoefs::low_shelf(fs, hz, q, gain_db),
            "high shelf" => SvfCoefs::high_shelf(fs, hz, q, gain_db),
            "lowpass 6" => SvfCoefs::lowpass_6db(fs, hz),
            "highpass 6" => SvfCoefs::highpass_6db(fs, hz),
            other => panic!("no filter is called {other}"),
        }
    }

    /// The bilinear transform carried out on the polynomials, s = cot(w0/2) (1 - z^-1) / (1 + z^-1).
    fn bilinear(&self, fs: f64, hz: f64) -> BiquadCoefs {
        let c = 1.0 / (PI * hz / fs).tan();
        let expand = |p: [f64; 3]| {
            // p2 c^2 (1-z)^2 + p1 c (1-z)(1+z) + p0 (1+z)^2
            let (p2, p1, p0) = (p[2] * c * c, p[1] * c, p[0]);
            [p2 + p1 + p0, 2.0 * (p0 - p2), p2 - p1 + p0]
        };
        BiquadCoefs::normalised(expand(self.b), expand(self.a))
    }
}

#[test]
fn svf_is_the_bilinear_image_of_its_prototype() {
    let mut worst = 0.0_f64;
    for fs in RATES_HZ {
        for (hz, q, gain_db) in [(200.0, 0.7, 6.0), (997.0, 4.0, -12.0), (0.4 * fs, 0.5, 18.0), (3000.0, 12.0, -3.0)] {
            for (name, prototype) in Prototype::all(q, gain_db) {
                let coefs = Prototype::ours(name, fs, hz, q, gain_db);
                let mut state = SvfState::<2>::default();
                let h = impulse((4.0 * fs) as usize / 10, |x| state.tick(&coefs, x));
                let by_hand = prototype.bilinear(fs, hz);
                for probe in probe_frequencies(fs) {
                    // The hand-made first-order filter carries a pole and a zero at Nyquist: 0/0 there.
                    if name.ends_with(" 6") && probe == 0.5 * fs {
                        continue;
                    }
                    let reported = coefs.response(fs, probe);
                    let measured = measured(&h, fs, probe);
                    let expected = by_hand.response(fs, probe);
                    let error = larger((reported - expected).norm(), (measured - expected).norm());
                    worst = larger(worst, error);
                    assert!(error < 1e-7, "{name} {hz} Hz at {fs}: {error:e} at {probe} Hz");
                }
            }
        }
    }
    println!("worst complex error of reported or measured response: {worst:e}");
}

#[test]
fn svf_hits_the_numbers_its_name_promises() {
    let db = |c: SvfCoefs, hz: f64| 20.0 * c.response(48_000.0, hz).norm().log10();
    for hz in [30.0, 1000.0, 15_000.0] {
        let near = |a: f64, b: f64, what: &str| assert!((a - b).abs() < 1e-6, "{what} at {hz}: {a} not {b}");
        let half = 10.0 * 0.5_f64.log10();
        let q = std::f64::consts::FRAC_1_SQRT_2;
        near(db(SvfCoefs::lowpass(48_000.0, hz, q), hz), half, "Butterworth low pass");
        near(db(SvfCoefs::highpass(48_000.0, hz, q), hz), half, "Butterworth high pass");
        near(db(SvfCoefs::highpass_6db(48_000.0, hz), hz), half, "first-order high pass");
        near(db(SvfCoefs::lowpass_6db(48_000.0, hz), hz), half, "first-order low pass");
        near(db(SvfCoefs::bandpass(48_000.0, hz, 3.0), hz), 0.0, "band pass");
        near(db(SvfCoefs::bell(48_000.0, hz, 3.0, 7.5), hz), 7.5, "bell");
        near(db(SvfCoefs::low_shelf(48_000.0, hz, q, 9.0), hz), 4.5, "low shelf, half gain at the corner");
        near(db(SvfCoefs::low_shelf(48_000.0, hz, q, 9.0), 0.0), 9.0, "low shelf at DC");
        near(db(SvfCoefs::high_shelf(48_000.0, hz, q, -9.0), hz), -4.5, "high shelf, half gain at the corner");
        near(db(SvfCoefs::high_shelf(48_000.0, hz, q, -9.0), 24_000.0), -9.0, "high shelf at Nyquist");
    }
}

#[test]
fn one_pole_and_biquad_report_what_they_do() {
    for fs in RATES_HZ {
        for hz in [60.0, 1000.0, 0.45 * fs] {
            for (low, coefs) in [(true, OnePoleCoefs::lowpass(fs, hz)), (false, OnePoleCoefs::highpass(fs, hz))] {
                let mut state = OnePoleState::<2>::default();
                let h = impulse(fs as usize / 2, |x| state.tick(&coefs, x));
                for probe in probe_frequencies(fs) {
                    // The analog filter at the prewarped frequency.
                    let s = Complex64::new(0.0, (PI * probe / fs).tan() / (PI * hz / fs).tan());
                    let expected = if low { 1.0 / (1.0 + s) } else { 1.0 - 1.0 / (1.0 + s) };
                    assert!((coefs.response(fs, probe) - expected).norm() < 1e-9, "{hz} at {fs}: {probe}");
                    assert!((measured(&h, fs, probe) - expected).norm() < 1e-7, "{hz} at {fs}: {probe}");
                }
            }
        }
    }
    // The K-weighting shelf as BS.1770-5 prints it for 48 kHz.
    let shelf = BiquadCoefs {
        b: [1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85],
        a: [-1.690_659_293_182_41, 0.732_480_774_215_85],
    };
    let mut state = BiquadState::<2>::default();
    let h = impulse(4800, |x| state.tick(&shelf, x));
    for probe in probe_frequencies(48_000.0) {
        assert!((measured(&h, 48_000.0, probe) - shelf.response(48_000.0, probe)).norm() < 1e-12);
    }
    // Its published gain: 0 dB at DC, +4 dB at the top (the values of the reference document, 3.99984 dB).
    assert!((shelf.response(48_000.0, 24_000.0).norm().log10() * 20.0 - 3.999_84).abs() < 1e-3);
    assert!(shelf.response(48_000.0, 0.0).norm().log10().abs() < 1e-9);
}

#[test]
fn tilt_has_a_constant_slope_and_unity_gain_at_1_khz() {
    for fs in RATES_HZ {
        let top = 20_000.0_f64.min(0.45 * fs);
        for tenths in -30..=30 {
            let slope = f64::from(tenths) / 10.0;
            let coefs = TiltCoefs::new(fs, slope);
            let mut worst = 0.0_f64;
            for step in 0..=400 {
                let hz = 20.0 * (top / 20.0).powf(f64::from(step) / 400.0);
                let db = 20.0 * coefs.response(fs, hz).norm().log10();
                let ideal = slope * (hz / 1000.0).log2();
                worst = larger(worst, (db - ideal).abs());
            }
            if tenths % 10 == 0 {
                println!("{fs} Hz, {slope} dB/oct: worst deviation {worst:.3} dB");
            }
            // At 22.05 kHz the band itself ends at 9.9 kHz and the last pair has no room.
            assert!(worst < if fs < 44_100.0 { 0.28 } else { 0.25 }, "{fs} Hz, {slope} dB/oct: {worst}");
            assert!(coefs.response(fs, 1000.0).norm().log10().abs() < 1e-12);
        }
        for slope in [-3.0, -1.0, 0.5, 3.0] {
            let coefs = TiltCoefs::new(fs, slope);
            let mut state = TiltState::<2>::default();
            // The slowest pole is at a few hertz.
            let h = impulse(4 * fs as usize, |x| state.tick(&coefs, x));
            for probe in probe_frequencies(fs) {
                let error = (measured(&h, fs, probe) - coefs.response(fs, probe)).norm();
                assert!(error < 1e-7 * coefs.response(fs, 0.0).norm().max(1.0), "{fs} {slope} {probe}: {error:e}");
            }
        }
    }
}

#[test]
fn doing_nothing_is_bit_exact() {
    let mut random = Random::new(1);
    let mut svf = GlidingFilter::<SvfCoefs, 1>::new(SvfCoefs::bell(48_000.0, 1000.0, 1.0, 0.0));
    let mut tilt = GlidingFilter::<TiltCoefs, 1>::new(TiltCoefs::new(44_100.0, 0.0));
    for _ in 0..20_000 {
        let x = random.bipolar();
        assert_eq!(svf.tick([x]), [x]);
        assert_eq!(tilt.tick([x]), [x]);
    }
}

/// Energy of a 200 Hz tone's output outside 200 +- 300 Hz, dB re tone: the zipper metric of reference/linear.md A3.
fn zipper_db(mut tick: impl FnMut(usize, f64) -> f64) -> f64 {
    const LENGTH: usize = 32_768;
    let fs = 48_000.0;
    let mut output: Vec<f64> = (0..8_000 + LENGTH).map(|n| tick(n, (TAU * 200.0 * n as f64 / fs).sin())).collect();
    output.drain(..8_000);
    // Seven-term Blackman-Harris: side lobes at -180 dB, so that leakage cannot be taken for zipper.
    let terms = [
        0.271_051_400_693_424,
        0.433_297_939_234_485,
        0.218_122_999_543_11,
        0.065_925_446_388_031,
        0.010_811_742_098_371,
        0.000_776_584_825_226,
        0.000_013_887_217_352,
    ];
    for (n, x) in output.iter_mut().enumerate() {
        let phase = TAU * n as f64 / LENGTH as f64;
        let window: f64 =
            terms.iter().enumerate().map(|(k, a)| if k % 2 == 0 { *a } else { -a } * (phase * k as f64).cos()).sum();
        *x *= window;
    }
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(LENGTH);
    let mut spectrum = fft.make_output_vec();
    fft.process(&mut output, &mut spectrum).unwrap();
    let bin_hz = fs / LENGTH as f64;
    let (mut tone, mut outside) = (0.0, 0.0);
    for (bin, value) in spectrum.iter().enumerate() {
        if bin as f64 * bin_hz > 500.0 { outside += value.norm_sqr() } else { tone += value.norm_sqr() }
    }
    10.0 * (outside / tone).log10()
}

#[test]
fn moving_coefficients_do_not_zipper() {
    let fs = 48_000.0;
    // A move of half a second that starts 0.1 s in, one new target every 64 samples.
    let progress = |n: usize| ((n as f64 / fs - 0.2) / 0.5).clamp(0.0, 1.0);
    let bell = |n: usize| SvfCoefs::bell(fs, 200.0, 1.0, 12.0 * progress(n));
    let sweep = |n: usize| SvfCoefs::bell(fs, 100.0 * 40.0_f64.powf(progress(n)), 4.0, 12.0);
    let highpass = |n: usize| SvfCoefs::highpass(fs, 20.0 * 25.0_f64.powf(progress(n)), 0.7);
    let designs: [(&str, &dyn Fn(usize) -> SvfCoefs); 3] =
        [("bell gain 0..12 dB", &bell), ("bell sweep 100..4000 Hz", &sweep), ("high pass 20..500 Hz", &highpass)];
    for (name, design) in designs {
        let mut svf = GlidingFilter::<SvfCoefs, 1>::new(design(0));
        let gliding = zipper_db(|n, x| {
            if n % 64 == 0 {
                svf.glide_to(design(n), 64);
            }
            svf.tick([x])[0]
        });
        let mut svf = GlidingFilter::<SvfCoefs, 1>::new(design(0));
        let stepped = zipper_db(|n, x| {
            if n % 64 == 0 {
                svf.set_now(design(n));
            }
            svf.tick([x])[0]
        });
        println!("{name}: gliding {gliding:.1} dB, stepped {stepped:.1} dB");
        assert!(gliding <= -100.0, "{name}: {gliding}");
        // The metric sees zipper when there is some.
        assert!(stepped > -90.0, "{name}: {stepped}");
    }
    let mut tilt = GlidingFilter::<TiltCoefs, 1>::new(TiltCoefs::new(fs, -3.0));
    let gliding = zipper_db(|n, x| {
        if n % 64 == 0 {
            tilt.glide_to(TiltCoefs::new(fs, -3.0 + 6.0 * progress(n)), 64);
        }
        tilt.tick([x])[0]
    });
    println!("tilt -3..3 dB/oct: gliding {gliding:.1} dB");
    assert!(gliding <= -100.0, "tilt: {gliding}");
}

#[test]
fn glides_end_on_the_target_and_reset_reproduces() {
    let mut random = Random::new(7);
    let input: Vec<f64> = (0..3000).map(|_| random.bipolar()).collect();
    let to = SvfCoefs::bell(48_000.0, 3000.0, 2.0, -9.0);
    let tilted = TiltCoefs::new(48_000.0, 2.0);
    let mut svf = GlidingFilter::<SvfCoefs, 1>::new(SvfCoefs::lowpass(48_000.0, 100.0, 1.0));
    let mut tilt = GlidingFilter::<TiltCoefs, 1>::new(TiltCoefs::new(48_000.0, -3.0));
    svf.glide_to(to, 64);
    tilt.glide_to(tilted, 64);
    for &x in &input[..100] {
        svf.tick([x]);
        tilt.tick([x]);
    }
    assert_eq!(svf.coefs(), &to);
    assert_eq!(tilt.coefs(), &tilted);
    svf.reset();
    tilt.reset();
    let (mut fresh_svf, mut fresh_tilt) =
        (GlidingFilter::<SvfCoefs, 1>::new(to), GlidingFilter::<TiltCoefs, 1>::new(tilted));
    for &x in &input {
        assert_eq!(svf.tick([x]), fresh_svf.tick([x]));
        assert_eq!(tilt.tick([x]), fresh_tilt.tick([x]));
    }
}

#[test]
fn hostile_arguments_give_stable_filters() {
    let bad = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0, 1e-300, 1e300, 30_000.0];
    let mut random = Random::new(3);
    for hz in bad {
        for q in bad {
            for gain_db in bad {
                let coefs = [
                    SvfCoefs::lowpass(48_000.0, hz, q),
                    SvfCoefs::highpass(48_000.0, hz, q),
                    SvfCoefs::bandpass(48_000.0, hz, q),
                    SvfCoefs::bell(48_000.0, hz, q, gain_db),
                    SvfCoefs::low_shelf(48_000.0, hz, q, gain_db),
                    SvfCoefs::high_shelf(48_000.0, hz, q, gain_db),
                ];
                // From each to the next in the shortest glide, over and over: bounded for bounded input.
                let mut svf = GlidingFilter::<SvfCoefs, 1>::new(SvfCoefs::default());
                let mut tilt = GlidingFilter::<TiltCoefs, 1>::new(TiltCoefs::new(48_000.0, gain_db));
                for n in 0..600 {
                    svf.glide_to(coefs[n / 3 % coefs.len()], 3);
                    tilt.glide_to(TiltCoefs::new(48_000.0, [gain_db, -3.0, 3.0][n / 3 % 3]), 3);
                    let x = random.bipolar();
                    let (y, z) = (svf.tick([x])[0], tilt.tick([x])[0]);
                    assert!(y.abs() < 1e12, "{hz} {q} {gain_db}: {y}");
                    assert!(z.abs() < 1e3, "tilt {gain_db}: {z}");
                }
            }
        }
    }
}
