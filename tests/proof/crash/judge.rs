//! Judges what one call has printed, and how it ended.

use super::super::output::{Seen, examine};
use super::driver::{CUT, Call, Driver, GIVEN, LOCKED_OUT, WHOLE};
use super::given::{self, Got};

const LOCKED: &[u8] = b": database is locked; running the command without a cache\n";
const LOST: &[u8] = b"cacheback: the process that ran the command was killed\n";

impl Driver {
    /// Checks what a call has printed, and how it ended.
    pub(super) fn judge(&mut self, call: &mut Call, is_disturbed: bool) {
        let ended = call.caller.end();
        let (stdout, stderr, status) = (ended.stdout, ended.stderr, ended.status.code());
        // A caller that has lost its fetcher prints a message.
        let (said, own): (Vec<&[u8]>, Vec<&[u8]>) =
            stderr.split_inclusive(|byte| *byte == b'\n').partition(|line| line.starts_with(b"cacheback: "));
        let (said, own) = (said.concat(), own.concat());
        let got = given::examine(call.order.name, &stdout, &own);
        let seen = examine(call.order.name, &stdout, &own);
        match (got, seen) {
            (Some(Got::Whole(_)), _) => self.counts[GIVEN] += 1,
            (None, Seen::Whole(_)) => self.counts[WHOLE] += 1,
            (Some(Got::Part(..) | Got::Begun), _) | (None, Seen::Part) => self.counts[CUT] += 1,
            (Some(Got::Wrong), _) | (None, Seen::Nothing | Seen::Wrong) => {}
        }
        let is_right_if_given = got.map(|got| match call.was_killed {
            true => got != Got::Wrong,
            false => call.operation.prints() && said.is_empty() && self.ledger.is_right(got, status),
        });
        let is_right = match seen {
            _ if got.is_some() => is_right_if_given == Some(true),
            Seen::Wrong => false,
            _ if call.was_killed => true,
            _ if said.is_empty() && call.operation.is_right(&call.order, seen, status) => true,
            // The machine is so busy that the process with the lock does not run for a second.
            Seen::Whole(_) if is_disturbed && said.ends_with(LOCKED) && status == Some(call.order.exit.into()) => {
                self.counts[LOCKED_OUT] += 1;
                true
            }
            // Its fetcher was killed, or the command.
            _ => is_disturbed && status == Some(137) && (said.is_empty() || said == LOST),
        };
        if !is_right {
            let text = String::from_utf8_lossy(&stderr[..stderr.len().min(400)]).into_owned();
            let length = stdout.len();
            let seen = got.map_or_else(|| format!("{seen:?}"), |got| format!("{got:?}"));
            self.failures.push(format!(
                "{:?} ended with {status:?}, disturbed: {is_disturbed}, killed: {}; {seen}, {length} bytes, said {text:?}",
                call.caller.words, call.was_killed
            ));
        }
    }
}
