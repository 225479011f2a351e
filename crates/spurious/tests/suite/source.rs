//! What has to be true of the source itself, and no compiler for this machine says.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The code of every file of the library, without comments, with its path.
fn code() -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut paths);
    assert!(paths.len() > 30);
    let code = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("readable");
        let lines = text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
        lines.collect::<Vec<_>>().join("\n")
    };
    paths.iter().map(|path| (path.clone(), code(path))).collect()
}

/// A whole number beyond 32 bits says which type it is of: as a `usize` it would not fit where pointers are that short.
#[test]
fn large_whole_numbers_name_their_type() {
    let is_of_number = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    for (path, code) in code() {
        for (number, line) in (1..).zip(code.lines()) {
            for word in line.split(|c| !is_of_number(c)) {
                let digits: String = word.chars().filter(|c| *c != '_').collect();
                let value = match digits.strip_prefix("0x") {
                    Some(digits) => u128::from_str_radix(digits, 16).ok(),
                    None => digits.parse::<u128>().ok(),
                };
                // A constant with a type of its own is declared on the same line.
                let is_typed = ["u64", "u128", "i64", "i128", "f64"].iter().any(|name| line.contains(name));
                let fits = value.is_none_or(|value| value <= u128::from(u32::MAX)) || is_typed;
                assert!(fits, "{}:{number}: {word}", path.display());
            }
        }
    }
}

/// The library reads no clock, no files and no environment, and prints nothing.
#[test]
fn the_library_asks_the_system_for_nothing() {
    let system =
        ["Instant::now", "SystemTime", "std::fs", "std::env", "println!", "eprintln!", "std::process"];
    for (path, code) in code() {
        for name in system {
            assert!(!code.contains(name), "{}: {name}", path.display());
        }
    }
}
