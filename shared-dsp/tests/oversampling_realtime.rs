//! Filters, delays and oversampling never touch the heap once built: every allocation of this process is counted.

use shared_dsp::delay::{DelayLine, FractionalDelay};
use shared_dsp::filters::{SvfCoefs, TiltCoefs};
use shared_dsp::glide::GlidingFilter;
use shared_dsp::nonlinear::{Clip, ClipCurve, ClipSettings, Guard, GuardFrame, ResidualPath, Route, Shaped};
use shared_dsp::oversampling::{Downsampler, Factor, Oversampler, Phase, Upsampler};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call goes to the system's allocator unchanged; counting touches a plain cell of this thread only.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are handed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn heap_uses(run: impl FnOnce()) -> usize {
    let before = COUNT.with(Cell::get);
    run();
    COUNT.with(Cell::get) - before
}

#[test]
fn nothing_allocates_after_new() {
    assert!(heap_uses(|| drop(std::hint::black_box(vec![0_u8; 16]))) == 2, "the counter counts");
    let mut oversampler = Oversampler::<f32, 2>::new(Factor::X1, Phase::Linear);
    let mut up = Upsampler::<f64, 2>::new(Factor::X1, Phase::Linear);
    let mut down = Downsampler::<f64, 2>::new(Factor::X1, Phase::Linear);
    let (mut left, mut right) = (vec![0.5_f32; 777], vec![-0.25_f32; 777]);
    let mut residual = ResidualPath::new();
    let (mut dry, mut added) = (vec![[0.5_f32; 2]; 300], vec![[0.0_f32; 2]; 300]);
    let (mut base, mut top) = (vec![[0.1_f64; 2]; 300], vec![[0.0_f64; 2]; 300 * 16]);
    for factor in Factor::ALL {
        for phase in [Phase::Linear, Phase::Steep, Phase::Minimum] {
            let uses = heap_uses(|| {
                oversampler.select(factor, phase);
                oversampler.process([&mut left, &mut right], |frames| frames.reverse());
                oversampler.reset();
                up.select(factor, phase);
                down.select(factor, phase);
                up.process(&base, &mut top[..300 * factor.times()]);
                down.process(&top[..300 * factor.times()], &mut base);
                residual.select(Route { factor, phase }, 2);
                residual.process(&mut dry, &[[0.75; 2]; 300], &mut added, |x, r| {
                    r.copy_from_slice(x);
                    Shaped::Residual
                });
                residual.reset();
                std::hint::black_box((oversampler.latency_samples(), up.delay_top_samples(), down.delay_top_samples()));
            });
            assert_eq!(uses, 0, "{factor:?} {phase:?}");
        }
    }
    let (mut clip, mut guard) = (Clip::new(), Guard::new(48_000.0));
    let controls: Vec<GuardFrame> =
        (0..300).map(|n| GuardFrame { ceiling: 0.5 + 0.001 * n as f32, true_peak: 1.0, sample: 1.0 }).collect();
    let settings = ClipSettings { curve: ClipCurve::new(0.5, 0.2), link: 0.5, mid_side: 0.5 };
    for is_thorough in [true, false] {
        let uses = heap_uses(|| {
            guard.select(48_000.0, is_thorough);
            clip.select(is_thorough);
            clip.shape(&settings, &dry, &mut added);
            for _ in 0..10 {
                dry.iter_mut().for_each(|x| *x = [1.0, -1.0]);
                guard.process(&mut dry, &controls);
            }
        });
        assert_eq!(uses, 0, "thorough {is_thorough}");
    }
    let mut line = DelayLine::<f32>::new(1000);
    let mut fractional = FractionalDelay::new(1000);
    let mut svf = GlidingFilter::<SvfCoefs, 2>::new(SvfCoefs::default());
    let mut tilt = GlidingFilter::<TiltCoefs, 2>::new(TiltCoefs::new(48_000.0, 1.0));
    let uses = heap_uses(|| {
        for n in 0..2000 {
            line.start(n);
            line.process(&mut left);
            fractional.write(f64::from(left[0]));
            svf.glide_to(SvfCoefs::bell(48_000.0, 50.0 + n as f64, 2.0, 3.0), 64);
            tilt.glide_to(TiltCoefs::new(48_000.0, n as f64 / 1000.0), 64);
            let x = fractional.read(n as f64);
            std::hint::black_box((svf.tick([x; 2]), tilt.tick([x; 2])));
        }
        line.reset();
        fractional.reset();
        svf.reset();
        tilt.reset();
    });
    assert_eq!(uses, 0);
}
