//! The ring in every order that the memory model allows, as far as two preemptions reach; and the same with an ordering taken away,
//! which the model has to notice.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use loom::sync::atomic::{AtomicU64, fence};
use shared_taps::{Block, Layout, Mode, Moment, RingReader, RingWriter, Word};

/// The checker's atomic, with the orderings that the ring asks for, or without.
#[derive(Debug)]
struct Checked<const RELEASES: bool, const ACQUIRES: bool, const FENCES: bool>(AtomicU64);

impl<const RELEASES: bool, const ACQUIRES: bool, const FENCES: bool> Word for Checked<RELEASES, ACQUIRES, FENCES> {
    fn load(&self, ordering: Ordering) -> u64 {
        self.0.load(if ACQUIRES { ordering } else { Ordering::Relaxed })
    }

    fn store(&self, value: u64, ordering: Ordering) {
        self.0.store(value, if RELEASES { ordering } else { Ordering::Relaxed });
    }

    fn fence(ordering: Ordering) {
        if FENCES {
            fence(ordering);
        }
    }
}

type Ring<W> = (RingWriter<Arc<[W]>>, RingReader<Arc<[W]>>);

/// An empty ring of two blocks, the least there is.
fn ring<const R: bool, const A: bool, const F: bool>() -> Ring<Checked<R, A, F>> {
    let layout = Layout::new(2).expect("a layout");
    let words: Arc<[Checked<R, A, F>]> = (0..layout.words()).map(|_| Checked(AtomicU64::new(0))).collect();
    let writer = RingWriter::new(words.clone(), layout).expect("a writer");
    (writer, RingReader::new(words).expect("a reader"))
}

/// A jump of the transport at every frame: a block for each, as short as can be. Publishes the one before it.
fn publish<W: Word>(writer: &mut RingWriter<Arc<[W]>>, number: u32) {
    let moment = Moment {
        sample_rate_hz: 48_000.0,
        channels: 2,
        transport_sample: Some(i64::from(number) * 1000),
        is_playing: false,
        mode: Mode::RealTime,
        latency_samples: number,
    };
    writer.begin(&moment);
    let x = [number as f32];
    writer.write([&x, &x], [&x, &x]);
}

/// Reads once, and asserts that what is read, if anything, was written.
fn read<W: Word>(reader: &mut RingReader<Arc<[W]>>) {
    let mut block = Block::default();
    if reader.read(&mut block) {
        let number = block.moment.latency_samples;
        assert_eq!(block.position_frames, u64::from(number) - 1, "a block that was not written");
        assert_eq!(block.moment.transport_sample, Some(i64::from(number) * 1000), "a block that was not written");
        let x = [number as f32];
        assert_eq!((block.input(), block.output()), ([&x[..], &x], [&x[..], &x]), "a block that was not written");
    }
}

fn check(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(model);
}

/// The writer claims the place of what is being read.
fn lapping<const R: bool, const A: bool, const F: bool>() {
    let (mut writer, mut reader) = ring::<R, A, F>();
    publish(&mut writer, 1);
    publish(&mut writer, 2);
    let writes = loom::thread::spawn(move || {
        // Publishes the second, and claims the third, which takes the place of the first.
        publish(&mut writer, 3);
    });
    read(&mut reader);
    writes.join().expect("the writer");
}

/// A whole block is written and published while it is being looked for. Nothing laps anything, so nothing is lost.
fn publishing<const R: bool, const A: bool, const F: bool>() {
    let (mut writer, mut reader) = ring::<R, A, F>();
    let writes = loom::thread::spawn(move || {
        publish(&mut writer, 1);
        publish(&mut writer, 2);
    });
    read(&mut reader);
    assert_eq!(reader.lost_blocks(), 0, "a block that was not written");
    writes.join().expect("the writer");
}

#[test]
fn a_reader_never_sees_a_block_that_was_not_written() {
    check(lapping::<true, true, true>);
}

#[test]
fn what_is_published_is_there() {
    check(publishing::<true, true, true>);
}

/// The model sees what it is for: without the release a reader finds a block that is not there yet.
#[test]
#[should_panic(expected = "a block that was not written")]
fn publishing_without_release_is_noticed() {
    check(publishing::<false, true, true>);
}

#[test]
#[should_panic(expected = "a block that was not written")]
fn reading_without_acquire_is_noticed() {
    check(publishing::<true, false, true>);
}

/// Without the fences a reader takes a block of which a part is newer.
#[test]
#[should_panic(expected = "a block that was not written")]
fn lapping_without_fences_is_noticed() {
    check(lapping::<true, true, false>);
}
