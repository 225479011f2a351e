//! What both reports are tested for.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::{Document, ParsingOptions};
use spurious_report::File;

/// The files of a report by their paths.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) fn by_path(files: Vec<File>) -> Files {
    let count = files.len();
    let by_path: Files = files.into_iter().map(|File { path, bytes }| (path, bytes)).collect();
    assert_eq!(by_path.len(), count, "no path occurs twice");
    by_path
}

pub(crate) fn text(files: &Files, path: &str) -> String {
    String::from_utf8(files[path].clone()).expect("UTF-8")
}

pub(crate) fn parse(xml: &str) -> Document<'_> {
    Document::parse_with_options(xml, ParsingOptions { allow_dtd: true, ..ParsingOptions::default() })
        .expect("well-formed")
}

/// Every link of the page leads to a file or to a place on it, and every file is linked.
pub(crate) fn check_links(files: &Files) {
    let page = text(files, "index.html");
    let document = parse(&page);
    let mut ids = BTreeSet::new();
    for id in document.descendants().filter_map(|node| node.attribute("id")) {
        assert!(ids.insert(id), "id {id} occurs twice");
    }
    let mut linked = BTreeSet::new();
    for link in document.descendants().filter_map(|node| node.attribute("href")) {
        match link.strip_prefix('#') {
            Some(id) => assert!(ids.contains(id), "no place {link}"),
            None => {
                let file = link.split('#').next().unwrap_or(link);
                assert!(files.contains_key(file), "no file {link}");
                linked.insert(file);
            }
        }
    }
    let unlinked: Vec<&String> =
        files.keys().filter(|path| *path != "index.html" && !linked.contains(path.as_str())).collect();
    assert!(unlinked.is_empty(), "not reachable from the page: {unlinked:?}");
}

/// On a telephone 390 px wide the text of the page is 350 px wide, and a figure for narrow screens fills it: its letters,
/// indices included, are then at least 9 px high. Every figure is there twice, for wide and for narrow screens.
pub(crate) fn check_narrow_figures(page: &str) {
    let document = parse(page);
    let figures: Vec<_> = document.descendants().filter(|node| node.has_tag_name("figure")).collect();
    assert!(!figures.is_empty());
    for figure in figures {
        let name = figure.attribute("id").expect("a figure has an anchor");
        let layouts: Vec<_> = figure.children().filter_map(|node| node.attribute("class")).collect();
        assert_eq!(layouts, ["wide", "narrow"], "{name}");
        let narrow = figure.children().find(|node| node.attribute("class") == Some("narrow"));
        let svg = narrow.and_then(|node| node.children().find(|node| node.is_element())).expect("a drawing");
        let width: f64 = svg
            .attribute("viewBox")
            .and_then(|sides| sides.split(' ').nth(2))
            .expect("four sides")
            .parse()
            .expect("a number");
        let sizes = svg
            .descendants()
            .filter_map(|node| node.attribute("font-size"))
            .filter_map(|size| size.parse::<f64>().ok());
        let smallest = sizes.fold(f64::INFINITY, f64::min);
        assert!(smallest * 350.0 / width >= 9.0, "{name}: letters of {smallest} in {width}");
    }
}
