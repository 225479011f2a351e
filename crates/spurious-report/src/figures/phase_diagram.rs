//! The plane of patches and sum ratio: where a random start recovers the teacher, and where it may be trapped.

use spurious::model::WeightShape;
use spurious_plot::{
    Anchor, Axis, Cells, Chart, ColourMap, Contours, Figure, Legend, Line, Markers, Note, Paint, Spacing,
};

use super::WIDE;
use crate::markup::decimals;
use crate::phase_diagram::PhaseDiagram;
use crate::table1::{Table1, Table1Cell};

/// Probabilities whose level curves are drawn.
const LEVELS: [f64; 6] = [0.55, 0.6, 0.7, 0.8, 0.9, 0.99];
/// The probabilities with the first and the last colour: below ½ lies sampling error only.
pub(crate) const RANGE: (f64, f64) = (0.5, 1.0);
/// With more values than this on an axis, level curves take the place of numbers.
const FEW: usize = 10;

/// Success probabilities over numbers of patches and sum ratios.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Map {
    /// Numbers of patches `k`, rising.
    pub(crate) patches: Vec<usize>,
    /// Sum ratios `ρ`, rising.
    pub(crate) sum_ratios: Vec<f64>,
    /// Probabilities `[sum ratios, patches]`, row-major; NaN where there is none.
    pub(crate) values: Vec<f64>,
}

impl Map {
    /// The map of `(patches, sum ratio, probability)` in any order; `None` with fewer than two values on one of the axes.
    pub(crate) fn new(cells: &[(usize, f64, f64)]) -> Option<Self> {
        let mut patches: Vec<usize> = cells.iter().map(|cell| cell.0).collect();
        patches.sort_unstable();
        patches.dedup();
        let mut sum_ratios: Vec<f64> = cells.iter().map(|cell| cell.1).collect();
        sum_ratios.sort_by(f64::total_cmp);
        sum_ratios.dedup();
        if patches.len() < 2 || sum_ratios.len() < 2 {
            return None;
        }
        let mut values = vec![f64::NAN; patches.len() * sum_ratios.len()];
        for &(k, ratio, probability) in cells {
            let column = patches.partition_point(|&other| other < k);
            let row = sum_ratios.partition_point(|&other| other < ratio);
            values[row * patches.len() + column] = probability;
        }
        Some(Self { patches, sum_ratios, values })
    }

    /// The level curves' field: above `ρ = k`, where there is no cell, it goes on as it is below, with certain success.
    fn field(&self) -> Vec<f64> {
        let columns = self.patches.len();
        let value = |(i, &value): (usize, &f64)| {
            let impossible = self.sum_ratios[i / columns] > self.patches[i % columns] as f64;
            if impossible { 1.0 } else { value }
        };
        self.values.iter().enumerate().map(value).collect()
    }

    /// The level curves `P = level`, in the coordinates of the chart.
    fn contours(&self, levels: &[f64], paint: Paint) -> Contours {
        let labels = levels.iter().map(f64::to_string).collect();
        let patches = self.patches.iter().map(|&k| k as f64).collect();
        let lines = Contours::lines(patches, self.sum_ratios.clone(), self.field(), levels.to_vec(), paint);
        Contours { labels, ..lines }
    }
}

/// Where one value gives way to the next, and where the first begins and the last ends; nothing begins before `least`.
fn edges(values: &[f64], spacing: Spacing, least: f64) -> Vec<f64> {
    let (there, back): (fn(f64) -> f64, fn(f64) -> f64) = match spacing {
        Spacing::Linear => (|x| x, |x| x),
        Spacing::Log10 => (f64::ln, f64::exp),
    };
    let at: Vec<f64> = values.iter().map(|&value| there(value)).collect();
    let last = at.len() - 1;
    let mut edges = vec![back(at[0] - (at[1] - at[0]) / 2.0).max(least)];
    edges.extend(at.windows(2).map(|pair| back((pair[0] + pair[1]) / 2.0)));
    edges.push(back(at[last] + (at[last] - at[last - 1]) / 2.0));
    edges
}

/// The spacing in which values are spread more evenly.
fn spacing(values: &[f64]) -> Spacing {
    let unevenness = |gap: fn(f64, f64) -> f64| {
        let gaps = values.windows(2).map(|pair| gap(pair[0], pair[1]));
        let (least, most) = gaps.fold((f64::INFINITY, 0.0_f64), |(a, b), gap| (a.min(gap), b.max(gap)));
        most / least
    };
    let positive = values.iter().all(|&value| value > 0.0);
    if positive && unevenness(|a, b| (b / a).ln()) < unevenness(|a, b| b - a) {
        Spacing::Log10
    } else {
        Spacing::Linear
    }
}

