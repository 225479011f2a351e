//! `--config FILE.toml`: flags from a file.
//!
//! The command line is parsed first. An entry of the file then applies if nothing that was typed stands against it: neither
//! the same flag nor one that excludes it. What applies is put beside what was typed, and the whole is parsed again, so that
//! flags from a file are read by the same parsers, and a required flag may stand in either place. Keys are flag names, with
//! `-` or `_`. A table named after a command holds entries for that command alone, which win over those above all tables.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::builder::Resettable;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, Id};
use toml::Value;

use crate::args::Cli;
use crate::failure::Failure;
use crate::usage;

/// Configuration files are short; a larger one is a mistake.
const LARGEST_FILE: u64 = 1 << 20;

/// Flags that belong on the command line.
const TYPED_ONLY: [&str; 3] = ["config", "help", "version"];

/// What the command line and the configuration file that it may name ask for.
pub(crate) fn matches(arguments: &[OsString]) -> Result<ArgMatches, Failure> {
    let asked = with_file(arguments)?;
    Ok(Cli::line().try_get_matches_from(asked.as_deref().unwrap_or(arguments))?)
}

/// The command line with what applies of its configuration file, if it names one. A line with a mistake is left as it is.
fn with_file(arguments: &[OsString]) -> Result<Option<Vec<OsString>>, Failure> {
    let mut line = relaxed(Cli::line());
    let Ok(typed) = line.try_get_matches_from_mut(arguments) else { return Ok(None) };
    let (Some(path), Some((name, typed))) = (typed.get_one::<PathBuf>("config"), typed.subcommand()) else {
        return Ok(None);
    };
    let Some(command) = line.find_subcommand(name) else { return Ok(None) };
    let in_file = |problem: String| Failure::Input(format!("{}: {problem}", path.display()));
    let [general, own] = entries(&line, command, read(path).map_err(in_file)?).map_err(in_file)?;

    let mut asked = typed_flags(command, typed);
    for entries in [own, general] {
        let applies = |entry: &Entry<'_>| !asked.iter().any(|above| above.excludes(entry, command));
        let below: Vec<_> = entries.into_iter().filter(applies).collect();
        asked.extend(below);
    }
    let program = arguments.first().map_or_else(|| "spurious".into(), OsString::clone);
    let flags = asked.into_iter().flat_map(|entry| entry.words);
    let files = command.get_positionals().filter_map(|arg| typed.get_raw(arg.get_id().as_str()));
    let files: Vec<_> = files.flatten().map(OsStr::to_owned).collect();
    let separator = (!files.is_empty()).then(|| "--".into());
    Ok(Some([program, name.into()].into_iter().chain(flags).chain(separator).chain(files).collect()))
}

/// The command line without what is required: that may come from the file.
fn relaxed(line: Command) -> Command {
    let free = |arg: Arg| arg.required(false).requires(Resettable::<Id>::Reset);
    line.mut_subcommands(move |command| command.mut_args(free))
}

/// A flag that was given.
struct Entry<'a> {
    arg: &'a Arg,
    /// The flag and its values, as they would be typed.
    words: Vec<OsString>,
}

impl Entry<'_> {
    /// Whether `other` must not be given together with this one.
    fn excludes(&self, other: &Entry<'_>, command: &Command) -> bool {
        let conflict = |one: &Arg, other: &Arg| {
            command.get_arg_conflicts_with(one).iter().any(|arg| arg.get_id() == other.get_id())
        };
        self.arg.get_id() == other.arg.get_id()
            || conflict(self.arg, other.arg)
            || conflict(other.arg, self.arg)
    }
}

/// The flags that stand on the command line.
fn typed_flags<'a>(command: &'a Command, typed: &ArgMatches) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    for arg in command.get_arguments() {
        let id = arg.get_id().as_str();
        let (Some(flag), Some(ValueSource::CommandLine)) = (arg.get_long(), typed.value_source(id)) else {
            continue;
        };
        let values = typed.get_raw(id).into_iter().flatten();
        let words = match arg.get_action().takes_values() {
            true => values.map(|value| with_value(flag, value)).collect(),
            false => vec![format!("--{flag}").into()],
        };
        entries.push(Entry { arg, words });
    }
    entries
}

