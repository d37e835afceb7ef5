//! The delivery report as a page.

use std::fmt::Write as _;

use shared_dsp::loudness::{Event, HistoryPoint};

use super::plot::{BOTTOM, Plot, TOP, bounds, duration, escape, frequency_position, number, swatch};
use super::{ROWS, document};
use crate::Evidence;
use crate::report::{Judged, Report, Song};
use crate::text::time;

/// What a report has beside the shared look.
const STYLE: &str = include_str!("delivery.css");

/// The Meter's own colour, and lines told apart by dash too.
const ACCENT: &str = "#5fbf9b";
const BRIGHT: &str = "#e6e8ea";
const DIM: &str = "#9aa3ab";
/// Width of a plot in pixels; narrower screens shrink it.
const WIDTH: f64 = 1040.0;
/// Levels below this are drawn as gaps: silence has no loudness.
const LEAST_LUFS: f32 = -90.0;
/// Rows in a list of places: more is no help.
const PLACES: usize = 12;

/// Renders the page.
#[must_use]
pub fn delivery(report: &Report) -> String {
    let mut page = String::new();
    header(&mut page, report);
    cards(&mut page, report);
    songs(&mut page, &report.songs);
    targets(&mut page, &report.targets);
    loudness(&mut page, report);
    places(&mut page, report);
    spectrum(&mut page, report);
    stereo(&mut page, report);
    histogram(&mut page, report);
    readings(&mut page, report);
    page.push_str(
        "<p class=\"note\">Loudness: ITU-R BS.1770-5, EBU R 128, Tech 3341 and 3342 (2023). True peak: error below 0.05 dB to \
         20 kHz. A reading within 0.05 dB of a limit passes.</p>\n",
    );
    document(&format!("{}: delivery report", report.title), STYLE, "", &page)
}

/// Text from elsewhere, with true minus signs before its numbers.
fn words(text: &str) -> String {
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

fn header(page: &mut String, report: &Report) {
    let facts = &report.programme.facts;
    let channels = match facts.channels {
        1 => "mono".to_string(),
        2 => "stereo".into(),
        5 => "5.0".into(),
        6 => "5.1".into(),
        n => format!("{n} channels"),
    };
    let bits = facts.bits.map_or_else(String::new, |bits| format!(" · {bits} bit"));
    let _ = writeln!(
        page,
        "<header><p class=\"brand\">Twobus <span>delivery report</span></p>\n<h1>{}</h1>\n\
         <p class=\"facts\">{} · {} kHz{bits} · {channels}{}</p></header>",
        escape(&report.title),
        duration(facts.duration_s),
        f64::from(facts.sample_rate_hz) / 1000.0,
        match report.songs.len() {
            0 => String::new(),
            n => format!(" · {n} songs"),
        },
    );
    if report.programme.scrubbed_samples > 0 {
        let _ = writeln!(
            page,
            "<p class=\"warning\">{} samples are no numbers (NaN or infinite) and were taken as silence.</p>",
            report.programme.scrubbed_samples
        );
    }
}

fn cards(page: &mut String, report: &Report) {
    let readings = &report.programme.readings;
    page.push_str("<section class=\"panel headline\"><dl>\n");
    let mut card = |name: &str, value: Option<f64>, digits: usize, unit: &str| {
        let _ = writeln!(page, "<div><dt>{name}</dt><dd>{}<i>{unit}</i></dd></div>", number(value, digits, false));
    };
    card("Integrated", readings.integrated_lufs, 1, "LUFS");
    card("True peak", readings.true_peak_dbtp, 1, "dBTP");
    card("Range", readings.loudness_range_lu, 1, "LU");
    card("Max short-term", readings.max_short_term_lufs, 1, "LUFS");
    card("PLR", readings.plr_db, 1, "dB");
    card("PSR", readings.psr_db, 1, "dB");
    page.push_str("</dl></section>\n");
}

fn songs(page: &mut String, songs: &[Song]) {
    if songs.is_empty() {
        return;
    }
    page.push_str(
        "<section class=\"panel\">\n<h2>Songs</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th class=\"n\">No.</th><th>Song</th>\
         <th class=\"n\">Starts</th><th class=\"n\">Frame</th><th class=\"n\">Length</th><th class=\"n\">Gap before</th>\
         <th class=\"n\">Gain dB</th><th class=\"n\">LUFS</th><th class=\"n\">LRA LU</th><th class=\"n\">dBTP</th></tr></thead>\n<tbody>\n",
    );
    for (index, song) in songs.iter().enumerate() {
        let _ = writeln!(
            page,
            "<tr><td class=\"n\">{}</td><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{} s</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            index + 1,
            escape(&song.title),
            time(song.start_s),
            song.start_frame,
            time(song.duration_s),
            number(Some(song.gap_s), 2, false),
            number(Some(song.gain_db), 2, true),
            number(song.integrated_lufs, 1, false),
            number(song.loudness_range_lu, 1, false),
            number(song.true_peak_dbtp, 1, false),
        );
    }
    page.push_str("</tbody></table></div>\n</section>\n");
}

/// A verdict by shape and word, and by hue only beside them.
fn mark(pass: bool) -> &'static str {
    if pass {
        "<span class=\"pass\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\"><circle cx=\"8\" cy=\"8\" r=\"7\"/>\
         <path d=\"M4.5 8.3l2.4 2.4 4.6-5\"/></svg>pass</span>"
    } else {
        "<span class=\"fail\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\"><path d=\"M8 1l7 13.5H1z\"/>\
         <path d=\"M8 6v4M8 12v.6\"/></svg>fail</span>"
    }
}

