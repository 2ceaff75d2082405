
use builtin;
use str;

set edit:completion:arg-completer[cacheback] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'cacheback'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'cacheback'= {
            cand --db 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]'
            cand -q 'Print no warnings and no counts on standard error'
            cand --quiet 'Print no warnings and no counts on standard error'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand run 'Memoise a command: run it once, print the stored output from then on'
            cand invalidate 'Mark entries as stale and refresh them in the background'
            cand delete 'Forget entries; the next run fetches'
            cand set 'Store standard input as the result of a command'
            cand peek 'Print what is stored, stale or not; nothing is run or refreshed'
            cand completions 'Print a completion script for a shell'
            cand man 'Print a manual page'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cacheback;run'= {
            cand --ttl 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]'
            cand --lifetime 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]'
            cand --max-stale 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]'
            cand --empty 'What --no-fetch-on-miss prints [default: nothing]'
            cand --depends-on 'Serve a result only while these files are unchanged; repeatable, globs'
            cand --env 'Make this environment variable part of the key; repeatable, or NAME,NAME'
            cand --scope 'Keep results apart under this name [env: CACHEBACK_SCOPE]'
            cand --key 'Use this text in place of the command line in the key'
            cand --cache-exit 'Store results with these exit statuses: numbers and commas, or `any` [default: 0]'
            cand --failure-ttl 'Store results with other exit statuses, too, and serve them for this long'
            cand --max-size 'Pass a larger output through without storing it [default: 256MiB]'
            cand --keep 'Remove a result that has not been fetched for this long [default: 30d]'
            cand --tag 'Label the result, to select it by; repeatable'
            cand --timeout 'End the command if it runs for longer than this; exit 124 [default: no limit]'
            cand --refresh-timeout 'End a background fetch, with its whole process group, after this long [default: 1h]'
            cand --process-result 'Pass the output through this shell command each time it is printed'
            cand --status-fd 'Print the Cache-Status line on this open descriptor instead'
            cand --db 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]'
            cand --async 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]'
            cand --stale-if-error 'If fetching a stale result again fails, serve the stale one after all'
            cand --no-fetch-on-miss 'If nothing is stored, print the --empty text and fetch in the background'
            cand --refresh 'Fetch now, in the foreground, whatever is stored'
            cand --warm 'Start a fetch in the background and return at once, without output'
            cand --only-if-cached 'Never run the command: print a fresh result, or nothing and exit 1'
            cand --cwd 'Make the working directory part of the key'
            cand --stdin 'Read standard input to its end, make it part of the key, and give it to the command'
            cand -s 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
            cand --shell 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
            cand --pty 'Run the command on a terminal, so that it keeps its colours; part of the key'
            cand --status 'Print a Cache-Status line on standard error: hit, stale or fetched, and why'
            cand -q 'Print no warnings and no counts on standard error'
            cand --quiet 'Print no warnings and no counts on standard error'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'cacheback;invalidate'= {
            cand --id 'Select by the id that `--status` shows: hexadecimal digits that begin the key'
            cand --match 'Select by the command line: a glob over its words joined by spaces'
            cand --env 'Make this environment variable part of the key; repeatable, or NAME,NAME'
            cand --key 'Use this text in place of the command line in the key'
            cand --ttl 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]'
            cand --lifetime 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]'
            cand --max-stale 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]'
            cand --empty 'What --no-fetch-on-miss prints [default: nothing]'
            cand --depends-on 'Serve a result only while these files are unchanged; repeatable, globs'
            cand --cache-exit 'Store results with these exit statuses: numbers and commas, or `any` [default: 0]'
            cand --failure-ttl 'Store results with other exit statuses, too, and serve them for this long'
            cand --max-size 'Pass a larger output through without storing it [default: 256MiB]'
            cand --keep 'Remove a result that has not been fetched for this long [default: 30d]'
            cand --timeout 'End the command if it runs for longer than this; exit 124 [default: no limit]'
            cand --refresh-timeout 'End a background fetch, with its whole process group, after this long [default: 1h]'
            cand --process-result 'Pass the output through this shell command each time it is printed'
            cand --status-fd 'Print the Cache-Status line on this open descriptor instead'
            cand --scope 'Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]'
            cand --tag 'Select by label'
            cand --db 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]'
            cand --all 'Select every entry'
            cand --cwd 'Make the working directory part of the key'
            cand --stdin 'Read standard input to its end, make it part of the key, and give it to the command'
            cand -s 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
            cand --shell 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
            cand --pty 'Run the command on a terminal, so that it keeps its colours; part of the key'
            cand --async 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]'
            cand --stale-if-error 'If fetching a stale result again fails, serve the stale one after all'
            cand --no-fetch-on-miss 'If nothing is stored, print the --empty text and fetch in the background'
            cand --refresh 'Fetch now, in the foreground, whatever is stored'
            cand --warm 'Start a fetch in the background and return at once, without output'
            cand --only-if-cached 'Never run the command: print a fresh result, or nothing and exit 1'
            cand --status 'Print a Cache-Status line on standard error: hit, stale or fetched, and why'
            cand -q 'Print no warnings and no counts on standard error'
            cand --quiet 'Print no warnings and no counts on standard error'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'cacheback;delete'= {
            cand --id 'Select by the id that `--status` shows: hexadecimal digits that begin the key'
            cand --match 'Select by the command line: a glob over its words joined by spaces'
            cand --env 'Make this environment variable part of the key; repeatable, or NAME,NAME'
            cand --key 'Use this text in place of the command line in the key'
            cand --ttl 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]'
            cand --lifetime 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]'
            cand --max-stale 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]'
            cand --empty 'What --no-fetch-on-miss prints [default: nothing]'
            cand --depends-on 'Serve a result only while these files are unchanged; repeatable, globs'
            cand --cache-exit 'Store results with these exit statuses: numbers and commas, or `any` [default: 0]'
            cand --failure-ttl 'Store results with other exit statuses, too, and serve them for this long'
            cand --max-size 'Pass a larger output through without storing it [default: 256MiB]'
            cand --keep 'Remove a result that has not been fetched for this long [default: 30d]'
            cand --timeout 'End the command if it runs for longer than this; exit 124 [default: no limit]'
            cand --refresh-timeout 'End a background fetch, with its whole process group, after this long [default: 1h]'
            cand --process-result 'Pass the output through this shell command each time it is printed'
            cand --status-fd 'Print the Cache-Status line on this open descriptor instead'
            cand --scope 'Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]'
            cand --tag 'Select by label'
            cand --db 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]'
            cand --all 'Select every entry'
            cand --cwd 'Make the working directory part of the key'
            cand --stdin 'Read standard input to its end, make it part of the key, and give it to the command'
            cand -s 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
            cand --shell 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
            cand --pty 'Run the command on a terminal, so that it keeps its colours; part of the key'
            cand --async 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]'
            cand --stale-if-error 'If fetching a stale result again fails, serve the stale one after all'
            cand --no-fetch-on-miss 'If nothing is stored, print the --empty text and fetch in the background'
            cand --refresh 'Fetch now, in the foreground, whatever is stored'
            cand --warm 'Start a fetch in the background and return at once, without output'
            cand --only-if-cached 'Never run the command: print a fresh result, or nothing and exit 1'
            cand --status 'Print a Cache-Status line on standard error: hit, stale or fetched, and why'
            cand -q 'Print no warnings and no counts on standard error'
            cand --quiet 'Print no warnings and no counts on standard error'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'cacheback;set'= {
            cand --exit-status 'The exit status of the result'
            cand --id 'Select by the id that `--status` shows: hexadecimal digits that begin the key'
            cand --match 'Select by the command line: a glob over its words joined by spaces'
            cand --env 'Make this environment variable part of the key; repeatable, or NAME,NAME'
            cand --key 'Use this text in place of the command line in the key'
            cand --ttl 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]'
            cand --lifetime 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]'
            cand --max-stale 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]'
            cand --empty 'What --no-fetch-on-miss prints [default: nothing]'
            cand --depends-on 'Serve a result only while these files are unchanged; repeatable, globs'
            cand --cache-exit 'Store results with these exit statuses: numbers and commas, or `any` [default: 0]'
            cand --failure-ttl 'Store results with other exit statuses, too, and serve them for this long'
            cand --max-size 'Pass a larger output through without storing it [default: 256MiB]'
            cand --keep 'Remove a result that has not been fetched for this long [default: 30d]'
            cand --timeout 'End the command if it runs for longer than this; exit 124 [default: no limit]'
            cand --refresh-timeout 'End a background fetch, with its whole process group, after this long [default: 1h]'
            cand --process-result 'Pass the output through this shell command each time it is printed'
            cand --status-fd 'Print the Cache-Status line on this open descriptor instead'
            cand --scope 'Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]'
            cand --tag 'Select by label'
            cand --db 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]'
            cand --all 'Select every entry'
            cand --cwd 'Make the working directory part of the key'
            cand --stdin 'Read standard input to its end, make it part of the key, and give it to the command'
            cand -s 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
            cand --shell 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
            cand --pty 'Run the command on a terminal, so that it keeps its colours; part of the key'
            cand --async 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]'
            cand --stale-if-error 'If fetching a stale result again fails, serve the stale one after all'
            cand --no-fetch-on-miss 'If nothing is stored, print the --empty text and fetch in the background'
            cand --refresh 'Fetch now, in the foreground, whatever is stored'
            cand --warm 'Start a fetch in the background and return at once, without output'
            cand --only-if-cached 'Never run the command: print a fresh result, or nothing and exit 1'
            cand --status 'Print a Cache-Status line on standard error: hit, stale or fetched, and why'
            cand -q 'Print no warnings and no counts on standard error'
            cand --quiet 'Print no warnings and no counts on standard error'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'cacheback;peek'= {
            cand --id 'Select by the id that `--status` shows: hexadecimal digits that begin the key'
            cand --match 'Select by the command line: a glob over its words joined by spaces'
            cand --env 'Make this environment variable part of the key; repeatable, or NAME,NAME'
            cand --key 'Use this text in place of the command line in the key'
            cand --ttl 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]'
            cand --lifetime 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]'
            cand --max-stale 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]'
            cand --empty 'What --no-fetch-on-miss prints [default: nothing]'
            cand --depends-on 'Serve a result only while these files are unchanged; repeatable, globs'
            cand --cache-exit 'Store results with these exit statuses: numbers and commas, or `any` [default: 0]'
            cand --failure-ttl 'Store results with other exit statuses, too, and serve them for this long'
            cand --max-size 'Pass a larger output through without storing it [default: 256MiB]'
            cand --keep 'Remove a result that has not been fetched for this long [default: 30d]'
            cand --timeout 'End the command if it runs for longer than this; exit 124 [default: no limit]'
            cand --refresh-timeout 'End a background fetch, with its whole process group, after this long [default: 1h]'
            cand --process-result 'Pass the output through this shell command each time it is printed'
            cand --status-fd 'Print the Cache-Status line on this open descriptor instead'
            cand --scope 'Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]'
            cand --tag 'Select by label'
            cand --db 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]'
            cand --json 'Print the result as a JSON object, with its expiry and what else is known of it'
            cand --all 'Select every entry'
            cand --cwd 'Make the working directory part of the key'
            cand --stdin 'Read standard input to its end, make it part of the key, and give it to the command'
            cand -s 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
            cand --shell 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …'
            cand --pty 'Run the command on a terminal, so that it keeps its colours; part of the key'
            cand --async 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]'
            cand --stale-if-error 'If fetching a stale result again fails, serve the stale one after all'
            cand --no-fetch-on-miss 'If nothing is stored, print the --empty text and fetch in the background'
            cand --refresh 'Fetch now, in the foreground, whatever is stored'
            cand --warm 'Start a fetch in the background and return at once, without output'
            cand --only-if-cached 'Never run the command: print a fresh result, or nothing and exit 1'
            cand --status 'Print a Cache-Status line on standard error: hit, stale or fetched, and why'
            cand -q 'Print no warnings and no counts on standard error'
            cand --quiet 'Print no warnings and no counts on standard error'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'cacheback;completions'= {
            cand --db 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]'
            cand -q 'Print no warnings and no counts on standard error'
            cand --quiet 'Print no warnings and no counts on standard error'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'cacheback;man'= {
            cand --db 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]'
            cand -q 'Print no warnings and no counts on standard error'
            cand --quiet 'Print no warnings and no counts on standard error'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'cacheback;help'= {
            cand run 'Memoise a command: run it once, print the stored output from then on'
            cand invalidate 'Mark entries as stale and refresh them in the background'
            cand delete 'Forget entries; the next run fetches'
            cand set 'Store standard input as the result of a command'
            cand peek 'Print what is stored, stale or not; nothing is run or refreshed'
            cand completions 'Print a completion script for a shell'
            cand man 'Print a manual page'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cacheback;help;run'= {
        }
        &'cacheback;help;invalidate'= {
        }
        &'cacheback;help;delete'= {
        }
        &'cacheback;help;set'= {
        }
        &'cacheback;help;peek'= {
        }
        &'cacheback;help;completions'= {
        }
        &'cacheback;help;man'= {
        }
        &'cacheback;help;help'= {
        }
    ]
    $completions[$command]
}
