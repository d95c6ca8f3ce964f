//! What hostile bytes must not do: checked on forgeries in the stories, and on anything at all by
//! the fuzz targets in `tests/fuzz`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tingfang_core::record::attendance::{Attendance, AttendanceOutcome};
use tingfang_core::record::document::{Document, DocumentError};
use tingfang_core::record::shape::RecordKind;
use tingfang_core::sync::frame::Frame;
use tingfang_core::sync::gate::{self, Judgement, Rejection, quiet_panics};
use tingfang_core::sync::wire::{self, SyncRequest};

use crate::mutants::{FORGER, HONEST, base, chunk};
use crate::observers::{narrative, outcome};

/// A record behind its gate, and the honest work that comes after a forgery.
pub struct GateUnderFire {
    base: Document,
    follow_up: Vec<Vec<u8>>,
}

impl Default for GateUnderFire {
    fn default() -> Self {
        Self::new()
    }
}

impl GateUnderFire {
    /// The record of [`base`].
    pub fn new() -> Self {
        quiet_panics();
        let base = base();
        let edits = [outcome(AttendanceOutcome::Adjourned), narrative("另记:")];
        let made = base.clone().edit(HONEST, &edits).expect("fits");
        Self { base, follow_up: made.into_iter().map(|change| change.bytes).collect() }
    }

    /// The record under attack.
    pub const fn base(&self) -> &Document {
        &self.base
    }

    /// Sends a change through the gate. The outer error is an escape: it was let in and does harm.
    ///
    /// # Errors
    /// What harm it does.
    pub fn admit(&self, bytes: &[u8]) -> Result<Result<(), Rejection>, String> {
        match gate::admit(&self.base, &Attendance::SHAPE, FORGER, bytes, |_| Judgement::Allow) {
            Err(rejection) => Ok(Err(rejection)),
            Ok(passed) => self.harmless(passed.document, bytes).map(Ok),
        }
    }

    /// Sends any bytes as the body of a change, under a checksum that fits.
    ///
    /// # Errors
    /// What harm it does.
    pub fn take(&self, body: &[u8]) -> Result<(), String> {
        self.admit(&chunk(body)).map(|_| ())
    }

    /// What an admitted change must not do: break later honest work, the saved file, or convergence.
    fn harmless(&self, passed: Document, bytes: &[u8]) -> Result<(), String> {
        let later: Vec<&[u8]> = self.follow_up.iter().map(Vec::as_slice).collect();
        catch_unwind(AssertUnwindSafe(|| {
            let mut document = passed;
            document.apply(later.iter().copied()).map_err(|error| format!("later work: {error}"))?;
            document.edit(HONEST, &[narrative("再记。")]).map_err(|error| format!("later edit: {error}"))?;
            let loaded =
                Document::load(&document.save()).map_err(|error| format!("the saved file: {error}"))?;
            if loaded.heads() != document.heads() || loaded.content() != document.content() {
                return Err("the saved file is another".to_owned());
            }
            let order = |first: &[&[u8]], second: &[&[u8]]| {
                let mut document = self.base.clone();
                document
                    .apply(first.iter().copied())
                    .and_then(|()| document.apply(second.iter().copied()))?;
                Ok::<_, DocumentError>(document.content())
            };
            let one = order(&[bytes], &later).map_err(|error| error.to_string())?;
            let other = order(&later, &[bytes]).map_err(|error| error.to_string())?;
            if one == other { Ok(()) } else { Err("arrival order shows".to_owned()) }
        }))
        .unwrap_or_else(|_| Err("a panic".to_owned()))
    }
}

/// Reads any bytes as a frame, as a request, and as a request inside its compression.
///
/// # Errors
/// When a frame has a second encoding.
pub fn read_frame(bytes: &[u8]) -> Result<(), String> {
    if let Ok(frame) = Frame::from_bytes(bytes)
        && frame.to_bytes() != bytes
    {
        return Err("a frame with two encodings".to_owned());
    }
    let _ = wire::decode::<SyncRequest>(bytes);
    let _ = minicbor::decode::<SyncRequest>(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::{body, seeds};

    #[test]
    fn an_honest_body_passes_and_a_broken_one_is_refused_without_harm() {
        let gate = GateUnderFire::new();
        let (_, honest) = &seeds()[0];
        assert_eq!(gate.admit(&chunk(body(honest))), Ok(Ok(())));
        for length in 0..body(honest).len() {
            assert_eq!(gate.take(&body(honest)[..length]), Ok(()), "{length} bytes of it");
        }
    }

    #[test]
    fn bytes_that_are_no_frame_are_refused_without_a_panic() {
        for bytes in [&b""[..], b"\x83", &[0xff; 64], b"\x28\xb5\x2f\xfd"] {
            assert_eq!(read_frame(bytes), Ok(()));
        }
    }
}
