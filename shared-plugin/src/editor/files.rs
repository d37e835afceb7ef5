//! Presets and preferences: small TOML files in the user's configuration folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shared_files::{read_text, write_whole};

/// Why a file could not be used, in words for the window.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The operating system said no.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is no preset, or it is damaged.
    #[error("{path} cannot be read: {reason}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// It belongs to another plugin.
    #[error("{path} is a preset of {product}")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        product: String,
    },
    /// A name that no file system would take.
    #[error("\"{0}\" cannot be a preset's name")]
    Name(String),
    /// There is no home to put it in.
    #[error("this user has no configuration folder")]
    NoFolder,
}

/// A preset as it stands in its file: values as the window writes them, readable and editable by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// The product's id.
    pub product: String,
    /// Parameter ids and their text.
    pub values: BTreeMap<String, String>,
}

/// How this user likes this plugin's window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Size of the window, 0.75..2.
    pub scale: f32,
    /// No easing, pictures at 15 Hz.
    pub reduced_motion: bool,
    /// Explanations under the pointer.
    pub tooltips: bool,
    /// Whether the wheel moves values.
    pub wheel: bool,
    /// Steps of 0.5 dB.
    pub mastering_steps: bool,
    /// How much time the pictures that scroll show, s; `None` until one was chosen.
    pub history_s: Option<f32>,
    /// The preset that a new instance opens with.
    pub default_preset: Option<String>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            scale: 1.0,
            reduced_motion: false,
            tooltips: true,
            wheel: true,
            mastering_steps: false,
            history_s: None,
            default_preset: None,
        }
    }
}

/// The folder of one product's files.
#[derive(Debug, Clone)]
pub struct Library {
    folder: Option<PathBuf>,
    product: &'static str,
}

const PRESET_SUFFIX: &str = "toml";
/// A preset is a page of text: a bigger file is something else.
const MOST_TEXT_MIB: u64 = 1;

fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T, FileError> {
    let format = |reason: String| FileError::Format { path: path.to_owned(), reason };
    let text = read_text(path, MOST_TEXT_MIB).map_err(|source| match source.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => format(source.to_string()),
        _ => FileError::Io { path: path.to_owned(), source },
    })?;
    toml::from_str(&text).map_err(|error| format(error.message().to_owned()))
}

/// Writes a file, and the folder that it lies in where there is none.
fn write_toml<T: Serialize>(path: &Path, value: &T) -> Result<(), FileError> {
    let io = |source| FileError::Io { path: path.to_owned(), source };
    let text = toml::to_string_pretty(value)
        .map_err(|error| FileError::Format { path: path.to_owned(), reason: error.to_string() })?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(io)?;
    }
    write_whole(path, text.as_bytes()).map_err(io)
}

impl Library {
    /// The library in the user's configuration folder.
    #[must_use]
    pub fn of_user(product: &'static str) -> Self {
        Self { folder: dirs::config_dir().map(|folder| folder.join("twobus").join(product)), product }
    }

    /// A library elsewhere.
    #[must_use]
    pub fn at(folder: PathBuf, product: &'static str) -> Self {
        Self { folder: Some(folder), product }
    }

    fn path(&self, name: &str) -> Result<PathBuf, FileError> {
        let folder = self.folder.as_ref().ok_or(FileError::NoFolder)?;
        let is_plain = !name.trim().is_empty()
            && name.len() <= 100
            && !name.starts_with('.')
            && !name.chars().any(|c| c.is_control() || r#"/\:*?"<>|"#.contains(c));
        if !is_plain {
            return Err(FileError::Name(name.to_owned()));
        }
        Ok(folder.join("presets").join(format!("{}.{PRESET_SUFFIX}", name.trim())))
    }

    /// The names of the user's presets, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let Some(folder) = &self.folder else { return Vec::new() };
        let mut names: Vec<String> = fs::read_dir(folder.join("presets"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|suffix| suffix == PRESET_SUFFIX) && path.is_file())
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        names.sort_by_key(|name| name.to_lowercase());
        names
    }

    /// Reads a preset file wherever it lies (import), and checks whose it is.
    pub fn read(&self, path: &Path) -> Result<Preset, FileError> {
        let preset: Preset = read_toml(path)?;
        if preset.product == self.product {
            Ok(preset)
        } else {
            Err(FileError::Foreign { path: path.to_owned(), product: preset.product })
        }
    }

