# cacheback memoises @NAME@. Once without: command @NAME@ (a function: CACHEBACK_DISABLE=1 @NAME@); for good: unset -f @NAME@; eval "${@SOURCE@-}"
if [[ "$(functions @NAME@)" == *'builtin autoload -X'* ]]; then
    autoload +X @NAME@
fi
if [[ "$(functions @NAME@)" != *@SOURCE@* ]]; then
    typeset -g @SOURCE@="$(functions @NAME@ || :)"
    # What these are where it is decorated decides what the source means.
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
