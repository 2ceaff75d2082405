
set edit:completion:arg-completer[cacheback] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) _CACHEBACK_COMPLETE="elvish" cacheback -- $@words) | to-lines
}

