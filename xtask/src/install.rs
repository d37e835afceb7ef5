//! `cargo xtask install` and `uninstall`: the bundles in the user's own plugin folders.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use crate::{
    files,
    workspace::{FORMATS, Workspace},
};

/// Copies every bundle of the suite into the user's folders and says where each went.
pub fn install(workspace: &Workspace) -> anyhow::Result<()> {
    for format in FORMATS {
        let folder = user_folder(format)?;
        for plugin in workspace.plugins() {
            let built = workspace.bundles().join(format!("{}.{format}", plugin.bundle_name));
            let (copy, replaced) = files::replace(&built, &folder)?;
            println!("{} {}", if replaced { "replaced " } else { "installed" }, copy.display());
        }
    }
    println!("Rescan the plugins in your DAW, or restart it, to see the new versions.");
    Ok(())
}

/// Removes the suite's bundles, known by their names, from the user's folders. Nothing else there is touched.
pub fn uninstall(workspace: &Workspace) -> anyhow::Result<()> {
    let mut removed = 0;
    for format in FORMATS {
        let folder = user_folder(format)?;
        for plugin in workspace.plugins() {
            let copy = folder.join(format!("{}.{format}", plugin.bundle_name));
            if files::remove_tree(&copy).with_context(|| format!("cannot remove {}", copy.display()))? {
                println!("removed   {}", copy.display());
                removed += 1;
            }
        }
    }
    if removed == 0 {
        println!("Nothing to remove: no Twobus bundle is in your plugin folders.");
    }
    Ok(())
}

/// The user's own folder for a format on this system.
fn user_folder(format: &str) -> anyhow::Result<PathBuf> {
    folder_of(format, std::env::consts::OS, |name| std::env::var_os(name))
}

/// The user's folder for `format` ("clap" or "vst3") on the system `os`, from its environment.
///
/// The places are those that the CLAP header `entry.h` and Steinberg's "Plug-in Locations" name for one user.
fn folder_of(format: &str, os: &str, variable: impl Fn(&str) -> Option<OsString>) -> anyhow::Result<PathBuf> {
    let home = |name: &str| match variable(name) {
        Some(value) if Path::new(&value).is_absolute() => Ok(PathBuf::from(value)),
        _ => bail!("cannot find your plugin folders: the variable {name} is not set"),
    };
    match os {
        "macos" => Ok(home("HOME")?.join("Library/Audio/Plug-Ins").join(format.to_uppercase())),
        "windows" => Ok(home("LOCALAPPDATA")?.join("Programs").join("Common").join(format.to_uppercase())),
        _ => Ok(home("HOME")?.join(format!(".{format}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_those_that_hosts_scan() {
        let home = |_: &str| Some(OsString::from("/home/ann"));
        assert_eq!(folder_of("clap", "linux", home).unwrap(), Path::new("/home/ann/.clap"));
        assert_eq!(folder_of("vst3", "linux", home).unwrap(), Path::new("/home/ann/.vst3"));
        assert_eq!(folder_of("vst3", "macos", home).unwrap(), Path::new("/home/ann/Library/Audio/Plug-Ins/VST3"));
        assert_eq!(folder_of("clap", "windows", home).unwrap(), Path::new("/home/ann/Programs/Common/CLAP"));
    }

    #[test]
    fn an_unset_home_is_an_error_that_names_it() {
        let error = folder_of("clap", "linux", |_| None).unwrap_err();
        assert!(error.to_string().contains("HOME"));
        assert!(folder_of("clap", "linux", |_| Some(OsString::new())).is_err());
    }
}
