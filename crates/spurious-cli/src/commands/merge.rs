//! `spurious merge`: the shards of a sweep, put together.

use spurious_sweep::{End, Merge};

use crate::args::{Global, MergeArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::files;
use crate::output;
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
    files::check_folder(out)?;
    let nothing_written = || Failure::Interrupted("no results were written".to_owned());
    let merge = Merge::open(&args.folders, out, global.force, console)
        .map_err(|error| if error.is_cancelled() { nothing_written() } else { error.into() })?;
    let picture = args.plot.as_deref().map(|path| Picture::new(path, merge.plan(), Some(out))).transpose()?;
    let settings = merge.plan().settings().clone();
    let mut rows = Rows::begin("merge", &settings, global, true, console)?;
    let end = merge.run(&mut |row| rows.push(row), console);
    match rows.finish(end.map_err(Failure::from))? {
        End::Finished(_) => {
            settings.result_files().for_each(|name| output::wrote(&out.join(name), console));
            picture.map_or(Ok(()), |picture| picture.draw(&args.folders, console))
        }
        End::Stopped(_) => Err(nothing_written()),
    }
}
