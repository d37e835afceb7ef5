//! Bundles on disk, and the plugins in them.

use std::ffi::{CStr, CString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clack_host::prelude::PluginEntry;

use crate::{HostError, slug};

/// What a bundle says of one of its plugins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginDescriptor {
    /// CLAP id, "org.example.plugin".
    pub id: String,
    /// Name shown to people.
    pub name: String,
    /// Who makes it.
    pub vendor: String,
    /// Its version.
    pub version: String,
    /// CLAP features ("audio-effect", "compressor", ...).
    pub features: Vec<String>,
}

impl PluginDescriptor {
    /// The short name that chains use: the name in snake_case without "twobus_" ("Twobus Glue" is `glue`).
    pub fn short_name(&self) -> String {
        let key = slug(&self.name);
        key.strip_prefix("twobus_").map_or_else(|| key.clone(), str::to_owned)
    }

    /// Whether `wanted` names this plugin: by short name, by full name in any case, or by id.
    pub fn is_named(&self, wanted: &str) -> bool {
        let key = slug(wanted);
        wanted == self.id || (!key.is_empty() && (key == self.short_name() || key == slug(&self.name)))
    }
}

/// A loaded `.clap` file. It stays loaded for as long as a handle or an instance of it lives.
pub struct Bundle {
    path: PathBuf,
    entry: PluginEntry,
    plugins: Vec<PluginDescriptor>,
}

impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bundle").field("path", &self.path).field("plugins", &self.plugins).finish_non_exhaustive()
    }
}

impl Bundle {
    /// Loads a bundle. This runs code of the bundle: load only what you would open in a DAW.
    ///
    /// # Errors
    ///
    /// [`HostError::Load`] if the file does not exist, is no library for this machine, or is no CLAP bundle.
    pub fn load(path: impl AsRef<Path>) -> Result<Arc<Self>, HostError> {
        let path = path.as_ref().to_path_buf();
        let fail = |reason: String| HostError::Load { path: path.clone(), reason };
        // A bare file name would make the loader search the system's libraries and not the folder.
        let absolute = std::path::absolute(&path).map_err(|error| fail(error.to_string()))?;
        if !absolute.exists() {
            return Err(fail("there is no such file".into()));
        }
        // SAFETY: the file is a CLAP bundle that the caller asked us to run, as every CLAP host must trust the bundles
        // it loads; the entry outlives every instance, since each holds the `Arc<Bundle>`.
        let entry = unsafe { PluginEntry::load(absolute.as_os_str()) }.map_err(|error| fail(error.to_string()))?;
        let factory = entry.get_plugin_factory().ok_or_else(|| fail("it has no plugin factory".into()))?;
        let text = |text: Option<&CStr>| text.map(|text| text.to_string_lossy().into_owned()).unwrap_or_default();
        let plugins = factory
            .plugin_descriptors()
            .map(|descriptor| PluginDescriptor {
                id: text(descriptor.id()),
                name: text(descriptor.name()),
                vendor: text(descriptor.vendor()),
                version: text(descriptor.version()),
                features: descriptor.features().map(|feature| text(Some(feature))).collect(),
            })
            .collect();
        Ok(Arc::new(Self { path, entry, plugins }))
    }

    /// The plugins in the bundle.
    pub fn plugins(&self) -> Vec<PluginDescriptor> {
        self.plugins.clone()
    }

    /// The file that it was loaded from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn entry(&self) -> &PluginEntry {
        &self.entry
    }

    /// The id as C text, where the bundle has such a plugin.
    pub(crate) fn c_id(&self, plugin_id: &str) -> Option<CString> {
        self.plugins.iter().any(|plugin| plugin.id == plugin_id).then(|| CString::new(plugin_id).ok()).flatten()
    }
}

