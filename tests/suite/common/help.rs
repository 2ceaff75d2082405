//! What a help text lists, so that no test has a list of its own.

/// The subcommands that `cacheback --help` lists, without `help` itself.
pub fn subcommands(help: &str) -> Vec<String> {
    let list = help.split_once("Commands:\n").expect("a list of subcommands").1;
    let entries = list.lines().map_while(|line| line.strip_prefix("  ")).filter(|entry| !entry.starts_with(' '));
    let names = entries.filter_map(|entry| entry.split(' ').next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// The options in the help of a subcommand, in each of their spellings but for aliases.
pub fn options(help: &str) -> Vec<String> {
    let entries = help.lines().filter(|line| line.starts_with("  -") || line.starts_with("      --"));
    let spellings = entries.flat_map(|entry| entry.split_whitespace().take_while(|word| word.starts_with('-')));
    let options: Vec<String> = spellings.map(|spelling| spelling.trim_end_matches(',').to_owned()).collect();
    assert!(options.iter().any(|option| option == "--help"), "no list of options: {help}");
    options
}
