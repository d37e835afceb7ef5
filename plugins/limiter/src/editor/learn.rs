//! A run of Learn: press, play, and press again or stop the transport; then Gain moves, as one gesture.
//!
//! A run belongs to the window in which it was begun, and is given up with it. The work is done on a thread of its own.

use egui::Ui;
use nice_plug::prelude::Param as _;
use shared_ui::button::Button;
use shared_ui::gesture;
use shared_ui::message_line::Severity;
use shared_ui::theme;
use shared_ui::value_field::ValueField;

use super::advice::signed;
use super::context::Context;
use crate::learn_thread::{LearnEnd, LearnProgress, LearnSource, LearnThread, LearnWish};
use crate::learner::{LEAST_CREST_DB, Learnt, Stop};
use crate::processor::{LimiterReading, LookAhead};

/// How long a run waits for sound before it believes that no audio runs, s.
const PATIENCE_S: f32 = 5.0;

/// The open run, and what there is to say of the last one.
#[derive(Default)]
pub struct LearnRun {
    run: Option<Run>,
    message: Option<(Severity, String)>,
}

struct Run {
    thread: LearnThread,
    source: LearnSource,
    progress: LearnProgress,
    /// Since the last sound was heard.
    waiting_s: f32,
    has_played: bool,
    /// Asked for its end, which comes when what has been played is heard.
    is_ending: bool,
}

impl Run {
    fn finish(&mut self) {
        if !self.is_ending {
            self.thread.finish();
            self.is_ending = true;
        }
    }
}

impl LearnRun {
    /// Draws the button and the target, and takes the run on. Answers whether anything moves.
    pub fn show(&mut self, ui: &mut Ui, width: f32, reading: &LimiterReading, context: &Context<'_>) -> bool {
        let label = match &self.run {
            Some(run) => format!("Learn {:.0} s", run.progress.heard_s),
            None => "Learn".to_owned(),
        };
        let hint = "Press, play, and press again or stop: Gain is set so that what was heard reaches the target.";
        let button = Button::new(&label).name("Learn").hint(hint).on(self.run.is_some()).min_width(width);
        if button.show(ui).1 {
            match &mut self.run {
                Some(run) => run.finish(),
                None => self.begin(reading, context),
            }
        }
        let p = &context.params.product;
        let mut moves = self.step(ui, reading, context);
        if let Some(target) = context.param(&p.learn_target) {
            moves |= ValueField::new(target).without_name().width(width).show(ui).animating;
        }
        moves
    }

    /// What there is to say, and how much it matters.
    pub fn message(&self) -> Option<(Severity, &str)> {
        self.message.as_ref().map(|(severity, text)| (*severity, text.as_str()))
    }

    /// It was read.
    pub fn dismiss(&mut self) {
        self.message = None;
    }

    /// The gain that it would set now, dB.
    pub fn gain_db(&self) -> Option<f64> {
        self.run.as_ref()?.progress.learnt.map(|learnt| learnt.gain_db)
    }

    /// Ends a run without its result.
    pub fn give_up(&mut self) {
        self.run = None;
        self.message = None;
    }

    fn warn(&mut self, text: &str) {
        self.run = None;
        self.message = Some((Severity::Warning, text.to_owned()));
    }

    fn begin(&mut self, reading: &LimiterReading, context: &Context<'_>) {
        let Some(source) = source(reading, context) else {
            self.warn("No audio runs: Learn heard nothing.");
            return;
        };
        let Ok(thread) = LearnThread::start(&source, wish(context)) else {
            self.warn("Learn could not start: the system gave it no thread.");
            return;
        };
        self.run = Some(Run {
            thread,
            source,
            progress: LearnProgress::default(),
            waiting_s: 0.0,
            has_played: context.is_playing(),
            is_ending: false,
        });
        self.message = Some((
            Severity::Note,
            "Learn listens. Press it again, or stop, when the loudest part has played.".to_owned(),
        ));
    }

