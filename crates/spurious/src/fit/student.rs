//! Quantiles of Student's t distribution.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The quantile at 97.5 % for a number of degrees of freedom: half the width of an interval of 95 %, in standard errors.
pub(super) fn quantile(degrees_of_freedom: f64) -> f64 {
    quantile_at(0.975, degrees_of_freedom)
}

/// The quantile at 99.5 %, for several comparisons at once.
pub(super) fn strict_quantile(degrees_of_freedom: f64) -> f64 {
    quantile_at(0.995, degrees_of_freedom)
}

fn quantile_at(share: f64, degrees_of_freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees_of_freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(share))
}
