//! The frame of the command line: help and its examples, terms, the manual page, both spellings, colours, messages.

use crate::common;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{command, folder, outcome, spurious, succeeds, typed};

/// The commands that help lists.
fn commands() -> Vec<String> {
    let help = spurious(&["--help"]).stdout;
    let list = help.split("Commands:\n").nth(1).expect("a list").split("\n\n").next().expect("its end");
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.map(|line| line.split_whitespace().next().expect("a name").to_owned()).collect()
}

/// The example lines of a help text, continued ones in one piece.
fn examples(help: &str) -> Vec<String> {
    let (_, text) = help.split_once("\nExamples:\n").expect("examples");
    let lines = text.lines().take_while(|line| line.starts_with("  ")).map(str::trim);
    let text = lines.filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    text.replace("\\\n", " ").lines().map(str::to_owned).collect()
}

/// Each example of each help text works as it stands, in their order, in a folder that has the repository's `data`.
#[cfg(unix)]
#[test]
fn examples_of_the_help_work() {
    let folder = folder("examples_of_the_help_work");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    std::fs::create_dir(folder.join("data")).expect("a folder");
    for name in common::names(&data) {
        std::fs::copy(data.join(&name), folder.join("data").join(&name)).expect("copied");
    }
    let program = PathBuf::from(env!("CARGO_BIN_EXE_spurious"));
    let path = format!("{}:/usr/bin:/bin", program.parent().expect("a folder").display());
    let commands = commands();
    assert!(commands.len() > 10, "{commands:?}");
    for command in std::iter::once("").chain(commands.iter().map(String::as_str)) {
        let words: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let lines = examples(&spurious(&words).stdout);
        assert!((2..=3).contains(&lines.len()), "{command}: {lines:?}");
        for line in lines {
            assert!(line.starts_with("spurious "), "{line}");
            let mut shell = Command::new("sh");
            let shell = shell.args(["-c", &line]).current_dir(&folder).env("PATH", &path).output();
            let outcome = outcome(shell.expect("a shell"));
            assert_eq!(outcome.code, 0, "{line}: {}", outcome.stderr);
            assert!(!outcome.stderr.contains("warning"), "{line}: {}", outcome.stderr);
        }
    }
    for written in
        ["quick/index.html", "run.svg", "whole.svg", "spurious.1", "predictions.csv", "spurious.bib"]
    {
        assert!(folder.join(written).is_file(), "{written}");
    }
}

/// Options of every command come once, at the end, and no option is without a heading of its own.
#[test]
fn help_is_in_groups() {
    for command in commands() {
        for flag in ["--help", "-h"] {
            let help = spurious(&[&command, flag]).stdout;
            let headings: Vec<&str> =
                help.lines().filter(|line| line.ends_with(':') && !line.starts_with(' ')).collect();
            let [.., every, examples] = headings[..] else { panic!("{headings:?}") };
            assert_eq!((every, examples), ("Options of every command:", "Examples:"), "{command}");
            assert!(!headings.contains(&"Options:"), "{command}");
            let (options, _) = help.split_once("Examples:").expect("examples");
            for own in ["    --json", "    --config <FILE>", "-h, --help"] {
                let lines = options.lines().filter(|line| {
                    line.trim_end() == format!("  {own}") || line.starts_with(&format!("  {own}  "))
                });
                assert_eq!(lines.count(), 1, "{command} {own}");
            }
        }
    }
    let widest = |text: &str| {
        text.lines().filter(|line| !line.starts_with("Usage:")).map(|line| line.chars().count()).max()
    };
    for words in [&["fit", "--help"] as &[&str], &["sweep", "-h"], &["--help"]] {
        let narrow = outcome(command(words).env("COLUMNS", "80").output().expect("starts")).stdout;
        assert!(widest(&narrow) <= Some(80), "{words:?}");
    }
}

