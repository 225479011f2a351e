//! Rectangles on the page, and curves cut where they leave one.

/// A point on the page in pt, `y` downwards.
pub(crate) type Point = (f64, f64);

/// A rectangle on the page, `left ≤ right` and `top ≤ bottom`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Rect {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Rect {
    pub(crate) fn new(left: f64, top: f64, width: f64, height: f64) -> Self {
        Self { left, top, right: left + width, bottom: top + height }
    }

    pub(crate) fn width(self) -> f64 {
        self.right - self.left
    }

    pub(crate) fn height(self) -> f64 {
        self.bottom - self.top
    }

    pub(crate) fn centre(self) -> Point {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    pub(crate) fn corners(self) -> [Point; 4] {
        [(self.left, self.top), (self.right, self.top), (self.right, self.bottom), (self.left, self.bottom)]
    }

    pub(crate) fn contains(self, (x, y): Point) -> bool {
        (self.left..=self.right).contains(&x) && (self.top..=self.bottom).contains(&y)
    }

    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    pub(crate) fn grown(self, by: f64) -> Self {
        Self { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }

    /// The part of the segment `a + t (b − a)`, `0 ≤ t ≤ 1`, inside the rectangle (Liang and Barsky).
    pub(crate) fn clip_segment(self, a: Point, b: Point) -> Option<(Point, Point)> {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        // Inside of each edge is where p t ≤ q.
        for (p, q) in
            [(-dx, a.0 - self.left), (dx, self.right - a.0), (-dy, a.1 - self.top), (dy, self.bottom - a.1)]
        {
            if p == 0.0 {
                if q < 0.0 {
                    return None;
                }
            } else if p < 0.0 {
                enter = enter.max(q / p);
            } else {
                leave = leave.min(q / p);
            }
        }
        let at = |t: f64| (a.0 + t * dx, a.1 + t * dy);
        // The untouched ends are kept as they are, so that pieces join without a rounding gap.
        (enter <= leave)
            .then(|| (if enter == 0.0 { a } else { at(enter) }, if leave == 1.0 { b } else { at(leave) }))
    }

    /// The pieces of a curve inside the rectangle. A point that is not finite breaks the curve.
    pub(crate) fn clip_line(self, points: &[Point]) -> Vec<Vec<Point>> {
        let mut pieces: Vec<Vec<Point>> = Vec::new();
        let mut joined = false;
        for pair in points.windows(2) {
            let finite = pair.iter().all(|p| p.0.is_finite() && p.1.is_finite());
            let inside = if finite { self.clip_segment(pair[0], pair[1]) } else { None };
            let Some((start, end)) = inside else {
                joined = false;
                continue;
            };
            match pieces.last_mut() {
                Some(piece) if joined && start == pair[0] => piece.push(end),
                _ => pieces.push(vec![start, end]),
            }
            joined = end == pair[1];
        }
        pieces
    }

    /// The pieces of a curve of finite points outside the rectangle.
    pub(crate) fn cut_line(self, points: &[Point]) -> Vec<Vec<Point>> {
        let mut pieces: Vec<Vec<Point>> = Vec::new();
        let mut add = |a: Point, b: Point| match pieces.last_mut() {
            _ if a == b => {}
            Some(piece) if piece.last() == Some(&a) => piece.push(b),
            _ => pieces.push(vec![a, b]),
        };
        for s in points.windows(2) {
            match self.clip_segment(s[0], s[1]) {
                Some((enter, leave)) => {
                    add(s[0], enter);
                    add(leave, s[1]);
                }
                None => add(s[0], s[1]),
            }
        }
        pieces
    }

    /// The part of a polygon inside the rectangle (Sutherland and Hodgman); empty if there is none.
    pub(crate) fn clip_polygon(self, points: &[Point]) -> Vec<Point> {
        let mut polygon: Vec<Point> =
            points.iter().copied().filter(|p| p.0.is_finite() && p.1.is_finite()).collect();
        // Signed distance to each edge, positive inside.
        let edges: [&dyn Fn(Point) -> f64; 4] =
            [&|p| p.0 - self.left, &|p| self.right - p.0, &|p| p.1 - self.top, &|p| self.bottom - p.1];
        for depth in edges {
            let mut kept = Vec::with_capacity(polygon.len() + 4);
            for (i, &b) in polygon.iter().enumerate() {
                let a = polygon[(i + polygon.len() - 1) % polygon.len()];
                let (da, db) = (depth(a), depth(b));
                if (da < 0.0) != (db < 0.0) {
                    let t = da / (da - db);
                    kept.push((a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1)));
                }
                if db >= 0.0 {
                    kept.push(b);
                }
            }
            polygon = kept;
        }
        if polygon.len() < 3 { Vec::new() } else { polygon }
    }
}

