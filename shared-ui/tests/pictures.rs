//! The pictures as a screen reader finds them, and that they rest.

mod window;

use std::time::Duration;

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use shared_ui::amplitude_curve::{AmplitudeCurve, LiveRange};
use shared_ui::centre_bar::CentreBar;
use shared_ui::egui::accesskit::Role;
use shared_ui::egui::{Event, Vec2, vec2};
use shared_ui::goniometer::{self, Goniometer};
use shared_ui::harmonics;
use shared_ui::level_columns::{ColumnLevels, LevelColumns};
use shared_ui::limiting_history::{LimitingHistory, LimitingView, Moment};
use shared_ui::loudness_history::{Loudness, LoudnessView};
use shared_ui::marked_bar::MarkedBar;
use shared_ui::readout::{Readout, ReadoutState};
use shared_ui::scope::{self, Scope, Wave};
use shared_ui::spectrogram::{self, Columns, Spectrogram};
use shared_ui::spectrum::{Layer, SpectrumView, Style};
use shared_ui::table::{self, Column};
use shared_ui::targets::{self, Target, Verdict};
use shared_ui::theme;
use window::window;

fn assert_reads(harness: &Harness<'_>, label: &str, role: Role, value: &str) {
    let node = harness.get_by_label(label);
    assert_eq!(node.accesskit_node().role(), role, "{label}");
    assert_eq!(node.value().as_deref(), Some(value), "{label}");
}

#[test]
fn the_scope_says_how_much_was_cut() {
    let mut scope = Scope::default();
    // Five seconds, cut in one of them.
    for index in 0..500 {
        let high = if index < 100 { 1.5 } else { 0.5 };
        scope.push(0.01, Wave { input: (-0.5, high), output: (-0.5, high.min(1.0)) });
    }
    let harness = window(|ui| {
        scope::show(ui, vec2(600.0, 200.0), &scope, 1.6, Some(1.0));
    });
    assert_reads(&harness, "Scope", Role::Meter, "cut in 20 % of the last 5 seconds");
}

#[test]
fn the_limiting_history_says_what_was_taken_and_what_came_out() {
    let mut history = LimitingHistory::default();
    for index in 0..1000 {
        let reduction_db = if index == 500 { 3.4 } else { 1.0 };
        history.push(0.01, Moment { input_db: reduction_db - 1.0, output_db: -1.0, body_db: -14.0, reduction_db });
    }
    let harness = window(|ui| {
        LimitingView { ceiling_db: -1.0, ceiling_text: "Ceiling −1.0 dBTP" }.show(ui, vec2(580.0, 280.0), &history);
    });
    let told = "at most 3.4 dB of reduction and −1.0 dBFS out in 10 seconds";
    assert_reads(&harness, "Level and gain reduction history", Role::Meter, told);
    assert!(!harness.ctx.has_requested_repaint(), "it moves with its readings only");
}

#[test]
fn level_columns_hold_until_they_are_clicked() {
    let mut columns = LevelColumns::default();
    columns.update(0.01, ColumnLevels { input_db: [0.4, -2.0], reduction_db: [1.5, 0.0], output_db: [-0.3, -1.0] });
    let silent = ColumnLevels { input_db: [-200.0; 2], reduction_db: [0.0; 2], output_db: [-200.0; 2] };
    (0..3000).for_each(|_| columns.update(0.01, silent));
    let mut harness = window(move |ui| {
        columns.show(ui, vec2(LevelColumns::WIDTH, 230.0));
    });
    assert_reads(&harness, "Input level", Role::Meter, "at most 0.4 dBFS, over");
    assert_reads(&harness, "Gain reduction", Role::Meter, "at most −1.5 dB");
    assert_reads(&harness, "Output level", Role::Meter, "at most −0.3 dBFS");
    harness.get_by_label("Input level").click();
    harness.run_steps(3);
    assert_reads(&harness, "Input level", Role::Meter, "at most −∞ dBFS");
    assert_reads(&harness, "Gain reduction", Role::Meter, "at most −1.5 dB");
}

#[test]
fn the_curve_is_asked_where_it_is_drawn_and_tells_the_live_range() {
    let asked = std::cell::RefCell::new((f32::INFINITY, f32::NEG_INFINITY));
    let curve = |x: f32| {
        let mut range = asked.borrow_mut();
        *range = (range.0.min(x), range.1.max(x));
        x.clamp(-1.0, 1.0)
    };
    let mut live = LiveRange::default();
    live.push(0.01, -0.5, 0.8);
    let harness = window(|ui| {
        AmplitudeCurve::new(&curve).reach(2.0).ceiling(1.0).live(live.get()).show(ui, Vec2::splat(200.0));
    });
    assert_reads(&harness, "Transfer curve", Role::GraphicsObject, "in −0.50 to +0.80 of full scale");
    drop(harness);
    assert_eq!(asked.into_inner(), (-2.0, 2.0), "the whole of both axes");

    let harness = window(|ui| {
        AmplitudeCurve::new(&|_| f32::NAN).live(None).show(ui, Vec2::splat(200.0));
    });
    assert_reads(&harness, "Transfer curve", Role::GraphicsObject, "silent");
}

