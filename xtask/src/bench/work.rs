//! A plugin at work: what is measured, alone and in a crowd.

use std::sync::Arc;

use host::{Bundle, Instance};

/// Sample rate of every measurement.
pub(super) const SAMPLE_RATE_HZ: u32 = 48_000;

/// Parameter keys and values.
pub(super) type Settings = &'static [(&'static str, &'static str)];

/// An instance with these settings, active and with nothing left to glide.
pub(super) fn at_work(
    bundle: &Arc<Bundle>,
    id: &str,
    settings: &[(&str, &str)],
    block: usize,
) -> anyhow::Result<Instance> {
    let mut instance = Instance::new(bundle, id)?;
    instance.select_layout(2, false)?;
    for (key, text) in settings {
        let (id, value) = (instance.param(key)?.id, instance.parse_value(key, text)?);
        instance.set_value(id, value)?;
    }
    instance.activate_settled(f64::from(SAMPLE_RATE_HZ), block as u32)?;
    Ok(instance)
}
