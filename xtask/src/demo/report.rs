//! The report: one HTML page that needs nothing but itself and the WAV files beside it.

use std::fmt::Write as _;

use shared_report::page::{ROWS, document, duration, escape, number, swatch};

mod data;
mod plots;

use data::{BEFORE, difference, gain_span, line};
pub use data::{Chain, Report, Step};

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// Renders the page.
pub fn html(report: &Report) -> String {
    let mut page = String::new();
    let _ = write!(
        page,
        "<header><p class=\"brand\">Twobus <span>demo</span></p>\n<h1>{source}</h1>\n\
         <p class=\"facts\">{length} · {rate} kHz · {channels} · {chains} · before, {before} LUFS</p></header>\n",
        source = escape(&report.source),
        length = duration(report.length_s),
        rate = f64::from(report.sample_rate_hz) / 1000.0,
        channels = if report.channels == 1 { "mono" } else { "stereo" },
        chains =
            if report.chains.len() == 1 { "one chain".to_string() } else { format!("{} chains", report.chains.len()) },
        before = number(report.before.integrated_lufs, 1, false),
    );
    summary(&mut page, report);
    listen(&mut page, report);
    plots::gain_plot(&mut page, report);
    readings_table(&mut page, report);
    plots::spectrum_plots(&mut page, report);
    settings(&mut page, report);
    reading_guide(&mut page);
    document(&format!("Twobus demo: {}", report.source), STYLE, SCRIPT, &page)
}

fn summary(page: &mut String, report: &Report) {
    page.push_str("<section class=\"cards\">\n");
    for (index, chain) in report.chains.iter().enumerate() {
        let (colour, dash) = line(index);
        let louder = difference(chain.after.integrated_lufs, report.before.integrated_lufs);
        let span = gain_span(&chain.gain_db);
        let _ = write!(
            page,
            "<article class=\"card\" style=\"--line:{colour}\"><h2>{swatch}Chain {number}<small>{name}</small></h2>\n\
             <p class=\"purpose\">{purpose}</p>\n<dl>\n\
             <div><dt>Louder as delivered</dt><dd>{louder}<i>LU</i></dd></div>\n\
             <div><dt>Gain moved by</dt><dd>{moved}<i>dB</i></dd></div>\n\
             <div><dt>Crest factor</dt><dd>{crest}<i>dB</i></dd></div>\n\
             <div><dt>True peak</dt><dd>{peak}<i>dBTP</i></dd></div>\n</dl></article>\n",
            swatch = swatch(colour, dash),
            number = index + 1,
            name = escape(&chain.name),
            purpose = escape(&chain.purpose),
            louder = number(louder, 1, true),
            moved = number(span.map(|[low, _, high]| high - low), 1, false),
            crest = number(difference(chain.after.crest_factor_db, report.before.crest_factor_db), 1, true),
            peak = number(chain.after.true_peak_dbtp, 1, true),
        );
    }
    page.push_str("</section>\n");
}

fn listen(page: &mut String, report: &Report) {
    page.push_str(
        "<section class=\"panel\" id=\"listen\">\n<h2>Listen at the same loudness</h2>\n\
         <p>The louder one always seems better, so these are matched to the loudness of the song as it came. Start one, \
         then switch: the place in the song is kept. Keys: space plays and stops, the digits switch.</p>\n\
         <div class=\"switch\" role=\"group\" aria-label=\"What is heard\">\n\
         <button type=\"button\" class=\"play\" data-play>Play</button>\n",
    );
    let mut names = vec![("compare-before.wav".to_string(), "Before".to_string(), BEFORE, "")];
    for index in 0..report.chains.len() {
        let (colour, dash) = line(index);
        names.push((format!("compare-{}.wav", index + 1), format!("Chain {}", index + 1), colour, dash));
    }
    for (index, (_, name, colour, dash)) in names.iter().enumerate() {
        let _ = writeln!(
            page,
            "<button type=\"button\" data-switch=\"{index}\" aria-pressed=\"{pressed}\" style=\"--line:{colour}\">\
             {swatch}{name}<kbd>{key}</kbd></button>",
            pressed = index == 0,
            swatch = swatch(colour, dash),
            key = index + 1,
        );
    }
    page.push_str("<span class=\"clock\" data-clock>0:00.0</span></div>\n<div class=\"audio\">\n");
    for (file, name, ..) in &names {
        audio(page, file, name, "compare");
    }
    page.push_str("</div>\n");
    if report.compare_trim_db < -0.005 {
        let _ = writeln!(
            page,
            "<p class=\"note\">All of these are lowered by {} dB, so that none of them clips.</p>",
            number(Some(-report.compare_trim_db), 1, false)
        );
    }
    page.push_str("<h3>As delivered</h3>\n<div class=\"audio\">\n");
    audio(page, "before.wav", "Before", "delivered");
    for index in 0..report.chains.len() {
        audio(page, &format!("after-{}.wav", index + 1), &format!("Chain {}", index + 1), "delivered");
    }
    page.push_str("</div>\n</section>\n");
}