fn targets(page: &mut String, targets: &[Judged]) {
    if targets.is_empty() {
        return;
    }
    page.push_str(
        "<section class=\"panel\">\n<h2>Delivery</h2>\n\
         <p>Whether it may go there as it is; and, for services that level what they play, the gain that they would apply and the \
         true peak after it.</p>\n<div class=\"scroll\"><table class=\"targets\">\n<thead><tr><th>Target</th><th>Verdict</th>\
         <th class=\"n\">Service&#8217;s gain dB</th><th class=\"n\">Peak after dBTP</th><th class=\"n\">Headroom dB</th>\
         <th class=\"n\">Gain to pass dB</th></tr></thead>\n",
    );
    for Judged { verdict, note, source } in targets {
        let _ = writeln!(
            page,
            "<tbody><tr><th scope=\"row\">{}<small>{}</small></th><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            escape(&verdict.title),
            escape(&verdict.name),
            mark(verdict.pass),
            number(verdict.playback_gain_db, 1, true),
            number(verdict.playback_true_peak_dbtp, 1, false),
            number(verdict.headroom_db, 1, true),
            if verdict.pass { "–".into() } else { number(verdict.gain_to_pass_db, 2, true) },
        );
        let reasons: Vec<String> = verdict.reasons.iter().map(|reason| format!("<li>{}</li>", words(reason))).collect();
        let evidence = match source.evidence {
            Evidence::Primary => "",
            Evidence::Secondary => " <b>second hand</b>",
            Evidence::Unverified => " <b>unverified</b>",
        };
        let _ = writeln!(
            page,
            "<tr class=\"why\"><td colspan=\"6\">{}<details><summary>Source{evidence}</summary><p>{} {}, {}.</p></details></td></tr></tbody>",
            if reasons.is_empty() { String::new() } else { format!("<ul>{}</ul>", reasons.concat()) },
            words(note),
            words(&source.text),
            escape(&source.date),
        );
    }
    page.push_str("</table></div>\n</section>\n");
}

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

