//! `spurious help terms`: what the letters and words of flags and tables mean, on one screen.

use crate::style::{BOLD, styled};

/// A term, what it means, and the flag, column or command where it occurs.
type Term = (&'static str, &'static str, &'static str);

const SECTIONS: [(&str, &[Term]); 5] = [
    (
        "Network and teacher",
        &[
            ("p", "numbers in a patch, and in the filter", "--patch-dim"),
            ("k", "patches; each has one output weight", "--patches"),
            ("ρ", "sum ratio (Σb)²/Σb² of the teacher's output\nweights b, from 0 to k", "--sum-ratio"),
            ("β", "scale ratio ‖b‖/‖v₀‖; v₀ is the student's\nfilter at the start", "--scale-ratio"),
            ("c", "negative slope of the activation: 0 is the\nrectifier, 1 the identity", "probability"),
            ("η", "step size; flow: the limit of small steps", "--step-size"),
            (
                "x_c",
                "criticality πρ/(k + π − 1); from 1 on there\nis no spurious minimum (if p > 1)",
                "column x_c",
            ),
        ],
    ),
    (
        "One run",
        &[
            (
                "angle φ",
                "between the filters of student and teacher:\n0 if they agree, π if they are opposite",
                "--angle",
            ),
            ("sum", "Σa of the student's output weights a", "--sum"),
            ("signal", "Σab; at the teacher it is Σb²", "--signal"),
            (
                "phase I",
                "the slow part, until φ is at most π/4 and\nthe signal at least half of Σb²",
                "trace",
            ),
            (
                "verdict",
                "where the run ends: global (at the teacher),\nspurious (in the trap); or undecided",
                "trace, sweep",
            ),
        ],
    ),
    (
        "Landscape",
        &[
            ("loss", "half the mean squared error over all inputs", "landscape"),
            (
                "spurious minimum",
                "the trap: a minimum that is not the teacher,\nwith the filter reversed (antipode)",
                "landscape",
            ),
            ("saddle", "a point with a way down on two sides", "landscape"),
            ("index", "how many directions lead down from there", "landscape"),
            ("barrier", "climb from the trap to the saddle", "landscape"),
        ],
    ),
    (
        "Many runs",
        &[
            ("probability", "that a random start ends at the teacher", "probability"),
            ("limit k→∞", "the same for many patches at the same x_c", "probability"),
            (
                "starts",
                "random starts needed for one to end at the\nteacher, with the confidence asked for",
                "--confidence",
            ),
            ("95 % interval", "for the probability, from the runs simulated", "sweep"),
            ("z", "estimate minus exact, in standard errors", "column z"),
            ("law", "1 − (1 − P₁)ʳ: as if r filters were tickets", "width"),
        ],
    ),
    (
        "Fit",
        &[
            ("λ", "penalty on the output weights", "--ridge"),
            ("antipodal restart", "a search from the fitted filter, reversed", "fit"),
        ],
    ),
];

/// The terms, with headings and terms in bold.
pub(crate) fn text() -> String {
    let mut text = String::new();
    for (heading, terms) in SECTIONS {
        text += &format!("{}\n", styled(BOLD, heading));
        for (term, meaning, place) in terms {
            let (mut term, mut place) = (*term, *place);
            for line in meaning.lines() {
                let name = styled(BOLD, &format!("{term:<17}"));
                text += format!("  {name}  {line:<44}  {place}").trim_end();
                text.push('\n');
                (term, place) = ("", "");
            }
        }
    }
    text
}