fn audio(page: &mut String, file: &str, name: &str, group: &str) {
    let _ = writeln!(
        page,
        "<figure><figcaption>{name} <a href=\"{file}\">{file}</a></figcaption>\
         <audio controls preload=\"auto\" data-group=\"{group}\" src=\"{file}\"></audio></figure>"
    );
}

fn readings_table(page: &mut String, report: &Report) {
    page.push_str("<section class=\"panel\">\n<h2>Readings</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>Reading</th><th class=\"n\">Before</th>");
    for index in 0..report.chains.len() {
        let (colour, dash) = line(index);
        let _ = write!(page, "<th class=\"n\" colspan=\"2\">{}Chain {}</th>", swatch(colour, dash), index + 1);
    }
    page.push_str("<th>Unit</th><th>What it says</th></tr></thead>\n<tbody>\n");
    for row in &ROWS {
        let before = (row.get)(&report.before);
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td>",
            row.name,
            number(before, row.digits, false)
        );
        for chain in &report.chains {
            let after = (row.get)(&chain.after);
            let _ = write!(
                page,
                "<td class=\"n\">{}</td><td class=\"n d\">{}</td>",
                number(after, row.digits, false),
                number(difference(after, before), row.digits, true)
            );
        }
        let _ = writeln!(page, "<td class=\"u\">{}</td><td class=\"w\">{}</td></tr>", row.unit, row.meaning);
    }
    page.push_str("</tbody></table></div>\n<p class=\"note\">The dimmer figure is the change from before. As delivered, not matched.</p>\n</section>\n");
}

