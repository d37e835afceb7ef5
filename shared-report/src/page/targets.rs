//! The delivery report's section on targets: each cause once, each verdict in a row, each source once.

use std::fmt::Write as _;

use super::plot::{escape, number, words};
use crate::{Cause, Evidence, Judged};

/// A verdict by shape and word, and by hue only beside them.
fn mark(pass: Option<bool>) -> &'static str {
    match pass {
        Some(true) => {
            "<span class=\"pass\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\"><circle cx=\"8\" cy=\"8\" r=\"7\"/>\
             <path d=\"M4.5 8.3l2.4 2.4 4.6-5\"/></svg>pass</span>"
        }
        Some(false) => {
            "<span class=\"fail\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\"><path d=\"M8 1l7 13.5H1z\"/>\
             <path d=\"M8 6v4M8 12v.6\"/></svg>fail</span>"
        }
        None => {
            "<span class=\"unknown\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\"><rect x=\"2\" y=\"2\" width=\"12\" height=\"12\"/>\
             <path d=\"M5 8h6\"/></svg>not measured</span>"
        }
    }
}

pub(super) fn targets(page: &mut String, targets: &[Judged]) {
    if targets.is_empty() {
        return;
    }
    page.push_str("<section class=\"panel\">\n<h2>Delivery</h2>\n");
    causes(page, targets);
    page.push_str(
        "<p>Whether it may go there as it is; and, for services that level what they play, the gain that they would apply and the \
         true peak after it.</p>\n<div class=\"scroll\"><table class=\"targets\">\n<thead><tr><th>Target</th><th>Verdict</th>\
         <th class=\"n\">Service&#8217;s gain dB</th><th class=\"n\">Peak after dBTP</th><th class=\"n\">Headroom dB</th>\
         <th class=\"n\">Gain to pass dB</th></tr></thead>\n<tbody>\n",
    );
    for Judged { verdict, source, .. } in targets {
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{}<small>{}</small>{}</th><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            escape(&verdict.title),
            escape(&verdict.name),
            evidence(source.evidence),
            mark(verdict.pass),
            number(verdict.playback_gain_db, 1, true),
            number(verdict.playback_true_peak_dbtp, 1, false),
            number(verdict.headroom_db, 1, true),
            number(verdict.gain_to_pass_db, 2, true),
        );
    }
    page.push_str("</tbody></table></div>\n");
    sources(page, targets);
    page.push_str("</section>\n");
}

fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Primary => "",
        Evidence::Secondary => " <b>second hand</b>",
        Evidence::Unverified => " <b>unverified</b>",
    }
}

/// What keeps it from passing: each cause with all targets that it concerns.
fn causes(page: &mut String, targets: &[Judged]) {
    let causes = Cause::all_of(targets);
    if causes.is_empty() {
        return;
    }
    page.push_str("<ul class=\"causes\">\n");
    for Cause { text, fails, targets } in &causes {
        let class = if *fails { "" } else { " class=\"unknown\"" };
        let _ = writeln!(page, "<li{class}>{} <small>{}</small></li>", words(text), escape(&targets.join(" · ")));
    }
    page.push_str("</ul>\n");
}

/// Where the figures come from, each publication once, and the notes.
fn sources(page: &mut String, targets: &[Judged]) {
    page.push_str("<details class=\"sources\"><summary>Sources and notes</summary>\n<ul>\n");
    let mut told: Vec<&crate::Source> = Vec::new();
    for Judged { source, .. } in targets {
        if told.contains(&source) {
            continue;
        }
        told.push(source);
        let of_it = || targets.iter().filter(|judged| judged.source == *source);
        let titles: Vec<&str> = of_it().map(|judged| judged.verdict.title.as_str()).collect();
        let _ = writeln!(
            page,
            "<li>{}: {}, {}.{}",
            escape(&titles.join(" · ")),
            words(&source.text),
            escape(&source.date),
            evidence(source.evidence)
        );
        for Judged { verdict, note, .. } in of_it().filter(|judged| !judged.note.is_empty()) {
            // One target's own source needs no second name.
            let name = if titles.len() > 1 { format!("{}: ", escape(&verdict.title)) } else { String::new() };
            let _ = writeln!(page, "<br>{name}{}", words(note));
        }
        page.push_str("</li>\n");
    }
    page.push_str("</ul></details>\n");
}
