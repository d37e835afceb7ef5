//! A run of Learn: press, play, and press again or stop the transport; then Gain moves, as one gesture.
//!
//! A run belongs to the window in which it was begun, and is given up with it.

use egui::Ui;
use nice_plug::prelude::Param as _;
use shared_dsp::spectrum::TapReader;
use shared_ui::button::Button;
use shared_ui::gesture;
use shared_ui::message_line::Severity;
use shared_ui::theme;
use shared_ui::value_field::ValueField;

use super::advice::signed;
use super::context::Context;
use crate::learner::{LEAST_CREST_DB, Learner, Learnt, Stop};
use crate::processor::{LimiterReading, LookAhead};

/// How long a run waits for sound before it believes that no audio runs, s.
const PATIENCE_S: f32 = 5.0;
/// What a picture takes in at most, s: what piled up is heard over the next ones.
const PICTURE_S: f64 = 0.25;

/// The open run, and what there is to say of the last one.
#[derive(Default)]
pub struct LearnRun {
    run: Option<Run>,
    message: Option<(Severity, String)>,
}

struct Run {
    learner: Learner,
    input: TapReader,
    key: TapReader,
    /// Since the last sound came.
    waiting_s: f32,
    has_played: bool,
}

impl LearnRun {
    /// Draws the button and the target, and takes the run on. Answers whether anything moves.
    pub fn show(&mut self, ui: &mut Ui, width: f32, reading: &LimiterReading, context: &Context<'_>) -> bool {
        let is_running = self.run.is_some();
        let label = match &self.run {
            Some(run) => format!("Learn {:.0} s", run.learner.heard_s()),
            None => "Learn".to_owned(),
        };
        let hint = "Press, play, and press again or stop: Gain is set so that what was heard reaches the target.";
        if Button::new(&label).name("Learn").hint(hint).on(is_running).min_width(width).show(ui).1 {
            if is_running { self.finish(ui, context) } else { self.begin(reading, context) }
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
    pub fn gain_db(&self, context: &Context<'_>) -> Option<f64> {
        self.learnt(context).map(|learnt| learnt.gain_db)
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
        let rate_hz = f64::from(context.sample_rate_hz());
        let Some([input, key]) = reading.taps.as_ref().filter(|_| rate_hz > 0.0) else {
            self.warn("No audio runs: Learn heard nothing.");
            return;
        };
        let p = &context.params.product;
        let settings = p.settings(context.params.monitoring.active(true));
        let mode = LookAhead::of_ms(p.look_ahead.get());
        let mut run = Run {
            learner: Learner::new(rate_hz, reading.is_stereo, &settings, mode),
            input: TapReader::default(),
            key: TapReader::default(),
            waiting_s: 0.0,
            has_played: context.is_playing(),
        };
        // From here on.
        run.input.skip(input);
        run.key.skip(key);
        self.run = Some(run);
        self.message = Some((
            Severity::Note,
            "Learn listens. Press it again, or stop, when the loudest part has played.".to_owned(),
        ));
    }

    /// Hears what has come in since the last picture.
    fn step(&mut self, ui: &Ui, reading: &LimiterReading, context: &Context<'_>) -> bool {
        let Some(run) = &mut self.run else { return false };
        let Some([input_tap, key_tap]) = &reading.taps else { return false };
        let p = &context.params.product;
        let rate_hz = f64::from(context.sample_rate_hz());
        let mode = LookAhead::of_ms(p.look_ahead.get());
        if !run.learner.fits(rate_hz, reading.is_stereo, mode) {
            self.warn("The latency has changed: Learn must begin anew.");
            return false;
        }
        if run.input.missed(input_tap) {
            self.warn("The window stood still and Learn missed a part: press it again.");
            return false;
        }
        let settings = p.settings(context.params.monitoring.active(true));
        run.learner.follow(&settings);
        let most = (PICTURE_S * rate_hz) as usize;
        let key = settings.has_external_key.then(|| run.key.next(key_tap, most));
        let input = run.input.next(input_tap, most);
        let is_heard = !input[0].is_empty();
        // A side chain that is not connected writes nothing.
        let key = key.filter(|key| key[0].len() == input[0].len());
        run.learner.hear(input, key);
        run.waiting_s = if is_heard { 0.0 } else { run.waiting_s + context.elapsed_s };
        let is_playing = context.is_playing();
        let has_stopped = run.has_played && !is_playing;
        run.has_played |= is_playing;
        if has_stopped {
            self.finish(ui, context);
        } else if run.waiting_s > PATIENCE_S {
            if run.learner.heard_s() > 0.0 {
                self.finish(ui, context)
            } else {
                self.warn("No audio runs: Learn heard nothing.")
            }
        }
        true
    }

    fn learnt(&self, context: &Context<'_>) -> Option<Learnt> {
        let p = &context.params.product;
        let trim_db = f64::from(context.params.shell.output.value());
        self.run.as_ref()?.learner.learnt(p.learn_aim.get(), p.learn_target.get(), trim_db)
    }

    /// Moves Gain and says what came of it.
    fn finish(&mut self, ui: &Ui, context: &Context<'_>) {
        let learnt = self.learnt(context);
        let p = &context.params.product;
        let (Some(learnt), Some(gain)) = (learnt, context.param(&p.gain)) else {
            self.warn("Learn heard no programme long enough; nothing was changed.");
            return;
        };
        self.run = None;
        gesture::once(ui.ctx(), gain, p.gain.preview_normalized(learnt.gain_db as f32));
        let target = p.learn_target.get();
        self.message = Some(told(&learnt, target));
        theme::animate(ui.ctx(), true);
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
