//! Colours, sizes and switches shared by every Twobus window.
//!
//! The tokens are those of specs/window.md. Depth comes from two greys and one line weight: no shadow, no gloss.

use std::sync::Arc;
use std::time::Duration;

use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle,
    Theme, Ui, vec2,
};

use crate::gesture;
use crate::press_first::PressFirst;

/// Spacing step in points; every distance is a multiple of it.
pub const SPACE: f32 = 4.0;
/// Corner radius in points.
pub const RADIUS: u8 = 4;
/// Thin line in points at scale 1.
pub const LINE: f32 = 1.0;
/// Thick line in points at scale 1.
pub const LINE_THICK: f32 = 2.0;

/// Headings of sections, in points, in letter-spaced capitals (see [`crate::section`]).
pub const TYPE_HEADING: f32 = 9.5;
/// Small type, in points: scales, units, captions.
pub const TYPE_SMALL: f32 = 11.0;
/// Body type, in points: names and values.
pub const TYPE_BODY: f32 = 13.0;
/// Large type, in points: the plugin's name, needle numerals.
pub const TYPE_LARGE: f32 = 16.0;
/// Display type, in points: the reading that carries the window.
pub const TYPE_DISPLAY: f32 = 28.0;

/// Window ground.
pub const GROUND: Color32 = Color32::from_rgb(0x16, 0x18, 0x1b);
/// Pictures that fill the window from edge to edge: a little darker than its ground.
pub const PICTURE: Color32 = Color32::from_rgb(0x10, 0x12, 0x14);
/// Panels, controls and pictures on the ground.
pub const PANEL: Color32 = Color32::from_rgb(0x1e, 0x21, 0x25);
/// Lines, tracks and borders.
pub const LINE_COLOR: Color32 = Color32::from_rgb(0x2c, 0x30, 0x36);
/// Live text and values.
pub const TEXT: Color32 = Color32::from_rgb(0xe6, 0xe8, 0xea);
/// Names, scales and everything that only explains. Brighter than 4.5:1 asks: the letters of small type are thinner than a
/// pixel at 100 %, and a good half of their contrast is lost in the blending.
pub const DIM: Color32 = Color32::from_rgb(0xb2, 0xba, 0xc2);
/// Names and values of what cannot be used now: still 4.5:1, so that a setting can be read before it is switched on.
/// Always drawn with less shape as well (no arc, no pointer, no border).
pub const DISABLED: Color32 = Color32::from_rgb(0x85, 0x8d, 0x95);
/// Warning. Always drawn with a shape as well (see [`crate::message_line`]).
pub const WARNING: Color32 = Color32::from_rgb(0xe6, 0xb8, 0x4a);
/// Over. Always drawn with a shape as well.
pub const OVER: Color32 = Color32::from_rgb(0xf0, 0x70, 0x68);

/// The accents of the suite, apart for people with colour-blindness and at least 4.5:1 on ground and panel.
pub mod accent {
    use egui::Color32;

    /// Glue.
    pub const GLUE: Color32 = Color32::from_rgb(0xe0, 0xa4, 0x58);
    /// Saturator.
    pub const SATURATOR: Color32 = Color32::from_rgb(0xd9, 0x77, 0x6a);
    /// EQ.
    pub const EQ: Color32 = Color32::from_rgb(0x6a, 0xa8, 0xd9);
    /// Clipper.
    pub const CLIPPER: Color32 = Color32::from_rgb(0xd9, 0x6a, 0xb0);
    /// Limiter.
    pub const LIMITER: Color32 = Color32::from_rgb(0x8f, 0x7b, 0xd9);
    /// Tape.
    pub const TAPE: Color32 = Color32::from_rgb(0xb5, 0x8b, 0x6a);
    /// Meter.
    pub const METER: Color32 = Color32::from_rgb(0x5f, 0xbf, 0x9b);

    /// All accents with the plugin's name.
    pub const ALL: [(&str, Color32); 7] = [
        ("Glue", GLUE),
        ("Saturator", SATURATOR),
        ("EQ", EQ),
        ("Clipper", CLIPPER),
        ("Limiter", LIMITER),
        ("Tape", TAPE),
        ("Meter", METER),
    ];
}

/// Switches of the window that a person sets in the settings sheet and that parts obey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// No easing, pictures at 15 Hz instead of 60 Hz.
    pub reduced_motion: bool,
    /// Explain a control when the pointer rests on it.
    pub tooltips: bool,
    /// The wheel changes values. Off for those who scroll by accident.
    pub wheel: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self { reduced_motion: false, tooltips: true, wheel: true }
    }
}

