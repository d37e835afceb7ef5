//! Chains: which plugins, in which order, with which values. TOML, to be read and written by people.
//!
//! ```toml
//! name = "Gentle glue"
//! output_level_db = -0.3   # optional: the sample peak of the result, dBFS
//!
//! [[plugin]]
//! use = "glue"             # short name, full name or CLAP id
//! threshold = "-18 dB"     # parameters by key, values as the editor shows them,
//! ratio = 2                # numbers in the unit shown,
//! bypass = false           # and switches
//! ```
//!
//! A last plugin that dithers (Limiter) is the final level: nothing may come behind it. The output level is then set in front of
//! it, and its dither is the file's only one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use shared_files::read_text;

use crate::{Bundle, HostError, Instance, find_plugin};

/// The longest chain that is read, MiB: a thousand times what any has.
const MOST_CHAIN_MIB: u64 = 4;

/// A named starting point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedChain {
    /// The name to ask for.
    pub name: &'static str,
    /// What it is for, one line.
    pub about: &'static str,
    /// The chain itself.
    pub toml: &'static str,
}

/// The starting points, the lightest first.
pub const NAMED_CHAINS: &[NamedChain] = &[
    NamedChain {
        name: "glue-gentle",
        about: "console bus compression, slow attack, 2:1; ceiling at -0.3 dBTP",
        toml: include_str!("chains/glue-gentle.toml"),
    },
    NamedChain {
        name: "glue-clean",
        about: "clean feed-forward levelling, 1.5:1, bass kept out of the key; ceiling at -0.3 dBTP",
        toml: include_str!("chains/glue-clean.toml"),
    },
    NamedChain {
        name: "glue-clip",
        about: "console glue, equaliser, the last spikes clipped, 2 dB into the limiter; ceiling at -0.3 dBTP",
        toml: include_str!("chains/glue-clip.toml"),
    },
    NamedChain {
        name: "warm-clip",
        about: "clean levelling, equaliser, harmonics of tape, a soft clip, limiter; ceiling at -0.3 dBTP",
        toml: include_str!("chains/warm-clip.toml"),
    },
];

/// An error about a chain. All but [`ChainError::Unreadable`] are a matter of what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The chain's file cannot be read.
    #[error("{}: the chain cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Neither a file nor a starting point.
    #[error("no chain \"{wanted}\": neither a file nor a starting point; starting points: {}", names())]
    Unknown {
        /// What was asked for.
        wanted: String,
    },
    /// The chain's text is not what a chain is.
    #[error("{origin}: {reason}")]
    Invalid {
        /// The file or the starting point.
        origin: String,
        /// What is wrong, and what is allowed.
        reason: String,
    },
    /// An override that fits nothing.
    #[error("--set {given}: {reason}")]
    Override {
        /// The override.
        given: String,
        /// What is wrong, and what is allowed.
        reason: String,
    },
    /// A plugin, parameter or value that does not exist, or a bundle that does not load.
    #[error("{origin}: {source}")]
    Host {
        /// The file or the starting point.
        origin: String,
        /// The host's error.
        source: HostError,
    },
}

fn names() -> String {
    NAMED_CHAINS.iter().map(|chain| chain.name).collect::<Vec<_>>().join(", ")
}

/// One plugin of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The plugin, as the chain calls it.
    pub plugin: String,
    /// Keys and values, in the chain's order; a later value of a key wins.
    pub values: Vec<(String, String)>,
}

/// A chain as written. Nothing is known of its plugins until it is prepared.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// Its name.
    pub name: String,
    /// Where it came from, for errors.
    pub origin: String,
    /// Sample peak that the result is brought to, in dBFS.
    pub output_level_db: Option<f64>,
    /// Its plugins in order. None is allowed: then only the level is set, and the format changed.
    pub links: Vec<Link>,
}

impl Chain {
    /// Reads a chain: a starting point by its name, else a file.
    ///
    /// # Errors
    ///
    /// [`ChainError::Unknown`], [`ChainError::Unreadable`], [`ChainError::Invalid`].
    pub fn load(wanted: &str) -> Result<Self, ChainError> {
        if let Some(named) = NAMED_CHAINS.iter().find(|chain| chain.name == wanted) {
            return Self::parse(named.toml, named.name);
        }
        let path = Path::new(wanted);
        let looks_like_a_file = path.extension().is_some() || wanted.contains(['/', '\\']);
        if !path.exists() && !looks_like_a_file {
            return Err(ChainError::Unknown { wanted: wanted.into() });
        }
        // Bounded, and never of a device that has no end.
        let text =
            read_text(path, MOST_CHAIN_MIB).map_err(|source| ChainError::Unreadable { path: path.into(), source })?;
        Self::parse(&text, wanted)
    }

