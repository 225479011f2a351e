//! Text with one row a line.

mod field;
mod records;
mod sniff;

use crate::Error;
use crate::block::{BlockBuffer, OwnedValues, Precision};
use crate::error::{Cell, Origin, plural, quoted};
use crate::input::Input;
use crate::request::{Request, Role, Selection, check_distinct, numbered};
use crate::source::{Opened, RowSource};

use field::Field;
use records::Records;
use sniff::Sniffed;

/// A text file with its columns chosen.
struct Csv {
    input: Input,
    dialect: Dialect,
    names: Vec<String>,
    selection: Selection,
    /// Whether the target is text.
    has_labels: bool,
    records: Records,
    row: u64,
}

/// How the text is to be read.
#[derive(Debug, Clone, Copy)]
struct Dialect {
    gzip: bool,
    delimiter: u8,
    decimal_comma: bool,
    header: bool,
}

/// Reads the header, or the first row if there is none.
pub(crate) fn open(input: &Input, tabs: bool, gzip: bool, request: &Request) -> Result<Opened, Error> {
    let origin = input.origin();
    let mut records = Records::new(input, gzip)?;
    let delimiter = if tabs { b'\t' } else { records.sniff() };
    let sniffed = Sniffed::new(Records::new(input, gzip)?, delimiter)?;
    records.begin(delimiter);
    if !records.advance()? {
        return Err(Error::empty(&origin.path));
    }
    let Sniffed { decimal_comma, header, .. } = sniffed;
    let names = if header { named(&origin, &records)? } else { numbered(records.fields()) };
    if header && !records.advance()? {
        return Err(Error::input(format_args!("{origin} has a header but no rows")));
    }
    let selection = Selection::new(&origin, &names, request, |place| sniffed.holds(place))?;
    let has_labels = selection.place(Role::Target).is_some_and(|place| sniffed.has_labels(place));
    let is_text = |place: usize| {
        let role = selection.beside.iter().find(|(_, this)| *this == place).map(|(role, _)| *role);
        matches!(role, Some(Role::Groups | Role::Id)) || role == Some(Role::Target) && has_labels
    };
    let csv = Csv {
        input: input.clone(),
        dialect: Dialect { gzip, delimiter, decimal_comma, header },
        names: names.clone(),
        selection: selection.clone(),
        has_labels,
        records,
        row: 0,
    };
    Ok(Opened { has_names: header, ..Opened::new(origin, &names, &selection, is_text, csv) })
}

/// The names in a header.
fn named(origin: &Origin, records: &Records) -> Result<Vec<String>, Error> {
    let names = (0..records.fields())
        .map(|place| match std::str::from_utf8(records.field(place)) {
            Ok("") => Ok((place + 1).to_string()),
            Ok(name) => Ok(name.to_owned()),
            Err(_) => {
                Err(Error::input(format_args!("{origin}: the name of column {} is not UTF-8", place + 1)))
            }
        })
        .collect::<Result<Vec<_>, _>>()?;
    check_distinct(origin, &names)?;
    Ok(names)
}

impl RowSource for Csv {
    fn rewind(&mut self) -> Result<(), Error> {
        self.records = Records::new(&self.input, self.dialect.gzip)?;
        self.records.begin(self.dialect.delimiter);
        if self.dialect.header {
            self.records.advance()?;
        }
        self.row = 0;
        Ok(())
    }

    fn read(&mut self, rows: usize, block: &mut BlockBuffer) -> Result<(), Error> {
        for _ in 0..rows {
            if !self.records.advance()? {
                break;
            }
            if self.records.fields() != self.names.len() {
                let (found, expected) = (self.records.fields(), self.names.len());
                let first = if self.dialect.header { "header" } else { "first row" };
                return Err(Error::input(format_args!(
                    "{}, line {}: {found} field{} where the {first} has {expected}",
                    self.records.origin,
                    self.records.line,
                    plural(found as u64),
                )));
            }
            self.push(block)?;
            block.rows += 1;
            self.row += 1;
        }
        Ok(())
    }

    fn rows(&self) -> Option<u64> {
        None
    }

    fn precision(&self) -> Precision {
        Precision::F64
    }
}

impl Csv {
    /// Appends the current record.
    fn push(&self, block: &mut BlockBuffer) -> Result<(), Error> {
        match &mut block.values {
            OwnedValues::F64(values) => {
                for &place in &self.selection.features {
                    values.push(self.number(place, self.selection.missing)?);
                }
            }
            OwnedValues::F32(values) => {
                for &place in &self.selection.features {
                    values.push(self.number(place, self.selection.missing)? as f32);
                }
            }
        }
        for &(role, place) in &self.selection.beside {
            let cells = block.cells_mut(role);
            match role {
                Role::Groups | Role::Id => cells.texts.push(self.text(place, role == Role::Id)?),
                Role::Target if self.has_labels => {
                    cells.texts.push(self.text(place, self.selection.missing)?);
                }
                Role::Target => cells.numbers.push(self.number(place, self.selection.missing)?),
                Role::Weights => cells.numbers.push(self.number(place, false)?),
                Role::Time => cells.numbers.push(self.moment(place)?),
            }
        }
        Ok(())
    }

    /// A number, NaN if it is missing and may be.
    fn number(&self, place: usize, may_be_missing: bool) -> Result<f64, Error> {
        match Field::read(self.records.field(place), self.dialect.decimal_comma) {
            Field::Number(number) if number.is_finite() => Ok(number),
            Field::Truth(truth) => Ok(f64::from(truth)),
            Field::Missing if may_be_missing => Ok(f64::NAN),
            field => Err(self.refuse(place, field)),
        }
    }

    /// A text, empty if it is missing and may be.
    fn text(&self, place: usize, may_be_missing: bool) -> Result<String, Error> {
        let field = self.records.field(place);
        match Field::read(field, self.dialect.decimal_comma) {
            Field::Missing if may_be_missing => Ok(String::new()),
            Field::Missing => Err(self.refuse(place, Field::Missing)),
            _ => Ok(String::from_utf8_lossy(field).into_owned()),
        }
    }

    fn moment(&self, place: usize) -> Result<f64, Error> {
        let field = self.records.field(place);
        field::moment(field, self.dialect.decimal_comma).ok_or_else(|| {
            match Field::read(field, self.dialect.decimal_comma) {
                Field::Missing => self.refuse(place, Field::Missing),
                _ => self.error(
                    place,
                    "is no time: write a number, or a date such as 2024-01-31 or 2024-01-31 12:00",
                ),
            }
        })
    }

    #[cold]
    fn refuse(&self, place: usize, field: Field) -> Error {
        let found = match field {
            Field::Missing => "missing",
            Field::Number(_) => "infinite",
            _ => {
                let complaint = field::complaint(self.records.field(place), self.dialect.decimal_comma);
                return self.error(place, complaint);
            }
        };
        let (origin, line, column) = (&self.records.origin, self.records.line, &self.names[place]);
        Error::not_finite(&Cell { origin, row: self.row, line: Some(line), column }, found)
    }

    fn error(&self, place: usize, complaint: &str) -> Error {
        let (origin, line, column) = (&self.records.origin, self.records.line, quoted(&self.names[place]));
        let text = quoted(&String::from_utf8_lossy(self.records.field(place)));
        Error::input(format_args!("{origin}, line {line}, column {column}: {text} {complaint}"))
    }
}
