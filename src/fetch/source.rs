//! Where a command's output is read from: two pipes, or one terminal.

use std::fmt::Debug;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};

use crate::model::transcript::{Stream, Transcript};

/// The reading ends of a command's output.
pub(crate) trait Source: Debug {
    /// Copies of the writing ends, for the command's standard output and error.
    fn ends_for_command(&self) -> io::Result<(OwnedFd, OwnedFd)>;

    /// Closes our own copies of the command's ends: as long as they are open, the output has no end. The command must
    /// have its copies, or have ended.
    fn close_command_ends(&mut self);

    /// What to poll for input; `None` for what is at its end.
    fn sources(&self) -> [Option<BorrowedFd<'_>>; 2];

    /// Whether everything has been read that can ever be written to the command's ends.
    fn is_at_end(&mut self) -> bool;

    /// Reads what is ready at `sources()[index]` with the next batch, although no announcement of it has come yet.
    fn read_ahead(&mut self, index: usize);

    /// Reads a batch; whether that was all there is.
    fn collect(&mut self) -> bool;

    /// The batch that was read, to be taken; an empty one in its place gives its memory back.
    fn batch(&mut self) -> &mut Transcript;

    /// Gives everything that has been written up to this moment to `each`, and no more: a process that the command has
    /// left behind may write for ever.
    fn drain(&mut self, each: &mut dyn FnMut(Stream, &[u8]));

    /// Gives a terminal the size of the caller's. Returns whether its size was another one.
    fn follow_window(&mut self) -> bool {
        false
    }

    /// Notes that the pipe that is read from `fd` was written to.
    fn announce(&mut self, _fd: RawFd) {}

    /// Reads whatever is there with the next batch: announcements are lost.
    fn announce_all(&mut self) {}

    /// Whether nothing can be read in order before the next announcement.
    fn awaits_announcement(&self) -> bool {
        false
    }

    /// Reads faster from now on, without the order of the streams.
    fn give_up_order(&mut self) {}
}
