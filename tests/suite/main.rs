//! The program as its users meet it: real processes, each test in a home of its own, one file a feature.

mod common;

mod broken_pipe;
mod crash;
mod database;
mod delete;
mod depends_on;
mod descriptors;
mod exit_status;
mod failing_refresh;
mod failure_ttl;
mod faults;
mod faults_of_the_machine;
mod fetching;
mod flights;
mod freshness;
mod invalidate;
mod key;
mod limits;
mod list;
mod memory;
mod overtaken;
mod process_result;
mod readme;
mod real_commands;
mod run;
mod set_and_peek;
mod shells;
mod show;
mod signals;
mod status_line;
mod stdin;
mod tags;
mod terminal;
mod transcript_order;
mod usage_errors;
