//! The residual path: exact alignment, bit-exact dry, and one result whatever the blocks and short cuts.

use shared_dsp::Quality;
use shared_dsp::nonlinear::{ResidualPath, Route, Shaped, StereoFrame};
use shared_dsp::oversampling::{Factor, Phase};
use testkit::analysis::{db, larger, largest};
use testkit::signals::{self, Random};

const RATE_HZ: f64 = 48_000.0;

fn noise(frames: usize, peak: f32) -> Vec<StereoFrame> {
    let mut random = Random::new(1);
    (0..frames).map(|_| [(); 2].map(|()| peak * random.bipolar() as f32)).collect()
}

fn sine(hz: f64, frames: usize) -> Vec<StereoFrame> {
    signals::sine(RATE_HZ, hz, 0.0, frames).into_iter().map(|x| [0.5 * x, -0.25 * x]).collect()
}

/// Cuts at ±0.5 and, like an antialiased shaper, answers `inside` top samples late.
fn clip(inside: usize) -> impl FnMut(&[StereoFrame], &mut [StereoFrame]) -> Shaped {
    let mut past = vec![[0.0_f32; 2]; inside];
    move |input, residual| {
        let mut line = past.clone();
        line.extend_from_slice(input);
        past.copy_from_slice(&line[line.len() - inside..]);
        for (r, x) in residual.iter_mut().zip(&line) {
            *r = x.map(|x| x.clamp(-0.5, 0.5) - x);
        }
        Shaped::Residual
    }
}

/// Answers with its own input, `inside` samples late: the residual must then be the dry.
fn echo(inside: usize) -> impl FnMut(&[StereoFrame], &mut [StereoFrame]) -> Shaped {
    let mut past = vec![[0.0_f32; 2]; inside];
    move |input, residual| {
        let mut line = past.clone();
        line.extend_from_slice(input);
        past.copy_from_slice(&line[line.len() - inside..]);
        residual.copy_from_slice(&line[..residual.len()]);
        Shaped::Residual
    }
}

fn routes() -> Vec<(Route, usize)> {
    let mut routes = Vec::new();
    for factor in Factor::ALL {
        for phase in [Phase::Linear, Phase::Steep, Phase::Minimum] {
            for inside in [0, 1, 2] {
                routes.push((Route { factor, phase }, inside));
            }
        }
    }
    routes
}

fn run(
    path: &mut ResidualPath,
    input: &[StereoFrame],
    blocks: &[usize],
    mut shape: impl FnMut(&[StereoFrame], &mut [StereoFrame]) -> Shaped,
) -> (Vec<StereoFrame>, Vec<StereoFrame>) {
    let (mut dry, mut residual) = (input.to_vec(), vec![[f32::NAN; 2]; input.len()]);
    let (mut start, mut turn) = (0, 0);
    while start < input.len() {
        let end = input.len().min(start + blocks[turn % blocks.len()]);
        path.process(&mut dry[start..end], &input[start..end], &mut residual[start..end], &mut shape);
        start = end;
        turn += 1;
    }
    (dry, residual)
}

#[test]
fn the_dry_is_the_input_to_the_bit_in_linear_phase() {
    let input = noise(3000, 1.0);
    for (route, inside) in routes() {
        if route.phase == Phase::Minimum && route.factor != Factor::X1 {
            continue;
        }
        let mut path = ResidualPath::new();
        path.select(route, inside);
        let latency = path.latency_samples();
        assert_eq!(latency, route.latency_samples(inside));
        let (dry, _) = run(&mut path, &input, &[512], clip(inside));
        assert_eq!(dry[latency..], input[..input.len() - latency], "{route:?}, {inside} inside");
        assert!(dry[..latency].iter().all(|x| *x == [0.0; 2]));
    }
}

#[test]
fn residual_and_dry_are_aligned_for_every_route_and_shaper_delay() {
    for (route, inside) in routes() {
        for hz in [100.0, 1000.0, 10_000.0, 19_000.0] {
            let mut path = ResidualPath::new();
            path.select(route, inside);
            let (dry, residual) = run(&mut path, &sine(hz, 6000), &[333], echo(inside));
            let worst = dry[3000..]
                .iter()
                .zip(&residual[3000..])
                .map(|(a, b)| larger(f64::from((a[0] - b[0]).abs()), f64::from((a[1] - b[1]).abs())));
            let worst = db(largest(worst) / 0.5);
            // What the window leaves of the steep filter's pass band is less flat.
            let limit = if route.phase == Phase::Steep { -85.0 } else { -95.0 };
            assert!(worst <= limit, "{route:?}, {inside} inside, {hz} Hz: {worst:.1} dB");
        }
    }
}

