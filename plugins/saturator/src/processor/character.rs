//! The characters: which curve, how much of its even part, and how both follow the Even/Odd control.

mod table;

use shared_dsp::nonlinear::SaturationCurve;
use table::{POINTS, TABLES};

/// What bends the sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Character {
    /// `sin x`: late and then firm; the third harmonic leads.
    #[default]
    Console,
    /// `tanh x`.
    PushPull,
    /// `x / sqrt(1 + x^2)`.
    Tape,
    /// `asinh x`: gives way for ever, never quite saturates.
    Diode,
    /// The algebraic curve with 0.4 of its square: the second harmonic leads by far.
    Triode,
    /// An algebraic curve with a ceiling of 1.5 above and 0.75 below: second and third alike.
    ClassA,
    /// A core that saturates with flux: the bass alone, 18 dB per octave less above.
    Transformer,
}

/// One setting of a curve: `f(x) = (o(scale x) + even e(scale x)) / scale`, with slope 1 at zero. For the transformer
/// `scale` is the share of the core's cubic, and `even` the flux that it rests at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// How early the odd part bends.
    pub scale: f64,
    /// How much of the even part.
    pub even: f64,
}

impl Character {
    /// All of them, in the order of the control.
    pub const ALL: [Self; 7] =
        [Self::Console, Self::PushPull, Self::Tape, Self::Diode, Self::Triode, Self::ClassA, Self::Transformer];

    /// The curve; none for the transformer, which bends by its flux.
    #[must_use]
    pub fn curve(self) -> Option<SaturationCurve> {
        match self {
            Self::Console => Some(SaturationCurve::Sine),
            Self::PushPull => Some(SaturationCurve::Tanh),
            Self::Tape | Self::Triode => Some(SaturationCurve::Algebraic),
            Self::Diode => Some(SaturationCurve::Asinh),
            Self::ClassA => Some(SaturationCurve::Sided),
            Self::Transformer => None,
        }
    }

    /// The shape at a balance of 0 (even) to 1 (odd); 0.5 is the character's own, to the bit. A character without an even
    /// part of its own has nothing to give up in the upper half, and stays as it is there.
    ///
    /// Even/Odd moves energy between the two at constant total harmonic distortion; the shapes that do stand in a table (the
    /// tests say how they are found). Realtime-safe.
    #[must_use]
    pub fn shape(self, balance: f64) -> Shape {
        let table = &TABLES[self as usize];
        let place = balance.clamp(0.0, 1.0) * (POINTS - 1) as f64;
        let left = (place as usize).min(POINTS - 2);
        let ([a, b], t) = ([table[left], table[left + 1]], place - left as f64);
        Shape { scale: a.0 + (b.0 - a.0) * t, even: a.1 + (b.1 - a.1) * t }
    }
}

impl Shape {
    /// `f(x)` of a curve in this shape.
    #[must_use]
    pub fn value(self, curve: SaturationCurve, x: f64) -> f64 {
        curve.value(self.scale * x, self.even) / self.scale
    }
}

