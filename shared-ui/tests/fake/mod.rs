//! A parameter without a host, and the log of what a host would have heard.

use std::sync::{Arc, Mutex};

use shared_ui::{Param, ParamHandle, StepSize};

/// What reached the host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Call {
    /// A gesture starts.
    Begin,
    /// The value changes.
    Set(f32),
    /// The gesture ends.
    End,
}

/// Kinds of fake.
pub enum Kind {
    /// Continuous from low to high in a unit, with a coarse step in that unit.
    Range { low: f32, high: f32, step: f32, unit: &'static str },
    /// Named values.
    Names(&'static [&'static str]),
}

/// Fake parameter.
pub struct Fake {
    name: &'static str,
    hint: &'static str,
    kind: Kind,
    value: Mutex<f32>,
    default: f32,
    bipolar: bool,
    calls: Mutex<Vec<Call>>,
}

#[allow(dead_code, reason = "the gallery and the tests each use a part of it")]
impl Fake {
    /// Continuous, `now` and `default` in its unit.
    pub fn range(
        name: &'static str,
        (low, high, step): (f32, f32, f32),
        unit: &'static str,
        (default, now): (f32, f32),
        hint: &'static str,
    ) -> Arc<Self> {
        let normal = |plain: f32| (plain - low) / (high - low);
        Arc::new(Self {
            name,
            hint,
            kind: Kind::Range { low, high, step, unit },
            value: Mutex::new(normal(now)),
            default: normal(default),
            bipolar: low < 0.0 && (low + high).abs() < 1e-6,
            calls: Mutex::default(),
        })
    }

    /// One of several names.
    pub fn names(name: &'static str, names: &'static [&'static str], default: usize, now: usize) -> Arc<Self> {
        let normal = |index: usize| index as f32 / (names.len() - 1) as f32;
        Arc::new(Self {
            name,
            hint: "",
            kind: Kind::Names(names),
            value: Mutex::new(normal(now)),
            default: normal(default),
            bipolar: false,
            calls: Mutex::default(),
        })
    }

    /// As the parts take it.
    pub fn param(self: &Arc<Self>) -> Param {
        self.clone()
    }

    /// What the host heard since the last call of this.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    /// Value in its own unit.
    pub fn plain(&self) -> f32 {
        match self.kind {
            Kind::Range { low, high, .. } => low + self.normalized() * (high - low),
            Kind::Names(names) => self.normalized() * (names.len() - 1) as f32,
        }
    }
}

impl ParamHandle for Fake {
    fn id(&self) -> &str {
        self.name
    }

    fn name(&self) -> &str {
        self.name
    }

    fn text(&self, normalized: f32) -> String {
        match self.kind {
            Kind::Range { low, high, unit, .. } => {
                let tenths = ((low + normalized * (high - low)) * 10.0).round();
                let sign = if tenths < 0.0 { "−" } else { "" };
                format!("{sign}{:.1} {unit}", tenths.abs() / 10.0)
            }
            Kind::Names(names) => names[(normalized * (names.len() - 1) as f32).round() as usize].to_owned(),
        }
    }

    fn parse(&self, text: &str) -> Option<f32> {
        match self.kind {
            Kind::Range { low, high, .. } => {
                let number = text.split_whitespace().next()?.replace('−', "-").replace(',', ".");
                Some(((number.parse::<f32>().ok()? - low) / (high - low)).clamp(0.0, 1.0))
            }
            Kind::Names(names) => {
                let index = names.iter().position(|name| *name == text)?;
                Some(index as f32 / (names.len() - 1) as f32)
            }
        }
    }

    fn normalized(&self) -> f32 {
        *self.value.lock().unwrap()
    }

    fn default_normalized(&self) -> f32 {
        self.default
    }

    fn step_count(&self) -> Option<usize> {
        match self.kind {
            Kind::Range { .. } => None,
            Kind::Names(names) => Some(names.len() - 1),
        }
    }

    fn step_normalized(&self, size: StepSize) -> f32 {
        match self.kind {
            Kind::Range { low, high, step, .. } => step / (high - low) * if size == StepSize::Fine { 0.1 } else { 1.0 },
            Kind::Names(names) => 1.0 / (names.len() - 1) as f32,
        }
    }

    fn is_bipolar(&self) -> bool {
        self.bipolar
    }

    fn hint(&self) -> &str {
        self.hint
    }

    fn begin(&self) {
        self.calls.lock().unwrap().push(Call::Begin);
    }

    fn set(&self, normalized: f32) {
        *self.value.lock().unwrap() = normalized;
        self.calls.lock().unwrap().push(Call::Set(normalized));
    }

    fn end(&self) {
        self.calls.lock().unwrap().push(Call::End);
    }
}
