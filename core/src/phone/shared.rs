//! What a phone keeps in memory, seen also by whoever reads beside it.

use std::sync::{Arc, PoisonError, RwLock};

/// A value that is read as a whole and replaced as a whole.
#[derive(Debug)]
pub(super) struct Shared<T>(Arc<RwLock<Arc<T>>>);

impl<T> Shared<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(value))))
    }

    /// The value as it is now.
    pub(super) fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another in its place, for all who share it.
    pub(super) fn set(&self, value: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
