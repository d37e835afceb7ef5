//! The cascade of an equaliser's bands: exact, whole, quiet when it moves, and stable however it moves.

mod heap;

use std::f64::consts::TAU;

use shared_dsp::filters::{Band, Cascade, Complex64, Digital, MonoBelow, OutgoingCascade, Shape, SvfState};

use testkit::signals::Random;

use heap::HEAP_CALLS;

const RATE_HZ: f64 = 48_000.0;

fn bell(frequency_hz: f64, gain_db: f64, q: f64) -> Band {
    Band { frequency_hz, gain_db, q, ..Band::default() }
}

/// A dozen bands of all kinds, 40 sections.
fn dozen() -> Vec<Band> {
    let mut bands: Vec<_> = (0..9).map(|n| bell(40.0 * 2_f64.powi(n), f64::from(n % 4) * 3.0 - 5.0, 1.3)).collect();
    let other = |shape, frequency_hz, slope_db_per_octave| Band {
        shape,
        frequency_hz,
        gain_db: 2.0,
        slope_db_per_octave,
        ..Band::default()
    };
    bands.push(other(Shape::LowCut, 25.0, 96));
    bands.push(other(Shape::HighShelf, 9000.0, 24));
    bands.push(other(Shape::HighCut, 19_000.0, 18));
    bands
}

fn noise(frames: usize) -> Vec<[f64; 2]> {
    let mut random = Random::new(7);
    (0..frames).map(|_| [(); 2].map(|()| random.bipolar() as f32).map(f64::from)).collect()
}

fn of(bands: &[Band]) -> Cascade {
    let mut cascade = Cascade::new(12, RATE_HZ);
    bands.iter().enumerate().for_each(|(n, &band)| cascade.set_band(n, [Some(band); 2]));
    cascade.glide(0);
    cascade
}

#[test]
fn it_is_its_sections_one_after_the_other() {
    for bands in [dozen(), dozen()[..1].to_vec(), dozen()[..4].to_vec()] {
        let mut expected = noise(2000);
        for coefs in Digital::new(&bands, RATE_HZ).as_slice() {
            let mut state = SvfState::<2>::default();
            expected.iter_mut().for_each(|frame| *frame = state.tick(coefs, *frame));
        }
        let mut frames = noise(2000);
        of(&bands).process(&mut frames);
        let peak = expected.iter().flatten().fold(0.0_f64, |peak, x| peak.max(x.abs()));
        let error = frames.iter().flatten().zip(expected.iter().flatten()).map(|(y, x)| (y - x).abs()).sum::<f64>();
        assert!(peak > 0.3 && error / 4000.0 < 1e-12, "{error:e} of {peak}");
    }
}

#[test]
fn the_channels_have_bands_of_their_own() {
    let (left, right) = (bell(1000.0, 6.0, 1.0), bell(3000.0, -4.0, 0.5));
    let mut cascade = Cascade::new(3, RATE_HZ);
    cascade.set_band(0, [Some(left), None]);
    cascade.set_band(2, [Some(left), Some(right)]);
    cascade.glide(0);
    let mut frames = noise(1000);
    cascade.process(&mut frames);
    for (channel, bands) in [vec![left, left], vec![right]].into_iter().enumerate() {
        let mut expected: Vec<[f64; 1]> = noise(1000).iter().map(|frame| [frame[channel]]).collect();
        for coefs in Digital::new(&bands, RATE_HZ).as_slice() {
            let mut state = SvfState::<1>::default();
            expected.iter_mut().for_each(|frame| *frame = state.tick(coefs, *frame));
        }
        assert!(frames.iter().zip(&expected).all(|(y, x)| (y[channel] - x[0]).abs() < 1e-12), "channel {channel}");
    }
    // Nothing in one channel leaves it untouched.
    let mut cascade = Cascade::new(1, RATE_HZ);
    cascade.set_band(0, [Some(left), None]);
    cascade.glide(64);
    let mut frames = noise(1000);
    cascade.process(&mut frames);
    assert!(frames.iter().zip(noise(1000)).all(|(y, x)| y[1] == x[1]));
    assert!(frames.iter().zip(noise(1000)).any(|(y, x)| y[0] != x[0]));
}

