//! The last belt around decoders of others.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use symphonia::core::errors::Error;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs a decoder. Should one panic on a hostile file after all, that is an error like any other, and nothing is
/// printed: the last belt, behind the checks of the readers.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.with(Cell::get) {
                previous(info);
            }
        }));
    });
    QUIET.with(|quiet| quiet.set(true));
    let result = catch_unwind(AssertUnwindSafe(work));
    QUIET.with(|quiet| quiet.set(false));
    result.ok()
}

/// A decoder's message without its own prefix: ours says "damaged" already.
pub(super) fn reason(error: &Error) -> String {
    match error {
        Error::DecodeError(reason) | Error::Unsupported(reason) | Error::LimitError(reason) => (*reason).into(),
        error => error.to_string(),
    }
}
