//! What can the crate draw? One figure per feature, as SVG and PDF, into the folder given.

use spurious_plot::*;
use std::{f64::consts::PI, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: gallery FOLDER")?);
    fs::create_dir_all(&folder)?;
    let figures = [
        ("convergence", convergence()),
        ("phases", phases()),
        ("uncertainty", uncertainty()),
        ("shapes", shapes()),
        ("landscape", landscape()),
        ("table", table()),
        ("model", model()),
        ("panels", panels()),
    ];
    let mut page = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>Gallery</title><style>:root{{color-scheme:light dark}}\
         body{{max-width:60em;margin:2em auto}}{}{}</style>",
        font_face_css(),
        theme_css()
    );
    for (name, figure) in &figures {
        fs::write(folder.join(format!("{name}.svg")), figure.to_svg_file())?;
        fs::write(folder.join(format!("{name}.pdf")), figure.to_pdf())?;
        page += &format!("<p>{}", figure.to_svg(name));
    }
    fs::write(folder.join("index.html"), page)?;
    Ok(())
}

/// Logarithmic axis, broken lines cut at the edge, rules, a legend in a free corner.
fn convergence() -> Figure {
    let mut chart = Chart::new(
        Axis::linear("iteration $t$").over(0.0, 400.0),
        Axis { grid: true, ..Axis::log("excess loss $L(w_t, a_t) − L_{∞}$").over(1e-14, 10.0) },
    );
    let curve = |rate: f64| {
        (0..=400).map(f64::from).map(move |t| (t, 2.0 * (-rate * t).exp() * (1.0 + 0.4 * (0.2 * t).sin())))
    };
    for (i, (rate, dash)) in
        [(0.11, Dash::Solid), (0.06, Dash::Dashed), (0.03, Dash::Dotted)].into_iter().enumerate()
    {
        let label = format!("$η = {rate}$");
        chart.add(Line { dash, label, ..Line::new(curve(rate), Paint::SERIES[i]) });
    }
    chart.add(Rule { label: "tolerance $ε = 10^{-8}$".into(), along: 0.0, ..Rule::y(1e-8) });
    Figure::new(340.0, 220.0, "Loss against iteration", chart)
}

/// Spans, direct labels, notes, an arrow.
fn phases() -> Figure {
    let mut chart = Chart::new(
        Axis::linear("time $t$").over(0.0, 10.0),
        Axis::linear("angle $φ$").over(0.0, PI).with_ticks([
            (0.0, "0"),
            (PI / 4.0, "π/4"),
            (PI / 2.0, "π/2"),
            (3.0 * PI / 4.0, "3π/4"),
            (PI, "π"),
        ]),
    );
    chart.title = "Two phases of training".into();
    chart.add(Span { label: "search".into(), ..Span::x(f64::NEG_INFINITY, 4.0, Paint::Orange) });
    chart.add(Span { label: "contraction".into(), ..Span::x(4.0, 10.0, Paint::Sky) });
    let path = |s: f64| {
        (0..=200)
            .map(move |i| f64::from(i) / 20.0)
            .map(move |t| (t, PI / 2.0 + s * (PI / 2.0) * (t - 4.0).tanh() * 0.97))
    };
    chart.add(Line {
        end_label: "spurious minimum".into(),
        width: 1.6,
        ..Line::new(path(0.8), Paint::Vermillion)
    });
    chart.add(Line { end_label: "global minimum".into(), width: 1.6, ..Line::new(path(-0.8), Paint::Blue) });
    chart.add(Line {
        end_label: "saddle $φ_{0}$".into(),
        dash: Dash::Dashed,
        ..Line::new([(0.0, 1.62), (10.0, 1.62)], Paint::Muted)
    });
    chart.add(Line { end_label: "close by".into(), ..Line::new([(0.0, 1.5), (10.0, 1.5)], Paint::Green) });
    chart.add(Rule { label: "$t_{c} = 4$".into(), along: 0.0, ..Rule::x(4.0) });
    chart.add(Note::new((5.1, 2.05), "$\\mathrm{d}φ/\\mathrm{d}t$ is largest here"));
    Figure::new(380.0, 210.0, "Two phases of training", chart)
}

