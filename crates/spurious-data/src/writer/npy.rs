//! NumPy arrays.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Layout, RowSink, Texts};
use crate::PendingFile;
use crate::block::{Precision, Values};

/// A file with the features, and one with the target.
pub(super) struct Npy {
    features: PendingFile,
    precision: Precision,
    target: Option<PendingFile>,
}

impl Npy {
    pub(super) fn new(
        mut features: PendingFile,
        mut target: Option<PendingFile>,
        layout: &Layout,
        rows: u64,
    ) -> io::Result<Self> {
        features.write_all(&header(layout.precision, rows, Some(layout.columns.features.len())))?;
        if let Some(target) = &mut target {
            target.write_all(&header(Precision::F64, rows, None))?;
        }
        Ok(Self { features, precision: layout.precision, target })
    }
}

impl RowSink for Npy {
    fn write(&mut self, _rows: usize, values: Values<'_>, target: &[f64], _: Texts<'_>) -> io::Result<()> {
        write_values(&mut self.features, values, self.precision)?;
        self.target.as_mut().map_or(Ok(()), |file| write_values(file, Values::F64(target), Precision::F64))
    }

    fn finish(self: Box<Self>) -> io::Result<Vec<PendingFile>> {
        Ok(self.target.into_iter().chain([self.features]).collect())
    }
}

/// `data.target.npy` for `data.npy`.
pub(super) fn target_path(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}.target.npy"))
}

/// The header of an array: version 1.0, padded so that the numbers begin at a multiple of 64.
pub(super) fn header(precision: Precision, rows: u64, columns: Option<usize>) -> Vec<u8> {
    let dtype = match precision {
        Precision::F32 => "<f4",
        Precision::F64 => "<f8",
    };
    let columns = columns.map(|columns| format!(" {columns}")).unwrap_or_default();
    let text = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({rows},{columns}), }}");
    let length = (10 + text.len() + 1).next_multiple_of(64) - 10;
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend((length as u16).to_le_bytes());
    header.extend(text.bytes());
    header.resize(10 + length - 1, b' ');
    header.push(b'\n');
    header
}

/// The numbers, little-endian.
pub(super) fn write_values(
    file: &mut impl Write,
    values: Values<'_>,
    precision: Precision,
) -> io::Result<()> {
    /// Numbers that are converted at once.
    const PIECE: usize = 1 << 12;
    let mut bytes = Vec::with_capacity(8 * PIECE.min(values.len()));
    let mut begin = 0;
    while begin < values.len() {
        let piece = begin..(begin + PIECE).min(values.len());
        begin = piece.end;
        bytes.clear();
        match (values, precision) {
            (Values::F32(values), Precision::F32) => {
                bytes.extend(values[piece].iter().flat_map(|x| x.to_le_bytes()))
            }
            (Values::F64(values), Precision::F64) => {
                bytes.extend(values[piece].iter().flat_map(|x| x.to_le_bytes()))
            }
            (Values::F32(values), Precision::F64) => {
                bytes.extend(values[piece].iter().flat_map(|&x| f64::from(x).to_le_bytes()));
            }
            (Values::F64(values), Precision::F32) => {
                bytes.extend(values[piece].iter().flat_map(|&x| (x as f32).to_le_bytes()));
            }
        }
        file.write_all(&bytes)?;
    }
    Ok(())
}