    /// Reads a chain from its text; `origin` names it in errors, and where it has no name of its own.
    ///
    /// # Errors
    ///
    /// [`ChainError::Invalid`].
    pub fn parse(text: &str, origin: &str) -> Result<Self, ChainError> {
        let invalid = |reason: String| ChainError::Invalid { origin: origin.into(), reason };
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| invalid(format!("not TOML: {}", error.to_string().trim_end())))?;
        let mut chain = Self { name: origin.into(), origin: origin.into(), output_level_db: None, links: Vec::new() };
        for (key, value) in table {
            match (key.as_str(), value) {
                ("name", toml::Value::String(name)) => chain.name = name,
                ("name", _) => return Err(invalid("name must be a text".into())),
                ("output_level_db", value) => {
                    let level = match value {
                        toml::Value::Float(level) => Some(level),
                        toml::Value::Integer(level) => Some(level as f64),
                        _ => None,
                    };
                    let level = level.filter(|level| (-60.0..=0.0).contains(level));
                    chain.output_level_db =
                        Some(level.ok_or_else(|| invalid("output_level_db must be a number, -60 to 0".into()))?);
                }
                ("plugin", toml::Value::Array(links)) => {
                    for (number, link) in links.into_iter().enumerate() {
                        let link =
                            link_of(link).map_err(|reason| invalid(format!("plugin {}: {reason}", number + 1)))?;
                        chain.links.push(link);
                    }
                }
                ("plugin", _) => return Err(invalid("write [[plugin]], twice bracketed, for each plugin".into())),
                (other, _) => {
                    return Err(invalid(format!(
                        "\"{other}\" is not part of a chain; allowed: name, output_level_db, [[plugin]]"
                    )));
                }
            }
        }
        Ok(chain)
    }

    /// Applies `plugin.parameter=value`, or `plugin.N.parameter=value` where a plugin stands more than once (N from 1).
    ///
    /// # Errors
    ///
    /// [`ChainError::Override`].
    pub fn set(&mut self, given: &str) -> Result<(), ChainError> {
        let fail = |reason: String| ChainError::Override { given: given.into(), reason };
        let usage = || fail("write PLUGIN.PARAMETER=VALUE or PLUGIN.N.PARAMETER=VALUE".into());
        let (path, value) = given.split_once('=').ok_or_else(usage)?;
        // A CLAP id has dots of its own, so the parameter is taken from the end.
        let (plugin, key) = path.trim().rsplit_once('.').ok_or_else(usage)?;
        let (plugin, number) = match plugin.rsplit_once('.').map(|(name, n)| (name, n.parse::<usize>())) {
            Some((name, Ok(number))) => (name, Some(number)),
            _ => (plugin, None),
        };
        if plugin.is_empty() || key.is_empty() {
            return Err(usage());
        }
        let chain = self.links.iter().map(|link| link.plugin.as_str()).collect::<Vec<_>>().join(", ");
        let mut matching: Vec<&mut Link> = self.links.iter_mut().filter(|link| link.plugin == plugin).collect();
        let count = matching.len();
        let at = match (count, number) {
            (0, _) => return Err(fail(format!("the chain has no \"{plugin}\"; it has {}", or_nothing(&chain)))),
            (1, None) => 0,
            (_, None) => {
                return Err(fail(format!(
                    "\"{plugin}\" stands {count} times; write {plugin}.1.{key} to {plugin}.{count}.{key}"
                )));
            }
            (_, Some(number)) if (1..=count).contains(&number) => number - 1,
            (_, Some(_)) => return Err(fail(format!("\"{plugin}\" stands {count} time(s) in the chain"))),
        };
        matching.swap_remove(at).values.push((key.into(), value.trim().trim_matches('"').into()));
        Ok(())
    }

    /// Finds the plugins among `bundles` and checks every parameter and value.
    ///
    /// # Errors
    ///
    /// [`ChainError::Host`].
    pub fn prepare(&self, bundles: &[PathBuf]) -> Result<PreparedChain, ChainError> {
        let mut stages = Vec::with_capacity(self.links.len());
        for link in &self.links {
            stages.push(
                Stage::prepare(link, bundles)
                    .map_err(|source| ChainError::Host { origin: self.origin.clone(), source })?,
            );
        }
        Ok(PreparedChain { name: self.name.clone(), output_level_db: self.output_level_db, stages })
    }
}

fn or_nothing(list: &str) -> &str {
    if list.is_empty() { "no plugin at all" } else { list }
}

fn link_of(link: toml::Value) -> Result<Link, String> {
    let toml::Value::Table(table) = link else { return Err("must be a table: [[plugin]]".into()) };
    let mut plugin = None;
    let mut values = Vec::new();
    for (key, value) in table {
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Float(number) => number.to_string(),
            toml::Value::Boolean(switch) => if switch { "on" } else { "off" }.into(),
            _ => return Err(format!("{key} must be a text, a number, true or false")),
        };
        if key == "use" {
            plugin = Some(text);
        } else {
            values.push((key, text));
        }
    }
    let plugin = plugin.filter(|plugin| !plugin.is_empty()).ok_or("says not which: use = \"NAME\" is missing")?;
    Ok(Link { plugin, values })
}

