//! What a host passes as audio, made safe to read and to write before the framework sees it.
//!
//! The framework trusts counts and pointers. Hosts leave out ports, pass null for channels of a port that is switched
//! off, count channels as they please, or let buffers overlap. Wrong input becomes silence, wrong output is not written.

use std::ops::Range;
use std::sync::atomic::AtomicU32;

/// The main port and the side chain have at most this many channels each.
pub(super) const MAX_CHANNELS: usize = 2;
/// The longest block that a missing channel is silent in; in a longer one the whole port is left out.
const SILENT_FRAMES: usize = 8192;

/// Zeros to read from. Atomics, so that they take room in memory only and none in the file; nobody ever writes them.
static SILENCE: [AtomicU32; SILENT_FRAMES] = [const { AtomicU32::new(0) }; SILENT_FRAMES];

/// The channel pointers of one port as the host gave them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Channels {
    pointers: *const *mut f32,
    count: usize,
}

impl Channels {
    /// A port that is not there.
    pub const NONE: Self = Self { pointers: std::ptr::null(), count: 0 };

    /// `count` channel pointers at `pointers`, which may be null.
    pub fn new(pointers: *const *mut f32, count: usize) -> Self {
        Self { pointers, count: if pointers.is_null() { 0 } else { count } }
    }

    /// The channel at this place; `None` where the host gave none that can be used.
    ///
    /// # Safety
    ///
    /// As many pointers as counted must stand there.
    unsafe fn get(self, channel: usize) -> Option<*mut f32> {
        if channel >= self.count {
            return None;
        }
        // SAFETY: within the count; the caller vouches for that.
        let pointer = unsafe { *self.pointers.add(channel) };
        (!pointer.is_null() && pointer.is_aligned()).then_some(pointer)
    }

    /// Writes silence into every channel that is there.
    ///
    /// # Safety
    ///
    /// As many pointers as counted must stand there, each of them null or writable for `frames`.
    pub unsafe fn silence(self, frames: usize) {
        for channel in 0..self.count {
            // SAFETY: the caller's promise; zeros are valid floats.
            unsafe {
                if let Some(pointer) = self.get(channel) {
                    std::ptr::write_bytes(pointer, 0, frames);
                }
            }
        }
    }
}

/// The addresses of a channel.
fn span(channel: *mut f32, frames: usize) -> Range<usize> {
    let start = channel as usize;
    start..start + frames * size_of::<f32>()
}

fn overlaps(a: *mut f32, b: *mut f32, frames: usize) -> bool {
    let (a, b) = (span(a, frames), span(b, frames));
    a.start < b.end && b.start < a.end
}

/// A block that the framework can be given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// The main input, which may be the output itself, channel by channel. `None`: the output holds silence to be read.
    pub input: Option<[*mut f32; MAX_CHANNELS]>,
    /// The main output. `None`: there is nowhere to put the sound.
    pub output: Option<[*mut f32; MAX_CHANNELS]>,
    /// The side chain, a mono one twice.
    pub key: Option<[*mut f32; MAX_CHANNELS]>,
}

