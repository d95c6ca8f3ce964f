//! Any bytes as the body of a change that is written anew: nothing of it breaks the record.
#![no_main]

use std::sync::LazyLock;

use tingfang_tests::hostile::{GateUnderFire, rebase_of};
use tingfang_tests::mutants::chunk;

static GATE: LazyLock<GateUnderFire> = LazyLock::new(GateUnderFire::new);

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    if let Err(harm) = rebase_of(GATE.base(), &chunk(body)) {
        panic!("{harm}");
    }
});
