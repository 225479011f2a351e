//! What each patch of one row contributes to its prediction.
//!
//! ```text
//! f(Z) = c + β₀·x₀ + Σⱼ (Σᵢ aᵢⱼ σ(uᵢ·Zⱼ + bᵢ) + βⱼ·xⱼ)        xⱼ: the numbers of patch j that no patch before it has; x₀: those in no patch
//! ```
//!
//! The sum is exact, and its terms have the unit of the target. A term says what the model adds for the patch as it is, compared with a
//! patch on which no filter responds; it does not say what would change if the patch did.

use std::collections::BTreeSet;

use serde::Serialize;

use super::network::Network;
use super::windows::Windows;
use crate::Error;
use crate::export::{Column, Shown, Table, Value};

/// A prediction as a sum over the patches of a row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// `c`
    pub intercept: f64,
    /// `β₀·x₀`: what the linear part adds for numbers in no patch, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside: Option<f64>,
    /// The patches, in their order.
    pub patches: Vec<PatchShare>,
    /// `f(Z)`: the last running sum.
    pub prediction: f64,
}

/// What one patch contributes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PatchShare {
    /// Number of the patch, from 1.
    pub patch: usize,
    /// The columns of a row that it covers, in the order of the filter.
    pub columns: Vec<String>,
    /// The first and the last of them: “z1 to z4”; “y0x0 … y3x3” where other columns lie between them.
    #[serde(skip)]
    pub covered: String,
    /// `aᵢⱼ σ(uᵢ·Zⱼ + bᵢ)` of each filter, `[r]`.
    pub filters: Vec<f64>,
    /// `βⱼ·xⱼ`, with a linear part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linear_part: Option<f64>,
    /// The intercept and what this patch and those before it contribute.
    pub running_sum: f64,
}

/// What each patch of a row contributes to the prediction of a network; `names` are those of the columns.
///
/// # Errors
/// If the network does not fit the windows, the row has another length, there is another number of names, or the network has scores of
/// several classes: [`Network::of_class`] has the score of one.
///
/// # Examples
/// ```
/// use spurious::fit::{Network, Windows, explain};
/// let network = Network { intercept: 0.5, ..Network::new(vec![1.0, -1.0], vec![2.0, 3.0]) };
/// let row = [3.0, 1.0, 0.0, 1.0];
/// let names = ["a", "b", "c", "d"].map(str::to_owned);
/// let explanation = explain(&row, &Windows::consecutive(4, 2)?, &network, &names)?;
/// let shares: Vec<f64> = explanation.patches.iter().map(|patch| patch.filters[0]).collect();
/// assert_eq!(shares, [4.0, 0.0]); // the second patch is not active
/// assert_eq!(explanation.prediction, network.value(&row));
/// # Ok::<(), spurious::Error>(())
/// ```
pub fn explain(
    row: &[f64],
    windows: &Windows,
    network: &Network,
    names: &[String],
) -> Result<Explanation, Error> {
    network.check(windows)?;
    if network.scores() > 1 {
        return Err(Error::Length { name: "scores to explain", found: network.scores(), expected: 1 });
    }
    for (name, found) in [("row", row.len()), ("names", names.len())] {
        if found != windows.width() {
            return Err(Error::Length { name, found, expected: windows.width() });
        }
    }
    let p = windows.patch_dim();
    let mut is_left = vec![true; row.len()];
    let in_windows: BTreeSet<usize> = windows.columns().flatten().collect();
    let has_linear = !network.linear_part.is_empty();
    let linear = |columns: &mut dyn Iterator<Item = usize>| -> f64 {
        columns.map(|column| network.linear_part[column] * row[column]).sum()
    };
    let outside = (has_linear && in_windows.len() < row.len())
        .then(|| linear(&mut (0..row.len()).filter(|column| !in_windows.contains(column))));
    let mut sum = network.intercept + outside.unwrap_or(0.0);
    let share = |j: usize| {
        let columns: Vec<usize> = (0..p).filter_map(|t| windows.column(j, t)).collect();
        let at = |t: usize| windows.column(j, t).map_or(0.0, |column| row[column]);
        let patch: Vec<f64> = (0..p).map(at).collect();
        let dot = |weights: &[f64]| weights.iter().zip(&patch).map(|(u, z)| u * z).sum::<f64>();
        let filters: Vec<f64> = (network.filters.iter())
            // Not −0 where a negative weight meets a patch that is not active.
            .map(|filter| {
                filter.output_weights[j] * network.activation.value(dot(&filter.weights) + filter.bias) + 0.0
            })
            .collect();
        let mut new = columns.iter().copied().filter(|&column| std::mem::take(&mut is_left[column]));
        let linear_part = has_linear.then(|| linear(&mut new));
        sum += filters.iter().sum::<f64>() + linear_part.unwrap_or(0.0);
        PatchShare {
            patch: j + 1,
            covered: covered(&columns, names),
            columns: columns.into_iter().map(|column| names[column].clone()).collect(),
            filters,
            linear_part,
            running_sum: sum,
        }
    };
    let patches: Vec<PatchShare> = (0..windows.patches()).map(share).collect();
    Ok(Explanation { intercept: network.intercept, outside, prediction: sum, patches })
}

