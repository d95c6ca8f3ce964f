//! Any bytes as requests of the upload protocol: taken or refused, and what is said to be there is there.
#![no_main]

use std::sync::LazyLock;

use tingfang_tests::hostile_uploads::UploadsUnderFire;

static UPLOADS: LazyLock<UploadsUnderFire> = LazyLock::new(UploadsUnderFire::new);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(harm) = UPLOADS.take(bytes) {
        panic!("{harm}");
    }
});
