//! A and B without a host: at one loudness and one time, without a click, below the ceiling, and not at all in a render.

use meter::ab::{CEILING, Comparison, ComparisonSettings, Heard};
use testkit::analysis::{db, largest, rms};
use testkit::signals::{gain, noise, programme, sine};

const RATE_HZ: f64 = 48_000.0;

type Frames = Vec<[f32; 2]>;

fn frames(left: &[f32], right: &[f32]) -> Frames {
    left.iter().zip(right).map(|(&l, &r)| [l, r]).collect()
}

fn song(seconds: f64) -> Frames {
    let audio = programme(RATE_HZ, 4.0, (seconds * RATE_HZ) as usize);
    frames(&audio[0], &audio[1])
}

/// The same, `delay` samples later and times `gain`.
fn version(song: &Frames, delay: usize, gain: f64) -> Frames {
    let late = std::iter::repeat_n(&[0.0; 2], delay).chain(song).take(song.len());
    late.map(|frame| frame.map(|x| (gain * f64::from(x)) as f32)).collect()
}

/// Runs a comparison over `a` and `b` in blocks of `block`, with settings for the time in frames, over a programme that is `a`.
fn run(a: &Frames, b: &Frames, block: usize, settings: impl Fn(usize) -> ComparisonSettings) -> (Frames, Comparison) {
    let mut comparison = Comparison::new(RATE_HZ);
    let mut out = Vec::new();
    let mut last = None;
    let mut at = 0;
    while at < a.len() {
        let wanted = settings(at);
        if last != Some(wanted) {
            comparison.update(&wanted);
            last = Some(wanted);
        }
        // Settings change at multiples of 1000 frames, whatever the block.
        let end = a.len().min(at + block).min((at / 1000 + 1) * 1000);
        let (mut left, mut right): (Vec<f32>, Vec<f32>) = a[at..end].iter().map(|&[l, r]| (l, r)).unzip();
        comparison.process(&a[at..end], &b[at..end], &mut left, Some(&mut right));
        out.extend(frames(&left, &right));
        at = end;
    }
    (out, comparison)
}

/// The greatest step from one frame to the next, on the left. Panics on a NaN.
pub(super) fn step(frames: &[[f32; 2]]) -> f64 {
    largest(frames.windows(2).map(|two| f64::from((two[1][0] - two[0][0]).abs())))
}

fn mono(frames: &[[f32; 2]]) -> Vec<f32> {
    frames.iter().map(|frame| frame[0]).collect()
}

fn level_db(frames: &[[f32; 2]]) -> f64 {
    db(rms(&mono(frames)))
}

/// specs/meter.md: never active in an offline render. And nothing is touched while nobody listens.
#[test]
fn a_render_is_the_same_to_the_bit_in_any_state_and_so_is_the_programme() {
    let a = song(4.0);
    let b = version(&a, 333, -0.3);
    for heard in [Heard::Programme, Heard::A, Heard::B, Heard::Delta] {
        let settings = ComparisonSettings { heard, delay_samples: 333.4, is_inverted: true, ..Default::default() };
        let (out, _) = run(&a, &b, 512, |_| ComparisonSettings { is_offline: true, ..settings });
        assert!(out == a, "{heard:?} in a render");
        // From real time into a render and back.
        let (out, _) = run(&a, &b, 512, |at| ComparisonSettings { is_offline: at >= 96_000, ..settings });
        assert!(out[96_000..] == a[96_000..], "{heard:?} before a render");
        assert_eq!(out[..96_000] == a[..96_000], heard == Heard::Programme, "{heard:?} is heard");
    }
}

/// Issue 15: loudness within 0.1 LU, and the delta of a gain and a whole delay below -90 dB.
#[test]
fn what_differs_by_a_gain_a_delay_and_polarity_is_the_same() {
    let a = song(14.0);
    for (delay, gain_db, sign) in [(1284, -6.2, 1.0), (77, 4.5, -1.0), (24_000, -0.4, -1.0)] {
        let b = version(&a, delay, sign * gain(gain_db));
        let at = |heard| ComparisonSettings {
            heard,
            delay_samples: delay as f64,
            is_inverted: sign < 0.0,
            ..Default::default()
        };
        let second = |at: usize| at / 48_000;
        let (out, comparison) = run(&a, &b, 480, |frame| {
            at(match second(frame) {
                0..8 => Heard::Programme,
                8..10 => Heard::A,
                10..12 => Heard::B,
                _ => Heard::Delta,
            })
        });
        let heard = |from: f64| &out[(from * RATE_HZ) as usize..((from + 1.5) * RATE_HZ) as usize];
        let (of_a, of_b, left) = (level_db(heard(8.2)), level_db(heard(10.2)), level_db(heard(12.2)));
        let reading = comparison.reading();
        let found_lu = reading.difference_lu.expect("a match");
        assert!((found_lu + gain_db).abs() <= 0.1, "{gain_db} dB: {found_lu} LU");
        assert!(
            (of_a - level_db_of(&a, 8.2, delay) + found_lu.max(0.0)).abs() < 0.01,
            "A is lowered by what it is louder"
        );
        assert!((of_b - level_db_of(&a, 10.2, delay) + found_lu.max(0.0)).abs() < 0.01, "B is heard as loud as A");
        assert!(left - of_b < -90.0, "{delay} samples, {gain_db} dB: {:.1} dB are left", left - of_b);
    }
}

