//! `spurious landscape`: all critical points over a grid.

use spurious::export::{Document, brief, plain, wrap};
use spurious::{Activation, Landscape, WeightShape, landscape};

use super::{Format, target};
use crate::args::{Global, LandscapeArgs};
use crate::console::Console;
use crate::failure::Failure;
use crate::output;

/// The largest grid.
const LARGEST_GRID: usize = 100_000;

pub(crate) fn run(args: &LandscapeArgs, global: &Global, console: &Console) -> Result<(), Failure> {
    let target = target(global, &[Format::Csv, Format::Json, Format::Svg, Format::Pdf])?;
    let lists = [args.patches.values.len(), args.sum_ratio.values.len(), args.negative_slope.values.len()];
    if lists.iter().fold(1_usize, |cells, length| cells.saturating_mul(*length)) > LARGEST_GRID {
        let shown = if lists[2] > 1 { &lists[..] } else { &lists[..2] };
        let product: Vec<String> = shown.iter().map(usize::to_string).collect();
        let product = product.join(" × ");
        return Err(Failure::Input(format!(
            "a grid of {product} cells is too large: at most {LARGEST_GRID}"
        )));
    }
    let remarks = [
        args.patches.remark("--patches"),
        args.sum_ratio.remark("--sum-ratio"),
        args.negative_slope.remark("--negative-slope"),
    ];
    remarks.iter().flatten().for_each(|remark| console.note(remark));
    let mut landscapes = Vec::new();
    for &patches in &args.patches.values {
        for &sum_ratio in &args.sum_ratio.values {
            let shape = WeightShape::new(patches, sum_ratio)?;
            for &negative_slope in &args.negative_slope.values {
                let activation = Activation::leaky(negative_slope)?;
                landscapes.push(landscape(args.patch_dim, &shape.with_activation(activation))?);
            }
        }
    }
    output::deliver(
        &Document::new("landscape", args, &landscapes),
        target,
        global,
        console,
        || Landscape::table(&landscapes),
        || picture(&landscapes, args.patch_dim),
        |width| landscapes.iter().map(|landscape| summary(landscape, width)).collect(),
    )
}

fn picture(landscapes: &[Landscape], patch_dim: usize) -> Result<spurious_plot::Figure, Failure> {
    let [landscape] = landscapes else {
        return Err(Failure::Input(format!(
            "a picture shows one landscape, not {}: give one number of patches, one sum ratio and one negative slope",
            landscapes.len()
        )));
    };
    let activation = Activation::leaky(landscape.negative_slope)?;
    let shape = WeightShape::new(landscape.patches, landscape.sum_ratio)?.with_activation(activation);
    Ok(spurious_report::landscape_figure(patch_dim, &shape)?)
}

/// The criticality, with its distance from 1 where six digits do not show it.
fn criticality(landscape: &Landscape) -> String {
    let distance = (landscape.critical_sum_ratio - landscape.sum_ratio) / landscape.critical_sum_ratio;
    if distance == 0.0 || distance.abs() > 1e-5 {
        return brief(landscape.criticality);
    }
    format!("1 {} {:.1e}", if distance > 0.0 { '−' } else { '+' }, distance.abs())
}

/// A landscape in lines of at most `width` characters.
#[must_use]
pub fn summary(landscape: &Landscape, width: usize) -> String {
    let barrier = landscape.sentence();
    let slope = match landscape.negative_slope {
        0.0 => String::new(),
        slope => format!(", negative slope c = {}", plain(slope)),
    };
    let threshold = match landscape.critical_sum_ratio.is_finite() {
        true => format!(
            "criticality x_c = {}, critical sum ratio ρ_c = {}",
            criticality(landscape),
            brief(landscape.critical_sum_ratio)
        ),
        false => "a linear network".to_owned(),
    };
    let heading =
        format!("k = {}, ρ = {}{slope}: {threshold}", landscape.patches, plain(landscape.sum_ratio));
    let [heading, barrier] = [heading, barrier].map(|text| wrap(&text, width).join("\n"));
    format!("{heading}\n{}{barrier}\n", landscape.readable_table().fitted(width))
}
