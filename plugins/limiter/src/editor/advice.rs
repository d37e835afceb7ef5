//! What the window says in words: of the ceiling, and of the dither.

/// Above this a coder's own overshoot may pass full scale, dBTP: what AES TD1008 (2021) and the streaming services ask for.
const LOSSY_DBTP: f64 = -1.0;

/// The ceiling's number.
#[must_use]
pub fn ceiling(ceiling_db: f64) -> String {
    format!("Ceiling {} dBTP", signed(ceiling_db))
}

/// What lossy delivery asks of the ceiling, where it is higher.
#[must_use]
pub fn lossy(ceiling_db: f64) -> Option<&'static str> {
    // As it is shown, so that -1.0 is never told to go to -1.
    let shown = (10.0 * ceiling_db).round() / 10.0;
    (shown > LOSSY_DBTP).then_some("For AAC, MP3 or Ogg: −1 dBTP or lower.")
}

/// What the dither is for, as it is set.
#[must_use]
pub fn dither(bits: Option<u32>, wants_shape: bool, is_shaped: bool) -> String {
    match bits {
        None => "Dither is off: a float file or a next plugin needs none.".to_owned(),
        Some(bits) if wants_shape && !is_shaped => {
            format!("{bits}-bit dither, plain: no shape for this rate. A float file needs none.")
        }
        Some(bits) => format!("{bits}-bit dither: a float file or a next plugin needs none."),
    }
}

/// Both in one line.
#[must_use]
pub fn note(ceiling_db: f64, bits: Option<u32>, wants_shape: bool, is_shaped: bool) -> String {
    let dither = dither(bits, wants_shape, is_shaped);
    lossy(ceiling_db).map_or_else(|| dither.clone(), |lossy| format!("{lossy}  {dither}"))
}

/// One decimal, with a true minus sign.
#[must_use]
pub fn signed(value: f64) -> String {
    // Rounded first, so that -0.04 does not read as "−0.0".
    let tenths = (10.0 * value).round();
    let sign = if tenths < 0.0 { "−" } else { "" };
    format!("{sign}{:.1}", tenths.abs() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lossy_delivery_is_told_what_it_wants_and_no_more() {
        assert_eq!((ceiling(-0.3), ceiling(-0.04)), ("Ceiling −0.3 dBTP".to_owned(), "Ceiling 0.0 dBTP".to_owned()));
        for higher in [0.0, -0.3, -0.9] {
            assert!(lossy(higher).is_some_and(|text| text.contains("AAC")), "{higher}");
        }
        for enough in [-1.0, -1.04, -0.96, -6.0] {
            assert_eq!(lossy(enough), None, "{enough}");
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
