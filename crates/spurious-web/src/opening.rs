//! The page with a state: what it shows when it is opened.

use spurious::export::plain;
use spurious::initialization::{sample_order_parameters, start_at};
use spurious::numerics::random::stream;
use spurious::{Activation, Algorithm, Cell, Error};

/// The views of the page.
pub const VIEWS: [&str; 4] = ["descent", "phase", "algorithms", "width"];

/// What the page shows when it is opened. What is left out is as the page has it by itself: the first cell of the README, a step size
/// of 0.1, and its trapped start.
///
/// # Examples
/// ```
/// use spurious_web::Opening;
/// let opening = Opening { patches: Some(36), step_size: Some(None), ..Opening::default() };
/// let state = "patch-dim=5&patches=36&sum-ratio=4&scale-ratio=1&negative-slope=0&step-size=flow";
/// assert_eq!(opening.state()?, state);
/// assert_eq!(Opening::default().state()?, "");
/// # Ok::<(), spurious::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Opening {
    /// Patch dimension `p`.
    pub patch_dim: Option<usize>,
    /// Number of patches `k`.
    pub patches: Option<usize>,
    /// Sum ratio `ρ`.
    pub sum_ratio: Option<f64>,
    /// Scale ratio `β`.
    pub scale_ratio: Option<f64>,
    /// Negative slope `c`.
    pub negative_slope: Option<f64>,
    /// `η`; `Some(None)` is gradient flow.
    pub step_size: Option<Option<f64>>,
    /// `φ₀`
    pub angle: Option<f64>,
    /// `1ᵀa₀`
    pub sum: Option<f64>,
    /// `a₀ᵀb`
    pub signal: Option<f64>,
    /// The random start with this number, of `seed`; angle, sum and signal win over it.
    pub trial: Option<u64>,
    /// Seed of the random start; 1 if left out.
    pub seed: Option<u64>,
    /// Algorithms that are compared.
    pub algorithms: Vec<String>,
    /// One of [`VIEWS`].
    pub view: Option<String>,
}

impl Opening {
    /// The state as the page has it in its address: flags of the command line and their values.
    ///
    /// # Errors
    /// If there is no such cell, start or algorithm, or the step size is too large.
    pub fn state(&self) -> Result<String, Error> {
        if *self == Self::default() {
            return Ok(String::new());
        }
        let cell = Cell::new(
            self.patch_dim.unwrap_or(5),
            self.patches.unwrap_or(25),
            self.sum_ratio.unwrap_or(4.0),
            self.scale_ratio.unwrap_or(1.0),
        )?;
        let cell = cell.with_activation(Activation::leaky(self.negative_slope.unwrap_or(0.0))?);
        let shape = cell.shape();
        let mut fields = vec![
            ("patch-dim", cell.patch_dim().to_string()),
            ("patches", shape.patches().to_string()),
            ("sum-ratio", plain(shape.sum_ratio())),
            ("scale-ratio", plain(cell.scale_ratio())),
            ("negative-slope", plain(shape.activation().negative_slope())),
        ];
        if let Some(step_size) = self.step_size {
            step_size.map_or(Ok(()), |step_size| shape.check_step_size(step_size))?;
            fields.push(("step-size", step_size.map_or("flow".to_owned(), plain)));
        }
        if let Some([angle, sum, signal]) = self.start(&cell)? {
            fields.extend([("angle", plain(angle)), ("sum", plain(sum)), ("signal", plain(signal))]);
        }
        if !self.algorithms.is_empty() {
            let names: Vec<&str> = self.algorithms.iter().map(String::as_str).collect();
            Algorithm::list(&names, &Default::default())?;
            fields.push(("algorithm", names.join(",")));
        }
        if let Some(view) = self.view.as_deref().filter(|view| VIEWS.contains(view)) {
            fields.push(("view", view.to_owned()));
        }
        Ok(fields.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&"))
    }

    /// The start in numbers, if one is asked for.
    fn start(&self, cell: &Cell) -> Result<Option<[f64; 3]>, Error> {
        let drawn =
            || sample_order_parameters(cell, &mut stream(self.seed.unwrap_or(1), 0, self.trial.unwrap_or(0)));
        let is_given = self.angle.is_some() || self.sum.is_some() || self.signal.is_some();
        let start = match (is_given, self.trial.or(self.seed)) {
            (false, None) => return Ok(None),
            (false, Some(_)) => drawn(),
            (true, _) => {
                let angle = self.angle.unwrap_or_else(|| drawn().angle());
                start_at(cell, angle, self.sum.unwrap_or(0.0), self.signal)?
            }
        };
        Ok(Some([start.angle(), start.sum, start.signal]))
    }

    /// The page as one file, which opens with this state.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    pub fn page(&self) -> Result<String, Error> {
        let state = self.state()?.replace('&', "&amp;");
        let attribute = if state.is_empty() { String::new() } else { format!(" data-state=\"{state}\"") };
        Ok(crate::PAGE.replacen("<html lang=\"en\"", &format!("<html lang=\"en\"{attribute}"), 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_trial_is_that_of_trace() {
        let opening = Opening { trial: Some(1), ..Opening::default() };
        // The README's run.
        assert!(
            opening
                .state()
                .is_ok_and(|state| state.contains("angle=1.94529") && state.contains("signal=-0.0468"))
        );
        let opening = Opening { angle: Some(2.5), trial: Some(1), ..Opening::default() };
        assert!(opening.state().is_ok_and(|state| state.ends_with("angle=2.5&sum=0&signal=0")));
    }

    #[test]
    fn what_the_library_refuses_is_refused() {
        let message = |opening: Opening| opening.state().expect_err("refused").to_string();
        let sum_ratio = message(Opening { sum_ratio: Some(30.0), ..Opening::default() });
        assert_eq!(sum_ratio, "sum ratio 30 is larger than the number of patches 25");
        let angle = message(Opening { angle: Some(4.0), ..Opening::default() });
        assert!(angle.contains("angle 4"), "{angle}");
        let algorithm = message(Opening { algorithms: vec!["newton".into()], ..Opening::default() });
        assert!(algorithm.contains("newton"), "{algorithm}");
    }

    /// The page has a place for the state.
    #[test]
    fn the_page_carries_its_state() {
        let opening = Opening { patches: Some(36), ..Opening::default() };
        let page = opening.page().expect("a cell");
        assert!(page.contains("<html lang=\"en\" data-state=\"patch-dim=5&amp;patches=36&amp;"));
        assert_eq!(Opening::default().page().as_deref(), Ok(crate::PAGE));
    }
}
