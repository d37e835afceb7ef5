//! The report's plots: gain over time, and spectra.

use std::fmt::Write as _;

use shared_report::page::{BOTTOM, LEFT, Plot, RIGHT, TOP, bounds, escape, frequency_position, number, swatch};

use super::data::{BEFORE, Report, difference, gain_span, line};
use crate::demo::analysis::{GAIN_HOP_S, spectrum_hz};

fn legend(page: &mut String, report: &Report, before: Option<&str>) {
    page.push_str("<p class=\"legend\">");
    if let Some(text) = before {
        let _ = write!(page, "<span>{}{text}</span>", swatch(BEFORE, ""));
    }
    for (index, chain) in report.chains.iter().enumerate() {
        let (colour, dash) = line(index);
        let _ =
            write!(page, "<span>{}Chain {} <em>{}</em></span>", swatch(colour, dash), index + 1, escape(&chain.name));
    }
    page.push_str("</p>\n");
}

/// At most this many points of a curve across the page: more cannot be told apart.
const COLUMNS: usize = 900;

pub(super) fn gain_plot(page: &mut String, report: &Report) {
    page.push_str(
        "<section class=\"panel\">\n<h2>Gain change over time</h2>\n\
         <p>What each chain did to the level, moment by moment: after against before, aligned to the sample, over 30 ms. \
         Where the line dips, the compressor holds back. The level of the line is the makeup and the final gain; its shape is the \
         glue. Behind it, the peaks of the song.</p>\n",
    );
    legend(page, report, None);
    let spans: Vec<_> = report.chains.iter().map(|chain| gain_span(&chain.gain_db)).collect();
    let ends = spans.iter().flatten().flat_map(|[low, _, high]| [low - 0.3, high + 0.3]);
    let frame = Plot { width: 1040.0, height: 300.0, y_range: bounds(ends, 1.0, 4.0) };
    frame.open(page, "Gain change over time in dB, one line a chain");
    // The waveform stands on the floor of the plot, not quite half as tall.
    let floor = frame.height - BOTTOM;
    let mut shape = format!("M{:.1} {floor:.1}", frame.x(0.0));
    let loudest = report.outline.iter().fold(1e-6f32, |loudest, &peak| loudest.max(peak));
    for (k, peak) in report.outline.iter().enumerate() {
        let x = frame.x((k as f64 + 0.5) / report.outline.len() as f64);
        let _ = write!(shape, "L{x:.1} {:.1}", floor - f64::from(peak / loudest) * 0.45 * (floor - TOP));
    }
    let _ = writeln!(page, "<path class=\"wave\" d=\"{shape}L{:.1} {floor:.1}Z\"/>", frame.x(1.0));
    let range = frame.y_range.1 - frame.y_range.0;
    frame.y_grid(page, if range > 12.0 { 2.0 } else { 1.0 }, "dB");
    frame.time_ticks(page, report.length_s);
    for (index, chain) in report.chains.iter().enumerate() {
        let (colour, dash) = line(index);
        let bucket = chain.gain_db.len().div_ceil(COLUMNS).max(1);
        let points: Vec<_> = chain
            .gain_db
            .chunks(bucket)
            .enumerate()
            .map(|(k, values)| {
                let known: Vec<f64> = values.iter().flatten().copied().collect();
                let mean = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
                let centre = (k * bucket) as f64 + 0.5 * (values.len() as f64 - 1.0) + 1.5;
                (centre * GAIN_HOP_S / report.length_s.max(1e-9), mean)
            })
            .collect();
        frame.line(page, &points, colour, dash, 1.6);
    }
    page.push_str("</svg>\n<div class=\"scroll\"><table class=\"small\"><thead><tr><th>Gain</th><th class=\"n\">Least</th><th class=\"n\">Mean</th><th class=\"n\">Greatest</th><th class=\"n\">Moved by</th><th>Unit</th></tr></thead><tbody>\n");
    for (index, span) in spans.iter().enumerate() {
        let at = |k: usize| number(span.map(|span| span[k]), 1, true);
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">Chain {}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td class=\"u\">dB</td></tr>",
            index + 1,
            at(0),
            at(1),
            at(2),
            number(span.map(|[low, _, high]| high - low), 1, false)
        );
    }
    page.push_str("</tbody></table></div>\n<p class=\"note\">Least and greatest leave out the outermost hundredth of the points.</p>\n</section>\n");
}

pub(super) fn spectrum_plots(page: &mut String, report: &Report) {
    page.push_str(
        "<section class=\"panel\">\n<h2>Spectra</h2>\n\
         <p>The mean spectrum of the whole song, a sixth of an octave wide: pink noise would be level. After is drawn at the \
         loudness of before, so that only a change of colour shows. Below, the difference.</p>\n",
    );
    legend(page, report, Some("Before"));
    let hz = spectrum_hz();
    let matched: Vec<Vec<Option<f64>>> = report
        .chains
        .iter()
        .map(|chain| {
            let louder = difference(chain.after.integrated_lufs, report.before.integrated_lufs).unwrap_or(0.0);
            chain.spectrum_db.iter().map(|db| db.map(|db| db - louder)).collect()
        })
        .collect();
    let points = |values: &[Option<f64>]| -> Vec<(f64, Option<f64>)> {
        hz.iter().zip(values).map(|(&hz, &db)| (frequency_position(hz), db)).collect()
    };
    let all = || matched.iter().chain([&report.before_spectrum_db]).flatten().flatten().copied();
    let (low, high) = bounds(all(), 6.0, 36.0);
    // The deepest 66 dB under the highest point are what can be seen; the rest is edges and dither.
    let frame = Plot { width: 1040.0, height: 330.0, y_range: (low.max(high - 66.0), high) };
    frame.open(page, "Spectra before and after, dBFS a sixth of an octave");
    frame.y_grid(page, 6.0, "dBFS");
    frame.frequency_ticks(page);
    frame.line(page, &points(&report.before_spectrum_db), BEFORE, "", 2.0);
    for (index, values) in matched.iter().enumerate() {
        let (colour, dash) = line(index);
        frame.line(page, &points(values), colour, dash, 1.8);
    }
    page.push_str("</svg>\n<h3>Difference at equal loudness</h3>\n");

    let differences: Vec<Vec<Option<f64>>> = matched
        .iter()
        .map(|values| values.iter().zip(&report.before_spectrum_db).map(|(&a, &b)| difference(a, b)).collect())
        .collect();
    let y_range = bounds(differences.iter().flatten().flatten().copied(), 0.5, 2.0);
    let (low, high) = (y_range.0.max(-12.0), y_range.1.min(12.0));
    let frame = Plot { width: 1040.0, height: 190.0, y_range: (low, high) };
    frame.open(page, "Spectrum after minus before at equal loudness, in dB");
    frame.y_grid(
        page,
        if high - low > 6.0 {
            2.0
        } else if high - low > 3.0 {
            1.0
        } else {
            0.5
        },
        "dB",
    );
    frame.frequency_ticks(page);
    let zero = frame.y(0.0);
    let _ = writeln!(
        page,
        "<line class=\"zero\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{zero:.1}\" y2=\"{zero:.1}\"/>",
        frame.width - RIGHT
    );
    for (index, values) in differences.iter().enumerate() {
        let (colour, dash) = line(index);
        frame.line(page, &points(values), colour, dash, 1.8);
    }
    page.push_str("</svg>\n</section>\n");
}
