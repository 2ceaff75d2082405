//! What the library must leave as it was in its host.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// What must be the same afterwards.
#[derive(Debug, PartialEq, Eq)]
pub struct Host {
    /// Signal masks of this thread and dispositions of the process, as the kernel writes them.
    pub signals: Vec<String>,
    descriptors: BTreeSet<String>,
    environment: Vec<(String, String)>,
    children: String,
    directory: PathBuf,
    threads: usize,
}

impl Host {
    pub fn now() -> Self {
        let status = fs::read_to_string("/proc/thread-self/status").expect("/proc");
        let is_of_signals = |line: &&str| ["SigBlk", "SigIgn", "SigCgt"].iter().any(|name| line.starts_with(name));
        let descriptors = fs::read_dir("/proc/self/fd").expect("/proc").filter_map(|entry| {
            let path = entry.ok()?.path();
            // The descriptor of this very listing is gone by now.
            Some(format!("{} {}", path.file_name()?.to_str()?, fs::read_link(&path).ok()?.display()))
        });
        let text = |words: (std::ffi::OsString, std::ffi::OsString)| {
            (words.0.to_string_lossy().into_owned(), words.1.to_string_lossy().into_owned())
        };
        let tasks: Vec<_> = fs::read_dir("/proc/self/task").expect("/proc").flatten().collect();
        let children = tasks.iter().map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default());
        Self {
            signals: status.lines().filter(is_of_signals).map(str::to_owned).collect(),
            descriptors: descriptors.collect(),
            environment: std::env::vars_os().map(text).collect(),
            children: children.collect(),
            directory: std::env::current_dir().expect("a working directory"),
            threads: tasks.len(),
        }
    }

    /// The host, once a thread that has been joined is gone from `/proc` as well.
    pub fn settled(expected: &Self) -> Self {
        let end = Instant::now() + Duration::from_secs(5);
        loop {
            let now = Self::now();
            if now == *expected || Instant::now() > end {
                return now;
            }
            thread::yield_now();
        }
    }
}
