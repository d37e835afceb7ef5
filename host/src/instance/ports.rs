//! The plugin's audio ports and its layouts of them.

use clack_extensions::audio_ports::{AudioPortFlags, AudioPortInfoBuffer, PluginAudioPorts};
use clack_extensions::audio_ports_config::{AudioPortsConfigBuffer, MainPortInfo, PluginAudioPortsConfig};

use super::Instance;
use crate::HostError;

/// A port of the current layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortInfo {
    /// The port's name.
    pub name: String,
    /// Its channels.
    pub channels: usize,
    /// Whether it is the main port.
    pub is_main: bool,
}

impl Instance {
    /// Chooses the layout with `channels` in and out of the main ports, with or without a second input port.
    ///
    /// # Errors
    ///
    /// [`HostError::StillActive`], or [`HostError::Layout`] if the plugin has no such layout.
    pub fn select_layout(&mut self, channels: usize, sidechain: bool) -> Result<(), HostError> {
        if self.active {
            return Err(HostError::StillActive);
        }
        let plugin = self.id.clone();
        let refused = || HostError::Layout { plugin: plugin.clone(), channels, sidechain };
        let inputs = if sidechain { 2 } else { 1 };
        if let Ok(configs) = self.extension::<PluginAudioPortsConfig>("audio-ports-config") {
            let handle = self.plugin.plugin_handle();
            let mut buffer = AudioPortsConfigBuffer::new();
            for index in 0..configs.count(&handle) {
                let Some(config) = configs.get(&handle, index, &mut buffer) else { continue };
                let fits =
                    |port: Option<MainPortInfo>| port.is_some_and(|port| port.channel_count as usize == channels);
                if fits(config.main_input)
                    && fits(config.main_output)
                    && config.input_port_count == inputs
                    && config.output_port_count == 1
                {
                    let id = config.id;
                    return configs.select(&handle, id).map_err(|_| refused());
                }
            }
        }
        // A plugin with one fixed layout need not list it.
        let (ins, outs) = (self.ports(true), self.ports(false));
        let main = |ports: &[PortInfo]| ports.first().is_some_and(|port| port.channels == channels);
        if main(&ins) && main(&outs) && ins.len() == inputs as usize && outs.len() == 1 {
            Ok(())
        } else {
            Err(refused())
        }
    }

    /// The ports of the current layout, inputs or outputs.
    pub fn ports(&mut self, inputs: bool) -> Vec<PortInfo> {
        let Ok(ports) = self.extension::<PluginAudioPorts>("audio-ports") else { return Vec::new() };
        let handle = self.plugin.plugin_handle();
        let mut buffer = AudioPortInfoBuffer::new();
        (0..ports.count(&handle, inputs))
            .filter_map(|index| {
                let port = ports.get(&handle, index, inputs, &mut buffer)?;
                Some(PortInfo {
                    name: String::from_utf8_lossy(port.name).into_owned(),
                    channels: port.channel_count as usize,
                    is_main: port.flags.contains(AudioPortFlags::IS_MAIN),
                })
            })
            .collect()
    }
}
