//! The program as its users meet it: real processes, each test in a home of its own, one file a feature.

mod common;

mod database;
mod delete;
mod exit_status;
mod fetching;
mod freshness;
mod invalidate;
mod key;
mod real_commands;
mod run;
mod shells;
mod status_line;
mod stdin;
mod usage_errors;
