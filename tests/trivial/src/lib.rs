//! A gain of twenty lines: proves that the shell is general.
