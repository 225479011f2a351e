#![no_main]

use spurious::fit::Model;

// A model that is read can be written, and is read back as it is.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(model) = Model::from_json(text) {
        assert_eq!(Model::from_json(&model.to_json()), Ok(model));
    }
});
