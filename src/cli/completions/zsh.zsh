(( $+functions[_cacheback_ids] )) ||
_cacheback_ids() {
    _cacheback_candidates ids id ${(Q)PREFIX}
}
(( $+functions[_cacheback_jobs] )) ||
_cacheback_jobs() {
    _cacheback_candidates jobs job
}
# The arguments of `get`: a job, and the values of its parameters.
(( $+functions[_cacheback_job_and_values] )) ||
_cacheback_job_and_values() {
    if (( CURRENT == 1 )); then _cacheback_jobs; else _default; fi
}
# The arguments of a subcommand that takes an id or a command.
(( $+functions[_cacheback_id_or_command] )) ||
_cacheback_id_or_command() {
    local ret=1
    if (( CURRENT == 1 )) && [[ -z ${PREFIX//[[:xdigit:]]/} ]]; then
        _cacheback_ids && ret=0
        # All commands there are would hide the ids.
        if [[ -z $PREFIX && ret -eq 0 ]]; then return 0; fi
    fi
    _normal && ret=0
    return ret
}
# Offers what the program knows of $1, each called a $2, that begins with $3.
(( $+functions[_cacheback_candidates] )) ||
_cacheback_candidates() {
    local line word
    local -a words_before candidates
    for word in "${(@)cacheback_line}"; do
        if [[ $word == \~/* ]]; then word=$HOME${word#\~}; fi
        word=${(Q)word}
        # Variables are looked up, but nothing is run.
        if [[ $word != *[\`\(\{]* ]]; then word=${(e)word}; fi
        words_before+=("$word")
    done
    for line in ${(f)"$(_call_program $1 cacheback __complete $1 "${(q)3}" "${(@q)words_before}" 2>/dev/null)"}; do
        line=${line//\\/\\\\}
        candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    _describe -t $1 $2 candidates
}
