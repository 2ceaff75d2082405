# cacheback memoises @NAME@. Once without: command @NAME@ (a function: CACHEBACK_DISABLE=1 @NAME@); for good: unset -f @NAME@; eval "${@SOURCE@-}"
if [[ $(declare -f @NAME@) != *@SOURCE@* ]]; then
    @SOURCE@=$(declare -f @NAME@ || :)
fi
function @NAME@ {
    if [[ -z ${@SOURCE@-} ]]; then
        command cacheback run @OPTIONS@-- @NAME@ "$@"
        return
    fi
    set -- -c "$@SOURCE@"$'\n@NAME@ "$@"' @NAME@ "$@"
    [[ ! -o errexit ]] || set -- -o errexit "$@"
    [[ ! -o nounset ]] || set -- -o nounset "$@"
    [[ ! -o pipefail ]] || set -- -o pipefail "$@"
    command cacheback run @OPTIONS@-- bash -O extglob "$@"
}
