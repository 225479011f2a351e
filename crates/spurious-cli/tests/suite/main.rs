//! The program as a person uses it: a file for each side of it. They are one test program, because each is linked for itself.

mod bad_data;
mod bad_input;
mod common;
mod config;
mod contract;
mod data_commands;
mod explore;
mod ordinary_files;
mod snapshots;
mod sweep;
mod terminal;
