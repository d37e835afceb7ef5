//! Hosts that break the rules of CLAP, and the rules of both formats that hosts rely on: nothing is read or written beyond
//! what the host gave, nothing ends the program, and a host that behaves afterwards hears what it should.

use std::ffi::{CStr, CString, c_char, c_void};
use std::process::Command;
use std::ptr;

use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::entry::clap_plugin_entry;
use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_PARAM_MOD, CLAP_EVENT_PARAM_VALUE, CLAP_EVENT_TRANSPORT, clap_event_header,
    clap_event_param_value, clap_input_events,
};
use clap_sys::ext::latency::{CLAP_EXT_LATENCY, clap_host_latency};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_param_info, clap_plugin_params};
use clap_sys::factory::plugin_factory::{CLAP_PLUGIN_FACTORY_ID, clap_plugin_factory};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use clap_sys::process::{CLAP_PROCESS_ERROR, clap_process};
use clap_sys::version::CLAP_VERSION;
use testkit::rig::id_of;
use testkit::signals::{Random, noise, stereo_noise};
use testkit::{Format, Plugin, Rig, vst3_host};

const ALL: [Plugin; 8] = Plugin::ALL;
/// Set in the child process, which may crash without taking the other tests with it.
const CHILD: &str = "TWOBUS_TEST_CONTRACT";

/// Memory that ends where a page begins that nobody may touch.
struct Fenced {
    base: *mut c_void,
    length: usize,
    start: *mut u8,
}

impl Fenced {
    fn new(bytes: usize) -> Self {
        const PAGE: usize = 4096;
        let used = bytes.div_ceil(PAGE).max(1) * PAGE;
        // SAFETY: fresh pages; the last is taken away, and what is handed out ends before it.
        unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let base = libc::mmap(ptr::null_mut(), used + PAGE, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            assert_ne!(base, libc::MAP_FAILED);
            assert_eq!(libc::mprotect(base.add(used), PAGE, libc::PROT_NONE), 0);
            Self { base, length: used + PAGE, start: base.cast::<u8>().add(used - bytes) }
        }
    }

    fn samples(values: &[f32]) -> Self {
        let memory = Self::new(size_of_val(values));
        // SAFETY: as many bytes as copied.
        unsafe { ptr::copy_nonoverlapping(values.as_ptr().cast(), memory.start, size_of_val(values)) };
        memory
    }
}

impl Drop for Fenced {
    fn drop(&mut self) {
        // SAFETY: what was mapped.
        unsafe { libc::munmap(self.base, self.length) };
    }
}

/// What the plain host of these tests notes.
#[derive(Default)]
struct Notes {
    in_activate: std::cell::Cell<bool>,
    latency_changes_outside: std::cell::Cell<u32>,
}

unsafe extern "C" fn host_extension(_host: *const clap_host, id: *const c_char) -> *const c_void {
    static LATENCY: clap_host_latency = clap_host_latency { changed: Some(latency_changed) };
    // SAFETY: CLAP's ids are C texts.
    if unsafe { CStr::from_ptr(id) } == CLAP_EXT_LATENCY { (&raw const LATENCY).cast() } else { ptr::null() }
}

unsafe extern "C" fn latency_changed(host: *const clap_host) {
    // SAFETY: the host of these tests.
    let notes = unsafe { &*(*host).host_data.cast::<Notes>() };
    if !notes.in_activate.get() {
        notes.latency_changes_outside.set(notes.latency_changes_outside.get() + 1);
    }
}

unsafe extern "C" fn nothing(_host: *const clap_host) {}

/// A plugin loaded by hand.
struct Raw {
    plugin: *const clap_plugin,
    notes: Box<Notes>,
    _host: Box<clap_host>,
    _library: libloading::Library,
}