/// Moves on a grid of 64, in blocks of `block`.
fn moved(block: usize) -> Vec<[f64; 2]> {
    let mut cascade = of(&dozen());
    let mut frames = noise(64 * 40);
    for (n, cell) in frames.chunks_mut(64).enumerate() {
        if n % 3 != 2 {
            let band = bell(300.0 * 1.1_f64.powi(n as i32), 12.0 - n as f64, 2.0);
            cascade.set_band(3, [Some(band), Some(band).filter(|_| n % 7 != 0)]);
            cascade.set_band(5, [Some(bell(5000.0, 3.0, 1.0)).filter(|_| n % 5 == 0); 2]);
            cascade.glide(if n % 2 == 0 { 64 } else { 100 });
        }
        cell.chunks_mut(block).for_each(|block| cascade.process(block));
    }
    frames
}

#[test]
fn the_block_split_changes_nothing() {
    let whole = moved(64);
    assert!(whole.iter().flatten().all(|x| x.is_finite()));
    for block in [1, 2, 3, 4, 5, 7, 33, 63] {
        assert_eq!(moved(block), whole, "blocks of {block}");
    }
}

/// Eleven bands of which two move on every cell, and one of those in the right channel only; beside them, at the end of the row, a
/// flat one that comes and goes, or none.
fn moved_beside_others(a_flat_one_comes_and_goes: bool) -> Vec<[f64; 2]> {
    const CELL: usize = 16;
    let mut cascade = of(&dozen()[..11]);
    let mut frames = noise(4800);
    for (n, cell) in frames.chunks_mut(CELL).enumerate() {
        let gain_db = 6.0 * (0.05 * n as f64).sin();
        cascade.set_band(2, [Some(bell(160.0, gain_db, 1.3)); 2]);
        // It rests now and then, and so does all of it.
        if n % 7 < 4 {
            cascade.set_band(5, [Some(bell(1280.0, -1.0, 1.3)), Some(bell(1280.0, gain_db - 2.0, 2.0))]);
        }
        if n % 50 > 40 {
            cascade.set_band(2, [Some(bell(160.0, 1.0, 1.3)); 2]);
        }
        if a_flat_one_comes_and_goes {
            let is_there = n % 2 == 0;
            cascade.set_band(11, [is_there.then(|| bell(5000.0, 0.0, 1.0)); 2]);
        }
        cascade.glide(CELL as u32);
        cascade.process(cell);
    }
    frames
}

#[test]
fn who_comes_and_goes_beside_bands_that_move_changes_nothing() {
    let plain = moved_beside_others(false);
    assert!(plain.iter().flatten().all(|x| x.is_finite()) && plain.iter().flatten().any(|x| x.abs() > 0.3));
    let other = moved_beside_others(true);
    // A flat bell is a wire but for its rounding.
    assert!(plain.iter().flatten().zip(other.iter().flatten()).all(|(a, b)| (a - b).abs() <= 1e-11));
}

#[test]
fn nothing_to_do_is_nothing_done() {
    let mut cascade = of(&[]);
    assert!(cascade.is_wire());
    cascade.set_band(0, [Some(bell(1000.0, 6.0, 1.0)); 2]);
    cascade.glide(64);
    assert!(!cascade.is_wire() && !cascade.is_settled());
    let mut frames = noise(100);
    cascade.process(&mut frames);
    assert!(cascade.is_settled());
    cascade.set_band(0, [None; 2]);
    cascade.glide(64);
    let mut frames = noise(200);
    cascade.process(&mut frames);
    assert!(cascade.is_wire());
    assert_eq!(frames[64..], noise(200)[64..]);
    assert!(frames[..60] != noise(200)[..60]);
}

#[test]
fn flat_bands_pass_everything_bit_for_bit() {
    let mut cascade = of(&[bell(1000.0, 0.0, 1.0), Band { shape: Shape::Tilt, ..Band::default() }]);
    assert!(!cascade.is_wire());
    let mut frames = noise(500);
    cascade.process(&mut frames);
    assert_eq!(frames, noise(500));
}

