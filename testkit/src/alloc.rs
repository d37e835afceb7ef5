//! Counts what a stretch of code asks of the heap, in whatever library that code lies.
//!
//! This module defines `malloc` and its family in the test program itself. The dynamic linker looks a name up in the
//! program before it looks in libc, so a bundle opened with `dlopen` calls these too: the framework's own allocator,
//! its permits (`permit_alloc`) and C code included. Every call goes on to glibc's real allocator.
//!
//! Only the thread that is inside [`count`] is counted, so that tests may run side by side. The proof is worth what
//! its self-tests are (`tests/realtime.rs`): they allocate on purpose, here and inside a bundle.

use std::cell::Cell;
use std::ffi::{c_int, c_void};

/// Most calls whose origin is kept.
const MAX_TRACES: usize = 4;
/// Most return addresses kept of each.
pub(crate) const MAX_DEPTH: usize = 24;

/// The origin of one call: return addresses, innermost first, zero past the end.
pub(crate) type Trace = [usize; MAX_DEPTH];

#[derive(Clone, Copy)]
struct State {
    allocations: usize,
    frees: usize,
    traces: [Trace; MAX_TRACES],
}

const EMPTY: State = State { allocations: 0, frees: 0, traces: [[0; MAX_DEPTH]; MAX_TRACES] };

thread_local! {
    // Constant-initialised and without destructors: reading them neither allocates nor registers anything.
    static ARMED: Cell<bool> = const { Cell::new(false) };
    static STATE: Cell<State> = const { Cell::new(EMPTY) };
}

/// What a stretch of code did to the heap.
#[derive(Clone, Copy)]
pub struct Tally {
    /// Calls of `malloc`, `calloc`, `realloc`, `posix_memalign` and `aligned_alloc`.
    pub allocations: usize,
    /// Calls of `free` with anything but a null pointer.
    pub frees: usize,
    traces: [Trace; MAX_TRACES],
}

impl Tally {
    /// Whether the heap was left alone.
    pub fn is_clean(&self) -> bool {
        self.allocations == 0 && self.frees == 0
    }

    /// Where the first calls came from, one line a frame ("file+0xoffset symbol"). Allocates.
    pub fn describe(&self) -> String {
        let mut text = format!("{} allocations, {} frees", self.allocations, self.frees);
        for (number, trace) in self.traces.iter().take(self.allocations + self.frees).enumerate() {
            text.push_str(&format!("\n  call {number}:{}", told(trace)));
        }
        text
    }
}

/// One line a frame. Allocates.
pub(crate) fn told(trace: &Trace) -> String {
    trace.iter().take_while(|&&address| address != 0).map(|&address| format!("\n    {}", locate(address))).collect()
}

/// "file+0xoffset symbol" of a code address, or the bare address.
fn locate(address: usize) -> String {
    // SAFETY: all-zero is a valid Dl_info.
    let mut info: libc::Dl_info = unsafe { std::mem::zeroed() };
    // SAFETY: dladdr only compares the address with the maps of the loaded files and writes `info`.
    if unsafe { libc::dladdr(address as *const c_void, &mut info) } == 0 || info.dli_fname.is_null() {
        return format!("{address:#x}");
    }
    let name = |text: *const std::ffi::c_char| {
        if text.is_null() {
            return String::new();
        }
        // SAFETY: dladdr found the file, so the name is a C string that lives as long as the library.
        unsafe { std::ffi::CStr::from_ptr(text) }.to_string_lossy().into_owned()
    };
    format!("{}+{:#x} {}", name(info.dli_fname), address - info.dli_fbase as usize, name(info.dli_sname))
}

/// Runs `code` and says what this thread asked of the heap meanwhile. Not to be nested.
pub fn count<R>(code: impl FnOnce() -> R) -> (R, Tally) {
    // glibc loads its unwinder at the first backtrace, which allocates: do that before anything counts.
    let mut warm: Trace = [0; MAX_DEPTH];
    trace(&mut warm);
    STATE.with(|state| state.set(EMPTY));
    ARMED.with(|armed| armed.set(true));
    let result = code();
    ARMED.with(|armed| armed.set(false));
    let State { allocations, frees, traces } = STATE.with(Cell::get);
    (result, Tally { allocations, frees, traces })
}

pub(crate) fn trace(trace: &mut Trace) {
    // SAFETY: `backtrace` writes at most as many pointers as told.
    unsafe { libc::backtrace(trace.as_mut_ptr().cast(), MAX_DEPTH as c_int) };
}

fn note(is_free: bool) {
    if !ARMED.with(Cell::get) {
        return;
    }
    // Whatever the unwinder does must not count.
    ARMED.with(|armed| armed.set(false));
    let mut state = STATE.with(Cell::get);
    let number = state.allocations + state.frees;
    if let Some(slot) = state.traces.get_mut(number) {
        trace(slot);
    }
    state.allocations += usize::from(!is_free);
    state.frees += usize::from(is_free);
    STATE.with(|cell| cell.set(state));
    ARMED.with(|armed| armed.set(true));
}

unsafe extern "C" {
    // glibc's own allocator under the names that no program replaces.
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(old: *mut c_void, size: usize) -> *mut c_void;
    fn __libc_memalign(alignment: usize, size: usize) -> *mut c_void;
    fn __libc_free(old: *mut c_void);
}

/// Replaces libc's `malloc`.
///
/// # Safety
///
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    note(false);
    // SAFETY: the same contract.
    unsafe { __libc_malloc(size) }
}

/// Replaces libc's `calloc`.
///
/// # Safety
///
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    note(false);
    // SAFETY: the same contract.
    unsafe { __libc_calloc(count, size) }
}

/// Replaces libc's `realloc`.
///
/// # Safety
///
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(old: *mut c_void, size: usize) -> *mut c_void {
    note(false);
    // SAFETY: the same contract.
    unsafe { __libc_realloc(old, size) }
}

/// Replaces libc's `aligned_alloc`.
///
/// # Safety
///
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void {
    note(false);
    // SAFETY: the same contract.
    unsafe { __libc_memalign(alignment, size) }
}

/// Replaces libc's `posix_memalign`.
///
/// # Safety
///
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_memalign(out: *mut *mut c_void, alignment: usize, size: usize) -> c_int {
    note(false);
    // SAFETY: the same contract.
    let block = unsafe { __libc_memalign(alignment, size) };
    if block.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: the caller gives a place for the pointer.
    unsafe { *out = block };
    0
}

/// Replaces libc's `free`.
///
/// # Safety
///
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(old: *mut c_void) {
    if !old.is_null() {
        note(true);
    }
    // SAFETY: the same contract.
    unsafe { __libc_free(old) }
}
