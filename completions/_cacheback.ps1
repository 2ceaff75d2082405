
Register-ArgumentCompleter -Native -CommandName cacheback -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $prev = $env:_CACHEBACK_COMPLETE;
    $env:_CACHEBACK_COMPLETE = "powershell";

    $args = $commandAst.Extent.Text
    $args = $args.Substring(0, [math]::Min($cursorPosition, $args.Length));
    if ($wordToComplete -eq "") {
        $args += " ''";
    }

    $results = Invoke-Expression @"
& cacheback -- $args
"@;
    if ($null -eq $prev) {
        Remove-Item Env:\_CACHEBACK_COMPLETE;
    } else {
        $env:_CACHEBACK_COMPLETE = $prev;
    }
    $results | ForEach-Object {
        $split = $_.Split("`t");
        $cmd = $split[0];

        if ($split.Length -eq 2) {
            $help = $split[1];
        }
        else {
            $help = $split[0];
        }

        [System.Management.Automation.CompletionResult]::new($cmd, $cmd, 'ParameterValue', $help)
    }
};
        
