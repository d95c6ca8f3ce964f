//! A document is standard Automerge: Automerge's own JavaScript library opens it and reads every field.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tingfang_core::clock::Moment;
use tingfang_core::id::{DocumentId, EntryId, HearingId};
use tingfang_core::record::KINDS;
use tingfang_core::record::attendance::Attendance;
use tingfang_core::record::document::{Actor, Document};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::shape::RecordKind;
use tingfang_core::record::value::Scalar;

const ANNA: Actor = Actor([0xa; 16]);
const BEN: Actor = Actor([0xb; 16]);

/// Runs the reader on a document and hands back what it said.
fn open_document(document: &Document, arguments: &[&str]) -> Output {
    let folder = package();
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), document.save()).expect("the file can be written");
    Command::new("node")
        .arg("open-document.mjs")
        .arg(file.path())
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("node runs; `cargo xtask setup` installs it")
}

pub(super) fn package() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("foreign/javascript");
    assert!(
        folder.join("node_modules/@automerge/automerge").exists(),
        "the npm packages are missing in {}: run `cargo xtask setup`",
        folder.display()
    );
    folder
}

fn json_of(output: &Output) -> Value {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the reader failed: {errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error} in {output:?}"))
}

fn set(path: [&str; 2], value: Scalar) -> Edit {
    Edit::set(path, value)
}

/// An attendance with a value of every type: code, id, moment, text, number, flag, entry, narrative.
fn attendance() -> Document {
    let mut document = Document::begin(&Attendance::SHAPE, DocumentId::from_bytes([1; 16]));
    let finding = BTreeMap::from([
        ("defect".to_owned(), Scalar::Text("passive_at_hearing".into())),
        ("text".to_owned(), Scalar::Text("未对关键证据发表质证意见".into())),
        ("deduction_points".to_owned(), Scalar::Integer(150)),
        ("withdrawn".to_owned(), Scalar::Flag(false)),
    ]);
    let edits = [
        set(["subject", "hearing"], Scalar::Text(HearingId::from_bytes([3; 16]).to_string())),
        set(["facts", "outcome"], Scalar::Text("attended".into())),
        set(["facts", "arrived_at"], Scalar::Moment(Moment::from_millis(1_795_396_530_120))),
        set(["origin", "paper_kept"], Scalar::Flag(true)),
        Edit::Add { container: "findings".into(), entry: EntryId::from_bytes([4; 16]), fields: finding },
        Edit::Splice {
            container: "narrative".into(),
            at: 0,
            delete: 0,
            insert: "承办人围绕争议焦点发问，𠮷先生到庭。".into(),
        },
    ];
    document.edit(ANNA, &edits).expect("the edits fit the kind");
    document
}

#[test]
fn automerge_javascript_reads_what_core_wrote() {
    let document = attendance();
    let read = json_of(&open_document(&document, &["facts/outcome=attended", "origin/paper_kept=true"]));
    let written = serde_json::to_value(document.content()).expect("content is plain JSON");
    assert_eq!(read, written);
    assert_eq!(read["narrative"], json!("承办人围绕争议焦点发问，𠮷先生到庭。"));
}

#[test]
fn automerge_javascript_opens_an_empty_record_of_every_kind() {
    for shape in KINDS {
        let document = Document::begin(shape, DocumentId::from_bytes([2; 16]));
        let read = json_of(&open_document(&document, &[]));
        assert_eq!(read["schema"]["kind"], json!(shape.code));
        for container in shape.containers {
            assert!(!read[container.name].is_null(), "{} lacks {}", shape.code, container.name);
        }
    }
}

#[test]
fn automerge_javascript_sees_both_sides_of_a_conflict() {
    let (mut anna, mut ben) = (attendance(), attendance());
    anna.edit(ANNA, &[set(["facts", "outcome"], Scalar::Text("adjourned".into()))]).expect("fits");
    ben.edit(BEN, &[set(["facts", "outcome"], Scalar::Text("cancelled".into()))]).expect("fits");
    anna.apply(ben.changes().iter().map(|change| change.bytes.as_slice())).expect("ben's changes");
    let read = json_of(&open_document(&anna, &["--candidates", "facts/outcome"]));
    assert_eq!(read, json!(["adjourned", "cancelled"]));
}

#[test]
fn the_reader_says_which_field_reads_otherwise() {
    let output = open_document(&attendance(), &["facts/outcome=cancelled"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("facts/outcome"));
}
