//! How two channels of a side chain are linked, and what they are.

/// Lets each level follow the louder of the two by `share` (0: each for itself, 1: both the louder), in dB, in place.
#[inline(always)]
pub fn link_levels(share: f64, first: &mut [f64], second: &mut [f64]) {
    for (a, b) in first.iter_mut().zip(second) {
        let loudest = if *a > *b { *a } else { *b };
        *a += share * (loudest - *a);
        *b += share * (loudest - *b);
    }
}

/// Fades left and right over to mid and side, each half the sum or difference, by `share` (0: left and right, 1: mid and side),
/// in place.
#[inline(always)]
pub fn fade_to_mid_side(share: f32, left: &mut [f32], right: &mut [f32]) {
    for (l, r) in left.iter_mut().zip(right) {
        let (mid, side) = (0.5 * (*l + *r), 0.5 * (*l - *r));
        (*l, *r) = (*l + share * (mid - *l), *r + share * (side - *r));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_the_louder_by_their_share() {
        for (share, wanted) in [(0.0, [-20.0, -8.0]), (0.25, [-17.0, -8.0]), (1.0, [-8.0, -8.0])] {
            let (mut a, mut b) = ([-20.0; 3], [-8.0; 3]);
            link_levels(share, &mut a, &mut b);
            assert_eq!((a, b), ([wanted[0]; 3], [wanted[1]; 3]), "share {share}");
            let (mut a, mut b) = ([-8.0; 3], [-20.0; 3]);
            link_levels(share, &mut a, &mut b);
            assert_eq!((a, b), ([wanted[1]; 3], [wanted[0]; 3]), "share {share}, the other way round");
        }
    }

    #[test]
    fn mid_is_half_the_sum_and_side_half_the_difference() {
        for (share, wanted) in [(0.0, [0.5, -0.25]), (1.0, [0.125, 0.375]), (0.5, [0.3125, 0.0625])] {
            let (mut l, mut r) = ([0.5; 2], [-0.25; 2]);
            fade_to_mid_side(share, &mut l, &mut r);
            assert_eq!((l, r), ([wanted[0]; 2], [wanted[1]; 2]), "share {share}");
        }
    }
}
