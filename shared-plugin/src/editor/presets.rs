//! Starting points and presets: what the menu shows, and what is done with it.

use egui::Context;
use shared_ui::preset_menu::{PresetAction, PresetKind, PresetMenuModel};

use super::bottom_line::Note;
use super::controls::Controls;
use super::files::{FileError, Library};
use super::preferences::UserPreferences;
use crate::params::{AllParams, Parameter, Scope};
use crate::product::Product;
use crate::session::{PresetName, Snapshot};

/// What the menu shows before anything was chosen.
const NO_PRESET: &str = "Starting points";
/// The user's preset that new instances open with.
const DEFAULT_PRESET: &str = "Default";

/// Sets a fresh instance to the user's own default preset, if there is one that can be read: before a host has loaded
/// anything, and before anything plays.
pub(crate) fn apply_default_preset<P: Product>(params: &AllParams<P::Params>, library: &Library) {
    let Some(name) = library.preferences().default_preset else { return };
    let Ok(preset) = library.load(&name) else { return };
    params.session.slots().preset = Some(PresetName { is_factory: false, name });
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

/// The two lists of the menu, and the preset that was loaded last: the session keeps its name.
pub(super) struct Presets {
    library: Library,
    factory: Vec<String>,
    user: Vec<String>,
    selected: Option<(PresetKind, usize)>,
    /// The name that the session had when `values` were read.
    known: Option<PresetName>,
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
            known: None,
            values: Snapshot::new(),
        }
    }

    /// Reads the user's list: another instance may have changed it.
    pub fn open(&mut self) {
        self.user = self.library.names();
        (self.known, self.selected) = (None, None);
    }

    /// Goes after the session: a host has loaded one, or another slot is active. Before each picture.
    pub fn follow<P: Product>(&mut self, controls: &Controls<P>) {
        let named = controls.params().session.slots().preset.clone();
        if named == self.known {
            return;
        }
        self.selected = named.as_ref().and_then(|named| {
            let (kind, names) =
                if named.is_factory { (PresetKind::Factory, &self.factory) } else { (PresetKind::User, &self.user) };
            names.iter().position(|name| *name == named.name).map(|index| (kind, index))
        });
        // One that has gone or cannot be read still has its name; nothing tells then what was changed.
        let values = self.selected.and_then(|(kind, index)| self.values_of(controls, kind, index).ok());
        self.values = values.unwrap_or_default();
        self.known = named;
    }

    fn name(&self) -> &str {
        self.known.as_ref().map_or(NO_PRESET, |named| &named.name)
    }

    fn set_name<P: Product>(&mut self, controls: &Controls<P>, named: Option<PresetName>) {
        controls.params().session.slots().preset.clone_from(&named);
        self.known = named;
    }

    /// What the menu shows.
    pub fn menu<P: Product>(&self, controls: &Controls<P>) -> PresetMenuModel<'_> {
        PresetMenuModel {
            current: self.name(),
            selected: self.selected,
            modified: self.known.is_some() && controls.differs_from(&self.values),
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
                self.list(Some(name.trim()), controls);
            }
            PresetAction::SaveAsDefault => {
                self.library.save(DEFAULT_PRESET, controls.texts()).map_err(plain)?;
                preferences.set_default_preset(DEFAULT_PRESET).map_err(plain)?;
                self.list(Some(DEFAULT_PRESET), controls);
            }
            PresetAction::Rename(index, name) => {
                let old = self.user_name(index)?;
                self.library.rename(old, &name).map_err(plain)?;
                if preferences.default_preset() == Some(old) {
                    // New instances go on opening with it.
                    preferences.set_default_preset(name.trim()).map_err(plain)?;
                }
                self.list(Some(name.trim()), controls);
            }
            PresetAction::Delete(index) => {
                self.library.delete(self.user_name(index)?).map_err(plain)?;
                self.list(None, controls);
            }
            PresetAction::Import => {
                let count = self.library.import().map_err(plain)?;
                // What is loaded stays loaded.
                self.open();
                self.follow(controls);
                return Ok(Some(Note::info(match count {
                    0 => format!("Put preset files into {} and press Import again", self.library.import_folder()),
                    count => format!("{count} preset(s) imported"),
                })));
            }
            PresetAction::Export => {
                let name = if self.known.is_none() { "Exported" } else { self.name() };
                let path = self.library.export(name, controls.texts()).map_err(plain)?;
                return Ok(Some(Note::info(format!("Written to {}", path.display()))));
            }
        }
        Ok(None)
    }

    fn user_name(&self, index: usize) -> Result<&str, String> {
        self.user.get(index).map(String::as_str).ok_or_else(|| "There is no such preset.".to_owned())
    }

    /// What one of a list sets.
    fn values_of<P: Product>(
        &self,
        controls: &Controls<P>,
        kind: PresetKind,
        index: usize,
    ) -> Result<Snapshot, String> {
        Ok(match kind {
            PresetKind::Factory => {
                let points = P::starting_points(controls.params());
                let point = points.get(index).ok_or("There is no such starting point.")?;
                let texts = point.values.iter().map(|&(parameter, text)| (parameter.about().id(), text));
                let mut snapshot = controls.values_of(texts)?;
                let is_of_programme = |parameter: &&dyn Parameter| parameter.about().scope() == Scope::Programme;
                for parameter in controls.params().parameters().into_iter().filter(is_of_programme) {
                    snapshot.remove(parameter.about().id());
                }
                snapshot
            }
            PresetKind::User => {
                let preset = self.library.load(self.user_name(index)?).map_err(|error| error.to_string())?;
                let texts = preset.values.iter().map(|(id, text)| (id.as_str(), text.as_str()));
                let mut snapshot = controls.values_of(texts)?;
                // A preset from before a parameter was there sounds as it did then.
                for parameter in controls.params().parameters() {
                    let id = parameter.about().id();
                    if let (Some(value), false) = (parameter.legacy_normalized(), preset.values.contains_key(id)) {
                        snapshot.insert(id.to_owned(), value);
                    }
                }
                snapshot
            }
        })
    }

    /// Loads one of a list.
    pub fn load<P: Product>(
        &mut self,
        ctx: &Context,
        controls: &Controls<P>,
        kind: PresetKind,
        index: usize,
    ) -> Result<(), String> {
        let values = self.values_of(controls, kind, index)?;
        controls.restore(ctx, &values);
        let is_factory = kind == PresetKind::Factory;
        let names = if is_factory { &self.factory } else { &self.user };
        let name = names.get(index).cloned().ok_or("There is no such preset.")?;
        self.set_name(controls, Some(PresetName { is_factory, name }));
        (self.selected, self.values) = (Some((kind, index)), values);
        Ok(())
    }

    /// After the list of files changed: reads it again and finds `name` in it.
    fn list<P: Product>(&mut self, name: Option<&str>, controls: &Controls<P>) {
        self.user = self.library.names();
        let place = self.user.iter().position(|have| Some(have.as_str()) == name);
        self.selected = place.map(|index| (PresetKind::User, index));
        self.set_name(controls, name.map(|name| PresetName { is_factory: false, name: name.to_owned() }));
        self.values = controls.snapshot();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::editor::files::Preferences;
    use crate::editor::test_window::{Window, app, context, window};
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

    /// What the menu says: the name of its preset.
    fn said(window: &Window) -> String {
        window.harness.get_by_label("Presets").value().unwrap_or_default()
    }

    /// Opens the menu and chooses a line of it.
    fn choose(window: &mut Window, line: &str) {
        window.press("Presets");
        window.press(line);
    }

    /// Writes a name into the menu's question, in place of what stands there, and answers it.
    fn answer(window: &mut Window, name: &str) {
        window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        window.harness.step();
        window.harness.event(egui::Event::Text(name.to_owned()));
        window.harness.step();
        window.harness.key_press(egui::Key::Enter);
        window.harness.run_steps(3);
    }

    fn message(window: &Window) -> String {
        let mut app = window.app.lock().expect("no test panicked");
        app.bottom_line.message(None, 0, true, false).map_or_else(String::new, |note| note.text)
    }

    #[test]
    fn presets_are_saved_renamed_and_deleted_from_the_menu() {
        let mut window = window();
        assert_eq!(said(&window), NO_PRESET);
        window.type_amount(-2.0);
        choose(&mut window, "Save as…");
        answer(&mut window, "Mine");
        assert_eq!(said(&window), "Mine");
        window.type_amount(1.0);
        assert_eq!(said(&window), "Mine, changed");
        choose(&mut window, "Mine");
        assert!((window.amount() + 2.0).abs() < 1e-4);
        assert_eq!(said(&window), "Mine", "the dot goes when it is as it was saved");
        choose(&mut window, "Rename…");
        answer(&mut window, "Ours");
        assert_eq!((said(&window), window.library().names()), ("Ours".to_owned(), vec!["Ours".to_owned()]));
        choose(&mut window, "Delete…");
        window.press("Cancel");
        assert_eq!(window.library().names(), ["Ours"], "asked first");
        window.press("Delete…");
        window.press("Delete");
        assert_eq!((said(&window), window.library().names().len()), (NO_PRESET.to_owned(), 0));
        assert!((window.amount() + 2.0).abs() < 1e-4, "the sound stays");
    }

    #[test]
    fn the_arrows_step_through_starting_points_and_presets() {
        let mut window = window();
        window.type_amount(-1.0);
        choose(&mut window, "Save as…");
        answer(&mut window, "Mine");
        window.press("Next preset");
        assert_eq!(said(&window), "Half", "round from the last to the first");
        assert!((window.params.shell.mix.value() - 50.0).abs() < 1e-3);
        window.press("Previous preset");
        assert_eq!(said(&window), "Mine");
        assert!((window.amount() + 1.0).abs() < 1e-4 && (window.params.shell.mix.value() - 100.0).abs() < 1e-3);
    }

    #[test]
    fn the_name_is_kept_with_the_session_and_each_slot_has_its_own() {
        let mut window = window();
        choose(&mut window, "Half");
        window.press("Setting B");
        assert_eq!(said(&window), "Half", "a slot that was never filled starts as what is heard");
        choose(&mut window, "Save as…");
        answer(&mut window, "Mine");
        window.press("Setting A");
        assert_eq!(said(&window), "Half");
        let mut fields = BTreeMap::new();
        window.params.session.save(&mut fields);

        let params = Arc::new(AllParams::of::<Probe>());
        assert!(params.session.load(&fields));
        let ctx = Context::default();
        let mut app = app(&params, window.library());
        app.open(&ctx, &context(&window.host));
        app.presets.follow(&app.controls);
        let menu = app.presets.menu(&app.controls);
        assert_eq!((menu.current, menu.selected), ("Half", Some((PresetKind::Factory, 0))));
        assert!(menu.modified, "this instance's parameters are at their defaults");
        // A preset whose file has gone still says what it was.
        app.controls.ab_action(&ctx, shared_ui::ab::AbAction::Select(shared_ui::ab::Slot::B));
        window.library().delete("Mine").expect("deleted");
        app.presets.open();
        app.presets.follow(&app.controls);
        let menu = app.presets.menu(&app.controls);
        assert_eq!((menu.current, menu.selected, menu.modified), ("Mine", None, false));
    }

    #[test]
    fn presets_are_exported_and_imported() {
        let mut window = window();
        window.type_amount(-3.0);
        choose(&mut window, "Save as…");
        answer(&mut window, "Mine");
        choose(&mut window, "Export…");
        let folder = window.folder.path();
        let exported = folder.join("export").join("Mine.toml");
        assert!(exported.exists() && message(&window).contains("Written to"), "{}", message(&window));
        std::fs::create_dir_all(folder.join("import")).expect("made");
        std::fs::rename(&exported, folder.join("import").join("Yours.toml")).expect("moved");
        choose(&mut window, "Import…");
        assert_eq!(window.library().names(), ["Mine", "Yours"]);
        assert_eq!(said(&window), "Mine", "what is loaded stays loaded");
        window.type_amount(4.0);
        choose(&mut window, "Yours");
        assert!((window.amount() + 3.0).abs() < 1e-4);
    }

    #[test]
    fn a_damaged_preset_changes_nothing_and_says_so() {
        let mut window = window();
        window.type_amount(-3.0);
        choose(&mut window, "Save as…");
        answer(&mut window, "Mine");
        window.type_amount(2.0);
        for text in ["values = 3", "product = \"org.twobus.probe\"\n[values]\namount = \"much\"\n", "\u{0}"] {
            std::fs::write(window.folder.path().join("presets/Mine.toml"), text).expect("written");
            choose(&mut window, "Mine");
            assert!((window.amount() - 2.0).abs() < 1e-4, "{text}");
            assert!(!message(&window).is_empty(), "{text}: nothing is said");
            assert_eq!(window.host.open.load(std::sync::atomic::Ordering::SeqCst), 0);
        }
    }

    /// A folder that cannot be written into, also by those who may do everything: a file stands in its place.
    #[test]
    fn a_folder_that_takes_nothing_costs_nothing() {
        let mut window = window();
        std::fs::write(window.folder.path().join("presets"), "in the way").expect("written");
        std::fs::write(window.folder.path().join("export"), "in the way").expect("written");
        window.type_amount(-3.0);
        choose(&mut window, "Half");
        choose(&mut window, "Save as…");
        answer(&mut window, "Mine");
        assert!(message(&window).contains("presets"), "{}", message(&window));
        assert_eq!(said(&window), "Half", "the name is not that of a preset that was never written");
        for line in ["Save as default", "Export…"] {
            choose(&mut window, line);
            assert!(!message(&window).is_empty(), "{line}");
        }
        assert_eq!(said(&window), "Half");
        assert!((window.params.shell.mix.value() - 50.0).abs() < 1e-3);
    }

    #[test]
    fn a_default_preset_that_is_renamed_stays_the_default() {
        let mut window = window();
        choose(&mut window, "Save as default");
        assert_eq!(said(&window), DEFAULT_PRESET);
        choose(&mut window, "Rename…");
        answer(&mut window, "House");
        assert_eq!(window.library().preferences().default_preset.as_deref(), Some("House"));
    }
}
