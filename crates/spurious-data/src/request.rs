//! Which columns of a table are wanted, and as what.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::PathBuf;

use crate::error::{Origin, quoted};
use crate::{Error, Format};

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
    /// The column that says which rows belong together.
    pub groups: Option<String>,
    /// The column that says when a row was measured: numbers, or dates such as `2024-01-31 12:00`.
    pub time: Option<String>,
    /// The column that names the rows.
    pub id: Option<String>,
    /// Columns to be left out.
    pub drop: Vec<String>,
    /// Exactly these columns, in this order, by name. Otherwise all that have no other role and are not dropped.
    pub features: Option<Vec<String>>,
    /// Whether columns that hold no measurements are left out as well: see [`LeftOut`].
    pub tidy: bool,
    /// Columns that are features although they look like an index.
    pub keep: Vec<String>,
    /// Whether features and target may be missing. They are NaN then.
    pub missing: bool,
    /// The array of an NPZ file that holds the features.
    pub array: Option<String>,
    /// The format, if the name of the file does not tell it.
    pub format: Option<Format>,
}

impl Request {
    /// The column or array that is asked for in a role.
    pub(crate) fn asked(&self, role: Role) -> Option<&str> {
        match role {
            Role::Target => match &self.target {
                Some(Target::Column(name)) => Some(name),
                _ => None,
            },
            Role::Weights => self.weights.as_deref(),
            Role::Groups => self.groups.as_deref(),
            Role::Time => self.time.as_deref(),
            Role::Id => self.id.as_deref(),
        }
    }

    /// The same request without the column in a role.
    pub(crate) fn without(self, role: Role) -> Self {
        match role {
            Role::Target => Self { target: None, ..self },
            Role::Weights => Self { weights: None, ..self },
            Role::Groups => Self { groups: None, ..self },
            Role::Time => Self { time: None, ..self },
            Role::Id => Self { id: None, ..self },
        }
    }
}

/// Where the target stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// In a column of the same file, or in an array of the same NPZ file.
    Column(String),
    /// In another file, of any format, with as many rows and one column.
    File(PathBuf),
}

/// What a column beside the features is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Target,
    Weights,
    Groups,
    Time,
    Id,
}

impl Role {
    pub(crate) const ALL: [Self; 5] = [Self::Target, Self::Weights, Self::Groups, Self::Time, Self::Id];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Target => "the target",
            Self::Weights => "the weights",
            Self::Groups => "the groups",
            Self::Time => "the time",
            Self::Id => "the names of the rows",
        }
    }

    /// Whether a column in this role may hold text.
    pub(crate) const fn takes_text(self) -> bool {
        matches!(self, Self::Target | Self::Groups | Self::Id)
    }
}

/// A column that is no feature, because it holds no measurements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name.
    pub column: String,
    /// What it holds instead.
    pub holds: NoMeasurements,
}

/// What a column holds that is no feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoMeasurements {
    /// Text, such as this.
    Text(String),
    /// Dates or times, such as this.
    Dates(String),
    /// Values of a type without numbers, which a Parquet file tells.
    Type(String),
    /// Nothing.
    Nothing,
    /// The numbers of the rows.
    Index,
    /// A different whole number for each row, under a name such as `id`.
    Ids,
}

/// “'name' (text such as 'Anna')”.
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (", quoted(&self.column))?;
        match &self.holds {
            NoMeasurements::Text(example) => write!(f, "text such as {}", quoted(example)),
            NoMeasurements::Dates(example) => write!(f, "dates such as {}", quoted(example)),
            NoMeasurements::Type(name) => f.write_str(name),
            NoMeasurements::Nothing => f.write_str("empty"),
            NoMeasurements::Index => f.write_str("it counts the rows"),
            NoMeasurements::Ids => f.write_str("another whole number in every row"),
        }?;
        f.write_str(")")
    }
}

/// The wanted columns of one table, by their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) features: Vec<usize>,
    /// Columns that are not features.
    pub(crate) beside: Vec<(Role, usize)>,
    pub(crate) left_out: Vec<LeftOut>,
    /// Whether features and target may be missing.
    pub(crate) missing: bool,
}

impl Selection {
    /// The only column of a table, in some role.
    pub(crate) fn only(role: Role, missing: bool) -> Self {
        Self { beside: vec![(role, 0)], missing, ..Self::default() }
    }

    /// What `request` asks of a table whose columns are called `names`. `holds` tells of a column that it has no numbers.
    pub(crate) fn new(
        origin: &Origin,
        names: &[String],
        request: &Request,
        holds: impl Fn(usize) -> Option<NoMeasurements>,
    ) -> Result<Self, Error> {
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
        let mut beside = Vec::new();
        for role in Role::ALL {
            if let Some(name) = request.asked(role) {
                beside.push((role, take(name, role.name())?));
            }
        }
        for name in &request.drop {
            take(name, "left out")?;
        }
        for name in &request.keep {
            columns.place(name).ok_or_else(|| unknown(name))?;
        }
        let mut left_out = Vec::new();
        let features = match &request.features {
            Some(wanted) => wanted
                .iter()
                .map(|name| columns.named(name).ok_or_else(|| unknown(name)))
                .collect::<Result<Vec<_>, _>>()?,
            None => {
                let mut free: Vec<usize> =
                    (0..names.len()).filter(|place| !roles.contains_key(place)).collect();
                if request.tidy {
                    free.retain(|&place| match holds(place) {
                        Some(holds) => {
                            left_out.push(LeftOut { column: names[place].clone(), holds });
                            false
                        }
                        None => true,
                    });
                }
                free
            }
        };
        if features.is_empty() && request.features.is_none() {
            let left_out: Vec<String> = left_out.iter().map(ToString::to_string).collect();
            return Err(Error::no_features(origin, &left_out));
        }
        Ok(Self { features, beside, left_out, missing: request.missing })
    }

    /// The column in a role.
    pub(crate) fn place(&self, role: Role) -> Option<usize> {
        self.beside.iter().find_map(|&(this, place)| (this == role).then_some(place))
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
        Selection::new(&Origin::file("data.csv".as_ref()), &names(columns), request, |_| None)
            .map_err(|e| e.to_string())
    }

    #[test]
    fn a_name_comes_before_a_number() {
        let target =
            |name: &str| Request { target: Some(Target::Column(name.to_owned())), ..Request::default() };
        assert_eq!(select(&["3", "x", "y"], &target("3")).unwrap().place(Role::Target), Some(0));
        assert_eq!(select(&["a", "x", "y"], &target("3")).unwrap().place(Role::Target), Some(2));
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
        assert_eq!(
            select(&["x"], &request).unwrap_err(),
            "data.csv has no column of numbers left to be a feature"
        );
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
