//! Every reading of a whole programme in one pass: what `twobus measure`, the render report and the demo print.

use super::sub_block::{SubBlockClock, scrub};
use super::window::SlidingWindow;
use super::{LoudnessMeter, SHORT_TERM_SUB_BLOCKS, TruePeak};

/// The greatest positive code of 16 bits: a sample that reaches it is taken as clipped at whatever depth.
const CLIPPED: f64 = 32_767.0 / 32_768.0;

/// The readings of a programme, or of as much of one as has been measured. `None` where there is none (silence).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Readings {
    /// Integrated loudness in LUFS (BS.1770-5).
    pub integrated_lufs: Option<f64>,
    /// Greatest momentary loudness (400 ms) in LUFS.
    pub max_momentary_lufs: Option<f64>,
    /// Greatest short-term loudness (3 s) in LUFS.
    pub max_short_term_lufs: Option<f64>,
    /// Loudness range in LU (EBU Tech 3342).
    pub loudness_range_lu: Option<f64>,
    /// True peak of the louder channel in dBTP.
    pub true_peak_dbtp: Option<f64>,
    /// Sample peak of the louder channel in dBFS.
    pub sample_peak_dbfs: Option<f64>,
    /// RMS over the whole programme, power mean of the channels, in dBFS; a full-scale sine reads -3.01.
    pub rms_dbfs: Option<f64>,
    /// Sample peak above RMS in dB; a sine reads 3.01.
    pub crest_factor_db: Option<f64>,
    /// True peak above integrated loudness, in dB.
    pub plr_db: Option<f64>,
    /// The least of (true peak of the last 3 s - short-term loudness), where short-term is above -70 LUFS, in dB.
    pub psr_db: Option<f64>,
    /// Correlation of left and right over the whole programme, -1 to 1; 1 in mono.
    pub correlation: Option<f64>,
    /// Power of the right channel above the left's in dB: positive leans to the right; 0 in mono. Within ±120.
    pub balance_db: Option<f64>,
    /// Power lost when left and right are summed to mono, in dB: 0 for equal channels, 3.01 for unrelated ones, up to 120.
    pub mono_sum_loss_db: Option<f64>,
    /// Mean of the channel that is farther from zero, signed, 1 at full scale.
    pub dc_offset: Option<f64>,
    /// Samples at or above the greatest code of 16 bits (32767/32768), both channels.
    pub clipped_samples: u64,
    /// Stretches in which the true peak is above 0 dBTP, told apart by at least 10 ms without.
    pub true_peak_overs: u64,
}

/// Measures a mono or stereo programme as it runs. Constant memory; nothing allocates after [`new`](Self::new).
#[derive(Debug, Clone)]
pub struct ProgrammeMeter {
    loudness: LoudnessMeter,
    true_peak: TruePeak,
    clock: SubBlockClock,
    peaks_3s: SlidingWindow<f64>,
    least_psr_db: Option<f64>,
    over: bool,
    overs: u64,
    stereo: bool,
    frames: u64,
    sample_peak: f64,
    clipped: u64,
    /// Sums over the whole programme: left, right, their squares, their product.
    sums: [f64; 5],
    /// The same over the running sub-block: short sums added to long ones lose nothing to rounding in a day.
    short_sums: [f64; 5],
    scrubbed: u64,
}

