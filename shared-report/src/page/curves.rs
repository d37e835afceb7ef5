//! The plots of the delivery report: loudness, spectrum and correlation, and how loud it is for how long.

use std::fmt::Write as _;

use shared_dsp::loudness::HistoryPoint;

use super::plot::{BOTTOM, Plot, TOP, bounds, frequency_position, number, swatch};
use crate::report::Report;

/// The Meter's own colour, and lines told apart by dash too.
const ACCENT: &str = "#5fbf9b";
const BRIGHT: &str = "#e6e8ea";
const DIM: &str = "#9aa3ab";
/// Width of a plot in pixels; narrower screens shrink it.
const WIDTH: f64 = 1040.0;
/// Levels below this are drawn as gaps: silence has no loudness.
const LEAST_LUFS: f32 = -90.0;

/// The points of a history as a line: `t` over the programme's whole length, and the value where there is one.
fn curve(report: &Report, get: fn(&HistoryPoint) -> Option<f32>) -> Vec<(f64, Option<f64>)> {
    let programme = &report.programme;
    let length_s = programme.facts.duration_s.max(1e-9);
    let at = |k: usize| ((k as f64 + 1.0) * programme.history_period_s / length_s).min(1.0);
    programme.history.iter().enumerate().map(|(k, point)| (at(k), get(point).map(f64::from))).collect()
}

fn audible(lufs: f32) -> Option<f32> {
    (lufs > LEAST_LUFS).then_some(lufs)
}

pub(super) fn loudness(page: &mut String, report: &Report) {
    let programme = &report.programme;
    let length_s = programme.facts.duration_s;
    let momentary = curve(report, |point| audible(point.momentary_lufs));
    let short_term = curve(report, |point| audible(point.short_term_lufs));
    let integrated = curve(report, |point| audible(point.integrated_lufs));
    let loudest = short_term.iter().chain(&momentary).filter_map(|(_, value)| *value);
    if loudest.clone().next().is_none() {
        // The warning above says why: an empty grid would say nothing.
        return;
    }
    let _ = writeln!(
        page,
        "<section class=\"panel\">\n<h2>Loudness along the time</h2>\n<p class=\"legend\"><span>{}Short-term, 3 s</span>\
         <span>{}Momentary, 0.4 s</span><span>{}Integrated so far</span><span><svg class=\"swatch\" viewBox=\"0 0 26 8\" \
         aria-hidden=\"true\"><path class=\"over\" d=\"M9 0h8l-4 8z\"/></svg>True peak above 0 dBTP</span></p>",
        swatch(ACCENT, ""),
        swatch(DIM, ""),
        swatch(BRIGHT, "7 4"),
    );
    let (low, high) = bounds(loudest, 6.0, 24.0);
    // What is more than 48 LU under the loudest is breath and fades.
    let plot = Plot { width: WIDTH, height: 340.0, y_range: (low.max(high - 48.0), high) };
    plot.open(page, "Momentary, short-term and integrated loudness along the time, in LUFS");
    plot.y_grid(page, 6.0, "LUFS");
    plot.time_ticks(page, length_s);
    for song in report.songs.iter().skip(1) {
        let x = plot.x(song.start_s / length_s.max(1e-9));
        let _ = writeln!(
            page,
            "<line class=\"join\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{:.1}\"/>",
            plot.height - BOTTOM
        );
    }
    plot.line(page, &momentary, DIM, "", 1.0);
    plot.line(page, &short_term, ACCENT, "", 2.0);
    plot.line(page, &integrated, BRIGHT, "7 4", 1.5);
    for over in &programme.overs {
        let x = plot.x((over.start_s / length_s.max(1e-9)).min(1.0));
        let _ = writeln!(page, "<path class=\"over\" d=\"M{:.1} 2h8l-4 8z\"/>", x - 4.0);
    }
    page.push_str("</svg>\n</section>\n");
}

