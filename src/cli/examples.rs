//! The examples at the end of each help page; the manual pages show the same.

pub const CACHEBACK: &str = "\
Example:
  cacheback run --ttl 5m --async -- kubectl get pods

`cacheback run --help` explains every option, `cacheback man run | man -l -` is the manual.";

pub const RUN: &str = "\
Examples:
  cacheback run --ttl 1h -- curl -fsS https://example.org/rates.json
  cacheback run --ttl 30s --async --cwd -- git status --short
  cacheback run --ttl 1d --shell 'find . -name \"*.rs\" | xargs wc -l' ";

pub const INVALIDATE: &str = "\
Examples:
  cacheback invalidate -- kubectl get pods
  cacheback invalidate --match 'kubectl get *'";

pub const DELETE: &str = "\
Examples:
  cacheback delete -- kubectl get pods
  cacheback delete --all";

pub const COMPLETIONS: &str = "\
Example:
  cacheback completions bash > ~/.local/share/bash-completion/completions/cacheback";

pub const MAN: &str = "\
Example:
  cacheback man run | man -l -";
