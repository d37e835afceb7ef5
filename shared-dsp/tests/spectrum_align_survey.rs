//! What the confidence of an alignment is worth: a seeded survey of programmes and what is done to them, and of programmes that
//! have nothing to do with each other. `TWOBUS_SEED` draws others.

use shared_dsp::delay::FractionalDelay;
use shared_dsp::filters::{OnePoleCoefs, OnePoleState, SvfCoefs, SvfState};
use shared_dsp::spectrum::{Alignment, align};
use std::f64::consts::TAU;
use testkit::signals::{Random, gain, noise, programme};

const RATE_HZ: f64 = 48_000.0;
/// Frames of a programme; what is aligned is shorter by what lies before it.
const FRAMES: usize = 4 * 48_000;
/// Frames before the excerpts, into which the second reaches for its delay.
const LEAD: usize = 24_000;
const WITHIN_SAMPLES: f64 = 0.1;

fn seed() -> u64 {
    std::env::var("TWOBUS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

/// A programme of its own: the mix of the test signals at a tempo of its own, forwards or backwards, over a bed of noise that
/// falls like music's spectrum. Forwards all share the hiss of their drums.
fn song(random: &mut Random, is_backwards: bool) -> Vec<f32> {
    let period_s = 2.0 + 3.0 * random.unit();
    let skip = random.below(30_000);
    let mix = programme(RATE_HZ, period_s, FRAMES + 30_000);
    let mut mono: Vec<f32> = mix[0].iter().zip(&mix[1]).map(|(l, r)| 0.5 * (l + r)).collect();
    if is_backwards {
        mono.reverse();
    }
    let bed_db = -40.0 + 22.0 * random.unit();
    let pole = OnePoleCoefs::lowpass(RATE_HZ, 300.0 + 2000.0 * random.unit());
    let mut state = OnePoleState::<1>::default();
    let bed = noise(random.bits(), bed_db, FRAMES);
    mono[skip..skip + FRAMES]
        .iter()
        .zip(bed)
        .map(|(x, hiss)| x + hiss + 4.0 * state.tick(&pole, [hiss.into()])[0] as f32)
        .collect()
}

/// What is done to a programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A gain alone.
    Copy,
    /// Equalisers, minimum in phase.
    Equalised,
    /// A curve.
    Driven,
    /// Equalised, driven, and noise added.
    Mastered,
    /// Allpasses anywhere.
    Dispersed,
    /// A delay that moves.
    Fluttering,
}

const WAYS: [Way; 6] = [Way::Copy, Way::Equalised, Way::Driven, Way::Mastered, Way::Dispersed, Way::Fluttering];

fn filter(sound: &mut [f64], coefs: &SvfCoefs) {
    let mut state = SvfState::<1>::default();
    sound.iter_mut().for_each(|x| *x = state.tick(coefs, [*x])[0]);
}

fn equalise(random: &mut Random, sound: &mut [f64]) {
    for _ in 0..1 + random.below(5) {
        let hz = 60.0 * (10_000.0_f64 / 60.0).powf(random.unit());
        let (q, gain_db) = (0.4 + 2.0 * random.unit(), 6.0 * random.bipolar());
        filter(
            sound,
            &match random.below(4) {
                0 => SvfCoefs::low_shelf(RATE_HZ, hz, 0.7, gain_db),
                1 => SvfCoefs::high_shelf(RATE_HZ, hz, 0.7, gain_db),
                2 => SvfCoefs::highpass(RATE_HZ, 15.0 + 40.0 * random.unit(), 0.7),
                _ => SvfCoefs::bell(RATE_HZ, hz, q, gain_db),
            },
        );
    }
}

fn drive(random: &mut Random, sound: &mut [f64]) {
    let (by, offset) = (gain(12.0 * random.unit()), 0.3 * random.unit());
    sound.iter_mut().for_each(|x| *x = ((by * *x + offset).tanh() - offset.tanh()) / by);
}

fn disperse(random: &mut Random, sound: &mut [f64]) {
    for _ in 0..1 + random.below(4) {
        let hz = 80.0 * (14_000.0_f64 / 80.0).powf(random.unit());
        filter(sound, &SvfCoefs::allpass(RATE_HZ, hz, 0.5 + random.unit()));
    }
}

/// Delays by `delay` samples and what moves around it.
fn delayed(sound: &[f64], delay: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut line = FractionalDelay::new(2 * LEAD);
    let read = |(n, &x): (usize, &f64)| {
        line.write(x);
        line.read(delay(n))
    };
    sound.iter().enumerate().map(read).collect()
}

struct Case {
    way: Way,
    truth: f64,
    found: Option<Alignment>,
    is_right: bool,
}

fn case(random: &mut Random, way: Way) -> Case {
    let is_backwards = random.below(2) == 0;
    let dry = song(random, is_backwards);
    let mut wet: Vec<f64> = dry.iter().map(|&x| f64::from(x)).collect();
    match way {
        Way::Copy | Way::Fluttering => {}
        Way::Equalised => equalise(random, &mut wet),
        Way::Driven => drive(random, &mut wet),
        Way::Mastered => {
            equalise(random, &mut wet);
            drive(random, &mut wet);
            let hiss = noise(random.bits(), -60.0 + 40.0 * random.unit(), wet.len());
            wet.iter_mut().zip(hiss).for_each(|(x, hiss)| *x += f64::from(hiss));
        }
        Way::Dispersed => disperse(random, &mut wet),
    }
    let mut delay = 30.0 + (LEAD as f64 - 100.0) * random.unit().powi(3);
    if random.below(2) == 0 {
        delay = delay.round();
    }
    let (depth, hz, phase) = (3.0 * random.unit().powi(3), 0.3 + 12.0 * random.unit(), TAU * random.unit());
    let depth = if way == Way::Fluttering { depth } else { 0.0 };
    let wet = delayed(&wet, |n| delay + depth * (TAU * hz * n as f64 / RATE_HZ + phase).sin());
    let is_inverted = random.below(3) == 0;
    let gain = gain(24.0 * random.bipolar()) * if is_inverted { -1.0 } else { 1.0 };
    let wet: Vec<f32> = wet.iter().map(|x| (gain * x) as f32).collect();
    // Either side may be the late one.
    let is_swapped = random.below(2) == 0;
    let (a, b) = (&dry[LEAD..], &wet[LEAD..]);
    let (a, b, truth) = if is_swapped { (b, a, -delay) } else { (a, b, delay) };
    let found = align(a, b, RATE_HZ, LEAD);
    let is_right = found
        .is_some_and(|found| (found.delay_samples - truth).abs() <= WITHIN_SAMPLES && found.is_inverted == is_inverted);
    Case { way, truth, found, is_right }
}

/// Issue 15: of the alignments that it calls 0.9 or more, 95 % are within 0.1 sample.
#[test]
fn nine_tenths_of_confidence_are_right_in_nineteen_of_twenty() {
    let mut random = Random::new(seed());
    let cases: Vec<Case> = (0..22).flat_map(|_| WAYS).map(|way| case(&mut random, way)).collect();
    let confidence = |case: &Case| case.found.map_or(0.0, |found| found.confidence);
    for way in WAYS {
        let of: Vec<&Case> = cases.iter().filter(|case| case.way == way).collect();
        let right = of.iter().filter(|case| case.is_right).count();
        let sure = of.iter().filter(|case| confidence(case) >= 0.9).count();
        let mean = of.iter().map(|case| confidence(case)).sum::<f64>() / of.len() as f64;
        println!("{way:?}: {right} of {} right, {sure} called sure, mean confidence {mean:.2}", of.len());
        // A delay that is one number is found, and the filters that one usually has in the way do not hide it.
        match way {
            Way::Copy | Way::Driven => {
                assert!(right == of.len() && sure * 4 >= of.len() * 3, "{way:?}: {right} right, {sure} sure");
            }
            Way::Equalised | Way::Mastered => assert!(right * 10 >= of.len() * 8, "{way:?}: {right} right"),
            Way::Dispersed | Way::Fluttering => {}
        }
    }
    let sure: Vec<&Case> = cases.iter().filter(|case| confidence(case) >= 0.9).collect();
    let wrong: Vec<String> = sure
        .iter()
        .filter(|case| !case.is_right)
        .map(|case| format!("{:?}: {:.3} samples found as {:?}", case.way, case.truth, case.found))
        .collect();
    println!("{} of {} called sure, {} of them wrong: {wrong:#?}", sure.len(), cases.len(), wrong.len());
    assert!(wrong.len() * 20 <= sure.len(), "{} of {} sure answers are wrong: {wrong:#?}", wrong.len(), sure.len());
    // The confidence is no hiding place: two of five are called sure, of a draw in which every third has no single delay.
    assert!(sure.len() * 5 >= 2 * cases.len(), "only {} of {} are sure", sure.len(), cases.len());
}

/// Issue 15: unrelated songs stay below 0.3. Of any length from half a second.
#[test]
fn strangers_stay_below_three_tenths() {
    let mut random = Random::new(seed() + 1000);
    let mut most = 0.0_f64;
    for round in 0..40 {
        let (a, b) = (song(&mut random, false), song(&mut random, true));
        let frames = [FRAMES, 96_000, 48_000, 24_000][round % 4];
        let confidence = align(&a[..frames], &b[..frames], RATE_HZ, LEAD).map_or(0.0, |found| found.confidence);
        most = most.max(confidence);
        assert!(confidence < 0.3, "round {round}, {frames} frames: {confidence}");
    }
    println!("strangers reach {most:.2}");
}
