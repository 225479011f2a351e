//! Tables of numbers in files, read and written in blocks, with bounded memory.
//!
//! A [`Reader`] hands over the rows of a CSV, NPY, NPZ or Parquet file as dense blocks, as often as asked, or loads them as
//! a [`Table`]. A [`Writer`] writes such blocks.
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
//! Every number that is handed over is finite. Nothing that a file can contain makes the crate panic or take more memory
//! than some blocks; what is wrong with a file is said in one line, with the place where it stands.

mod block;
mod csv;
mod error;
mod format;
mod input;
mod npy;
mod npz;
mod parquet;
mod reader;
mod request;
mod source;
mod table;
mod writer;

pub use block::{Block, OwnedValues, Precision, Values};
pub use error::{Cell, Error, NotFinite, Origin};
pub use format::Format;
pub use reader::Reader;
pub use request::{Request, Target};
pub use table::Table;
pub use writer::{Columns, Layout, Writer};
