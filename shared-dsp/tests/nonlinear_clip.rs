//! The clip family: its closed form, its averages against brute force, and what it does with two channels.

use shared_dsp::nonlinear::{Clip, ClipCurve, ClipSettings, Shaped, StereoFrame};
use testkit::analysis::{db, larger};

const KNEES: [f64; 5] = [0.0, 0.05, 0.2, 0.5, 1.0];

/// Reference/nonlinear.md E, in truncated powers, in units of the ceiling.
fn family(x: f64, knee: f64) -> f64 {
    let plus = |u: f64| u.max(0.0);
    if knee == 0.0 {
        return x - plus(x - 1.0) + plus(-x - 1.0);
    }
    let square = |u: f64| plus(u) * plus(u);
    let bends = square(x - 1.0 + knee) - square(x - 1.0 - knee) - square(-x - 1.0 + knee) + square(-x - 1.0 - knee);
    x - bends / (4.0 * knee)
}

fn settings(ceiling: f64, knee: f64) -> ClipSettings {
    ClipSettings { curve: ClipCurve::new(ceiling, knee), link: 0.0, mid_side: 0.0 }
}

struct Random(u64);

impl Random {
    fn bipolar(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

#[test]
fn the_curve_is_the_family() {
    for knee in KNEES {
        for ceiling in [1.0, 0.25, 0.966] {
            let curve = ClipCurve::new(ceiling, knee);
            for step in -4000..=4000 {
                let x = f64::from(step) / 1000.0;
                let (ours, theirs) = (curve.curve(ceiling * x), ceiling * family(x, knee));
                assert!((ours - theirs).abs() < 1e-6, "knee {knee}, ceiling {ceiling}, {x}: {ours}, not {theirs}");
                assert!(ours.abs() <= ceiling + 1e-6, "knee {knee}, ceiling {ceiling}, {x}: {ours}");
            }
            // Continuous in its slope: the parabola is tangent at both ends.
            if knee > 0.0 {
                for end in [1.0 - knee, 1.0 + knee] {
                    let slope =
                        |x: f64| (curve.curve(ceiling * (x + 1e-3)) - curve.curve(ceiling * x)) / (ceiling * 1e-3);
                    let jump = slope(end) - slope(end - 1e-3);
                    assert!(jump.abs() < 1.5e-3 / knee, "knee {knee} at {end}: the slope jumps by {jump}");
                }
            }
        }
    }
}

/// The mean of the residual over the triangle of mixtures of three numbers, by Gauss-Legendre quadrature of its pieces
/// (four points a piece are exact to the seventh degree; the integrand is a cubic).
fn triangle_mean(mut x: [f64; 3], knee: f64) -> f64 {
    x.sort_by(f64::total_cmp);
    let [low, mid, high] = x;
    if high - low < 1e-12 {
        return family(mid, knee) - mid;
    }
    let mut cuts = vec![low, mid, high];
    cuts.extend([-1.0 - knee, -1.0 + knee, 1.0 - knee, 1.0 + knee].iter().filter(|&&cut| cut > low && cut < high));
    cuts.sort_by(f64::total_cmp);
    let nodes =
        [(0.339_981_043_584_856_3, 0.652_145_154_862_546_1), (0.861_136_311_594_052_6, 0.347_854_845_137_453_9)];
    let height = |u: f64| {
        let top = 2.0 / (high - low);
        if u < mid { top * (u - low) / (mid - low) } else { top * (high - u) / (high - mid) }
    };
    let value = |u: f64| (family(u, knee) - u) * height(u);
    cuts.windows(2)
        .filter(|cut| cut[1] > cut[0])
        .map(|cut| {
            let (centre, half) = (0.5 * (cut[0] + cut[1]), 0.5 * (cut[1] - cut[0]));
            nodes
                .iter()
                .map(|(node, weight)| weight * half * (value(centre - half * node) + value(centre + half * node)))
                .sum::<f64>()
        })
        .sum()
}

#[test]
fn averages_are_those_of_brute_force_at_every_spread() {
    let mut random = Random(0x1234_5678_9abc_def1);
    for knee in KNEES {
        let mut worst = 0.0_f64;
        for spread in [4.0, 1.0, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 0.0] {
            for centre_range in [1.5, 16.0] {
                // Two independent channels, interleaved, so that a channel never hears the other.
                let frames: Vec<StereoFrame> = (0..600)
                    .map(|n| {
                        let centre = centre_range * (f64::from(n / 6) * 0.618).sin();
                        [(centre + spread * random.bipolar()) as f32, (-centre + spread * random.bipolar()) as f32]
                    })
                    .collect();
                let mut residual = vec![[0.0; 2]; frames.len()];
                Clip::new().shape(&settings(1.0, knee), &frames, &mut residual);
                for n in 2..frames.len() {
                    for channel in 0..2 {
                        let x = [0, 1, 2].map(|back| f64::from(frames[n - back][channel]));
                        let expected = triangle_mean(x, knee);
                        let error = (f64::from(residual[n][channel]) - expected).abs();
                        // In f32 a number of 16 is known to 1e-6: the error counts against the number.
                        let relative = error / x.iter().fold(1.0_f64, |most, x| most.max(x.abs()));
                        assert!(
                            relative < 1e-6,
                            "knee {knee}, spread {spread}, {x:?}: {} not {expected}",
                            residual[n][channel]
                        );
                        worst = larger(worst, relative);
                    }
                }
            }
        }
        println!("knee {knee}: averages within {:.1} dB", db(worst));
        assert!(db(worst) <= -124.0, "knee {knee}: {:.1} dB", db(worst));
    }
}

#[test]
fn below_the_knee_there_is_nothing_and_it_says_so() {
    for knee in [0.0, 0.2, 0.5] {
        let mut clip = Clip::new();
        let peak = (0.5 * (1.0 - knee)) as f32;
        let frames: Vec<StereoFrame> =
            (0..200).map(|n| [peak * (n as f32).sin(), -peak * (0.7 * n as f32).cos()]).collect();
        let mut residual = vec![[1.0; 2]; 200];
        for mid_side in [0.0, 0.5, 1.0] {
            let settings = ClipSettings { curve: ClipCurve::new(0.5, knee), link: 1.0, mid_side };
            assert_eq!(clip.shape(&settings, &frames, &mut residual), Shaped::Nothing, "knee {knee}");
            assert!(residual.iter().all(|r| *r == [0.0; 2]), "knee {knee}");
        }
        // One loud frame is heard for as long as an average reaches, and what is quiet beside it stays exactly zero.
        residual.fill([1.0; 2]);
        let mut frames = frames;
        frames[100] = [2.0, 0.0];
        assert_eq!(clip.shape(&settings(0.5, knee), &frames, &mut residual), Shaped::Residual);
        for (n, r) in residual.iter().enumerate() {
            assert_eq!(r[0] != 0.0, (100..=102).contains(&n), "knee {knee}, frame {n}: {r:?}");
            assert_eq!(r[1], 0.0, "knee {knee}, frame {n}: {r:?}");
        }
    }
}

#[test]
fn without_antialiasing_it_is_the_curve_itself() {
    let mut random = Random(99);
    for knee in KNEES {
        let mut clip = Clip::new();
        clip.select(false);
        assert_eq!(clip.delay_samples(), 0);
        let frames: Vec<StereoFrame> = (0..777).map(|_| [0, 1].map(|_| (3.0 * random.bipolar()) as f32)).collect();
        let mut residual = vec![[0.0; 2]; 777];
        clip.shape(&settings(0.7, knee), &frames, &mut residual);
        for (x, r) in frames.iter().zip(&residual) {
            for channel in 0..2 {
                let expected = 0.7 * family(f64::from(x[channel]) / 0.7, knee);
                let error = (f64::from(x[channel] + r[channel]) - expected).abs();
                assert!(error < 1e-6, "knee {knee}, {}: {error}", x[channel]);
            }
        }
    }
}

#[test]
fn mid_and_side_are_shaped_as_such() {
    let mut random = Random(7);
    let frames: Vec<StereoFrame> = (0..500).map(|_| [0, 1].map(|_| (2.0 * random.bipolar()) as f32)).collect();
    let encoded: Vec<StereoFrame> = frames.iter().map(|x| [0.5 * (x[0] + x[1]), 0.5 * (x[0] - x[1])]).collect();
    let shape = |frames: &[StereoFrame], mid_side: f32| {
        let mut residual = vec![[0.0; 2]; frames.len()];
        let settings = ClipSettings { curve: ClipCurve::new(0.4, 0.3), link: 0.0, mid_side };
        Clip::new().shape(&settings, frames, &mut residual);
        residual
    };
    let (mid_side, of_encoded, stereo, half) =
        (shape(&frames, 1.0), shape(&encoded, 0.0), shape(&frames, 0.0), shape(&frames, 0.5));
    for n in 0..frames.len() {
        let [mid, side] = of_encoded[n];
        assert!((mid_side[n][0] - (mid + side)).abs() < 1e-6 && (mid_side[n][1] - (mid - side)).abs() < 1e-6, "{n}");
        for channel in 0..2 {
            let between = 0.5 * (stereo[n][channel] + mid_side[n][channel]);
            assert!((half[n][channel] - between).abs() < 1e-6, "{n}");
        }
    }
}

#[test]
fn linked_channels_share_the_greater_ratio() {
    // Right is left at half the amplitude: alone it is not clipped at all, linked it keeps half of left.
    let frames: Vec<StereoFrame> = (0..2000).map(|n| (0.01 * n as f32).sin()).map(|x| [2.0 * x, x]).collect();
    let shape = |link: f32, frames: &[StereoFrame]| {
        let mut residual = vec![[0.0; 2]; frames.len()];
        let settings = ClipSettings { curve: ClipCurve::new(1.0, 0.2), link, mid_side: 0.0 };
        Clip::new().shape(&settings, frames, &mut residual);
        residual
    };
    let (alone, linked, half) = (shape(0.0, &frames), shape(1.0, &frames), shape(0.5, &frames));
    let mut deepest = 0.0_f32;
    for n in 2..frames.len() {
        assert_eq!(linked[n][0], alone[n][0], "the louder channel goes its own way");
        let kept = frames[n - 1].map(|x| x);
        let left = kept[0] + linked[n][0];
        let right = kept[1] + linked[n][1];
        assert!((right - 0.5 * left).abs() < 0.02, "frame {n}: {left} and {right}");
        let between = 0.5 * (alone[n][1] + linked[n][1]);
        assert!((half[n][1] - between).abs() < 1e-6, "frame {n}");
        deepest = deepest.min(linked[n][1] / kept[1].abs().max(0.1));
    }
    assert!(deepest < -0.45, "{deepest}");
    // Channels alike are not changed by the link at all.
    let alike: Vec<StereoFrame> = frames.iter().map(|x| [x[0]; 2]).collect();
    assert_eq!(shape(1.0, &alike), shape(0.0, &alike));
}

#[test]
fn any_block_split_gives_the_same_bits() {
    let mut random = Random(31);
    let frames: Vec<StereoFrame> = (0..5000).map(|_| [0, 1].map(|_| (1.5 * random.bipolar()) as f32)).collect();
    for antialiased in [false, true] {
        for (link, mid_side) in [(0.0, 0.0), (0.7, 0.0), (0.3, 0.5), (0.0, 1.0)] {
            let settings = ClipSettings { curve: ClipCurve::new(0.8, 0.2), link, mid_side };
            let run = |blocks: &[usize]| {
                let mut clip = Clip::new();
                clip.select(antialiased);
                let mut residual = vec![[0.0; 2]; frames.len()];
                let (mut start, mut turn) = (0, 0);
                while start < frames.len() {
                    let end = frames.len().min(start + blocks[turn % blocks.len()]);
                    clip.shape(&settings, &frames[start..end], &mut residual[start..end]);
                    (start, turn) = (end, turn + 1);
                }
                residual
            };
            let whole = run(&[5000]);
            for blocks in [&[1][..], &[8], &[3, 1000, 17, 1]] {
                assert!(
                    run(blocks) == whole,
                    "antialiased {antialiased}, link {link}, mid/side {mid_side}, {blocks:?}"
                );
            }
        }
    }
}

#[test]
fn huge_numbers_stay_finite() {
    let mut clip = Clip::new();
    let frames = [[1e30, -1e30], [-1e30, 1e-30], [1e30, 1e30], [0.0, 0.0], [1e-38, -1e-38], [3.0, -3.0]].repeat(50);
    let mut residual = vec![[0.0; 2]; frames.len()];
    for mid_side in [0.0, 0.5, 1.0] {
        let settings = ClipSettings { curve: ClipCurve::new(0.5, 0.2), link: 0.5, mid_side };
        clip.shape(&settings, &frames, &mut residual);
        assert!(residual.as_flattened().iter().all(|r| r.is_finite()), "mid/side {mid_side}");
    }
    for (ceiling, knee) in [(f64::NAN, f64::NAN), (0.0, 2.0), (-1.0, -1.0), (f64::INFINITY, f64::INFINITY)] {
        let curve = ClipCurve::new(ceiling, knee);
        assert!(curve.curve(1.0).is_finite() && curve.ceiling() > 0.0, "{ceiling}, {knee}");
    }
}
