//! The window's program as windows open, draw, change their size and close (`window::Program` calls it).

use egui::{Context, Ui};
use nice_plug::context::gui::GuiContext;
use nice_plug_egui::baseview::WindowSize;
use nice_plug_egui::{Frame as WindowFrame, Key, KeyCapture};
use shared_ui::keys::{self, KeyUse};
use shared_ui::theme;

use super::app::App;
use super::bottom_line::Note;
use super::fit::Outcome;
use super::host_keys;
use super::panel::Panel;
use crate::product::Product;

/// The names that [`CONTROL_KEYS`](shared_ui::keys::CONTROL_KEYS) have in the UI Events standard, as baseview wants them.
const CONTROL_KEY_NAMES: [&str; 9] =
    ["Tab", "Enter", "Escape", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown"];

fn captured(names: &[&str]) -> Vec<Key> {
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

/// What the window system calls a key that a part has claimed: a letter by what it types, in both cases.
fn names(key: egui::Key) -> impl Iterator<Item = Key> {
    [key.name().to_owned(), key.name().to_lowercase()].into_iter().filter_map(|name| name.parse().ok())
}

impl<P: Product> App<P> {
    /// A window of the window system has opened.
    pub(super) fn opened(&mut self, ctx: &Context, context: &GuiContext, frame: &mut WindowFrame) {
        frame.set_clear_color(egui::Rgba::from(theme::GROUND));
        self.link.set_size(frame.baseview_window().size());
        #[cfg(target_os = "linux")]
        {
            super::x11::keep_graphics_loaded();
            super::x11::listen_early(frame.baseview_window());
        }
        self.open(ctx, context);
    }

    /// Makes the program ready for a window: theme, preferences, and a handle for every parameter.
    pub(super) fn open(&mut self, ctx: &Context, context: &GuiContext) {
        // Before the theme, whose guard takes Space away.
        host_keys::install(ctx, self.keys.clone());
        self.forwarder = host_keys::Forwarder::default();
        theme::apply(ctx, P::Panel::ACCENT);
        self.presets.open();
        self.bottom_line.open();
        self.fit.open();
        self.last_time_s = 0.0;
        self.preferences.open(ctx, self.controls.steps());
        self.controls.open(context);
    }

    /// One picture in a window of the window system.
    pub(super) fn picture(&mut self, ui: &mut Ui, frame: &mut WindowFrame) {
        let ctx = ui.ctx().clone();
        // Keys belong to the host unless the window needs them.
        frame.set_key_capture(match keys::key_use(&ctx) {
            KeyUse::Text => KeyCapture::CaptureAll,
            KeyUse::Control => {
                let mut keys = captured(&CONTROL_KEY_NAMES);
                keys.extend(keys::claimed(&ctx).iter().flat_map(|key| names(*key)));
                KeyCapture::CaptureKeys(keys)
            }
            KeyUse::Tab => KeyCapture::CaptureKeys(captured(&["Tab"])),
        });
        self.forwarder.send(frame.baseview_window(), &self.keys);

        let now_s = ui.input(|input| input.time);
        self.fit.follow_window(&ctx, frame, now_s);
        let moves = self.draw(ui);
        self.settle_size(&ctx, Some(frame), now_s);
        self.fit.fill_granted(&ctx, frame);
        theme::animate(&ctx, moves);
    }

    /// Sends wishes for another size to the host, and keeps or tells what came of them.
    pub(super) fn settle_size(&mut self, ctx: &Context, frame: Option<&WindowFrame>, now_s: f64) {
        while let Some(outcome) = self.fit.step(ctx, frame, now_s) {
            match outcome {
                Outcome::Keep(scale) => {
                    if let Err(error) = self.preferences.keep_scale(scale) {
                        self.bottom_line.tell(Note::error(error));
                    }
                }
                Outcome::NoRoomKnown => {
                    let text = "Nothing tells the size of the host's window here; drag the corner instead";
                    self.bottom_line.tell(Note::info(text));
                    ctx.request_repaint();
                }
                Outcome::Refused(scale) => {
                    let percent = (100.0 * scale).round();
                    self.bottom_line.tell(Note::info(format!("The host keeps its window at {percent:.0} %")));
                    ctx.request_repaint();
                }
            }
        }
    }

    /// The window has another size.
    pub(super) fn resized(&mut self, size: WindowSize) {
        self.fit.resized(size);
    }

    /// The window has gone, and nothing draws any more.
    pub(super) fn closed(&mut self) {
        // Open gestures end when egui's context is dropped (`shared_ui::gesture`).
        self.controls.close();
        // Whoever closes the window while listening to the difference must not wonder later where the mix went.
        self.params.monitoring.clear();
        self.match_run.give_up(&self.shared);
        self.panel.closed();
        self.forwarder = host_keys::Forwarder::default();
        self.keys = host_keys::Queue::default();
        self.fit.close();
        self.shared.drain(|_| {});
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::editor::test_window::{app, window};
    use crate::params::AllParams;
    use crate::probe::Probe;

    #[test]
    fn closing_the_window_ends_listening() {
        let window = window();
        let params = Arc::new(AllParams::of::<Probe>());
        let mut app = app(&params, window.library());
        params.monitoring.set("delta", true);
        app.closed();
        assert!(!params.monitoring.is_on("delta"));
    }

    #[test]
    fn every_control_key_has_a_name_that_the_window_system_knows() {
        assert_eq!(captured(&CONTROL_KEY_NAMES).len(), shared_ui::keys::CONTROL_KEYS.len());
    }

    #[test]
    fn a_claimed_letter_is_caught_in_both_cases() {
        let keys: Vec<Key> = names(egui::Key::X).chain(names(egui::Key::Num1)).collect();
        let typed = |text: &str| Key::Character(text.to_owned());
        assert!(["X", "x", "1"].into_iter().all(|text| keys.contains(&typed(text))), "{keys:?}");
        assert!(names(egui::Key::Delete).any(|key| "Delete".parse().ok() == Some(key)));
    }

    #[test]
    fn a_still_window_asks_for_no_picture() {
        let mut window = window();
        window.harness.run_steps(60);
        assert!(!window.harness.ctx.has_requested_repaint(), "nothing moves, nothing is drawn");
    }
}