pub(super) fn spectrum(page: &mut String, report: &Report) {
    let bands = &report.programme.spectrum;
    let levels = || bands.iter().flat_map(|band| [band.average_db, band.peak_db]).flatten();
    if levels().next().is_none() {
        return;
    }
    let _ = writeln!(
        page,
        "<section class=\"panel\">\n<h2>Spectrum</h2>\n<p>In semitones: pink noise would be level.</p>\n\
         <p class=\"legend\"><span>{}Average</span><span>{}Peak</span></p>",
        swatch(ACCENT, ""),
        swatch(DIM, "3 3")
    );
    let (low, high) = bounds(levels(), 6.0, 36.0);
    let plot = Plot { width: WIDTH, height: 320.0, y_range: (low.max(high - 72.0), high) };
    plot.open(page, "Average and peak spectrum in dBFS a band");
    plot.y_grid(page, 6.0, "dBFS");
    plot.frequency_ticks(page);
    let inside = || bands.iter().filter(|band| (20.0..=20_000.0).contains(&band.hz));
    let peak: Vec<_> = inside().map(|band| (frequency_position(band.hz), band.peak_db)).collect();
    let average: Vec<_> = inside().map(|band| (frequency_position(band.hz), band.average_db)).collect();
    plot.line(page, &peak, DIM, "3 3", 1.2);
    plot.line(page, &average, ACCENT, "", 2.0);
    page.push_str("</svg>\n</section>\n");
}

pub(super) fn stereo(page: &mut String, report: &Report) {
    if report.programme.readings.correlation.is_none() || report.programme.facts.channels < 2 {
        return;
    }
    page.push_str(
        "<section class=\"panel\">\n<h2>Correlation along the time</h2>\n\
         <p>The least of each stretch. 1 is mono, 0 is as wide as it gets, below 0 cancels in mono.</p>\n",
    );
    let plot = Plot { width: WIDTH, height: 190.0, y_range: (-1.0, 1.0) };
    plot.open(page, "Correlation of left and right along the time");
    plot.y_grid(page, 0.5, "");
    plot.time_ticks(page, report.programme.facts.duration_s);
    let points = curve(report, |point| audible(point.momentary_lufs).map(|_| point.correlation));
    plot.line(page, &points, ACCENT, "", 1.4);
    page.push_str("</svg>\n</section>\n");
}

pub(super) fn histogram(page: &mut String, report: &Report) {
    // Half a unit a bin from -60 LUFS up.
    const BINS: usize = 130;
    let mut bins = [0_u32; BINS];
    let mut total = 0;
    for level in report.programme.history.iter().filter_map(|point| audible(point.short_term_lufs)) {
        let bin = ((f64::from(level) + 60.0) * 2.0).floor();
        if (0.0..BINS as f64).contains(&bin) {
            bins[bin as usize] += 1;
            total += 1;
        }
    }
    let Some(first) = bins.iter().position(|&count| count > 0) else { return };
    let last = bins.iter().rposition(|&count| count > 0).unwrap_or(first);
    let level = |bin: usize| bin as f64 / 2.0 - 60.0;
    let (low, high) = bounds([level(first), level(last + 1)].into_iter(), 6.0, 24.0);
    let share = |bin: usize| 100.0 * f64::from(bins[bin]) / f64::from(total);
    let most = (first..=last).map(share).fold(0.0, f64::max);
    page.push_str(
        "<section class=\"panel\">\n<h2>How loud for how long</h2>\n<p>Share of the time at each short-term loudness, in steps of half a \
         unit. A narrow hill is even, a wide one has quiet and loud passages.</p>\n",
    );
    let step = if most > 20.0 { 10.0 } else { 5.0 };
    let plot = Plot { width: WIDTH, height: 210.0, y_range: (0.0, (most / step).ceil() * step) };
    plot.open(page, "Share of the time at each short-term loudness, in percent");
    plot.y_grid(page, step, "%");
    let position = |lufs: f64| (lufs - low) / (high - low);
    let mut tick = low;
    while tick <= high + 1e-9 {
        let unit = if tick + 6.0 > high + 1e-9 { " LUFS" } else { "" };
        plot.x_tick(page, position(tick), &format!("{}{unit}", number(Some(tick), 0, false)));
        tick += 6.0;
    }
    for bin in first..=last {
        let (left, right, top) = (plot.x(position(level(bin))), plot.x(position(level(bin + 1))), plot.y(share(bin)));
        let _ = writeln!(
            page,
            "<rect class=\"bar\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            left + 0.5,
            right - left - 1.0,
            plot.height - BOTTOM - top
        );
    }
    page.push_str("</svg>\n</section>\n");
}