/// Styles a window: call once when it opens, and again when the accent changes.
///
/// Also installs what keeps every window polite to its host: Space never reaches a widget unless text is being
/// edited (so play/stop stays the host's), egui's zoom and quit shortcuts are off, and open gestures are watched.
pub fn apply(ctx: &Context, accent: Color32) {
    ctx.options_mut(|options| {
        options.zoom_with_keyboard = false;
        options.quit_shortcuts.clear();
    });
    ctx.set_fonts(fonts());
    ctx.set_theme(Theme::Dark);
    ctx.style_mut_of(Theme::Dark, |style| {
        style.text_styles = [
            (TextStyle::Small, FontId::proportional(TYPE_SMALL)),
            (TextStyle::Body, FontId::proportional(TYPE_BODY)),
            (TextStyle::Button, FontId::proportional(TYPE_BODY)),
            (TextStyle::Heading, FontId::proportional(TYPE_LARGE)),
            (TextStyle::Monospace, FontId::monospace(TYPE_BODY)),
        ]
        .into();
        style.spacing.item_spacing = vec2(2.0 * SPACE, 2.0 * SPACE);
        style.spacing.button_padding = vec2(2.0 * SPACE, SPACE);
        style.spacing.menu_margin = Margin::same(4);
        style.spacing.interact_size.y = 24.0;
        style.interaction.selectable_labels = false;

        let visuals = &mut style.visuals;
        visuals.dark_mode = true;
        visuals.panel_fill = GROUND;
        visuals.window_fill = PANEL;
        visuals.window_stroke = Stroke::new(LINE, LINE_COLOR);
        visuals.window_shadow = Shadow::NONE;
        visuals.popup_shadow = Shadow::NONE;
        visuals.window_corner_radius = CornerRadius::same(RADIUS);
        visuals.menu_corner_radius = CornerRadius::same(RADIUS);
        visuals.extreme_bg_color = GROUND;
        visuals.faint_bg_color = PANEL;
        visuals.warn_fg_color = WARNING;
        visuals.error_fg_color = OVER;
        visuals.hyperlink_color = accent;
        // Hints in empty fields.
        visuals.weak_text_color = Some(DIM);
        visuals.selection.bg_fill = accent.gamma_multiply(0.35);
        visuals.selection.stroke = Stroke::new(LINE, accent);
        visuals.text_cursor.stroke = Stroke::new(LINE, accent);
        visuals.text_cursor.blink = false;
        // Parts draw themselves when they cannot be used; faded as a whole they would not be read.
        visuals.disabled_alpha = 1.0;
        let widgets = &mut visuals.widgets;
        for (widget, fill, line, text) in [
            (&mut widgets.noninteractive, PANEL, LINE_COLOR, DIM),
            (&mut widgets.inactive, PANEL, LINE_COLOR, TEXT),
            (&mut widgets.hovered, LINE_COLOR, DIM, TEXT),
            (&mut widgets.active, LINE_COLOR, accent, TEXT),
            (&mut widgets.open, LINE_COLOR, accent, TEXT),
        ] {
            widget.bg_fill = fill;
            widget.weak_bg_fill = fill;
            widget.bg_stroke = Stroke::new(LINE, line);
            widget.fg_stroke = Stroke::new(LINE, text);
            widget.corner_radius = CornerRadius::same(RADIUS);
            // A control never grows under the pointer.
            widget.expansion = 0.0;
        }
    });
    set_switches(ctx, switches(ctx));
    ctx.add_plugin(SpaceGuard);
    ctx.add_plugin(PressFirst::default());
    gesture::install(ctx);
}

/// One face for everything: its figures are tabular, so it serves where egui would take a monospaced one. egui's own set
/// would add a megabyte of pictograms to every bundle.
fn fonts() -> FontDefinitions {
    let name = "Ubuntu-Light".to_owned();
    let mut fonts = FontDefinitions::empty();
    fonts.font_data.insert(name.clone(), Arc::new(FontData::from_static(epaint_default_fonts::UBUNTU_LIGHT)));
    for family in [FontFamily::Proportional, FontFamily::Monospace] {
        fonts.families.insert(family, vec![name.clone()]);
    }
    fonts
}

/// The accent of the window a part is drawn in.
pub fn accent(ui: &Ui) -> Color32 {
    ui.visuals().selection.stroke.color
}