/// Markers with error bars against a theory with its band.
fn uncertainty() -> Figure {
    let theory = |x: f64| 1.0 / (1.0 + (-1.4 * (x - 3.0)).exp());
    let mut chart =
        Chart::new(Axis::linear("sum ratio $ρ$"), Axis::linear("success probability $P$").over(0.0, 1.0));
    let xs = (0..=120).map(|i| f64::from(i) / 20.0);
    chart.add(Band {
        label: "95 % band".into(),
        ..Band::new(xs.clone().map(|x| (x, theory(x - 0.2), theory(x + 0.2))), Paint::Blue)
    });
    chart.add(Line { label: "theory".into(), ..Line::new(xs.map(|x| (x, theory(x))), Paint::Blue) });
    let data: Vec<f64> = (0..=12).map(|i| f64::from(i) / 2.0).collect();
    let value = |x: f64| theory(x) + 0.03 * (7.0 * x).sin();
    chart.add(ErrorBars::new(data.iter().map(|&x| (x, value(x) - 0.05, value(x) + 0.05)), Paint::Ink));
    chart.add(Markers {
        filled: false,
        label: "runs, $n = 10^{4}$".into(),
        ..Markers::new(data.iter().map(|&x| (x, value(x))), Paint::Ink)
    });
    chart.legend = Legend::Inside(Corner::TopLeft);
    Figure::new(250.0, 190.0, "Success probability", chart)
}

/// All markers, filled and hollow, two logarithmic axes, a legend at the right.
fn shapes() -> Figure {
    let mut chart = Chart::new(Axis::log("patches $k$"), Axis::log("gap $1 − P$"));
    let shapes = [
        (Shape::Circle, "circle"),
        (Shape::Square, "square"),
        (Shape::Triangle, "triangle"),
        (Shape::Diamond, "diamond"),
        (Shape::Cross, "cross"),
    ];
    for (i, (shape, name)) in shapes.into_iter().enumerate() {
        for filled in [true, false] {
            let c = 0.3f64.powi(i as i32) * if filled { 1.0 } else { 0.6 };
            let points: Vec<(f64, f64)> = (0..8).map(|j| 2f64.powi(j + 1)).map(|k| (k, c / k)).collect();
            let label = if filled { name.to_string() } else { String::new() };
            chart.add(Line { width: 0.7, ..Line::new(points.clone(), Paint::SERIES[i]) });
            chart.add(Markers { shape, filled, label, ..Markers::new(points, Paint::SERIES[i]) });
        }
    }
    chart.x.grid = true;
    chart.y.grid = true;
    chart.legend = Legend::Right;
    Figure::new(320.0, 220.0, "Markers", chart)
}

/// Filled contours with curves that are labelled, a colour bar and notes on top.
fn landscape() -> Figure {
    let axis = |a: f64, b: f64, n: u32| {
        (0..=n).map(|i| a + (b - a) * f64::from(i) / f64::from(n)).collect::<Vec<_>>()
    };
    let (x, y) = (axis(0.0, PI, 80), axis(-1.0, 2.5, 80));
    let z: Vec<f64> = y
        .iter()
        .flat_map(|&v| {
            x.iter().map(move |&p| (v * v - 2.0 * v * p.cos() + 1.0 + 0.5 * (2.0 * p).sin()).max(0.0))
        })
        .collect();
    let levels: Vec<f64> = (0..=12).map(|i| 0.5 * f64::from(i)).collect();
    let mut chart = Chart::new(
        Axis::linear("angle $φ$").over(0.0, PI).with_ticks([(0.0, "0"), (PI / 2.0, "π/2"), (PI, "π")]),
        Axis::linear("weight $v$").over(-1.0, 2.5),
    );
    chart.boxed = true;
    chart.add(Contours {
        lines: Some((Paint::Rgb(255, 255, 255), 0.4)),
        labels: levels
            .iter()
            .map(|level| if level % 1.0 == 0.0 { level.to_string() } else { String::new() })
            .collect(),
        ..Contours::filled(x, y, z, levels, "population loss $L(φ, v)$")
    });
    chart.add(Markers { size: 6.0, ..Markers::new([(0.35, 0.9)], Paint::Vermillion) });
    chart.add(Note { shift: (6.0, 0.0), bold: true, ..Note::new((0.35, 0.9), "global minimum") });
    Figure::new(310.0, 220.0, "A loss landscape", chart)
}

/// A coloured table.
fn table() -> Figure {
    let (rows, columns) = ([0.1, 1.0, 10.0, 100.0], [5, 10, 20, 50, 100]);
    let value = |r: f64, k: i32| (r.log10() - f64::from(k).log10() + 0.9) * 1.3;
    let cells = rows.map(|r| {
        columns.map(|k| Cell::new(format!("{:+.2}", value(r, k)).replace('-', "−"), value(r, k))).to_vec()
    });
    let table = Table {
        title: "Deviation from theory in standard errors".into(),
        row_name: "$ρ$".into(),
        column_name: "patches $k$".into(),
        rows: rows.map(|r| format!("${r}$")).to_vec(),
        columns: columns.map(|k| format!("$k = {k}$")).to_vec(),
        cells: cells.to_vec(),
        ..Table::new(-3.0, 3.0)
    };
    Figure::new(300.0, 140.0, "A table", table)
}

