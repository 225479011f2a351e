//! Names for the stages of a part of the work, and stages that may end early.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::monitor::Monitor;

/// Reports the stages of a part of the work with the name of the part before them: "fold 2 of 5: searching".
#[derive(Clone, Copy)]
pub(super) struct PartOf<'a> {
    pub(super) whole: &'a dyn Monitor,
    pub(super) name: &'a str,
}

impl Monitor for PartOf<'_> {
    fn is_cancelled(&self) -> bool {
        self.whole.is_cancelled()
    }

    fn is_out_of_time(&self) -> bool {
        self.whole.is_out_of_time()
    }

    fn begin(&self, stage: &str, total: Option<u64>) {
        self.whole.begin(&format!("{}: {stage}", self.name), total);
    }

    fn advance(&self, units: u64) {
        self.whole.advance(units);
    }
}

/// A stage that takes at most so many units. Parts of it report no stages of their own.
pub(super) struct AtMost<'a> {
    whole: &'a dyn Monitor,
    left: AtomicU64,
}

impl<'a> AtMost<'a> {
    pub(super) fn begin(whole: &'a dyn Monitor, stage: &str, most: u64) -> Self {
        whole.begin(stage, Some(most));
        Self { whole, left: most.into() }
    }

    /// The stage is over: what is left will not be needed.
    pub(super) fn finish(&self) {
        self.whole.advance(self.left.swap(0, Ordering::Relaxed));
    }
}

impl Monitor for AtMost<'_> {
    fn is_cancelled(&self) -> bool {
        self.whole.is_cancelled()
    }

    fn is_out_of_time(&self) -> bool {
        self.whole.is_out_of_time()
    }

    fn advance(&self, units: u64) {
        let spend = |left: u64| Some(left.saturating_sub(units));
        let before = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend);
        self.whole.advance(before.map_or(0, |left| left.min(units)));
    }
}