/// A plugin of a chain, found, with its values understood.
#[derive(Clone, Debug)]
pub struct Stage {
    /// What the chain calls it.
    pub uses: String,
    /// CLAP id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The bundle it is in.
    pub bundle: Arc<Bundle>,
    /// CLAP ids and values of the parameters that the chain sets.
    pub values: Vec<(u32, f64)>,
    /// Its dither, if it has one.
    pub dither: Option<Dither>,
}

/// The dither of a plugin: its parameter with the key `dither`, whose values are "Off" and numbers of bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dither {
    /// The word length that the chain sets it to; `None` where it is off.
    pub bits: Option<u16>,
    /// CLAP id of the parameter.
    id: u32,
    /// Its value at which there is none.
    off: f64,
}

impl Dither {
    fn of(instance: &mut Instance, values: &[(u32, f64)]) -> Option<Self> {
        let param = instance.param("dither").ok()?;
        let (id, default) = (param.id, param.default);
        let off = instance.parse_value("dither", "Off").ok()?;
        let set = values.iter().rev().find(|(set, _)| *set == id).map_or(default, |(_, value)| *value);
        let text = instance.value_to_text(id, set)?;
        Some(Self { bits: text.split_whitespace().next()?.parse().ok(), id, off })
    }
}

impl Stage {
    fn prepare(link: &Link, bundles: &[PathBuf]) -> Result<Self, HostError> {
        let (bundle, descriptor) = find_plugin(&link.plugin, bundles)?;
        let mut instance = Instance::new(&bundle, &descriptor.id)?;
        let mut values = Vec::with_capacity(link.values.len());
        for (key, text) in &link.values {
            let value = instance.parse_value(key, text)?;
            values.push((instance.param(key)?.id, value));
        }
        let dither = Dither::of(&mut instance, &values);
        drop(instance);
        Ok(Self {
            uses: link.plugin.clone(),
            id: descriptor.id,
            name: descriptor.name,
            version: descriptor.version,
            bundle,
            values,
            dither,
        })
    }

    /// A new instance with the chain's values, inactive, told that it renders offline.
    ///
    /// # Errors
    ///
    /// [`HostError::Create`] and those of [`Instance::set_value`].
    pub fn instantiate(&self) -> Result<Instance, HostError> {
        let mut instance = Instance::new(&self.bundle, &self.id)?;
        // A plugin that does not care has no such extension.
        match instance.set_offline(true) {
            Ok(()) | Err(HostError::NoExtension { .. }) => {}
            Err(error) => return Err(error),
        }
        // A fresh instance may open with the user's own default preset; a chain means the same on every machine.
        let defaults: Vec<(u32, f64)> = instance.params().iter().map(|param| (param.id, param.default)).collect();
        for &(id, value) in defaults.iter().chain(&self.values) {
            instance.set_value(id, value)?;
        }
        instance.pump_main_thread();
        Ok(instance)
    }
}

/// A chain ready to run, on any thread, as often as one likes.
#[derive(Clone, Debug)]
pub struct PreparedChain {
    /// Its name.
    pub name: String,
    /// Sample peak that the result is brought to, in dBFS.
    pub output_level_db: Option<f64>,
    /// Its plugins in order.
    pub stages: Vec<Stage>,
}

impl PreparedChain {
    /// What runs in front of the output level, and the final level behind it: the last plugin, if it dithers.
    pub(crate) fn split_at_level(&self) -> (Self, Self) {
        let is_final = self.output_level_db.is_some() && self.stages.last().is_some_and(|stage| stage.dither.is_some());
        let (head, tail) = self.stages.split_at(self.stages.len() - usize::from(is_final));
        let part = |stages: &[Stage]| Self { stages: stages.to_vec(), ..self.clone() };
        (part(head), part(tail))
    }

    /// The chain for a file of so many bits, and what there is to say of it: a last plugin that dithers to more bits than the
    /// file has leaves the dither to the file, which would else be dithered twice.
    pub(crate) fn for_file_of(mut self, file_bits: u16) -> (Self, Option<String>) {
        let Some(last) = self.stages.last_mut() else { return (self, None) };
        let finer = last.dither.and_then(|dither| Some((dither, dither.bits.filter(|&bits| bits > file_bits)?)));
        let Some((dither, bits)) = finer else { return (self, None) };
        last.values.push((dither.id, dither.off));
        last.dither = Some(Dither { bits: None, ..dither });
        let uses = &last.uses;
        let told =
            format!("{uses} would dither to {bits} bits: the file has {file_bits}, and is dithered once, to those");
        (self, Some(told))
    }
}
