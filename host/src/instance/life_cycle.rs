//! The plugin from its activation to its end: processing, state, and what it asks of its host.

use std::io::Cursor;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use clack_extensions::latency::PluginLatency;
use clack_extensions::render::{PluginRender, RenderMode};
use clack_extensions::state::PluginState;
use clack_extensions::tail::PluginTail;
use clack_extensions::track_info::PluginTrackInfo;
use clack_host::prelude::{PluginAudioConfiguration, PluginAudioProcessor};

use super::{Instance, PortInfo};
use crate::callbacks::{AudioRole, AudioThread, Shared};
use crate::{HostError, HostRequests, OutputEvent, ParamEvent, ProcessStatus, Processor, Tail};

impl Instance {
    /// Tells the plugin whether it renders offline. A plugin may ask for a restart ([`Instance::restart_requested`]).
    ///
    /// # Errors
    ///
    /// [`HostError::NoExtension`] if it does not care (or refuses, which CLAP does not tell apart).
    pub fn set_offline(&mut self, offline: bool) -> Result<(), HostError> {
        let render = self.extension::<PluginRender>("render")?;
        let mode = if offline { RenderMode::Offline } else { RenderMode::Realtime };
        render.set(&self.plugin.plugin_handle(), mode).map_err(|_| self.no_extension("render"))
    }

    /// Names the track that the plugin is on, as a DAW does, and tells it so. Answers whether the plugin listens to that. The name is
    /// kept for good, so it is for few of them.
    pub fn set_track(&mut self, name: &str) -> bool {
        let name: &'static str = Box::leak(name.into());
        self.plugin.access_shared_handler(|shared| {
            *shared.track.lock().unwrap_or_else(PoisonError::into_inner) = Some(name);
        });
        let listens = self.extension::<PluginTrackInfo>("track-info").ok();
        if let Some(listens) = &listens {
            listens.changed(&self.plugin.plugin_handle());
        }
        listens.is_some()
    }

    /// Activates the plugin and starts processing; blocks may then have 1 to `max_block` frames.
    ///
    /// # Errors
    ///
    /// [`HostError::StillActive`], [`HostError::Activate`].
    pub fn activate(&mut self, sample_rate_hz: f64, max_block: u32) -> Result<(), HostError> {
        if self.active {
            return Err(HostError::StillActive);
        }
        let plugin = self.id.clone();
        let fail = |reason: String| HostError::Activate { plugin: plugin.clone(), sample_rate_hz, max_block, reason };
        if max_block == 0 || !sample_rate_hz.is_finite() || sample_rate_hz <= 0.0 {
            return Err(fail("the block and the rate must be above 0".into()));
        }
        let channels = |ports: Vec<PortInfo>| -> Vec<usize> { ports.iter().map(|port| port.channels).collect() };
        let (inputs, outputs) = (channels(self.ports(true)), channels(self.ports(false)));
        let tail = self.extension::<PluginTail>("tail").ok();
        // What it asked for before this is settled by the activation itself.
        self.plugin.access_shared_handler(|shared| shared.restart.store(false, Ordering::Release));
        let stopped = self
            .plugin
            .activate(
                |shared, _| AudioThread(shared),
                PluginAudioConfiguration {
                    sample_rate: sample_rate_hz,
                    min_frames_count: 1,
                    max_frames_count: max_block,
                },
            )
            .map_err(|error| fail(error.to_string()))?;
        self.active = true;
        let mut audio = PluginAudioProcessor::from(stopped);
        let started = {
            let _role = AudioRole::enter();
            audio.start_processing().is_ok()
        };
        self.processor = Some(Processor::new(audio, tail, &inputs, &outputs, sample_rate_hz, max_block as usize));
        if !started {
            self.deactivate();
            return Err(fail("start_processing failed".into()));
        }
        self.pump_main_thread();
        Ok(())
    }

    /// [`Instance::activate`], then restarts for as long as the plugin asks for it, at most four times: a plugin may
    /// learn its latency only while it is being activated, and nice-plug then asks for one more round.
    ///
    /// # Errors
    ///
    /// Those of [`Instance::activate`].
    pub fn activate_settled(&mut self, sample_rate_hz: f64, max_block: u32) -> Result<(), HostError> {
        self.activate(sample_rate_hz, max_block)?;
        for _ in 0..4 {
            if !self.restart_requested() {
                break;
            }
            self.deactivate();
            self.activate(sample_rate_hz, max_block)?;
        }
        Ok(())
    }

    /// Stops processing and deactivates. Does nothing if inactive. A processor that was taken must be given back
    /// first; until then the plugin stays active.
    pub fn deactivate(&mut self) {
        let Some(mut processor) = self.processor.take() else { return };
        for event in processor.drain_output_events() {
            // Nobody must lose a gesture because the plugin was restarted in between.
            self.flushed.push(event);
        }
        let stopped = {
            let _role = AudioRole::enter();
            processor.audio.into_stopped()
        };
        self.plugin.deactivate(stopped);
        self.active = false;
    }

