# cacheback memoises @NAME@. Once without: command @NAME@ (a function: CACHEBACK_DISABLE=1 @NAME@); for good: unset -f @NAME@; eval "${@SOURCE@-}"
if [[ "$(functions @NAME@)" == *'builtin autoload -X'* ]]; then
    autoload +X @NAME@
fi
if [[ "$(functions @NAME@)" != *@SOURCE@* ]]; then
    typeset -g @SOURCE@="$(functions @NAME@ || :)"
fi
function @NAME@ {
    if [[ -z "${@SOURCE@-}" ]]; then
        command cacheback run @OPTIONS@-- @NAME@ "$@"
        return
    fi
    set -- -c "$@SOURCE@"$'\n@NAME@ "$@"' @NAME@ "$@"
    [[ ! -o errexit ]] || set -- -o errexit "$@"
    [[ ! -o nounset ]] || set -- -o nounset "$@"
    [[ ! -o pipefail ]] || set -- -o pipefail "$@"
    [[ ! -o extendedglob ]] || set -- -o extendedglob "$@"
    [[ ! -o nullglob ]] || set -- -o nullglob "$@"
    [[ ! -o shwordsplit ]] || set -- -o shwordsplit "$@"
    [[ ! -o ksharrays ]] || set -- -o ksharrays "$@"
    command cacheback run @OPTIONS@-- zsh -f "$@"
}