/// The map by colour, with numbers in its cells or level curves, the threshold `ρ_c`, and what lies above it. For one patch
/// dimension, `patch_dim`; for `p = 1` there is no threshold.
pub(crate) fn chart(map: &Map, patch_dim: usize) -> Chart {
    let patches: Vec<f64> = map.patches.iter().map(|&k| k as f64).collect();
    let (across, up) = (spacing(&patches), spacing(&map.sum_ratios));
    let (x, y) = (edges(&patches, across, 1.0), edges(&map.sum_ratios, up, 0.0));
    let axis = |label: &str, spacing, edges: &[f64]| Axis {
        spacing,
        ..Axis::linear(label).over(edges[0], edges[edges.len() - 1])
    };
    let mut chart = Chart::new(axis("patches $k$", across, &x), axis("sum ratio $ρ$", up, &y));
    let few = patches.len() <= FEW && map.sum_ratios.len() <= FEW;
    let number = |&value: &f64| if value.is_finite() { decimals(value, 2) } else { String::new() };
    chart.add(Cells {
        x: x.clone(),
        y: y.clone(),
        z: map.values.clone(),
        range: RANGE,
        map: ColourMap::Viridis,
        labels: if few { map.values.iter().map(number).collect() } else { Vec::new() },
        bar: Some("success probability $P$".into()),
    });
    if !few {
        // Light curves where the ground is dark, and dark ones where it is light.
        let paint =
            |level: f64| Paint::readable_on(ColourMap::Viridis.at((level - RANGE.0) / (RANGE.1 - RANGE.0)));
        for levels in LEVELS.chunk_by(|&a, &b| paint(a) == paint(b)) {
            chart.add(map.contours(levels, paint(levels[0])));
        }
    }
    if patch_dim > 1 {
        threshold(&mut chart, (x[0], x[x.len() - 1]), (y[0], y[y.len() - 1]));
    }
    chart.legend = Legend::None;
    chart.boxed = true;
    chart
}

/// `ρ_c` against the number of patches with its name, and the name of the region above it, where there is room.
fn threshold(chart: &mut Chart, (left, right): (f64, f64), (bottom, top): (f64, f64)) {
    let critical = |k: f64| {
        // ρ_c is linear in k, and the sum ratio of a shape does not enter.
        let at = |k| WeightShape::new(k, 1.0).map_or(f64::NAN, |shape| shape.critical_sum_ratio());
        at(1) + (at(2) - at(1)) * (k - 1.0)
    };
    let points =
        (0..=200).map(|i| left * (right / left).powf(f64::from(i) / 200.0)).map(|k| (k, critical(k)));
    let points: Vec<(f64, f64)> = points.collect();
    let visible = |&&(_, ratio): &&(f64, f64)| (bottom..=top).contains(&ratio);
    chart.add(Line { width: 1.6, ..Line::new(points.clone(), Paint::Vermillion) });
    // Four fifths of the way up the visible part, the name stands to its left, above the line.
    let shown: Vec<&(f64, f64)> = points.iter().filter(visible).collect();
    if shown.len() > points.len() / 5 {
        let at = *shown[(4 * shown.len()) / 5];
        let name = Note::new(at, "$ρ_c = 1 + (k − 1)/π$");
        chart.add(Note { anchor: Anchor::End, shift: (-7.0, 3.0), paint: Paint::Vermillion, ..name });
    }
    // Between ρ = k and the line the region is widest where the line leaves the chart.
    let height = critical(right).min(top - 0.07 * (top - bottom));
    let (from, to) = (height.max(left), points.iter().find(|point| point.1 >= height).map_or(right, |p| p.0));
    if height > bottom + 0.5 * (top - bottom) && to - from > 0.4 * (right - left) {
        let name = Note::new(((from + to) / 2.0, height), "no spurious minimum");
        chart.add(Note { anchor: Anchor::Middle, ..name });
    }
}

/// The exact map with the cells of Table 1, each in the colour of what the paper prints.
pub(crate) fn figure(diagram: &PhaseDiagram, table: &Table1) -> Figure {
    let cells: Vec<_> = diagram.cells.iter().map(|c| (c.patches, c.sum_ratio, c.probability)).collect();
    let map = Map::new(&cells).expect("many patches and sum ratios");
    let mut chart = chart(&map, diagram.patch_dim);
    let at = |cell: &Table1Cell| (cell.patches as f64, cell.sum_ratio);
    let size = 7.0;
    chart.add(Markers {
        size: size + 2.0,
        ..Markers::new(table.cells.iter().map(at), Paint::Rgb(0xff, 0xff, 0xff))
    });
    for cell in &table.cells {
        let share = (cell.paper_probability - RANGE.0) / (RANGE.1 - RANGE.0);
        chart.add(Markers { size, ..Markers::new([at(cell)], ColourMap::Viridis.at(share)) });
    }
    // Along ρ = 0 and ρ = 1 the numbers would touch.
    for cell in table.cells.iter().filter(|cell| cell.sum_ratio > 1.0 && cell.criticality < 1.0) {
        let note = Note::new(at(cell), decimals(cell.paper_probability, 2));
        chart.add(Note { size: 7.0, shift: (6.5, -1.0), ..note });
    }
    Figure {
        description: "The success probability in the plane of patches and sum ratio. Level curves are nearly straight lines \
                      that meet near the origin: the probability depends on the ratio of the two. It rises from one half \
                      at sum ratio 0 to one at the line where the spurious minimum ends. The cells of Table 1 have the \
                      colours of the ground that they lie on."
            .into(),
        ..Figure::new(WIDE, 330.0, "Where a random start recovers the teacher", chart)
    }
}