    /// Reads one of the user's presets.
    pub fn load(&self, name: &str) -> Result<Preset, FileError> {
        self.read(&self.path(name)?)
    }

    /// Writes one of the user's presets, over an older one of that name.
    pub fn save(&self, name: &str, values: BTreeMap<String, String>) -> Result<(), FileError> {
        write_toml(&self.path(name)?, &Preset { product: self.product.to_owned(), values })
    }

    /// Renames a preset; never over another one.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), FileError> {
        let (from, to) = (self.path(from)?, self.path(to)?);
        let io = |source| FileError::Io { path: to.clone(), source };
        if to.exists() {
            return Err(io(io::ErrorKind::AlreadyExists.into()));
        }
        fs::rename(&from, &to).map_err(io)
    }

    /// Deletes a preset.
    pub fn delete(&self, name: &str) -> Result<(), FileError> {
        let path = self.path(name)?;
        fs::remove_file(&path).map_err(|source| FileError::Io { path, source })
    }

    /// Where [`import`](Self::import) looks for files, for the window's message.
    #[must_use]
    pub fn import_folder(&self) -> String {
        self.folder.as_ref().map_or_else(String::new, |folder| folder.join("import").display().to_string())
    }

    /// Takes every preset of this product out of the import folder into the user's presets, never over one that is there.
    /// Returns how many. (The framework forwards no dropped files and has no file dialog: a folder is what is left.)
    pub fn import(&self) -> Result<usize, FileError> {
        let folder = self.folder.as_ref().ok_or(FileError::NoFolder)?.join("import");
        let io = |source| FileError::Io { path: folder.clone(), source };
        fs::create_dir_all(&folder).map_err(io)?;
        let mut count = 0;
        for entry in fs::read_dir(&folder).map_err(io)?.flatten() {
            let path = entry.path();
            let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
            if path.extension().is_none_or(|suffix| suffix != PRESET_SUFFIX) {
                continue;
            }
            let preset = self.read(&path)?;
            let to = self.path(name)?;
            if to.exists() {
                return Err(FileError::Io { path: to, source: io::ErrorKind::AlreadyExists.into() });
            }
            write_toml(&to, &preset)?;
            fs::remove_file(&path).map_err(io)?;
            count += 1;
        }
        Ok(count)
    }

    /// Writes a preset into the export folder and tells where.
    pub fn export(&self, name: &str, values: BTreeMap<String, String>) -> Result<PathBuf, FileError> {
        let file = self.path(name)?;
        let file = file.file_name().ok_or_else(|| FileError::Name(name.to_owned()))?;
        let path = self.folder.as_ref().ok_or(FileError::NoFolder)?.join("export").join(file);
        write_toml(&path, &Preset { product: self.product.to_owned(), values })?;
        Ok(path)
    }

    /// This user's preferences; the defaults where there are none or they cannot be read.
    #[must_use]
    pub fn preferences(&self) -> Preferences {
        let read = self.folder.as_ref().and_then(|folder| read_toml(&folder.join("window.toml")).ok());
        let mut preferences: Preferences = read.unwrap_or_default();
        preferences.scale = if preferences.scale.is_finite() { preferences.scale.clamp(0.75, 2.0) } else { 1.0 };
        preferences
    }

    /// Keeps this user's preferences.
    pub fn save_preferences(&self, preferences: &Preferences) -> Result<(), FileError> {
        let folder = self.folder.as_ref().ok_or(FileError::NoFolder)?;
        write_toml(&folder.join("window.toml"), preferences)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library() -> (tempfile::TempDir, Library) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let library = Library::at(folder.path().to_owned(), "org.twobus.test");
        (folder, library)
    }

    #[test]
    fn presets_come_back_as_they_were_saved() {
        let (_folder, library) = library();
        let values = BTreeMap::from([("ratio".to_owned(), "4:1".to_owned())]);
        library.save("Drum bus", values.clone()).expect("saved");
        assert_eq!(library.names(), ["Drum bus"]);
        assert_eq!(library.load("Drum bus").expect("loaded").values, values);
        library.rename("Drum bus", "Drums").expect("renamed");
        assert_eq!(library.names(), ["Drums"]);
        library.save("Other", BTreeMap::new()).expect("saved");
        assert!(library.rename("Other", "Drums").is_err(), "a rename must not eat another preset");
        library.delete("Drums").expect("deleted");
        assert_eq!(library.names(), ["Other"]);
    }

    #[test]
    fn bad_files_and_names_say_what_is_wrong() {
        let (folder, library) = library();
        for name in ["", "  ", "../up", "a/b", ".hidden", "nul\0"] {
            assert!(matches!(library.save(name, BTreeMap::new()), Err(FileError::Name(_))), "{name:?}");
        }
        let path = folder.path().join("x.toml");
        fs::write(&path, "values = 3").expect("written");
        assert!(matches!(library.read(&path), Err(FileError::Format { .. })));
        fs::write(&path, "product = \"org.other\"\n[values]\n").expect("written");
        assert!(matches!(library.read(&path), Err(FileError::Foreign { .. })));
        assert!(matches!(library.load("absent"), Err(FileError::Io { .. })));
    }

    /// Puts what is no file of text where one is looked for: a pipe without a writer, a device without an end, a folder,
    /// and two gigabytes of nothing.
    #[cfg(target_os = "linux")]
    fn put_something_else(path: &Path, what: &str) {
        match what {
            "pipe" => {
                let name = std::ffi::CString::new(path.to_str().expect("plain")).expect("no null");
                // SAFETY: the name is a C text.
                assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
            }
            "device" => std::os::unix::fs::symlink("/dev/zero", path).expect("a link"),
            "folder" => fs::create_dir(path).expect("a folder"),
            _ => fs::File::create(path).and_then(|file| file.set_len(2 << 30)).expect("a sparse file"),
        }
    }

    /// Runs a job that must not keep anybody waiting.
    #[cfg(target_os = "linux")]
    fn at_once<T: Send + 'static>(what: &str, job: impl FnOnce() -> T + Send + 'static) -> T {
        let (done, wait) = std::sync::mpsc::channel();
        std::thread::spawn(move || done.send(job()));
        let limit = std::time::Duration::from_secs(5);
        wait.recv_timeout(limit).unwrap_or_else(|_| panic!("a {what} keeps the host waiting"))
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_no_plain_file_of_text_is_refused_at_once() {
        for what in ["pipe", "device", "folder", "huge file"] {
            let (folder, library) = library();
            fs::create_dir_all(folder.path().join("presets")).expect("made");
            fs::create_dir_all(folder.path().join("import")).expect("made");
            for place in ["window.toml", "presets/Default.toml", "import/New.toml"] {
                put_something_else(&folder.path().join(place), what);
            }
            let of = |job: fn(&Library) -> bool| {
                let library = library.clone();
                at_once(what, move || job(&library))
            };
            assert!(of(|library| library.preferences() == Preferences::default()), "{what}");
            assert!(of(|library| library.load("Default").is_err()), "{what}");
            assert!(of(|library| library.import().is_err()), "{what}");
            // A folder in the way is said, everything else is replaced.
            let saved = of(|library| library.save_preferences(&Preferences::default()).is_ok());
            assert_eq!(saved, what != "folder", "{what}");
        }
    }

    #[test]
    fn a_file_of_just_the_largest_size_is_read() {
        let (folder, library) = library();
        let path = folder.path().join("window.toml");
        let text = "scale = 1.5\n";
        let padded = |bytes: usize| format!("{text}{}", "#".repeat(bytes - text.len()));
        fs::write(&path, padded(1 << 20)).expect("written");
        assert_eq!(library.preferences().scale, 1.5);
        fs::write(&path, padded((1 << 20) + 1)).expect("written");
        assert_eq!(library.preferences().scale, 1.0);
        assert!(matches!(library.read(&path), Err(FileError::Format { .. })));
    }

    #[test]
    fn preferences_survive_and_hostile_ones_are_tamed() {
        let (folder, library) = library();
        assert_eq!(library.preferences(), Preferences::default());
        let liked = Preferences { scale: 1.5, mastering_steps: true, history_s: Some(30.0), ..Preferences::default() };
        library.save_preferences(&liked).expect("saved");
        assert_eq!(library.preferences(), liked);
        fs::write(folder.path().join("window.toml"), "scale = 1e30").expect("written");
        assert_eq!(library.preferences().scale, 2.0);
        fs::write(folder.path().join("window.toml"), "scale = nan").expect("written");
        assert_eq!(library.preferences().scale, 1.0);
    }
}
