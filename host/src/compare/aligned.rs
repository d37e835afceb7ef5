//! Two files side by side, the one brought to the time of the other.

use shared_dsp::delay::FractionalDelay;
use shared_dsp::loudness::LoudnessMeter;

use crate::audio::{AudioError, BLOCK_FRAMES, Reader};
use crate::measure::MeasureError;

/// Reads what both files have, the second being `delay` samples late.
pub(super) struct AlignedPair {
    a: Reader,
    b: Reader,
    /// Delays the first by the fraction alone, so that the second may stay as it is.
    filters: Vec<FractionalDelay>,
    /// 0 where the delay is whole: then both pass as they are.
    filter_delay_samples: f64,
    /// The block read last, a vector a channel.
    pub first: Vec<Vec<f32>>,
    /// The same of the second file, of the same length.
    pub second: Vec<Vec<f32>>,
    has_ended: bool,
}

impl AlignedPair {
    /// Goes to where both have begun. `go_on` is asked between blocks.
    pub fn new(
        mut a: Reader,
        mut b: Reader,
        delay_samples: f64,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Self, MeasureError> {
        let (whole, fraction) = (delay_samples.floor(), delay_samples - delay_samples.floor());
        skip(&mut a, (-whole).max(0.0) as u64, go_on)?;
        skip(&mut b, whole.max(0.0) as u64, go_on)?;
        let channels = a.spec().channels;
        // That filter looks ahead: the first file's frames of its reach pass before anything of the second is due.
        let ahead = if fraction > 0.0 { FractionalDelay::MIN_DELAY_SAMPLES } else { 0.0 };
        let mut filters = vec![FractionalDelay::new(ahead as usize + 1); channels];
        let mut first = vec![Vec::new(); channels];
        if ahead > 0.0 {
            a.read(&mut first, ahead as usize)?;
            for (filter, channel) in filters.iter_mut().zip(&first) {
                channel.iter().for_each(|&x| filter.write(f64::from(x)));
            }
        }
        let second = first.clone();
        Ok(Self { a, b, filters, filter_delay_samples: ahead + fraction, first, second, has_ended: false })
    }

    /// Reads the next block of both; 0 frames at the end of either.
    pub fn advance(&mut self) -> Result<usize, AudioError> {
        if self.has_ended {
            return Ok(0);
        }
        let of_a = self.a.read(&mut self.first, BLOCK_FRAMES)?;
        let count = self.b.read(&mut self.second, BLOCK_FRAMES)?.min(of_a);
        self.has_ended = count < BLOCK_FRAMES;
        self.first.iter_mut().chain(&mut self.second).for_each(|channel| channel.truncate(count));
        if self.filter_delay_samples > 0.0 {
            for (channel, filter) in self.first.iter_mut().zip(&mut self.filters) {
                for x in channel {
                    filter.write(f64::from(*x));
                    *x = filter.read(self.filter_delay_samples) as f32;
                }
            }
        }
        Ok(count)
    }

    /// By how many LU the first is louder than the second over what both have, integrated (BS.1770-5); `None` where either is
    /// silent. Over the same blocks, so that a gain alone is found to a thousandth. `tell` is called with the frames done.
    pub fn loudness_difference_lu(mut self, tell: &mut dyn FnMut(u64) -> bool) -> Result<Option<f64>, MeasureError> {
        let rate = f64::from(self.a.spec().sample_rate_hz);
        let mut meters = [&self.a, &self.b].map(|file| LoudnessMeter::with_weights(rate, file.loudness_weights()));
        let mut frames = 0;
        loop {
            let count = self.advance()?;
            if count == 0 {
                break;
            }
            for (meter, block) in meters.iter_mut().zip([&self.first, &self.second]) {
                meter.process_channels(&block.iter().map(Vec::as_slice).collect::<Vec<_>>());
            }
            frames += count as u64;
            if !tell(frames) {
                return Err(MeasureError::Interrupted);
            }
        }
        let [a, b] = meters.map(|meter| meter.integrated_lufs());
        Ok(a.zip(b).map(|(a, b)| a - b))
    }
}

/// Reads frames for nothing.
pub(super) fn skip(reader: &mut Reader, mut frames: u64, go_on: &mut dyn FnMut() -> bool) -> Result<(), MeasureError> {
    let mut block = vec![Vec::new(); reader.spec().channels];
    while frames > 0 {
        let read = reader.read(&mut block, frames.min(BLOCK_FRAMES as u64) as usize)?;
        if read == 0 {
            break;
        }
        frames -= read as u64;
        if !go_on() {
            return Err(MeasureError::Interrupted);
        }
    }
    Ok(())
}
