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
            None => assert!(files.contains_key(link), "no file {link}"),
        }
        linked.insert(link);
    }
    let unlinked: Vec<&String> =
        files.keys().filter(|path| *path != "index.html" && !linked.contains(path.as_str())).collect();
    assert!(unlinked.is_empty(), "not reachable from the page: {unlinked:?}");
}
