//! A segment of one grid step or less, and what is done to both of its channels alike.

use shared_dsp::Io;

/// Control points lie on this grid, counted from reset, so that the block split never changes the sound.
pub(super) const GRID_FRAMES: usize = 64;

/// Both channels, on the stack; of a mono segment the second is silent.
pub(super) type Channels = [[f32; GRID_FRAMES]; 2];

/// How much of [`Channels`] is in use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    /// 1 or 2.
    pub channels: usize,
    /// 1 to [`GRID_FRAMES`].
    pub frames: usize,
}

impl Size {
    /// Left and, in stereo, right.
    pub fn sides(self, segment: &Channels) -> (&[f32], Option<&[f32]>) {
        (&segment[0][..self.frames], (self.channels == 2).then(|| &segment[1][..self.frames]))
    }

    /// As a processor takes it.
    pub fn io<'a>(self, segment: &'a mut Channels, sidechain: Option<(&'a [f32], &'a [f32])>) -> Io<'a> {
        let [left, right] = segment;
        Io { left: &mut left[..self.frames], right: (self.channels == 2).then(|| &mut right[..self.frames]), sidechain }
    }

    /// The largest sample of each side, equal in mono.
    pub fn peaks(self, segment: &Channels) -> [f32; 2] {
        let peak = |channel: &[f32]| channel.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
        let (left, right) = self.sides(segment);
        let left = peak(left);
        [left, right.map_or(left, peak)]
    }
}

/// A fade between two signals that run side by side, both exact to the bit at its ends.
pub(super) fn blend(a: f32, b: f32, share: f32) -> f32 {
    if share <= 0.0 {
        a
    } else if share >= 1.0 {
        b
    } else {
        a + (b - a) * share
    }
}

/// A switch as the ends of a fade.
pub(super) fn end_of(on: bool) -> f64 {
    f64::from(u8::from(on))
}
