//! Where in all sets a field stands: what its id, name and group are made of.

use super::changes::Changes;

/// What a set stands in: what goes before the ids, names and groups of its parameters. Nothing, for a plugin's own set.
#[derive(Debug, Clone, Default)]
pub struct Within {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) group: String,
    /// Where changes of its values are counted.
    pub(super) changes: Changes,
}

impl Within {
    /// Nothing goes before, and changes are counted here.
    #[must_use]
    pub fn counted_by(changes: &Changes) -> Self {
        Self { changes: changes.clone(), ..Self::default() }
    }
}

/// Where a field stands.
#[derive(Debug)]
pub struct Place<'a> {
    pub(super) within: &'a Within,
    field: &'static str,
    group: &'static str,
    /// The field's doc comment, a line each.
    pub(super) doc: &'static str,
}

impl<'a> Place<'a> {
    /// The field of that name, with that doc comment, in that group of a set; [`params!`](crate::params!) says so.
    #[must_use]
    pub fn new(within: &'a Within, group: &'static str, field: &'static str, doc: &'static str) -> Self {
        Self { within, field: field.trim_start_matches("r#"), group, doc }
    }

    /// The parameter's id.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}{}", self.within.id, self.field)
    }

    /// The parameter's whole name.
    #[must_use]
    pub fn name(&self, own: &str) -> String {
        format!("{}{own}", self.within.name)
    }

    /// The path of its group; nothing at the top.
    #[must_use]
    pub fn group(&self) -> String {
        join(&self.within.group, self.group)
    }
}

/// A group within another.
pub(super) fn join(outer: &str, inner: &str) -> String {
    let separator = if outer.is_empty() || inner.is_empty() { "" } else { "/" };
    format!("{outer}{separator}{inner}")
}
