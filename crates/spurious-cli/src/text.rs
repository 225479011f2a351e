//! Text that fits the terminal.

use anstyle::Style;
use spurious::export::{Rows, Table, named, plain, wrap};

use crate::args::Global;
use crate::style::{headed, styled};

/// Where standard output is no terminal and nothing else is said.
const COLUMNS: usize = 80;
/// Less is not asked of text: a number of twelve digits with its name would not fit.
const FEWEST: usize = 24;

/// Columns that text may take: with `--wide` all that it needs, else those of the terminal, else as many as the environment
/// variable `COLUMNS` says, else 80.
pub(crate) fn width(global: &Global) -> usize {
    if global.wide {
        return usize::MAX;
    }
    let terminal = console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    let said = || std::env::var("COLUMNS").ok()?.trim().parse().ok();
    terminal.or_else(said).filter(|&columns| columns > 0).unwrap_or(COLUMNS).max(FEWEST)
}

/// A table within so many columns.
pub(crate) fn table(table: &Table, width: usize) -> String {
    let fitted = table.fitted(width);
    // Stacked, it has no heading.
    if fitted == table.to_text() { headed(&fitted) } else { fitted }
}

/// The lines with which rows begin; the last one is their heading, unless rows are lists.
pub(crate) fn heading(rows: &Rows, begin: &str) -> String {
    let last = begin.trim_end().rfind('\n').map_or(0, |end| end + 1);
    if rows.are_lists() { begin.to_owned() } else { format!("{}{}", &begin[..last], headed(&begin[last..])) }
}

/// A number of which three digits are enough.
pub(crate) fn three_digits(number: f64) -> String {
    plain(format!("{number:.2e}").parse().unwrap_or(number))
}

/// Lines of names and values below a headline. Values begin in one column and go on below where they are longer than a line.
pub(crate) struct Lines {
    text: String,
    width: usize,
}

/// Where values begin.
const VALUES: usize = 20;

impl Lines {
    pub(crate) fn new(width: usize) -> Self {
        Self { text: String::new(), width }
    }

    /// A line without a name.
    pub(crate) fn plain(&mut self, text: &str) {
        self.text += &(wrap(text, self.width).join("\n") + "\n");
    }

    /// The same with a style for one of its words, or for some of them.
    pub(crate) fn headline(&mut self, text: &str, word: &str, style: Style) {
        let text = wrap(text, self.width).join("\n");
        self.text += &(text.replacen(word, &styled(style, word), 1) + "\n");
    }

    /// A name and its value.
    pub(crate) fn line(&mut self, name: &str, value: &str) {
        self.text += &named(&format!("  {name}"), VALUES, value, self.width);
    }

    /// Lines that are already as wide as they may be, and a line between them and what follows.
    pub(crate) fn text(&mut self, text: &str) {
        self.text += &format!("{text}\n");
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}
