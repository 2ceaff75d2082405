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

# Prints what may stand at the cursor, with descriptions.
function __fish_cacheback_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l word (string unescape -- $token; or string unescape -- $token\'; or string unescape -- $token\")
    for line in (_CACHEBACK_COMPLETE=fish cacheback -- (__fish_cacheback_before) "$word" 2>/dev/null)
        switch $line
            case "*	*"
                printf '%s\n' $line
            case 'command *'
                set -l first (math 1 + (string sub -s 9 -- $line))
                complete -C (string join " " -- (string escape -- $words[$first..]) $token)
            case files
                set -l path (string replace -r '^--[^=]*=' '' -- $token)
                set -l option (string replace -r '^(--[^=]*=|).*' '$1' -- $token)
                complete -C "'' $path" | string replace -r -- '^' "$option"
        end
    end
end

complete -c cacheback -f -a '(__fish_cacheback_complete)'
