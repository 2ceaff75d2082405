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

# Quotes the candidate $1 as the word at the cursor is quoted so far, into `value`.
_cacheback_quoted() {
    case ${COMP_WORDS[COMP_CWORD]:0:1} in
        \') value=${1//\'/"'\''"} ;;
        \") value=$(printf %s "$1" | sed 's/["$`\\]/\\&/g') ;;
        *) printf -v value %q "$1" ;;
    esac
}

# Completes the word at the cursor with what the program answers for the words up to it.
_cacheback() {
    local i line value piece before command= glue=
    local -a raw=() starts=() words=() lines=() found=()
    for ((i = 0; i < COMP_CWORD; i++)); do
        # A word with one of these in it is several words to bash.
        if [[ ${COMP_WORDS[i]} =~ ^[:=]+$ ]]; then
            raw[-1]+=${COMP_WORDS[i]} glue=yes
        elif [[ -n $glue ]]; then
            raw[-1]+=${COMP_WORDS[i]} glue=
        else
            raw+=("${COMP_WORDS[i]}") starts+=("$i")
        fi
    done
    piece=$2 before=
    if [[ ${COMP_WORDS[COMP_CWORD]} =~ ^[:=]+$ ]]; then
        before=${raw[-1]}${COMP_WORDS[COMP_CWORD]} piece=
    elif [[ -n $glue && -n $2 ]]; then
        before=${raw[-1]}
    fi
    if [[ -n $before ]]; then unset 'raw[-1]'; else starts+=("$COMP_CWORD"); fi
    for i in "${raw[@]}" "$before"; do
        _cacheback_value "$i"
        words+=("$value")
    done
    value=$piece
    [[ ${COMP_WORDS[COMP_CWORD]:0:1} == [\'\"] ]] || _cacheback_value "$piece"
    before=${words[-1]}
    words[-1]+=$value
    mapfile -t lines < <(_CACHEBACK_COMPLETE=bash cacheback -- "${words[@]}" 2>/dev/null)
    for line in "${lines[@]}"; do
        case $line in
            *$'\t'*)
                line=${line%%$'\t'*}
                _cacheback_quoted "${line#"$before"}"
                found+=("$value")
                ;;
            'command '*) command=${starts[${line#* }]} ;;
            files) compopt -o default ;;
        esac
    done
    COMPREPLY=()
    if [[ -n $command ]]; then _cacheback_command "$command"; fi
    COMPREPLY+=("${found[@]}")
}

complete -o nosort -F _cacheback cacheback 2>/dev/null || complete -F _cacheback cacheback
