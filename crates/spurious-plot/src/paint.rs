//! Colours by role: a figure names a [`Paint`], and the theme of the reader determines the colour.

use std::fmt::Write as _;

/// A colour by its role, light and dark alike; only [`Paint::Rgb`] is the same in both themes.
///
/// The hues are those of Okabe and Ito, which readers with any form of colour blindness can tell
/// apart; the dark variants are the same hues made lighter. Text in a hue is darkened on light
/// paper until it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paint {
    /// Text, axes, and what matters most: nearly black on light paper.
    #[default]
    Ink,
    /// Secondary text and reference lines.
    Muted,
    /// Grid lines.
    Grid,
    /// The background.
    Paper,
    /// Blue, the first choice for data.
    Blue,
    /// Vermillion, the contrast to blue.
    Vermillion,
    /// Bluish green.
    Green,
    /// Reddish purple.
    Purple,
    /// Orange.
    Orange,
    /// Sky blue.
    Sky,
    /// A fixed colour, for maps and tables where the colour is a number.
    Rgb(u8, u8, u8),
}

/// Class suffix, then the colour on light paper, on dark paper, and of text on light paper.
struct Theme(&'static str, u32, u32, u32);

const THEME: [Theme; 10] = [
    Theme("ink", 0x1a1a1a, 0xe8e8e8, 0x1a1a1a),
    Theme("muted", 0x666666, 0xa6a6a6, 0x5c5c5c),
    Theme("grid", 0xdddddd, 0x3a3d42, 0xdddddd),
    Theme("paper", 0xffffff, 0x16181c, 0xffffff),
    Theme("blue", 0x0072b2, 0x56b4e9, 0x0068a3),
    Theme("vermillion", 0xd55e00, 0xff8a3d, 0xb24e00),
    Theme("green", 0x009e73, 0x2fc99b, 0x007756),
    Theme("purple", 0xcc79a7, 0xe29ac2, 0xa34478),
    Theme("orange", 0xe69f00, 0xf5b83d, 0x8f6200),
    Theme("sky", 0x56b4e9, 0x9ad6f7, 0x1a73a8),
];

/// What a paint colours: text in a hue is darker than a line in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Fill,
    Stroke,
    Text,
}

impl Paint {
    /// The hues for data, in the order in which a figure with several curves should take them.
    pub const SERIES: [Self; 6] =
        [Self::Blue, Self::Vermillion, Self::Green, Self::Purple, Self::Orange, Self::Sky];

    fn theme(self) -> Option<&'static Theme> {
        let index = match self {
            Self::Ink => 0,
            Self::Muted => 1,
            Self::Grid => 2,
            Self::Paper => 3,
            Self::Blue => 4,
            Self::Vermillion => 5,
            Self::Green => 6,
            Self::Purple => 7,
            Self::Orange => 8,
            Self::Sky => 9,
            Self::Rgb(..) => return None,
        };
        Some(&THEME[index])
    }

    /// The colour on light paper, `0xrrggbb`.
    pub(crate) fn light(self, purpose: Use) -> u32 {
        match self {
            Self::Rgb(r, g, b) => u32::from_be_bytes([0, r, g, b]),
            themed => themed.theme().map_or(0, |t| if purpose == Use::Text { t.3 } else { t.1 }),
        }
    }

    /// The theme's class for this use, none for a fixed colour.
    pub(crate) fn class(self, purpose: Use) -> Option<String> {
        let prefix = match purpose {
            Use::Fill => 'f',
            Use::Stroke => 's',
            Use::Text => 't',
        };
        self.theme().map(|t| format!("spf-{prefix}-{}", t.0))
    }

    /// Ink that can be read on a fixed background: black or white by the contrast ratio of WCAG 2.
    ///
    /// # Examples
    /// ```
    /// use spurious_plot::{ColourMap, Paint};
    /// assert_eq!(Paint::readable_on(ColourMap::Viridis.at(0.0)), Paint::Rgb(0xff, 0xff, 0xff));
    /// ```
    pub fn readable_on(background: Self) -> Self {
        let linear = |byte: u8| {
            let c = f64::from(byte) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        match background {
            // Contrast against black exceeds that against white once Y + 0.05 > √(0.05 · 1.05).
            Self::Rgb(r, g, b) => {
                let luminance = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
                if luminance > 0.179 { Self::Rgb(0x11, 0x11, 0x11) } else { Self::Rgb(0xff, 0xff, 0xff) }
            }
            _ => Self::Ink,
        }
    }
}

/// Style rules that make every figure of a page follow its theme: put them once into the page.
///
/// Dark where the system asks for it or `<html data-theme="dark">` says so; `data-theme="light"`
/// overrules the system. Every selector starts with `spf-`, so nothing else on the page changes.
pub fn theme_css() -> String {
    let rules = |scope: &str, dark: bool| {
        let mut css = String::new();
        for Theme(name, light, night, text) in &THEME {
            let (area, text) = if dark { (night, night) } else { (light, text) };
            let _ = write!(
                css,
                "{scope}.spf-f-{name}{{fill:#{area:06x}}}{scope}.spf-s-{name}{{stroke:#{area:06x}}}\
                 {scope}.spf-t-{name}{{fill:#{text:06x}}}"
            );
        }
        css
    };
    format!(
        ".spf{{max-width:100%;height:auto}}{}@media screen and (prefers-color-scheme:dark){{{}}}{}",
        rules("", false),
        rules(":root:not([data-theme=light]) ", true),
        rules(":root[data-theme=dark] ", true)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stands_out_from_the_paper() {
        let luminance = |c: u32| {
            let [_, r, g, b] = c.to_be_bytes().map(|v| (f64::from(v) / 255.0).powf(2.2));
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let contrast = |a: u32, b: u32| {
            let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
            (a / b).max(b / a)
        };
        for Theme(name, _, dark, text) in THEME.iter().filter(|t| !["grid", "paper"].contains(&t.0)) {
            assert!(contrast(*text, 0xffffff) > 4.5, "{name} on light paper");
            assert!(contrast(*dark, 0x16181c) > 4.5, "{name} on dark paper");
        }
    }

    #[test]
    fn every_paint_has_its_own_theme_entry() {
        let all = [Paint::Ink, Paint::Muted, Paint::Grid, Paint::Paper].into_iter().chain(Paint::SERIES);
        let names: std::collections::BTreeSet<_> = all.filter_map(|p| p.class(Use::Fill)).collect();
        assert_eq!(names.len(), THEME.len());
        let css = theme_css();
        assert!(names.iter().all(|n| css.contains(&format!(".{n}{{"))));
    }
}
