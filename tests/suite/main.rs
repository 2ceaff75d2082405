//! The program as its users meet it: real processes, each test in a home of its own, one file a feature.

mod common;

mod broken_pipe;
mod crash;
mod database;
mod delete;
mod descriptors;
mod exit_status;
mod failing_refresh;
mod faults;
mod faults_of_the_machine;
mod fetching;
mod flights;
mod freshness;
mod invalidate;
mod key;
mod limits;
mod memory;
mod overtaken;
mod readme;
mod real_commands;
mod run;
mod shells;
mod signals;
mod status_line;
mod stdin;
mod surroundings;
mod terminal;
mod transcript_order;
mod usage_errors;
