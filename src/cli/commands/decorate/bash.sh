# cacheback memoises @NAME@. Without the cache: command @NAME@ (a function: CACHEBACK_DISABLE=1 @NAME@); to undo it: unset -f @NAME@; eval "${@SOURCE@-}"
if [[ $(declare -f @NAME@) != *@SOURCE@* ]]; then
    @SOURCE@=$(declare -f @NAME@ || :)
    # An exported function is called in other shells as well, which need its source.
    case $(declare -pF @NAME@ 2> /dev/null || :) in 'declare -'*x*' @NAME@') export @SOURCE@ ;; esac
fi
function @NAME@ {
    if [[ -z ${@SOURCE@-} ]]; then
        command cacheback run @OPTIONS@-- @NAME@ "$@"
        return
    fi
    command cacheback run @OPTIONS@-- bash -O extglob -c '@MARK@@NAME@'$'\n'"$@SOURCE@"$'\n@NAME@ "$@"' @NAME@ "$@"
}
