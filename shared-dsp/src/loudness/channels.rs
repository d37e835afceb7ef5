//! Channels and their weights, and frames in pairs, which is how every unit here takes them.

use crate::math::clean;

/// The most channels that a programme may have.
pub const MAX_CHANNELS: usize = 8;
/// Pairs that hold them.
pub(super) const MAX_PAIRS: usize = MAX_CHANNELS / 2;
/// Frames handled at once: short enough for the first cache, long enough for vectors.
pub(super) const CHUNK_FRAMES: usize = 64;
/// Two channels side by side, so that a recursive filter runs both in one vector.
pub(super) type PairChunk = [[f32; 2]; CHUNK_FRAMES];

const SURROUND: f64 = 1.41;

/// The weights of BS.1770-5 (tables 3 and 4) for programmes of 1 to 8 channels in the order of WAV files; `None` for more
/// or none. LFE counts nothing, what stands to the side (60 to 120 degrees) 1.41.
///
/// 1 mono; 2 L R; 3 L R C; 4 L R Ls Rs; 5 L R C Ls Rs; 6 L R C LFE Ls Rs; 7 L R C LFE Cb Ls Rs; 8 L R C LFE Lb Rb Ls Rs.
#[must_use]
pub fn channel_weights(channels: usize) -> Option<&'static [f64]> {
    Some(match channels {
        1 => &[1.0],
        2 => &[1.0, 1.0],
        3 => &[1.0, 1.0, 1.0],
        4 => &[1.0, 1.0, SURROUND, SURROUND],
        5 => &[1.0, 1.0, 1.0, SURROUND, SURROUND],
        6 => &[1.0, 1.0, 1.0, 0.0, SURROUND, SURROUND],
        7 => &[1.0, 1.0, 1.0, 0.0, 1.0, SURROUND, SURROUND],
        8 => &[1.0, 1.0, 1.0, 0.0, 1.0, 1.0, SURROUND, SURROUND],
        _ => return None,
    })
}

/// Copies the frames `start..start + frames` (at most [`CHUNK_FRAMES`]) of up to eight channels into pairs. What is no
/// number becomes zero, an absent right neighbour is silent. Returns how many samples were no numbers.
#[inline(always)]
pub(super) fn gather(channels: &[&[f32]], start: usize, frames: usize, pairs: &mut [PairChunk]) -> u64 {
    let mut scrubbed = 0;
    for (pair, channels) in pairs.iter_mut().zip(channels.chunks(2)) {
        let left = &channels[0][start..start + frames];
        let mut bad = 0_u32;
        let mut scrub = |x: f32| {
            let (x, was_bad) = clean(x);
            bad += u32::from(was_bad);
            x
        };
        match channels.get(1) {
            Some(right) => {
                for ((frame, &l), &r) in pair.iter_mut().zip(left).zip(&right[start..start + frames]) {
                    *frame = [scrub(l), scrub(r)];
                }
            }
            None => pair.iter_mut().zip(left).for_each(|(frame, &l)| *frame = [scrub(l), 0.0]),
        }
        scrubbed += u64::from(bad);
    }
    scrubbed
}

/// Pairs that hold this many channels.
pub(super) fn pair_count(channels: usize) -> usize {
    channels.clamp(1, MAX_CHANNELS).div_ceil(2)
}
