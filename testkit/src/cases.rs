//! What the tests that hold for every plugin need to know of each: settings under which it works or rests, and what it
//! says of itself.

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
            Self::Glue => &GLUE,
            Self::Saturator => &SATURATOR,
            Self::Eq => &EQ,
            Self::Clipper => &CLIPPER,
            Self::Tape => &TAPE,
            Self::Meter => &METER,
            Self::Trivial => &TRIVIAL,
        }
    }

    /// Whether it has the shell's control of this key.
    pub fn has(self, key: &str) -> bool {
        const NOT_IN_ALL: [&str; 5] = ["mix", "delta", "compare", "quality", "render_quality"];
        !NOT_IN_ALL.contains(&key) || self.case().has.contains(&key)
    }

    /// Its switches for listening only: the shell's and its own.
    pub fn monitoring(self) -> Vec<&'static str> {
        let shell = ["compare", "delta"].into_iter().filter(|key| self.has(key));
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

static GLUE: Case = Case {
    has: EFFECT,
    modes: QUALITIES,
    working: &[
        ("threshold", "-30"),
        ("ratio", "4"),
        ("attack", "1"),
        ("release", "0.1"),
        ("makeup", "3"),
        ("sidechain_high_pass", "90"),
        ("input", "1.5"),
        ("output", "-2"),
    ],
    idle: &[("threshold", "10"), ("ratio", "10")],
    louder: &[("threshold", "-30"), ("ratio", "4"), ("release", "0.3"), ("makeup", "2")],
    automation: &[
        ("threshold", "-25"),
        ("ratio", "10"),
        ("mix", "35"),
        ("makeup", "6"),
        ("attack", "0.1"),
        ("release", "0.3"),
        ("output", "4"),
        ("sidechain_high_pass", "200"),
        ("link", "30"),
        ("model", "Clean"),
        ("drive", "50"),
        ("detector", "RMS"),
        ("bypass", "On"),
        ("bypass", "Off"),
        ("mix", "100"),
        ("threshold", "-35"),
        ("model", "Console"),
        ("range", "6"),
    ],
    saved: &[
        ("threshold", "-17.3"),
        ("ratio", "10:1"),
        ("attack", "0.3 ms"),
        ("release", "0.6 s"),
        ("makeup", "4.5"),
        ("range", "9.5"),
        ("sidechain_high_pass", "120 Hz"),
        ("sidechain_tilt", "-1.5"),
        ("model", "Clean"),
        ("detector", "RMS"),
        ("link", "80"),
        ("link_mode", "Mid/side"),
        ("drive", "30"),
    ],
    typed: &[
        ("ratio", "4:1", "4:1"),
        ("ratio", "1,5", "1.5:1"),
        ("release", "auto", "Auto"),
        ("release", "600 ms", "0.6 s"),
        ("attack", "0,3", "0.3 ms"),
        ("range", "off", "Off"),
        ("sidechain_high_pass", "0.2k", "200 Hz"),
        ("sidechain_high_pass", "Off", "Off"),
    ],
    calm: &[],
    jump_share: 1.0,
    monitoring: &["sidechain_listen"],
    only_seen: &[],
    has_sidechain: true,
    output_max_db: 24.0,
    features: &["audio-effect", "compressor", "stereo"],
    category: "Dynamics",
    first_page: &["threshold", "ratio", "attack", "release"],
};

