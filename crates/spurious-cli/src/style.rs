//! Bold and colour for what matters. Whoever prints leaves them out where the stream does not show them: in pipes and files, with
//! `NO_COLOR`, on terminals without colours.

use anstyle::{AnsiColor, Style};

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();

/// A text in a style.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A text whose first line, a heading or a headline, is bold.
pub(crate) fn headed(text: &str) -> String {
    match text.split_once('\n') {
        Some((first, rest)) => format!("{}\n{rest}", styled(BOLD, first)),
        None => styled(BOLD, text),
    }
}
