//! Starting points and presets: what the menu shows, and what is done with it.

use egui::Context;
use shared_ui::preset_menu::{PresetAction, PresetKind, PresetMenuModel};

use super::bottom_line::Note;
use super::controls::Controls;
use super::files::{FileError, Library};
use super::preferences::UserPreferences;
use crate::params::{AllParams, Parameter, Scope};
use crate::product::Product;
use crate::session::Snapshot;

/// What the menu shows before anything was chosen.
const NO_PRESET: &str = "Starting points";
/// The user's preset that new instances open with.
const DEFAULT_PRESET: &str = "Default";

/// Sets a fresh instance to the user's own default preset, if there is one that can be read: before a host has loaded
/// anything, and before anything plays.
pub(crate) fn apply_default_preset<P: Product>(params: &AllParams<P::Params>, library: &Library) {
    let Some(name) = library.preferences().default_preset else { return };
    let Ok(preset) = library.load(&name) else { return };
    for parameter in params.parameters().into_iter().filter(|parameter| parameter.about().is_in_presets()) {
        let param = parameter.ptr();
        // SAFETY: `params` holds what the pointers lead to, and nothing else uses it yet.
        unsafe {
            let value = match preset.values.get(parameter.about().id()) {
                Some(text) => param.string_to_normalized_value(text),
                None => parameter.legacy_normalized(),
            };
            if let Some(value) = value.filter(|value| value.is_finite()) {
                param._internal_set_normalized_value(value.clamp(0.0, 1.0));
            }
        }
    }
}

/// The two lists of the menu, and the preset that was loaded last.
pub(super) struct Presets {
    library: Library,
    factory: Vec<String>,
    user: Vec<String>,
    selected: Option<(PresetKind, usize)>,
    name: String,
    /// What the loaded preset set, to tell whether anything was changed since.
    values: Snapshot,
}

impl Presets {
    /// Nothing chosen. The user's own are read when a window opens.
    pub fn new<P: Product>(library: Library, params: &AllParams<P::Params>) -> Self {
        Self {
            library,
            factory: P::starting_points(params).iter().map(|point| point.name.to_owned()).collect(),
            user: Vec::new(),
            selected: None,
            name: NO_PRESET.to_owned(),
            values: Snapshot::new(),
        }
    }

    /// Reads the user's list: another instance may have changed it.
    pub fn open(&mut self) {
        self.user = self.library.names();
    }

