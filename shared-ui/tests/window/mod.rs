//! A window for parts, without a window system.

use egui_kittest::Harness;
use shared_ui::egui::{Ui, vec2};
use shared_ui::theme;

/// A window that shows what `ui` draws, with the theme of a real one, at 60 frames a second.
pub fn window<'a>(mut ui: impl FnMut(&mut Ui) + 'a) -> Harness<'a> {
    let mut styled = false;
    let mut harness =
        Harness::builder().with_size(vec2(820.0, 460.0)).with_step_dt(1.0 / 60.0).build_ui(move |inner| {
            if !styled {
                theme::apply(inner.ctx(), theme::accent::METER);
                styled = true;
            }
            ui(inner);
        });
    harness.run_steps(2);
    // No control without a name.
    harness.check_accessibility();
    harness
}
