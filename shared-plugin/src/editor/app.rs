//! The window's program.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use egui::Ui;
use nice_plug::context::gui::GuiContext;
use nice_plug::prelude::Params;
use nice_plug_egui::baseview::WindowSize;
use nice_plug_egui::{Frame as WindowFrame, KeyCapture};
use shared_ui::ab::{AbAction, Slot};
use shared_ui::compare::{CompareAction, CompareModel};
use shared_ui::frame::{EndReading, Frame as WindowLines, FrameAction, FrameState, QualityModel};
use shared_ui::keys::{self, KeyUse};
use shared_ui::message_line::{Message, Severity};
use shared_ui::preset_menu::{PresetAction, PresetKind, PresetMenuModel};
use shared_ui::settings_sheet::Settings;
use shared_ui::theme::{self, Switches};
use shared_ui::{Param, gesture, size_grip};

use super::files::{Library, Preferences, is_in_preset};
use super::fit::Surroundings;
use super::handle::{Handle, Steps};
use super::history::{Change, History};
use super::host_keys::{self, Forwarder};
use super::panel::{Panel, PanelContext, Reading};
use super::resize::Sizing;
use super::signal::Signal;
use super::window::{Link, base_size};
use crate::feed::{Frame, Shared};
use crate::monitoring::{COMPARE, DELTA, MonitoringHandle, MonitoringSwitch};
use crate::params::{AllParams, QUALITY_LABELS};
use crate::product::Product;
use crate::session::{Snapshot, legacy_value};

/// The peak reading of the bottom line falls this fast, dB/s.
const PEAK_FALL_DB_PER_S: f32 = 12.0;
const FLOOR_DB: f32 = -120.0;

/// Sets a fresh instance to the user's own default preset, if there is one that can be read: before a host has loaded
/// anything, and before anything plays.
pub(crate) fn apply_default_preset<P: Product>(params: &AllParams<P::Params>, library: &Library) {
    let Some(name) = library.preferences().default_preset else { return };
    let Ok(preset) = library.load(&name) else { return };
    for (id, param, _) in params.param_map() {
        if !is_in_preset(&id) {
            continue;
        }
        // SAFETY: `params` holds what the pointers lead to, and nothing else uses it yet.
        unsafe {
            let value = match preset.values.get(&id) {
                Some(text) => param.string_to_normalized_value(text),
                None => legacy_value::<P>(&id).map(|value| param.preview_normalized(value)),
            };
            if let Some(value) = value.filter(|value| value.is_finite()) {
                param._internal_set_normalized_value(value.clamp(0.0, 1.0));
            }
        }
    }
}

/// The last peak and loudness at one end, for the bottom line.
#[derive(Debug, Clone, Copy)]
struct End {
    peak_db: f32,
    lufs: f32,
}

impl End {
    const SILENT: Self = Self { peak_db: FLOOR_DB, lufs: f32::NEG_INFINITY };

    fn take(&mut self, peak: [f32; 2], lufs: f32) {
        let peak_db = 20.0 * peak[0].max(peak[1]).max(1e-6).log10();
        self.peak_db = peak_db.max(self.peak_db - PEAK_FALL_DB_PER_S / crate::feed::FRAMES_PER_SECOND as f32);
        self.lufs = lufs;
    }

    fn reading(self) -> EndReading {
        EndReading {
            peak_dbfs: (self.peak_db > FLOOR_DB).then_some(self.peak_db),
            lufs: self.lufs.is_finite().then_some(self.lufs),
        }
    }
}

/// What the preset menu shows before anything was chosen.
const NO_PRESET: &str = "Starting points";

/// A message and how much it matters.
type Note = (Severity, String);

/// The window's program: everything around the panel. Lives as long as the plugin, through openings and closings.
pub struct App<P: Product> {
    pub(super) params: Arc<AllParams<P::Params>>,
    pub(super) shared: Arc<Shared<Reading<P>>>,
    pub(super) link: Arc<Link>,
    panel: P::Panel,
    library: Library,
    preferences: Preferences,
    history: Arc<Mutex<History>>,
    steps: Arc<Steps>,
    handles: BTreeMap<String, Param>,
    listening: BTreeMap<&'static str, Param>,
    frame_state: FrameState,
    input: End,
    output: End,
    signal: Signal,
    bad_samples_shown: u64,
    pub(super) note: Option<Note>,
    factory: Vec<String>,
    user: Vec<String>,
    preset: Option<(PresetKind, usize)>,
    preset_name: String,
    /// What the loaded preset set, to tell whether anything was changed since.
    preset_values: Snapshot,
    pub(super) match_started_s: Option<f64>,
    pub(super) sizing: Sizing,
    pub(super) surroundings: Surroundings,
    last_time_s: f64,
    keys: host_keys::Queue,
    forwarder: Forwarder,
}

