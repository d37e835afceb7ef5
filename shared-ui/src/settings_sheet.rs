//! What a person sets once for the window: size, motion, tooltips, wheel, steps.

use egui::{Popup, PopupCloseBehavior, Ui};

use crate::button::{Button, Icon};
use crate::segmented::Segmented;
use crate::theme::{self, Switches};

/// The scales offered, percent. The grip reaches those between.
pub const SCALES_PERCENT: [u32; 6] = [75, 100, 125, 150, 175, 200];

/// Settings of the window, kept by the shell per user and plugin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Scale of the window, 0.75..2.
    pub scale: f32,
    /// Motion, tooltips, wheel.
    pub switches: Switches,
    /// Gains move in steps of 0.5 dB instead of 0.1 dB.
    pub mastering_steps: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { scale: 1.0, switches: Switches::default(), mastering_steps: false }
    }
}

/// What a person asked of the sheet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SheetAction {
    /// These settings instead: the caller stores them and applies them ([`theme::set_switches`], the window's scale, the
    /// parameters' steps).
    Set(Settings),
    /// The largest scale that the host's window has room for.
    Fit,
}

/// Draws the button and, when open, the sheet. Answers what was asked. Accessible name: "Settings".
pub fn show(ui: &mut Ui, settings: &Settings) -> Option<SheetAction> {
    let (response, _) = Button::icon(Icon::Settings, "Settings").show(ui);
    let mut new = *settings;
    let mut fits = false;
    Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(316.0).show(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(theme::SPACE, theme::SPACE);
        ui.small("Window size");
        let words: Vec<String> = SCALES_PERCENT.iter().map(|percent| format!("{percent} %")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let now = (100.0 * settings.scale).round() as u32;
        // Between two sizes none is lit.
        let selected = SCALES_PERCENT.iter().position(|percent| *percent == now).unwrap_or(usize::MAX);
        if let (_, Some(index)) = Segmented::new("Window size").width(316.0).show(ui, &words, selected) {
            new.scale = SCALES_PERCENT[index] as f32 / 100.0;
        }
        let hint = "As large as the host's window has room for, between 75 and 200 %.";
        fits = Button::new("Fit to the host's window").hint(hint).min_width(316.0).show(ui).1;
        ui.add_space(theme::SPACE);
        for (value, label, hint) in [
            (&mut new.switches.reduced_motion, "Reduced motion", "No easing, meters at 15 Hz."),
            (&mut new.switches.tooltips, "Tooltips", "Explain what the pointer rests on."),
            (&mut new.switches.wheel, "Mouse wheel changes values", "Off: scrolling past never moves a control."),
            (&mut new.mastering_steps, "Mastering steps of 0.5 dB", "Wheel, arrows and drags move gains by 0.5 dB."),
        ] {
            let button = Button::new(label).hint(hint).on(*value).lamp().min_width(316.0);
            if button.show(ui).1 {
                *value = !*value;
            }
        }
    });
    if fits {
        return Some(SheetAction::Fit);
    }
    (new != *settings).then_some(SheetAction::Set(new))
}
