//! What a session keeps besides the parameters, and the gate that every saved state passes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nice_plug::plugin::ParamValue;
use nice_plug::prelude::{ParamPtr, PluginState};
use serde::{Deserialize, Serialize};

use crate::params::Parameter;

/// The field that marks a state as ours, and tells by which format it was written.
const HEADER_FIELD: &str = "twobus";
/// The field of the A and B slots.
const SLOTS_FIELD: &str = "slots";
/// The field of what a product keeps beside its parameters.
const OWN_FIELD: &str = "own";
/// The longest of it that is taken from a state, bytes: more than any product writes.
const MOST_OWN_BYTES: usize = 256 * 1024;
/// The field in which `filter` hands a refusal to [`Session::load`]; never written to a session.
const REFUSAL_FIELD: &str = "twobus-refused";
/// The format of the states we write. A higher one comes from a newer Twobus and is refused.
const STATE_FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Header {
    product: String,
    format: u32,
}

/// Normalised parameter values by id: one side of an A/B comparison, or a preset.
pub type Snapshot = BTreeMap<String, f32>;

/// Which preset was loaded, to name it in the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresetName {
    /// Whether it is one of the starting points, and not the user's.
    pub is_factory: bool,
    /// Its name.
    pub name: String,
}

/// The A and B slots. The active slot's own snapshot is the parameters themselves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Slots {
    /// Whether B is active.
    pub is_b: bool,
    /// What the inactive slot holds; empty until something was put there.
    pub other: Snapshot,
    /// The preset that was loaded last into the active slot; none in sessions from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<PresetName>,
    /// The same of the inactive slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_preset: Option<PresetName>,
}

/// What a product keeps in the session beside its parameters, in a form of its own: names of files, say. It belongs to neither
/// slot, to no preset, and undo does not know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    /// What is saved; empty is nothing. Of a loaded state whatever stood there, so that the product has to check it.
    pub text: String,
    /// How often a state was loaded, wrapping: whether `text` is news.
    pub loads: u32,
}

/// Kept with the host's session.
#[derive(Debug)]
pub struct Session {
    product_id: &'static str,
    slots: Mutex<Slots>,
    own: Mutex<Own>,
    /// Whether that has changed since the host was told.
    is_dirty: Arc<AtomicBool>,
    message: Mutex<Option<String>>,
}

/// A poisoned lock only means that a window died while it held plain data: the data is still good.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// An empty session of the product with this id.
    #[must_use]
    pub fn new(product_id: &'static str) -> Self {
        Self {
            product_id,
            slots: Mutex::default(),
            own: Mutex::default(),
            is_dirty: Arc::default(),
            message: Mutex::default(),
        }
    }

    /// The A and B slots. Never called on the audio thread.
    pub fn slots(&self) -> MutexGuard<'_, Slots> {
        lock(&self.slots)
    }

    /// What the product keeps beside its parameters. Never called on the audio thread.
    pub fn own(&self) -> MutexGuard<'_, Own> {
        lock(&self.own)
    }

    /// The product keeps this from now on, and the host is told that its session has changed. Never called on the audio thread.
    pub fn keep_own(&self, text: String) {
        self.own().text = text;
        self.is_dirty.store(true, Ordering::Release);
    }

    /// Whether the host should be told that its session has changed.
    pub(crate) fn is_dirty(&self) -> &Arc<AtomicBool> {
        &self.is_dirty
    }

    /// What the window should tell the user, until taken.
    pub fn message(&self) -> MutexGuard<'_, Option<String>> {
        lock(&self.message)
    }

    /// Adds our fields to a state that is being saved.
    pub fn save(&self, fields: &mut BTreeMap<String, String>) {
        let header = Header { product: self.product_id.to_owned(), format: STATE_FORMAT };
        let slots = self.slots().clone();
        let mut put = |key: &str, value: Result<String, serde_json::Error>| {
            if let Ok(value) = value {
                fields.insert(key.to_owned(), value);
            }
        };
        put(HEADER_FIELD, serde_json::to_string(&header));
        put(SLOTS_FIELD, serde_json::to_string(&slots));
        let own = self.own();
        if !own.text.is_empty() {
            fields.insert(OWN_FIELD.to_owned(), own.text.clone());
        }
    }

    /// Takes our fields from a state that passed the gate (`filter`); answers whether it had passed.
    pub fn load(&self, fields: &BTreeMap<String, String>) -> bool {
        if let Some(reason) = fields.get(REFUSAL_FIELD) {
            *self.message() = Some(reason.clone());
            return false;
        }
        let slots =
            fields.get(SLOTS_FIELD).and_then(|text| serde_json::from_str::<Slots>(text).ok()).unwrap_or_default();
        *self.slots() = Slots { other: slots.other.into_iter().filter(|(_, v)| v.is_finite()).collect(), ..slots };
        let mut own = self.own();
        own.text = fields.get(OWN_FIELD).filter(|text| text.len() <= MOST_OWN_BYTES).cloned().unwrap_or_default();
        own.loads = own.loads.wrapping_add(1);
        drop(own);
        self.is_dirty.store(false, Ordering::Release);
        *self.message() = None;
        true
    }
}

