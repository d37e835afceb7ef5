//! The frame every window has: top line, bottom line, and the plugin's panel between them.

use egui::{Align, Align2, FontId, Layout, Rect, Role, Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2};

use crate::ab::{self, AbAction, Slot};
use crate::button::{Button, Icon};
use crate::compare::{self, CompareAction, CompareModel};
use crate::message_line::{self, Message};
use crate::preset_menu::{self, PresetAction, PresetMenuModel};
use crate::readout::ReadoutState;
use crate::settings_sheet::{self, Settings, SheetAction};
use crate::{PartResponse, interact, menu, paint, size_grip, theme};

/// Height of the top line in points.
pub const TOP_HEIGHT: f32 = 32.0;
/// Height of the bottom line in points.
pub const BOTTOM_HEIGHT: f32 = 24.0;

/// Peak and loudness at one end of the plugin. None until known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EndReading {
    /// Sample peak, dBFS.
    pub peak_dbfs: Option<f32>,
    /// Short-term loudness, LUFS.
    pub lufs: Option<f32>,
}

/// Choice of the mode, which latency depends on.
#[derive(Clone, Copy, Debug)]
pub struct ModeModel<'a> {
    /// What is chosen, for example "Quality" or "Phase".
    pub caption: &'a str,
    /// Names in order, for example Off, Live, Standard, High.
    pub options: &'a [String],
    /// Index of the present one.
    pub selected: usize,
}

/// Everything the frame shows. Plain data: the shell fills it anew in each frame.
#[derive(Clone, Copy, Debug)]
pub struct WindowFrame<'a> {
    /// The plugin's name, for example "Glue".
    pub name: &'a str,
    /// Size of the window in points at scale 1.
    pub base_size: Vec2,
    /// Presets.
    pub presets: PresetMenuModel<'a>,
    /// Active setting.
    pub slot: Slot,
    /// Whether there is something to undo.
    pub can_undo: bool,
    /// Whether there is something to redo.
    pub can_redo: bool,
    /// Fair compare; none where the plugin has none (Meter).
    pub compare: Option<CompareModel>,
    /// Delta; none where the plugin has none (Meter).
    pub delta: Option<bool>,
    /// The host's bypass parameter.
    pub bypass: bool,
    /// The mode; none where there is nothing to choose (Meter), or where the panel shows it.
    pub mode: Option<ModeModel<'a>>,
    /// Latency reported to the host.
    pub latency_samples: u32,
    /// Sample rate in Hz; zero when not known yet.
    pub sample_rate_hz: f32,
    /// Readings before the plugin.
    pub input: EndReading,
    /// Readings after it.
    pub output: EndReading,
    /// Most urgent message.
    pub message: Option<Message<'a>>,
    /// Settings of the window.
    pub settings: Settings,
}

/// What the frame remembers between pictures. The shell keeps one a window.
#[derive(Clone, Debug, Default)]
pub struct FrameState {
    readings: [ReadoutState; 4],
}

/// What a person asked of the frame.
#[derive(Clone, Debug, PartialEq)]
pub enum FrameAction {
    /// Of the preset menu.
    Preset(PresetAction),
    /// Of A/B.
    Ab(AbAction),
    /// One gesture back.
    Undo,
    /// One gesture forward.
    Redo,
    /// Of Compare and Delta.
    Compare(CompareAction),
    /// Bypass on or off; the shell sends it to the host as a gesture.
    SetBypass(bool),
    /// Another mode, by index.
    SetMode(usize),
    /// New settings of the window, a scale from the grip included.
    SetSettings(Settings),
    /// The scale that fits the host's window.
    FitWindow,
    /// The message was read.
    DismissMessage,
}

/// What the frame answers.
#[derive(Clone, Debug)]
pub struct FrameResponse<R> {
    /// What was asked, in the order of the window.
    pub actions: Vec<FrameAction>,
    /// Whether the frame itself needs another picture.
    pub animating: bool,
    /// What the panel answered.
    pub panel: R,
}