/// Amplitudes of the harmonics 1 to `N` of one period of a wave, given over its phase.
pub(super) fn harmonics<const N: usize>(wave: impl Fn(f64) -> f64) -> [f64; N] {
    // The aliases of so few points fall on harmonics far above those asked for.
    const PHASES: usize = 128;
    let step = std::f64::consts::TAU / PHASES as f64;
    let mut sums = [[0.0; 2]; N];
    for n in 0..PHASES {
        let phase = step * n as f64;
        let y = wave(phase);
        for (harmonic, [re, im]) in (1..).zip(&mut sums) {
            let (sin, cos) = (f64::from(harmonic) * phase).sin_cos();
            *re += y * cos;
            *im += y * sin;
        }
    }
    sums.map(|[re, im]| re.hypot(im) * 2.0 / PHASES as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared_dsp::nonlinear::Winding;

    /// Even/Odd moves energy between the two at constant total harmonic distortion, for a sine of this amplitude in the curve:
    /// -12 dBFS at 6 dB of drive.
    const REFERENCE_AMPLITUDE: f64 = 0.5;
    /// The same for the transformer's flux: 0 VU at 20 Hz and 6 dB of drive.
    const REFERENCE_FLUX: f64 = Winding::<2>::ZERO_VU_FLUX;
    /// At the even end odd harmonics bend this much later, if the even part can make up for them.
    const LEAST_SCALE: f64 = 0.35;
    /// At the even end of the transformer, the arc tangent of the second harmonic over the third.
    const MOST_EVEN_ANGLE: f64 = 1.3;

    /// The even part that is the character's own.
    fn own_even(character: Character) -> f64 {
        match character {
            Character::Triode => 0.4,
            Character::ClassA => 1.0 / 3.0,
            _ => 0.0,
        }
    }

    fn solve(character: Character, balance: f64) -> Shape {
        let own = Shape { scale: 1.0, even: own_even(character) };
        let towards_even = (1.0 - 2.0 * balance).max(0.0);
        let towards_odd = (2.0 * balance - 1.0).max(0.0);
        let Some(curve) = character.curve() else {
            // H3 is proportional to the cubic's share, H2 to that and the resting flux: a circle keeps their power.
            let angle = MOST_EVEN_ANGLE * towards_even;
            return Shape { scale: angle.cos(), even: REFERENCE_FLUX / 6.0 * angle.tan() };
        };
        let wanted = distortion(curve, own);
        if towards_even > 0.0 {
            let limit = curve.even_limit();
            // As far as the even part can make up for the odd one that goes.
            let reaches = |scale: f64| distortion(curve, Shape { scale, even: limit }) >= wanted;
            let least = bisect(LEAST_SCALE, 1.0, reaches);
            let scale = least.powf(towards_even);
            let even = bisect(own.even, limit, |even| distortion(curve, Shape { scale, even }) >= wanted);
            Shape { scale, even }
        } else if towards_odd > 0.0 && own.even != 0.0 {
            let even = own.even * (1.0 - towards_odd);
            let scale = bisect(1.0, 8.0, |scale| distortion(curve, Shape { scale, even }) >= wanted);
            Shape { scale, even }
        } else {
            own
        }
    }

    /// The least number in `low..high` for which a condition holds that holds from some number on; `low` if it always does.
    fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
        if holds(low) {
            return low;
        }
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if holds(middle) { high = middle } else { low = middle }
        }
        high
    }

    /// Power of the harmonics over that of the fundamental at the reference amplitude.
    fn distortion(curve: SaturationCurve, shape: Shape) -> f64 {
        let amplitudes: [f64; 8] = harmonics(|phase| shape.value(curve, REFERENCE_AMPLITUDE * phase.sin()));
        amplitudes[1..].iter().map(|a| a * a).sum::<f64>() / (amplitudes[0] * amplitudes[0])
    }

    /// The table is what solving gives; where it is not, its lines are printed as they should be.
    #[test]
    fn the_table_is_solved() {
        let mut worst = 0.0_f64;
        for character in Character::ALL {
            println!("    // {character:?}.\n    [");
            for (point, &(scale, even)) in TABLES[character as usize].iter().enumerate() {
                let solved = solve(character, point as f64 / (POINTS - 1) as f64);
                println!("        ({:?}, {:?}),", solved.scale, solved.even);
                let off = (solved.scale - scale).abs().max((solved.even - even).abs());
                assert!(off.is_finite());
                worst = worst.max(off);
                // Between the points as at them.
                let read = character.shape(point as f64 / (POINTS - 1) as f64);
                assert!(
                    (read.scale - scale).abs() < 1e-12 && (read.even - even).abs() < 1e-12,
                    "{character:?}, {point}"
                );
            }
            println!("    ],");
        }
        // Forty halvings of a range of seven, and another library's sine.
        assert!(worst < 1e-10, "{worst:.1e} off");
    }
}
