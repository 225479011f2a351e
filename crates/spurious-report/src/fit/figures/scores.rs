//! How well both models predict, as bars.

use spurious_plot::{Anchor, Area, Axis, Chart, Figure, Legend, Note, Paint, Rule};

use super::{LINEAR, NETWORK};
use crate::figures::WIDE;
use crate::fit::facts::Facts;
use crate::markup::decimals;

/// Worse than this, a bar ends and only its number goes on.
const LOWEST: f64 = -1.0;

/// `R²` of both models, on samples held out and on those that they were fitted to.
pub(in crate::fit) fn figure(facts: &Facts<'_>) -> Figure {
    let analysis = facts.report.analysis;
    let linear = analysis.linear.as_ref().map(|(_, scores)| scores);
    let mut groups = vec![("samples fitted", analysis.scores.train, linear.map(|scores| scores.train))];
    if let Some(network) = analysis.scores.validation {
        groups.insert(0, ("samples held out", network, linear.and_then(|scores| scores.validation)));
    }
    let scores = || groups.iter().flat_map(|(_, network, linear)| [Some(*network), *linear]).flatten();
    let lowest = scores().fold(0.0, f64::min).max(LOWEST);
    let count = groups.len() as f64;
    let ticks = groups.iter().enumerate().map(|(i, (name, ..))| (count - i as f64, *name));
    let room = if lowest < 0.0 { 0.14 } else { 0.0 };
    let mut chart = Chart::new(
        Axis::linear("$R^2$, the share of the target’s variance that is predicted").over(lowest - room, 1.09),
        Axis::linear("").over(0.5, count + 0.5).with_ticks(ticks),
    );
    let both = linear.is_some();
    for (i, (_, network, linear)) in groups.iter().enumerate() {
        let middle = count - i as f64;
        let models = [("network", Some(*network), NETWORK, 0.19), ("linear model", *linear, LINEAR, -0.19)];
        for (label, score, paint, shift) in models {
            let Some(score) = score else { continue };
            let (at, half) = if both { (middle + shift, 0.16) } else { (middle, 0.2) };
            let end = score.clamp(LOWEST, 1.0);
            let corners = [(0.0, at - half), (end, at - half), (end, at + half), (0.0, at + half)];
            let label = if i == 0 && both { label } else { "" };
            chart.add(Area { opacity: 0.85, label: label.into(), ..Area::new(corners, paint) });
            let (anchor, shift) = if score < 0.0 { (Anchor::End, -4.0) } else { (Anchor::Start, 4.0) };
            let number = Note::new((end, at), decimals(score, 3));
            chart.add(Note { anchor, shift: (shift, 0.0), ..number });
        }
    }
    if lowest < 0.0 {
        chart.add(Rule { paint: Paint::Ink, width: 0.8, dash: spurious_plot::Dash::Solid, ..Rule::x(0.0) });
    }
    chart.legend = if both { Legend::Above } else { Legend::None };
    let says = |name: &str, network: f64, linear: Option<f64>| {
        let linear = linear.map_or(String::new(), |linear| format!(", linear model {}", decimals(linear, 3)));
        format!("{name}: network {}{linear}", decimals(network, 3))
    };
    let described: Vec<_> =
        groups.iter().map(|(name, network, linear)| says(name, *network, *linear)).collect();
    Figure {
        description: format!("Bars of R². {}.", described.join("; ")),
        ..Figure::new(WIDE, 50.0 + 46.0 * count, "How well the models predict", chart)
    }
}
