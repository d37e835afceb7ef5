//! The ends of a loop as numbers that are turned, typed and spoken like any other. No host hears of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use egui::Ui;
use shared_ui::value_field::ValueField;
use shared_ui::waveform::SHORTEST_S;
use shared_ui::{Param, ParamHandle, StepSize};

/// One end.
#[derive(Debug)]
struct End {
    id: &'static str,
    name: &'static str,
    /// Bits of the seconds from the start, and of the song's length.
    seconds: AtomicU32,
    duration_s: AtomicU32,
    /// 0 or 1: where it stands by default.
    default: f32,
}

impl End {
    fn new(id: &'static str, name: &'static str, default: f32) -> Arc<Self> {
        Arc::new(Self { id, name, seconds: AtomicU32::new(0), duration_s: AtomicU32::new(0), default })
    }

    fn seconds(&self) -> f32 {
        f32::from_bits(self.seconds.load(Ordering::Relaxed))
    }

    fn duration_s(&self) -> f32 {
        f32::from_bits(self.duration_s.load(Ordering::Relaxed)).max(SHORTEST_S)
    }

    fn put(&self, seconds: f32, duration_s: f32) {
        self.seconds.store(seconds.to_bits(), Ordering::Relaxed);
        self.duration_s.store(duration_s.to_bits(), Ordering::Relaxed);
    }
}

impl ParamHandle for End {
    fn id(&self) -> &str {
        self.id
    }

    fn name(&self) -> &str {
        self.name
    }

    fn text(&self, normalized: f32) -> String {
        let tenths = (10.0 * normalized * self.duration_s()).round() as u32;
        format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
    }

    fn parse(&self, text: &str) -> Option<f32> {
        let number =
            |text: &str| text.trim().replace(',', ".").parse::<f32>().ok().filter(|s| s.is_finite() && *s >= 0.0);
        let seconds = match text.split_once(':') {
            Some((minutes, seconds)) => 60.0 * number(minutes)? + number(seconds)?,
            None => number(text.trim_end_matches(['s', ' ']))?,
        };
        Some((seconds / self.duration_s()).clamp(0.0, 1.0))
    }

    fn normalized(&self) -> f32 {
        (self.seconds() / self.duration_s()).clamp(0.0, 1.0)
    }

    fn default_normalized(&self) -> f32 {
        self.default
    }

    fn step_count(&self) -> Option<usize> {
        None
    }

    fn step_normalized(&self, size: StepSize) -> f32 {
        let seconds = match size {
            StepSize::Coarse => 1.0,
            StepSize::Fine => 0.1,
        };
        (seconds / self.duration_s()).min(1.0)
    }

    fn hint(&self) -> &str {
        "The part of the file that is played over and over."
    }

    fn begin(&self) {}

    fn set(&self, normalized: f32) {
        self.put(normalized * self.duration_s(), self.duration_s());
    }

    fn end(&self) {}
}

/// Both.
pub struct LoopEnds {
    ends: [Arc<End>; 2],
    params: [Param; 2],
}

impl Default for LoopEnds {
    fn default() -> Self {
        let ends = [End::new("loop_from", "Loop from", 0.0), End::new("loop_to", "Loop to", 1.0)];
        let params = ends.clone().map(|end| end as Param);
        Self { ends, params }
    }
}

impl LoopEnds {
    /// Draws both. Answers another range, if one was set: `None` in it is the whole song.
    pub fn show(&self, ui: &mut Ui, range_s: Option<(f32, f32)>, duration_s: f32) -> Option<Option<(f32, f32)>> {
        let (from, to) = range_s.unwrap_or((0.0, duration_s));
        self.ends[0].put(from, duration_s);
        self.ends[1].put(to.min(duration_s), duration_s);
        let mut changed = false;
        for param in &self.params {
            changed |= ValueField::new(param).width(60.0).show(ui).changed;
        }
        let (from, to) = (self.ends[0].seconds(), self.ends[1].seconds());
        let is_all = from <= 0.0 && to >= duration_s;
        (changed && to - from >= SHORTEST_S).then(|| (!is_all).then_some((from, to)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read_as_people_do() {
        let end = End::new("x", "X", 0.0);
        end.put(64.25, 200.0);
        assert_eq!(end.text(end.normalized()), "1:04.3");
        for (text, seconds) in [("1:04.3", 64.3), ("64.3", 64.3), ("0:09", 9.0), ("12,5 s", 12.5), ("9:00", 200.0)] {
            let place = end.parse(text).expect(text);
            assert!((place * 200.0 - seconds).abs() < 1e-3, "{text}: {}", place * 200.0);
        }
        assert!(["", "a", "-1", "1:x", "nan"].iter().all(|text| end.parse(text).is_none()));
    }
}
