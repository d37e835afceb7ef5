//! The ring in every order that the memory model allows, as far as two preemptions reach.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use loom::sync::atomic::{AtomicU64, fence};
use shared_taps::{Block, Layout, Mode, Moment, RingReader, RingWriter, Word};

/// The checker's atomic.
#[derive(Debug)]
struct Checked(AtomicU64);

impl Word for Checked {
    fn load(&self, ordering: Ordering) -> u64 {
        self.0.load(ordering)
    }

    fn store(&self, value: u64, ordering: Ordering) {
        self.0.store(value, ordering);
    }

    fn fence(ordering: Ordering) {
        fence(ordering);
    }
}

/// A jump of the transport at every frame: a block for each, as short as can be.
fn publish(writer: &mut RingWriter<Arc<[Checked]>>, number: u32) {
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

#[test]
fn a_reader_never_sees_a_block_that_was_not_written() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let layout = Layout::new(2).expect("a layout");
        let words: Arc<[Checked]> = (0..layout.words()).map(|_| Checked(AtomicU64::new(0))).collect();
        let mut writer = RingWriter::new(words.clone(), layout).expect("a writer");
        let mut reader = RingReader::new(words).expect("a reader");
        publish(&mut writer, 1);
        publish(&mut writer, 2);
        let writes = loom::thread::spawn(move || {
            // Publishes the second, and claims the third, which takes the place of the first.
            publish(&mut writer, 3);
        });
        let mut block = Block::default();
        if reader.read(&mut block) {
            let number = block.moment.latency_samples;
            assert_eq!(block.position_frames, u64::from(number) - 1);
            assert_eq!(block.moment.transport_sample, Some(i64::from(number) * 1000));
            let x = [number as f32];
            assert_eq!((block.input(), block.output()), ([&x[..], &x], [&x[..], &x]), "block {number}");
        }
        writes.join().expect("the writer");
    });
}