/// Where bundles are looked for, in this order: `plugins` alone if given, else `target/bundled` next to this program
/// (`target/release/twobus`) and under the current folder; then the CLAP folders of the user and of the machine.
pub fn default_search_dirs(plugins: Option<&Path>) -> Vec<PathBuf> {
    let mut dirs = Vec::new();
    match plugins {
        Some(dir) => dirs.push(dir.to_path_buf()),
        None => {
            let exe = std::env::current_exe().ok();
            // target/release/twobus -> target/bundled; target/release/deps/test -> target/bundled.
            dirs.extend(exe.iter().flat_map(|exe| exe.ancestors().skip(2).take(2)).map(|dir| dir.join("bundled")));
            dirs.push(PathBuf::from("target/bundled"));
        }
    }
    if let Some(paths) = std::env::var_os("CLAP_PATH") {
        dirs.extend(std::env::split_paths(&paths));
    }
    let home = std::env::var_os("HOME").map(PathBuf::from);
    if cfg!(target_os = "macos") {
        dirs.extend(home.map(|home| home.join("Library/Audio/Plug-Ins/CLAP")));
        dirs.push("/Library/Audio/Plug-Ins/CLAP".into());
    } else if cfg!(windows) {
        dirs.extend(std::env::var_os("LOCALAPPDATA").map(|dir| PathBuf::from(dir).join("Programs/Common/CLAP")));
        dirs.extend(std::env::var_os("COMMONPROGRAMFILES").map(|dir| PathBuf::from(dir).join("CLAP")));
    } else {
        dirs.extend(home.map(|home| home.join(".clap")));
        dirs.push("/usr/lib/clap".into());
    }
    dirs
}

/// Every `.clap` bundle directly in `dirs`, in order, sorted by name within a folder. A folder that does not exist
/// holds none. Nothing is loaded.
pub fn find_bundles<P: AsRef<Path>>(dirs: impl IntoIterator<Item = P>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for dir in dirs {
        let Ok(entries) = std::fs::read_dir(dir.as_ref()) else { continue };
        let mut here: Vec<PathBuf> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("clap")))
            .collect();
        here.sort();
        for path in here {
            if !found.contains(&path) {
                found.push(path);
            }
        }
    }
    found
}

/// Loads the bundle that holds the plugin called `wanted` (short name, name or id) and returns it with the plugin's
/// descriptor. Bundles whose file name says so are tried first, so that a search through a full plugin folder seldom
/// loads anything foreign.
///
/// # Errors
///
/// [`HostError::UnknownPlugin`] naming what was found, and [`HostError::Load`] if the one bundle named like the plugin
/// cannot be loaded.
pub fn find_plugin(wanted: &str, bundles: &[PathBuf]) -> Result<(Arc<Bundle>, PluginDescriptor), HostError> {
    let stem = |path: &PathBuf| slug(&path.file_stem().unwrap_or_default().to_string_lossy());
    let key = slug(wanted);
    let named = |path: &&PathBuf| {
        let stem = stem(path);
        stem == key || stem.strip_prefix("twobus_") == Some(key.as_str())
    };
    let mut failure = None;
    let mut known = Vec::new();
    let (first, rest): (Vec<_>, Vec<_>) = bundles.iter().partition(named);
    // Foreign bundles are not worth running only to name them in an error.
    let ours = rest.into_iter().filter(|path| wanted.contains('.') || !is_foreign(path));
    for path in first.into_iter().chain(ours) {
        match Bundle::load(path) {
            Ok(bundle) => {
                if let Some(plugin) = bundle.plugins.iter().find(|plugin| plugin.is_named(wanted)) {
                    return Ok((Arc::clone(&bundle), plugin.clone()));
                }
                known.extend(bundle.plugins.iter().map(PluginDescriptor::short_name));
            }
            Err(error) if named(&path) => failure = failure.or(Some(error)),
            Err(_) => {}
        }
    }
    if let Some(error) = failure {
        return Err(error);
    }
    known.sort();
    known.dedup();
    let available = if known.is_empty() {
        "there is none in target/bundled, --plugins DIR or the user's CLAP folder (cargo xtask bundle builds them)"
            .into()
    } else {
        format!("found: {}", known.join(", "))
    };
    Err(HostError::UnknownPlugin { wanted: wanted.into(), available })
}

/// Whether a bundle lies in a shared plugin folder (the user's or the machine's) and does not bear the suite's name.
pub fn is_foreign(path: &Path) -> bool {
    let shared = default_search_dirs(Some(Path::new("")));
    let stem = slug(&path.file_stem().unwrap_or_default().to_string_lossy());
    path.parent().is_some_and(|dir| shared.iter().skip(1).any(|shared| shared == dir)) && !stem.starts_with("twobus")
}