fn with_value(flag: &str, value: &OsStr) -> OsString {
    let mut word = OsString::from(format!("--{flag}="));
    word.push(value);
    word
}

fn read(path: &Path) -> Result<toml::Table, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut text = String::new();
    file.take(LARGEST_FILE + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(format!("more than {LARGEST_FILE} bytes are too many for a configuration file"));
    }
    text.parse().map_err(|error: toml::de::Error| error.to_string())
}

/// The entries for a command, those above all tables and those of its own table, after all others have been checked too.
fn entries<'a>(
    line: &Command,
    command: &'a Command,
    file: toml::Table,
) -> Result<[Vec<Entry<'a>>; 2], String> {
    let (tables, general): (Vec<_>, Vec<_>) = file.into_iter().partition(|(_, value)| value.is_table());
    let mut own = Vec::new();
    for (key, table) in tables {
        let Value::Table(table) = table else { continue };
        let Some(named) = line.find_subcommand(&key) else {
            return Err(format!("there is no command '{key}'{}", usage::meant(line, &key)));
        };
        if named.get_name() == command.get_name() {
            own = flags(line, command, table)?;
        } else {
            flags(line, named, table).map_err(|problem| format!("[{key}]: {problem}"))?;
        }
    }
    Ok([flags(line, command, general)?, own])
}

/// Entries of one table as flags of a command, each checked by what reads it from the command line.
fn flags<'a>(
    line: &Command,
    command: &'a Command,
    entries: impl IntoIterator<Item = (String, Value)>,
) -> Result<Vec<Entry<'a>>, String> {
    let mut found: Vec<Entry<'a>> = Vec::new();
    for (key, value) in entries {
        let arg = flag(command, &key).ok_or_else(|| unknown(line, command, &key))?;
        if found.iter().any(|entry| entry.arg.get_id() == arg.get_id()) {
            return Err(format!("'{key}' is given twice"));
        }
        if let Some(words) = words(arg, &key, &value)? {
            found.push(Entry { arg, words });
        }
    }
    let words = found.iter().flat_map(|entry| entry.words.iter().cloned());
    let words: Vec<OsString> = std::iter::once(command.get_name().into()).chain(words).collect();
    command.clone().try_get_matches_from(words).map_err(|error| usage::problem(&error))?;
    Ok(found)
}

/// The flag that a key names.
fn flag<'a>(command: &'a Command, key: &str) -> Option<&'a Arg> {
    let name = key.replace('_', "-");
    let is_named = |arg: &&Arg| {
        arg.get_long() == Some(&name) || arg.get_all_aliases().unwrap_or_default().contains(&name.as_str())
    };
    command.get_arguments().filter(|_| !TYPED_ONLY.contains(&name.as_str())).find(is_named)
}

/// An entry as it would be typed; nothing if it leaves a switch off.
fn words(arg: &Arg, key: &str, value: &Value) -> Result<Option<Vec<OsString>>, String> {
    let flag = arg.get_long().unwrap_or_default();
    match (arg.get_action().takes_values(), value) {
        (false, Value::Boolean(on)) => Ok(on.then(|| vec![format!("--{flag}").into()])),
        (false, _) => Err(format!("'{key}' is on or off: use true or false")),
        (true, value) => match scalar_or_list(value) {
            Some(text) => Ok(Some(vec![with_value(flag, text.as_ref())])),
            None => Err(format!("'{key}' is neither a number, a text nor a list of them")),
        },
    }
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

/// A key that names no flag of a command.
fn unknown(line: &Command, command: &Command, key: &str) -> String {
    let long = format!("--{}", key.replace('_', "-"));
    if TYPED_ONLY.contains(&&long[2..]) {
        return format!("'{key}' belongs on the command line");
    }
    let others: Vec<String> = line
        .get_subcommands()
        .filter(|other| flag(other, key).is_some())
        .map(|other| format!("[{}]", other.get_name()))
        .collect();
    if others.is_empty() {
        format!("there is no option '{long}'{}", usage::meant(command, &long))
    } else {
        let name = command.get_name();
        format!(
            "'{name}' has no option '{long}': put '{key}' into the table of a command that has it, {}",
            others.join(" or ")
        )
    }
}