static SATURATOR: Case = Case {
    has: EFFECT,
    modes: QUALITIES,
    working: &[("drive", "12"), ("character", "Push-pull"), ("input", "1.5"), ("output", "-2")],
    idle: &[("drive", "0")],
    louder: &[("drive", "18"), ("output", "-6")],
    automation: &[
        ("drive", "20"),
        ("character", "Triode"),
        ("mix", "35"),
        ("even_odd", "20"),
        ("bands", "3"),
        ("emphasis", "6"),
        ("output", "4"),
        ("character", "Diode"),
        ("bypass", "On"),
        ("bypass", "Off"),
        ("channel_mode", "Mid/side"),
        ("mix", "100"),
        ("bias_motion", "60"),
        ("character", "Transformer"),
        ("drive", "6"),
    ],
    saved: &[
        ("drive", "7.5"),
        ("character", "Triode"),
        ("even_odd", "30"),
        ("bias_motion", "25"),
        ("emphasis", "-3.5"),
        ("zero_vu", "-15.5"),
        ("bands", "2"),
        ("channel_mode", "Mid only"),
    ],
    typed: &[("character", "triode", "Triode"), ("channel_mode", "mid only", "Mid only")],
    calm: &[],
    jump_share: 1.0,
    monitoring: &[],
    only_seen: &[],
    has_sidechain: false,
    output_max_db: 24.0,
    features: &["audio-effect", "distortion", "stereo"],
    category: "Distortion",
    first_page: &["drive", "character"],
};

static EQ: Case = Case {
    has: &["mix", "delta", "compare"],
    modes: &[&[("phase", "Minimum")], &[("phase", "Natural")], &[("phase", "Linear"), ("linear_length", "Shortest")]],
    working: &[
        ("band1_shape", "Low shelf"),
        ("band1_frequency", "150"),
        ("band1_gain", "6"),
        ("band2_shape", "Bell"),
        ("band2_frequency", "1 kHz"),
        ("band2_gain", "-5"),
        ("band2_q", "1.2"),
        ("band3_shape", "High shelf"),
        ("band3_frequency", "8 kHz"),
        ("band3_gain", "4"),
        ("band3_channels", "Mid"),
        ("band4_shape", "Bell"),
        ("band4_frequency", "3 kHz"),
        ("band4_dynamic", "On"),
        ("band4_threshold", "-50"),
        ("band4_range", "-6"),
        ("mono_below", "60"),
        ("input", "1.5"),
        ("output", "-2"),
    ],
    idle: &[("band1_shape", "Bell"), ("band2_gain", "6")],
    louder: &[("band1_shape", "Bell"), ("band1_frequency", "1 kHz"), ("band1_q", "0.1"), ("band1_gain", "6")],
    automation: &[
        ("band1_shape", "Bell"),
        ("band1_gain", "6"),
        ("mix", "35"),
        ("band1_frequency", "300"),
        ("band1_q", "3"),
        ("band2_shape", "High cut"),
        ("output", "4"),
        ("band2_frequency", "9 kHz"),
        ("band1_channels", "Side"),
        ("bypass", "On"),
        ("bypass", "Off"),
        ("band1_shape", "Low shelf"),
        ("mix", "100"),
        ("gain_scale", "50"),
        ("mono_below", "120"),
        ("band2_shape", "Off"),
        ("band1_dynamic", "On"),
        ("band1_gain", "-3"),
    ],
    saved: &[
        ("band1_shape", "Low cut"),
        ("band1_slope", "48 dB/oct"),
        ("band3_frequency", "310 Hz"),
        ("band3_shape", "Bell"),
        ("band3_gain", "-1.5"),
        ("band3_q", "0.9"),
        ("band3_channels", "Side"),
        ("band3_q_follows", "On"),
        ("band5_dynamic", "On"),
        ("band5_threshold", "-26"),
        ("band5_knee", "3"),
        ("band5_range", "-1.1"),
        ("band5_attack", "12"),
        ("band5_release", "250"),
        ("band5_detector", "RMS"),
        ("band5_external_key", "On"),
        ("gain_scale", "80"),
        ("mono_below", "100 Hz"),
        ("phase", "Minimum"),
        ("linear_length", "Long"),
    ],
    typed: &[
        ("band1_shape", "low shelf", "Low shelf"),
        ("band1_slope", "24", "24 dB/oct"),
        ("band1_frequency", "2k", "2.00 kHz"),
        ("mono_below", "off", "Off"),
    ],
    calm: &[
        "band1_shape",
        "band2_shape",
        "band3_shape",
        "band4_shape",
        "band5_shape",
        "band6_shape",
        "band7_shape",
        "band8_shape",
        "band9_shape",
        "band10_shape",
        "band11_shape",
        "band12_shape",
    ],
    jump_share: 0.25,
    monitoring: &[
        "listen_1",
        "listen_2",
        "listen_3",
        "listen_4",
        "listen_5",
        "listen_6",
        "listen_7",
        "listen_8",
        "listen_9",
        "listen_10",
        "listen_11",
        "listen_12",
    ],
    only_seen: &[],
    has_sidechain: true,
    output_max_db: 24.0,
    features: &["audio-effect", "equalizer", "stereo"],
    category: "EQ",
    first_page: &["band1_frequency", "band1_gain", "band1_q"],
};

