//! EQ as sound, without a host.

mod both_sides;
mod pre_ringing;