#[test]
fn harmonics_are_read_in_order() {
    let levels = [-52.04, -38.5, -66.0, -57.0, f32::NAN, -74.0, -300.0];
    let harness = window(|ui| {
        harmonics::show(ui, vec2(260.0, 140.0), &levels);
    });
    let words = "H2 −52.0 dBc, H3 −38.5 dBc, H4 −66.0 dBc, H5 −57.0 dBc, H6 none, H7 −74.0 dBc, H8 none";
    assert_reads(&harness, "Harmonics", Role::Meter, words);
}

/// Even and odd must be told apart without hue: they are made of different shapes.
#[test]
fn even_and_odd_harmonics_differ_in_shape() {
    let shapes = |levels: [f32; harmonics::COUNT]| {
        let harness = window(|ui| {
            harmonics::show(ui, vec2(260.0, 140.0), &levels);
        });
        let kinds = harness.output().shapes.iter().map(|clipped| std::mem::discriminant(&clipped.shape));
        kinds.collect::<Vec<_>>()
    };
    let none = [f32::NEG_INFINITY; harmonics::COUNT];
    let (mut even, mut odd) = (none, none);
    even[0] = -40.0;
    odd[1] = -40.0;
    assert_ne!(shapes(even), shapes(odd), "a second and a third harmonic are drawn alike");
}

#[test]
fn a_delta_beyond_the_mark_is_more_than_subtle() {
    for (level_db, words) in [
        (Some(-42.5), "−42.5 dB, subtle"),
        (Some(-30.0), "−30.0 dB, subtle"),
        (Some(-21.0), "−21.0 dB, more than subtle"),
        (None, "silent"),
    ] {
        let mut state = ReadoutState::default();
        let harness = window(|ui| {
            MarkedBar::level_below("Delta", -30.0).show(ui, vec2(240.0, 44.0), &mut state, level_db);
        });
        assert_reads(&harness, "Delta", Role::Meter, words);
    }
}

#[test]
fn a_crest_factor_below_12_db_is_told() {
    for (crest_db, words) in [
        (Some(14.2), "14.2 dB, above the mark"),
        (Some(12.0), "12.0 dB, above the mark"),
        (Some(8.5), "8.5 dB, below the mark"),
    ] {
        let mut state = ReadoutState::default();
        let harness = window(|ui| {
            MarkedBar::crest("Crest").show(ui, vec2(120.0, 30.0), &mut state, crest_db);
        });
        assert_reads(&harness, "Crest", Role::Meter, words);
    }
}

#[test]
fn the_spectrum_names_its_layers_and_their_highest_points() {
    let before = [(50.0, -40.0), (100.0, -20.0), (10_000.0, f32::NEG_INFINITY)];
    let after = [(50.0, f32::NAN), (1250.0, -31.0), (10_000.0, -60.0)];
    let mut harness = window(|ui| {
        let layers = [
            Layer { name: "before", points: &before, style: Style::Hill },
            Layer { name: "after", points: &after, style: Style::Line },
            Layer { name: "peak", points: &[], style: Style::Dots },
        ];
        SpectrumView::default().range_db(-90.0, 0.0).show(ui, vec2(400.0, 200.0), &layers);
    });
    let words = "before most −20.0 dB at 100 Hz, after most −31.0 dB at 1.25 kHz, peak silent";
    assert_reads(&harness, "Spectrum", Role::GraphicsObject, words);
    let center = harness.get_by_label("Spectrum").rect().center();
    harness.event(Event::PointerMoved(center));
    harness.run_steps(2);
}

#[test]
fn the_song_is_read_as_numbers() {
    let song = [Loudness { momentary: -12.3, short_term: -13.4, integrated: -14.5 }; 950];
    let harness = window(|ui| {
        let view = LoudnessView { range_lufs: (-36.0, 0.0), target_lufs: Some(-14.0), in_lu: true };
        view.show(ui, vec2(600.0, 200.0), &song, 0.1);
    });
    let words = "1:35: momentary −12.3, short-term −13.4, integrated −14.5 LUFS";
    assert_reads(&harness, "Loudness history", Role::Meter, words);
}

#[test]
fn the_stereo_image_is_read_as_numbers() {
    let mut image = Goniometer::default();
    image.push(0.01, &[[0.5, 0.3]; 2048]);
    let harness = window(|ui| {
        goniometer::show(ui, 160.0, &image);
        CentreBar::correlation().show(ui, vec2(160.0, 30.0), Some(-0.25));
        CentreBar::balance().show(ui, vec2(160.0, 30.0), None);
    });
    assert_reads(&harness, "Goniometer", Role::GraphicsObject, "side 12.0 dB below mid");
    assert_reads(&harness, "Correlation", Role::Meter, "−0.25");
    assert_reads(&harness, "Balance", Role::Meter, "—");
}

