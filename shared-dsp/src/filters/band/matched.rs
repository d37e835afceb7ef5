//! From an analogue section to the digital section that comes closest to its magnitude, up to 20 kHz at 44.1 kHz.
//!
//! With `u = tan^2(w/2)` the power response of a digital section is a ratio of two quadratics in `u`, as that of an
//! analogue one is in `f^2`. The map `f^2 ~ u / (1 + b u)`, exact at the section's own frequency, turns every analogue
//! section into a digital one, whatever its frequency, Nyquist and beyond included (for `b = 0` it is the bilinear
//! transform). From there one step of least squares in the powers, linear in the coefficients (after C. K. Sanathanan and
//! J. Koerner, *Transfer Function Synthesis as a Ratio of Two Complex Polynomials*, 1963), goes to the analogue power at
//! eight frequencies: three about the zeros, three about the poles, and two at the ends of the band. A step that would
//! leave the room of stable minimum-phase sections is taken again with more damping, or not at all: no argument makes an
//! unstable section. A cut comes out as the inverse of the boost, as nothing in here tells the two apart.
//!
//! The powers become coefficients by their spectral factors, which in this form are three square roots (Martin Vicanek,
//! *Matched Second Order Digital Filters*, 2016, has them in `sin^2`). The step is ours, and so are the constants: found
//! by a random search for the least error over bells, shelves, cuts, band-passes, notches and flat tops (Q 0.1..40, 0.5..24
//! dB, 300 Hz..40 kHz at 44.1 kHz).

use std::f64::consts::PI;

use super::analogue::Analogue;
use crate::filters::SvfCoefs;

const NODES: usize = 8;
/// The nodes at either side of a pair of roots, as a share of its bandwidth.
const EDGE_SHARE: f64 = 0.98;
/// The node at the upper end, and the one at the lower end, share of the sample rate.
const TOP: f64 = 0.4576;
const BOTTOM: f64 = 0.0071;
/// No node comes above these: one below, one at, one above the frequency of a pair. Different, so that nodes stay apart when
/// the pair is beyond Nyquist.
const CAPS: [f64; 3] = [0.853 * 0.917 * 0.967 * TOP, 0.917 * 0.967 * TOP, 0.967 * TOP];
/// The map is exact at the frequency of a pair, or here.
const MAP_CAP: f64 = 0.469;
/// What `u` is measured in.
const UNIT_CAP: f64 = 0.45;
/// Of the step; relative to each unknown's own curvature, more each time.
const DAMPINGS: [f64; 4] = [3e-6, 1e-4, 3e-3, 0.3];
/// Powers below this are no aim.
const FLOOR: f64 = 1e-12;
/// Of an all-pass: its second pole is never further away than this.
const LEAST_CURVE: f64 = 0.0025;
/// A step may not take more away from a coefficient or a damping than this leaves.
const LEAST_LEFT: f64 = 0.1;

/// The lesser of `x` and `cap`, without a corner.
#[inline(always)]
fn soft_min(x: f64, cap: f64) -> f64 {
    let ratio = (x / cap).powi(32);
    x / (1.0 + ratio).sqrt().sqrt().sqrt().sqrt().sqrt()
}

/// `sin^2(pi f)` for `f` in 0..0.49.
#[inline(always)]
fn sin_squared(f: f64) -> f64 {
    // Taylor: 1e-14 at the upper end.
    const C: [f64; 8] = [
        -1.0 / 6.0,
        1.0 / 120.0,
        -1.0 / 5040.0,
        1.0 / 362_880.0,
        -1.0 / 39_916_800.0,
        1.0 / 6_227_020_800.0,
        -1.0 / 1_307_674_368_000.0,
        1.0 / 355_687_428_096_000.0,
    ];
    let x = PI * f;
    let square = x * x;
    let mut sum = C[7];
    for c in C[..7].iter().rev() {
        sum = sum * square + c;
    }
    let sin = x + x * square * sum;
    sin * sin
}

/// `tan^2(pi f)` for `f` in 0..0.49.
#[inline(always)]
fn warped(f: f64) -> f64 {
    let square = sin_squared(f);
    square / (1.0 - square)
}

/// Three coefficients of a polynomial in `u` or `x^2`, the lowest power first: a power response.
type Power = [f64; 3];

#[inline(always)]
fn value(p: &Power, u: f64) -> f64 {
    p[0] + u * (p[1] + u * p[2])
}

/// `|p(jx)|^2` in `x^2`.
fn power_of(p: &[f64; 3]) -> Power {
    [p[0] * p[0], p[1] * p[1] - 2.0 * p[0] * p[2], p[2] * p[2]]
}

