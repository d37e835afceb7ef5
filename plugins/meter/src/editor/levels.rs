//! The level bars: peak and RMS, VU, or the K-System.

use egui::{Ui, Vec2, vec2};
use shared_dsp::loudness::LiveReadings;
use shared_plugin::editor::PanelContext;
use shared_ui::bar_meter::{self, BarMeter, Level};

use crate::params::{LevelMeter, MeterParams};
use crate::processor::MeterReading;

const SCALE_WIDTH: f32 = 28.0;

/// The moving parts of the bars.
#[derive(Default)]
pub struct Levels {
    bars: BarMeter,
    /// Highest true peak of either channel since the last picture, dBTP; none before the first reading.
    highest_dbtp: Option<[f64; 2]>,
}

impl Levels {
    /// Takes a reading: several come between two pictures, and no peak may be lost.
    pub fn update(&mut self, live: &LiveReadings) {
        let highest = self.highest_dbtp.get_or_insert(live.true_peak_dbtp);
        highest.iter_mut().zip(live.true_peak_dbtp).for_each(|(highest, peak)| *highest = highest.max(peak));
    }

    /// A new measurement has begun.
    pub fn reset(&mut self) {
        self.bars.reset();
    }

    /// Draws scale and bars. All meters are in dBFS and differ in what they show and where their scale has its zero.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        size: Vec2,
        reading: &MeterReading,
        context: &PanelContext<'_, MeterParams, MeterReading>,
    ) -> bool {
        let (params, live) = (&context.params.product, &reading.live);
        // A sine of 0 dBFS is -3.01 dBFS RMS and reads the K-System's whole headroom: its RMS is drawn as its peak.
        let sine_db = 10.0 * std::f64::consts::LOG10_2;
        let peak_dbtp = self.highest_dbtp.take().unwrap_or(live.true_peak_dbtp);
        let (zero_db, bar_db, mark_db) = match params.level_meter.get() {
            LevelMeter::Peak => (0.0, peak_dbtp, live.rms_dbfs),
            LevelMeter::Vu => (params.vu_zero.value(), live.vu_dbfs, live.vu_dbfs),
            LevelMeter::K => {
                (-params.k_system.get().headroom_db() as f32, peak_dbtp, live.rms_dbfs.map(|db| db + sine_db))
            }
        };
        let side = |side: usize| Level { peak_db: bar_db[side] as f32, rms_db: mark_db[side] as f32 };
        // Before the first reading there is no level, not one of 0 dB.
        let mut moves = reading.samples.is_some() && self.bars.update(context.elapsed_s, &[side(0), side(1)]);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            bar_meter::show_scale(ui, vec2(SCALE_WIDTH, size.y), zero_db);
            let bars = vec2(size.x - SCALE_WIDTH - 20.0, size.y);
            moves |= bar_meter::show(ui, bars, "Level", &mut self.bars).animating;
        });
        moves
    }
}