fn loudness(page: &mut String, report: &Report) {
    let programme = &report.programme;
    let length_s = programme.facts.duration_s;
    let momentary = curve(report, |point| audible(point.momentary_lufs));
    let short_term = curve(report, |point| audible(point.short_term_lufs));
    let integrated = curve(report, |point| audible(point.integrated_lufs));
    let _ = writeln!(
        page,
        "<section class=\"panel\">\n<h2>Loudness along the time</h2>\n<p class=\"legend\"><span>{}Short-term, 3 s</span>\
         <span>{}Momentary, 0.4 s</span><span>{}Integrated so far</span><span><svg class=\"swatch\" viewBox=\"0 0 26 8\" \
         aria-hidden=\"true\"><path class=\"over\" d=\"M9 0h8l-4 8z\"/></svg>True peak above 0 dBTP</span></p>",
        swatch(ACCENT, ""),
        swatch(DIM, ""),
        swatch(BRIGHT, "7 4"),
    );
    let loudest = short_term.iter().chain(&momentary).filter_map(|(_, value)| *value);
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

fn places(page: &mut String, report: &Report) {
    let programme = &report.programme;
    let places = &programme.places;
    let readings = &programme.readings;
    page.push_str(
        "<section class=\"panel\">\n<h2>The worst places</h2>\n<div class=\"scroll\"><table class=\"small\">\n<thead><tr><th>What</th>\
         <th class=\"n\">At</th><th class=\"n\">Reads</th><th>Unit</th></tr></thead>\n<tbody>\n",
    );
    let mut row = |name: &str, at: Option<f64>, value: Option<f64>, unit: &str| {
        let (Some(at), Some(_)) = (at, value) else { return };
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{name}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"u\">{unit}</td></tr>",
            time(at),
            number(value, 2, false)
        );
    };
    row("Loudest 3 s, ending", places.max_short_term_s, readings.max_short_term_lufs, "LUFS");
    row("Loudest 0.4 s, ending", places.max_momentary_s, readings.max_momentary_lufs, "LUFS");
    row("Highest true peak", places.true_peak_s, readings.true_peak_dbtp, "dBTP");
    row("Highest sample", places.sample_peak_s, readings.sample_peak_dbfs, "dBFS");
    row("Flattest 3 s (PSR), ending", places.least_psr_s, readings.psr_db, "dB");
    page.push_str("</tbody></table></div>\n");
    let mut list = |title: &str, count: &str, events: &[Event], unit: &str| {
        if events.is_empty() {
            return;
        }
        let _ = write!(
            page,
            "<h3>{title} <small>{count}, the worst first</small></h3>\n<div class=\"scroll\"><table class=\"small\">\n\
             <thead><tr><th class=\"n\">At</th><th class=\"n\">Lasts s</th><th class=\"n\">Channel</th><th class=\"n\">Peak {unit}</th>\
             <th class=\"n\">Samples at full scale</th></tr></thead>\n<tbody>\n"
        );
        for event in events.iter().take(PLACES) {
            let _ = writeln!(
                page,
                "<tr><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                time(event.start_s),
                number(Some(event.length_s), 2, false),
                event.channel + 1,
                number(Some(event.peak_db()), 2, true),
                event.clipped_samples
            );
        }
        page.push_str("</tbody></table></div>\n");
    };
    list("True peak above 0 dBTP", &format!("{} stretches", readings.true_peak_overs), &programme.overs, "dBTP");
    list("Samples at full scale", &format!("{} samples", readings.clipped_samples), &programme.clips, "dBFS");
    page.push_str("</section>\n");
}

fn spectrum(page: &mut String, report: &Report) {
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

fn stereo(page: &mut String, report: &Report) {
    if report.programme.facts.channels < 2 || report.programme.history.is_empty() {
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

fn histogram(page: &mut String, report: &Report) {
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

fn readings(page: &mut String, report: &Report) {
    let readings = &report.programme.readings;
    page.push_str(
        "<section class=\"panel\">\n<h2>All readings</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>Reading</th><th class=\"n\">Value</th>\
         <th>Unit</th><th>What it says</th></tr></thead>\n<tbody>\n",
    );
    let mut row = |name: &str, value: &str, unit: &str, meaning: &str| {
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{name}</th><td class=\"n\">{value}</td><td class=\"u\">{unit}</td><td class=\"w\">{meaning}</td></tr>"
        );
    };
    for reading in &ROWS {
        row(reading.name, &number((reading.get)(readings), reading.digits, false), reading.unit, reading.meaning);
    }
    row(
        "Clipped samples",
        &readings.clipped_samples.to_string(),
        "",
        "Samples at the greatest code of 16 bits or above.",
    );
    row("True-peak overs", &readings.true_peak_overs.to_string(), "", "Stretches in which the waveform passes 0 dBTP.");
    page.push_str("</tbody></table></div>\n</section>\n");
}
