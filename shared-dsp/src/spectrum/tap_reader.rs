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
}
