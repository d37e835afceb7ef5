//! EQ's targets (specs/eq.md), measured through the built bundle.

mod automation;
mod dynamics;
mod exactness;
mod listening;
mod modes;
mod motion;
mod response;
mod shapes;
#[path = "../steps/mod.rs"]
#[allow(dead_code, reason = "Glue's tests want the rest")]
mod steps;
mod support;
mod times;
