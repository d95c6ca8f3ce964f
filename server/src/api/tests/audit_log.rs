//! The audit log from the outside, as an auditor of such logs reads it.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use tingfang_core::audit::Checkpoint;

use crate::db::Tx;
use crate::store::audit_log::{self, LeafKind};
use crate::testing::TestServer;

/// RFC 6962 section 2.1, written once more.
fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest([]).into(),
        [one] => *one,
        all => {
            let (left, right) = all.split_at(all.len().next_power_of_two() / 2);
            Sha256::new()
                .chain_update([1])
                .chain_update(root(left))
                .chain_update(root(right))
                .finalize()
                .into()
        }
    }
}

fn hashes(bytes: &[u8]) -> Vec<[u8; 32]> {
    bytes.chunks_exact(32).map(|hash| hash.try_into().expect("32 bytes")).collect()
}

#[test]
fn an_auditor_makes_the_root_of_the_checkpoint_from_the_tiles_and_the_leaves() {
    let server = TestServer::new();
    let grow = |tx: &Tx| {
        let first = u32::try_from(audit_log::size(tx)?).expect("few");
        (first..300).try_for_each(|nth| {
            let hash = Sha256::digest(nth.to_be_bytes()).into();
            audit_log::append(tx, LeafKind::Frame, &hash)
        })
    };
    server.app.db.write(grow).expect("written");
    let note = server.get("/api/v1/audit-log/checkpoint", "");
    assert_eq!(note.header("content-type"), Some("text/plain; charset=utf-8"));
    let text = String::from_utf8(note.bytes.clone()).expect("text");
    let checkpoint: Checkpoint = text.parse().expect("a checkpoint");
    assert!(checkpoint.is_signed_by(&server.app.public_key));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[1], "300");

    let prefix = format!("/api/v1/audit-log/{}", checkpoint.log);
    assert_eq!(server.get(&format!("{prefix}/checkpoint"), "").bytes, note.bytes);
    let of_another = "/api/v1/audit-log/00000000-0000-7000-8000-000000000000";
    for path in ["checkpoint", "tile/0/000"] {
        let answer = server.get(&format!("{of_another}/{path}"), "");
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "a log that has ended, or never was");
    }
    let tile = |address: &str| server.get(&format!("{prefix}/tile/{address}"), "");
    let full = tile("0/000");
    assert_eq!(full.header("content-type"), Some("application/octet-stream"));
    assert!(full.header("cache-control").is_some_and(|said| said.contains("immutable")));
    let (full, rest) = (hashes(&full.bytes), hashes(&tile("0/001.p/44").bytes));
    assert_eq!((full.len(), rest.len()), (256, 44));
    let all = [&full[..], &rest].concat();
    assert_eq!(STANDARD.encode(root(&all)), lines[2], "the tiles are what the root says");
    assert_eq!(
        hashes(&tile("1/000.p/1").bytes),
        [root(&full)],
        "the tile above holds the roots of full ones"
    );

    let entries = [tile("entries/000").bytes, tile("entries/001.p/44").bytes].concat();
    let of_entries: Vec<[u8; 32]> = entries
        .chunks_exact(34)
        .map(|entry| {
            assert_eq!(entry[..2], [0, 32]);
            Sha256::new().chain_update([0]).chain_update(&entry[2..]).finalize().into()
        })
        .collect();
    assert_eq!(of_entries, all);
    for not_there in ["0/001", "0/001.p/45", "1/000", "2/000.p/1", "entries/002.p/1", "0/1", "0/000.p/0", "x"]
    {
        let answer = tile(not_there);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::NOT_FOUND, "not_found"),
            "{not_there}"
        );
    }
}