impl<P: Product> App<P> {
    pub(super) fn new(
        params: Arc<AllParams<P::Params>>,
        shared: Arc<Shared<Reading<P>>>,
        link: Arc<Link>,
        library: Library,
    ) -> Self {
        Self {
            params,
            shared,
            link,
            panel: P::Panel::default(),
            library,
            // Read when a window opens: another instance may have changed them by then.
            preferences: Preferences::default(),
            history: Arc::default(),
            steps: Arc::default(),
            handles: BTreeMap::new(),
            listening: BTreeMap::new(),
            frame_state: FrameState::default(),
            input: End::SILENT,
            output: End::SILENT,
            signal: Signal::default(),
            bad_samples_shown: 0,
            note: None,
            factory: P::STARTING_POINTS.iter().map(|point| point.name.to_owned()).collect(),
            user: Vec::new(),
            preset: None,
            preset_name: NO_PRESET.to_owned(),
            preset_values: Snapshot::new(),
            match_started_s: None,
            sizing: Sizing::new(0.0, 1.0),
            surroundings: Surroundings::default(),
            last_time_s: 0.0,
            keys: host_keys::Queue::default(),
            forwarder: Forwarder::default(),
        }
    }

    /// Makes the window ready: theme, preferences, and a handle for every parameter.
    fn open(&mut self, ctx: &egui::Context, context: GuiContext) {
        // Before the theme, whose guard takes Space away.
        host_keys::install(ctx, self.keys.clone());
        self.forwarder = Forwarder::default();
        theme::apply(ctx, <P::Panel as Panel<P>>::ACCENT);
        self.preferences = self.library.preferences();
        self.user = self.library.names();
        self.signal = Signal::default();
        self.sizing = Sizing::new(0.0, 1.0);
        self.surroundings = Surroundings::default();
        self.last_time_s = 0.0;
        self.apply_preferences(ctx);
        let owner: Arc<dyn Params> = self.params.clone();
        self.handles = self
            .params
            .param_map()
            .into_iter()
            .map(|(id, param, _)| {
                let hint = P::hint(&id).or_else(|| shell_hint(&id)).unwrap_or_default();
                let (context, history, steps) = (context.clone(), self.history.clone(), self.steps.clone());
                let handle = Handle::new(owner.clone(), (id.clone(), param), hint, context, history, steps);
                (id, Arc::new(handle) as Param)
            })
            .collect();
        self.listening = self
            .params
            .monitoring
            .switches()
            .map(|switch| {
                let hint = P::hint(switch.id).unwrap_or_default();
                let handle = MonitoringHandle::new(self.params.monitoring.clone(), switch, hint);
                (switch.id, Arc::new(handle) as Param)
            })
            .collect();
    }

    fn apply_preferences(&self, ctx: &egui::Context) {
        self.steps.mastering.store(self.preferences.mastering_steps, Ordering::Relaxed);
        theme::set_switches(ctx, self.switches());
    }

