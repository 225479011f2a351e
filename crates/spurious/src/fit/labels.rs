//! How the values of a target become the numbers that a model is fitted to.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::export::plain;

/// How the values of a target become numbers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum Labels {
    /// They are numbers.
    #[default]
    Numbers,
    /// 1 for this number, 0 for any other.
    IsNumber(f64),
    /// 1 for this text, 0 for any other.
    IsText(String),
    /// 0 for the first text, 1 for the second, and so on; there are no others. Where the values are numbers, their digits.
    Classes(Vec<String>),
}

impl Labels {
    /// What a number becomes; a missing one stays missing.
    pub fn of_number(&self, number: f64) -> f64 {
        match self {
            Self::IsNumber(value) if !number.is_nan() => f64::from(number == *value),
            Self::Classes(_) if !number.is_nan() => self.of_text(&plain(number)),
            _ => number,
        }
    }

    /// What a text becomes; NaN if it is none that the model knows.
    pub fn of_text(&self, text: &str) -> f64 {
        match self {
            Self::IsText(value) => f64::from(text == value),
            Self::Classes(classes) => {
                classes.iter().position(|class| class == text).map_or(f64::NAN, |class| class as f64)
            }
            _ => f64::NAN,
        }
    }

    /// Whether the target has classes.
    pub fn are_classes(&self) -> bool {
        *self != Self::Numbers
    }

    /// The texts of several classes, three or more.
    pub fn several(&self) -> Option<&[String]> {
        match self {
            Self::Classes(classes) if classes.len() > 2 => Some(classes),
            _ => None,
        }
    }

    /// The text of a class by its number; the number itself where classes have no texts.
    pub fn name(&self, class: usize) -> String {
        match self {
            Self::Classes(classes) if class < classes.len() => classes[class].clone(),
            _ => class.to_string(),
        }
    }

    /// The value that stands for 1 where any other stands for 0.
    fn chosen(&self) -> Option<String> {
        match self {
            Self::IsNumber(value) => Some(value.to_string()),
            Self::IsText(value) => Some(value.clone()),
            Self::Numbers | Self::Classes(_) => None,
        }
    }

    /// Which class is which number, as the end of a sentence; nothing for numbers.
    pub fn meaning(&self) -> Option<String> {
        match self {
            Self::Classes(classes) => {
                let each = classes.iter().enumerate().map(|(number, class)| match classes.len() {
                    2 => format!("{class} is {number}"),
                    _ => class.clone(),
                });
                Some(each.collect::<Vec<_>>().join(", "))
            }
            _ => self.chosen().map(|value| format!("{value} is 1, any other value 0")),
        }
    }

    /// The class that a prediction falls to where there are two: the one on whose side of ½ it lies.
    pub fn class(&self, prediction: f64) -> Option<String> {
        let is_one = prediction > 0.5;
        match self {
            Self::Classes(classes) => Some(classes[usize::from(is_one)].clone()),
            _ => self.chosen().map(|value| if is_one { value } else { format!("not {value}") }),
        }
    }
}

/// What is added to the name of a target: “ = 3”, “: no 0, yes 1”; nothing for numbers.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Classes(classes) if classes.len() == 2 => {
                write!(f, " (0 {}, 1 {})", classes[0], classes[1])
            }
            _ => self.chosen().map_or(Ok(()), |value| write!(f, " = {value}")),
        }
    }
}
