//! What host and plugin tell each other besides sound and parameters.

use std::sync::atomic::Ordering;

use vst3::ComWrapper;
use vst3::Steinberg::Vst::{ChannelContext::IInfoListener, ChannelContext::IInfoListenerTrait, IAttributeList};
use vst3::Steinberg::kResultOk;

use super::Instance;
use super::objects::TrackAttributes;

impl Instance {
    /// Names the track that the plugin is on, as a DAW does. Answers whether the plugin listens to that.
    pub fn set_track(&mut self, name: &str) -> bool {
        let Some(listener) = self.controller.cast::<IInfoListener>() else { return false };
        let list = ComWrapper::new(TrackAttributes(name.to_owned()));
        let list = list.to_com_ptr::<IAttributeList>().expect("an attribute list");
        // SAFETY: the list lives through the call.
        unsafe { listener.setChannelContextInfos(list.as_ptr()) == kResultOk }
    }

    /// Takes the flags of the restarts that the plugin has asked for.
    pub fn take_restart_flags(&self) -> i32 {
        self.handler.restart_flags.swap(0, Ordering::SeqCst)
    }

    /// Whether the plugin has told that its session has changed, since the last call.
    pub fn take_dirty(&self) -> bool {
        self.handler.is_dirty.swap(false, Ordering::SeqCst)
    }
}
