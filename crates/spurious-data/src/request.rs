//! Which columns of a table are wanted, and as what.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use crate::Error;
use crate::error::{Origin, quoted};

/// Which parts of a file are meant. The default is: every column is a feature.
///
/// A column is named by its name. If no column has that name and it is a whole number from 1 on, it is the column at that
/// place. Columns without names are called `1`, `2`, and so on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Where the target stands.
    pub target: Option<Target>,
    /// The column with the weights of the rows.
    pub weights: Option<String>,
    /// Columns to be left out.
    pub drop: Vec<String>,
    /// Exactly these columns, in this order, by name. Otherwise all that are not target, weights or dropped.
    pub features: Option<Vec<String>>,
    /// The array of an NPZ file that holds the features.
    pub array: Option<String>,
}

/// Where the target stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// In a column of the same file, or in an array of the same NPZ file.
    Column(String),
    /// In another file, of any format, with as many rows and one column.
    File(PathBuf),
}

/// The wanted columns of one table, by their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) features: Vec<usize>,
    pub(crate) target: Option<usize>,
    pub(crate) weights: Option<usize>,
}

impl Selection {
    /// All columns, as features.
    pub(crate) fn all(columns: usize) -> Self {
        Self { features: (0..columns).collect(), target: None, weights: None }
    }

    /// What `request` asks of a table whose columns are called `names`.
    pub(crate) fn new(origin: &Origin, names: &[String], request: &Request) -> Result<Self, Error> {
        let columns = Columns::new(names);
        let unknown = |name: &str| Error::no_column(origin, name, names);
        let mut roles = HashMap::new();
        let mut take = |name: &str, role: &'static str| -> Result<usize, Error> {
            let place = columns.place(name).ok_or_else(|| unknown(name))?;
            match roles.insert(place, role) {
                Some(first) if first != role => Err(Error::two_roles(origin, &names[place], first, role)),
                _ => Ok(place),
            }
        };
        let target = match &request.target {
            Some(Target::Column(name)) => Some(take(name, "the target")?),
            _ => None,
        };
        let weights = request.weights.as_deref().map(|name| take(name, "the weights")).transpose()?;
        for name in &request.drop {
            take(name, "left out")?;
        }
        let features = match &request.features {
            Some(wanted) => wanted
                .iter()
                .map(|name| columns.named(name).ok_or_else(|| unknown(name)))
                .collect::<Result<Vec<_>, _>>()?,
            None => (0..names.len()).filter(|place| !roles.contains_key(place)).collect(),
        };
        if features.is_empty() {
            return Err(Error::no_features(origin));
        }
        Ok(Self { features, target, weights })
    }
}

/// Finds columns by what they are called.
struct Columns<'a> {
    places: HashMap<&'a str, usize>,
}

impl<'a> Columns<'a> {
    fn new(names: &'a [String]) -> Self {
        Self { places: names.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect() }
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.named(name).or_else(|| {
            let number: usize = name.parse().ok()?;
            (1..=self.places.len()).contains(&number).then(|| number - 1)
        })
    }
}

/// Names for columns that have none.
pub(crate) fn numbered(columns: usize) -> Vec<String> {
    (1..=columns).map(|number| number.to_string()).collect()
}

/// Fails if a name stands for two columns.
pub(crate) fn check_distinct(origin: &Origin, names: &[String]) -> Result<(), Error> {
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(Error::input(format_args!("{origin} has two columns {}", quoted(name)))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn select(columns: &[&str], request: &Request) -> Result<Selection, String> {
        Selection::new(&Origin::file("data.csv".as_ref()), &names(columns), request)
            .map_err(|e| e.to_string())
    }

    #[test]
    fn a_name_comes_before_a_number() {
        let target =
            |name: &str| Request { target: Some(Target::Column(name.to_owned())), ..Request::default() };
        assert_eq!(select(&["3", "x", "y"], &target("3")).unwrap().target, Some(0));
        assert_eq!(select(&["a", "x", "y"], &target("3")).unwrap().target, Some(2));
        assert_eq!(select(&["a", "x", "y"], &target("3")).unwrap().features, [0, 1]);
        for name in ["0", "4", "-1", "last"] {
            assert!(select(&["a", "x", "y"], &target(name)).is_err());
        }
    }

    #[test]
    fn unknown_columns_are_answered_with_those_that_exist() {
        let request = Request { drop: names(&["lable"]), ..Request::default() };
        assert_eq!(
            select(&["x1", "x2", "label"], &request).unwrap_err(),
            "data.csv has no column 'lable': did you mean 'label'? It has 'x1', 'x2', 'label'"
        );
        let request = Request { drop: names(&["q"]), ..Request::default() };
        let many: Vec<String> = (0..20).map(|i| format!("col{i}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(
            select(&many, &request).unwrap_err(),
            "data.csv has no column 'q': it has 'col0', 'col1', 'col2', 'col3', 'col4', 'col5', 'col6', 'col7' \
             and 12 more"
        );
    }

    #[test]
    fn one_column_has_one_role() {
        let request = Request {
            target: Some(Target::Column("y".to_owned())),
            weights: Some("y".to_owned()),
            ..Request::default()
        };
        assert_eq!(
            select(&["x", "y"], &request).unwrap_err(),
            "data.csv: column 'y' cannot be the target and the weights"
        );
        let request = Request { drop: names(&["x", "1"]), ..Request::default() };
        assert_eq!(select(&["x"], &request).unwrap_err(), "data.csv has no column left to be a feature");
    }

    #[test]
    fn listed_features_are_taken_by_name_and_in_order() {
        let request = Request { features: Some(names(&["c", "a"])), ..Request::default() };
        assert_eq!(select(&["a", "b", "c"], &request).unwrap().features, [2, 0]);
        assert_eq!(
            select(&["a", "b"], &request).unwrap_err(),
            "data.csv has no column 'c': did you mean 'a'? It has 'a', 'b'"
        );
    }
}
