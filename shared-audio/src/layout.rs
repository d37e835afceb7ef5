//! Which channel stands where, and what it counts in loudness.

use shared_dsp::loudness::channel_weights;

/// The bit of the low-frequency effects in WAVEFORMATEXTENSIBLE's channel mask.
const LFE: u32 = 1 << 3;
/// The bits of what stands to the side and behind, but for the middle behind.
const SURROUND: u32 = 1 << 4 | 1 << 5 | 1 << 9 | 1 << 10;

/// What a file says about where its channels stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Nothing.
    Unnamed,
    /// A channel mask as in WAVEFORMATEXTENSIBLE; the channels come in the order of its bits.
    Mask(u32),
}

impl Layout {
    /// What each channel's power counts in loudness (BS.1770-5, tables 3 and 4), in the file's order, and what had to be
    /// assumed for it.
    pub(super) fn weights(self, channels: usize) -> (Vec<f64>, Option<String>) {
        let by_count = || channel_weights(channels).map_or_else(|| vec![1.0; channels], <[f64]>::to_vec);
        let assumed = || match channels {
            3 => "L R C",
            4 => "L R Ls Rs (quad)",
            5 => "L R C Ls Rs",
            6 => "L R C LFE Ls Rs",
            _ => "the usual order",
        };
        match self {
            Self::Unnamed | Self::Mask(0) if channels > 2 => {
                (by_count(), Some(format!("it does not say where its channels stand: taken as {}", assumed())))
            }
            Self::Mask(mask) if channels > 2 && mask.count_ones() as usize != channels => {
                let named = mask.count_ones();
                let text = format!("it names {named} places for {channels} channels: taken as {}", assumed());
                (by_count(), Some(text))
            }
            Self::Mask(mask) if channels > 2 => {
                let bits = (0..32).map(|bit| 1_u32 << bit).filter(|bit| mask & bit != 0);
                let weight = |bit: u32| {
                    if bit == LFE {
                        0.0
                    } else if bit & SURROUND != 0 {
                        1.41
                    } else {
                        1.0
                    }
                };
                (bits.map(weight).collect(), None)
            }
            _ => (by_count(), None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_follow_the_mask_and_else_the_count() {
        let weights = |layout: Layout, channels| layout.weights(channels);
        assert_eq!(weights(Layout::Unnamed, 2), (vec![1.0, 1.0], None));
        assert_eq!(weights(Layout::Mask(0x7), 3), (vec![1.0, 1.0, 1.0], None));
        assert_eq!(weights(Layout::Mask(0x33), 4), (vec![1.0, 1.0, 1.41, 1.41], None));
        // 3.1: what stands fourth is no surround.
        assert_eq!(weights(Layout::Mask(0xf), 4), (vec![1.0, 1.0, 1.0, 0.0], None));
        // LCRS: the middle behind counts as the front does.
        assert_eq!(weights(Layout::Mask(0x107), 4), (vec![1.0, 1.0, 1.0, 1.0], None));
        assert_eq!(weights(Layout::Mask(0x60f), 6), (vec![1.0, 1.0, 1.0, 0.0, 1.41, 1.41], None));
        let (quad, said) = weights(Layout::Unnamed, 4);
        assert_eq!(quad, [1.0, 1.0, 1.41, 1.41]);
        assert!(said.is_some_and(|said| said.contains("L R Ls Rs")));
        let (odd, said) = weights(Layout::Mask(0x3), 3);
        assert_eq!(odd, [1.0, 1.0, 1.0]);
        assert!(said.is_some_and(|said| said.contains("2 places for 3")));
    }
}
