//! The settings as a sheet of text, for recall by hand, by mail or by paper: written, and read back.

use shared_plugin::params::Parameter;
use shared_ui::gesture;

use super::state::Context;
use crate::params::BandParams;

const HEAD: &str = "Twobus EQ settings";

/// The parameters of a band with the words of the sheet, the shape first.
fn of_band(band: &BandParams) -> [(&'static str, &dyn Parameter); 15] {
    [
        ("Shape", &band.shape),
        ("Frequency", &band.frequency),
        ("Gain", &band.gain),
        ("Q", &band.q),
        ("Slope", &band.slope),
        ("Channels", &band.channels),
        ("Q follows gain", &band.q_follows),
        ("Dynamic", &band.dynamic),
        ("Threshold", &band.threshold),
        ("Knee", &band.knee),
        ("Range", &band.range),
        ("Attack", &band.attack),
        ("Release", &band.release),
        ("Detector", &band.detector),
        ("External key", &band.external_key),
    ]
}

/// Where the words of a dynamic band begin.
const DYNAMIC: usize = 8;

/// The rest of the panel.
fn of_all<'a>(context: &'a Context<'_>) -> [(&'static str, &'a dyn Parameter); 7] {
    let (p, shell) = (&context.params.product, &context.params.shell);
    [
        ("Gain scale", &p.gain_scale),
        ("Mono below", &p.mono_below),
        ("Phase", &p.phase),
        ("Linear length", &p.linear_length),
        ("Mix", &shell.mix),
        ("Input", &shell.input),
        ("Output", &shell.output),
    ]
}

fn words(context: &Context<'_>, parameters: &[(&'static str, &dyn Parameter)]) -> String {
    let word = |&(name, parameter): &(&'static str, &dyn Parameter)| {
        let param = context.param(parameter)?;
        Some(format!("{name}: {}", param.text(param.normalized())))
    };
    parameters.iter().filter_map(word).collect::<Vec<_>>().join("; ")
}

/// The sheet of the settings as they stand: a line a band that is on, and one for the rest.
pub fn write(context: &Context<'_>) -> String {
    let mut lines = vec![HEAD.to_owned()];
    for (n, band) in context.params.product.bands.iter().enumerate().filter(|(_, band)| band.shape.get().is_some()) {
        let all = of_band(band);
        let count = if band.dynamic.value() { all.len() } else { DYNAMIC };
        lines.push(format!("Band {}; {}", n + 1, words(context, &all[..count])));
    }
    lines.push(format!("All; {}", words(context, &of_all(context))));
    lines.join("\n") + "\n"
}

/// What a sheet sets: parameters and their normalised values. Bands that it leaves out are switched off.
///
/// # Errors
///
/// Where it is no sheet, or a line has no meaning: in plain words.
pub fn parse<'a>(context: &'a Context<'_>, sheet: &str) -> Result<Vec<(&'a shared_ui::Param, f32)>, String> {
    let bands = &context.params.product.bands;
    let mut lines = sheet.lines().map(str::trim).filter(|line| !line.is_empty());
    if lines.next() != Some(HEAD) {
        return Err(format!("A sheet begins with \"{HEAD}\"."));
    }
    let off = bands.iter().filter_map(|band| Some((context.param(&band.shape)?, 0.0)));
    let mut values: Vec<_> = off.collect();
    for line in lines {
        let mut pieces = line.split(';').map(str::trim);
        let title = pieces.next().unwrap_or_default();
        let number = title.strip_prefix("Band ").and_then(|number| number.parse::<usize>().ok());
        let band = number.and_then(|number| bands.get(number.checked_sub(1)?));
        let known: Vec<(&str, &dyn Parameter)> = match (title, band) {
            ("All", _) => of_all(context).to_vec(),
            (_, Some(band)) => of_band(band).to_vec(),
            _ => return Err(format!("\"{title}\" is no band.")),
        };
        for piece in pieces.filter(|piece| !piece.is_empty()) {
            let (name, text) = piece.split_once(':').ok_or_else(|| format!("\"{piece}\" says nothing."))?;
            let found = known.iter().find(|(word, _)| *word == name.trim());
            let (_, parameter) = found.ok_or_else(|| format!("\"{name}\" is no setting of EQ."))?;
            // What this product does not have (Mix, say) is left alone.
            let Some(param) = context.param(*parameter) else { continue };
            let value = param.parse(text.trim()).filter(|value| value.is_finite());
            values.push((param, value.ok_or_else(|| format!("\"{}\" is no {name}.", text.trim()))?));
        }
    }
    Ok(values)
}

/// Sets what a sheet says, as one entry of the history.
///
/// # Errors
///
/// As [`parse`]: nothing is set then.
pub fn read(ctx: &egui::Context, context: &Context<'_>, sheet: &str) -> Result<(), String> {
    let values = parse(context, sheet)?;
    for (n, &(param, value)) in values.iter().enumerate() {
        // The last word counts: a band's shape stands twice.
        let is_last = values[n + 1..].iter().all(|(later, _)| later.id() != param.id());
        if is_last && value != param.normalized() {
            gesture::once(ctx, param, value);
        }
    }
    Ok(())
}
