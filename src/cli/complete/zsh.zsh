#compdef cacheback

# Completes the word at the cursor with what the program answers for the words up to it.
_cacheback() {
    local word line command value ret=1
    local -a before candidates
    for word in "${(@)words[1,CURRENT-1]}"; do
        if [[ $word == \~/* ]]; then word=$HOME${word#\~}; fi
        word=${(Q)word}
        # Variables are looked up, but nothing is run.
        if [[ $word != *[\`\(\{]* ]]; then word=${(e)word}; fi
        before+=("$word")
    done
    compset -P '--*='
    word=$IPREFIX${${(Q)PREFIX}#[\'\"]}
    for line in "${(@f)$(_call_program cacheback _CACHEBACK_COMPLETE=zsh cacheback -- "${(@q)before}" "${(q)word}" 2>/dev/null)}"; do
        case $line in
            'command '*) command=${line#* } ;;
            files) _files && ret=0 ;;
            *$'\t'*)
                line=${${line#"$IPREFIX"}//\\/\\\\}
                value=${${line%%$'\t'*}//:/\\:}
                candidates+=("$value${${line#*$'\t'}:+:${line#*$'\t'}}")
                ;;
        esac
    done
    if (( $#candidates )); then
        _describe -t values value candidates && ret=0
    fi
    if [[ -n $command ]]; then
        words=("${(@)words[command+1,-1]}")
        (( CURRENT -= command ))
        _normal && ret=0
    fi
    return ret
}

if [[ $funcstack[1] == _cacheback ]]; then
    _cacheback "$@"
else
    compdef _cacheback cacheback
fi
