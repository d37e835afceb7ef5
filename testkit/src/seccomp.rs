//! A thread on which the kernel itself reports every system call.
//!
//! The thread installs a seccomp filter (Linux, `seccomp(2)`) that answers every system call with the signal SIGSYS.
//! The handler notes the call's number, makes it fail with ENOSYS, and the thread goes on: nothing is hidden, and one
//! run shows every call. Only `rt_sigreturn` (how the handler returns) and `exit` (how the thread ends) pass.
//!
//! A filter cannot be taken off, and applies to its thread alone: the rest of the test program never notices.

use std::ffi::{c_int, c_long, c_void};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

use crate::alloc::{MAX_DEPTH, Trace, told, trace};

/// Calls kept by number; the rest are only counted.
const MAX_CALLS: usize = 64;

static CALL_COUNT: AtomicUsize = AtomicUsize::new(0);
static CALLS: [AtomicI64; MAX_CALLS] = [const { AtomicI64::new(-1) }; MAX_CALLS];
/// Where the first call came from.
static FIRST: [AtomicUsize; MAX_DEPTH] = [const { AtomicUsize::new(0) }; MAX_DEPTH];
/// The record above is one for the program: trapped threads take turns.
static TURN: Mutex<()> = Mutex::new(());

/// The system calls that a piece of code made.
#[derive(Clone, Debug)]
pub struct Calls {
    /// Their numbers, in order (the first 64).
    pub numbers: Vec<i64>,
    first: Trace,
}

impl Calls {
    /// Whether there were none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The numbers, and where the first call came from, one line a frame.
    pub fn describe(&self) -> String {
        format!("numbers of the system calls: {:?}, the first from:{}", self.numbers, told(&self.first))
    }
}

/// Notes a trapped call and makes it fail. Atomics and the saved registers only, and the unwinder, which [`trapped`] has loaded before.
extern "C" fn on_sigsys(_signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: with SA_SIGINFO the kernel hands over a siginfo and a ucontext of this thread.
    unsafe {
        let context = &mut *context.cast::<libc::ucontext_t>();
        // libc has no accessor for si_syscall: it follows the call's address (siginfo._sifields._sigsys).
        let number = *info.cast::<u8>().add(24).cast::<c_int>();
        let at = CALL_COUNT.fetch_add(1, Ordering::Relaxed);
        if let Some(slot) = CALLS.get(at) {
            slot.store(i64::from(number), Ordering::Relaxed);
        }
        if at == 0 {
            let mut origin: Trace = [0; MAX_DEPTH];
            trace(&mut origin);
            FIRST.iter().zip(origin).for_each(|(kept, address)| kept.store(address, Ordering::Relaxed));
        }
        #[cfg(target_arch = "x86_64")]
        {
            context.uc_mcontext.gregs[libc::REG_RAX as usize] = -i64::from(libc::ENOSYS);
        }
        #[cfg(target_arch = "aarch64")]
        {
            context.uc_mcontext.regs[0] = (-i64::from(libc::ENOSYS)) as u64;
        }
    }
}

/// The filter: everything traps, except for how the handler returns and how the thread ends.
fn filter() -> BpfProgram {
    let passes = [libc::SYS_rt_sigreturn, libc::SYS_exit];
    let arch = std::env::consts::ARCH.try_into().expect("seccomp on this architecture");
    SeccompFilter::new(
        passes.into_iter().map(|call: c_long| (call, Vec::new())).collect(),
        SeccompAction::Trap,
        SeccompAction::Allow,
        arch,
    )
    .and_then(TryInto::try_into)
    .expect("a filter of two rules compiles")
}

struct Job<'a> {
    filter: BpfProgram,
    code: &'a mut (dyn FnMut() + Send),
    is_filtered: bool,
}

extern "C" fn thread_main(job: *mut c_void) -> *mut c_void {
    // SAFETY: `trapped` keeps the job alive until it has joined this thread, and does not touch it meanwhile.
    let job = unsafe { &mut *job.cast::<Job<'_>>() };
    job.is_filtered = seccompiler::apply_filter(&job.filter).is_ok();
    if job.is_filtered {
        (job.code)();
    }
    // The ordinary end of a thread unmaps and signals: the kernel's own `exit` only wakes the joiner.
    // SAFETY: nothing of this thread needs a destructor; its stack belongs to pthread_join.
    unsafe { libc::syscall(libc::SYS_exit, 0) };
    std::ptr::null_mut()
}

/// Runs `code` on a thread of its own on which every system call is trapped, runs `beside` meanwhile on this one, and
/// returns the calls that `code` made.
///
/// `code` must not panic: unwinding makes system calls, and the program would end.
///
/// # Panics
///
/// Where the kernel has no seccomp: the proof cannot be had there, and a silent pass would be a lie.
pub fn trapped(code: &mut (dyn FnMut() + Send), beside: impl FnOnce()) -> Calls {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    CALL_COUNT.store(0, Ordering::SeqCst);
    FIRST.iter().for_each(|kept| kept.store(0, Ordering::SeqCst));
    // glibc loads its unwinder at the first backtrace.
    trace(&mut [0; MAX_DEPTH]);
    // SAFETY: a handler that touches atomics and its own frame only; an all-zero mask is valid.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_sigsys as *const () as usize;
        // Not held back in its own handler: should the unwinder make a call, it is noted, too.
        action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER;
        assert_eq!(libc::sigaction(libc::SIGSYS, &action, std::ptr::null_mut()), 0, "sigaction");
    }
    let mut job = Job { filter: filter(), code, is_filtered: false };
    let mut thread: libc::pthread_t = 0;
    // SAFETY: the job outlives the thread, which is joined below before anything else can return.
    let created =
        unsafe { libc::pthread_create(&mut thread, std::ptr::null(), thread_main, (&raw mut job).cast::<c_void>()) };
    assert_eq!(created, 0, "pthread_create");
    beside();
    // SAFETY: created above, joined once.
    unsafe { libc::pthread_join(thread, std::ptr::null_mut()) };
    assert!(job.is_filtered, "this kernel takes no seccomp filter: the proof of no system calls cannot be run");
    let count = CALL_COUNT.load(Ordering::SeqCst).min(MAX_CALLS);
    Calls {
        numbers: CALLS[..count].iter().map(|call| call.load(Ordering::Relaxed)).collect(),
        first: std::array::from_fn(|n| FIRST[n].load(Ordering::SeqCst)),
    }
}
