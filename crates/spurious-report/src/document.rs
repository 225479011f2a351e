//! What reports are made of: chapters of text, pictures and tables, with the data behind them.

use spurious_plot::Figure;

use crate::File;
use crate::html;
use crate::sheet::Sheet;

/// A picture with its caption.
#[derive(Debug)]
pub(crate) struct Picture {
    /// Name of its files without folder and ending.
    pub(crate) name: &'static str,
    pub(crate) figure: Figure,
    /// What it shows, with markup.
    pub(crate) caption: String,
    /// The sheets that it is drawn from.
    pub(crate) sheets: &'static [&'static str],
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
    /// The sheet with its numbers.
    pub(crate) sheet: Option<&'static str>,
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

    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Text(text.into()));
        self
    }

    pub(crate) fn formula(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Formula(text.into()));
        self
    }

    pub(crate) fn heading(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Heading(text.into()));
        self
    }

    pub(crate) fn picture(
        mut self,
        name: &'static str,
        figure: Figure,
        sheets: &'static [&'static str],
        caption: impl Into<String>,
    ) -> Self {
        self.blocks.push(Block::Picture(Box::new(Picture { name, figure, caption: caption.into(), sheets })));
        self
    }

    pub(crate) fn grid(mut self, grid: Grid) -> Self {
        self.blocks.push(Block::Grid(grid));
        self
    }
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
    /// The first one stands above the table of contents.
    pub(crate) chapters: Vec<Chapter>,
    pub(crate) sheets: Vec<Sheet>,
    /// Settings that it was made with: name and value.
    pub(crate) settings: Vec<(String, String)>,
    /// What readers of the files should know; empty for nothing.
    pub(crate) note: &'static str,
}

impl Document {
    /// All pictures in their order.
    fn pictures(&self) -> impl Iterator<Item = &Picture> {
        self.chapters.iter().flat_map(|chapter| &chapter.blocks).filter_map(|block| match block {
            Block::Picture(picture) => Some(&**picture),
            _ => None,
        })
    }

    /// The page, its pictures, the data behind them, every number, and the command that makes it again.
    pub(crate) fn files(&self, results: String, command_line: &str, version: &str) -> Vec<File> {
        let file = |path: String, bytes: Vec<u8>| File { path, bytes };
        let mut files = vec![file("index.html".into(), html::page(self, command_line, version).into())];
        for picture in self.pictures() {
            files.push(file(format!("figures/{}.svg", picture.name), picture.figure.to_svg_file().into()));
            files.push(file(format!("figures/{}.pdf", picture.name), picture.figure.to_pdf()));
        }
        for sheet in &self.sheets {
            files.push(file(format!("data/{}.csv", sheet.name), sheet.to_csv().into()));
        }
        files.push(file("results.json".into(), results.into()));
        files.push(file("command.txt".into(), format!("{command_line}\n").into()));
        files
    }
}
