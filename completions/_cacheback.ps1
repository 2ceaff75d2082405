
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'cacheback' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'cacheback'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'cacheback' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Memoise a command: run it once, print the stored output from then on')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print the result of a job from the configuration file')
            [CompletionResult]::new('invalidate', 'invalidate', [CompletionResultType]::ParameterValue, 'Mark entries as stale and refresh them in the background')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Forget entries; the next run fetches')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Store standard input as the result of a command')
            [CompletionResult]::new('peek', 'peek', [CompletionResultType]::ParameterValue, 'Print what is stored, stale or not; nothing is run or refreshed')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List what is stored: its state, age, size and command')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show all that is known of one entry, or its output')
            [CompletionResult]::new('stats', 'stats', [CompletionResultType]::ParameterValue, 'Print what the cache has done: hits, misses, and the time that they saved')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Remove what has expired, and what there is no room for')
            [CompletionResult]::new('clear', 'clear', [CompletionResultType]::ParameterValue, 'Remove every entry')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Look for damage: checksums, the database, and who may read it')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Say whether a command would hit, and why or why not; it is not run')
            [CompletionResult]::new('decorate', 'decorate', [CompletionResultType]::ParameterValue, 'Print a shell function that memoises a command of its name')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Check the configuration file, or show what it comes to')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cacheback;run' {
            [CompletionResult]::new('--ttl', '--ttl', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--max-stale', '--max-stale', [CompletionResultType]::ParameterName, 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]')
            [CompletionResult]::new('--empty', '--empty', [CompletionResultType]::ParameterName, 'What --no-fetch-on-miss prints [default: nothing]')
            [CompletionResult]::new('--depends-on', '--depends-on', [CompletionResultType]::ParameterName, 'Serve a result only while these files are unchanged; repeatable, globs')
            [CompletionResult]::new('--miss-status', '--miss-status', [CompletionResultType]::ParameterName, 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Make this environment variable part of the key; repeatable, or NAME,NAME')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Keep results apart under this name [env: CACHEBACK_SCOPE]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Use this text in place of the command line in the key')
            [CompletionResult]::new('--cache-exit', '--cache-exit', [CompletionResultType]::ParameterName, 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]')
            [CompletionResult]::new('--failure-ttl', '--failure-ttl', [CompletionResultType]::ParameterName, 'Store results with other exit statuses, too, and serve them for this long')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Pass a larger output through without storing it [default: 256MiB]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Remove a result that has not been fetched for this long [default: 30d]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Label the result, to select it by; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'End the command if it runs for longer than this; exit 124 [default: no limit]')
            [CompletionResult]::new('--refresh-timeout', '--refresh-timeout', [CompletionResultType]::ParameterName, 'End a background fetch, with its whole process group, after this long [default: 1h]')
            [CompletionResult]::new('--process-result', '--process-result', [CompletionResultType]::ParameterName, 'Pass the output through this shell command each time it is printed')
            [CompletionResult]::new('--status-fd', '--status-fd', [CompletionResultType]::ParameterName, 'Print the Cache-Status line on this open descriptor instead')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('--async', '--async', [CompletionResultType]::ParameterName, 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]')
            [CompletionResult]::new('--no-async', '--no-async', [CompletionResultType]::ParameterName, 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says')
            [CompletionResult]::new('--stale-if-error', '--stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, serve the stale one after all')
            [CompletionResult]::new('--no-stale-if-error', '--no-stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, print the failure, whatever a rule or a job says')
            [CompletionResult]::new('--no-fetch-on-miss', '--no-fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, print the --empty text and fetch in the background')
            [CompletionResult]::new('--fetch-on-miss', '--fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, wait for the command, whatever a rule or a job says')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Fetch now, in the foreground, whatever is stored')
            [CompletionResult]::new('--warm', '--warm', [CompletionResultType]::ParameterName, 'Start a fetch in the background and return at once, without output')
            [CompletionResult]::new('--only-if-cached', '--only-if-cached', [CompletionResultType]::ParameterName, 'Never run the command: print a fresh result, or nothing and exit 1')
            [CompletionResult]::new('--cwd', '--cwd', [CompletionResultType]::ParameterName, 'Make the working directory part of the key')
            [CompletionResult]::new('--no-cwd', '--no-cwd', [CompletionResultType]::ParameterName, 'Share results between directories, whatever a rule or a job says')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Read standard input to its end, make it part of the key, and give it to the command')
            [CompletionResult]::new('--no-stdin', '--no-stdin', [CompletionResultType]::ParameterName, 'Leave standard input alone, whatever a rule or a job says')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--no-shell', '--no-shell', [CompletionResultType]::ParameterName, 'COMMAND is a program and its arguments, whatever a rule says')
            [CompletionResult]::new('--pty', '--pty', [CompletionResultType]::ParameterName, 'Run the command on a terminal, so that it keeps its colours; part of the key')
            [CompletionResult]::new('--no-pty', '--no-pty', [CompletionResultType]::ParameterName, 'Run the command without a terminal, whatever a rule or a job says')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'While a command runs that has run before, show how far it should be by now')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Print a Cache-Status line on standard error: hit, stale or fetched, and why')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;get' {
            [CompletionResult]::new('--ttl', '--ttl', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--max-stale', '--max-stale', [CompletionResultType]::ParameterName, 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]')
            [CompletionResult]::new('--empty', '--empty', [CompletionResultType]::ParameterName, 'What --no-fetch-on-miss prints [default: nothing]')
            [CompletionResult]::new('--depends-on', '--depends-on', [CompletionResultType]::ParameterName, 'Serve a result only while these files are unchanged; repeatable, globs')
            [CompletionResult]::new('--miss-status', '--miss-status', [CompletionResultType]::ParameterName, 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Make this environment variable part of the key; repeatable, or NAME,NAME')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Keep results apart under this name [env: CACHEBACK_SCOPE]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Use this text in place of the command line in the key')
            [CompletionResult]::new('--cache-exit', '--cache-exit', [CompletionResultType]::ParameterName, 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]')
            [CompletionResult]::new('--failure-ttl', '--failure-ttl', [CompletionResultType]::ParameterName, 'Store results with other exit statuses, too, and serve them for this long')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Pass a larger output through without storing it [default: 256MiB]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Remove a result that has not been fetched for this long [default: 30d]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Label the result, to select it by; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'End the command if it runs for longer than this; exit 124 [default: no limit]')
            [CompletionResult]::new('--refresh-timeout', '--refresh-timeout', [CompletionResultType]::ParameterName, 'End a background fetch, with its whole process group, after this long [default: 1h]')
            [CompletionResult]::new('--process-result', '--process-result', [CompletionResultType]::ParameterName, 'Pass the output through this shell command each time it is printed')
            [CompletionResult]::new('--status-fd', '--status-fd', [CompletionResultType]::ParameterName, 'Print the Cache-Status line on this open descriptor instead')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('--async', '--async', [CompletionResultType]::ParameterName, 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]')
            [CompletionResult]::new('--no-async', '--no-async', [CompletionResultType]::ParameterName, 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says')
            [CompletionResult]::new('--stale-if-error', '--stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, serve the stale one after all')
            [CompletionResult]::new('--no-stale-if-error', '--no-stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, print the failure, whatever a rule or a job says')
            [CompletionResult]::new('--no-fetch-on-miss', '--no-fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, print the --empty text and fetch in the background')
            [CompletionResult]::new('--fetch-on-miss', '--fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, wait for the command, whatever a rule or a job says')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Fetch now, in the foreground, whatever is stored')
            [CompletionResult]::new('--warm', '--warm', [CompletionResultType]::ParameterName, 'Start a fetch in the background and return at once, without output')
            [CompletionResult]::new('--only-if-cached', '--only-if-cached', [CompletionResultType]::ParameterName, 'Never run the command: print a fresh result, or nothing and exit 1')
            [CompletionResult]::new('--cwd', '--cwd', [CompletionResultType]::ParameterName, 'Make the working directory part of the key')
            [CompletionResult]::new('--no-cwd', '--no-cwd', [CompletionResultType]::ParameterName, 'Share results between directories, whatever a rule or a job says')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Read standard input to its end, make it part of the key, and give it to the command')
            [CompletionResult]::new('--no-stdin', '--no-stdin', [CompletionResultType]::ParameterName, 'Leave standard input alone, whatever a rule or a job says')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--no-shell', '--no-shell', [CompletionResultType]::ParameterName, 'COMMAND is a program and its arguments, whatever a rule says')
            [CompletionResult]::new('--pty', '--pty', [CompletionResultType]::ParameterName, 'Run the command on a terminal, so that it keeps its colours; part of the key')
            [CompletionResult]::new('--no-pty', '--no-pty', [CompletionResultType]::ParameterName, 'Run the command without a terminal, whatever a rule or a job says')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'While a command runs that has run before, show how far it should be by now')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Print a Cache-Status line on standard error: hit, stale or fetched, and why')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;invalidate' {
            [CompletionResult]::new('--job', '--job', [CompletionResultType]::ParameterName, 'Select by job; with the values of its parameters as arguments one entry of it, without them all')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'Select by the id that `--status` shows: hexadecimal digits that begin the key')
            [CompletionResult]::new('--match', '--match', [CompletionResultType]::ParameterName, 'Select by the command: a glob over all its words, joined by spaces')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Make this environment variable part of the key; repeatable, or NAME,NAME')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Use this text in place of the command line in the key')
            [CompletionResult]::new('--ttl', '--ttl', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--max-stale', '--max-stale', [CompletionResultType]::ParameterName, 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]')
            [CompletionResult]::new('--empty', '--empty', [CompletionResultType]::ParameterName, 'What --no-fetch-on-miss prints [default: nothing]')
            [CompletionResult]::new('--depends-on', '--depends-on', [CompletionResultType]::ParameterName, 'Serve a result only while these files are unchanged; repeatable, globs')
            [CompletionResult]::new('--miss-status', '--miss-status', [CompletionResultType]::ParameterName, 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]')
            [CompletionResult]::new('--cache-exit', '--cache-exit', [CompletionResultType]::ParameterName, 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]')
            [CompletionResult]::new('--failure-ttl', '--failure-ttl', [CompletionResultType]::ParameterName, 'Store results with other exit statuses, too, and serve them for this long')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Pass a larger output through without storing it [default: 256MiB]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Remove a result that has not been fetched for this long [default: 30d]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'End the command if it runs for longer than this; exit 124 [default: no limit]')
            [CompletionResult]::new('--refresh-timeout', '--refresh-timeout', [CompletionResultType]::ParameterName, 'End a background fetch, with its whole process group, after this long [default: 1h]')
            [CompletionResult]::new('--process-result', '--process-result', [CompletionResultType]::ParameterName, 'Pass the output through this shell command each time it is printed')
            [CompletionResult]::new('--status-fd', '--status-fd', [CompletionResultType]::ParameterName, 'Print the Cache-Status line on this open descriptor instead')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Select by label')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Select every entry')
            [CompletionResult]::new('--cwd', '--cwd', [CompletionResultType]::ParameterName, 'Make the working directory part of the key')
            [CompletionResult]::new('--no-cwd', '--no-cwd', [CompletionResultType]::ParameterName, 'Share results between directories, whatever a rule or a job says')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Read standard input to its end, make it part of the key, and give it to the command')
            [CompletionResult]::new('--no-stdin', '--no-stdin', [CompletionResultType]::ParameterName, 'Leave standard input alone, whatever a rule or a job says')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--no-shell', '--no-shell', [CompletionResultType]::ParameterName, 'COMMAND is a program and its arguments, whatever a rule says')
            [CompletionResult]::new('--pty', '--pty', [CompletionResultType]::ParameterName, 'Run the command on a terminal, so that it keeps its colours; part of the key')
            [CompletionResult]::new('--no-pty', '--no-pty', [CompletionResultType]::ParameterName, 'Run the command without a terminal, whatever a rule or a job says')
            [CompletionResult]::new('--async', '--async', [CompletionResultType]::ParameterName, 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]')
            [CompletionResult]::new('--no-async', '--no-async', [CompletionResultType]::ParameterName, 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says')
            [CompletionResult]::new('--stale-if-error', '--stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, serve the stale one after all')
            [CompletionResult]::new('--no-stale-if-error', '--no-stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, print the failure, whatever a rule or a job says')
            [CompletionResult]::new('--no-fetch-on-miss', '--no-fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, print the --empty text and fetch in the background')
            [CompletionResult]::new('--fetch-on-miss', '--fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, wait for the command, whatever a rule or a job says')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Fetch now, in the foreground, whatever is stored')
            [CompletionResult]::new('--warm', '--warm', [CompletionResultType]::ParameterName, 'Start a fetch in the background and return at once, without output')
            [CompletionResult]::new('--only-if-cached', '--only-if-cached', [CompletionResultType]::ParameterName, 'Never run the command: print a fresh result, or nothing and exit 1')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'While a command runs that has run before, show how far it should be by now')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Print a Cache-Status line on standard error: hit, stale or fetched, and why')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;delete' {
            [CompletionResult]::new('--job', '--job', [CompletionResultType]::ParameterName, 'Select by job; with the values of its parameters as arguments one entry of it, without them all')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'Select by the id that `--status` shows: hexadecimal digits that begin the key')
            [CompletionResult]::new('--match', '--match', [CompletionResultType]::ParameterName, 'Select by the command: a glob over all its words, joined by spaces')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Make this environment variable part of the key; repeatable, or NAME,NAME')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Use this text in place of the command line in the key')
            [CompletionResult]::new('--ttl', '--ttl', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--max-stale', '--max-stale', [CompletionResultType]::ParameterName, 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]')
            [CompletionResult]::new('--empty', '--empty', [CompletionResultType]::ParameterName, 'What --no-fetch-on-miss prints [default: nothing]')
            [CompletionResult]::new('--depends-on', '--depends-on', [CompletionResultType]::ParameterName, 'Serve a result only while these files are unchanged; repeatable, globs')
            [CompletionResult]::new('--miss-status', '--miss-status', [CompletionResultType]::ParameterName, 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]')
            [CompletionResult]::new('--cache-exit', '--cache-exit', [CompletionResultType]::ParameterName, 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]')
            [CompletionResult]::new('--failure-ttl', '--failure-ttl', [CompletionResultType]::ParameterName, 'Store results with other exit statuses, too, and serve them for this long')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Pass a larger output through without storing it [default: 256MiB]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Remove a result that has not been fetched for this long [default: 30d]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'End the command if it runs for longer than this; exit 124 [default: no limit]')
            [CompletionResult]::new('--refresh-timeout', '--refresh-timeout', [CompletionResultType]::ParameterName, 'End a background fetch, with its whole process group, after this long [default: 1h]')
            [CompletionResult]::new('--process-result', '--process-result', [CompletionResultType]::ParameterName, 'Pass the output through this shell command each time it is printed')
            [CompletionResult]::new('--status-fd', '--status-fd', [CompletionResultType]::ParameterName, 'Print the Cache-Status line on this open descriptor instead')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Select by label')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Select every entry')
            [CompletionResult]::new('--cwd', '--cwd', [CompletionResultType]::ParameterName, 'Make the working directory part of the key')
            [CompletionResult]::new('--no-cwd', '--no-cwd', [CompletionResultType]::ParameterName, 'Share results between directories, whatever a rule or a job says')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Read standard input to its end, make it part of the key, and give it to the command')
            [CompletionResult]::new('--no-stdin', '--no-stdin', [CompletionResultType]::ParameterName, 'Leave standard input alone, whatever a rule or a job says')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--no-shell', '--no-shell', [CompletionResultType]::ParameterName, 'COMMAND is a program and its arguments, whatever a rule says')
            [CompletionResult]::new('--pty', '--pty', [CompletionResultType]::ParameterName, 'Run the command on a terminal, so that it keeps its colours; part of the key')
            [CompletionResult]::new('--no-pty', '--no-pty', [CompletionResultType]::ParameterName, 'Run the command without a terminal, whatever a rule or a job says')
            [CompletionResult]::new('--async', '--async', [CompletionResultType]::ParameterName, 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]')
            [CompletionResult]::new('--no-async', '--no-async', [CompletionResultType]::ParameterName, 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says')
            [CompletionResult]::new('--stale-if-error', '--stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, serve the stale one after all')
            [CompletionResult]::new('--no-stale-if-error', '--no-stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, print the failure, whatever a rule or a job says')
            [CompletionResult]::new('--no-fetch-on-miss', '--no-fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, print the --empty text and fetch in the background')
            [CompletionResult]::new('--fetch-on-miss', '--fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, wait for the command, whatever a rule or a job says')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Fetch now, in the foreground, whatever is stored')
            [CompletionResult]::new('--warm', '--warm', [CompletionResultType]::ParameterName, 'Start a fetch in the background and return at once, without output')
            [CompletionResult]::new('--only-if-cached', '--only-if-cached', [CompletionResultType]::ParameterName, 'Never run the command: print a fresh result, or nothing and exit 1')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'While a command runs that has run before, show how far it should be by now')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Print a Cache-Status line on standard error: hit, stale or fetched, and why')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;set' {
            [CompletionResult]::new('--exit-status', '--exit-status', [CompletionResultType]::ParameterName, 'The exit status of the result')
            [CompletionResult]::new('--job', '--job', [CompletionResultType]::ParameterName, 'Select by job; with the values of its parameters as arguments one entry of it, without them all')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'Select by the id that `--status` shows: hexadecimal digits that begin the key')
            [CompletionResult]::new('--match', '--match', [CompletionResultType]::ParameterName, 'Select by the command: a glob over all its words, joined by spaces')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Make this environment variable part of the key; repeatable, or NAME,NAME')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Use this text in place of the command line in the key')
            [CompletionResult]::new('--max-stale', '--max-stale', [CompletionResultType]::ParameterName, 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]')
            [CompletionResult]::new('--empty', '--empty', [CompletionResultType]::ParameterName, 'What --no-fetch-on-miss prints [default: nothing]')
            [CompletionResult]::new('--depends-on', '--depends-on', [CompletionResultType]::ParameterName, 'Serve a result only while these files are unchanged; repeatable, globs')
            [CompletionResult]::new('--miss-status', '--miss-status', [CompletionResultType]::ParameterName, 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]')
            [CompletionResult]::new('--cache-exit', '--cache-exit', [CompletionResultType]::ParameterName, 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]')
            [CompletionResult]::new('--failure-ttl', '--failure-ttl', [CompletionResultType]::ParameterName, 'Store results with other exit statuses, too, and serve them for this long')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Pass a larger output through without storing it [default: 256MiB]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Remove a result that has not been fetched for this long [default: 30d]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'End the command if it runs for longer than this; exit 124 [default: no limit]')
            [CompletionResult]::new('--refresh-timeout', '--refresh-timeout', [CompletionResultType]::ParameterName, 'End a background fetch, with its whole process group, after this long [default: 1h]')
            [CompletionResult]::new('--process-result', '--process-result', [CompletionResultType]::ParameterName, 'Pass the output through this shell command each time it is printed')
            [CompletionResult]::new('--status-fd', '--status-fd', [CompletionResultType]::ParameterName, 'Print the Cache-Status line on this open descriptor instead')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Select by label')
            [CompletionResult]::new('--ttl', '--ttl', [CompletionResultType]::ParameterName, 'Call the result stale after this long, whatever the ttl of its readers [default: no limit]')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'Call the result stale after this long, whatever the ttl of its readers [default: no limit]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Select every entry')
            [CompletionResult]::new('--cwd', '--cwd', [CompletionResultType]::ParameterName, 'Make the working directory part of the key')
            [CompletionResult]::new('--no-cwd', '--no-cwd', [CompletionResultType]::ParameterName, 'Share results between directories, whatever a rule or a job says')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Read standard input to its end, make it part of the key, and give it to the command')
            [CompletionResult]::new('--no-stdin', '--no-stdin', [CompletionResultType]::ParameterName, 'Leave standard input alone, whatever a rule or a job says')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--no-shell', '--no-shell', [CompletionResultType]::ParameterName, 'COMMAND is a program and its arguments, whatever a rule says')
            [CompletionResult]::new('--pty', '--pty', [CompletionResultType]::ParameterName, 'Run the command on a terminal, so that it keeps its colours; part of the key')
            [CompletionResult]::new('--no-pty', '--no-pty', [CompletionResultType]::ParameterName, 'Run the command without a terminal, whatever a rule or a job says')
            [CompletionResult]::new('--async', '--async', [CompletionResultType]::ParameterName, 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]')
            [CompletionResult]::new('--no-async', '--no-async', [CompletionResultType]::ParameterName, 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says')
            [CompletionResult]::new('--stale-if-error', '--stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, serve the stale one after all')
            [CompletionResult]::new('--no-stale-if-error', '--no-stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, print the failure, whatever a rule or a job says')
            [CompletionResult]::new('--no-fetch-on-miss', '--no-fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, print the --empty text and fetch in the background')
            [CompletionResult]::new('--fetch-on-miss', '--fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, wait for the command, whatever a rule or a job says')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Fetch now, in the foreground, whatever is stored')
            [CompletionResult]::new('--warm', '--warm', [CompletionResultType]::ParameterName, 'Start a fetch in the background and return at once, without output')
            [CompletionResult]::new('--only-if-cached', '--only-if-cached', [CompletionResultType]::ParameterName, 'Never run the command: print a fresh result, or nothing and exit 1')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'While a command runs that has run before, show how far it should be by now')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Print a Cache-Status line on standard error: hit, stale or fetched, and why')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;peek' {
            [CompletionResult]::new('--job', '--job', [CompletionResultType]::ParameterName, 'Select by job; with the values of its parameters as arguments one entry of it, without them all')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'Select by the id that `--status` shows: hexadecimal digits that begin the key')
            [CompletionResult]::new('--match', '--match', [CompletionResultType]::ParameterName, 'Select by the command: a glob over all its words, joined by spaces')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Make this environment variable part of the key; repeatable, or NAME,NAME')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Use this text in place of the command line in the key')
            [CompletionResult]::new('--ttl', '--ttl', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--max-stale', '--max-stale', [CompletionResultType]::ParameterName, 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]')
            [CompletionResult]::new('--empty', '--empty', [CompletionResultType]::ParameterName, 'What --no-fetch-on-miss prints [default: nothing]')
            [CompletionResult]::new('--depends-on', '--depends-on', [CompletionResultType]::ParameterName, 'Serve a result only while these files are unchanged; repeatable, globs')
            [CompletionResult]::new('--miss-status', '--miss-status', [CompletionResultType]::ParameterName, 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]')
            [CompletionResult]::new('--cache-exit', '--cache-exit', [CompletionResultType]::ParameterName, 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]')
            [CompletionResult]::new('--failure-ttl', '--failure-ttl', [CompletionResultType]::ParameterName, 'Store results with other exit statuses, too, and serve them for this long')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Pass a larger output through without storing it [default: 256MiB]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Remove a result that has not been fetched for this long [default: 30d]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'End the command if it runs for longer than this; exit 124 [default: no limit]')
            [CompletionResult]::new('--refresh-timeout', '--refresh-timeout', [CompletionResultType]::ParameterName, 'End a background fetch, with its whole process group, after this long [default: 1h]')
            [CompletionResult]::new('--process-result', '--process-result', [CompletionResultType]::ParameterName, 'Pass the output through this shell command each time it is printed')
            [CompletionResult]::new('--status-fd', '--status-fd', [CompletionResultType]::ParameterName, 'Print the Cache-Status line on this open descriptor instead')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Select by label')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the result as a JSON object, with its expiry and what else is known of it')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Select every entry')
            [CompletionResult]::new('--cwd', '--cwd', [CompletionResultType]::ParameterName, 'Make the working directory part of the key')
            [CompletionResult]::new('--no-cwd', '--no-cwd', [CompletionResultType]::ParameterName, 'Share results between directories, whatever a rule or a job says')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Read standard input to its end, make it part of the key, and give it to the command')
            [CompletionResult]::new('--no-stdin', '--no-stdin', [CompletionResultType]::ParameterName, 'Leave standard input alone, whatever a rule or a job says')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--no-shell', '--no-shell', [CompletionResultType]::ParameterName, 'COMMAND is a program and its arguments, whatever a rule says')
            [CompletionResult]::new('--pty', '--pty', [CompletionResultType]::ParameterName, 'Run the command on a terminal, so that it keeps its colours; part of the key')
            [CompletionResult]::new('--no-pty', '--no-pty', [CompletionResultType]::ParameterName, 'Run the command without a terminal, whatever a rule or a job says')
            [CompletionResult]::new('--async', '--async', [CompletionResultType]::ParameterName, 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]')
            [CompletionResult]::new('--no-async', '--no-async', [CompletionResultType]::ParameterName, 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says')
            [CompletionResult]::new('--stale-if-error', '--stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, serve the stale one after all')
            [CompletionResult]::new('--no-stale-if-error', '--no-stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, print the failure, whatever a rule or a job says')
            [CompletionResult]::new('--no-fetch-on-miss', '--no-fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, print the --empty text and fetch in the background')
            [CompletionResult]::new('--fetch-on-miss', '--fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, wait for the command, whatever a rule or a job says')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Fetch now, in the foreground, whatever is stored')
            [CompletionResult]::new('--warm', '--warm', [CompletionResultType]::ParameterName, 'Start a fetch in the background and return at once, without output')
            [CompletionResult]::new('--only-if-cached', '--only-if-cached', [CompletionResultType]::ParameterName, 'Never run the command: print a fresh result, or nothing and exit 1')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'While a command runs that has run before, show how far it should be by now')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Print a Cache-Status line on standard error: hit, stale or fetched, and why')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;list' {
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'Only entries whose id begins with these hexadecimal digits')
            [CompletionResult]::new('--match', '--match', [CompletionResultType]::ParameterName, 'Only entries whose command matches: a glob over all its words, joined by spaces')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Only entries with this label; repeatable')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Only entries of this scope')
            [CompletionResult]::new('--job', '--job', [CompletionResultType]::ParameterName, 'Only entries of this job')
            [CompletionResult]::new('--ttl', '--ttl', [CompletionResultType]::ParameterName, 'Call an entry fresh for this long after its fetch [env: CACHEBACK_TTL] [default: its own]')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'Call an entry fresh for this long after its fetch [env: CACHEBACK_TTL] [default: its own]')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort by this column [default: age]')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'List no more than this many entries [default: all]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: always, never, or only on a terminal without NO_COLOR [default: auto]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('--stale', '--stale', [CompletionResultType]::ParameterName, 'Only entries that are not fresh')
            [CompletionResult]::new('--failing', '--failing', [CompletionResultType]::ParameterName, 'Only entries whose last background fetch has failed')
            [CompletionResult]::new('--refreshing', '--refreshing', [CompletionResultType]::ParameterName, 'Only entries that are being fetched')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON array')
            [CompletionResult]::new('--jsonl', '--jsonl', [CompletionResultType]::ParameterName, 'Print a JSON object on each line')
            [CompletionResult]::new('--ids', '--ids', [CompletionResultType]::ParameterName, 'Print the whole ids alone, one a line')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'The same, each id followed by a NUL character, for `xargs -0`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;show' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: always, never, or only on a terminal without NO_COLOR [default: auto]')
            [CompletionResult]::new('--job', '--job', [CompletionResultType]::ParameterName, 'Select by job; with the values of its parameters as arguments one entry of it, without them all')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'Select by the id that `--status` shows: hexadecimal digits that begin the key')
            [CompletionResult]::new('--match', '--match', [CompletionResultType]::ParameterName, 'Select by the command: a glob over all its words, joined by spaces')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Make this environment variable part of the key; repeatable, or NAME,NAME')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Use this text in place of the command line in the key')
            [CompletionResult]::new('--ttl', '--ttl', [CompletionResultType]::ParameterName, 'Call the entry fresh for this long after its fetch [env: CACHEBACK_TTL] [default: its own]')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'Call the entry fresh for this long after its fetch [env: CACHEBACK_TTL] [default: its own]')
            [CompletionResult]::new('--max-stale', '--max-stale', [CompletionResultType]::ParameterName, 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]')
            [CompletionResult]::new('--empty', '--empty', [CompletionResultType]::ParameterName, 'What --no-fetch-on-miss prints [default: nothing]')
            [CompletionResult]::new('--depends-on', '--depends-on', [CompletionResultType]::ParameterName, 'Serve a result only while these files are unchanged; repeatable, globs')
            [CompletionResult]::new('--miss-status', '--miss-status', [CompletionResultType]::ParameterName, 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]')
            [CompletionResult]::new('--cache-exit', '--cache-exit', [CompletionResultType]::ParameterName, 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]')
            [CompletionResult]::new('--failure-ttl', '--failure-ttl', [CompletionResultType]::ParameterName, 'Store results with other exit statuses, too, and serve them for this long')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Pass a larger output through without storing it [default: 256MiB]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Remove a result that has not been fetched for this long [default: 30d]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'End the command if it runs for longer than this; exit 124 [default: no limit]')
            [CompletionResult]::new('--refresh-timeout', '--refresh-timeout', [CompletionResultType]::ParameterName, 'End a background fetch, with its whole process group, after this long [default: 1h]')
            [CompletionResult]::new('--process-result', '--process-result', [CompletionResultType]::ParameterName, 'Pass the output through this shell command each time it is printed')
            [CompletionResult]::new('--status-fd', '--status-fd', [CompletionResultType]::ParameterName, 'Print the Cache-Status line on this open descriptor instead')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Select by label')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print the stored output itself, standard output and standard error each to its own descriptor')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Select every entry')
            [CompletionResult]::new('--cwd', '--cwd', [CompletionResultType]::ParameterName, 'Make the working directory part of the key')
            [CompletionResult]::new('--no-cwd', '--no-cwd', [CompletionResultType]::ParameterName, 'Share results between directories, whatever a rule or a job says')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Read standard input to its end, make it part of the key, and give it to the command')
            [CompletionResult]::new('--no-stdin', '--no-stdin', [CompletionResultType]::ParameterName, 'Leave standard input alone, whatever a rule or a job says')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--no-shell', '--no-shell', [CompletionResultType]::ParameterName, 'COMMAND is a program and its arguments, whatever a rule says')
            [CompletionResult]::new('--pty', '--pty', [CompletionResultType]::ParameterName, 'Run the command on a terminal, so that it keeps its colours; part of the key')
            [CompletionResult]::new('--no-pty', '--no-pty', [CompletionResultType]::ParameterName, 'Run the command without a terminal, whatever a rule or a job says')
            [CompletionResult]::new('--async', '--async', [CompletionResultType]::ParameterName, 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]')
            [CompletionResult]::new('--no-async', '--no-async', [CompletionResultType]::ParameterName, 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says')
            [CompletionResult]::new('--stale-if-error', '--stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, serve the stale one after all')
            [CompletionResult]::new('--no-stale-if-error', '--no-stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, print the failure, whatever a rule or a job says')
            [CompletionResult]::new('--no-fetch-on-miss', '--no-fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, print the --empty text and fetch in the background')
            [CompletionResult]::new('--fetch-on-miss', '--fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, wait for the command, whatever a rule or a job says')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Fetch now, in the foreground, whatever is stored')
            [CompletionResult]::new('--warm', '--warm', [CompletionResultType]::ParameterName, 'Start a fetch in the background and return at once, without output')
            [CompletionResult]::new('--only-if-cached', '--only-if-cached', [CompletionResultType]::ParameterName, 'Never run the command: print a fresh result, or nothing and exit 1')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'While a command runs that has run before, show how far it should be by now')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Print a Cache-Status line on standard error: hit, stale or fetched, and why')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;stats' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'List this many commands, those first that have saved the most time [default: 10]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: always, never, or only on a terminal without NO_COLOR [default: auto]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object')
            [CompletionResult]::new('--prometheus', '--prometheus', [CompletionResultType]::ParameterName, 'Print metrics in the text format of Prometheus, for node_exporter''s textfile collector')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;prune' {
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Remove what has not been fetched for this long, too')
            [CompletionResult]::new('--keep-last', '--keep-last', [CompletionResultType]::ParameterName, 'Remove all but this many that were fetched last, too')
            [CompletionResult]::new('--max-db-size', '--max-db-size', [CompletionResultType]::ParameterName, 'Then remove what was used least recently while the database is larger than this [default: 1GiB]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say how many entries that would be, and remove nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;clear' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;verify' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('--repair', '--repair', [CompletionResultType]::ParameterName, 'Remove damaged entries, set a database that is beyond repair aside, give files the rights that they should have')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;explain' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour the output: always, never, or only on a terminal without NO_COLOR [default: auto]')
            [CompletionResult]::new('--job', '--job', [CompletionResultType]::ParameterName, 'The call of this job is meant; the arguments are the values of its parameters')
            [CompletionResult]::new('--ttl', '--ttl', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--max-stale', '--max-stale', [CompletionResultType]::ParameterName, 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]')
            [CompletionResult]::new('--empty', '--empty', [CompletionResultType]::ParameterName, 'What --no-fetch-on-miss prints [default: nothing]')
            [CompletionResult]::new('--depends-on', '--depends-on', [CompletionResultType]::ParameterName, 'Serve a result only while these files are unchanged; repeatable, globs')
            [CompletionResult]::new('--miss-status', '--miss-status', [CompletionResultType]::ParameterName, 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Make this environment variable part of the key; repeatable, or NAME,NAME')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Keep results apart under this name [env: CACHEBACK_SCOPE]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Use this text in place of the command line in the key')
            [CompletionResult]::new('--cache-exit', '--cache-exit', [CompletionResultType]::ParameterName, 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]')
            [CompletionResult]::new('--failure-ttl', '--failure-ttl', [CompletionResultType]::ParameterName, 'Store results with other exit statuses, too, and serve them for this long')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Pass a larger output through without storing it [default: 256MiB]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Remove a result that has not been fetched for this long [default: 30d]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Label the result, to select it by; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'End the command if it runs for longer than this; exit 124 [default: no limit]')
            [CompletionResult]::new('--refresh-timeout', '--refresh-timeout', [CompletionResultType]::ParameterName, 'End a background fetch, with its whole process group, after this long [default: 1h]')
            [CompletionResult]::new('--process-result', '--process-result', [CompletionResultType]::ParameterName, 'Pass the output through this shell command each time it is printed')
            [CompletionResult]::new('--status-fd', '--status-fd', [CompletionResultType]::ParameterName, 'Print the Cache-Status line on this open descriptor instead')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Show all settings, those that nobody has given as well')
            [CompletionResult]::new('--async', '--async', [CompletionResultType]::ParameterName, 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]')
            [CompletionResult]::new('--no-async', '--no-async', [CompletionResultType]::ParameterName, 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says')
            [CompletionResult]::new('--stale-if-error', '--stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, serve the stale one after all')
            [CompletionResult]::new('--no-stale-if-error', '--no-stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, print the failure, whatever a rule or a job says')
            [CompletionResult]::new('--no-fetch-on-miss', '--no-fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, print the --empty text and fetch in the background')
            [CompletionResult]::new('--fetch-on-miss', '--fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, wait for the command, whatever a rule or a job says')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Fetch now, in the foreground, whatever is stored')
            [CompletionResult]::new('--warm', '--warm', [CompletionResultType]::ParameterName, 'Start a fetch in the background and return at once, without output')
            [CompletionResult]::new('--only-if-cached', '--only-if-cached', [CompletionResultType]::ParameterName, 'Never run the command: print a fresh result, or nothing and exit 1')
            [CompletionResult]::new('--cwd', '--cwd', [CompletionResultType]::ParameterName, 'Make the working directory part of the key')
            [CompletionResult]::new('--no-cwd', '--no-cwd', [CompletionResultType]::ParameterName, 'Share results between directories, whatever a rule or a job says')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Read standard input to its end, make it part of the key, and give it to the command')
            [CompletionResult]::new('--no-stdin', '--no-stdin', [CompletionResultType]::ParameterName, 'Leave standard input alone, whatever a rule or a job says')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--no-shell', '--no-shell', [CompletionResultType]::ParameterName, 'COMMAND is a program and its arguments, whatever a rule says')
            [CompletionResult]::new('--pty', '--pty', [CompletionResultType]::ParameterName, 'Run the command on a terminal, so that it keeps its colours; part of the key')
            [CompletionResult]::new('--no-pty', '--no-pty', [CompletionResultType]::ParameterName, 'Run the command without a terminal, whatever a rule or a job says')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'While a command runs that has run before, show how far it should be by now')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Print a Cache-Status line on standard error: hit, stale or fetched, and why')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;decorate' {
            [CompletionResult]::new('--shell-kind', '--shell-kind', [CompletionResultType]::ParameterName, 'The shell that will read it: bash, zsh, fish or sh [default: that of $SHELL, or else sh]')
            [CompletionResult]::new('--ttl', '--ttl', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--max-stale', '--max-stale', [CompletionResultType]::ParameterName, 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]')
            [CompletionResult]::new('--empty', '--empty', [CompletionResultType]::ParameterName, 'What --no-fetch-on-miss prints [default: nothing]')
            [CompletionResult]::new('--depends-on', '--depends-on', [CompletionResultType]::ParameterName, 'Serve a result only while these files are unchanged; repeatable, globs')
            [CompletionResult]::new('--miss-status', '--miss-status', [CompletionResultType]::ParameterName, 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Make this environment variable part of the key; repeatable, or NAME,NAME')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Keep results apart under this name [env: CACHEBACK_SCOPE]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Use this text in place of the command line in the key')
            [CompletionResult]::new('--cache-exit', '--cache-exit', [CompletionResultType]::ParameterName, 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]')
            [CompletionResult]::new('--failure-ttl', '--failure-ttl', [CompletionResultType]::ParameterName, 'Store results with other exit statuses, too, and serve them for this long')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Pass a larger output through without storing it [default: 256MiB]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Remove a result that has not been fetched for this long [default: 30d]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Label the result, to select it by; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'End the command if it runs for longer than this; exit 124 [default: no limit]')
            [CompletionResult]::new('--refresh-timeout', '--refresh-timeout', [CompletionResultType]::ParameterName, 'End a background fetch, with its whole process group, after this long [default: 1h]')
            [CompletionResult]::new('--process-result', '--process-result', [CompletionResultType]::ParameterName, 'Pass the output through this shell command each time it is printed')
            [CompletionResult]::new('--status-fd', '--status-fd', [CompletionResultType]::ParameterName, 'Print the Cache-Status line on this open descriptor instead')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('--async', '--async', [CompletionResultType]::ParameterName, 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]')
            [CompletionResult]::new('--no-async', '--no-async', [CompletionResultType]::ParameterName, 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says')
            [CompletionResult]::new('--stale-if-error', '--stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, serve the stale one after all')
            [CompletionResult]::new('--no-stale-if-error', '--no-stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, print the failure, whatever a rule or a job says')
            [CompletionResult]::new('--no-fetch-on-miss', '--no-fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, print the --empty text and fetch in the background')
            [CompletionResult]::new('--fetch-on-miss', '--fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, wait for the command, whatever a rule or a job says')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Fetch now, in the foreground, whatever is stored')
            [CompletionResult]::new('--warm', '--warm', [CompletionResultType]::ParameterName, 'Start a fetch in the background and return at once, without output')
            [CompletionResult]::new('--only-if-cached', '--only-if-cached', [CompletionResultType]::ParameterName, 'Never run the command: print a fresh result, or nothing and exit 1')
            [CompletionResult]::new('--cwd', '--cwd', [CompletionResultType]::ParameterName, 'Make the working directory part of the key')
            [CompletionResult]::new('--no-cwd', '--no-cwd', [CompletionResultType]::ParameterName, 'Share results between directories, whatever a rule or a job says')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Read standard input to its end, make it part of the key, and give it to the command')
            [CompletionResult]::new('--no-stdin', '--no-stdin', [CompletionResultType]::ParameterName, 'Leave standard input alone, whatever a rule or a job says')
            [CompletionResult]::new('--pty', '--pty', [CompletionResultType]::ParameterName, 'Run the command on a terminal, so that it keeps its colours; part of the key')
            [CompletionResult]::new('--no-pty', '--no-pty', [CompletionResultType]::ParameterName, 'Run the command without a terminal, whatever a rule or a job says')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'While a command runs that has run before, show how far it should be by now')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Print a Cache-Status line on standard error: hit, stale or fetched, and why')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--no-shell', '--no-shell', [CompletionResultType]::ParameterName, 'COMMAND is a program and its arguments, whatever a rule says')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;config' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Report everything that is wrong with the configuration file')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where the configuration file is looked for, whether it is there or not')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print the effective settings, one a line, each with its value and where that came from')
            break
        }
        'cacheback;config;check' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;config;path' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'cacheback;config;show' {
            [CompletionResult]::new('--job', '--job', [CompletionResultType]::ParameterName, 'The call of this job is meant; the arguments are the values of its parameters')
            [CompletionResult]::new('--ttl', '--ttl', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--lifetime', '--lifetime', [CompletionResultType]::ParameterName, 'Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]')
            [CompletionResult]::new('--max-stale', '--max-stale', [CompletionResultType]::ParameterName, 'Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]')
            [CompletionResult]::new('--empty', '--empty', [CompletionResultType]::ParameterName, 'What --no-fetch-on-miss prints [default: nothing]')
            [CompletionResult]::new('--depends-on', '--depends-on', [CompletionResultType]::ParameterName, 'Serve a result only while these files are unchanged; repeatable, globs')
            [CompletionResult]::new('--miss-status', '--miss-status', [CompletionResultType]::ParameterName, 'Exit with this status where --only-if-cached finds nothing fresh [default: 1]')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Make this environment variable part of the key; repeatable, or NAME,NAME')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'Keep results apart under this name [env: CACHEBACK_SCOPE]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Use this text in place of the command line in the key')
            [CompletionResult]::new('--cache-exit', '--cache-exit', [CompletionResultType]::ParameterName, 'Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]')
            [CompletionResult]::new('--failure-ttl', '--failure-ttl', [CompletionResultType]::ParameterName, 'Store results with other exit statuses, too, and serve them for this long')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'Pass a larger output through without storing it [default: 256MiB]')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Remove a result that has not been fetched for this long [default: 30d]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Label the result, to select it by; repeatable')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'End the command if it runs for longer than this; exit 124 [default: no limit]')
            [CompletionResult]::new('--refresh-timeout', '--refresh-timeout', [CompletionResultType]::ParameterName, 'End a background fetch, with its whole process group, after this long [default: 1h]')
            [CompletionResult]::new('--process-result', '--process-result', [CompletionResultType]::ParameterName, 'Pass the output through this shell command each time it is printed')
            [CompletionResult]::new('--status-fd', '--status-fd', [CompletionResultType]::ParameterName, 'Print the Cache-Status line on this open descriptor instead')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('--async', '--async', [CompletionResultType]::ParameterName, 'Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]')
            [CompletionResult]::new('--no-async', '--no-async', [CompletionResultType]::ParameterName, 'Fetch a stale result again before it is printed, whatever a rule, a job or the environment says')
            [CompletionResult]::new('--stale-if-error', '--stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, serve the stale one after all')
            [CompletionResult]::new('--no-stale-if-error', '--no-stale-if-error', [CompletionResultType]::ParameterName, 'If fetching a stale result again fails, print the failure, whatever a rule or a job says')
            [CompletionResult]::new('--no-fetch-on-miss', '--no-fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, print the --empty text and fetch in the background')
            [CompletionResult]::new('--fetch-on-miss', '--fetch-on-miss', [CompletionResultType]::ParameterName, 'If nothing is stored, wait for the command, whatever a rule or a job says')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Fetch now, in the foreground, whatever is stored')
            [CompletionResult]::new('--warm', '--warm', [CompletionResultType]::ParameterName, 'Start a fetch in the background and return at once, without output')
            [CompletionResult]::new('--only-if-cached', '--only-if-cached', [CompletionResultType]::ParameterName, 'Never run the command: print a fresh result, or nothing and exit 1')
            [CompletionResult]::new('--cwd', '--cwd', [CompletionResultType]::ParameterName, 'Make the working directory part of the key')
            [CompletionResult]::new('--no-cwd', '--no-cwd', [CompletionResultType]::ParameterName, 'Share results between directories, whatever a rule or a job says')
            [CompletionResult]::new('--stdin', '--stdin', [CompletionResultType]::ParameterName, 'Read standard input to its end, make it part of the key, and give it to the command')
            [CompletionResult]::new('--no-stdin', '--no-stdin', [CompletionResultType]::ParameterName, 'Leave standard input alone, whatever a rule or a job says')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'COMMAND is a string for `sh -c`; the arguments become its $1, $2, …')
            [CompletionResult]::new('--no-shell', '--no-shell', [CompletionResultType]::ParameterName, 'COMMAND is a program and its arguments, whatever a rule says')
            [CompletionResult]::new('--pty', '--pty', [CompletionResultType]::ParameterName, 'Run the command on a terminal, so that it keeps its colours; part of the key')
            [CompletionResult]::new('--no-pty', '--no-pty', [CompletionResultType]::ParameterName, 'Run the command without a terminal, whatever a rule or a job says')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'While a command runs that has run before, show how far it should be by now')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Print a Cache-Status line on standard error: hit, stale or fetched, and why')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;completions' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;man' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user''s cache directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user''s configuration directory]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no warnings and no counts on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'cacheback;help' {
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Memoise a command: run it once, print the stored output from then on')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print the result of a job from the configuration file')
            [CompletionResult]::new('invalidate', 'invalidate', [CompletionResultType]::ParameterValue, 'Mark entries as stale and refresh them in the background')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Forget entries; the next run fetches')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Store standard input as the result of a command')
            [CompletionResult]::new('peek', 'peek', [CompletionResultType]::ParameterValue, 'Print what is stored, stale or not; nothing is run or refreshed')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List what is stored: its state, age, size and command')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show all that is known of one entry, or its output')
            [CompletionResult]::new('stats', 'stats', [CompletionResultType]::ParameterValue, 'Print what the cache has done: hits, misses, and the time that they saved')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Remove what has expired, and what there is no room for')
            [CompletionResult]::new('clear', 'clear', [CompletionResultType]::ParameterValue, 'Remove every entry')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Look for damage: checksums, the database, and who may read it')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Say whether a command would hit, and why or why not; it is not run')
            [CompletionResult]::new('decorate', 'decorate', [CompletionResultType]::ParameterValue, 'Print a shell function that memoises a command of its name')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Check the configuration file, or show what it comes to')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cacheback;help;run' {
            break
        }
        'cacheback;help;get' {
            break
        }
        'cacheback;help;invalidate' {
            break
        }
        'cacheback;help;delete' {
            break
        }
        'cacheback;help;set' {
            break
        }
        'cacheback;help;peek' {
            break
        }
        'cacheback;help;list' {
            break
        }
        'cacheback;help;show' {
            break
        }
        'cacheback;help;stats' {
            break
        }
        'cacheback;help;prune' {
            break
        }
        'cacheback;help;clear' {
            break
        }
        'cacheback;help;verify' {
            break
        }
        'cacheback;help;explain' {
            break
        }
        'cacheback;help;decorate' {
            break
        }
        'cacheback;help;config' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Report everything that is wrong with the configuration file')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where the configuration file is looked for, whether it is there or not')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print the effective settings, one a line, each with its value and where that came from')
            break
        }
        'cacheback;help;config;check' {
            break
        }
        'cacheback;help;config;path' {
            break
        }
        'cacheback;help;config;show' {
            break
        }
        'cacheback;help;completions' {
            break
        }
        'cacheback;help;man' {
            break
        }
        'cacheback;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
