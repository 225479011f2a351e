//! Filters that a network does not need: those that came out the same as another, and those that contribute nothing.
//!
//! ```text
//! Σⱼ aⱼ σ(u·Zⱼ + b) + Σⱼ a'ⱼ σ(s u·Zⱼ + s b)  =  Σⱼ (aⱼ + s a'ⱼ) σ(u·Zⱼ + b)        s > 0
//! ```
//!
//! Two filters of the same direction whose biases put the threshold at the same place are one filter, with the sum of the output weights.
//! A search finds such pairs where the data has fewer filters than were asked for: a penalty on squares is halved where two filters share
//! what one has. A fit that ends so concludes with the best fit of fewer filters, if that is as good as the parameters it saves
//! allow (theory, section 14).

use nalgebra::DVector;

use super::angle::{SAME_ANGLE, vector_angle};
use super::coordinates::Quadratic;
use super::fitting::Problem;
use super::levenberg::Minimum;
use super::loss::Loss;
use super::network::{Filter, Network};
use super::options::Options;
use super::result::Fit;
use super::samples::Samples;
use super::search_summary::SearchSummary;
use super::starts::Starts;
use super::survey::Survey;
use crate::Error;

/// A filter contributes nothing if the mean square of its part is below this factor of what rounding leaves of the target.
const NOTHING: f64 = 1e6;
/// The same of a part of logarithms of odds, which are of the order of 1.
const NOTHING_OF_ODDS: f64 = 1e-23;

/// How many filters a network does not need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Superfluous {
    /// Filters that are the same as one before them.
    merged: usize,
    /// Filters that contribute nothing.
    dropped: usize,
}

impl Superfluous {
    fn all(self) -> usize {
        self.merged + self.dropped
    }
}

impl Problem<'_> {
    /// The best fit of fewer filters, if some of the best network are superfluous and it is as good without them.
    ///
    /// ```text
    /// 2 (ln L − ln L') = n ln(ℓ'/ℓ) ≤ 2 m (p + k − 1)        m filters less; one more parameter for each with a bias
    ///                    2n (ℓ' − ℓ) with the logistic loss
    /// ```
    ///
    /// For `V` classes there are `(V − 1)k` output weights that count.
    ///
    /// This is Akaike's criterion: parameters stay that gain more likelihood than their number. Two filters that are close, but of which
    /// the samples tell the difference, stay two. A start that was given keeps its filters.
    ///
    /// # Source
    /// Akaike, "A new look at the statistical model identification", IEEE Trans. Automat. Contr. 19 (1974).
    pub(super) fn with_fewer_filters(
        &self,
        source: &mut Samples<'_>,
        best: &Minimum,
    ) -> Result<Option<Fit>, Error> {
        let filters = self.coordinates.filters;
        if filters == 1 || matches!(self.options.starts, Starts::Given(_)) {
            return Ok(None);
        }
        let (coordinates, theta) = (self.coordinates, &best.theta);
        let here = match coordinates.few(source, self.selection)? {
            Some(few) => few.quadratic(coordinates, theta),
            None => {
                coordinates.quadratic(coordinates.whole(source, self.selection, theta, self.monitor)?.sums)
            }
        };
        let superfluous = self.superfluous(theta, &here);
        if superfluous.all() == 0 {
            return Ok(None);
        }
        let fewer = filters - superfluous.all();
        let options = &Options { filters: fewer, ..self.options.clone() };
        let coordinates = &super::coordinates::Coordinates { filters: fewer, ..self.coordinates.clone() };
        let fit = Problem { options, coordinates, races: fewer > 1, penalty: None, ..*self }.fit(source)?;
        let outputs = self.coordinates.patches * self.coordinates.loss.free_values();
        let of_filter = self.coordinates.of_filter() + outputs - 1;
        let zero = self.precise_rules(0.0).zero;
        let per_sample = match self.coordinates.loss {
            Loss::Squares => (fit.loss.max(zero) / best.loss.max(zero)).ln(),
            Loss::Logistic { .. } | Loss::Multinomial { .. } => 2.0 * (fit.loss - best.loss),
        };
        let ratio = self.survey.samples as f64 * per_sample;
        let saved = (superfluous.all() * of_filter) as f64;
        Ok((ratio <= 2.0 * saved).then(|| Fit {
            search: SearchSummary {
                merged: fit.search.merged + superfluous.merged,
                dropped: fit.search.dropped + superfluous.dropped,
                ..fit.search
            },
            ..fit
        }))
    }

    /// Of the filters that contribute, those that are the same as one before them, and those that do not contribute; one filter stays.
    fn superfluous(&self, theta: &DVector<f64>, here: &Quadratic) -> Superfluous {
        let Network { filters, .. } = self.coordinates.network(theta);
        let nothing = match self.coordinates.loss {
            Loss::Squares => NOTHING * self.precise_rules(0.0).zero,
            Loss::Logistic { .. } | Loss::Multinomial { .. } => NOTHING_OF_ODDS,
        };
        let sizes = self.coordinates.mean_squares(theta, here);
        let contributing: Vec<&Filter> =
            filters.iter().zip(sizes).filter(|(_, size)| *size > nothing).map(|(filter, _)| filter).collect();
        let mut distinct: Vec<&Filter> = Vec::new();
        for &filter in &contributing {
            if !distinct.iter().any(|other| is_same(filter, other, self.survey, self.options.linear)) {
                distinct.push(filter);
            }
        }
        let merged = contributing.len() - distinct.len();
        let dropped = filters.len() - contributing.len();
        Superfluous { merged, dropped: dropped.min(filters.len() - 1) }
    }
}

