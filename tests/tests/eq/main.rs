//! EQ's targets (specs/eq.md), measured through the built bundle.

mod dynamics;
mod exactness;
mod listening;
mod motion;
mod response;
mod shapes;
mod support;
