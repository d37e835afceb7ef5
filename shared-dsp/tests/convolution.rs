//! Kernels that are designed elsewhere: exact, whole, one at a time, and never freed where sound is made.

mod heap;

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use shared_dsp::Io;
use shared_dsp::convolution::{FadedFir, KernelSlot};
use testkit::analysis::largest;
use testkit::signals::noise;

use heap::HEAP_CALLS;

thread_local! {
    /// Whether this thread makes sound.
    static IS_AUDIO: Cell<bool> = const { Cell::new(false) };
}

/// Seven taps that sum up to the request.
fn taps(gain: &f32) -> Vec<f32> {
    [0.3_f32, 0.2, 0.15, 0.15, 0.1, 0.06, 0.04].iter().map(|share| share * gain).collect()
}

fn mono(left: &mut [f32]) -> Io<'_> {
    Io { left, right: None, sidechain: None }
}

fn fir(first: f32) -> FadedFir<f32> {
    let mut fir = FadedFir::new(7, first, taps);
    fir.prepare(48_000.0);
    fir
}

#[test]
fn taps_are_a_convolution_whatever_the_block() {
    let input = noise(7, 0.0, 1000);
    let expected: Vec<f64> = (0..input.len())
        .map(|n| taps(&0.9).iter().enumerate().take(n + 1).map(|(k, &h)| f64::from(h) * f64::from(input[n - k])).sum())
        .collect();
    let render = |block: usize| {
        let mut fir = fir(0.9);
        let (mut left, mut right) = (input.clone(), input.clone());
        for (left, right) in left.chunks_mut(block).zip(right.chunks_mut(block)) {
            fir.process(&mut Io { left, right: Some(right), sidechain: None });
        }
        assert_eq!(left, right);
        left
    };
    let whole = render(1000);
    let error = largest(whole.iter().zip(&expected).map(|(&y, &x)| (f64::from(y) - x).abs()));
    assert!(error < 3e-7 && whole.iter().any(|x| x.abs() > 0.1), "{error:e}");
    for block in [1, 7, 16, 64, 65, 333] {
        assert_eq!(render(block), whole, "block {block}");
    }
}

#[test]
fn a_single_tap_of_one_passes_every_bit() {
    let mut fir = FadedFir::new(32, (), |()| vec![1.0]);
    let mut input = noise(7, 0.0, 500);
    (input[3], input[4]) = (-0.0, 0.0);
    let mut output = input.clone();
    fir.process(&mut mono(&mut output));
    assert!(output.iter().zip(&input).all(|(y, x)| y.to_bits() == x.to_bits()));
}

/// The gain on a constant, frame by frame.
fn gains(fir: &mut FadedFir<f32>, frames: usize) -> Vec<f32> {
    let mut signal = vec![1.0; frames];
    fir.process(&mut mono(&mut signal));
    signal
}

#[test]
fn a_kernel_fades_in_and_the_next_waits_for_its_turn() {
    let mut fir = fir(1.0);
    let job = fir.job();
    gains(&mut fir, 64);
    fir.request(0.5);
    fir.request(0.25);
    assert!(!job.is_done());
    assert!(gains(&mut fir, 64).iter().all(|x| (x - 1.0).abs() < 1e-6), "nothing changes before it is there");
    assert!(job.work() && job.is_done() && !job.work());
    let faded = gains(&mut fir, 960 + 64);
    fir.request(0.25);
    assert!(
        (faded[960] - 0.5).abs() < 1e-6 && (faded[900] - 0.5).abs() > 1e-4,
        "20 ms, and the first that was asked for"
    );
    let bend = largest(faded.windows(3).map(|x| f64::from((x[0] - 2.0 * x[1] + x[2]).abs())));
    assert!(bend > 0.0 && bend < 1e-5, "a corner of {bend:e}");
    assert!(!job.is_done(), "now the second one is asked for");
    assert!(job.work());
    gains(&mut fir, 480);
    fir.request(0.75);
    assert!(job.is_done(), "none is asked for while another fades in");
    gains(&mut fir, 480);
    fir.request(0.75);
    assert!(!job.is_done() && job.work());
    let settled = gains(&mut fir, 1000);
    assert!((settled[999] - 0.75).abs() < 1e-6);
}

#[test]
fn a_reset_overtakes_what_is_under_way_and_needs_no_fade() {
    let mut fir = fir(1.0);
    let job = fir.job();
    gains(&mut fir, 64);
    fir.request(0.5);
    fir.reset(0.25);
    // Both were asked for; only the last is designed.
    assert!(job.work() && !job.work() && job.is_done());
    let fresh = gains(&mut fir, 64);
    assert!((fresh[63] - 0.25).abs() < 1e-6, "at once: {}", fresh[63]);
    // In the middle of a fade: where it went to is there at once.
    fir.request(0.8);
    job.work();
    gains(&mut fir, 100);
    fir.reset(0.8);
    assert!(job.is_done(), "nothing new is asked for");
    assert!((gains(&mut fir, 64)[63] - 0.8).abs() < 1e-6);
    // A kernel that comes after something was heard is faded in all the same.
    fir.reset(0.1);
    assert!((gains(&mut fir, 64)[63] - 0.8).abs() < 1e-6);
    job.work();
    let late = gains(&mut fir, 1200);
    assert!((late[64] - 0.8).abs() < 0.05 && (late[1199] - 0.1).abs() < 1e-6);
}