/// The level of 1.5 s of a programme that comes `delay` samples later.
fn level_db_of(song: &Frames, from_s: f64, delay: usize) -> f64 {
    let from = (from_s * RATE_HZ) as usize - delay;
    level_db(&song[from..from + (1.5 * RATE_HZ) as usize])
}

#[test]
fn a_fraction_of_a_sample_is_aligned() {
    let tone = |delay: f64| -> Frames {
        let wave = |n: usize| (0.2 * (std::f64::consts::TAU * 3000.0 / RATE_HZ * (n as f64 - delay)).sin()) as f32;
        (0..5 * 48_000).map(|n| [wave(n); 2]).collect()
    };
    for delay in [12.37, -5.5] {
        let (out, _) = run(&tone(0.0), &tone(delay), 480, |at| ComparisonSettings {
            heard: if at < 192_000 { Heard::Programme } else { Heard::Delta },
            delay_samples: delay,
            ..Default::default()
        });
        let left_db = level_db(&out[200_000..]);
        assert!(left_db < -90.0, "{delay} samples: {left_db:.1} dBFS are left of -17");
    }
}

/// specs/meter.md: the match is frozen while switching.
#[test]
fn the_match_stands_still_while_it_is_listened_to_and_moves_when_asked() {
    let a = song(16.0);
    let mut b = version(&a, 0, 0.5);
    // B grows by 6 dB while it is heard.
    b[6 * 48_000..].iter_mut().for_each(|frame| *frame = frame.map(|x| 2.0 * x));
    let (out, comparison) = run(&a, &b, 256, |at| ComparisonSettings {
        heard: if at < 5 * 48_000 { Heard::Programme } else { Heard::B },
        matches: u32::from(at >= 8 * 48_000),
        ..Default::default()
    });
    // Without the switch itself.
    let level = |second: usize| {
        let at = second * 48_000 + 480..(second + 1) * 48_000;
        level_db(&out[at.clone()]) - level_db(&a[at])
    };
    assert!((level(5) + 6.02).abs() < 0.05, "A is louder by 6 dB, and lowered: {}", level(5));
    assert!(level(7).abs() < 0.05, "what B grows by is heard: {}", level(7));
    assert!(level(14).abs() < 0.05, "matched again, both are as they are: {}", level(14));
    assert!(comparison.reading().difference_lu.is_some_and(|lu| lu.abs() < 0.05));
    // Frozen, the gain stays where it was even with nobody listening.
    let (_, frozen) = run(&a, &b, 256, |at| ComparisonSettings { is_frozen: at >= 5 * 48_000, ..Default::default() });
    assert!(frozen.reading().difference_lu.is_some_and(|lu| (lu - 6.02).abs() < 0.05), "{:?}", frozen.reading());
}

/// Issue 15: switching takes 5 ms and does not click.
#[test]
fn a_switch_takes_five_milliseconds_and_does_not_click() {
    // Two tones of other phase: a cut between them would be a step of 0.7.
    let count = 6 * 48_000;
    let tone = |phase: f64| -> Frames {
        let wave = |n: usize| (0.4 * (std::f64::consts::TAU * 440.0 / RATE_HZ * n as f64 + phase).sin()) as f32;
        (0..count).map(|n| [wave(n); 2]).collect()
    };
    let (a, b) = (tone(0.0), tone(2.5));
    let switch = 5 * 48_000;
    for (from, to) in [
        (Heard::Programme, Heard::B),
        (Heard::A, Heard::B),
        (Heard::B, Heard::Delta),
        (Heard::Delta, Heard::A),
        (Heard::B, Heard::Programme),
    ] {
        let settings = |heard| ComparisonSettings { heard, ..Default::default() };
        let (out, _) = run(&a, &b, 256, |at| settings(if at < switch { from } else { to }));
        let (rested, _) = run(&a, &b, 256, |at| settings(if at < switch - 48_000 { from } else { to }));
        // The steepest of the tones and their difference, and a fade over 240 samples of what lies between them.
        let allowed = step(&out[switch - 24_000..switch - 100]).max(step(&out[switch + 1000..])) + 2.0 * 0.8 / 240.0;
        let most = step(&out[switch - 10..switch + 500]);
        assert!(most <= allowed, "{from:?} to {to:?}: a step of {most}, {allowed} are the tones' and the fade's");
        // But for what the match learnt in the second between them.
        let off = |at: usize| f64::from((out[at][0] - rested[at][0]).abs());
        let after = largest((switch + 240..count).map(off));
        let within = largest((switch..switch + 240).map(off));
        assert!(after < 1e-5 && within > 0.01, "{from:?} to {to:?}: {within} within 5 ms, {after} after them");
    }
    // Another delay fades, too.
    let (out, _) = run(&a, &b, 256, |at| ComparisonSettings {
        heard: Heard::A,
        delay_samples: if at < switch { 0.0 } else { 54.0 },
        ..Default::default()
    });
    let most = step(&out[switch - 10..switch + 500]);
    assert!(most < 0.032, "another delay: a step of {most}");
}