static CLIPPER: Case = Case {
    has: EFFECT,
    modes: QUALITIES,
    working: &[("drive", "12"), ("ceiling", "-3"), ("input", "1.5"), ("output", "-2")],
    // In Live its filters are heard even where nothing is clipped; a mix of 0 leaves the input alone in every quality.
    idle: &[("drive", "0"), ("ceiling", "0"), ("mix", "0")],
    louder: &[("drive", "6"), ("ceiling", "-3")],
    automation: &[
        ("drive", "18"),
        ("ceiling", "-6"),
        ("mix", "35"),
        ("knee", "80"),
        ("output", "-4"),
        ("guard", "Off"),
        ("bypass", "On"),
        ("bypass", "Off"),
        ("channel_mode", "Mid/side"),
        ("mix", "100"),
        ("guard", "Sample"),
        ("link", "20"),
        ("guard", "True peak"),
        ("drive", "6"),
    ],
    saved: &[
        ("drive", "4.5"),
        ("ceiling", "-1.5"),
        ("knee", "65"),
        ("guard", "Sample"),
        ("link", "40"),
        ("channel_mode", "Mid/side"),
    ],
    typed: &[("guard", "true peak", "True peak"), ("channel_mode", "mid/side", "Mid/side")],
    calm: &[],
    jump_share: 1.0,
    monitoring: &["limit_instead"],
    only_seen: &[],
    has_sidechain: false,
    output_max_db: 0.0,
    features: &["audio-effect", "mastering", "stereo"],
    category: "Dynamics",
    first_page: &["drive", "ceiling", "knee"],
};

static TAPE: Case = Case {
    has: EFFECT,
    modes: QUALITIES,
    working: &[
        ("drive", "9"),
        ("speed", "7.5 ips"),
        ("formulation", "Vintage"),
        ("align", "Off"),
        ("bias", "1.5"),
        ("input", "1.5"),
        ("output", "-2"),
    ],
    // The machine adds its own; a mix of 0 leaves the input alone in every quality.
    idle: &[("mix", "0")],
    louder: &[("drive", "6"), ("output", "-6")],
    automation: &[
        ("drive", "9"),
        ("speed", "7.5 ips"),
        ("mix", "35"),
        ("bias", "-2"),
        ("equalisation", "NAB"),
        ("wow", "0.2"),
        ("output", "4"),
        ("formulation", "Vintage"),
        ("bypass", "On"),
        ("bypass", "Off"),
        ("azimuth", "5"),
        ("mix", "100"),
        ("crosstalk", "-40"),
        ("align", "Off"),
        ("drive", "3"),
    ],
    saved: &[
        ("drive", "2.5"),
        ("zero_vu", "-15.5"),
        ("fluxivity", "250 nWb/m"),
        ("formulation", "+9"),
        ("speed", "30 ips"),
        ("equalisation", "AES"),
        ("bias", "1.5"),
        ("head_bump", "60"),
        ("align", "Off"),
        ("wow", "0.03"),
        ("flutter", "0.04"),
        ("hiss", "-64"),
        ("modulation_noise", "-58"),
        ("crosstalk", "-52"),
        ("azimuth", "-1.5"),
    ],
    typed: &[
        ("formulation", "vintage", "Vintage"),
        ("speed", "30 ips", "30 ips"),
        ("equalisation", "nab", "NAB"),
        ("hiss", "off", "Off"),
        ("crosstalk", "Off", "Off"),
    ],
    calm: &[],
    jump_share: 1.0,
    monitoring: &["monitor_input", "monitor_sync"],
    only_seen: &[],
    has_sidechain: false,
    output_max_db: 24.0,
    features: &["audio-effect", "distortion", "mastering", "stereo"],
    category: "Distortion",
    first_page: &["drive", "formulation", "speed", "bias"],
};

