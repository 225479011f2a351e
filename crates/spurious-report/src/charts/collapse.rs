//! Cells of many numbers of patches and sum ratios against criticality, where they lie on one curve.

use std::ops::RangeInclusive;

use spurious_plot::{Anchor, Dash, ErrorBars, Mark, Markers, Note, Paint, Rule};

use super::BY_PATCHES;

/// Cells beyond this criticality are certain of success and are not shown.
pub(crate) const LARGEST_SHOWN: f64 = 1.2;
pub(crate) const CRITICALITY: &str = "criticality $x_c = πρ/(k + π − 1)$";

/// A cell and what is shown of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) patches: usize,
    pub(crate) criticality: f64,
    pub(crate) value: f64,
    /// Ends of its error bar.
    pub(crate) bounds: Option<(f64, f64)>,
}

/// How cells are marked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub(crate) filled: bool,
    /// Diameter in pt.
    pub(crate) size: f64,
    /// Whether the legend names the numbers of patches.
    pub(crate) labelled: bool,
}

/// Marks of cells, one colour and shape for each number of patches, or for each range of them if there are many.
pub(crate) fn cells(points: &[Point], style: Style) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (range, (paint, shape)) in ranges(points).into_iter().zip(BY_PATCHES) {
        let (first, last) = (range.start(), range.end());
        let name =
            if first == last { format!("$k = {first}$") } else { format!("$k = {first}$ to ${last}$") };
        let shown = |p: &&Point| range.contains(&p.patches) && p.criticality <= LARGEST_SHOWN;
        let shown: Vec<&Point> = points.iter().filter(shown).collect();
        let bars = shown.iter().filter_map(|p| p.bounds.map(|(lower, upper)| (p.criticality, lower, upper)));
        marks.push(ErrorBars { cap: 0.0, ..ErrorBars::new(bars, paint) }.into());
        let label = if style.labelled { name } else { String::new() };
        let points = shown.iter().map(|p| (p.criticality, p.value));
        let Style { filled, size, .. } = style;
        marks.push(Markers { shape, filled, size, label, ..Markers::new(points, paint) }.into());
    }
    marks
}

/// The numbers of patches of cells, in as many ranges as there are colours.
fn ranges(points: &[Point]) -> Vec<RangeInclusive<usize>> {
    let mut patches: Vec<usize> = points.iter().map(|point| point.patches).collect();
    patches.sort_unstable();
    patches.dedup();
    let size = patches.len().div_ceil(BY_PATCHES.len()).max(1);
    patches.chunks(size).map(|chunk| chunk[0]..=chunk[chunk.len() - 1]).collect()
}

/// The line at `x_c = 1`, where the trap ends, named on both sides at a height.
pub(crate) fn end_of_trap(height: f64) -> [Mark; 3] {
    let note = |x: f64, text: &str| Note { paint: Paint::Muted, ..Note::new((x, height), text) };
    [
        Rule { dash: Dash::Dotted, ..Rule::x(1.0) }.into(),
        note(1.015, "no trap").into(),
        Note { anchor: Anchor::End, ..note(0.985, "trap") }.into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_numbers_of_patches_share_the_colours() {
        let points = |patches: &mut dyn Iterator<Item = usize>| -> Vec<Point> {
            let point = |patches| Point { patches, criticality: 0.5, value: 0.7, bounds: None };
            patches.map(point).collect()
        };
        assert_eq!(ranges(&points(&mut [25, 36, 25].into_iter())), [25..=25, 36..=36]);
        let many = ranges(&points(&mut (1..=100)));
        assert!(many.len() == 6 && many[0] == (1..=17) && many[5] == (86..=100));
        assert!(ranges(&[]).is_empty());
    }
}
