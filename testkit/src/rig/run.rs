//! Audio through a plugin under test.

use super::{Event, Inner, Rig};
use crate::alloc::{self, Tally};
use crate::signals::Audio;
use crate::vst3_host;

impl Rig {
    /// Counts the heap calls of every `process` call of the runs to come; [`Rig::take_tallies`] tells.
    ///
    /// # Panics
    ///
    /// Unless [`load_all`](super::load_all) came before.
    pub fn watch_heap(&mut self) {
        assert!(super::LOADED_ALL.get().is_some(), "a library that another test loads meanwhile would be counted");
        self.tallies = Some(Vec::new());
    }

    /// The heap calls since [`Rig::watch_heap`], one entry a block.
    pub fn take_tallies(&mut self) -> Vec<Tally> {
        self.tallies.take().unwrap_or_default()
    }

    /// Runs audio through in blocks of up to 512 frames.
    pub fn run(&mut self, input: &Audio) -> Audio {
        self.run_with(input, None, &[], &[512])
    }

    /// Runs audio through. `blocks` is the sequence of block sizes, repeated as long as needed; events are placed to the
    /// frame.
    pub fn run_with(&mut self, input: &Audio, sidechain: Option<&Audio>, events: &[Event], blocks: &[usize]) -> Audio {
        let frames = input[0].len();
        assert!(self.is_active, "the rig is not active");
        assert_eq!(input.len(), self.channels, "channels of the input");
        let mut output: Audio = vec![vec![0.0; frames]; self.channels];
        let mut events: Vec<Event> = self.pending.drain(..).chain(events.iter().copied()).collect();
        events.sort_by_key(|event| event.frame);
        let mut sizes = blocks.iter().cycle();
        let mut start = 0;
        let mut next = 0;
        while start < frames {
            let size = (*sizes.next().expect("a block size")).min(self.max_block).min(frames - start);
            let last = next + events[next..].partition_point(|event| event.frame < start + size);
            let inputs = slices(input, start, size);
            let sides = sidechain.map(|audio| slices(audio, start, size));
            self.block(&inputs, sides.as_deref(), &events[next..last], start, &mut output, size);
            next = last;
            start += size;
        }
        output
    }

    fn block(
        &mut self,
        inputs: &[&[f32]],
        sidechain: Option<&[&[f32]]>,
        events: &[Event],
        start: usize,
        output: &mut Audio,
        size: usize,
    ) {
        let is_watching = self.tallies.is_some();
        let tally = match &mut self.inner {
            Inner::Clap(clap) => {
                let events: Vec<host::ParamEvent> = events
                    .iter()
                    .map(|event| host::ParamEvent {
                        frame: (event.frame - start) as u32,
                        param_id: event.id,
                        value: event.value,
                    })
                    .collect();
                let mut outputs: Vec<&mut [f32]> =
                    output.iter_mut().map(|channel| &mut channel[start..start + size]).collect();
                // The host's own part of the call is proved clean together with the plugin's.
                let mut call = || clap.process(inputs, sidechain, &mut outputs, &events);
                let (status, tally) = if is_watching {
                    let (status, tally) = alloc::count(call);
                    (status, Some(tally))
                } else {
                    (call(), None)
                };
                status.unwrap_or_else(|error| panic!("process: {error}"));
                clap.pump_main_thread();
                tally
            }
            Inner::Vst3(vst3) => {
                let changes: Vec<vst3_host::Change> = events
                    .iter()
                    .map(|event| vst3_host::Change {
                        offset: (event.frame - start) as i32,
                        id: event.id,
                        value: event.value,
                    })
                    .collect();
                vst3.prepare(inputs, sidechain, &changes);
                let (done, tally) = if is_watching {
                    let (done, tally) = alloc::count(|| vst3.process(size));
                    (done, Some(tally))
                } else {
                    (vst3.process(size), None)
                };
                assert!(done, "process failed");
                for (channel, samples) in output.iter_mut().enumerate() {
                    samples[start..start + size].copy_from_slice(vst3.output(channel, size));
                }
                tally
            }
        };
        if let (Some(tallies), Some(tally)) = (&mut self.tallies, tally) {
            tallies.push(tally);
        }
    }
}

/// One block of every channel.
fn slices(audio: &Audio, start: usize, size: usize) -> Vec<&[f32]> {
    audio.iter().map(|channel| &channel[start..start + size]).collect()
}
