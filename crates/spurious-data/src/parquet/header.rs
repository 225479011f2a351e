//! The header of a page, in Thrift's compact protocol.
//!
//! The `parquet` crate reads these headers too, but allocates what they ask for before anyone can look at them.

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

/// Why a header cannot be read.
pub(super) type Reason = &'static str;

impl Header {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Reason> {
        let mut input = Bytes::new(bytes);
        let mut fields = Fields::default();
        input.structure(0, &mut |input, id, kind| match id {
            5 | 7 | 8 if kind == STRUCT => {
                input.structure(1, &mut |input, inner, kind| input.keep(&mut fields, (id, inner), kind))
            }
            _ => input.keep(&mut fields, (0, id), kind),
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
            length: input.at as u64,
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

// The types of the compact protocol.
pub(super) const TRUE: u8 = 1;
pub(super) const FALSE: u8 = 2;
pub(super) const BYTE: u8 = 3;
pub(super) const I16: u8 = 4;
pub(super) const I32: u8 = 5;
pub(super) const I64: u8 = 6;
const DOUBLE: u8 = 7;
pub(super) const BINARY: u8 = 8;
pub(super) const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
pub(super) const STRUCT: u8 = 12;

/// How deep structures may stand in each other.
const DEPTH: usize = 32;

pub(super) struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
}

pub(super) type OnField<'f, 'a> = dyn FnMut(&mut Bytes<'a>, i16, u8) -> Result<(), Reason> + 'f;

impl<'a> Bytes<'a> {
    pub(super) fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    fn byte(&mut self) -> Result<u8, Reason> {
        let byte = self.all.get(self.at).ok_or("a header that does not end")?;
        self.at += 1;
        Ok(*byte)
    }

    fn advance(&mut self, bytes: u64) -> Result<(), Reason> {
        let left = (self.all.len() - self.at) as u64;
        if bytes > left {
            return Err("a header that does not end");
        }
        self.at += bytes as usize;
        Ok(())
    }

    fn varint(&mut self) -> Result<u64, Reason> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a header with a number that does not end")
    }

    fn integer(&mut self) -> Result<i64, Reason> {
        let number = self.varint()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// Reads a structure and hands its fields over, each by number and type, to be read or skipped.
    pub(super) fn structure(&mut self, depth: usize, field: &mut OnField<'_, 'a>) -> Result<(), Reason> {
        if depth > DEPTH {
            return Err("a header with too many levels");
        }
        let mut id: i16 = 0;
        loop {
            let byte = self.byte()?;
            let (step, kind) = (byte >> 4, byte & 0x0f);
            if kind == 0 {
                return Ok(());
            }
            id = match step {
                0 => i16::try_from(self.integer()?).map_err(|_| "a header with a field out of range")?,
                step => id.checked_add(step.into()).ok_or("a header with a field out of range")?,
            };
            field(self, id, kind)?;
        }
    }

    /// Reads a field, and keeps it if it is a number.
    fn keep(&mut self, fields: &mut Fields, key: (i16, i16), kind: u8) -> Result<(), Reason> {
        let number = match kind {
            TRUE => 1,
            FALSE => 0,
            I16..=I64 => self.integer()?,
            _ => return self.skip(kind, 2),
        };
        fields.0.push((key, number));
        Ok(())
    }

    pub(super) fn skip(&mut self, kind: u8, depth: usize) -> Result<(), Reason> {
        if depth > DEPTH {
            return Err("a header with too many levels");
        }
        match kind {
            TRUE | FALSE => Ok(()),
            BYTE => self.advance(1),
            I16..=I64 => self.integer().map(|_| ()),
            DOUBLE => self.advance(8),
            BINARY => {
                let length = self.varint()?;
                self.advance(length)
            }
            LIST | SET => {
                let (count, kind) = self.list()?;
                (0..count).try_for_each(|_| self.skip_element(kind, depth))
            }
            MAP => {
                let count = self.varint()?;
                if count == 0 {
                    return Ok(());
                }
                let kinds = self.byte()?;
                (0..count).try_for_each(|_| {
                    self.skip_element(kinds >> 4, depth)?;
                    self.skip_element(kinds & 0x0f, depth)
                })
            }
            STRUCT => self.structure(depth, &mut |input, _, kind| input.skip(kind, depth + 1)),
            _ => Err("a header with a field of unknown type"),
        }
    }

    /// The head of a list: how many elements, and of which type.
    pub(super) fn list(&mut self) -> Result<(u64, u8), Reason> {
        let byte = self.byte()?;
        let count = match byte >> 4 {
            15 => self.varint()?,
            few => few.into(),
        };
        Ok((count, byte & 0x0f))
    }

    /// The bytes that `pass` reads.
    pub(super) fn passed_over(
        &mut self,
        pass: impl FnOnce(&mut Self) -> Result<(), Reason>,
    ) -> Result<&'a [u8], Reason> {
        let first = self.at;
        pass(self)?;
        Ok(&self.all[first..self.at])
    }

    /// Of an element, unlike a field, even a truth value takes a byte: no loop over elements is longer than the header.
    fn skip_element(&mut self, kind: u8, depth: usize) -> Result<(), Reason> {
        match kind {
            TRUE | FALSE => self.advance(1),
            _ => self.skip(kind, depth + 1),
        }
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
