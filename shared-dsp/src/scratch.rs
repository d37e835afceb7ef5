//! Buffers that hold nothing from one block to the next, shared by all instances of a unit.
//!
//! An instance that has its own drives those of the others out of the caches, and finds its own gone when its turn comes
//! again. From a pool, one audio thread finds the same buffers warm, whichever instance it runs.

use std::sync::{Mutex, OnceLock, PoisonError, TryLockError};

/// At most so many are kept: more audio threads than cores do not run.
const MOST: usize = 64;

/// Some `T`s, one for each thread that may need one at a time.
#[derive(Debug)]
pub struct Pool<T> {
    slots: OnceLock<Box<[Mutex<T>]>>,
}

impl<T: Default> Default for Pool<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Default> Pool<T> {
    /// An empty pool; [`prepare`](Self::prepare) it before use.
    #[must_use]
    pub const fn new() -> Self {
        Self { slots: OnceLock::new() }
    }

    /// Makes them, the first time that it is called, one a core. Allocates, and touches all of it: no page and no lock is
    /// left to be made when it is first used.
    pub fn prepare(&self) {
        self.slots.get_or_init(|| {
            let count = std::thread::available_parallelism().map_or(MOST, usize::from).clamp(2, MOST);
            let slots: Box<[Mutex<T>]> = (0..count).map(|_| Mutex::new(T::default())).collect();
            for slot in &slots {
                // Some systems make a lock when it is first taken.
                drop(slot.lock().unwrap_or_else(PoisonError::into_inner));
            }
            slots
        });
    }

    /// Lends one to `work`. What it holds is whatever was left in it. Should none be free (more threads than cores are in
    /// here, or the pool was not prepared), `work` gets a new one, on the stack.
    ///
    /// Realtime-safe if making a `T` is: a taken slot is passed by, never waited for.
    #[inline]
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        for slot in self.slots.get().map_or(&[][..], |slots| slots) {
            match slot.try_lock() {
                Ok(mut free) => return work(&mut free),
                // There is nothing in it that a panic could have left half done.
                Err(TryLockError::Poisoned(free)) => return work(&mut free.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        work(&mut T::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_gets_the_same_again_and_two_at_a_time_get_two() {
        static POOL: Pool<[u32; 4]> = Pool::new();
        POOL.with(|fresh| assert_eq!(*fresh, [0; 4], "unprepared, it lends new ones"));
        POOL.prepare();
        POOL.prepare();
        let first = POOL.with(|lent| {
            lent[0] = 7;
            std::ptr::from_ref(lent).addr()
        });
        POOL.with(|lent| {
            assert_eq!((std::ptr::from_ref(lent).addr(), lent[0]), (first, 7), "the same, as it was left");
            POOL.with(|other| {
                assert_ne!(std::ptr::from_ref(other).addr(), first);
                assert_eq!(other[0], 0);
            });
        });
        // More at a time than there are: new ones.
        fn nested(depth: usize) -> usize {
            POOL.with(|lent| {
                let own = std::ptr::from_ref(lent).addr();
                let deepest = if depth == 0 { own } else { nested(depth - 1) };
                assert!(depth == 0 || deepest != own, "lent twice");
                deepest
            })
        }
        assert_ne!(nested(MOST + 1), first);
        assert_eq!(POOL.with(|lent| std::ptr::from_ref(lent).addr()), first);
    }
}
