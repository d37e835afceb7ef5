//! `twobus list`.

use std::fmt::Write as _;

use host::names;
use host::{Bundle, HostError, Instance, ParamInfo, PluginDescriptor, number_in_text};
use serde::Serialize;

use super::console::{print, print_json, tell};
use super::failure::{Failure, Status};
use super::search::Search;

/// Sample rate at which latencies are told.
const SAMPLE_RATE_HZ: f64 = 48_000.0;
/// Steps that are listed by name in the table; more are given as a range.
const MAX_LISTED_STEPS: usize = 12;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  twobus list                           all plugins with their parameters
  twobus list --json | jq '.[].params[].id'")]
pub(super) struct Arguments {
    /// Print JSON: an array of plugins, each with its parameters.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    search: Search,
}

/// A plugin as `--json` shows it.
#[derive(Debug, Serialize)]
struct Plugin {
    /// CLAP id.
    id: String,
    /// What chains call it.
    short_name: String,
    name: String,
    version: String,
    vendor: String,
    bundle: String,
    features: Vec<String>,
    /// At 48 kHz, stereo, as the plugin opens.
    latency_samples: u32,
    params: Vec<Param>,
}

/// A parameter as `--json` shows it. `min`, `max` and `default` are in the unit of the texts where all three texts start
/// with a number, else they are CLAP's own values (the step's number, or 0 to 1).
#[derive(Debug, Serialize)]
struct Param {
    id: String,
    name: String,
    group: String,
    min: f64,
    max: f64,
    default: f64,
    /// The default in the words of the editor.
    text: String,
    min_text: String,
    max_text: String,
    /// The steps in order, where there are steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<String>,
    automatable: bool,
}

impl Param {
    fn read(instance: &mut Instance, param: &ParamInfo) -> Self {
        let mut text = |value: f64| instance.value_to_text(param.id, value).unwrap_or_else(|| value.to_string());
        let (min_text, max_text, default_text) = (text(param.min), text(param.max), text(param.default));
        let plain = [&min_text, &max_text, &default_text].map(|text| number_in_text(text));
        let (min, max, default) = match plain {
            [Some(min), Some(max), Some(default)] => (min, max, default),
            _ => (param.min, param.max, param.default),
        };
        Self {
            id: param.key.clone(),
            name: param.name.clone(),
            group: param.group.clone(),
            min,
            max,
            default,
            text: default_text,
            min_text,
            max_text,
            steps: instance.step_texts(param),
            automatable: param.is_automatable,
        }
    }

    fn range(&self) -> String {
        if self.steps.is_empty() || self.steps.len() > MAX_LISTED_STEPS {
            format!("{} to {}", self.min_text, self.max_text)
        } else {
            self.steps.join(", ")
        }
    }
}

fn read(bundle: &std::sync::Arc<Bundle>, descriptor: PluginDescriptor) -> Result<Plugin, HostError> {
    let mut instance = Instance::new(bundle, &descriptor.id)?;
    // A plugin without a stereo layout is listed all the same: as it opens.
    let _ = instance.select_layout(2, false);
    instance.activate_settled(SAMPLE_RATE_HZ, 512)?;
    let latency_samples = instance.latency_samples();
    instance.deactivate();
    let params: Vec<ParamInfo> = instance.params().iter().filter(|param| !param.is_hidden).cloned().collect();
    Ok(Plugin {
        short_name: descriptor.short_name(),
        id: descriptor.id,
        name: descriptor.name,
        version: descriptor.version,
        vendor: descriptor.vendor,
        bundle: bundle.path().display().to_string(),
        features: descriptor.features,
        latency_samples,
        params: params.iter().map(|param| Param::read(&mut instance, param)).collect(),
    })
}

pub(super) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let mut plugins: Vec<Plugin> = Vec::new();
    let mut status = Status::Done;
    for path in arguments.search.bundles()? {
        // A shared folder may hold anything; only the suite's own bundles there are run to be listed.
        if host::is_foreign(&path) {
            continue;
        }
        let listed = Bundle::load(&path).and_then(|bundle| {
            bundle.plugins().into_iter().map(|descriptor| read(&bundle, descriptor)).collect::<Result<Vec<_>, _>>()
        });
        match listed {
            // The first found of an id is the one that a chain would get.
            Ok(found) => {
                for plugin in found {
                    if plugins.iter().all(|known| known.id != plugin.id) {
                        plugins.push(plugin);
                    }
                }
            }
            Err(error) => {
                tell("error", &error.to_string());
                status = Status::Plugin;
            }
        }
    }
    if arguments.json {
        print_json(&plugins)?;
        return Ok(status);
    }
    if plugins.is_empty() && status == Status::Done {
        print("No plugins found in target/bundled, --plugins DIR or the user's CLAP folder.\n")?;
    }
    for plugin in &plugins {
        print(&names::on_lines(&table(plugin)))?;
    }
    Ok(status)
}

fn table(plugin: &Plugin) -> String {
    let mut out = format!(
        "{} {}  ({})\n  {}\n  latency {} samples at 48 kHz\n",
        plugin.name, plugin.version, plugin.short_name, plugin.bundle, plugin.latency_samples
    );
    let width = |column: fn(&Param) -> usize| plugin.params.iter().map(column).max().unwrap_or(0);
    let (ids, defaults) = (width(|param| param.id.chars().count()), width(|param| param.text.chars().count()));
    for param in &plugin.params {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  {:ids$}  {:defaults$}  {}", param.id, param.text, param.range());
    }
    out.push('\n');
    out
}
