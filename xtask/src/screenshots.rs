//! `cargo xtask screenshots`: every window, drawn by the built bundle in our headless host, with music running.
//!
//! Each picture is made by a process of its own: X11 programs read DISPLAY from the environment, which a program with
//! threads must not change, and a window that crashes must not take the other pictures with it.

use std::{
    io::{BufRead, BufReader, BufWriter},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use host::{Bundle, Instance};
use x11rb::{
    connection::Connection,
    protocol::xproto::{
        AtomEnum, BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux,
        GetGeometryReply, ImageFormat, MOTION_NOTIFY_EVENT, PropMode, Window, WindowClass,
    },
    protocol::xtest::ConnectionExt as _,
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

use crate::{
    demo::mix,
    machine::{self, Need},
    workspace::Workspace,
};

/// How long music runs before the picture is taken: longer than the ten seconds of history that a window may show.
const PLAY_S: f64 = 12.0;

const SAMPLE_RATE_HZ: u32 = 48_000;
const BLOCK: usize = 512;

/// Our window's size in pixels until the plugin's is known.
const INITIAL_SIZE: (u16, u16) = (820, 460);

/// The plugin with the A/B page, where that is chosen in its window, points, and when.
const AB_PACKAGE: &str = "meter";
const AB_TAB: (f32, f32) = (552.0, 52.0);
const TURN_AT_BLOCK: usize = 150;

/// Parameters for the pictures, so that there is something to see.
const ON_STAGE: [(&str, &[(&str, &str)]); 6] = [
    ("glue", &[("threshold", "-20 dB"), ("ratio", "2:1"), ("makeup", "2 dB")]),
    ("saturator", &[("character", "Console"), ("drive", "6 dB"), ("even_odd", "35 %")]),
    (
        "eq",
        &[
            ("band1_shape", "Low cut"),
            ("band1_frequency", "25 Hz"),
            ("band1_slope", "24 dB/oct"),
            ("band2_shape", "Low shelf"),
            ("band2_frequency", "70 Hz"),
            ("band2_gain", "0.7 dB"),
            ("band3_shape", "Bell"),
            ("band3_frequency", "310 Hz"),
            ("band3_gain", "-1.2 dB"),
            ("band4_shape", "Bell"),
            ("band4_frequency", "3.2 kHz"),
            ("band4_q", "1.4"),
            ("band4_dynamic", "On"),
            ("band4_threshold", "-36 dB"),
            ("band4_range", "-2 dB"),
            ("band5_shape", "High shelf"),
            ("band5_frequency", "9 kHz"),
            ("band5_gain", "0.8 dB"),
            ("mono_below", "90 Hz"),
        ],
    ),
    ("clipper", &[("drive", "6 dB"), ("knee", "30 %")]),
    ("limiter", &[("gain", "7 dB"), ("ceiling", "-0.3 dBTP"), ("sustain_link", "70 %")]),
    ("tape", &[("drive", "1 dB")]),
];

/// Draws each plugin of the suite into its own folder, at 100 % and at 200 %, and Meter's A/B too. The bundles must have been built.
pub fn screenshots(workspace: &Workspace) -> anyhow::Result<()> {
    machine::require(&[Need::Window])?;
    let ourselves = std::env::current_exe().context("cannot find this program")?;
    for plugin in workspace.plugins() {
        let pages = if plugin.package == AB_PACKAGE { &["", "-ab"][..] } else { &[""] };
        for (page, (percent, size)) in pages.iter().flat_map(|page| [(page, (100, "")), (page, (200, "@2x"))]) {
            let server = Server::start()?;
            let file = format!("screenshot{page}{size}.png");
            let picture = workspace.root().join("plugins").join(&plugin.package).join(file);
            let status = Command::new(&ourselves)
                .args(["screenshot", &plugin.package, "--percent", &percent.to_string(), "--out"])
                .arg(&picture)
                .args((!page.is_empty()).then_some("--ab"))
                .env("DISPLAY", format!(":{}", server.display))
                // Whatever the machine has: the pictures must not depend on it.
                .env("LIBGL_ALWAYS_SOFTWARE", "1")
                .stdin(Stdio::null())
                .status()
                .context("cannot run this program again")?;
            ensure!(status.success(), "no picture of {} at {percent} %", plugin.bundle_name);
            println!("wrote {}", picture.display());
        }
    }
    Ok(())
}

/// An X server without a screen, ended when dropped.
struct Server {
    process: Child,
    display: u32,
}

impl Server {
    /// Starts one on a display number that it picks itself.
    fn start() -> anyhow::Result<Self> {
        let mut process = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "2560x1600x24", "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot run Xvfb")?;
        let mut line = String::new();
        let said = process.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
        match (said, line.trim().parse()) {
            (Some(Ok(_)), Ok(display)) => Ok(Self { process, display }),
            _ => {
                let _ = process.kill();
                let _ = process.wait();
                bail!("Xvfb started and gave no display; is /tmp/.X11-unix writable?")
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Draws one plugin, in the process that [`screenshots`] starts for it; Meter's A/B page if `is_ab`.
pub fn screenshot(
    workspace: &Workspace,
    package: &str,
    percent: u32,
    is_ab: bool,
    picture: &Path,
) -> anyhow::Result<()> {
    let path = workspace.bundles().join(format!("{}.clap", workspace.bundle_name(package)?));
    let bundle = Bundle::load(&path)?;
    let id = bundle.plugins().first().with_context(|| format!("{} has no plugin", path.display()))?.id.clone();
    let mut instance = Instance::new(&bundle, &id)?;
    instance.select_layout(2, false)?;
    for (key, text) in ON_STAGE.iter().filter(|(name, _)| *name == package).flat_map(|(_, set)| set.iter()) {
        let (id, value) = (instance.param(key)?.id, instance.parse_value(key, text)?);
        instance.set_value(id, value)?;
    }
    let mut front = if is_ab { Some(Front::open(workspace, &mut instance)?) } else { None };
    instance.activate_settled(f64::from(SAMPLE_RATE_HZ), BLOCK as u32)?;

    let mut stage = Stage::open(percent)?;
    instance.open_window(stage.window.into())?;
    play(&mut instance, &mut stage, front.as_mut())?;
    let shot = stage.shoot()?;
    instance.close_window();
    write_png(picture, &shot)
}

/// What Meter's A/B compares with: another plugin in front of it.
struct Front {
    instance: Instance,
}

impl Front {
    /// Opens it, and tells Meter what B is.
    fn open(workspace: &Workspace, meter: &mut Instance) -> anyhow::Result<Self> {
        let bundle = Bundle::load(workspace.bundles().join(format!("{}.clap", workspace.bundle_name("glue")?)))?;
        let plugin = bundle.plugins().first().context("no plugin")?.clone();
        let mut instance = Instance::new(&bundle, &plugin.id)?;
        for (key, text) in [("threshold", "-20 dB"), ("makeup", "4 dB")] {
            let (id, value) = (instance.param(key)?.id, instance.parse_value(key, text)?);
            instance.set_value(id, value)?;
        }
        instance.set_track("Mix bus");
        instance.activate_settled(f64::from(SAMPLE_RATE_HZ), BLOCK as u32)?;
        // A state of CLAP is JSON behind its length.
        let mut state: serde_json::Value = serde_json::from_slice(&meter.save_state()?[8..])?;
        let tap = serde_json::json!({ "plugin": plugin.name, "track": "Mix bus", "point": "input" });
        state["fields"]["own"] = serde_json::json!({ "b": { "tap": tap } }).to_string().into();
        let text = state.to_string();
        meter.load_state(&[&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat())?;
        Ok(Self { instance })
    }
}

/// Runs music through the plugin in real time, as long as a person would look on; through another one first if there is one, and then
/// with the A/B page open.
fn play(instance: &mut Instance, stage: &mut Stage, mut front: Option<&mut Front>) -> anyhow::Result<()> {
    let music = mix::built_in_mix(f64::from(SAMPLE_RATE_HZ));
    let frames = music[0].len() / BLOCK * BLOCK;
    ensure!(frames > 0, "the built-in mix is empty");
    let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
    let mut between = [[0.0; BLOCK]; 2];
    let start = Instant::now();
    let blocks = (PLAY_S * f64::from(SAMPLE_RATE_HZ)) as usize / BLOCK;
    for block in 0..blocks {
        let at = block * BLOCK % frames;
        let input = [&music[0][at..at + BLOCK], &music[1][at..at + BLOCK]];
        if let Some(front) = &mut front {
            let [left, right] = &mut between;
            front.instance.process(&input, None, &mut [left, right], &[])?;
            front.instance.pump_main_thread();
            if block == TURN_AT_BLOCK {
                stage.click(AB_TAB)?;
            }
        }
        let input = if front.is_some() { [&between[0][..], &between[1]] } else { input };
        instance.process(&input, None, &mut [&mut left, &mut right], &[])?;
        instance.pump_main_thread();
        if let Some(size) = instance.requested_size() {
            instance.set_size(size)?;
        }
        // The window opens in a thread of its own, and not at once.
        if block % 16 == 15 {
            stage.fit()?;
        }
        let due = Duration::from_secs_f64(((block + 1) * BLOCK) as f64 / f64::from(SAMPLE_RATE_HZ));
        std::thread::sleep(due.saturating_sub(start.elapsed()));
    }
    Ok(())
}

/// The window that stands for the DAW's.
struct Stage {
    /// Of the desktop, 1 at 100 %.
    scale: f32,
    connection: RustConnection,
    screen: usize,
    window: Window,
    /// Width and height of `window`, in pixels.
    size: (u32, u32),
}

/// A picture: three bytes a pixel, red first.
struct Shot {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Stage {
    /// Opens it on the display of the environment. `percent` becomes the desktop's scale: baseview reads it on X11
    /// from the resource Xft.dpi alone, when the plugin connects.
    fn open(percent: u32) -> anyhow::Result<Self> {
        let (connection, screen) = x11rb::connect(None).context("cannot reach the X server")?;
        let root = connection.setup().roots[screen].root;
        let resources = format!("Xft.dpi:\t{}\n", 96 * percent / 100);
        connection.change_property8(
            PropMode::REPLACE,
            root,
            AtomEnum::RESOURCE_MANAGER,
            AtomEnum::STRING,
            resources.as_bytes(),
        )?;
        // Out of the way: a control under the pointer would be drawn as touched.
        connection.warp_pointer(x11rb::NONE, root, 0, 0, 0, 0, i16::MAX, i16::MAX)?;
        let window = connection.generate_id()?;
        connection.create_window(
            x11rb::COPY_DEPTH_FROM_PARENT,
            window,
            root,
            0,
            0,
            INITIAL_SIZE.0,
            INITIAL_SIZE.1,
            0,
            WindowClass::INPUT_OUTPUT,
            x11rb::COPY_FROM_PARENT,
            &CreateWindowAux::new().background_pixel(0),
        )?;
        connection.map_window(window)?;
        connection.sync()?;
        let size = (INITIAL_SIZE.0.into(), INITIAL_SIZE.1.into());
        Ok(Self { scale: percent as f32 / 100.0, connection, screen, window, size })
    }

    /// Clicks at a place of the plugin's window, in points, and takes the pointer away again.
    fn click(&self, (x, y): (f32, f32)) -> anyhow::Result<()> {
        let root = self.connection.setup().roots[self.screen].root;
        let place = self.child()?;
        let at = |from: i16, points: f32| from + (points * self.scale).round() as i16;
        let (x, y) = (at(place.x, x), at(place.y, y));
        for (event, detail) in [(MOTION_NOTIFY_EVENT, 0), (BUTTON_PRESS_EVENT, 1), (BUTTON_RELEASE_EVENT, 1)] {
            self.connection.xtest_fake_input(event, detail, 0, root, x, y, 0)?;
            self.connection.sync()?;
            std::thread::sleep(Duration::from_millis(30));
        }
        self.connection.warp_pointer(x11rb::NONE, root, 0, 0, 0, 0, i16::MAX, i16::MAX)?;
        Ok(self.connection.sync()?)
    }

    /// The plugin's window within ours, and where it stands.
    fn child(&self) -> anyhow::Result<GetGeometryReply> {
        let children = self.connection.query_tree(self.window)?.reply()?.children;
        let child = *children.first().context("the plugin made no window in ours")?;
        Ok(self.connection.get_geometry(child)?.reply()?)
    }

    /// Makes our window as large as the plugin's. The size that a plugin tells when it opens is not to be trusted at
    /// 200 %: nice-plug learns the desktop's scale only later, in the thread of the window.
    fn fit(&mut self) -> anyhow::Result<()> {
        let child = self.child()?;
        let size = (u32::from(child.width), u32::from(child.height));
        if size != self.size {
            let wanted = ConfigureWindowAux::new().width(size.0).height(size.1);
            self.connection.configure_window(self.window, &wanted)?;
            self.connection.sync()?;
            self.size = size;
        }
        Ok(())
    }

    /// Takes the picture of what the plugin drew.
    fn shoot(&self) -> anyhow::Result<Shot> {
        let place = self.child()?;
        // From the root: that is what a person would see, the plugin's window within ours.
        let root = self.connection.setup().roots[self.screen].root;
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, root, place.x, place.y, place.width, place.height, u32::MAX)?
            .reply()
            .context("the window is larger than the screen")?;
        let (width, height) = (u32::from(place.width), u32::from(place.height));
        // Xvfb at depth 24 gives four bytes a pixel, blue first.
        ensure!(
            image.data.len() == width as usize * height as usize * 4,
            "the X server gave a picture of another format"
        );
        let rgb: Vec<u8> = image.data.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        ensure!(rgb.chunks_exact(3).any(|pixel| pixel != &rgb[..3]), "the plugin's window stayed empty");
        Ok(Shot { width, height, rgb })
    }
}

fn write_png(path: &Path, shot: &Shot) -> anyhow::Result<()> {
    let file: PathBuf = path.to_owned();
    let write = || -> anyhow::Result<()> {
        let mut encoder = png::Encoder::new(BufWriter::new(std::fs::File::create(&file)?), shot.width, shot.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&shot.rgb)?;
        Ok(writer.finish()?)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
