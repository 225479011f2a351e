//! The report as one page: no script, nothing from outside, well-formed as XML too.

use std::fmt::Write as _;

use spurious_plot::markup::{escape, to_html};
use spurious_plot::{font_face_css, theme_css};

use crate::document::{Block, Chapter, Document, EXPLORER, Grid, Picture, Sheet};
use crate::numbers::thousands;

/// Tables with more rows are folded away until a reader wants them.
const LONG: usize = 8;

/// Cells with more letters are sentences.
const SENTENCE: usize = 30;

/// Counts figures and tables from the top of the page.
#[derive(Default)]
struct Numbers {
    figures: usize,
    tables: usize,
}

/// The whole page.
pub(crate) fn html(document: &Document, command_line: &str, version: &str) -> String {
    let mut numbers = Numbers::default();
    let mut body = String::new();
    for (i, chapter) in document.chapters().enumerate() {
        write_chapter(&mut body, chapter, &mut numbers);
        if i == 0 {
            body += &contents(document);
        }
    }
    body += &making(document, command_line, version);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n\
         <title>{}</title>\n\
         <style>\n{}\n{}\n{}{}</style>\n</head>\n<body>\n<header>\n\
         <h1>{}</h1>\n\
         <p class=\"subtitle\">{}</p>\n\
         <p class=\"source\">{}</p>\n</header>\n<main>\n{body}</main>\n</body>\n</html>\n",
        escape(&document.title),
        font_face_css(),
        theme_css(),
        include_str!("page.css"),
        document.style,
        escape(&document.heading),
        escape(&document.subtitle),
        escape(&document.source)
    )
}

/// Links to the chapters.
fn contents(document: &Document) -> String {
    let mut html = String::from("<nav aria-label=\"Contents\">\n<ol>\n");
    let made = ("made", "How this was made");
    for (id, title) in document.chapters().skip(1).map(|c| (c.id, c.title)).chain([made]) {
        let _ = writeln!(html, "<li><a href=\"#{id}\">{}</a></li>", escape(title));
    }
    html + "</ol>\n</nav>\n"
}

fn write_chapter(html: &mut String, chapter: &Chapter, numbers: &mut Numbers) {
    let _ = writeln!(html, "<section id=\"{}\">\n<h2>{}</h2>", chapter.id, escape(chapter.title));
    for block in &chapter.blocks {
        let _ = match block {
            Block::Text(text) => writeln!(html, "<p>{}</p>", to_html(text)),
            Block::Formula(text) => writeln!(html, "<p class=\"formula\">{}</p>", to_html(text)),
            Block::Heading(text) => writeln!(html, "<h3>{}</h3>", to_html(text)),
            Block::Picture(picture) => {
                numbers.figures += 1;
                writeln!(html, "{}", figure(picture, numbers.figures))
            }
            Block::Grid(grid) => {
                numbers.tables += 1;
                writeln!(html, "{}", table(grid, numbers.tables))
            }
        };
    }
    *html += "</section>\n";
}

/// Links to CSV files.
fn links(sheets: &[&str]) -> Vec<String> {
    sheets.iter().map(|sheet| format!("<a href=\"data/{sheet}.csv\">{sheet}.csv</a>")).collect()
}

/// A figure with its caption and its files.
fn figure(picture: &Picture, number: usize) -> String {
    let name = picture.name;
    let files = format!("<a href=\"figures/{name}.svg\">SVG</a> <a href=\"figures/{name}.pdf\">PDF</a>");
    let mut links = links(&picture.sheets).into_iter().fold(files, |all, link| format!("{all} {link}"));
    if let Some(state) = &picture.explored {
        let _ = write!(links, " <a href=\"{EXPLORER}#{}\">in the explorer</a>", escape(state));
    }
    format!(
        "<figure id=\"figure-{name}\">\n<div class=\"wide\">{}</div>\n<div class=\"narrow\">{}</div>\n<figcaption><span class=\"number\">Figure {number}.</span> {} \
         <span class=\"files\">{links}</span></figcaption>\n</figure>",
        picture.figure.to_svg(name),
        picture.narrow.to_svg(&format!("{name}-narrow")),
        to_html(&picture.caption)
    )
}

