"""The page of results, `docs/benchmarks.md`: every sentence with a number is made from the results."""

from math import floor, log10
from statistics import mean

OURS = ["1 filter", "2 filters", "3 filters", "1 + linear", "3 + linear", "auto"]
# The scores of a table, and whether a larger number is better.
R2, ACCURACY, LOG_LOSS = ("r2", True), ("accuracy", True), ("log_loss", False)

HEAD = """\
# Benchmarks on held-out rows

How well does `spurious fit` predict rows that it has not seen, and how long does it take? This page
compares it with models of scikit-learn on {count} tables. A part of the tables suits the model, others do
not. The results of all tables are here.

```sh
{command}
```

The command made this page on {date}, in {minutes:.0f} minutes{sessions}.
[benches/README.md](../benches/README.md) says what to install.

- Program: {program}.
- Machine: {processor}; {system}.
- Packages: {versions}.
- Every method had {threads}.{load}
"""

HOW = """\
## What was compared

**Rows.** Each table is divided into folds once: five where it has at most 30 000 numbers, else three. All
methods fit and predict the same rows. Folds are random, with equal shares of classes; in tables in the
order of time they are whole stretches. Rows of lagged windows share numbers with their neighbours, at the
borders of a stretch too.

**Patches.** The length of a patch comes from the shape of the rows. Where columns have a natural unit (a
year, a week, a set of measures), this is the patch. Else it is the divisor of the row length nearest to its
square root. Columns without an order are one patch.{automatic}

**Methods.**

- `1 filter`, `2 filters`, `3 filters`: `spurious fit` with `--filters`, everything else as it comes.
- `1 + linear`, `3 + linear`: the same with `--linear`.{auto}
- `ridge`: `RidgeCV` with 33 penalties, on standardised columns. For classes it is fitted to 0 and 1.
- `logistic`: `LogisticRegressionCV` with 10 penalties by log-loss, on standardised columns.
- `hist. boosting` and `boosting`: `HistGradientBoosting` and `GradientBoosting` with their defaults.
- `MLP`: scikit-learn's network of 100 hidden units with its defaults, on standardised columns and target.

**Scores.** `R²` and the others are of all held-out rows of a table together. Predictions of classes by ridge
regression are a least-squares fit of 0 and 1: they are cut to [0, 1] for `R²`, and all probabilities to
[{edge}, {far}] for the log-loss. The best score of a row is bold.

**Times** are seconds for one fit and its predictions, in the mean over folds. Those of the program include
its start, reading the files, and writing the report. All methods that choose a penalty do so within this
time. Fits of the program that took longer than {limit:.0f} s were ended; this was done after the first such
fold.
"""

OPTIMISERS = """\
## The same model by another optimiser

One filter, the training rows of the first fold, and a fixed penalty (chosen by the program before). SciPy's
`least_squares` (`lm`, with derivatives) minimises the same loss from {starts} random filters, each with the
sign and the output weights that are best for it. The losses of both were computed by the same lines of
Python. `reached` counts the starts from which SciPy came within 10⁻⁴ of the program's loss. The times are of
one command and of all starts. The command also reads the file, tries each filter reversed, and computes
standard errors.
"""


def table(head: list[str], rows: list[list[str]], left: tuple[str, ...] = ()) -> str:
    """A table in Markdown. The first column and those in `left` are aligned to the left."""
    widths = [max(3, *(len(row[i]) for row in [head, *rows])) for i in range(len(head))]
    at_left = [i == 0 or name in left for i, name in enumerate(head)]

    def line(cells: list[str]) -> str:
        padded = [
            c.ljust(w) if is_left else c.rjust(w)
            for c, w, is_left in zip(cells, widths, at_left, strict=True)
        ]
        return "| " + " | ".join(padded) + " |"

    rules = [
        "-" * (w + 2) if is_left else "-" * (w + 1) + ":" for w, is_left in zip(widths, at_left, strict=True)
    ]
    return "\n".join([line(head), "|" + "|".join(rules) + "|", *map(line, rows)]) + "\n"


def digits(value: float, significant: int) -> str:
    """A number with so many significant digits."""
    return f"{value:.{max(0, significant - 1 - floor(log10(abs(value))))}f}" if value else "0"


def names_of_methods(sets: dict) -> list[str]:
    """In the order in which they ran; the logistic model is in the sets of classes only."""
    longest = max((found["methods"] for found in sets.values()), key=len)
    return list(longest)


def rounded(score: float) -> str:
    """A score with three decimals, or without any where it is far from the usual range."""
    return f"{score:.3f}" if abs(score) < 100 else f"{score:.0f}"