/// The largest fourth difference of a tone of 110 Hz under a band whose gain goes from 6 to -6 dB and a little, in 20 ms.
fn roughness_of_a_move(shape: Shape, and_db: f64) -> f64 {
    const STEPS: usize = 60;
    let band = |share: f64| Band { shape, q: 25.0, ..bell(8000.0, (6.0 + and_db) * (1.0 - share) - 6.0 * share, 25.0) };
    let mut cascade = of(&[band(0.0)]);
    let mut frames: Vec<_> = (0..9600).map(|n| [(TAU * 110.0 * n as f64 / RATE_HZ).sin(); 2]).collect();
    cascade.process(&mut frames[..4800]);
    for (n, cell) in frames[4800..].chunks_mut(16).enumerate() {
        cascade.set_band(0, [Some(band((n + 1).min(STEPS) as f64 / STEPS as f64)); 2]);
        cascade.glide(16);
        cascade.process(cell);
    }
    let moved = frames[4700..].windows(5);
    moved.map(|x| (x[0][0] - 4.0 * x[1][0] + 6.0 * x[2][0] - 4.0 * x[3][0] + x[4][0]).abs()).fold(0.0, f64::max)
}

/// Where the gain is 0 dB for a moment, the memory is as warm as a little above it or below.
#[test]
fn a_gain_passes_0_db_as_it_passes_any_other() {
    for shape in [Shape::Bell, Shape::LowShelf, Shape::HighShelf] {
        let (exactly, beside) = (roughness_of_a_move(shape, 0.0), roughness_of_a_move(shape, 0.01));
        println!("{shape:?}: {exactly:.2e} through 0 dB, {beside:.2e} beside it");
        assert!(exactly > 0.0 && exactly < 1.1 * beside, "{shape:?}: {exactly:e} where {beside:e} is usual");
    }
}

#[test]
fn it_comes_back_with_an_empty_memory_and_resets_to_the_same() {
    let run = |cascade: &mut Cascade| {
        let mut frames = noise(500);
        cascade.process(&mut frames);
        frames
    };
    let mut cascade = of(&dozen());
    let first = run(&mut cascade);
    assert_ne!(run(&mut cascade), first);
    cascade.reset();
    assert_eq!(run(&mut cascade), first);
    // Off and on again.
    let band = bell(200.0, 9.0, 4.0);
    let mut cascade = of(&[band]);
    run(&mut cascade);
    cascade.set_band(0, [None; 2]);
    cascade.glide(10);
    run(&mut cascade);
    let mut fresh = Cascade::new(12, RATE_HZ);
    for cascade in [&mut cascade, &mut fresh] {
        cascade.set_band(0, [Some(band); 2]);
        cascade.glide(64);
    }
    assert_eq!(run(&mut cascade), run(&mut fresh));
}

/// Energy outside 300 Hz of a tone of 200 Hz, dB of the tone, while a band moves every 64 frames.
fn zipper_db(band: impl Fn(f64) -> Band) -> f64 {
    const FRAMES: usize = 48_000;
    let mut cascade = Cascade::new(1, RATE_HZ);
    cascade.set_band(0, [Some(band(0.0)); 2]);
    cascade.glide(0);
    let mut frames: Vec<_> = (0..FRAMES).map(|n| [(TAU * 200.0 * n as f64 / RATE_HZ).sin(); 2]).collect();
    for (n, cell) in frames.chunks_mut(64).enumerate() {
        // It starts when the tone has settled, and half a second later it is there.
        let share = ((n as f64 * 64.0 / RATE_HZ - 0.2) / 0.5).clamp(0.0, 1.0);
        cascade.set_band(0, [Some(band(share)); 2]);
        cascade.glide(64);
        cascade.process(cell);
    }
    // A wide window of low side lobes: Blackman and Harris's.
    let mut windowed: Vec<f64> = frames
        .iter()
        .enumerate()
        .map(|(n, frame)| {
            let t = TAU * (n as f64 + 0.5) / FRAMES as f64;
            frame[0] * (0.35875 - 0.48829 * t.cos() + 0.14128 * (2.0 * t).cos() - 0.01168 * (3.0 * t).cos())
        })
        .collect();
    let mut spectrum = vec![realfft::num_complex::Complex64::default(); FRAMES / 2 + 1];
    realfft::RealFftPlanner::new().plan_fft_forward(FRAMES).process(&mut windowed, &mut spectrum).unwrap();
    let sum = |bins: std::ops::Range<usize>| spectrum[bins].iter().map(|x| x.norm_sqr()).sum::<f64>();
    10.0 * (sum(501..FRAMES / 2) / sum(0..501)).log10()
}

