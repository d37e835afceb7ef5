//! The processor never touches the heap once it is prepared, whatever is switched while it plays.

use glue::processor::{Detector, Glue, GlueSettings, LinkMode, Model, Release, SidechainSlope, SidechainSource};
use shared_dsp::{Io, Processor, Quality};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static USES: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is handed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        USES.with(|uses| uses.set(uses.get() + 1));
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        USES.with(|uses| uses.set(uses.get() + 1));
        // SAFETY: the caller keeps the contract of `GlobalAlloc::dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn playing_switching_and_resetting_stay_off_the_heap() {
    let plain = GlueSettings::default();
    let changes = [
        plain.clone(),
        GlueSettings { model: Model::Clean, detector: Detector::Rms, link: 0.3, ..plain.clone() },
        GlueSettings { link_mode: LinkMode::MidSide, drive: 1.0, range_db: Some(3.0), ..plain.clone() },
        GlueSettings {
            sidechain_high_pass_hz: Some(90.0),
            sidechain_slope: SidechainSlope::Db12,
            sidechain_tilt_db_per_octave: 1.0,
            sidechain_source: SidechainSource::External,
            sidechain_listen: true,
            release: Release::Fixed(0.1),
            ..plain
        },
    ];
    let mut glue = Glue::new();
    glue.prepare(48_000.0, 512, 2);
    let (mut left, mut right) = (vec![0.3f32; 512], vec![-0.2f32; 512]);
    let key = vec![0.5f32; 512];
    let before = USES.with(Cell::get);
    for quality in Quality::ALL {
        glue.reset(&changes[0], quality);
        for settings in changes.iter().cycle().take(40) {
            glue.update(settings);
            glue.process(Io { left: &mut left, right: Some(&mut right), sidechain: Some((&key, &key)) });
            let _ = glue.reading();
            let _ = glue.latency_samples(quality);
        }
    }
    assert_eq!(USES.with(Cell::get) - before, 0);
    // The count itself works.
    drop(std::hint::black_box(vec![1u8; 100]));
    assert_eq!(USES.with(Cell::get) - before, 2);
}
