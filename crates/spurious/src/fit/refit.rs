//! The loss of a network without one of its filters, or without its linear part, with the logistic loss: all else that enters linearly is
//! fitted again.
//!
//! With squares this is known from the sums at the minimum ([`Coordinates::best_without`](super::coordinates::Coordinates)). Here it
//! takes Newton's method, which converges because the loss is convex for given filters, and the penalty keeps it bounded.

use std::ops::Range;

use nalgebra::DVector;

use super::evaluate::gauss_newton_about;
use super::fitting::Problem;
use super::levenberg::solve;
use super::samples::Samples;
use crate::Error;
use crate::monitor::CancelOnly;

/// Newton's method ends where a step would lower the loss by less than this share of it.
const TOLERANCE: f64 = 1e-9;
/// Largest number of passes.
const MOST_PASSES: usize = 60;

impl Problem<'_> {
    /// The smallest loss for the filters of `θ` where these entries of `θ`, output weights or linear part, are zero. The penalty is counted
    /// while the others are fitted, not in the loss.
    pub(super) fn refitted_without(
        &self,
        source: &mut Samples<'_>,
        ridge: f64,
        theta: &DVector<f64>,
        left_out: Range<usize>,
    ) -> Result<f64, Error> {
        let coordinates = self.coordinates;
        let (first, linear) = (coordinates.first_output(), coordinates.linear.as_ref());
        let count = coordinates.len() - first;
        let kept: Vec<usize> = (first..coordinates.len()).filter(|at| !left_out.contains(at)).collect();
        // From the shares of the classes, as searches do: where the weights are those of all filters the loss may be flat without one of them.
        let mut z = DVector::zeros(count);
        let constants = coordinates.intercepts();
        z.rows_mut(count - constants, constants).copy_from_slice(&self.drawing().means()[..constants]);
        let rules = self.precise_rules(ridge);
        // The best point so far with its step, and the part of the step that is tried.
        let (mut best, mut length) = (None::<(f64, f64, DVector<f64>, DVector<f64>)>, 1.0);
        for _ in 0..MOST_PASSES {
            let mut trial = theta.clone();
            trial.rows_mut(first, count).copy_from(&z);
            let networks = [coordinates.network(&trial)];
            let quiet = CancelOnly(self.monitor);
            let (loss, selection) = (coordinates.loss, self.selection);
            let sums = gauss_newton_about(source, &networks, loss, linear, selection, &quiet)?.remove(0);
            let here = coordinates.quadratic(sums);
            let mut penalties = rules.penalties(coordinates, &here).as_slice().to_vec();
            penalties.resize(penalties.len() + coordinates.of_linear(), coordinates.linear_penalty());
            penalties.resize(count, 0.0);
            let weighted = z.component_mul(&DVector::from_vec(penalties.clone()));
            let objective = here.loss + weighted.dot(&z) / 2.0;
            if let Some((lowest, _, from, step)) = &best
                && objective > *lowest
            {
                length /= 2.0;
                z = from + step * length;
                continue;
            }
            let gradient = DVector::from_iterator(
                kept.len(),
                kept.iter().map(|&at| here.gradient[at] + weighted[at - first]),
            );
            let mut hessian = here.hessian.clone();
            coordinates.fix_classes(&mut hessian, 0);
            let mut hessian = hessian.select_rows(&kept).select_columns(&kept);
            for (i, &at) in kept.iter().enumerate() {
                hessian[(i, i)] += penalties[at - first];
            }
            let newton = solve(hessian, &-&gradient);
            let gain = -gradient.dot(&newton) / 2.0;
            let mut step = DVector::zeros(count);
            kept.iter().zip(&newton).for_each(|(&at, d)| step[at - first] = *d);
            best = Some((objective, here.loss, z.clone(), step.clone()));
            if gain <= TOLERANCE * objective {
                break;
            }
            length = 1.0;
            z += step;
        }
        Ok(best.map_or(f64::INFINITY, |(_, loss, ..)| loss))
    }
}
