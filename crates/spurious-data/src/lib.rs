//! Tables of numbers in files, read and written in blocks, with bounded memory.
//!
//! A [`Reader`] reads the rows of a CSV, NPY, NPZ or Parquet file as dense blocks, in any number of passes, or loads them as
//! a [`Table`]. A [`Writer`] writes such blocks. A written file has a hidden name until it is complete; the same holds for every file
//! written to a [`PendingFile`] and every folder written by [`write_folder`].
//!
//! ```
//! use spurious_data::{Reader, Request, Target};
//!
//! let text = "height,width,area\n1,2,2\n3,4,12\n";
//! let request = Request { target: Some(Target::Column("area".to_owned())), ..Request::default() };
//! let table = Reader::from_bytes("data.csv".as_ref(), text.as_bytes(), &request)?.load(1_000_000)?;
//! assert_eq!(table.features, ["height", "width"]);
//! assert_eq!(table.target, Some(vec![2.0, 12.0]));
//! # Ok::<(), spurious_data::Error>(())
//! ```
//!
//! # What is read
//!
//! | ending | content |
//! |---|---|
//! | `.csv`, `.tsv`, also with `.gz` | one row per line, fields separated by commas, semicolons or tabs; a first line that is no row of numbers names the columns; blank lines are skipped |
//! | `.npy` | an array `[rows]` or `[rows, …]`, in C order; a row is flattened |
//! | `.npz` | arrays as above, stored or deflated; the features are the one with two or more dimensions, or `X`, or the one that is named |
//! | `.parquet` | flat columns, compressed with Snappy, Zstandard, gzip or LZ4, or not |
//!
//! Numbers are floats of two to eight bytes, integers up to 2⁵³ in size, and truth values; in text, what Rust reads as an
//! `f64`, with a decimal point. NumPy arrays are little-endian. A value that is missing, NaN or infinite is an error: an empty
//! field, `NA`, `N/A`, `null`, `none`, `?` and `.` in text, a null in Parquet. (Half-precision floats are read from NumPy only.)
//!
//! Every number that is returned is finite. No content of a file makes the crate panic or use more memory than some blocks. An
//! [`Error`] says in one line what is wrong with a file, and where; text from the file is shown without control characters.

mod block;
mod csv;
mod dictionary;
mod error;
mod format;
mod index;
mod input;
mod npy;
mod npz;
mod parquet;
mod pending;
mod reader;
mod request;
mod source;
mod table;
mod writer;

pub use block::{Block, Ids, OwnedValues, Precision, Values};
pub use error::Error;
pub use format::Format;
pub use pending::{PendingFile, write_folder};
pub use reader::Reader;
pub use request::{LeftOut, NoMeasurements, Request, Target};
pub use table::Table;
pub use writer::{Columns, Layout, Texts, Writer};
