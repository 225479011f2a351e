//! Intervals around predictions, from errors on samples held out.
//!
//! ```text
//! f(Z) ± q,     q the ⌈0.95 (n + 1)⌉-th of the sizes |f₋(Zᵢ) − yᵢ| of n samples held out, f₋ fitted without them
//! ```
//!
//! If `f₋` is one model and a new sample is of the same kind as those held out, it falls outside with a chance of at most 5 %,
//! whatever the model is and however the errors are distributed. With folds `f₋` differs from fold to fold and has seen fewer
//! samples than `f`: then the chance is about 5 %, and rather less. Samples count alike, whatever their weights.
//!
//! # Source
//! Vovk, Gammerman and Shafer, "Algorithmic learning in a random world" (2005); for folds Vovk, "Cross-conformal predictors",
//! Annals of Mathematics and Artificial Intelligence 74 (2015).

/// Share of new samples that an interval is to cover.
const COVERED: f64 = 0.95;

/// Half the width of the interval; none for fewer than 19 samples.
pub(super) fn half_width(mut sizes: Vec<f64>) -> Option<f64> {
    sizes.sort_unstable_by(f64::total_cmp);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let rank = (COVERED * (sizes.len() + 1) as f64).ceil() as usize;
    sizes.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_reaches_to_the_size_that_five_in_a_hundred_exceed() {
        let sizes = |n: u32| (1..=n).map(|i| f64::from(i * 7 % (n + 1))).collect::<Vec<f64>>();
        assert_eq!(half_width(sizes(18)), None);
        assert_eq!(half_width(sizes(19)), Some(19.0));
        assert_eq!(half_width(sizes(99)), Some(95.0));
    }
}
