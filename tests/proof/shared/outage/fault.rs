//! How a server, or what is in its place, can fail to answer one command.

/// What happens in place of an answer.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Nobody listens, from the first command on.
    Refused,
    /// The connection ends, and the command is not done.
    End,
    /// The command is done, and the connection ends without an answer.
    Lost,
    /// Nothing comes, and the connection stays.
    Silence,
    /// The answer comes at a byte a second.
    Drip,
    /// These bytes come, and the command is not done.
    Answer(&'static [u8]),
}

/// Every failure, with the name that a report gives it.
pub static FAULTS: &[(&str, Fault)] = &[
    ("end of stream", Fault::End),
    ("answer lost", Fault::Lost),
    ("blackhole", Fault::Silence),
    ("a byte a second", Fault::Drip),
    ("LOADING", Fault::Answer(b"-LOADING Redis is loading the dataset in memory\r\n")),
    ("BUSY", Fault::Answer(b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL\r\n")),
    ("MASTERDOWN", Fault::Answer(b"-MASTERDOWN Link with MASTER is down\r\n")),
    ("CLUSTERDOWN", Fault::Answer(b"-CLUSTERDOWN The cluster is down\r\n")),
    ("TRYAGAIN", Fault::Answer(b"-TRYAGAIN Multiple keys request during rehashing of slot\r\n")),
    ("MOVED to nobody", Fault::Answer(b"-MOVED 7 127.0.0.1:1\r\n")),
    ("MOVED to nowhere", Fault::Answer(b"-MOVED 7 :0\r\n")),
    ("MOVED to a hole", Fault::Answer(b"-MOVED 7 192.0.2.1:6379\r\n")),
    ("ASK", Fault::Answer(b"-ASK 7 127.0.0.1:1\r\n")),
    ("OOM", Fault::Answer(b"-OOM command not allowed when used memory > 'maxmemory'.\r\n")),
    ("READONLY", Fault::Answer(b"-READONLY You can't write against a read only replica.\r\n")),
    ("NOREPLICAS", Fault::Answer(b"-NOREPLICAS Not enough good replicas to write.\r\n")),
    ("NOPERM", Fault::Answer(b"-NOPERM this user has no permissions to run the 'evalsha' command\r\n")),
    ("NOAUTH", Fault::Answer(b"-NOAUTH Authentication required.\r\n")),
    ("WRONGPASS", Fault::Answer(b"-WRONGPASS invalid username-password pair or user is disabled.\r\n")),
    ("WRONGTYPE", Fault::Answer(b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n")),
    ("NOSCRIPT", Fault::Answer(b"-NOSCRIPT No matching script. Please use EVAL.\r\n")),
    ("MISCONF", Fault::Answer(b"-MISCONF Errors writing to the AOF file\r\n")),
    ("ERR", Fault::Answer(b"-ERR unknown command\r\n")),
    ("an empty error", Fault::Answer(b"-\r\n")),
    ("a number", Fault::Answer(b":42\r\n")),
    ("OK", Fault::Answer(b"+OK\r\n")),
    ("nothing", Fault::Answer(b"$-1\r\n")),
    ("no list", Fault::Answer(b"*-1\r\n")),
    ("an empty list", Fault::Answer(b"*0\r\n")),
    ("a list of nothings", Fault::Answer(b"*8\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n")),
    ("a huge string", Fault::Answer(b"$9000000000000000000\r\nx")),
    ("a string of a gibibyte", Fault::Answer(b"$1073741824\r\nx")),
    ("a huge list", Fault::Answer(b"*9000000000000000000\r\n")),
    ("garbage", Fault::Answer(b"\x00\xff\x13garbage\r\n\r\n\x7f")),
    ("half a line", Fault::Answer(b"*2\r\n$5\r\nhe")),
    ("an endless line", Fault::Answer(&[b'+'; 1 << 20])),
    ("deep lists", Fault::Answer(&DEEP)),
    ("HTTP", Fault::Answer(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")),
    ("TLS", Fault::Answer(b"\x15\x03\x01\x00\x02\x02\x46")),
];

/// Lists in lists.
static DEEP: [u8; 40_000] = {
    let mut deep = [b'*'; 40_000];
    let mut at = 0;
    while at < deep.len() {
        deep[at + 1] = b'1';
        deep[at + 2] = b'\r';
        deep[at + 3] = b'\n';
        at += 4;
    }
    deep
};
