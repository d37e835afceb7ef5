//! A look for anything loud.

/// Whether the magnitude of any number is beyond `bound`, in lanes so that it runs in vectors. NaN is not.
#[must_use]
#[inline(always)]
pub fn reaches(numbers: &[f32], bound: f32) -> bool {
    let (chunks, rest) = numbers.as_chunks::<16>();
    let mut most = [0.0_f32; 16];
    for chunk in chunks {
        for (most, x) in most.iter_mut().zip(chunk) {
            *most = if x.abs() > *most { x.abs() } else { *most };
        }
    }
    most.iter().any(|&x| x > bound) || rest.iter().any(|x| x.abs() > bound)
}
