//! What a tap is given.

use std::sync::Arc;

use shared_taps::{Block, Catalogue, Folder, Listener, Offer, Reader, State, Station};

use super::*;
use crate::path::Transport;

/// A path whose tap is listened to.
struct Tapped<P: Processor = Halver> {
    path: SoundPath<P>,
    reader: Reader,
    _keeps: (tempfile::TempDir, Arc<Station>, Offer, Listener),
}

fn tapped() -> Tapped {
    listened_to(path(OFFLINE_HIGH))
}

fn listened_to<P: Processor>(mut path: SoundPath<P>) -> Tapped<P> {
    let folder = tempfile::tempdir().expect("a folder");
    let private = Folder::at(&folder.path().join("taps")).expect("private");
    let station = Station::open(private.clone()).expect("a station");
    let (offer, tap) = station.offer("Halver").expect("an offer");
    let mut catalogue = Catalogue::new(private);
    catalogue.refresh();
    station.serve();
    assert_eq!(catalogue.refresh().len(), 1);
    let mut listener = catalogue.listen(offer.id()).expect("a listener");
    station.serve();
    assert_eq!(listener.poll().expect("a ring"), State::Listening);
    path.set_tap(tap);
    let reader = listener.reader().expect("a reader");
    Tapped { path, reader, _keeps: (folder, station, offer, listener) }
}

impl<P: Processor<Settings = f64>> Tapped<P> {
    /// Runs, and answers with what was heard and what the tap had of both points.
    fn run(&mut self, controls: &Controls<f64>, input: &[f32]) -> [Vec<f32>; 3] {
        let mut heard = Vec::new();
        let [mut came_in, mut went_out] = [Vec::new(), Vec::new()];
        let mut block = Block::default();
        for (number, piece) in input.chunks(96).enumerate() {
            let sample = Some(number as i64 * 96);
            self.path.set_transport(Transport { is_playing: true, sample, is_ahead: false });
            heard.extend(run(&mut self.path, controls, piece, 96));
            while self.reader.read(&mut block) {
                assert_eq!(block.input()[0], block.input()[1]);
                came_in.extend_from_slice(block.input()[0]);
                went_out.extend_from_slice(block.output()[0]);
            }
        }
        assert_eq!(self.reader.lost_blocks(), 0);
        [heard, came_in, went_out]
    }
}

#[test]
fn what_came_in_is_guarded_and_not_trimmed() {
    let mut input = programme(4800);
    input[10] = f32::NAN;
    let trimmed = Controls { input_db: -6.0, output_db: 3.0, ..controls() };
    let [heard, came_in, went_out] = tapped().run(&trimmed, &input);
    input[10] = 0.0;
    assert_eq!((&came_in[..], &went_out[..]), (&input[..], &heard[..]));
}

#[test]
fn what_goes_out_is_the_programme_whatever_is_listened_to() {
    // Unity gain takes seconds to know the loudness.
    let input = programme(9 * 48_000);
    let plain = run(&mut path(OFFLINE_HIGH), &controls(), &input, 96);
    for (listen, is_at_unity) in [(Listen::Delta, false), (Listen::Compare, false), (Listen::Programme, true)] {
        let mut tapped = tapped();
        let monitored = Controls { listen, is_at_unity, ..controls() };
        // Off, on and off again, with the fades between them.
        let mut joined = [Vec::new(), Vec::new()];
        for (controls, part) in [&controls(), &monitored, &controls()].into_iter().zip(input.chunks(3 * 48_000)) {
            let [heard, _, went_out] = tapped.run(controls, part);
            joined[0].extend(heard);
            joined[1].extend(went_out);
        }
        assert_ne!(joined[0], plain, "{listen:?}: it is heard");
        assert_eq!(joined[1], plain[..joined[1].len()], "{listen:?}: and not tapped");
    }
    // Bypass is no monitoring, and fades with it.
    let mut tapped = tapped();
    let bypassed = Controls { is_bypassed: true, ..controls() };
    let mut plain = path(OFFLINE_HIGH);
    let mut expected = run(&mut plain, &controls(), &input[..9600], 96);
    expected.extend(run(&mut plain, &bypassed, &input[9600..19_200], 96));
    let delta = |controls: Controls<f64>| Controls { listen: Listen::Delta, ..controls };
    let [_, _, mut went_out] = tapped.run(&delta(controls()), &input[..9600]);
    went_out.extend(tapped.run(&delta(bypassed), &input[9600..19_200])[2].iter());
    assert_eq!(went_out, expected);
}

#[test]
fn an_offline_render_is_not_tapped() {
    let mut tapped = tapped();
    let input = programme(960);
    assert_eq!(tapped.run(&controls(), &input)[1].len(), 960);
    tapped.path.reset(&controls(), Modes { is_offline: true, ..OFFLINE_HIGH });
    assert_eq!(tapped.run(&controls(), &input)[1].len(), 0);
    tapped.path.reset(&controls(), OFFLINE_HIGH);
    assert_eq!(tapped.run(&controls(), &input)[1].len(), 960);
}

/// Lets everything pass, and turns it over at the end for whoever listens here.
struct Turned;

impl Processor for Turned {
    type Settings = f64;
    type Mode = ();
    type Reading = ();

    const FINISH_IS_MONITORING: bool = true;

    fn prepare(&mut self, _sample_rate_hz: f64, _max_block_frames: usize, _channels: usize) {}

    fn reset(&mut self, _settings: &f64, (): ()) {}

    fn update(&mut self, _settings: &f64) {}

    fn process(&mut self, _io: Io<'_>) {}

    fn finish(&mut self, mut io: Io<'_>) {
        io.channels().flatten().for_each(|x| *x = -*x);
    }

    fn latency_samples(&self, (): ()) -> usize {
        0
    }
}

#[test]
fn what_a_processor_monitors_at_its_end_is_not_tapped() {
    let mut path = SoundPath::new(Turned, controls(), Feed::new());
    path.prepare(48_000.0, 8192, 2);
    path.reset(&controls(), Modes::default());
    let input = programme(960);
    let [heard, _, went_out] = listened_to(path).run(&controls(), &input);
    assert_eq!(went_out, input);
    assert!(heard.iter().zip(&input).all(|(heard, input)| *heard == -*input), "and is heard");
}
