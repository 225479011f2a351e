//! Progress and cancellation: one trait through everything that may take long.
//!
//! The library reads no clock and no keyboard. Whoever calls it hands over a [`Monitor`], which is told how far the work is
//! and asked whether to go on; `&()` listens to nothing and never stops. Work that is stopped returns
//! [`Error::Cancelled`].

use crate::error::Error;

/// Hears of progress and may cancel. All methods are called from any thread, and from several at once.
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
    /// Whether the work is to end as soon as it can. Asked some times a second, except within the decomposition of
    /// a large matrix.
    fn is_cancelled(&self) -> bool {
        false
    }

    /// A stage of the work begins, of `total` units where that is known beforehand.
    fn begin(&self, stage: &str, total: Option<u64>) {
        let _ = (stage, total);
    }

    /// So many more units of the stage are done.
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

/// Listens to nothing and never stops.
impl Monitor for () {}

/// Passes on the question whether to stop, and keeps progress to itself: for work within a stage whose units are others.
#[derive(Clone, Copy)]
pub struct CancelOnly<'a>(pub &'a dyn Monitor);

impl Monitor for CancelOnly<'_> {
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}