/// A curve with as few of its points as stay within `tolerance` of all others (Douglas and Peucker).
pub(crate) fn simplified(points: &[Point], tolerance: f64) -> Vec<Point> {
    if points.len() < 3 {
        return points.to_vec();
    }
    let mut kept = vec![false; points.len()];
    kept[0] = true;
    kept[points.len() - 1] = true;
    let mut open = vec![(0, points.len() - 1)];
    while let Some((first, last)) = open.pop() {
        let far = (first + 1..last)
            .map(|i| (distance_to_segment(points[i], points[first], points[last]), i))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((distance, i)) = far
            && distance > tolerance
        {
            kept[i] = true;
            open.extend([(first, i), (i, last)]);
        }
    }
    points.iter().zip(kept).filter(|(_, keep)| *keep).map(|(p, _)| *p).collect()
}

fn distance_to_segment(p: Point, a: Point, b: Point) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let square = dx * dx + dy * dy;
    let t = if square > 0.0 { (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy)
}

/// Whether a point lies in a polygon, by the parity of the edges to its right.
pub(crate) fn polygon_contains(polygon: &[Point], (x, y): Point) -> bool {
    let mut inside = false;
    for (i, a) in polygon.iter().enumerate() {
        let b = polygon[(i + 1) % polygon.len()];
        if (a.1 > y) != (b.1 > y) && x < a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0) {
            inside = !inside;
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Rect = Rect { left: 0.0, top: 0.0, right: 1.0, bottom: 1.0 };

    #[test]
    fn a_curve_is_cut_where_it_leaves_and_enters() {
        // Up out of the square and back: the slope at the cut is that of the curve.
        let pieces = UNIT.clip_line(&[(0.0, 0.5), (0.5, -0.5), (1.0, 0.5)]);
        assert_eq!(pieces, [vec![(0.0, 0.5), (0.25, 0.0)], vec![(0.75, 0.0), (1.0, 0.5)]]);
        assert_eq!(
            UNIT.clip_line(&[(0.1, 0.1), (0.5, 0.2), (0.9, 0.9)]),
            [vec![(0.1, 0.1), (0.5, 0.2), (0.9, 0.9)]]
        );
        assert_eq!(UNIT.clip_line(&[(-1.0, -1.0), (2.0, -1.0)]), Vec::<Vec<Point>>::new());
        // A segment with both ends outside still crosses.
        assert_eq!(UNIT.clip_line(&[(-1.0, 0.5), (2.0, 0.5)]).len(), 1);
    }

    #[test]
    fn a_curve_is_cut_out_where_it_crosses() {
        let pieces = UNIT.cut_line(&[(-1.0, 0.5), (0.5, 0.5), (0.5, 2.0), (3.0, 2.0)]);
        assert_eq!(pieces, [vec![(-1.0, 0.5), (0.0, 0.5)], vec![(0.5, 1.0), (0.5, 2.0), (3.0, 2.0)]]);
        assert_eq!(UNIT.cut_line(&[(0.1, 0.1), (0.9, 0.2)]), Vec::<Vec<Point>>::new());
    }

    #[test]
    fn huge_and_missing_values_neither_bend_nor_crash() {
        let piece = &UNIT.clip_line(&[(0.0, 0.5), (1.0, 1e300)])[0];
        assert!((piece[1].0 - 0.0).abs() < 1e-12 && piece[1].1 == 1.0);
        let pieces = UNIT.clip_line(&[(0.0, 0.0), (0.2, 0.2), (f64::NAN, 0.3), (0.4, 0.4), (0.6, 0.6)]);
        assert_eq!(pieces.len(), 2);
        assert!(UNIT.clip_line(&[(0.0, f64::INFINITY)]).is_empty());
    }

    #[test]
    fn a_simpler_curve_stays_close() {
        let points: Vec<Point> =
            (0..2000).map(|i| f64::from(i) / 10.0).map(|x| (x, 30.0 * (x / 9.0).sin())).collect();
        let simple = simplified(&points, 0.03);
        assert!(simple.len() < points.len() / 8);
        let near = |p: &Point| simple.windows(2).any(|s| distance_to_segment(*p, s[0], s[1]) <= 0.03);
        assert!(points.iter().all(near));
        let ring = [UNIT.corners().to_vec(), vec![(0.0, 0.0)]].concat();
        assert_eq!(simplified(&ring, 0.03), ring);
    }

    #[test]
    fn a_polygon_is_cut_to_the_overlap() {
        let area = |p: &[Point]| {
            let twice: f64 = (0..p.len())
                .map(|i| {
                    let (a, b) = (p[i], p[(i + 1) % p.len()]);
                    a.0 * b.1 - b.0 * a.1
                })
                .sum();
            twice.abs() / 2.0
        };
        let shifted = Rect::new(0.5, 0.5, 3.0, 3.0).corners();
        assert_eq!(area(&UNIT.clip_polygon(&shifted)), 0.25);
        assert_eq!(area(&UNIT.clip_polygon(&UNIT.grown(2.0).corners())), 1.0);
        assert!(UNIT.clip_polygon(&Rect::new(2.0, 2.0, 1.0, 1.0).corners()).is_empty());
        assert!(
            polygon_contains(&UNIT.corners(), (0.5, 0.5)) && !polygon_contains(&UNIT.corners(), (1.5, 0.5))
        );
    }
}
