//! Any bytes as a frame and as a request: read in one way only, or refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(harm) = tingfang_tests::hostile::read_frame(bytes) {
        panic!("{harm}");
    }
});
