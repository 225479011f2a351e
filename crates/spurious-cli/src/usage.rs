//! What is wrong with a command line, or with a configuration file, in the words of the program.

use clap::Command;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// One sentence on what is wrong, and what may have been meant.
pub(crate) fn problem(error: &Error) -> String {
    let of = |kind| error.get(kind).map(ContextValue::to_string).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let word = of(ContextKind::InvalidArg);
            let what = if word.starts_with('-') { "there is no option" } else { "there is no place for" };
            format!("{what} '{word}'{}", suggestion(error))
        }
        ErrorKind::InvalidSubcommand => {
            format!("there is no command '{}'{}", of(ContextKind::InvalidSubcommand), suggestion(error))
        }
        ErrorKind::MissingRequiredArgument => format!("missing: {}", of(ContextKind::InvalidArg)),
        _ => {
            let text = error.render().to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            let ends = ["\n\nUsage:", "\n\nFor more information"].iter().filter_map(|mark| text.find(mark));
            text[..ends.min().unwrap_or(text.len())].trim_end().to_owned()
        }
    }
}

/// What may have been meant by a word that a command does not know.
pub(crate) fn meant(command: &Command, word: &str) -> String {
    let parsed = command.clone().try_get_matches_from([command.get_name(), word]);
    parsed.err().map(|error| suggestion(&error)).unwrap_or_default()
}

fn suggestion(error: &Error) -> String {
    let meant = error.get(ContextKind::SuggestedArg).or_else(|| error.get(ContextKind::SuggestedSubcommand));
    match meant {
        Some(ContextValue::String(meant)) => format!(": did you mean '{meant}'?"),
        Some(ContextValue::Strings(meant)) if !meant.is_empty() => {
            format!(": did you mean '{}'?", meant.join("' or '"))
        }
        _ => String::new(),
    }
}
