# cacheback memoises @NAME@. Without the cache: command @NAME@; to undo it: unset -f @NAME@
case ${@SOURCE@-}$(command -V @NAME@ 2>/dev/null || :) in
    '@NAME@ is a '*function*)
        echo "cacheback: @NAME@ is a function, whose source this shell cannot show: not memoised" >&2
        false ;;
    *)
        @SOURCE@=:
        @NAME@() {
            command cacheback run @OPTIONS@-- @NAME@ "$@"
        } ;;
esac