#[test]
fn help_has_topics() {
    let terms = spurious(&["help", "terms"]);
    assert_eq!((terms.code, terms.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("terms", terms.stdout);
    assert!(terms.stdout.lines().count() <= 40);
    assert!(terms.stdout.lines().all(|line| line.chars().count() <= 80));
    let first =
        |line: &str| line.split("  ").find(|part| !part.is_empty()).map(|part| part.trim().to_owned());
    let named: Vec<String> = terms.stdout.lines().filter_map(first).collect();
    for term in ["p", "k", "ρ", "β", "η", "x_c", "angle φ", "sum", "signal", "verdict", "starts", "z"] {
        assert!(named.iter().any(|name| name == term), "{term}: {named:?}");
    }
    // What it points at exists.
    let all: String = commands().iter().map(|command| spurious(&[command, "--help"]).stdout).collect();
    for flag in terms.stdout.split_whitespace().filter(|word| word.starts_with("--")) {
        assert!(all.contains(&format!(" {flag} ")), "{flag}");
    }

    assert_eq!(spurious(&["help", "sweep"]).stdout, spurious(&["sweep", "--help"]).stdout);
    assert_eq!(spurious(&["help"]).stdout, spurious(&["--help"]).stdout);
    assert!(spurious(&["help"]).stdout.contains("spurious help terms"));
    let nonsense = spurious(&["help", "nonsense"]);
    assert_eq!((nonsense.code, nonsense.stdout.as_str()), (2, ""));
    assert!(
        nonsense.stderr.contains("reproduce, trace,") && nonsense.stderr.contains("terms"),
        "{}",
        nonsense.stderr
    );
}

#[test]
fn the_manual_page_has_every_command_and_flag() {
    let page = spurious(&["man"]);
    assert_eq!((page.code, page.stderr.as_str()), (0, ""));
    let page = page.stdout.replace('\\', "");
    assert!(page.contains("\n.TH spurious 1 "), "{}", &page[..200]);
    for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "TERMS", "\"EXIT STATUS\""] {
        assert_eq!(page.matches(&format!("\n.SH {section}\n")).count(), 1, "{section}");
    }
    for command in commands() {
        assert!(page.contains(&format!("\n.SH \"SPURIOUS {}\"\n", command.to_uppercase())), "{command}");
        let help = spurious(&[&command, "-h"]).stdout;
        for flag in help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2) {
            let flag = flag.trim_end_matches([',', '.', ':', '`', ')', ';']);
            assert!(page.contains(flag), "{command} {flag}");
        }
    }
    // The options of every command come once.
    assert_eq!(page.matches("fB--config").count(), 1 + 1, "in the synopsis, and explained");
    assert!(!page.contains('\u{1b}'));
}

/// Where `man` is installed, it can read the page.
#[cfg(unix)]
#[test]
fn man_reads_the_manual_page() {
    let folder = folder("man_reads_the_manual_page");
    std::fs::write(folder.join("spurious.1"), spurious(&["man"]).stdout).expect("written");
    let man = Command::new("man")
        .args(["--warnings=w", "-l", "spurious.1"])
        .current_dir(&folder)
        .envs([("MANWIDTH", "80"), ("LC_ALL", "C.UTF-8"), ("MAN_KEEP_FORMATTING", "")])
        .output();
    // Not every machine has it, or one that takes a file.
    let Ok(man) = man else { return };
    if !man.status.success() || man.stdout.is_empty() {
        return;
    }
    let text = String::from_utf8_lossy(&man.stdout);
    assert!(text.contains("SPURIOUS SWEEP") && text.contains("--sum-ratio"), "{text}");
    assert_eq!(String::from_utf8_lossy(&man.stderr), "");
}

#[test]
fn both_spellings_are_read() {
    let folder = folder("both_spellings_are_read");
    succeeds(&folder, "generate --patch-dim 2 --patches 3 --sum-ratio 1 --samples 60 --out data.csv");
    let fit = "fit data.csv --target y --patch-len 2 --starts 1 --json --quiet";
    let british = succeeds(&folder, &format!("{fit} --optimiser descent --scale standardise --out a"));
    let american = succeeds(&folder, &format!("{fit} --optimizer descent --scale standardize --out b"));
    assert_eq!(british, american);
    // One of them is enough for help.
    let help = spurious(&["fit", "--help"]).stdout;
    assert!(!help.contains("optimizer") && !help.contains("standardize"));
}

