//! Every part of shared-ui with parameters of no plugin, in a window of its own.
//!
//! `cargo run -p shared-ui --example gallery -- measure` prints the CPU time of a picture instead.
//!
//! `cargo run -p shared-ui --example gallery [-- PAGE [SCALE]]`: page 0 is a compressor's window as Glue might lay it out, page
//! 1 the remaining controls, 2 to 4 the pictures of the other plugins, 5 a comparison; scale is 0.75 to 2. The sound is made up of sines: nothing is heard and nothing is measured.

#[path = "../tests/fake/mod.rs"]
mod fake;
#[path = "gallery/pictures.rs"]
mod pictures;

use fake::Fake;
use nice_plug_egui::baseview::dpi::LogicalSize;
use nice_plug_egui::{App, EguiWindow, EguiWindowSettings, baseview};
use pictures::Pictures;
use shared_ui::bar_meter::{self, BarMeter, Level};
use shared_ui::button::Button;
use shared_ui::compare::{CompareAction, CompareModel};
use shared_ui::egui::{self, Rect, Ui, UiBuilder, Vec2, pos2, vec2};
use shared_ui::frame::{EndReading, FrameAction, FrameState, ModeModel, WindowFrame};
use shared_ui::message_line::{Message, Severity};
use shared_ui::needle::{self, Needle};
use shared_ui::preset_menu::{PresetAction, PresetKind, PresetMenuModel};
use shared_ui::readout::{Readout, ReadoutState};
use shared_ui::reduction_history::{Moment, ReductionHistory, Subject};
use shared_ui::segmented::Segmented;
use shared_ui::settings_sheet::Settings;
use shared_ui::stepped::Stepped;
use shared_ui::toggle::Toggle;
use shared_ui::transfer_curve::TransferCurve;
use shared_ui::value_field::ValueField;
use shared_ui::{Knob, KnobSize, Param, ab, theme};

const QUALITIES: [&str; 4] = ["Off", "Live", "Standard", "High"];
const BASE: Vec2 = vec2(820.0, 460.0);
/// Name and accent of each page.
const PAGES: [(&str, egui::Color32); 6] = [
    ("Glue", theme::accent::GLUE),
    ("Controls", theme::accent::GLUE),
    ("Clipper", theme::accent::CLIPPER),
    ("Meter", theme::accent::METER),
    ("Limiter", theme::accent::LIMITER),
    ("Comparison", theme::accent::METER),
];

struct Gallery {
    page: usize,
    knobs: Vec<Param>,
    steps: Vec<Param>,
    switches: Vec<Param>,
    frame: FrameState,
    settings: Settings,
    slot: ab::Slot,
    compare: bool,
    delta: bool,
    bypass: bool,
    quality: usize,
    factory: Vec<String>,
    user: Vec<String>,
    selected: (PresetKind, usize),
    needle: Needle,
    history: ReductionHistory,
    bars: BarMeter,
    texts: [ReadoutState; 4],
    pictures: Pictures,
    message: Option<String>,
    last: f64,
}

