//! What hostile bytes must not do: checked on forgeries in the stories, and on anything at all by
//! the fuzz targets in `tests/fuzz`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tingfang_core::people::Role;
use tingfang_core::record::attendance::{Attendance, AttendanceOutcome};
use tingfang_core::record::document::{Actor, Document, DocumentError};
use tingfang_core::record::shape::RecordKind;
use tingfang_core::sync::frame::Frame;
use tingfang_core::sync::gate::{self, Judgement, Rejection, quiet_panics};
use tingfang_core::sync::rebase::{self, Later};
use tingfang_core::sync::wire::{self, SyncRequest, Token};
use tingfang_server::exchange::{parse_cases, parse_hearings, parse_people};
use tingfang_server::store::device::Device;

use crate::fleet::Fleet;
use crate::mutants::{FORGER, HONEST, base, chunk};
use crate::observers::{narrative, outcome};

/// Who writes anew.
const FRESH: Actor = Actor([11; 16]);

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

/// Why a change was not let in, as one word.
pub fn reason(rejection: Rejection) -> String {
    match rejection {
        Rejection::Malformed { code } => code.to_owned(),
        Rejection::Refused { rule } | Rejection::Held { rule } => rule,
        Rejection::Blocked { .. } => "blocked".to_owned(),
        Rejection::Duplicate => "duplicate".to_owned(),
    }
}

/// Writes a forged change anew as somebody's later work, over an honest change that was not accepted: what a
/// server does with the work of a phone that is gone. Says whether anything of it was written.
///
/// # Errors
/// What harm it does.
pub fn rebase_of(base: &Document, forged: &[u8]) -> Result<bool, String> {
    let mut honest = base.clone();
    let refused = honest.edit(FORGER, &[narrative("先写。")]).expect("fits");
    let left_out = refused.iter().map(|change| Later { bytes: &change.bytes, is_left_out: true });
    let later: Vec<Later<'_>> = left_out.chain([Later { bytes: forged, is_left_out: false }]).collect();
    // What cannot be written anew stays where it is.
    let Ok(rebased) = rebase::rebase(base, &later, FRESH) else { return Ok(false) };
    let mut document = base.clone();
    let written: Vec<_> = rebased.carried.into_iter().filter_map(|carried| carried.new).collect();
    for change in &written {
        // What is written anew passes the gate like anything else, or stays out.
        match gate::admit(&document, &Attendance::SHAPE, FRESH, &change.bytes, |_| Judgement::Allow) {
            Ok(passed) => document = passed.document,
            Err(_) => return Ok(false),
        }
    }
    let loaded = Document::load(&document.save()).map_err(|error| format!("the saved file: {error}"))?;
    if loaded.content() == document.content() {
        Ok(!written.is_empty())
    } else {
        Err("another file".to_owned())
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

/// Reads any bytes as the workbooks that a centre uploads.
pub fn read_workbook(bytes: &[u8]) {
    let _ = parse_cases(bytes);
    let _ = parse_hearings(bytes);
    let _ = parse_people(bytes);
}

/// A server core to whose sync door any bytes come as the tokens that it gives out.
pub struct DoorUnderFire {
    fleet: Fleet,
    device: Device,
}

impl Default for DoorUnderFire {
    fn default() -> Self {
        Self::new()
    }
}

impl DoorUnderFire {
    /// A server with one phone.
    pub fn new() -> Self {
        let mut fleet = Fleet::new(1);
        let person = fleet.person("安娜", Role::Supervisor);
        let phone = fleet.phone(person);
        let device = fleet.device(phone.device);
        Self { fleet, device }
    }

    /// Asks with these bytes as cursor and as place in a page: neither means anything.
    ///
    /// # Errors
    /// When the door takes them, or does not answer.
    pub fn take_tokens(&self, bytes: &[u8]) -> Result<(), String> {
        let token = Some(Token(bytes.to_vec()));
        for (cursor, page) in [(token.clone(), None), (None, token.clone()), (token.clone(), token)] {
            let request = SyncRequest {
                tenant: self.fleet.tenant(),
                device: self.device.id,
                epoch: 1,
                cursor,
                page,
                frames: Vec::new(),
                page_bytes: 0,
                core_version: String::new(),
                answered: None,
                audit_sizes: Vec::new(),
                is_wiping: false,
                digest: None,
                policy_version: 0,
            };
            let answer = self.fleet.door().exchange(&self.device, &wire::encode(&request));
            let answer = answer.map_err(|error| error.to_string())?;
            let key = self.fleet.server_key().public();
            let answer = wire::decode_response(&answer, &key).map_err(|error| error.to_string())?;
            if !answer.restart {
                return Err("the door took a token that it never gave".to_owned());
            }
        }
        Ok(())
    }
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
    fn a_token_that_the_door_never_gave_means_nothing_and_bytes_that_are_no_workbook_are_none() {
        let door = DoorUnderFire::new();
        for bytes in [&b""[..], b"\x83", &[0xff; 64], &[0; 300]] {
            assert_eq!(door.take_tokens(bytes), Ok(()));
            read_workbook(bytes);
        }
    }

    #[test]
    fn a_forgery_that_is_written_anew_does_no_harm_and_an_honest_change_arrives() {
        let (base, seeds) = (crate::mutants::base(), seeds());
        let honest = seeds.iter().find(|(name, _)| *name == "insert_text").expect("one");
        assert_eq!(rebase_of(&base, honest.1.raw_bytes()), Ok(true));
        assert_eq!(rebase_of(&base, b"no change"), Ok(false));
    }

    #[test]
    fn bytes_that_are_no_frame_are_refused_without_a_panic() {
        for bytes in [&b""[..], b"\x83", &[0xff; 64], b"\x28\xb5\x2f\xfd"] {
            assert_eq!(read_frame(bytes), Ok(()));
        }
    }
}