/// The damping term of a spectral factor: `p1^2` where `p0` and `p2` are the roots of the ends.
fn damping_of(p: &Power) -> f64 {
    p[1] + 2.0 * (p[0] * p[2]).max(0.0).sqrt()
}

/// The factor whose power this is, `u` in units of `unit`.
fn factor_of(p: &Power, unit: f64) -> [f64; 3] {
    [p[0].max(0.0).sqrt(), (damping_of(p).max(0.0) / unit).sqrt(), p[2].max(0.0).sqrt() / unit]
}

/// Where the roots of a polynomial are and how wide: its corner in units of the band's frequency, and 1 / Q.
fn corner_of(p: &[f64; 3]) -> (f64, f64) {
    if p[0] != 0.0 && p[2] != 0.0 {
        ((p[0] / p[2]).abs().sqrt(), (p[1] / (p[0] * p[2]).abs().sqrt()).abs().min(2.0))
    } else if p[0] != 0.0 && p[1] != 0.0 {
        ((p[0] / p[1]).abs(), 2.0)
    } else {
        (1.0, 1.4)
    }
}

/// The digital section for one analogue section whose `s = j` is at `frequency_hz`.
pub(super) fn section(analogue: &Analogue, frequency_hz: f64, sample_rate_hz: f64) -> SvfCoefs {
    let centre = frequency_hz / sample_rate_hz;
    if analogue.zeros[1] < 0.0 {
        return all_pass(&analogue.poles, centre);
    }
    Fit::new(analogue, centre).solved().coefs()
}

/// An all-pass with the analogue phase at the frequency of the band and at the lower edge, as far as two stable poles have it.
fn all_pass(poles: &[f64; 3], centre: f64) -> SvfCoefs {
    // tan(phase / 2) = k x / (1 - x^2) in both worlds: 1 + a p + c p^2 has it where a t (1 - x^2) = k x (1 - c u).
    let k = poles[1];
    let row = |f: f64| {
        let (x, u) = (f / centre, warped(f));
        (u.sqrt() * (1.0 - x * x) / (k * x), u)
    };
    let (slope, u) = row(soft_min(centre * ((1.0 + 0.25 * k * k).sqrt() - 0.5 * k), CAPS[0]));
    let (other_slope, other_u) = row(soft_min(centre, CAPS[1]));
    let determinant = slope * other_u - other_slope * u;
    let a = (other_u - u) / determinant;
    let c = (slope - other_slope) / determinant;
    // Far beyond Nyquist there is less phase than two poles have: one of them leaves.
    let (a, c) = if c > LEAST_CURVE * a * a && a > 0.0 { (a, c) } else { far_all_pass(other_slope, other_u) };
    SvfCoefs::from_warped([1.0, -a, c], [1.0, a, c])
}

/// `a slope + c u = 1` for `c = LEAST_CURVE a^2`.
fn far_all_pass(slope: f64, u: f64) -> (f64, f64) {
    let a = 2.0 / (slope + (slope * slope + 4.0 * LEAST_CURVE * u).sqrt());
    (a, LEAST_CURVE * a * a)
}

/// A section on its way.
struct Fit {
    zeros: Power,
    poles: Power,
    /// What may move: the upper two coefficients of zeros and of poles.
    is_free: [bool; 4],
    /// How much of `u^2` goes with the `u` of the zeros.
    along: f64,
    /// The nodes, in `u`, and the analogue power there.
    u: [f64; NODES],
    aims: [f64; NODES],
    unit: f64,
}

