//! The window's size: it is the host's to give.
//!
//! A plugin's window lies in one of the host's. If it grows by itself, the host's frame cuts it off, or the host, where it
//! redirects the request as GTK's sockets do, never lets it grow, while its content is drawn larger already. So a person's
//! wish is only ever a question to the host; what is drawn follows the size that the window has. A host that refuses, or
//! does not answer, leaves everything as it was, the kept preference included.

use egui::Vec2;
use shared_ui::size_grip::{MAX_SCALE, MIN_SCALE};

/// How long a host may take to give the size that it was asked for. After that its answer counts as no.
const ANSWER_S: f64 = 1.0;
/// How often the window looks for the answer, and whether it has settled.
pub(crate) const LOOK_S: f64 = 0.05;
/// A size that has stood for so long is one to keep: a window that is dragged passes through many.
const SETTLED_S: f64 = 0.5;
/// Sizes that a host gives while it opens a window say nothing of what the person likes.
const OPENING_S: f64 = 1.0;
/// Two scales nearer than this are the same, as sizes are whole pixels.
const SAME: f32 = 0.004;

fn is_same(a: f32, b: f32) -> bool {
    (a - b).abs() < SAME
}

/// The scale at which all of `base` fits into `size`.
pub(crate) fn fitting_scale(size: Vec2, base: Vec2) -> f32 {
    let scale = (size.x / base.x).min(size.y / base.y);
    // A window of nothing is not drawn, but a zoom of nothing divides by it.
    if scale.is_finite() { scale.clamp(0.1, 10.0) } else { 1.0 }
}

/// The size nearest to `wanted` that keeps the aspect and the bounds. `present` is the size now, `base` that at scale 1, all in
/// pixels. Where one side alone was moved, the other follows it; otherwise all of the window stays within what is offered.
pub(crate) fn adjusted(wanted: Vec2, present: Vec2, base: Vec2) -> Vec2 {
    let moved = (wanted - present).abs();
    let by_axis = wanted / base;
    let scale = match (moved.x > 1.0, moved.y > 1.0) {
        (true, false) => by_axis.x,
        (false, true) => by_axis.y,
        _ => by_axis.min_elem(),
    };
    (base * scale.clamp(MIN_SCALE, MAX_SCALE)).round()
}

/// What the window's program is to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    /// Ask the host for this scale.
    Ask(f32),
    /// Keep this scale for the windows to come.
    Keep(f32),
    /// Say that the host keeps its window as it is.
    TellRefusal,
}

/// A question that the host has not answered yet.
#[derive(Debug, Clone, Copy)]
struct Asked {
    scale: f32,
    at_s: f64,
    /// The scale when it was asked.
    before: f32,
}

/// What was asked, and what came.
#[derive(Debug)]
pub(crate) struct Sizing {
    opened_s: f64,
    standing: f32,
    changed_s: Option<f64>,
    wanted: Option<f32>,
    asked: Option<Asked>,
    is_refused: bool,
}

impl Sizing {
    /// A window that opens at `now_s` (seconds on any clock) at this scale.
    pub(crate) fn new(now_s: f64, scale: f32) -> Self {
        Self { opened_s: now_s, standing: scale, changed_s: None, wanted: None, asked: None, is_refused: false }
    }

    /// The scale of the window as it stands.
    pub(crate) fn scale(&self) -> f32 {
        self.standing
    }

    /// A person asks for another scale. What was asked before and not yet passed on is forgotten.
    pub(crate) fn want(&mut self, scale: f32) {
        self.wanted = Some(scale.clamp(MIN_SCALE, MAX_SCALE));
    }

    /// The scale that the host was asked for and has not given.
    pub(crate) fn asked(&self) -> Option<f32> {
        self.asked.map(|asked| asked.scale)
    }

    /// The host said no.
    pub(crate) fn refused(&mut self) {
        self.is_refused = true;
    }

    /// The window has this scale now, whoever gave it.
    pub(crate) fn stands(&mut self, scale: f32, now_s: f64) {
        if scale != self.standing {
            self.standing = scale;
            self.changed_s = Some(now_s);
        }
    }

    /// Whether anything is awaited: then the window looks again after [`LOOK_S`].
    pub(crate) fn is_waiting(&self) -> bool {
        self.asked.is_some() || self.wanted.is_some() || self.changed_s.is_some()
    }