impl WindowFrame<'_> {
    /// Draws the frame over all of `ui`, and `panel` between its lines, in a clipped `Ui` of exactly that area.
    pub fn show<R>(&self, ui: &mut Ui, state: &mut FrameState, panel: impl FnOnce(&mut Ui) -> R) -> FrameResponse<R> {
        let all = ui.max_rect();
        ui.painter().rect_filled(all, 0, theme::GROUND);
        let (top, rest) = all.split_top_bottom_at_y(all.top() + TOP_HEIGHT);
        let (middle, bottom) = rest.split_top_bottom_at_y(rest.bottom() - BOTTOM_HEIGHT);
        let line = Stroke::new(theme::LINE, theme::LINE_COLOR);
        ui.painter().hline(top.x_range(), top.bottom() - 0.5, line);
        ui.painter().hline(bottom.x_range(), bottom.top() + 0.5, line);

        let mut actions = Vec::new();
        self.top_line(ui, top, &mut actions);
        let builder = UiBuilder::new().id_salt("panel").max_rect(middle);
        let panel = ui
            .scope_builder(builder, |ui| {
                ui.set_clip_rect(middle.intersect(ui.clip_rect()));
                panel(ui)
            })
            .inner;
        let animating = self.bottom_line(ui, bottom, state, &mut actions);
        FrameResponse { actions, animating, panel }
    }

    fn top_line(&self, ui: &mut Ui, rect: Rect, actions: &mut Vec<FrameAction>) {
        let inner = rect.shrink2(vec2(2.0 * theme::SPACE, theme::SPACE));
        let row = |salt| UiBuilder::new().id_salt(salt).max_rect(inner);
        // What is heard stands on the right, always in the same place; what is set on the left.
        let right = row("top right").layout(Layout::right_to_left(Align::Center));
        let right_edge = ui
            .scope_builder(right, |ui| {
                ui.spacing_mut().item_spacing.x = theme::SPACE;
                actions.extend(settings_sheet::show(ui, &self.settings).map(|asked| match asked {
                    SheetAction::Set(settings) => FrameAction::SetSettings(settings),
                    SheetAction::Fit => FrameAction::FitWindow,
                }));
                let hint = "The input, delayed by the latency. The host knows this switch too.";
                if Button::new("Bypass").hint(hint).on(self.bypass).warning().show(ui).1 {
                    actions.push(FrameAction::SetBypass(!self.bypass));
                }
                if let Some(on) = self.delta {
                    actions.extend(compare::show_delta(ui, on).map(FrameAction::Compare));
                }
                if let Some(model) = self.compare {
                    actions.extend(compare::show_compare(ui, model).map(FrameAction::Compare));
                }
                ui.min_rect().left()
            })
            .inner;
        let left = row("top left").layout(Layout::left_to_right(Align::Center));
        ui.scope_builder(left, |ui| {
            ui.spacing_mut().item_spacing.x = theme::SPACE;
            let font = FontId::proportional(theme::TYPE_LARGE);
            let width = ui.painter().layout_no_wrap(self.name.to_owned(), font, theme::TEXT).size().x;
            let (area, name) = ui.allocate_exact_size(vec2(width + 2.0 * theme::SPACE, 24.0), Sense::hover());
            let pos = area.left_center();
            paint::text(ui.painter(), pos, Align2::LEFT_CENTER, self.name, theme::TYPE_LARGE, theme::accent(ui));
            name.widget_info(|| WidgetInfo::labeled(Role::Heading, true, self.name));
            // The menu takes what the other parts leave, so that no window of the suite overflows.
            let others = 190.0;
            let menu = (right_edge - ui.cursor().left() - others).clamp(140.0, 300.0);
            actions.extend(preset_menu::show(ui, menu, &self.presets).map(FrameAction::Preset));
            ui.add_space(theme::SPACE);
            actions.extend(ab::show(ui, self.slot).map(FrameAction::Ab));
            ui.add_space(theme::SPACE);
            if Button::icon(Icon::Undo, "Undo").hint("Undo").enabled(self.can_undo).show(ui).1 {
                actions.push(FrameAction::Undo);
            }
            if Button::icon(Icon::Redo, "Redo").hint("Redo").enabled(self.can_redo).show(ui).1 {
                actions.push(FrameAction::Redo);
            }
        });
    }

    fn bottom_line(&self, ui: &mut Ui, rect: Rect, state: &mut FrameState, actions: &mut Vec<FrameAction>) -> bool {
        let mut animating = false;
        let inner = rect.shrink2(vec2(2.0 * theme::SPACE, 2.0));
        let grip = Rect::from_min_max(rect.max - vec2(18.0, 18.0), rect.max);
        let builder = UiBuilder::new().id_salt("bottom").max_rect(inner).layout(Layout::left_to_right(Align::Center));
        ui.scope_builder(builder, |ui| {
            ui.spacing_mut().item_spacing.x = 3.0 * theme::SPACE;
            if let Some(mode) = self.mode {
                actions.extend(mode_menu(ui, mode).map(FrameAction::SetMode));
            }
            self.latency(ui);
            let now = ui.input(|input| input.time);
            let readings = [
                ("In", "dBFS", "Input peak", self.input.peak_dbfs),
                ("", "LUFS", "Input loudness", self.input.lufs),
                ("Out", "dBFS", "Output peak", self.output.peak_dbfs),
                ("", "LUFS", "Output loudness", self.output.lufs),
            ];
            for ((caption, unit, name, value), text) in readings.into_iter().zip(&mut state.readings) {
                let (_, due) = text.offer(now, value);
                animating |= due;
                small_reading(ui, caption, unit, name, text.text());
            }
            let width = grip.left() - ui.cursor().left() - theme::SPACE;
            if message_line::show(ui, width, self.message) {
                actions.push(FrameAction::DismissMessage);
            }
        });
        if let Some(scale) = size_grip::show(ui, grip, self.base_size, self.settings.scale) {
            actions.push(FrameAction::SetSettings(Settings { scale, ..self.settings }));
        }
        animating
    }

    fn latency(&self, ui: &mut Ui) -> PartResponse {
        let text = if self.latency_samples == 0 {
            "no latency".to_owned()
        } else if self.sample_rate_hz > 0.0 {
            let milliseconds = 1e3 * self.latency_samples as f32 / self.sample_rate_hz;
            format!("{} smp  {milliseconds:.1} ms", self.latency_samples)
        } else {
            format!("{} smp", self.latency_samples)
        };
        let (rect, response) = ui.allocate_exact_size(vec2(104.0, 20.0), Sense::hover());
        let pos = rect.left_center();
        paint::text(ui.painter(), pos, Align2::LEFT_CENTER, &text, theme::TYPE_SMALL, theme::DIM);
        let hint = "Latency reported to the host, in samples and milliseconds.";
        interact::describe_picture(ui, &response, Role::Status, "Latency", hint, || text);
        PartResponse { response, changed: false, animating: false }
    }
}

