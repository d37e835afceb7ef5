//! The pictures of Saturator, Clipper, Limiter and Meter, fed with made-up sound.

use shared_ui::amplitude_curve::{AmplitudeCurve, LiveRange};
use shared_ui::centre_bar::CentreBar;
use shared_ui::egui::{Rect, Ui, Vec2, vec2};
use shared_ui::fact::Fact;
use shared_ui::goniometer::{self, Goniometer};
use shared_ui::harmonics;
use shared_ui::level_columns::{ColumnLevels, LevelColumns};
use shared_ui::limiting_history::{LimitingHistory, LimitingView, Moment};
use shared_ui::loudness_history::{Loudness, LoudnessView};
use shared_ui::marked_bar::MarkedBar;
use shared_ui::pair_history::{PairHistory, PairLoudness};
use shared_ui::readout::ReadoutState;
use shared_ui::scope::{self, Scope, Wave};
use shared_ui::section;
use shared_ui::source_plate::SourcePlate;
use shared_ui::spectrogram::{self, Columns, Spectrogram};
use shared_ui::spectrum::{Layer, SpectrumView, Style};
use shared_ui::targets::{self, Target, Verdict};
use shared_ui::waveform::Waveform;

const CEILING: f32 = 0.966;
const CEILING_DB: f32 = -0.3;
const RANGE_HZ: (f32, f32) = (20.0, 20_000.0);
const BANDS: usize = 120;

/// What the pictures remember.
#[derive(Default)]
pub struct Pictures {
    scope: Scope,
    limiting: LimitingHistory,
    levels: LevelColumns,
    live: LiveRange,
    below: ReadoutState,
    song: Vec<Loudness>,
    goniometer: Goniometer,
    spectrogram: Spectrogram,
    columns: Vec<Vec<u8>>,
    written: u64,
    before: Vec<(f32, f32)>,
    after: Vec<(f32, f32)>,
    seed: u32,
    /// What A and B are, and the part of a file that is looped.
    sources: [usize; 2],
    range_s: Option<(f32, f32)>,
}

/// The shape of a saturator: odd with a little even.
fn curve(x: f32) -> f32 {
    (1.8 * x + 0.15 * x * x).tanh() / 1.8_f32.tanh()
}

