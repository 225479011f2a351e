//! draft
use crate::Reproduction;
pub(crate) fn page(_: &crate::story::Story, _: &Reproduction, _: &str, _: &str) -> String {
    String::new()
}
