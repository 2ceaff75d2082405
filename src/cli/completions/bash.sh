
# Sets `at` to the place among COMP_WORDS of the first argument of `subcommand`, unless the cursor stands before it.
_cacheback_arguments() {
    subcommand= at=1
    while ((at < COMP_CWORD)); do
        case ${COMP_WORDS[at]} in
            --)
                ((at += 1))
                [[ -n $subcommand ]]
                return
                ;;
            @VALUED@)
                if [[ ${COMP_WORDS[at + 1]-} == = ]]; then ((at += 3)); else ((at += 2)); fi
                # A value with one of these in it is several words to bash.
                while ((at < COMP_CWORD)) && [[ ${COMP_WORDS[at]} =~ ^[:=]+$ ]]; do ((at += 2)); done
                ;;
            -*)
                ((at += 1))
                ;;
            *)
                [[ -z $subcommand ]] || return 0
                subcommand=${COMP_WORDS[at]}
                ((at += 1))
                ;;
        esac
    done
    ((at == COMP_CWORD)) && [[ -n $subcommand && ${COMP_WORDS[at]-} != -* ]]
}

# Completes what begins with the word at $1 as if it stood alone.
_cacheback_command() {
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
        return
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
        return
    fi
    local i option spec
    for ((i = 0; i < $1; i++)); do
        COMP_LINE=${COMP_LINE#*"${COMP_WORDS[i]}"}
    done
    while [[ $COMP_LINE == [[:space:]]* ]]; do COMP_LINE=${COMP_LINE#?}; done
    COMP_POINT=${#COMP_LINE}
    COMP_WORDS=("${COMP_WORDS[@]:$1}")
    ((COMP_CWORD -= $1))
    if ((COMP_CWORD == 0)); then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[0]}" | sort -u)
        return
    fi
    spec=$(complete -p -- "${COMP_WORDS[0]}" 2>/dev/null || complete -p -- "${COMP_WORDS[0]##*/}" 2>/dev/null) || return
    for option in bashdefault default dirnames filenames noquote nosort nospace plusdirs; do
        if [[ $spec == *" -o $option "* ]]; then compopt -o "$option"; fi
    done
    if [[ $spec =~ ' -F '([^ ]+) ]]; then
        "${BASH_REMATCH[1]}" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    else
        spec=${spec#complete }
        mapfile -t COMPREPLY < <(eval "compgen ${spec% *}" '-- "${COMP_WORDS[COMP_CWORD]}"')
    fi
}

# Sets `value` to what the shell would make of the word $1, unless that takes more than to unquote it and to look up
# variables: nothing is run.
_cacheback_value() {
    local name='\$([A-Za-z_][A-Za-z_0-9]*|\{[A-Za-z_][A-Za-z_0-9]*\})'
    local bare='[^][:space:]$`"'\''\&;|<>(){}*?!#[]'
    local quoted="'[^']*'|\"([^\"\$\`\\\\]|\\\\.|$name)*\""
    value=$1
    if [[ $1 =~ ^($bare|\\.|$quoted|$name)*$ ]]; then eval "value=$1"; fi
}

# Sets `words` to the words between the program's name and the cursor.
_cacheback_before() {
    local i glue=yes value
    local -a raw=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        # A word with one of these in it is several words to bash.
        if [[ ${COMP_WORDS[i]} =~ ^[:=]+$ && ${#raw[@]} -gt 0 ]]; then
            raw[-1]+=${COMP_WORDS[i]} glue=yes
        elif [[ -n $glue && ${#raw[@]} -gt 0 ]]; then
            raw[-1]+=${COMP_WORDS[i]} glue=
        else
            raw+=("${COMP_WORDS[i]}") glue=
        fi
    done
    words=()
    for i in "${raw[@]}"; do
        _cacheback_value "$i"
        words+=("$value")
    done
}

# Completes the word $2 from what the program knows of $1, quoted as the word is so far.
_cacheback_candidates() {
    local value=$2 quote=${COMP_WORDS[COMP_CWORD]:0:1} i
    local -a words
    _cacheback_before
    [[ $quote == [\'\"] ]] || _cacheback_value "$2"
    mapfile -t COMPREPLY < <(cacheback __complete "$1" "$value" "${words[@]}" 2>/dev/null | cut -f1)
    for i in "${!COMPREPLY[@]}"; do
        case $quote in
            \') COMPREPLY[i]=${COMPREPLY[i]//\'/"'\''"} ;;
            \") COMPREPLY[i]=$(printf %s "${COMPREPLY[i]}" | sed 's/["$`\\]/\\&/g') ;;
            *) printf -v "COMPREPLY[i]" %q "${COMPREPLY[i]}" ;;
        esac
    done
}

# Completes an argument of a subcommand that takes an id or a command.
_cacheback_id_or_command() {
    local -a ids=()
    if ((at == COMP_CWORD)) && [[ $cur =~ ^[0-9A-Fa-f]*$ ]]; then
        _cacheback_candidates ids "$cur"
        # All commands there are would hide the ids.
        if [[ -z $cur && ${#COMPREPLY[@]} -gt 0 ]]; then return; fi
        ids=("${COMPREPLY[@]}")
        COMPREPLY=()
    fi
    _cacheback_command "$at"
    COMPREPLY+=("${ids[@]}")
}

_cacheback() {
    local at subcommand cur=$2 option=$3
    if _cacheback_arguments; then
        case $subcommand in
@ARGUMENTS@
        esac
    fi
    if [[ $cur == = ]]; then
        cur=
    elif [[ $option == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case $option in
        --id) _cacheback_candidates ids "$cur" ;;
        --job) _cacheback_candidates jobs "$cur" ;;
        *) _cacheback_words "$@" ;;
    esac
}