/// Runs that print text, a warning, an error, help: on both streams.
const KINDS: [(&str, i32); 7] = [
    ("probability --patch-dim 5 --patches 25 --sum-ratio 4", 0),
    ("trace --patch-dim 5 --patches 25 --sum-ratio 4 --step-size 0.3", 0),
    ("sweep --patch-dim 5 --patches 25 --sum-ratio 4 --step-size 0.1 --runs 100", 0),
    ("landscape --patches 25 --sum-ratio 26", 2),
    ("landscape --pathces 25", 2),
    ("sweep --help", 0),
    ("help terms", 0),
];

#[test]
fn pipes_and_files_have_no_colours() {
    for (line, code) in KINDS {
        for settings in
            [&[] as &[(&str, &str)], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], &[("TERM", "dumb")]]
        {
            let mut plain = command(&line.split(' ').collect::<Vec<_>>());
            let plain = plain.env_remove("NO_COLOR").envs(settings.iter().copied());
            let outcome = outcome(plain.output().expect("starts"));
            assert_eq!(outcome.code, code, "{line}");
            assert!(!(outcome.stdout + &outcome.stderr).contains('\u{1b}'), "{line} {settings:?}");
        }
    }
}

#[test]
fn colours_show_what_matters() {
    let forced = |line: &str| {
        let mut forced = command(&line.split(' ').collect::<Vec<_>>());
        outcome(forced.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1").output().expect("starts"))
    };
    for (line, code) in KINDS {
        let (forced, plain) = (forced(line), typed(Path::new("."), line));
        assert!((forced.stdout.clone() + &forced.stderr).contains('\u{1b}'), "{line}");
        // They add nothing else.
        let stripped = |text: &str| {
            let mut parts = text.split('\u{1b}');
            let first = parts.next().unwrap_or_default().to_owned();
            parts.fold(first, |text, part| text + part.split_once('m').expect("the end of a code").1)
        };
        assert_eq!((stripped(&forced.stdout), forced.code), (plain.stdout, code), "{line}");
        assert_eq!(stripped(&forced.stderr), plain.stderr, "{line}");
    }
    let trace = forced("trace --patch-dim 5 --patches 25 --sum-ratio 4 --step-size 0.1 --trial 1").stdout;
    assert!(trace.starts_with("verdict: \u{1b}[1m\u{1b}[31mspurious\u{1b}[0m"), "{trace:?}");
    let error = forced("landscape --patches 25 --sum-ratio 26").stderr;
    assert!(error.starts_with("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m sum ratio"), "{error:?}");
    let warning = forced("trace --patch-dim 5 --patches 25 --sum-ratio 4 --step-size 0.3").stderr;
    assert!(warning.starts_with("\u{1b}[1m\u{1b}[33mwarning:\u{1b}[0m step"), "{warning:?}");
    let table = forced("probability --patch-dim 5 --patches 25 --sum-ratio 4").stdout;
    assert!(table.starts_with("\u{1b}[1mp   k"), "{table:?}");
    // Data is data.
    let json = forced("probability --patch-dim 5 --patches 25 --sum-ratio 4 --json").stdout;
    assert!(!json.contains('\u{1b}'));
}

#[test]
fn messages_name_what_was_meant() {
    for (line, message) in [
        ("swep", "there is no command 'swep': did you mean 'sweep'?"),
        ("nonsense", "there is no command 'nonsense'"),
        ("sweep --rnus 4", "there is no option '--rnus': did you mean '--runs'?"),
        ("--nonsense", "there is no option '--nonsense'"),
        ("cite landscape trace", "there is no place for 'trace'"),
        ("probability --patches 4", "missing: --patch-dim <P>, --sum-ratio <RHO>"),
        ("fit", "missing: --target <COLUMN|FILE>, <DATA>"),
        ("sweep --patch-dim", "a value is required for '--patch-dim <P>' but none was supplied"),
    ] {
        let outcome = typed(Path::new("."), line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{line}");
        assert_eq!(outcome.stderr.lines().next(), Some(format!("error: {message}").as_str()), "{line}");
        assert!(outcome.stderr.ends_with("\nFor more, try '--help'.\n"), "{}", outcome.stderr);
    }
    for flag in ["--version", "-V"] {
        let version = concat!("spurious ", env!("CARGO_PKG_VERSION"), "\n");
        assert_eq!(spurious(&[flag]).stdout, version);
    }
    let nothing = spurious(&[]);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (2, ""));
    assert_eq!(nothing.stderr, spurious(&["-h"]).stdout);
}