    /// What the menu shows.
    pub fn menu<P: Product>(&self, controls: &Controls<P>) -> PresetMenuModel<'_> {
        PresetMenuModel {
            current: &self.name,
            selected: self.selected,
            modified: controls.differs_from(&self.values),
            factory: &self.factory,
            user: &self.user,
        }
    }

    /// Does what was asked of the menu. Answers what there is to tell.
    pub fn act<P: Product>(
        &mut self,
        ctx: &Context,
        action: PresetAction,
        controls: &Controls<P>,
        preferences: &mut UserPreferences,
    ) -> Result<Option<Note>, String> {
        let plain = |error: FileError| error.to_string();
        match action {
            PresetAction::Load(kind, index) => self.load(ctx, controls, kind, index)?,
            PresetAction::Save(name) => {
                self.library.save(&name, controls.texts()).map_err(plain)?;
                self.list(name.trim(), controls);
            }
            PresetAction::SaveAsDefault => {
                self.library.save(DEFAULT_PRESET, controls.texts()).map_err(plain)?;
                preferences.set_default_preset(DEFAULT_PRESET).map_err(plain)?;
                self.list(DEFAULT_PRESET, controls);
            }
            PresetAction::Rename(index, name) => {
                self.library.rename(self.user_name(index)?, &name).map_err(plain)?;
                self.list(name.trim(), controls);
            }
            PresetAction::Delete(index) => {
                self.library.delete(self.user_name(index)?).map_err(plain)?;
                self.list(NO_PRESET, controls);
            }
            PresetAction::Import => {
                let count = self.library.import().map_err(plain)?;
                self.list(NO_PRESET, controls);
                return Ok(Some(Note::info(match count {
                    0 => format!("Put preset files into {} and press Import again", self.library.import_folder()),
                    count => format!("{count} preset(s) imported"),
                })));
            }
            PresetAction::Export => {
                let name = if self.name == NO_PRESET { "Exported" } else { &self.name };
                let path = self.library.export(name, controls.texts()).map_err(plain)?;
                return Ok(Some(Note::info(format!("Written to {}", path.display()))));
            }
        }
        Ok(None)
    }

    fn user_name(&self, index: usize) -> Result<&str, String> {
        self.user.get(index).map(String::as_str).ok_or_else(|| "There is no such preset.".to_owned())
    }

    /// Loads one of a list.
    pub fn load<P: Product>(
        &mut self,
        ctx: &Context,
        controls: &Controls<P>,
        kind: PresetKind,
        index: usize,
    ) -> Result<(), String> {
        let (name, snapshot) = match kind {
            PresetKind::Factory => {
                let points = P::starting_points(controls.params());
                let point = points.get(index).ok_or("There is no such starting point.")?;
                let texts = point.values.iter().map(|&(parameter, text)| (parameter.about().id(), text));
                let mut snapshot = controls.values_of(texts)?;
                let is_of_programme = |parameter: &&dyn Parameter| parameter.about().scope() == Scope::Programme;
                for parameter in controls.params().parameters().into_iter().filter(is_of_programme) {
                    snapshot.remove(parameter.about().id());
                }
                (point.name.to_owned(), snapshot)
            }
            PresetKind::User => {
                let name = self.user_name(index)?.to_owned();
                let preset = self.library.load(&name).map_err(|error| error.to_string())?;
                let texts = preset.values.iter().map(|(id, text)| (id.as_str(), text.as_str()));
                let mut snapshot = controls.values_of(texts)?;
                // A preset from before a parameter was there sounds as it did then.
                for parameter in controls.params().parameters() {
                    let id = parameter.about().id();
                    if let (Some(value), false) = (parameter.legacy_normalized(), preset.values.contains_key(id)) {
                        snapshot.insert(id.to_owned(), value);
                    }
                }
                (name, snapshot)
            }
        };
        controls.restore(ctx, &snapshot);
        self.selected = Some((kind, index));
        self.name = name;
        self.values = snapshot;
        Ok(())
    }

    /// After the list of files changed: reads it again and finds `name` in it.
    fn list<P: Product>(&mut self, name: &str, controls: &Controls<P>) {
        self.user = self.library.names();
        self.selected = self.user.iter().position(|have| have == name).map(|index| (PresetKind::User, index));
        name.clone_into(&mut self.name);
        self.values = controls.snapshot();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::editor::files::Preferences;
    use crate::editor::test_window::{app, context, window};
    use crate::probe::Probe;

    #[test]
    fn a_starting_point_moves_no_trim_and_is_one_step_of_undo() {
        let mut window = window();
        window.press("Presets");
        window.press("Half");
        assert!((window.params.shell.mix.value() - 50.0).abs() < 1e-3);
        assert_eq!(window.params.shell.input.value(), 0.0);
        window.press("Undo");
        assert!((window.params.shell.mix.value() - 100.0).abs() < 1e-3);
        window.press("Redo");
        assert!((window.params.shell.mix.value() - 50.0).abs() < 1e-3);
    }

    #[test]
    fn old_presets_keep_their_sound_and_starting_points_the_calibration() {
        let mut window = window();
        let values = [("amount".to_owned(), "-4.5 dB".to_owned())].into_iter().collect();
        window.library().save("Old", values).expect("saved");
        // Listed when a preset is saved or a window opens.
        window.press("Presets");
        window.press("Half");
        assert!((window.params.product.later.value() + 18.0).abs() < 1e-4, "a starting point leaves it alone");
        let params = Arc::new(AllParams::of::<Probe>());
        let ctx = Context::default();
        let mut app = app(&params, window.library());
        app.open(&ctx, &context(&window.host));
        app.presets.load(&ctx, &app.controls, PresetKind::User, 0).expect("loaded");
        assert!((params.product.amount.value() + 4.5).abs() < 1e-4);
        assert!((params.product.later.value() + 12.0).abs() < 1e-4, "{}", params.product.later.value());
    }

    #[test]
    fn a_default_preset_opens_new_instances() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let library = Library::at(folder.path().to_owned(), Probe::CLAP_ID);
        let values = [("amount", "-4.5 dB"), ("input", "+6 dB"), ("mix", "nonsense")];
        // "later" is not there: the preset was saved before it was.
        let values = values.into_iter().map(|(id, text)| (id.to_owned(), text.to_owned())).collect();
        library.save("Mine", values).expect("saved");
        let preferences = Preferences { default_preset: Some("Mine".to_owned()), ..Preferences::default() };
        library.save_preferences(&preferences).expect("saved");
        let params = AllParams::of::<Probe>();
        apply_default_preset::<Probe>(&params, &library);
        assert!((params.product.amount.value() + 4.5).abs() < 1e-4);
        assert!((params.product.later.value() + 12.0).abs() < 1e-4, "the old sound");
        assert_eq!(params.shell.input.value(), 0.0, "trims belong to the session");
        assert_eq!(params.shell.mix.value(), 100.0);
    }
}
