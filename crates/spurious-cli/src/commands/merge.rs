//! `spurious merge`: the shards of a sweep, put together.

use spurious_sweep::{End, Merge};

use crate::args::{Global, MergeArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::picture::Picture;
use crate::rows::Rows;

pub(crate) fn run(args: &MergeArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let out = match (&global.out, &args.folders[..]) {
        (Some(out), _) if out.as_os_str().is_empty() => {
            return Err(Failure::Input("--out is empty: name a folder".to_owned()));
        }
        (Some(out), _) => out,
        (None, [folder]) => folder,
        (None, folders) => {
            return Err(Failure::Input(format!(
                "the shards lie in {} folders: name one for the results with --out",
                folders.len()
            )));
        }
    };
    let merge = Merge::open(&args.folders, out, global.force)?;
    let picture = args.plot.as_deref().map(|path| Picture::new(path, merge.plan(), Some(out))).transpose()?;
    let mut rows = Rows::begin("merge", merge.settings(), global.json, true, console)?;
    let end = merge.run(&mut rows, console.interrupted());
    let last_line = match &end {
        Ok(End::Finished(_)) => format!("{}\n", out.join("results.csv").display()),
        _ => String::new(),
    };
    rows.finish(&last_line)?;
    match end? {
        End::Finished(_) => picture.map_or(Ok(()), |picture| picture.draw(out, console)),
        End::Stopped(_) => Err(Failure::Interrupted("no results were written".to_owned())),
    }
}
