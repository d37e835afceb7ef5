//! A run of Match: the window asks, the audio thread measures, the window moves the gain.
//!
//! A run belongs to the window in which it was begun. It ends when five seconds are over, when the button is pressed again,
//! or when the window closes: then it is given up, because a gain that moves after its window has gone is a gain that
//! nobody sees. A host's reset in between does not touch it.

use std::sync::atomic::Ordering;

use nice_plug::prelude::{Param as _, Params as _};
use shared_ui::message_line::Severity;

use super::app::App;
use crate::feed::MatchPhase;
use crate::product::Product;

/// How long Match listens unless it is stopped.
const MATCH_S: f64 = 5.0;
/// How long the window waits for a result before it believes that no audio runs.
const ANSWER_S: f64 = 2.0;

impl<P: Product> App<P> {
    /// Match: asks the audio thread, waits for its answer, and moves the gain by a gesture.
    pub(super) fn run_match(&mut self, ctx: &egui::Context, pressed: bool, now_s: f64) {
        let elapsed_s = self.match_started_s.map_or(0.0, |start_s| now_s - start_s);
        match (self.shared.match_phase(), pressed) {
            (MatchPhase::Idle, true) if self.shared.take_match_on(MatchPhase::Idle, MatchPhase::Start) => {
                self.match_started_s = Some(now_s);
            }
            // Nothing was measured yet, nothing is to be written.
            (MatchPhase::Start, true) => self.give_match_up(),
            (MatchPhase::Start, false) if elapsed_s >= MATCH_S => self.tell_no_audio(),
            (MatchPhase::Finish, _) if elapsed_s >= MATCH_S + ANSWER_S => self.tell_no_audio(),
            (MatchPhase::Learning, pressed) if pressed || elapsed_s >= MATCH_S => {
                self.shared.take_match_on(MatchPhase::Learning, MatchPhase::Finish);
            }
            (MatchPhase::Done, _) => {
                let learnt_lu = self.shared.learnt_lu.load(Ordering::Relaxed);
                self.give_match_up();
                if !learnt_lu.is_finite() {
                    self.note = Some((Severity::Warning, "Match heard no programme; nothing was changed.".to_owned()));
                    return;
                }
                let gain = P::match_gain(&self.params);
                let wanted = gain.preview_normalized(gain.unmodulated_plain_value() - learnt_lu);
                if let Some(id) = self.id_of(gain) {
                    self.set(ctx, &id, wanted);
                }
            }
            _ => {}
        }
    }

    fn tell_no_audio(&mut self) {
        self.give_match_up();
        self.note = Some((Severity::Warning, "No audio runs: Match heard nothing, nothing was changed.".to_owned()));
    }

    /// Ends a run without its result.
    pub(super) fn give_match_up(&mut self) {
        self.match_started_s = None;
        self.shared.set_match_phase(MatchPhase::Idle);
    }

    fn id_of(&self, param: &nice_plug::prelude::FloatParam) -> Option<String> {
        let wanted = param.as_ptr();
        self.params.param_map().into_iter().find(|(_, have, _)| *have == wanted).map(|(id, ..)| id)
    }
}
