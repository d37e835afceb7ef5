//! Wow and flutter as a meter after AES6-2008 / IEC 60386 reads them: 3150 Hz, demodulated, weighted, two-sigma.

use realfft::RealFftPlanner;

/// The tone to measure with, Hz.
pub const TONE_HZ: f64 = 3150.0;
/// Deviations are read so often, Hz: all of the standard's table is below half of it.
const READ_HZ: f64 = 2000.0;
/// What it takes to settle at both ends, s, which is left out.
pub const MARGIN_S: f64 = 3.0;

/// The standard's weighting, Hz and dB, as the free AES6 meter of Alvaro Oliver lists it (github.com/alvaro-oliver/
/// aes6-wow-and-flutter-meter, weighting_filter.py).
const WEIGHTING: [(f64, f64); 17] = [
    (0.1, -48.0),
    (0.2, -30.6),
    (0.315, -19.7),
    (0.4, -15.0),
    (0.63, -8.4),
    (0.8, -6.0),
    (1.0, -4.2),
    (1.6, -1.8),
    (2.0, -0.9),
    (4.0, 0.0),
    (6.3, -0.9),
    (10.0, -2.1),
    (20.0, -5.9),
    (40.0, -10.4),
    (63.0, -14.2),
    (100.0, -17.3),
    (200.0, -23.0),
];

fn weight(hz: f64) -> f64 {
    if hz < WEIGHTING[0].0 {
        return 0.0;
    }
    let above = WEIGHTING.iter().position(|point| point.0 >= hz).unwrap_or(WEIGHTING.len() - 1).max(1);
    let ((low, low_db), (high, high_db)) = (WEIGHTING[above - 1], WEIGHTING[above]);
    let t = (hz / low).ln() / (high / low).ln();
    10f64.powf((low_db + t * (high_db - low_db)) / 20.0)
}

/// The relative deviation of the tone's frequency, read at [`READ_HZ`].
fn demodulated(signal: &[f32], rate: f64) -> Vec<f64> {
    // To zero frequency and through two running means, whose zeros take the image away well enough.
    let turned: Vec<[f64; 2]> = signal
        .iter()
        .enumerate()
        .map(|(n, &x)| {
            let (sin, cos) = (std::f64::consts::TAU * TONE_HZ * n as f64 / rate).sin_cos();
            [f64::from(x) * cos, -f64::from(x) * sin]
        })
        .collect();
    let mean = |x: &[[f64; 2]], width: usize| -> Vec<[f64; 2]> {
        let mut sum = [0.0; 2];
        x.iter()
            .enumerate()
            .map(|(n, now)| {
                let old = if n >= width { x[n - width] } else { [0.0; 2] };
                sum = [sum[0] + now[0] - old[0], sum[1] + now[1] - old[1]];
                sum
            })
            .collect()
    };
    let width = (rate / (2.0 * TONE_HZ)).round() as usize;
    let smooth = (0..3).fold(turned, |x, _| mean(&x, width));
    let count = (signal.len() as f64 * READ_HZ / rate) as usize;
    let phases: Vec<f64> = (0..count)
        .map(|n| {
            // Between two frames on a straight line.
            let at = n as f64 * rate / READ_HZ;
            let (place, t) = (at as usize, at.fract());
            let next = smooth[(place + 1).min(smooth.len() - 1)];
            let point = [0, 1].map(|k| smooth[place][k] + t * (next[k] - smooth[place][k]));
            point[1].atan2(point[0])
        })
        .collect();
    phases
        .windows(2)
        .map(|pair| {
            let turn =
                (pair[1] - pair[0] + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU) - std::f64::consts::PI;
            turn * READ_HZ / (std::f64::consts::TAU * TONE_HZ)
        })
        .collect()
}

/// Weighted peak flutter, two-sigma, as a share: of a tone of [`TONE_HZ`] that lasts for some longer than twice [`MARGIN_S`].
#[track_caller]
pub fn weighted(signal: &[f32], rate: f64) -> f64 {
    assert!(crate::analysis::rms(signal) > 0.0, "silence has no flutter");
    let mut deviation = demodulated(signal, rate);
    let mean = deviation.iter().sum::<f64>() / deviation.len() as f64;
    deviation.iter_mut().for_each(|x| *x -= mean);
    let size = deviation.len();
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, back) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let mut bins = forward.make_output_vec();
    forward.process(&mut deviation, &mut bins).expect("the buffers are the plan's own");
    for (n, bin) in bins.iter_mut().enumerate() {
        *bin *= weight(n as f64 * READ_HZ / size as f64) / size as f64;
    }
    let last = bins.len() - 1;
    (bins[0].im, bins[last].im) = (0.0, 0.0);
    back.process(&mut bins, &mut deviation).expect("the buffers are the plan's own");
    let margin = (MARGIN_S * READ_HZ) as usize;
    let mut sizes: Vec<f64> = deviation[margin..size - margin].iter().map(|x| x.abs()).collect();
    assert!(sizes.iter().all(|x| x.is_finite()));
    sizes.sort_by(f64::total_cmp);
    sizes[(0.95 * sizes.len() as f64) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_known_deviations() {
        // 0.1 % reads 0.1 % times the weight and the 95th percentile of a sine's magnitude.
        for (hz, weight_db) in [(4.0, 0.0), (20.0, -5.9), (0.8, -6.0)] {
            let rate = 48_000.0;
            let depth = 0.001 * TONE_HZ / hz;
            let signal: Vec<f32> = (0..30 * 48_000)
                .map(|n| {
                    let t = f64::from(n) / rate;
                    let phase = std::f64::consts::TAU * TONE_HZ * t + depth * (std::f64::consts::TAU * hz * t).sin();
                    (0.1 * phase.sin()) as f32
                })
                .collect();
            let expected = 0.001 * 10f64.powf(weight_db / 20.0) * (0.95 * std::f64::consts::FRAC_PI_2).sin();
            let got = weighted(&signal, rate);
            assert!((got / expected - 1.0).abs() < 0.01, "{hz} Hz: {got}, {expected}");
        }
        assert!(std::panic::catch_unwind(|| weighted(&vec![0.0; 480_000], 48_000.0)).is_err());
    }
}