fn settings(page: &mut String, report: &Report) {
    page.push_str("<section class=\"panel\">\n<h2>How each chain was set</h2>\n<div class=\"chains\">\n");
    for (index, chain) in report.chains.iter().enumerate() {
        let (colour, dash) = line(index);
        let _ = write!(
            page,
            "<article style=\"--line:{colour}\"><h3>{}Chain {}<small>{}</small></h3>\n<ol>\n",
            swatch(colour, dash),
            index + 1,
            escape(&chain.name)
        );
        for step in &chain.steps {
            let _ = write!(page, "<li><b>{}</b><dl>", escape(&step.plugin));
            for (name, value) in &step.settings {
                // A value that begins with a hyphen is a negative number.
                let value = value.strip_prefix('-').map_or_else(|| value.clone(), |rest| format!("\u{2212}{rest}"));
                let _ = write!(page, "<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(&value));
            }
            page.push_str("</dl>");
            if !step.measured.is_empty() {
                page.push_str("<dl class=\"measured\">");
                for (name, value) in &step.measured {
                    let _ = write!(page, "<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value));
                }
                page.push_str("</dl>");
            }
            page.push_str("</li>\n");
        }
        let _ = write!(
            page,
            "<li><b>Output level</b><dl><div><dt>Greatest sample</dt><dd>{} dBFS</dd></div>\
             <div><dt>Final gain</dt><dd>{} dB</dd></div></dl></li>\n</ol></article>\n",
            number(Some(chain.output_level_dbfs), 1, false),
            number(chain.output_gain_db, 1, true)
        );
    }
    page.push_str("</div>\n<p class=\"note\">What is not named stands at its default. The same by hand: <code>twobus render IN OUT --chain CHAIN</code>.</p>\n</section>\n");
}

fn reading_guide(page: &mut String) {
    page.push_str(
        "<section class=\"panel guide\">\n<h2>How to read this</h2>\n<ul>\n\
         <li><b>Listen first</b>, at the same loudness. If a chain is not better there, it is only louder.</li>\n\
         <li><b>A bus compressor should move little and slowly.</b> 1 to 4 dB of gain change, in time with the music, is glue; a line that \
         jumps with every drum is pumping.</li>\n\
         <li><b>Crest factor, PLR and PSR</b> tell what the loudness cost. A fall of 1 to 2 dB is usual for glue alone.</li>\n\
         <li><b>True peak above 0 dBTP</b> with a sample peak of \u{2212}0.3 dBFS is what a final gain without a limiter does: the waveform rises \
         between the samples. For streaming, most services ask for \u{2212}1 dBTP or less.</li>\n\
         <li><b>Balance and correlation</b> should hardly change: glue with linked channels leaves the image where it was.</li>\n\
         </ul>\n<p class=\"note\">Loudness: ITU-R BS.1770-5, EBU R 128, Tech 3341 and 3342 (2023). True peak: 8 times oversampled up to \
         48 kHz, error below 0.05 dB to 20 kHz. Level readings take the whole file.</p>\n</section>\n",
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::analysis::spectrum_hz;
    use shared_dsp::loudness::Readings;

    fn report(source: &str) -> Report {
        let before = Readings { integrated_lufs: Some(-18.04), crest_factor_db: Some(15.0), ..Readings::default() };
        let chain = |name: &str| Chain {
            name: name.into(),
            purpose: "for <this>".into(),
            steps: vec![Step {
                plugin: "Glue".into(),
                settings: vec![("Ratio".into(), "2:1".into())],
                measured: vec![("Latency".into(), "57 samples".into())],
            }],
            output_level_dbfs: -0.3,
            output_gain_db: Some(4.56),
            after: Readings { integrated_lufs: Some(-12.0), ..Readings::default() },
            spectrum_db: vec![None; spectrum_hz().len()],
            gain_db: vec![Some(3.0), None, Some(5.0)],
        };
        Report {
            source: source.into(),
            sample_rate_hz: 44_100,
            channels: 2,
            length_s: 20.0,
            before,
            before_spectrum_db: vec![Some(-30.0); spectrum_hz().len()],
            outline: vec![0.5; 100],
            compare_trim_db: -1.25,
            chains: vec![chain("one"), chain("two")],
        }
    }

    #[test]
    fn holds_every_reading_and_file_and_nothing_from_outside() {
        let page = html(&report("a & b <script>.wav"));
        for row in &ROWS {
            assert!(page.contains(row.name), "{}", row.name);
        }
        for file in ["before", "after-1", "after-2", "compare-before", "compare-1", "compare-2"] {
            assert!(page.contains(&format!("src=\"{file}.wav\"")), "{file}");
        }
        assert!(page.contains("a &amp; b &lt;script&gt;.wav") && !page.contains("<script>.wav"));
        assert!(page.contains("\u{2212}18.0") && page.contains("2:1") && page.contains("\u{2212}0.3 dBFS"));
        assert!(page.contains("lowered by 1.3 dB") || page.contains("lowered by 1.2 dB"));
        assert!(
            !page.contains("http://") && !page.contains("https://") && !page.contains("NaN") && !page.contains("inf")
        );
        assert!(!page.contains("\">-"), "a hyphen instead of a minus");
    }

    #[test]
    fn a_silent_song_makes_a_page_too() {
        let mut silent = report("silence");
        silent.before = Readings::default();
        silent.before_spectrum_db.fill(None);
        for chain in &mut silent.chains {
            chain.after = Readings::default();
            chain.gain_db.clear();
        }
        silent.length_s = 0.0;
        silent.outline.clear();
        let page = html(&silent);
        assert!(!page.contains("NaN") && !page.contains("inf"));
    }
}
