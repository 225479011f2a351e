//! The header of an NPY file: a Python dictionary in one line.

use std::io::Read;

use super::dtype::Dtype;
use crate::error::{Error, MOST_COLUMNS, Origin, plural};
use crate::input::fill;

/// Bytes that a header may have. NumPy itself gives up at 10,000.
const LENGTH: usize = 1 << 16;

/// What the header says of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    /// The bytes before the numbers.
    pub(crate) length: u64,
    pub(super) dtype: Dtype,
    pub(crate) rows: u64,
    pub(crate) columns: usize,
    /// How many lengths the shape has.
    pub(crate) dimensions: usize,
}

impl Header {
    /// Reads the header and nothing behind it.
    pub(crate) fn read(bytes: &mut (impl Read + ?Sized), origin: &Origin) -> Result<Self, Error> {
        let mut take =
            |buffer: &mut [u8]| fill(bytes, buffer).map_err(|error| Error::decoding(origin, error));
        let damaged =
            |reason: &str| Error::no_numbers(format_args!("{origin} has a damaged NPY header: {reason}"));
        let mut magic = [0; 8];
        if take(&mut magic)? < magic.len() || !magic.starts_with(b"\x93NUMPY") {
            return Err(Error::input(format_args!("{origin} is not an NPY file")));
        }
        let [.., major, minor] = magic;
        let mut length = [0; 4];
        let length_bytes = match (major, minor) {
            (1, 0) => 2,
            (2 | 3, 0) => 4,
            _ => {
                return Err(Error::input(format_args!(
                    "{origin} has NPY version {major}.{minor}: 1.0, 2.0 and 3.0 are read"
                )));
            }
        };
        if take(&mut length[..length_bytes])? < length_bytes {
            return Err(damaged("it is cut off"));
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > LENGTH {
            return Err(damaged("it is longer than 65536 bytes"));
        }
        let mut text = vec![0; length];
        if take(&mut text)? < length {
            return Err(damaged("it is cut off"));
        }
        let text = std::str::from_utf8(&text).map_err(|_| damaged("it is not UTF-8"))?;
        let Dictionary { dtype, fortran_order, shape } = Dictionary::parse(text).map_err(damaged)?;
        let dtype = Dtype::parse(&dtype, origin)?;
        let Some((&rows, inner)) = shape.split_first() else {
            return Err(damaged("it is a single number and no table"));
        };
        if fortran_order && shape.iter().filter(|&&length| length != 1).count() > 1 {
            return Err(Error::input(format_args!(
                "{origin} is in Fortran order: convert with numpy.ascontiguousarray"
            )));
        }
        if rows == 0 {
            return Err(Error::no_rows(origin));
        }
        // A length of zero makes the product zero, however large the others are.
        let columns = if inner.contains(&0) {
            0
        } else {
            inner.iter().fold(1, |product: u64, &length| product.saturating_mul(length))
        };
        if columns == 0 {
            return Err(Error::no_features(origin, &[]));
        }
        if columns > MOST_COLUMNS as u64 {
            return Err(Error::too_many_columns(origin, columns));
        }
        let header = Self {
            length: (magic.len() + length_bytes + length) as u64,
            dtype,
            rows,
            columns: columns as usize,
            dimensions: shape.len(),
        };
        match rows.checked_mul(header.row_bytes() as u64).and_then(|bytes| bytes.checked_add(header.length)) {
            Some(_) => Ok(header),
            None => Err(damaged("its shape is larger than any file")),
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        self.dtype.is_text()
    }

    pub(crate) fn row_bytes(&self) -> usize {
        self.columns * self.dtype.bytes()
    }

    /// The length of header and numbers. [`Header::read`] has checked that it does not overflow.
    pub(crate) fn total(&self) -> u64 {
        self.length + self.rows * self.row_bytes() as u64
    }

    /// Fails if a file of that length is shorter or longer than the header says.
    pub(crate) fn check_length(&self, found: u64, origin: &Origin) -> Result<(), Error> {
        let needed = self.total();
        match found.checked_sub(needed) {
            Some(0) => Ok(()),
            Some(extra) => Err(too_long(origin, extra)),
            None => Err(cut_off(origin, found, needed)),
        }
    }
}

pub(super) fn too_long(origin: &Origin, extra: u64) -> Error {
    Error::input(format_args!("{origin} has {extra} byte{} too many behind its numbers", plural(extra)))
}

pub(super) fn cut_off(origin: &Origin, found: u64, needed: u64) -> Error {
    Error::input(format_args!("{origin} is cut off: it has {found} bytes and needs {needed}"))
}

/// The three entries of a header.
#[derive(Debug, PartialEq, Eq)]
struct Dictionary {
    dtype: String,
    fortran_order: bool,
    shape: Vec<u64>,
}

impl Dictionary {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let mut rest = Text(text);
        let (mut dtype, mut fortran_order, mut shape) = (None, None, None);
        rest.expect('{', "it is not a dictionary")?;
        while !rest.accept('}') {
            let key = rest.quoted()?;
            rest.expect(':', "it has a key without a value")?;
            match key {
                "descr" => dtype = Some(rest.dtype()?),
                "fortran_order" => fortran_order = Some(rest.boolean()?),
                "shape" => shape = Some(rest.tuple()?),
                _ => return Err("it has an unknown key"),
            }
            if !rest.accept(',') {
                rest.expect('}', "its dictionary does not end")?;
                break;
            }
        }
        if !rest.0.trim().is_empty() {
            return Err("something follows its dictionary");
        }
        Ok(Self {
            dtype: dtype.ok_or("it does not say 'descr'")?,
            fortran_order: fortran_order.ok_or("it does not say 'fortran_order'")?,
            shape: shape.ok_or("it does not say 'shape'")?,
        })
    }
}

/// What is left of a header.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    fn accept(&mut self, character: char) -> bool {
        self.0 = self.0.trim_start();
        match self.0.strip_prefix(character) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, character: char, reason: &'static str) -> Result<(), &'static str> {
        if self.accept(character) { Ok(()) } else { Err(reason) }
    }