/// Sets the switches every part obeys.
pub fn set_switches(ctx: &Context, switches: Switches) {
    ctx.data_mut(|data| data.insert_temp(switches_id(), switches));
    // Written only on a change: writing the style clones it.
    let animation_time = if switches.reduced_motion { 0.0 } else { 0.08 };
    if ctx.style_of(Theme::Dark).animation_time != animation_time {
        ctx.style_mut_of(Theme::Dark, |style| style.animation_time = animation_time);
    }
}

/// The switches every part obeys.
pub fn switches(ctx: &Context) -> Switches {
    ctx.data(|data| data.get_temp(switches_id())).unwrap_or_default()
}

/// Time between two pictures of something that moves: 60 Hz, or 15 Hz with reduced motion.
pub fn picture_interval(ctx: &Context) -> Duration {
    Duration::from_secs_f64(if switches(ctx).reduced_motion { 1.0 / 15.0 } else { 1.0 / 60.0 })
}

/// Asks for the next picture if `animating`, and for nothing otherwise.
pub fn animate(ctx: &Context, animating: bool) {
    if animating {
        ctx.request_repaint_after(picture_interval(ctx));
    }
}

/// Contrast ratio of two opaque colours, 1..21, after WCAG 2.2 (W3C, 2023), "contrast ratio".
pub fn contrast(a: Color32, b: Color32) -> f32 {
    let luminance = |color: Color32| {
        let linear = |channel: u8| {
            let c = f32::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    };
    let (la, lb) = (luminance(a), luminance(b));
    (la.max(lb) + 0.05) / (la.min(lb) + 0.05)
}

fn switches_id() -> egui::Id {
    egui::Id::unique("twobus switches")
}

/// Keeps Space from egui, which would take it as a click on the focused widget, while the host takes it as play.
struct SpaceGuard;

impl egui::Plugin for SpaceGuard {
    fn debug_name(&self) -> &'static str {
        "twobus space guard"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut egui::RawInput) {
        if !ctx.text_edit_focused() {
            input.events.retain(|event| {
                !matches!(event, egui::Event::Key { key: egui::Key::Space, .. })
                    && !matches!(event, egui::Event::Text(text) if text == " ")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_read_has_contrast() {
        let mut read = vec![("text", TEXT), ("dim", DIM), ("disabled", DISABLED), ("warning", WARNING), ("over", OVER)];
        read.extend(accent::ALL);
        for (name, color) in read {
            // Words on a filled warning plate are the ground's colour, so this pair counts in both directions.
            for (under, background) in [("ground", GROUND), ("panel", PANEL)] {
                let ratio = contrast(color, background);
                assert!(ratio >= 4.5, "{name} on {under}: {ratio:.2}:1");
            }
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-4);
        // #767676 on white is WCAG's own example of the darkest grey that just passes 4.5:1 (4.54:1).
        assert!((contrast(Color32::from_rgb(0x76, 0x76, 0x76), Color32::WHITE) - 4.54).abs() < 0.01);
    }

    /// Values must not jump sideways while they change, so every figure takes the same width.
    #[test]
    fn figures_are_tabular() {
        let ctx = Context::default();
        apply(&ctx, accent::GLUE);
        let mut output = ctx.run_ui(egui::RawInput::default(), |_| {});
        output.textures_delta.clear();
        for size in [TYPE_HEADING, TYPE_SMALL, TYPE_BODY, TYPE_LARGE, TYPE_DISPLAY] {
            let font = FontId::proportional(size);
            let widths: Vec<f32> =
                ('0'..='9').map(|digit| ctx.fonts_mut(|fonts| fonts.glyph_width(&font, digit))).collect();
            assert!(widths.iter().all(|width| (width - widths[0]).abs() < 1e-3 && *width > 0.0), "{size}: {widths:?}");
        }
    }

    /// A sign without a glyph is drawn as a box.
    #[test]
    fn every_sign_has_a_glyph() {
        let ctx = Context::default();
        apply(&ctx, accent::GLUE);
        let mut output = ctx.run_ui(egui::RawInput::default(), |_| {});
        output.textures_delta.clear();
        let font = FontId::proportional(TYPE_BODY);
        for sign in "−+∞—…*%:/.,()".chars() {
            assert!(ctx.fonts_mut(|fonts| fonts.has_glyph(&font, sign)), "{sign}");
        }
    }
}
