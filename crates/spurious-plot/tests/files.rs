//! What every file must be: well-formed, complete in itself, free of panics, and the same each time.

use spurious_plot::*;

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

/// Every kind of mark and panel, with values that cannot be shown among them.
fn everything() -> Figure {
    let points = [(1.0, 2.0), (2.0, NAN), (3.0, 4.0), (INF, 1.0), (4.0, -1e300), (5.0, 2.0), (0.0, 0.0)];
    let bars = points.map(|(x, y)| (x, y - 1.0, y + 1.0));
    let chart = |x: Axis, y: Axis| {
        let mut chart = Chart::new(x, y);
        chart.title = "A < B & \"C\" $x_{c}^2$ 漢 \u{1}".into();
        chart.add(Span { label: "span".into(), ..Span::x(-INF, 2.0, Paint::Orange) });
        chart.add(Span { label: "span".into(), ..Span::x(NAN, 2.0, Paint::Orange) });
        chart.add(Band { label: "band".into(), ..Band::new(bars, Paint::Blue) });
        chart.add(Area { label: "area".into(), ..Area::new(points, Paint::Green) });
        chart.add(Line { label: "line".into(), end_label: "end".into(), ..Line::new(points, Paint::Blue) });
        chart.add(ErrorBars::new(bars, Paint::Ink));
        for shape in [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond, Shape::Cross] {
            chart.add(Markers { shape, label: "marker".into(), ..Markers::new(points, Paint::Purple) });
        }
        chart.add(Rule { label: "rule".into(), ..Rule::x(2.0) });
        chart.add(Rule { label: "rule".into(), ..Rule::y(NAN) });
        chart.add(Note::new((3.0, 4.0), "note"));
        chart.add(Note::new((NAN, 4.0), "nowhere"));
        let z = vec![0.0, 1.0, 2.0, 1.0, NAN, 3.0, 2.0, 3.0, 4.0];
        let axis = vec![1.0, 2.0, 3.0];
        chart.add(Contours {
            lines: Some((Paint::Ink, 0.5)),
            labels: vec!["½".into(), "one < two".into()],
            ..Contours::filled(axis.clone(), axis, z, vec![0.5, 1.5, 2.5], "z")
        });
        chart.add(Cells::symmetric(1, 2, vec![1.0, NAN], "cells"));
        let mut part = Chart::new(Axis::linear("x").over(1.0, 2.0), Axis::linear("y").over(1.0, NAN));
        part.add(Line::new(points, Paint::Blue));
        chart.add(Inset::new(part.clone(), [(1.0, 2.0), (3.0, 4.0)]));
        chart.add(Inset::new(part, [(NAN, 2.0), (3.0, INF)]));
        chart.add(Contours::lines(vec![], vec![1.0], vec![2.0], vec![], Paint::Ink));
        chart
    };
    let table = Table {
        title: "Table".into(),
        rows: vec!["row".into()],
        columns: vec!["a".into(), "b".into()],
        cells: vec![vec![Cell::new("1", 1.0), Cell::new("–", NAN)], vec![Cell::default()]],
        ..Table::new(0.0, 0.0)
    };
    let mut drawing = Drawing::new(50.0, 50.0);
    drawing.rounded_box((25.0, 25.0), (20.0, 10.0), 3.0, Some(Pen::new(Paint::Ink)), None);
    drawing.arrow((1.0, 1.0), (30.0, 30.0), Pen::new(Paint::Sky));
    drawing.arrow((1.0, 1.0), (1.0, 1.0), Pen::new(Paint::Sky));
    drawing.text((25.0, 25.0), "$f(x)$", Anchor::Middle, 8.0, Paint::Ink);
    let rows = [
        PanelRow::new([
            chart(Axis::linear("x").over(NAN, 1.0), Axis::linear("y")),
            chart(Axis::log("x"), Axis::log("y").over(0.0, 1.0)),
        ]),
        PanelRow {
            height: 0.5,
            ..PanelRow::new([Panel::from(table), drawing.into(), Chart::default().into()])
        },
    ];
    Figure { description: "Everything & more".into(), ..Figure::grid(500.0, 400.0, "All <of> it", rows) }
}

#[test]
fn svg_is_well_formed_and_refers_to_nothing_outside() {
    let narrow = everything().narrowed(216.0);
    assert!(narrow.height.is_finite() && narrow.rows.iter().all(|row| row.panels.len() == 1));
    for text in [everything().to_svg("fig-1"), everything().to_svg_file(), narrow.to_svg("fig-1")] {
        let document = roxmltree::Document::parse(&text).expect("well-formed");
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        let texts: Vec<_> = root.children().filter(|n| n.is_element()).take(2).collect();
        assert_eq!((texts[0].tag_name().name(), texts[0].text()), ("title", Some("All <of> it")));
        assert_eq!((texts[1].tag_name().name(), texts[1].text()), ("desc", Some("Everything & more")));
        for word in ["href", "url(http", "url(#", "@import", "<script", "NaN", "inf"] {
            assert!(!text.contains(word), "{word}");
        }
        assert_eq!(text.matches("http").count(), 1, "the namespace alone");
        for node in document.descendants().filter(|n| n.tag_name().name() == "path") {
            assert!(node.attribute("d").is_some_and(|d| d.starts_with('M')));
        }
    }
}

