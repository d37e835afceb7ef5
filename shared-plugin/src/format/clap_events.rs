//! The events of a CLAP block, as the framework can be given them.
//!
//! The framework cuts the block at the time of an event, and reads on past the end of the buffers where that time lies
//! past the end of the block; it loses an event at exactly the end. It reads as much of an event as its kind has, whatever
//! size the event has. Here a time past the block becomes that of its last frame, and what is no event is passed over.

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::ptr;

use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_MIDI, CLAP_EVENT_MIDI_SYSEX, CLAP_EVENT_NOTE_CHOKE, CLAP_EVENT_NOTE_END,
    CLAP_EVENT_NOTE_EXPRESSION, CLAP_EVENT_NOTE_OFF, CLAP_EVENT_NOTE_ON, CLAP_EVENT_PARAM_MOD, CLAP_EVENT_PARAM_VALUE,
    CLAP_EVENT_TRANSPORT, clap_event_header, clap_event_midi, clap_event_note, clap_event_note_expression,
    clap_event_param_mod, clap_event_param_value, clap_event_transport, clap_input_events,
};

/// A list longer than this is an error of the host; the rest is passed over.
const MAX_EVENTS: u32 = 1 << 20;

/// An event that an effect without notes ignores: what stands in for one that cannot be read.
static IGNORED: clap_event_note = clap_event_note {
    header: clap_event_header {
        size: size_of::<clap_event_note>() as u32,
        time: 0,
        space_id: CLAP_CORE_EVENT_SPACE_ID,
        type_: CLAP_EVENT_NOTE_END,
        flags: 0,
    },
    note_id: -1,
    port_index: -1,
    channel: -1,
    key: -1,
    velocity: 0.0,
};

/// Room for one event whose time was corrected. A transport has its own: the framework holds it until the block ends.
#[repr(C)]
union Corrected {
    value: clap_event_param_value,
    modulation: clap_event_param_mod,
}

/// A list of events in front of the host's.
pub(super) struct Events {
    list: clap_input_events,
    host: *const clap_input_events,
    last_frame: u32,
    corrected: UnsafeCell<Corrected>,
    transport: UnsafeCell<clap_event_transport>,
}

impl Events {
    /// A guard in front of `host`, for a block of `frames`. Use [`list`](Self::list) once it has its place.
    ///
    /// # Safety
    ///
    /// `host` is null, or a list that outlives this one.
    pub unsafe fn new(host: *const clap_input_events, frames: u32) -> Self {
        Self {
            list: clap_input_events { ctx: ptr::null_mut(), size: Some(size), get: Some(get) },
            host,
            last_frame: frames.saturating_sub(1),
            // SAFETY: plain numbers and a pointer that is never followed; all zeros are valid.
            corrected: unsafe { std::mem::zeroed() },
            // SAFETY: plain numbers.
            transport: unsafe { std::mem::zeroed() },
        }
    }

    /// What to give to the framework, while `self` stays where it is; null without a list that can be read.
    pub fn list(&mut self) -> *const clap_input_events {
        // SAFETY: not null, and alive as promised at `new`.
        let is_readable = unsafe { self.host.as_ref() }.is_some_and(|host| host.size.is_some() && host.get.is_some());
        if !is_readable {
            return ptr::null();
        }
        self.list.ctx = ptr::from_mut(self).cast::<c_void>();
        &raw const self.list
    }
}

/// The bytes that the framework reads of an event of this kind; none of kinds that it does not know.
fn needed_bytes(kind: u16) -> usize {
    match kind {
        CLAP_EVENT_PARAM_VALUE => size_of::<clap_event_param_value>(),
        CLAP_EVENT_PARAM_MOD => size_of::<clap_event_param_mod>(),
        CLAP_EVENT_TRANSPORT => size_of::<clap_event_transport>(),
        CLAP_EVENT_NOTE_ON | CLAP_EVENT_NOTE_OFF | CLAP_EVENT_NOTE_CHOKE => size_of::<clap_event_note>(),
        CLAP_EVENT_NOTE_EXPRESSION => size_of::<clap_event_note_expression>(),
        CLAP_EVENT_MIDI => size_of::<clap_event_midi>(),
        _ => 0,
    }
}

unsafe extern "C" fn size(list: *const clap_input_events) -> u32 {
    // SAFETY: `list` is that of an `Events`, which is alive while the framework has it, and so is the host's.
    unsafe {
        let events = &*(*list).ctx.cast::<Events>();
        (*events.host).size.map_or(0, |size| size(events.host)).min(MAX_EVENTS)
    }
}

