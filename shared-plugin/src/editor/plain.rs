//! A panel for a product that has none of its own.

use std::marker::PhantomData;

use egui::Ui;
use shared_ui::{Knob, KnobSize};

use super::panel::{Panel, PanelContext};
use crate::feed::ReadingFrame;
use crate::params::ParamSet;

/// The product's parameters as knobs, in their order.
#[derive(Debug)]
pub struct PlainPanel<P, R>(PhantomData<fn() -> (P, R)>);

impl<P, R> Default for PlainPanel<P, R> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<P: ParamSet, R: 'static> Panel for PlainPanel<P, R> {
    type Params = P;
    type Reading = R;

    fn update(&mut self, _frame: &ReadingFrame<R>) {}

    fn ui(&mut self, ui: &mut Ui, context: &mut PanelContext<'_, P, R>) -> bool {
        let parameters = context.params.product.parameters();
        let knobs = parameters.into_iter().filter_map(|parameter| context.param(parameter));
        ui.horizontal_wrapped(|ui| {
            // Every knob is shown, whatever another does.
            knobs.filter(|&param| Knob::new(param).size(KnobSize::Large).show(ui).animating).count() > 0
        })
        .inner
    }
}