impl Gallery {
    fn new(page: usize, scale: f32) -> Self {
        let knobs = [
            Fake::range("Threshold", (-40.0, 10.0, 0.1), "dB", (0.0, -18.4), "Level above which gain is reduced."),
            Fake::range("Makeup", (-6.0, 18.0, 0.1), "dB", (0.0, 2.5), "Gain after the compressor."),
            Fake::range("Range", (0.0, 24.0, 0.1), "dB", (24.0, 24.0), "The most gain reduction allowed."),
            Fake::range("SC high-pass", (20.0, 500.0, 1.0), "Hz", (20.0, 92.0), "Keeps bass from pumping the mix."),
            Fake::range("SC tilt", (-3.0, 3.0, 0.1), "dB/oct", (0.0, 0.8), "Tilts what the detector hears."),
            Fake::range("Link", (0.0, 100.0, 1.0), "%", (100.0, 100.0), "How far left and right move together."),
            Fake::range("Drive", (0.0, 100.0, 1.0), "%", (0.0, 0.0), "Colour of the VCA and its transformer."),
            Fake::range("Mix", (0.0, 100.0, 1.0), "%", (100.0, 100.0), "Dry to wet."),
        ];
        let steps = [
            Fake::names("Ratio", &["1.5:1", "2:1", "3:1", "4:1", "10:1"], 1, 1),
            Fake::names("Attack", &["0.1 ms", "0.3 ms", "1 ms", "3 ms", "10 ms", "30 ms"], 4, 4),
            Fake::names("Release", &["0.1 s", "0.3 s", "0.6 s", "1.2 s", "Auto"], 4, 4),
            Fake::names("Model", &["Console", "Clean"], 0, 0),
            Fake::names("Detector", &["Peak", "RMS"], 0, 0),
        ];
        let switches =
            [Fake::names("Ext sidechain", &["Off", "On"], 0, 0), Fake::names("SC listen", &["Off", "On"], 0, 1)];
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            page,
            knobs: knobs.iter().map(Fake::param).collect(),
            steps: steps.iter().map(Fake::param).collect(),
            switches: switches.iter().map(Fake::param).collect(),
            frame: FrameState::default(),
            settings: Settings { scale, ..Settings::default() },
            slot: ab::Slot::A,
            compare: false,
            delta: false,
            bypass: false,
            quality: 2,
            factory: owned(&["Drum-heavy mix, 1-2 dB of glue", "Acoustic, slow and even", "Dense rock, auto release"]),
            user: owned(&["Tuesday master", "Strings, gentle"]),
            selected: (PresetKind::Factory, 0),
            needle: Needle::default(),
            history: ReductionHistory::default(),
            bars: BarMeter::default(),
            texts: Default::default(),
            pictures: Pictures::default(),
            message: Some("Preset \"Old mix\" is from a newer version and was not loaded.".to_owned()),
            last: 0.0,
        }
    }

    /// Makes up a programme: a kick, a swell and a little of everything.
    fn programme(&mut self, now: f64) -> (f32, f32) {
        let elapsed = (now - self.last) as f32;
        self.last = now;
        let t = now as f32;
        let kick = (-6.0 * (t * 1.9).fract()).exp();
        let swell = 0.5 + 0.5 * (0.7 * t).sin();
        let level = -22.0 + 12.0 * kick + 6.0 * swell;
        let out = curve(level);
        let reduction = level - out;
        self.needle.update(elapsed, reduction);
        let moment =
            Moment { reduction_db: reduction, programme_db: level + 8.0, key_db: level, detector_db: level - 1.0 };
        self.history.push(elapsed, moment);
        let left = Level { peak_db: level + 8.0, rms_db: level - 3.0 };
        let right = Level { peak_db: level + 7.0 + swell, rms_db: level - 3.5 };
        self.bars.update(elapsed, &[left, right]);
        self.pictures.advance(t, elapsed.clamp(0.0, 0.1));
        (level, out)
    }

    fn compressor(&mut self, ui: &mut Ui, level: (f32, f32)) {
        let area = ui.max_rect().shrink(8.0);
        let at = |x0: f32, y0: f32, x1: f32, y1: f32| {
            Rect::from_min_max(area.min + vec2(x0, y0), pos2((area.left() + x1).min(area.right()), area.top() + y1))
        };
        let place = |ui: &mut Ui, rect: Rect, salt: &str| ui.new_child(UiBuilder::new().id_salt(salt).max_rect(rect));
        let needle_size = vec2(400.0, 226.0);
        let mut left = place(ui, at(0.0, 0.0, 400.0, 226.0), "needle");
        needle::show(&mut left, needle_size, &mut self.needle);
        let mut middle = place(ui, at(408.0, 0.0, 804.0, 226.0), "curve");
        middle.spacing_mut().item_spacing = vec2(8.0, 8.0);
        middle.horizontal(|ui| {
            let view = TransferCurve::new(&curve).range_db(-36.0, 0.0).live(Some(level)).mark_db(-18.4);
            view.show(ui, vec2(142.0, 142.0));
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 6.0;
                let crest = [("Crest in", 14.2), ("Crest out", 12.9)];
                for ((name, value), state) in crest.into_iter().zip(&mut self.texts) {
                    Readout::new(name, "dB").show(ui, state, Some(value));
                }
                Segmented::new("Model").width(150.0).show_param(ui, &self.steps[3]);
                Segmented::new("Detector").width(150.0).show_param(ui, &self.steps[4]);
            });
        });
        let view = Subject::Reduction { depth_db: 8.0 };
        view.show(&mut middle, vec2(396.0, 76.0), &self.history);

        let mut row = place(ui, at(0.0, 234.0, 804.0, 332.0), "large");
        row.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            Knob::new(&self.knobs[0]).size(KnobSize::Large).show(ui);
            Stepped::new(&self.steps[0]).show(ui);
            Stepped::new(&self.steps[1]).show(ui);
            Stepped::new(&self.steps[2]).show(ui);
            Knob::new(&self.knobs[1]).size(KnobSize::Large).show(ui);
            Knob::new(&self.knobs[7]).size(KnobSize::Large).show(ui);
            ui.vertical(|ui| {
                Toggle::new(&self.switches[0]).width(130.0).show(ui);
                Toggle::new(&self.switches[1]).width(130.0).show(ui);
            });
        });
        let mut row = place(ui, at(0.0, 334.0, 804.0, 388.0), "small");
        row.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 16.0;
            for index in [2, 3, 4, 5, 6] {
                ValueField::new(&self.knobs[index]).width(76.0).show(ui);
            }
        });
    }

    fn all_parts(&mut self, ui: &mut Ui) {
        let area = ui.max_rect().shrink(12.0);
        let mut ui = ui.new_child(UiBuilder::new().id_salt("all").max_rect(area));
        ui.horizontal(|ui| {
            for (param, size) in self.knobs.iter().zip([
                KnobSize::Large,
                KnobSize::Medium,
                KnobSize::Small,
                KnobSize::Large,
                KnobSize::Medium,
                KnobSize::Small,
            ]) {
                Knob::new(param).size(size).show(ui);
            }
            bar_meter::show(ui, vec2(34.0, 110.0), "Input", &mut self.bars);
            needle::show(ui, vec2(180.0, 110.0), &mut self.needle);
        });
        ui.horizontal(|ui| {
            for param in &self.steps[..3] {
                Stepped::new(param).size(KnobSize::Large).show(ui);
            }
            ui.vertical(|ui| {
                Segmented::new("Model").with_name().show_param(ui, &self.steps[3]);
                Segmented::new("Detector").with_name().show_param(ui, &self.steps[4]);
            });
            ui.vertical(|ui| {
                Toggle::new(&self.switches[0]).show(ui);
                Toggle::new(&self.switches[1]).show(ui);
                ui.horizontal(|ui| {
                    Button::new("Match").hint("Learns the loudness difference.").show(ui);
                    Button::new("Greyed").enabled(false).show(ui);
                });
            });
        });
        ui.horizontal(|ui| {
            for (param, state) in self.knobs.iter().skip(4).zip(&mut self.texts) {
                ValueField::new(param).show(ui);
                let value = 20.0 * (1.1 * self.last as f32).sin();
                let big = Readout::new("Reading", "LUFS").size(theme::TYPE_LARGE).width(80.0);
                big.show(ui, state, Some(value));
            }
        });
        let view = Subject::Key { threshold_db: -12.0 };
        view.show(&mut ui, vec2(790.0, 70.0), &self.history);
    }

    fn act(&mut self, ctx: &egui::Context, action: FrameAction) {
        match action {
            FrameAction::Ab(ab::AbAction::Select(slot)) => self.slot = slot,
            FrameAction::Compare(CompareAction::SetCompare(on)) => self.compare = on,
            FrameAction::Compare(CompareAction::SetDelta(on)) => self.delta = on,
            FrameAction::SetBypass(on) => self.bypass = on,
            FrameAction::SetMode(index) => self.quality = index,
            FrameAction::FitWindow => self.message = Some("There is no host around this page.".to_owned()),
            FrameAction::DismissMessage => self.message = None,
            FrameAction::SetSettings(settings) => {
                self.settings = settings;
                theme::set_switches(ctx, settings.switches);
                ctx.set_zoom_factor(settings.scale);
            }
            FrameAction::Preset(PresetAction::Load(kind, index)) => self.selected = (kind, index),
            FrameAction::Preset(PresetAction::Save(name)) => self.user.push(name),
            FrameAction::Preset(PresetAction::Rename(index, name)) => self.user[index] = name,
            FrameAction::Preset(PresetAction::Delete(index)) => {
                self.user.remove(index);
                self.selected = (PresetKind::Factory, 0);
            }
            other => self.message = Some(format!("The gallery has nothing to do for {other:?}.")),
        }
    }
}

