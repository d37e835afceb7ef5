//! A press is taken where the pointer was pressed. egui looks for what is under the pointer once a picture, where the pointer is at
//! its end: a hand that moves while it presses, or a picture that comes late, would take hold of whatever is there by then.

use egui::{Context, Event, Plugin, RawInput};

/// Gives a picture what comes up to a press, the next one the way of the pointer after it, and the one after that the release.
#[derive(Default)]
pub(crate) struct PressFirst {
    /// For the next picture.
    later: Vec<Event>,
}

impl Plugin for PressFirst {
    fn debug_name(&self) -> &'static str {
        "twobus press first"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        if !self.later.is_empty() {
            let new = std::mem::replace(&mut input.events, std::mem::take(&mut self.later));
            input.events.extend(new);
        }
        if let Some(end) = end_of_picture(&input.events) {
            self.later = input.events.split_off(end);
            ctx.request_repaint();
        }
    }
}

/// The first of these events that the picture is to be without.
fn end_of_picture(events: &[Event]) -> Option<usize> {
    let (mut is_pressed, mut is_moved) = (false, false);
    for (number, event) in events.iter().enumerate() {
        match event {
            Event::PointerButton { pressed: true, .. } => (is_pressed, is_moved) = (true, false),
            Event::PointerButton { pressed: false, .. } if is_moved => return Some(number),
            Event::PointerMoved(_) if is_pressed => return Some(number),
            Event::PointerMoved(_) => is_moved = true,
            _ => {}
        }
    }
    None
}