impl Raw {
    fn load(plugin: Plugin) -> Self {
        // SAFETY: the built bundle, used as CLAP says.
        unsafe {
            let library = libloading::Library::new(plugin.clap()).expect("a library");
            let entry = **library.get::<*const clap_plugin_entry>(b"clap_entry\0").expect("an entry");
            let path = CString::new(plugin.clap().to_string_lossy().into_owned()).expect("a path");
            assert!(entry.init.expect("init")(path.as_ptr()));
            let factory = entry.get_factory.expect("get_factory")(CLAP_PLUGIN_FACTORY_ID.as_ptr());
            let factory = factory.cast::<clap_plugin_factory>();
            let descriptor = (*factory).get_plugin_descriptor.expect("a function")(factory, 0);
            assert!((*factory).get_plugin_descriptor.expect("a function")(factory, 1).is_null());
            let notes = Box::<Notes>::default();
            let name = c"contract".as_ptr();
            let host = Box::new(clap_host {
                clap_version: CLAP_VERSION,
                host_data: ptr::from_ref(&*notes).cast_mut().cast(),
                name,
                vendor: name,
                url: name,
                version: name,
                get_extension: Some(host_extension),
                request_restart: Some(nothing),
                request_process: Some(nothing),
                request_callback: Some(nothing),
            });
            let create = (*factory).create_plugin.expect("create");
            assert!(create(factory, &raw const *host, c"org.twobus.no_such".as_ptr()).is_null());
            let plugin = create(factory, &raw const *host, (*descriptor).id);
            assert!((*plugin).init.expect("init")(plugin));
            Self { plugin, notes, _host: host, _library: library }
        }
    }

    fn call(&self) -> &clap_plugin {
        // SAFETY: alive until the drop.
        unsafe { &*self.plugin }
    }

    fn activate(&self, rate_hz: f64, max_frames: u32) -> bool {
        self.notes.in_activate.set(true);
        // SAFETY: CLAP's call.
        let done = unsafe { self.call().activate.expect("activate")(self.plugin, rate_hz, 1, max_frames) };
        self.notes.in_activate.set(false);
        done
    }

    fn params(&self) -> clap_plugin_params {
        // SAFETY: CLAP's call and what stands behind the id.
        unsafe { *self.call().get_extension.expect("a function")(self.plugin, CLAP_EXT_PARAMS.as_ptr()).cast() }
    }

    /// # Safety
    ///
    /// What the test says of `block` is true, but for what it means to break.
    unsafe fn process(&self, block: &clap_process) -> i32 {
        // SAFETY: the caller's promise.
        unsafe { self.call().process.expect("process")(self.plugin, block) }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // SAFETY: nobody uses it any more.
        unsafe { self.call().destroy.expect("destroy")(self.plugin) };
    }
}

/// Events in fenced memory, as a host with mistakes has them.
struct Events {
    list: clap_input_events,
    events: Vec<(Fenced, bool)>,
}

unsafe extern "C" fn events_size(list: *const clap_input_events) -> u32 {
    // SAFETY: the test's own list.
    unsafe { &*(*list).ctx.cast::<Events>() }.events.len() as u32
}

unsafe extern "C" fn events_get(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    // SAFETY: the test's own list.
    let (memory, is_null) = &unsafe { &*(*list).ctx.cast::<Events>() }.events[index as usize];
    if *is_null { ptr::null() } else { memory.start.cast() }
}

fn value(time: u32, id: u32, value: f64) -> clap_event_param_value {
    let header = clap_event_header {
        size: size_of::<clap_event_param_value>() as u32,
        time,
        space_id: CLAP_CORE_EVENT_SPACE_ID,
        type_: CLAP_EVENT_PARAM_VALUE,
        flags: 0,
    };
    let (note_id, port_index, channel, key) = (-1, -1, -1, -1);
    clap_event_param_value { header, param_id: id, cookie: ptr::null_mut(), note_id, port_index, channel, key, value }
}

