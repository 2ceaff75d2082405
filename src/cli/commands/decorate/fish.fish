# cacheback memoises @NAME@. Without the cache: command @NAME@ (a function: CACHEBACK_DISABLE=1 @NAME@); to undo it: functions -e @NAME@; echo "$@SOURCE@" | source
if not functions @NAME@ | string match -q '*@SOURCE@*'
    set -g @SOURCE@ (functions @NAME@ | string match -v '# Defined *' | string collect)
end
function @NAME@ --description 'memoised by cacheback'
    if test -z "$@SOURCE@"
        command cacheback run @OPTIONS@-- @NAME@ $argv
        return
    end
    command cacheback run @OPTIONS@-- fish --no-config -c '@MARK@@NAME@'\n"$@SOURCE@"\n'@NAME@ $argv' -- $argv
end
