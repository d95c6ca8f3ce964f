//! Writes honest inputs for a fuzz target into a folder, for the fuzzer to begin from. Run by
//! `cargo xtask fuzz`.

use std::path::PathBuf;

use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, DeviceId, DocumentId, TenantId};
use tingfang_core::signature::{Algorithm, SecretKey};
use tingfang_core::sync::frame::{Claim, Frame, FrameHash, FrameHeader, Item};
use tingfang_tests::hostile_uploads;
use tingfang_tests::mutants::{body, seeds};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(target), Some(folder)) = (arguments.next(), arguments.next().map(PathBuf::from)) else {
        return Err(std::io::Error::other("usage: fuzz-seeds TARGET FOLDER"));
    };
    let inputs: Vec<(String, Vec<u8>)> = match target.as_str() {
        "gate" | "rebase" => {
            seeds().iter().map(|(name, change)| ((*name).to_owned(), body(change).to_vec())).collect()
        }
        "frame" => vec![("begin".to_owned(), frame().to_bytes())],
        "token" => vec![("zeros".to_owned(), vec![0; 80])],
        "workbook" => {
            vec![("cases".to_owned(), include_bytes!("../../../xtask/demo-data/cases.xlsx").to_vec())]
        }
        "upload" => vec![("document".to_owned(), hostile_uploads::honest())],
        other => return Err(std::io::Error::other(format!("there are no seeds for {other:?}"))),
    };
    inputs.into_iter().try_for_each(|(name, bytes)| std::fs::write(folder.join(name), bytes))
}

fn frame() -> Frame {
    let assignment = AssignmentId::from_bytes([4; 16]);
    let begin = Item::Begin {
        document: DocumentId::from_bytes([3; 16]),
        kind: "attendance".into(),
        version: 1,
        claim: Claim::Shared { assignment },
    };
    let header = FrameHeader {
        format: 1,
        algorithm: Algorithm::Ed25519,
        tenant: TenantId::from_bytes([1; 16]),
        device: DeviceId::from_bytes([2; 16]),
        epoch: 1,
        number: 1,
        previous: FrameHash::NONE,
        policy_version: 1,
        beacon: None,
        claimed_at: Moment::from_millis(5),
    };
    Frame::sign(header, vec![begin], &SecretKey::from_seed(&[9; 32]))
}