fn events(random: &mut Random, ids: &[u32], frames: u32) -> Box<Events> {
    let count = random.below(4);
    let events = (0..count)
        .map(|_| {
            let mut event =
                value(random.below(2 * frames as usize + 2) as u32, ids[random.below(ids.len())], random.unit());
            match random.below(8) {
                0 => event.header.time = u32::MAX,
                1 => event.header.time = frames,
                2 => event.header.type_ = CLAP_EVENT_TRANSPORT,
                3 => event.header.type_ = CLAP_EVENT_PARAM_MOD,
                4 => event.header.type_ = random.below(20) as u16,
                5 => event.value = [f64::NAN, f64::INFINITY, -1e300, 1e300][random.below(4)],
                _ => {}
            }
            let bytes = [size_of_val(&event), 16, 24, 40][random.below(4)];
            event.header.size = bytes as u32;
            let memory = Fenced::new(bytes);
            // SAFETY: no more than there is room for.
            unsafe {
                ptr::copy_nonoverlapping((&raw const event).cast(), memory.start, bytes.min(size_of_val(&event)))
            };
            (memory, random.below(12) == 0)
        })
        .collect();
    let list = clap_input_events { ctx: ptr::null_mut(), size: Some(events_size), get: Some(events_get) };
    let mut boxed = Box::new(Events { list, events });
    boxed.list.ctx = (&raw mut *boxed).cast();
    boxed
}

/// A port with mistakes: its channels in fenced memory, some null, some too many or too few.
struct Port {
    _memory: Vec<Fenced>,
    pointers: Fenced,
    channels: u32,
}

fn port(random: &mut Random, frames: usize) -> Port {
    let channels = [2, 2, 1, 0, 3][random.below(5)];
    let memory: Vec<Fenced> =
        (0..channels).map(|n| Fenced::samples(&noise(random.bits() ^ n as u64, -12.0, frames))).collect();
    let table = Fenced::new(channels * size_of::<*mut f32>());
    for (n, channel) in memory.iter().enumerate() {
        let pointer = if random.below(10) == 0 { ptr::null_mut() } else { channel.start.cast::<f32>() };
        // SAFETY: within the table.
        unsafe { table.start.cast::<*mut f32>().add(n).write_unaligned(pointer) };
    }
    Port { _memory: memory, pointers: table, channels: channels as u32 }
}

fn buffer(port: &Port, is_null: bool) -> clap_audio_buffer {
    let data32 = if is_null { ptr::null_mut() } else { port.pointers.start.cast() };
    clap_audio_buffer { data32, data64: ptr::null_mut(), channel_count: port.channels, latency: 0, constant_mask: 3 }
}

fn break_everything(plugin: Plugin) {
    let raw = Raw::load(plugin);
    let params = raw.params();
    let mut random = Random::new(plugin as u64 + 1);
    // SAFETY: calls of CLAP's in wrong orders and with wrong numbers, which is the test; memory is fenced.
    unsafe {
        let count = params.count.expect("count")(raw.plugin);
        let mut info: clap_param_info = std::mem::zeroed();
        for index in [count, count + 1, u32::MAX] {
            assert!(!params.get_info.expect("get_info")(raw.plugin, index, &raw mut info), "{plugin:?}: {index}");
        }
        let ids: Vec<u32> = (0..count)
            .map(|index| {
                assert!(params.get_info.expect("get_info")(raw.plugin, index, &raw mut info));
                info.id
            })
            .collect();
        let empty: clap_process = std::mem::zeroed();
        assert_eq!(raw.process(&empty), CLAP_PROCESS_ERROR, "{plugin:?}: process before activate");
        assert!(!raw.call().start_processing.expect("start")(raw.plugin), "{plugin:?}: start before activate");
        raw.call().reset.expect("reset")(raw.plugin);
        raw.call().deactivate.expect("deactivate")(raw.plugin);
        for (rate_hz, frames) in [(f64::NAN, 64), (0.0, 64), (-48_000.0, 64), (48_000.0, 0), (48_000.0, u32::MAX)] {
            assert!(!raw.activate(rate_hz, frames), "{plugin:?}: {rate_hz} Hz, {frames} frames");
        }
        assert!(raw.activate(48_000.0, 256));
        assert!(!raw.activate(48_000.0, 256), "{plugin:?}: twice");
        assert!(raw.call().start_processing.expect("start")(raw.plugin));
        for _ in 0..3000 {
            let frames = [random.below(257), 256, 1, 0, 300][random.below(5)];
            let (inputs, outputs): (Vec<Port>, Vec<Port>) = (
                (0..random.below(4)).map(|_| port(&mut random, frames)).collect(),
                (0..[1, 1, 1, 0, 2][random.below(5)]).map(|_| port(&mut random, frames)).collect(),
            );
            let null = random.below(12);
            let fenced = |ports: &[Port], is_null: bool| {
                let list: Vec<clap_audio_buffer> = ports.iter().map(|port| buffer(port, is_null)).collect();
                let memory = Fenced::new(size_of_val(&list[..]));
                ptr::copy_nonoverlapping(list.as_ptr().cast::<u8>(), memory.start, size_of_val(&list[..]));
                memory
            };
            let (input, output) = (fenced(&inputs, null == 0), fenced(&outputs, null == 1));
            let list = events(&mut random, &ids, frames as u32);
            let block = clap_process {
                steady_time: -1,
                frames_count: frames as u32,
                transport: ptr::null(),
                audio_inputs: if null == 2 { ptr::null() } else { input.start.cast() },
                audio_outputs: if null == 3 { ptr::null_mut() } else { output.start.cast() },
                audio_inputs_count: inputs.len() as u32,
                audio_outputs_count: outputs.len() as u32,
                in_events: if null == 4 { ptr::null() } else { &raw const list.list },
                out_events: ptr::null(),
            };
            let status = raw.process(&block);
            assert_eq!(status == CLAP_PROCESS_ERROR, frames > 256, "{plugin:?}: {frames} frames");
            for port in outputs.iter().filter(|_| null != 1 && null != 3) {
                for n in 0..port.channels as usize {
                    let channel = port.pointers.start.cast::<*const f32>().add(n).read_unaligned();
                    let written = if channel.is_null() { &[] } else { std::slice::from_raw_parts(channel, frames) };
                    assert!(written.iter().all(|x| x.is_finite()), "{plugin:?}: non-finite output");
                }
            }
        }
        raw.call().deactivate.expect("deactivate")(raw.plugin);
    }
    assert_eq!(raw.notes.latency_changes_outside.get(), 0, "{plugin:?}: latency was told outside of activate");
}