    fn switches(&self) -> Switches {
        Switches {
            reduced_motion: self.preferences.reduced_motion,
            tooltips: self.preferences.tooltips,
            wheel: self.preferences.wheel,
        }
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn complain(&mut self, error: impl std::fmt::Display) {
        self.note = Some((Severity::Error, error.to_string()));
    }

    /// One gesture on one parameter.
    pub(super) fn set(&self, ctx: &egui::Context, id: &str, normalized: f32) {
        if let Some(param) = self.handles.get(id) {
            gesture::once(ctx, param, normalized);
        }
    }

    fn listen(&self, switch: &MonitoringSwitch, on: bool) {
        self.params.monitoring.set(switch.id, on);
    }

    /// The parameters that a slot or a preset may move, by id.
    fn presettable(&self) -> impl Iterator<Item = (&String, &Param)> {
        self.handles.iter().filter(|(id, _)| is_in_preset(id))
    }

    /// What a slot or a preset holds of the present settings.
    fn snapshot(&self) -> Snapshot {
        self.presettable().map(|(id, param)| (id.clone(), param.normalized())).collect()
    }

    /// Moves parameters to a snapshot, as gestures that are one entry of the history.
    fn restore(&self, ctx: &egui::Context, snapshot: &Snapshot) {
        self.history().begin_group();
        for (id, &value) in snapshot {
            let is_elsewhere = self.handles.get(id).is_some_and(|param| (param.normalized() - value).abs() > 1e-6);
            if is_elsewhere && is_in_preset(id) {
                self.set(ctx, id, value.clamp(0.0, 1.0));
            }
        }
        self.history().end_group();
    }

    fn replay(&self, ctx: &egui::Context, changes: &[Change]) {
        for change in changes {
            self.set(ctx, &change.id, change.after);
        }
        self.history().replayed();
    }

    /// Values of a starting point or a preset, read as the window would read them typed; the rest takes its default.
    fn values_of<'t>(&self, texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<Snapshot, String> {
        let mut snapshot: Snapshot =
            self.presettable().map(|(id, param)| (id.clone(), param.default_normalized())).collect();
        for (id, text) in texts {
            // Settings that belong to the session are left alone, whatever a file says.
            let Some(slot) = snapshot.get_mut(id) else { continue };
            let value = self.handles.get(id).and_then(|param| param.parse(text));
            *slot = value.ok_or_else(|| format!("\"{text}\" is no value for {id}"))?;
        }
        Ok(snapshot)
    }

    fn texts(&self) -> BTreeMap<String, String> {
        self.presettable().map(|(id, param)| (id.clone(), param.text(param.normalized()))).collect()
    }

    fn load_preset(&mut self, ctx: &egui::Context, kind: PresetKind, index: usize) -> Result<(), String> {
        let (name, snapshot) = match kind {
            PresetKind::Factory => {
                let point = P::STARTING_POINTS.get(index).ok_or("There is no such starting point.")?;
                let mut snapshot = self.values_of(point.values.iter().copied())?;
                snapshot.retain(|id, _| !P::CALIBRATION_IDS.contains(&id.as_str()));
                (point.name.to_owned(), snapshot)
            }
            PresetKind::User => {
                let name = self.user.get(index).cloned().ok_or("There is no such preset.")?;
                let preset = self.library.load(&name).map_err(|error| error.to_string())?;
                let texts = preset.values.iter().map(|(id, text)| (id.as_str(), text.as_str()));
                let mut snapshot = self.values_of(texts)?;
                // A preset from before a parameter was there sounds as it did then.
                for (id, param, _) in self.params.param_map() {
                    if let (Some(value), false) = (legacy_value::<P>(&id), preset.values.contains_key(&id)) {
                        // SAFETY: `self.params` outlives the loop.
                        snapshot.insert(id, unsafe { param.preview_normalized(value) });
                    }
                }
                (name, snapshot)
            }
        };
        self.restore(ctx, &snapshot);
        self.preset = Some((kind, index));
        self.preset_name = name;
        self.preset_values = snapshot;
        Ok(())
    }

    /// After the list of files changed: reads it again and finds `name` in it.
    fn list_presets(&mut self, name: &str) {
        self.user = self.library.names();
        self.preset = self.user.iter().position(|have| have == name).map(|index| (PresetKind::User, index));
        name.clone_into(&mut self.preset_name);
        self.preset_values = self.snapshot();
    }

    fn preset_action(&mut self, ctx: &egui::Context, action: PresetAction) -> Result<(), String> {
        let plain = |error: super::files::FileError| error.to_string();
        match action {
            PresetAction::Load(kind, index) => self.load_preset(ctx, kind, index)?,
            PresetAction::Save(name) => {
                self.library.save(&name, self.texts()).map_err(plain)?;
                self.list_presets(name.trim());
            }
            PresetAction::SaveAsDefault => {
                self.library.save("Default", self.texts()).map_err(plain)?;
                self.preferences.default_preset = Some("Default".to_owned());
                self.library.save_preferences(&self.preferences).map_err(plain)?;
                self.list_presets("Default");
            }
            PresetAction::Rename(index, name) => {
                let old = self.user.get(index).cloned().ok_or("There is no such preset.")?;
                self.library.rename(&old, &name).map_err(plain)?;
                self.list_presets(name.trim());
            }
            PresetAction::Delete(index) => {
                let name = self.user.get(index).cloned().ok_or("There is no such preset.")?;
                self.library.delete(&name).map_err(plain)?;
                self.list_presets(NO_PRESET);
            }
            PresetAction::Import => {
                let count = self.library.import().map_err(plain)?;
                self.list_presets(NO_PRESET);
                self.note = Some((
                    Severity::Note,
                    match count {
                        0 => format!("Put preset files into {} and press Import again", self.library.import_folder()),
                        count => format!("{count} preset(s) imported"),
                    },
                ));
            }
            PresetAction::Export => {
                let name = if self.preset_name == NO_PRESET { "Exported" } else { &self.preset_name };
                let path = self.library.export(name, self.texts()).map_err(plain)?;
                self.note = Some((Severity::Note, format!("Written to {}", path.display())));
            }
        }
        Ok(())
    }

