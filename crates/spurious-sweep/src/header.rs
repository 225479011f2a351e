//! The header of a log: the sweep to which the log belongs, and the shard that it holds.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use spurious::ensemble::fused_arithmetic;
use spurious::export::VERSION;

use crate::error::{Error, Kind};
use crate::plan::Shard;
use crate::settings::SweepSettings;

/// The kind of this machine, such as `x86_64-linux-fused`. Another kind may compute other bits: functions such as `sin` come from the
/// system's library, and vector registers round once or twice in a multiply-add.
pub fn kind_of_machine() -> String {
    let rounding = if fused_arithmetic() { "fused" } else { "separate" };
    format!("{}-{}-{rounding}", std::env::consts::ARCH, std::env::consts::OS)
}

/// The version of the format of logs. Others are refused.
pub(crate) const FORMAT: u64 = 2;

/// The first line of a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    /// The first key, by which a log is recognised.
    format: u64,
    program: String,
    arithmetic: String,
    pub(crate) shard: Shard,
    pub(crate) settings: SweepSettings,
}

/// The line that extends a sweep to more runs of each cell.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Extension {
    pub(crate) runs: u64,
}

impl Header {
    /// The header that this program on this machine writes.
    pub(crate) fn new(settings: &SweepSettings, shard: Shard) -> Self {
        Self {
            format: FORMAT,
            program: VERSION.to_owned(),
            arithmetic: kind_of_machine(),
            shard,
            settings: settings.clone(),
        }
    }

    /// The text of the line. Equal headers have equal texts.
    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("settings are numbers and lists of them")
    }

    /// The header in the file `path`.
    pub(crate) fn read(path: &Path, text: &str) -> Result<Self, Error> {
        if let Ok(header) = serde_json::from_str(text) {
            return Ok(header);
        }
        // A header of the same format with other keys was written by another program.
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        let path = path.to_owned();
        Err(match value.get("program") {
            Some(program) if program != VERSION => Kind::Differs {
                path,
                name: "program version".to_owned(),
                stored: shown(program),
                given: VERSION.to_owned(),
            },
            _ => Kind::NotALog { path },
        }
        .into())
    }

    /// What another program or another kind of machine than this one is, and what this one is: such a pair may compute other bits.
    pub(crate) fn other_bits(&self, other: &Self) -> Option<[String; 2]> {
        let made_by = |header: &Self| format!("version {} on {}", header.program, header.arithmetic);
        (made_by(self) != made_by(other)).then(|| [made_by(other), made_by(self)])
    }

    /// The first setting in which this sweep differs from that of another header: its name, the other value and this one. The shard is not
    /// compared, and numbers of runs only if `runs`.
    pub(crate) fn difference(&self, other: &Self, runs: bool) -> Option<[String; 3]> {
        let differs = |name: &str, other: &Value, this: &Value| {
            (other != this).then(|| [name.replace('_', " "), shown(other), shown(this)])
        };
        let text = |text: &String| Value::from(text.as_str());
        let settings = |header: &Self| serde_json::to_value(&header.settings).unwrap_or_default();
        let (theirs, ours) = (settings(other), settings(self));
        differs("program version", &text(&other.program), &text(&self.program))
            .or_else(|| differs("kind of machine", &text(&other.arithmetic), &text(&self.arithmetic)))
            .or_else(|| {
                let mut names = ours.as_object()?.iter().filter(|(name, _)| runs || *name != "runs");
                names.find_map(|(name, value)| differs(name, &theirs[name], value))
            })
    }

    /// Refuses the header `stored` of the file `path` if this sweep cannot resume from it, naming what differs. A smaller number of runs can
    /// be extended, unless it is decided by the width of an interval.
    pub(crate) fn check_stored(&self, stored: &Self, path: &Path) -> Result<(), Error> {
        let can_grow = self.settings.until.is_none() && stored.settings.runs <= self.settings.runs;
        match self.difference(stored, !can_grow) {
            Some([name, stored, given]) => {
                Err(Kind::Differs { path: path.to_owned(), name, stored, given }.into())
            }
            None => Ok(()),
        }
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
