//! File formats, determined by the ending of the file name.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

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

impl Format {
    /// The format that the first bytes of a file show; text if they show none.
    pub fn sniff(bytes: &[u8]) -> Self {
        match bytes {
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Self::Npy,
            [b'P', b'K', 3, 4, ..] => Self::Npz,
            [b'P', b'A', b'R', b'1', ..] => Self::Parquet,
            [0x1f, 0x8b, ..] => Self::Text { tabs: false, gzip: true },
            _ => Self::Text { tabs: false, gzip: false },
        }
    }
}

/// As it is read: `csv`, `tsv`, `npy`, `npz` or `parquet`.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text { tabs: false, .. } => "csv",
            Self::Text { tabs: true, .. } => "tsv",
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Parquet => "parquet",
        })
    }
}

/// `csv`, `tsv`, `npy`, `npz` or `parquet`. Whether text is compressed is seen when it is read.
impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name.to_lowercase().as_str() {
            "csv" => Ok(Self::Text { tabs: false, gzip: false }),
            "tsv" => Ok(Self::Text { tabs: true, gzip: false }),
            "npy" => Ok(Self::Npy),
            "npz" => Ok(Self::Npz),
            "parquet" => Ok(Self::Parquet),
            _ => Err("use csv, tsv, npy, npz or parquet".to_owned()),
        }
    }
}