def score_table(sets: dict, score: tuple[str, bool]) -> str:
    key, larger = score
    names = names_of_methods(sets)
    rows = []
    for label, found in sets.items():
        values = {name: row[key] for name, row in found["methods"].items() if key in row}
        best = rounded((max if larger else min)(values.values()))
        shown = {name: rounded(value) for name, value in values.items()}
        cells = {name: f"**{text}**" if text == best else text for name, text in shown.items()}
        rows.append([label, *(cells.get(name, failure(found, name)) for name in names)])
    return table(["table", *names], rows)


def failure(found: dict, name: str) -> str:
    return found["methods"].get(name, {}).get("failed", "–")


def seconds_table(sets: dict) -> str:
    names = names_of_methods(sets)
    rows = []
    for label, found in sets.items():
        times = [
            digits(row["seconds"], 2) if "seconds" in row else row.get("failed", "–")
            for row in (found["methods"].get(name, {}) for name in names)
        ]
        rows.append([label, *times])
    return table(["table", *names], rows)


def shape_table(sets: dict) -> str:
    rows = [
        [
            label,
            str(found["shape"][0]),
            str(found["shape"][1]),
            found["patches"],
            str(found["folds"]) + (" in time" if found["in_time"] else ""),
            found["source"],
            found["target"],
        ]
        for label, found in sets.items()
    ]
    head = ["table", "rows", "columns", "patch", "folds", "source", "target"]
    return table(head, rows, left=("patch", "folds", "source", "target"))


def ranks(sets: dict, score: tuple[str, bool]) -> dict[str, float]:
    """Mean place of each method among those that predict every table; 1 is the best, ties share places."""
    key, larger = score
    names = [n for n in names_of_methods(sets) if all(key in s["methods"].get(n, {}) for s in sets.values())]
    places: dict[str, list[float]] = {name: [] for name in names}
    for found in sets.values():
        values = {name: found["methods"][name][key] * (-1 if larger else 1) for name in names}
        for name in names:
            below = sum(v < values[name] for v in values.values())
            same = sum(v == values[name] for v in values.values())
            places[name].append(below + (same + 1) / 2)
    return {name: mean(place) for name, place in sorted(places.items(), key=lambda item: mean(item[1]))}


def against_table(sets: dict) -> str:
    ours = [name for name in OURS if any(name in found["against"] for found in sets.values())]
    others = [name for name in names_of_methods(sets) if name not in OURS]

    def counts(name: str, other: str) -> str:
        said = [found["against"].get(name, {}).get(other) for found in sets.values()]
        return " / ".join(str(said.count(word)) for word in ("better", "unclear", "worse"))

    return table(["", *others], [[name, *(counts(name, other) for other in others)] for name in ours])


def in_words(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names) or "none"


def sentences(sets: dict, score: tuple[str, bool], what: str) -> str:
    """What the tables say about one kind of target."""
    key, larger = score
    mean_ranks = ranks(sets, score)
    by_rank = in_words([f"`{name}` {place:.1f}" for name, place in mean_ranks.items()])
    won, lost = [], []
    for label, found in sets.items():
        values = {name: row[key] for name, row in found["methods"].items() if key in row}
        best = (max if larger else min)(values, key=values.get)
        (won if best in OURS else lost).append(label)
    pairs = {
        label: (found["methods"]["1 filter"].get(key), found["methods"]["ridge"].get(key))
        for label, found in sets.items()
    }
    below = [
        label
        for label, (ours, theirs) in pairs.items()
        if None not in (ours, theirs) and ours != theirs and (ours < theirs) == larger
    ]
    variants = sum(name in OURS for name in names_of_methods(sets))
    left_out = [f"`{name}`" for name in names_of_methods(sets) if name not in mean_ranks]
    rest = f" (without {in_words(left_out)}, not fitted everywhere)" if left_out else ""
    return (
        f"On {len(sets)} tables of {what}, the mean places{rest} are {by_rank}.\n"
        f"One of the program's {variants} variants has the best score on {len(won)}: {in_words(won)}.\n"
        f"Another method has it on {len(lost)}: {in_words(lost)}.\n"
        f"One filter has a worse score than ridge regression on {len(below)}: {in_words(below)}."
    )


def optimiser_table(sets: dict, starts: int) -> str:
    rows = []
    for label, found in sets.items():
        o = found.get("optimisers", {})
        if "failed" in o:
            rows.append([label, o["failed"], *["–"] * 6])
        elif o:
            below = round((o["scipy_best"] / o["loss"] - 1) * 100, 2) + 0.0
            rows.append(
                [
                    label,
                    digits(o["loss"], 5),
                    digits(o["scipy_best"], 5),
                    f"{below:+.2f} %",
                    digits(o["scipy_median"], 5),
                    f"{o['scipy_reached']} of {starts}",
                    digits(o["seconds"], 2),
                    digits(o["scipy_seconds"], 2),
                ]
            )
    head = [
        "table",
        "loss",
        "SciPy, best",
        "difference",
        "SciPy, median",
        "reached",
        "seconds",
        "SciPy, seconds",
    ]
    return table(head, rows) if rows else ""


