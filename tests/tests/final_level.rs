//! The final level: the demo's chains end in the Limiter, whose ceiling holds what is in the file, and whose dither is the
//! file's only one.

use ebur128::{EbuR128, Mode};
use host::audio::{self, Bits, Writer};
use host::chain::{Chain, NAMED_CHAINS};
use host::render::{Options, Report, render};
use testkit::Plugin;
use testkit::analysis::db;
use testkit::signals::{Audio, programme};

const RATE_HZ: u32 = 44_100;
const FRAMES: usize = 6 * 44_100;
const DEMO: [(&str, &str); 2] = [
    ("chain-1.toml", include_str!("../../xtask/src/demo/chains/chain-1.toml")),
    ("chain-2.toml", include_str!("../../xtask/src/demo/chains/chain-2.toml")),
];
/// The variance that triangular dither of two steps leaves, rounding included, in squares of a step (Lipshitz, Wannamaker and
/// Vanderkooy, JAES 1992). Dithered once more it would be twice that; only rounded, a twelfth.
const ONCE: f64 = 0.25;

struct Studio {
    folder: tempfile::TempDir,
}

impl Studio {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let song = programme(f64::from(RATE_HZ), 0.5, FRAMES);
        let mut writer = Writer::create(folder.path().join("song.wav"), RATE_HZ, 2, Bits::Float32).expect("a file");
        writer.write(&[&song[0], &song[1]]).expect("written");
        writer.finish().expect("finished");
        Self { folder }
    }

    /// Renders the song and reads what is in the file.
    fn render(&self, (name, toml): (&str, &str), set: &[&str], bits: Bits) -> (Audio, Report) {
        let mut chain = Chain::parse(toml, name).expect("a chain");
        set.iter().for_each(|set| chain.set(set).expect("a value"));
        let chain = chain.prepare(&host::find_bundles([testkit::bundles::dir()])).expect("plugins");
        let (song, file) = (self.folder.path().join("song.wav"), self.folder.path().join("master.wav"));
        let options = Options { bits, ..Options::default() };
        let report = render(&chain, &song, &file, &options, &mut |_| true).expect("a render");
        (audio::read(&file).expect("the render").channels, report)
    }
}

/// Mean and variance of what a file of so many bits differs by from the float, in steps of the file, per channel.
fn error_steps(file: &Audio, float: &Audio, bits: u32) -> Vec<(f64, f64)> {
    let scale = f64::from(1_u32 << (bits - 1));
    let channel = |(file, float): (&Vec<f32>, &Vec<f32>)| {
        assert_eq!(file.len(), float.len());
        let error = |(file, float): (&f32, &f32)| scale * (f64::from(*file) - f64::from(*float));
        let count = file.len() as f64;
        let mean = file.iter().zip(float).map(error).sum::<f64>() / count;
        let variance = file.iter().zip(float).map(|pair| (error(pair) - mean).powi(2)).sum::<f64>() / count;
        (mean, variance)
    };
    file.iter().zip(float).map(channel).collect()
}

fn true_peak_dbtp(audio: &Audio) -> f64 {
    let mut judge = EbuR128::new(audio.len() as u32, RATE_HZ, Mode::TRUE_PEAK).expect("a judge");
    judge.add_frames_planar_f32(&[&audio[0], &audio[1]]).expect("frames");
    (0..2).map(|channel| db(judge.true_peak(channel).expect("a true peak"))).fold(f64::NEG_INFINITY, f64::max)
}

#[track_caller]
fn is_dithered_once(file: &Audio, float: &Audio, bits: u32, what: &str) {
    for (mean, variance) in error_steps(file, float, bits) {
        println!("{what}: error of mean {mean:+.4} and variance {variance:.4} steps");
        // The standard errors: 0.001 of the mean, 0.0008 of the variance.
        assert!(mean.abs() <= 0.005, "{what}: the error's mean is {mean:+.4} steps");
        assert!((variance - ONCE).abs() <= 0.01, "{what}: the error's variance is {variance:.4} steps, {ONCE} is once");
    }
}

#[test]
fn a_sixteen_bit_render_of_the_demo_has_the_limiters_dither_and_no_other() {
    let studio = Studio::open();
    for chain in DEMO {
        let name = chain.0;
        let (float, _) = studio.render(chain, &[], Bits::Float32);
        // What the plugin gives, and what is in the file.
        let dither = ["limiter.dither=16 bit"];
        let (from_plugin, _) = studio.render(chain, &dither, Bits::Float32);
        let (file, report) = studio.render(chain, &dither, Bits::Int16);
        is_dithered_once(&file, &float, 16, &format!("{name}, the Limiter's dither"));
        assert!(file == from_plugin, "{name}: the file is what the Limiter gave, to the bit");
        assert_eq!(report.warnings, Vec::<String>::new(), "{name}");
        // In a longer file it is still the Limiter's.
        let (longer, _) = studio.render(chain, &dither, Bits::Int24);
        assert!(longer == from_plugin, "{name}: 16 bits in a file of 24 are dithered no more");
        // Without, the file is dithered by the command line.
        let (by_file, _) = studio.render(chain, &[], Bits::Int16);
        is_dithered_once(&by_file, &float, 16, &format!("{name}, the file's dither"));
        assert!(by_file != file, "{name}: void if the two dithers were one");
    }
}

#[test]
fn a_limiter_that_dithers_to_more_bits_than_the_file_has_leaves_it_to_the_file() {
    let studio = Studio::open();
    let (name, _) = DEMO[0];
    let (float, _) = studio.render(DEMO[0], &[], Bits::Float32);
    let (plain, _) = studio.render(DEMO[0], &[], Bits::Int16);
    for bits in ["20 bit", "24 bit"] {
        let (file, report) = studio.render(DEMO[0], &[&format!("limiter.dither={bits}")], Bits::Int16);
        assert!(file == plain, "{bits}: as if the Limiter's dither were off");
        is_dithered_once(&file, &float, 16, &format!("{name}, {bits} into 16"));
        let told = report.warnings.iter().any(|told| told.contains("16") && told.contains(&bits[..2]));
        assert!(told, "{bits}: {:?}", report.warnings);
    }
    let (file, report) = studio.render(DEMO[0], &["limiter.dither=20 bit"], Bits::Int24);
    is_dithered_once(&file, &float, 20, "20 bits in 24");
    assert_eq!(report.warnings, Vec::<String>::new());
}

#[test]
fn the_ceiling_holds_in_the_file_whatever_the_chain_and_the_bits() {
    let studio = Studio::open();
    let named = NAMED_CHAINS.iter().map(|chain| (chain.name, chain.toml));
    for chain in DEMO.into_iter().chain(named) {
        for (set, bits) in
            [(&[][..], Bits::Float32), (&[][..], Bits::Int24), (&["limiter.dither=16 bit"][..], Bits::Int16)]
        {
            let (file, report) = studio.render(chain, set, bits);
            let dbtp = true_peak_dbtp(&file);
            println!("{}, {bits}: {dbtp:.3} dBTP", chain.0);
            // Dither may add its own least bits: two steps of 16 bits are 0.0006 dB.
            assert!((-1.5..=-0.29).contains(&dbtp), "{}, {bits}: {dbtp:.3} dBTP under a ceiling of -0.3", chain.0);
            assert_eq!(report.clipped_samples, 0, "{}, {bits}", chain.0);
            assert_eq!(report.plugins.last().expect("plugins").name, Plugin::Limiter.name(), "{}", chain.0);
        }
    }
}