/// Sorts out a block of `frames` for `channels` channels and a side chain of `key_channels` (0: none). Channels of the
/// output that are too many, or too few to be used, are silenced.
///
/// # Safety
///
/// Behind each port as many pointers as counted must stand, each of them null or good for `frames`: inputs to be read,
/// outputs to be written.
pub(super) unsafe fn sort_out(
    (input, output, key): (Channels, Channels, Channels),
    (channels, key_channels): (usize, usize),
    frames: usize,
) -> Block {
    let channels = channels.clamp(1, MAX_CHANNELS);
    let all = |port: Channels, count: usize| {
        let mut found = [std::ptr::null_mut(); MAX_CHANNELS];
        for (channel, place) in found.iter_mut().enumerate().take(count) {
            // SAFETY: the caller's promise.
            *place = unsafe { port.get(channel) }?;
        }
        Some(found)
    };
    let used = |pointers: [*mut f32; MAX_CHANNELS], count: usize| pointers.into_iter().take(count);

    let written = all(output, channels).filter(|out| channels == 1 || !overlaps(out[0], out[1], frames));
    let Some(out) = written else {
        // SAFETY: the caller's promise.
        unsafe { output.silence(frames) };
        return Block { input: None, output: None, key: None };
    };
    for channel in channels..output.count {
        // SAFETY: the caller's promise; a surplus channel that is part of a used one is left to that.
        unsafe {
            if let Some(extra) =
                output.get(channel).filter(|&extra| !used(out, channels).any(|o| overlaps(o, extra, frames)))
            {
                std::ptr::write_bytes(extra, 0, frames);
            }
        }
    }

    let silent = (frames <= SILENT_FRAMES).then(|| SILENCE.as_ptr().cast_mut().cast::<f32>());
    let mut read = [std::ptr::null_mut(); MAX_CHANNELS];
    let mut is_readable = true;
    for (channel, place) in read.iter_mut().enumerate().take(channels) {
        // SAFETY: the caller's promise.
        let given = unsafe { input.get(channel) };
        // In place is fine; any other sharing would be overwritten before it is read.
        let given = given.filter(|&from| {
            used(out, channels).enumerate().all(|(at, to)| (at == channel && from == to) || !overlaps(from, to, frames))
        });
        match given.or(silent) {
            Some(pointer) => *place = pointer,
            None => is_readable = false,
        }
    }
    if !is_readable {
        // SAFETY: found writable above.
        used(out, channels).for_each(|to| unsafe { std::ptr::write_bytes(to, 0, frames) });
    }
    let key = (key_channels > 0).then(|| all(key, key_channels.min(MAX_CHANNELS))).flatten();
    let key = key.map(|[left, right]| if key_channels == 1 { [left, left] } else { [left, right] });
    let key = key.filter(|key| key.iter().all(|&from| !used(out, channels).any(|to| overlaps(from, to, frames))));
    Block { input: is_readable.then_some(read), output: Some(out), key }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some memory and pointers into it.
    struct Port {
        pointers: Vec<*mut f32>,
        _memory: Vec<Vec<f32>>,
    }

    fn port(channels: usize, frames: usize, value: f32) -> Port {
        let mut memory = vec![vec![value; frames]; channels];
        Port { pointers: memory.iter_mut().map(|channel| channel.as_mut_ptr()).collect(), _memory: memory }
    }

    impl Port {
        fn channels(&self) -> Channels {
            Channels::new(self.pointers.as_ptr(), self.pointers.len())
        }

        fn sample(&self, channel: usize) -> f32 {
            // SAFETY: the port owns the memory.
            unsafe { *self.pointers[channel] }
        }
    }

    fn sorted(ports: (Channels, Channels, Channels), layout: (usize, usize)) -> Block {
        // SAFETY: every port of these tests owns what it points to.
        unsafe { sort_out(ports, layout, 64) }
    }

    #[test]
    fn a_whole_block_passes_as_it_is() {
        let (input, output, key) = (port(2, 64, 0.5), port(2, 64, 9.0), port(1, 64, 0.1));
        let block = sorted((input.channels(), output.channels(), key.channels()), (2, 1));
        assert_eq!(block.input, Some([input.pointers[0], input.pointers[1]]));
        assert_eq!(block.output, Some([output.pointers[0], output.pointers[1]]));
        assert_eq!(block.key, Some([key.pointers[0]; 2]), "a mono key is both channels");
        let in_place = sorted((output.channels(), output.channels(), Channels::NONE), (2, 0));
        assert_eq!((in_place.input, in_place.output), (block.output, block.output));
    }

    #[test]
    fn missing_input_is_silent_and_missing_output_is_not_written() {
        let (mut input, output) = (port(2, 64, 0.5), port(2, 64, 9.0));
        input.pointers[1] = std::ptr::null_mut();
        let block = sorted((input.channels(), output.channels(), Channels::NONE), (2, 2));
        let read = block.input.expect("readable");
        assert_eq!(read[0], input.pointers[0]);
        // SAFETY: 64 frames of silence stand there.
        assert_eq!(unsafe { *read[1] }, 0.0);
        assert_eq!(block.key, None);

        let narrow = port(1, 64, 9.0);
        let block = sorted((input.channels(), narrow.channels(), Channels::NONE), (2, 0));
        assert_eq!((block.input, block.output), (None, None));
        assert_eq!(narrow.sample(0), 0.0, "half an output is silent");
        let wide = port(4, 64, 9.0);
        let block = sorted((input.channels(), wide.channels(), Channels::NONE), (2, 0));
        assert!(block.output.is_some() && wide.sample(2) == 0.0 && wide.sample(3) == 0.0 && wide.sample(0) == 9.0);
    }

    #[test]
    fn what_overlaps_is_not_trusted() {
        let mut output = port(2, 128, 9.0);
        // The right input is the left output: it would be overwritten before it is read.
        let input = Port { pointers: vec![port(1, 64, 0.5).pointers[0], output.pointers[0]], _memory: Vec::new() };
        let block = sorted((input.channels(), output.channels(), output.channels()), (2, 2));
        // SAFETY: silence stands there.
        assert_eq!(block.input.map(|read| unsafe { *read[1] }), Some(0.0));
        assert_eq!(block.key, None, "a key that is the output");
        output.pointers[1] = output.pointers[0].wrapping_add(10);
        assert_eq!(sorted((Channels::NONE, output.channels(), Channels::NONE), (2, 0)).output, None);
    }
}
