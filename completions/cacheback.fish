# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_cacheback_global_optspecs
    string join \n db= config= q/quiet h/help V/version
end

function __fish_cacheback_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_cacheback_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_cacheback_using_subcommand
    __fish_cacheback_is_wrapped
    and return 1
    set -l cmd (__fish_cacheback_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

# Prints the subcommand and its arguments before the cursor, quoted; fails if the cursor is not at an argument.
function __fish_cacheback_arguments
    set -l words (commandline -opc)
    set -e words[1]
    set -l subcommand
    while set -q words[1]
        switch $words[1]
            case --
                test -n "$subcommand"
                or return 1
                set -e words[1]
                string escape -- $subcommand $words
                return 0
            case --cache-exit --color --config --db --depends-on --empty --env --exit-status --failure-ttl --id --job --keep --keep-last --key --lifetime --limit --match --max-db-size --max-size --max-stale --miss-status --older-than --process-result --refresh-timeout --scope --shell-kind --sort --status-fd --tag --timeout --ttl
                set -e words[1]
                set -q words[1]
                or return 1
            case '-*'
            case '*'
                if test -n "$subcommand"
                    string escape -- $subcommand $words
                    return 0
                end
                set subcommand $words[1]
        end
        set -e words[1]
    end
    test -n "$subcommand"
    and not string match -q -- '-*' (commandline -ct)
    and string escape -- $subcommand
end

# Whether the cursor is at the first argument of one of the subcommands $argv.
function __fish_cacheback_at_first_argument
    set -l words (__fish_cacheback_arguments)
    and test (count $words) -eq 1
    and contains -- $words[1] $argv
end

function __fish_cacheback_is_wrapped
    set -l words (__fish_cacheback_arguments)
    and contains -- $words[1] run invalidate delete set peek show explain
end

# Prints the words before the cursor, with what the shell would put for a home directory and for variables.
function __fish_cacheback_before
    for word in (commandline -opc)
        set word (string replace -r '^~(?=/|$)' "$HOME" -- $word)
        for name in (string match -ar '(?<=\$)[A-Za-z_]\w*' -- $word)
            set word (string replace -- "\$$name" "$$name" $word)
        end
        printf '%s\n' "$word"
    end
end

# Prints what the program knows of $argv, with descriptions.
function __fish_cacheback_candidates
    set -l prefix
    if test $argv[1] = ids
        set prefix (string match -r '[[:xdigit:]]*$' -- (commandline -ct))
    end
    set -l before (__fish_cacheback_before)
    set -e before[1]
    cacheback __complete $argv[1] "$prefix" $before 2>/dev/null
end

# Prints how the wrapped command may go on; an argument of a subcommand in show may be an id.
function __fish_cacheback_wrapped
    set -l words (__fish_cacheback_arguments)
    set -l subcommand $words[1]
    set -e words[1]
    set -l word (commandline -ct)
    if not set -q words[1]; and contains -- $subcommand show; and string match -qr '^[[:xdigit:]]*$' -- "$word"
        set -l ids (__fish_cacheback_candidates ids)
        # All commands there are would hide the ids.
        if set -q ids[1]
            printf '%s\n' $ids
            test -z "$word"
            and return
        end
    end
    complete -C (string join " " -- $words $word)
end

complete -c cacheback -n __fish_cacheback_is_wrapped -x -a '(__fish_cacheback_wrapped)'

complete -c cacheback -n "__fish_cacheback_needs_command" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_needs_command" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_needs_command" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_needs_command" -s V -l version -d 'Print version'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "run" -d 'Memoise a command: run it once, print the stored output from then on'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "get" -d 'Print the result of a job from the configuration file'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "invalidate" -d 'Mark entries as stale and refresh them in the background'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "delete" -d 'Forget entries; the next run fetches'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "set" -d 'Store standard input as the result of a command'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "peek" -d 'Print what is stored, stale or not; nothing is run or refreshed'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "list" -d 'List what is stored: its state, age, size and command'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "show" -d 'Show all that is known of one entry, or its output'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "stats" -d 'Print what the cache has done: hits, misses, and the time that they saved'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "prune" -d 'Remove what has expired, and what there is no room for'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "clear" -d 'Remove every entry'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "verify" -d 'Look for damage: checksums, the database, and who may read it'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "explain" -d 'Say whether a command would hit, and why or why not; it is not run'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "decorate" -d 'Print a shell function that memoises a command of its name'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "config" -d 'Check the configuration file, or show what it comes to'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "man" -d 'Print a manual page'
complete -c cacheback -n "__fish_cacheback_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l ttl -l lifetime -d 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l max-stale -d 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l empty -d 'What --no-fetch-on-miss prints [default: nothing]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l depends-on -d 'Serve a result only while these files are unchanged; repeatable, globs' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l miss-status -d 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l env -d 'Make this environment variable part of the key; repeatable, or NAME,NAME' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l scope -d 'Keep results apart under this name [env: CACHEBACK_SCOPE]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l key -d 'Use this text in place of the command line in the key' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l cache-exit -d 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l failure-ttl -d 'Store results with other exit statuses, too, and serve them for this long' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l max-size -d 'Pass a larger output through without storing it [default: 256MiB]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l keep -d 'Remove a result that has not been fetched for this long [default: 30d]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l tag -d 'Label the result, to select it by; repeatable' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l timeout -d 'End the command if it runs for longer than this; exit 124 [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l refresh-timeout -d 'End a background fetch, with its whole process group, after this long [default: 1h]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l process-result -d 'Pass the output through this shell command each time it is printed' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l status-fd -d 'Print the Cache-Status line on this open descriptor instead' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l async -d 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l no-async -d 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l stale-if-error -d 'If fetching a stale result again fails, serve the stale one after all'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l no-stale-if-error -d 'If fetching a stale result again fails, print the failure, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l no-fetch-on-miss -d 'If nothing is stored, print the --empty text and fetch in the background'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l fetch-on-miss -d 'If nothing is stored, wait for the command, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l refresh -d 'Fetch now, in the foreground, whatever is stored'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l warm -d 'Start a fetch in the background and return at once, without output'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l only-if-cached -d 'Never run the command: print a fresh result, or nothing and exit 1'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l cwd -d 'Make the working directory part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l no-cwd -d 'Share results between directories, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l stdin -d 'Read standard input to its end, make it part of the key, and give it to the command'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l no-stdin -d 'Leave standard input alone, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -s s -l shell -d 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l no-shell -d 'COMMAND is a program and its arguments, whatever a rule says'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l pty -d 'Run the command on a terminal, so that it keeps its colours; part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l no-pty -d 'Run the command without a terminal, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l progress -d 'While a command runs that has run before, show how far it should be by now'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -l status -d 'Print a Cache-Status line on standard error: hit, stale or fetched, and why'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l ttl -l lifetime -d 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l max-stale -d 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l empty -d 'What --no-fetch-on-miss prints [default: nothing]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l depends-on -d 'Serve a result only while these files are unchanged; repeatable, globs' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l miss-status -d 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l env -d 'Make this environment variable part of the key; repeatable, or NAME,NAME' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l scope -d 'Keep results apart under this name [env: CACHEBACK_SCOPE]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l key -d 'Use this text in place of the command line in the key' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l cache-exit -d 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l failure-ttl -d 'Store results with other exit statuses, too, and serve them for this long' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l max-size -d 'Pass a larger output through without storing it [default: 256MiB]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l keep -d 'Remove a result that has not been fetched for this long [default: 30d]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l tag -d 'Label the result, to select it by; repeatable' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l timeout -d 'End the command if it runs for longer than this; exit 124 [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l refresh-timeout -d 'End a background fetch, with its whole process group, after this long [default: 1h]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l process-result -d 'Pass the output through this shell command each time it is printed' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l status-fd -d 'Print the Cache-Status line on this open descriptor instead' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l async -d 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l no-async -d 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l stale-if-error -d 'If fetching a stale result again fails, serve the stale one after all'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l no-stale-if-error -d 'If fetching a stale result again fails, print the failure, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l no-fetch-on-miss -d 'If nothing is stored, print the --empty text and fetch in the background'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l fetch-on-miss -d 'If nothing is stored, wait for the command, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l refresh -d 'Fetch now, in the foreground, whatever is stored'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l warm -d 'Start a fetch in the background and return at once, without output'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l only-if-cached -d 'Never run the command: print a fresh result, or nothing and exit 1'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l cwd -d 'Make the working directory part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l no-cwd -d 'Share results between directories, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l stdin -d 'Read standard input to its end, make it part of the key, and give it to the command'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l no-stdin -d 'Leave standard input alone, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -s s -l shell -d 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l no-shell -d 'COMMAND is a program and its arguments, whatever a rule says'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l pty -d 'Run the command on a terminal, so that it keeps its colours; part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l no-pty -d 'Run the command without a terminal, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l progress -d 'While a command runs that has run before, show how far it should be by now'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -l status -d 'Print a Cache-Status line on standard error: hit, stale or fetched, and why'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l job -d 'Select by job; with the values of its parameters as arguments one entry of it, without them all' -r -f -a '(__fish_cacheback_candidates jobs)'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l id -d 'Select by the id that `--status` shows: hexadecimal digits that begin the key' -r -f -a '(__fish_cacheback_candidates ids)'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l match -d 'Select by the command: a glob over all its words, joined by spaces' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l env -d 'Make this environment variable part of the key; repeatable, or NAME,NAME' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l key -d 'Use this text in place of the command line in the key' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l ttl -l lifetime -d 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l max-stale -d 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l empty -d 'What --no-fetch-on-miss prints [default: nothing]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l depends-on -d 'Serve a result only while these files are unchanged; repeatable, globs' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l miss-status -d 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l cache-exit -d 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l failure-ttl -d 'Store results with other exit statuses, too, and serve them for this long' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l max-size -d 'Pass a larger output through without storing it [default: 256MiB]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l keep -d 'Remove a result that has not been fetched for this long [default: 30d]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l timeout -d 'End the command if it runs for longer than this; exit 124 [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l refresh-timeout -d 'End a background fetch, with its whole process group, after this long [default: 1h]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l process-result -d 'Pass the output through this shell command each time it is printed' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l status-fd -d 'Print the Cache-Status line on this open descriptor instead' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l scope -d 'Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l tag -d 'Select by label' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l all -d 'Select every entry'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l cwd -d 'Make the working directory part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l no-cwd -d 'Share results between directories, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l stdin -d 'Read standard input to its end, make it part of the key, and give it to the command'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l no-stdin -d 'Leave standard input alone, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -s s -l shell -d 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l no-shell -d 'COMMAND is a program and its arguments, whatever a rule says'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l pty -d 'Run the command on a terminal, so that it keeps its colours; part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l no-pty -d 'Run the command without a terminal, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l async -d 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l no-async -d 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l stale-if-error -d 'If fetching a stale result again fails, serve the stale one after all'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l no-stale-if-error -d 'If fetching a stale result again fails, print the failure, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l no-fetch-on-miss -d 'If nothing is stored, print the --empty text and fetch in the background'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l fetch-on-miss -d 'If nothing is stored, wait for the command, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l refresh -d 'Fetch now, in the foreground, whatever is stored'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l warm -d 'Start a fetch in the background and return at once, without output'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l only-if-cached -d 'Never run the command: print a fresh result, or nothing and exit 1'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l progress -d 'While a command runs that has run before, show how far it should be by now'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -l status -d 'Print a Cache-Status line on standard error: hit, stale or fetched, and why'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand invalidate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l job -d 'Select by job; with the values of its parameters as arguments one entry of it, without them all' -r -f -a '(__fish_cacheback_candidates jobs)'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l id -d 'Select by the id that `--status` shows: hexadecimal digits that begin the key' -r -f -a '(__fish_cacheback_candidates ids)'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l match -d 'Select by the command: a glob over all its words, joined by spaces' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l env -d 'Make this environment variable part of the key; repeatable, or NAME,NAME' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l key -d 'Use this text in place of the command line in the key' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l ttl -l lifetime -d 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l max-stale -d 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l empty -d 'What --no-fetch-on-miss prints [default: nothing]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l depends-on -d 'Serve a result only while these files are unchanged; repeatable, globs' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l miss-status -d 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l cache-exit -d 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l failure-ttl -d 'Store results with other exit statuses, too, and serve them for this long' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l max-size -d 'Pass a larger output through without storing it [default: 256MiB]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l keep -d 'Remove a result that has not been fetched for this long [default: 30d]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l timeout -d 'End the command if it runs for longer than this; exit 124 [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l refresh-timeout -d 'End a background fetch, with its whole process group, after this long [default: 1h]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l process-result -d 'Pass the output through this shell command each time it is printed' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l status-fd -d 'Print the Cache-Status line on this open descriptor instead' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l scope -d 'Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l tag -d 'Select by label' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l all -d 'Select every entry'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l cwd -d 'Make the working directory part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l no-cwd -d 'Share results between directories, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l stdin -d 'Read standard input to its end, make it part of the key, and give it to the command'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l no-stdin -d 'Leave standard input alone, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -s s -l shell -d 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l no-shell -d 'COMMAND is a program and its arguments, whatever a rule says'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l pty -d 'Run the command on a terminal, so that it keeps its colours; part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l no-pty -d 'Run the command without a terminal, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l async -d 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l no-async -d 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l stale-if-error -d 'If fetching a stale result again fails, serve the stale one after all'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l no-stale-if-error -d 'If fetching a stale result again fails, print the failure, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l no-fetch-on-miss -d 'If nothing is stored, print the --empty text and fetch in the background'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l fetch-on-miss -d 'If nothing is stored, wait for the command, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l refresh -d 'Fetch now, in the foreground, whatever is stored'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l warm -d 'Start a fetch in the background and return at once, without output'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l only-if-cached -d 'Never run the command: print a fresh result, or nothing and exit 1'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l progress -d 'While a command runs that has run before, show how far it should be by now'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -l status -d 'Print a Cache-Status line on standard error: hit, stale or fetched, and why'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l exit-status -d 'The exit status of the result' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l job -d 'Select by job; with the values of its parameters as arguments one entry of it, without them all' -r -f -a '(__fish_cacheback_candidates jobs)'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l id -d 'Select by the id that `--status` shows: hexadecimal digits that begin the key' -r -f -a '(__fish_cacheback_candidates ids)'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l match -d 'Select by the command: a glob over all its words, joined by spaces' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l env -d 'Make this environment variable part of the key; repeatable, or NAME,NAME' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l key -d 'Use this text in place of the command line in the key' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l max-stale -d 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l empty -d 'What --no-fetch-on-miss prints [default: nothing]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l depends-on -d 'Serve a result only while these files are unchanged; repeatable, globs' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l miss-status -d 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l cache-exit -d 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l failure-ttl -d 'Store results with other exit statuses, too, and serve them for this long' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l max-size -d 'Pass a larger output through without storing it [default: 256MiB]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l keep -d 'Remove a result that has not been fetched for this long [default: 30d]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l timeout -d 'End the command if it runs for longer than this; exit 124 [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l refresh-timeout -d 'End a background fetch, with its whole process group, after this long [default: 1h]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l process-result -d 'Pass the output through this shell command each time it is printed' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l status-fd -d 'Print the Cache-Status line on this open descriptor instead' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l scope -d 'Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l tag -d 'Select by label' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l ttl -l lifetime -d 'Call the result stale after this long, whatever the ttl of its readers [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l all -d 'Select every entry'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l cwd -d 'Make the working directory part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l no-cwd -d 'Share results between directories, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l stdin -d 'Read standard input to its end, make it part of the key, and give it to the command'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l no-stdin -d 'Leave standard input alone, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -s s -l shell -d 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l no-shell -d 'COMMAND is a program and its arguments, whatever a rule says'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l pty -d 'Run the command on a terminal, so that it keeps its colours; part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l no-pty -d 'Run the command without a terminal, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l async -d 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l no-async -d 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l stale-if-error -d 'If fetching a stale result again fails, serve the stale one after all'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l no-stale-if-error -d 'If fetching a stale result again fails, print the failure, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l no-fetch-on-miss -d 'If nothing is stored, print the --empty text and fetch in the background'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l fetch-on-miss -d 'If nothing is stored, wait for the command, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l refresh -d 'Fetch now, in the foreground, whatever is stored'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l warm -d 'Start a fetch in the background and return at once, without output'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l only-if-cached -d 'Never run the command: print a fresh result, or nothing and exit 1'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l progress -d 'While a command runs that has run before, show how far it should be by now'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -l status -d 'Print a Cache-Status line on standard error: hit, stale or fetched, and why'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l job -d 'Select by job; with the values of its parameters as arguments one entry of it, without them all' -r -f -a '(__fish_cacheback_candidates jobs)'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l id -d 'Select by the id that `--status` shows: hexadecimal digits that begin the key' -r -f -a '(__fish_cacheback_candidates ids)'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l match -d 'Select by the command: a glob over all its words, joined by spaces' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l env -d 'Make this environment variable part of the key; repeatable, or NAME,NAME' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l key -d 'Use this text in place of the command line in the key' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l ttl -l lifetime -d 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l max-stale -d 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l empty -d 'What --no-fetch-on-miss prints [default: nothing]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l depends-on -d 'Serve a result only while these files are unchanged; repeatable, globs' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l miss-status -d 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l cache-exit -d 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l failure-ttl -d 'Store results with other exit statuses, too, and serve them for this long' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l max-size -d 'Pass a larger output through without storing it [default: 256MiB]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l keep -d 'Remove a result that has not been fetched for this long [default: 30d]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l timeout -d 'End the command if it runs for longer than this; exit 124 [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l refresh-timeout -d 'End a background fetch, with its whole process group, after this long [default: 1h]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l process-result -d 'Pass the output through this shell command each time it is printed' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l status-fd -d 'Print the Cache-Status line on this open descriptor instead' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l scope -d 'Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l tag -d 'Select by label' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l json -d 'Print the result as a JSON object, with its expiry and what else is known of it'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l all -d 'Select every entry'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l cwd -d 'Make the working directory part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l no-cwd -d 'Share results between directories, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l stdin -d 'Read standard input to its end, make it part of the key, and give it to the command'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l no-stdin -d 'Leave standard input alone, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -s s -l shell -d 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l no-shell -d 'COMMAND is a program and its arguments, whatever a rule says'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l pty -d 'Run the command on a terminal, so that it keeps its colours; part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l no-pty -d 'Run the command without a terminal, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l async -d 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l no-async -d 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l stale-if-error -d 'If fetching a stale result again fails, serve the stale one after all'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l no-stale-if-error -d 'If fetching a stale result again fails, print the failure, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l no-fetch-on-miss -d 'If nothing is stored, print the --empty text and fetch in the background'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l fetch-on-miss -d 'If nothing is stored, wait for the command, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l refresh -d 'Fetch now, in the foreground, whatever is stored'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l warm -d 'Start a fetch in the background and return at once, without output'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l only-if-cached -d 'Never run the command: print a fresh result, or nothing and exit 1'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l progress -d 'While a command runs that has run before, show how far it should be by now'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -l status -d 'Print a Cache-Status line on standard error: hit, stale or fetched, and why'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand peek" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l id -d 'Only entries whose id begins with these hexadecimal digits' -r -f -a '(__fish_cacheback_candidates ids)'
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l match -d 'Only entries whose command matches: a glob over all its words, joined by spaces' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l tag -d 'Only entries with this label; repeatable' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l scope -d 'Only entries of this scope' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l job -d 'Only entries of this job' -r -f -a '(__fish_cacheback_candidates jobs)'
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l ttl -l lifetime -d 'Call an entry fresh for this long after its fetch [env: CACHEBACK_TTL] [default: its own]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l sort -d 'Sort by this column [default: age]' -r -f -a "id\t''
state\t''
age\t''
ttl\t''
size\t''
took\t''
hits\t''
command\t''"
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l limit -d 'List no more than this many entries [default: all]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l color -d 'Colour the output: always, never, or only on a terminal without NO_COLOR [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l stale -d 'Only entries that are not fresh'
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l failing -d 'Only entries whose last background fetch has failed'
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l refreshing -d 'Only entries that are being fetched'
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l json -d 'Print a JSON array'
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l jsonl -d 'Print a JSON object on each line'
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l ids -d 'Print the whole ids alone, one a line'
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -l null -d 'The same, each id followed by a NUL character, for `xargs -0`'
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l color -d 'Colour the output: always, never, or only on a terminal without NO_COLOR [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l job -d 'Select by job; with the values of its parameters as arguments one entry of it, without them all' -r -f -a '(__fish_cacheback_candidates jobs)'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l id -d 'Select by the id that `--status` shows: hexadecimal digits that begin the key' -r -f -a '(__fish_cacheback_candidates ids)'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l match -d 'Select by the command: a glob over all its words, joined by spaces' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l env -d 'Make this environment variable part of the key; repeatable, or NAME,NAME' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l key -d 'Use this text in place of the command line in the key' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l ttl -l lifetime -d 'Call the entry fresh for this long after its fetch [env: CACHEBACK_TTL] [default: its own]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l max-stale -d 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l empty -d 'What --no-fetch-on-miss prints [default: nothing]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l depends-on -d 'Serve a result only while these files are unchanged; repeatable, globs' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l miss-status -d 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l cache-exit -d 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l failure-ttl -d 'Store results with other exit statuses, too, and serve them for this long' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l max-size -d 'Pass a larger output through without storing it [default: 256MiB]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l keep -d 'Remove a result that has not been fetched for this long [default: 30d]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l timeout -d 'End the command if it runs for longer than this; exit 124 [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l refresh-timeout -d 'End a background fetch, with its whole process group, after this long [default: 1h]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l process-result -d 'Pass the output through this shell command each time it is printed' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l status-fd -d 'Print the Cache-Status line on this open descriptor instead' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l scope -d 'Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l tag -d 'Select by label' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l json -d 'Print a JSON object'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l output -d 'Print the stored output itself, standard output and standard error each to its own descriptor'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l all -d 'Select every entry'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l cwd -d 'Make the working directory part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l no-cwd -d 'Share results between directories, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l stdin -d 'Read standard input to its end, make it part of the key, and give it to the command'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l no-stdin -d 'Leave standard input alone, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -s s -l shell -d 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l no-shell -d 'COMMAND is a program and its arguments, whatever a rule says'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l pty -d 'Run the command on a terminal, so that it keeps its colours; part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l no-pty -d 'Run the command without a terminal, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l async -d 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l no-async -d 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l stale-if-error -d 'If fetching a stale result again fails, serve the stale one after all'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l no-stale-if-error -d 'If fetching a stale result again fails, print the failure, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l no-fetch-on-miss -d 'If nothing is stored, print the --empty text and fetch in the background'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l fetch-on-miss -d 'If nothing is stored, wait for the command, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l refresh -d 'Fetch now, in the foreground, whatever is stored'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l warm -d 'Start a fetch in the background and return at once, without output'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l only-if-cached -d 'Never run the command: print a fresh result, or nothing and exit 1'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l progress -d 'While a command runs that has run before, show how far it should be by now'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -l status -d 'Print a Cache-Status line on standard error: hit, stale or fetched, and why'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand stats" -l limit -d 'List this many commands, those first that have saved the most time [default: 10]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand stats" -l color -d 'Colour the output: always, never, or only on a terminal without NO_COLOR [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c cacheback -n "__fish_cacheback_using_subcommand stats" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand stats" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand stats" -l json -d 'Print a JSON object'
complete -c cacheback -n "__fish_cacheback_using_subcommand stats" -l prometheus -d 'Print metrics in the text format of Prometheus, for node_exporter\'s textfile collector'
complete -c cacheback -n "__fish_cacheback_using_subcommand stats" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand prune" -l older-than -d 'Remove what has not been fetched for this long, too' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand prune" -l keep-last -d 'Remove all but this many that were fetched last, too' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand prune" -l max-db-size -d 'Then remove what was used least recently while the database is larger than this [default: 1GiB]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand prune" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand prune" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand prune" -l dry-run -d 'Say how many entries that would be, and remove nothing'
complete -c cacheback -n "__fish_cacheback_using_subcommand prune" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand clear" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand clear" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand clear" -s y -l yes -d 'Do not ask'
complete -c cacheback -n "__fish_cacheback_using_subcommand clear" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand clear" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand verify" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand verify" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand verify" -l repair -d 'Remove damaged entries, set a database that is beyond repair aside, give files the rights that they should have'
complete -c cacheback -n "__fish_cacheback_using_subcommand verify" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l color -d 'Colour the output: always, never, or only on a terminal without NO_COLOR [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l job -d 'The call of this job is meant; the arguments are the values of its parameters' -r -f -a '(__fish_cacheback_candidates jobs)'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l ttl -l lifetime -d 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l max-stale -d 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l empty -d 'What --no-fetch-on-miss prints [default: nothing]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l depends-on -d 'Serve a result only while these files are unchanged; repeatable, globs' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l miss-status -d 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l env -d 'Make this environment variable part of the key; repeatable, or NAME,NAME' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l scope -d 'Keep results apart under this name [env: CACHEBACK_SCOPE]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l key -d 'Use this text in place of the command line in the key' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l cache-exit -d 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l failure-ttl -d 'Store results with other exit statuses, too, and serve them for this long' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l max-size -d 'Pass a larger output through without storing it [default: 256MiB]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l keep -d 'Remove a result that has not been fetched for this long [default: 30d]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l tag -d 'Label the result, to select it by; repeatable' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l timeout -d 'End the command if it runs for longer than this; exit 124 [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l refresh-timeout -d 'End a background fetch, with its whole process group, after this long [default: 1h]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l process-result -d 'Pass the output through this shell command each time it is printed' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l status-fd -d 'Print the Cache-Status line on this open descriptor instead' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l json -d 'Print a JSON object'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l all -d 'Show all settings, those that nobody has given as well'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l async -d 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l no-async -d 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l stale-if-error -d 'If fetching a stale result again fails, serve the stale one after all'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l no-stale-if-error -d 'If fetching a stale result again fails, print the failure, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l no-fetch-on-miss -d 'If nothing is stored, print the --empty text and fetch in the background'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l fetch-on-miss -d 'If nothing is stored, wait for the command, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l refresh -d 'Fetch now, in the foreground, whatever is stored'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l warm -d 'Start a fetch in the background and return at once, without output'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l only-if-cached -d 'Never run the command: print a fresh result, or nothing and exit 1'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l cwd -d 'Make the working directory part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l no-cwd -d 'Share results between directories, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l stdin -d 'Read standard input to its end, make it part of the key, and give it to the command'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l no-stdin -d 'Leave standard input alone, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -s s -l shell -d 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l no-shell -d 'COMMAND is a program and its arguments, whatever a rule says'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l pty -d 'Run the command on a terminal, so that it keeps its colours; part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l no-pty -d 'Run the command without a terminal, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l progress -d 'While a command runs that has run before, show how far it should be by now'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -l status -d 'Print a Cache-Status line on standard error: hit, stale or fetched, and why'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l shell-kind -d 'The shell that will read it: bash, zsh, fish or sh [default: that of $SHELL, or else sh]' -r -f -a "bash\t''
zsh\t''
fish\t''
sh\t'Any other shell that reads POSIX\'s language'"
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l ttl -l lifetime -d 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l max-stale -d 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l empty -d 'What --no-fetch-on-miss prints [default: nothing]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l depends-on -d 'Serve a result only while these files are unchanged; repeatable, globs' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l miss-status -d 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l env -d 'Make this environment variable part of the key; repeatable, or NAME,NAME' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l scope -d 'Keep results apart under this name [env: CACHEBACK_SCOPE]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l key -d 'Use this text in place of the command line in the key' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l cache-exit -d 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l failure-ttl -d 'Store results with other exit statuses, too, and serve them for this long' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l max-size -d 'Pass a larger output through without storing it [default: 256MiB]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l keep -d 'Remove a result that has not been fetched for this long [default: 30d]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l tag -d 'Label the result, to select it by; repeatable' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l timeout -d 'End the command if it runs for longer than this; exit 124 [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l refresh-timeout -d 'End a background fetch, with its whole process group, after this long [default: 1h]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l process-result -d 'Pass the output through this shell command each time it is printed' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l status-fd -d 'Print the Cache-Status line on this open descriptor instead' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l async -d 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l no-async -d 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l stale-if-error -d 'If fetching a stale result again fails, serve the stale one after all'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l no-stale-if-error -d 'If fetching a stale result again fails, print the failure, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l no-fetch-on-miss -d 'If nothing is stored, print the --empty text and fetch in the background'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l fetch-on-miss -d 'If nothing is stored, wait for the command, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l refresh -d 'Fetch now, in the foreground, whatever is stored'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l warm -d 'Start a fetch in the background and return at once, without output'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l only-if-cached -d 'Never run the command: print a fresh result, or nothing and exit 1'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l cwd -d 'Make the working directory part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l no-cwd -d 'Share results between directories, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l stdin -d 'Read standard input to its end, make it part of the key, and give it to the command'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l no-stdin -d 'Leave standard input alone, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l pty -d 'Run the command on a terminal, so that it keeps its colours; part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l no-pty -d 'Run the command without a terminal, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l progress -d 'While a command runs that has run before, show how far it should be by now'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l status -d 'Print a Cache-Status line on standard error: hit, stale or fetched, and why'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -s s -l shell -d 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -l no-shell -d 'COMMAND is a program and its arguments, whatever a rule says'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand decorate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and not __fish_seen_subcommand_from check path show" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and not __fish_seen_subcommand_from check path show" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and not __fish_seen_subcommand_from check path show" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and not __fish_seen_subcommand_from check path show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and not __fish_seen_subcommand_from check path show" -f -a "check" -d 'Report everything that is wrong with the configuration file'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and not __fish_seen_subcommand_from check path show" -f -a "path" -d 'Print where the configuration file is looked for, whether it is there or not'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and not __fish_seen_subcommand_from check path show" -f -a "show" -d 'Print the effective settings, one a line, each with its value and where that came from'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from check" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from path" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l job -d 'The call of this job is meant; the arguments are the values of its parameters' -r -f -a '(__fish_cacheback_candidates jobs)'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l ttl -l lifetime -d 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l max-stale -d 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l empty -d 'What --no-fetch-on-miss prints [default: nothing]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l depends-on -d 'Serve a result only while these files are unchanged; repeatable, globs' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l miss-status -d 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l env -d 'Make this environment variable part of the key; repeatable, or NAME,NAME' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l scope -d 'Keep results apart under this name [env: CACHEBACK_SCOPE]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l key -d 'Use this text in place of the command line in the key' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l cache-exit -d 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l failure-ttl -d 'Store results with other exit statuses, too, and serve them for this long' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l max-size -d 'Pass a larger output through without storing it [default: 256MiB]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l keep -d 'Remove a result that has not been fetched for this long [default: 30d]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l tag -d 'Label the result, to select it by; repeatable' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l timeout -d 'End the command if it runs for longer than this; exit 124 [default: no limit]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l refresh-timeout -d 'End a background fetch, with its whole process group, after this long [default: 1h]' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l process-result -d 'Pass the output through this shell command each time it is printed' -r
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l status-fd -d 'Print the Cache-Status line on this open descriptor instead' -r -f
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l async -d 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l no-async -d 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l stale-if-error -d 'If fetching a stale result again fails, serve the stale one after all'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l no-stale-if-error -d 'If fetching a stale result again fails, print the failure, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l no-fetch-on-miss -d 'If nothing is stored, print the --empty text and fetch in the background'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l fetch-on-miss -d 'If nothing is stored, wait for the command, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l refresh -d 'Fetch now, in the foreground, whatever is stored'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l warm -d 'Start a fetch in the background and return at once, without output'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l only-if-cached -d 'Never run the command: print a fresh result, or nothing and exit 1'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l cwd -d 'Make the working directory part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l no-cwd -d 'Share results between directories, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l stdin -d 'Read standard input to its end, make it part of the key, and give it to the command'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l no-stdin -d 'Leave standard input alone, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -s s -l shell -d 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l no-shell -d 'COMMAND is a program and its arguments, whatever a rule says'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l pty -d 'Run the command on a terminal, so that it keeps its colours; part of the key'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l no-pty -d 'Run the command without a terminal, whatever a rule or a job says'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l progress -d 'While a command runs that has run before, show how far it should be by now'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -l status -d 'Print a Cache-Status line on standard error: hit, stale or fetched, and why'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand completions" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand completions" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand completions" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand man" -l db -d 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user\'s cache directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand man" -l config -d 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user\'s configuration directory]' -r -F
complete -c cacheback -n "__fish_cacheback_using_subcommand man" -s q -l quiet -d 'Print no warnings and no counts on standard error'
complete -c cacheback -n "__fish_cacheback_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "run" -d 'Memoise a command: run it once, print the stored output from then on'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "get" -d 'Print the result of a job from the configuration file'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "invalidate" -d 'Mark entries as stale and refresh them in the background'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "delete" -d 'Forget entries; the next run fetches'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "set" -d 'Store standard input as the result of a command'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "peek" -d 'Print what is stored, stale or not; nothing is run or refreshed'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "list" -d 'List what is stored: its state, age, size and command'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "show" -d 'Show all that is known of one entry, or its output'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "stats" -d 'Print what the cache has done: hits, misses, and the time that they saved'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "prune" -d 'Remove what has expired, and what there is no room for'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "clear" -d 'Remove every entry'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "verify" -d 'Look for damage: checksums, the database, and who may read it'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "explain" -d 'Say whether a command would hit, and why or why not; it is not run'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "decorate" -d 'Print a shell function that memoises a command of its name'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "config" -d 'Check the configuration file, or show what it comes to'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "completions" -d 'Print a completion script for a shell'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "man" -d 'Print a manual page'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and not __fish_seen_subcommand_from run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Report everything that is wrong with the configuration file'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "path" -d 'Print where the configuration file is looked for, whether it is there or not'
complete -c cacheback -n "__fish_cacheback_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Print the effective settings, one a line, each with its value and where that came from'
complete -c cacheback -n "__fish_cacheback_at_first_argument get" -f -a '(__fish_cacheback_candidates jobs)'
complete -c cacheback -n "__fish_cacheback_at_first_argument decorate" -f -a '(__fish_complete_command)'
complete -c cacheback -n "__fish_cacheback_at_first_argument completions" -f -a 'bash elvish fish powershell zsh'
complete -c cacheback -n "__fish_cacheback_at_first_argument man" -f -a 'run get invalidate delete set peek list show stats prune clear verify explain decorate config completions man guarantees'
