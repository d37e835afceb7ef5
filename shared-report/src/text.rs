//! Numbers and times as people read them.

use std::time::Duration;

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

/// Date and time of day, given the time since 1970: "2026-11-21", "10:35:02". The calendar is that of Howard Hinnant,
/// *chrono-Compatible Low-Level Date Algorithms* (2013): days counted in eras of 400 years that begin in March, so that the
/// leap day comes last.
#[must_use]
pub fn utc(since_1970: Duration) -> (String, String) {
    let seconds = since_1970.as_secs();
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = 400 * era + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    (format!("{year:04}-{month:02}-{day:02}"), format!("{hour:02}:{minute:02}:{second:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, date, time) in [
            (0, "1970-01-01", "00:00:00"),
            (951_782_399, "2000-02-28", "23:59:59"),
            (951_782_400, "2000-02-29", "00:00:00"),
            (1_795_257_302, "2026-11-21", "10:35:02"),
            (4_107_542_400, "2100-03-01", "00:00:00"),
        ] {
            assert_eq!(utc(Duration::from_secs(seconds)), (date.to_owned(), time.to_owned()));
        }
    }
}