/// Whether two filters have the same direction, and their thresholds the same place, in units of the spread of `u·Z`.
///
/// ```text
/// angle(u, u') < SAME_ANGLE,   |t − t'| < SAME_ANGLE        t = (u·μ + b)/√(u·Cu)
/// ```
///
/// With a linear part a filter and its opposite are the same but for a linear function: `σ(x) = σ(−x) + (1 + c) x`.
fn is_same(one: &Filter, other: &Filter, survey: &Survey, has_linear: bool) -> bool {
    let (mean, covariance) = (&survey.patch_mean, &survey.patch_covariance);
    let threshold = |filter: &Filter| {
        let u = DVector::from_column_slice(&filter.weights);
        let p = u.len();
        let c = nalgebra::DMatrixView::from_slice(covariance, p, p);
        let shift: f64 = filter.weights.iter().zip(mean).map(|(u, mean)| u * mean).sum();
        (shift + filter.bias) / u.dot(&(c * &u)).sqrt()
    };
    let same = |one: &Filter, other: &Filter| {
        vector_angle(&one.weights, &other.weights, covariance) < SAME_ANGLE
            && (threshold(one) - threshold(other)).abs() < SAME_ANGLE
    };
    let opposite = |filter: &Filter| Filter {
        weights: filter.weights.iter().map(|u| -u).collect(),
        bias: -filter.bias,
        ..filter.clone()
    };
    same(one, other) || has_linear && same(one, &opposite(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{InMemory, Rows, Selection, Values, Windows};

    /// On patches of mean (1, 0) and covariance diag(1, 4): a filter is the same as itself scaled, and not as its opposite or as one
    /// with its threshold elsewhere; with a linear part it is the same as its opposite.
    #[test]
    fn filters_are_the_same_where_their_thresholds_are() {
        let values = [[0.0, -2.0], [0.0, 2.0], [2.0, -2.0], [2.0, 2.0]].concat();
        let rows =
            Rows { values: Values::F64(&values), stride: 2, target: &[0.0, 1.0, 2.0, 3.0], weights: None };
        let mut source = InMemory::new(rows, Windows::consecutive(2, 2).unwrap()).unwrap();
        let survey = crate::fit::survey(&mut source, Selection::All, &()).unwrap();
        let filter =
            |u: f64, v: f64, bias: f64| Filter { weights: vec![u, v], bias, output_weights: vec![1.0] };
        let one = filter(1.0, 0.5, 0.3);
        assert!(is_same(&one, &filter(2.0, 1.0, 0.6), &survey, false));
        assert!(is_same(&one, &filter(1.0, 0.49, 0.3), &survey, false));
        assert!(!is_same(&one, &filter(1.0, 0.5, 0.5), &survey, false));
        assert!(!is_same(&one, &filter(1.0, 0.3, 0.3), &survey, false));
        let opposite = filter(-2.0, -1.0, -0.6);
        assert!(!is_same(&one, &opposite, &survey, false) && is_same(&one, &opposite, &survey, true));
        assert!(!is_same(&one, &filter(-2.0, -1.0, 0.6), &survey, true));
    }
}