    /// Text in quotes of either kind.
    fn quoted(&mut self) -> Result<&'a str, &'static str> {
        const REASON: &str = "it has a word without quotes";
        self.0 = self.0.trim_start();
        let quote = self.0.chars().next().filter(|c| matches!(c, '\'' | '"')).ok_or(REASON)?;
        let (text, rest) = self.0[1..].split_once(quote).ok_or(REASON)?;
        self.0 = rest;
        Ok(text)
    }

    /// A type: a word, or for records a list, which is returned as it stands.
    fn dtype(&mut self) -> Result<String, &'static str> {
        self.0 = self.0.trim_start();
        if !self.0.starts_with(['[', '(']) {
            return self.quoted().map(str::to_owned);
        }
        let mut depth = 0_usize;
        for (i, character) in self.0.char_indices() {
            match character {
                '[' | '(' => depth += 1,
                ']' | ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let (dtype, rest) = self.0.split_at(i + 1);
                self.0 = rest;
                return Ok(dtype.to_owned());
            }
        }
        Err("its type does not end")
    }

    fn boolean(&mut self) -> Result<bool, &'static str> {
        self.0 = self.0.trim_start();
        for (word, value) in [("True", true), ("False", false)] {
            if let Some(rest) = self.0.strip_prefix(word) {
                self.0 = rest;
                return Ok(value);
            }
        }
        Err("'fortran_order' is neither True nor False")
    }

    /// A tuple of lengths.
    fn tuple(&mut self) -> Result<Vec<u64>, &'static str> {
        /// NumPy's own limit.
        const DIMENSIONS: usize = 64;
        const REASON: &str = "'shape' is not a tuple of lengths";
        self.expect('(', REASON)?;
        let mut lengths = Vec::new();
        while !self.accept(')') {
            self.0 = self.0.trim_start();
            let digits = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
            let (number, rest) = self.0.split_at(digits);
            lengths.push(number.parse().map_err(|_| REASON)?);
            // Python 2 wrote long integers with an L.
            self.0 = rest.strip_prefix('L').unwrap_or(rest);
            if lengths.len() > DIMENSIONS {
                return Err("'shape' has more than 64 lengths");
            }
            if !self.accept(',') {
                self.expect(')', REASON)?;
                break;
            }
        }
        Ok(lengths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_as_numpy_writes_them() {
        let parsed =
            Dictionary::parse("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }   \n").unwrap();
        assert_eq!(parsed, Dictionary { dtype: "<f8".to_owned(), fortran_order: false, shape: vec![3, 4] });
        let parsed = Dictionary::parse(
            r#"{"shape":(5L,),"descr":[('a', '<f4', (2,)), ('b', '|S3')],"fortran_order":True}"#,
        );
        let dtype = "[('a', '<f4', (2,)), ('b', '|S3')]".to_owned();
        assert_eq!(parsed.unwrap(), Dictionary { dtype, fortran_order: true, shape: vec![5] });
    }

    #[test]
    fn damaged_headers_are_refused_with_a_reason() {
        for (text, reason) in [
            ("", "it is not a dictionary"),
            ("{", "it has a word without quotes"),
            ("{'descr'", "it has a key without a value"),
            ("{'descr': [[", "its type does not end"),
            ("{'descr': '<f8'", "its dictionary does not end"),
            ("{'descr': '<f8'}", "it does not say 'fortran_order'"),
            ("{'shape': (-1,)}", "'shape' is not a tuple of lengths"),
            ("{'shape': (99999999999999999999,)}", "'shape' is not a tuple of lengths"),
            ("{'fortran_order': 0}", "'fortran_order' is neither True nor False"),
            ("{'x': 0}", "it has an unknown key"),
            ("{} {}", "something follows its dictionary"),
        ] {
            assert_eq!(Dictionary::parse(text).unwrap_err(), reason, "{text}");
        }
    }
}
