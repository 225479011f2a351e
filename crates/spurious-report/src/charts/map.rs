//! The plane of patches and sum ratio: where a random start recovers the teacher, and where it may be trapped.

use spurious::model::WeightShape;
use spurious::probability::limit_probability;
use spurious::{Activation, Criticality};
use spurious_plot::{Anchor, Area, Axis, Cells, Chart, ColourMap, Contours, Line, Note, Paint, Spacing};

use crate::numbers::decimals;

/// Probabilities whose level curves are drawn.
const LEVELS: [f64; 6] = [0.55, 0.6, 0.7, 0.8, 0.9, 0.99];
/// The probabilities with the first and the last colour: below ½ lies sampling error only.
const RANGE: (f64, f64) = (0.5, 1.0);
/// Colours of a map without missing cells.
const SHADES: u32 = 100;
/// With more values than this on an axis, level curves take the place of numbers.
const FEW: usize = 10;

/// Success probabilities over numbers of patches and sum ratios.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Map {
    /// Patch dimension `p`.
    pub(crate) patch_dim: usize,
    /// Scale ratio `β`.
    pub(crate) scale_ratio: f64,
    /// The activation of the network.
    pub(crate) activation: Activation,
    /// Numbers of patches `k`, rising.
    pub(crate) patches: Vec<usize>,
    /// Sum ratios `ρ`, rising.
    pub(crate) sum_ratios: Vec<f64>,
    /// Probabilities `[sum ratios, patches]`, row-major; NaN where there is none.
    pub(crate) values: Vec<f64>,
}

impl Map {
    /// The map of `(patches, sum ratio, probability)` in any order; `None` with fewer than two values on one of the axes.
    pub(crate) fn new(
        patch_dim: usize,
        scale_ratio: f64,
        activation: Activation,
        cells: &[(usize, f64, f64)],
    ) -> Option<Self> {
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
        Some(Self { patch_dim, scale_ratio, activation, patches, sum_ratios, values })
    }

    /// The field whose level curves are drawn. Beyond the threshold, where success is certain, and beyond `ρ = k`, where
    /// there are no cells, it goes on as the mirror image of what it tends to on this side,
    ///
    /// ```text
    /// 2 − P_∞(2 − x_c)
    /// ```
    ///
    /// so that it has no kink at the threshold, which would bend the curves close to it.
    fn field(&self) -> Vec<f64> {
        let columns = self.patches.len();
        let value = |(i, &value): (usize, &f64)| {
            let (k, ratio) = (self.patches[i % columns], self.sum_ratios[i / columns]);
            // Criticality is in proportion to the sum ratio, also where that is impossible.
            let criticality = ratio / critical_sum_ratio(self.activation, k);
            let impossible = ratio > k as f64;
            if self.patch_dim == 1 || criticality < 1.0 || value.is_nan() && !impossible {
                return if impossible { 0.5 } else { value };
            }
            let mirrored = Criticality::from_complement((criticality - 1.0).min(1.0)).and_then(|mirrored| {
                let mirrored = mirrored.with_activation(self.activation);
                limit_probability(self.patch_dim, mirrored, self.scale_ratio)
            });
            2.0 - mirrored.unwrap_or(1.0)
        };
        self.values.iter().enumerate().map(value).collect()
    }

    /// The level curves `P = level`, in the coordinates of the chart.
    fn contours(&self, levels: &[f64], paint: Paint) -> Contours {
        let labels = levels.iter().map(f64::to_string).collect();
        let patches = self.patches.iter().map(|&k| k as f64).collect();
        let lines = Contours::lines(patches, self.sum_ratios.clone(), self.field(), levels.to_vec(), paint);
        Contours { labels, along: 0.72, ..lines }
    }
}

/// `ρ_c`, for which the sum ratio of a shape does not matter.
fn critical_sum_ratio(activation: Activation, patches: usize) -> f64 {
    let shape = WeightShape::new(patches, 1.0);
    shape.map_or(f64::NAN, |shape| shape.with_activation(activation).critical_sum_ratio())
}

/// Where one value gives way to the next, and where the first begins and the last ends; nothing begins before `least`.
fn edges(values: &[f64], spacing: Spacing, least: f64) -> Vec<f64> {
    let log = spacing == Spacing::Log10;
    let back = |x: f64| if log { x.exp() } else { x };
    let at: Vec<f64> = values.iter().map(|&value| if log { value.ln() } else { value }).collect();
    let last = at.len() - 1;
    let mut edges = vec![back(at[0] - (at[1] - at[0]) / 2.0).max(least)];
    edges.extend(at.windows(2).map(|pair| back((pair[0] + pair[1]) / 2.0)));
    edges.push(back(at[last] + (at[last] - at[last - 1]) / 2.0));
    edges
}

