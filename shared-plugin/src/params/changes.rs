//! Whether any value has changed: what reads many of them a block need not read them again where none has.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// How often a value was changed, by whomever. Clones count together. All methods are wait-free.
#[derive(Debug, Clone, Default)]
pub struct Changes(Arc<AtomicU32>);

impl Changes {
    /// The count, wrapping. What had been written when it was counted is read by whoever reads after this.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::Acquire)
    }

    /// Counts one, after it was written.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    /// What a parameter calls when its value has changed.
    pub(super) fn listener<T>(&self) -> Arc<dyn Fn(T) + Send + Sync> {
        let changes = self.clone();
        Arc::new(move |_| changes.add())
    }
}