    fn ab_action(&mut self, ctx: &egui::Context, action: AbAction) {
        let now = self.snapshot();
        match action {
            AbAction::Select(_) => {
                let other = {
                    let mut slots = self.params.session.slots();
                    slots.is_b = !slots.is_b;
                    std::mem::replace(&mut slots.other, now.clone())
                };
                // A slot that was never filled starts as what is heard now.
                self.restore(ctx, if other.is_empty() { &now } else { &other });
            }
            AbAction::CopyToOther => self.params.session.slots().other = now,
        }
    }

    fn act(&mut self, ctx: &egui::Context, action: FrameAction) {
        match action {
            FrameAction::Preset(action) => {
                if let Err(error) = self.preset_action(ctx, action) {
                    self.complain(error);
                }
            }
            FrameAction::Ab(action) => self.ab_action(ctx, action),
            FrameAction::Undo => {
                let changes = self.history().undo();
                self.replay(ctx, &changes);
            }
            FrameAction::Redo => {
                let changes = self.history().redo();
                self.replay(ctx, &changes);
            }
            FrameAction::Compare(CompareAction::SetCompare(on)) => self.listen(&COMPARE, on),
            FrameAction::Compare(CompareAction::SetDelta(on)) => self.listen(&DELTA, on),
            FrameAction::SetBypass(on) => self.set(ctx, "bypass", f32::from(u8::from(on))),
            FrameAction::SetQuality(index) => {
                let last = QUALITY_LABELS.len() - 1;
                self.set(ctx, "quality", index.min(last) as f32 / last as f32);
            }
            FrameAction::SetSettings(settings) => self.set_settings(ctx, settings),
            FrameAction::DismissMessage => {
                self.note = None;
                *self.params.session.message() = None;
            }
        }
    }

    fn set_settings(&mut self, ctx: &egui::Context, settings: Settings) {
        if settings.scale != self.surroundings.zoom {
            self.sizing.want(settings.scale);
        }
        self.preferences = Preferences {
            // Only a size that came is kept.
            scale: self.preferences.scale,
            reduced_motion: settings.switches.reduced_motion,
            tooltips: settings.switches.tooltips,
            wheel: settings.switches.wheel,
            mastering_steps: settings.mastering_steps,
            default_preset: self.preferences.default_preset.take(),
        };
        self.apply_preferences(ctx);
        self.save_preferences();
    }

    fn save_preferences(&mut self) {
        if let Err(error) = self.library.save_preferences(&self.preferences) {
            self.complain(error);
        }
    }

    /// Keeps the scale that the window has for the windows to come.
    pub(super) fn keep_scale(&mut self, scale: f32) {
        let scale = scale.clamp(size_grip::MIN_SCALE, size_grip::MAX_SCALE);
        if scale != self.preferences.scale {
            self.preferences.scale = scale;
            self.save_preferences();
        }
    }

    /// The most urgent message: what the user did, then the session, then bad input.
    fn message(&mut self) -> Option<Note> {
        if let Some(text) = self.params.session.message().clone() {
            return Some((Severity::Warning, text));
        }
        let bad = self.shared.bad_samples.load(Ordering::Relaxed);
        if bad > self.bad_samples_shown {
            self.bad_samples_shown = bad;
            self.note = Some((Severity::Warning, format!("{bad} input samples were no numbers and became silence")));
        }
        self.note.clone().or_else(|| {
            let status = self.signal.status(self.shared.is_playing.load(Ordering::Relaxed))?;
            Some((Severity::Note, status.to_owned()))
        })
    }

