//! What a picture costs: the program's own work and egui's, tessellation included, without a window system.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::stage::Stage;
use super::{FakeHost, context};
use crate::editor::app::App;
use crate::editor::panel::Panel as _;
use crate::product::Product;

const PICTURES: usize = 240;

/// CPU time of this thread: what others do on the machine does not count.
#[cfg(target_os = "linux")]
fn cpu() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer leads to a timespec of ours.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(not(target_os = "linux"))]
fn cpu() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

/// A window that is drawn and tessellated and shown nowhere.
struct Bench<P: Product> {
    ctx: egui::Context,
    app: Arc<Mutex<App<P>>>,
    time_s: f64,
}

impl<P: Product> Bench<P> {
    fn new(app: Arc<Mutex<App<P>>>) -> Self {
        let ctx = egui::Context::default();
        app.lock().expect("no test panicked").open(&ctx, &context(&Arc::new(FakeHost::default())));
        Self { ctx, app, time_s: 0.0 }
    }

    /// Draws one picture. Answers its cost, and when the window wants the next.
    fn picture(&mut self) -> (Duration, Duration) {
        self.time_s += 1.0 / 60.0;
        let size = egui::Vec2::from(P::Panel::SIZE);
        let input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, size)),
            time: Some(self.time_s),
            ..Default::default()
        };
        let start = cpu();
        let mut app = self.app.lock().expect("no test panicked");
        let mut output = self.ctx.run_ui(input, |ui| {
            let moves = app.draw(ui);
            shared_ui::theme::animate(ui.ctx(), moves);
        });
        // No window takes them.
        output.textures_delta.clear();
        let wanted = output.viewport_output.values().map(|viewport| viewport.repaint_delay).min();
        let meshes = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let cost = cpu() - start;
        drop(meshes);
        (cost, wanted.unwrap_or(Duration::MAX))
    }
}

/// Prints what a picture costs at scale 1 with music running, and how many pictures a silent window draws in a second.
///
/// # Panics
///
/// Where no window can be made.
pub fn print_cost<P: Product>() {
    let mut stage = Stage::<P>::open(1.0);
    let mut bench = Bench::new(stage.program());
    let mut costs = Vec::with_capacity(PICTURES);
    for number in 0..PICTURES + 120 {
        stage.sound();
        let (cost, _) = bench.picture();
        if number >= 120 {
            costs.push(cost.as_secs_f64() * 1e3);
        }
    }
    costs.sort_by(f64::total_cmp);
    let at = |share: f64| costs[((costs.len() - 1) as f64 * share) as usize];
    for _ in 0..1200 {
        stage.silence();
        bench.picture();
    }
    let is_resting = stage.shared.is_resting.load(Ordering::Relaxed);
    let mut idle = 0;
    let mut idle_ms = 0.0;
    for _ in 0..60 {
        stage.silence();
        let (cost, wanted) = bench.picture();
        if wanted < Duration::from_secs(1) {
            idle += 1;
            idle_ms += cost.as_secs_f64() * 1e3;
        }
    }
    println!(
        "window {:<18} {:>6.2} ms a picture (median), {:>6.2} ms (95 %); silent: {idle} pictures and {idle_ms:.2} ms a second{}",
        P::NAME,
        at(0.5),
        at(0.95),
        if is_resting { "" } else { " (readings still come)" },
    );
}
