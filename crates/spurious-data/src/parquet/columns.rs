//! What the columns of a Parquet file hold.

use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

/// A column of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// Its place among the columns of the file, in which a list or structure has several.
    pub(super) leaf: usize,
    /// What it holds, or why it is no column of numbers.
    pub(super) number_type: Result<NumberType, String>,
    /// The whole numbers behind dates and timestamps, or text.
    pub(super) other: Option<NumberType>,
}

/// Types of numbers, and text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberType {
    Bool,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
    Text,
}

impl NumberType {
    /// Bits of a number. A text has its length before it, and may be empty.
    pub(super) const fn width(self) -> u64 {
        match self {
            Self::Bool => 1,
            Self::I32 | Self::U32 | Self::F32 | Self::Text => 32,
            Self::I64 | Self::U64 | Self::F64 => 64,
        }
    }

    fn new(column: &ColumnDescriptor) -> Result<Self, String> {
        if column.max_rep_level() > 0 || column.path().parts().len() > 1 || column.max_def_level() > 1 {
            return Err("lists or structures".to_owned());
        }
        let signed = match (column.logical_type_ref(), column.converted_type()) {
            (Some(LogicalType::Integer(integer)), _) => Some(integer.is_signed),
            (None, ConvertedType::NONE) => Some(true),
            (
                None,
                ConvertedType::INT_8 | ConvertedType::INT_16 | ConvertedType::INT_32 | ConvertedType::INT_64,
            ) => Some(true),
            (
                None,
                ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64,
            ) => Some(false),
            _ => None,
        };
        match (column.physical_type(), signed) {
            (Type::BOOLEAN, _) => Ok(Self::Bool),
            (Type::FLOAT, _) => Ok(Self::F32),
            (Type::DOUBLE, _) => Ok(Self::F64),
            (Type::INT32, Some(true)) => Ok(Self::I32),
            (Type::INT32, Some(false)) => Ok(Self::U32),
            (Type::INT64, Some(true)) => Ok(Self::I64),
            (Type::INT64, Some(false)) => Ok(Self::U64),
            _ => Err(described(column)),
        }
    }
}

/// What can be read of a column without numbers.
fn other(column: &ColumnDescriptor) -> Option<NumberType> {
    let is_time = matches!(
        column.logical_type_ref(),
        Some(LogicalType::Timestamp { .. } | LogicalType::Date | LogicalType::Time { .. })
    ) || matches!(
        column.converted_type(),
        ConvertedType::TIMESTAMP_MILLIS
            | ConvertedType::TIMESTAMP_MICROS
            | ConvertedType::DATE
            | ConvertedType::TIME_MILLIS
            | ConvertedType::TIME_MICROS
    );
    let is_text = matches!(column.logical_type_ref(), Some(LogicalType::String | LogicalType::Enum))
        || matches!(column.converted_type(), ConvertedType::UTF8 | ConvertedType::ENUM);
    match column.physical_type() {
        _ if column.max_rep_level() > 0 || column.path().parts().len() > 1 || column.max_def_level() > 1 => {
            None
        }
        Type::INT32 if is_time => Some(NumberType::I32),
        Type::INT64 if is_time => Some(NumberType::I64),
        Type::BYTE_ARRAY if is_text => Some(NumberType::Text),
        _ => None,
    }
}

/// The words for a column without numbers.
fn described(column: &ColumnDescriptor) -> String {
    let word = match (column.logical_type_ref(), column.converted_type(), column.physical_type()) {
        (Some(LogicalType::Timestamp { .. }), ..)
        | (_, ConvertedType::TIMESTAMP_MILLIS | ConvertedType::TIMESTAMP_MICROS, _)
        | (.., Type::INT96) => "timestamps",
        (Some(LogicalType::Date), ..) | (_, ConvertedType::DATE, _) => "dates",
        (Some(LogicalType::Time { .. }), ..)
        | (_, ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS, _) => "times of day",
        (Some(LogicalType::Decimal { .. }), ..) | (_, ConvertedType::DECIMAL, _) => "decimals",
        (Some(LogicalType::Float16), ..) => "half-precision floats",
        (Some(LogicalType::String), ..) | (_, ConvertedType::UTF8, _) => "text",
        _ => "",
    };
    if word.is_empty() { format!("values of type {}", column.physical_type()) } else { word.to_owned() }
}

/// The columns of the table. A list or structure is one of them.
pub(super) fn columns(schema: &SchemaDescriptor) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for (leaf, descriptor) in schema.columns().iter().enumerate() {
        let name = descriptor.path().parts().first().cloned().unwrap_or_default();
        let number_type = NumberType::new(descriptor);
        let nested = number_type.is_err() && descriptor.path().parts().len() > 1;
        if nested && columns.last().is_some_and(|last| last.name == name && last.number_type.is_err()) {
            continue;
        }
        columns.push(Column { name, leaf, number_type, other: other(descriptor) });
    }
    columns
}
