//! Apache Thrift's compact protocol, in which Parquet writes its headers.
//!
//! Reading takes time in proportion to the bytes, whatever they say.

/// Why bytes cannot be read.
pub(super) type Reason = &'static str;

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

/// What is left of a header.
pub(super) struct Bytes<'a> {
    left: &'a [u8],
}

/// What is done with a field, given by number and type.
pub(super) type OnField<'f, 'a> = dyn FnMut(&mut Bytes<'a>, i16, u8) -> Result<(), Reason> + 'f;

impl<'a> Bytes<'a> {
    pub(super) const fn new(left: &'a [u8]) -> Self {
        Self { left }
    }

    /// How many bytes are left.
    pub(super) const fn len(&self) -> usize {
        self.left.len()
    }

    pub(super) fn take(&mut self, bytes: u64) -> Result<&'a [u8], Reason> {
        let taken = usize::try_from(bytes).ok().and_then(|bytes| self.left.split_at_checked(bytes));
        let (taken, left) = taken.ok_or("a header or page that is cut off")?;
        self.left = left;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Reason> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn varint(&mut self) -> Result<u64, Reason> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a header or page with a number that does not end")
    }

    /// A whole number in zigzag.
    pub(super) fn integer(&mut self) -> Result<i64, Reason> {
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

    pub(super) fn skip(&mut self, kind: u8, depth: usize) -> Result<(), Reason> {
        if depth > DEPTH {
            return Err("a header with too many levels");
        }
        match kind {
            TRUE | FALSE => Ok(()),
            BYTE => self.take(1).map(drop),
            I16..=I64 => self.integer().map(drop),
            DOUBLE => self.take(8).map(drop),
            BINARY => {
                let length = self.varint()?;
                self.take(length).map(drop)
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
        let before = self.left;
        pass(self)?;
        Ok(&before[..before.len() - self.left.len()])
    }

    /// Skips an element of a list. Even a truth value takes a byte there, unlike in a field, so that no list is longer than its
    /// bytes.
    fn skip_element(&mut self, kind: u8, depth: usize) -> Result<(), Reason> {
        match kind {
            TRUE | FALSE => self.take(1).map(drop),
            _ => self.skip(kind, depth + 1),
        }
    }
}
