//! The shell that every Twobus plugin lives in.
