//! What every plugin keeps, whatever it does to the sound, under settings, automation and block sizes that nobody chose.
//!
//! [`contract!`](crate::contract!) makes all of it tests of one plugin in both formats. It reads the parameters from the
//! bundle itself, so a new plugin needs one line, and in [`cases`](crate::cases) what cannot be read: settings at work and at
//! rest, and which controls only change what is seen.
//!
//! The scenes are drawn by `proptest`, which looks for the smallest one that fails. The seed is fixed, so that a run is the
//! same tomorrow; `TWOBUS_SEED` takes another, and every failure prints it.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::analysis::{db, delayed, first_difference, peak, roughness};
use crate::rig::{Param, id_of};
use crate::signals::{Audio, Random, gain, sine, stereo_noise};
use crate::{Event, Format, Plugin, Rig};

const RATES_HZ: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];
const FRAMES: usize = 6000;

/// Makes the whole contract tests of one plugin, in both formats: `testkit::contract!(glue, Glue)`.
#[macro_export]
macro_rules! contract {
    ($module:ident, $plugin:ident) => {
        mod $module {
            $crate::contract!(@format clap, $plugin, Clap);
            $crate::contract!(@format vst3, $plugin, Vst3);
        }
    };
    (@format $module:ident, $plugin:ident, $format:ident) => {
        $crate::contract!(
            @tests $module, $plugin, $format,
            any_cut_gives_the_same_sound, reset_and_reactivation_start_anew, bypass_is_exact, bad_numbers_do_no_harm,
            a_state_brings_the_sound_back, every_control_is_heard, no_control_clicks,
        );
    };
    (@tests $module:ident, $plugin:ident, $format:ident, $($name:ident),* $(,)?) => {
        mod $module {
            $(
                #[test]
                fn $name() {
                    $crate::contract::$name($crate::Plugin::$plugin, $crate::Format::$format);
                }
            )*
        }
    };
}

/// A run that nobody chose.
#[derive(Clone)]
struct Scene {
    rate_hz: f64,
    /// A place in its range for every parameter, 0..1; `None` leaves the default.
    places: Vec<Option<f64>>,
    /// Automation: frame, number of the parameter, place in its range.
    moves: Vec<(usize, usize, f64)>,
    blocks: Vec<usize>,
    noise: u64,
    /// Names, for a failure to be read.
    names: Vec<String>,
}

impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Hz, noise {}, blocks {:?}", self.rate_hz, self.noise, self.blocks)?;
        for (name, place) in self.names.iter().zip(&self.places) {
            if let Some(place) = place {
                write!(f, ", {name} at {place:.4}")?;
            }
        }
        for (frame, number, place) in &self.moves {
            write!(f, ", {} to {place:.4} at frame {frame}", self.names[*number])?;
        }
        Ok(())
    }
}

/// Draws scenes for these parameters. Bypass stays off, and what may not be automated is not.
fn scenes(params: &[Param]) -> impl Strategy<Value = Scene> + use<> {
    let count = params.len();
    let names: Vec<String> = params.iter().map(|param| param.name.clone()).collect();
    let (bypass, moved): (Vec<bool>, Vec<bool>) =
        params.iter().map(|param| (param.is_bypass, param.is_automatable && !param.is_bypass)).unzip();
    let places = vec(proptest::option::of(0.0..=1.0), count);
    let moves = vec((0..FRAMES, 0..count, 0.0..=1.0), 0..16);
    let blocks = vec(proptest::prop_oneof![1_usize..=4, 1_usize..=700], 1..8);
    (0..RATES_HZ.len(), places, moves, blocks, proptest::num::u16::ANY).prop_map(
        move |(rate, mut places, mut moves, blocks, noise)| {
            places.iter_mut().zip(&bypass).filter(|(_, bypass)| **bypass).for_each(|(place, _)| *place = None);
            moves.retain(|(_, number, _)| moved[*number]);
            Scene { rate_hz: RATES_HZ[rate], places, moves, blocks, noise: noise.into(), names: names.clone() }
        },
    )
}

