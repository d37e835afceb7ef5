//! The grid that everything runs on, and what a frame is.

/// The most frames computed at once.
pub(super) const CHUNK: usize = 64;
/// The grid on which bands move.
pub(super) const CELL: usize = 16;

/// One stereo frame.
pub(super) type Frame = [f64; 2];

/// What each channel is made of: left and right of the first, left and right of the second.
pub(super) type Routing = [f64; 4];

/// A frame on its way through a routing.
pub(super) fn route(routing: &Routing, [left, right]: Frame) -> Frame {
    let [a, b, c, d] = routing;
    [a * left + b * right, c * left + d * right]
}

/// Left and right through what works on mid and side.
pub(super) fn in_mid_and_side(frames: &mut [Frame], process: impl FnOnce(&mut [Frame])) {
    frames.iter_mut().for_each(|[l, r]| (*l, *r) = (0.5 * (*l + *r), 0.5 * (*l - *r)));
    process(frames);
    frames.iter_mut().for_each(|[m, s]| (*m, *s) = (*m + *s, *m - *s));
}
