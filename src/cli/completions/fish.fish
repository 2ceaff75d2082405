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
            case @VALUED@
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
    and contains -- $words[1] @WRAPPING@
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

# Prints how the wrapped command may go on; an argument of a subcommand in @IDS@ may be an id.
function __fish_cacheback_wrapped
    set -l words (__fish_cacheback_arguments)
    set -l subcommand $words[1]
    set -e words[1]
    set -l word (commandline -ct)
    if not set -q words[1]; and contains -- $subcommand @IDS@; and string match -qr '^[[:xdigit:]]*$' -- "$word"
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

