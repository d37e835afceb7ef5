//! A panel for a product that has none of its own.

use egui::Ui;
use nice_plug::prelude::Params as _;
use shared_ui::KnobSize;

use super::panel::{Panel, PanelContext, Reading};
use crate::feed::Frame;
use crate::product::Product;

/// The product's parameters as knobs, in their order.
#[derive(Debug, Default)]
pub struct PlainPanel;

impl<P: Product> Panel<P> for PlainPanel {
    fn take(&mut self, _frame: &Frame<Reading<P>>) {}

    fn ui(&mut self, ui: &mut Ui, context: &mut PanelContext<'_, P>) -> bool {
        let ids = context.params.product.param_map();
        ui.horizontal_wrapped(|ui| {
            ids.iter().fold(false, |moves, (id, ..)| context.knob(ui, id, KnobSize::Large) || moves)
        })
        .inner
    }
}