/// A schematic of a network with one hidden layer.
fn model() -> Figure {
    let mut drawing = Drawing::new(330.0, 130.0);
    let (pen, thin) = (Pen::new(Paint::Ink), Pen { width: 0.7, ..Pen::new(Paint::Muted) });
    for (i, y) in [25.0, 65.0, 105.0].into_iter().enumerate() {
        drawing.rounded_box((40.0, y), (56.0, 24.0), 4.0, Some(pen), Some((Paint::Sky, 0.25)));
        drawing.text((40.0, y), &format!("patch $x_{}$", i + 1), Anchor::Middle, 9.0, Paint::Ink);
        drawing.arrow((70.0, y), (138.0, y), thin);
        drawing.text((104.0, y - 7.0), "$w$", Anchor::Middle, 9.0, Paint::Blue);
        drawing.circle((152.0, y), 12.0, Some(pen), Some((Paint::Orange, 0.3)));
        drawing.text((152.0, y), "$σ$", Anchor::Middle, 10.0, Paint::Ink);
        drawing.arrow((166.0, y), (235.0, 65.0 + 0.15 * (y - 65.0)), thin);
        drawing.text(
            (196.0, y - 9.0 + 0.35 * (65.0 - y)),
            &format!("$a_{}$", i + 1),
            Anchor::Middle,
            9.0,
            Paint::Vermillion,
        );
    }
    drawing.circle((250.0, 65.0), 14.0, Some(pen), None);
    drawing.text((250.0, 65.0), "$Σ$", Anchor::Middle, 11.0, Paint::Ink);
    drawing.arrow((264.0, 65.0), (288.0, 65.0), pen);
    drawing.text((291.0, 65.0), "$f(x)$", Anchor::Start, 10.0, Paint::Ink);
    Figure::new(345.0, 140.0, "The model", drawing)
}

/// Four panels with letters, aligned, one of them with a legend above and one with equal units.
fn panels() -> Figure {
    let wave =
        |f: f64| (0..=100).map(move |i| f64::from(i) / 50.0 * PI).map(move |x| (x, 1000.0 * (f * x).sin()));
    let mut a = Chart::new(Axis::linear("$x$").over(0.0, 2.0 * PI), Axis::linear("amplitude"));
    a.title = "Long tick labels".into();
    a.add(Line { label: "slow".into(), ..Line::new(wave(1.0), Paint::Blue) });
    a.add(Line { label: "fast".into(), dash: Dash::Dashed, ..Line::new(wave(2.0), Paint::Vermillion) });
    let mut b = Chart::new(Axis::linear("$x$").over(0.0, 1e-5), Axis::linear("probability").over(0.0, 1.0));
    b.title = "A legend above, and a title so long that it needs two lines".into();
    b.legend = Legend::Above;
    for (i, name) in ["one", "another", "a third", "and $x_{4}$"].into_iter().enumerate() {
        let slope = 1e5 * f64::from(i as u32 + 1) / 4.0;
        b.add(Line { label: name.into(), ..Line::new([(0.0, 0.0), (1e-5, 1e-5 * slope)], Paint::SERIES[i]) });
    }
    let mut c = Chart::new(Axis::linear("$u_1$"), Axis::linear("$u_2$"));
    c.equal = true;
    c.boxed = true;
    c.title = "Equal units".into();
    let circle = (0..=60).map(|i| f64::from(i) / 30.0 * PI).map(|t| (t.cos(), t.sin()));
    c.add(Line::new(circle.clone(), Paint::Ink));
    c.add(Area::new(circle.skip(5).take(12).chain([(0.0, 0.0)]), Paint::Green));
    c.add(Line::new([(0.0, 0.0), (0.6, 0.8)], Paint::Blue));
    c.add(Note { paint: Paint::Blue, shift: (-10.0, 4.0), ..Note::new((0.3, 0.4), "$w$") });
    let axis: Vec<f64> = (0..60).map(|i| f64::from(i) / 10.0 - 3.0).collect();
    let z = axis
        .iter()
        .flat_map(|&y| {
            axis.iter().map(move |&x| (x * 1.5).sin() * (y * 1.5).sin() * (-0.1 * (x * x + y * y)).exp())
        })
        .collect();
    let mut d = Chart::new(Axis::linear("$x$"), Axis::linear("$y$"));
    d.title = "Both signs".into();
    d.boxed = true;
    let levels = (-4..=4).map(|i| 0.2 * f64::from(i)).collect();
    d.add(Contours {
        map: Some(ColourMap::Diverging),
        ..Contours::filled(axis.clone(), axis, z, levels, "$z$")
    });
    Figure::grid(500.0, 380.0, "Four panels", [PanelRow::new([a, b]), PanelRow::new([c, d])])
}
