//! Parquet, one row group after the other.

use std::io;
use std::sync::Arc;

use parquet::basic::{Compression, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{DataType, DoubleType, FloatType};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::{Layout, RowSink, Texts};
use crate::PendingFile;
use crate::block::{OwnedValues, Precision, Values};

/// Bytes of a row group.
const GROUP: usize = 1 << 24;

/// A file and the rows that are still to be written.
pub(super) struct Parquet {
    file: SerializedFileWriter<PendingFile>,
    features: usize,
    rows_at_once: usize,
    /// Whole rows.
    values: OwnedValues,
    target: Vec<f64>,
    has_target: bool,
}

impl Parquet {
    pub(super) fn new(file: PendingFile, layout: &Layout) -> io::Result<Self> {
        let file = begin(file, layout).map_err(failed)?;
        let features = layout.columns.features.len();
        let row_bytes =
            features * layout.precision.bytes() + 8 * usize::from(layout.columns.target.is_some());
        Ok(Self {
            file,
            features,
            rows_at_once: (GROUP / row_bytes.max(1)).max(1),
            values: OwnedValues::new(layout.precision),
            target: Vec::new(),
            has_target: layout.columns.target.is_some(),
        })
    }

    fn rows(&self) -> usize {
        if self.has_target { self.target.len() } else { self.values.as_values().len() / self.features.max(1) }
    }

    /// Writes the collected rows as a row group.
    fn write_group(&mut self) -> Result<(), ParquetError> {
        let rows = self.rows();
        if rows == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for i in 0..self.features {
            match &self.values {
                OwnedValues::F32(values) => {
                    write_column::<FloatType>(&mut group, &column(values, i, self.features))?
                }
                OwnedValues::F64(values) => {
                    write_column::<DoubleType>(&mut group, &column(values, i, self.features))?
                }
            }
        }
        if self.has_target {
            write_column::<DoubleType>(&mut group, &self.target)?;
        }
        group.close()?;
        self.values.clear();
        self.target.clear();
        Ok(())
    }
}

impl RowSink for Parquet {
    fn write(&mut self, rows: usize, values: Values<'_>, target: &[f64], _: Texts<'_>) -> io::Result<()> {
        let mut begin = 0;
        while begin < rows {
            let end = rows.min(begin + self.rows_at_once - self.rows());
            let numbers = begin * self.features..end * self.features;
            match (&mut self.values, values) {
                (OwnedValues::F32(all), Values::F32(more)) => all.extend_from_slice(&more[numbers]),
                (OwnedValues::F64(all), Values::F64(more)) => all.extend_from_slice(&more[numbers]),
                (OwnedValues::F32(all), Values::F64(more)) => {
                    all.extend(more[numbers].iter().map(|&x| x as f32))
                }
                (OwnedValues::F64(all), Values::F32(more)) => {
                    all.extend(more[numbers].iter().map(|&x| f64::from(x)))
                }
            }
            if self.has_target {
                self.target.extend_from_slice(&target[begin..end]);
            }
            if self.rows() == self.rows_at_once {
                self.write_group().map_err(failed)?;
            }
            begin = end;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<Vec<PendingFile>> {
        self.write_group().map_err(failed)?;
        Ok(vec![self.file.into_inner().map_err(failed)?])
    }
}

fn begin(file: PendingFile, layout: &Layout) -> Result<SerializedFileWriter<PendingFile>, ParquetError> {
    let required = |name: &String, physical| {
        Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::REQUIRED)
            .build()
            .map(Arc::new)
    };
    let physical = match layout.precision {
        Precision::F32 => Physical::FLOAT,
        Precision::F64 => Physical::DOUBLE,
    };
    let mut fields =
        layout.columns.features.iter().map(|name| required(name, physical)).collect::<Result<Vec<_>, _>>()?;
    if let Some(name) = &layout.columns.target {
        fields.push(required(name, Physical::DOUBLE)?);
    }
    let schema = Type::group_type_builder("schema").with_fields(fields).build()?;
    // Measured numbers rarely repeat, so a dictionary would not help.
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .build();
    SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))
}

/// A column of row-major numbers.
fn column<T: Copy>(values: &[T], i: usize, columns: usize) -> Vec<T> {
    values[i..].iter().step_by(columns).copied().collect()
}

fn write_column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, PendingFile>,
    numbers: &[T::T],
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("a column is missing in the schema".to_owned()));
    };
    column.typed::<T>().write_batch(numbers, None, None)?;
    column.close()
}

fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => error
            .downcast::<io::Error>()
            .map_or_else(|error| io::Error::other(error.to_string()), |error| *error),
        error => io::Error::other(error.to_string()),
    }
}
