//! Any bytes as the body of a change: the gate lets none through that harms the record.
#![no_main]

use std::sync::LazyLock;

use tingfang_tests::hostile::GateUnderFire;

static GATE: LazyLock<GateUnderFire> = LazyLock::new(GateUnderFire::new);

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    if let Err(harm) = GATE.take(body) {
        panic!("{harm}");
    }
});
