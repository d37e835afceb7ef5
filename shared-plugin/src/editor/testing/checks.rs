//! What every window is asked. [`export!`](crate::export!) makes tests of it.

use super::gestures;
use super::layout;
use super::stage::Stage;
use crate::product::Product;

/// Scales at which a window must be readable.
const SCALES: [f32; 4] = [0.75, 1.0, 1.5, 2.0];

/// Holds the laid-out window to [`layout::faults`] at 75, 100, 150 and 200 %: before there was sound, with music running, and
/// with these parameters set.
///
/// # Panics
///
/// With all that is wrong.
pub fn check_layout<P: Product>(settings: &[(&str, &str)]) {
    check_page_layout::<P>(|stage| settings.iter().for_each(|(id, text)| stage.set(id, text)));
}

/// The same of what a window shows after `turn` has turned to it: a page that is not the first.
///
/// # Panics
///
/// With all that is wrong.
pub fn check_page_layout<P: Product>(turn: impl Fn(&mut Stage<P>)) {
    let mut faults = Vec::new();
    for scale in SCALES {
        let mut stage = Stage::<P>::open(scale);
        turn(&mut stage);
        for (seconds, when) in [(0.1, "at the start"), (4.0, "with music")] {
            stage.play(seconds);
            let found = layout::faults(&stage.harness);
            faults.extend(found.into_iter().map(|fault| format!("{:.0} %, {when}: {fault}", 100.0 * scale)));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Uses every control in every way and holds what the host is told to one begin and one end for each gesture; with these
/// parameters set. See [`gestures::faults`].
///
/// # Panics
///
/// With all that is wrong.
pub fn check_gestures<P: Product>(settings: &[(&str, &str)]) {
    check_page_gestures::<P>(|stage| settings.iter().for_each(|(id, text)| stage.set(id, text)));
}

/// The same of what a window shows after `turn` has turned to it.
///
/// # Panics
///
/// With all that is wrong.
pub fn check_page_gestures<P: Product>(turn: impl Fn(&mut Stage<P>)) {
    let (count, faults) = gestures::faults::<P>(turn);
    assert!(count > 0, "a window without controls proves nothing");
    assert!(faults.is_empty(), "{} faults in {count} controls:\n{}", faults.len(), faults.join("\n"));
}

/// A window in silence asks for no picture once all is at rest, and says so in words.
///
/// # Panics
///
/// If it does, or says nothing.
pub fn check_silence<P: Product>() {
    let mut stage = Stage::<P>::open(1.0);
    stage.play(0.5);
    stage.rest(20.0);
    // Not so long that the host seems to have stopped.
    stage.harness.run_steps(5);
    let delay = stage.harness.output().viewport_output.values().map(|viewport| viewport.repaint_delay).min();
    assert_eq!(delay, Some(std::time::Duration::MAX), "still and silent, and drawn again");
    use egui_kittest::kittest::Queryable as _;
    assert!(stage.harness.query_by_label("No signal").is_some(), "nothing says that there is no signal");
}
