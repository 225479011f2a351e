//! The four embedded faces: glyphs, widths, and the faces as CSS.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::{fmt::Write as _, sync::LazyLock};
use ttf_parser::{Face as Outlines, GlyphId};

/// One of the embedded faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Face {
    Regular,
    Italic,
    Bold,
    Math,
}

/// Stands for a character that no face has.
const SUBSTITUTE: char = '□';

static DATA: [&[u8]; 4] = [
    include_bytes!("../fonts/regular.ttf"),
    include_bytes!("../fonts/italic.ttf"),
    include_bytes!("../fonts/bold.ttf"),
    include_bytes!("../fonts/math.ttf"),
];

static OUTLINES: LazyLock<[Outlines<'static>; 4]> =
    LazyLock::new(|| DATA.map(|data| Outlines::parse(data, 0).expect("the embedded fonts are valid")));

impl Face {
    pub(crate) const ALL: [Self; 4] = [Self::Regular, Self::Italic, Self::Bold, Self::Math];

    /// The font file.
    pub(crate) fn data(self) -> &'static [u8] {
        DATA[self as usize]
    }

    /// The parsed font file.
    pub(crate) fn outlines(self) -> &'static Outlines<'static> {
        &OUTLINES[self as usize]
    }

    /// PostScript name, as in the font file.
    pub(crate) fn name(self) -> &'static str {
        ["SpuriousSans-Regular", "SpuriousSans-Italic", "SpuriousSans-Bold", "SpuriousMath-Regular"]
            [self as usize]
    }

    /// Glyph of `c` in this face.
    pub(crate) fn glyph(self, c: char) -> Option<GlyphId> {
        self.outlines().glyph_index(c)
    }

    /// Advance width of a glyph in units of the font size.
    pub(crate) fn advance(self, glyph: GlyphId) -> f64 {
        let outlines = self.outlines();
        f64::from(outlines.glyph_hor_advance(glyph).unwrap_or(0)) / f64::from(outlines.units_per_em())
    }

    /// The face which has `c`: this one, else the mathematical one, else a box in its place.
    pub(crate) fn resolve(self, c: char) -> (Self, char) {
        let face = [self, Self::Math, Self::Regular].into_iter().find(|face| face.glyph(c).is_some());
        face.map_or((Self::Regular, SUBSTITUTE), |face| (face, c))
    }

    fn css(self) -> String {
        let family = if self == Self::Math { "Spurious Math" } else { "Spurious Sans" };
        let style = if self == Self::Italic { "font-style:italic;" } else { "" };
        let weight = if self == Self::Bold { "font-weight:bold;" } else { "" };
        format!(
            "@font-face{{font-family:'{family}';{style}{weight}src:url(data:font/ttf;base64,{})}}",
            STANDARD.encode(self.data())
        )
    }
}

/// The `@font-face` rules of some faces.
pub(crate) fn face_css(faces: impl IntoIterator<Item = Face>) -> String {
    faces.into_iter().fold(String::new(), |mut css, face| {
        let _ = write!(css, "{}", face.css());
        css
    })
}

/// The embedded fonts as `@font-face` rules, about 95 kB: put them once into a page.
///
/// Without them a figure falls back to Arial or Helvetica, whose widths are the same.
pub fn font_face_css() -> String {
    face_css(Face::ALL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_promised_glyphs_are_there() {
        let latin = (' '..='~').chain('\u{a0}'..='ÿ');
        let greek = ('Α'..='Ρ').chain('Σ'..='Ω').chain('α'..='ω').chain("ϑϕϵ".chars());
        let symbols = "ℓ−×·±≤≥≈≠∝∞√‖∇∂∈∼⟨⟩′″…–—‘’“”•⊤⊥∫∑Σ½¼→←↑↓●○▲△■□◆◇✓✗ℝ∥∖∘∀∃≪≫⇒∅⌊⌋⌈⌉¹²³";
        for c in latin.chain(greek).chain(symbols.chars()) {
            for face in [Face::Regular, Face::Bold, Face::Italic] {
                assert_eq!(face.resolve(c).1, c, "{c:?} is missing");
            }
        }
    }

    #[test]
    fn a_missing_glyph_becomes_a_box() {
        assert_eq!(Face::Italic.resolve('漢'), (Face::Regular, SUBSTITUTE));
        assert!(Face::Regular.glyph(SUBSTITUTE).is_some());
    }

    #[test]
    fn the_fonts_stay_small_and_carry_their_new_names() {
        assert!(DATA.iter().map(|d| d.len()).sum::<usize>() < 120_000);
        for face in Face::ALL {
            let names = face.outlines().names().into_iter().filter_map(|n| n.to_string()).collect::<Vec<_>>();
            assert!(names.iter().any(|n| n == face.name()));
        }
    }
}
