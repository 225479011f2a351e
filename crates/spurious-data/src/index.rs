//! Columns that count or name the rows, found by their names and first numbers.

use std::collections::HashSet;

use crate::block::BlockBuffer;
use crate::request::{LeftOut, NoMeasurements};

/// Fewer rows than these say nothing.
const FEWEST_ROWS: usize = 3;
/// A first column of any name is an index if it counts so many rows.
const MANY_ROWS: usize = 10;

/// The column of a table that is an index: it counts the rows, and is the first or has a name that says so; or it has a whole
/// number of its own in every row and such a name.
pub(crate) fn index_column(names: &[String], keep: &[String], first: &BlockBuffer) -> Option<LeftOut> {
    if first.rows < FEWEST_ROWS {
        return None;
    }
    let values = first.values.as_values();
    names.iter().enumerate().find_map(|(place, name)| {
        let column = || (0..first.rows).map(|row| values.get(row * names.len() + place));
        let is_named_so = names_rows(name, place);
        if keep.contains(name) || !(is_named_so || place == 0 && first.rows >= MANY_ROWS) {
            return None;
        }
        let start = values.get(place);
        let counts = start.fract() == 0.0 && column().enumerate().all(|(row, x)| x == start + row as f64);
        let is_unique = || {
            let mut seen = HashSet::new();
            is_named_so && column().all(|x| x.fract() == 0.0 && seen.insert(x.to_bits()))
        };
        let holds = match () {
            () if counts => NoMeasurements::Index,
            () if is_unique() => NoMeasurements::Ids,
            () => return None,
        };
        Some(LeftOut { column: name.clone(), holds })
    })
}

/// Whether a name is one that an index has.
fn names_rows(name: &str, place: usize) -> bool {
    const NAMES: [&str; 10] =
        ["id", "ids", "idx", "index", "row", "rowid", "row_id", "rownames", "level_0", "__index_level_0__"];
    let name = name.to_lowercase();
    // A column without a name is called by its place.
    let is_unnamed = name == (place + 1).to_string() || name.starts_with("unnamed: ");
    is_unnamed || NAMES.contains(&name.as_str()) || name.ends_with("_id") || name.starts_with("id_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::{OwnedValues, Precision};

    fn found(names: &[&str], keep: &[&str], rows: &[&[f64]]) -> Option<(String, NoMeasurements)> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let keep: Vec<String> = keep.iter().map(|&name| name.to_owned()).collect();
        let mut first = BlockBuffer::new(Precision::F64);
        (first.values, first.rows) = (OwnedValues::F64(rows.concat()), rows.len());
        index_column(&names, &keep, &first).map(|index| (index.column, index.holds))
    }

    #[test]
    fn an_index_counts_rows_or_names_them() {
        let rows: [&[f64]; 3] = [&[4.0, 0.1], &[5.0, 0.2], &[6.0, 0.7]];
        for name in ["id", "ID", "1", "Unnamed: 0", "sample_id", "index", "__index_level_0__"] {
            assert_eq!(found(&[name, "x"], &[], &rows), Some((name.to_owned(), NoMeasurements::Index)));
            assert_eq!(found(&[name, "x"], &[name], &rows), None);
        }
        assert_eq!(found(&["t", "x"], &[], &rows), None);
        assert_eq!(found(&["id", "x"], &[], &rows[..2]), None);
        let ids: [&[f64]; 3] = [&[0.3, 17.0], &[0.4, 3.0], &[0.1, 90.0]];
        assert_eq!(found(&["x", "id"], &[], &ids), Some(("id".to_owned(), NoMeasurements::Ids)));
        assert_eq!(found(&["x", "width"], &[], &ids), None);
        assert_eq!(found(&["id", "x"], &[], &[&[1.0, 0.1], &[1.0, 0.2], &[2.0, 0.7]]), None);
        let many: Vec<[f64; 2]> = (0..10).map(|row| [f64::from(row), 0.5]).collect();
        let many: Vec<&[f64]> = many.iter().map(<[f64; 2]>::as_slice).collect();
        assert_eq!(found(&["t", "x"], &[], &many), Some(("t".to_owned(), NoMeasurements::Index)));
        assert_eq!(found(&["t", "x"], &[], &many[..9]), None);
    }
}
