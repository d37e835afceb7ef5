//! Numbers and times as people read them.

/// A number with `digits` decimals and never a negative zero.
#[must_use]
pub fn number(value: f64, digits: usize) -> String {
    // What rounds to zero has no sign.
    let value = if value.abs() < 0.5 * 0.1f64.powi(digits as i32) { 0.0 } else { value };
    format!("{value:.digits$}")
}

/// A time from the start: "1:02.3", with hours from the first on.
#[must_use]
pub fn time(seconds: f64) -> String {
    let tenths = (seconds.max(0.0) * 10.0).round() as u64;
    let (hours, minutes, seconds, tenth) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60, tenths % 10);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}.{tenth}")
    } else {
        format!("{minutes}:{seconds:02}.{tenth}")
    }
}
