//! The algorithms that move a student: gradient descent, and what is used in its place.
//!
//! All of them minimise the population loss, in the conventions and with the names of PyTorch. With the gradient `g` at `θ`,
//!
//! ```text
//! gd         θ⁺ = θ − ηg
//! momentum   m⁺ = μm + g,  θ⁺ = θ − ηm⁺                            nesterov   θ⁺ = θ − η(g + μm⁺)
//! adam       m⁺ = β₁m + (1 − β₁)g,  u⁺ = β₂u + (1 − β₂)g²          θ⁺ = θ − η m̂/(√û + ε)     m̂ = m⁺/(1 − β₁ᵗ),  û = u⁺/(1 − β₂ᵗ)
//! rmsprop    u⁺ = αu + (1 − α)g²                                   θ⁺ = θ − η g/(√u⁺ + ε)
//! sign       θ⁺ = θ − η sign g
//! straight_through  θ⁺ = θ − ηĝ, where ĝ is g computed as if σ' were 1
//! noisy      the gradient is taken at θ + ξ, with a ξ that is drawn for each step and fades
//! sgd        the gradient of the loss on some fresh Gaussian inputs
//! ```
//!
//! | algorithm | numbers of a run | verdict by |
//! |---|---|---|
//! | `gd` | five ([`reduced`](super::reduced)) | theorem; energy, where the step size is beyond the theorem |
//! | `momentum` | ten ([`momentum`](super::momentum)) | energy; convergence, where the step size is beyond the bound |
//! | `nesterov` | ten | convergence |
//! | `adam`, `rmsprop`, `sign` | `p + k` (`coordinatewise`): they act on each coordinate by itself | convergence |
//! | `straight_through` | five (`straight_through`) | theorem; convergence, where the step size is beyond it |
//! | `noisy` | five, in law (`noisy`) | theorem, when the noise has ended |
//! | `sgd` | `k` and two, in law (`sampled`) | convergence |
//!
//! An algorithm that acts on coordinates depends on the axes. So the teacher's filter has a random direction in each of its runs.

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::coordinatewise::Coordinatewise;
use super::iteration::{DecidedDescent, Iteration};
use super::momentum::{Momentum, MomentumDescent, Moving};
use super::noisy::NoisyDescent;
use super::sampled::SampledDescent;
use super::straight_through::StraightThrough;
use crate::error::{Error, positive};
use crate::initialization::oriented;
use crate::model::{Cell, OrderParameters};

/// An algorithm with its settings, those of PyTorch if they are not given.
///
/// # Examples
/// ```
/// use spurious::Algorithm;
/// assert_eq!(Algorithm::named("momentum"), Some(Algorithm::Momentum { momentum: 0.9 }));
/// assert_eq!(Algorithm::named("newton"), None);
/// assert!(Algorithm::Momentum { momentum: 1.0 }.check().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "algorithm", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Algorithm {
    /// Gradient descent.
    Gd,
    /// With the momentum of Polyak's heavy ball.
    Momentum {
        /// `μ`
        momentum: f64,
    },
    /// With momentum in Nesterov's form.
    Nesterov {
        /// `μ`
        momentum: f64,
    },
    /// Adam.
    Adam {
        /// `β₁` and `β₂`
        betas: [f64; 2],
        /// `ε`
        eps: f64,
    },
    /// RMSProp.
    Rmsprop {
        /// `α`
        alpha: f64,
        /// `ε`
        eps: f64,
    },
    /// The sign of the gradient.
    Sign,
    /// Gradient descent whose gradient by the filter is that of a linear unit.
    StraightThrough,
    /// Gradient descent with noise that fades.
    Noisy(Annealing),
    /// Stochastic gradient descent on fresh samples.
    Sgd {
        /// Samples of a step.
        batch_size: usize,
    },
}

