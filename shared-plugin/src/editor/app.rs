//! The window's program: draws the shell's frame around the product's panel, and does what was asked of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use egui::{Context, Ui};
use shared_ui::ab::Slot;
use shared_ui::compare::{CompareAction, CompareModel};
use shared_ui::frame::{FrameAction, FrameState, ModeModel, WindowFrame};
use shared_ui::message_line::Message;
use shared_ui::settings_sheet::Settings;

use super::bottom_line::{BottomLine, Note};
use super::controls::Controls;
use super::files::Library;
use super::fit::Fit;
use super::host_keys;
use super::host_link::Link;
use super::match_run::MatchRun;
use super::panel::{Panel, PanelContext};
use super::preferences::UserPreferences;
use super::presets::Presets;
use crate::feed::{ReadingFrame, Shared};
use crate::monitoring::{COMPARE, DELTA, MonitoringSwitch};
use crate::params::AllParams;
use crate::product::{Product, Reading};

/// The window's program: everything around the panel. Lives as long as the plugin, through openings and closings.
pub struct App<P: Product> {
    pub(super) params: Arc<AllParams<P::Params>>,
    pub(super) shared: Arc<Shared<Reading<P>>>,
    pub(super) link: Arc<Link>,
    pub(super) panel: P::Panel,
    frame_state: FrameState,
    pub(super) controls: Controls<P>,
    pub(super) presets: Presets,
    pub(super) preferences: UserPreferences,
    pub(super) bottom_line: BottomLine,
    pub(super) match_run: MatchRun,
    pub(super) fit: Fit,
    pub(super) last_time_s: f64,
    pub(super) keys: host_keys::Queue,
    pub(super) forwarder: host_keys::Forwarder,
}

impl<P: Product> App<P> {
    pub(super) fn new(
        params: Arc<AllParams<P::Params>>,
        shared: Arc<Shared<Reading<P>>>,
        link: Arc<Link>,
        library: Library,
    ) -> Self {
        let presets = Presets::new::<P>(library.clone(), &params);
        Self {
            controls: Controls::new(params.clone()),
            params,
            shared,
            fit: Fit::new::<P>(link.clone()),
            link,
            panel: P::Panel::default(),
            frame_state: FrameState::default(),
            presets,
            preferences: UserPreferences::new(library),
            bottom_line: BottomLine::default(),
            match_run: MatchRun::default(),
            last_time_s: 0.0,
            keys: host_keys::Queue::default(),
            forwarder: host_keys::Forwarder::default(),
        }
    }

    fn listen(&self, switch: &MonitoringSwitch, on: bool) {
        self.params.monitoring.set(switch.id, on);
    }

    fn act(&mut self, ctx: &Context, action: FrameAction) {
        match action {
            FrameAction::Preset(action) => match self.presets.act(ctx, action, &self.controls, &mut self.preferences) {
                Ok(note) => note.into_iter().for_each(|note| self.bottom_line.tell(note)),
                Err(error) => self.bottom_line.tell(Note::error(error)),
            },
            FrameAction::Ab(action) => self.controls.ab_action(ctx, action),
            FrameAction::Undo => self.controls.undo(ctx),
            FrameAction::Redo => self.controls.redo(ctx),
            FrameAction::Compare(CompareAction::SetCompare(on)) => self.listen(&COMPARE, on),
            FrameAction::Compare(CompareAction::SetDelta(on)) => self.listen(&DELTA, on),
            FrameAction::SetBypass(on) => self.controls.set(ctx, &self.params.shell.bypass, on.into()),
            FrameAction::SetMode(index) => self.controls.set_mode(ctx, index),
            FrameAction::SetSettings(settings) => self.set_settings(ctx, settings),
            FrameAction::FitWindow => self.fit.want_fitting(),
            FrameAction::DismissMessage => {
                self.bottom_line.dismiss();
                *self.params.session.message() = None;
            }
        }
    }

    fn set_settings(&mut self, ctx: &Context, settings: Settings) {
        if settings.scale != self.fit.zoom() {
            self.fit.want(settings.scale);
        }
        if let Err(error) = self.preferences.set(settings, ctx, self.controls.steps()) {
            self.bottom_line.tell(Note::error(error));
        }
    }

    /// Hands the readings that came since the last picture to the panel and the bottom line.
    fn follow_readings(&mut self, ctx: &Context, now_s: f64) {
        let (panel, bottom_line) = (&mut self.panel, &mut self.bottom_line);
        self.shared.drain(|frame: ReadingFrame<Reading<P>>| {
            bottom_line.push(&frame);
            panel.update(&frame);
        });
        if self.bottom_line.has_just_stopped(self.shared.blocks.load(Ordering::Relaxed), now_s) {
            self.panel.stopped();
        }
        if let Some(delay_s) = self.bottom_line.look_again_s(self.shared.is_resting.load(Ordering::Relaxed)) {
            ctx.request_repaint_after_secs(delay_s);
        }
    }

