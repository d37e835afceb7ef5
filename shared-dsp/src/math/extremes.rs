//! The ends of what many numbers reach.

/// Numbers compared side by side, so that none waits for the one before.
const LANES: usize = 8;

/// The greatest of `numbers` and `bound`. NaN in `numbers` is passed by.
#[must_use]
#[inline(always)]
pub fn greatest<T: Copy + PartialOrd>(bound: T, numbers: &[T]) -> T {
    furthest(bound, numbers, |a, b| b > a)
}

/// The least of `numbers` and `bound`. NaN in `numbers` is passed by.
#[must_use]
#[inline(always)]
pub fn least<T: Copy + PartialOrd>(bound: T, numbers: &[T]) -> T {
    furthest(bound, numbers, |a, b| b < a)
}

/// Each end by itself: looked for side by side, the compiler makes blends of what is one instruction each.
#[inline(always)]
fn furthest<T: Copy>(bound: T, numbers: &[T], is_further: impl Fn(T, T) -> bool) -> T {
    let mut lanes = [bound; LANES];
    let (groups, rest) = numbers.as_chunks::<LANES>();
    for group in groups {
        for lane in 0..LANES {
            lanes[lane] = if is_further(lanes[lane], group[lane]) { group[lane] } else { lanes[lane] };
        }
    }
    rest.iter().chain(&lanes).fold(bound, |a, &b| if is_further(a, b) { b } else { a })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_wherever_they_lie() {
        for count in [0, 1, 7, 8, 9, 40] {
            for place in 0..count {
                let mut numbers = vec![0.5; count];
                numbers[place] = 2.0;
                assert_eq!((least(1.0, &numbers), greatest(1.0, &numbers)), (if count > 1 { 0.5 } else { 1.0 }, 2.0));
                numbers[place] = f64::NAN;
                assert_eq!(
                    (least(1.0, &numbers), greatest(0.0, &numbers)),
                    if count > 1 { (0.5, 0.5) } else { (1.0, 0.0) }
                );
            }
            assert_eq!((least(-1.0, &vec![0.0; count]), greatest(1.0, &vec![0.0; count])), (-1.0, 1.0));
        }
    }
}
