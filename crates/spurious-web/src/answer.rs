//! Answers: JSON, and a block of doubles beside it.

use std::iter;

use serde::Serialize;

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    json: String,
    numbers: Vec<f64>,
}

/// A question that is not answered, and why, in a sentence that can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl From<spurious::Error> for Refused {
    fn from(error: spurious::Error) -> Self {
        Self(error.to_string())
    }
}

impl Refused {
    pub(crate) fn answer(&self) -> Answer {
        #[derive(Serialize)]
        struct Error<'a> {
            error: &'a str,
        }
        // Text always serialises.
        let json = serde_json::to_string(&Error { error: &self.0 }).unwrap_or_default();
        Answer { json, numbers: Vec::new() }
    }
}

impl Answer {
    pub(crate) fn new(json: &impl Serialize, numbers: Vec<f64>) -> Result<Self, Refused> {
        let json = serde_json::to_string(json).map_err(|error| Refused(error.to_string()))?;
        Ok(Self { json, numbers })
    }

    /// The answer in JSON.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The block of numbers.
    pub fn numbers(&self) -> &[f64] {
        &self.numbers
    }

    /// The answer as the page reads it from the memory of the module, in words of eight bytes, so that doubles are aligned.
    ///
    /// ```text
    /// length of the JSON (32 bits), count of numbers (32 bits) | JSON, filled up to whole words | numbers
    /// ```
    pub fn words(&self) -> Vec<u64> {
        let bytes = self.json.as_bytes();
        let head = bytes.len() as u64 | (self.numbers.len() as u64) << 32;
        let text = bytes.chunks(8).map(|chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_le_bytes(word)
        });
        iter::once(head).chain(text).chain(self.numbers.iter().map(|number| number.to_bits())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Read back as the page does.
    #[test]
    fn words_hold_the_json_and_the_numbers() {
        for text in ["", "1234567", "12345678", "123456789"] {
            let answer = Answer::new(&text, vec![0.5, f64::NAN, -0.0]).expect("text serialises");
            let words = answer.words();
            let (length, count) = ((words[0] & 0xffff_ffff) as usize, (words[0] >> 32) as usize);
            let bytes: Vec<u8> = words[1..].iter().flat_map(|word| word.to_le_bytes()).collect();
            assert_eq!(&bytes[..length], format!("\"{text}\"").as_bytes());
            let first = 1 + length.div_ceil(8);
            assert_eq!((count, words.len()), (3, first + 3));
            assert_eq!(words[first..], [0.5, f64::NAN, -0.0].map(f64::to_bits));
        }
    }
}
