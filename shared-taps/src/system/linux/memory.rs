//! Memory that is shared.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

use rustix::fs::{FallocateFlags, MemfdFlags, SealFlags};
use rustix::mm::{MapFlags, ProtFlags};

use crate::Error;
use crate::ring::{Layout, Words};

/// As files in memory say of themselves (`TMPFS_MAGIC`); those made of huge pages say something else, and may have no page to give.
const FILES_IN_MEMORY: i64 = 0x0102_1994;
/// The largest that a reader maps.
const MAX_BYTES: u64 = 128 << 20;

/// Words shared with other processes: ours to write, or theirs to read. Unmapped when it is dropped.
#[derive(Debug)]
pub(crate) struct Memory {
    start: NonNull<AtomicU64>,
    words: usize,
    /// To pass on; none where it is only read.
    file: Option<OwnedFd>,
}

// SAFETY: plain memory of its own; everything in it is atomic.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    /// New memory for a ring, all zero and all there (so that writing to it never waits for a page, and never finds that there is none
    /// left): only this mapping can ever write it, and nobody can change its size.
    pub fn create(layout: Layout) -> Result<Self, Error> {
        let doing = "cannot make memory to share";
        let bytes = layout.words() as u64 * 8;
        let file = rustix::fs::memfd_create("twobus-tap", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)
            .map_err(Error::system(doing))?;
        rustix::fs::ftruncate(&file, bytes).map_err(Error::system(doing))?;
        rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, bytes).map_err(Error::system(doing))?;
        let mut memory = Self::map(&file, layout.words(), ProtFlags::READ | ProtFlags::WRITE, doing)?;
        let seals = SealFlags::SHRINK | SealFlags::GROW | SealFlags::FUTURE_WRITE | SealFlags::SEAL;
        rustix::fs::fcntl_add_seals(&file, seals).map_err(Error::system("cannot seal the memory to share"))?;
        memory.file = Some(file);
        Ok(memory)
    }

    /// Maps what a peer has passed, to be read; whoever the peer is, reading it is safe from then on.
    pub fn open(file: OwnedFd) -> Result<Self, Error> {
        // Only a memfd has seals that were set; none of them can be taken back.
        let seals = rustix::fs::fcntl_get_seals(&file).map_err(|_| Error::Unsafe("it is no memfd"))?;
        if !seals.contains(SealFlags::SHRINK) || !seals.intersects(SealFlags::WRITE | SealFlags::FUTURE_WRITE) {
            return Err(Error::Unsafe("it is not sealed"));
        }
        let kind = rustix::fs::fstatfs(&file).map_err(Error::system("cannot look at the other plugin's memory"))?;
        if kind.f_type != FILES_IN_MEMORY {
            return Err(Error::Unsafe("it is of another kind"));
        }
        let stat = rustix::fs::fstat(&file).map_err(Error::system("cannot look at the other plugin's memory"))?;
        let bytes = u64::try_from(stat.st_size).unwrap_or(0);
        if bytes == 0 || bytes % 8 != 0 || bytes > MAX_BYTES {
            return Err(Error::Unsafe("its size is wrong"));
        }
        // A hole would be filled when it is read, and there may be nothing to fill it with. None can be made any more.
        if (u64::try_from(stat.st_blocks).unwrap_or(0)).saturating_mul(512) < bytes {
            return Err(Error::Unsafe("it has holes"));
        }
        Self::map(&file, bytes as usize / 8, ProtFlags::READ, "cannot map the other plugin's memory")
    }

    fn map(file: &OwnedFd, words: usize, access: ProtFlags, doing: &'static str) -> Result<Self, Error> {
        // SAFETY: a new mapping, at an address that the kernel chooses.
        let start = unsafe {
            rustix::mm::mmap(std::ptr::null_mut(), words * 8, access, MapFlags::SHARED | MapFlags::POPULATE, file, 0)
        };
        let start = NonNull::new(start.map_err(Error::system(doing))?.cast()).ok_or(Error::NotHere)?;
        Ok(Self { start, words, file: None })
    }

    /// To be passed to readers, by whoever made it.
    pub fn file(&self) -> Option<BorrowedFd<'_>> {
        self.file.as_ref().map(AsFd::as_fd)
    }
}

impl Words for Memory {
    type Word = AtomicU64;

    #[inline]
    fn words(&self) -> &[AtomicU64] {
        // SAFETY: so many words are mapped as long as this lives, and the file cannot become shorter than they are. Atomics may
        // change under us; where this is mapped to be read nobody stores.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.words) }
    }
}

impl Words for std::sync::Arc<Memory> {
    type Word = AtomicU64;

    #[inline]
    fn words(&self) -> &[AtomicU64] {
        (**self).words()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: our own mapping, of which no reference outlives this. A failure leaves it mapped, which harms nobody.
        let _ = unsafe { rustix::mm::munmap(self.start.as_ptr().cast(), self.words * 8) };
    }
}
