//! The table of options: each with its names, help, key in the configuration file, environment variable and default.
//!
//! To add one that a rule can set, add a row here, and use its field where it acts. The definition of the command line,
//! the fast parser, the keys of the file, the man page and what `explain` shows follow from the row.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use toml::de::DeValue;

use super::layers;
use super::options::{self, Spelling, options};
use super::parse;
use super::value::{NO_JITTER, NO_SCRIPT, Script, Value};
use crate::cache::{MAX_DB_SIZE, default_path};
use crate::model::units;
use crate::policy::{CacheExit, FetchPolicy, Jitter, Policy};

options! {
    "Freshness" {
        ttl: Duration, read units::duration,
            keys ["ttl", "lifetime"], variable "CACHEBACK_TTL", default Policy::default().ttl;
        /// Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]
        ///
        /// A result is fresh for this long after its fetch ended. The reader chooses: `--ttl 60` means "no older than a
        /// minute", whatever ttl the result was fetched with. With `0` no result is fresh. --lifetime is the same
        /// option.
        ///
        /// Durations are seconds (600, .5) or numbers with units: 500ms, 90s, 10m, '1h 30m', 7d, 1y, '10 minutes'.
        ["ttl", "lifetime"] takes "DURATION";

        jitter: Jitter, read parse::jitter, keys ["jitter"], default Policy::default().jitter;
        /// Serve each result for up to this much less than the ttl: 10%, or a duration [default: none]
        ///
        /// How much less is chosen at random once for each result, so that results that were fetched together do not
        /// become stale together. A result that has a lifetime of its own, from `set --ttl` or a job's expiry, keeps
        /// it.
        ["jitter"] takes "SHARE";
        /// Serve results for their whole ttl, whatever a rule or a job says
        ["no-jitter"] is NO_JITTER;

        background: bool, read parse::switch, keys ["async"], variable "CACHEBACK_ASYNC", default false;
        /// Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]
        ["async"] is true;
        /// Fetch a stale result again before it is printed, whatever a rule, a job or the environment says
        ["no-async"] is false;

        max_stale: Duration, read units::duration,
            keys ["max_stale"], variable "CACHEBACK_MAX_STALE", default Policy::default().max_stale;
        /// Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]
        ///
        /// A result that is stale for longer is treated as if it were not stored.
        ["max-stale"] takes "DURATION";

        // The call waits for the fetch of a stale entry that was fetched longer ago than this.
        fetch_on_stale_threshold: Duration, read units::duration, keys ["fetch_on_stale_threshold"];

        stale_if_error: bool, read parse::switch, keys ["stale_if_error"], default Policy::default().stale_if_error;
        /// If fetching a stale result again fails, serve the stale one after all
        ///
        /// A warning on standard error says so. The new output is held back until the command has ended.
        ["stale-if-error"] is true;
        /// If fetching a stale result again fails, print the failure, whatever a rule or a job says
        ["no-stale-if-error"] is false;

        fetch_on_miss: bool, read parse::switch, keys ["fetch_on_miss"], default true;
        /// If nothing is stored, print the --empty text and fetch in the background
        ///
        /// Exits 0 without waiting for the command.
        ["no-fetch-on-miss"] is false;
        /// If nothing is stored, wait for the command, whatever a rule or a job says
        ["fetch-on-miss"] is true;

        empty: OsString, read parse::any_text, keys ["empty"];
        /// What --no-fetch-on-miss prints [default: nothing]
        ["empty"] takes "TEXT";

        depends_on: Vec<OsString>, read parse::dependency,
            keys ["depends_on"], default FetchPolicy::default().depends_on;
        /// Serve a result only while these files are unchanged; repeatable, globs
        ///
        /// If size, times or inode of a file differ, its content is compared: only a change of content counts. A
        /// missing file is a state like any other. A directory stands for the names in it, not for the content of its
        /// files: give 'DIR/**' for that. A glob stands for the files that match it; quote it, so that the shell leaves
        /// it alone. `**` does not follow links to directories. With more than 100000 files, or 1 TiB, the command runs
        /// without the cache.
        ["depends-on"] takes "PATH";

        depends_on_program: bool, read parse::switch,
            keys ["depends_on_program"], default FetchPolicy::default().depends_on_program;
        /// Serve a result only while the program that PATH has for COMMAND is unchanged
        ///
        /// If its path, size, inode or times differ, as after an upgrade, the call is a miss. If the command ran within
        /// 20 ms of such a change, the next call runs it once more. The file is not read. With --shell, the program is
        /// sh; name other programs with --depends-on.
        ["depends-on-program"] is true;
        /// Do not look at the program, whatever a rule or a job says
        ["no-depends-on-program"] is false;

        refresh: bool, read parse::switch;
        /// Fetch now, in the foreground, whatever is stored
        ["refresh"] is true, not with ["warm", "only-if-cached"];

        warm: bool, read parse::switch;
        /// Start a fetch in the background and return at once, without output
        ["warm"] is true, not with ["only-if-cached"];

        only_if_cached: bool, read parse::switch;
        /// Never run the command: print a fresh result, or nothing and exit 1
        ["only-if-cached"] is true;

        miss_status: u8, read parse::miss_status;
        /// Exit with this status where --only-if-cached finds nothing fresh [default: 1]
        ///
        /// A status that the command itself never has tells a miss from a stored result.
        ["miss-status"] takes "N";
    }
    "Key" {
        cwd: bool, read parse::switch, keys ["cwd"], default false;
        /// Make the working directory part of the key
        ["cwd"] is true;
        /// Share results between directories, whatever a rule or a job says
        ["no-cwd"] is false;

        env: Vec<OsString>, read parse::variable_name, keys ["env"], default Vec::new();
        /// Make this environment variable part of the key; repeatable, or NAME,NAME
        ///
        /// A glob such as 'AWS_*' stands for all variables with a name that matches: their names and values are part of
        /// the key. Quote it, so that the shell leaves it alone.
        ["env"] takes "NAME", split b',';

        key_file: Vec<OsString>, read parse::file, keys ["key_file"], default Vec::new();
        /// Make the content of this file part of the key; repeatable
        ///
        /// Use it for a file that says what the command works with, such as the cluster or the account that was chosen
        /// last: each content has a result of its own. A missing file is a content like any other. If a file has more
        /// than 16 MiB, or cannot be read, the command runs without the cache.
        ["key-file"] takes "PATH";

        stdin: bool, read parse::switch, keys ["stdin"], default false;
        /// Read standard input to its end, make it part of the key, and give it to the command
        ///
        /// Without this option the command's standard input is /dev/null. Input of more than 1 GiB reaches the command
        /// as well, but then nothing is stored.
        ["stdin"] is true;
        /// Leave standard input alone, whatever a rule or a job says
        ["no-stdin"] is false;

        scope: OsString, read parse::any_text, keys ["scope"], variable "CACHEBACK_SCOPE";
        /// Keep results apart under this name [env: CACHEBACK_SCOPE]
        ["scope"] takes "NAME";

        key: OsString, read parse::text, keys ["key"];
        /// Use this text in place of the command line in the key
        ["key"] takes "TEXT";

        shell: bool, read parse::switch, keys ["shell"], default false;
        /// COMMAND is a string for `sh -c`; the arguments become its $1, $2, …
        ["shell", "-s"] is true;
        /// COMMAND is a program and its arguments, whatever a rule says
        ["no-shell"] is false;

        pty: bool, read parse::switch, keys ["pty"], default false;
        /// Run the command on a terminal, so that it keeps its colours; part of the key
        ///
        /// Its standard output and error are one terminal, and are stored and printed as standard output. The terminal
        /// has the size of the caller's, or 24 lines of 80 characters. Pagers are switched off: PAGER and variables
        /// whose names end in it are set to cat. A stored result is printed without the sequences that make a terminal
        /// answer.
        ["pty"] is true;
        /// Run the command without a terminal, whatever a rule or a job says
        ["no-pty"] is false;
    }
    "What is stored" {
        cache_exit: CacheExit, read parse::exit_codes, keys ["cache_exit"], default Policy::default().cache_exit;
        /// Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]
        ///
        /// A result with another exit status is treated as if it were not stored.
        ["cache-exit"] takes "CODES";

        failure_ttl: Duration, read units::duration, keys ["failure_ttl"], default Policy::default().failure_ttl;
        /// Store results with other exit statuses, too, and serve them for this long
        ///
        /// Without this option, such results are neither stored nor served.
        ["failure-ttl"] takes "DURATION";

        max_size: u64, read units::size, keys ["max_size"], default FetchPolicy::default().max_size;
        /// Pass a larger output through without storing it [default: 256MiB]
        ///
        /// Sizes are bytes (65536), or numbers with a suffix: K, M, G, T or KiB, MiB, GiB, TiB count in 1024s; kB, MB,
        /// GB, TB in 1000s.
        ["max-size"] takes "SIZE";

        store_if: Script, read parse::script, keys ["store_if"];
        /// Store a result only if this shell command, which reads the output, exits 0
        ///
        /// It is for output that is not worth storing although its exit status is: an empty list, a page that says that
        /// the server is busy. It runs once after a fetch, before --process-result, for at most 30 seconds, and not
        /// beyond --timeout. CACHEBACK_EXIT (the exit status), CACHEBACK_KEY and the parameters of a job are set. The
        /// output is printed in any case. A background fetch that it refuses has failed: the stale result stays. If it
        /// cannot be run, or does not end in time, nothing is stored, and a warning says so.
        ["store-if"] takes "COMMAND";
        /// Store results without asking a shell command, whatever a rule or a job says
        ["no-store-if"] is NO_SCRIPT;

        keep: Duration, read units::duration, keys ["keep"], default Policy::default().keep;
        /// Remove a result that has not been fetched for this long [default: 30d]
        ///
        /// From then on it is served to nobody, however long another caller would keep it.
        ["keep"] takes "DURATION";

        tags: Vec<OsString>, read parse::tag, keys ["tags", "tag"], default FetchPolicy::default().tags;
        /// Label the result, to select it by; repeatable
        ["tag"] takes "NAME";
    }
    "Running" {
        timeout: Duration, read units::limit, keys ["timeout"], default FetchPolicy::default().timeout;
        /// End the command if it runs for longer than this; exit 124 [default: no limit]
        ///
        /// The command gets a TERM signal, and KILL five seconds later. The time spent on input, files and other
        /// callers counts as well. For a command that runs in the background, see --refresh-timeout.
        ["timeout"] takes "DURATION";

        refresh_timeout: Duration, read units::limit,
            keys ["refresh_timeout"], default FetchPolicy::default().refresh_timeout;
        /// End a background fetch, with its whole process group, after this long [default: 1h]
        ["refresh-timeout"] takes "DURATION";

        process_result: OsString, read parse::script, keys ["process_result"];
        /// Pass the output through this shell command each time it is printed
        ///
        /// What is stored is the output before that. CACHEBACK_STATUS (hit, stale, refetched or miss), CACHEBACK_AGE
        /// (seconds) and CACHEBACK_KEY are set. If the shell command fails, its exit status is that of the call.
        ["process-result"] takes "COMMAND";

        on_refresh: Script, read parse::script, keys ["on_refresh"];
        /// After a background fetch whose result was stored, run this shell command in the background
        ///
        /// It can have a prompt or a status bar drawn again. CACHEBACK_CHANGED is 1 if the output or the exit status
        /// has changed, and 0 if not; CACHEBACK_KEY and the parameters of a job are set. It has no terminal, and is
        /// ended after 30 seconds. It runs once for each fetch, however many callers have asked for that fetch.
        ["on-refresh"] takes "COMMAND";
        /// Run nothing after a background fetch, whatever a rule or a job says
        ["no-on-refresh"] is NO_SCRIPT;
    }
    "Sharing" {
        shared: bool, read parse::switch, keys ["shared"], variable "CACHEBACK_SHARED", default false;
        /// Share the result with other hosts [env: CACHEBACK_SHARED=on]
        ///
        /// Results go through the server that [shared] in the configuration names: what one host has fetched, the
        /// others print. See `cacheback shared --help`.
        ["shared"] is true;
        /// Leave the server of [shared] alone, whatever a rule or a job says [env: CACHEBACK_SHARED=off]
        ["no-shared"] is false;

        // What distinguishes hosts, besides what is in the key.
        vary: Vec<OsString>, read parse::vary, keys ["vary"], default parse::VARY.map(OsString::from).to_vec();
    }
    "Reporting" {
        progress: bool, read parse::switch;
        /// Show how far the command should be by now, if it has run before
        ///
        /// The bar is on standard error, if that is a terminal. It is full when the command has run for as long as the
        /// last time, and is erased before the command writes to the terminal.
        ["progress"] is true;

        status: bool, read parse::switch;
        /// Print a Cache-Status line on standard error: hit, stale or fetched, and why
        ///
        /// The line has the syntax of RFC 9211: Cache-Status: cacheback; hit; ttl=376; key="3f2a91c0"; age=224. A stale
        /// result has detail=failing if its background fetches fail, detail=refreshing while it is being fetched, and
        /// detail=deferred if max_refreshes allows no more fetches now. An output has detail=too-large if it is not
        /// stored because of --max-size, and detail=refused if it is not stored because of --store-if.
        ["status"] is true;

        status_fd: i32, read parse::descriptor_number;
        /// Print the Cache-Status line on this open descriptor instead
        ["status-fd"] takes "N";
    }
    "Global options" {
        // If the database is larger, the least recently used entries are removed.
        max_db_size: u64, read units::size, keys ["max_db_size"], default MAX_DB_SIZE;

        // How many background fetches may run at a time, for a whole database.
        max_refreshes: u32, read parse::at_a_time, keys ["max_refreshes"], variable "CACHEBACK_MAX_REFRESHES";

        // The database; absolute, or beginning with `~/`.
        db: OsString, read parse::any_text, keys ["db"], variable "CACHEBACK_DB", default default_db();
    }
}

fn default_db() -> Option<OsString> {
    default_path().ok().map(PathBuf::into_os_string)
}

#[cfg(test)]
#[path = "tests/settings.rs"]
mod tests;
