//! The host's side of the shell: one nice-plug plugin for any [`Product`].

use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use nice_plug::prelude::*;
use shared_dsp::Processor;

use crate::editor::{self, WindowEditor};
use crate::feed::{Feed, Shared};
use crate::format::link::Link;
use crate::monitoring::{COMPARE, DELTA, UNITY_GAIN};
use crate::params::AllParams;
use crate::path::{self, Controls, Listen, Modes, SoundPath};
use crate::product::Product;
use crate::session;
use crate::worker;

/// A product in its shell: what `nice_export_clap!` and `nice_export_vst3!` are given.
pub struct Shell<P: Product> {
    params: Arc<AllParams<P::Params>>,
    path: SoundPath<P::Processor>,
    shared: Arc<Shared<<P::Processor as Processor>::Reading>>,
    window: Arc<editor::Link>,
    process_mode: ProcessMode,
    /// The count of changes when the parameters were read last.
    read_at: u32,
    link: Arc<Link>,
    /// In VST3: posts to the framework's worker, see [`Shell::let_worker_finish`].
    worker: Option<AsyncExecutor<Self>>,
    is_vst3: bool,
    /// Whether the worker looks at the processor's jobs.
    is_watched: bool,
}

/// What is posted to the framework.
pub enum Task {
    /// To its worker, to learn that all that was sent before is done.
    Fence(mpsc::Sender<()>),
    /// To the host's main thread, in VST3: tells the host what it does not know yet.
    TellHost,
}

impl<P: Product> Default for Shell<P> {
    fn default() -> Self {
        let params = Arc::new(AllParams::of::<P>());
        editor::apply_default_preset::<P>(&params, &editor::files::Library::of_user(P::CLAP_ID));
        let feed = Feed::new();
        let shared = feed.shared.clone();
        let controls = read_controls::<P>(&params, false);
        let link = Link::offer(params.monitoring.clone(), params.taps.clone(), params.session.is_dirty().clone());
        Self {
            params,
            path: SoundPath::new(P::Processor::default(), controls, feed),
            shared,
            window: editor::Link::new(),
            process_mode: ProcessMode::Realtime,
            read_at: 0,
            link,
            worker: None,
            is_vst3: false,
            is_watched: false,
        }
    }
}

/// The parameters as they stand. Atomic loads only.
pub(crate) fn read_controls<P: Product>(
    params: &AllParams<P::Params>,
    is_offline: bool,
) -> Controls<<P::Processor as Processor>::Settings> {
    let shell = &params.shell;
    let monitoring = params.monitoring.active(is_offline);
    let listen = match (monitoring.is_on(&DELTA), monitoring.is_on(&COMPARE)) {
        (false, false) => Listen::Programme,
        (true, _) => Listen::Delta,
        (false, true) => Listen::Compare,
    };
    Controls {
        settings: P::settings(&params.product, f64::from(shell.mix.value()) / 100.0, monitoring),
        input_db: shell.input.value(),
        output_db: shell.output.value(),
        is_bypassed: shell.bypass.value(),
        listen,
        is_at_unity: monitoring.is_on(&UNITY_GAIN),
        known_gain_db: P::known_gain_db(&params.product),
    }
}

/// Whether the transport runs; a host that tells nothing of it runs for ever.
fn is_playing(transport: &Transport) -> bool {
    // CLAP tells of the pre-roll wherever there is a transport at all, VST3 of the position.
    let is_unknown =
        transport.pos_samples().is_none() && transport.tempo.is_none() && transport.preroll_active.is_none();
    transport.playing || is_unknown
}

impl<P: Product> Shell<P> {
    fn is_offline(&self) -> bool {
        self.process_mode == ProcessMode::Offline
    }

    fn read_controls(&mut self) -> Controls<<P::Processor as Processor>::Settings> {
        // Before they are read: what comes meanwhile is read once more.
        self.read_at = self.params.changes.count();
        read_controls::<P>(&self.params, self.is_offline())
    }

    /// Where the transport stands at a piece of the host's block that so many frames went before. The framework counts on from the
    /// block's start: in CLAP only where the host tells the tempo, and in both formats also while the transport stands.
    fn song_sample(&self, transport: &Transport, taken_frames: usize) -> Option<i64> {
        let is_counted = self.is_vst3 || transport.tempo.is_some();
        let uncounted = i64::from(transport.playing) - i64::from(is_counted);
        Some(transport.pos_samples()?.saturating_add(uncounted * taken_frames as i64))
    }