#[test]
fn latency_is_whole_and_where_the_impulse_comes_out() {
    // The pad takes in the shaper's delay, so that antialiasing costs no sample of its own.
    let of = |quality, inside| Route::of(quality, Factor::X8, RATE_HZ).latency_samples(inside);
    assert_eq!(
        [of(Quality::Off, 0), of(Quality::Live, 2), of(Quality::Standard, 2), of(Quality::High, 1)],
        [0, 5, 90, 90]
    );
    for (route, inside) in routes() {
        let mut path = ResidualPath::new();
        path.select(route, inside);
        let mut input = vec![[0.0; 2]; 600];
        input[100] = [1.0, 0.5];
        let (dry, residual) = run(&mut path, &input, &[64], echo(inside));
        let loudest =
            |signal: &[StereoFrame]| (0..600).max_by(|&a, &b| signal[a][0].total_cmp(&signal[b][0])).unwrap_or(0);
        assert_eq!(loudest(&residual), loudest(&dry), "{route:?}, {inside} inside");
        if route.phase != Phase::Minimum || route.factor == Factor::X1 {
            assert_eq!(loudest(&dry), 100 + path.latency_samples(), "{route:?}, {inside} inside");
        }
    }
}

#[test]
fn any_block_split_gives_the_same_bits() {
    let input = noise(4000, 1.0);
    for (route, inside) in routes() {
        let results = [&[4000][..], &[1], &[64], &[7, 300, 1, 129]].map(|blocks| {
            let mut path = ResidualPath::new();
            path.select(route, inside);
            run(&mut path, &input, blocks, clip(inside))
        });
        for other in &results[1..] {
            assert!(*other == results[0], "{route:?}, {inside} inside");
        }
    }
}

#[test]
fn the_short_cut_for_silence_changes_no_bit() {
    // Loud, quiet for long, loud again.
    let mut input = noise(6000, 1.0);
    input[1000..5000].iter_mut().for_each(|x| *x = x.map(|x| 0.1 * x));
    for (route, inside) in routes() {
        let mut path = ResidualPath::new();
        path.select(route, inside);
        let slow = run(&mut path, &input, &[64], clip(inside));
        path.select(route, inside);
        let mut inner = clip(inside);
        let mut skipped = 0;
        let fast = run(&mut path, &input, &[64], |x, r| {
            inner(x, r);
            if r.iter().all(|r| *r == [0.0; 2]) {
                // What is written must not matter.
                r.fill([f32::NAN; 2]);
                skipped += 1;
                Shaped::Nothing
            } else {
                Shaped::Residual
            }
        });
        assert!(skipped > 30, "{route:?}: {skipped}");
        assert!(slow == fast, "{route:?}, {inside} inside");
        let quiet = &fast.1[1400..4900];
        if !(route.phase == Phase::Minimum && route.factor != Factor::X1) {
            assert!(quiet.iter().all(|r| *r == [0.0; 2]), "{route:?}: the residual of nothing is nothing");
        }
    }
}

#[test]
fn reset_is_as_good_as_new() {
    let input = noise(2000, 1.0);
    for (route, inside) in routes() {
        let mut path = ResidualPath::new();
        path.select(route, inside);
        let first = run(&mut path, &input, &[100], clip(inside));
        path.reset();
        assert!(run(&mut path, &input, &[100], clip(inside)) == first, "{route:?}, {inside} inside");
    }
}

#[test]
fn a_naive_clip_comes_out_between_dry_and_ceiling() {
    // The sum of both is the clipped wave but for the ripple of band-limiting: 6.8 dB at the very most at 8x.
    let mut path = ResidualPath::new();
    path.select(Route { factor: Factor::X8, phase: Phase::Linear }, 0);
    let input: Vec<StereoFrame> = sine(1000.0, 4000).iter().map(|x| x.map(|x| 4.0 * x)).collect();
    let (dry, residual) = run(&mut path, &input, &[64], clip(0));
    let peak = largest(dry[1000..].iter().zip(&residual[1000..]).map(|(a, b)| f64::from((a[0] + b[0]).abs())));
    assert!(peak > 0.5 && peak < 0.6, "{peak}");
}