    /// What is to be done now, one thing at a time; `None` when there is nothing more.
    pub(crate) fn step(&mut self, now_s: f64) -> Option<Step> {
        if let Some(asked) = self.asked {
            if is_same(self.standing, asked.scale) {
                (self.asked, self.changed_s, self.is_refused) = (None, None, false);
                return Some(Step::Keep(asked.scale));
            }
            let is_late = now_s - asked.at_s >= ANSWER_S;
            if !self.is_refused && !is_late {
                return None;
            }
            (self.asked, self.is_refused) = (None, false);
            // A host may give less than was asked for (its screen ends): that was an answer.
            if is_same(self.standing, asked.before) {
                return Some(Step::TellRefusal);
            }
        }
        if let Some(scale) = self.wanted.take().filter(|wanted| !is_same(*wanted, self.standing)) {
            self.asked = Some(Asked { scale, at_s: now_s, before: self.standing });
            self.is_refused = false;
            return Some(Step::Ask(scale));
        }
        if self.changed_s.is_some_and(|changed_s| now_s - changed_s >= SETTLED_S) {
            let changed_s = self.changed_s.take();
            let is_liked = changed_s.is_some_and(|changed_s| changed_s - self.opened_s >= OPENING_S);
            return is_liked.then(|| Step::Keep((100.0 * self.standing).round() / 100.0));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use egui::vec2;

    use super::*;

    const BASE: Vec2 = vec2(820.0, 460.0);

    /// All that is to be done at a moment.
    fn steps(sizing: &mut Sizing, now_s: f64) -> Vec<Step> {
        std::iter::from_fn(|| sizing.step(now_s)).collect()
    }

    #[test]
    fn a_scale_is_kept_once_it_came() {
        let mut sizing = Sizing::new(0.0, 1.0);
        sizing.want(1.25);
        assert_eq!(steps(&mut sizing, 2.0), [Step::Ask(1.25)]);
        assert_eq!((sizing.scale(), sizing.asked()), (1.0, Some(1.25)));
        assert_eq!(steps(&mut sizing, 2.5), []);
        sizing.stands(1.2505, 2.6);
        assert_eq!(steps(&mut sizing, 2.6), [Step::Keep(1.25)]);
        assert_eq!(steps(&mut sizing, 9.0), []);
        assert!(!sizing.is_waiting());
    }

    #[test]
    fn a_refusal_or_no_answer_changes_nothing() {
        let mut sizing = Sizing::new(0.0, 1.0);
        sizing.want(1.25);
        assert_eq!(steps(&mut sizing, 2.0), [Step::Ask(1.25)]);
        sizing.refused();
        assert_eq!(steps(&mut sizing, 2.01), [Step::TellRefusal]);

        sizing.want(1.5);
        assert_eq!(steps(&mut sizing, 3.0), [Step::Ask(1.5)]);
        assert_eq!(steps(&mut sizing, 3.99), []);
        assert_eq!(steps(&mut sizing, 4.0), [Step::TellRefusal]);
        assert_eq!((sizing.scale(), sizing.is_waiting()), (1.0, false));
    }

    #[test]
    fn an_answer_after_all_patience_is_still_a_size_to_keep() {
        let mut sizing = Sizing::new(0.0, 1.0);
        sizing.want(1.25);
        assert_eq!(steps(&mut sizing, 2.0), [Step::Ask(1.25)]);
        assert_eq!(steps(&mut sizing, 4.0), [Step::TellRefusal]);
        sizing.stands(1.25, 6.0);
        assert_eq!(steps(&mut sizing, 6.1), []);
        assert_eq!(steps(&mut sizing, 6.6), [Step::Keep(1.25)]);
    }

    #[test]
    fn while_a_question_is_open_only_the_last_wish_counts() {
        let mut sizing = Sizing::new(0.0, 1.0);
        sizing.want(1.1);
        assert_eq!(steps(&mut sizing, 2.0), [Step::Ask(1.1)]);
        sizing.want(1.2);
        sizing.want(1.3);
        assert_eq!(steps(&mut sizing, 2.1), []);
        sizing.stands(1.1, 2.2);
        assert_eq!(steps(&mut sizing, 2.2), [Step::Keep(1.1), Step::Ask(1.3)]);
    }

    #[test]
    fn less_than_was_asked_for_is_an_answer() {
        let mut sizing = Sizing::new(0.0, 1.0);
        sizing.want(2.0);
        assert_eq!(steps(&mut sizing, 2.0), [Step::Ask(2.0)]);
        sizing.stands(1.6, 2.1);
        assert_eq!(steps(&mut sizing, 3.1), [Step::Keep(1.6)]);
    }

    #[test]
    fn sizes_from_the_window_manager_are_kept_when_they_settle_and_those_of_an_opening_are_not() {
        let mut sizing = Sizing::new(0.0, 1.0);
        sizing.stands(0.8, 0.3);
        assert_eq!(steps(&mut sizing, 2.0), []);
        for n in 0..20 {
            sizing.stands(0.8 + 0.02 * n as f32, 3.0 + 0.1 * f64::from(n));
            assert_eq!(steps(&mut sizing, 3.05 + 0.1 * f64::from(n)), []);
        }
        assert_eq!(steps(&mut sizing, 6.0), [Step::Keep(1.18)]);
    }

    #[test]
    fn the_aspect_is_kept_whichever_side_is_dragged() {
        // One side alone: the other follows.
        assert_eq!(adjusted(vec2(1025.0, 460.0), BASE, BASE), vec2(1025.0, 575.0));
        assert_eq!(adjusted(vec2(820.0, 575.0), BASE, BASE), vec2(1025.0, 575.0));
        // Both: within what is offered.
        assert_eq!(adjusted(vec2(1200.0, 575.0), BASE, BASE), vec2(1025.0, 575.0));
        assert_eq!(adjusted(vec2(9000.0, 9000.0), BASE, BASE), 2.0 * BASE);
        assert_eq!(adjusted(vec2(1.0, 1.0), BASE, BASE), 0.75 * BASE);
        assert_eq!(adjusted(BASE, BASE, BASE), BASE);
    }

    #[test]
    fn the_content_fits_into_any_window() {
        assert_eq!(fitting_scale(vec2(1025.0, 700.0), BASE), 1.25);
        assert_eq!(fitting_scale(vec2(4000.0, 230.0), BASE), 0.5);
        assert!(fitting_scale(Vec2::ZERO, BASE) > 0.0);
    }
}