impl Fit {
    /// The mapped section.
    #[inline(always)]
    fn new(analogue: &Analogue, centre: f64) -> Self {
        let (zero_corner, zero_k) = corner_of(&analogue.zeros);
        let (pole_corner, pole_k) = corner_of(&analogue.poles);
        let unit = warped(soft_min(centre, UNIT_CAP));
        let mut nodes = [TOP, BOTTOM, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        for (at, (corner, k)) in [(2, (zero_corner, zero_k)), (5, (pole_corner, pole_k))] {
            let half = 0.5 * EDGE_SHARE * k;
            let root = (1.0 + half * half).sqrt();
            for (place, share) in [root - half, 1.0, root + half].into_iter().enumerate() {
                nodes[at + place] = soft_min(corner * share * centre, CAPS[place]);
            }
        }
        let (zeros, poles) = (power_of(&analogue.zeros), power_of(&analogue.poles));
        let u = nodes.map(|f| warped(f) / unit);
        let aims = nodes.map(|f| {
            let x = f / centre;
            value(&zeros, x * x) / value(&poles, x * x)
        });
        let is_first_order = analogue.zeros[2] == 0.0 && analogue.poles[2] == 0.0;
        let mapped = |power: Power, corner: f64| {
            let at = soft_min(corner * centre, MAP_CAP);
            let (square, y) = (sin_squared(at), (PI * at) * (PI * at));
            let b = (1.0 - (1.0 - square / y) / square) * unit;
            let scale = unit / (PI * centre * PI * centre);
            let [p0, p1, p2] = power;
            if is_first_order {
                [p0, b * p0 + p1 * scale, 0.0]
            } else {
                [p0, 2.0 * b * p0 + p1 * scale, b * b * p0 + p1 * b * scale + p2 * scale * scale]
            }
        };
        let constant = 1.0 / poles[0];
        let poles = mapped(poles, pole_corner).map(|p| p * constant);
        let zeros = mapped(zeros, zero_corner).map(|p| p * constant);
        let [z0, z1, z2] = analogue.zeros;
        let is_notch = z0 != 0.0 && z1 == 0.0 && z2 != 0.0;
        let is_low_pass = z1 == 0.0 && z2 == 0.0;
        let is_high_pass = z0 == 0.0 && z1 == 0.0;
        Self {
            is_free: [!is_notch && !is_high_pass, !is_notch && !is_low_pass && !is_first_order, true, !is_first_order],
            // The numerator of a low pass keeps one of its roots.
            along: if is_low_pass && !is_first_order { (zeros[2] / zeros[0]).sqrt() } else { 0.0 },
            zeros,
            poles,
            u,
            aims,
            unit,
        }
    }

    /// After the step.
    #[inline(always)]
    fn solved(mut self) -> Self {
        let mut curvature = [[0.0; 4]; 4];
        let mut slope = [0.0; 4];
        for (&u, &aim) in self.u.iter().zip(&self.aims) {
            let (zeros, poles) = (value(&self.zeros, u), value(&self.poles, u));
            // Relative errors, however deep, but for a zero.
            let weight = if aim > FLOOR { 1.0 / (aim * zeros * poles) } else { 0.0 };
            let error = zeros - aim * poles;
            let columns = [u + self.along * u * u, u * u, -u * aim, -u * u * aim];
            for i in 0..4 {
                slope[i] += weight * columns[i] * error;
                for j in 0..=i {
                    curvature[i][j] += weight * columns[i] * columns[j];
                }
            }
        }
        for damping in DAMPINGS {
            let [a, b, c, d] = solve(&curvature, &slope, &self.is_free, damping);
            let zeros = [self.zeros[0], self.zeros[1] - a, self.zeros[2] - b - self.along * a];
            let poles = [self.poles[0], self.poles[1] - c, self.poles[2] - d];
            if is_left(&zeros, &self.zeros) && is_left(&poles, &self.poles) {
                (self.zeros, self.poles) = (zeros, poles);
                break;
            }
        }
        self
    }

    fn coefs(&self) -> SvfCoefs {
        SvfCoefs::from_warped(factor_of(&self.zeros, self.unit), factor_of(&self.poles, self.unit))
    }
}

/// Whether enough of what was there is left in what is to come. False for what is not a number.
fn is_left(new: &Power, old: &Power) -> bool {
    let is_second = new[2] >= LEAST_LEFT * old[2];
    // Without a damping (a notch) nothing is asked; rounding is allowed for.
    is_second && damping_of(new) >= LEAST_LEFT * damping_of(old) - 1e-13 * old[1].abs()
}

/// Cholesky's solution of `(curvature + damping) x = slope` for the free unknowns; zero for the others.
#[inline(always)]
fn solve(curvature: &[[f64; 4]; 4], slope: &[f64; 4], is_free: &[bool; 4], damping: f64) -> [f64; 4] {
    let mut l = [[0.0; 4]; 4];
    let mut inverse = [0.0; 4];
    let mut x = [0.0; 4];
    for i in 0..4 {
        if !is_free[i] {
            continue;
        }
        let mut sum = slope[i];
        for j in 0..i {
            let mut product = curvature[i][j];
            for k in 0..j {
                product -= l[i][k] * l[j][k];
            }
            l[i][j] = product * inverse[j];
            sum -= l[i][j] * x[j];
        }
        let mut square = curvature[i][i] * (1.0 + damping);
        for k in 0..i {
            square -= l[i][k] * l[i][k];
        }
        inverse[i] = if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 };
        x[i] = sum * inverse[i];
    }
    for i in (0..4).rev() {
        for j in i + 1..4 {
            x[i] -= l[j][i] * x[j];
        }
        x[i] *= inverse[i];
    }
    x
}
