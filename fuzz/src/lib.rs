//! What has to hold for the bytes of any file.

use std::ops::ControlFlow;

use spurious_data::{Ids, Reader, Request, Target, Values};

/// Reads `bytes` as the file `name` in every way. An error is fine; a panic, a number that is not finite, or two passes that
/// differ are not.
pub fn read(name: &str, bytes: &[u8]) {
    let column = |name: &str| Some(Target::Column(name.to_owned()));
    let requests = [
        Request::default(),
        Request { target: column("y"), ..Request::default() },
        Request { target: column("2"), weights: Some("1".to_owned()), ..Request::default() },
        Request { target: column("y"), tidy: true, missing: true, ..Request::default() },
        Request {
            target: column("2"),
            groups: Some("1".to_owned()),
            time: Some("3".to_owned()),
            tidy: true,
            missing: true,
            ..Request::default()
        },
        Request { id: Some("1".to_owned()), tidy: true, ..Request::default() },
    ];
    for request in &requests {
        let Ok(mut reader) = Reader::from_bytes(name.as_ref(), bytes, request) else { continue };
        let known = reader.rows();
        let first = sum(&mut reader, 3, request.missing);
        let second = sum(&mut reader, 1000, request.missing);
        match (first, second) {
            (Some(first), Some(second)) => {
                assert_eq!(first, second);
                assert!(known.is_none_or(|rows| rows == first.0));
            }
            (first, second) => assert_eq!(first.is_some(), second.is_some()),
        }
        if let Ok(table) = reader.load(1 << 24) {
            assert_eq!(Some(table.rows as u64), first.map(|(rows, _)| rows));
        }
    }
}

/// The rows, and a sum over the bits of all numbers. Nothing if the file is damaged; breaks off after many rows, because a
/// few bytes can stand for any number of them.
fn sum(reader: &mut Reader, rows_at_once: usize, missing: bool) -> Option<(u64, u64)> {
    const ROWS: u64 = 6000;
    let columns = reader.features().len();
    let (mut rows, mut sum) = (0, 0_u64);
    let result = reader.pass(rows_at_once, &mut |block| {
        assert_eq!(block.first_row, rows);
        assert!(block.rows > 0 && block.rows <= rows_at_once);
        assert_eq!(block.values.len(), block.rows * columns);
        let mut add = |number: f64| {
            assert!(number.is_finite() || missing && number.is_nan());
            sum = sum.rotate_left(5) ^ number.to_bits();
        };
        for row in 0..block.rows {
            if rows + row as u64 == ROWS {
                return ControlFlow::Break(());
            }
            match block.values {
                Values::F32(values) => values[row * columns..][..columns].iter().for_each(|&x| add(x.into())),
                Values::F64(values) => values[row * columns..][..columns].iter().for_each(|&x| add(x)),
            }
            block.target.iter().chain(&block.weights).chain(&block.time).for_each(|numbers| add(numbers[row]));
            block.groups.iter().for_each(|groups| add(f64::from(groups[row])));
            match block.ids {
                Some(Ids::Numbers(ids)) => add(ids[row]),
                Some(Ids::Text(ids)) => add(ids[row].len() as f64),
                None => {}
            }
        }
        rows += block.rows as u64;
        ControlFlow::Continue(())
    });
    result.ok().map(|rows| (rows.min(ROWS), sum))
}
