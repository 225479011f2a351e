//! What is assumed of a target, from its different values.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the values of a target are taken for. All but classes are fitted by least squares; what differs is how they are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum TargetKind {
    /// Numbers on a scale.
    #[default]
    Numbers,
    /// Two values: classes.
    TwoClasses,
    /// A few values, each of which many samples have: grades on a scale, or numbers that stand for classes.
    FewValues {
        /// How many.
        values: usize,
    },
    /// Several classes, numbered from 0.
    Classes {
        /// How many.
        classes: usize,
    },
    /// Whole numbers, none of them negative, that come again.
    Counts,
}

/// As many values as this are few.
pub(super) const FEW: usize = 20;
/// Several classes are as many as this at most: their shares are counted as few values are.
pub const MOST_CLASSES: usize = FEW;
/// A value is repeated if there are so many samples for each.
const REPEATED: u64 = 5;

impl TargetKind {
    /// From the number of different values, of which no more than `FEW + 1` are counted, and from what all samples have in common.
    pub(super) fn new(values: usize, samples: u64, are_counts: bool) -> Self {
        match values {
            2 => Self::TwoClasses,
            count @ 3..=FEW if samples >= REPEATED * count as u64 => Self::FewValues { values: count },
            count if count > FEW && are_counts => Self::Counts,
            _ => Self::Numbers,
        }
    }
}

/// What is assumed, as a sentence in lower case; empty for numbers, which need none.
impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers => Ok(()),
            Self::TwoClasses => f.write_str("two values, taken as classes"),
            Self::FewValues { values } => write!(
                f,
                "{values} different values, taken as numbers on a scale; if they stand for classes, use --loss logistic, or choose one \
                 with --target-is"
            ),
            Self::Classes { classes } => write!(f, "{classes} classes"),
            Self::Counts => f.write_str(
                "counts, taken as numbers: an error of 1 weighs the same for small and large counts",
            ),
        }
    }
}