/// The spacing in which values are spread more evenly.
pub(crate) fn spacing(values: &[f64]) -> Spacing {
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

/// The map by colour, the threshold `ρ_c` and what lies above it. Few values have their numbers in their cells; many have
/// level curves, and if no cell is missing, colours without steps. `name` stands at the threshold; for `p = 1` there is none.
/// If it is not `wide`, the narrowest region has no name.
pub(crate) fn chart(map: &Map, name: &str, wide: bool) -> Chart {
    let patches: Vec<f64> = map.patches.iter().map(|&k| k as f64).collect();
    let (across, up) = (spacing(&patches), spacing(&map.sum_ratios));
    let few = patches.len() <= FEW && map.sum_ratios.len() <= FEW;
    let field = map.field();
    let smooth = !few && field.iter().all(|value| value.is_finite());
    let (x, y) = if smooth {
        (patches, map.sum_ratios.clone())
    } else {
        (edges(&patches, across, 1.0), edges(&map.sum_ratios, up, 0.0))
    };
    let ((left, right), (bottom, top)) = ((x[0], x[x.len() - 1]), (y[0], y[y.len() - 1]));
    let mut chart = Chart::new(
        Axis { spacing: across, ..Axis::linear("patches $k$").over(left, right) },
        Axis { spacing: up, ..Axis::linear("sum ratio $ρ$").over(bottom, top) },
    );
    chart.boxed = true;
    let bar = "success probability $P$";
    if smooth {
        let levels = (0..=SHADES).map(|i| RANGE.0 + (RANGE.1 - RANGE.0) * f64::from(i) / f64::from(SHADES));
        let ticks = (5..=10).map(|tenths| f64::from(tenths) / 10.0);
        chart.add(Contours {
            bar_ticks: ticks.map(|value| (value, decimals(value, 1))).collect(),
            ..Contours::filled(x, y, field, levels.collect(), bar)
        });
        chart.add(Area { opacity: 1.0, ..Area::new([(left, left), (left, top), (top, top)], Paint::Paper) });
    } else {
        let number = |&value: &f64| if value.is_finite() { decimals(value, 2) } else { String::new() };
        chart.add(Cells {
            x,
            y,
            z: map.values.clone(),
            range: RANGE,
            map: ColourMap::Viridis,
            labels: if few { map.values.iter().map(number).collect() } else { Vec::new() },
            bar: Some(bar.into()),
        });
    }
    if !few {
        // Light curves where the ground is dark, and dark ones where it is light.
        for levels in LEVELS.chunk_by(|&a, &b| readable_at(a) == readable_at(b)) {
            chart.add(map.contours(levels, readable_at(levels[0])));
        }
    }
    if map.patch_dim > 1 {
        threshold(&mut chart, name, map.activation, (left, right), (bottom, top), smooth, wide);
    }
    chart
}

/// The colour of a probability.
pub(crate) fn colour(probability: f64) -> Paint {
    ColourMap::Viridis.at((probability - RANGE.0) / (RANGE.1 - RANGE.0))
}

/// What can be read on the colour of a probability.
pub(crate) fn readable_at(probability: f64) -> Paint {
    Paint::readable_on(colour(probability))
}

/// `ρ_c` against the number of patches with its name, and, if the ground is `covered` with colours wherever there can be
/// cells, the names of the regions above it where there is room; between `ρ = k` and the axis there is room if it is `wide`.
fn threshold(
    chart: &mut Chart,
    name: &str,
    activation: Activation,
    (left, right): (f64, f64),
    (bottom, top): (f64, f64),
    covered: bool,
    wide: bool,
) {
    let critical = |k: f64| {
        // It is linear in k.
        let at = |k| critical_sum_ratio(activation, k);
        at(1) + (at(2) - at(1)) * (k - 1.0)
    };
    let points =
        (0..=200).map(|i| left * (right / left).powf(f64::from(i) / 200.0)).map(|k| (k, critical(k)));
    let points: Vec<(f64, f64)> = points.collect();
    chart.add(Line { width: 1.6, ..Line::new(points.clone(), Paint::Vermillion) });
    let note = |at: (f64, f64), text: &str| {
        let note = Note { anchor: Anchor::Middle, ..Note::new(at, text) };
        if covered { Note { paint: readable_at(1.0), halo: false, ..note } } else { note }
    };
    // Most of the way up the visible part, the name stands to its left, above the line.
    let shown: Vec<&(f64, f64)> = points.iter().filter(|point| (bottom..=top).contains(&point.1)).collect();
    if shown.len() > points.len() / 5 {
        let note = note(*shown[(19 * shown.len()) / 20], name);
        chart.add(Note { anchor: Anchor::End, shift: (-9.0, 3.0), ..note });
    }
    if !covered {
        return;
    }
    // Between ρ = k and the line the region is widest where the line leaves the chart.
    let height = critical(right).min(top - 0.07 * (top - bottom));
    let (from, to) = (height.max(left), points.iter().find(|point| point.1 >= height).map_or(right, |p| p.0));
    if height > bottom + 0.5 * (top - bottom) && to - from > 0.4 * (right - left) {
        chart.add(note(((from + to) / 2.0, height), "no spurious minimum"));
    }
    // Left of ρ = k.
    let height = bottom + 0.8 * (top - bottom);
    if wide && height - left > 0.2 * (right - left) {
        let note = Note::new((left + 0.4 * (height - left), height), "$ρ > k$: impossible");
        chart.add(Note { anchor: Anchor::Middle, paint: Paint::Muted, ..note });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spurious::model::Cell;
    use spurious::probability::{Quadrature, success_probability};

    fn probability(patches: usize, sum_ratio: f64) -> f64 {
        let cell = Cell::new(5, patches, sum_ratio, 1.0).expect("a valid cell");
        let quadrature = Quadrature::to(1e-7).expect("a tolerance");
        success_probability(&cell, None, &quadrature, &()).expect("a probability").probability
    }

    /// A level curve crosses a column of cells where the piecewise linear field has the level, which is where the exact
    /// probability has it up to the square of the spacing.
    #[test]
    fn level_curves_cross_where_the_probability_has_the_level() {
        let ratios: Vec<f64> = (0..=40).map(|i| 0.3 * f64::from(i)).collect();
        let cells: Vec<_> = [25, 30]
            .into_iter()
            .flat_map(|k| ratios.iter().map(move |&ratio| (k, ratio, probability(k, ratio))))
            .collect();
        let map = Map::new(5, 1.0, Activation::RECTIFIER, &cells).expect("two by forty-one values");
        let (field, columns) = (map.field(), map.patches.len());
        for level in LEVELS {
            let row = (0..ratios.len()).find(|row| field[row * columns] >= level).expect("it is reached");
            let (a, b) = (field[(row - 1) * columns], field[row * columns]);
            let crossing = ratios[row - 1] + 0.3 * (level - a) / (b - a);
            let (mut low, mut high) = (0.0, 9.0);
            for _ in 0..30 {
                let middle = 0.5 * (low + high);
                if probability(25, middle) < level { low = middle } else { high = middle }
            }
            // The curvature of P in ρ is below 0.1, its slope above 0.05, so that 0.1·0.3²/8 over the slope is 0.02.
            assert!((crossing - low).abs() < 0.02, "{level}: {crossing}, not {low}");
        }
    }

    #[test]
    fn axes_follow_the_spread_of_the_values() {
        assert_eq!(spacing(&[10.0, 20.0, 30.0, 40.0]), Spacing::Linear);
        assert_eq!(spacing(&[10.0, 30.0, 100.0, 300.0]), Spacing::Log10);
        assert_eq!(spacing(&[0.0, 1.0, 10.0]), Spacing::Linear);
        assert_eq!(edges(&[2.0, 4.0, 6.0], Spacing::Linear, 1.5), [1.5, 3.0, 5.0, 7.0]);
        let decades = edges(&[1.0, 10.0, 100.0], Spacing::Log10, 0.0);
        assert!((decades[1] - 10f64.sqrt()).abs() < 1e-12 && (decades[3] - 10f64.powf(2.5)).abs() < 1e-9);
    }

    #[test]
    fn a_map_needs_two_values_on_each_axis_and_leaves_missing_cells_empty() {
        assert_eq!(Map::new(5, 1.0, Activation::RECTIFIER, &[(25, 1.0, 0.6), (36, 1.0, 0.6)]), None);
        let map =
            Map::new(5, 1.0, Activation::RECTIFIER, &[(36, 4.0, 0.7), (25, 1.0, 0.6)]).expect("two by two");
        assert_eq!(
            (map.patches.as_slice(), map.sum_ratios.as_slice()),
            ([25, 36].as_slice(), [1.0, 4.0].as_slice())
        );
        assert!(
            map.values[0] == 0.6 && map.values[1].is_nan() && map.values[2].is_nan() && map.values[3] == 0.7
        );
    }
}