/// Where the job is done at once, as in an offline render, the sound does not depend on the blocks.
#[test]
fn kernels_that_are_waited_for_know_no_blocks() {
    let input = noise(7, 0.0, 9600);
    let render = |block: usize| {
        let mut fir = fir(1.0);
        let job = fir.job();
        let mut output = input.clone();
        let mut at = 0;
        while at < output.len() {
            // A control moves all the time, and is read on a grid of 64.
            if at % 64 == 0 {
                fir.request((at / 64) as f32 / 150.0);
                job.work();
            }
            let end = (at + block).min(at + 64 - at % 64).min(output.len());
            fir.process(&mut mono(&mut output[at..end]));
            at = end;
        }
        output
    };
    let whole = render(64);
    assert!(whole.iter().all(|x| x.is_finite()) && whole[9000..].iter().any(|x| x.abs() > 0.1));
    for block in [1, 7, 33, 512] {
        assert_eq!(render(block), whole, "block {block}");
    }
}

static LIVE: AtomicUsize = AtomicUsize::new(0);
static FREED_BY_AUDIO: AtomicUsize = AtomicUsize::new(0);

/// A kernel that knows what it was made for, and who frees it.
struct Told {
    numbers: Vec<u64>,
}

impl Told {
    fn new(request: &u64) -> Self {
        LIVE.fetch_add(1, Ordering::Relaxed);
        Self { numbers: vec![*request; 64] }
    }

    fn is_whole(&self) -> bool {
        self.numbers.iter().all(|n| *n == self.numbers[0])
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
        FREED_BY_AUDIO.fetch_add(usize::from(IS_AUDIO.with(Cell::get)), Ordering::Relaxed);
    }
}

/// Audio asks, resets and fades as fast as it can while a worker designs as fast as it can, with pauses on either side;
/// slots come and go under the worker's hands. Kernels come whole and in order, none is lost, and the audio thread leaves
/// the heap alone.
#[test]
fn a_hammered_slot_neither_tears_nor_frees() {
    let frames = 200;
    let mut came = 0;
    for round in 0..40_u64 {
        let mut slot = KernelSlot::new(0_u64, Told::new);
        slot.set_sample_rate(2000.0);
        let job = slot.job();
        let is_over = AtomicBool::new(false);
        let (last, heap_calls, slot) = std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut n = 0_u64;
                while !is_over.load(Ordering::Relaxed) {
                    n += 1;
                    if n % 7 == round % 7 {
                        std::thread::yield_now();
                    }
                    job.work();
                }
            });
            let audio = scope.spawn(move || {
                IS_AUDIO.with(|is_audio| is_audio.set(true));
                let before = HEAP_CALLS.with(Cell::get);
                let (mut last, mut shares) = (0, [0.0; 8]);
                for n in 1..=20_000_u64 {
                    if n % 97 == round {
                        slot.reset(n);
                    } else {
                        slot.request(n);
                    }
                    slot.receive();
                    let (now, next) = slot.kernels(&mut shares);
                    assert!(now.is_whole() && next.is_none_or(Told::is_whole), "a torn kernel");
                    let (now, next) = (now.numbers[0], next.map(|next| next.numbers[0]));
                    assert!(now >= last && next.is_none_or(|next| next >= now), "{now} and {next:?} after {last}");
                    assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
                    last = now;
                    slot.advance();
                    if n % 50 == 0 {
                        std::thread::yield_now();
                    }
                }
                let heap_calls = HEAP_CALLS.with(Cell::get) - before;
                IS_AUDIO.with(|is_audio| is_audio.set(false));
                (last, heap_calls, slot)
            });
            let result = audio.join();
            // Every other slot goes while the worker still has its job.
            let result = result.map(|(last, calls, slot)| (last, calls, (round % 2 == 0).then_some(slot)));
            is_over.store(true, Ordering::Relaxed);
            result.expect("the audio thread")
        });
        assert_eq!(heap_calls, 0, "round {round}");
        came += usize::from(last > frames);
        drop((slot, job));
    }
    assert_eq!(FREED_BY_AUDIO.load(Ordering::Relaxed), 0);
    assert_eq!(LIVE.load(Ordering::Relaxed), 0, "every kernel was freed");
    assert!(came > 20, "the test is void unless kernels come: in {came} of 40 rounds");
    // The counter counts.
    let before = HEAP_CALLS.with(Cell::get);
    drop(std::hint::black_box(vec![0_u8; 16]));
    assert_eq!(HEAP_CALLS.with(Cell::get) - before, 2);
}
