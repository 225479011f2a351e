//! The page that computes by itself, as a file.

use crate::common;
use crate::common::{command, folder, outcome, succeeds, typed};

const CELL: &str = "--patch-dim 5 --patches 36 --sum-ratio 4 --step-size flow";

#[test]
fn the_page_is_written_with_its_state() {
    let folder = folder("the_page_is_written_with_its_state");
    let printed = succeeds(&folder, &format!("explore {CELL} --out page.html"));
    assert_eq!(printed, "page.html\n");
    let page = std::fs::read_to_string(folder.join("page.html")).expect("the page");
    let state = "patch-dim=5&amp;patches=36&amp;sum-ratio=4&amp;scale-ratio=1&amp;negative-slope=0&amp;step-size=flow";
    assert!(page.contains(&format!("<html lang=\"en\" data-state=\"{state}\">")));
    assert!(page.contains("default-src 'none'"));
    // One file of some hundred kilobytes, which asks nobody for anything.
    assert!(page.len() < 500_000, "{}", page.len());
    assert!(!page.contains(" src=\"") && !page.contains(" href=\"http"));
}

#[test]
fn a_page_is_not_replaced_without_being_asked() {
    let folder = folder("a_page_is_not_replaced_without_being_asked");
    succeeds(&folder, "explore --out page.html");
    let again = typed(&folder, "explore --out page.html");
    assert_eq!((again.code, again.stderr.contains("--force")), (2, true), "{}", again.stderr);
    succeeds(&folder, "explore --out page.html --force");
    let other = typed(&folder, "explore --out page.svg");
    let message = "error: page.svg would be no page for a browser: end it with .html\n";
    assert_eq!((other.code, other.stderr.as_str()), (2, message));
}

/// Without a folder for it the page is a temporary file, and that is where it stays.
#[test]
fn without_a_name_the_page_is_a_temporary_file() {
    let folder = folder("without_a_name_the_page_is_a_temporary_file");
    let mut page = command(&["explore", "--no-open", "--trial", "1"]);
    let outcome =
        outcome(page.env("TMPDIR", &folder).env("TMP", &folder).output().expect("the program starts"));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let path = std::path::Path::new(outcome.stdout.trim_end());
    assert!(path.starts_with(&folder) && path.extension().is_some_and(|ending| ending == "html"), "{path:?}");
    // The README's run.
    assert!(std::fs::read_to_string(path).expect("the page").contains("angle=1.94529"));
}

/// Nobody is left without the page where there is no browser.
#[cfg(unix)]
#[test]
fn where_there_is_no_browser_the_path_is_printed() {
    let folder = folder("where_there_is_no_browser_the_path_is_printed");
    let mut page = command(&["explore"]);
    page.env("TMPDIR", &folder).env("PATH", &folder);
    let outcome = outcome(page.output().expect("the program starts"));
    assert_eq!(outcome.code, 0);
    assert!(outcome.stderr.starts_with("warning: no browser could be opened"), "{}", outcome.stderr);
    assert!(std::path::Path::new(outcome.stdout.trim_end()).is_file());
}

#[test]
fn json_says_where_the_page_is() {
    let folder = folder("json_says_where_the_page_is");
    let printed = succeeds(&folder, &format!("explore {CELL} --json --out page.html"));
    let value: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(value["command"], "explore");
    assert_eq!(value["settings"]["patches"], 36);
    assert_eq!(value["results"][0]["path"], "page.html");
    assert!(value["results"][0]["state"].as_str().is_some_and(|state| state.ends_with("step-size=flow")));
}

#[test]
fn what_the_library_refuses_is_refused_before_anything_is_written() {
    let folder = folder("what_the_library_refuses_is_refused");
    for (flags, message) in [
        ("--sum-ratio 30", "sum ratio 30 is larger than the number of patches 25"),
        ("--angle 4", "angle 4"),
        ("--step-size 9", "step size 9"),
        ("--step-size fast", "or flow"),
        ("--view map", "map"),
        ("--algorithm newton", "newton"),
    ] {
        let refused = typed(&folder, &format!("explore {flags} --out page.html"));
        assert_eq!(refused.code, 2, "{flags}");
        assert!(refused.stderr.contains(message), "{flags}: {}", refused.stderr);
    }
    assert_eq!(common::names(&folder), [""; 0]);
}
