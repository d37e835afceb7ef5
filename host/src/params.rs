//! Parameters as a script sees them: by key, with the texts that the editor shows.

/// A parameter of a plugin.
///
/// The numbers are those of CLAP. For a plugin on nice-plug they are 0..1 for a continuous parameter and 0..steps for
/// a stepped one; [`crate::Instance::value_to_text`] says what they mean.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamInfo {
    /// CLAP id. nice-plug gives the hash of its string id: [`hash_key`].
    pub id: u32,
    /// The name in snake_case: [`slug`].
    pub key: String,
    /// The name that the editor shows.
    pub name: String,
    /// The group (CLAP "module"), may be empty.
    pub group: String,
    /// Least CLAP value.
    pub min: f64,
    /// Greatest CLAP value.
    pub max: f64,
    /// Default CLAP value.
    pub default: f64,
    /// Whether only whole values exist.
    pub is_stepped: bool,
    /// Whether a host may automate it.
    pub is_automatable: bool,
    /// Whether it is the host's bypass.
    pub is_bypass: bool,
    /// Whether it is not meant for people.
    pub is_hidden: bool,
}

/// The snake_case key of a parameter's name: letters and digits in lower case, anything else one underscore.
///
/// ```
/// assert_eq!(host::slug("Sidechain high-pass"), "sidechain_high_pass");
/// assert_eq!(host::slug("Input (dB)"), "input_db");
/// ```
pub fn slug(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_alphanumeric() {
            key.extend(c.to_lowercase());
        } else if !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
    }
    key.truncate(key.trim_end_matches('_').len());
    key
}

/// The CLAP id that nice-plug derives from a string id: base-31 polynomial of its bytes, modulo 2^31 (VST3 keeps the
/// top bit for hosts). Written from that description, so that a test can tell that a string id equals its key.
pub fn hash_key(key: &str) -> u32 {
    key.bytes().fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte))) & 0x7fff_ffff
}

/// The number at the start of a parameter's text, in its base unit: "-1.5 dB" is -1.5, "2k", "2 kHz" and "2.00 kHz"
/// are 2000, "4:1" is 4, "1,5" is 1.5, "1.2 s" and "1200 ms" are both 1200 (times are in ms). `None` where the text
/// does not start with a finite number ("off", "-inf dB").
pub fn number_in_text(text: &str) -> Option<f64> {
    // The typographic minus is what some editors print.
    let text = text.trim().replace('\u{2212}', "-").replace(',', ".");
    let end = text
        .char_indices()
        .find(|&(at, c)| !(c.is_ascii_digit() || c == '.' || (at == 0 && (c == '-' || c == '+'))))
        .map_or(text.len(), |(at, _)| at);
    let number: f64 = text[..end].parse().ok()?;
    let unit = text[end..].trim_start();
    let factor = match unit {
        _ if unit.starts_with("kHz") || unit.eq_ignore_ascii_case("k") => 1000.0,
        _ if unit.eq_ignore_ascii_case("s") || unit.starts_with("sec") => 1000.0,
        _ => 1.0,
    };
    Some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_their_base_unit() {
        for (text, number) in [
            ("-1.5 dB", Some(-1.5)),
            ("-1.5", Some(-1.5)),
            ("\u{2212}18 dB", Some(-18.0)),
            ("+3", Some(3.0)),
            ("1,5", Some(1.5)),
            ("2k", Some(2000.0)),
            ("2.5 kHz", Some(2500.0)),
            ("4:1", Some(4.0)),
            ("1.2 s", Some(1200.0)),
            ("30 ms", Some(30.0)),
            ("off", None),
            ("-inf dB", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(number_in_text(text), number, "{text:?}");
        }
    }

    #[test]
    fn keys_are_snake_case() {
        assert_eq!(slug("Threshold"), "threshold");
        assert_eq!(slug("Sidechain high-pass"), "sidechain_high_pass");
        assert_eq!(slug("  A/B -- (x) "), "a_b_x");
    }

    #[test]
    fn the_hash_is_nice_plugs() {
        // Worked by hand from the definition: 'a' = 97, "ab" = 97 * 31 + 98.
        assert_eq!(hash_key(""), 0);
        assert_eq!(hash_key("a"), 97);
        assert_eq!(hash_key("ab"), 3105);
        assert!(hash_key("sidechain_high_pass_slope") < 1 << 31);
    }
}
