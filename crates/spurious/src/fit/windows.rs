//! How a row of numbers is cut into patches.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::Error;
use crate::export::counted;

/// Where the entries of each patch lie in a row, which holds an image line by line or the channels of a signal one after the other.
///
/// ```text
/// patch (a, b), entry (s, t) = image[a·stride₀ + s, b·stride₁ + t]        zero beyond the edge of the image
/// ```
///
/// A signal is an image with one line for each channel, and its patches are as high as the image. Patches may overlap, where the stride is
/// smaller than the patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Windows {
    layout: Layout,
    /// Lines, and numbers in a line.
    image: [usize; 2],
    /// The shape of a patch.
    patch: [usize; 2],
    /// From one patch to the next.
    stride: [usize; 2],
    /// Lines of patches, and patches in a line.
    grid: [usize; 2],
}

/// Windows as they are read from a file, before they are checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    layout: Layout,
    image: [usize; 2],
    patch: [usize; 2],
    stride: [usize; 2],
    grid: [usize; 2],
}

impl TryFrom<Written> for Windows {
    type Error = Error;

    fn try_from(Written { layout, image, patch, stride, grid }: Written) -> Result<Self, Error> {
        let width = image[0].saturating_mul(image[1]);
        let written = Self { layout, image, patch, stride, grid };
        let cut = |rest| Self::cut(layout, image, patch, stride, rest);
        let read = [Rest::Trim, Rest::Pad].into_iter().flat_map(cut);
        // One axis may be padded and the other trimmed.
        let [trimmed, padded]: [Self; 2] =
            read.collect::<Vec<_>>().try_into().map_err(|_| Error::Windows { width })?;
        let is_either = (0..2).all(|axis| [trimmed.grid[axis], padded.grid[axis]].contains(&grid[axis]));
        if is_either { Ok(written) } else { Err(Error::Windows { width }) }
    }
}

/// What a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// A signal; the lines of a patch are its channels.
    Signal,
    /// An image; patches are its tiles.
    Image,
}

/// What becomes of numbers at the end of a line that fill no whole patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rest {
    /// They are padded if they fill half of the way to the next patch, otherwise trimmed.
    #[default]
    Auto,
    /// No patch has them. Linear models do.
    Trim,
    /// A last patch has them, and zeros.
    Pad,
    /// That is an error.
    Refuse,
}

impl Windows {
    /// Consecutive windows of `patch_len` numbers in a row of `width` numbers.
    ///
    /// # Errors
    /// If the window length does not divide the row length.
    pub fn consecutive(width: usize, patch_len: usize) -> Result<Self, Error> {
        Self::channels(width, 1, patch_len)
    }

    /// Windows of `patch_len` time steps of a signal with several channels. A row of `width` numbers holds the channels one after the
    /// other.
    ///
    /// # Errors
    /// If the number of channels does not divide the row length, or the window length does not divide the channel length.
    pub fn channels(width: usize, channels: usize, patch_len: usize) -> Result<Self, Error> {
        Self::signal(width, channels, patch_len, patch_len, Rest::Refuse)
    }

    /// Windows of a signal that begin `stride` time steps after each other.
    ///
    /// # Errors
    /// If the number of channels does not divide the row length, the window is longer than a channel, a number is zero, or windows leave a
    /// rest and that is refused.
    pub fn signal(
        width: usize,
        channels: usize,
        patch_len: usize,
        stride: usize,
        rest: Rest,
    ) -> Result<Self, Error> {
        if channels == 0 || channels > width || !width.is_multiple_of(channels) {
            let (name, of) = ("number of channels", "the row length");
            return Err(Error::WindowDoesNotDivide { name, of, whole: width, part: channels });
        }
        let image = [channels, width / channels];
        Self::cut(Layout::Signal, image, [channels, patch_len], [channels, stride], rest)
    }

