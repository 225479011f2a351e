//! `spurious explore`: the page that computes by itself.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;
use spurious::export::Document;
use spurious_web::Opening;

use crate::args::{ExploreArgs, Global, Seeded};
use crate::browser;
use crate::console::Console;
use crate::failure::Failure;
use crate::files;
use crate::output;

/// Where the page is.
#[derive(Debug, Serialize)]
struct Page {
    path: PathBuf,
    /// The state with which it opens, in the form of its address.
    state: String,
}

pub(crate) fn run(args: &ExploreArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let opening = Opening {
        patch_dim: args.patch_dim,
        patches: args.patches,
        sum_ratio: args.sum_ratio,
        scale_ratio: args.scale_ratio,
        negative_slope: args.negative_slope,
        step_size: args.step_size.map(|step_size| step_size.0),
        angle: args.angle,
        sum: args.sum,
        signal: args.signal,
        trial: args.trial,
        // A seed alone moves nothing: there is no random start without a trial.
        seed: args.trial.map(|_| global.seed),
        algorithms: args.algorithm.clone(),
        view: args.view.clone(),
    };
    let (state, page) = (opening.state()?, opening.page()?);
    let path = match &global.out {
        Some(path) => {
            check_page(path)?;
            files::write_file(path, page.as_bytes(), global.force)?;
            output::wrote(path, console);
            path.clone()
        }
        None => {
            let path = temporary(&page)?;
            if !args.no_open
                && let Err(error) = browser::open(&browser::address(&path))
            {
                console.warn(&format!("no browser could be opened ({error}): open the file below yourself"));
            }
            path
        }
    };
    if global.json {
        let page = Page { path, state };
        return output::print(
            &Document::new("explore", &Seeded { args, seed: global.seed }, &[page]).to_json(),
        );
    }
    output::print(&format!("{}\n", path.display()))
}

/// A browser goes by the ending.
fn check_page(path: &Path) -> Result<(), Failure> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    if files::is_standard(path) || matches!(ending.as_deref(), Some("html" | "htm")) {
        return files::check_folder(path);
    }
    Err(Failure::Input(format!("{} would be no page for a browser: end it with .html", path.display())))
}

/// The page in a file of its own, which stays, because the browser needs it for as long as the page is open.
fn temporary(page: &str) -> Result<PathBuf, Failure> {
    let write = || -> anyhow::Result<PathBuf> {
        let mut file = tempfile::Builder::new().prefix("spurious-explorer-").suffix(".html").tempfile()?;
        file.write_all(page.as_bytes())?;
        Ok(file.keep()?.1)
    };
    Ok(write().context("cannot write a temporary file: name one with --out FILE.html")?)
}
