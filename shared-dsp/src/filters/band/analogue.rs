//! What the bands of an equaliser are made of: analogue sections of second order and less.
//!
//! Bell, shelf, notch, band-pass and all-pass are those of Robert Bristow-Johnson (*Audio EQ Cookbook*). Cuts are
//! Butterworth's, shelves of other slopes are Butterworth's cut between two gains, the flat top is such a shelf taken
//! to a band (Sophocles Orfanidis, *High-Order Digital Parametric Equalizer Design*, JAES 2005).

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::shape::{Band, MOST_SECTIONS, Shape};
use crate::filters::Complex64;

/// The most poles of a shelf and of half a flat top.
const MOST_SHELF_POLES: usize = 4;

/// A ratio of polynomials in `s`, the lowest power first. `s = j` at the frequency of the band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Analogue {
    pub(super) zeros: [f64; 3],
    pub(super) poles: [f64; 3],
}

fn at(p: &[f64; 3], x: f64) -> Complex64 {
    Complex64::new(p[0] - p[2] * x * x, p[1] * x)
}

impl Analogue {
    const WIRE: Self = Self { zeros: [1.0, 0.0, 0.0], poles: [1.0, 0.0, 0.0] };

    /// The response at `x` times the frequency of the band.
    pub(super) fn response(&self, x: f64) -> Complex64 {
        at(&self.zeros, x) / at(&self.poles, x)
    }

    /// The square of the magnitude, of the square of that.
    pub(super) fn power(&self, square: f64) -> f64 {
        let power = |p: &[f64; 3]| {
            let even = p[0] - p[2] * square;
            even * even + p[1] * p[1] * square
        };
        power(&self.zeros) / power(&self.poles)
    }

    /// The same filter mirrored in log frequency: `s` becomes `1 / s`.
    fn mirrored(self) -> Self {
        let mirror = |[a, b, c]: [f64; 3], order: usize| match order {
            0 => [a, b, c],
            1 => [b, a, c],
            _ => [c, b, a],
        };
        let order = self.order();
        Self { zeros: mirror(self.zeros, order), poles: mirror(self.poles, order) }
    }

    fn order(&self) -> usize {
        if self.zeros[2] != 0.0 || self.poles[2] != 0.0 {
            2
        } else {
            usize::from(self.zeros[1] != 0.0 || self.poles[1] != 0.0)
        }
    }
}

/// The analogue sections of one band; their product is the band.
#[derive(Debug, Clone, Copy)]
pub(super) struct AnalogueSections {
    sections: [Analogue; MOST_SECTIONS],
    count: usize,
}

impl AnalogueSections {
    fn new() -> Self {
        Self { sections: [Analogue::WIRE; MOST_SECTIONS], count: 0 }
    }

    fn one(zeros: [f64; 3], poles: [f64; 3]) -> Self {
        let mut one = Self::new();
        one.push(Analogue { zeros, poles });
        one
    }

    fn push(&mut self, section: Analogue) {
        if let Some(place) = self.sections.get_mut(self.count) {
            *place = section;
            self.count += 1;
        }
    }

    pub(super) fn as_slice(&self) -> &[Analogue] {
        &self.sections[..self.count]
    }

    fn mirrored(mut self) -> Self {
        self.sections[..self.count].iter_mut().for_each(|section| *section = section.mirrored());
        self
    }

    /// Of a band whose numbers are within bounds.
    pub(super) fn of(band: &Band) -> Self {
        let q = band.q;
        let poles = (band.slope_db_per_octave as f64 / 6.0).round().max(1.0) as usize;
        match band.shape {
            Shape::Bell => {
                let a = root_gain(band.gain_db);
                Self::one([1.0, a / q, 1.0], [1.0, 1.0 / (a * q), 1.0])
            }
            Shape::HighShelf => Self::high_shelf(band, poles),
            Shape::LowShelf => Self::high_shelf(band, poles).mirrored(),
            Shape::Tilt => {
                let r = crate::math::db_to_gain(band.gain_db);
                Self::one([1.0, r, 0.0], [r, 1.0, 0.0])
            }
            Shape::Notch => Self::one([1.0, 0.0, 1.0], [1.0, 1.0 / q, 1.0]),
            Shape::BandPass => Self::one([0.0, 1.0 / q, 0.0], [1.0, 1.0 / q, 1.0]),
            Shape::AllPass => Self::one([1.0, -1.0 / q, 1.0], [1.0, 1.0 / q, 1.0]),
            Shape::LowCut => Self::high_cut(q, poles).mirrored(),
            Shape::HighCut => Self::high_cut(q, poles),
            Shape::FlatTop => Self::flat_top(band, poles),
        }
    }

