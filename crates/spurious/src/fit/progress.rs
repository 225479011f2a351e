//! Names for the stages of a part of the work.

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

    fn begin(&self, stage: &str, total: Option<u64>) {
        self.whole.begin(&format!("{}: {stage}", self.name), total);
    }

    fn advance(&self, units: u64) {
        self.whole.advance(units);
    }
}
