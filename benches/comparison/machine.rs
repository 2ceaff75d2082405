//! The machine that the figures were measured on.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The machine and the programs, in words.
#[derive(Clone, Debug)]
pub struct Machine {
    facts: Vec<(&'static str, String)>,
}

impl Machine {
    /// As it is now; `directory` is where the caches are.
    pub fn describe(directory: &Path) -> Self {
        let mut facts = vec![
            ("date", output("date", &["-u", "+%Y-%m-%dT%H:%M:%SZ"])),
            ("cpu", field("/proc/cpuinfo", "model name")),
            ("cores", std::thread::available_parallelism().map_or(String::new(), |cores| cores.to_string())),
            ("memory", field("/proc/meminfo", "MemTotal")),
            ("kernel", output("uname", &["-sr"])),
            ("file system", output("stat", &["-f", "-c", "%T", &directory.to_string_lossy()])),
            ("load before", load().map_or(String::new(), |load| load.to_string())),
        ];
        let versions = fs::read_to_string(directory.join("built/versions")).unwrap_or_default();
        for (name, line) in ["cacheback", "bkt", "rustc"].into_iter().zip(versions.lines()) {
            facts.push((name, line.to_owned()));
        }
        Self { facts }
    }

    /// Whether other processes use the machine.
    pub fn is_busy() -> bool {
        load().is_some_and(|load| load > 0.5)
    }

    pub fn facts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.facts.iter().map(|(name, fact)| (*name, fact.as_str()))
    }
}

fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    output.map_or(String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn field(path: &str, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).and_then(|line| line.split_once(':'));
    line.map_or(String::new(), |(_, value)| value.trim().to_owned())
}

/// How many processes wanted a core during the last minute.
fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}