    /// Draws everything and does what was asked. Returns whether the next picture is needed at once.
    pub(super) fn draw(&mut self, ui: &mut Ui) -> bool {
        let ctx = ui.ctx().clone();
        let now_s = ui.input(|input| input.time);
        let elapsed_s = ((now_s - self.last_time_s) as f32).clamp(0.0, 0.5);
        self.last_time_s = now_s;
        self.follow_readings(&ctx, now_s);

        self.presets.follow(&self.controls);
        let shared = &self.shared;
        let session_message = self.params.session.message().clone();
        let bad_samples = shared.bad_samples.load(Ordering::Relaxed);
        let [is_playing, is_resting] =
            [&shared.is_playing, &shared.is_resting].map(|flag| flag.load(Ordering::Relaxed));
        let note = self.bottom_line.message(session_message, bad_samples, is_playing, is_resting);
        let (shell, monitoring) = (&self.params.shell, &self.params.monitoring);
        let offset_lu = shared.offset_lu.load(Ordering::Relaxed);
        let (can_undo, can_redo) = self.controls.can_undo_and_redo();
        let [input, output] = self.bottom_line.readings();
        let frame = WindowFrame {
            name: P::NAME.trim_start_matches("Twobus "),
            base_size: self.fit.base(),
            presets: self.presets.menu(&self.controls),
            slot: if self.params.session.slots().is_b { Slot::B } else { Slot::A },
            can_undo,
            can_redo,
            compare: P::FEATURES.compare.then(|| CompareModel {
                on: monitoring.is_on(COMPARE.id),
                offset_lu: offset_lu.is_finite().then_some(offset_lu),
            }),
            delta: P::FEATURES.delta.then(|| monitoring.is_on(DELTA.id)),
            bypass: shell.bypass.value(),
            mode: self.controls.mode().map(|(param, options)| ModeModel {
                caption: param.name(),
                options,
                selected: (param.normalized() * options.len().saturating_sub(1) as f32).round() as usize,
            }),
            latency_samples: shared.latency_samples.load(Ordering::Relaxed),
            sample_rate_hz: shared.sample_rate_hz.load(Ordering::Relaxed),
            input,
            output,
            message: note.as_ref().map(|note| Message { severity: note.severity, text: &note.text }),
            // The scale of this picture: the grip measures in its points, also while another size has just come.
            settings: self.preferences.settings(self.fit.zoom()),
        };
        let mut context = PanelContext {
            params: &self.params,
            elapsed_s,
            handles: self.controls.handles(),
            listening: self.controls.listening(),
            shared,
            has_match: P::FEATURES.match_gain,
            match_s: self.match_run.elapsed_s(now_s),
            match_pressed: false,
        };
        let panel = &mut self.panel;
        self.controls.begin_picture();
        let shown = frame.show(ui, &mut self.frame_state, |ui| {
            let moves = panel.ui(ui, &mut context);
            (moves, context.match_pressed)
        });
        self.controls.end_picture();
        if let Err(error) = self.preferences.keep_history(&ctx) {
            self.bottom_line.tell(Note::error(error));
        }
        let (moves, match_pressed) = shown.panel;
        for action in shown.actions {
            self.act(&ctx, action);
        }
        if let Some(note) = self.match_run.step(&ctx, &self.controls, &self.shared, match_pressed, now_s) {
            self.bottom_line.tell(note);
        }
        moves || shown.animating || self.match_run.elapsed_s(now_s).is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::editor::test_window::{FakeHost, harness, window};
    use crate::feed::Feed;
    use crate::probe::{Only, ProbeParams};

    /// Which of the parts that belong to a feature a window shows.
    fn shown<P: Product<Params = ProbeParams>>() -> Vec<&'static str> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let library = Library::at(folder.path().to_owned(), P::CLAP_ID);
        let params = Arc::new(AllParams::of::<P>());
        let app = App::<P>::new(params, Feed::new().shared, Link::new(), library);
        let harness = harness(&Arc::new(Mutex::new(app)), &Arc::new(FakeHost::default()));
        assert!(harness.query_by_label("Bypass").is_some(), "a window without anything proves nothing");
        let parts = ["Fair compare", "Delta", "Match", "Quality", "Unity gain"];
        parts.into_iter().filter(|part| harness.query_by_label(part).is_some()).collect()
    }

    #[test]
    fn the_window_shows_each_feature_by_itself() {
        assert_eq!(shown::<Only<0>>(), [""; 0], "Mix is the panel's to show");
        assert_eq!(shown::<Only<1>>(), ["Delta"]);
        assert_eq!(shown::<Only<2>>(), ["Fair compare"]);
        assert_eq!(shown::<Only<3>>(), ["Match"]);
        assert_eq!(shown::<Only<4>>(), ["Quality"]);
        assert_eq!(shown::<Only<5>>(), ["Unity gain"]);
        assert_eq!(shown::<Only<6>>(), [""; 0]);
    }

    #[test]
    fn a_window_that_opens_in_silence_says_so() {
        let window = window();
        // Silence came before the window, so that no reading tells of it.
        window.shared.is_resting.store(true, Ordering::Relaxed);
        window.shared.is_playing.store(false, Ordering::Relaxed);
        let next = window.reopened();
        next.harness.get_by_label_contains("Stopped");
    }

    #[test]
    fn a_mode_is_chosen_in_the_bottom_line_as_one_gesture() {
        let mut window = window();
        window.press("Quality");
        window.press("High");
        assert_eq!(window.params.shell.quality.value(), 3);
        assert_eq!(window.host.begun.load(Ordering::SeqCst), 1);
        assert_eq!(window.params.mode_gestures.load(Ordering::SeqCst), 0, "and it has ended");
    }
}
