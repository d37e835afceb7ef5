//! What the tests that hold for every plugin need to know of each: settings under which it works or rests, and what it
//! says of itself. One file a plugin.

mod clipper;
mod eq;
mod glue;
mod limiter;
mod meter;
mod saturator;
mod tape;
mod trivial;

use crate::Plugin;

/// Parameter keys and values as the window writes them.
pub type Settings = &'static [(&'static str, &'static str)];

/// One plugin, as the tests of the shell's promises see it.
#[derive(Debug)]
pub struct Case {
    /// Which of the shell's controls it has that not every plugin has.
    pub has: &'static [&'static str],
    /// Settings for each of its modes, with another latency each where they differ at all.
    pub modes: &'static [Settings],
    /// Its own processing at work, by several dB, and its controls off their defaults.
    pub working: Settings,
    /// Its own processing does nothing, at levels up to -20 dBFS.
    pub idle: Settings,
    /// Changes the loudness of steady programme by a few LU, evenly enough to be compared within seconds.
    pub louder: Settings,
    /// Moves of continuous parameters and switches, in an order that keeps it audible.
    pub automation: Settings,
    /// Every kind of its own controls off its default, as a person would leave it.
    pub saved: Settings,
    /// What people type into its own controls, and how the control then reads.
    pub typed: &'static [(&'static str, &'static str, &'static str)],
    /// Controls that the test for clicks leaves at their defaults while it moves one of another group: a dozen filters set by
    /// chance have 100 dB between bass and treble, and what nobody hears in one of them is all that the others let through.
    pub calm: &'static [&'static str],
    /// The share of its range, about the middle, that a continuous control jumps by in the test for clicks. A filter that lifts
    /// treble by 70 dB lifts what any move of it leaves there as much, and no click is meant by that.
    pub jump_share: f64,
    /// Its own monitoring switches.
    pub monitoring: &'static [&'static str],
    /// Its parameters that change what is seen and never what is heard.
    pub only_seen: &'static [&'static str],
    /// Whether it has the port "Sidechain".
    pub has_sidechain: bool,
    /// The top of its output trim, dB.
    pub output_max_db: f64,
    /// Words among its CLAP features.
    pub features: &'static [&'static str],
    /// A word among its VST3 sub-categories.
    pub category: &'static str,
    /// What the first page of a hardware controller must hold.
    pub first_page: &'static [&'static str],
}

impl Plugin {
    /// What is to be known of this plugin.
    pub fn case(self) -> &'static Case {
        match self {
            Self::Glue => &glue::GLUE,
            Self::Saturator => &saturator::SATURATOR,
            Self::Eq => &eq::EQ,
            Self::Clipper => &clipper::CLIPPER,
            Self::Limiter => &limiter::LIMITER,
            Self::Tape => &tape::TAPE,
            Self::Meter => &meter::METER,
            Self::Trivial => &trivial::TRIVIAL,
        }
    }

    /// Whether it has the shell's control of this key.
    pub fn has(self, key: &str) -> bool {
        const NOT_IN_ALL: [&str; 6] = ["mix", "delta", "compare", "unity_gain", "quality", "render_quality"];
        !NOT_IN_ALL.contains(&key) || self.case().has.contains(&key)
    }

    /// Its switches for listening only: the shell's and its own.
    pub fn monitoring(self) -> Vec<&'static str> {
        let shell = ["compare", "delta", "unity_gain"].into_iter().filter(|key| self.has(key));
        shell.chain(self.case().monitoring.iter().copied()).collect()
    }

    /// Settings for each of its modes.
    pub fn modes(self) -> &'static [Settings] {
        self.case().modes
    }
}

/// The shell's controls that a plugin with a quality has.
const EFFECT: &[&str] = &["mix", "delta", "compare", "quality", "render_quality"];
const QUALITIES: &[Settings] =
    &[&[("quality", "Off")], &[("quality", "Live")], &[("quality", "Standard")], &[("quality", "High")]];

/// Makes each of the named functions, which take a plugin and a format, a test for every plugin in both formats.
#[macro_export]
macro_rules! everywhere {
    ($($name:ident),* $(,)?) => {
        $crate::everywhere!(@module glue_clap, Glue, Clap, $($name),*);
        $crate::everywhere!(@module glue_vst3, Glue, Vst3, $($name),*);
        $crate::everywhere!(@module clipper_clap, Clipper, Clap, $($name),*);
        $crate::everywhere!(@module clipper_vst3, Clipper, Vst3, $($name),*);
        $crate::everywhere!(@module eq_clap, Eq, Clap, $($name),*);
        $crate::everywhere!(@module eq_vst3, Eq, Vst3, $($name),*);
        $crate::everywhere!(@module limiter_clap, Limiter, Clap, $($name),*);
        $crate::everywhere!(@module limiter_vst3, Limiter, Vst3, $($name),*);
        $crate::everywhere!(@module tape_clap, Tape, Clap, $($name),*);
        $crate::everywhere!(@module tape_vst3, Tape, Vst3, $($name),*);
        $crate::everywhere!(@module meter_clap, Meter, Clap, $($name),*);
        $crate::everywhere!(@module meter_vst3, Meter, Vst3, $($name),*);
        $crate::everywhere!(@module saturator_clap, Saturator, Clap, $($name),*);
        $crate::everywhere!(@module saturator_vst3, Saturator, Vst3, $($name),*);
        $crate::everywhere!(@module trivial_clap, Trivial, Clap, $($name),*);
        $crate::everywhere!(@module trivial_vst3, Trivial, Vst3, $($name),*);
    };
    (@module $module:ident, $plugin:ident, $format:ident, $($name:ident),*) => {
        mod $module {
            $(
                #[test]
                fn $name() {
                    super::$name($crate::Plugin::$plugin, $crate::Format::$format);
                }
            )*
        }
    };
}
