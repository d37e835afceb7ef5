//! A panel for a product that has none of its own.

use egui::Ui;
use shared_ui::{Knob, KnobSize};

use super::panel::{Panel, PanelContext, Reading};
use crate::feed::Frame;
use crate::params::ParamSet as _;
use crate::product::Product;

/// The product's parameters as knobs, in their order.
#[derive(Debug, Default)]
pub struct PlainPanel;

impl<P: Product> Panel<P> for PlainPanel {
    fn take(&mut self, _frame: &Frame<Reading<P>>) {}

    fn ui(&mut self, ui: &mut Ui, context: &mut PanelContext<'_, P>) -> bool {
        let parameters = context.params.product.parameters();
        let knobs = parameters.into_iter().filter_map(|parameter| context.param(parameter));
        ui.horizontal_wrapped(|ui| {
            // Every knob is shown, whatever another does.
            knobs.filter(|&param| Knob::new(param).size(KnobSize::Large).show(ui).animating).count() > 0
        })
        .inner
    }
}