    fn modes(&self) -> Modes<<P::Processor as Processor>::Mode> {
        Modes {
            playback: P::MODE.chosen(&self.params, false),
            offline: P::MODE.chosen(&self.params, true),
            is_offline: self.is_offline(),
        }
    }

    /// Goes for the mode that a person has chosen, once the gesture has ended. Where the latency changes, CLAP lets it do so in a
    /// restart only, which the worker asks for; in VST3 the sound changes now and the host is told.
    fn follow_mode(&mut self) {
        let modes = self.modes();
        if modes == self.path.wanted_modes() {
            self.link.want_restart(false);
            return;
        }
        if self.params.mode_gestures.load(Ordering::Relaxed) > 0 {
            return;
        }
        let is_other_latency = self.path.latency_of(modes) != self.path.latency_samples();
        self.link.want_restart(!self.is_vst3 && is_other_latency);
        if self.is_vst3 || !is_other_latency {
            self.path.switch_modes(modes);
        }
    }

    /// Waits until the framework's worker has done what this instance has asked of it: in VST3 each automated value posts
    /// a task there. A task whose instance has gone ends the worker, which all instances share, and the framework then
    /// aborts the program when the last of them goes (nice-plug 0.4.2, `event_loop/background_thread.rs`). A host
    /// deactivates before it lets go, so no task of a dead instance is ever found.
    fn let_worker_finish(&self) {
        let Some(worker) = &self.worker else { return };
        let (done, wait) = mpsc::channel();
        worker.execute_background(Task::Fence(done));
        // Gives up on a worker that is stuck, or whose queue was full and dropped the fence.
        if wait.recv_timeout(Duration::from_millis(500)).is_ok() {
            // The worker still holds the instance for the moment between its answer and its next wait.
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl<P: Product> Plugin for Shell<P> {
    const NAME: &'static str = P::NAME;
    const VENDOR: &'static str = "Twobus";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = P::FEATURES.layouts();
    const SAMPLE_ACCURATE_AUTOMATION: bool = true;

    type Editor = WindowEditor<P>;
    type SysExMessage = ();
    type BackgroundTask = Task;

    fn task_executor(&mut self) -> TaskExecutor<Self> {
        let link = Arc::downgrade(&self.link);
        Box::new(move |task| match task {
            // The other side may have stopped waiting; then nobody needs to know.
            Task::Fence(done) => drop(done.send(())),
            Task::TellHost => {
                if let Some(link) = link.upgrade() {
                    link.tell_host();
                }
            }
        })
    }

    fn params(&self) -> Arc<dyn Params> {
        self.params.clone()
    }

    fn editor(&mut self, async_executor: AsyncExecutor<Self>) -> Option<Self::Editor> {
        self.worker = Some(async_executor);
        let library = editor::files::Library::of_user(P::CLAP_ID);
        Some(WindowEditor::new(self.params.clone(), self.shared.clone(), self.window.clone(), library))
    }

    fn filter_state(state: &mut PluginState) {
        session::filter(state, P::CLAP_ID, &AllParams::of::<P>().parameters());
    }

    fn activate(
        &mut self,
        audio_io_layout: &AudioIOLayout,
        buffer_config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        let channels = audio_io_layout.main_output_channels.map_or(2, |channels| channels.get() as usize);
        self.is_vst3 = context.plugin_api() == PluginApi::Vst3;
        self.process_mode = buffer_config.process_mode;
        let sample_rate_hz = f64::from(buffer_config.sample_rate);
        if !self.is_offline()
            && let Some(tap) = self.link.taps.join(P::NAME)
        {
            self.path.set_tap(tap);
        }
        self.path.prepare(sample_rate_hz, buffer_config.max_buffer_size as usize, channels);
        let controls = self.read_controls();
        self.path.reset(&controls, self.modes());
        let jobs = self.path.jobs();
        jobs.set_offline(self.is_offline());
        // Here there is time: the sound begins with the kernels that belong to its settings.
        jobs.work();
        if !jobs.is_empty() && !self.is_watched {
            self.is_watched = true;
            worker::watch(Arc::downgrade(jobs) as _);
        }
        self.link.set_latency_samples(self.path.latency_samples());
        self.link.want_restart(false);
        if self.is_vst3 {
            let worker = self.worker.clone();
            self.link.set_announce(Some(Box::new(move |link| {
                if let Some(worker) = worker.as_ref().filter(|_| link.has_news()) {
                    worker.execute_gui(Task::TellHost);
                }
            })));
        }
        true
    }

    fn deactivate(&mut self) {
        if self.is_vst3 {
            self.link.set_announce(None);
            self.let_worker_finish();
        }
    }

    fn reset(&mut self) {
        let controls = self.read_controls();
        // Only an activation takes another latency with it: in the middle of a session the host would not know of it.
        let (wanted, used) = (self.modes(), self.path.modes());
        let is_same_latency = self.path.latency_of(wanted) == self.path.latency_samples();
        self.path.reset(&controls, if is_same_latency { wanted } else { used });
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        self.shared.is_watched.store(self.window.is_open(), Ordering::Relaxed);
        self.follow_mode();
        // EQ has more than a hundred parameters, which lie far apart in memory.
        let controls = (self.params.changes.count() != self.read_at).then(|| self.read_controls());
        let frames = buffer.samples();
        let taken_frames = self.link.taken_frames();
        // SAFETY: within the framework's `process`, and not kept.
        let sidechain = unsafe { self.link.take_key(frames) };
        let transport = context.transport();
        self.path.set_transport(path::Transport {
            is_playing: is_playing(transport),
            sample: self.song_sample(transport, taken_frames),
            is_ahead: self.process_mode == ProcessMode::Buffered,
        });
        self.path.process(controls.as_ref(), buffer.as_slice(), sidechain);
        // A change of mode is done somewhere within a block.
        self.link.set_latency_samples(self.path.latency_samples());
        match self.path.latency_samples() {
            0 => ProcessStatus::Normal,
            latency => ProcessStatus::Tail(latency as u32),
        }
    }
}

impl<P: Product> ClapPlugin for Shell<P> {
    const CLAP_ID: &'static str = P::CLAP_ID;
    const CLAP_DESCRIPTION: Option<&'static str> = Some(P::DESCRIPTION);
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = P::KIND.clap_features();

    fn remote_controls(&self, context: &mut impl RemoteControlsContext) {
        context.add_section(P::NAME, |section| {
            for page in P::remote_pages(&self.params) {
                section.add_page(page.name, |slots| {
                    page.controls.iter().for_each(|control| add_slot(slots, control.ptr()));
                });
            }
            let shell = &self.params.shell;
            section.add_page("Levels", |page| {
                page.add_param(&*shell.input);
                if P::FEATURES.mix {
                    page.add_param(&*shell.mix);
                } else {
                    page.add_spacer();
                }
                page.add_param(&*shell.bypass);
                for _ in 0..4 {
                    page.add_spacer();
                }
                page.add_param(&*shell.output);
            });
        });
    }
}

fn add_slot(page: &mut impl RemoteControlsPage, param: ParamPtr) {
    // SAFETY: the pointers come from the parameters that the caller holds.
    unsafe {
        match param {
            ParamPtr::FloatParam(param) => page.add_param(&*param),
            ParamPtr::IntParam(param) => page.add_param(&*param),
            ParamPtr::BoolParam(param) => page.add_param(&*param),
            // The house has no enum parameters (see `params::choice`).
            ParamPtr::EnumParam(_) => page.add_spacer(),
        }
    }
}

impl<P: Product> Vst3Plugin for Shell<P> {
    const VST3_CLASS_ID: [u8; 16] = P::VST3_ID;
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] = P::KIND.vst3_subcategories();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_acts_when_the_gesture_has_ended() {
        use shared_dsp::Quality;
        let mut shell = Shell::<crate::probe::Probe>::default();
        shell.path.prepare(48_000.0, 64, 2);
        let controls = read_controls::<crate::probe::Probe>(&shell.params, false);
        shell.path.reset(&controls, shell.modes());
        let in_use = |shell: &Shell<_>| shell.path.modes().now();
        assert_eq!(in_use(&shell), Quality::Standard);
        shell.params.mode_gestures.store(1, Ordering::Relaxed);
        let quality = shell.params.shell.quality.as_ptr();
        // SAFETY: `shell` holds the parameter.
        unsafe { quality._internal_set_normalized_value(1.0) };
        shell.follow_mode();
        assert_eq!(in_use(&shell), Quality::Standard, "in the middle of a gesture");
        shell.params.mode_gestures.store(0, Ordering::Relaxed);
        shell.follow_mode();
        assert_eq!(in_use(&shell), Quality::High);
    }

    #[test]
    fn a_host_that_tells_nothing_of_its_transport_plays() {
        let unknown = Transport::new(48_000.0);
        assert!(is_playing(&unknown));
        let mut known = Transport::new(48_000.0);
        known.tempo = Some(120.0);
        assert!(!is_playing(&known), "a host with a tempo stands still");
        known.playing = true;
        assert!(is_playing(&known));
        let mut clap = Transport::new(48_000.0);
        clap.preroll_active = Some(false);
        assert!(!is_playing(&clap), "CLAP's transport without timelines stands still");
    }
}
