//! What the report shows: the song, the chains, and the look of their lines.

use shared_dsp::loudness::Readings;

/// Everything that the page shows.
pub struct Report {
    /// What was mastered, in words: "the built-in mix" or a file's name.
    pub source: String,
    /// Sample rate of the files in Hz.
    pub sample_rate_hz: u32,
    /// Channels of the files, 1 or 2.
    pub channels: usize,
    /// Length of the song in s.
    pub length_s: f64,
    /// The song as it came.
    pub before: Readings,
    /// Its spectrum at `analysis::spectrum_hz`, dBFS a sixth of an octave.
    pub before_spectrum_db: Vec<Option<f64>>,
    /// Its peaks along the time, for the ground of the gain plot.
    pub outline: Vec<f32>,
    /// How much all files for comparison were lowered together to keep their peaks below full scale, in dB (0 or less).
    pub compare_trim_db: f64,
    /// The chains, in order.
    pub chains: Vec<Chain>,
}

/// One chain and what it did.
pub struct Chain {
    /// Its name in the chain file.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// The plugins in order.
    pub steps: Vec<Step>,
    /// The level that its greatest sample is set to, in dBFS.
    pub output_level_dbfs: f64,
    /// The final gain that brought it there, in dB, if the renderer told.
    pub output_gain_db: Option<f64>,
    /// Readings as delivered.
    pub after: Readings,
    /// Spectrum as delivered.
    pub spectrum_db: Vec<Option<f64>>,
    /// After above before over time, see `analysis::gain_over_time_db`.
    pub gain_db: Vec<Option<f64>>,
}

/// One plugin of a chain.
pub struct Step {
    /// The plugin's name.
    pub plugin: String,
    /// Parameters that the chain sets, with their texts.
    pub settings: Vec<(String, String)>,
    /// What was measured of it while it rendered, as name and text.
    pub measured: Vec<(String, String)>,
}

/// Colour and dash of each chain's lines: told apart without hue too.
const LINES: [(&str, &str); 2] = [("#e0a458", ""), ("#6aa8d9", "7 4")];
/// The colour of the song as it came.
pub const BEFORE: &str = "#9aa3ab";

/// Colour and dash of a chain.
pub fn line(index: usize) -> (&'static str, &'static str) {
    LINES[index % LINES.len()]
}

/// The span and the mean of the gain of a chain over time, in dB: least, mean, greatest.
pub fn gain_span(gain_db: &[Option<f64>]) -> Option<[f64; 3]> {
    let mut values: Vec<f64> = gain_db.iter().flatten().copied().collect();
    if values.is_empty() {
        return None;
    }
    values.sort_by(f64::total_cmp);
    // The outermost hundredth is the edges of single notes, where a window holds half of one.
    let at = |p: f64| values[((values.len() - 1) as f64 * p).round() as usize];
    Some([at(0.01), values.iter().sum::<f64>() / values.len() as f64, at(0.99)])
}

/// One less the other, where both are known.
pub fn difference(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a? - b?)
}