    /// Tiles `[height, width]` of an image `[height, width]` that the row holds line by line. Tiles are in reading order.
    ///
    /// # Errors
    /// If the tile does not divide the image, or the image does not have `width` pixels.
    pub fn tiles(width: usize, image: [usize; 2], tile: [usize; 2]) -> Result<Self, Error> {
        Self::image(width, image, tile, tile, Rest::Refuse)
    }

    /// Tiles of an image that begin `stride` `[lines, pixels]` after each other.
    ///
    /// # Errors
    /// If the image does not have `width` pixels, the tile is larger than the image, a number is zero, or tiles leave a rest and that is
    /// refused.
    pub fn image(
        width: usize,
        image: [usize; 2],
        tile: [usize; 2],
        stride: [usize; 2],
        rest: Rest,
    ) -> Result<Self, Error> {
        if image[0].checked_mul(image[1]) != Some(width) {
            return Err(Error::ImageSize { height: image[0], width: image[1], columns: width });
        }
        Self::cut(Layout::Image, image, tile, stride, rest)
    }

    fn cut(
        layout: Layout,
        image: [usize; 2],
        patch: [usize; 2],
        stride: [usize; 2],
        rest: Rest,
    ) -> Result<Self, Error> {
        let names = match layout {
            Layout::Signal if image[0] == 1 => {
                [("number of channels", "the row length"), ("window length", "the row length")]
            }
            Layout::Signal => {
                [("number of channels", "the row length"), ("window length", "the channel length")]
            }
            Layout::Image => [("tile height", "the image height"), ("tile width", "the image width")],
        };
        let mut grid = [0; 2];
        for axis in 0..2 {
            let ((name, of), whole, part) = (names[axis], image[axis], patch[axis]);
            if part == 0 || part > whole {
                return Err(Error::WindowDoesNotFit { name, of, whole, part });
            }
            if stride[axis] == 0 {
                return Err(Error::NoStride { whole: part });
            }
            let fitting = (whole - part) / stride[axis];
            let left = whole - part - fitting * stride[axis];
            let is_padded = match rest {
                Rest::Refuse if left > 0 => {
                    return Err(Error::WindowDoesNotDivide { name, of, whole, part });
                }
                Rest::Auto => left >= stride[axis].div_ceil(2),
                Rest::Pad => true,
                Rest::Trim | Rest::Refuse => false,
            };
            // A patch that begins beyond the edge would be all zeros.
            let begins_inside = stride[axis].saturating_mul(fitting.saturating_add(1)) < whole;
            grid[axis] = fitting.saturating_add(1 + usize::from(left > 0 && is_padded && begins_inside));
        }
        let windows = Self { layout, image, patch, stride, grid };
        match [image, patch, grid].map(|[a, b]| a.checked_mul(b)) {
            [Some(_), Some(p), Some(k)] if p.checked_mul(k).is_some() => Ok(windows),
            _ => Err(Error::Windows { width: image[0].saturating_mul(image[1]) }),
        }
    }

    /// What a row holds.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Windows half as far apart, where they lie side by side and are long enough.
    pub fn overlapping(&self) -> Option<Self> {
        let stride = [0, 1].map(|axis| match self.grid[axis] {
            1 => self.stride[axis],
            _ => self.patch[axis].div_ceil(2),
        });
        let overlaps = (0..2).any(|axis| stride[axis] < self.stride[axis].min(self.patch[axis]));
        let cut = || Self::cut(self.layout, self.image, self.patch, stride, Rest::Auto).ok();
        if overlaps { cut() } else { None }
    }

    /// Ways to cut a signal that are worth a try: windows of 1, 2, 3, 4, 6, 8, 12, … numbers, of a nearby length instead if only that
    /// divides the signal, and the whole signal.
    ///
    /// # Errors
    /// If the number of channels does not divide the row length.
    pub fn of_signal(width: usize, channels: usize) -> Result<Vec<Self>, Error> {
        let whole = Self::signal(width, channels, 1, 1, Rest::Auto)?;
        let length = whole.grid[1];
        let cut = |len: usize| Self::signal(width, channels, len, len, Rest::Auto);
        lengths(length).into_iter().map(cut).collect()
    }

