//! What is asked of a fit, as JSON from the Python side: the words of the program, checked there for their types.

use std::time::Duration;

use pyo3::PyResult;
use serde::Deserialize;
use spurious::fit::{Choices, LossChoice, Optimiser, Options, Rest, Starts, Validation, Windows};

use crate::cell::leaky;
use crate::error::{SpuriousError, refused};

/// A value, or the best of several by cross-validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OrAuto<T> {
    Auto,
    #[serde(untagged)]
    Given(T),
}

/// How a row is cut.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cut {
    patch_len: Option<OrAuto<usize>>,
    channels: usize,
    image: Option<[usize; 2]>,
    patch: Option<OrAuto<[usize; 2]>>,
    /// Down and across.
    stride: Option<[usize; 2]>,
    rest: Rest,
}

/// What is asked of a fit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    cut: Cut,
    pub(crate) options: Options,
    /// Of the activation: out of range it is refused in the words of the library.
    negative_slope: f64,
    /// As many filters as predict better, and a linear part if that does.
    choose_filters: bool,
    /// Scalings are tried as well, where shapes are.
    choose_scaling: bool,
    /// What is held out; what suits the data if left out.
    pub(crate) validation: Option<Validation>,
    time_limit: Option<f64>,
    pub(crate) columns: Vec<String>,
    pub(crate) target: String,
    /// The classes with the numbers 0, 1, ….
    pub(crate) classes: Option<Vec<String>>,
}

impl Request {
    /// Reads a request; a start is given beside it.
    pub(crate) fn new(text: &str) -> PyResult<Self> {
        let mut request: Self =
            serde_json::from_str(text).map_err(|error| SpuriousError::new_err(error.to_string()))?;
        request.options.activation = leaky(request.negative_slope)?;
        if let Some(classes) = request.classes.take() {
            request.set_classes(classes);
        }
        Ok(request)
    }

    /// The target has these classes.
    pub(crate) fn set_classes(&mut self, classes: Vec<String>) {
        if classes.len() > 2 {
            self.options.loss = LossChoice::Multinomial { classes: classes.len() };
        }
        self.classes = Some(classes);
    }

    /// After so long no further shapes are tried.
    pub(crate) fn time_limit(&self) -> PyResult<Option<Duration>> {
        let limit = self.time_limit.map(Duration::try_from_secs_f64).transpose();
        limit.map_err(|_| SpuriousError::new_err("time_limit is not a number of seconds, such as 10"))
    }

    /// The ways to cut a row that were asked for, of which there is at least one.
    pub(crate) fn shapes(&self, width: usize) -> PyResult<Vec<Windows>> {
        let Cut { patch_len, channels, image, patch, stride, rest } = self.cut.clone();
        let is_auto = patch_len == Some(OrAuto::Auto) || patch == Some(OrAuto::Auto);
        if is_auto && (stride.is_some() || rest != Rest::Auto) {
            return Err(SpuriousError::new_err(
                "stride and rest are for windows of a given size: leave them out where the size is chosen",
            ));
        }
        match (patch_len, image, patch) {
            (Some(OrAuto::Given(len)), None, None) => {
                let stride = stride.map_or(len, |[_, across]| across);
                Windows::signal(width, channels, len, stride, rest).map(|windows| vec![windows])
            }
            (Some(OrAuto::Auto), None, None) => Windows::of_signal(width, channels),
            (None, Some(image), Some(OrAuto::Given(patch))) => {
                Windows::image(width, image, patch, stride.unwrap_or(patch), rest).map(|windows| vec![windows])
            }
            (None, Some(image), Some(OrAuto::Auto)) => Windows::of_image(width, image),
            _ => {
                return Err(SpuriousError::new_err(format!(
                    "rows have {width} numbers: say how they are cut into patches with patch_len=P, or with image=(H, W) and \
                     patch=(h, w); patch_len=\"auto\" and patch=\"auto\" try several"
                )));
            }
        }
        .map_err(|error| refused(&error))
    }

    /// What is to be chosen by cross-validation, if anything is.
    pub(crate) fn choices(&self, shapes: &[Windows]) -> PyResult<Option<Choices>> {
        if shapes.len() == 1 && !self.choose_filters {
            return match self.time_limit {
                Some(_) => Err(SpuriousError::new_err(
                    "time_limit is for patch_len=\"auto\", patch=\"auto\" and filters=\"auto\", where shapes are tried",
                )),
                None => Ok(None),
            };
        }
        let options = &self.options;
        if options.optimiser != Optimiser::Auto || options.starts != Starts::Auto {
            return Err(SpuriousError::new_err(
                "shapes are tried by the automatic search only: leave out optimiser, starts and start",
            ));
        }
        Ok(Some(Choices::usual(shapes.to_vec(), options, self.choose_scaling, self.choose_filters)))
    }
}
