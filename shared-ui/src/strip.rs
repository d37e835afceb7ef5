//! The last seconds as columns of equal time: what every picture that scrolls is made of.

/// What happened in one short span of time.
pub(crate) trait Column: Copy {
    /// Nothing happened.
    const SILENT: Self;

    /// Merges more of what happened in the same span: extremes survive.
    fn merge(&mut self, other: Self);
}

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
}

impl<C: Column> Strip<C> {
    /// A silent strip of `count` columns over `seconds` seconds.
    pub fn new(count: usize, seconds: f32) -> Self {
        let columns = vec![C::SILENT; count];
        Self { columns, column_s: seconds / count as f32, head: 0, filled_s: 0.0 }
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

    /// Columns from oldest to newest with their age in seconds.
    pub fn iter(&self) -> impl Iterator<Item = (f32, C)> + '_ {
        let count = self.columns.len();
        (0..count).map(move |back| {
            let index = (self.head + 1 + back) % count;
            let age_s = (count - 1 - back) as f32 * self.column_s + self.filled_s;
            (age_s, self.columns[index])
        })
    }

    /// The same, met in groups so that there are no more than one for each of `width` points: finer than that nobody sees,
    /// and it is tessellated in every picture.
    pub fn thinned(&self, width: f32) -> Vec<(f32, C)> {
        let stride = (self.columns.len() as f32 / width.max(1.0)).ceil().max(1.0) as usize;
        let mut thinned: Vec<(f32, C)> = Vec::with_capacity(self.columns.len() / stride + 1);
        for (place, (age_s, column)) in self.iter().enumerate() {
            match thinned.last_mut().filter(|_| place % stride != 0) {
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
