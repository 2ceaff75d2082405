//! A transcript that is stored while its command still runs.

use std::io::{self, Read};
use std::time::Duration;

use super::{Mark, NewEntry, ReplayError, StoreError, Stored};

/// A long transcript on its way into a store, before it is known whether it will be kept. What is dropped is garbage,
/// which a later [`Store::prune`](super::Store::prune) removes.
pub trait Incoming<S: ?Sized> {
    /// Appends `bytes`; waits for other users of the store for at most `patience`.
    ///
    /// # Errors
    ///
    /// The store cannot be written to. Nothing is lost: what is not written has become part of the
    /// [`rest`](Self::rest).
    fn append(&mut self, store: &S, bytes: &[u8], patience: Duration) -> Result<(), StoreError>;

    /// Bytes of the transcript that are in the store.
    fn written(&self) -> u64;

    /// The bytes that are not in the store yet.
    fn rest(&self) -> &[u8];

    /// Takes these bytes out.
    fn take_rest(&mut self) -> Vec<u8>;

    /// Writes the rest of the transcript, which ends with what `more` yields, and makes it the entry that `new` says,
    /// as [`Store::store`](super::Store::store) does.
    ///
    /// # Errors
    ///
    /// The store cannot be written to, or `more` cannot be read. What is written stays until this is dropped.
    fn finish(&mut self, store: &S, new: &NewEntry<'_>, more: &mut dyn Read, since: Mark)
    -> Result<Stored, StoreError>;

    /// Passes what is in the store to `take`, in order.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Damaged`], or the error of `take`.
    fn read_back(&self, store: &S, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), ReplayError>;
}