#[test]
fn moves_are_quiet() {
    let gain_db = zipper_db(|share| bell(1000.0, 12.0 * share, 1.0));
    let sweep_db = zipper_db(|share| bell(100.0 * 40_f64.powf(share), 12.0, 4.0));
    println!("gain {gain_db:.1} dB, sweep {sweep_db:.1} dB");
    assert!(gain_db < -110.0, "{gain_db}");
    assert!(sweep_db < -105.0, "{sweep_db}");
}

#[test]
fn no_movement_is_unstable() {
    let mut state = 99_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    let mut cascade = Cascade::new(4, RATE_HZ);
    let mut peak: f64 = 0.0;
    for frame in noise(40_000) {
        for n in 0..4 {
            let band = Band {
                shape: Shape::ALL[(random() * 10.0) as usize],
                frequency_hz: 10.0 * 4000_f64.powf(random()),
                gain_db: 48.0 * random() - 24.0,
                q: 0.1 * 400_f64.powf(random()),
                slope_db_per_octave: 6 * (1 + (random() * 16.0) as u32),
            };
            cascade.set_band(n, [Some(band), Some(band).filter(|_| random() < 0.7)]);
        }
        cascade.glide((random() * 20.0) as u32);
        let mut frame = [frame];
        cascade.process(&mut frame);
        peak = frame[0].iter().fold(peak, |peak, x| if x.abs() <= peak { peak } else { x.abs() });
    }
    println!("peak {peak:e}");
    assert!(peak > 1.0 && peak < 1e9, "{peak:e}");
    // And it calms down.
    (0..4).for_each(|n| cascade.set_band(n, [Some(bell(1000.0, 3.0, 1.0)); 2]));
    cascade.glide(64);
    let mut silence = vec![[0.0; 2]; 48_000];
    cascade.process(&mut silence);
    assert!(silence[47_000..].iter().flatten().all(|x| x.abs() < 1e-6), "{:?}", silence[47_999]);
}

#[test]
fn nothing_is_allocated_on_the_audio_thread() {
    let (few, many) = (of(&dozen()[..2]), dozen());
    let mut cascade = few;
    let mut frames = noise(2000);
    let calls = HEAP_CALLS.get();
    for (n, cell) in frames.chunks_mut(64).enumerate() {
        many.iter()
            .enumerate()
            .for_each(|(at, &band)| cascade.set_band(at, [Some(band).filter(|_| (n + at) % 5 != 0); 2]));
        cascade.glide(64);
        cascade.process(cell);
    }
    cascade.reset();
    assert_eq!(HEAP_CALLS.get(), calls);
    assert!(frames.as_flattened().iter().all(|x| x.is_finite()));
}

#[test]
fn a_reset_forgets_what_was_wanted_before() {
    let (old, new) = (bell(200.0, 9.0, 4.0), bell(3000.0, -6.0, 1.0));
    let run = |is_used: bool| {
        let mut cascade = Cascade::new(2, RATE_HZ);
        if is_used {
            cascade.set_band(0, [Some(old); 2]);
            cascade.glide(64);
            cascade.process(&mut noise(100));
        }
        cascade.set_band(0, [Some(new), None]);
        cascade.glide(64);
        cascade.reset();
        // The second channel comes in from a wire of whatever poles it has.
        cascade.set_band(0, [Some(new); 2]);
        cascade.glide(64);
        let mut frames = noise(300);
        cascade.process(&mut frames);
        frames
    };
    assert_eq!(run(true), run(false));
    assert_ne!(run(false), noise(300));
}

