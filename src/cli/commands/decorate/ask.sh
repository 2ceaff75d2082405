# cacheback memoises @NAME@. Without the cache: command @NAME@ (a function: CACHEBACK_DISABLE=1 @NAME@); to undo it: unset -f @NAME@; eval "${@SOURCE@-}"
if [ -n "${ZSH_VERSION-}" ]; then
    eval "$(command cacheback decorate --shell-kind zsh @OPTIONS@-- @NAME@)"
elif [ -n "${BASH_VERSION-}" ]; then
    eval "$(command cacheback decorate --shell-kind bash @OPTIONS@-- @NAME@)"
else
    eval "$(command cacheback decorate --shell-kind sh @OPTIONS@-- @NAME@)"
fi
