//! Colour maps: numbers as colours whose order is also visible in grey and with colour blindness.

use crate::paint::Paint;

/// A colour for each number between 0 and 1; the same in both themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColourMap {
    /// Viridis: perceptually even from dark violet to yellow.
    #[default]
    Viridis,
    /// Blue over nearly white to red, for values on both sides of a neutral 0.5.
    Diverging,
}

const VIRIDIS: [u32; 10] =
    [0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725];
const DIVERGING: [u32; 9] =
    [0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xf7f7f7, 0xfddbc7, 0xf4a582, 0xd6604d, 0xb2182b];

impl ColourMap {
    /// The colour at `t`, limited to 0 … 1; grey for NaN.
    ///
    /// # Examples
    /// ```
    /// use spurious_plot::{ColourMap, Paint};
    /// assert_eq!(ColourMap::Diverging.at(0.5), Paint::Rgb(0xf7, 0xf7, 0xf7));
    /// ```
    pub fn at(self, t: f64) -> Paint {
        let stops: &[u32] = match self {
            Self::Viridis => &VIRIDIS,
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
    fn viridis_brightens_all_the_way() {
        let brightness = |i| match ColourMap::Viridis.at(f64::from(i) / 50.0) {
            Paint::Rgb(r, g, b) => 0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b),
            _ => f64::NAN,
        };
        assert!((0..50).all(|i| brightness(i) < brightness(i + 1)));
        assert_eq!(ColourMap::Viridis.at(7.0), ColourMap::Viridis.at(1.0));
        assert_eq!(ColourMap::Viridis.at(f64::NAN), Paint::Rgb(0xb0, 0xb0, 0xb0));
    }
}