#[test]
fn svg_in_a_page_has_prefixed_ids_and_no_style_of_its_own() {
    let text = everything().to_svg("fig-1");
    let document = roxmltree::Document::parse(&text).expect("well-formed");
    for node in document.descendants() {
        assert!(node.attribute("id").is_none_or(|id| id.starts_with("fig-1-")));
        assert!(node.attribute("style").is_none() && node.tag_name().name() != "style");
        for class in node.attribute("class").unwrap_or_default().split_whitespace() {
            assert!(theme_css().contains(&format!(".{class}{{")), "{class} has no rule");
        }
    }
    assert!(everything().to_svg_file().contains("@media screen and (prefers-color-scheme:dark)"));
    assert!(everything().to_svg_file().contains("@font-face"));
    assert_eq!(font_face_css().matches("@font-face").count(), 4);
}

/// Offsets in the table of a PDF point at its objects, and every object that is named exists.
#[test]
fn pdf_has_a_sound_structure() {
    let pdf = everything().to_pdf();
    let find = |needle: &[u8], from: usize| {
        pdf[from..].windows(needle.len()).position(|w| w == needle).map(|i| from + i)
    };
    let start = find(b"startxref", 0).expect("a pointer to the table");
    let number = |at: usize| {
        let digits: Vec<u8> = pdf[at..]
            .iter()
            .copied()
            .skip_while(u8::is_ascii_whitespace)
            .take_while(u8::is_ascii_digit)
            .collect();
        String::from_utf8(digits).ok().and_then(|d| d.parse::<usize>().ok()).expect("a number")
    };
    let table = number(start + b"startxref".len());
    assert!(pdf[table..].starts_with(b"xref"));
    let lines: Vec<&[u8]> = pdf[table..start].split(|b| *b == b'\n').collect();
    let objects = lines
        .iter()
        .filter(|line| line.ends_with(b" n\r") || line.ends_with(b" n ") || line.ends_with(b" n"));
    let mut count = 0;
    for line in objects {
        let offset: usize = std::str::from_utf8(&line[..10]).expect("digits").parse().expect("an offset");
        count += 1;
        assert_eq!(number(offset), count);
        assert_eq!(find(b" 0 obj", offset), Some(offset + count.to_string().len()));
    }
    // Catalogue, pages, page, content, information, and five for each face.
    assert!(count > 10, "{count}");
    assert!(pdf.ends_with(b"%%EOF") || pdf.ends_with(b"%%EOF\n"));
}

#[test]
fn same_figure_same_bytes() {
    assert_eq!(everything().to_svg("a"), everything().to_svg("a"));
    assert_eq!(everything().to_svg_file(), everything().to_svg_file());
    assert_eq!(everything().to_pdf(), everything().to_pdf());
}

#[test]
fn tiny_figures_do_not_panic() {
    for size in [0.0, 1.0, 30.0] {
        let figure = Figure { width: size, height: size, ..everything() };
        assert!(roxmltree::Document::parse(&figure.to_svg("tiny")).is_ok());
        assert!(!figure.to_pdf().is_empty());
    }
    assert!(roxmltree::Document::parse(&Figure::grid(100.0, 100.0, "", []).to_svg("none")).is_ok());
}

/// All ink of text stays on the page: labels make room for themselves.
#[test]
fn no_label_is_cut() {
    let ticks = [(1e-30, "a label of some length"), (1.0, "$10^{0}$")];
    let mut chart =
        Chart::new(Axis::log("x").over(1e-30, 1.0).with_ticks(ticks), Axis::linear("y").over(-1e9, 3e9));
    chart.add(Line {
        end_label: "a long name for a curve".into(),
        ..Line::new([(1e-20, 0.0), (1.0, 1e9)], Paint::Blue)
    });
    let text = Figure::new(300.0, 200.0, "Labels", chart).to_svg("f");
    let document = roxmltree::Document::parse(&text).expect("well-formed");
    for node in document.descendants().filter(|n| n.tag_name().name() == "text") {
        let place = node.attribute("transform").expect("a place");
        let inner = place.trim_start_matches("translate(").split(')').next().expect("numbers");
        let x: f64 = inner.split(' ').next().and_then(|v| v.parse().ok()).expect("x");
        let left: f64 = node
            .first_element_child()
            .and_then(|n| n.attribute("x"))
            .and_then(|v| v.parse().ok())
            .expect("x");
        let letters: usize = node
            .descendants()
            .filter(|n| n.is_text())
            .filter_map(|n| n.text())
            .map(|t| t.chars().count())
            .sum();
        if !place.contains("rotate") {
            assert!(x + left >= 0.0, "{place}");
            assert!(x + left + 2.0 * letters as f64 <= 300.0, "{place}");
        }
    }
}

#[test]
fn level_curves_carry_their_labels() {
    let axis: Vec<f64> = (0..40).map(f64::from).collect();
    let z = axis.iter().flat_map(|y| axis.iter().map(move |x| x + y)).collect();
    let mut chart = Chart::new(Axis::linear("x"), Axis::linear("y"));
    chart.add(Contours {
        labels: vec!["twenty".into(), "thirty".into()],
        ..Contours::lines(axis.clone(), axis, z, vec![20.0, 30.0, 40.0], Paint::Blue)
    });
    let text = Figure::new(300.0, 200.0, "Levels", chart).to_svg("f");
    assert_eq!((text.matches("twenty").count(), text.matches("thirty").count()), (1, 1));
}
