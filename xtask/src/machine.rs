//! What a chore needs on this machine: it is looked for before the long work starts, installed where that is ours to
//! do, and otherwise named with the one command that brings it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail, ensure};

/// The oldest Python for which the packages of requirements.txt are published.
const OLDEST_PYTHON: (u32, u32) = (3, 10);

/// A thing that a chore cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A Python that can make virtual environments.
    Python,
    /// A screen without a screen: Xvfb, X11's client libraries and a software OpenGL. Asked for on Linux only.
    Window,
}

/// Something that was looked for and not found.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Missing {
    /// What it is, in words.
    what: String,
    /// The package that has it, for each of [`MANAGERS`] in turn.
    packages: [&'static str; 3],
}

/// A system's package manager.
struct Manager {
    program: &'static str,
    install: &'static str,
}

/// Debian and its kin, Fedora and its kin, Arch and its kin.
const MANAGERS: [Manager; 3] = [
    Manager { program: "apt-get", install: "apt-get update && apt-get install -y --no-install-recommends" },
    Manager { program: "dnf", install: "dnf install -y" },
    Manager { program: "pacman", install: "pacman -S --needed --noconfirm" },
];

/// Makes sure that everything in `needs` is there.
///
/// As root on a system with apt-get (a container, a CI machine) it installs what is missing; elsewhere it fails and
/// prints the command to run, for it is not for a build tool to ask for a password.
pub fn require(needs: &[Need]) -> anyhow::Result<()> {
    let missing = find_missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    for item in &missing {
        println!("missing on this machine: {}", item.what);
    }
    let manager = MANAGERS.iter().position(|manager| on_path(manager.program).is_some());
    let Some(which) = manager else {
        bail!("install what is missing (Python from https://www.python.org), then run the command again");
    };
    let command = install_command(&missing, which);
    if MANAGERS[which].program != "apt-get" || !is_root() {
        let sudo = if is_root() { "" } else { "sudo " };
        bail!("run this once, then the command again:\n\n    {sudo}sh -c '{command}'\n");
    }
    println!("installing it: {command}");
    let status = Command::new("sh")
        .args(["-c", &command])
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .status();
    ensure!(status.context("cannot run sh")?.success(), "could not install it; is the network there?");
    let still = find_missing(needs);
    if let Some(item) = still.first() {
        bail!("installed {}, and still missing: {}", packages(&missing, which).join(" "), item.what);
    }
    Ok(())
}

/// The command that installs what is missing with the manager `MANAGERS[which]`.
fn install_command(missing: &[Missing], which: usize) -> String {
    format!("{} {}", MANAGERS[which].install, packages(missing, which).join(" "))
}

/// The packages for what is missing, each once.
fn packages(missing: &[Missing], which: usize) -> Vec<&'static str> {
    let mut packages: Vec<_> = missing.iter().flat_map(|item| item.packages[which].split(' ')).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

fn find_missing(needs: &[Need]) -> Vec<Missing> {
    let mut missing = Vec::new();
    if needs.contains(&Need::Python)
        && let Err(error) = python()
    {
        missing.push(Missing { what: format!("{error:#}"), packages: ["python3 python3-venv", "python3", "python"] });
    }
    #[cfg(target_os = "linux")]
    if needs.contains(&Need::Window) {
        missing.extend(screen::find_missing());
    }
    missing
}

/// The command of a Python that is new enough and able to make a virtual environment.
pub fn python() -> anyhow::Result<PathBuf> {
    let names: &[&str] = if cfg!(windows) { &["python", "python3"] } else { &["python3", "python"] };
    let Some(python) = names.iter().find_map(|name| on_path(name)) else {
        bail!("Python {}.{} or newer", OLDEST_PYTHON.0, OLDEST_PYTHON.1);
    };
    // Debian packs `ensurepip` apart from Python itself, and `venv` fails late without it.
    let check = "import sys; print(sys.version_info[0], sys.version_info[1]); import venv, ensurepip";
    let output = Command::new(&python).args(["-c", check]).output();
    let output = output.with_context(|| format!("Python: cannot run {}", python.display()))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let mut numbers = printed.split_whitespace().map(|number| number.parse::<u32>());
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
        bail!("a Python that works: {} does not say its version", python.display());
    };
    if (major, minor) < OLDEST_PYTHON {
        bail!("Python {}.{} or newer: {} is {major}.{minor}", OLDEST_PYTHON.0, OLDEST_PYTHON.1, python.display());
    }
    ensure!(output.status.success(), "Python's modules venv and ensurepip for {}", python.display());
    Ok(python)
}

/// The full path of a program, looked up as a shell would.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

