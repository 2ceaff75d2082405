//! What is weaker with `src/sys/portable`, the back end of `src/sys` for other systems than Linux. A test that needs one
//! of these names it, and shows nothing where the weakness is. cacheback-guarantees(7) tells users of them.

/// Something that this back end cannot do.
pub struct Weakness(());

impl Weakness {
    pub fn is_here(&self) -> bool {
        cfg!(portable_sys)
    }
}

/// The order of both outputs is known only by what can be read when.
pub const ORDER: Weakness = Weakness(());
/// Whether a process is stopped is not known: those who wait for a stopped leader go on waiting.
pub const STOPPED: Weakness = Weakness(());
/// Nobody continues a stopped fetch at its time limit.
pub const CONTINUED: Weakness = Weakness(());
/// The children of a process are not known: of a command whose time is up, only the command itself is ended.
pub const CHILDREN: Weakness = Weakness(());
/// The ancestors of a process are not known: a command that runs itself without the marker waits for itself.
pub const ANCESTORS: Weakness = Weakness(());
/// A filter does not end with its caller, but when it reads or writes.
pub const FILTER_ENDS: Weakness = Weakness(());
/// Real-time signals are not passed on.
pub const REAL_TIME: Weakness = Weakness(());
/// A fetcher has the same priority as those who wait for something else.
pub const PRIORITY: Weakness = Weakness(());
/// There are no files in memory: without a temporary directory there is nothing in place of `/dev/null`.
pub const MEMORY: Weakness = Weakness(());
/// A file without a name has one at first: a process that is killed then leaves an empty temporary file.
#[allow(dead_code, reason = "only proofs need it")]
pub const NAMELESS: Weakness = Weakness(());
