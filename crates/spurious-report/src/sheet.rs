//! Data of tables and curves as CSV files.

use std::fmt::Write as _;

/// A field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Number(f64),
    Count(u64),
    Text(String),
    Missing,
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        if number.is_finite() { Self::Number(number) } else { Self::Missing }
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Count(count as u64)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_string())
    }
}

impl From<Option<f64>> for Value {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::Missing, Self::from)
    }
}

/// A row of fields of any kind.
macro_rules! row {
    ($($field:expr),* $(,)?) => { vec![$($crate::sheet::Value::from($field)),*] };
}
pub(crate) use row;

/// A table with named columns.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sheet {
    /// Name of the file without folder and ending.
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) rows: Vec<Vec<Value>>,
}

impl Sheet {
    pub(crate) fn new(
        name: &'static str,
        columns: &'static [&'static str],
        rows: impl IntoIterator<Item = Vec<Value>>,
    ) -> Self {
        let rows: Vec<_> = rows.into_iter().collect();
        debug_assert!(rows.iter().all(|row| row.len() == columns.len()), "{name}: a field for each column");
        Self { name, columns, rows }
    }

    /// One header line, one line per row; numbers with the digits that make them read back to the same `f64`.
    pub(crate) fn to_csv(&self) -> String {
        let mut csv = self.columns.join(",") + "\n";
        for row in &self.rows {
            for (i, value) in row.iter().enumerate() {
                let comma = if i == 0 { "" } else { "," };
                // Far from 1, `{:e}` is shorter and reads back as well.
                let _ = match value {
                    Value::Number(x) if *x != 0.0 && !(1e-5..1e15).contains(&x.abs()) => {
                        write!(csv, "{comma}{x:e}")
                    }
                    Value::Number(x) => write!(csv, "{comma}{x}"),
                    Value::Count(n) => write!(csv, "{comma}{n}"),
                    Value::Text(text) => write!(csv, "{comma}{}", quoted(text)),
                    Value::Missing => write!(csv, "{comma}"),
                };
            }
            csv.push('\n');
        }
        csv
    }
}

/// Text as a field of a CSV file, as in RFC 4180.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back() {
        let numbers = [0.1 + 0.2, -1.0 / 3.0, 1e-300, f64::MAX, 0.0, 5e-324, 123_456.789];
        let sheet = Sheet::new("x", &["x"], numbers.map(|x| row![x]));
        let read: Vec<f64> =
            sheet.to_csv().lines().skip(1).map(|line| line.parse().expect("number")).collect();
        assert_eq!(read, numbers);
    }

    #[test]
    fn text_is_quoted_where_it_must_be() {
        let sheet = Sheet::new("x", &["name"], [row!["plain"], row!["a, \"b\""], row!["two\nlines"]]);
        assert_eq!(sheet.to_csv(), "name\nplain\n\"a, \"\"b\"\"\"\n\"two\nlines\"\n");
    }

    #[test]
    fn what_is_not_a_number_is_missing() {
        let sheet = Sheet::new("x", &["a", "b", "c"], [row![f64::NAN, 3usize, None]]);
        assert_eq!(sheet.to_csv(), "a,b,c\n,3,\n");
    }
}
