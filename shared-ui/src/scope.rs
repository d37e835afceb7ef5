//! The last seconds of the waveform, with what was cut from it drawn in place.

use egui::{Role, Sense, Stroke, Ui, Vec2, remap};

use crate::strip::{Column, Strip};
use crate::{PartResponse, interact, paint, span, theme};

/// Seconds on the scope until others are chosen.
const SECONDS: f32 = 5.0;
/// Less than this much of full scale is rounding, no cut.
const CUT: f32 = 1e-4;

/// The waveform between two moments. Amplitudes are linear, full scale at ±1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wave {
    /// Lowest and highest sample of the input.
    pub input: (f32, f32),
    /// Lowest and highest sample of the output.
    pub output: (f32, f32),
}

impl Wave {
    /// How far the highest and the lowest sample were cut.
    fn cuts(&self) -> (f32, f32) {
        ((self.input.1 - self.output.1).max(0.0), (self.output.0 - self.input.0).max(0.0))
    }

    fn is_cut(&self) -> bool {
        let (above, below) = self.cuts();
        above.max(below) > CUT
    }
}

impl Column for Wave {
    const SILENT: Self = Self { input: (0.0, 0.0), output: (0.0, 0.0) };

    fn merge(&mut self, other: Self) {
        let wider = |a: (f32, f32), b: (f32, f32)| (a.0.min(b.0), a.1.max(b.1));
        self.input = wider(self.input, other.input);
        self.output = wider(self.output, other.output);
    }
}

/// The last seconds of a signal. The caller keeps one a scope and pushes what it reads, at any pace.
#[derive(Clone, Debug)]
pub struct Scope {
    strip: Strip<Wave>,
}

impl Default for Scope {
    fn default() -> Self {
        Self { strip: Strip::of_any_length(SECONDS) }
    }
}

impl Scope {
    /// Adds `elapsed_s` seconds of waveform. Numbers that are not finite count as silence.
    pub fn push(&mut self, elapsed_s: f32, wave: Wave) {
        let fit = |(low, high): (f32, f32)| {
            let fit = |x: f32| if x.is_finite() { x } else { 0.0 };
            (fit(low), fit(high))
        };
        self.strip.push(elapsed_s, Wave { input: fit(wave.input), output: fit(wave.output) });
    }

    /// Marks that the readings were interrupted: what comes next does not join what was before.
    pub fn gap(&mut self) {
        self.strip.gap();
    }

    /// Share of the columns in which something was cut, 0..1.
    pub fn cut_share(&self) -> f32 {
        let (cut, all) =
            self.strip.iter().fold((0, 0), |(cut, all), (_, wave)| (cut + u32::from(wave.is_cut()), all + 1));
        cut as f32 / all.max(1) as f32
    }
}

/// Draws the scope into a rectangle of `size` points that reaches `full_scale` (linear) up and down, with a line where
/// nothing should pass, `ceiling` (linear). What is left is grey; what was cut stands on it in the accent, solid, and never less than
/// two points high, so that the smallest cut is seen. Accessible name: "Scope".
pub fn show(ui: &mut Ui, size: Vec2, scope: &Scope, full_scale: f32, ceiling: Option<f32>) -> PartResponse {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let accent = theme::accent(ui);
    let (inner, painter) = paint::picture(ui, rect);
    let full_scale = full_scale.max(1e-3);
    let y = |amplitude: f32| {
        let within = amplitude.clamp(-full_scale, full_scale);
        remap(within, -full_scale..=full_scale, inner.bottom()..=inner.top())
    };
    let shown_s = scope.strip.shown_s().get();
    let x = |age_s: f32| remap(age_s, shown_s..=0.0, inner.left()..=inner.right());

    let grid = Stroke::new(theme::LINE, theme::LINE_COLOR);
    let mut second = span::grid_s(shown_s);
    while second < shown_s {
        painter.vline(x(second), inner.y_range(), grid);
        second += span::grid_s(shown_s);
    }
    painter.hline(inner.x_range(), y(0.0), grid);

    let columns = scope.strip.thinned(inner.width());
    let mut kept = Vec::with_capacity(columns.len());
    // Stretches without a break, above and below: one area each.
    let mut cut: [Vec<(f32, f32, f32)>; 2] = Default::default();
    let mut areas = Vec::new();
    let mut end = |points: &mut Vec<(f32, f32, f32)>| {
        // A single column still has a width.
        if let [(at, top, bottom)] = points[..] {
            points.push((at + 1.5, top, bottom));
        }
        if !points.is_empty() {
            areas.push(paint::filled_between(points, accent));
            points.clear();
        }
    };
    for (age_s, wave) in columns {
        let at = x(age_s);
        kept.push((at, y(wave.output.1), y(wave.output.0)));
        let (above, below) = wave.cuts();
        if above > CUT {
            let foot = y(wave.output.1);
            cut[0].push((at, y(wave.input.1).min(foot - 2.0), foot));
        } else {
            end(&mut cut[0]);
        }
        if below > CUT {
            let foot = y(wave.output.0);
            cut[1].push((at, foot, y(wave.input.0).max(foot + 2.0)));
        } else {
            end(&mut cut[1]);
        }
    }
    cut.iter_mut().for_each(end);
    painter.add(paint::filled_between(&kept, theme::DIM.gamma_multiply(0.55)));
    painter.extend(areas);

    if let Some(ceiling) = ceiling.filter(|ceiling| ceiling.is_finite() && *ceiling < full_scale) {
        for side in [ceiling, -ceiling] {
            painter.hline(inner.x_range(), y(side), Stroke::new(theme::LINE, theme::TEXT.gamma_multiply(0.6)));
        }
    }
    span::choose(ui, inner.left_bottom(), scope.strip.shown_s());

    let hint = "The last seconds of the waveform. Grey is left; what stands on it in colour was cut. The lines are the ceiling.";
    interact::describe_picture(ui, &response, Role::Meter, "Scope", hint, || {
        format!("cut in {:.0} % of the last {shown_s:.0} seconds", 100.0 * scope.cut_share())
    });
    PartResponse { response, changed: false, animating: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_extremes_and_tells_what_was_cut() {
        let mut scope = Scope::default();
        let whole = Wave { input: (-0.5, 0.5), output: (-0.5, 0.5) };
        let cut = Wave { input: (-0.5, 1.4), output: (-0.5, 1.0) };
        // 64 frames at 48 kHz each, as a processor reads them: several a column.
        for index in 0..3500 {
            scope.push(64.0 / 48_000.0, if index % 1000 == 0 { cut } else { whole });
        }
        let highest = scope.strip.iter().fold(0.0_f32, |most, (_, wave)| most.max(wave.input.1));
        assert_eq!(highest, 1.4);
        let columns = scope.cut_share() * 600.0;
        assert!((4.0..=8.0).contains(&columns), "four cuts lie in {columns} columns");
    }

    #[test]
    fn survives_bad_numbers() {
        let mut scope = Scope::default();
        let bad = (f32::NEG_INFINITY, f32::NAN);
        scope.push(f32::NAN, Wave { input: bad, output: bad });
        assert_eq!(scope.cut_share(), 0.0);
    }
}
