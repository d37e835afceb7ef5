//! What A and B are made of on the audio thread, and how one thing takes another's place without a click.

use shared_dsp::glide::Glide;

use super::comparison::CHUNK;
use super::player::Player;
use super::references::LoopRange;
use super::tap_player::TapPlayer;

/// What a side plays.
#[derive(Debug, Clone, Default)]
#[expect(clippy::large_enum_variant, reason = "a box could not be cloned nor let go of on the audio thread")]
pub enum Input {
    /// Silence: it is not there, or not yet.
    #[default]
    Nothing,
    /// What passes through the plugin.
    Programme,
    /// What comes in at the port "Reference".
    Reference,
    /// A file.
    File(Player),
    /// What another plugin publishes.
    Tap(TapPlayer),
}

impl Input {
    /// A file goes to where the song is, before anything is heard of it. Realtime-safe.
    pub(super) fn begin_at(&mut self, song: Option<i64>) {
        if let Self::File(player) = self {
            player.go_to(song, 0);
        }
    }

    /// The next frames; `programme` and `reference` are those of the same time. A mono plugin hears both channels of a file or a tap at
    /// once.
    fn fill(&mut self, programme: &[[f32; 2]], reference: &[[f32; 2]], is_mono: bool, out: &mut [[f32; 2]]) {
        match self {
            Self::Nothing => out.fill([0.0; 2]),
            Self::Programme => out.copy_from_slice(&programme[..out.len()]),
            Self::Reference => out.copy_from_slice(&reference[..out.len()]),
            Self::File(player) => player.fill(out),
            Self::Tap(player) => player.fill(out),
        }
        if is_mono && matches!(self, Self::File(_) | Self::Tap(_)) {
            out.iter_mut().for_each(|frame| *frame = [0.5 * (frame[0] + frame[1]); 2]);
        }
    }
}

/// A side's input, and the one that it takes the place of.
#[derive(Debug, Clone)]
pub(super) struct Source {
    input: Input,
    old: Option<Input>,
    /// The new one's share.
    share: Glide,
}

impl Source {
    pub fn new(input: Input) -> Self {
        Self { input, old: None, share: Glide::new(1.0) }
    }

    /// Whether another is still faded out: then no other may be set.
    pub fn is_fading(&self) -> bool {
        self.old.is_some()
    }

    /// What was faded out, once it is: to be let go of elsewhere.
    pub fn take_spent(&mut self) -> Option<Input> {
        if self.share.is_settled() { self.old.take() } else { None }
    }

    /// Fades to another input. Realtime-safe.
    pub fn fade_to(&mut self, input: Input, fade_samples: u32) {
        self.old = Some(std::mem::replace(&mut self.input, input));
        self.share.set_now(0.0);
        self.share.glide_to(1.0, fade_samples);
    }

    /// The input as it is. Its song is counted once more: whoever drops this must not be the last.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// Changes what is being played of a file, by a fade. Realtime-safe.
    pub fn change(&mut self, fade_samples: u32, change: impl FnOnce(&mut Player)) {
        if let Input::File(player) = &self.input {
            let mut player = player.clone();
            change(&mut player);
            self.fade_to(Input::File(player), fade_samples);
        }
    }

    /// Takes another range of a file, by a fade, and goes to where the song is, if anybody knows. Realtime-safe.
    pub fn set_range(&mut self, range: Option<LoopRange>, song: Option<i64>, fade_samples: u32) {
        self.change(fade_samples, |player| {
            player.set_range(range);
            if song.is_some() {
                player.go_to(song, 0);
            }
        });
    }

    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        matches!(self.input, Input::File(_))
    }

    /// Goes to where the song is, at once: before anything is heard of it. Realtime-safe.
    pub fn begin_at(&mut self, song: Option<i64>) {
        self.input.begin_at(song);
    }

    /// Whether a tap came out of its time since the last call. Realtime-safe.
    pub fn take_jump(&mut self) -> bool {
        match &mut self.input {
            Input::Tap(player) => player.take_jump(),
            _ => false,
        }
    }

    /// The rate of what a tap brought last, Hz; 0 for anything else.
    pub fn rate_hz(&self) -> f64 {
        match &self.input {
            Input::Tap(player) => player.rate_hz(),
            _ => 0.0,
        }
    }

    /// Where a file is, in frames.
    pub fn position(&self) -> usize {
        match &self.input {
            Input::File(player) => player.position(),
            _ => 0,
        }
    }

    /// The next frames, at most [`CHUNK`]. Realtime-safe.
    pub fn fill(&mut self, programme: &[[f32; 2]], reference: &[[f32; 2]], is_mono: bool, out: &mut [[f32; 2]]) {
        self.input.fill(programme, reference, is_mono, out);
        let Some(old) = self.old.as_mut().filter(|_| !self.share.is_settled()) else { return };
        let mut before = [[0.0; 2]; CHUNK];
        let before = &mut before[..out.len()];
        old.fill(programme, reference, is_mono, before);
        for (frame, old) in out.iter_mut().zip(before) {
            let share = self.share.next_value() as f32;
            *frame = [0, 1].map(|channel| old[channel] + share * (frame[channel] - old[channel]));
        }
    }
}
