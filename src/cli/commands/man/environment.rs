//! The environment variables that each manual page lists.

/// A term and what it means.
pub type Item = (&'static str, &'static str);

const RUN_ENVIRONMENT: [Item; 4] = [
    ("CACHEBACK_TTL", "Stands for --ttl."),
    ("CACHEBACK_ASYNC", "Stands for --async if it is 1, true, yes or on; 0, false, no and off are the default."),
    ("CACHEBACK_MAX_STALE", "Stands for --max-stale."),
    (
        "CACHEBACK_DISABLE",
        "Unless it is 0, false, no or off, run and get become the command, as if cacheback were not there: nothing is \
         looked up or stored, and no time limit applies. Standard input is still /dev/null without --stdin. With --warm \
         nothing is done, and --only-if-cached exits 1.",
    ),
];

const SHARED_ENVIRONMENT: [Item; 3] = [
    (
        "CACHEBACK_SHARED",
        "Stands for --shared if it is on, and for --no-shared if it is off. If it is read-only, shared results are read and \
         none are stored on the server.",
    ),
    ("CACHEBACK_SHARED_URL", "The server, in place of url in [shared]."),
    ("CACHEBACK_SHARED_PASSWORD", "The password for the server, in place of the one in password_file."),
];

const CONFIG_ENVIRONMENT: [Item; 2] = [
    ("CACHEBACK_CONFIG", "Stands for --config."),
    ("XDG_CONFIG_HOME, HOME", "Where the user's configuration directory is."),
];

/// What commands find in their environment.
const COMMAND_ENVIRONMENT: [Item; 3] = [
    (
        "CACHEBACK_RUNNING",
        "Set for every command: the runs that led to it, with / between them, each as its key, a colon and the name of its \
         program. A call that would run one of them again is refused with 125. So is a call within eight runs of its \
         program, or within twenty runs of any.",
    ),
    (
        "CACHEBACK_BACKGROUND",
        "Set to 1 for the command of a background fetch, with GIT_OPTIONAL_LOCKS and GIT_TERMINAL_PROMPT as 0 unless they \
         are set. None of this is part of a key, whatever --env says.",
    ),
    (
        "CACHEBACK_SHIM",
        "Set for a command that is run for a link: the names of the links that led to it, with / between them. A \
         call by one of these names runs the command without the cache, because it is part of that command's result.",
    ),
];

const CACHE_ENVIRONMENT: [Item; 3] = [
    ("CACHEBACK_SCOPE", "Stands for --scope where a COMMAND is given."),
    ("CACHEBACK_DB", "Stands for --db."),
    ("XDG_CACHE_HOME, HOME", "Where the user's cache directory is."),
];

const UPKEEP_ENVIRONMENT: [Item; 4] = [
    ("CACHEBACK_TTL", "Stands for --ttl."),
    ("CACHEBACK_DB", "Stands for --db."),
    ("XDG_CACHE_HOME, HOME", "Where the user's cache directory is."),
    ("NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM", "Whether --color=auto colours what it prints."),
];

/// An option wins over its variable, and an empty variable counts as unset.
pub fn of(name: &str) -> Vec<Item> {
    match name {
        "cacheback" => {
            let of_calls =
                [&RUN_ENVIRONMENT[..], &SHARED_ENVIRONMENT, &CACHE_ENVIRONMENT, &CONFIG_ENVIRONMENT].concat();
            [&of_calls[..], &COMMAND_ENVIRONMENT].concat()
        }
        "run" | "get" | "explain" | "config" => {
            [&RUN_ENVIRONMENT[..], &SHARED_ENVIRONMENT, &CACHE_ENVIRONMENT, &CONFIG_ENVIRONMENT].concat()
        }
        "shared" => [&SHARED_ENVIRONMENT[1..], &CACHE_ENVIRONMENT[1..], &CONFIG_ENVIRONMENT].concat(),
        "peek" => [&UPKEEP_ENVIRONMENT[..1], &CACHE_ENVIRONMENT, &CONFIG_ENVIRONMENT].concat(),
        "invalidate" | "delete" | "set" => [&CACHE_ENVIRONMENT[..], &CONFIG_ENVIRONMENT].concat(),
        "decorate" => vec![("SHELL", "The shell to print for, without --shell-kind, if it is the one that calls.")],
        "list" | "browse" | "show" => [&UPKEEP_ENVIRONMENT[..], &CONFIG_ENVIRONMENT].concat(),
        "stats" => [&UPKEEP_ENVIRONMENT[1..], &CONFIG_ENVIRONMENT].concat(),
        "prune" | "clear" | "verify" => [&UPKEEP_ENVIRONMENT[1..3], &CONFIG_ENVIRONMENT].concat(),
        _ => Vec::new(),
    }
}