impl Explanation {
    /// A table with a row for the intercept, as patch 0, and one for each patch.
    ///
    /// # Examples
    /// ```
    /// use spurious::fit::{Network, Windows, explain};
    /// let network = Network { intercept: 0.5, ..Network::new(vec![1.0, -1.0], vec![2.0, 3.0]) };
    /// let names = ["a", "b", "c", "d"].map(str::to_owned);
    /// let explanation = explain(&[3.0, 1.0, 0.0, 1.0], &Windows::consecutive(4, 2)?, &network, &names)?;
    /// let csv = explanation.table().to_csv();
    /// assert_eq!(csv, "patch,columns,filter_1,running_sum\n0,,,0.5\n1,a to b,4,4.5\n2,c to d,0,4.5\n");
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn table(&self) -> Table {
        let filters = self.patches.first().map_or(0, |patch| patch.filters.len());
        let has_linear = self.patches.first().is_some_and(|patch| patch.linear_part.is_some());
        let mut columns = vec![
            Column::new("patch", "patch", Shown::Plain),
            Column::new("columns", "columns", Shown::Plain),
        ];
        for i in 1..=filters {
            let heading = if filters == 1 { "filter".to_owned() } else { format!("filter {i}") };
            columns.push(Column::new(format!("filter_{i}"), heading, Shown::Brief));
        }
        if has_linear {
            columns.push(Column::new("linear_part", "linear part", Shown::Brief));
        }
        columns.push(Column::new("running_sum", "sum", Shown::Brief));
        let mut table = Table::new(columns).keyed(1);
        let mut row = vec![0_usize.into()];
        row.resize(2 + filters, Value::Missing);
        if has_linear {
            row.push(self.outside.map_or(Value::Missing, Value::from));
        }
        row.push(self.intercept.into());
        table.push(row);
        for share in &self.patches {
            let mut row = vec![share.patch.into(), share.covered.clone().into()];
            row.extend(share.filters.iter().map(|&share| Value::from(share)));
            row.extend(share.linear_part.map(Value::from));
            row.push(share.running_sum.into());
            table.push(row);
        }
        table
    }
}

/// The columns of a patch by the names of the first and the last: “z1 to z4”; “y0x0 … y3x3” where others lie between them.
fn covered(columns: &[usize], names: &[String]) -> String {
    match columns {
        [first, .., last] => {
            let between = if first + columns.len() == last + 1 { "to" } else { "…" };
            format!("{} {between} {}", names[*first], names[*last])
        }
        [only] => names[*only].clone(),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Filter, Rest, Rows, Values, predict};

    /// Tiles of an image, side by side or overlapping with a rest in no tile, two filters with biases, and a linear part: the terms are those
    /// of the parts of the network, one by one, and they add up to what the kernel predicts.
    #[test]
    fn terms_add_up_to_the_prediction() {
        let tiles = Windows::tiles(24, [4, 6], [2, 3]).unwrap();
        let csv = of_windows(&tiles).table().to_csv();
        let begin = "patch,columns,filter_1,filter_2,linear_part,running_sum\n0,,,,,0.75\n1,0 … 8,";
        assert!(csv.starts_with(begin), "{csv}");
        let overlapping = Windows::image(24, [4, 6], [3, 3], [1, 2], Rest::Trim).unwrap();
        assert!(of_windows(&overlapping).outside.is_some());
    }

    fn of_windows(windows: &Windows) -> Explanation {
        let (p, k) = (windows.patch_dim(), windows.patches());
        let number = |i: usize| ((i * 37 + 11) % 17) as f64 / 8.0 - 1.0;
        let filter = |i: usize| Filter {
            weights: (0..p).map(|t| number(i * 100 + t)).collect(),
            bias: 0.2 * number(i),
            output_weights: (0..k).map(|j| number(i * 50 + 3 * j)).collect(),
        };
        let network = Network {
            filters: vec![filter(1), filter(2)],
            linear_part: (0..24).map(|i| number(7 * i)).collect(),
            intercept: 0.75,
            activation: crate::Activation::leaky(0.2).unwrap(),
            ..Network::default()
        };
        let row: Vec<f64> = (0..24).map(|i| number(5 * i + 2)).collect();
        let names: Vec<String> = (0..24).map(|column| column.to_string()).collect();
        let explanation = explain(&row, windows, &network, &names).unwrap();
        let columns = explanation.patches.iter().flat_map(|patch| &patch.columns);
        let patches: Vec<f64> = columns.map(|name| row[name.parse::<usize>().unwrap()]).collect();
        for (i, filter) in network.filters.iter().enumerate() {
            let of_filter: f64 = explanation.patches.iter().map(|patch| patch.filters[i]).sum();
            assert!((of_filter - filter.value(&patches, network.activation)).abs() < 1e-14);
        }
        let in_patches: f64 = explanation.patches.iter().filter_map(|patch| patch.linear_part).sum();
        let linear = in_patches + explanation.outside.unwrap_or(0.0);
        let expected: f64 = network.linear_part.iter().zip(&row).map(|(b, x)| b * x).sum();
        assert!((linear - expected).abs() < 1e-14);
        let rows = Rows { values: Values::F64(&row), stride: 24, target: &[0.0], weights: None };
        let predicted = predict(rows, windows, &network).unwrap()[0];
        assert!((explanation.prediction - predicted).abs() < 1e-14);
        assert_eq!(explanation.prediction, explanation.patches.last().unwrap().running_sum);
        assert_eq!(
            explain(&row[1..], windows, &network, &names).unwrap_err().to_string(),
            "row has 23 entries where 24 are needed"
        );
        explanation
    }
}
