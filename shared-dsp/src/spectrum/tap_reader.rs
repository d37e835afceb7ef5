//! Who reads a tap, and how far it has come.

use super::SampleTap;

/// Hands out what has been written into a tap since the last time. For a window's thread: the buffers grow as needed.
#[derive(Debug, Clone, Default)]
pub struct TapReader {
    read: u64,
    left: Vec<f32>,
    right: Vec<f32>,
}

impl TapReader {
    /// Begins behind what is written now.
    pub fn skip(&mut self, tap: &SampleTap) {
        self.read = tap.written();
    }

    /// Whether frames that were not read are no longer in the tap, or it is another one.
    #[must_use]
    pub fn missed(&self, tap: &SampleTap) -> bool {
        let written = tap.written();
        written < self.read || written - self.read > tap.frames() as u64
    }

    /// The same as [`fresh`](Self::fresh), but of more than `most` frames the oldest, so that none is left out: for
    /// those who must see every sample.
    pub fn next(&mut self, tap: &SampleTap, most: usize) -> [&[f32]; 2] {
        let end = tap.written().min(self.read + most as u64);
        let frames = end.saturating_sub(self.read) as usize;
        self.read = end;
        self.left.resize(frames, 0.0);
        self.right.resize(frames, 0.0);
        tap.read_before(end, &mut self.left, &mut self.right);
        [&self.left, &self.right]
    }

    /// Left and right of the frames written since the last call, the newest last; of more than `most` frames the newest.
    /// A tap that has fewer frames than were read is another one, and is read from its beginning.
    pub fn fresh(&mut self, tap: &SampleTap, most: usize) -> [&[f32]; 2] {
        let written = tap.written();
        let since = if written < self.read { written } else { written - self.read };
        let frames = since.min(most as u64) as usize;
        self.read = written;
        self.left.resize(frames, 0.0);
        self.right.resize(frames, 0.0);
        tap.read_before(written, &mut self.left, &mut self.right);
        [&self.left, &self.right]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_is_handed_out_once_and_the_newest_of_too_many() {
        let (tap, mut reader) = (SampleTap::new(64), TapReader::default());
        let count = |from: u16, to: u16| (from..to).map(f32::from).collect::<Vec<_>>();
        tap.push_frames(&[[0.0, -0.0], [1.0, -1.0], [2.0, -2.0]]);
        assert_eq!(reader.fresh(&tap, 16), [&[0.0, 1.0, 2.0], &[0.0, -1.0, -2.0]]);
        assert_eq!(reader.fresh(&tap, 16), [&[0.0; 0]; 2], "nothing new");
        tap.push(&count(3, 40), None);
        assert_eq!(reader.fresh(&tap, 16), [&count(24, 40)[..]; 2]);
        let another = SampleTap::new(64);
        another.push(&count(7, 9), None);
        assert_eq!(reader.fresh(&another, 16)[0], count(7, 9));
    }

    #[test]
    fn who_must_hear_all_hears_all_or_is_told() {
        let (tap, mut reader) = (SampleTap::new(64), TapReader::default());
        tap.push(&[9.0; 5], None);
        reader.skip(&tap);
        assert_eq!(reader.next(&tap, 16), [&[0.0; 0]; 2], "what was there before");
        let count: Vec<f32> = (0..40).map(|n| n as f32).collect();
        tap.push(&count, None);
        let mut read = Vec::new();
        (0..3).for_each(|_| read.extend_from_slice(reader.next(&tap, 16)[0]));
        assert_eq!(read, count);
        assert!(!reader.missed(&tap));
        (0..2).for_each(|_| tap.push(&count, None));
        assert!(reader.missed(&tap), "the ring has 64 frames");
        assert!(reader.missed(&SampleTap::new(64)), "another one");
    }
}
