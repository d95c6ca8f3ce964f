//! Any bytes as an uploaded workbook: read, or refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tingfang_tests::hostile::read_workbook(bytes));
