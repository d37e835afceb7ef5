//! What the window says in words: of the ceiling, and of the dither.

/// Above this a coder's own overshoot may pass full scale, dBTP: what AES TD1008 (2021) and the streaming services ask for.
const LOSSY_DBTP: f64 = -1.0;

/// The ceiling's number, and what lossy delivery asks of it.
#[must_use]
pub fn ceiling(ceiling_db: f64) -> String {
    // As it is shown, so that -1.0 is never told to go to -1.
    let shown = (10.0 * ceiling_db).round() / 10.0;
    let number = format!("Ceiling {} dBTP", signed(shown));
    if shown > LOSSY_DBTP {
        return format!("{number}.  AAC, MP3 and Ogg add peaks of their own: for lossy delivery set −1 or lower.");
    }
    number
}

/// What the dither is for, as it is set.
#[must_use]
pub fn dither(bits: Option<u32>, wants_shape: bool, is_shaped: bool) -> String {
    match bits {
        None => "Dither is off: a float file or a plugin behind this one needs none.".to_owned(),
        Some(bits) if wants_shape && !is_shaped => {
            format!(
                "Dither for a {bits}-bit file, not shaped: there is no shape for this rate. A float file needs none."
            )
        }
        Some(bits) => format!("Dither for a {bits}-bit file, last of all. A float file or a plugin behind needs none."),
    }
}

/// One decimal, with a true minus sign.
#[must_use]
pub fn signed(value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    format!("{sign}{:.1}", value.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lossy_delivery_is_told_what_it_wants_and_no_more() {
        assert!(ceiling(-0.3).starts_with("Ceiling −0.3 dBTP.  AAC"));
        assert!(ceiling(0.0).starts_with("Ceiling 0.0 dBTP.  AAC"));
        for enough in [-1.0, -1.04, -6.0] {
            assert!(!ceiling(enough).contains("AAC"), "{enough}: {}", ceiling(enough));
        }
    }

    #[test]
    fn dither_says_who_needs_none() {
        for text in [dither(None, false, false), dither(Some(16), false, false), dither(Some(24), true, true)] {
            assert!(text.contains("needs none") && text.contains("float file"), "{text}");
        }
        assert!(dither(Some(16), true, false).contains("no shape for this rate"));
    }
}
