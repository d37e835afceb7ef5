//! Level detectors, gain computers and ballistics.