    /// Looks how far the run has come since the last picture.
    fn step(&mut self, ui: &Ui, reading: &LimiterReading, context: &Context<'_>) -> bool {
        let Some(run) = &mut self.run else { return false };
        if source(reading, context).is_some_and(|source| source != run.source) {
            self.warn("The latency has changed: Learn must begin anew.");
            return false;
        }
        run.thread.follow(wish(context));
        let progress = run.thread.progress();
        let is_heard = progress.heard_s > run.progress.heard_s;
        run.progress = progress;
        run.waiting_s = if is_heard || run.is_ending { 0.0 } else { run.waiting_s + context.elapsed_s };
        let is_playing = context.is_playing();
        let has_stopped = run.has_played && !is_playing;
        run.has_played |= is_playing;
        match progress.end {
            Some(LearnEnd::Finished) => {
                let target_lufs = run.thread.wish().target_lufs;
                self.end(ui, context, progress.learnt, target_lufs);
            }
            Some(LearnEnd::Missed) => self.warn("Learn fell behind and missed a part: press it again."),
            Some(LearnEnd::Broken) => self.warn("Learn broke off; nothing was changed."),
            None if has_stopped => run.finish(),
            None if run.waiting_s > PATIENCE_S && progress.heard_s > 0.0 => run.finish(),
            None if run.waiting_s > PATIENCE_S => self.warn("No audio runs: Learn heard nothing."),
            None => {}
        }
        true
    }

    /// Moves Gain and says what came of it.
    fn end(&mut self, ui: &Ui, context: &Context<'_>, learnt: Option<Learnt>, target_lufs: f64) {
        let p = &context.params.product;
        let (Some(learnt), Some(gain)) = (learnt, context.param(&p.gain)) else {
            self.warn("Learn heard no programme long enough; nothing was changed.");
            return;
        };
        self.run = None;
        gesture::once(ui.ctx(), gain, p.gain.preview_normalized(learnt.gain_db as f32));
        self.message = Some(told(&learnt, target_lufs));
        theme::animate(ui.ctx(), true);
    }
}

/// Where a run would hear now; `None` while no audio runs.
fn source(reading: &LimiterReading, context: &Context<'_>) -> Option<LearnSource> {
    let sample_rate_hz = f64::from(context.sample_rate_hz());
    let taps = reading.taps.clone().filter(|_| sample_rate_hz > 0.0)?;
    let mode = LookAhead::of_ms(context.params.product.look_ahead.get());
    Some(LearnSource { sample_rate_hz, is_stereo: reading.is_stereo, mode, taps })
}

/// What the parameters ask of a run now.
fn wish(context: &Context<'_>) -> LearnWish {
    let p = &context.params.product;
    LearnWish {
        settings: p.settings(context.params.monitoring.active(true)),
        aim: p.learn_aim.get(),
        target_lufs: p.learn_target.get(),
        trim_db: f64::from(context.params.shell.output.value()),
    }
}

/// What was learnt, in a plain sentence.
fn told(learnt: &Learnt, target_lufs: f64) -> (Severity, String) {
    let (gain, lufs, target) = (signed(learnt.gain_db), signed(learnt.lufs), signed(target_lufs));
    match learnt.stop {
        None => (Severity::Note, format!("Learnt: at {gain} dB of gain what was heard has {lufs} LUFS.")),
        Some(Stop::Crest) => (
            Severity::Warning,
            format!(
                "Stopped at {gain} dB ({lufs} LUFS): with more the crest factor would fall below {LEAST_CREST_DB:.0} dB."
            ),
        ),
        Some(Stop::Top) => (Severity::Warning, format!("Stopped at {gain} dB: {lufs} LUFS is all that this gives.")),
        Some(Stop::Bottom) => (
            Severity::Warning,
            format!("What was heard has {lufs} LUFS without gain, more than {target}: Gain is at 0 dB."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_plainly_why_it_stopped() {
        let learnt = Learnt { gain_db: 5.2, lufs: -12.04, stop: None };
        assert_eq!(told(&learnt, -14.0).1, "Learnt: at 5.2 dB of gain what was heard has −12.0 LUFS.");
        let (severity, text) = told(&Learnt { stop: Some(Stop::Crest), ..learnt }, -9.0);
        assert_eq!(severity, Severity::Warning);
        assert_eq!(text, "Stopped at 5.2 dB (−12.0 LUFS): with more the crest factor would fall below 8 dB.");
    }
}
