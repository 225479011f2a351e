//! Which samples belong together, or follow each other.
//!
//! Samples of one group, such as the visits of one patient, are held out together: a model that has seen some of them has seen
//! something of the others. Of samples in time the later ones are held out, since a model is used on what comes after it.
//! Where errors are compared, or standard errors taken, samples of one cluster count as one observation.

use std::borrow::Cow;

use crate::Error;

/// How samples depend on each other.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Arrangement<'a> {
    /// They do not.
    #[default]
    Independent,
    /// Those with the same number belong together, `[samples]`.
    Groups(&'a [u32]),
    /// The time of each sample, in any unit and order, `[samples]`. Samples of one time belong together.
    Time(&'a [f64]),
}

/// An arrangement that owns its numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum OwnedArrangement {
    #[default]
    Independent,
    Groups(Vec<u32>),
    Time(Vec<f64>),
}

impl<'a> Arrangement<'a> {
    /// Fails if the lengths do not fit, or a time is not finite.
    pub(super) fn check(&self, samples: usize) -> Result<(), Error> {
        let (name, found) = match self {
            Self::Independent => return Ok(()),
            Self::Groups(groups) => ("groups", groups.len()),
            Self::Time(time) => ("times", time.len()),
        };
        if found != samples {
            return Err(Error::Length { name, found, expected: samples });
        }
        if let Self::Time(time) = self
            && let Some(&value) = time.iter().find(|value| !value.is_finite())
        {
            return Err(Error::NotFinite { name: "time", value });
        }
        Ok(())
    }

    /// The samples with these places, in their order.
    pub(super) fn of(&self, places: &[u64]) -> OwnedArrangement {
        #[allow(clippy::cast_possible_truncation, reason = "places in slices")]
        let places = || places.iter().map(|&place| place as usize);
        match self {
            Self::Independent => OwnedArrangement::Independent,
            Self::Groups(groups) => OwnedArrangement::Groups(places().map(|place| groups[place]).collect()),
            Self::Time(time) => OwnedArrangement::Time(places().map(|place| time[place]).collect()),
        }
    }

    /// The cluster of each sample: its group, or its stretch of `√n` samples in time.
    ///
    /// # Source
    /// Batch means with batches of `√n`: Glynn and Whitt, "Estimating the asymptotic variance with batch means", Operations
    /// Research Letters 10 (1991).
    pub(super) fn clusters(&self) -> Option<Cow<'a, [u32]>> {
        match *self {
            Self::Independent => None,
            Self::Groups(groups) => Some(Cow::Borrowed(groups)),
            Self::Time(time) => {
                let length = (time.len() as f64).sqrt().ceil().max(1.0);
                let mut clusters = vec![0; time.len()];
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "fewer than samples"
                )]
                for (rank, place) in in_order(time).into_iter().enumerate() {
                    clusters[place] = (rank as f64 / length) as u32;
                }
                Some(Cow::Owned(clusters))
            }
        }
    }
}

impl OwnedArrangement {
    pub(super) fn as_ref(&self) -> Arrangement<'_> {
        match self {
            Self::Independent => Arrangement::Independent,
            Self::Groups(groups) => Arrangement::Groups(groups),
            Self::Time(time) => Arrangement::Time(time),
        }
    }
}

/// The places of samples in the order of their time.
pub(super) fn in_order(time: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..time.len()).collect();
    order.sort_by(|&i, &j| time[i].total_cmp(&time[j]));
    order
}
