//! The three kinds of parameters, as fields of a set: nice-plug's own, and what was declared beside it.
//!
//! Each gives its nice-plug parameter by `Deref`. Reading a value is wait-free.

use std::ops::Deref;
use std::sync::Arc;

use nice_plug::prelude::{BoolParam, FloatParam, FloatRange, IntParam, IntRange, Param as _, ParamPtr};

use super::about::{About, Parameter};
use super::declaration::{Declaration, List, Number, OnOff};
use super::place::Place;
use super::set::{Member, Parameters};
use crate::text;

/// A continuous parameter.
#[derive(Debug)]
pub struct Float {
    param: FloatParam,
    /// What lies outside of these is the word at the range's end.
    numbers: (f32, f32),
    about: Box<About>,
}

impl Float {
    /// The value in its own unit.
    #[inline]
    #[must_use]
    pub fn get(&self) -> f64 {
        f64::from(self.param.value())
    }

    /// A value in percent as a share, 0..1.
    #[inline]
    #[must_use]
    pub fn share(&self) -> f64 {
        self.get() / 100.0
    }

    /// The value, or `None` while it stands at the word of its range.
    #[inline]
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        let (value, (low, high)) = (self.param.value(), self.numbers);
        (low..=high).contains(&value).then(|| f64::from(value))
    }
}

impl Member<Declaration<Number>> for Float {
    fn declare(declaration: Declaration<Number>, at: &Place<'_>) -> Self {
        let number = declaration.kind;
        let (min, max) = (number.min, number.max);
        let range = match number.skew {
            Some(skew) => FloatRange::Skewed { min, max, factor: FloatRange::skew_factor(skew) },
            None => FloatRange::Linear { min, max },
        };
        let param = FloatParam::new(at.name(declaration.name), number.default, range)
            .with_unit(number.host_unit())
            .with_value_to_string(Arc::new(move |value| number.write(value)))
            .with_string_to_value(Arc::new(move |text| number.parse(text)))
            .with_callback(at.within.changes.listener());
        let param = if declaration.is_automatable { param } else { param.non_automatable() };
        Self { param, numbers: number.numbers, about: About::new(&declaration, at) }
    }
}

/// A parameter that takes one of a few values.
#[derive(Debug)]
pub struct Choice<T: 'static> {
    param: IntParam,
    values: &'static [(&'static str, T)],
    words: Arc<[&'static str]>,
    about: Box<About>,
}

impl<T: Copy> Choice<T> {
    /// The value.
    #[inline]
    #[must_use]
    pub fn get(&self) -> T {
        self.values[(self.param.value().max(0) as usize).min(self.values.len() - 1)].1
    }

    /// The words of all values, in their order.
    #[must_use]
    pub fn words(&self) -> &[&'static str] {
        &self.words
    }
}

impl<T: Copy + PartialEq + Send + Sync> Member<Declaration<List<T>>> for Choice<T> {
    fn declare(declaration: Declaration<List<T>>, at: &Place<'_>) -> Self {
        let List { default, values } = declaration.kind;
        let words: Arc<[&'static str]> = values.iter().map(|&(word, _)| word).collect();
        let last = words.len().saturating_sub(1);
        let default = values.iter().position(|&(_, value)| value == default);
        debug_assert!(default.is_some(), "the default of \"{}\" is none of its values", declaration.name);
        let (to_write, to_parse) = (words.clone(), words.clone());
        let range = IntRange::Linear { min: 0, max: last as i32 };
        let param = IntParam::new(at.name(declaration.name), default.unwrap_or(0) as i32, range)
            .with_value_to_string(Arc::new(move |index| to_write[(index.max(0) as usize).min(last)].to_owned()))
            .with_string_to_value(Arc::new(move |text| text::parse_choice(text, &to_parse).map(|index| index as i32)))
            .with_callback(at.within.changes.listener());
        let param = if declaration.is_automatable { param } else { param.non_automatable() };
        Self { param, values, words, about: About::new(&declaration, at) }
    }
}

/// A parameter that is on or off.
#[derive(Debug)]
pub struct Switch {
    param: BoolParam,
    about: Box<About>,
}

impl Member<Declaration<OnOff>> for Switch {
    fn declare(declaration: Declaration<OnOff>, at: &Place<'_>) -> Self {
        let param = BoolParam::new(at.name(declaration.name), declaration.kind.default)
            .with_value_to_string(Arc::new(text::write_switch))
            .with_string_to_value(Arc::new(text::parse_switch))
            .with_callback(at.within.changes.listener());
        let param = if declaration.is_automatable { param } else { param.non_automatable() };
        let param = if declaration.kind.is_bypass { param.make_bypass() } else { param };
        Self { param, about: About::new(&declaration, at) }
    }
}

/// What is the same for the three kinds.
macro_rules! parameter {
    ($kind:ty as $param:ty $(, $generic:ident)?) => {
        impl $(<$generic: 'static>)? Deref for $kind {
            type Target = $param;

            #[inline]
            fn deref(&self) -> &$param {
                &self.param
            }
        }

        impl $(<$generic: Send + Sync + 'static>)? Parameter for $kind {
            fn about(&self) -> &About {
                &self.about
            }

            fn ptr(&self) -> ParamPtr {
                self.param.as_ptr()
            }
        }

        impl $(<$generic: Send + Sync + 'static>)? Parameters for $kind {
            fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a dyn Parameter)) {
                visitor(self);
            }
        }
    };
}

parameter!(Float as FloatParam);
parameter!(Choice<T> as IntParam, T);
parameter!(Switch as BoolParam);
