# Prints the words of the wrapped command before the cursor, quoted; fails if the cursor stands before it.
function __fish_cacheback_wrapped
    set -l words (commandline -opc)
    set -e words[1]
    set -l subcommand
    while set -q words[1]
        switch $words[1]
            case --
                test -n "$subcommand"
                or return 1
                set -e words[1]
                set -q words[1]
                and string escape -- $words
                return 0
            case @VALUED@
                set -e words[1]
                set -q words[1]
                or return 1
            case '-*'
            case '*'
                if test -n "$subcommand"
                    string escape -- $words
                    return 0
                end
                contains -- $words[1] @WRAPPING@
                or return 1
                set subcommand $words[1]
        end
        set -e words[1]
    end
    test -n "$subcommand"
    and not string match -q -- '-*' (commandline -ct)
end

complete -c cacheback -n __fish_cacheback_is_wrapped -x -a '(complete -C (string join " " -- (__fish_cacheback_wrapped) (commandline -ct)))'

function __fish_cacheback_is_wrapped
    __fish_cacheback_wrapped >/dev/null
end