impl ProgrammeMeter {
    /// A meter at rest. Allocates all that it will ever need.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        Self {
            loudness: LoudnessMeter::new(sample_rate_hz),
            true_peak: TruePeak::new(sample_rate_hz),
            clock: SubBlockClock::new(sample_rate_hz),
            peaks_3s: SlidingWindow::new(SHORT_TERM_SUB_BLOCKS, 0.0, f64::max),
            least_psr_db: None,
            over: false,
            overs: 0,
            stereo: false,
            frames: 0,
            sample_peak: 0.0,
            clipped: 0,
            sums: [0.0; 5],
            short_sums: [0.0; 5],
            scrubbed: 0,
        }
    }

    /// Takes the next frames, full scale at ±1; `right` is absent in mono, throughout. Samples that are not finite count
    /// as silence. The shorter slice tells the length.
    pub fn process(&mut self, left: &[f32], right: Option<&[f32]>) {
        let frames = right.map_or(left.len(), |right| right.len().min(left.len()));
        self.stereo |= right.is_some();
        let mut start = 0;
        while start < frames {
            let end = start + self.clock.left().min(frames - start);
            let left = &left[start..end];
            let right = right.map(|right| &right[start..end]);
            self.sum(left, right);
            self.loudness.process(left, right);
            self.true_peak.process(left, right);
            if self.clock.advance(end - start).is_some() {
                self.end_sub_block();
            }
            start = end;
        }
        self.frames += frames as u64;
    }

    fn sum(&mut self, left: &[f32], right: Option<&[f32]>) {
        let (mut sums, mut peak, mut clipped, mut scrubbed) = (self.short_sums, self.sample_peak, 0, 0);
        let mut frame = |l: f64, r: f64| {
            for (sum, value) in sums.iter_mut().zip([l, r, l * l, r * r, l * r]) {
                *sum += value;
            }
            peak = peak.max(l.abs()).max(r.abs());
            clipped += u64::from(l.abs() >= CLIPPED) + u64::from(r.abs() >= CLIPPED);
        };
        match right {
            Some(right) => {
                left.iter().zip(right).for_each(|(&l, &r)| frame(scrub(l, &mut scrubbed), scrub(r, &mut scrubbed)));
            }
            None => left.iter().for_each(|&l| frame(scrub(l, &mut scrubbed), 0.0)),
        }
        (self.short_sums, self.sample_peak) = (sums, peak);
        self.clipped += clipped;
        self.scrubbed += scrubbed;
    }

    fn end_sub_block(&mut self) {
        for (sum, short) in self.sums.iter_mut().zip(&mut self.short_sums) {
            *sum += std::mem::take(short);
        }
        self.end_peaks();
        if self.loudness.is_programme()
            && let Some(short_term) = self.loudness.short_term_lufs()
            && self.peaks_3s.value() > 0.0
        {
            let psr = 20.0 * self.peaks_3s.value().log10() - short_term;
            self.least_psr_db = Some(self.least_psr_db.map_or(psr, |least| least.min(psr)));
        }
    }

    fn end_peaks(&mut self) {
        // The true peak runs about 1 ms behind: of no account within 3 s.
        let [left, right] = self.true_peak.take_recent();
        let peak = left.max(right);
        self.peaks_3s.push(peak);
        let over = peak > 1.0;
        self.overs += u64::from(over && !self.over);
        self.over = over;
    }

    /// Ends the programme: what the true-peak meter still holds is measured. Call once, behind the last frame.
    pub fn finish(&mut self) {
        self.true_peak.flush();
        self.end_peaks();
    }

    /// Samples that were not finite, taken as silence.
    #[must_use]
    pub fn scrubbed_samples(&self) -> u64 {
        self.scrubbed
    }

    /// Frames taken so far.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// The loudness meter inside, for what moves: momentary and short-term loudness.
    #[must_use]
    pub fn loudness(&self) -> &LoudnessMeter {
        &self.loudness
    }

    /// All readings so far.
    #[must_use]
    pub fn readings(&self) -> Readings {
        let mut sums = self.sums;
        for (sum, short) in sums.iter_mut().zip(self.short_sums) {
            *sum += short;
        }
        let frames = (self.frames as f64).max(1.0);
        let [mean_left, mean_right, left, right, product] = sums.map(|sum| sum / frames);
        let power = if self.stereo { (left + right) / 2.0 } else { left };
        let db = |power: f64| (power > 1e-30).then(|| 10.0 * power.log10());
        let sample_peak_dbfs = db(self.sample_peak * self.sample_peak);
        let rms_dbfs = db(power);
        let integrated_lufs = self.loudness.integrated_lufs();
        let true_peak_dbtp = self.true_peak.max_dbtp();
        let difference = |a: Option<f64>, b: Option<f64>| Some(a? - b?);
        let (correlation, balance_db, mono_sum_loss_db) = if self.stereo {
            let mono = (left + right + 2.0 * product) / 4.0;
            (
                // A silent channel is related to nothing.
                (left > 1e-30 && right > 1e-30).then(|| (product / (left * right).sqrt()).clamp(-1.0, 1.0)),
                rms_dbfs.map(|_| (10.0 * (right.max(1e-30) / left.max(1e-30)).log10()).clamp(-120.0, 120.0)),
                rms_dbfs.map(|_| (10.0 * (power / mono.max(1e-30)).log10()).clamp(0.0, 120.0)),
            )
        } else {
            (rms_dbfs.map(|_| 1.0), rms_dbfs.map(|_| 0.0), rms_dbfs.map(|_| 0.0))
        };
        Readings {
            integrated_lufs,
            max_momentary_lufs: self.loudness.max_momentary_lufs(),
            max_short_term_lufs: self.loudness.max_short_term_lufs(),
            loudness_range_lu: self.loudness.loudness_range_lu(),
            true_peak_dbtp,
            sample_peak_dbfs,
            rms_dbfs,
            crest_factor_db: difference(sample_peak_dbfs, rms_dbfs),
            plr_db: difference(true_peak_dbtp, integrated_lufs),
            psr_db: self.least_psr_db,
            correlation,
            balance_db,
            mono_sum_loss_db,
            dc_offset: (self.frames > 0).then_some(if mean_right.abs() > mean_left.abs() {
                mean_right
            } else {
                mean_left
            }),
            clipped_samples: self.clipped,
            true_peak_overs: self.overs,
        }
    }
}