/// A table with headers for every column, and for every row that has a name. It scrolls in itself where it is too wide.
fn table(grid: &Grid, number: usize) -> String {
    // Letters, because numbers would be taken for the tables of the paper.
    let letter = char::from(b'A' + (number - 1) as u8);
    let class = if grid.numeric { "numeric" } else { "prose" };
    let id = format!("table-{}", letter.to_ascii_lowercase());
    let caption = format!("<span class=\"number\">Table {letter}.</span> {}.", to_html(&grid.caption));
    let (open, close) = if grid.rows.len() > LONG {
        (format!("<details class=\"table\">\n<summary id=\"{id}\">{caption}</summary>"), "</details>")
    } else {
        (format!("<div class=\"table\">\n<p class=\"caption\" id=\"{id}\">{caption}</p>"), "</div>")
    };
    let files = match &grid.sheets[..] {
        [] => String::new(),
        sheets => format!("<p class=\"files\">{}</p>\n", links(sheets).join(" ")),
    };
    let mut html = format!(
        "{open}\n<div class=\"scroll\" tabindex=\"0\">\n<table class=\"{class}\" aria-labelledby=\"{id}\">\n<thead><tr>"
    );
    for column in &grid.columns {
        let _ = write!(html, "<th scope=\"col\">{}</th>", to_html(column));
    }
    html += "</tr></thead>\n<tbody>\n";
    let grouped = grid.headers > 1 && grid.rows.windows(2).any(|rows| rows[0][0] == rows[1][0]);
    let mut before: Option<&String> = None;
    for row in &grid.rows {
        // A rule where the first header changes helps the eye in long tables.
        let group = grouped && before.is_some_and(|first| *first != row[0]);
        before = row.first();
        html += if group { "<tr class=\"group\">" } else { "<tr>" };
        for (i, cell) in row.iter().enumerate() {
            let content = to_html(cell);
            // Sentences are not squeezed into one word a line.
            let class = if cell.chars().count() > SENTENCE { " class=\"sentence\"" } else { "" };
            let _ = if i < grid.headers {
                write!(html, "<th scope=\"row\"{class}>{content}</th>")
            } else {
                write!(html, "<td{class}>{content}</td>")
            };
        }
        html += "</tr>\n";
    }
    format!("{html}</tbody>\n</table>\n</div>\n{files}{close}")
}

/// Command, version, settings and files: all that is needed to make the page again.
fn making(document: &Document, command_line: &str, version: &str) -> String {
    let (mut settings, mut sheets) = (String::new(), String::new());
    for (name, value) in &document.settings {
        let _ = writeln!(settings, "<dt>{}</dt><dd>{}</dd>", escape(name), escape(value));
    }
    for Sheet { name, table } in document.sheets() {
        let columns: Vec<&str> = table.columns().iter().map(|column| column.key.as_str()).collect();
        let _ = writeln!(
            sheets,
            "<li><a href=\"data/{name}.csv\">{name}.csv</a>, {} rows: {}</li>",
            thousands(table.rows().len() as u64),
            columns.join(", ")
        );
    }
    format!(
        "<section id=\"made\">\n<h2>How this was made</h2>\n<p>By this command, which makes the same files again, byte for byte:</p>\n\
         <pre><code>{}</code></pre>\n\
         <dl>\n<dt>version</dt><dd>spurious {}</dd>\n{settings}</dl>\n\
         <p>All numbers are in <a href=\"results.json\">results.json</a>; the command is in <a href=\"command.txt\">command.txt</a>. \
         {} The data of tables and curves:</p>\n<ul class=\"sheets\">\n{sheets}</ul>\n</section>\n",
        escape(command_line),
        escape(version),
        escape(document.note),
    )
}
