//! The ring by itself, in ordinary memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use shared_taps::{BLOCK_FRAMES, Block, Layout, Mode, Moment, Point, RingReader, RingWriter};

type Words = Arc<[AtomicU64]>;

const MOMENT: Moment = Moment {
    sample_rate_hz: 48_000.0,
    channels: 2,
    transport_sample: Some(1_000_000),
    is_playing: true,
    mode: Mode::RealTime,
    latency_samples: 77,
};

fn ring(blocks: u64) -> (Words, RingWriter<Words>, RingReader<Words>) {
    let layout = Layout::new(blocks).expect("a layout");
    let words: Words = (0..layout.words()).map(|_| AtomicU64::new(0)).collect();
    let writer = RingWriter::new(words.clone(), layout).expect("a writer");
    let reader = RingReader::new(words.clone()).expect("a reader");
    (words, writer, reader)
}

/// Four samples that say which frame they belong to, exact in single precision.
fn frame(number: usize) -> [f32; 4] {
    let x = (number % 4_000_000) as f32;
    [x, -x, 0.5 * x, x + 0.25]
}

/// Frames from `start` on, as points of left and right.
fn frames(start: usize, count: usize) -> [Vec<f32>; 4] {
    std::array::from_fn(|side| (start..start + count).map(|n| frame(n)[side]).collect())
}

fn write(writer: &mut RingWriter<Words>, start: usize, count: usize) {
    let [a, b, c, d] = frames(start, count);
    writer.write([&a, &b], [&c, &d]);
}

/// Asserts that a block holds the frames from its own position on.
fn is_as_written(block: &Block, first: usize) {
    let at = first + block.position_frames as usize;
    let [a, b, c, d] = frames(at, block.frames());
    assert_eq!((block.input(), block.output()), ([&a[..], &b], [&c[..], &d]), "frames from {at} on");
}

#[test]
fn what_is_written_is_read_however_it_is_cut() {
    let (_, mut writer, mut reader) = ring(64);
    let (mut block, mut written, mut read) = (Block::default(), 0, 0_usize);
    for size in [1, 63, 64, 65, 7, 500, 128, 1, 1, 1].into_iter().cycle().take(200) {
        writer.begin(&Moment { transport_sample: Some(1_000_000 + written as i64), ..MOMENT });
        write(&mut writer, written, size);
        written += size;
        while reader.read(&mut block) {
            assert_eq!(block.position_frames as usize, read);
            assert_eq!(block.is_after_gap, read == 0, "the first block and no other, at {read}");
            assert_eq!(block.moment, Moment { transport_sample: Some(1_000_000 + read as i64), ..MOMENT });
            let song = Point::ALL.map(|point| block.song_sample(point));
            assert_eq!(song, [Some(1_000_000 + read as i64), Some(1_000_000 - 77 + read as i64)], "input, output");
            assert_eq!(Point::ALL.map(|point| block.at(point)), [block.input(), block.output()]);
            is_as_written(&block, 0);
            read += block.frames();
        }
    }
    assert!(written - read < BLOCK_FRAMES, "only what fills no block is held back: {written}, {read}");
    assert_eq!((reader.lost_blocks(), reader.waiting_blocks(), block.frames()), (0, 0, 0));
}

#[test]
fn a_block_ends_where_something_changes_and_only_there() {
    let moments = [
        MOMENT,
        Moment { transport_sample: Some(5), ..MOMENT },
        Moment { transport_sample: None, ..MOMENT },
        Moment { is_playing: false, ..MOMENT },
        Moment { mode: Mode::Offline, ..MOMENT },
        Moment { mode: Mode::Buffered, ..MOMENT },
        Moment { latency_samples: 78, ..MOMENT },
        Moment { sample_rate_hz: 44_100.0, ..MOMENT },
        Moment { channels: 1, ..MOMENT },
    ];
    let (_, mut writer, mut reader) = ring(64);
    for (number, moment) in moments.iter().enumerate() {
        writer.begin(moment);
        write(&mut writer, number * 10, 10);
    }
    // The last one is full.
    write(&mut writer, 90, BLOCK_FRAMES - 10);
    let mut block = Block::default();
    for (number, moment) in moments.iter().enumerate() {
        assert!(reader.read(&mut block), "block {number}");
        assert_eq!((&block.moment, block.is_after_gap), (moment, number == 0), "block {number}");
        assert_eq!(block.frames(), if number == 8 { BLOCK_FRAMES } else { 10 });
        is_as_written(&block, 0);
    }
    // A host that counts in seconds is a sample off now and then; one that stands still stays where it is.
    let (_, mut writer, mut reader) = ring(64);
    for (at, is_playing) in [(0, true), (11, true), (20, true), (100, false), (100, false)] {
        writer.begin(&Moment { transport_sample: Some(at), is_playing, ..MOMENT });
        write(&mut writer, 0, 10);
    }
    write(&mut writer, 0, BLOCK_FRAMES);
    assert!(reader.read(&mut block) && block.frames() == 30);
    assert!(reader.read(&mut block) && block.frames() == BLOCK_FRAMES && block.moment.transport_sample == Some(100));
}

