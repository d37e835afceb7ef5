//! Numbers as people write them, and as the window and the host show them.

/// Splits "−1,5 dB" into -1.5 and "db". Takes a decimal comma, a typographic minus sign and "inf".
fn read(text: &str) -> Option<(f64, String)> {
    let plain: String = text
        .trim()
        .chars()
        .map(|c| match c {
            '−' | '–' => '-',
            ',' => '.',
            c => c.to_ascii_lowercase(),
        })
        .collect();
    let unsigned = plain.trim_start_matches(['+', '-']);
    if let Some(unit) = unsigned.strip_prefix("inf").or_else(|| unsigned.strip_prefix('∞')) {
        let value = if plain.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY };
        return Some((value, unit.trim().to_owned()));
    }
    let end = plain.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(plain.len());
    let value = plain[..end].parse().ok()?;
    Some((value, plain[end..].trim().to_owned()))
}

/// Units of level: whoever types "dB" means the one that is asked for.
const DECIBELS: [&str; 4] = ["db", "dbfs", "lu", "db/oct"];

/// Reads a number in `unit`, which may be left out: "-14", "-14 LUFS". `None` for any other unit.
#[must_use]
pub fn parse_number(text: &str, unit: &str) -> Option<f32> {
    let (value, typed) = read(text)?;
    let unit = unit.trim().to_ascii_lowercase();
    let is_level = |unit: &str| DECIBELS.contains(&unit);
    let is_ours = typed.is_empty() || typed == unit;
    let is_level_too = is_level(&typed) && (is_level(&unit) || matches!(unit.as_str(), "lufs" | "dbtp"));
    (is_ours || is_level_too).then_some(value as f32)
}

/// Reads a frequency: "120", "120 Hz", "2k", "2.5 kHz". `None` for any other unit.
#[must_use]
pub fn parse_hz(text: &str) -> Option<f32> {
    let (value, unit) = read(text)?;
    match unit.as_str() {
        "" | "hz" => Some(value as f32),
        "k" | "khz" => Some((value * 1000.0) as f32),
        _ => None,
    }
}

/// Reads a share: "40", "40 %", giving 40. `None` for any other unit.
#[must_use]
pub fn parse_percent(text: &str) -> Option<f32> {
    let (value, unit) = read(text)?;
    matches!(unit.as_str(), "" | "%").then_some(value as f32)
}

/// Decimals that show `value` to 0.01 without empty digits past the first: 1.5 needs one, 1.25 two.
fn decimals(value: f32) -> usize {
    let hundredths = (f64::from(value) * 100.0).round() as i64;
    if hundredths % 10 == 0 { 1 } else { 2 }
}

/// Writes a level with its sign: "+1.5", "-18.0", "0.0".
#[must_use]
pub fn write_db(value: f32) -> String {
    let decimals = decimals(value);
    let text = format!("{value:.decimals$}");
    // A value that rounds to zero has no sign: "-0.0" reads like a mistake.
    if text.trim_start_matches('-').chars().all(|c| matches!(c, '0' | '.')) {
        return text.trim_start_matches('-').to_owned();
    }
    if value > 0.0 { format!("+{text}") } else { text }
}

/// Writes a frequency with its unit: "120 Hz", "2.00 kHz".
#[must_use]
pub fn write_hz(value: f32) -> String {
    if value < 999.5 {
        if value < 99.95 { format!("{value:.1} Hz") } else { format!("{value:.0} Hz") }
    } else {
        format!("{:.2} kHz", value / 1000.0)
    }
}

/// Writes a share without its unit: "100", "33.3".
#[must_use]
pub fn write_percent(value: f32) -> String {
    let tenths = (f64::from(value) * 10.0).round() as i64;
    if tenths % 10 == 0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// Finds the choice that `text` names: the whole label ("4:1", "Auto", "0.3 ms"), or its number alone ("4", "0,3"), or the
/// number with another unit of the same label ("300 ms" for "0.3 s").
#[must_use]
pub fn parse_choice(text: &str, labels: &[&str]) -> Option<usize> {
    let wanted = text.trim();
    if let Some(index) = labels.iter().position(|label| label.eq_ignore_ascii_case(wanted)) {
        return Some(index);
    }
    let (value, unit) = read(wanted)?;
    labels.iter().position(|label| {
        read(label).is_some_and(|(have, have_unit)| {
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * b.abs().max(1e-3);
            let same_unit = unit.is_empty() || unit == have_unit;
            (same_unit && close(value, have))
                || (unit == "ms" && have_unit == "s" && close(value, have * 1000.0))
                || (unit == "s" && have_unit == "ms" && close(value * 1000.0, have))
        })
    })
}

/// The words of a switch.
#[must_use]
pub fn write_switch(on: bool) -> String {
    if on { "On" } else { "Off" }.to_owned()
}

/// What a text means for a switch, in any case; `None` if nothing.
#[must_use]
pub fn parse_switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Some(true),
        "off" | "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn db(text: &str) -> Option<f32> {
        parse_number(text, " dB")
    }

    #[test]
    fn reads_what_people_write() {
        for (text, value) in [("-1.5", -1.5), ("-1.5 dB", -1.5), ("−1.5 dB", -1.5), ("1,5", 1.5), ("+3dB", 3.0)] {
            assert_eq!(db(text), Some(value), "{text}");
        }
        assert_eq!(db("-inf"), Some(f32::NEG_INFINITY));
        assert_eq!(db("-∞ dB"), Some(f32::NEG_INFINITY));
        assert_eq!(db("loud"), None);
        assert_eq!(db("3 Hz"), None);
        assert_eq!(db("3 LUFS"), None);
        for text in ["-14", "-14 LUFS", "−14lufs", "-14,0 dB", "-14 lu"] {
            assert_eq!(parse_number(text, " LUFS"), Some(-14.0), "{text}");
        }
        assert_eq!(parse_number("30 ms", " ms"), Some(30.0));
        assert_eq!(parse_number("30 dB", " ms"), None);
        assert_eq!(parse_hz("2k"), Some(2000.0));
        assert_eq!(parse_hz("2,5 kHz"), Some(2500.0));
        assert_eq!(parse_hz("120Hz"), Some(120.0));
        assert_eq!(parse_percent("40 %"), Some(40.0));
        assert_eq!(parse_percent(""), None);
    }

    #[test]
    fn names_choices_by_label_or_number() {
        let ratios = ["1.5:1", "2:1", "3:1", "4:1", "10:1"];
        assert_eq!(parse_choice("4:1", &ratios), Some(3));
        assert_eq!(parse_choice("4", &ratios), Some(3));
        assert_eq!(parse_choice("1,5", &ratios), Some(0));
        assert_eq!(parse_choice("5", &ratios), None);
        let releases = ["0.1 s", "0.3 s", "Auto"];
        assert_eq!(parse_choice("auto", &releases), Some(2));
        assert_eq!(parse_choice("300 ms", &releases), Some(1));
        assert_eq!(parse_choice("0.3", &releases), Some(1));
    }

    #[test]
    fn written_text_reads_back() {
        for hundredths in -4000..=4000 {
            let value = hundredths as f32 / 100.0;
            let read = db(&write_db(value));
            assert!(read.is_some_and(|read| (read - value).abs() < 0.0051), "{value}");
        }
        assert_eq!(write_db(-0.001), "0.0");
        assert_eq!(write_db(1.5), "+1.5");
        assert_eq!(write_db(1.25), "+1.25");
        assert_eq!(write_hz(2000.0), "2.00 kHz");
    }
}
