//! What the first rows of a text tell of the rest: how its numbers are written, whether it has a header, what its columns hold.

use super::field::Field;
use super::records::Records;
use crate::Error;
use crate::request::NoMeasurements;

/// Records that are looked at, and their fields, at most.
const MOST_RECORDS: usize = 1000;
const MOST_FIELDS: usize = 1 << 20;
/// A target with more different values than these is no set of names.
const MOST_LABELS: usize = 20;

/// The first records of a text.
pub(super) struct Sniffed {
    pub(super) decimal_comma: bool,
    pub(super) header: bool,
    /// What each column has been seen to hold.
    columns: Vec<Column>,
}

/// What a column holds in the first rows.
#[derive(Debug, Default, Clone)]
struct Column {
    numbers: usize,
    truths: usize,
    malformed: usize,
    dates: usize,
    texts: usize,
    /// The first text or date.
    example: Option<String>,
    /// Different values, up to one more than may be labels.
    values: Vec<Vec<u8>>,
}

impl Sniffed {
    /// Reads the first records; `delimiter` separates their fields.
    pub(super) fn new(mut records: Records, delimiter: u8) -> Result<Self, Error> {
        records.begin(delimiter);
        let mut rows: Vec<Vec<Vec<u8>>> = Vec::new();
        let mut fields = 0;
        while rows.len() < MOST_RECORDS && fields < MOST_FIELDS {
            match records.advance() {
                Ok(true) => {}
                // What is wrong later on is told where it is read.
                Ok(false) => break,
                Err(error) if rows.is_empty() => return Err(error),
                Err(_) => break,
            }
            fields += records.fields();
            rows.push((0..records.fields()).map(|place| records.field(place).to_vec()).collect());
        }
        let decimal_comma = delimiter != b',' && has_decimal_comma(&rows);
        let header = has_header(&rows, decimal_comma);
        let width = rows.first().map_or(0, Vec::len);
        let mut columns = vec![Column::default(); width];
        for row in rows.iter().skip(usize::from(header)) {
            for (column, field) in columns.iter_mut().zip(row) {
                column.see(field, decimal_comma);
            }
        }
        Ok(Self { decimal_comma, header, columns })
    }

    /// What a column holds instead of numbers.
    pub(super) fn holds(&self, place: usize) -> Option<NoMeasurements> {
        let column = self.columns.get(place)?;
        if column.numbers + column.truths + column.malformed > 0 {
            return None;
        }
        let example = column.example.clone();
        Some(match example {
            Some(example) if column.texts == 0 => NoMeasurements::Dates(example),
            Some(example) => NoMeasurements::Text(example),
            None => NoMeasurements::Nothing,
        })
    }

    /// Whether a target has names for values.
    pub(super) fn has_labels(&self, place: usize) -> bool {
        self.columns.get(place).is_some_and(|column| {
            let names = column.truths + column.dates + column.texts;
            names > 0 && (column.numbers == 0 || column.values.len() <= MOST_LABELS)
        })
    }
}

impl Column {
    fn see(&mut self, field: &[u8], decimal_comma: bool) {
        match Field::read(field, decimal_comma) {
            Field::Missing => return,
            Field::Number(_) => self.numbers += 1,
            Field::Truth(_) => self.truths += 1,
            Field::Malformed => self.malformed += 1,
            Field::Date => self.dates += 1,
            Field::Text => self.texts += 1,
        }
        if self.dates + self.texts > 0 && self.example.is_none() {
            self.example = Some(String::from_utf8_lossy(field).into_owned());
        }
        if self.values.len() <= MOST_LABELS && !self.values.iter().any(|value| value == field) {
            self.values.push(field.to_vec());
        }
    }
}

/// Whether there are numbers with a comma, and none with a point.
fn has_decimal_comma(rows: &[Vec<Vec<u8>>]) -> bool {
    let fields = || rows.iter().flatten().filter_map(|field| std::str::from_utf8(field).ok());
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let has = |separator: char| {
        fields().any(|text| {
            let text = text.trim_start_matches(['-', '+']);
            text.split_once(separator).is_some_and(|(before, after)| {
                digits(before) && digits(after.split(['e', 'E']).next().unwrap_or_default())
            })
        })
    };
    has(',') && !has('.')
}

/// Whether the first record names the columns.
///
/// Names are text over a column of numbers; or, as tables that were written with their index have them, whole numbers that count
/// the columns.
fn has_header(rows: &[Vec<Vec<u8>>], decimal_comma: bool) -> bool {
    let Some((first, rest)) = rows.split_first() else { return false };
    let read = |field: &Vec<u8>| Field::read(field, decimal_comma);
    let is_word = |field: Field| matches!(field, Field::Text | Field::Date | Field::Malformed);
    let is_value = |field: Field| matches!(field, Field::Number(_) | Field::Truth(_));
    let fields: Vec<Field> = first.iter().map(read).collect();
    if !fields.iter().any(|&field| is_value(field)) {
        return true;
    }
    let numbers: Vec<f64> = fields
        .iter()
        .filter_map(|field| match field {
            Field::Number(number) => Some(*number),
            _ => None,
        })
        .collect();
    let counts = |from: f64| numbers.iter().enumerate().all(|(i, &number)| number == from + i as f64);
    let words: Vec<usize> = (0..fields.len()).filter(|&place| is_word(fields[place])).collect();
    if words.is_empty() {
        let has_index = fields[0] == Field::Missing && numbers.len() + 1 == fields.len();
        let is_long = numbers.len() == fields.len() && fields.len() >= 4;
        return (has_index || is_long) && counts(0.0);
    }
    let below = |place: usize| rest.iter().filter_map(move |row| row.get(place));
    if words.iter().any(|&place| below(place).any(|field| is_value(read(field)))) {
        return true;
    }
    let comes_again = words.iter().any(|&place| below(place).any(|field| *field == first[place]));
    !comes_again && numbers.len() > 1 && numbers[0].fract() == 0.0 && counts(numbers[0])
}
