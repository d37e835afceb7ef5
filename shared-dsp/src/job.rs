//! Work that may not be done on the audio thread.

/// What a processor has done off the audio thread, such as the design of a kernel. Nobody is woken for it: whoever owns a
/// thread (the shell's worker, a test) looks by itself.
pub trait Job: Send + Sync {
    /// Does what was asked for since the last call; answers whether there was anything. May take its time, allocate and
    /// lock, so it is not for the audio thread.
    fn work(&self) -> bool;

    /// Whether all that was asked for is done. Wait-free.
    fn is_done(&self) -> bool;
}
