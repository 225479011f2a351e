//! Chapters as text files: prose with the names of numbers, and places for pictures and tables.
//!
//! Blocks are separated by empty lines; the lines of a block are joined.
//!
//! | block | what |
//! |---|---|
//! | `# id: Title` | begins a chapter |
//! | `## Heading` | a heading within it |
//! | `= $E = mc^2$` | a formula on a line of its own |
//! | `[name: sheet, sheet] Caption` | the table of this name, and the CSV files with its numbers |
//! | `[name: sheet, sheet]` and lines that begin with `Title:`, `Description:`, `Caption:` | the picture of this name; title and description are for readers who cannot see it; a line `Explorer:` may follow, with the state in which the explorer shows the same |
//! | anything else | a paragraph |
//!
//! Text has the markup of figures, and `<name>` stands for a value. Every name has to have a value and every value a place,
//! which is checked wherever checks are compiled in: in all tests.

use spurious_plot::Figure;

use crate::document::{Block, Chapter, Grid, NARROW, Picture};

/// Names with values: `values! { runs: thousands(runs), patch_dim }`, where a name alone is that of a variable.
macro_rules! values {
    (@value $name:ident) => { $name };
    (@value $name:ident $value:expr) => { $value };
    ($($name:ident $(: $value:expr)?),* $(,)?) => {
        &[$((stringify!($name), $crate::template::values!(@value $name $($value)?).to_string())),*]
    };
}
pub(crate) use values;

/// What a place in the text is filled with.
pub(crate) enum Insert {
    /// A figure, and the same for narrow screens.
    Figure(Box<[Figure; 2]>),
    Grid(Grid),
}

impl From<Figure> for Insert {
    fn from(figure: Figure) -> Self {
        let narrow = figure.narrowed(NARROW);
        [figure, narrow].into()
    }
}

impl From<[Figure; 2]> for Insert {
    fn from(figures: [Figure; 2]) -> Self {
        Self::Figure(Box::new(figures))
    }
}

impl From<Grid> for Insert {
    fn from(grid: Grid) -> Self {
        Self::Grid(grid)
    }
}

