//! What every format offers to the reader.

use crate::block::{BlockBuffer, Precision};
use crate::error::{Cell, Origin, not_finite};
use crate::request::{LeftOut, Role, Selection, numbered};
use crate::{Error, OwnedValues};

/// Hands over the rows of the wanted columns, from the first to the last, as often as asked.
pub(crate) trait RowSource: Send {
    /// Goes back to the first row.
    fn rewind(&mut self) -> Result<(), Error>;

    /// Appends the next `rows` rows to `block`; fewer only if there are no more.
    fn read(&mut self, rows: usize, block: &mut BlockBuffer) -> Result<(), Error>;

    /// How many rows there are, if the file says so.
    fn rows(&self) -> Option<u64>;

    /// The precision of the features in the file.
    fn precision(&self) -> Precision;
}

/// A file whose header has been read.
pub(crate) struct Opened {
    pub(crate) origin: Origin,
    pub(crate) source: Box<dyn RowSource>,
    pub(crate) features: Vec<String>,
    pub(crate) left_out: Vec<LeftOut>,
    /// The columns beside the features, by what they are called.
    pub(crate) beside: Vec<Beside>,
    /// Those of them that stand in other files or arrays.
    pub(crate) sides: Vec<Side>,
    /// Whether columns have names of their own.
    pub(crate) has_names: bool,
}

/// A column beside the features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Beside {
    pub(crate) role: Role,
    pub(crate) name: String,
    pub(crate) is_text: bool,
}

/// A column in another file or array, read beside the features.
pub(crate) struct Side {
    pub(crate) column: Beside,
    pub(crate) origin: Origin,
    pub(crate) source: Box<dyn RowSource>,
}

impl Opened {
    /// What `selection` takes from the columns called `names`, some of which hold text.
    pub(crate) fn new(
        origin: Origin,
        names: &[String],
        selection: &Selection,
        is_text: impl Fn(usize) -> bool,
        source: impl RowSource + 'static,
    ) -> Self {
        let beside = selection.beside.iter().map(|&(role, place)| Beside {
            role,
            name: names[place].clone(),
            is_text: is_text(place),
        });
        Self {
            origin,
            source: Box::new(source),
            features: selection.features.iter().map(|&place| names[place].clone()).collect(),
            left_out: selection.left_out.clone(),
            beside: beside.collect(),
            sides: Vec::new(),
            has_names: *names != numbered(names.len()),
        }
    }
}

/// Whole numbers up to here are doubles.
pub(crate) const EXACT: u64 = 1 << 53;

/// Fails if a number in `block` is not finite, from its row `begin` on; features and target may be missing if the selection
/// says so. That row is row `first_row` of the file, counted from 0.
pub(crate) fn check_finite(
    block: &BlockBuffer,
    begin: usize,
    first_row: u64,
    origin: &Origin,
    names: &[String],
    selection: &Selection,
) -> Result<(), Error> {
    let error = |row: usize, place: usize, found: f64| {
        let cell = Cell { origin, row: first_row + (row - begin) as u64, line: None, column: &names[place] };
        Error::not_finite(&cell, not_finite(found))
    };
    let width = selection.features.len();
    let missing = selection.missing;
    let bad = match &block.values {
        OwnedValues::F32(values) => first_bad_f32(values, begin * width, missing).map(|(i, x)| (i, x.into())),
        OwnedValues::F64(values) => first_bad_f64(values, begin * width, missing),
    };
    if let Some((i, found)) = bad {
        return Err(error(i / width, selection.features[i % width], found));
    }
    for &(role, place) in &selection.beside {
        let numbers = &block.cells(role).numbers;
        let missing = missing && role == Role::Target;
        if let Some((row, found)) = numbers.get(begin..).and_then(|_| first_bad_f64(numbers, begin, missing))
        {
            return Err(error(row, place, found));
        }
    }
    Ok(())
}

/// The place and value of the first number from `begin` on that is not finite; NaN may be allowed.
macro_rules! first_bad {
    ($name:ident, $number:ty) => {
        fn $name(numbers: &[$number], begin: usize, missing: bool) -> Option<(usize, $number)> {
            // `0·x` is 0 for finite `x` and NaN otherwise, so that a sum without branches tells whether a stretch is finite.
            const STRETCH: usize = 1024;
            let all_finite = |stretch: &[$number]| {
                let mut sums = [0.0; 8];
                let mut eights = stretch.chunks_exact(8);
                for eight in &mut eights {
                    for (sum, x) in sums.iter_mut().zip(eight) {
                        *sum += 0.0 * x;
                    }
                }
                let rest: $number = eights.remainder().iter().map(|x| 0.0 * x).sum();
                !(sums.iter().sum::<$number>() + rest).is_nan()
            };
            let is_bad = |x: &$number| x.is_infinite() || x.is_nan() && !missing;
            numbers[begin..].chunks(STRETCH).enumerate().filter(|(_, stretch)| !all_finite(stretch)).find_map(
                |(stretch, numbers)| {
                    let place = numbers.iter().position(is_bad)?;
                    Some((begin + stretch * STRETCH + place, numbers[place]))
                },
            )
        }
    };
}
first_bad!(first_bad_f32, f32);
first_bad!(first_bad_f64, f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_that_is_not_finite_is_found_wherever_it_is() {
        for length in [1, 7, 8, 9, 1023, 1024, 1025, 5000] {
            let mut numbers = vec![-1e308; length];
            assert_eq!(first_bad_f64(&numbers, 0, false), None);
            for place in [0, length / 2, length - 1] {
                numbers[place] = f64::NEG_INFINITY;
                numbers[length - 1] = f64::INFINITY;
                assert_eq!(first_bad_f64(&numbers, 0, false), Some((place, numbers[place])));
                assert_eq!(first_bad_f64(&numbers, place, false), Some((place, numbers[place])));
                numbers.fill(2.5);
            }
        }
    }
}
