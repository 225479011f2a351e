//! The list of row groups, at the end of the file.
//!
//! The `parquet` crate takes a field for what its number says, whatever its type is. And where it skips a list of truth
//! values it counts them without reading any, so that a few bytes keep it counting to 2³¹. It is therefore given a copy,
//! written here, which holds known fields of the right type and nothing else.

use parquet::file::metadata::{
    ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader, ParquetStatisticsPolicy,
};

use super::thrift::{BINARY, BYTE, Bytes, FALSE, I16, I32, I64, LIST, Reason, STRUCT, TRUE};
use crate::Error;
use crate::input::{Input, fill};

/// Bytes that the list may have.
const LENGTH: u64 = 1 << 24;

/// Reads and checks the list.
pub(super) fn read(input: &Input) -> Result<ParquetMetaData, Error> {
    let origin = input.origin();
    let damaged = |reason: &str| Error::damaged(&origin, reason);
    let length = input.len();
    if length == 0 {
        return Err(Error::empty(&origin.path));
    }
    if length < 12 {
        return Err(damaged("it is too short for a Parquet file"));
    }
    let tail: [u8; 8] = read_at(input, length - 8, 8)?.try_into().map_err(|_| damaged("it is cut off"))?;
    let [a, b, c, d, magic @ ..] = tail;
    match &magic {
        b"PAR1" => {}
        b"PARE" => return Err(damaged("it is encrypted")),
        _ => return Err(damaged("it does not end as a Parquet file does")),
    }
    let footer = u64::from(u32::from_le_bytes([a, b, c, d]));
    if footer > length - 12 {
        return Err(damaged("its list of row groups is longer than the file"));
    }
    if footer > LENGTH {
        return Err(damaged("its list of row groups is longer than 16 MB"));
    }
    let footer = read_at(input, length - 8 - footer, footer)?;
    let footer = known_fields(&footer).map_err(damaged)?;
    let options = ParquetMetaDataOptions::new()
        .with_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll)
        .with_column_stats_policy(ParquetStatisticsPolicy::SkipAll)
        .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll);
    ParquetMetaDataReader::decode_metadata_with_options(&footer, Some(&options))
        .map_err(|error| damaged(&error.to_string()))
}

fn read_at(input: &Input, begin: u64, length: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; length as usize];
    let mut stream = input.stream_at(begin)?;
    let read = fill(&mut stream, &mut bytes).map_err(|source| Error::reading(input.path(), source))?;
    bytes.truncate(read);
    Ok(bytes)
}