#[test]
fn a_clap_host_without_manners_does_no_harm() {
    if std::env::var_os(CHILD).is_some() {
        ALL.into_iter().for_each(break_everything);
        return;
    }
    let test = "a_clap_host_without_manners_does_no_harm";
    let status = Command::new(std::env::current_exe().expect("this test's program"))
        .args(["--exact", test, "--test-threads", "1", "--nocapture"])
        .env(CHILD, "1")
        .status()
        .expect("a child process");
    assert!(status.success(), "{test}: {status}");
}

#[test]
fn an_event_at_or_past_the_end_of_the_block_is_not_lost() {
    for time in [256_u32, 257, u32::MAX] {
        let raw = Raw::load(Plugin::Trivial);
        assert!(raw.activate(48_000.0, 256));
        let samples = Fenced::samples(&[0.5; 256]);
        let memory = Fenced::samples(&[0.0; 256]);
        let mut right = [samples.start.cast::<f32>(), memory.start.cast::<f32>()];
        let port = clap_audio_buffer {
            data32: right.as_mut_ptr(),
            data64: ptr::null_mut(),
            channel_count: 2,
            latency: 0,
            constant_mask: 0,
        };
        let mut output = port;
        let event = value(time, id_of("gain"), 1.0);
        let bytes = size_of_val(&event);
        let fenced = Fenced::new(bytes);
        // SAFETY: as many bytes as copied.
        unsafe { ptr::copy_nonoverlapping((&raw const event).cast(), fenced.start, bytes) };
        let list = clap_input_events { ctx: ptr::null_mut(), size: Some(events_size), get: Some(events_get) };
        let mut list = Box::new(Events { list, events: vec![(fenced, false)] });
        list.list.ctx = (&raw mut *list).cast();
        let block = clap_process {
            steady_time: -1,
            frames_count: 256,
            transport: ptr::null(),
            audio_inputs: &raw const port,
            audio_outputs: &raw mut output,
            audio_inputs_count: 1,
            audio_outputs_count: 1,
            in_events: &raw const list.list,
            out_events: ptr::null(),
        };
        let mut now = 0.0;
        // SAFETY: a whole block, but for the time of its event.
        unsafe {
            assert_ne!(raw.process(&block), CLAP_PROCESS_ERROR);
            assert!(raw.params().get_value.expect("get_value")(raw.plugin, id_of("gain"), &raw mut now));
        }
        assert_eq!(now, 1.0, "an event at {time} of 256 frames");
    }
}

