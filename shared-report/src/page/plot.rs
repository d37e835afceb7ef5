//! Plots as inline SVG, and the small texts around them.

use std::fmt::Write as _;

/// Text that is safe between tags and in attributes.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A number with a true minus and `digits` decimals, with its sign always if asked for; a dash where there is none.
#[must_use]
pub fn number(value: Option<f64>, digits: usize, sign: bool) -> String {
    let Some(value) = value.filter(|value| value.is_finite()) else { return "–".into() };
    // What rounds to zero has no sign.
    let value = if value.abs() < 0.5 * 0.1f64.powi(digits as i32) { 0.0 } else { value };
    let text = if sign && value != 0.0 { format!("{value:+.digits$}") } else { format!("{value:.digits$}") };
    text.replace('-', "\u{2212}")
}

/// A length: "12.3 s" below a minute, "3:07 min" from there.
#[must_use]
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    if whole < 60 { format!("{seconds:.1} s") } else { format!("{}:{:02} min", whole / 60, whole % 60) }
}

/// A place on the axis of time, in whole seconds: "3:07".
#[must_use]
pub fn clock(seconds: f64) -> String {
    format!("{}:{:02}", seconds as u64 / 60, seconds as u64 % 60)
}

/// A short piece of a line as it is drawn, for legends.
#[must_use]
pub fn swatch(colour: &str, dash: &str) -> String {
    format!(
        "<svg class=\"swatch\" viewBox=\"0 0 26 8\" aria-hidden=\"true\"><line x1=\"1\" y1=\"4\" x2=\"25\" y2=\"4\" \
         stroke=\"{colour}\" stroke-width=\"2.5\" stroke-dasharray=\"{dash}\"/></svg>"
    )
}

/// Least and greatest of `values` in whole steps of `step`, with at least `least` between them.
#[must_use]
pub fn bounds(values: impl Iterator<Item = f64>, step: f64, least: f64) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        return (-least / 2.0, least / 2.0);
    }
    let (mut low, mut high) = ((low / step).floor() * step, (high / step).ceil() * step);
    while high - low < least {
        low -= step;
        if high - low < least {
            high += step;
        }
    }
    (low, high)
}

/// Room around the plotted area, in pixels.
pub const LEFT: f64 = 78.0;
/// Room at the right.
pub const RIGHT: f64 = 14.0;
/// Room at the top.
pub const TOP: f64 = 12.0;
/// Room at the bottom, for the labels.
pub const BOTTOM: f64 = 26.0;

/// The frame of a plot: its size in pixels, and the mapping from values to them.
#[derive(Clone, Copy, Debug)]
pub struct Plot {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// The values at the bottom and at the top.
    pub y_range: (f64, f64),
}

impl Plot {
    /// Where a value lies; beyond the range, at its edge.
    #[must_use]
    pub fn y(&self, value: f64) -> f64 {
        let (low, high) = self.y_range;
        let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
        self.height - BOTTOM - t * (self.height - TOP - BOTTOM)
    }

    /// Where the fraction 0..1 of the width lies.
    #[must_use]
    pub fn x(&self, t: f64) -> f64 {
        LEFT + t * (self.width - LEFT - RIGHT)
    }

    /// Opens the picture; `label` says what it shows to those who cannot see it. The caller closes it with `</svg>`.
    pub fn open(&self, page: &mut String, label: &str) {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(
            page,
            "<svg class=\"plot\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">",
            self.width,
            self.height,
            escape(label)
        );
    }

    /// Lines and labels at every `step` of the range.
    pub fn y_grid(&self, page: &mut String, step: f64, unit: &str) {
        let (low, high) = self.y_range;
        let mut value = (low / step).ceil() * step;
        while value <= high + 1e-9 {
            let y = self.y(value);
            // The topmost names the unit.
            let unit = if value + step > high + 1e-9 { format!(" {unit}") } else { String::new() };
            let text = number(Some(value), usize::from(step.fract() != 0.0), false);
            let _ = writeln!(
                page,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}{unit}</text>",
                self.width - RIGHT,
                LEFT - 8.0,
                y + 4.0,
            );
            value += step;
        }
    }

    /// A line and a label at the fraction `t` of the width.
    pub fn x_tick(&self, page: &mut String, t: f64, text: &str) {
        let x = self.x(t);
        let bottom = self.height - BOTTOM;
        // The last label would stand half outside.
        let anchor = if t > 0.98 { "end" } else { "middle" };
        let _ = writeln!(
            page,
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom:.1}\"/>\
             <text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{text}</text>",
            self.height - 8.0,
        );
    }

    /// Ticks along a time of `length_s` seconds.
    pub fn time_ticks(&self, page: &mut String, length_s: f64) {
        let step = [1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 3600.0]
            .into_iter()
            .find(|step| length_s / step <= 12.0)
            .unwrap_or(7200.0);
        // A day has twelve of them at most; what is longer is labelled for its first day.
        for at in (0..=12).map(|k| f64::from(k) * step).filter(|&at| at <= length_s + 1e-6) {
            let text = if length_s < 90.0 { format!("{at:.0} s") } else { clock(at) };
            self.x_tick(page, at / length_s.max(1e-9), &text);
        }
    }

    /// Ticks along the frequencies from 20 Hz to 20 kHz.
    pub fn frequency_ticks(&self, page: &mut String) {
        for tick in [20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000] {
            let text = match tick {
                20 => "20 Hz".to_string(),
                20_000 => "20 kHz".into(),
                hz if hz >= 1_000 => format!("{}k", hz / 1_000),
                hz => hz.to_string(),
            };
            self.x_tick(page, frequency_position(f64::from(tick)), &text);
        }
    }

    /// A line through the points that exist, `t` 0..1; it breaks where there is none.
    pub fn line(&self, page: &mut String, points: &[(f64, Option<f64>)], colour: &str, dash: &str, width: f64) {
        let mut path = String::new();
        let mut pen_down = false;
        for &(t, value) in points {
            if let Some(value) = value {
                let _ = write!(path, "{}{:.1} {:.1}", if pen_down { 'L' } else { 'M' }, self.x(t), self.y(value));
            }
            pen_down = value.is_some();
        }
        let _ = writeln!(
            page,
            "<path class=\"curve\" fill=\"none\" d=\"{path}\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-dasharray=\"{dash}\"/>"
        );
    }
}

/// Where a frequency lies between 20 Hz and 20 kHz, 0..1.
#[must_use]
pub fn frequency_position(hz: f64) -> f64 {
    (hz / 20.0).log10() / 3.0
}

/// Text from elsewhere, with true minus signs before its numbers.
pub(super) fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let starts_number = rest.peek().is_some_and(char::is_ascii_digit);
        out.push(if c == '-' && !last.is_alphanumeric() && starts_number { '\u{2212}' } else { c });
        last = c;
    }
    escape(&out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_true_minus_and_no_negative_zero() {
        assert_eq!(number(Some(-1.25), 1, false), "\u{2212}1.2");
        assert_eq!(number(Some(-0.04), 1, true), "0.0");
        assert_eq!(number(Some(0.4), 1, true), "+0.4");
        assert_eq!(number(None, 1, true), "–");
        assert_eq!(number(Some(f64::NAN), 1, true), "–");
    }
}
