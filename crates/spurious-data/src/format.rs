//! File formats, determined by the ending of the file name.

use std::path::Path;

use crate::Error;

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text with one row per line.
    Text {
        /// Whether fields are separated by tabs. Otherwise the separator is found from the first line.
        tabs: bool,
        /// Whether the file is compressed with gzip.
        gzip: bool,
    },
    /// One NumPy array.
    Npy,
    /// A ZIP file of NumPy arrays.
    Npz,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// The format for the name of a file.
    ///
    /// # Errors
    /// If the ending is none of `.csv`, `.tsv`, `.csv.gz`, `.tsv.gz`, `.npy`, `.npz` and `.parquet`, in any case.
    ///
    /// # Examples
    /// ```
    /// use spurious_data::Format;
    ///
    /// assert_eq!(Format::of("digits.NPY".as_ref()).unwrap(), Format::Npy);
    /// assert!(Format::of("digits.xlsx".as_ref()).is_err());
    /// ```
    pub fn of(path: &Path) -> Result<Self, Error> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let text = |tabs, gzip| Self::Text { tabs, gzip };
        [
            (".csv", text(false, false)),
            (".tsv", text(true, false)),
            (".csv.gz", text(false, true)),
            (".tsv.gz", text(true, true)),
            (".npy", Self::Npy),
            (".npz", Self::Npz),
            (".parquet", Self::Parquet),
        ]
        .into_iter()
        .find_map(|(ending, format)| name.ends_with(ending).then_some(format))
        .ok_or_else(|| {
            Error::input(format_args!(
                "{} has no known ending: use .csv, .tsv, .csv.gz, .tsv.gz, .npy, .npz or .parquet",
                path.display()
            ))
        })
    }
}