/// Makes a state fit to load, or empties it so that loading it changes nothing.
///
/// nice-plug cannot refuse a well-formed state, so a foreign or hostile one is stripped of everything but the reason, which
/// the window shows. In a good one, absent parameters take their defaults (or what keeps the old sound,
/// [`About::legacy`](crate::params::About::legacy), in the slots too) and values are brought into range; keys that are no
/// parameters are passed over (the monitoring switches of older versions are among them). `fresh` are the product's
/// parameters at their defaults.
pub(crate) fn filter(state: &mut PluginState, product_id: &str, fresh: &[&dyn Parameter]) {
    if let Err(reason) = check(state, product_id, fresh) {
        state.params.clear();
        state.fields.clear();
        state.fields.insert(REFUSAL_FIELD.to_owned(), reason);
    }
}

fn check(state: &mut PluginState, product_id: &str, fresh: &[&dyn Parameter]) -> Result<(), String> {
    let header: Header = state
        .fields
        .get(HEADER_FIELD)
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or("This state was not written by Twobus; nothing was changed.")?;
    if header.product != product_id {
        return Err(format!("This state belongs to {}; nothing was changed.", header.product));
    }
    if header.format > STATE_FORMAT {
        return Err("This state was written by a newer Twobus; nothing was changed.".to_owned());
    }
    let mut saved = std::mem::take(&mut state.params);
    for parameter in fresh {
        let (id, param) = (parameter.about().id(), parameter.ptr());
        // SAFETY: `fresh` is borrowed.
        let default = unsafe { value_of(param) };
        let value = match saved.remove(id) {
            Some(value) => {
                // SAFETY: as above.
                let fitted = unsafe { fitted(param, &value) };
                let refusal = || format!("This state has a value for {id} that cannot be; nothing was changed.");
                fitted.ok_or_else(refusal)?
            }
            None => match (parameter.about().legacy(), default) {
                (Some(value), ParamValue::F32(_)) => ParamValue::F32(value),
                (_, default) => default,
            },
        };
        state.params.insert(id.to_owned(), value);
    }
    fill_slots(state, fresh);
    Ok(())
}

/// Gives a filled slot what it lacks.
fn fill_slots(state: &mut PluginState, fresh: &[&dyn Parameter]) {
    let Some(text) = state.fields.get(SLOTS_FIELD) else { return };
    // A damaged field becomes empty slots when it is loaded.
    let Ok(mut slots) = serde_json::from_str::<Slots>(text) else { return };
    if slots.other.is_empty() {
        return;
    }
    for parameter in fresh {
        if let Some(value) = parameter.legacy_normalized() {
            slots.other.entry(parameter.about().id().to_owned()).or_insert(value);
        }
    }
    if let Ok(text) = serde_json::to_string(&slots) {
        state.fields.insert(SLOTS_FIELD.to_owned(), text);
    }
}

