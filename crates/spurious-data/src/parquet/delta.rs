//! Whole numbers as packed differences.
//!
//! The decoder of the `parquet` crate panics at some pages that are damaged, so that they are decoded here.

use super::thrift::{Bytes, Reason};

/// The numbers, of `width` bytes each and least significant byte first. At most `most` of them.
///
/// ```text
/// page  = block size, parts of a block, count, first number, block…        all as varints, the number zigzag
/// block = smallest difference (zigzag), bits of a difference for each part (a byte each), the parts, packed
/// ```
///
/// Differences are counted from the smallest one. Parts behind the last number are left out.
pub(super) fn numbers(bytes: &[u8], width: usize, most: u64) -> Result<Vec<u8>, Reason> {
    let mut input = Bytes::new(bytes);
    let (block, parts, count) = (input.varint()?, input.varint()?, input.varint()?);
    let mut number = input.integer()?;
    if !(1..=1 << 10).contains(&parts) || !(1..=1 << 20).contains(&block) || !block.is_multiple_of(8 * parts)
    {
        return Err("a page of differences has impossible blocks");
    }
    if count > most {
        return Err("a page of differences has more numbers than it says");
    }
    let in_part = (block / parts) as usize;
    let mut left = count as usize;
    let mut numbers = Vec::new();
    let mut push = |number: i64| numbers.extend_from_slice(&number.to_le_bytes()[..width]);
    if left > 0 {
        push(number);
        left -= 1;
    }
    while left > 0 {
        let smallest = input.integer()?;
        let bits = input.take(parts)?;
        for &bits in bits {
            if left == 0 {
                break;
            }
            if bits > 64 {
                return Err("a page of differences has impossible numbers");
            }
            let packed = input.take(block / parts / 8 * u64::from(bits))?;
            for i in 0..in_part.min(left) {
                number = number.wrapping_add(smallest).wrapping_add(unpack(packed, i, bits.into()) as i64);
                push(number);
            }
            left -= in_part.min(left);
        }
    }
    Ok(numbers)
}

/// The `i`-th number of so many bits.
fn unpack(packed: &[u8], i: usize, bits: usize) -> u64 {
    let begin = i * bits;
    // 64 bits can reach over nine bytes.
    let bytes = &packed[begin / 8..(begin + bits).div_ceil(8)];
    let mut window = [0; 16];
    window[..bytes.len()].copy_from_slice(bytes);
    let window = u128::from_le_bytes(window) >> (begin % 8);
    (window & ((1 << bits) - 1)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_of_three_bits() {
        // 7, 5, 3, 1, 2, 3, 4, 5: the smallest difference is −2, the others are 0 or 3 above it. One part of 32, of 2 bits.
        let mut page = vec![32, 1, 8, 14, 3, 2];
        page.extend([0b1100_0000, 0b0011_1111, 0, 0, 0, 0, 0, 0]);
        let expected = [7_i32, 5, 3, 1, 2, 3, 4, 5].map(i32::to_le_bytes).concat();
        assert_eq!(numbers(&page, 4, 8).unwrap(), expected);
        assert!(numbers(&page, 4, 7).is_err());
        for cut in 0..page.len() {
            assert!(numbers(&page[..cut], 4, 8).is_err());
        }
    }

    #[test]
    fn numbers_of_any_width_are_unpacked() {
        assert_eq!(unpack(&[0xff; 8], 0, 64), u64::MAX);
        assert_eq!(unpack(&[0b1010_0110, 0b0000_0001], 2, 3), 0b110);
        assert_eq!(unpack(&[], 5, 0), 0);
    }
}
