//! Results that hosts share by way of a server.

mod barriers;
mod damaged;
mod doctor;
mod epochs;
mod explain;
mod failures;
mod full_server;
mod hits;
mod list;
mod local_fence;
mod lost_answers;
mod one_run;
mod readers;
mod refreshes;
mod replicas;
mod settings;
mod slow_reader;
mod stats;
