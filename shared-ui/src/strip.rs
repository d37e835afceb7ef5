//! The last seconds as columns of equal time: what every picture that scrolls is made of.

use std::cell::Cell;

/// What happened in one short span of time.
pub(crate) trait Column: Copy {
    /// Nothing happened.
    const SILENT: Self;

    /// Merges more of what happened in the same span: extremes survive.
    fn merge(&mut self, other: Self);
}

/// Lengths that a person can choose, s.
pub(crate) const SPANS_S: [f32; 4] = [5.0, 10.0, 30.0, 60.0];
/// All of the longest is kept, so that it is full at once.
const LONGEST_S: f32 = 60.0;
/// One column for each point of an ordinary width at the shortest length.
const COLUMNS: usize = 7200;
/// How long an interruption looks, whatever it lasted.
const GAP_S: f32 = 0.1;

/// Columns over the last seconds, fed at any pace.
///
/// A strip scrolls only with what is pushed, and whoever publishes readings asks for the picture: a part made of it
/// never asks for one itself, so that it stands still in silence.
#[derive(Clone, Debug)]
pub(crate) struct Strip<C> {
    columns: Vec<C>,
    column_s: f32,
    /// Column being filled.
    head: usize,
    /// Seconds of it that have passed.
    filled_s: f32,
    /// How much of it is shown, s: chosen in the picture itself.
    shown_s: Cell<f32>,
}

impl<C: Column> Strip<C> {
    /// A silent strip of `count` columns over `seconds` seconds, all of which are shown.
    pub fn new(count: usize, seconds: f32) -> Self {
        let columns = vec![C::SILENT; count];
        Self { columns, column_s: seconds / count as f32, head: 0, filled_s: 0.0, shown_s: Cell::new(seconds) }
    }

    /// One that keeps the longest of [`SPANS_S`] and shows `seconds` of it until another length is chosen.
    pub fn of_any_length(seconds: f32) -> Self {
        let strip = Self::new(COLUMNS, LONGEST_S);
        strip.shown_s.set(seconds);
        strip
    }

    /// How much is shown, s.
    pub fn shown_s(&self) -> &Cell<f32> {
        &self.shown_s
    }

    /// Lets `elapsed_s` seconds pass in which `column` happened. A time that is not finite counts as none.
    pub fn push(&mut self, elapsed_s: f32, column: C) {
        let count = self.columns.len();
        let most_s = self.column_s * count as f32;
        let elapsed_s = if elapsed_s.is_finite() { elapsed_s.clamp(0.0, most_s) } else { 0.0 };
        self.columns[self.head].merge(column);
        self.filled_s += elapsed_s;
        while self.filled_s >= self.column_s {
            self.filled_s -= self.column_s;
            self.head = (self.head + 1) % count;
            self.columns[self.head] = C::SILENT;
            self.columns[self.head].merge(column);
        }
    }

    /// Leaves a gap of a tenth of a second, or two columns where they are wider: in it nothing happened.
    pub fn gap(&mut self) {
        // What fills the running column happened before the gap, so that begins with the next.
        let rest_s = self.column_s - self.filled_s;
        self.push(rest_s, C::SILENT);
        self.columns[self.head] = C::SILENT;
        self.push(GAP_S.max(2.0 * self.column_s), C::SILENT);
    }

    /// The columns that are shown, from oldest to newest with their age in seconds.
    pub fn iter(&self) -> impl Iterator<Item = (f32, C)> + '_ {
        let count = self.columns.len();
        let shown = ((self.shown_s.get() / self.column_s).round() as usize).clamp(1, count);
        (count - shown..count).map(move |back| {
            let index = (self.head + 1 + back) % count;
            let age_s = (count - 1 - back) as f32 * self.column_s + self.filled_s;
            (age_s, self.columns[index])
        })
    }

    /// The same, met in groups so that there are no more than one for each of `width` points: finer than that nobody sees,
    /// and it is tessellated in every picture. Groups keep their columns as the strip moves on: a peak does not flicker.
    pub fn thinned(&self, width: f32) -> Vec<(f32, C)> {
        let shown = self.shown_s.get() / self.column_s;
        let stride = (shown / width.max(1.0)).ceil().max(1.0) as usize;
        let mut thinned: Vec<(f32, C)> = Vec::with_capacity(shown as usize / stride + 2);
        let first = (self.head + 1 + self.columns.len() - (shown.round() as usize).min(self.columns.len()))
            % self.columns.len();
        for (place, (age_s, column)) in self.iter().enumerate() {
            match thinned.last_mut().filter(|_| !(first + place).is_multiple_of(stride)) {
                Some((age, met)) => {
                    *age = age_s;
                    met.merge(column);
                }
                None => thinned.push((age_s, column)),
            }
        }
        thinned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Most(f32);

    impl Column for Most {
        const SILENT: Self = Self(0.0);

        fn merge(&mut self, other: Self) {
            self.0 = self.0.max(other.0);
        }
    }

    #[test]
    fn a_longer_span_shows_what_a_shorter_one_no_longer_does() {
        let mut strip = Strip::of_any_length(5.0);
        strip.push(0.01, Most(1.0));
        (0..2000).for_each(|_| strip.push(0.01, Most(0.0)));
        let most = |strip: &Strip<Most>| strip.iter().fold(0.0_f32, |most, (_, column)| most.max(column.0));
        assert_eq!(most(&strip), 0.0, "twenty seconds ago");
        strip.shown_s().set(30.0);
        assert_eq!(most(&strip), 1.0);
        let thinned = strip.thinned(300.0);
        assert!(
            thinned.len() <= 302 && thinned.iter().any(|(age, column)| column.0 == 1.0 && (age - 20.0).abs() < 0.2)
        );
    }
}