def optimiser_sentence(sets: dict) -> str:
    both = {label: o for label, s in sets.items() if (o := s.get("optimisers", {})) and "loss" in o}
    lower = [label for label, o in both.items() if o["scipy_best"] < o["loss"] * (1 - 1e-4)]
    higher = [label for label, o in both.items() if o["scipy_best"] > o["loss"] * (1 + 1e-4)]
    same = len(both) - len(lower) - len(higher)
    faster = sum(o["seconds"] < o["scipy_seconds"] for o in both.values())
    return (
        f"On {same} of {len(both)} tables the best of SciPy's starts has the same loss to within 10⁻⁴.\n"
        f"SciPy's is lower on {len(lower)}: {in_words(lower)}.\n"
        f"It is higher on {len(higher)}: {in_words(higher)}.\n"
        f"The command took less time than all of SciPy's starts on {faster}."
    )


def load_in_words(sets: dict) -> str:
    """How busy the machine was after each table."""
    loads = [found["load"] for found in sets.values() if found.get("load") is not None]
    if not loads:
        return ""
    return f" The load average of the machine was {min(loads)} to {max(loads)}, this comparison included."


def page(results: dict) -> str:
    """The whole page."""
    sets, limit = results["sets"], results["limit"]
    numbers = {label: found for label, found in sets.items() if not found["classes"]}
    classes = {label: found for label, found in sets.items() if found["classes"]}
    threads = "one thread" if results["threads"] == 1 else f"{results['threads']} threads"
    by_program = results["patches"] == "auto"
    parts = [
        HEAD.format(
            count=len(sets),
            command="python benches/compare.py" + (" --patches auto" if by_program else ""),
            minutes=results["seconds"] / 60,
            sessions="" if results["sessions"] == 1 else f", in {results['sessions']} sessions",
            threads=threads,
            load=load_in_words(sets),
            versions=in_words([f"{name} {version}" for name, version in results["versions"].items()]),
            **{key: results[key] for key in ("date", "program", "processor", "system")},
        ),
        HOW.format(
            limit=limit,
            edge=0.01,
            far=0.99,
            automatic=" Here the program chose the length of windows itself." if by_program else "",
            auto=" `auto`: with `--filters auto`."
            if any("auto" in s["methods"] for s in sets.values())
            else "",
        ),
        "## What the tables say\n",
        "The places count each variant of the program as a method. With so many variants one may have the\n"
        "best score by chance, above all where scores are close.\n",
        *summary(numbers, classes),
        *section(numbers, "Numbers as target", [("Held-out `R²`", R2)]),
        *section(
            classes,
            "Classes as target",
            [("Held-out accuracy", ACCURACY), ("Held-out log-loss", LOG_LOSS), ("Held-out `R²`", R2)],
        ),
    ]
    by_scipy = optimiser_table(sets, results["scipy_starts"])
    if by_scipy:
        parts += [
            OPTIMISERS.format(starts=results["scipy_starts"]),
            by_scipy,
            optimiser_sentence(sets) + "\n",
        ]
    if sets:
        parts += ["## The data\n", shape_table(sets)]
    if results["missing"]:
        parts += ["**Missing here:**\n", *(f"- {name}: {why}." for name, why in results["missing"].items())]
    return "\n".join(parts).rstrip() + "\n"


def summary(numbers: dict, classes: dict) -> list[str]:
    """What the tables say, in sentences and in counts."""
    parts = [
        *([sentences(numbers, R2, "numbers, by `R²`") + "\n"] if numbers else []),
        *([sentences(classes, LOG_LOSS, "classes, by log-loss") + "\n"] if classes else []),
    ]
    if not all(found["against"] for found in [*numbers.values(), *classes.values()]):
        return parts
    return [
        *parts,
        "The next table counts the tables on which a variant predicts better / about as well / worse than\n"
        "another method. It is better or worse if the mean difference of squared errors exceeds two\n"
        "standard errors.\n",
        against_table({**numbers, **classes}),
    ]


def section(sets: dict, title: str, scores: list[tuple[str, tuple[str, bool]]]) -> list[str]:
    if not sets:
        return []
    parts = [f"## {title}\n"]
    for heading, score in scores:
        parts += [f"{heading}:\n", score_table(sets, score)]
    parts += ["Seconds for one fit:\n", seconds_table(sets)]
    reasons = [
        f"- {label}, `{name}`: {row['reason']}"
        for label, found in sets.items()
        for name, row in found["methods"].items()
        if row.get("reason")
    ]
    return [*parts, "Failed:\n", "\n".join(reasons) + "\n"] if reasons else parts