    /// Whether the plugin is active.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// Takes the audio half, to run it on another thread. Give it back with [`Instance::return_processor`].
    ///
    /// # Errors
    ///
    /// [`HostError::NotActive`].
    pub fn take_processor(&mut self) -> Result<Processor, HostError> {
        self.processor.take().ok_or(HostError::NotActive)
    }

    /// Gives back what [`Instance::take_processor`] took.
    ///
    /// # Errors
    ///
    /// [`HostError::StillActive`] with a processor of another instance; it is dropped, and that instance leaks.
    pub fn return_processor(&mut self, processor: Processor) -> Result<(), HostError> {
        if self.processor.is_some() || !processor.audio.matches(&self.plugin) {
            return Err(HostError::StillActive);
        }
        self.processor = Some(processor);
        Ok(())
    }

    /// See [`Processor::process`].
    ///
    /// # Errors
    ///
    /// Those of [`Processor::process`], and [`HostError::NotActive`].
    pub fn process(
        &mut self,
        inputs: &[&[f32]],
        sidechain: Option<&[&[f32]]>,
        outputs: &mut [&mut [f32]],
        events: &[ParamEvent],
    ) -> Result<ProcessStatus, HostError> {
        self.processor.as_mut().ok_or(HostError::NotActive)?.process(inputs, sidechain, outputs, events)
    }

    /// Clears the plugin's memory. Does nothing if inactive.
    pub fn reset(&mut self) {
        if let Some(processor) = &mut self.processor {
            processor.reset();
        }
    }

    /// Latency in samples, as reported now.
    pub fn latency_samples(&mut self) -> u32 {
        self.extension::<PluginLatency>("latency").map_or(0, |latency| latency.get(&self.plugin.plugin_handle()))
    }

    /// The tail reported now.
    ///
    /// # Errors
    ///
    /// [`HostError::NotActive`].
    pub fn tail(&mut self) -> Result<Tail, HostError> {
        Ok(self.processor.as_mut().ok_or(HostError::NotActive)?.tail())
    }

    /// The plugin's state.
    ///
    /// # Errors
    ///
    /// [`HostError::NoExtension`], [`HostError::State`].
    pub fn save_state(&mut self) -> Result<Vec<u8>, HostError> {
        let state = self.extension::<PluginState>("state")?;
        let mut bytes = Vec::new();
        state
            .save(&self.plugin.plugin_handle(), &mut bytes)
            .map_err(|_| HostError::State { plugin: self.id.clone(), saving: true })?;
        Ok(bytes)
    }

    /// Gives the plugin a state.
    ///
    /// # Errors
    ///
    /// [`HostError::NoExtension`], [`HostError::State`] if the plugin refuses.
    pub fn load_state(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        let state = self.extension::<PluginState>("state")?;
        state
            .load(&self.plugin.plugin_handle(), &mut Cursor::new(bytes))
            .map_err(|_| HostError::State { plugin: self.id.clone(), saving: false })?;
        self.pump_main_thread();
        Ok(())
    }

    /// Runs `on_main_thread` if the plugin has asked for it, as an idle DAW does; returns whether it had. A call of the
    /// plugin from there asks for another round, so this repeats, up to 16 times.
    pub fn pump_main_thread(&mut self) -> bool {
        let mut ran = false;
        for _ in 0..16 {
            if !self.plugin.access_shared_handler(|shared| shared.callback.swap(false, Ordering::AcqRel)) {
                break;
            }
            self.plugin.call_on_main_thread_callback();
            ran = true;
        }
        ran
    }

    /// Whether the plugin has asked to be deactivated and activated again. Stays true until the next activation
    /// begins.
    pub fn restart_requested(&self) -> bool {
        self.plugin.access_shared_handler(|shared| shared.restart.load(Ordering::Acquire))
    }

    /// Everything that the plugin has asked for since [`Instance::clear_requests`].
    pub fn requests(&self) -> HostRequests {
        self.plugin.access_shared_handler(Shared::requests)
    }

    /// Forgets the requests, except for a pending callback.
    pub fn clear_requests(&mut self) {
        self.plugin.access_shared_handler(Shared::clear_requests);
    }

    /// Takes the lines that the plugin logged off the audio thread.
    pub fn drain_log(&mut self) -> Vec<String> {
        self.plugin.access_shared_handler(|shared| {
            std::mem::take(&mut *shared.log.lock().unwrap_or_else(PoisonError::into_inner))
        })
    }

    /// How many lines the plugin logged on an audio thread, which it must not.
    pub fn audio_log_lines(&self) -> u32 {
        self.plugin.access_shared_handler(|shared| shared.audio_log_lines.load(Ordering::Relaxed))
    }

    /// Takes the values and gestures that the plugin sent: from flushes, then from `process`. While the processor is
    /// taken, its own are in [`Processor::drain_output_events`].
    pub fn drain_output_events(&mut self) -> Vec<OutputEvent> {
        let mut events = self.flushed.drain();
        if let Some(processor) = &mut self.processor {
            events.extend(processor.drain_output_events());
        }
        events
    }
}
