//! The report in words: chapters of text, pictures and tables, with every number taken from the data.

mod beginning;
mod many_patches;
mod runs;
mod table1;
mod ways_out;

use spurious_plot::Figure;

use crate::Reproduction;
use crate::sheet::Sheet;
use crate::sheets;

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
    fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title, blocks: Vec::new() }
    }

    fn text(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Text(text.into()));
        self
    }

    fn formula(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Formula(text.into()));
        self
    }

    fn heading(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Heading(text.into()));
        self
    }

    fn picture(
        mut self,
        name: &'static str,
        figure: Figure,
        sheets: &'static [&'static str],
        caption: impl Into<String>,
    ) -> Self {
        self.blocks.push(Block::Picture(Box::new(Picture { name, figure, caption: caption.into(), sheets })));
        self
    }

    fn grid(mut self, grid: Grid) -> Self {
        self.blocks.push(Block::Grid(grid));
        self
    }
}

/// The whole report.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) chapters: Vec<Chapter>,
    pub(crate) sheets: Vec<Sheet>,
}

impl Story {
    pub(crate) fn new(reproduction: &Reproduction) -> Self {
        let chapters = vec![
            beginning::summary(reproduction),
            beginning::model(),
            table1::chapter(reproduction),
            runs::two_phases(reproduction),
            runs::trapped(reproduction),
            runs::landscape(reproduction),
            ways_out::four_signs(reproduction),
            ways_out::antipodal(reproduction),
            many_patches::chapter(reproduction),
        ];
        Self { chapters, sheets: sheets::all(reproduction) }
    }

    /// All pictures in their order.
    pub(crate) fn pictures(&self) -> impl Iterator<Item = &Picture> {
        self.chapters.iter().flat_map(|chapter| &chapter.blocks).filter_map(|block| match block {
            Block::Picture(picture) => Some(&**picture),
            _ => None,
        })
    }
}
