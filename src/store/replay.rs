//! Reading the output of an entry.

use std::io;

use crate::model::transcript::{Frames, Stream};
use crate::sys::error::words;

/// Why a replay failed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The output is damaged or gone. Nothing has been written: the caller may fetch instead.
    #[error("the stored output is damaged")]
    Damaged,
    /// The writer failed with this error.
    #[error("writing the stored output: {}", words(.0))]
    Write(io::Error),
    /// The output disappeared after part of it had been written.
    #[error("the stored output changed while it was read")]
    Torn,
}

/// Receives a transcript piece by piece.
pub type Writer<'a> = dyn FnMut(Stream, &[u8]) -> io::Result<()> + 'a;

/// Writes a transcript that is [inline](super::Body::Inline) to `write`.
///
/// # Errors
///
/// [`ReplayError::Write`].
pub fn replay_inline(transcript: &[u8], write: &mut Writer<'_>) -> Result<(), ReplayError> {
    Frames::new(transcript).try_for_each(|(stream, data)| write(stream, data)).map_err(ReplayError::Write)
}
