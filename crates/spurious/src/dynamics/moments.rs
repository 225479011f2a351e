//! Which moments of a run are recorded.

use super::run::Recording;

/// The moments of one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moments {
    recording: Recording,
    /// Where the logarithmic grid of times has its 1.
    unit: f64,
    recorded: u64,
}

impl Moments {
    pub(crate) fn new(recording: Recording, unit: f64) -> Self {
        Self { recording, unit, recorded: 0 }
    }

    /// The time of the next moment on a logarithmic grid; `None` while recording by steps.
    pub(crate) fn next(&self) -> Option<f64> {
        match self.recording {
            Recording::Every(_) => None,
            Recording::PerDecade(count) => {
                Some(self.unit * 10f64.powf(self.recorded as f64 / f64::from(count.max(1))))
            }
        }
    }

    /// Whether this point is to be recorded.
    pub(crate) fn is_due(&self, step: u64, time: f64) -> bool {
        match self.recording {
            Recording::Every(count) => step.is_multiple_of(count.max(1)),
            Recording::PerDecade(_) => step == 0 || self.next().is_some_and(|moment| moment <= time),
        }
    }

    /// Goes on to the moment after this time, at which one was recorded.
    pub(crate) fn pass(&mut self, time: f64) {
        while self.next().is_some_and(|moment| moment <= time) {
            self.recorded += 1;
        }
    }
}
