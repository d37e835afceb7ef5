//! A run of Match: the window asks, the audio thread measures, the window moves the gain.
//!
//! A run belongs to the window in which it was begun. It ends when five seconds are over, when the button is pressed again,
//! or when the window closes: then it is given up, because a gain that moves after its window has gone is a gain that
//! nobody sees. A host's reset in between does not touch it.

use std::sync::atomic::Ordering;

use egui::Context;
use nice_plug::prelude::Param as _;

use super::bottom_line::Note;
use super::controls::Controls;
use crate::feed::{MatchPhase, Shared};
use crate::product::Product;

/// How long Match listens unless it is stopped.
const MATCH_S: f64 = 5.0;
/// How long the window waits for a result before it believes that no audio runs.
const ANSWER_S: f64 = 2.0;

/// The run of the open window, if there is one.
#[derive(Debug, Default)]
pub(super) struct MatchRun {
    started_s: Option<f64>,
}

impl MatchRun {
    /// Seconds since it began, by the window's clock; `None` while none is under way.
    pub fn elapsed_s(&self, now_s: f64) -> Option<f64> {
        self.started_s.map(|start_s| now_s - start_s)
    }

    /// Asks the audio thread, waits for its answer, and moves the gain by a gesture. Answers what there is to tell.
    pub fn step<P: Product, R>(
        &mut self,
        ctx: &Context,
        controls: &Controls<P>,
        shared: &Shared<R>,
        is_pressed: bool,
        now_s: f64,
    ) -> Option<Note> {
        let elapsed_s = self.elapsed_s(now_s).unwrap_or(0.0);
        match (shared.match_phase(), is_pressed) {
            (MatchPhase::Idle, true) if shared.take_match_on(MatchPhase::Idle, MatchPhase::Start) => {
                self.started_s = Some(now_s);
            }
            // Nothing was measured yet, nothing is to be written.
            (MatchPhase::Start, true) => self.give_up(shared),
            (MatchPhase::Start, false) if elapsed_s >= MATCH_S => return Some(self.no_audio(shared)),
            (MatchPhase::Finish, _) if elapsed_s >= MATCH_S + ANSWER_S => return Some(self.no_audio(shared)),
            (MatchPhase::Learning, is_pressed) if is_pressed || elapsed_s >= MATCH_S => {
                shared.take_match_on(MatchPhase::Learning, MatchPhase::Finish);
            }
            (MatchPhase::Done, _) => {
                let learnt_lu = shared.learnt_lu.load(Ordering::Relaxed);
                self.give_up(shared);
                if !learnt_lu.is_finite() {
                    return Some(Note::warning("Match heard no programme; nothing was changed."));
                }
                let gain = P::match_gain(controls.params());
                let wanted = gain.preview_normalized(gain.unmodulated_plain_value() - learnt_lu);
                controls.set(ctx, gain, wanted);
            }
            _ => {}
        }
        None
    }

    fn no_audio<R>(&mut self, shared: &Shared<R>) -> Note {
        self.give_up(shared);
        Note::warning("No audio runs: Match heard nothing, nothing was changed.")
    }

    /// Ends a run without its result.
    pub fn give_up<R>(&mut self, shared: &Shared<R>) {
        self.started_s = None;
        shared.set_match_phase(MatchPhase::Idle);
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::editor::test_window::window;

    #[test]
    fn match_writes_the_learnt_difference_into_the_gain_and_stays_there() {
        let mut window = window();
        window.press("Match");
        assert_eq!(window.shared.match_phase(), MatchPhase::Start);
        // The audio thread answers.
        window.shared.set_match_phase(MatchPhase::Learning);
        window.harness.run_steps(10);
        assert_eq!(window.shared.match_phase(), MatchPhase::Learning);
        window.harness.run_steps(60 * 5);
        assert_eq!(window.shared.match_phase(), MatchPhase::Finish, "after five seconds");
        window.shared.learnt_lu.store(-3.5, Ordering::Relaxed);
        window.shared.set_match_phase(MatchPhase::Done);
        window.harness.run_steps(3);
        assert!((window.params.shell.output.value() - 3.5).abs() < 1e-3);
        assert_eq!(window.shared.match_phase(), MatchPhase::Idle);

        window.press("Match");
        window.shared.learnt_lu.store(f32::NAN, Ordering::Relaxed);
        window.shared.set_match_phase(MatchPhase::Done);
        window.harness.run_steps(3);
        assert!((window.params.shell.output.value() - 3.5).abs() < 1e-3, "silence teaches nothing");
    }

    #[test]
    fn a_run_of_match_ends_with_its_window() {
        let mut window = window();
        window.press("Match");
        window.shared.set_match_phase(MatchPhase::Learning);
        window.harness.run_steps(60);
        window.app.lock().expect("no test panicked").closed();
        assert_eq!(window.shared.match_phase(), MatchPhase::Idle, "nobody waits for a result any more");
        // The audio thread comes late with what it saw before.
        assert!(!window.shared.take_match_on(MatchPhase::Start, MatchPhase::Learning));
        assert!(!window.shared.take_match_on(MatchPhase::Finish, MatchPhase::Done));

        // The next window's clock begins at zero again, and its button is at rest.
        let mut next = window.reopened();
        next.harness.get_by_label("Match");
        // No host processes in this test: after half a second the window knows.
        next.harness.run_steps(60);
        assert!(!next.harness.ctx.has_requested_repaint(), "nothing moves, nothing is drawn");
        assert_eq!(next.params.shell.output.value(), 0.0);
    }

    #[test]
    fn match_gives_up_where_no_audio_runs() {
        let mut window = window();
        window.press("Match");
        assert_eq!(window.shared.match_phase(), MatchPhase::Start);
        window.harness.run_steps(60 * 6);
        assert_eq!(window.shared.match_phase(), MatchPhase::Idle);
        // Audio stops between the question and the answer.
        window.press("Match");
        window.shared.set_match_phase(MatchPhase::Learning);
        window.harness.run_steps(60 * 8);
        assert_eq!(window.shared.match_phase(), MatchPhase::Idle);
        assert_eq!(window.params.shell.output.value(), 0.0);
        assert!(!window.harness.ctx.has_requested_repaint(), "nothing moves, nothing is drawn");
    }
}