unsafe extern "C" fn get(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    // SAFETY: `list` is that of an `Events`, which is alive while the framework has it, and so is the host's; an event
    // holds as many bytes as its size says. The framework is done with a corrected event when it asks for the next.
    unsafe {
        let events = &*(*list).ctx.cast::<Events>();
        let given = (*events.host).get.map_or(ptr::null(), |get| get(events.host, index));
        if given.is_null() || !given.is_aligned() || ((*given).size as usize) < size_of::<clap_event_header>() {
            return &raw const IGNORED.header;
        }
        let header = *given;
        if header.space_id != CLAP_CORE_EVENT_SPACE_ID {
            return &raw const IGNORED.header;
        }
        // A sysex points elsewhere; nobody here reads MIDI.
        if (header.size as usize) < needed_bytes(header.type_) || header.type_ == CLAP_EVENT_MIDI_SYSEX {
            return &raw const IGNORED.header;
        }
        if header.time <= events.last_frame {
            return given;
        }
        match header.type_ {
            CLAP_EVENT_PARAM_VALUE => {
                let copy = &raw mut (*events.corrected.get()).value;
                copy.write(*given.cast());
                (*copy).header.time = events.last_frame;
                &raw const (*copy).header
            }
            CLAP_EVENT_PARAM_MOD => {
                let copy = &raw mut (*events.corrected.get()).modulation;
                copy.write(*given.cast());
                (*copy).header.time = events.last_frame;
                &raw const (*copy).header
            }
            CLAP_EVENT_TRANSPORT => {
                let copy = events.transport.get();
                copy.write(*given.cast());
                (*copy).header.time = events.last_frame;
                &raw const (*copy).header
            }
            _ => &raw const IGNORED.header,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Host {
        list: clap_input_events,
        events: Vec<*const clap_event_header>,
    }

    unsafe extern "C" fn host_size(list: *const clap_input_events) -> u32 {
        // SAFETY: the test's own list.
        unsafe { &*(*list).ctx.cast::<Host>() }.events.len() as u32
    }

    unsafe extern "C" fn host_get(list: *const clap_input_events, index: u32) -> *const clap_event_header {
        // SAFETY: as above.
        unsafe { &*(*list).ctx.cast::<Host>() }.events[index as usize]
    }

    fn value(time: u32, size: usize) -> clap_event_param_value {
        let header = clap_event_header {
            size: size as u32,
            time,
            space_id: CLAP_CORE_EVENT_SPACE_ID,
            type_: CLAP_EVENT_PARAM_VALUE,
            flags: 0,
        };
        let (note_id, port_index, channel, key) = (-1, -1, -1, -1);
        clap_event_param_value {
            header,
            param_id: 7,
            cookie: ptr::null_mut(),
            note_id,
            port_index,
            channel,
            key,
            value: 0.5,
        }
    }

    #[test]
    fn late_events_come_at_the_end_and_broken_ones_not_at_all() {
        let whole = size_of::<clap_event_param_value>();
        let given = [value(3, whole), value(64, whole), value(u32::MAX, whole), value(5, whole - 1), value(5, 3)];
        let mut events: Vec<*const clap_event_header> = given.iter().map(|event| &raw const event.header).collect();
        events.push(ptr::null());
        let mut host = Host {
            list: clap_input_events { ctx: ptr::null_mut(), size: Some(host_size), get: Some(host_get) },
            events,
        };
        host.list.ctx = (&raw mut host).cast();
        // SAFETY: `host` outlives the guard.
        let mut guarded = unsafe { Events::new(&raw const host.list, 64) };
        let list = guarded.list();
        // SAFETY: the guard's own list, alive.
        let seen: Vec<(u16, u32)> = unsafe {
            (0..(*list).size.expect("size")(list))
                .map(|index| *(*list).get.expect("get")(list, index))
                .map(|header| (header.type_, header.time))
                .collect()
        };
        let (kept, ignored) = (CLAP_EVENT_PARAM_VALUE, (CLAP_EVENT_NOTE_END, 0));
        assert_eq!(seen, [(kept, 3), (kept, 63), (kept, 63), ignored, ignored, ignored]);
        host.list.get = None;
        assert!(guarded.list().is_null(), "a list without a function to read it");
    }
}