    /// Ways to cut an image that are worth a try: square tiles of 2, 3, 4, 6, 8, … pixels, lines, columns, and the whole image.
    ///
    /// # Errors
    /// If the image does not have `width` pixels.
    pub fn of_image(width: usize, image: [usize; 2]) -> Result<Vec<Self>, Error> {
        let [height, across] = image;
        let squares = lengths(height.min(across)).into_iter().filter(|&side| side > 1).map(|side| [side; 2]);
        let mut tiles: Vec<[usize; 2]> = squares.collect();
        tiles.extend([[height, 1], [1, across], image]);
        tiles.sort_unstable();
        tiles.dedup();
        tiles.into_iter().map(|tile| Self::image(width, image, tile, tile, Rest::Auto)).collect()
    }

    /// Numbers in a row.
    pub fn width(&self) -> usize {
        self.image[0] * self.image[1]
    }

    /// Number of patches `k`.
    pub fn patches(&self) -> usize {
        self.grid[0] * self.grid[1]
    }

    /// Patch dimension `p`.
    pub fn patch_dim(&self) -> usize {
        self.patch[0] * self.patch[1]
    }

    /// The shape of a patch: its lines (of a tile, or channels) and the entries of a line.
    pub fn patch_shape(&self) -> [usize; 2] {
        self.patch
    }

    /// The arrangement of the patches: lines of patches, and patches in a line.
    pub fn grid_shape(&self) -> [usize; 2] {
        self.grid
    }

    /// From one patch to the next, in lines and in entries of a line.
    pub fn stride(&self) -> [usize; 2] {
        self.stride
    }

    /// Numbers in all patches together, `kp`.
    pub(super) fn packed(&self) -> usize {
        self.patches() * self.patch_dim()
    }

    /// Whether the patches, one after the other, are the row without reordering.
    pub(super) fn are_the_row(&self) -> bool {
        let covers = (0..2).all(|axis| {
            self.stride[axis] == self.patch[axis] && self.grid[axis] * self.patch[axis] == self.image[axis]
        });
        covers && (self.patch[0] == 1 || self.grid[1] == 1)
    }

    /// Column of the row that holds entry `t` of patch `j`; none beyond the edge.
    pub fn column(&self, j: usize, t: usize) -> Option<usize> {
        let [line, place] = [
            j / self.grid[1] * self.stride[0] + t / self.patch[1],
            j % self.grid[1] * self.stride[1] + t % self.patch[1],
        ];
        (line < self.image[0] && place < self.image[1]).then(|| line * self.image[1] + place)
    }

