//! Colour maps: numbers as colours that keep their order in grey and for every reader.

use crate::paint::Paint;

/// A colour for each number between 0 and 1; the same in both themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColourMap {
    /// Viridis: perceptually even from dark violet to yellow.
    #[default]
    Viridis,
    /// Cividis: the same for readers with any colour vision, from dark blue to yellow.
    Cividis,
    /// Blue over nearly white to red, for values on both sides of a neutral 0.5.
    Diverging,
}

const VIRIDIS: [u32; 10] =
    [0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725];
const CIVIDIS: [u32; 10] =
    [0x00224e, 0x123570, 0x3b496c, 0x575d6d, 0x707173, 0x8a8678, 0xa59c74, 0xc3b369, 0xe1cc55, 0xfee838];
const DIVERGING: [u32; 9] =
    [0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xf7f7f7, 0xfddbc7, 0xf4a582, 0xd6604d, 0xb2182b];

impl ColourMap {
    /// The colour at `t`, cut to 0 … 1; grey for what is not a number.
    ///
    /// # Examples
    /// ```
    /// use spurious_plot::{ColourMap, Paint};
    /// assert_eq!(ColourMap::Diverging.at(0.5), Paint::Rgb(0xf7, 0xf7, 0xf7));
    /// ```
    pub fn at(self, t: f64) -> Paint {
        let stops: &[u32] = match self {
            Self::Viridis => &VIRIDIS,
            Self::Cividis => &CIVIDIS,
            Self::Diverging => &DIVERGING,
        };
        if t.is_nan() {
            return Paint::Rgb(0xb0, 0xb0, 0xb0);
        }
        let position = t.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
        let i = (position as usize).min(stops.len() - 2);
        let (a, b, s) = (stops[i].to_be_bytes(), stops[i + 1].to_be_bytes(), position - i as f64);
        let mix = |k: usize| (f64::from(a[k]) + s * (f64::from(b[k]) - f64::from(a[k]))).round() as u8;
        Paint::Rgb(mix(1), mix(2), mix(3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequential_maps_brighten_all_the_way() {
        for map in [ColourMap::Viridis, ColourMap::Cividis] {
            let grey: Vec<f64> = (0..=50)
                .map(|i| match map.at(f64::from(i) / 50.0) {
                    Paint::Rgb(r, g, b) => {
                        0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b)
                    }
                    _ => f64::NAN,
                })
                .collect();
            assert!(grey.windows(2).all(|g| g[0] < g[1]), "{map:?}");
        }
        assert_eq!(ColourMap::Viridis.at(7.0), ColourMap::Viridis.at(1.0));
        assert_eq!(ColourMap::Viridis.at(f64::NAN), Paint::Rgb(0xb0, 0xb0, 0xb0));
    }
}