/// 2:1 above -18.4 dB with a knee of 8 dB.
fn curve(input_db: f32) -> f32 {
    let (threshold, slope, knee) = (-18.4, -0.5, 8.0);
    let over = input_db - threshold;
    let bent = (over + 0.5 * knee).clamp(0.0, knee);
    input_db + slope * (bent * bent / (2.0 * knee) + (over - 0.5 * knee).max(0.0))
}

impl Gallery {
    fn picture(&mut self, ui: &mut Ui) {
        if self.last == 0.0 {
            theme::apply(ui.ctx(), PAGES[self.page].1);
            ui.ctx().set_zoom_factor(self.settings.scale);
        }
        let now = ui.input(|input| input.time);
        let level = self.programme(now);
        let (factory, user) = (self.factory.clone(), self.user.clone());
        let (kind, index) = self.selected;
        let current = match kind {
            PresetKind::Factory => &factory[index],
            PresetKind::User => &user[index],
        };
        let message = self.message.clone();
        let window = WindowFrame {
            name: PAGES[self.page].0,
            base_size: BASE,
            presets: PresetMenuModel {
                current,
                selected: Some(self.selected),
                modified: true,
                factory: &factory,
                user: &user,
            },
            slot: self.slot,
            can_undo: true,
            can_redo: false,
            compare: Some(CompareModel { on: self.compare, offset_lu: Some(-0.8) }),
            delta: Some(self.delta),
            bypass: self.bypass,
            mode: Some(ModeModel {
                caption: "Quality",
                options: &QUALITIES.map(str::to_owned),
                selected: self.quality,
            }),
            latency_samples: 37,
            sample_rate_hz: 48_000.0,
            input: EndReading { peak_dbfs: Some(level.0 + 8.0), lufs: Some(-14.2) },
            output: EndReading { peak_dbfs: Some(level.1 + 8.0), lufs: Some(-13.9) },
            message: message.as_deref().map(|text| Message { severity: Severity::Warning, text }),
            settings: self.settings,
        };
        let mut state = std::mem::take(&mut self.frame);
        let shown = window.show(ui, &mut state, |ui| match self.page {
            0 => self.compressor(ui, level),
            1 => self.all_parts(ui),
            _ => {
                let area = ui.max_rect().shrink(12.0);
                let mut ui = ui.new_child(UiBuilder::new().id_salt("pictures").max_rect(area));
                match self.page {
                    2 => self.pictures.colour(&mut ui),
                    3 => self.pictures.measure(&mut ui),
                    5 => self.pictures.compare(&mut ui),
                    _ => self.pictures.limit(&mut ui),
                }
            }
        });
        self.frame = state;
        let ctx = ui.ctx().clone();
        for action in shown.actions {
            self.act(&ctx, action);
        }
        // The made-up sound never ends: as a shell does, the gallery asks for a picture with every reading.
        theme::animate(&ctx, true);
    }
}