    fn high_cut(q: f64, poles: usize) -> Self {
        let mut cut = Self::new();
        for damping in Dampings::new(poles.min(2 * MOST_SECTIONS), q) {
            match damping {
                Damping::Real => cut.push(Analogue { zeros: [1.0, 0.0, 0.0], poles: [1.0, 1.0, 0.0] }),
                Damping::Pair(k) => cut.push(Analogue { zeros: [1.0, 0.0, 0.0], poles: [1.0, k, 1.0] }),
            }
        }
        cut
    }

    /// A Butterworth low pass over another one, half of the gain (in dB) at the frequency of the band.
    fn high_shelf(band: &Band, poles: usize) -> Self {
        let poles = poles.min(MOST_SHELF_POLES);
        // Zeros and poles stand apart by the gain, shared by all of them.
        let apart = root_gain(band.gain_db).powf(1.0 / poles as f64);
        let mut shelf = Self::new();
        for damping in Dampings::new(poles, band.q) {
            match damping {
                Damping::Real => shelf.push(Analogue { zeros: [1.0, apart, 0.0], poles: [1.0, 1.0 / apart, 0.0] }),
                Damping::Pair(k) => shelf.push(Analogue {
                    zeros: [1.0, k * apart, apart * apart],
                    poles: [1.0, k / apart, 1.0 / (apart * apart)],
                }),
            }
        }
        shelf
    }

    /// A low shelf of Butterworth's Q in `q (s + 1/s)`: the gain at the centre, half of it (in dB) at the edges of the band.
    fn flat_top(band: &Band, poles: usize) -> Self {
        let poles = poles.clamp(2, MOST_SHELF_POLES);
        let apart = root_gain(band.gain_db).powf(1.0 / poles as f64);
        let mut top = Self::new();
        for damping in Dampings::new(poles, FRAC_1_SQRT_2) {
            match damping {
                Damping::Real => {
                    top.push(Analogue { zeros: [1.0, apart / band.q, 1.0], poles: [1.0, 1.0 / (apart * band.q), 1.0] })
                }
                Damping::Pair(k) => {
                    let zeros = band_roots(k, apart, band.q);
                    let poles = band_roots(k, 1.0 / apart, band.q);
                    for (zeros, poles) in zeros.into_iter().zip(poles) {
                        top.push(Analogue { zeros, poles });
                    }
                }
            }
        }
        top
    }
}

/// `p^2 + k r p + r^2` in `p = q (s + 1/s)`, times `s^2`, as two polynomials of `s`: radii w and 1/w, one Q.
fn band_roots(k: f64, r: f64, q: f64) -> [[f64; 3]; 2] {
    // (s^2 + c w s + w^2)(s^2 + (c / w) s + 1 / w^2): c (w + 1/w) = k r / q, w^2 + 1/w^2 + c^2 = 2 + (r / q)^2.
    let (b, e) = (k * r / q, (r / q).powi(2));
    // In v = c^2: v + b^2 / v - 2 = 2 + e; the smaller root, without cancellation.
    let half = 0.5 * (4.0 + e);
    let v = b * b / (half + (half * half - b * b).max(0.0).sqrt());
    let c = v.sqrt();
    let sum = b / c;
    let w = 0.5 * (sum + (sum * sum - 4.0).max(0.0).sqrt());
    [[w * w, c * w, 1.0], [1.0 / (w * w), c / w, 1.0]]
}

/// Bristow-Johnson's A: the square root of the linear gain.
fn root_gain(gain_db: f64) -> f64 {
    crate::math::db_to_gain(0.5 * gain_db)
}

enum Damping {
    Real,
    /// `1 / Q` of a pair of poles.
    Pair(f64),
}

/// Butterworth's poles, the most resonant pair last and with its Q scaled: what is asked for as `q` is, times the square
/// root of two, what the corner gains, whatever the slope. 0.7071 is Butterworth.
struct Dampings {
    poles: usize,
    next: usize,
    scale: f64,
}

impl Dampings {
    fn new(poles: usize, q: f64) -> Self {
        Self { poles, next: 0, scale: FRAC_1_SQRT_2 / q }
    }
}

impl Iterator for Dampings {
    type Item = Damping;

    fn next(&mut self) -> Option<Damping> {
        let (pairs, is_odd) = (self.poles / 2, self.poles % 2);
        let at = self.next;
        self.next += 1;
        if is_odd == 1 && at == 0 {
            return Some(Damping::Real);
        }
        let pair = at - is_odd;
        (pair < pairs).then(|| {
            let angle = PI * (2 * (pairs - pair) - 1) as f64 / (2 * self.poles) as f64;
            let k = 2.0 * angle.sin();
            Damping::Pair(if pair + 1 == pairs { k * self.scale } else { k })
        })
    }
}
