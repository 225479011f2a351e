//! `spurious generate`: a data set from a planted teacher.

use std::path::{Path, PathBuf};

use serde::Serialize;
use spurious::Monitor;
use spurious::export::{Document, counted};
use spurious::fit::{Inputs, Planted, WrittenNetwork};
use spurious_data::{Columns, Layout, Precision, Values, Writer};

use crate::args::{CellArgs, GenerateArgs, Global, InputsArg, PrecisionArg, is_one};
use crate::console::Console;
use crate::failure::Failure;
use crate::files;
use crate::output;
use crate::text::{self, Lines};

/// Rows beyond which the work would take weeks.
pub(crate) const LARGEST_SAMPLES: u64 = 1_000_000_000_000;
/// Columns beyond which no reader follows.
const WIDEST: usize = 1_000_000;
/// Numbers that are made at once.
const BLOCK_VALUES: usize = 1 << 20;

#[derive(Debug, Serialize)]
struct GenerateSettings {
    #[serde(flatten)]
    cell: CellArgs,
    #[serde(skip_serializing_if = "is_one")]
    filters: usize,
    samples: u64,
    noise: f64,
    inputs: Inputs,
    precision: PrecisionArg,
    seed: u64,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Generated {
    data: PathBuf,
    /// The labels, where the format keeps them apart.
    target: Option<PathBuf>,
    teacher_file: PathBuf,
    samples: u64,
    columns: usize,
}

/// What stands in the file of the teacher.
#[derive(Debug, Serialize)]
struct Teacher<'a> {
    teacher: WrittenNetwork<'a>,
    samples: u64,
}

pub(crate) fn run(args: &GenerateArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let cell = args.cell.cell()?;
    let inputs = match args.inputs {
        InputsArg::Gaussian => Inputs::Gaussian,
        InputsArg::Uniform => Inputs::Uniform,
        InputsArg::Rademacher => Inputs::Rademacher,
        InputsArg::Correlated => Inputs::Correlated { correlation: args.correlation },
    };
    let planted = Planted::of_several(&cell, args.filters, inputs, args.noise, global.seed)?;
    let width = planted.width();
    if width > WIDEST {
        return Err(Failure::Input(format!(
            "{width} numbers in a row are too many for a table: at most {WIDEST}"
        )));
    }
    let Some(path) = &global.out else {
        return Err(Failure::Input(
            "generate writes a file: name it with --out, such as data.csv".to_owned(),
        ));
    };
    let is_piped = files::is_standard(path);
    let teacher_path = beside(path, "teacher.json");
    if is_piped {
        files::check_standard(global)?;
    } else {
        for target in [path, &teacher_path] {
            files::check_target(target, global.force)?;
        }
    }
    let columns = Columns {
        features: (0..width)
            .map(|at| format!("z{}_{}", at / args.cell.patch_dim + 1, at % args.cell.patch_dim + 1))
            .collect(),
        target: Some("y".to_owned()),
        ..Columns::default()
    };
    let precision = match args.precision {
        PrecisionArg::Single => Precision::F32,
        PrecisionArg::Double => Precision::F64,
    };
    let layout = Layout { columns, precision, rows: Some(args.samples) };
    let mut writer = match is_piped {
        true => Writer::stream(std::io::BufWriter::new(std::io::stdout()), &layout)?,
        false => Writer::create(path, &layout, global.force)?,
    };
    console.begin("rows", Some(args.samples));
    let written = write(&planted, &mut writer, precision, args.samples, console);
    console.finish();
    written?;
    writer.finish()?;
    if is_piped {
        console.note("the teacher is written only beside a file");
        return Ok(());
    }

    let settings = GenerateSettings {
        cell: args.cell,
        filters: args.filters,
        samples: args.samples,
        noise: args.noise,
        inputs,
        precision: args.precision,
        seed: global.seed,
    };
    let teacher = [Teacher { teacher: planted.network().written(), samples: args.samples }];
    let text = Document::new("generate", &settings, &teacher).to_json();
    files::write_file(&teacher_path, text.as_bytes(), global.force)?;
    let is_npy = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy"));
    let generated = [Generated {
        target: is_npy.then(|| beside(path, "target.npy")),
        data: path.clone(),
        teacher_file: teacher_path.clone(),
        samples: args.samples,
        columns: width,
    }];
    let Generated { data, target, teacher_file, .. } = &generated[0];
    [Some(data), target.as_ref(), Some(teacher_file)].into_iter().flatten().for_each(|path| {
        output::wrote(path, console);
    });
    if global.json {
        return output::print(&Document::new("generate", &settings, &generated).to_json());
    }
    let is_npz = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npz"));
    let labels = match target {
        Some(target) => format!("labels in {}", target.display()),
        None if is_npz => "arrays X and y".to_owned(),
        None => "labels in column y".to_owned(),
    };
    let (rows, numbers) = (counted(args.samples, "row"), counted(width as u64, "number"));
    let mut lines = Lines::new(text::width(global));
    lines.plain(&format!("{}: {rows} of {numbers}, {labels}", data.display()));
    let of_several = if args.filters > 1 { format!(", of {} filters", args.filters) } else { String::new() };
    lines.plain(&format!("{}: the teacher{of_several}", teacher_file.display()));
    output::print(&lines.into_text())
}

fn write(
    planted: &Planted,
    writer: &mut Writer,
    precision: Precision,
    samples: u64,
    console: &Console,
) -> Result<(), Failure> {
    let width = planted.width();
    let at_once = (BLOCK_VALUES / width).max(1);
    let (mut single, mut double) = (Vec::new(), Vec::new());
    let mut first = 0;
    while first < samples {
        console.check()?;
        let count = usize::try_from(samples - first).unwrap_or(usize::MAX).min(at_once);
        let mut target = vec![0.0; count];
        let values = match precision {
            Precision::F32 => {
                single.resize(count * width, 0.0);
                planted.fill_single(first, &mut single, &mut target)?;
                Values::F32(&single)
            }
            Precision::F64 => {
                double.resize(count * width, 0.0);
                planted.fill(first, &mut double, &mut target)?;
                Values::F64(&double)
            }
        };
        writer.write(values, Some(&target))?;
        first += count as u64;
        console.advance(count as u64);
    }
    Ok(())
}

/// `data.csv` and `data.csv.gz` become `data.ENDING`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    path.with_file_name(format!("{stem}.{ending}"))
}
