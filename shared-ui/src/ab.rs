//! A and B: two settings to compare, and a copy from one to the other.

use egui::Ui;

use crate::button::Button;
use crate::segmented::Segmented;

/// One of the two settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Slot {
    /// A.
    #[default]
    A,
    /// B.
    B,
}

impl Slot {
    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// What a person asked of the control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbAction {
    /// Make this one active.
    Select(Slot),
    /// Copy the active one over the other.
    CopyToOther,
}

/// Draws the control. Accessible names: "Setting A", "Setting B", "Copy A to B" (or "Copy B to A").
pub fn show(ui: &mut Ui, active: Slot) -> Option<AbAction> {
    let selected = match active {
        Slot::A => 0,
        Slot::B => 1,
    };
    let (_, picked) = Segmented::new("Setting").show(ui, &["A", "B"], selected);
    let name = match active {
        Slot::A => "Copy A to B",
        Slot::B => "Copy B to A",
    };
    let (_, copied) = Button::new("Copy").name(name).hint(name).show(ui);
    match (picked, copied) {
        (Some(_), _) => Some(AbAction::Select(active.other())),
        (None, true) => Some(AbAction::CopyToOther),
        (None, false) => None,
    }
}
