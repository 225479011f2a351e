//! Texts numbered in the order in which they appear.

use std::collections::HashMap;

/// Different texts and their numbers.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    words: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Dictionary {
    /// The number of a text; `None` if it would be one too many.
    pub(crate) fn number(&mut self, text: &str, most: usize) -> Option<u32> {
        if let Some(&number) = self.numbers.get(text) {
            return Some(number);
        }
        let number = u32::try_from(self.words.len()).ok().filter(|_| self.words.len() < most)?;
        self.words.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        Some(number)
    }

    /// The texts, in the order of their numbers.
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }
}
