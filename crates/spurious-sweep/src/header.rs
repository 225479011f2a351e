//! What a log says of itself: which sweep it belongs to, and which part of it it holds.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use spurious::ensemble::fused_arithmetic;

use crate::error::Error;
use crate::plan::Shard;
use crate::settings::Settings;

/// Whether another machine would compute the same bits: functions such as `sin` come from the system's library, and vector
/// registers round once or twice where they multiply and add.
fn arithmetic() -> String {
    let rounding = if fused_arithmetic() { "fused" } else { "separate" };
    format!("{}-{}-{rounding}", std::env::consts::ARCH, std::env::consts::OS)
}

/// The header of a log, or without a shard that of a file of sums.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    pub(crate) program: String,
    pub(crate) arithmetic: String,
    pub(crate) shard: Option<Shard>,
    pub(crate) settings: Settings,
}

impl Header {
    pub(crate) fn new(settings: &Settings, shard: Option<Shard>) -> Self {
        Self {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            arithmetic: arithmetic(),
            shard,
            settings: settings.clone(),
        }
    }

    /// The text that stands in the file. Equal headers have equal texts.
    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("settings are numbers and lists of them")
    }

    /// The header in the file `path`.
    pub(crate) fn read(path: &Path, text: &[u8]) -> Result<Self, Error> {
        if let Ok(header) = serde_json::from_slice(text) {
            return Ok(header);
        }
        // A header of the same format with other keys is of another program.
        let program = serde_json::from_slice(text).ok().and_then(|value: Value| {
            let program = value.get("program")?;
            (program != env!("CARGO_PKG_VERSION")).then(|| shown(program))
        });
        match program {
            Some(stored) => Err(Error::Differs {
                path: path.to_owned(),
                name: "program version".to_owned(),
                stored,
                given: env!("CARGO_PKG_VERSION").to_owned(),
            }),
            None => Err(Error::NotALog { path: path.to_owned() }),
        }
    }

    /// Refuses the header `stored` of the file `path` if it is of another sweep than this one, naming what differs. The shard
    /// is not looked at.
    pub(crate) fn check_sweep(&self, stored: &Self, path: &Path) -> Result<(), Error> {
        let differs = |name: &str, stored: String, given: String| {
            Err(Error::Differs { path: path.to_owned(), name: name.to_owned(), stored, given })
        };
        if stored.program != self.program {
            return differs("program version", stored.program.clone(), self.program.clone());
        }
        if stored.arithmetic != self.arithmetic {
            return differs("kind of machine", stored.arithmetic.clone(), self.arithmetic.clone());
        }
        if stored.settings == self.settings {
            return Ok(());
        }
        let (old, new) = (serde_json::to_value(&stored.settings), serde_json::to_value(&self.settings));
        if let (Ok(Value::Object(old)), Ok(Value::Object(new))) = (old, new) {
            for (name, value) in &new {
                let before = old.get(name).unwrap_or(&Value::Null);
                if before != value {
                    return differs(&name.replace('_', " "), shown(before), shown(value));
                }
            }
        }
        Ok(())
    }
}

/// A value of a setting, in few characters.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = match value {
        Value::Null => "left out".to_owned(),
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(Value::to_string).collect::<Vec<_>>().join(","),
        value => value.to_string(),
    };
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
