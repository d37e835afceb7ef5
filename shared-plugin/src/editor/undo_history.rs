//! Undo and redo: one entry a gesture, not saved with the session.

/// Old enough to forget: nobody steps back two hundred gestures.
const LIMIT: usize = 200;

/// One parameter moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The parameter's id.
    pub id: String,
    /// Normalised value before.
    pub before: f32,
    /// Normalised value after.
    pub after: f32,
}

impl Change {
    fn reversed(&self) -> Self {
        Self { id: self.id.clone(), before: self.after, after: self.before }
    }
}

/// What was done and what was undone.
#[derive(Debug, Default)]
pub struct UndoHistory {
    done: Vec<Vec<Change>>,
    undone: Vec<Vec<Change>>,
    /// Changes that become one entry: those of one picture, of a slot or of a preset.
    group: Option<Vec<Change>>,
    /// How many groups are open, one within another: the outermost makes the entry.
    depth: u32,
    /// While undo itself moves parameters, nothing is recorded.
    is_replaying: bool,
}

impl UndoHistory {
    /// Notes a change.
    pub fn record(&mut self, change: Change) {
        if self.is_replaying {
            return;
        }
        match &mut self.group {
            Some(group) => group.push(change),
            None => self.push(vec![change]),
        }
    }

    fn push(&mut self, entry: Vec<Change>) {
        if entry.is_empty() {
            return;
        }
        self.undone.clear();
        if self.done.len() == LIMIT {
            self.done.remove(0);
        }
        self.done.push(entry);
    }

    /// Begins to gather changes into one entry. A group within a group is a part of it.
    pub fn begin_group(&mut self) {
        self.depth += 1;
        self.group.get_or_insert_default();
    }

    /// Ends the group.
    pub fn end_group(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 0
            && let Some(group) = self.group.take()
        {
            self.push(group);
        }
    }

    /// The changes that undo the last entry; call [`replayed`](Self::replayed) when they are made.
    pub fn undo(&mut self) -> Vec<Change> {
        let Some(entry) = self.done.pop() else { return Vec::new() };
        self.is_replaying = true;
        let changes = entry.iter().rev().map(Change::reversed).collect();
        self.undone.push(entry);
        changes
    }

    /// The changes that make the last undone entry again; call [`replayed`](Self::replayed) when they are made.
    pub fn redo(&mut self) -> Vec<Change> {
        let Some(entry) = self.undone.pop() else { return Vec::new() };
        self.is_replaying = true;
        self.done.push(entry.clone());
        entry
    }

    /// Ends a replay.
    pub fn replayed(&mut self) {
        self.is_replaying = false;
    }

    /// Whether there is anything to undo.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether there is anything to redo.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(id: &str, before: f32, after: f32) -> Change {
        Change { id: id.to_owned(), before, after }
    }

    #[test]
    fn a_group_within_a_group_is_one_entry_with_it() {
        let mut history = UndoHistory::default();
        history.begin_group();
        history.record(change("a", 0.0, 1.0));
        history.begin_group();
        history.record(change("b", 0.0, 1.0));
        history.end_group();
        history.record(change("c", 0.0, 1.0));
        assert!(!history.can_undo(), "still open");
        history.end_group();
        let undone: Vec<String> = history.undo().into_iter().map(|change| change.id).collect();
        assert_eq!(undone, ["c", "b", "a"]);
        assert!(!history.can_undo());
    }

    #[test]
    fn one_entry_a_gesture_and_one_a_group() {
        let mut history = UndoHistory::default();
        history.record(change("a", 0.0, 1.0));
        history.begin_group();
        history.record(change("b", 0.1, 0.2));
        history.record(change("c", 0.3, 0.4));
        history.end_group();

        assert_eq!(history.undo(), vec![change("c", 0.4, 0.3), change("b", 0.2, 0.1)]);
        // What undo itself moves is no new entry.
        history.record(change("c", 0.4, 0.3));
        history.replayed();
        assert_eq!(history.undo(), vec![change("a", 1.0, 0.0)]);
        history.replayed();
        assert!(!history.can_undo());
        assert_eq!(history.redo(), vec![change("a", 0.0, 1.0)]);
        history.replayed();
        assert_eq!(history.redo().len(), 2);
        history.replayed();
        assert!(!history.can_redo());

        history.undo();
        history.replayed();
        history.record(change("d", 0.0, 0.5));
        assert!(!history.can_redo(), "a new gesture forgets what was undone");
    }

    #[test]
    fn forgets_the_oldest() {
        let mut history = UndoHistory::default();
        for n in 0..LIMIT + 10 {
            history.record(change("a", n as f32, n as f32 + 1.0));
        }
        let mut count = 0;
        while !history.undo().is_empty() {
            history.replayed();
            count += 1;
        }
        assert_eq!(count, LIMIT);
    }
}