/// Noise that fades epoch by epoch, and step sizes that do so too. The gradient is taken at a point that is uniform in a ball around the
/// filter, and one around the output weights. After the last epoch there is no noise, and the step size stays.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Annealing {
    /// Radii of the ball around the filter and of that around the output weights, in the first epoch.
    pub noise: [f64; 2],
    /// What the radii are multiplied by from one epoch to the next.
    pub noise_decay: f64,
    /// What the step size is multiplied by.
    pub step_decay: f64,
    /// Steps of an epoch.
    pub epoch: u64,
    /// Epochs with noise.
    pub epochs: u64,
}

impl Default for Annealing {
    /// The schedule of Zhou et al., "Toward Understanding the Importance of Noise in Training Neural Networks" (ICML 2019), for this model,
    /// whose step size begins with 0.1. It is quoted at second hand: the text itself was not at hand.
    fn default() -> Self {
        Self { noise: [36.0, 1.0], noise_decay: 0.4, step_decay: 0.8, epoch: 400, epochs: 20 }
    }
}

impl Annealing {
    /// Steps with noise.
    pub(crate) const fn steps(&self) -> u64 {
        self.epoch * self.epochs
    }

    /// The step size of the last epoch, and after it.
    pub(crate) fn last_step_size(&self, first: f64) -> f64 {
        (1..self.epochs).fold(first, |size, _| size * self.step_decay)
    }
}

/// Settings by the names that they have everywhere; what is not given is as usual.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "the settings of `Algorithm` and `Annealing`")]
pub struct AlgorithmSettings {
    pub momentum: Option<f64>,
    pub betas: Option<[f64; 2]>,
    pub eps: Option<f64>,
    pub alpha: Option<f64>,
    pub noise: Option<[f64; 2]>,
    pub noise_decay: Option<f64>,
    pub step_decay: Option<f64>,
    pub epoch: Option<u64>,
    pub epochs: Option<u64>,
    pub batch_size: Option<usize>,
}

/// The largest batch, and the longest schedule in steps.
pub const LARGEST_BATCH: usize = 1_000_000;
const LONGEST_SCHEDULE: u64 = 1_000_000_000;

/// What is done with a run, whatever algorithm makes it.
pub(crate) trait Carrier {
    type Output;

    fn carry<I: Iteration>(self, iteration: I, start: I::State) -> Self::Output;
}

impl Algorithm {
    /// The names, as PyTorch and the command line have them.
    pub const NAMES: [&str; 9] =
        ["gd", "momentum", "nesterov", "adam", "rmsprop", "sign", "straight_through", "noisy", "sgd"];

