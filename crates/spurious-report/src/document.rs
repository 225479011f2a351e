//! What reports are made of: chapters of text, pictures and tables, and the CSV files behind them.

use spurious::export::Table;
use spurious_plot::Figure;

use crate::File;
use crate::page;

/// Width of figures on narrow screens, in pt. On a telephone, 390 px wide, the text of the page is 350 px wide: a figure is
/// shown 1.6 times as large as it is, and its smallest letters, indices of 5.6 pt, are 9 px high.
pub(crate) const NARROW: f64 = 216.0;

/// The explorer, beside the page that links to it.
pub(crate) const EXPLORER: &str = "explorer.html";

/// A picture with its caption.
#[derive(Debug)]
pub(crate) struct Picture {
    /// Name of its files without folder and ending.
    pub(crate) name: &'static str,
    pub(crate) figure: Figure,
    /// The same for narrow screens.
    pub(crate) narrow: Figure,
    /// What it shows, with markup.
    pub(crate) caption: String,
    /// The sheets that it is drawn from.
    pub(crate) sheets: Vec<&'static str>,
    /// The state with which the explorer shows the same and lets it be changed, as its address has it.
    pub(crate) explored: Option<String>,
}

/// A table of the page; text with markup.
#[derive(Debug)]
pub(crate) struct Grid {
    pub(crate) caption: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    /// So many columns at the left name the row.
    pub(crate) headers: usize,
    /// Whether the cells are numbers, which are set right.
    pub(crate) numeric: bool,
    /// The sheets with its numbers.
    pub(crate) sheets: Vec<&'static str>,
}

impl Grid {
    /// A table of numbers without a caption, whose first columns name the row.
    pub(crate) fn new(headers: usize, columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        let (rows, caption, sheets) = (rows.into_iter().collect(), String::new(), Vec::new());
        Self { caption, columns, rows, headers, numeric: true, sheets }
    }
}

/// What a chapter is made of.
#[derive(Debug)]
pub(crate) enum Block {
    /// A paragraph.
    Text(String),
    /// A formula on a line of its own.
    Formula(String),
    /// A heading within the chapter.
    Heading(String),
    /// A picture.
    Picture(Box<Picture>),
    /// A table.
    Grid(Grid),
}

/// A chapter.
#[derive(Debug)]
pub(crate) struct Chapter {
    /// Its anchor on the page.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) blocks: Vec<Block>,
}

impl Chapter {
    pub(crate) fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title, blocks: Vec::new() }
    }

    /// Adds a paragraph, if there is anything in it.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        let text = text.into().trim().to_owned();
        if !text.is_empty() {
            self.blocks.push(Block::Text(text));
        }
        self
    }

    /// Adds a picture that is drawn from the sheets named.
    pub(crate) fn picture(
        mut self,
        name: &'static str,
        figure: Figure,
        sheets: &[&'static str],
        caption: impl Into<String>,
    ) -> Self {
        self.blocks.push(Block::Picture(Box::new(Picture {
            name,
            narrow: figure.narrowed(NARROW),
            figure,
            caption: caption.into(),
            sheets: sheets.to_vec(),
            explored: None,
        })));
        self
    }

    /// Adds a table whose numbers are in the sheet named.
    pub(crate) fn grid(mut self, grid: Grid, sheet: &'static str, caption: impl Into<String>) -> Self {
        self.blocks.push(Block::Grid(Grid { caption: caption.into(), sheets: vec![sheet], ..grid }));
        self
    }
}

/// A CSV file.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// Name of the file without folder and ending.
    pub(crate) name: &'static str,
    pub(crate) table: Table,
}

/// A CSV file with a row for each item: the names of its columns, each a field of the item or with an expression.
///
/// ```text
/// sheet!("limit", &many.curve, p => criticality, critical_angle: p.angle, probability)
/// ```
macro_rules! sheet {
    (@value $row:ident $column:ident) => { $row.$column };
    (@value $row:ident $column:ident $value:expr) => { $value };
    (@rows $name:expr, $rows:expr, $row:pat => $($column:ident $value:expr),+) => {{
        use spurious::export::{Column, Table, Value};
        let mut table = Table::new(vec![$(Column::hidden(stringify!($column))),+]);
        for $row in $rows {
            table.push(vec![$(Value::from($value)),+]);
        }
        $crate::document::Sheet { name: $name, table }
    }};
    ($name:expr, $rows:expr, $row:ident => $($column:ident $(: $value:expr)?),+ $(,)?) => {
        sheet!(@rows $name, $rows, $row => $($column sheet!(@value $row $column $($value)?)),+)
    };
    ($name:expr, $rows:expr, $row:pat => $($column:ident : $value:expr),+ $(,)?) => {
        sheet!(@rows $name, $rows, $row => $($column $value),+)
    };
}
pub(crate) use sheet;

/// A part of a report: its chapters, and the files behind them.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) chapters: Vec<Chapter>,
    pub(crate) sheets: Vec<Sheet>,
}

/// A whole report.
#[derive(Debug)]
pub(crate) struct Document {
    /// Title of the window.
    pub(crate) title: String,
    /// Title on the page.
    pub(crate) heading: String,
    pub(crate) subtitle: String,
    /// What it is about: a paper, a file.
    pub(crate) source: String,
    /// Rules for the page beside those of all reports.
    pub(crate) style: &'static str,
    /// The first chapter stands above the table of contents.
    pub(crate) parts: Vec<Part>,
    /// Settings that it was made with: name and value.
    pub(crate) settings: Vec<(&'static str, String)>,
    /// What readers of the files should know.
    pub(crate) note: &'static str,
}

impl Document {
    pub(crate) fn chapters(&self) -> impl Iterator<Item = &Chapter> {
        self.parts.iter().flat_map(|part| &part.chapters)
    }

    pub(crate) fn sheets(&self) -> impl Iterator<Item = &Sheet> {
        self.parts.iter().flat_map(|part| &part.sheets)
    }

    /// The page, its pictures, the data behind them, every number, and the command that makes it again.
    pub(crate) fn files(&self, results: String, command_line: &str, version: &str) -> Vec<File> {
        let file = |path: String, bytes: Vec<u8>| File { path, bytes };
        let mut files = vec![file("index.html".into(), page::html(self, command_line, version).into())];
        for block in self.chapters().flat_map(|chapter| &chapter.blocks) {
            if let Block::Picture(picture) = block {
                let Picture { name, figure, .. } = &**picture;
                files.push(file(format!("figures/{name}.svg"), figure.to_svg_file().into()));
                files.push(file(format!("figures/{name}.pdf"), figure.to_pdf()));
            }
        }
        for Sheet { name, table } in self.sheets() {
            files.push(file(format!("data/{name}.csv"), table.to_csv().into()));
        }
        let is_explored =
            |block: &Block| matches!(block, Block::Picture(picture) if picture.explored.is_some());
        if self.chapters().flat_map(|chapter| &chapter.blocks).any(is_explored) {
            files.push(file(EXPLORER.into(), spurious_web::PAGE.into()));
        }
        files.push(file("results.json".into(), results.into()));
        files.push(file("command.txt".into(), format!("{command_line}\n").into()));
        files
    }
}
