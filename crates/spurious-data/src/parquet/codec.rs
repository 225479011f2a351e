//! How pages are compressed.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use parquet::basic::Compression;

use crate::Error;
use crate::error::Origin;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    None,
    Snappy,
    Gzip,
    Zstd,
    Lz4,
}

impl Codec {
    pub(super) fn new(compression: Compression, origin: &Origin) -> Result<Self, Error> {
        match compression {
            Compression::UNCOMPRESSED => Ok(Self::None),
            Compression::SNAPPY => Ok(Self::Snappy),
            Compression::GZIP(_) => Ok(Self::Gzip),
            Compression::ZSTD(_) => Ok(Self::Zstd),
            Compression::LZ4_RAW => Ok(Self::Lz4),
            Compression::LZO | Compression::BROTLI(_) | Compression::LZ4 => {
                let name = format!("{compression:?}");
                let name = name.split('(').next().unwrap_or_default();
                Err(Error::compression(origin, name, "snappy, zstd, gzip and lz4_raw"))
            }
        }
    }

    /// Exactly `length` bytes, or an error. Never allocates more.
    pub(super) fn decompress(self, bytes: &[u8], length: usize) -> io::Result<Vec<u8>> {
        let invalid = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
        let mut page = Vec::new();
        match self {
            _ if length == 0 => {}
            Self::None => page.extend_from_slice(bytes),
            Self::Snappy => {
                page.resize(length, 0);
                let read = snap::raw::Decoder::new().decompress(bytes, &mut page)?;
                page.truncate(read);
            }
            Self::Gzip => {
                page.reserve_exact(length);
                MultiGzDecoder::new(bytes).take(length as u64).read_to_end(&mut page)?;
            }
            Self::Zstd => {
                page.reserve_exact(length);
                zstd::bulk::Decompressor::new()?.decompress_to_buffer(bytes, &mut page)?;
            }
            Self::Lz4 => {
                page.resize(length, 0);
                let read =
                    lz4_flex::block::decompress_into(bytes, &mut page).map_err(|e| invalid(e.to_string()))?;
                page.truncate(read);
            }
        }
        if page.len() == length {
            Ok(page)
        } else {
            Err(invalid("a page of another length than it says".to_owned()))
        }
    }
}
