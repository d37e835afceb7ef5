//! What chooses a processor's mode.

use shared_dsp::Quality;

use crate::params::{AllParams, Parameter};

/// What chooses a processor's [mode](shared_dsp::Mode) `M`: nothing where there is one only, the shell's parameters Quality and
/// Render quality, or parameters of the product's own, `S`.
pub struct ModeChoice<S, M> {
    source: Source<S, M>,
    /// What the bottom line shows, of the product's own.
    menu: Option<fn(&S) -> &dyn Parameter>,
}

enum Source<S, M> {
    Quality(fn(Quality) -> M),
    Own(fn(&S, bool) -> M),
}

impl<S> ModeChoice<S, ()> {
    /// There is one mode.
    pub const NONE: Self = Self::own(|_, _| ());
}

impl<S> ModeChoice<S, Quality> {
    /// [`ShellParams::quality`](crate::params::ShellParams::quality) does, and the window's bottom line shows it.
    pub const QUALITY: Self = Self { source: Source::Quality(|quality| quality), menu: None };
}

impl<S, M> ModeChoice<S, M> {
    /// The product's parameters do: `chosen` is given them, and whether the mode is for an offline render. Every parameter that
    /// it reads is declared [`of_mode`](crate::params::Declaration::of_mode). It is called on the audio thread.
    #[must_use]
    pub const fn own(chosen: fn(&S, bool) -> M) -> Self {
        Self { source: Source::Own(chosen), menu: None }
    }

    /// The window's bottom line shows this choice, for a product whose panel does not show it itself.
    #[must_use]
    pub const fn in_bottom_line(self, menu: fn(&S) -> &dyn Parameter) -> Self {
        Self { menu: Some(menu), ..self }
    }

    /// The mode in playback or in an offline render, for the parameters as they stand. Realtime-safe.
    #[must_use]
    pub fn chosen(&self, params: &AllParams<S>, is_offline: bool) -> M {
        match self.source {
            Source::Quality(of) => of(params.shell.quality(is_offline)),
            Source::Own(chosen) => chosen(&params.product, is_offline),
        }
    }

    /// What the bottom line shows.
    #[must_use]
    pub fn menu<'a>(&self, params: &'a AllParams<S>) -> Option<&'a dyn Parameter> {
        match self.source {
            Source::Quality(_) => Some(&params.shell.quality),
            Source::Own(_) => self.menu.map(|menu| menu(&params.product)),
        }
    }

    /// Whether the plugin has the shell's parameters Quality and Render quality.
    #[must_use]
    pub const fn has_quality(&self) -> bool {
        matches!(self.source, Source::Quality(_))
    }
}
