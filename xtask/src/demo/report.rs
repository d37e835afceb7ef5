//! The report: one HTML page that needs nothing but itself and the WAV files beside it.

use super::analysis::{GAIN_HOP_S, spectrum_hz};
use shared_dsp::loudness::Readings;
use shared_report::page::{
    BOTTOM, LEFT, Plot, RIGHT, ROWS, TOP, bounds, document, duration, escape, frequency_position, number, swatch,
};
use std::fmt::Write as _;

/// Everything that the page shows.
pub struct Report {
    /// What was mastered, in words: "the built-in mix" or a file's name.
    pub source: String,
    /// Sample rate of the files in Hz.
    pub sample_rate_hz: u32,
    /// Channels of the files, 1 or 2.
    pub channels: usize,
    /// Length of the song in s.
    pub length_s: f64,
    /// The song as it came.
    pub before: Readings,
    /// Its spectrum at [`spectrum_hz`], dBFS a sixth of an octave.
    pub before_spectrum_db: Vec<Option<f64>>,
    /// Its peaks along the time, for the ground of the gain plot.
    pub outline: Vec<f32>,
    /// How much all files for comparison were lowered together to keep their peaks below full scale, in dB (0 or less).
    pub compare_trim_db: f64,
    /// The chains, in order.
    pub chains: Vec<Chain>,
}

/// One chain and what it did.
pub struct Chain {
    /// Its name in the chain file.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// The plugins in order.
    pub steps: Vec<Step>,
    /// The level that its greatest sample is set to, in dBFS.
    pub output_level_dbfs: f64,
    /// The final gain that brought it there, in dB, if the renderer told.
    pub output_gain_db: Option<f64>,
    /// Readings as delivered.
    pub after: Readings,
    /// Spectrum as delivered.
    pub spectrum_db: Vec<Option<f64>>,
    /// After above before over time, see `analysis::gain_over_time_db`.
    pub gain_db: Vec<Option<f64>>,
}

/// One plugin of a chain.
pub struct Step {
    /// The plugin's name.
    pub plugin: String,
    /// Parameters that the chain sets, with their texts.
    pub settings: Vec<(String, String)>,
    /// What was measured of it while it rendered, as name and text.
    pub measured: Vec<(String, String)>,
}

/// Colour and dash of each chain's lines: told apart without hue too.
const LINES: [(&str, &str); 2] = [("#e0a458", ""), ("#6aa8d9", "7 4")];
const BEFORE: &str = "#9aa3ab";

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

fn line(index: usize) -> (&'static str, &'static str) {
    LINES[index % LINES.len()]
}

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
    gain_plot(&mut page, report);
    readings_table(&mut page, report);
    spectrum_plots(&mut page, report);
    settings(&mut page, report);
    reading_guide(&mut page);
    document(&format!("Twobus demo: {}", report.source), STYLE, SCRIPT, &page)
}

/// The span and the mean of the gain of a chain over time, in dB: least, mean, greatest.
fn gain_span(gain_db: &[Option<f64>]) -> Option<[f64; 3]> {
    let mut values: Vec<f64> = gain_db.iter().flatten().copied().collect();
    if values.is_empty() {
        return None;
    }
    values.sort_by(f64::total_cmp);
    // The outermost hundredth is the edges of single notes, where a window holds half of one.
    let at = |p: f64| values[((values.len() - 1) as f64 * p).round() as usize];
    Some([at(0.01), values.iter().sum::<f64>() / values.len() as f64, at(0.99)])
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

fn difference(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a? - b?)
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

fn gain_plot(page: &mut String, report: &Report) {
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

fn spectrum_plots(page: &mut String, report: &Report) {
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
