//! What a plugin's panel is given, and what it must answer.

use std::collections::BTreeMap;

use egui::Ui;
use shared_ui::button::Button;
use shared_ui::segmented::Segmented;
use shared_ui::stepped::Stepped;
use shared_ui::toggle::Toggle;
use shared_ui::value_field::ValueField;
use shared_ui::{Knob, KnobSize, Param, layout};

use crate::feed::{MatchPhase, ReadingFrame, Shared};
use crate::monitoring::MonitoringSwitch;
use crate::params::{AllParams, Choice, Float, Parameter, Switch};

/// A product's picture, between the shell's top and bottom lines.
pub trait Panel: Send + 'static {
    /// The product's own parameters.
    type Params;
    /// What the product's processor shows.
    type Reading;
    /// Width and height of the whole window at scale 1, points.
    const SIZE: [f32; 2] = [820.0, 460.0];
    /// The window's one colour.
    const ACCENT: egui::Color32 = shared_ui::theme::accent::METER;

    /// Takes ten milliseconds of readings; called for every frame published, oldest first.
    fn update(&mut self, frame: &ReadingFrame<Self::Reading>);

    /// No readings come any more, as the host has stopped processing: what moves goes to rest, and what was measured or
    /// held stays.
    fn stopped(&mut self) {}

    /// The window has gone: what belongs to it ends.
    fn closed(&mut self) {}

    /// Draws. Returns whether anything still moves, so that a still window is not repainted.
    fn ui(&mut self, ui: &mut Ui, context: &mut PanelContext<'_, Self::Params, Self::Reading>) -> bool;
}

/// The panel's way to its parameters and to the shell.
pub struct PanelContext<'a, P, R> {
    /// All parameters, for what the panel draws.
    pub params: &'a AllParams<P>,
    /// Seconds since the last picture.
    pub elapsed_s: f32,
    pub(crate) handles: &'a BTreeMap<String, Param>,
    pub(crate) listening: &'a BTreeMap<&'static str, Param>,
    pub(crate) shared: &'a Shared<R>,
    /// Whether the product has Match.
    pub(crate) has_match: bool,
    pub(crate) match_s: Option<f64>,
    pub(crate) match_pressed: bool,
}

impl<P, R> PanelContext<'_, P, R> {
    /// The handle of a parameter, for a part of `shared_ui`. `None` if this product does not have it (Mix, where it does not
    /// change the sound).
    #[must_use]
    pub fn param(&self, parameter: &dyn Parameter) -> Option<&Param> {
        self.handles.get(parameter.about().id())
    }

    /// The sample rate in Hz; 0 before the first activation.
    #[must_use]
    pub fn sample_rate_hz(&self) -> f32 {
        self.shared.sample_rate_hz.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Whether the host's transport runs, or tells nothing of it.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.shared.is_playing.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// A knob for a continuous parameter. Answers whether it moves.
    pub fn knob(&self, ui: &mut Ui, float: &Float, size: KnobSize) -> bool {
        self.param(float).is_some_and(|param| Knob::new(param).size(size).show(ui).animating)
    }

    /// A knob with a shorter word above it than its parameter's name. Answers whether it moves.
    pub fn knob_as(&self, ui: &mut Ui, float: &Float, label: &str, size: KnobSize) -> bool {
        self.param(float).is_some_and(|param| Knob::new(param).label(label).size(size).show(ui).animating)
    }

    /// Knobs of one width side by side, in a row with larger ones of the size `slot`: all centres, names and values are on one
    /// line each. Each is given with the word above it and its size. Answers whether one moves.
    pub fn knob_row<'p>(
        &self,
        ui: &mut Ui,
        width: f32,
        slot: KnobSize,
        knobs: impl IntoIterator<Item = (&'p Float, &'p str, KnobSize)>,
    ) -> bool {
        ui.spacing_mut().item_spacing.x = 0.0;
        let mut moves = false;
        for (float, label, size) in knobs {
            let Some(param) = self.param(float) else { continue };
            moves |= Knob::new(param).label(label).size(size).slot(slot).width(width).show(ui).animating;
        }
        moves
    }

    /// A stepped knob for a choice. Answers whether it moves.
    pub fn stepped<T: Send + Sync>(&self, ui: &mut Ui, choice: &Choice<T>, size: KnobSize, labels: &[&str]) -> bool {
        self.param(choice).is_some_and(|param| Stepped::new(param).size(size).labels(labels).show(ui).animating)
    }

    /// A row of words for a choice. Answers whether it moves.
    pub fn segmented<T: Send + Sync>(&self, ui: &mut Ui, choice: &Choice<T>, width: f32) -> bool {
        self.param(choice)
            .is_some_and(|param| Segmented::new(param.name()).width(width).show_param(ui, param).animating)
    }

    /// The handle of a switch for listening only. `None` if the product has no such switch.
    #[must_use]
    pub fn listening(&self, switch: &MonitoringSwitch) -> Option<&Param> {
        self.listening.get(switch.id)
    }

    /// A switch for listening only. Answers whether it moves.
    pub fn listening_toggle(&self, ui: &mut Ui, switch: &MonitoringSwitch, label: &str, width: f32) -> bool {
        self.listening(switch).is_some_and(|param| Toggle::new(param).label(label).width(width).show(ui).animating)
    }

    /// A switch for listening only that is on while it is held; a click switches it. Answers whether it moves.
    pub fn listening_while_held(&self, ui: &mut Ui, switch: &MonitoringSwitch, label: &str, width: f32) -> bool {
        let toggle = |param| Toggle::new(param).label(label).width(width).held();
        self.listening(switch).is_some_and(|param| toggle(param).show(ui).animating)
    }

    /// A switch. Answers whether it moves.
    pub fn toggle(&self, ui: &mut Ui, switch: &Switch, label: &str, width: f32) -> bool {
        self.param(switch).is_some_and(|param| Toggle::new(param).label(label).width(width).show(ui).animating)
    }

    /// The shell's two trims on top of each other. Answers whether they move.
    pub fn trims(&self, ui: &mut Ui) -> bool {
        let fields = |ui: &mut Ui| {
            let mut moves = false;
            for param in
                [&self.params.shell.input, &self.params.shell.output].into_iter().filter_map(|trim| self.param(trim))
            {
                moves |= ValueField::new(param).width(60.0).show(ui).animating;
            }
            moves
        };
        let in_line = egui::Layout::top_down(egui::Align::Max);
        layout::stack(ui, egui::vec2(104.0, 52.0), |ui| ui.with_layout(in_line, fields).inner)
    }

    /// Match: learns the loudness difference for five seconds, or until pressed again, and writes it into the product's gain.
    /// Nothing is drawn where the product has no Match.
    pub fn match_button(&mut self, ui: &mut Ui) {
        if !self.has_match {
            return;
        }
        let label = match self.match_s {
            Some(seconds) => format!("Match {:.0} s", (5.0 - seconds).max(0.0).ceil()),
            None => "Match".to_owned(),
        };
        let hint = "Measures five seconds of programme and sets the gain so that wet is as loud as dry.";
        let is_learning = self.shared.match_phase() != MatchPhase::Idle;
        if Button::new(&label).name("Match").hint(hint).on(is_learning).min_width(76.0).show(ui).1 {
            self.match_pressed = true;
        }
    }
}
