//! The responses that are drawn, computed anew only when a setting has changed.

use shared_ui::response_curve::Response;

use crate::processor::{LineUpCard, MachineResponse, TapeSettings};

/// Points over 20 Hz to 20 kHz.
const POINTS: usize = 121;

/// Of a small signal, and of one at 0 VU.
#[derive(Default)]
pub struct Responses {
    heard: Option<MachineResponse>,
    small: Vec<(f32, f32)>,
    at_zero_vu: Vec<(f32, f32)>,
}

impl Responses {
    /// Draws these settings from now on, as they are heard at a sample rate (Hz).
    pub fn update(&mut self, settings: &TapeSettings, sample_rate_hz: f64) {
        let is_new = match &mut self.heard {
            Some(heard) => heard.update(settings, sample_rate_hz),
            None => true,
        };
        if !is_new {
            return;
        }
        let heard = self.heard.get_or_insert_with(|| MachineResponse::new(settings, sample_rate_hz));
        let curve = |gain_db: &dyn Fn(f64) -> f64| -> Vec<(f32, f32)> {
            (0..POINTS)
                .map(|n| {
                    let hz = 20.0 * 1000f64.powf(n as f64 / (POINTS - 1) as f64);
                    (hz as f32, gain_db(hz) as f32)
                })
                .collect()
        };
        self.small = curve(&|hz| heard.small_db(hz));
        self.at_zero_vu = curve(&|hz| heard.at_db(hz, settings.zero_vu_db));
    }

    /// What to draw, the first one undermost.
    pub fn drawn(&self) -> [Response<'_>; 2] {
        [
            Response { name: "at 0 VU", points: &self.at_zero_vu, is_dashed: true },
            Response { name: "small signal", points: &self.small, is_dashed: false },
        ]
    }

    /// The alignment card; none before the first [`update`](Self::update).
    pub fn card(&self) -> Option<LineUpCard> {
        self.heard.as_ref().map(MachineResponse::card)
    }
}