#[test]
fn a_spectrogram_goes_on_in_a_window_that_was_opened_again() {
    let mut picture = Spectrogram::default();
    // One loud row of 192 up from 20 Hz to 20 kHz.
    let mut levels = [0_u8; spectrogram::ROWS];
    levels[160] = 200;
    let hz = 20.0 * 1000.0_f32.powf(160.5 / 192.0);
    let mut uploaded = |levels: &[&[u8]], written: u64, words: &str| {
        let columns = Columns { levels, written, range: (60, 220) };
        let harness = window(|ui| {
            spectrogram::show(ui, vec2(300.0, 150.0), &mut picture, &columns, (20.0, 20_000.0), 8.5);
        });
        assert_reads(&harness, "Spectrogram", Role::GraphicsObject, words);
    };
    // The second window has textures of its own, and in the third the measurement began anew.
    uploaded(&[&levels], 1, &format!("now most at {hz:.0} Hz"));
    uploaded(&[&levels, &levels], 600, &format!("now most at {hz:.0} Hz"));
    uploaded(&[], 0, "silent");
}

#[test]
fn targets_are_rows_with_their_verdicts() {
    let target = |name, verdict, gain_db, headroom_db| {
        let asks = "−14 LUFS, −1 dBTP";
        Target { name, asks, gain_db, headroom_db, verdict, note: "A service's own page, 2026." }
    };
    let table = [
        target("Loud", Verdict::Pass, Some(1.25), Some(0.4)),
        target("Quiet", Verdict::Fail, Some(-6.0), Some(-0.3)),
        target("Vinyl", Verdict::Unknown, None, None),
    ];
    let harness = window(|ui| {
        targets::show(ui, 460.0, &table);
    });
    assert_reads(&harness, "Targets", Role::Table, "1 of 3 met");
    assert_reads(&harness, "Loud", Role::Row, "pass, −14 LUFS, −1 dBTP, gain +1.3 dB, headroom +0.4 dB");
    assert_reads(&harness, "Quiet", Role::Row, "fail, −14 LUFS, −1 dBTP, gain −6.0 dB, headroom −0.3 dB");
    assert_reads(&harness, "Vinyl", Role::Row, "not measured, −14 LUFS, −1 dBTP, gain —, headroom —");
}

#[test]
fn a_table_is_read_row_by_row() {
    let columns = [Column { head: "What", share: 0.5 }, Column { head: "Where", share: 0.3 }];
    let rows = [vec!["True peak".to_owned(), "1:02.3".to_owned()], vec!["Clip".to_owned()]];
    let (mut clips, mut peak) = (ReadoutState::default(), ReadoutState::default());
    let harness = window(|ui| {
        table::show(ui, 400.0, "Places", &columns, &rows);
        Readout::new("Clips", "").whole().show(ui, &mut clips, Some(12.0));
        Readout::new("Peak", "dBTP").over(true).show(ui, &mut peak, Some(0.31));
    });
    assert_reads(&harness, "Places", Role::Table, "2 rows");
    assert_reads(&harness, "True peak", Role::Row, "1:02.3");
    assert_reads(&harness, "Clips", Role::Meter, "12");
    assert_reads(&harness, "Peak", Role::Meter, "0.3 dBTP, over");
}

/// What was pushed is drawn once: nobody asks for another picture until more is pushed, however much is on it.
#[test]
fn pictures_rest_when_nothing_new_comes() {
    let mut scope = Scope::default();
    let song = [Loudness { momentary: -12.3, short_term: -13.4, integrated: -14.5 }; 200];
    let mut image = Goniometer::default();
    let mut picture = Spectrogram::default();
    let mut state = ReadoutState::default();
    scope.push(1.0, Wave { input: (-1.0, 1.0), output: (-0.5, 0.5) });
    image.push(0.01, &[[0.5, 0.3]; 512]);
    let mut harness = window(move |ui| {
        let view = LoudnessView { range_lufs: (-36.0, 0.0), target_lufs: None, in_lu: false };
        let columns = Columns { levels: &[&[200; spectrogram::ROWS]], written: 1, range: (60, 220) };
        let moves = [
            scope::show(ui, vec2(300.0, 80.0), &scope, 1.0, None).animating,
            view.show(ui, vec2(300.0, 80.0), &song, 0.1).animating,
            goniometer::show(ui, 100.0, &image).animating,
            spectrogram::show(ui, vec2(300.0, 80.0), &mut picture, &columns, (20.0, 20_000.0), 8.5).animating,
            MarkedBar::level_below("Delta", -30.0).show(ui, vec2(240.0, 44.0), &mut state, Some(-40.0)).animating,
        ];
        theme::animate(ui.ctx(), moves.contains(&true));
    });
    harness.run_steps(20);
    let delay = harness.output().viewport_output.values().map(|viewport| viewport.repaint_delay).min();
    assert_eq!(delay, Some(Duration::MAX));
}
