//! Model files.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use spurious::fit::Model;

use crate::failure::Failure;

/// A model of the widest rows that can be fitted is smaller than this.
const LARGEST_FILE: u64 = 256 << 20;

/// Reads and checks a model file.
pub(crate) fn read(path: &Path) -> Result<Model, Failure> {
    let input = |problem: String| Failure::Input(format!("{}: {problem}", path.display()));
    if path.is_dir() {
        return Err(Failure::Input(format!("{} is a folder: name the model.json of a fit", path.display())));
    }
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::Input(format!("{} does not exist", path.display())),
        _ => Failure::Input(format!("cannot read {}: {error}", path.display())),
    })?;
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| input(error.to_string()))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(input(format!("more than {LARGEST_FILE} bytes are too many for a model")));
    }
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| input("this is not a model: it is not UTF-8 text".to_owned()))?;
    Model::from_json(text).map_err(|error| input(error.to_string()))
}
