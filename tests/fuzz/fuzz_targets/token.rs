//! Any bytes as the tokens by which phones say how far they have read: the door takes none that it did not give.
#![no_main]

use std::sync::LazyLock;

use tingfang_tests::hostile::DoorUnderFire;

static DOOR: LazyLock<DoorUnderFire> = LazyLock::new(DoorUnderFire::new);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(harm) = DOOR.take_tokens(bytes) {
        panic!("{harm}");
    }
});