/// The chapters of a text with its values, pictures and tables.
pub(crate) fn chapters<const N: usize>(
    text: &'static str,
    values: &[(&'static str, String)],
    inserts: [(&'static str, Insert); N],
) -> Vec<Chapter> {
    let (chapters, complaints) = filled(text, values, inserts.into());
    debug_assert!(complaints.is_empty(), "{}", complaints.join("; "));
    chapters
}

/// The chapters, and what does not fit together.
fn filled(
    text: &'static str,
    values: &[(&'static str, String)],
    mut inserts: Vec<(&'static str, Insert)>,
) -> (Vec<Chapter>, Vec<String>) {
    let mut chapters: Vec<Chapter> = Vec::new();
    let mut filling = Filling { values, used: vec![false; values.len()], complaints: Vec::new() };
    for block in text.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        if let Some((id, title)) = block.strip_prefix("# ").and_then(|line| line.split_once(": ")) {
            chapters.push(Chapter::new(id, title));
            continue;
        }
        let block = if let Some(heading) = block.strip_prefix("## ") {
            Block::Heading(filling.fill(heading))
        } else if let Some(formula) = block.strip_prefix("= ") {
            Block::Formula(filling.fill(formula))
        } else if let Some((head, caption)) = block.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let (name, sheets) = head.split_once(':').unwrap_or((head, ""));
            let sheets = sheets.split(',').map(str::trim).filter(|sheet| !sheet.is_empty()).collect();
            match inserts.iter().position(|insert| insert.0 == name).map(|at| inserts.remove(at).1) {
                Some(Insert::Figure(figures)) => {
                    let (caption, explored) = match caption.split_once("\nExplorer: ") {
                        Some((caption, state)) => (caption, Some(filling.fill(state))),
                        None => (caption, None),
                    };
                    let Some([title, description, caption]) = fields(caption) else {
                        filling.complaints.push(format!("{name} needs title, description and caption"));
                        continue;
                    };
                    let (title, description) = (filling.fill(title), filling.fill(description));
                    let [figure, narrow] = (*figures).map(|figure| Figure {
                        title: title.clone(),
                        description: description.clone(),
                        ..figure
                    });
                    let caption = filling.fill(caption);
                    Block::Picture(Box::new(Picture { name, figure, narrow, caption, sheets, explored }))
                }
                Some(Insert::Grid(grid)) => {
                    Block::Grid(Grid { caption: filling.fill(caption.trim()), sheets, ..grid })
                }
                None => {
                    filling.complaints.push(format!("there is no picture or table {name}"));
                    continue;
                }
            }
        } else {
            Block::Text(filling.fill(block))
        };
        match chapters.last_mut() {
            Some(chapter) => chapter.blocks.push(block),
            None => filling.complaints.push("a block stands before the first chapter".into()),
        }
    }
    let Filling { used, mut complaints, .. } = filling;
    let unused = values.iter().zip(used).filter(|(_, used)| !used).map(|((name, _), _)| *name);
    complaints.extend(unused.map(|name| format!("the value {name} has no place")));
    complaints.extend(inserts.iter().map(|(name, _)| format!("the picture or table {name} has no place")));
    (chapters, complaints)
}

/// What is said of a picture: title, description, caption.
fn fields(text: &str) -> Option<[&str; 3]> {
    let (title, rest) = text.trim().strip_prefix("Title: ")?.split_once("\nDescription: ")?;
    let (description, caption) = rest.split_once("\nCaption: ")?;
    Some([title, description, caption])
}

/// Puts values in the places of their names.
struct Filling<'a> {
    values: &'a [(&'static str, String)],
    used: Vec<bool>,
    complaints: Vec<String>,
}

impl Filling<'_> {
    fn fill(&mut self, text: &str) -> String {
        let text = text.replace('\n', " ");
        let (mut filled, mut rest) = (String::new(), text.as_str());
        while let Some((before, after)) = rest.split_once('<') {
            filled += before;
            let (name, after) = after.split_once('>').unwrap_or((after, ""));
            match self.values.iter().position(|value| value.0 == name) {
                Some(at) => {
                    self.used[at] = true;
                    filled += &self.values[at].1;
                }
                None => self.complaints.push(format!("there is no value {name}")),
            }
            rest = after;
        }
        filled + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_chapters() {
        let text = "# one: The first\n\nOf <runs>\nruns.\n\n= $x$\n\n## More\n\n[cells: a, b] All <runs>\n\n# two: Next";
        let grid = Grid::new(1, &["k"], [vec!["1".to_owned()]]);
        let runs = 7;
        let chapters = chapters(text, values! { runs }, [("cells", grid.into())]);
        assert_eq!(
            chapters.iter().map(|c| (c.id, c.title)).collect::<Vec<_>>(),
            [("one", "The first"), ("two", "Next")]
        );
        let [Block::Text(first), Block::Formula(_), Block::Heading(_), Block::Grid(grid)] =
            &chapters[0].blocks[..]
        else {
            panic!("{:?}", chapters[0].blocks)
        };
        assert_eq!(
            (first.as_str(), grid.caption.as_str(), &grid.sheets[..]),
            ("Of 7 runs.", "All 7", &["a", "b"][..])
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let grid = Grid::new(1, &[], []);
        let text = "Lost.\n\n# one: The first\n\nOf <wrong>.\n\n[missing] Caption";
        let (_, complaints) = filled(text, values! { runs: 7 }, vec![("cells", grid.into())]);
        assert_eq!(
            complaints,
            [
                "a block stands before the first chapter",
                "there is no value wrong",
                "there is no picture or table missing",
                "the value runs has no place",
                "the picture or table cells has no place"
            ]
        );
    }
}
