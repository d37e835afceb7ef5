//! EQ as sound, without a host.