impl Scene {
    /// Noise that outlasts the latency.
    fn input(&self, rig: &mut Rig) -> Audio {
        stereo_noise(self.noise, -9.0, FRAMES + rig.latency())
    }

    /// An instance, set and active, that renders offline: there every result is exact.
    fn rig(&self, plugin: Plugin, format: Format) -> Rig {
        let mut rig = Rig::open(plugin, format);
        for (param, place) in rig.params().iter().zip(&self.places) {
            if let Some(place) = place {
                rig.place(param, *place);
            }
        }
        rig.offline(true);
        rig.activate(self.rate_hz, 1024);
        rig
    }

    /// Its automation, and before it all that can be automated set to where it was in the beginning.
    fn events(&self, rig: &mut Rig) -> Vec<Event> {
        let params = rig.params();
        let mut events = Vec::new();
        for (number, param) in params.iter().enumerate().filter(|(_, param)| param.is_automatable && !param.is_bypass) {
            if self.moves.iter().any(|(_, moved, _)| *moved == number) {
                let event = match self.places[number] {
                    Some(place) => rig.event_to_place(0, param, place),
                    None => rig.event_to_default(0, param),
                };
                events.push(event);
            }
        }
        let moves = self.moves.iter().filter(|(frame, ..)| *frame > 0);
        events.extend(moves.map(|(frame, number, place)| rig.event_to_place(*frame, &params[*number], *place)));
        events
    }
}

/// The seed of all that is drawn: 1, or what `TWOBUS_SEED` says.
pub fn seed() -> u64 {
    std::env::var("TWOBUS_SEED").map_or(1, |text| text.parse().expect("TWOBUS_SEED is a number"))
}

/// Runs a check on drawn scenes.
fn check(plugin: Plugin, format: Format, cases: u32, mut holds: impl FnMut(&Scene) -> Result<(), String>) {
    let seed = seed();
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let params = Rig::open(plugin, format).params();
    let holds = std::cell::RefCell::new(&mut holds);
    let result = runner.run(&scenes(&params), |scene| (holds.borrow_mut())(&scene).map_err(TestCaseError::fail));
    match result {
        Ok(()) => {}
        Err(TestError::Fail(why, scene)) => panic!("TWOBUS_SEED={seed} {plugin:?} {format:?}: {why}\nwith {scene:?}"),
        Err(TestError::Abort(why)) => panic!("TWOBUS_SEED={seed} {plugin:?} {format:?}: {why}"),
    }
}

fn differ(a: &Audio, b: &Audio) -> Option<String> {
    a.iter().zip(b).enumerate().find_map(|(channel, (a, b))| {
        first_difference(a, b).map(|(frame, a, b)| format!("channel {channel} differs at frame {frame}: {a} and {b}"))
    })
}

fn equal(a: &Audio, b: &Audio, what: &str) -> Result<(), String> {
    differ(a, b).map_or(Ok(()), |difference| Err(format!("{what}: {difference}")))
}

/// Whatever the block sizes, and wherever automation falls into them, the same bits come out.
pub fn any_cut_gives_the_same_sound(plugin: Plugin, format: Format) {
    check(plugin, format, 64, |scene| {
        let input = scene.input(&mut scene.rig(plugin, format));
        let render = |blocks: &[usize]| {
            let mut rig = scene.rig(plugin, format);
            let events = scene.events(&mut rig);
            rig.run_with(&input, None, &events, blocks)
        };
        equal(&render(&scene.blocks), &render(&[512]), "cut so and in blocks of 512")
    });
}