static METER: Case = Case {
    has: &["compare"],
    modes: &[&[]],
    working: &[("target", "-16"), ("input", "1.5"), ("output", "-2")],
    idle: &[],
    louder: &[("output", "-6")],
    automation: &[
        ("target", "-18"),
        ("follow_transport", "Pause"),
        ("input", "3"),
        ("bypass", "On"),
        ("output", "-4"),
        ("bypass", "Off"),
        ("follow_transport", "Restart"),
        ("output", "2"),
    ],
    saved: &[
        ("scale", "LU"),
        ("lu_range", "+18"),
        ("target", "-16.5"),
        ("true_peak_limit", "-2"),
        ("follow_transport", "Restart"),
        ("level_meter", "K-System"),
        ("k_system", "K-20"),
        ("vu_zero", "-20"),
        ("spectrum_resolution", "1/24 oct"),
        ("spectrum_tilt", "3 dB/oct"),
        ("spectrum_fall", "30 dB/s"),
        ("spectrum_view", "Spectrogram"),
        ("history", "30 seconds"),
    ],
    typed: &[("scale", "lu", "LU"), ("k_system", "k-12", "K-12"), ("follow_transport", "pause", "Pause")],
    calm: &[],
    jump_share: 1.0,
    monitoring: &[],
    only_seen: &[
        "scale",
        "lu_range",
        "target",
        "true_peak_limit",
        "follow_transport",
        "level_meter",
        "k_system",
        "vu_zero",
        "spectrum_resolution",
        "spectrum_tilt",
        "spectrum_fall",
        "spectrum_view",
        "history",
    ],
    has_sidechain: false,
    output_max_db: 24.0,
    features: &["analyzer", "audio-effect", "mastering", "stereo"],
    category: "Analyzer",
    first_page: &["target", "true_peak_limit", "scale", "history"],
};

static TRIVIAL: Case = Case {
    has: &["mix", "delta", "compare"],
    modes: &[&[("look_ahead", "0 ms")], &[("look_ahead", "1 ms")], &[("look_ahead", "2 ms")]],
    working: &[("gain", "-6"), ("band2_gain", "-1.5"), ("input", "1.5"), ("output", "-2")],
    idle: &[],
    louder: &[("gain", "-7.3")],
    automation: &[
        ("gain", "-12"),
        ("mix", "50"),
        ("input", "3"),
        ("bypass", "On"),
        ("output", "-4"),
        ("bypass", "Off"),
        ("band1_gain", "-4"),
        ("gain", "6"),
        ("mix", "80"),
    ],
    saved: &[("gain", "-7.7"), ("band3_gain", "2.5"), ("smooth", "35 %"), ("steps", "On"), ("look_ahead", "2 ms")],
    typed: &[("look_ahead", "2", "2 ms"), ("steps", "on", "On")],
    calm: &[],
    jump_share: 1.0,
    monitoring: &[],
    only_seen: &[],
    has_sidechain: false,
    output_max_db: 24.0,
    features: &["audio-effect", "utility"],
    category: "Tools",
    first_page: &[],
};

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
        $crate::everywhere!(@module meter_clap, Meter, Clap, $($name),*);
        $crate::everywhere!(@module meter_vst3, Meter, Vst3, $($name),*);
        $crate::everywhere!(@module saturator_clap, Saturator, Clap, $($name),*);
        $crate::everywhere!(@module saturator_vst3, Saturator, Vst3, $($name),*);
        $crate::everywhere!(@module tape_clap, Tape, Clap, $($name),*);
        $crate::everywhere!(@module tape_vst3, Tape, Vst3, $($name),*);
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
