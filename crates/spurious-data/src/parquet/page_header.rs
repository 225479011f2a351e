//! The header of a page.
//!
//! The `parquet` crate reads these headers too, but allocates what they ask for before a caller can see them.

use super::thrift::{Bytes, FALSE, I16, I64, Reason, STRUCT, TRUE};

/// What a header says. Lengths are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// The length of the header itself.
    pub(super) length: u64,
    pub(super) compressed: u64,
    pub(super) uncompressed: u64,
    pub(super) checksum: Option<u32>,
    pub(super) page: Page,
}

/// What kind of page follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    Data {
        values: u32,
        encoding: i32,
        levels: i32,
    },
    DataV2 {
        values: u32,
        nulls: u32,
        rows: u32,
        encoding: i32,
        definition: u32,
        repetition: u32,
        compressed: bool,
    },
    Dictionary {
        values: u32,
        encoding: i32,
    },
    Index,
}

impl Header {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Reason> {
        let mut input = Bytes::new(bytes);
        let mut fields = Fields::default();
        input.structure(0, &mut |input, id, kind| match id {
            5 | 7 | 8 if kind == STRUCT => {
                input.structure(1, &mut |input, inner, kind| fields.read((id, inner), kind, input))
            }
            _ => fields.read((0, id), kind, input),
        })?;
        let length = |key| fields.length(key);
        let encoding = |key| fields.get(key).map(|number| number as i32);
        let page = match fields.get((0, 1))? {
            0 => {
                Page::Data { values: length((5, 1))?, encoding: encoding((5, 2))?, levels: encoding((5, 3))? }
            }
            1 => Page::Index,
            2 => Page::Dictionary { values: length((7, 1))?, encoding: encoding((7, 2))? },
            3 => Page::DataV2 {
                values: length((8, 1))?,
                nulls: length((8, 2))?,
                rows: length((8, 3))?,
                encoding: encoding((8, 4))?,
                definition: length((8, 5))?,
                repetition: length((8, 6))?,
                compressed: fields.find((8, 7)) != Some(0),
            },
            _ => return Err("a page of unknown kind"),
        };
        Ok(Self {
            length: (bytes.len() - input.len()) as u64,
            uncompressed: length((0, 2))?.into(),
            compressed: length((0, 3))?.into(),
            checksum: fields.find((0, 4)).map(|checksum| checksum as u32),
            page,
        })
    }
}

/// The numbers in a header, by the field of the header (0 for itself) and the field in it.
#[derive(Default)]
struct Fields(Vec<((i16, i16), i64)>);

impl Fields {
    /// Reads a field, and keeps it if it is a number.
    fn read(&mut self, key: (i16, i16), kind: u8, input: &mut Bytes<'_>) -> Result<(), Reason> {
        let number = match kind {
            TRUE => 1,
            FALSE => 0,
            I16..=I64 => input.integer()?,
            _ => return input.skip(kind, 2),
        };
        self.0.push((key, number));
        Ok(())
    }

    fn find(&self, key: (i16, i16)) -> Option<i64> {
        self.0.iter().find(|(found, _)| *found == key).map(|(_, number)| *number)
    }

    fn get(&self, key: (i16, i16)) -> Result<i64, Reason> {
        self.find(key).ok_or("a header without all of its fields")
    }

    fn length(&self, key: (i16, i16)) -> Result<u32, Reason> {
        let number = i32::try_from(self.get(key)?).ok();
        number.and_then(|number| u32::try_from(number).ok()).ok_or("a header with a negative length")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_ten_values() {
        // type 0, lengths 80 and 44, then a data page header of ten values: PLAIN, RLE, RLE.
        let bytes = [0x15, 0, 0x15, 160, 1, 0x15, 88, 0x2c, 0x15, 20, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0, 99];
        let header = Header::parse(&bytes).unwrap();
        assert_eq!(header.page, Page::Data { values: 10, encoding: 0, levels: 3 });
        assert_eq!((header.length, header.uncompressed, header.compressed), (18, 80, 44));
        for cut in 0..18 {
            assert!(Header::parse(&bytes[..cut]).is_err());
        }
    }

    #[test]
    fn nothing_in_a_header_takes_long() {
        // A list of 2⁶³ lists, and structures in structures.
        assert!(Header::parse(&[0x19, 0xf9, 255, 255, 255, 255, 255, 255, 255, 255, 127, 0x09]).is_err());
        assert!(Header::parse(&[0x1c; 1000]).is_err());
    }
}