/// After a reset, and after a new activation, it sounds as at first.
pub fn reset_and_reactivation_start_anew(plugin: Plugin, format: Format) {
    check(plugin, format, 32, |scene| {
        let mut rig = scene.rig(plugin, format);
        let input = scene.input(&mut rig);
        let events = scene.events(&mut rig);
        let first = rig.run_with(&input, None, &events, &[512]);
        // Leave the control grid at an odd place.
        rig.run_with(&stereo_noise(24, 0.0, 1237), None, &[], &scene.blocks);
        rig.reset();
        equal(&rig.run_with(&input, None, &events, &[512]), &first, "after a reset")?;
        rig.deactivate();
        rig.activate(scene.rate_hz, 1024);
        equal(&rig.run_with(&input, None, &events, &[512]), &first, "after a new activation")
    });
}

/// Bypassed, it is the input, later by the reported latency, to the bit.
pub fn bypass_is_exact(plugin: Plugin, format: Format) {
    check(plugin, format, 32, |scene| {
        let mut rig = scene.rig(plugin, format);
        let input = scene.input(&mut rig);
        let events = scene.events(&mut rig);
        rig.set("bypass", "On");
        rig.reset();
        let latency = rig.latency();
        let output = rig.run_with(&input, None, &events, &scene.blocks);
        let expected = input.iter().map(|channel| delayed(channel, latency)).collect();
        equal(&output, &expected, &format!("against the input {latency} samples later"))
    });
}

/// Non-finite, huge and subnormal input never comes out, nor anything above +24 dBFS.
pub fn bad_numbers_do_no_harm(plugin: Plugin, format: Format) {
    const BAD: [f32; 8] =
        [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e20, -1e20, f32::MAX, f32::MIN_POSITIVE / 3.0, -f32::NAN];
    let ceiling = gain(24.0) * (1.0 + 1e-6);
    check(plugin, format, 32, |scene| {
        let mut rig = scene.rig(plugin, format);
        let mut input = scene.input(&mut rig);
        let mut random = Random::new(scene.noise);
        for channel in &mut input {
            (0..200).for_each(|_| channel[random.below(FRAMES)] = BAD[random.below(BAD.len())]);
        }
        let events = scene.events(&mut rig);
        let output = rig.run_with(&input, None, &events, &scene.blocks);
        for channel in &output {
            if let Some(at) = channel.iter().position(|x| !x.is_finite() || x.is_subnormal()) {
                return Err(format!("{} came out at frame {at}", channel[at]));
            }
            let most = peak(channel);
            if most > ceiling {
                return Err(format!("{:.2} dBFS came out", db(most)));
            }
        }
        Ok(())
    });
}

/// A state saved by one instance gives another the same values and the same sound.
pub fn a_state_brings_the_sound_back(plugin: Plugin, format: Format) {
    check(plugin, format, 32, |scene| {
        let mut first = scene.rig(plugin, format);
        let input = scene.input(&mut first);
        let state = first.save();
        let mut second = Rig::open(plugin, format);
        if !second.load(&state) {
            return Err("the state was refused".to_owned());
        }
        second.offline(true);
        second.activate(scene.rate_hz, 1024);
        for param in first.params() {
            let (saved, loaded) = (first.value_of(&param), second.value_of(&param));
            if saved != loaded {
                return Err(format!("{} was {saved} and is {loaded}", param.name));
            }
        }
        equal(&second.run(&input), &first.run(&input), "after loading")
    });
}