#[cfg(unix)]
fn is_root() -> bool {
    // Who owns the file that every process has about itself: no call into C for one number.
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// Makes the virtual environment `folder` with what `requirements` pins, unless it has that already. Returns its Python.
pub fn virtual_environment(folder: &Path, requirements: &Path) -> anyhow::Result<PathBuf> {
    let python_in = if cfg!(windows) { folder.join("Scripts/python.exe") } else { folder.join("bin/python") };
    let stamp = folder.join("requirements.txt");
    let wanted = std::fs::read(requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    // The interpreter is asked too: a system upgrade may have taken away the Python that the environment was made from.
    let works = || {
        Command::new(&python_in).args(["-c", "import numpy, pedalboard"]).output().is_ok_and(|out| out.status.success())
    };
    if std::fs::read(&stamp).is_ok_and(|made| made == wanted) && works() {
        return Ok(python_in);
    }
    println!("making the Python environment {}", folder.display());
    crate::files::remove_tree(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    run(Command::new(python()?).args(["-m", "venv"]).arg(folder), "make a Python environment")?;
    let pip =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--requirement"];
    run(
        Command::new(&python_in).args(pip).arg(requirements),
        "install Python packages from PyPI; is the network there?",
    )?;
    ensure!(works(), "the Python packages of {} are installed and do not load", requirements.display());
    std::fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(python_in)
}

fn run(command: &mut Command, what: &str) -> anyhow::Result<()> {
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot {what}"))?;
    ensure!(status.success(), "cannot {what}");
    Ok(())
}

/// The headless screen of Linux.
#[cfg(target_os = "linux")]
mod screen {
    use super::{Missing, on_path};

    /// What an editor loads at run time (nothing of it is linked), with the packages that have it.
    const LIBRARIES: [(&str, [&str; 3]); 6] = [
        ("libX11.so.6", ["libx11-6", "libX11", "libx11"]),
        ("libX11-xcb.so.1", ["libx11-xcb1", "libX11-xcb", "libx11"]),
        ("libxcb.so.1", ["libxcb1", "libxcb", "libxcb"]),
        ("libxkbcommon.so.0", ["libxkbcommon0", "libxkbcommon", "libxkbcommon"]),
        ("libxkbcommon-x11.so.0", ["libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"]),
        ("libGL.so.1", ["libgl1 libgl1-mesa-dri", "mesa-libGL mesa-dri-drivers", "mesa"]),
    ];

    /// Where systems keep Mesa's drivers. Without one for software an OpenGL library loads, and no window opens.
    const DRIVER_FOLDERS: [&str; 5] = [
        "/usr/lib/x86_64-linux-gnu/dri",
        "/usr/lib/aarch64-linux-gnu/dri",
        "/usr/lib64/dri",
        "/usr/lib/dri",
        "/run/opengl-driver/lib/dri",
    ];

    pub(super) fn find_missing() -> Vec<Missing> {
        let mut missing = Vec::new();
        if on_path("Xvfb").is_none() {
            let packages = ["xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb"];
            missing.push(Missing { what: "Xvfb, the X server without a screen".to_owned(), packages });
        }
        for (library, packages) in LIBRARIES {
            // SAFETY: these are the system's own libraries, whose initialisers any X11 program runs.
            if unsafe { libloading::Library::new(library) }.is_err() {
                missing.push(Missing { what: format!("the library {library}"), packages });
            }
        }
        let drivers = DRIVER_FOLDERS.iter().any(|folder| std::path::Path::new(folder).join("swrast_dri.so").exists());
        if !drivers {
            let packages = ["libgl1-mesa-dri", "mesa-dri-drivers", "mesa"];
            missing.push(Missing { what: "Mesa's software OpenGL driver, swrast_dri.so".to_owned(), packages });
        }
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_command_brings_every_missing_package_once() {
        let missing = [
            Missing { what: "a".into(), packages: ["xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb"] },
            Missing { what: "b".into(), packages: ["libgl1 libgl1-mesa-dri", "mesa-libGL mesa-dri-drivers", "mesa"] },
            Missing { what: "c".into(), packages: ["libgl1-mesa-dri", "mesa-dri-drivers", "mesa"] },
        ];
        assert_eq!(
            install_command(&missing, 0),
            "apt-get update && apt-get install -y --no-install-recommends libgl1 libgl1-mesa-dri xvfb"
        );
        assert_eq!(install_command(&missing, 2), "pacman -S --needed --noconfirm mesa xorg-server-xvfb");
    }

    #[test]
    fn programs_are_found_as_a_shell_finds_them() {
        assert!(on_path("cargo").is_some_and(|path| path.is_absolute()));
        assert_eq!(on_path("no-program-has-this-name"), None);
    }
}
