//! Spectrum and spectrogram, computed on the window's thread from the samples that the processor leaves in its tap.

use egui::{Ui, Vec2};
use shared_dsp::spectrum::{Analyser, Spectrogram, Spectrum, TapReader, tilt_db};
use shared_plugin::editor::PanelContext;
use shared_ui::spectrogram::{self, Columns};
use shared_ui::spectrum::{Layer, SpectrumView, Style};

use crate::params::MeterParams;
use crate::processor::MeterReading;

/// Of what a window missed while it was hidden, the last half second is enough; at any rate that is less than this.
const MOST_FRAMES: usize = 192_000;
const RANGE_HZ: (f32, f32) = (20.0, 20_000.0);
/// The spectrogram's quietest and loudest shade, in its own steps of half a dB from -120 dBFS.
const SHADES: (u8, u8) = (40, 210);

/// Both, and what is drawn of them.
#[derive(Default)]
pub struct Spectra {
    engine: Option<Engine>,
    curves: [Vec<(f32, f32)>; 3],
    picture: spectrogram::Spectrogram,
    /// Whether the host has stopped: then no spectrum is the present one.
    pub has_stopped: bool,
}

/// What must be made anew when the rate or a setting changes.
struct Engine {
    made_for: (f64, i32, i32),
    reader: TapReader,
    spectrum: Spectrum,
    columns: Spectrogram,
    span_s: f32,
}

impl Engine {
    fn new(made_for: (f64, i32, i32), context: &PanelContext<'_, MeterParams, MeterReading>) -> Self {
        let (rate_hz, ..) = made_for;
        let params = &context.params.product;
        // Of the same size as the spectrum's own.
        let analyser = Analyser::new(rate_hz);
        Self {
            made_for,
            reader: TapReader::default(),
            spectrum: Spectrum::new(rate_hz, 2, params.spectrum_resolution.get(), params.spectrum_fall.get()),
            columns: Spectrogram::new(spectrogram::ROWS, spectrogram::COLUMNS, analyser.bin_hz()),
            span_s: (spectrogram::COLUMNS * analyser.frames() / Spectrum::HOPS) as f32 / rate_hz as f32,
        }
    }
}

impl Spectra {
    /// Analyses what has come in since the last picture.
    pub fn update(&mut self, reading: &MeterReading, context: &PanelContext<'_, MeterParams, MeterReading>) {
        let params = &context.params.product;
        let rate_hz = f64::from(context.sample_rate_hz());
        let made_for = (rate_hz, params.spectrum_resolution.value(), params.spectrum_fall.value());
        let Some(samples) = reading.samples.as_ref().filter(|_| rate_hz > 0.0) else { return };
        if self.engine.as_ref().is_some_and(|engine| engine.made_for != made_for) {
            self.engine = None;
        }
        let engine = self.engine.get_or_insert_with(|| Engine::new(made_for, context));
        let fresh = engine.reader.fresh(samples, MOST_FRAMES.min(rate_hz as usize / 2));
        engine.spectrum.process_channels(&fresh, |powers| engine.columns.push(powers));
        let tilt = params.spectrum_tilt.get();
        let spectrum = &engine.spectrum;
        let mut fill = |curve: usize, levels: &mut dyn Iterator<Item = f64>| {
            let points = spectrum.centres_hz().iter().zip(levels);
            self.curves[curve].clear();
            self.curves[curve].extend(points.map(|(&hz, db)| (hz as f32, (db + tilt_db(hz, tilt)) as f32)));
        };
        fill(0, &mut spectrum.average_dbfs());
        fill(1, &mut spectrum.peak_dbfs());
        if self.has_stopped {
            self.curves[2].clear();
        } else {
            fill(2, &mut spectrum.now_dbfs());
        }
    }

    /// A new measurement has begun.
    pub fn reset(&mut self) {
        if let Some(engine) = &mut self.engine {
            engine.spectrum.reset();
            engine.columns.reset();
        }
    }

    /// The spectrum since the measurement or the window began; none before there was sound.
    pub fn spectrum(&self) -> Option<&Spectrum> {
        self.engine.as_ref().map(|engine| &engine.spectrum)
    }

    /// Draws what the view asks for.
    pub fn show(&mut self, ui: &mut Ui, size: Vec2, context: &PanelContext<'_, MeterParams, MeterReading>) -> bool {
        if context.params.product.spectrum_view.get()
            && let Some(engine) = &self.engine
        {
            let levels: Vec<&[u8]> = engine.columns.columns().collect();
            let columns = Columns { levels: &levels, written: engine.columns.written(), range: SHADES };
            return spectrogram::show(ui, size, &mut self.picture, &columns, RANGE_HZ, engine.span_s).animating;
        }
        let [average, peak, now] = &self.curves;
        let layers = [
            Layer { name: "average", points: average, style: Style::Hill },
            Layer { name: "peak", points: peak, style: Style::Dots },
            Layer { name: "now", points: now, style: Style::Line },
        ];
        SpectrumView::default().range_db(-90.0, 0.0).show(ui, size, &layers).animating
    }
}
