//! `spurious landscape`: all critical points over a grid.

use serde::Serialize;
use spurious::landscape::{Eigenvalue, Kind, Landscape, hessian_spectrum, landscape};
use spurious::model::WeightShape;

use super::{Format, target};
use crate::args::{Global, LandscapeArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::files;
use crate::output::{self, Report, Table, brief, csv, exact, optional, plain};

/// The largest grid.
const LARGEST_GRID: usize = 100_000;

#[derive(Debug, Serialize)]
struct Settings<'a> {
    patches: &'a [usize],
    sum_ratio: &'a [f64],
    patch_dim: usize,
}

#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    landscape: Landscape,
    /// Hessian spectrum at each point, for `‖b‖ = ‖v‖ = 1`.
    spectra: Vec<Vec<Eigenvalue>>,
}

pub(crate) fn run(args: &LandscapeArgs, global: &Global, _console: &Console) -> Result<(), Failure> {
    let target = target(global, &[Format::Csv, Format::Json, Format::Svg, Format::Pdf])?;
    if args.patches.len().saturating_mul(args.sum_ratio.len()) > LARGEST_GRID {
        let (patches, ratios) = (args.patches.len(), args.sum_ratio.len());
        return Err(Failure::Input(format!(
            "a grid of {patches} × {ratios} is too large: at most {LARGEST_GRID}"
        )));
    }
    let mut rows = Vec::new();
    for &patches in &args.patches {
        for &sum_ratio in &args.sum_ratio {
            let shape = WeightShape::new(patches, sum_ratio)?;
            let landscape = landscape(args.patch_dim, &shape)?;
            let spectra = landscape
                .points
                .iter()
                .map(|point| hessian_spectrum(args.patch_dim, &shape, point, 1.0, 1.0))
                .collect::<Result<_, _>>()?;
            rows.push(Row { landscape, spectra });
        }
    }
    let settings = Settings { patches: &args.patches, sum_ratio: &args.sum_ratio, patch_dim: args.patch_dim };
    let report = Report::new("landscape", &settings, &rows);
    if let Some((path, format)) = target {
        let bytes = match format {
            Format::Csv => to_csv(&rows).into_bytes(),
            Format::Json => report.to_json()?.into_bytes(),
            Format::Svg | Format::Pdf => picture(&rows, args.patch_dim, format)?,
        };
        files::write_file(path, &bytes, global.force)?;
    }
    output::print(&if global.json { report.to_json()? } else { rows.iter().map(to_text).collect() })
}

fn picture(rows: &[Row], patch_dim: usize, format: Format) -> Result<Vec<u8>, Failure> {
    let [row] = rows else {
        return Err(Failure::Input(format!(
            "a picture shows one landscape, not {}: give one number of patches and one sum ratio",
            rows.len()
        )));
    };
    let shape = WeightShape::new(row.landscape.patches, row.landscape.sum_ratio)?;
    let figure = spurious_report::landscape_figure(patch_dim, &shape)?;
    Ok(if format == Format::Svg { figure.to_svg_file().into_bytes() } else { figure.to_pdf() })
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::GlobalMinimum => "global minimum",
        Kind::SpuriousMinimum => "spurious minimum",
        Kind::Saddle => "saddle",
        Kind::DegenerateSaddle => "degenerate saddle",
    }
}

/// The criticality, with its distance from 1 where six digits do not show it.
fn criticality(row: &Row) -> String {
    let landscape = &row.landscape;
    let distance = (landscape.critical_sum_ratio - landscape.sum_ratio) / landscape.critical_sum_ratio;
    if distance == 0.0 || distance.abs() > 1e-5 {
        return brief(landscape.criticality);
    }
    format!("1 {} {:.1e}", if distance > 0.0 { '−' } else { '+' }, distance.abs())
}

fn to_text(row: &Row) -> String {
    let landscape = &row.landscape;
    let mut text = format!(
        "k = {}, ρ = {}: criticality x_c = {}, critical sum ratio ρ_c = {}\n",
        landscape.patches,
        plain(landscape.sum_ratio),
        criticality(row),
        brief(landscape.critical_sum_ratio)
    );
    let mut table =
        Table::new(&["point", "angle φ", "signal q/‖b‖²", "loss/‖b‖²", "index", "Hessian (‖b‖ = ‖v‖ = 1)"]);
    for (point, spectrum) in landscape.points.iter().zip(&row.spectra) {
        let eigenvalues: Vec<String> = spectrum
            .iter()
            .map(|eigenvalue| format!("{} ×{}", brief(eigenvalue.value), eigenvalue.multiplicity))
            .collect();
        table.row(vec![
            name(point.kind).to_owned(),
            brief(point.angle),
            brief(point.signal),
            brief(point.loss),
            point.index.to_string(),
            eigenvalues.join(", "),
        ]);
    }
    text.push_str(&table.to_string());
    match landscape.barrier {
        Some(barrier) => {
            text.push_str(&format!("barrier out of the spurious minimum: {} ‖b‖²\n", brief(barrier)))
        }
        None if landscape.points.iter().any(|point| point.kind == Kind::SpuriousMinimum) => {
            text.push_str(
                "no path leads out of the spurious minimum: with p = 1 the filter has two directions\n",
            );
        }
        None => text
            .push_str("no spurious minimum: gradient descent recovers the teacher from almost every start\n"),
    }
    text
}

fn to_csv(rows: &[Row]) -> String {
    let header =
        ["patches", "sum_ratio", "criticality", "barrier", "kind", "angle", "signal", "sum", "loss", "index"];
    csv(
        &header,
        rows.iter().flat_map(|row| {
            let landscape = &row.landscape;
            landscape.points.iter().map(move |point| {
                vec![
                    landscape.patches.to_string(),
                    exact(landscape.sum_ratio),
                    exact(landscape.criticality),
                    optional(landscape.barrier),
                    name(point.kind).replace(' ', "_"),
                    exact(point.angle),
                    exact(point.signal),
                    exact(point.sum),
                    exact(point.loss),
                    point.index.to_string(),
                ]
            })
        }),
    )
}
