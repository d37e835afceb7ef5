//! EQ as sound, without a host.

mod pre_ringing;
