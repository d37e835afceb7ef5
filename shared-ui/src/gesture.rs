//! Exactly one `begin` and one `end` for each change of a parameter.
//!
//! A host records automation between the two, and groups one undo entry. Gestures are kept here, by parameter, and not in
//! the widgets, because a widget can vanish, a window can lose focus and a wheel has no release: all these still owe
//! the host its `end`. Two parts that move one parameter share one gesture.

use std::sync::Arc;

use egui::Context;
use egui::mutex::Mutex;

use crate::param::{Param, clean};

/// Wheel ticks and key presses closer together than this many seconds belong to one gesture.
pub const BURST_SECONDS: f64 = 0.3;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Until {
    /// A drag: ends on release, or when its widget was not drawn in a pass.
    Released { seen_pass: u64 },
    /// A burst: ends at this time.
    Time(f64),
}

struct Open {
    param: Param,
    until: Until,
}

#[derive(Default)]
struct Inner {
    open: Vec<Open>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        for gesture in self.open.drain(..) {
            gesture.param.end();
        }
    }
}

/// Lives in the context's memory, so that it is dropped, and ends what is open, with the window.
#[derive(Clone, Default)]
struct Gestures(Arc<Mutex<Inner>>);

fn gestures(ctx: &Context) -> Gestures {
    ctx.data_mut(|data| data.get_temp_mut_or_default::<Gestures>(egui::Id::unique("twobus gestures")).clone())
}

/// Watches open gestures at the end of every pass. [`crate::theme::apply`] calls it; calling it again does nothing.
pub fn install(ctx: &Context) {
    ctx.add_plugin(Watch);
}

/// Opens a gesture for a drag, or keeps it open: call in every frame of the drag.
pub fn hold(ctx: &Context, param: &Param) {
    let until = Until::Released { seen_pass: ctx.cumulative_pass_nr() };
    open(ctx, param, until);
}

/// Changes the value within the open gesture. Without one it does nothing: a value never moves outside a gesture.
pub fn set(ctx: &Context, param: &Param, normalized: f32) {
    if is_open(ctx, param) {
        param.set(clean(normalized));
    }
}

/// Ends a drag's gesture.
pub fn release(ctx: &Context, param: &Param) {
    close_where(ctx, |gesture| gesture.param.id() == param.id());
}

/// Changes the value by a wheel tick or a key press: the gesture ends [`BURST_SECONDS`] after the last of them.
pub fn burst(ctx: &Context, param: &Param, normalized: f32) {
    let now = ctx.input(|input| input.time);
    let held = gestures(ctx)
        .0
        .lock()
        .open
        .iter()
        .any(|gesture| gesture.param.id() == param.id() && matches!(gesture.until, Until::Released { .. }));
    if !held {
        open(ctx, param, Until::Time(now + BURST_SECONDS));
    }
    param.set(clean(normalized));
    ctx.request_repaint_after_secs(BURST_SECONDS as f32 + 0.01);
}

/// Changes the value at once: typed entry, reset, a click on a switch. Joins the gesture that is open, if one is.
pub fn once(ctx: &Context, param: &Param, normalized: f32) {
    if is_open(ctx, param) {
        param.set(clean(normalized));
        close_where(ctx, |gesture| gesture.param.id() == param.id() && matches!(gesture.until, Until::Time(_)));
    } else {
        param.begin();
        param.set(clean(normalized));
        param.end();
    }
}

/// Whether the parameter's gesture is open.
pub fn is_open(ctx: &Context, param: &Param) -> bool {
    gestures(ctx).0.lock().open.iter().any(|gesture| gesture.param.id() == param.id())
}

/// Ends every open gesture: call when the window closes.
pub fn end_all(ctx: &Context) {
    close_where(ctx, |_| true);
}

fn open(ctx: &Context, param: &Param, until: Until) {
    let gestures = gestures(ctx);
    let mut inner = gestures.0.lock();
    if let Some(gesture) = inner.open.iter_mut().find(|gesture| gesture.param.id() == param.id()) {
        gesture.until = until;
        return;
    }
    inner.open.push(Open { param: param.clone(), until });
    // The host may call back into the window from `begin`: never under the lock.
    drop(inner);
    param.begin();
}

fn close_where(ctx: &Context, ended: impl Fn(&Open) -> bool) {
    let gestures = gestures(ctx);
    let mut closing = Vec::new();
    gestures.0.lock().open.retain(|gesture| {
        let ends = ended(gesture);
        if ends {
            closing.push(gesture.param.clone());
        }
        !ends
    });
    for param in closing {
        param.end();
    }
}

/// Ends what nobody will end: bursts whose time is over, drags whose widget is gone, everything when focus is lost.
struct Watch;

impl egui::Plugin for Watch {
    fn debug_name(&self) -> &'static str {
        "twobus gestures"
    }

    fn on_end_pass(&mut self, ui: &mut egui::Ui) {
        let ctx = ui.ctx().clone();
        let pass = ctx.cumulative_pass_nr();
        let (now, lost_focus) = ctx.input(|input| {
            let lost = input.events.iter().any(|event| matches!(event, egui::Event::WindowFocused(false)));
            (input.time, lost)
        });
        close_where(&ctx, |gesture| {
            lost_focus
                || match gesture.until {
                    Until::Released { seen_pass } => seen_pass < pass,
                    Until::Time(end) => now >= end,
                }
        });
    }

    fn on_exit(&mut self, ctx: &Context) {
        end_all(ctx);
    }
}