    /// Draws everything and does what was asked. Returns whether the next picture is needed at once.
    fn draw(&mut self, ui: &mut Ui) -> bool {
        let ctx = ui.ctx().clone();
        let now_s = ui.input(|input| input.time);
        let elapsed_s = ((now_s - self.last_time_s) as f32).clamp(0.0, 0.5);
        self.last_time_s = now_s;

        let (panel, input, output, signal) = (&mut self.panel, &mut self.input, &mut self.output, &mut self.signal);
        self.shared.drain(|frame: Frame<Reading<P>>| {
            input.take(frame.input_peak, frame.input_lufs);
            output.take(frame.output_peak, frame.output_lufs);
            signal.take(frame.is_silent());
            panel.take(&frame);
        });
        if self.signal.has_just_stopped(self.shared.blocks.load(Ordering::Relaxed), now_s) {
            (self.input, self.output) = (End::SILENT, End::SILENT);
            self.panel.stopped();
        }
        if let Some(wait_s) = self.signal.look_again_s(self.shared.is_resting.load(Ordering::Relaxed)) {
            ctx.request_repaint_after_secs(wait_s);
        }

        let note = self.message();
        let (shell, monitoring) = (&self.params.shell, &self.params.monitoring);
        let offset_lu = self.shared.offset_lu.load(Ordering::Relaxed);
        let is_modified = self
            .preset_values
            .iter()
            .any(|(id, value)| self.handles.get(id).is_some_and(|param| (param.normalized() - value).abs() > 1e-4));
        let (can_undo, can_redo) = {
            let history = self.history();
            (history.can_undo(), history.can_redo())
        };
        let lines = WindowLines {
            name: P::NAME.trim_start_matches("Twobus "),
            base_size: base_size::<P>(),
            presets: PresetMenuModel {
                current: &self.preset_name,
                selected: self.preset,
                modified: is_modified,
                factory: &self.factory,
                user: &self.user,
            },
            slot: if self.params.session.slots().is_b { Slot::B } else { Slot::A },
            can_undo,
            can_redo,
            compare: Some(CompareModel {
                on: monitoring.is_on(COMPARE.id),
                offset_lu: offset_lu.is_finite().then_some(offset_lu),
            }),
            delta: P::CHANGES_SOUND.then(|| monitoring.is_on(DELTA.id)),
            bypass: shell.bypass.value(),
            quality: P::CHANGES_SOUND
                .then(|| QualityModel { options: QUALITY_LABELS, selected: shell.playback_quality() as usize }),
            latency_samples: self.shared.latency_samples.load(Ordering::Relaxed),
            sample_rate_hz: self.shared.sample_rate_hz.load(Ordering::Relaxed),
            input: self.input.reading(),
            output: self.output.reading(),
            message: note.as_ref().map(|(severity, text)| Message { severity: *severity, text }),
            settings: Settings {
                // That of this picture: the grip measures in its points, also while another size has just come.
                scale: self.surroundings.zoom,
                switches: self.switches(),
                mastering_steps: self.preferences.mastering_steps,
            },
        };
        let mut context = PanelContext {
            params: &self.params,
            elapsed_s,
            handles: &self.handles,
            listening: &self.listening,
            shared: &self.shared,
            match_s: self.match_started_s.map(|start| now_s - start),
            match_pressed: false,
        };
        let panel = &mut self.panel;
        let shown = lines.show(ui, &mut self.frame_state, |ui| {
            let moves = panel.ui(ui, &mut context);
            (moves, context.match_pressed)
        });
        let (moves, match_pressed) = shown.panel;
        for action in shown.actions {
            self.act(&ctx, action);
        }
        self.run_match(&ctx, match_pressed, now_s);
        moves || shown.animating || self.match_started_s.is_some()
    }
}

