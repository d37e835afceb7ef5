//! Parameters, each declared once.
//!
//! A plugin writes its parameters in one [`params!`](crate::params!) block: the field is the id, the doc comment the tooltip,
//! and the declaration behind it says name, range, default, unit and the rest. What needs a parameter afterwards names the
//! field: settings, panel, remote pages, starting points. There is no second list, and no id as a text.
//!
//! ```
//! use shared_plugin::params::{Choice, Float, ParamSet, Parameter, Switch};
//! use shared_plugin::params::{bands, choice, frequency_hz, level_db, switch};
//!
//! #[derive(Debug, Clone, Copy, PartialEq)]
//! pub enum Shape {
//!     Bell,
//!     Shelf,
//! }
//!
//! shared_plugin::params! {
//!     /// One band, declared once for all of them. Its number may be asked for.
//!     pub struct Band(index: usize) {
//!         /// Where the band works.
//!         pub frequency: Float = frequency_hz("Frequency", [80.0, 1000.0][index], 20.0..=20_000.0),
//!         /// How much it lifts (up) or cuts (down).
//!         pub gain: Float = level_db("Gain", 0.0, -18.0..=18.0),
//!     }
//!
//!     /// Everything on the panel.
//!     pub struct ToneParams {
//!         group "Tone" {
//!             /// What the bands are. Only this paragraph is the tooltip.
//!             ///
//!             /// The rest is for whoever reads the code.
//!             pub shape: Choice<Shape> = choice("Shape", Shape::Bell, &[("Bell", Shape::Bell), ("Shelf", Shape::Shelf)]),
//!             /// Takes the bass away below this.
//!             pub high_pass: Float = frequency_hz("High-pass", 19.0, 19.0..=500.0).word_below("Off", 20.0, 0.5),
//!             /// Turns the sound over.
//!             pub invert: Switch = switch("Invert", false),
//!         }
//!         group "Bands" {
//!             /// The ids are `band1_frequency`, `band1_gain`, .., the names "Band 1 Frequency", the groups "Bands/Band 1".
//!             pub bands: [Band; 2] = bands("band", "Band").numbered(),
//!         }
//!     }
//! }
//!
//! let params = ToneParams::declared(());
//! let names: Vec<&str> = params.parameters().iter().map(|parameter| parameter.about().id()).collect();
//! assert_eq!(names[2..], ["invert", "band1_frequency", "band1_gain", "band2_frequency", "band2_gain"]);
//! assert_eq!(params.shape.get(), Shape::Bell);
//! assert_eq!(params.high_pass.number(), None, "at its word");
//! assert_eq!(params.bands[1].frequency.get(), 1000.0);
//! assert_eq!(params.shape.about().hint(), "What the bands are. Only this paragraph is the tooltip.");
//! ```
//!
//! A mistyped field does not compile, be it in settings, a panel or a list:
//!
//! ```compile_fail,E0609
//! # use shared_plugin::params::{Float, level_db};
//! # shared_plugin::params! {
//! #     /// One gain.
//! #     pub struct GainParams {
//! #         /// The gain.
//! #         pub gain: Float = level_db("Gain", 0.0, -24.0..=24.0),
//! #     }
//! # }
//! fn settings(params: &GainParams) -> f64 {
//!     params.gian.get()
//! }
//! ```
//!
//! Nor does a control of the wrong kind. A switch has its toggle,
//!
//! ```
//! # use shared_plugin::{editor::PanelContext, params::Switch};
//! # use shared_ui::KnobSize;
//! fn control<P, R>(ui: &mut egui::Ui, context: &PanelContext<'_, P, R>, invert: &Switch) -> bool {
//!     context.toggle(ui, invert, "Invert", 80.0)
//! }
//! ```
//!
//! and no knob:
//!
//! ```compile_fail,E0308
//! # use shared_plugin::{editor::PanelContext, params::Switch};
//! # use shared_ui::KnobSize;
//! fn control<P, R>(ui: &mut egui::Ui, context: &PanelContext<'_, P, R>, invert: &Switch) -> bool {
//!     context.knob(ui, invert, KnobSize::Small)
//! }
//! ```

mod about;
pub mod all;
mod changes;
mod declaration;
pub mod parameter;
mod place;
mod set;
#[cfg(test)]
mod tests;

pub use about::{About, Parameter};
pub use all::{AllParams, ShellParams};
pub use changes::Changes;
pub use declaration::{
    Declaration, List, Number, OnOff, Scope, choice, frequency_hz, level, level_db, number, percent, switch,
};
pub use parameter::{Choice, Float, Switch};
pub use place::{Place, Within};
pub use set::{Bands, Member, ParamSet, Parameters, bands};
