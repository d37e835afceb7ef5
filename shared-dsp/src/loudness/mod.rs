//! K-weighting, loudness and true peak.