    /// The algorithm of this name, with the usual settings.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "gd" => Self::Gd,
            "momentum" => Self::Momentum { momentum: 0.9 },
            "nesterov" => Self::Nesterov { momentum: 0.9 },
            "adam" => Self::Adam { betas: [0.9, 0.999], eps: 1e-8 },
            "rmsprop" => Self::Rmsprop { alpha: 0.99, eps: 1e-8 },
            "sign" => Self::Sign,
            "straight_through" => Self::StraightThrough,
            "noisy" => Self::Noisy(Annealing::default()),
            "sgd" => Self::Sgd { batch_size: 32 },
            _ => return None,
        })
    }

    /// The algorithms of these names, each with those of the settings that it has.
    ///
    /// # Errors
    /// If there is no algorithm of a name, if a setting is given that none of them has, or as [`check`](Self::check).
    ///
    /// # Examples
    /// ```
    /// use spurious::{Algorithm, dynamics::algorithm::AlgorithmSettings};
    /// let settings = AlgorithmSettings { momentum: Some(0.5), ..AlgorithmSettings::default() };
    /// assert_eq!(Algorithm::list(&["gd", "nesterov"], &settings)?[1], Algorithm::Nesterov { momentum: 0.5 });
    /// let message = Algorithm::list(&["adam"], &settings).unwrap_err().to_string();
    /// assert_eq!(message, "momentum is no setting of adam, but of momentum and nesterov");
    /// # Ok::<(), spurious::Error>(())
    /// ```
    pub fn list(names: &[&str], settings: &AlgorithmSettings) -> Result<Vec<Self>, Error> {
        let AlgorithmSettings {
            momentum,
            betas,
            eps,
            alpha,
            noise,
            noise_decay,
            step_decay,
            epoch,
            epochs,
            batch_size,
        } = *settings;
        let of_noise = noise_decay.is_some() || step_decay.is_some() || epoch.is_some() || epochs.is_some();
        for (is_given, setting, owners) in [
            (momentum.is_some(), "momentum", &["momentum", "nesterov"][..]),
            (betas.is_some(), "betas", &["adam"]),
            (eps.is_some(), "eps", &["adam", "rmsprop"]),
            (alpha.is_some(), "alpha", &["rmsprop"]),
            (noise.is_some() || of_noise, "noise", &["noisy"]),
            (batch_size.is_some(), "batch size", &["sgd"]),
        ] {
            if is_given && !names.iter().any(|name| owners.contains(name)) {
                return Err(Error::NoSetting {
                    setting,
                    names: names.join(", "),
                    owners: owners.join(" and "),
                });
            }
        }
        let named = |name: &&str| {
            let mut algorithm = Self::named(name).ok_or_else(|| Error::Algorithm {
                name: (*name).to_owned(),
                names: Self::NAMES.join(", "),
            })?;
            let set = |value: &mut f64, given: Option<f64>| *value = given.unwrap_or(*value);
            match &mut algorithm {
                Self::Gd | Self::Sign | Self::StraightThrough => {}
                Self::Momentum { momentum: value } | Self::Nesterov { momentum: value } => {
                    set(value, momentum)
                }
                Self::Adam { betas: values, eps: value } => {
                    *values = betas.unwrap_or(*values);
                    set(value, eps);
                }
                Self::Rmsprop { alpha: smoothing, eps: value } => {
                    set(smoothing, alpha);
                    set(value, eps);
                }
                Self::Noisy(annealing) => {
                    annealing.noise = noise.unwrap_or(annealing.noise);
                    set(&mut annealing.noise_decay, noise_decay);
                    set(&mut annealing.step_decay, step_decay);
                    annealing.epoch = epoch.unwrap_or(annealing.epoch);
                    annealing.epochs = epochs.unwrap_or(annealing.epochs);
                }
                Self::Sgd { batch_size: value } => *value = batch_size.unwrap_or(*value),
            }
            algorithm.check()?;
            Ok(algorithm)
        };
        names.iter().map(named).collect()
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Gd => "gd",
            Self::Momentum { .. } => "momentum",
            Self::Nesterov { .. } => "nesterov",
            Self::Adam { .. } => "adam",
            Self::Rmsprop { .. } => "rmsprop",
            Self::Sign => "sign",
            Self::StraightThrough => "straight_through",
            Self::Noisy(_) => "noisy",
            Self::Sgd { .. } => "sgd",
        }
    }

    /// Its momentum, if it is one of the two with momentum.
    pub(crate) const fn momentum(&self) -> Option<Momentum> {
        match *self {
            Self::Momentum { momentum } => Some(Momentum { factor: momentum, nesterov: false }),
            Self::Nesterov { momentum } => Some(Momentum { factor: momentum, nesterov: true }),
            _ => None,
        }
    }

    /// Whether it moves all `p + k` numbers, each by itself.
    pub const fn is_coordinatewise(&self) -> bool {
        matches!(self, Self::Adam { .. } | Self::Rmsprop { .. } | Self::Sign)
    }

    /// Whether a run draws random numbers after its start.
    pub const fn is_random(&self) -> bool {
        matches!(self, Self::Noisy(_) | Self::Sgd { .. })
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// If a factor (`μ`, `β₁`, `β₂`, `α`) is not from 0 to below 1, `ε` or a radius is negative or not finite, a decay not above 0 and at most
    /// 1, or a count 0 or too large.
    pub fn check(&self) -> Result<(), Error> {
        let factor = |name, value: f64| match (0.0..1.0).contains(&value) {
            true => Ok(()),
            false => Err(Error::Factor { name, value }),
        };
        let not_negative = |name, value: f64| match value {
            _ if !value.is_finite() => Err(Error::NotFinite { name, value }),
            _ if value < 0.0 => Err(Error::Negative { name, value }),
            _ => Ok(()),
        };
        let size = |name, value, limit| match (1..=limit).contains(&value) {
            true => Ok(()),
            false => Err(Error::Size { name, value, limit }),
        };
        match *self {
            Self::Gd | Self::Sign | Self::StraightThrough => Ok(()),
            Self::Momentum { momentum } | Self::Nesterov { momentum } => factor("momentum", momentum),
            Self::Adam { betas, eps } => {
                betas.into_iter().try_for_each(|beta| factor("beta", beta))?;
                not_negative("epsilon", eps)
            }
            Self::Rmsprop { alpha, eps } => {
                factor("alpha", alpha)?;
                not_negative("epsilon", eps)
            }
            Self::Noisy(annealing) => {
                let decays = [("noise decay", annealing.noise_decay), ("step decay", annealing.step_decay)];
                annealing.noise.into_iter().try_for_each(|radius| not_negative("noise", radius))?;
                for (name, value) in decays {
                    positive(name, value)?;
                    if value > 1.0 {
                        return Err(Error::TooLarge { name, value, limit: 1.0 });
                    }
                }
                let steps = annealing.epoch.saturating_mul(annealing.epochs);
                let (steps, limit) =
                    (usize::try_from(steps).unwrap_or(usize::MAX), LONGEST_SCHEDULE as usize);
                size("number of steps with noise", steps, limit)
            }
            Self::Sgd { batch_size } => size("batch size", batch_size, LARGEST_BATCH),
        }
    }

    /// The rate per unit of time at which an error falls in a direction with this eigenvalue of the Hessian; `None` where it is no constant.
    pub(crate) fn rate(&self, step_size: f64, eigenvalue: f64) -> Option<f64> {
        match self {
            // One step multiplies the error by 1 − η·eigenvalue.
            Self::Gd => Some(-(-step_size * eigenvalue).ln_1p() / step_size),
            _ => Some(self.momentum()?.rate(step_size, eigenvalue)),
        }
    }

    /// Begins a run of a cell from a start, and hands it over. `random` is drawn from for what the start leaves open, and for noise.
    pub(crate) fn begin<C: Carrier>(
        &self,
        cell: &Cell,
        step_size: f64,
        start: &OrderParameters,
        random: ChaCha8Rng,
        carrier: C,
    ) -> C::Output {
        let teacher = cell.teacher();
        match *self {
            Self::Gd => carrier.carry(DecidedDescent::new(&teacher, step_size), *start),
            Self::Momentum { momentum } | Self::Nesterov { momentum } => {
                let momentum = Momentum { factor: momentum, nesterov: matches!(self, Self::Nesterov { .. }) };
                carrier.carry(MomentumDescent::new(&teacher, step_size, momentum), Moving::from(start))
            }
            Self::Adam { .. } | Self::Rmsprop { .. } | Self::Sign => {
                let mut random = random;
                let (teacher, student) = oriented(cell, start, &mut random);
                let (descent, start) = Coordinatewise::new(teacher, student, step_size, *self);
                carrier.carry(descent, start)
            }
            Self::StraightThrough => carrier.carry(StraightThrough::new(&teacher, step_size), *start),
            Self::Noisy(annealing) => {
                carrier.carry(NoisyDescent::new(cell, step_size, annealing, random), *start)
            }
            Self::Sgd { batch_size } => {
                let (descent, start) = SampledDescent::new(cell, step_size, batch_size, start, random);
                carrier.carry(descent, start)
            }
        }
    }
}