/// Every sequence of mono and stereo, with a key of none, one or two channels, answered as kept and heard.
#[test]
fn vst3_layouts_may_follow_each_other_in_any_order() {
    for plugin in ALL {
        let module = vst3_host::Module::load(&plugin.vst3()).expect("a module");
        let class = module.classes().into_iter().next().expect("a class");
        let mut instance = vst3_host::Instance::new(&module, &class.cid).expect("an instance");
        let has_key = plugin.case().has_sidechain;
        assert_eq!(instance.buses(true).len(), if has_key { 2 } else { 1 }, "{plugin:?}");
        let mut random = Random::new(7);
        for round in 0..40 {
            let channels = 1 + random.below(2);
            let key = if has_key { Some(random.below(3)) } else { None };
            assert!(instance.arrange(channels, key), "{plugin:?}: {channels} channels, key {key:?}");
            let kept: Vec<usize> = instance.buses(true).iter().map(|bus| bus.channels as usize).collect();
            let wanted: Vec<usize> = std::iter::once(channels).chain(key).collect();
            assert_eq!((kept, instance.arrangements()), (wanted.clone(), wanted), "{plugin:?}");
            assert!(!instance.arrange_unequal(), "{plugin:?}: mono in, stereo out");
            instance.activate(48_000.0, 256).expect("active");
            let input = stereo_noise(round, -20.0, 256);
            let inputs: Vec<&[f32]> = input[..channels].iter().map(Vec::as_slice).collect();
            let side: Vec<&[f32]> = input[..key.unwrap_or(0)].iter().map(Vec::as_slice).collect();
            for _ in 0..4 {
                instance.prepare(&inputs, key.map(|_| side.as_slice()), &[]);
                assert!(instance.process(256), "{plugin:?}");
            }
            let heard = instance.output(channels - 1, 256).iter().fold(0.0_f32, |most, x| most + x.abs());
            assert!(heard > 0.1 && heard.is_finite(), "{plugin:?}: nothing came out of {channels} channels");
            instance.deactivate();
        }
    }
}

/// A key on the second channel alone is heard in mono with a stereo key: it is no copy of the first.
#[test]
fn a_mono_main_may_have_a_stereo_key() {
    let module = vst3_host::Module::load(&Plugin::Glue.vst3()).expect("a module");
    let class = module.classes().into_iter().next().expect("a class");
    let quietest = |key: [f32; 2]| {
        let mut instance = vst3_host::Instance::new(&module, &class.cid).expect("an instance");
        for (key, text) in [("threshold", "-30"), ("ratio", "10:1"), ("sidechain_source", "External")] {
            let id = id_of(key);
            let value = instance.text_to_value(id, text).expect("a value");
            assert!(instance.set_value(id, value), "{key}");
        }
        assert!(instance.arrange(1, Some(2)));
        instance.activate(48_000.0, 4800).expect("active");
        let input = vec![0.01_f32; 4800];
        let sides = key.map(|level| vec![level; 4800]);
        instance.prepare(&[&input], Some(&[&sides[0], &sides[1]]), &[]);
        assert!(instance.process(4800));
        instance.prepare(&[&input], Some(&[&sides[0], &sides[1]]), &[]);
        assert!(instance.process(4800));
        instance.output(0, 4800)[4799]
    };
    let (silent, right) = (quietest([0.0, 0.0]), quietest([0.0, 0.9]));
    assert!((silent - 0.01).abs() < 1e-4, "{silent} without a key");
    assert!(right < 0.5 * silent, "{right} with a key on the right");
}

/// As a validator asks: set while nothing runs, heard in the first block, and bypass too.
#[test]
fn values_set_while_inactive_are_there_at_once() {
    for plugin in ALL {
        for format in Format::ALL {
            let mut rig = Rig::open(plugin, format);
            rig.set("bypass", "On");
            rig.set("output", "-6");
            rig.activate(48_000.0, 512);
            assert_eq!(
                (rig.text("bypass").as_str(), rig.text("output").trim_end_matches(" dB")),
                ("On", "-6.0"),
                "{plugin:?}"
            );
        }
    }
}
