//! What a store can do.

use crate::failure::StoreFailed;
use crate::name::Name;
use core::fmt::Debug;
use core::future::Future;
use core::pin::Pin;
use core::time::Duration;
use std::sync::Arc;

/// An answer under way. Dropping it gives the answer up, not what was asked for.
pub type Pending<'s, X> = Pin<Box<dyn Future<Output = Result<X, StoreFailed>> + Send + 's>>;

/// Keeps bytes by names, for a time. It is trusted with no secret ([`crate::Sealed`]); but whoever
/// answers [`Store::insert`] wrongly lets early data be replayed.
pub trait Store: Debug + Send + Sync {
    /// What is kept under the name. It stays there.
    ///
    /// # Errors
    /// As for all: [`StoreFailed`].
    fn get(&self, name: Name) -> Pending<'_, Option<Vec<u8>>>;

    /// What is kept under the name, taken out: of all who ask at once, one gets it.
    ///
    /// # Errors
    /// [`StoreFailed`]; it may have been taken out all the same.
    fn take(&self, name: Name) -> Pending<'_, Option<Vec<u8>>>;

    /// Keeps bytes for so long at most, in the place of what was there.
    ///
    /// # Errors
    /// [`StoreFailed`].
    fn put(&self, name: Name, value: Vec<u8>, life: Duration) -> Pending<'_, ()>;

    /// Marks a name for at least so long: true when it was not marked, for one of all who ask at
    /// once. Marks and what [`Store::put`] keeps have names that differ.
    ///
    /// # Errors
    /// [`StoreFailed`], also where there is no room: no mark makes room for another before its time.
    fn insert(&self, name: Name, life: Duration) -> Pending<'_, bool>;
}

impl<S: Store + ?Sized> Store for Arc<S> {
    fn get(&self, name: Name) -> Pending<'_, Option<Vec<u8>>> {
        (**self).get(name)
    }

    fn take(&self, name: Name) -> Pending<'_, Option<Vec<u8>>> {
        (**self).take(name)
    }

    fn put(&self, name: Name, value: Vec<u8>, life: Duration) -> Pending<'_, ()> {
        (**self).put(name, value, life)
    }

    fn insert(&self, name: Name, life: Duration) -> Pending<'_, bool> {
        (**self).insert(name, life)
    }
}
