//! The delivery report as a page.

use std::fmt::Write as _;

use shared_dsp::loudness::Event;

use super::document::document;
use super::plot::{duration, escape, number, words};
use super::rows::ROWS;
use super::{curves, targets};
use crate::report::{Report, Song};
use crate::text::time;

/// What a report has beside the shared look.
const STYLE: &str = include_str!("delivery.css");

/// Rows in a list of places: more is no help.
const PLACES: usize = 12;

impl Report {
    /// The report as one page of HTML that needs nothing but itself.
    #[must_use]
    pub fn html(&self) -> String {
        page(self)
    }
}

fn page(report: &Report) -> String {
    let mut page = String::new();
    header(&mut page, report);
    summary(&mut page, report);
    curves::loudness(&mut page, report);
    songs(&mut page, &report.songs);
    curves::spectrum(&mut page, report);
    curves::stereo(&mut page, report);
    curves::histogram(&mut page, report);
    targets::targets(&mut page, &report.targets);
    places(&mut page, report);
    readings(&mut page, report);
    origin(&mut page, report);
    page.push_str(
        "<p class=\"note\">Loudness: ITU-R BS.1770-5, EBU R 128, Tech 3341 and 3342 (2023). True peak: error below 0.05 dB to \
         20 kHz. A reading within 0.05 dB of a limit passes.</p>\n",
    );
    document(&format!("{}: delivery report", report.title), STYLE, "", &page)
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
    let mut warn = |text: &str| {
        let _ = writeln!(page, "<p class=\"warning\">{}</p>", words(text));
    };
    if report.programme.scrubbed_samples > 0 {
        warn(&format!(
            "{} samples are no numbers (NaN or infinite) and were taken as silence.",
            report.programme.scrubbed_samples
        ));
    }
    if let Some(why) = report.no_loudness() {
        warn(&format!("Loudness was not measured: {why}."));
    }
    report.programme.warnings.iter().for_each(|text| warn(text));
}

fn summary(page: &mut String, report: &Report) {
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
    page.push_str("</dl>\n");
    let summary = &report.summary;
    if summary.of() > 0 {
        let streaming = summary.streaming().map_or_else(String::new, |text| format!(" {}.", capital(&words(&text))));
        let _ = writeln!(page, "<p class=\"outcome\">{}.{streaming}</p>", capital(&words(&summary.count())));
    }
    page.push_str("</section>\n");
}

/// With a capital to begin with.
fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// What was measured, when, and with what: so that a report can be held against its file later.
fn origin(page: &mut String, report: &Report) {
    page.push_str("<section class=\"panel\">\n<h2>What was measured</h2>\n<div class=\"scroll\"><table class=\"small origin\">\n<tbody>\n");
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(page, "<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>");
    };
    let facts = &report.programme.facts;
    if let Some(origin) = &report.origin {
        row("File", &escape(&origin.file));
        row("SHA-256", &format!("<code>{}</code>", escape(&origin.sha256)));
        row("Size", &format!("{} bytes", origin.bytes));
    }
    for (at, song) in report.songs.iter().enumerate() {
        if let Some(sha256) = &song.sha256 {
            row(&format!("Song {}", at + 1), &format!("{}<br><code>{}</code>", escape(&song.title), escape(sha256)));
        }
    }
    let frames = (facts.duration_s * f64::from(facts.sample_rate_hz)).round();
    row("Length", &format!("{} ({frames} frames at {} Hz)", time(facts.duration_s), facts.sample_rate_hz));
    if let Some(origin) = &report.origin {
        row("Measured", &escape(&origin.measured_at));
    }
    row("By", concat!("Twobus ", env!("CARGO_PKG_VERSION")));
    page.push_str("</tbody></table></div>\n</section>\n");
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

fn places(page: &mut String, report: &Report) {
    let programme = &report.programme;
    let places = &programme.places;
    let readings = &programme.readings;
    if readings.sample_peak_dbfs.is_none() {
        // Silence has no worst place.
        return;
    }
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
