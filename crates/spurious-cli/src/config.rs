//! `--config FILE.toml`: flags from a file.
//!
//! The file's entries are written into the command line, before the flags that stand there, so that every flag works
//! from a file, is checked in one place, and loses to the command line. Keys are flag names, with `-` or `_`. A table
//! named after a command holds entries for that command alone.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;

use toml::Value;

use crate::args::Cli;
use crate::failure::Failure;

/// Configuration files are short; a larger one is a mistake.
const LARGEST_FILE: u64 = 1 << 20;

/// The command line with the entries of its configuration file, if it names one.
pub(crate) fn expand(arguments: Vec<OsString>) -> Result<Vec<OsString>, Failure> {
    let Some(path) = config_path(&arguments) else {
        return Ok(arguments);
    };
    let cli = Cli::line();
    let names: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
    let Some(position) = arguments.iter().position(|a| a.to_str().is_some_and(|a| names.contains(&a))) else {
        return Ok(arguments); // clap will say that a command is missing
    };
    let command = arguments[position].to_string_lossy().into_owned();
    let input = |problem: String| Failure::Input(format!("{}: {problem}", path.display()));

    let file = std::fs::File::open(&path).map_err(|error| input(error.to_string()))?;
    let mut text = String::new();
    file.take(LARGEST_FILE + 1).read_to_string(&mut text).map_err(|error| input(error.to_string()))?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(input(format!("more than {LARGEST_FILE} bytes are too many for a configuration file")));
    }
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| input(error.to_string()))?;

    let mut entries: Vec<(String, Value)> = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(inner) if names.contains(&key.as_str()) => {
                if key == command {
                    entries.extend(inner);
                }
            }
            Value::Table(_) => {
                return Err(input(format!("there is no command '{key}': use one of {}", names.join(", "))));
            }
            value => entries.push((key, value)),
        }
    }

    let known = flags(&cli, &command);
    let mut given = Vec::new();
    for (key, value) in entries {
        let flag = key.replace('_', "-");
        if !known.contains(&flag) {
            return Err(input(format!("'{command}' has no option '{key}': use one of {}", known.join(", "))));
        }
        let long = format!("--{flag}");
        let is_given = |argument: &OsString| {
            let text = argument.to_string_lossy();
            text == long || text.strip_prefix(&long).is_some_and(|rest| rest.starts_with('='))
        };
        if arguments.iter().any(is_given) {
            continue;
        }
        match value {
            Value::Boolean(true) => given.push(format!("--{flag}")),
            Value::Boolean(false) => {}
            value => {
                let text = scalar_or_list(&value).ok_or_else(|| {
                    input(format!("'{key}' is neither a number, a text nor a list of them"))
                })?;
                given.push(format!("--{flag}={text}"));
            }
        }
    }
    let mut expanded = arguments;
    expanded.splice(position + 1..position + 1, given.into_iter().map(OsString::from));
    Ok(expanded)
}

fn config_path(arguments: &[OsString]) -> Option<std::path::PathBuf> {
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if text == "--config" {
            return arguments.next().map(|path| Path::new(path).to_path_buf());
        }
        if let Some(path) = text.strip_prefix("--config=") {
            return Some(path.into());
        }
        if text == "--" {
            break;
        }
    }
    None
}

/// The names of all flags of a command, but for `config` itself.
fn flags(cli: &clap::Command, command: &str) -> Vec<String> {
    let own = cli.find_subcommand(command).into_iter().flat_map(clap::Command::get_arguments);
    let mut names: Vec<String> = own
        .chain(cli.get_arguments())
        .filter_map(|argument| argument.get_long().map(str::to_owned))
        .collect();
    names.retain(|name| !["config", "help", "version"].contains(&name.as_str()));
    names.sort();
    names.dedup();
    names
}

fn scalar_or_list(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Array(items) => {
            let items: Option<Vec<String>> =
                items.iter().map(|item| if item.is_array() { None } else { scalar_or_list(item) }).collect();
            Some(items?.join(","))
        }
        _ => None,
    }
}
