//! Which of several classes is taken for which.

use serde::Serialize;

/// How many samples of each class were predicted to be of which. Samples count alike, whatever their weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// Whether these are samples held out, or samples that were fitted.
    pub held_out: bool,
    /// `[classes][classes]`: a row for each true class, in it the number of samples that were predicted to be of each.
    pub counts: Vec<Vec<u64>>,
}

impl Confusion {
    /// The sum of tables `[classes, classes]`, row by row.
    pub(super) fn new<'a>(classes: usize, parts: impl Iterator<Item = &'a Vec<u64>>, held_out: bool) -> Self {
        let mut all = vec![0; classes * classes];
        for part in parts {
            all.iter_mut().zip(part).for_each(|(sum, count)| *sum += count);
        }
        Self { held_out, counts: all.chunks_exact(classes).map(<[u64]>::to_vec).collect() }
    }

    /// Number of samples.
    pub fn samples(&self) -> u64 {
        self.of_classes().sum()
    }

    /// Samples whose class was predicted.
    pub fn right(&self) -> u64 {
        self.counts.iter().enumerate().map(|(class, row)| row[class]).sum()
    }

    /// Samples of the most frequent class.
    pub fn of_most_frequent(&self) -> u64 {
        self.of_classes().max().unwrap_or(0)
    }

    fn of_classes(&self) -> impl Iterator<Item = u64> {
        self.counts.iter().map(|row| row.iter().sum())
    }

    /// The pair of classes, true and predicted, that are confused most often, with the number of samples; none if none are.
    pub fn most_confused(&self) -> Option<(usize, usize, u64)> {
        let of_row = |(truth, row): (usize, &Vec<u64>)| -> Vec<(usize, usize, u64)> {
            row.iter().enumerate().map(|(predicted, count)| (truth, predicted, *count)).collect()
        };
        let all = self.counts.iter().enumerate().flat_map(of_row);
        // Of equals the first.
        let wrong = all.filter(|(truth, predicted, count)| truth != predicted && *count > 0);
        wrong.reduce(|most, other| if other.2 > most.2 { other } else { most })
    }
}
