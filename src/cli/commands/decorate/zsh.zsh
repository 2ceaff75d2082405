# cacheback memoises @NAME@. Without the cache: command @NAME@ (a function: CACHEBACK_DISABLE=1 @NAME@); to undo it: unset -f @NAME@; eval "${@SOURCE@-}"
if [[ "$(functions @NAME@)" == *'builtin autoload -X'* ]]; then
    autoload +X @NAME@
fi
if [[ "$(functions @NAME@)" != *@SOURCE@* ]]; then
    typeset -g @SOURCE@="$(functions @NAME@ || :)"
    # The meaning of the source depends on these options of the decorating shell.
    [[ -z "$@SOURCE@" || ! -o extendedglob ]] || @SOURCE@=$'setopt extendedglob\n'"$@SOURCE@"
    [[ -z "$@SOURCE@" || ! -o nullglob ]] || @SOURCE@=$'setopt nullglob\n'"$@SOURCE@"
    [[ -z "$@SOURCE@" || ! -o shwordsplit ]] || @SOURCE@=$'setopt shwordsplit\n'"$@SOURCE@"
    [[ -z "$@SOURCE@" || ! -o ksharrays ]] || @SOURCE@=$'setopt ksharrays\n'"$@SOURCE@"
fi
function @NAME@ {
    if [[ -z "${@SOURCE@-}" ]]; then
        command cacheback run @OPTIONS@-- @NAME@ "$@"
        return
    fi
    command cacheback run @OPTIONS@-- zsh -f -c '@MARK@@NAME@'$'\n'"$@SOURCE@"$'\n@NAME@ "$@"' @NAME@ "$@"
}
