//! What stands along the top of the canvas: which spectra, what the curve shows and how far it reaches.

use egui::{Rect, Ui};
use shared_dsp::spectrum::Fraction;
use shared_ui::button::Button;
use shared_ui::layout::row;
use shared_ui::segmented::Segmented;

use super::analyser::Wanted;
use super::axes::View;

/// The tilts offered, dB/oct.
const TILTS_DB: [f64; 3] = [0.0, 3.0, 4.5];

/// Width of what stands at the right end.
const RIGHT_WIDTH: f32 = 290.0;

/// How the canvas is looked at. Belongs to the window, not to the sound.
#[derive(Debug, Clone, Copy)]
pub struct Looks {
    /// Before, after, side chain.
    pub sides: [bool; 3],
    /// Whether the spectra stand still.
    pub is_frozen: bool,
    /// The place of the smoothing in [`Fraction::ALL`].
    pub fraction: usize,
    /// The place of the tilt in 0, 3, 4.5 dB/oct.
    pub tilt: usize,
    /// The place of the reach.
    pub reach: usize,
    /// What the curve shows.
    pub view: View,
}

impl Default for Looks {
    /// Before and after over a twelfth of an octave, 4.5 dB/oct, ±6 dB.
    fn default() -> Self {
        Self { sides: [true, true, false], is_frozen: false, fraction: 2, tilt: 2, reach: 1, view: View::Gain }
    }
}

impl Looks {
    /// What the analyser is to do.
    pub fn wanted(&self) -> Wanted {
        Wanted {
            sides: self.sides,
            fraction: Fraction::ALL[self.fraction.min(Fraction::ALL.len() - 1)],
            tilt_db_per_octave: TILTS_DB[self.tilt.min(TILTS_DB.len() - 1)],
        }
    }

    /// Draws the controls into a row and lets them be used.
    pub fn show(&mut self, ui: &mut Ui, rect: Rect) {
        row(ui, rect, "looks", |ui| {
            ui.spacing_mut().item_spacing.x = 3.0;
            let names = [
                ("Before", "The spectrum of what comes in: a thin line."),
                ("After", "The spectrum of what goes out: filled."),
                ("Key", "The spectrum of the side chain: dots."),
            ];
            for ((name, hint), side) in names.into_iter().zip(&mut self.sides) {
                let spoken = format!("Spectrum {}", name.to_lowercase());
                if Button::new(name).name(&spoken).hint(hint).on(*side).show(ui).1 {
                    *side = !*side;
                }
            }
            let hint = "The spectra stand still, to be compared with what comes.";
            if Button::new("Freeze").hint(hint).on(self.is_frozen).show(ui).1 {
                self.is_frozen = !self.is_frozen;
            }
            let view = match self.view {
                View::Gain => 0,
                View::Phase => 1,
                View::Delay => 2,
            };
            choose(ui, "Smoothing", &["1/3", "1/6", "1/12", "1/24"], &mut self.fraction);
            choose(ui, "Tilt", &["0", "3", "4.5"], &mut self.tilt);
            ui.add_space((ui.available_width() - RIGHT_WIDTH).max(0.0));
            let mut picked = view;
            choose(ui, "View", &["Gain", "Phase", "Delay"], &mut picked);
            self.view = [View::Gain, View::Phase, View::Delay][picked.min(2)];
            choose(ui, "Reach", &["±3", "±6", "±12", "±24"], &mut self.reach);
        });
    }
}

fn choose(ui: &mut Ui, name: &str, words: &[&str], chosen: &mut usize) {
    if let (_, Some(picked)) = Segmented::new(name).show(ui, words, *chosen) {
        *chosen = picked;
    }
}
