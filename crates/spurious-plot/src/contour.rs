//! Marching squares on a rectangular grid: where `z ≥ level`, as closed rings, and where `z = level`.
//!
//! The boundary of a cell is followed counter-clockwise in index space. It leaves the set `z ≥ level` and enters it again; the level
//! curve joins an exit to an entry. Where all four sides are crossed, the mean of the corners decides which. End points are numbered by
//! the grid edge on which they lie, so neighbouring cells share them exactly and the pieces join into rings without gaps.

use crate::geometry::Point;
use std::collections::BTreeMap;

/// Values `z[row * columns + column]` at the page positions `x[column]`, `y[row]`.
#[derive(Debug, Clone)]
pub(crate) struct Field<'a> {
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
    pub(crate) z: &'a [f64],
}

/// A corner of the grid, or the crossing on a side: the number names it, the point places it.
type Node = (usize, Point);

/// Directed pieces with the set `z ≥ level` on their left, by the node where they start.
#[derive(Default)]
struct Pieces {
    next: BTreeMap<usize, Vec<Node>>,
    place: BTreeMap<usize, Point>,
}

impl Field<'_> {
    /// The boundary of the region `z ≥ level`; cells with a corner that is not finite are left out.
    pub(crate) fn region(&self, level: f64) -> Vec<Vec<Point>> {
        self.pieces(level, true).chains()
    }

    /// The curves `z = level`, open where they meet the edge of the grid.
    pub(crate) fn lines(&self, level: f64) -> Vec<Vec<Point>> {
        self.pieces(level, false).chains()
    }

    fn usable(&self) -> bool {
        self.x.len() > 1 && self.y.len() > 1 && self.z.len() == self.x.len() * self.y.len()
    }

    /// Whether the cell right above node `(column, row)` exists; wrapping below zero means outside.
    fn cell(&self, column: usize, row: usize) -> bool {
        let inside = column < self.x.len() - 1 && row < self.y.len() - 1;
        inside
            && [(0, 0), (1, 0), (1, 1), (0, 1)].iter().all(|(i, j)| {
                let (i, j) = (column + i, row + j);
                self.z[j * self.x.len() + i].is_finite() && self.x[i].is_finite() && self.y[j].is_finite()
            })
    }

    fn pieces(&self, level: f64, with_border: bool) -> Pieces {
        let mut pieces = Pieces::default();
        if !self.usable() {
            return pieces;
        }
        let columns = self.x.len();
        let nodes = columns * self.y.len();
        for row in 0..self.y.len() - 1 {
            for column in (0..columns - 1).filter(|&column| self.cell(column, row)) {
                let corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)];
                let index = corners.map(|(i, j)| j * columns + i);
                let value = index.map(|n| self.z[n]);
                let corner = |k: usize| (index[k], (self.x[corners[k].0], self.y[corners[k].1]));
                // Sides are numbered after their lower or left corner, horizontal before vertical ones.
                let side = [nodes + index[0], 2 * nodes + index[1], nodes + index[3], 2 * nodes + index[0]];
                let neighbour = [
                    (column, row.wrapping_sub(1)),
                    (column + 1, row),
                    (column, row + 1),
                    (column.wrapping_sub(1), row),
                ];
                let (mut exits, mut entries) = (Vec::new(), Vec::new());
                for k in 0..4 {
                    let l = (k + 1) % 4;
                    let (a, b) = (corner(k), corner(l));
                    let crossing = || {
                        // From the lower index, so that both cells at a side compute the same bits.
                        let (u, v) = if index[k] < index[l] { (k, l) } else { (l, k) };
                        let (p, q) = (corner(u).1, corner(v).1);
                        let t = (level - value[u]) / (value[v] - value[u]);
                        (side[k], (p.0 + t * (q.0 - p.0), p.1 + t * (q.1 - p.1)))
                    };
                    let border = with_border && !self.cell(neighbour[k].0, neighbour[k].1);
                    match (value[k] >= level, value[l] >= level) {
                        (true, true) if border => pieces.add(a, b),
                        (true, false) => {
                            let node = crossing();
                            exits.push((k, node));
                            if border {
                                pieces.add(a, node);
                            }
                        }
                        (false, true) => {
                            let node = crossing();
                            entries.push((k, node));
                            if border {
                                pieces.add(node, b);
                            }
                        }
                        _ => {}
                    }
                }
                // In a saddle a joined set has its curves around the low corners, a split one around the high.
                let joined = value.iter().sum::<f64>() >= 4.0 * level;
                for &(k, exit) in &exits {
                    let turn = |side: usize| if joined { (side + 4 - k) % 4 } else { (k + 4 - side) % 4 };
                    if let Some(&(_, entry)) = entries.iter().min_by_key(|(side, _)| turn(*side)) {
                        pieces.add(exit, entry);
                    }
                }
            }
        }
        pieces
    }
}