/// D6: never above the ceiling; both are lowered alike, so that they stay matched.
#[test]
fn nothing_heard_passes_the_ceiling_and_both_are_lowered_alike() {
    let hot: Frames = song(10.0).iter().map(|frame| frame.map(|x| 2.4 * x)).collect();
    let noise = noise(3, -3.0, hot.len());
    let b: Frames = frames(&noise, &noise);
    for heard in [Heard::A, Heard::B, Heard::Delta] {
        let (out, comparison) = run(&hot, &b, 512, |at| ComparisonSettings {
            heard: if at < 4 * 48_000 { Heard::Programme } else { heard },
            ..Default::default()
        });
        let peak = largest(out[4 * 48_000 + 240..].iter().flatten().map(|x| f64::from(x.abs())));
        assert!(peak <= f64::from(CEILING), "{heard:?}: {peak}");
        if heard != Heard::Delta {
            continue;
        }
        assert!(comparison.reading().lowered_db < 0.0, "the difference of two loud sounds is louder than either");
    }
    // Two that are hot and alike: neither is louder, both are lowered by the same.
    let twice = |heard| {
        let (out, comparison) = run(&hot, &hot, 512, |at| ComparisonSettings {
            heard: if at < 48_000 { Heard::A } else { heard },
            ..Default::default()
        });
        (level_db(&out[8 * 48_000..]), comparison.reading().lowered_db)
    };
    let ((of_a, lowered_a), (of_b, lowered_b)) = (twice(Heard::A), twice(Heard::B));
    assert!(lowered_a < -1.0, "peaks above 0 dBFS are lowered: {lowered_a} dB");
    assert!((of_a - of_b).abs() < 1e-6 && lowered_a == lowered_b, "{of_a} and {of_b} dBFS");
}

#[test]
fn the_sound_does_not_depend_on_how_a_block_is_cut() {
    let a = song(5.0);
    let b = version(&a, 41, 0.7);
    let settings = |at: usize| ComparisonSettings {
        heard: [Heard::Programme, Heard::B, Heard::A, Heard::Delta, Heard::B][at / 48_000],
        delay_samples: if at < 72_000 { 0.0 } else { 41.3 },
        ..Default::default()
    };
    let (whole, _) = run(&a, &b, 8192, settings);
    for block in [1, 7, 64, 480] {
        let (cut, _) = run(&a, &b, block, settings);
        assert!(cut == whole, "blocks of {block}");
    }
}

#[test]
fn bad_numbers_come_out_finite() {
    let mut a = song(1.0);
    a[20_000] = [f32::NAN, f32::INFINITY];
    let b = a.clone();
    let settings = ComparisonSettings { heard: Heard::B, delay_samples: f64::NAN, ..Default::default() };
    let (out, _) = run(&a, &b, 512, |_| settings);
    assert!(out[1000..].iter().flatten().all(|x| x.is_finite()));
}

#[test]
fn the_aligner_finds_the_delay_of_what_was_heard() {
    let noise = noise(5, -12.0, 6 * 48_000);
    let mut low = 0.0_f32;
    let pink: Vec<f32> = noise
        .iter()
        .map(|x| {
            low += 0.1 * (x - low);
            0.3 * x + low
        })
        .collect();
    let a = frames(&pink, &sine(RATE_HZ, 997.0, -40.0, pink.len()));
    let b = version(&a, 1284, -0.4);
    let (_, comparison) = run(&a, &b, 512, |_| ComparisonSettings::default());
    let found = comparison.aligner().align().expect("an alignment");
    assert_eq!(found.snapped_delay_samples(), 1284.0, "{found:?}");
    assert!(found.is_inverted && found.confidence > 0.9, "{found:?}");
    assert_eq!(Comparison::new(RATE_HZ).aligner().align(), None, "before anything was heard");
}
