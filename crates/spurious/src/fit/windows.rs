//! How a row of numbers is cut into patches.

use crate::Error;

/// Where the entries of each patch lie in a row.
///
/// ```text
/// patch j, entry (s, t) = row[start_j + s·stride + t]        0 ≤ s < segments, 0 ≤ t < segment
/// ```
///
/// A window of a signal has one segment, a tile of an image one per line, a window of several channels one per channel.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Written")]
pub struct Windows {
    width: usize,
    patches: usize,
    starts: Starts,
    segments: usize,
    segment: usize,
    stride: usize,
}

/// Windows as they are read from a file, before they are checked.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    width: usize,
    patches: usize,
    starts: Starts,
    segments: usize,
    segment: usize,
    stride: usize,
}

impl TryFrom<Written> for Windows {
    type Error = Error;

    fn try_from(
        Written { width, patches, starts, segments, segment, stride }: Written,
    ) -> Result<Self, Error> {
        let written = Self { width, patches, starts, segments, segment, stride };
        // There are two ways to cut a row: channels and tiles.
        let channels = Self::channels(width, segments, segment);
        let lines = segments.checked_mul(patches.checked_div(starts.per_line).unwrap_or(0)).unwrap_or(0);
        let tiles = Self::tiles(width, [lines, stride], [segments, segment]);
        [channels, tiles]
            .into_iter()
            .flatten()
            .find(|windows| *windows == written)
            .ok_or(Error::Windows { width })
    }
}

/// Where patches begin: patches per line, distance between patches, distance between lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Starts {
    per_line: usize,
    step: usize,
    line_step: usize,
}

/// `whole` divided by `part`, if it divides.
fn whole_parts(name: &'static str, part: usize, of: &'static str, whole: usize) -> Result<usize, Error> {
    if part == 0 || part > whole || !whole.is_multiple_of(part) {
        return Err(Error::WindowDoesNotDivide { name, of, whole, part });
    }
    Ok(whole / part)
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
        let length = whole_parts("number of channels", channels, "the row length", width)?;
        let patches = whole_parts(
            "window length",
            patch_len,
            if channels == 1 { "the row length" } else { "the channel length" },
            length,
        )?;
        let starts = Starts { per_line: patches, step: patch_len, line_step: 0 };
        Ok(Self { width, patches, starts, segments: channels, segment: patch_len, stride: length })
    }

    /// Tiles `[height, width]` of an image `[height, width]` that the row holds line by line. Tiles are in reading order.
    ///
    /// # Errors
    /// If the tile does not divide the image, or the image does not have `width` pixels.
    pub fn tiles(width: usize, image: [usize; 2], tile: [usize; 2]) -> Result<Self, Error> {
        if image[0].checked_mul(image[1]) != Some(width) {
            return Err(Error::ImageSize { height: image[0], width: image[1], columns: width });
        }
        let down = whole_parts("tile height", tile[0], "the image height", image[0])?;
        let across = whole_parts("tile width", tile[1], "the image width", image[1])?;
        let starts = Starts { per_line: across, step: tile[1], line_step: tile[0] * image[1] };
        Ok(Self {
            width,
            patches: down * across,
            starts,
            segments: tile[0],
            segment: tile[1],
            stride: image[1],
        })
    }

    /// Numbers in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of patches `k`.
    pub fn patches(&self) -> usize {
        self.patches
    }

    /// Patch dimension `p`.
    pub fn patch_dim(&self) -> usize {
        self.segments * self.segment
    }

    /// The shape of a patch: its lines (of a tile, or channels) and the entries of a line.
    pub fn patch_shape(&self) -> [usize; 2] {
        [self.segments, self.segment]
    }

    /// The arrangement of the patches: lines of patches, and patches in a line.
    pub fn grid_shape(&self) -> [usize; 2] {
        [self.patches / self.starts.per_line, self.starts.per_line]
    }

    /// Whether the patches, one after the other, are the row without reordering.
    pub(super) fn are_the_row(&self) -> bool {
        (self.segments == 1 || self.patches == 1 && self.stride == self.segment)
            && (self.patches == self.starts.per_line
                || self.starts.line_step == self.starts.per_line * self.starts.step)
    }

    /// Column of the row that holds entry `t` of patch `j`.
    pub fn column(&self, j: usize, t: usize) -> usize {
        self.start(j) + t / self.segment * self.stride + t % self.segment
    }

    fn start(&self, j: usize) -> usize {
        let Starts { per_line, step, line_step } = self.starts;
        j / per_line * line_step + j % per_line * step
    }

    /// The contiguous ranges of a row that make up the patches, in the order of the patches.
    pub(super) fn stretches(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        (0..self.patches).flat_map(move |j| {
            (0..self.segments).map(move |s| {
                let first = self.start(j) + s * self.stride;
                first..first + self.segment
            })
        })
    }
}