/// What a value has to be.
enum Shape {
    /// A number or a text of this type.
    Plain(u8),
    /// A truth value.
    Flag,
    List(&'static Shape),
    Structure(Fields),
}

type Fields = &'static [(i16, Shape)];

use Shape::{Flag, List, Plain, Structure};

const EMPTY: Shape = Structure(&[]);
const TIME: Shape = Structure(&[(1, Flag), (2, Structure(&[(1, EMPTY), (2, EMPTY), (3, EMPTY)]))]);

/// Text, map, list, enumeration, decimal, date, time, moment, integer, null, JSON, BSON, UUID, half precision.
const LOGICAL_TYPE: Shape = Structure(&[
    (1, EMPTY),
    (2, EMPTY),
    (3, EMPTY),
    (4, EMPTY),
    (5, Structure(&[(1, Plain(I32)), (2, Plain(I32))])),
    (6, EMPTY),
    (7, TIME),
    (8, TIME),
    (10, Structure(&[(1, Plain(BYTE)), (2, Flag)])),
    (11, EMPTY),
    (12, EMPTY),
    (13, EMPTY),
    (14, EMPTY),
    (15, EMPTY),
]);

/// Type, length, repetition, name, children, older logical type, scale, precision, number, logical type.
const SCHEMA_ELEMENT: Shape = Structure(&[
    (1, Plain(I32)),
    (2, Plain(I32)),
    (3, Plain(I32)),
    (4, Plain(BINARY)),
    (5, Plain(I32)),
    (6, Plain(I32)),
    (7, Plain(I32)),
    (8, Plain(I32)),
    (9, Plain(I32)),
    (10, LOGICAL_TYPE),
]);

/// Type, encodings, path, codec, values, two lengths, and where the pages begin.
const COLUMN: Shape = Structure(&[
    (1, Plain(I32)),
    (2, List(&Plain(I32))),
    (3, List(&Plain(BINARY))),
    (4, Plain(I32)),
    (5, Plain(I64)),
    (6, Plain(I64)),
    (7, Plain(I64)),
    (9, Plain(I64)),
    (10, Plain(I64)),
    (11, Plain(I64)),
]);

/// File, offset, column.
const CHUNK: Shape = Structure(&[(1, Plain(BINARY)), (2, Plain(I64)), (3, COLUMN)]);

const ROW_GROUP: Shape = Structure(&[
    (1, List(&CHUNK)),
    (2, Plain(I64)),
    (3, Plain(I64)),
    (5, Plain(I64)),
    (6, Plain(I64)),
    (7, Plain(I16)),
]);

/// Version, schema, rows, row groups, and who wrote it.
const FILE: Fields = &[
    (1, Plain(I32)),
    (2, List(&SCHEMA_ELEMENT)),
    (3, Plain(I64)),
    (4, List(&ROW_GROUP)),
    (6, Plain(BINARY)),
];

/// The known fields of a footer. Takes time in proportion to its length.
fn known_fields(bytes: &[u8]) -> Result<Vec<u8>, Reason> {
    let mut out = Vec::with_capacity(bytes.len());
    copy_structure(&mut Bytes::new(bytes), &mut out, FILE)?;
    Ok(out)
}

fn copy_structure(input: &mut Bytes<'_>, out: &mut Vec<u8>, fields: Fields) -> Result<(), Reason> {
    input.structure(0, &mut |input, id, kind| {
        let shape = fields.iter().find(|(known, _)| *known == id).map(|(_, shape)| shape);
        let Some(shape) = shape else { return input.skip(kind, 1) };
        if !shape.is(kind) {
            return Err("a field of the wrong type");
        }
        // A field with its number in full: type, then the number in zigzag.
        out.push(kind);
        varint(out, u64::from(id.unsigned_abs()) << 1);
        copy(input, out, shape, kind)
    })?;
    out.push(0);
    Ok(())
}

/// Copies a value whose type has been checked.
fn copy(input: &mut Bytes<'_>, out: &mut Vec<u8>, shape: &Shape, kind: u8) -> Result<(), Reason> {
    match shape {
        Flag => Ok(()),
        Plain(_) => {
            out.extend_from_slice(input.passed_over(|input| input.skip(kind, 1))?);
            Ok(())
        }
        Structure(fields) => copy_structure(input, out, fields),
        List(element) => {
            let (count, kind) = input.list()?;
            if count > 0 && !element.is(kind) {
                return Err("a list of the wrong type");
            }
            out.push(0xf0 | kind);
            varint(out, count);
            (0..count).try_for_each(|_| copy(input, out, element, kind))
        }
    }
}

impl Shape {
    fn is(&self, kind: u8) -> bool {
        match self {
            Plain(plain) => kind == *plain,
            Flag => kind == TRUE || kind == FALSE,
            List(_) => kind == LIST,
            Structure(_) => kind == STRUCT,
        }
    }
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_out() {
        // Field 1, version 2; field 5, a list of two truth values; field 6, the text "a".
        let bytes = [0x15, 4, 0x49, 0x21, 1, 1, 0x18, 1, b'a', 0];
        let kept = known_fields(&bytes).expect("well-formed");
        assert_eq!(kept, [5, 2, 4, 8, 12, 1, b'a', 0]);
        assert_eq!(known_fields(&kept).expect("well-formed"), kept);
    }

    #[test]
    fn what_is_taken_for_something_else_is_refused() {
        // The schema as a text, and as a list of numbers.
        assert!(known_fields(&[0x28, 1, b'a', 0]).is_err());
        assert!(known_fields(&[0x29, 0x15, 4, 0]).is_err());
        // A list of 2³¹ row groups.
        assert!(known_fields(&[0x49, 0xfc, 255, 255, 255, 255, 7, 0]).is_err());
    }
}
