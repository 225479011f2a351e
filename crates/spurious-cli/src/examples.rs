//! Examples, which stand at the end of each command's help. A test runs all of them as they stand, in this order, in a folder
//! with the repository's `data`.

use clap::builder::{StyledStr, Styles};

/// Examples of one command.
struct Examples {
    command: &'static str,
    /// What each is good for, if that has to be said, and the line.
    lines: &'static [(&'static str, &'static str)],
    /// What else there is to say.
    remark: &'static str,
}

const EXAMPLES: [Examples; 18] = [
    Examples {
        command: "spurious",
        lines: &[
            (
                "The paper again, as one page; --quick makes a smaller one",
                "spurious reproduce --quick --out report",
            ),
            (
                "How likely is it that a random start recovers the teacher?",
                "spurious probability --patch-dim 5 --patches 25,36 --sum-ratio 4,9",
            ),
            (
                "Fit the model to a table, and compare it with a linear model",
                "spurious fit data/tiles.csv --target answer --image 8x8 --patch 4x4 --validation 0.2 --out tiles",
            ),
        ],
        remark: "`spurious help terms` explains p, k, ρ, β, η, x_c, verdict and the other terms. `spurious help sweep` explains a \
         command, `spurious man` prints all of it as a manual page.",
    },
    Examples {
        command: "reproduce",
        lines: &[
            ("A smaller version of everything, in seconds", "spurious reproduce --quick --out quick"),
            ("More random starts, and others", "spurious reproduce --quick --runs 1e4 --seed 2 --out others"),
        ],
        remark: "",
    },
    Examples {
        command: "trace",
        lines: &[
            (
                "Gradient descent from a random start, as a picture",
                "spurious trace --patch-dim 25 --patches 20 --sum-ratio 4 --step-size 0.1 --seed 3 --out run.svg",
            ),
            (
                "Gradient flow from a start of your own",
                "spurious trace --patch-dim 5 --patches 25 --sum-ratio 4 --angle 1.9 --signal 0.1",
            ),
            (
                "Adam instead",
                "spurious trace --patch-dim 5 --patches 25 --sum-ratio 4 --step-size 0.01 --algorithm adam --max-steps 3000",
            ),
        ],
        remark: "--out writes the trajectory (.csv), the results (.json) or a picture (.svg, .pdf).",
    },
    Examples {
        command: "compare",
        lines: &[
            (
                "Four algorithms from one start, as a picture",
                "spurious compare --patch-dim 5 --patches 25 --sum-ratio 4 --step-size 0.02 --trial 1 --out paths.svg",
            ),
            (
                "How often each recovers the teacher, from the same 1000 starts",
                "spurious compare --patch-dim 5 --patches 25 --sum-ratio 4 --step-size 0.02 --algorithm gd,momentum,adam --runs 1000",
            ),
            (
                "Noise that fades; other settings are in the list above",
                "spurious compare --patch-dim 5 --patches 25 --sum-ratio 4 --step-size 0.1 --algorithm gd,noisy --noise 36,1 --runs 200",
            ),
        ],
        remark: "--out writes the table (.csv), the results (.json) or a picture in (angle, signal) (.svg, .pdf).",
    },
    Examples {
        command: "explore",
        lines: &[
            (
                "A run of trace, to be moved: the page as a file",
                "spurious explore --patch-dim 5 --patches 25 --sum-ratio 4 --step-size 0.1 --trial 1 --out explorer.html",
            ),
            ("The phase diagram first", "spurious explore --view phase --out diagram.html"),
        ],
        remark: "Without --out the page opens in the browser. It is one file of some 400 kB, and asks no server for anything.",
    },
    Examples {
        command: "landscape",
        lines: &[
            ("All critical points for 20 patches", "spurious landscape --patches 20 --sum-ratio 4"),
            ("The same, as a picture", "spurious landscape --patches 20 --sum-ratio 4 --out landscape.svg"),
        ],
        remark: "--out writes the points (.csv), the results (.json) or a picture in (angle, signal) (.svg, .pdf).",
    },
    Examples {
        command: "probability",
        lines: &[
            (
                "Nine cells: each number of patches with each sum ratio",
                "spurious probability --patch-dim 5 --patches 25,36,49 --sum-ratio 1,4,9",
            ),
            (
                "Sum ratios from 0 to 8 in steps of ½, with and without a leak, into a file",
                "spurious probability --patch-dim 5 --patches 25 --sum-ratio 0:8:0.5 --negative-slope 0,0.1 --out table.csv",
            ),
            (
                "Of gradient descent with a step size, with a simulation beside it",
                "spurious probability --patch-dim 5 --patches 25 --sum-ratio 4 --step-size 0.1 --runs 1e5",
            ),
        ],
        remark: "",
    },
    Examples {
        command: "sweep",
        lines: &[
            (
                "A grid, kept in a folder: the same command goes on after an interruption",
                "spurious sweep --patch-dim 5 --patches 25,36,49 --sum-ratio 0:4:2 --step-size 0.1 --runs 1e5 --out sweep",
            ),
            (
                "Until the 95 % interval is no wider than 0.01, with at most ten million runs",
                "spurious sweep --patch-dim 5 --patches 25 --sum-ratio 4 --step-size 0.1 --runs 1e7 --until 0.01",
            ),
            (
                "The first half of a grid, on this machine",
                "spurious sweep --patch-dim 5 --patches 25,36 --sum-ratio 1:4:1 --step-size 0.1 --runs 1e5 --shard 1/2 --out half1",
            ),
        ],
        remark: "--out names a folder: results.csv, .parquet and .json, the logs to go on from, and steps.csv and records if asked for.",
    },
    Examples {
        command: "merge",
        lines: &[
            (
                "The second half of a grid, and the results of both halves, with a picture",
                "spurious sweep --patch-dim 5 --patches 25,36 --sum-ratio 1:4:1 --step-size 0.1 --runs 1e5 --shard 2/2 --out half2",
            ),
            ("", "spurious merge half1 half2 --out whole --plot whole.svg"),
        ],
        remark: "--out names another folder for the results; it is needed if the shards lie in several.",
    },
    Examples {
        command: "width",
        lines: &[
            (
                "One to four filters, beside the law of independent tickets",
                "spurious width --patch-dim 5 --patches 25 --sum-ratio 1 --filters 1:4 --step-size 0.1 --runs 2000",
            ),
            (
                "Where trapped runs of two and three filters end",
                "spurious width --patch-dim 5 --patches 25 --sum-ratio 1 --filters 2,3 --step-size 0.1 --runs 500 --traps",
            ),
            (
                "Output weights that start as large as those of one filter, as a picture",
                "spurious width --patch-dim 20 --patches 25 --sum-ratio 4 --filters 1:3 --step-size 0.1 --runs 500 --output-weights whole --out width.svg",
            ),
        ],
        remark: "--out writes the shares (.csv), the results with the traps (.json) or a picture (.svg, .pdf).",
    },
    Examples {
        command: "generate",
        lines: &[
            (
                "2000 rows for the example of `spurious help fit`",
                "spurious generate --patch-dim 5 --patches 25 --sum-ratio 4 --samples 2000 --noise 0.1 --out planted.csv",
            ),
            (
                "For NumPy, in single precision, with signs instead of normal numbers",
                "spurious generate --patch-dim 5 --patches 25 --sum-ratio 4 --samples 2000 --inputs rademacher --precision single --out signs.npz",
            ),
        ],
        remark: "",
    },
    Examples {
        command: "fit",
        lines: &[
            (
                "Windows of a signal, made by the example of `spurious help generate`",
                "spurious fit planted.csv --target y --patch-len 5 --validation 0.2",
            ),
            (
                "Tiles of an image; each fifth of the rows is held out in turn",
                "spurious fit data/tiles.csv --target answer --image 8x8 --patch 4x4 --out folds",
            ),
            (
                "The paper's way: gradient descent from one random start",
                "spurious fit planted.csv --target y --patch-len 5 --optimiser descent --starts 1 --no-intercept --out descent",
            ),
        ],
        remark: "Files: .csv and .tsv (also .gz), .npy, .npz, .parquet.",
    },
    Examples {
        command: "predict",
        lines: &[
            (
                "The model of the example of `spurious help fit`, applied to a table",
                "spurious predict spurious-fit/model.json planted.csv --out predictions.csv",
            ),
            (
                "A table from standard input, predictions to standard output",
                "spurious predict spurious-fit/model.json - < planted.csv > predictions.txt",
            ),
            (
                "What each patch of the first row contributes to its prediction",
                "spurious predict spurious-fit/model.json planted.csv --explain 1",
            ),
        ],
        remark: "",
    },
    Examples {
        command: "recovery",
        lines: &[
            (
                "How the number of samples matters",
                "spurious recovery --patch-dim 3 --patches 8 --sum-ratio 2 --samples 20,50,100 --step-size 0.3",
            ),
            (
                "With noise, as a picture",
                "spurious recovery --patch-dim 3 --patches 8 --sum-ratio 2 --samples 20,50,100 --step-size 0.3 --noise 0.5 --out recovery.svg",
            ),
        ],
        remark: "--out writes the shares (.csv), the results (.json) or a picture (.svg, .pdf).",
    },
    Examples {
        command: "cite",
        lines: &[
            ("What an exact probability rests on", "spurious cite probability"),
            ("All sources, as a file", "spurious cite > spurious.bib"),
        ],
        remark: "",
    },
    Examples {
        command: "help",
        lines: &[
            ("The terms of all commands, on one screen", "spurious help terms"),
            ("All about a command, as its own --help says it", "spurious help sweep"),
        ],
        remark: "",
    },
    Examples {
        command: "completions",
        lines: &[
            ("", "spurious completions bash > spurious.bash"),
            ("", "spurious completions zsh > _spurious"),
        ],
        remark: "",
    },
    Examples {
        command: "man",
        lines: &[
            ("A file that `man` reads: `man -l spurious.1`", "spurious man > spurious.1"),
            ("The text of one command, as it stands in the page", "spurious help sweep > sweep.txt"),
        ],
        remark: "",
    },
];