impl Pieces {
    fn add(&mut self, from: Node, to: Node) {
        self.place.insert(from.0, from.1);
        self.next.entry(from.0).or_default().push(to);
    }

    /// Joins the pieces: open curves from their starts first, then the closed ones.
    fn chains(mut self) -> Vec<Vec<Point>> {
        let ends: std::collections::BTreeSet<usize> =
            self.next.values().flatten().map(|node| node.0).collect();
        let open: Vec<usize> = self.next.keys().copied().filter(|start| !ends.contains(start)).collect();
        let mut chains = Vec::new();
        let mut starts = open.into_iter();
        while let Some(start) = starts.next().or_else(|| self.next.keys().next().copied()) {
            let (mut chain, mut at) = (vec![self.place[&start]], start);
            while let Some(list) = self.next.get_mut(&at) {
                let step = list.pop();
                if list.is_empty() {
                    self.next.remove(&at);
                }
                let Some((node, point)) = step else { break };
                chain.push(point);
                at = node;
                if node == start {
                    break;
                }
            }
            chains.push(chain);
        }
        chains
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(rings: &[Vec<Point>]) -> f64 {
        let twice = |r: &Vec<Point>| r.windows(2).map(|s| s[0].0 * s[1].1 - s[1].0 * s[0].1).sum::<f64>();
        rings.iter().map(twice).sum::<f64>() / 2.0
    }

    fn grid(n: usize, f: impl Fn(f64, f64) -> f64) -> (Vec<f64>, Vec<f64>) {
        let axis: Vec<f64> = (0..n).map(|i| 2.0 * i as f64 / (n - 1) as f64 - 1.0).collect();
        let z = axis.iter().flat_map(|&y| axis.iter().map(move |&x| (x, y))).map(|(x, y)| f(x, y)).collect();
        (axis, z)
    }

    #[test]
    fn a_plane_is_cut_exactly_and_everything_is_covered() {
        let (axis, z) = grid(5, |x, _| x);
        let field = Field { x: axis.clone(), y: axis, z: &z };
        assert!((area(&field.region(0.25)) - 1.5).abs() < 1e-12);
        assert!((area(&field.region(f64::NEG_INFINITY)) - 4.0).abs() < 1e-12);
        assert!(field.region(2.0).is_empty());
        assert_eq!(field.lines(0.25).len(), 1);
    }

    #[test]
    fn a_disc_is_one_ring_and_its_area_converges_as_the_square_of_the_spacing() {
        let error = |n| {
            let (axis, z) = grid(n, |x, y| 0.49 - x * x - y * y);
            let field = Field { x: axis.clone(), y: axis, z: &z };
            assert_eq!(field.region(0.0).len(), 1);
            let ring = &field.lines(0.0)[0];
            assert_eq!(ring.first(), ring.last());
            (area(&field.region(0.0)) - 0.49 * std::f64::consts::PI).abs()
        };
        let order = (error(41) / error(81)).log2();
        assert!((1.7..2.3).contains(&order), "{order}");
    }

    #[test]
    fn regions_above_and_below_share_all_area_saddles_and_holes_included() {
        let (axis, mut z) = grid(24, |x, y| (5.0 * x).sin() * (5.0 * y).sin() + 0.05 * x + 0.003);
        z[100] = f64::NAN;
        let negative: Vec<f64> = z.iter().map(|v| -v).collect();
        let field = |z| Field { x: axis.clone(), y: axis.clone(), z };
        let all = area(&field(&z).region(f64::NEG_INFINITY));
        for level in [-0.5, 0.0, 0.013, 0.7] {
            let sum = area(&field(&z).region(level)) + area(&field(&negative).region(-level));
            assert!((sum - all).abs() < 1e-9, "{level}");
            assert!(field(&z).region(level).iter().all(|r| r.first() == r.last()));
        }
        assert!(all < 4.0);
    }

    #[test]
    fn a_grid_that_does_not_fit_its_values_draws_nothing() {
        let z = [1.0; 3];
        assert!(Field { x: vec![0.0, 1.0], y: vec![0.0, 1.0], z: &z }.region(0.0).is_empty());
        assert!(Field { x: vec![], y: vec![], z: &[] }.lines(0.0).is_empty());
    }
}