    /// The columns of all patches, patch by patch.
    pub(super) fn columns(&self) -> impl Iterator<Item = Option<usize>> + '_ {
        let p = self.patch_dim();
        (0..self.packed()).map(move |at| self.column(at / p, at % p))
    }

    /// The contiguous ranges of a row that make up the patches, in the order of the patches, each with the zeros that follow it.
    pub(super) fn stretches(&self) -> impl Iterator<Item = (std::ops::Range<usize>, usize)> + '_ {
        let [lines, length] = self.image;
        (0..self.patches()).flat_map(move |j| {
            (0..self.patch[0]).map(move |s| {
                let line = j / self.grid[1] * self.stride[0] + s;
                let first = j % self.grid[1] * self.stride[1];
                let inside = if line < lines { self.patch[1].min(length - first) } else { 0 };
                let first = if line < lines { line * length + first } else { 0 };
                (first..first + inside, self.patch[1] - inside)
            })
        })
    }

    /// Numbers at the end of each axis that no patch has, and zeros that patches have beyond it.
    fn edges(&self) -> [(usize, usize); 2] {
        [0, 1].map(|axis| {
            let end = (self.grid[axis] - 1) * self.stride[axis] + self.patch[axis];
            (self.image[axis].saturating_sub(end), end.saturating_sub(self.image[axis]))
        })
    }

    /// What was trimmed or padded, as the end of a sentence: “the last 3 numbers of a row are in no window”.
    pub fn about_rest(&self) -> Option<String> {
        let is_image = self.layout == Layout::Image;
        let of = match (is_image, self.image[0]) {
            (true, _) => [("line", "lines"), ("pixel of a line", "pixels of a line")],
            (false, 1) => [("", ""), ("number of a row", "numbers of a row")],
            (false, _) => [("", ""), ("number of a channel", "numbers of a channel")],
        };
        let window = if is_image { "tile" } else { "window" };
        let mut parts = Vec::new();
        for (axis, (trimmed, padded)) in self.edges().into_iter().enumerate() {
            let (one, many) = of[axis];
            match trimmed {
                0 => {}
                1 => parts.push(format!("the last {one} is in no {window}")),
                _ => parts.push(format!("the last {trimmed} {many} are in no {window}")),
            }
            let [a_zero, zeros] = [["a line of zeros", "lines of zeros"], ["a zero", "zeros"]][axis];
            match padded {
                0 => {}
                1 => parts.push(format!("the last {window} ends with {a_zero}")),
                _ => parts.push(format!("the last {window} ends with {padded} {zeros}")),
            }
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// Lengths of windows that are worth a try; no more windows than [`MOST_WINDOWS`].
fn lengths(whole: usize) -> Vec<usize> {
    let doubling = std::iter::successors(Some(1_usize), |length| length.checked_mul(2));
    let mut lengths: Vec<usize> = doubling
        .take_while(|&length| length <= whole / 2)
        .flat_map(|length| [length, length + length / 2])
        .filter(|&length| length <= whole / 2 && whole / length <= MOST_WINDOWS)
        // A tenth more or less changes little.
        .map(|length| {
            let near = (length - length / 10..=length + length / 10).filter(|&l| whole.is_multiple_of(l));
            near.min_by_key(|l| l.abs_diff(length)).unwrap_or(length)
        })
        .chain([whole])
        .collect();
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

/// Windows of a signal that are worth a try, at most.
const MOST_WINDOWS: usize = 256;

/// “8 windows of 25 numbers”, “16 tiles of 2 × 2”.
impl fmt::Display for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [height, width] = self.patch;
        let is_image = self.layout == Layout::Image;
        let k = self.patches() as u64;
        match is_image {
            true => write!(f, "{} of {height} × {width}", counted(k, "tile"))?,
            false if height == 1 => {
                write!(f, "{} of {}", counted(k, "window"), counted(width as u64, "number"))?;
            }
            false => write!(f, "{} of {height} channels × {width}", counted(k, "window"))?,
        }
        match (self.stride == self.patch, is_image) {
            (true, _) => Ok(()),
            (false, true) => write!(f, ", {} × {} apart", self.stride[0], self.stride[1]),
            (false, false) => write!(f, ", {} apart", self.stride[1]),
        }
    }
}

/// Windows in words, where results name them.
pub(super) fn collect_str<S: Serializer>(windows: &Windows, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(windows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(windows: &Windows) -> Vec<Vec<Option<usize>>> {
        let patch = |j| (0..windows.patch_dim()).map(|t| windows.column(j, t)).collect();
        (0..windows.patches()).map(patch).collect()
    }

    fn inside<const P: usize>(patches: &[[usize; P]]) -> Vec<Vec<Option<usize>>> {
        patches.iter().map(|patch| patch.iter().map(|&column| Some(column)).collect()).collect()
    }

    #[test]
    fn rests_are_trimmed_or_padded() {
        let cut = |rest| Windows::signal(8, 1, 3, 3, rest);
        let trimmed = cut(Rest::Trim).unwrap();
        assert_eq!(columns(&trimmed), inside(&[[0, 1, 2], [3, 4, 5]]));
        assert_eq!(trimmed.about_rest().unwrap(), "the last 2 numbers of a row are in no window");
        let padded = cut(Rest::Pad).unwrap();
        assert_eq!(columns(&padded)[2], [Some(6), Some(7), None]);
        assert_eq!(padded.about_rest().unwrap(), "the last window ends with a zero");
        // Two of three numbers are more than half.
        assert_eq!(cut(Rest::Auto).unwrap(), padded);
        assert_eq!(Windows::signal(7, 1, 3, 3, Rest::Auto).unwrap().patches(), 2);
        assert!(matches!(cut(Rest::Refuse), Err(Error::WindowDoesNotDivide { whole: 8, part: 3, .. })));
        assert_eq!(Windows::signal(9, 1, 3, 3, Rest::Pad).unwrap().about_rest(), None);
    }

    #[test]
    fn windows_overlap() {
        let windows = Windows::signal(6, 1, 4, 2, Rest::Refuse).unwrap();
        assert_eq!(columns(&windows), inside(&[[0, 1, 2, 3], [2, 3, 4, 5]]));
        assert!(!windows.are_the_row());
        let channels = Windows::signal(8, 2, 2, 1, Rest::Refuse).unwrap();
        assert_eq!(columns(&channels), inside(&[[0, 1, 4, 5], [1, 2, 5, 6], [2, 3, 6, 7]]));
        assert_eq!(channels.to_string(), "3 windows of 2 channels × 2, 1 apart");
        let tiles = Windows::image(9, [3, 3], [2, 2], [1, 1], Rest::Refuse).unwrap();
        assert_eq!(columns(&tiles)[3], [Some(4), Some(5), Some(7), Some(8)]);
        let padded = Windows::image(9, [3, 3], [2, 2], [2, 2], Rest::Pad).unwrap();
        assert_eq!(columns(&padded)[3], [Some(8), None, None, None]);
    }

    #[test]
    fn only_windows_side_by_side_are_the_row() {
        for (windows, are_the_row) in [
            (Windows::consecutive(6, 3), true),
            (Windows::channels(6, 2, 3), true),
            (Windows::channels(12, 2, 3), false),
            (Windows::tiles(12, [4, 3], [2, 3]), true),
            (Windows::tiles(12, [4, 3], [1, 3]), true),
            (Windows::tiles(16, [4, 4], [2, 2]), false),
            (Windows::signal(7, 1, 3, 3, Rest::Trim), false),
        ] {
            let windows = windows.unwrap();
            let is_identity = windows.columns().eq((0..windows.width()).map(Some));
            assert_eq!((windows.are_the_row(), is_identity), (are_the_row, are_the_row), "{windows:?}");
        }
    }

    #[test]
    fn windows_are_read_as_they_were_written() {
        for windows in [
            Windows::consecutive(6, 3),
            Windows::signal(251, 1, 25, 25, Rest::Pad),
            Windows::signal(251, 1, 25, 25, Rest::Trim),
            Windows::image(30, [5, 6], [2, 4], [2, 1], Rest::Auto),
        ] {
            let windows = windows.unwrap();
            let written = serde_json::to_string(&windows).unwrap();
            assert_eq!(serde_json::from_str::<Windows>(&written).unwrap(), windows);
        }
        for huge in [[1, usize::MAX], [usize::MAX, 1], [usize::MAX; 2]] {
            for stride in [1, 2, usize::MAX / 2 + 2, usize::MAX] {
                let written = serde_json::json!({"layout": "image", "image": huge, "patch": [1, 1], "stride": [stride, stride], "grid": [1, 1]});
                let _ = serde_json::from_value::<Windows>(written);
            }
        }
        let overflow = format!(
            r#"{{"layout":"image","image":[{},6],"patch":[1,3],"stride":[1,3],"grid":[1,2]}}"#,
            usize::MAX
        );
        for written in [
            overflow.as_str(),
            r#"{"layout":"signal","image":[1,6],"patch":[1,3],"stride":[1,3],"grid":[1,3]}"#,
            r#"{"layout":"signal","image":[1,6],"patch":[1,3],"stride":[1,0],"grid":[1,2]}"#,
            r#"{"layout":"signal","image":[0,6],"patch":[1,3],"stride":[1,3],"grid":[1,2]}"#,
        ] {
            assert!(serde_json::from_str::<Windows>(written).is_err(), "{written}");
        }
    }
}