/// The end of a command's help.
pub(crate) fn of(command: &str) -> StyledStr {
    let styles = Styles::styled();
    let header = styles.get_header();
    let mut text = format!("{header}Examples:{header:#}");
    plain(command).lines().for_each(|line| text += &format!("\n  {line}"));
    let remark =
        EXAMPLES.iter().filter(|examples| examples.command == command).map(|examples| examples.remark);
    remark.filter(|remark| !remark.is_empty()).for_each(|remark| text += &format!("\n\n{remark}"));
    text.into()
}

/// The examples alone, without styles.
pub(crate) fn plain(command: &str) -> String {
    let mut text = String::new();
    for (purpose, line) in
        EXAMPLES.iter().filter(|examples| examples.command == command).flat_map(|examples| examples.lines)
    {
        if !purpose.is_empty() {
            text += &format!("# {purpose}\n");
        }
        text += &continued(line);
        text.push('\n');
    }
    text
}

/// A command line on as many lines as it needs, each of which but the last ends with a backslash.
fn continued(line: &str) -> String {
    let mut words = line.split(" --");
    let mut text = words.next().unwrap_or_default().to_owned();
    let mut width = text.len();
    for word in words {
        let word = format!(" --{word}");
        // Room for the backslash, and for the indentation of help.
        if width + word.len() > 80 - 4 {
            text += " \\\n   ";
            width = 3;
        }
        width += word.len();
        text += &word;
    }
    text
}
