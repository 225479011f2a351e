//! A scene as a PDF of one page, with its fonts embedded and nothing that changes from run to run.

use crate::font::Face;
use crate::paint::{Paint, Use};
use crate::scene::{Item, Path, Scene, Step, Text};
use pdf_writer::types::{CidFontType, FontFlags, LineJoinStyle, SystemInfo, TextRenderingMode, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use std::collections::{BTreeMap, BTreeSet};

const SYSTEM: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// Hands out object numbers.
struct Ids(i32);

impl Ids {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

/// The page's drawing commands and what they refer to.
struct Page {
    content: Content,
    height: f64,
    /// Opacities in thousandths.
    opacities: BTreeSet<u16>,
    glyphs: BTreeMap<Face, BTreeMap<u16, char>>,
}

/// The whole file.
pub(crate) fn write(scene: &Scene, width: f64, height: f64, title: &str) -> Vec<u8> {
    let mut page =
        Page { content: Content::new(), height, opacities: BTreeSet::new(), glyphs: BTreeMap::new() };
    page.content.set_line_join(LineJoinStyle::RoundJoin);
    for item in &scene.items {
        match item {
            Item::Path(path) => page.path(path),
            Item::Text(text) => page.text(text),
        }
    }
    let mut ids = Ids(0);
    let [catalog, pages, leaf, content, info] = std::array::from_fn(|_| ids.next());
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([leaf]).count(1);
    pdf.document_info(info).title(TextStr(title));
    let fonts: Vec<(Face, Ref)> =
        page.glyphs.iter().map(|(&f, used)| (f, font(&mut pdf, &mut ids, f, used))).collect();

    let mut object = pdf.page(leaf);
    object.media_box(Rect::new(0.0, 0.0, width as f32, height as f32)).parent(pages).contents(content);
    let mut resources = object.resources();
    let mut dictionary = resources.fonts();
    for (face, id) in fonts {
        dictionary.pair(Name(font_key(face).as_bytes()), id);
    }
    dictionary.finish();
    let mut states = resources.ext_g_states();
    for thousandths in &page.opacities {
        let mut state = states
            .insert(Name(opacity_key(*thousandths).as_bytes()))
            .start::<pdf_writer::writers::ExtGraphicsState<'_>>();
        state.non_stroking_alpha(f32::from(*thousandths) / 1000.0);
    }
    states.finish();
    resources.finish();
    object.finish();
    pdf.stream(content, &compress(&page.content.finish())).filter(Filter::FlateDecode);
    pdf.finish()
}

impl Page {
    fn path(&mut self, path: &Path) {
        let flip = |(x, y): (f64, f64)| (x as f32, (self.height - y) as f32);
        let out = &mut self.content;
        out.save_state();
        if let Some((paint, opacity)) = path.fill {
            let [r, g, b] = rgb(paint, Use::Fill);
            out.set_fill_rgb(r, g, b);
            if opacity < 1.0 {
                let thousandths = (opacity.max(0.0) * 1000.0).round() as u16;
                self.opacities.insert(thousandths);
                out.set_parameters(Name(opacity_key(thousandths).as_bytes()));
            }
        }
        if let Some(stroke) = path.stroke {
            let [r, g, b] = rgb(stroke.paint, Use::Stroke);
            out.set_stroke_rgb(r, g, b).set_line_width(stroke.width as f32);
            let dashes = stroke.dash.pattern(stroke.width);
            if !dashes.is_empty() {
                out.set_dash_pattern(dashes.into_iter().map(|d| d as f32), 0.0);
            }
        }
        for step in &path.steps {
            match *step {
                Step::Move(p) => {
                    let (x, y) = flip(p);
                    out.move_to(x, y);
                }
                Step::Line(p) => {
                    let (x, y) = flip(p);
                    out.line_to(x, y);
                }
                Step::Cubic(a, b, c) => {
                    let ((ax, ay), (bx, by), (cx, cy)) = (flip(a), flip(b), flip(c));
                    out.cubic_to(ax, ay, bx, by, cx, cy);
                }
                Step::Close => {
                    out.close_path();
                }
            }
        }
        match (path.fill.is_some(), path.stroke.is_some()) {
            (true, true) => out.fill_nonzero_and_stroke(),
            (true, false) => out.fill_nonzero(),
            (false, true) => out.stroke(),
            (false, false) => out.end_path(),
        };
        out.restore_state();
    }

    fn text(&mut self, text: &Text) {
        if text.halo {
            self.letters(text, Paint::Paper, true);
        }
        self.letters(text, text.paint, false);
    }

    fn letters(&mut self, text: &Text, paint: Paint, outline: bool) {
        let out = &mut self.content;
        out.save_state();
        out.begin_text();
        let [r, g, b] = rgb(paint, Use::Text);
        if outline {
            out.set_stroke_rgb(r, g, b)
                .set_line_width(2.5)
                .set_text_rendering_mode(TextRenderingMode::Stroke);
        } else {
            out.set_fill_rgb(r, g, b);
        }
        let (x, y) = (text.origin.0, self.height - text.origin.1);
        for run in &text.runs {
            out.set_font(Name(font_key(run.face).as_bytes()), run.size as f32);
            out.set_text_matrix(if text.upwards {
                [0.0, 1.0, -1.0, 0.0, (x + run.y) as f32, (y + run.x) as f32]
            } else {
                [1.0, 0.0, 0.0, 1.0, (x + run.x) as f32, (y - run.y) as f32]
            });
            let used = self.glyphs.entry(run.face).or_default();
            let mut codes = Vec::new();
            for (c, glyph) in run.text.chars().filter_map(|c| Some((c, run.face.glyph(c)?))) {
                used.insert(glyph.0, c);
                codes.extend(glyph.0.to_be_bytes());
            }
            out.show(Str(&codes));
        }
        out.end_text();
        out.restore_state();
    }
}

/// Embeds a face; the numbers of its glyphs are their codes, and a table gives their Unicode.
fn font(pdf: &mut Pdf, ids: &mut Ids, face: Face, used: &BTreeMap<u16, char>) -> Ref {
    let [composite, cid, descriptor, file, unicode] = std::array::from_fn(|_| ids.next());
    let outlines = face.outlines();
    let scale = 1000.0 / f32::from(outlines.units_per_em());
    // Six capitals and a plus mark a subset.
    let name = format!("SPURI{}+{}", ['A', 'B', 'C', 'D'][face as usize], face.name());
    let name = Name(name.as_bytes());
    pdf.type0_font(composite)
        .base_font(name)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(cid)
        .to_unicode(unicode);
    let mut object = pdf.cid_font(cid);
    object.subtype(CidFontType::Type2).base_font(name).system_info(SYSTEM).font_descriptor(descriptor);
    object.default_width(0.0).cid_to_gid_map_predefined(Name(b"Identity"));
    let mut widths = object.widths();
    for &glyph in used.keys() {
        widths.consecutive(glyph, [1000.0 * face.advance(ttf_parser::GlyphId(glyph)) as f32]);
    }
    widths.finish();
    object.finish();
    let bounds = outlines.global_bounding_box();
    let [x0, y0, x1, y1] =
        [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(|v| f32::from(v) * scale);
    pdf.font_descriptor(descriptor)
        .name(name)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(x0, y0, x1, y1))
        .italic_angle(if face == Face::Italic { -12.0 } else { 0.0 })
        .ascent(f32::from(outlines.ascender()) * scale)
        .descent(f32::from(outlines.descender()) * scale)
        .cap_height(716.0)
        .stem_v(if face == Face::Bold { 140.0 } else { 80.0 })
        .font_file2(file);
    let length = i32::try_from(face.data().len()).unwrap_or(i32::MAX);
    let data = compress(face.data());
    let mut stream = pdf.stream(file, &data);
    stream.filter(Filter::FlateDecode).pair(Name(b"Length1"), length);
    stream.finish();
    let mut map = UnicodeCmap::<u16>::new(Name(b"Spurious"), SYSTEM);
    used.iter().for_each(|(&glyph, &c)| map.pair(glyph, c));
    pdf.cmap(unicode, &map.finish());
    composite
}

fn font_key(face: Face) -> String {
    format!("F{}", face as usize)
}

fn opacity_key(thousandths: u16) -> String {
    format!("A{thousandths}")
}

fn rgb(paint: Paint, purpose: Use) -> [f32; 3] {
    let [_, r, g, b] = paint.light(purpose).to_be_bytes();
    [r, g, b].map(|v| f32::from(v) / 255.0)
}

fn compress(data: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(data, 9)
}
