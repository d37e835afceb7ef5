//! A parameter of any kind, and what was declared of it.

use nice_plug::prelude::ParamPtr;

use super::declaration::{Declaration, Scope};
use super::place::Place;

/// What was declared of a parameter that is not nice-plug's to keep.
#[derive(Debug)]
pub struct About {
    id: String,
    group: String,
    doc: &'static str,
    scope: Scope,
    legacy: Option<f32>,
}

impl About {
    pub(super) fn new<K>(declaration: &Declaration<K>, at: &Place<'_>) -> Box<Self> {
        let Declaration { scope, legacy, .. } = *declaration;
        Box::new(Self { id: at.id(), group: at.group(), doc: at.doc, scope, legacy })
    }

    /// The id, which states, presets and hosts know it by: the name of the field, behind the band's if it is in one.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The group that hosts show it in: names separated by slashes, or nothing.
    #[must_use]
    pub fn group(&self) -> &str {
        &self.group
    }

    /// One sentence or two for the tooltip: the first paragraph of the doc comment.
    #[must_use]
    pub fn hint(&self) -> String {
        self.doc.lines().map(str::trim).take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// Whose its value is.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Whether a preset or a slot may move it.
    #[must_use]
    pub fn is_in_presets(&self) -> bool {
        matches!(self.scope, Scope::Sound | Scope::Programme)
    }

    /// What it is in states, slots and presets that know nothing of it, in its own measure, if that is not its default.
    #[must_use]
    pub fn legacy(&self) -> Option<f32> {
        self.legacy
    }
}

/// A parameter of any kind.
pub trait Parameter: Send + Sync {
    /// What was declared of it.
    fn about(&self) -> &About;

    /// nice-plug's pointer to it, good for as long as the parameter lives.
    fn ptr(&self) -> ParamPtr;
}

impl dyn Parameter + '_ {
    /// [`About::legacy`], normalised.
    #[must_use]
    pub fn legacy_normalized(&self) -> Option<f32> {
        // SAFETY: `self` is alive.
        self.about().legacy.map(|value| unsafe { self.ptr().preview_normalized(value) })
    }
}