#[test]
fn mono_below_moves_nothing_across() {
    for crossover_hz in [40.0, 120.0, 250.0] {
        let mut mono = MonoBelow::new(RATE_HZ);
        mono.glide_to(Some(crossover_hz), 0);
        let mut impulse = vec![[0.0; 2]; 1 << 15];
        impulse[0] = [1.0; 2];
        mono.process(&mut impulse);
        for octave in -3..=5 {
            let x = 2_f64.powi(octave);
            let mut sums = [Complex64::default(); 2];
            for (n, frame) in impulse.iter().enumerate() {
                let turn = Complex64::cis(-TAU * x * crossover_hz / RATE_HZ * n as f64);
                (0..2).for_each(|channel| sums[channel] += turn * frame[channel]);
            }
            assert!((sums[0].norm() - 1.0).abs() < 1e-4, "mid {} at {x}", sums[0].norm());
            let expected = x.powi(4) / (1.0 + x.powi(4));
            let ratio = sums[1] / sums[0];
            assert!((ratio - expected).norm() < 2e-4, "{ratio} for {expected} at {x} of {crossover_hz} Hz");
        }
    }
}

#[test]
fn mono_below_tells_what_is_lost_and_is_a_wire_when_off() {
    let mut mono = MonoBelow::new(RATE_HZ);
    let mut frames = noise(500);
    mono.process(&mut frames);
    assert!(mono.is_wire() && frames == noise(500) && mono.lost_db() == 0.0);
    // Side and mid alike, an octave and a half below: half of the power is lost, and a little of the other half stays.
    mono.glide_to(Some(150.0), 960);
    let mut tone: Vec<_> = (0..96_000).map(|n| [(TAU * 50.0 * f64::from(n) / RATE_HZ).sin(); 2]).collect();
    mono.process(&mut tone);
    assert!((mono.lost_db() + 3.01).abs() < 0.1, "{}", mono.lost_db());
    mono.glide_to(None, 960);
    let mut frames = noise(2000);
    mono.process(&mut frames);
    assert!(mono.is_wire() && frames[960..] == noise(2000)[960..]);
}

/// What leaves a cascade goes on as that would have, on its way or at rest, and whatever becomes of the cascade.
#[test]
fn what_leaves_goes_on_by_itself() {
    for moving_samples in [0, 150] {
        let start = || {
            let mut cascade = of(&dozen());
            cascade.process(&mut noise(300));
            if moving_samples > 0 {
                cascade.set_band(3, [Some(bell(700.0, -9.0, 2.0)); 2]);
                cascade.glide(moving_samples);
                cascade.process(&mut noise(40));
            }
            cascade
        };
        let (mut stays, mut switched) = (start(), start());
        let mut outgoing = OutgoingCascade::new(12);
        assert!(outgoing.is_wire());
        switched.copy_to(&mut outgoing);
        switched
            .set_band(3, [Some(Band { shape: Shape::LowCut, slope_db_per_octave: 96, ..bell(90.0, 0.0, 0.71) }); 2]);
        switched.glide(0);
        let (mut expected, mut left, mut now) = (noise(500), noise(500), noise(500));
        stays.process(&mut expected);
        left.chunks_mut(33).for_each(|block| outgoing.process(block));
        switched.process(&mut now);
        assert_eq!(left, expected, "{moving_samples}");
        assert!(!outgoing.is_wire() && now != expected);
    }
}

/// A band that has become another filter at once begins with an empty memory. (The tail keeps its own: so high above the
/// bands there is next to none.)
#[test]
fn another_filter_begins_with_an_empty_memory() {
    let (bell, cut) = (bell(200.0, 12.0, 4.0), Band { shape: Shape::LowCut, ..bell(300.0, 0.0, 0.71) });
    // How far it is from one that has never been another.
    let memory = |was: Band, is: Band| {
        let [mut used, mut fresh] = [was, is].map(|band| {
            let mut cascade = Cascade::new(1, 192_000.0);
            cascade.set_band(0, [Some(band); 2]);
            cascade.glide(0);
            cascade
        });
        used.process(&mut noise(4000));
        used.set_band(0, [Some(is); 2]);
        used.glide(0);
        let (mut a, mut b) = (noise(400), noise(400));
        used.process(&mut a);
        fresh.process(&mut b);
        let differences = a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).abs());
        differences.fold(0.0_f64, |most, x| if x <= most { most } else { x })
    };
    let (another, moved) = (memory(bell, cut), memory(bell, Band { gain_db: 11.0, ..bell }));
    assert!(another < 1e-3, "{another:e}");
    assert!(moved > 30.0 * another, "{moved:e}");
}
