//! Progress and cancellation of everything that may take long.
//!
//! The library reads no clock and no keyboard. The caller passes a [`Monitor`], which receives progress and is asked whether to
//! continue; `&()` ignores progress and never cancels. Cancelled work returns [`Error::Cancelled`].

use crate::error::Error;

/// Receives progress and may cancel. All methods may be called from any thread, and from several at once.
///
/// # Examples
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use spurious::{Cell, Ensemble, Error, Monitor, Observe};
///
/// /// Stops after so many runs.
/// struct Allowance(AtomicU64, u64);
/// impl Monitor for Allowance {
///     fn is_cancelled(&self) -> bool {
///         self.0.load(Ordering::Relaxed) >= self.1
///     }
///     fn advance(&self, runs: u64) {
///         self.0.fetch_add(runs, Ordering::Relaxed);
///     }
/// }
///
/// let ensemble = Ensemble::new(Cell::new(5, 25, 4.0, 1.0)?, 0.1, 1, 0)?;
/// let few = Allowance(AtomicU64::new(0), 1_000);
/// let stopped = ensemble.summary(0..1_000_000_000_000, &Observe::default(), &few);
/// assert_eq!(stopped.unwrap_err(), Error::Cancelled);
/// # Ok::<(), spurious::Error>(())
/// ```
pub trait Monitor: Sync {
    /// Whether the work is to end as soon as possible. Called several times a second, except within the decomposition of a large matrix.
    fn is_cancelled(&self) -> bool {
        false
    }

    /// Whether no more is to be tried than has to be: what is found until then is the result. Asked before each shape of a network that
    /// cross-validation tries.
    fn is_out_of_time(&self) -> bool {
        false
    }

    /// A stage of the work begins. It has `total` units, if their number is known in advance.
    fn begin(&self, stage: &str, total: Option<u64>) {
        let _ = (stage, total);
    }

    /// This number of further units of the stage is done.
    fn advance(&self, units: u64) {
        let _ = units;
    }

    /// [`Error::Cancelled`] if the work is to end.
    ///
    /// # Errors
    /// See above.
    fn check(&self) -> Result<(), Error> {
        if self.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// Ignores progress and never cancels.
impl Monitor for () {}

/// Passes on cancellation but no progress: for work within a stage that counts other units.
#[derive(Clone, Copy)]
pub struct CancelOnly<'a>(pub &'a dyn Monitor);

impl Monitor for CancelOnly<'_> {
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    fn is_out_of_time(&self) -> bool {
        self.0.is_out_of_time()
    }
}