/// The value that a fresh parameter has, in the form in which nice-plug saves it.
///
/// # Safety
///
/// `param` must be alive.
unsafe fn value_of(param: ParamPtr) -> ParamValue {
    use nice_plug::prelude::Param as _;
    // SAFETY: promised by the caller.
    unsafe {
        match param {
            ParamPtr::FloatParam(p) => ParamValue::F32((*p).unmodulated_plain_value()),
            ParamPtr::IntParam(p) => ParamValue::I32((*p).unmodulated_plain_value()),
            ParamPtr::BoolParam(p) => ParamValue::Bool((*p).unmodulated_plain_value()),
            ParamPtr::EnumParam(p) => ParamValue::I32((*p).unmodulated_plain_value()),
        }
    }
}

/// The value brought into the parameter's range; `None` when it is of another kind or no number.
///
/// # Safety
///
/// `param` must be alive.
unsafe fn fitted(param: ParamPtr, value: &ParamValue) -> Option<ParamValue> {
    use nice_plug::prelude::Param as _;
    // SAFETY: promised by the caller.
    unsafe {
        match (param, value) {
            (ParamPtr::FloatParam(p), ParamValue::F32(v)) if v.is_finite() => {
                // Only a value out of range is moved: the way through the normalised value costs the last bits.
                let fit = (*p).preview_plain((*p).preview_normalized(*v));
                let tolerance = 1e-4 * (1.0 + v.abs());
                Some(ParamValue::F32(if (fit - v).abs() <= tolerance { *v } else { fit }))
            }
            (ParamPtr::IntParam(p), ParamValue::I32(v)) => {
                Some(ParamValue::I32((*p).preview_plain((*p).preview_normalized(*v))))
            }
            (ParamPtr::BoolParam(_), ParamValue::Bool(v)) => Some(ParamValue::Bool(*v)),
            (ParamPtr::EnumParam(_), ParamValue::I32(v)) => Some(ParamValue::I32(*v)),
            (ParamPtr::EnumParam(_), ParamValue::String(v)) => Some(ParamValue::String(v.clone())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::AllParams;
    use crate::probe::Probe;
    use crate::product::Product as _;
    use nice_plug::prelude::Params as _;

    fn filter(state: &mut PluginState) {
        super::filter(state, Probe::CLAP_ID, &AllParams::of::<Probe>().parameters());
    }

    fn saved() -> PluginState {
        let params = AllParams::of::<Probe>();
        let values = params.param_map().into_iter().map(|(id, param, _)| {
            // SAFETY: `params` outlives the closure.
            (id, unsafe { value_of(param) })
        });
        PluginState { version: "0.1.0".to_owned(), params: values.collect(), fields: params.serialize_fields() }
    }

    #[test]
    fn a_good_state_passes_with_absent_values_at_their_defaults() {
        let mut state = saved();
        state.params.remove("amount");
        state.params.insert("input".to_owned(), ParamValue::F32(-4.5));
        state.params.insert("mix".to_owned(), ParamValue::F32(1e9));
        state.params.insert("compare".to_owned(), ParamValue::Bool(true));
        filter(&mut state);
        assert!(matches!(state.params["amount"], ParamValue::F32(v) if v == 3.0));
        assert!(matches!(state.params["input"], ParamValue::F32(v) if v == -4.5));
        assert!(matches!(state.params["mix"], ParamValue::F32(v) if v == 100.0), "out of range is brought into range");
        assert!(!state.params.contains_key("compare"), "a key of an older version is passed over");
    }

    #[test]
    fn foreign_and_hostile_states_change_nothing_and_say_why() {
        let foreign = |change: &dyn Fn(&mut PluginState)| {
            let mut state = saved();
            change(&mut state);
            filter(&mut state);
            assert!(state.params.is_empty(), "nothing is left to load");
            let session = Session::new(Probe::CLAP_ID);
            session.slots().is_b = true;
            session.load(&state.fields);
            assert!(session.slots().is_b, "the slots stay as they were");
            session.message().clone().expect("the window says why")
        };
        assert!(foreign(&|state| state.fields.clear()).contains("not written by Twobus"));
        let other = r#"{"product":"org.twobus.other","format":1}"#;
        let put = |state: &mut PluginState, header: &str| {
            state.fields.insert(HEADER_FIELD.to_owned(), header.to_owned());
        };
        assert!(foreign(&|state| put(state, other)).contains("org.twobus.other"));
        assert!(foreign(&|state| put(state, r#"{"product":"org.twobus.probe","format":99}"#)).contains("newer"));
        assert!(foreign(&|state| put(state, "{]")).contains("not written by Twobus"));
        let wrong = foreign(&|state| {
            state.params.insert("amount".to_owned(), ParamValue::F32(f32::NAN));
        });
        assert!(wrong.contains("amount"));
        foreign(&|state| {
            state.params.insert("amount".to_owned(), ParamValue::Bool(true));
        });
    }

    #[test]
    fn what_knows_nothing_of_a_parameter_keeps_its_old_sound() {
        let mut state = saved();
        state.params.remove("later");
        state.fields.insert(SLOTS_FIELD.to_owned(), r#"{"is_b":true,"other":{"mix":0.25}}"#.to_owned());
        filter(&mut state);
        assert!(matches!(state.params["later"], ParamValue::F32(v) if v == -12.0));
        let session = Session::new(Probe::CLAP_ID);
        session.load(&state.fields);
        let slots = session.slots().clone();
        assert!(slots.is_b && slots.other["mix"] == 0.25);
        assert!((slots.other["later"] - 2.0 / 3.0).abs() < 1e-6, "-12 of -24..-6: {:?}", slots.other);

        let mut state = saved();
        state.fields.insert(SLOTS_FIELD.to_owned(), r#"{"is_b":false,"other":{"later":0.5}}"#.to_owned());
        filter(&mut state);
        assert!(matches!(state.params["later"], ParamValue::F32(v) if v == -18.0), "what is there stays");
        assert!(state.fields[SLOTS_FIELD].contains("\"later\":0.5"));
        state.fields.insert(SLOTS_FIELD.to_owned(), r#"{"is_b":false,"other":{}}"#.to_owned());
        filter(&mut state);
        assert!(!state.fields[SLOTS_FIELD].contains("later"), "an empty slot stays empty");
    }

    #[test]
    fn slots_survive_a_session() {
        let session = Session::new(Probe::CLAP_ID);
        *session.slots() = Slots {
            is_b: true,
            other: Snapshot::from([("mix".to_owned(), 0.25)]),
            preset: Some(PresetName { is_factory: true, name: "Half".to_owned() }),
            other_preset: None,
        };
        let mut fields = BTreeMap::new();
        session.save(&mut fields);
        let loaded = Session::new(Probe::CLAP_ID);
        loaded.load(&fields);
        assert_eq!(*loaded.slots(), *session.slots());
        fields.insert("slots".to_owned(), "nonsense".to_owned());
        loaded.load(&fields);
        assert_eq!(*loaded.slots(), Slots::default(), "damaged slots are empty slots");
    }

    #[test]
    fn what_a_product_keeps_survives_a_session_and_an_older_one_has_none() {
        let session = Session::new(Probe::CLAP_ID);
        let mut fields = BTreeMap::new();
        session.save(&mut fields);
        assert!(!fields.contains_key(OWN_FIELD), "nothing is not saved");
        let older = fields.clone();
        session.own().text = "{\"files\":[]}".to_owned();
        session.save(&mut fields);
        let loaded = Session::new(Probe::CLAP_ID);
        loaded.load(&fields);
        assert_eq!(*loaded.own(), Own { text: "{\"files\":[]}".to_owned(), loads: 1 });
        loaded.load(&older);
        assert_eq!(*loaded.own(), Own { text: String::new(), loads: 2 });
        fields.insert(OWN_FIELD.to_owned(), "x".repeat(MOST_OWN_BYTES + 1));
        loaded.load(&fields);
        assert_eq!(loaded.own().text, "", "nobody wrote that");
    }
}