#[test]
fn a_lapped_reader_goes_on_with_what_is_there() {
    let (_, mut writer, mut reader) = ring(16);
    writer.begin(&Moment { transport_sample: None, ..MOMENT });
    let mut block = Block::default();
    write(&mut writer, 0, 2 * BLOCK_FRAMES);
    assert!(reader.read(&mut block));
    write(&mut writer, 2 * BLOCK_FRAMES, 98 * BLOCK_FRAMES);
    assert_eq!(reader.waiting_blocks(), 16);
    assert!(reader.read(&mut block), "lapped, and there is something");
    assert_eq!((block.position_frames as usize, block.is_after_gap), (92 * BLOCK_FRAMES, true));
    assert_eq!(reader.lost_blocks(), 91);
    is_as_written(&block, 0);
    assert!(reader.read(&mut block) && !block.is_after_gap);
    reader.skip_to_newest();
    assert!(!reader.read(&mut block));
    write(&mut writer, 100 * BLOCK_FRAMES, BLOCK_FRAMES);
    assert!(reader.read(&mut block) && block.is_after_gap);
    is_as_written(&block, 0);
}

#[test]
fn no_frame_is_torn_while_a_writer_laps_its_reader() {
    let (_, mut writer, mut reader) = ring(4);
    let total = if cfg!(miri) { 20_000 } else { 20_000_000_usize };
    let done = AtomicBool::new(false);
    let (mut read, mut block) = (0, Block::default());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            writer.begin(&Moment { transport_sample: None, ..MOMENT });
            let mut written = 0;
            while written < total {
                let count = 1 + written % 200;
                write(&mut writer, written, count);
                written += count;
            }
            done.store(true, Ordering::Release);
        });
        let mut expected = 0;
        while !done.load(Ordering::Acquire) {
            if reader.read(&mut block) {
                assert!(block.is_after_gap || block.position_frames == expected, "a gap is told");
                expected = block.position_frames + block.frames() as u64;
                is_as_written(&block, 0);
                read += 1;
            }
        }
    });
    assert!(
        read > 0 && reader.lost_blocks() > 0,
        "{read} blocks read, {} lost: both must happen",
        reader.lost_blocks()
    );
    println!("{read} blocks read, {} lost", reader.lost_blocks());
}

/// A small generator of random words.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state ^ (*state >> 29)
}

#[test]
fn a_hostile_writer_is_read_within_bounds() {
    let (words, mut writer, mut reader) = ring(16);
    writer.begin(&MOMENT);
    let (mut block, mut seed) = (Block::default(), 1);
    let (mut read, mut nothing) = (0, 0);
    for round in 0..if cfg!(miri) { 200 } else { 200_000 } {
        // Numbers that look right here and there, so that every check is come by.
        let at = match round % 3 {
            0 => [0, 1, 16, 32][(random(&mut seed) % 4) as usize],
            _ => (random(&mut seed) % words.len() as u64) as usize,
        };
        let value = match round % 5 {
            0 => random(&mut seed),
            1 => u64::MAX - random(&mut seed) % 40,
            2 => f64::NAN.to_bits(),
            3 => u64::from(f32::INFINITY.to_bits()) | u64::from(f32::NAN.to_bits()) << 32,
            _ => random(&mut seed) % 100,
        };
        words[at].store(value, Ordering::Relaxed);
        if round % 7 == 0 {
            write(&mut writer, round, 100);
        }
        if reader.read(&mut block) {
            read += 1;
            let moment = &block.moment;
            assert!((1..=BLOCK_FRAMES).contains(&block.frames()) && (1..=2).contains(&moment.channels));
            assert!((1_000.0..=1_600_000.0).contains(&moment.sample_rate_hz) && moment.latency_samples <= 1 << 24);
            assert!(block.input().iter().chain(&block.output()).all(|side| side.iter().all(|x| x.is_finite())));
        } else {
            nothing += 1;
            assert_eq!(block.frames(), 0);
        }
    }
    assert!(read > 10 && nothing > 10, "{read} read, {nothing} times nothing");
}

#[test]
fn a_header_is_believed_once_and_only_if_it_is_right() {
    let (words, mut writer, mut reader) = ring(16);
    for (at, value) in [(0, 0), (1, 1 << 40), (1, 32), (1, 0), (1, 15), (1, u64::MAX)] {
        let right = words[at].swap(value, Ordering::Relaxed);
        assert!(RingReader::new(words.clone()).is_none(), "word {at} is {value}");
        // Who has read it goes on by what it said.
        writer.begin(&Moment { transport_sample: None, ..MOMENT });
        write(&mut writer, 0, 100 * BLOCK_FRAMES);
        let mut block = Block::default();
        assert!(reader.read(&mut block) && block.frames() == BLOCK_FRAMES);
        words[at].store(right, Ordering::Relaxed);
    }
    assert!(RingReader::new(words.clone()).is_some());
    for length in [0, 1, 63, 64, words.len() - 1] {
        let short: Words = words[..length].iter().map(|word| AtomicU64::new(word.load(Ordering::Relaxed))).collect();
        assert!(RingReader::new(short.clone()).is_none(), "{length} words");
        assert!(RingWriter::new(short, Layout::new(16).expect("a layout")).is_none());
    }
    assert!([0, 1, 3, 1 << 17].into_iter().all(|blocks| Layout::new(blocks).is_none()));
}
