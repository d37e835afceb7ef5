//! How this user likes this plugin's window: what the settings sheet changes and the next window finds.

use std::sync::atomic::Ordering;

use egui::Context;
use shared_ui::settings_sheet::Settings;
use shared_ui::size_grip;
use shared_ui::span;
use shared_ui::theme::{self, Switches};

use super::files::{FileError, Library, Preferences};
use super::handle::Steps;

/// The preferences of the open window, and where they are kept.
pub(super) struct UserPreferences {
    library: Library,
    values: Preferences,
}

impl UserPreferences {
    /// The defaults. The user's own are read when a window opens: another instance may have changed them by then.
    pub fn new(library: Library) -> Self {
        Self { library, values: Preferences::default() }
    }

    /// Reads what is kept, and lets the window and the steps follow it.
    pub fn open(&mut self, ctx: &Context, steps: &Steps) {
        self.values = self.library.preferences();
        self.apply(ctx, steps);
    }

    fn apply(&self, ctx: &Context, steps: &Steps) {
        steps.mastering.store(self.values.mastering_steps, Ordering::Relaxed);
        theme::set_switches(ctx, self.switches());
        if let Some(seconds) = self.values.history_s {
            span::set_chosen_s(ctx, seconds);
        }
    }

    fn switches(&self) -> Switches {
        Switches {
            reduced_motion: self.values.reduced_motion,
            tooltips: self.values.tooltips,
            wheel: self.values.wheel,
        }
    }

    /// What the settings sheet shows in a window of this scale.
    pub fn settings(&self, scale: f32) -> Settings {
        Settings { scale, switches: self.switches(), mastering_steps: self.values.mastering_steps }
    }

    /// Takes over what the settings sheet says, but for the scale: only a size that came is kept
    /// ([`keep_scale`](Self::keep_scale)).
    pub fn set(&mut self, settings: Settings, ctx: &Context, steps: &Steps) -> Result<(), FileError> {
        self.values = Preferences {
            scale: self.values.scale,
            reduced_motion: settings.switches.reduced_motion,
            tooltips: settings.switches.tooltips,
            wheel: settings.switches.wheel,
            mastering_steps: settings.mastering_steps,
            history_s: self.values.history_s,
            default_preset: self.values.default_preset.take(),
        };
        self.apply(ctx, steps);
        self.save()
    }

    /// Keeps the scale that the window has for the windows to come.
    pub fn keep_scale(&mut self, scale: f32) -> Result<(), FileError> {
        let scale = scale.clamp(size_grip::MIN_SCALE, size_grip::MAX_SCALE);
        if scale == self.values.scale {
            return Ok(());
        }
        self.values.scale = scale;
        self.save()
    }

    /// Keeps the length of the histories that was chosen in the window.
    pub fn keep_history(&mut self, ctx: &Context) -> Result<(), FileError> {
        let chosen_s = span::chosen_s(ctx);
        if chosen_s.is_none() || chosen_s == self.values.history_s {
            return Ok(());
        }
        self.values.history_s = chosen_s;
        self.save()
    }

    /// The preset that new instances open with.
    pub fn default_preset(&self) -> Option<&str> {
        self.values.default_preset.as_deref()
    }

    /// Keeps the name of the preset that new instances open with.
    pub fn set_default_preset(&mut self, name: &str) -> Result<(), FileError> {
        self.values.default_preset = Some(name.to_owned());
        self.save()
    }

    fn save(&self) -> Result<(), FileError> {
        self.library.save_preferences(&self.values)
    }
}
