//! Labels in curves: their places, and the gaps in the curves.

use crate::geometry::{Point, Rect};
use crate::markup::width;
use crate::plane::LABEL_SIZE;
use crate::scene::CAP_HEIGHT;

/// Distances of a label from its best place that are tried, as shares of the length of its curve, in this order.
const SHIFTS: [f64; 13] = [0.0, 0.07, -0.07, 0.14, -0.14, 0.21, -0.21, 0.28, -0.28, 0.35, -0.35, 0.42, -0.42];
/// Smallest ratio of the length of a curve to the width of its label.
const LEAST: f64 = 2.0;
/// Room around a label.
const ROOM: f64 = 1.6;

/// The labels of a chart that are placed so far.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    spots: Vec<Rect>,
}

impl Placed {
    /// The centre of a label on the longest piece of a curve, as close as it can be to the share `best` of its length,
    /// inside `area` and clear of the labels placed before; the pieces make room for it. `None` if there is no such place,
    /// and the pieces stay as they are.
    pub(crate) fn label(
        &mut self,
        pieces: &mut Vec<Vec<Point>>,
        label: &str,
        best: f64,
        area: Rect,
    ) -> Option<Point> {
        let (w, h) = (width(label, LABEL_SIZE, false), CAP_HEIGHT * LABEL_SIZE);
        let longest = pieces.iter().max_by(|a, b| length(a).total_cmp(&length(b)))?;
        if label.is_empty() || length(longest) < LEAST * w {
            return None;
        }
        let spot =
            |(x, y): Point| Rect::new(x - w / 2.0 - ROOM, y - h / 2.0 - ROOM, w + 2.0 * ROOM, h + 2.0 * ROOM);
        let inside = |s: Rect| area.contains((s.left, s.top)) && area.contains((s.right, s.bottom));
        let free = |s: Rect| inside(s) && !self.spots.iter().any(|other| other.overlaps(s));
        let shares = SHIFTS.iter().map(|shift| best + shift).filter(|share| (0.0..=1.0).contains(share));
        let centre = shares.map(|share| along(longest, share)).find(|&centre| free(spot(centre)))?;
        *pieces = pieces.iter().flat_map(|piece| spot(centre).cut_line(piece)).collect();
        self.spots.push(spot(centre));
        Some(centre)
    }
}

fn length(points: &[Point]) -> f64 {
    points.windows(2).map(|s| (s[1].0 - s[0].0).hypot(s[1].1 - s[0].1)).sum()
}

/// The point at a share of the length of a curve that is not empty.
fn along(points: &[Point], share: f64) -> Point {
    let mut left = share * length(points);
    for s in points.windows(2) {
        let step = (s[1].0 - s[0].0).hypot(s[1].1 - s[0].1);
        if step > 0.0 && left <= step {
            let t = left / step;
            return (s[0].0 + t * (s[1].0 - s[0].0), s[0].1 + t * (s[1].1 - s[0].1));
        }
        left -= step;
    }
    points[points.len() - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_on_their_curves_and_clear_of_each_other() {
        let area = Rect::new(0.0, 0.0, 300.0, 100.0);
        let mut placed = Placed::default();
        let centres: Vec<Point> = (0..3)
            .map(|i| {
                let y = 50.0 + f64::from(i);
                let mut pieces = vec![vec![(0.0, y), (300.0, y)]];
                let centre = placed.label(&mut pieces, "0.9", 0.5, area).expect("there is room");
                assert_eq!(centre.1, y);
                // The gap is as wide as the label and its room.
                let drawn: f64 = pieces.iter().map(|piece| length(piece)).sum();
                let gap = width("0.9", LABEL_SIZE, false) + 2.0 * ROOM;
                assert!(pieces.len() == 2 && (drawn - (300.0 - gap)).abs() < 1e-9);
                centre
            })
            .collect();
        assert_eq!(centres[0].0, 150.0);
        assert!((centres[1].0 - centres[0].0).abs() > width("0.9", LABEL_SIZE, false));
    }

    #[test]
    fn a_curve_without_room_stays_whole() {
        let area = Rect::new(0.0, 0.0, 300.0, 100.0);
        for piece in [vec![(0.0, 50.0), (5.0, 50.0)], vec![(0.0, 0.0), (300.0, 0.0)]] {
            let mut pieces = vec![piece.clone()];
            assert_eq!(Placed::default().label(&mut pieces, "0.9", 0.5, area), None);
            assert_eq!(pieces, [piece]);
        }
        assert_eq!(Placed::default().label(&mut Vec::new(), "0.9", 0.5, area), None);
    }
}
