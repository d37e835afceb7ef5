//! Showing a page to the person who asked for it.

use std::{
    path::Path,
    process::{Command, Stdio},
};

/// Prints where the page is, and opens it in the browser if that is wanted and there is a screen.
///
/// That no browser opens is no failure of the work that the page reports: the path is printed either way.
pub fn show(page: &Path, open: bool) {
    println!("report: {}", page.display());
    if !open || !has_screen() {
        return;
    }
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        let mut start = Command::new("cmd");
        // The first quoted argument of `start` is a title.
        start.args(["/C", "start", ""]);
        start
    } else {
        Command::new("xdg-open")
    };
    let started = command.arg(page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if started.is_err() {
        println!("(no {} here: open it in your browser)", command.get_program().display());
    }
}

fn has_screen() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
