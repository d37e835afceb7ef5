//! The responses that are drawn, computed anew only when a setting has changed.

use shared_ui::response_curve::Response;

use crate::processor::TapeSettings;

/// Points over 20 Hz to 20 kHz.
const POINTS: usize = 121;

/// Of a small signal, and of one at 0 VU.
#[derive(Default)]
pub struct Responses {
    settings: Option<TapeSettings>,
    small: Vec<(f32, f32)>,
    at_zero_vu: Vec<(f32, f32)>,
}

impl Responses {
    /// Draws these settings from now on.
    pub fn update(&mut self, settings: &TapeSettings) {
        if self.settings.as_ref() == Some(settings) {
            return;
        }
        let curve = |gain_db: &dyn Fn(f64) -> f64| -> Vec<(f32, f32)> {
            (0..POINTS)
                .map(|n| {
                    let hz = 20.0 * 1000f64.powf(n as f64 / (POINTS - 1) as f64);
                    (hz as f32, gain_db(hz) as f32)
                })
                .collect()
        };
        self.small = curve(&|hz| settings.response_db(hz));
        self.at_zero_vu = curve(&|hz| settings.response_at_db(hz, settings.zero_vu_db));
        self.settings = Some(settings.clone());
    }

    /// What to draw, the first one undermost.
    pub fn drawn(&self) -> [Response<'_>; 2] {
        [
            Response { name: "at 0 VU", points: &self.at_zero_vu, is_dashed: true },
            Response { name: "small signal", points: &self.small, is_dashed: false },
        ]
    }
}
