//! A table in memory.

use std::ops::ControlFlow;
use std::path::Path;

use crate::block::{OwnedValues, Values};
use crate::request::Role;
use crate::{Error, Reader};

/// Size of a block in bytes while a table is loaded.
const BLOCK: u64 = 1 << 22;

/// All rows of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The names of the features.
    pub features: Vec<String>,
    /// The features, `[rows, features]`.
    pub values: OwnedValues,
    /// Number of rows.
    pub rows: usize,
    /// The target's name, if there is a target.
    pub target_name: Option<String>,
    /// The target, `[rows]`.
    pub target: Option<Vec<f64>>,
    /// The sample weights, `[rows]`.
    pub weights: Option<Vec<f64>>,
    /// The group of each row.
    pub groups: Option<Vec<u32>>,
    /// When each row was measured.
    pub time: Option<Vec<f64>>,
}

impl Reader {
    /// Reads all rows into memory.
    ///
    /// # Errors
    /// As for [`Reader::pass`], and if the table needs more than `most_bytes`. Files that state their number of rows are refused before they
    /// are read.
    ///
    /// # Examples
    /// ```
    /// use spurious_data::{OwnedValues, Reader, Request};
    ///
    /// let mut reader = Reader::from_bytes("data.csv".as_ref(), *b"a,b\n1,2\n3,4\n", &Request::default())?;
    /// assert_eq!(reader.load(1000)?.values, OwnedValues::F64(vec![1.0, 2.0, 3.0, 4.0]));
    /// assert_eq!(reader.load(31).unwrap_err().to_string(), "data.csv needs 32 bytes of memory: at most 31 bytes are allowed");
    /// # Ok::<(), spurious_data::Error>(())
    /// ```
    pub fn load(&mut self, most_bytes: u64) -> Result<Table, Error> {
        let table = self.load_while(most_bytes, &mut || true)?;
        Ok(table.expect("nobody stopped it"))
    }

    /// The same with cancellation: `None` if `go_on`, which is called for each block, returns `false`.
    ///
    /// # Errors
    /// As for [`load`](Self::load).
    pub fn load_while(
        &mut self,
        most_bytes: u64,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Table>, Error> {
        let too_large = |path: &Path, needed: String| {
            let limit = size(most_bytes);
            Error::too_large(format_args!(
                "{} needs {needed} of memory: at most {limit} are allowed",
                path.display()
            ))
        };
        if let Some(bytes) = self.in_memory_bytes()
            && bytes > most_bytes
        {
            return Err(too_large(self.path(), size(bytes)));
        }
        let row_bytes = self.row_bytes();
        let rows_at_once = (BLOCK / row_bytes).max(1) as usize;
        // The number of rows in a header is not trusted: vectors grow with the rows that are read.
        let most_rows = self.rows().unwrap_or(most_bytes / row_bytes);
        let most_rows = usize::try_from(most_rows).unwrap_or(usize::MAX);
        let columns = self.features().len();
        let mut values = OwnedValues::new(self.precision());
        let (mut target, mut weights, mut time) = (Vec::new(), Vec::new(), Vec::new());
        let mut groups = Vec::new();
        let (mut needed, mut is_wanted) = (0, true);
        self.pass(rows_at_once, &mut |block| {
            needed += block.rows as u64 * row_bytes;
            is_wanted = go_on();
            if needed > most_bytes || !is_wanted {
                return ControlFlow::Break(());
            }
            let most_values = most_rows.saturating_mul(columns);
            match (&mut values, block.values) {
                (OwnedValues::F32(all), Values::F32(more)) => append(all, more, most_values),
                (OwnedValues::F64(all), Values::F64(more)) => append(all, more, most_values),
                (OwnedValues::F32(_), Values::F64(_)) | (OwnedValues::F64(_), Values::F32(_)) => {
                    unreachable!("blocks have the reader's precision")
                }
            }
            append(&mut target, block.target.unwrap_or_default(), most_rows);
            append(&mut weights, block.weights.unwrap_or_default(), most_rows);
            append(&mut groups, block.groups.unwrap_or_default(), most_rows);
            append(&mut time, block.time.unwrap_or_default(), most_rows);
            ControlFlow::Continue(())
        })?;
        if needed > most_bytes {
            return Err(too_large(self.path(), format!("more than {}", size(needed))));
        }
        if !is_wanted {
            return Ok(None);
        }
        Ok(Some(Table {
            features: self.features().to_vec(),
            rows: values.as_values().len() / columns,
            values,
            target_name: self.target_name().map(str::to_owned),
            target: self.has(Role::Target).then_some(target),
            weights: self.has(Role::Weights).then_some(weights),
            groups: self.has(Role::Groups).then_some(groups),
            time: self.has(Role::Time).then_some(time),
        }))
    }
}

/// Appends, doubling the capacity but never beyond what the table can need.
fn append<T: Copy>(all: &mut Vec<T>, more: &[T], most: usize) {
    let needed = all.len() + more.len();
    if needed > all.capacity() {
        let capacity = (2 * all.capacity()).min(most).max(needed);
        all.reserve_exact(capacity - all.len());
    }
    all.extend_from_slice(more);
}

/// A number of bytes in a suitable unit.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
