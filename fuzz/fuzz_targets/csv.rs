#![no_main]

// The first byte chooses the ending.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let name = ["data.csv", "data.tsv", "data.csv.gz"][usize::from(first % 3)];
    spurious_fuzz::read(name, bytes);
});
