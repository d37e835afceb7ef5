//! What a tap costs a frame, nobody listening and listened to, beside a copy of the same samples.

use std::hint::black_box;
use std::time::Instant;

use shared_taps::{Catalogue, Folder, Mode, Moment, Reader, Station, Tap};

/// As a plugin publishes: in segments of its control grid.
const SEGMENT: usize = 64;
const FRAMES: usize = 1 << 18;
const PASSES: usize = 31;

fn pass(tap: &mut Tap, block: usize, points: &[[f32; SEGMENT]; 4]) -> f64 {
    let start = Instant::now();
    for number in 0..FRAMES / block {
        tap.begin(&Moment {
            sample_rate_hz: 48_000.0,
            channels: 2,
            transport_sample: Some((number * block) as i64),
            is_playing: true,
            mode: Mode::RealTime,
            latency_samples: 100,
        });
        for _ in 0..block / SEGMENT {
            let [a, b, c, d] = black_box(points);
            if tap.is_listened_to() {
                tap.write([a, b], [c, d]);
            }
        }
    }
    start.elapsed().as_nanos() as f64 / FRAMES as f64
}

fn copy(block: usize, points: &[[f32; SEGMENT]; 4], to: &mut [[f32; SEGMENT]; 4]) -> f64 {
    let start = Instant::now();
    for _ in 0..FRAMES / block {
        for _ in 0..block / SEGMENT {
            *to = *black_box(points);
            black_box(&to);
        }
    }
    start.elapsed().as_nanos() as f64 / FRAMES as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let private = Folder::at(&folder.path().join("taps"))?;
    let station = Station::open(private.clone())?;
    let (_idle_offer, mut idle) = station.offer("Nobody listens")?;
    let (offer, mut busy) = station.offer("Listened to")?;
    let mut catalogue = Catalogue::new(private);
    catalogue.refresh();
    station.serve();
    catalogue.refresh();
    let mut listener = catalogue.listen(offer.id())?;
    station.serve();
    listener.poll()?;
    let reader: Reader = listener.reader().ok_or("nobody listens")?;
    let points = [[0.1_f32; SEGMENT]; 4];
    let mut to = points;
    println!("  {:>6} {:>10} {:>12} {:>10} {:>8}", "block", "nobody", "listened to", "copy", "ratio");
    for block in [64, 512] {
        let mut times = [const { Vec::new() }; 3];
        // The first pass warms up and is not counted.
        for number in 0..=PASSES {
            let ns = [pass(&mut idle, block, &points), pass(&mut busy, block, &points), copy(block, &points, &mut to)];
            for (times, ns) in times.iter_mut().zip(ns).filter(|_| number > 0) {
                times.push(ns);
            }
        }
        let [nobody, listened, copied] = times.map(median);
        let ratio = listened / copied;
        println!("  {block:>6} {nobody:>7.2} ns {listened:>9.2} ns {copied:>7.2} ns {ratio:>8.1}");
    }
    let written = reader.waiting_blocks();
    assert!(written > 0, "the ring was written");
    Ok(())
}