impl Pictures {
    fn noise(&mut self) -> f32 {
        self.seed = self.seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.seed >> 8) as f32 / (1 << 23) as f32 - 1.0
    }

    /// Makes up `elapsed_s` seconds of sound until `t`.
    pub fn advance(&mut self, t: f32, elapsed_s: f32) {
        let steps = (elapsed_s * 750.0).ceil().clamp(1.0, 400.0) as usize;
        for step in 0..steps {
            let at = t - elapsed_s * (1.0 - step as f32 / steps as f32);
            let kick = (-9.0 * (at * 1.9).fract()).exp();
            let level = 0.30 + 0.25 * (0.5 * at).sin().abs() + 1.0 * kick;
            let (low, high) = (-level * (0.7 + 0.3 * self.noise().abs()), level * (0.75 + 0.3 * self.noise().abs()));
            let left = (low.max(-CEILING), high.min(CEILING));
            self.scope.push(elapsed_s / steps as f32, Wave { input: (low, high), output: left });
            self.live.push(elapsed_s / steps as f32, 0.6 * low, 0.6 * high);
            let input_db = 20.0 * high.max(-low).log10();
            let reduction_db = (input_db - CEILING_DB).max(0.0).max(3.0 * kick);
            let output_db = (input_db - reduction_db).min(CEILING_DB);
            let moment = Moment { input_db, output_db, body_db: output_db - 9.0, reduction_db };
            self.limiting.push(elapsed_s / steps as f32, moment);
            let both = |db: f32| [db, db - 0.6];
            self.levels.update(
                elapsed_s / steps as f32,
                ColumnLevels {
                    input_db: both(input_db - 4.0),
                    reduction_db: both(reduction_db),
                    output_db: both(output_db),
                },
            );
        }
        let momentary = -15.0 + 4.0 * (3.0 * t).sin() + 5.0 * (0.11 * t).sin();
        let short_term = -16.0 + 5.0 * (0.11 * t).sin();
        self.song.push(Loudness { momentary, short_term, integrated: -15.2 + 2.0 / (1.0 + 0.2 * t) });
        let pairs: Vec<[f32; 2]> = (0..480)
            .map(|i| {
                let at = t + i as f32 / 48_000.0;
                let mid = 0.4 * (700.0 * at).sin() + 0.15 * (4100.0 * at).sin() + 0.08 * self.noise();
                let side = 0.12 * (1900.0 * at).sin() + 0.06 * self.noise();
                [mid + side, mid - side]
            })
            .collect();
        self.goniometer.push(elapsed_s, &pairs);
        let band = |index: usize| RANGE_HZ.0 * (RANGE_HZ.1 / RANGE_HZ.0).powf(index as f32 / (BANDS - 1) as f32);
        let level = |hz: f32, noise: f32| {
            let tone = 22.0 * (-((hz / 82.0).log2() * 6.0).powi(2)).exp() * (0.6 + 0.4 * (11.9 * t).sin());
            -34.0 - 4.5 * (hz / 100.0).log2().max(-0.5) + tone + 3.0 * (2.0 * t + 3.0 * hz.log2()).sin() + 1.5 * noise
        };
        self.before = (0..BANDS).map(|index| (band(index), level(band(index), self.noise()))).collect();
        self.after =
            self.before.iter().map(|&(hz, db)| (hz, db + 1.5 * (hz / 1000.0).log2().clamp(0.0, 2.0))).collect();
        let row_hz = |row: usize| RANGE_HZ.0 * (RANGE_HZ.1 / RANGE_HZ.0).powf(row as f32 / spectrogram::ROWS as f32);
        let column = (0..spectrogram::ROWS).map(|row| (2.0 * (level(row_hz(row), self.noise()) + 120.0)) as u8);
        let column = column.collect();
        self.columns.push(column);
        if self.columns.len() > spectrogram::COLUMNS {
            self.columns.remove(0);
        }
        self.written += 1;
    }

    /// What colours: curve, harmonics, spectra, scope.
    pub fn colour(&mut self, ui: &mut Ui) {
        ui.horizontal_top(|ui| {
            AmplitudeCurve::new(&curve).live(self.live.get()).show(ui, Vec2::splat(190.0));
            let levels = [-52.0, -38.5, -66.0, -57.0, -88.0, -74.0, -130.0];
            ui.vertical(|ui| {
                harmonics::show(ui, vec2(250.0, 140.0), &levels);
                let level = -34.0 + 8.0 * (0.4 * self.before[0].1).sin();
                let bar = MarkedBar::level_below("Added, below the signal", -30.0);
                bar.show(ui, vec2(250.0, 44.0), &mut self.below, Some(level));
            });
            SpectrumView::default().show(
                ui,
                vec2(330.0, 190.0),
                &[
                    Layer { name: "before", points: &self.before, style: Style::Hill },
                    Layer { name: "after", points: &self.after, style: Style::Line },
                ],
            );
        });
        scope::show(ui, vec2(790.0, 160.0), &self.scope, 1.6, Some(CEILING));
    }

    /// What compares: sources, a waveform, findings.
    pub fn compare(&mut self, ui: &mut Ui) {
        let choices = ["This point", "Reference", "Mix bus · Glue · output", "reference-03.flac"].map(str::to_owned);
        ui.horizontal_top(|ui| {
            for (letter, source) in ["A", "B"].into_iter().zip(&mut self.sources) {
                let plate = SourcePlate {
                    letter,
                    name: &choices[*source],
                    detail: "made up, 48 kHz",
                    problem: (*source == 1).then_some("nothing is connected"),
                    is_heard: letter == "B",
                    choices: &choices,
                    selected: *source,
                    note: None,
                };
                *source = plate.show(ui, vec2(390.0, 56.0)).unwrap_or(*source);
            }
        });
        let peaks: Vec<f32> = self.song.iter().map(|moment| 10.0_f32.powf(moment.momentary / 20.0)).collect();
        let duration_s = self.song.len() as f32;
        let waveform = Waveform {
            peaks: &peaks,
            duration_s,
            range_s: self.range_s,
            position_s: Some(0.5 * duration_s),
            empty: "",
        };
        let pairs: Vec<_> =
            self.song.iter().map(|moment| PairLoudness { a: moment.short_term, b: moment.momentary }).collect();
        let recent = &pairs[pairs.len().saturating_sub(600)..];
        let history = PairHistory { points: recent, point_s: 0.1, most: 600, lowered_lu: [0.0, -4.2] };
        history.show(ui, vec2(788.0, 110.0));
        if let (_, Some(range)) = waveform.show(ui, vec2(788.0, 90.0)) {
            self.range_s = range;
        }
        ui.horizontal_top(|ui| {
            let facts = [
                ("Loudness", "−4.2", "LU on B", "matched over 28 s, gated"),
                ("Delay", "+1284", "on A", "26.75 ms, whole samples"),
                ("Polarity", "same", "", "confidence 0.98, sure"),
            ];
            for (name, value, unit, note) in facts {
                Fact { name, value, unit, note }.show(ui, vec2(257.0, 80.0));
            }
        });
    }

    /// What limits: history, level columns, the heading of a section.
    pub fn limit(&mut self, ui: &mut Ui) {
        let top = ui.max_rect();
        ui.horizontal_top(|ui| {
            let view = LimitingView { ceiling_db: CEILING_DB, ceiling_text: "Ceiling −0.3 dBTP" };
            view.show(ui, vec2(600.0, 290.0), &self.limiting);
            self.levels.show(ui, vec2(LevelColumns::WIDTH, 290.0));
        });
        let row = Rect::from_min_size(top.min + vec2(0.0, 302.0), vec2(top.width(), 60.0));
        for (place, name) in [(0.0, "Drive"), (240.0, "Time"), (480.0, "Final level")] {
            let area = Rect::from_min_max(row.min + vec2(place, 0.0), row.max);
            section::heading(ui, area, name);
            if place > 0.0 {
                section::divider(ui, area.translate(vec2(-8.0, 0.0)));
            }
        }
    }

    /// What measures: loudness, stereo, spectrogram, targets.
    pub fn measure(&mut self, ui: &mut Ui) {
        let view = LoudnessView { range_lufs: (-36.0, 0.0), target_lufs: Some(-14.0), in_lu: false };
        ui.horizontal_top(|ui| {
            // A song goes by sixty times as fast as a second does.
            view.show(ui, vec2(580.0, 170.0), &self.song, 1.0);
            ui.vertical(|ui| {
                goniometer::show(ui, 120.0, &self.goniometer);
                CentreBar::correlation().show(ui, vec2(190.0, 30.0), Some(0.82));
            });
        });
        ui.horizontal_top(|ui| {
            let levels: Vec<&[u8]> = self.columns.iter().map(Vec::as_slice).collect();
            let columns = Columns { levels: &levels, written: self.written, range: (60, 220) };
            spectrogram::show(ui, vec2(330.0, 170.0), &mut self.spectrogram, &columns, RANGE_HZ, 8.5);
            let target = |name, asks, gain_db, headroom_db, verdict| {
                let note = "A made-up target, of no date.";
                Target { name, asks, gain_db, headroom_db, verdict, note }
            };
            let table = [
                target("Spotify", "−14 LUFS, −1 dBTP", Some(-1.2), Some(0.4), Verdict::Pass),
                target("Apple Music", "−16 LUFS, −1 dBTP", Some(-3.2), Some(0.4), Verdict::Pass),
                target("EBU R 128", "−23 LUFS, −1 dBTP", Some(-10.2), Some(0.4), Verdict::Fail),
                target("CD", "−0.3 dBTP", None, Some(-0.3), Verdict::Fail),
                target("Vinyl", "bass in mono", None, None, Verdict::Unknown),
            ];
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                targets::show(ui, 450.0, &table);
                CentreBar::balance().show(ui, vec2(190.0, 30.0), Some(-0.6));
            });
        });
    }
}
