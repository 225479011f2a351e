//! The angle between two filters.

use std::f64::consts::{FRAC_PI_2, PI};

use nalgebra::{DMatrix, DVector};

use super::network::Network;

/// Filters closer than this, in radians, belong to the same minimum.
pub(super) const SAME_ANGLE: f64 = 0.05;

/// The angle between two vectors in radians, for lengths whose squares are given.
///
/// ```text
/// angle = 2 atan2(‖û − v̂‖, ‖û + v̂‖)        û = u/‖u‖,  v̂ = v/‖v‖
/// ```
///
/// This formula keeps its digits near 0 and π, where an arc cosine loses them. A vector of length zero has no direction; it counts as
/// orthogonal to all others.
pub(super) fn angle(u: &DVector<f64>, v: &DVector<f64>, square: impl Fn(&DVector<f64>) -> f64) -> f64 {
    let length = |x: &DVector<f64>| square(x).max(0.0).sqrt();
    let (of_u, of_v) = (length(u), length(v));
    if of_u == 0.0 || of_v == 0.0 {
        return FRAC_PI_2;
    }
    let (sum, difference) = (u / of_u + v / of_v, u / of_u - v / of_v);
    2.0 * length(&difference).atan2(length(&sum))
}

/// The same for filters of which patches have this covariance, `[patch_dim, patch_dim]`: lengths are `‖u‖² = u·Cu`.
pub(super) fn vector_angle(u: &[f64], v: &[f64], covariance: &[f64]) -> f64 {
    let covariance = DMatrix::from_row_slice(u.len(), u.len(), covariance);
    let (u, v) = (DVector::from_column_slice(u), DVector::from_column_slice(v));
    angle(&u, &v, |x| x.dot(&(&covariance * x)))
}

/// The filters of `other` in the order of those of `one` that they are closest to, and the largest angle between two that belong
/// together. With a linear part a filter and its opposite are the same model, but for a penalty: `σ(x) = σ(−x) + (1 + c) x`.
pub(super) fn matching(one: &Network, other: &Network, covariance: &[f64]) -> (Vec<usize>, f64) {
    let has_linear = !(one.linear_part.is_empty() && other.linear_part.is_empty());
    matching_by(one, other, |u, v| {
        let angle = vector_angle(u, v, covariance);
        if has_linear { angle.min(PI - angle) } else { angle }
    })
}

/// The same with an angle of one's own: the closest pair first, then the closest of what is left. A filter that has no partner counts as
/// orthogonal to all of the other network.
pub(super) fn matching_by(
    one: &Network,
    other: &Network,
    angle: impl Fn(&[f64], &[f64]) -> f64,
) -> (Vec<usize>, f64) {
    let r = one.filters.len();
    let mut pairs: Vec<(f64, usize, usize)> = Vec::with_capacity(r * r);
    for (i, left) in one.filters.iter().enumerate() {
        for (j, right) in other.filters.iter().enumerate() {
            pairs.push((angle(&left.weights, &right.weights), i, j));
        }
    }
    pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (mut order, mut taken, mut largest) = (vec![None; r], vec![false; other.filters.len()], 0.0_f64);
    for (angle, i, j) in pairs {
        if order[i].is_none() && !taken[j] {
            (order[i], taken[j]) = (Some(j), true);
            largest = largest.max(angle);
        }
    }
    if r != other.filters.len() {
        largest = largest.max(FRAC_PI_2);
    }
    (order.into_iter().flatten().collect(), largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Filters are paired whatever their order; one without a partner is as far away as can be without being opposite.
    #[test]
    fn filters_are_paired_with_the_closest() {
        let filter = |angle: f64| crate::fit::Filter {
            weights: vec![angle.cos(), angle.sin()],
            bias: 0.0,
            output_weights: vec![1.0],
        };
        let network = |angles: &[f64]| Network {
            filters: angles.iter().map(|&angle| filter(angle)).collect(),
            ..Network::default()
        };
        let identity = [1.0, 0.0, 0.0, 1.0];
        let (order, largest) = matching(&network(&[0.1, 1.0, 2.0]), &network(&[2.0, 0.3, 1.1]), &identity);
        assert_eq!(order, [1, 2, 0]);
        assert!((largest - 0.2).abs() < 1e-14);
        for (one, other) in [([0.1, 1.0].as_slice(), [1.0].as_slice()), (&[1.0], &[0.1, 1.0])] {
            assert_eq!(matching(&network(one), &network(other), &identity).1, FRAC_PI_2);
        }
    }

    /// Angles close to 0 and π keep their digits.
    #[test]
    fn angles_are_exact_at_both_ends() {
        let at = |angle: f64| DVector::from_vec(vec![2.0 * angle.cos(), 2.0 * angle.sin()]);
        let plain = |x: &DVector<f64>| x.norm_squared();
        let one = DVector::from_vec(vec![3.0, 0.0]);
        for small in [1e-12, 1e-3, 1.0] {
            assert!((angle(&one, &at(small), plain) / small - 1.0).abs() < 1e-14);
            assert!(((angle(&-&one, &at(small), plain) + small) / std::f64::consts::PI - 1.0).abs() < 1e-15);
        }
        assert_eq!(angle(&one, &DVector::zeros(2), plain), FRAC_PI_2);
        // In the metric C = diag(1, 4), (1, 1) has angle atan 2 to the first axis.
        let metric = |x: &DVector<f64>| x[0] * x[0] + 4.0 * x[1] * x[1];
        assert!((angle(&one, &DVector::from_vec(vec![1.0, 1.0]), metric) - 2_f64.atan()).abs() < 1e-15);
    }
}
