//! The meters never touch the heap once built: every allocation of this thread is counted.

use shared_dsp::loudness::{ProgrammeMeter, channel_weights};
use shared_dsp::spectrum::SampleTap;
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

#[test]
fn a_meter_never_allocates_after_new() {
    let noise: Vec<f32> = (0..48_000_u32)
        .map(|n| {
            n.wrapping_mul(2_654_435_761) as i32 as f32 / 2_147_483_648.0 * if n % 9_000 < 3_000 { 1.2 } else { 0.1 }
        })
        .collect();
    for channels in [1, 2, 6] {
        let mut meter = ProgrammeMeter::with_weights(48_000.0, channel_weights(channels).unwrap());
        let tap = SampleTap::new(4096);
        let slices = vec![&noise[..]; channels];
        let before = COUNT.with(Cell::get);
        // Over a minute, so that the history takes coarser levels and the lists of the worst are full.
        for second in 0..70 {
            meter.process_channels(&slices);
            tap.push(&noise, None);
            meter.set_paused(second % 10 == 9);
            std::hint::black_box((meter.readings(), meter.live(), meter.places()));
        }
        meter.finish();
        meter.reset_integration();
        meter.reset();
        let uses = COUNT.with(Cell::get) - before;
        assert_eq!(uses, 0, "{channels} channels");
    }
    let before = COUNT.with(Cell::get);
    drop(std::hint::black_box(vec![0_u8; 16]));
    assert_eq!(COUNT.with(Cell::get) - before, 2, "the counter counts");
}