impl App for Gallery {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut nice_plug_egui::Frame) {
        self.picture(ui);
    }
}

/// CPU time of a picture with everything moving, tessellation included, without a window.
fn measure(page: usize) {
    let ctx = egui::Context::default();
    let mut gallery = Gallery::new(page, 1.0);
    let mut times = Vec::new();
    for frame in 0..1200 {
        let input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), BASE)),
            time: Some(1.0 + f64::from(frame) / 60.0),
            ..egui::RawInput::default()
        };
        let start = std::time::Instant::now();
        let mut output = ctx.run_ui(input, |ui| gallery.picture(ui));
        let shapes = std::mem::take(&mut output.shapes);
        let triangles = ctx.tessellate(shapes, output.pixels_per_point);
        times.push(start.elapsed().as_secs_f64() * 1e3);
        output.textures_delta.clear();
        std::hint::black_box(triangles);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[(share * (times.len() - 1) as f64) as usize];
    println!("page {page}: median {:.3} ms, 99 % {:.3} ms, most {:.3} ms", at(0.5), at(0.99), at(1.0));
}

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|argument| argument == "measure").is_some() {
        (0..PAGES.len()).for_each(measure);
        return;
    }
    let page = arguments.next().and_then(|page| page.parse().ok()).unwrap_or(0).min(PAGES.len() - 1);
    let scale: f32 = arguments.next().and_then(|scale| scale.parse().ok()).unwrap_or(1.0);
    // SAFETY: this program is the whole process; no host shares it.
    unsafe { baseview::assume_standalone_in_process() };
    // egui-baseview itself grows the window with the zoom.
    let size = LogicalSize::new(BASE.x, BASE.y);
    let settings = EguiWindowSettings::new().with_title("Twobus parts").with_size(size).with_resizable(true);
    let window = EguiWindow::create(settings, Gallery::new(page, scale));
    if let Err(error) = window.and_then(|window| window.run_until_closed()) {
        eprintln!("The gallery needs a display with OpenGL: {error}");
        std::process::exit(1);
    }
}
