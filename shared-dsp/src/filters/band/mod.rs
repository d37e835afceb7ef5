//! One band of an equaliser: what a person sets, its analogue response, and the digital sections that come closest.

mod analogue;
mod matched;
mod missing;
mod shape;

use analogue::AnalogueSections;
pub use missing::Missing;
pub use shape::{Band, MOST_SECTIONS, Shape};

use super::{Complex64, SvfCoefs};

impl Band {
    /// The analogue response at `hz`: what every mode aims at and what a window draws.
    #[must_use]
    pub fn prototype(&self, hz: f64) -> Complex64 {
        Prototype::new(self).at(hz)
    }

    /// The digital sections, and what they miss of the prototype's magnitude: at low frequencies next to nothing, near
    /// Nyquist some decibels, for [`Missing::tail`] to bring. A band of 0 dB keeps its sections: they pass their input
    /// bit for bit, and a glide from there to a gain moves nothing but the gain. Realtime-safe, in bounded time.
    #[must_use]
    pub fn design(&self, sample_rate_hz: f64) -> (Sections, Missing) {
        let band = self.bounded();
        let (mut sections, mut missing) = (Sections::default(), Missing::default());
        for analogue in AnalogueSections::of(&band).as_slice() {
            sections.push(missing::matched(&mut missing, analogue, band.frequency_hz / sample_rate_hz));
        }
        (sections, missing)
    }

    /// The digital sections alone, at most [`MOST_SECTIONS`].
    #[must_use]
    pub fn sections(&self, sample_rate_hz: f64) -> Sections {
        self.design(sample_rate_hz).0
    }

    /// The response at `hz` of this band alone, with a tail of its own and before any correction.
    #[must_use]
    pub fn digital(&self, sample_rate_hz: f64, hz: f64) -> Complex64 {
        Digital::new(&[*self], sample_rate_hz).at(hz)
    }
}

/// What runs for some bands of a channel: their sections and the one tail of all of them, before any correction.
#[derive(Debug, Clone, PartialEq)]
pub struct Digital {
    coefs: Vec<SvfCoefs>,
    sample_rate_hz: f64,
}

impl Digital {
    /// Of these bands; flat ones are left out. Allocates.
    #[must_use]
    pub fn new(bands: &[Band], sample_rate_hz: f64) -> Self {
        let mut all = Missing::default();
        let mut coefs = Vec::new();
        for band in bands.iter().filter(|band| !band.is_flat()) {
            let (sections, missing) = band.design(sample_rate_hz);
            coefs.extend_from_slice(sections.as_slice());
            all.add(&missing);
        }
        let tail = all.tail();
        if !tail.is_wire() {
            coefs.push(tail);
        }
        Self { coefs, sample_rate_hz }
    }

    /// All sections, the tail last.
    #[must_use]
    pub fn as_slice(&self) -> &[SvfCoefs] {
        &self.coefs
    }

    /// The exact complex response at `hz` (0 to half the sample rate).
    #[must_use]
    pub fn at(&self, hz: f64) -> Complex64 {
        self.coefs.iter().map(|coefs| coefs.response(self.sample_rate_hz, hz)).product()
    }
}

/// The prototype of one band, for many frequencies.
#[derive(Debug, Clone, Copy)]
pub struct Prototype {
    sections: AnalogueSections,
    frequency_hz: f64,
}

impl Prototype {
    /// Of this band.
    #[must_use]
    pub fn new(band: &Band) -> Self {
        let band = band.bounded();
        Self { sections: AnalogueSections::of(&band), frequency_hz: band.frequency_hz }
    }

    /// The same as [`Band::prototype`].
    #[must_use]
    pub fn at(&self, hz: f64) -> Complex64 {
        let x = hz / self.frequency_hz;
        self.sections.as_slice().iter().map(|section| section.response(x)).product()
    }

    /// The square of its magnitude: quicker.
    #[must_use]
    pub fn power(&self, hz: f64) -> f64 {
        let x = hz / self.frequency_hz;
        self.sections.as_slice().iter().map(|section| section.power(x * x)).product()
    }
}

/// Digital sections in a row; without any, a wire.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sections {
    coefs: [SvfCoefs; MOST_SECTIONS],
    count: usize,
}

impl Sections {
    fn push(&mut self, coefs: SvfCoefs) {
        if let Some(place) = self.coefs.get_mut(self.count) {
            *place = coefs;
            self.count += 1;
        }
    }

    /// Those in use.
    #[must_use]
    pub fn as_slice(&self) -> &[SvfCoefs] {
        &self.coefs[..self.count]
    }

    /// The exact complex response at `hz` (0 to half the sample rate) when run at `sample_rate_hz`.
    #[must_use]
    pub fn response(&self, sample_rate_hz: f64, hz: f64) -> Complex64 {
        self.as_slice().iter().map(|coefs| coefs.response(sample_rate_hz, hz)).product()
    }
}