/// The names that [`CONTROL_KEYS`](shared_ui::keys::CONTROL_KEYS) have in the UI Events standard, as baseview wants them.
const CONTROL_KEY_NAMES: [&str; 9] =
    ["Tab", "Enter", "Escape", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown"];

fn captured(names: &[&str]) -> Vec<nice_plug_egui::Key> {
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

/// One sentence on each of the shell's controls.
fn shell_hint(id: &str) -> Option<&'static str> {
    Some(match id {
        "input" => "Gain before the processor.",
        "output" => "Gain after the processor.",
        "mix" => "How much of the processed sound is heard; the dry is aligned to the sample.",
        "render_quality" => "Quality of an offline render, where it may take its time.",
        _ => return None,
    })
}

/// What the window asks of its program (`window::Program`).
impl<P: Product> App<P> {
    pub(super) fn opened(&mut self, egui_ctx: &egui::Context, context: GuiContext, frame: &mut WindowFrame) {
        frame.set_clear_color(egui::Rgba::from(theme::GROUND));
        self.link.set_size(frame.baseview_window().size());
        self.open(egui_ctx, context);
    }

    pub(super) fn picture(&mut self, ui: &mut Ui, frame: &mut WindowFrame) {
        let ctx = ui.ctx().clone();
        // Keys belong to the host unless the window needs them.
        frame.set_key_capture(match keys::key_use(&ctx) {
            KeyUse::Text => KeyCapture::CaptureAll,
            KeyUse::Control => KeyCapture::CaptureKeys(captured(&CONTROL_KEY_NAMES)),
            KeyUse::Tab => KeyCapture::CaptureKeys(captured(&["Tab"])),
        });
        self.forwarder.send(frame.baseview_window(), &self.keys);

        let now_s = ui.input(|input| input.time);
        self.follow_window(&ctx, frame, now_s);
        let moves = self.draw(ui);
        self.run_sizing(&ctx, Some(frame), now_s);
        self.take_granted(&ctx, frame);
        theme::animate(&ctx, moves);
    }

    pub(super) fn resized(&mut self, size: WindowSize) {
        // egui-baseview multiplies the zoom into the scale; the pixels are the window's.
        let system_scale = size.scale_factor / f64::from(self.surroundings.zoom);
        self.link.set_size(WindowSize::from_physical(size.physical, system_scale));
    }

    /// The window has gone, and nothing draws any more.
    pub(super) fn closed(&mut self) {
        // Open gestures end when egui's context is dropped (`shared_ui::gesture`).
        self.handles.clear();
        self.listening.clear();
        // Whoever closes the window while listening to the difference must not wonder later where the mix went.
        self.params.monitoring.clear();
        self.give_match_up();
        self.forwarder = Forwarder::default();
        self.keys = host_keys::Queue::default();
        self.surroundings = Surroundings::default();
        self.shared.drain(|_| {});
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::{Feed, MatchPhase};
    use crate::probe::Probe;
    use egui::vec2;
    use egui_kittest::{Harness, kittest::Queryable};
    use nice_plug::context::PluginApi;
    use nice_plug::context::gui::GuiContextInner;
    use nice_plug::plugin::PluginState;
    use nice_plug::prelude::{Param as _, ParamPtr};

    /// A host that applies changes at once and counts gestures: +1 a begin, -1 an end.
    #[derive(Default)]
    struct FakeHost {
        open: std::sync::atomic::AtomicI32,
        begun: std::sync::atomic::AtomicI32,
    }

    impl GuiContextInner for FakeHost {
        fn plugin_api(&self) -> PluginApi {
            PluginApi::Clap
        }
        unsafe fn raw_begin_set_parameter(&self, _: ParamPtr) {
            self.open.fetch_add(1, Ordering::SeqCst);
            self.begun.fetch_add(1, Ordering::SeqCst);
        }
        unsafe fn raw_set_parameter_normalized(&self, param: ParamPtr, normalized: f32) {
            assert_eq!(self.open.load(Ordering::SeqCst), 1, "a value moves inside one gesture only");
            // SAFETY: the test holds the parameters.
            unsafe { param._internal_set_normalized_value(normalized) };
        }
        unsafe fn raw_end_set_parameter(&self, _: ParamPtr) {
            self.open.fetch_sub(1, Ordering::SeqCst);
        }
        fn get_state(&self) -> PluginState {
            unreachable!("the window never takes the host's state")
        }
        fn set_state(&self, _: PluginState) {
            unreachable!("nice-plug loads that on the audio thread")
        }
        fn request_restart(&self) {}
    }

    struct Window {
        harness: Harness<'static>,
        params: Arc<AllParams<<Probe as Product>::Params>>,
        shared: Arc<Shared<()>>,
        host: Arc<FakeHost>,
        app: Arc<Mutex<App<Probe>>>,
        _folder: tempfile::TempDir,
    }

    fn window() -> Window {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let library = Library::at(folder.path().to_owned(), Probe::CLAP_ID);
        let params = Arc::new(AllParams::of::<Probe>());
        let shared = Feed::<()>::new().shared;
        let app = App::<Probe>::new(params.clone(), shared.clone(), Link::new(), library);
        let (host, app) = (Arc::new(FakeHost::default()), Arc::new(Mutex::new(app)));
        let harness = harness(&app, &host);
        Window { harness, params, shared, host, app, _folder: folder }
    }

    fn harness(app: &Arc<Mutex<App<Probe>>>, host: &Arc<FakeHost>) -> Harness<'static> {
        let context = GuiContext::new(host.clone());
        let app = app.clone();
        let mut is_open = false;
        let mut harness =
            Harness::builder().with_size(vec2(820.0, 460.0)).with_step_dt(1.0 / 60.0).build_ui(move |ui| {
                let mut app = app.lock().expect("no test panicked");
                if !is_open {
                    app.open(ui.ctx(), context.clone());
                    is_open = true;
                }
                app.draw(ui);
                let now_s = ui.input(|input| input.time);
                app.run_sizing(ui.ctx(), None, now_s);
            });
        harness.run_steps(3);
        harness
    }

    impl Window {
        /// The same plugin's next window.
        fn reopened(self) -> Self {
            let harness = harness(&self.app, &self.host);
            Self { harness, ..self }
        }

        fn press(&mut self, label: &str) {
            self.harness.get_by_label(label).click();
            self.harness.run_steps(3);
        }

        fn amount(&self) -> f32 {
            self.params.product.amount.value()
        }

        fn type_amount(&mut self, db: f32) {
            // As typing does: one gesture. (Typing itself is tested in shared-ui.)
            let id = self.params.product.amount.as_ptr();
            // SAFETY: `params` outlives the call.
            unsafe {
                self.host.raw_begin_set_parameter(id);
                self.host.raw_set_parameter_normalized(id, id.preview_normalized(db));
                self.host.raw_end_set_parameter(id);
            }
            self.harness.run_steps(2);
        }
    }

    #[test]
    fn a_and_b_hold_their_own_settings() {
        let mut window = window();
        window.type_amount(-2.0);
        window.press("Setting B");
        assert!(window.params.session.slots().is_b);
        assert_eq!(window.amount(), -2.0, "a slot that was never filled starts as what is heard");
        window.type_amount(5.0);
        window.press("Setting A");
        assert!((window.amount() + 2.0).abs() < 1e-4, "{}", window.amount());
        window.press("Copy A to B");
        window.press("Setting B");
        assert!((window.amount() + 2.0).abs() < 1e-4);
        assert_eq!(window.host.open.load(Ordering::SeqCst), 0, "no gesture is left open");
    }

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
        Library::at(window._folder.path().to_owned(), Probe::CLAP_ID).save("Old", values).expect("saved");
        // Listed when a preset is saved or a window opens.
        window.press("Presets");
        window.press("Half");
        assert!((window.params.product.later.value() + 18.0).abs() < 1e-4, "a starting point leaves it alone");
        let folder = window._folder;
        let library = Library::at(folder.path().to_owned(), Probe::CLAP_ID);
        let params = Arc::new(AllParams::of::<Probe>());
        let mut app = App::<Probe>::new(params.clone(), Feed::<()>::new().shared, Link::new(), library);
        let ctx = egui::Context::default();
        app.open(&ctx, GuiContext::new(Arc::new(FakeHost::default())));
        app.load_preset(&ctx, PresetKind::User, 0).expect("loaded");
        assert!((params.product.amount.value() + 4.5).abs() < 1e-4);
        assert!((params.product.later.value() + 12.0).abs() < 1e-4, "{}", params.product.later.value());
    }

    #[test]
    fn bypass_reaches_the_host_as_one_gesture_and_listening_does_not() {
        let mut window = window();
        for (label, id) in [("Fair compare", "compare"), ("Delta", "delta")] {
            window.press(label);
            assert!(window.params.monitoring.is_on(id), "{label}");
            assert_eq!(window.host.begun.load(Ordering::SeqCst), 0, "{label} is none of the host's business");
        }
        window.press("Bypass");
        assert!(window.params.shell.bypass.value());
        assert_eq!(window.host.begun.load(Ordering::SeqCst), 1);
        assert_eq!(window.host.open.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn closing_the_window_ends_listening() {
        let params = Arc::new(AllParams::of::<Probe>());
        let folder = tempfile::tempdir().expect("a temporary folder");
        let library = Library::at(folder.path().to_owned(), Probe::CLAP_ID);
        let mut app = App::<Probe>::new(params.clone(), Feed::<()>::new().shared, Link::new(), library);
        params.monitoring.set("delta", true);
        app.closed();
        assert!(!params.monitoring.is_on("delta"));
    }

    #[test]
    fn match_writes_the_learnt_difference_into_the_gain_and_stays_there() {
        let mut window = window();
        window.press("Match");
        assert_eq!(window.shared.match_phase(), MatchPhase::Start);
        // The audio thread answers.
        window.shared.set_match_phase(MatchPhase::Learning);
        window.harness.run_steps(10);
        assert_eq!(window.shared.match_phase(), MatchPhase::Learning);
        window.harness.run_steps(60 * 5);
        assert_eq!(window.shared.match_phase(), MatchPhase::Finish, "after five seconds");
        window.shared.learnt_lu.store(-3.5, Ordering::Relaxed);
        window.shared.set_match_phase(MatchPhase::Done);
        window.harness.run_steps(3);
        assert!((window.params.shell.output.value() - 3.5).abs() < 1e-3);
        assert_eq!(window.shared.match_phase(), MatchPhase::Idle);

        window.press("Match");
        window.shared.learnt_lu.store(f32::NAN, Ordering::Relaxed);
        window.shared.set_match_phase(MatchPhase::Done);
        window.harness.run_steps(3);
        assert!((window.params.shell.output.value() - 3.5).abs() < 1e-3, "silence teaches nothing");
    }

    #[test]
    fn a_run_of_match_ends_with_its_window() {
        let mut window = window();
        window.press("Match");
        window.shared.set_match_phase(MatchPhase::Learning);
        window.harness.run_steps(60);
        window.app.lock().expect("no test panicked").closed();
        assert_eq!(window.shared.match_phase(), MatchPhase::Idle, "nobody waits for a result any more");
        // The audio thread comes late with what it saw before.
        assert!(!window.shared.take_match_on(MatchPhase::Start, MatchPhase::Learning));
        assert!(!window.shared.take_match_on(MatchPhase::Finish, MatchPhase::Done));

        // The next window's clock begins at zero again, and its button is at rest.
        let next = window.reopened();
        next.harness.get_by_label("Match");
        assert!(!next.harness.ctx.has_requested_repaint(), "nothing moves, nothing is drawn");
        assert_eq!(next.params.shell.output.value(), 0.0);
    }

    #[test]
    fn match_gives_up_where_no_audio_runs() {
        let mut window = window();
        window.press("Match");
        assert_eq!(window.shared.match_phase(), MatchPhase::Start);
        window.harness.run_steps(60 * 6);
        assert_eq!(window.shared.match_phase(), MatchPhase::Idle);
        // Audio stops between the question and the answer.
        window.press("Match");
        window.shared.set_match_phase(MatchPhase::Learning);
        window.harness.run_steps(60 * 8);
        assert_eq!(window.shared.match_phase(), MatchPhase::Idle);
        assert_eq!(window.params.shell.output.value(), 0.0);
        assert!(!window.harness.ctx.has_requested_repaint(), "nothing moves, nothing is drawn");
    }

    #[test]
    fn a_scale_that_the_host_does_not_give_changes_nothing() {
        let mut window = window();
        window.press("Settings");
        window.press("Window size 125 %");
        // There is no host behind this window: its question is refused.
        window.harness.run_steps(10);
        let app = window.app.lock().expect("no test panicked");
        assert_eq!((app.sizing.scale(), app.sizing.is_waiting()), (1.0, false));
        assert_eq!(window.harness.ctx.zoom_factor(), 1.0);
        assert_eq!(app.library.preferences().scale, 1.0);
        let note = app.note.clone().expect("the window says why");
        assert!(note.1.contains("100 %"), "{note:?}");
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

    #[test]
    fn every_control_key_has_a_name_that_the_window_system_knows() {
        assert_eq!(captured(&CONTROL_KEY_NAMES).len(), shared_ui::keys::CONTROL_KEYS.len());
    }

    #[test]
    fn a_still_window_asks_for_no_picture() {
        let mut window = window();
        window.harness.run_steps(30);
        assert!(!window.harness.ctx.has_requested_repaint(), "nothing moves, nothing is drawn");
    }
}