/// Every parameter changes the sound under some settings, but for those that only change what is seen.
pub fn every_control_is_heard(plugin: Plugin, format: Format) {
    const TRIES: u32 = 60;
    let case = plugin.case();
    let mut rig = Rig::open(plugin, format);
    let params = rig.params();
    let silent: Vec<u32> = case.only_seen.iter().map(|key| crate::rig::id_of(key)).collect();
    let mut waiting: Vec<usize> = (0..params.len()).filter(|&number| !silent.contains(&params[number].id)).collect();
    // Input and side chain are unlike each other, or a choice between the two would not be heard.
    let (input, key) = (stereo_noise(5, -6.0, FRAMES), stereo_noise(6, 0.0, FRAMES));
    let mut random = Random::new(seed());
    for _ in 0..TRIES {
        let places: Vec<f64> = params.iter().map(|_| random.unit()).collect();
        let render = |moved: Option<(usize, f64)>| {
            let mut rig = Rig::open(plugin, format);
            rig.layout(2, case.has_sidechain);
            for (number, param) in params.iter().enumerate() {
                match moved {
                    Some((moved, place)) if moved == number => rig.place(param, place),
                    _ if param.is_bypass => {}
                    _ => rig.place(param, places[number]),
                }
            }
            rig.offline(true);
            rig.activate(48_000.0, 1024);
            rig.run_with(&input, case.has_sidechain.then_some(&key), &[], &[512])
        };
        let plain = render(None);
        waiting.retain(|&number| {
            let place = (places[number] + 0.5).rem_euclid(1.0);
            let place = if params[number].is_bypass { 1.0 } else { place };
            differ(&render(Some((number, place))), &plain).is_none()
        });
        if waiting.is_empty() {
            return;
        }
    }
    let names: Vec<&str> = waiting.iter().map(|&number| params[number].name.as_str()).collect();
    panic!("TWOBUS_SEED={} {plugin:?} {format:?}: never heard under {TRIES} settings: {names:?}", seed());
}

/// A move of any control, as far as the case says, breaks the wave nowhere: a step of half a percent of its peak would be heard by this.
pub fn no_control_clicks(plugin: Plugin, format: Format) {
    let rate = 48_000.0;
    let (settle, end) = (12_000, 24_000);
    let input: Audio = vec![sine(rate, 110.0, -20.0, end + 4800), sine(rate, 87.0, -23.0, end + 4800)];
    // The judge hears a hard step.
    let mut hard = input[0].clone();
    hard[settle..].iter_mut().for_each(|x| *x *= 0.99);
    assert!(roughness(&hard) > 2.0 * roughness(&input[0]), "a hard step of one percent is not heard");
    let params = Rig::open(plugin, format).params();
    let mut random = Random::new(seed());
    let calm: Vec<u32> = plugin.case().calm.iter().map(|key| id_of(key)).collect();
    for param in params.iter().filter(|param| param.is_automatable) {
        for _ in 0..3 {
            let places: Vec<f64> = params.iter().map(|_| random.unit()).collect();
            let jump = if param.steps == 0 { plugin.case().jump_share } else { 1.0 };
            let end_of_jump = random.unit().round();
            let [start, place] = [1.0 - end_of_jump, end_of_jump].map(|at| 0.5 + jump * (at - 0.5));
            let mut rig = Rig::open(plugin, format);
            let is_set = |other: &Param| {
                let is_calm = calm.contains(&other.id) && other.group != param.group;
                !other.is_bypass && other.is_automatable && !is_calm
            };
            for (other, at) in params.iter().zip(&places).filter(|(other, _)| is_set(other)) {
                rig.place(other, *at);
            }
            rig.place(param, start);
            rig.activate(rate, 1024);
            let event = rig.event_to_place(settle + random.below(480), param, place);
            let output = rig.run_with(&input, None, &[event], &[512]);
            for channel in &output {
                let still = roughness(&channel[4800..settle]).max(roughness(&channel[end..]));
                let moved = roughness(&channel[settle..end]);
                let most = peak(&channel[4800..]);
                assert!(
                    moved <= 3.0 * still + 0.03 * most,
                    "TWOBUS_SEED={} {plugin:?} {format:?}: {} from {} to {place} clicks: {moved:e} where {still:e} is usual, peak {most}, {:?}",
                    seed(),
                    param.name,
                    start,
                    params.iter().zip(&places).map(|(param, at)| (&param.name, at)).collect::<Vec<_>>(),
                );
            }
        }
    }
}