/// The mode as a small menu: it is set once a session and must not take the room of what is set by ear.
fn mode_menu(ui: &mut Ui, mode: ModeModel<'_>) -> Option<usize> {
    let chosen = mode.options.get(mode.selected).map_or("", String::as_str);
    let (rect, response) = ui.allocate_exact_size(vec2(116.0, 20.0), Sense::click());
    paint::plate(ui, rect, response.hovered(), false);
    let pos = rect.left_center() + vec2(6.0, 0.0);
    let caption = paint::text(ui.painter(), pos, Align2::LEFT_CENTER, mode.caption, theme::TYPE_SMALL, theme::DIM);
    let pos = pos2(caption.right() + 6.0, rect.center().y);
    paint::text(ui.painter(), pos, Align2::LEFT_CENTER, chosen, theme::TYPE_SMALL, theme::TEXT);
    paint::focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, mode.caption));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(chosen));
    let mut picked = None;
    egui::Popup::menu(&response).width(116.0).show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (index, option) in mode.options.iter().enumerate() {
            let on = index == mode.selected;
            if menu::row(ui, option, on, true) {
                picked = Some(index).filter(|_| !on);
                ui.close();
            }
        }
    });
    picked
}

fn small_reading(ui: &mut Ui, caption: &str, unit: &str, name: &str, text: &str) {
    let caption_width = if caption.is_empty() { 0.0 } else { 22.0 };
    let font = FontId::proportional(theme::TYPE_SMALL);
    let field = ui.painter().layout_no_wrap("−188.8".to_owned(), font, theme::TEXT).size().x;
    let (rect, response) = ui.allocate_exact_size(vec2(caption_width + field + 32.0, 20.0), Sense::hover());
    let middle = rect.center().y;
    let painter = ui.painter();
    let at = |x| pos2(x, middle);
    paint::text(painter, at(rect.left()), Align2::LEFT_CENTER, caption, theme::TYPE_SMALL, theme::DIM);
    let right = rect.left() + caption_width + field;
    paint::text(painter, at(right), Align2::RIGHT_CENTER, text, theme::TYPE_SMALL, theme::TEXT);
    paint::text(painter, at(right + 4.0), Align2::LEFT_CENTER, unit, theme::TYPE_SMALL, theme::DIM);
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, name));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(format!("{text} {unit}")));
}
