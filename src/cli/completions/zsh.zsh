(( $+functions[_cacheback_ids] )) ||
_cacheback_ids() {
    _cacheback_candidates ids id
}
(( $+functions[_cacheback_jobs] )) ||
_cacheback_jobs() {
    _cacheback_candidates jobs job
}
(( $+functions[_cacheback_candidates] )) ||
_cacheback_candidates() {
    local line
    local -a candidates
    for line in ${(f)"$(_call_program $1 cacheback __complete $1 ${(q)PREFIX} 2>/dev/null)"}; do
        candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    _describe -t $1 $2 candidates
}

