#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| spurious_fuzz::read("data.npz", bytes));
